//! A schema compiled to what makes records of it: nodes that point to each other, so that recursion needs no care.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::random::{Weights, happens};
use super::value::Value;
use super::whole::Moment;

/// How often a branch is drawn before the smallest is taken.
const DRAWS: usize = 64;
/// Values of a record after which only what must be there is still made.
const ENOUGH: u32 = 2_000;
/// Levels below which only what must be there is still made.
const DEEP: usize = 8;
/// The most values that the smallest record may have.
const MOST_LEAST: u32 = 100_000;
/// The most levels that the smallest record may have.
const MOST_LEVELS: u32 = 250;

/// A node's index in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) u32);

/// What a part of a record is made of.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A value without parts.
    Value(Value),
    /// An object.
    Object(Vec<Member>),
    /// An array of so many items.
    Array(NodeId, (u32, u32)),
    /// An array with a node for each place.
    Tuple(Vec<NodeId>),
    /// An object of so many entries, whose keys begin alike.
    Map(NodeId, (u32, u32), &'static str),
    /// One of these.
    Pick(Vec<NodeId>, Weights),
    /// What another node is.
    Same(NodeId),
    /// Nothing: it is being compiled, or no value can be made.
    Open,
}

/// A member of an object, or several of which one is there.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Whether one has to be there.
    pub(super) is_needed: bool,
    /// How often one is there otherwise.
    pub(super) share: f64,
    /// The name as JSON with its colon, and the value.
    pub(super) choices: Vec<(Box<[u8]>, NodeId)>,
}

/// The smallest value that a node can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Least {
    values: u32,
    levels: u32,
}

const NEVER: Least = Least {
    values: u32::MAX,
    levels: u32::MAX,
};

/// What makes records of a schema.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    nodes: Vec<Node>,
    least: Vec<Least>,
    root: NodeId,
}

impl Plan {
    /// A plan of nodes that are all compiled.
    ///
    /// # Errors
    /// Every record would have to be without end, or huge.
    pub(super) fn new(nodes: Vec<Node>, root: NodeId) -> Result<Self, String> {
        let least = least(&nodes);
        let plan = Self { nodes, least, root };
        let Least { values, levels } = plan.least(root);
        if (values, levels) == (NEVER.values, NEVER.levels) {
            return Err("it contradicts itself, or every record would be without end".to_owned());
        }
        if values > MOST_LEAST || levels > MOST_LEVELS {
            return Err(format!(
                "the smallest record of the schema has {values} values in {levels} levels, and {MOST_LEAST} in {MOST_LEVELS} can be made"
            ));
        }
        Ok(plan)
    }

