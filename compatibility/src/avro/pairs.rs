//! Statements about pairs of types that depend on pairs inside, settled without recursion.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use common::avro::TypeId;

/// What one comparison looks at, at most: pairs of types, and what each of them holds.
///
/// Two schemas of the largest text that the registry takes have some thousand types, and so many pairs when they are
/// versions of one another; only types that hold themselves in different rhythms make as many as this.
const WORK: usize = 1 << 20;

/// A type of the reader's and one of the writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    pub(super) reader: TypeId,
    pub(super) writer: TypeId,
}

/// The comparison takes more than [`WORK`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The work that is left.
#[derive(Debug)]
pub(super) struct Work(Cell<usize>);

impl Default for Work {
    fn default() -> Self {
        Self(Cell::new(WORK))
    }
}

impl Work {
    pub(super) fn spend(&self, steps: usize) -> Result<(), TooMany> {
        let left = self.0.get().checked_sub(steps).ok_or(TooMany)?;
        self.0.set(left);
        Ok(())
    }
}

/// What a statement about a pair takes to be true.
#[derive(Debug)]
pub(super) struct Look {
    /// Whether the pair itself allows it.
    pub(super) sound: bool,
    /// Whether one of the pairs inside is enough; else it takes all.
    pub(super) any: bool,
    /// The pairs inside.
    pub(super) inside: Vec<Pair>,
}

impl Look {
    /// A statement that is true if it is for all pairs inside.
    pub(super) const fn all(sound: bool, inside: Vec<Pair>) -> Self {
        Self {
            sound,
            any: false,
            inside,
        }
    }
}

/// The pairs for which a statement is known to be true or false.
///
/// Types may hold themselves: a statement is true unless something makes it false.
#[derive(Debug, Default)]
pub(super) struct Settled(HashMap<Pair, bool>);

impl Settled {
    /// Whether the statement is true for a pair, by what `look` says about it and all pairs inside.
    pub(super) fn settle(
        &mut self,
        pair: Pair,
        mut look: impl FnMut(Pair) -> Result<Look, TooMany>,
    ) -> Result<bool, TooMany> {
        if let Some(known) = self.0.get(&pair) {
            return Ok(*known);
        }
        let mut round = Round::default();
        round.add(pair);
        let mut failed = Vec::new();
        let mut at = 0;
        while let Some(node) = round.nodes.get(at) {
            let look = look(node.pair)?;
            round.nodes[at].left = round.supports(at, &look, &self.0);
            if round.nodes[at].left == 0 {
                failed.push(at);
            }
            at += 1;
        }
        round.fail(failed);
        let settled = round.nodes.iter().map(|node| (node.pair, node.left > 0));
        self.0.extend(settled);
        Ok(self.0.get(&pair).copied().unwrap_or(true))
    }
}

/// The pairs that are settled together.
#[derive(Default)]
struct Round {
    nodes: Vec<Node>,
    by_pair: HashMap<Pair, usize>,
}

struct Node {
    pair: Pair,
    /// How many of the pairs inside may still fail before it does too; it has failed when this is 0.
    left: usize,
    /// The nodes that look at it.
    around: Vec<usize>,
}

impl Round {
    fn add(&mut self, pair: Pair) -> usize {
        match self.by_pair.entry(pair) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                self.nodes.push(Node {
                    pair,
                    left: 1,
                    around: Vec::new(),
                });
                *entry.insert(self.nodes.len() - 1)
            }
        }
    }

    /// Notes that a node looks at the pairs inside; returns how many of them may fail before it does.
    fn supports(&mut self, at: usize, look: &Look, known: &HashMap<Pair, bool>) -> usize {
        let mut hold = 0;
        for pair in &look.inside {
            if let Some(holds) = known.get(pair) {
                hold += usize::from(*holds);
            } else {
                hold += 1;
                let inside = self.add(*pair);
                self.nodes[inside].around.push(at);
            }
        }
        match (look.sound, look.any) {
            (false, _) => 0,
            (true, true) => hold,
            (true, false) => usize::from(hold == look.inside.len()),
        }
    }

    /// Carries failures to the nodes around.
    fn fail(&mut self, mut failed: Vec<usize>) {
        while let Some(at) = failed.pop() {
            for around in std::mem::take(&mut self.nodes[at].around) {
                let node = &mut self.nodes[around];
                if node.left > 0 {
                    node.left -= 1;
                    if node.left == 0 {
                        failed.push(around);
                    }
                }
            }
        }
    }
}
