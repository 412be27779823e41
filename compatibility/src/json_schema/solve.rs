//! Whether two schemas fit, all levels together, and every difference if not.
//!
//! A pair of schemas holds as long as nothing says otherwise. All pairs that are asked for stand in a list; a pair that
//! breaks is taken up again by those that asked for it. So recursive schemas come to an end, no answer is given under
//! an assumption that turns out wrong later, and nothing recurses, however long the way through references is.

use std::collections::{HashMap, VecDeque};

use crate::Difference;

use super::Rules;
use super::compare::{Context, Match, Need, Pair};
use super::matching::partners;
use super::model::Model;

mod list;

/// Most that is compared: pairs of schemas, and what stands in them.
const WORK: usize = 1 << 20;

/// Most pairs of schemas that are kept.
const PAIRS: usize = 1 << 17;

/// How many levels are looked into when a pair is first asked for, so that most that break do so at once.
const LEVELS: usize = 4;

/// Everything that keeps the reader from reading what the writer wrote.
pub(super) fn differences(reader: &Model, writer: &Model, rules: Rules) -> Vec<Difference> {
    let context = Context {
        reader,
        writer,
        rules,
    };
    Solver::new(context, WORK).differences()
}

/// The work or the room is used up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exhausted;

/// What is known of a pair.
#[derive(Debug)]
struct Known {
    pair: Pair,
    broken: bool,
    queued: bool,
    /// The pairs that hold only if this one does.
    users: Vec<usize>,
}

pub(super) struct Solver<'d> {
    context: Context<'d>,
    known: Vec<Known>,
    indexes: HashMap<Pair, usize>,
    queue: VecDeque<usize>,
    /// How many pairs are broken.
    broken: usize,
    work: usize,
    pub(super) work_left: usize,
}

impl<'d> Solver<'d> {
    pub(super) fn new(context: Context<'d>, work: usize) -> Self {
        Self {
            context,
            known: Vec::new(),
            indexes: HashMap::new(),
            queue: VecDeque::new(),
            broken: 0,
            work,
            work_left: work,
        }
    }

    pub(super) fn differences(&mut self) -> Vec<Difference> {
        let root = Pair::whole(&self.context);
        match self.solve(root) {
            Ok(true) => Vec::new(),
            Ok(false) => {
                self.work_left = self.work;
                let mut found = Vec::new();
                if self.list(root, &mut found).is_err() && found.is_empty() {
                    found.push(self.too_complex(root));
                }
                found
            }
            Err(Exhausted) => vec![self.too_complex(root)],
        }
    }

    fn solve(&mut self, root: Pair) -> Result<bool, Exhausted> {
        let root = self.index(root, LEVELS)?;
        self.settle()?;
        Ok(!self.known[root].broken)
    }

    /// Goes on until all that is known of the pairs agrees.
    fn settle(&mut self) -> Result<(), Exhausted> {
        while let Some(index) = self.queue.pop_front() {
            self.known[index].queued = false;
            if !self.known[index].broken && !self.holds(index)? {
                self.break_pair(index);
            }
        }
        Ok(())
    }

    fn charge(&mut self, work: usize) -> Result<(), Exhausted> {
        self.work_left = self.work_left.checked_sub(work).ok_or(Exhausted)?;
        Ok(())
    }

    fn needs(&mut self, pair: Pair) -> Result<Vec<Need<'d>>, Exhausted> {
        let [reader, writer] = [pair.reader, pair.writer].map(|place| self.context.node(place));
        self.charge(reader.shape.weight() + writer.shape.weight())?;
        Ok(self.context.needs(pair))
    }

    /// The index of a pair; one that is new is looked into at once, `levels` deep.
    fn index(&mut self, pair: Pair, levels: usize) -> Result<usize, Exhausted> {
        self.charge(1)?;
        if let Some(index) = self.indexes.get(&pair) {
            return Ok(*index);
        }
        let index = self.known.len();
        if index == PAIRS {
            return Err(Exhausted);
        }
        self.indexes.insert(pair, index);
        self.known.push(Known {
            pair,
            broken: false,
            queued: false,
            users: Vec::new(),
        });
        for need in self.needs(pair)? {
            let broken = match need {
                Need::Broken(_) => true,
                Need::Pair(inner) | Need::Holds(inner, _) if levels > 0 => {
                    let inner = self.index(inner, levels - 1)?;
                    self.known[inner].broken
                }
                _ => false,
            };
            if broken {
                self.break_pair(index);
                return Ok(index);
            }
        }
        self.enqueue(index);
        Ok(index)
    }

    fn enqueue(&mut self, index: usize) {
        let known = &mut self.known[index];
        if !known.queued {
            known.queued = true;
            self.queue.push_back(index);
        }
    }

    fn break_pair(&mut self, index: usize) {
        self.known[index].broken = true;
        self.broken += 1;
        for user in std::mem::take(&mut self.known[index].users) {
            self.enqueue(user);
        }
    }

    /// Whether a pair holds as far as is known; it is asked again if what it relies on breaks.
    fn holds(&mut self, index: usize) -> Result<bool, Exhausted> {
        for need in self.needs(self.known[index].pair)? {
            let holds = match need {
                Need::Broken(_) => false,
                Need::Pair(inner) | Need::Holds(inner, _) => self.relies(index, inner)?,
                Need::Match(of) => self.matches(index, &of)?,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether `inner` holds; if it breaks later, `user` is taken up again.
    fn relies(&mut self, user: usize, inner: Pair) -> Result<bool, Exhausted> {
        let inner = self.index(inner, LEVELS)?;
        let known = &mut self.known[inner];
        if known.broken {
            return Ok(false);
        }
        if known.users.last() != Some(&user) {
            known.users.push(user);
        }
        Ok(true)
    }

    fn matches(&mut self, user: usize, of: &Match) -> Result<bool, Exhausted> {
        let found = self.partners(of)?;
        for (writer, partner) in of.writers.iter().zip(found) {
            let Some(partner) = partner else {
                return Ok(false);
            };
            let (reader, writer) = (of.readers[partner], *writer);
            if !self.relies(user, Pair { reader, writer })? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// For each of the writer's schemas which of the reader's may read it.
    fn partners(&mut self, of: &Match) -> Result<Vec<Option<usize>>, Exhausted> {
        self.charge(of.writers.len() + of.readers.len())?;
        partners(of.writers.len(), of.readers.len(), |writer, reader| {
            let (reader, writer) = (of.readers[reader], of.writers[writer]);
            let index = self.index(Pair { reader, writer }, LEVELS)?;
            Ok(!self.known[index].broken)
        })
    }
}