    /// Writes a record as JSON; `out` is cleared first.
    pub(crate) fn write(&self, moment: Moment, random: &mut StdRng, out: &mut Vec<u8>) {
        out.clear();
        let mut writer = Writer {
            plan: self,
            moment,
            random,
            left: ENOUGH,
            out,
        };
        writer.write(self.root, 0);
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn least(&self, id: NodeId) -> Least {
        self.least[id.0 as usize]
    }
}

/// Looks again and again until nothing gets smaller; later nodes are mostly parts of earlier ones.
fn least(nodes: &[Node]) -> Vec<Least> {
    let mut least = vec![NEVER; nodes.len()];
    loop {
        let mut has_changed = false;
        for (index, node) in nodes.iter().enumerate().rev() {
            let found = node.least(&least);
            if found.values < least[index].values {
                least[index] = found;
                has_changed = true;
            }
        }
        if !has_changed {
            return least;
        }
    }
}

impl Node {
    fn least(&self, known: &[Least]) -> Least {
        let of = |id: &NodeId| known[id.0 as usize];
        match self {
            Self::Value(_) => Least {
                values: 1,
                levels: 1,
            },
            Self::Object(members) => {
                let needed = members.iter().filter(|member| member.is_needed);
                above(needed.map(|member| smallest(member.choices.iter().map(|(_, id)| of(id)))))
            }
            Self::Array(items, (low, _)) | Self::Map(items, (low, _), _) => {
                let one = of(items);
                let values = one.values.saturating_mul(*low);
                above((*low > 0).then_some(Least { values, ..one }))
            }
            Self::Tuple(items) => above(items.iter().map(of)),
            Self::Pick(branches, _) => smallest(branches.iter().map(of)),
            Self::Same(id) => of(id),
            Self::Open => NEVER,
        }
    }
}

fn smallest(all: impl Iterator<Item = Least>) -> Least {
    all.min_by_key(|least| least.values).unwrap_or(NEVER)
}

/// What has these parts.
fn above(parts: impl IntoIterator<Item = Least>) -> Least {
    let one = Least {
        values: 1,
        levels: 1,
    };
    parts.into_iter().fold(one, |all, part| Least {
        values: all.values.saturating_add(part.values),
        levels: all.levels.max(part.levels.saturating_add(1)),
    })
}

/// Writes one record.
struct Writer<'a> {
    plan: &'a Plan,
    moment: Moment,
    random: &'a mut StdRng,
    /// Values that may still be more than must be.
    left: u32,
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    fn write(&mut self, id: NodeId, depth: usize) {
        self.left = self.left.saturating_sub(1);
        let plan = self.plan;
        match plan.node(id) {
            Node::Value(value) => value.write(self.moment, self.random, self.out),
            Node::Object(members) => self.object(members, depth),
            Node::Array(items, length) => {
                self.out.push(b'[');
                for index in 0..self.count(*items, *length, depth) {
                    self.comma(index > 0);
                    self.write(*items, depth + 1);
                }
                self.out.push(b']');
            }
            Node::Tuple(items) => {
                self.out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index > 0);
                    self.write(*item, depth + 1);
                }
                self.out.push(b']');
            }
            Node::Map(values, length, keys) => self.map(*values, *length, keys, depth),
            Node::Pick(branches, weights) => {
                let branch = self.branch(branches, weights, depth);
                self.write(branch, depth);
            }
            Node::Same(id) => self.write(*id, depth),
            Node::Open => unreachable!("a plan has no node that is not compiled"),
        }
    }

    fn object(&mut self, members: &'a [Member], depth: usize) {
        self.out.push(b'{');
        let mut is_first = true;
        for member in members {
            let may_be = !self.has_enough(depth) && happens(member.share, self.random);
            let choices = (member.is_needed || may_be).then_some(&member.choices);
            let Some(choice) = choices.and_then(|choices| self.choice(choices)) else {
                continue;
            };
            self.comma(!is_first);
            is_first = false;
            self.out.extend_from_slice(&choice.0);
            self.write(choice.1, depth + 1);
        }
        self.out.push(b'}');
    }

    /// One of the choices, unless it is one that no value can be made for.
    fn choice(&mut self, choices: &'a [(Box<[u8]>, NodeId)]) -> Option<&'a (Box<[u8]>, NodeId)> {
        let drawn = match choices {
            [only] => only,
            several => several.get(self.random.random_range(0..several.len().max(1)))?,
        };
        (self.plan.least(drawn.1) != NEVER).then_some(drawn)
    }

    fn map(&mut self, values: NodeId, length: (u32, u32), keys: &str, depth: usize) {
        self.out.push(b'{');
        for index in 0..self.count(values, length, depth) {
            self.comma(index > 0);
            // The index keeps keys apart.
            self.out
                .extend_from_slice(format!("\"{keys}{index}\":").as_bytes());
            self.write(values, depth + 1);
        }
        self.out.push(b'}');
    }

    fn branch(&mut self, branches: &[NodeId], weights: &Weights, depth: usize) -> NodeId {
        let plan = self.plan;
        // Those that have an end may be rare, or not wanted at all.
        for _ in 0..DRAWS {
            let drawn = branches[weights.draw(self.random)];
            if self.has_enough(depth) {
                break;
            }
            if plan.least(drawn) != NEVER {
                return drawn;
            }
        }
        // One of them has an end, or the plan would not have been made.
        let smallest = branches.iter().min_by_key(|id| plan.least(**id).values);
        smallest.copied().unwrap_or(branches[0])
    }

    fn count(&mut self, items: NodeId, (low, high): (u32, u32), depth: usize) -> u32 {
        if self.has_enough(depth) || self.plan.least(items) == NEVER {
            return low;
        }
        self.random.random_range(low..=high)
    }

    const fn has_enough(&self, depth: usize) -> bool {
        self.left == 0 || depth >= DEEP
    }

    fn comma(&mut self, is_needed: bool) {
        if is_needed {
            self.out.push(b',');
        }
    }
}
