//! Unions on either side.

use std::sync::Arc;

use super::{Pair, Resolver, Tried, promotes, push};
use crate::avro::plan::{Adjust, Branch, Node, NodeId, Union};
use crate::avro::schema::{TypeId, TypeKind};

impl Resolver<'_> {
    /// A writer's union: each branch is resolved with the reader's type by itself.
    pub(super) fn writers_union(&mut self, branches: &[TypeId], reader: TypeId) -> Tried<NodeId> {
        let TypeKind::Union(others) = &self.reader.get(reader).kind else {
            let nodes = branches.iter().map(|branch| self.pair(*branch, reader));
            let nodes = nodes.collect::<Tried<Box<[_]>>>()?;
            let index = push(&mut self.plan.resolved.from_unions, nodes);
            return self.add(Node::Adjust(Adjust::FromUnion(index)));
        };
        let mut union = Union {
            branches: Vec::with_capacity(branches.len()),
            by_token: Default::default(),
            null: None,
        };
        for branch in branches {
            let taken = match self.matching(*branch, others)? {
                Some(at) => {
                    let node = self.pair(*branch, others[at])?;
                    self.branch(node, reader, at)?
                }
                None => Branch {
                    node: self.misfit(*branch, reader)?,
                    at: 0,
                    tag: Arc::default(),
                },
            };
            union.branches.push(taken);
        }
        let index = push(&mut self.plan.unions, union);
        self.add(Node::Union(index))
    }

    /// A reader's union for a type that is none.
    pub(super) fn readers_union(
        &mut self,
        writer: TypeId,
        reader: TypeId,
        branches: &[TypeId],
    ) -> Tried<NodeId> {
        let Some(at) = self.matching(writer, branches)? else {
            return self.misfit(writer, reader);
        };
        let node = self.pair(writer, branches[at])?;
        let branch = self.branch(node, reader, at)?;
        let index = push(&mut self.plan.resolved.to_unions, branch);
        self.add(Node::Adjust(Adjust::ToUnion(index)))
    }

    /// The branch that takes values of the writer's type.
    ///
    /// A branch of the same type, and of the same full name if it has one; else a record whose fields fit, the last
    /// of the same name without namespace or the first of all; else the first that the type can be promoted to.
    fn matching(&mut self, writer: TypeId, branches: &[TypeId]) -> Tried<Option<usize>> {
        let from = &self.writer.get(writer).kind;
        let reader = self.reader;
        let name = from.name().map(|name| self.aliases.type_name(name).clone());
        let same = |branch: &TypeId| {
            let to = &reader.get(*branch).kind;
            std::mem::discriminant(from) == std::mem::discriminant(to)
                && name.as_ref().is_none_or(|name| to.name() == Some(name))
        };
        if let Some(at) = branches.iter().position(same) {
            return Ok(Some(at));
        }
        let mut found = None;
        if let (TypeKind::Record(_), Some(name)) = (from, &name) {
            for (at, branch) in branches.iter().enumerate() {
                let TypeKind::Record(to) = &reader.get(*branch).kind else {
                    continue;
                };
                let fits = self.fits((writer, *branch))?;
                if fits && (found.is_none() || to.name.simple() == name.simple()) {
                    found = Some(at);
                }
            }
        }
        let promoted = |branch: &TypeId| promotes(from, &reader.get(*branch).kind);
        Ok(found.or_else(|| branches.iter().position(promoted)))
    }

    /// Whether a record and each of its fields can be read, not looking further inside.
    fn fits(&mut self, pair: Pair) -> Tried<bool> {
        let outcome = self.record(pair)?;
        Ok(!outcome.misfits && !self.refuses(outcome.node))
    }
}
