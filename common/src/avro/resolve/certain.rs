//! Values that are refused in any case.

use std::collections::HashSet;

use super::error::ResolutionError;
use crate::avro::json_in::{Step, path};
use crate::avro::plan::{Adjust, Move, Node, NodeId, Plan};
use crate::error::Place;

/// Refuses a plan by which every value would be refused: its root, or a field of its root that each value has.
pub(super) fn check(plan: &Plan) -> Result<(), ResolutionError> {
    let mut search = Search {
        plan,
        seen: HashSet::new(),
        depth_left: plan.limits.depth,
        path: Vec::new(),
    };
    match search.refused(plan.entry) {
        None => Ok(()),
        Some(fault) => Err(ResolutionError {
            place: Place {
                offset: None,
                path: path(plan, &search.path),
            },
            fault: plan.resolved.faults[fault as usize].clone(),
        }),
    }
}

struct Search<'p> {
    plan: &'p Plan,
    seen: HashSet<u32>,
    /// No value deeper down is read.
    depth_left: usize,
    path: Vec<Step>,
}

impl Search<'_> {
    /// The fault for which every value of the node is refused.
    fn refused(&mut self, node: NodeId) -> Option<u32> {
        match self.plan.node(node) {
            Node::Adjust(Adjust::Refuse(fault)) => Some(fault),
            Node::Adjust(Adjust::ToUnion(index)) => {
                self.refused(self.plan.resolved.to_unions[index as usize].node)
            }
            Node::Adjust(Adjust::Record(index)) => self.record(index),
            _ => None,
        }
    }

    fn record(&mut self, index: u32) -> Option<u32> {
        if self.depth_left == 0 || !self.seen.insert(index) {
            return None;
        }
        self.depth_left -= 1;
        let record = &self.plan.resolved.records[index as usize];
        for step in &record.moves {
            let (Move::Read { field, node, .. } | Move::Hold { field, node }) = step else {
                continue;
            };
            if let Some(fault) = self.refused(*node) {
                self.path.push(Step::Field {
                    record: record.reader,
                    field: *field,
                });
                return Some(fault);
            }
        }
        self.depth_left += 1;
        None
    }
}
