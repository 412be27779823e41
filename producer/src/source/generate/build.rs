//! Builds a plan from what a schema says and what the rules say about its fields.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use common::json::write_string;

use super::leaf::Leaf;
use super::plan::{Member, Node, NodeId, Plan};
use super::random::Weights;
use super::rule::Rules;
use super::value::Value;

/// How many items an array or a map has, where nothing says otherwise.
const ITEMS: (u32, u32) = (0, 3);
/// The most items that a rule may ask for.
const MOST_ITEMS: u32 = 100_000;
/// How deep a schema may be nested.
const DEPTH: usize = 250;
/// How many names a message shows.
const SHOWN: usize = 12;

/// The rules that a part of the schema is under.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Those of the field itself.
    own: Option<Own>,
    /// Those of fields below: the rule's index, and how much of its path leads here.
    below: Vec<(usize, usize)>,
    /// Whether it is the whole record.
    is_top: bool,
}

#[derive(Clone, Copy, Debug)]
struct Own {
    index: usize,
    /// Whether nobody has taken the share of nulls yet.
    null: bool,
    /// Whether nobody has taken the length yet.
    length: bool,
}

/// What records are made by, beside the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes<'a> {
    /// The rules by the paths of their fields.
    pub(crate) rules: &'a BTreeMap<String, Rules>,
    /// How often a field is without a value that may be.
    pub(crate) nulls: f64,
    /// Fields at the top that are always there.
    pub(crate) keys: &'a [String],
    /// The seed of the keys that streams share.
    pub(crate) seed: u64,
}

/// What is wrong with a rule, or with the schema.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BuildError {
    /// A rule's field is not there, or is of another kind.
    #[error("generate.fields.{path}: {why}")]
    Rule { path: String, why: String },
    /// The schema is one that no records can be made of.
    #[error("the `generate` source cannot make records of this schema: {0}")]
    Schema(String),
}

/// A plan that is being built; `K` says which part of the schema is which.
pub(super) struct Builder<'a, K> {
    wishes: Wishes<'a>,
    rules: Vec<(&'a str, &'a Rules)>,
    /// Whether a rule's field was found, and if not, why.
    found: Vec<bool>,
    misses: Vec<Option<String>>,
    problems: Vec<BuildError>,
    nodes: Vec<Node>,
    known: HashMap<K, NodeId>,
    depth: usize,
}

impl<'a, K: Eq + Hash> Builder<'a, K> {
    pub(super) fn new(wishes: Wishes<'a>) -> Self {
        let rules: Vec<_> = wishes
            .rules
            .iter()
            .map(|(path, rules)| (path.as_str(), rules))
            .collect();
        Self {
            wishes,
            found: vec![false; rules.len()],
            misses: vec![None; rules.len()],
            rules,
            problems: Vec::new(),
            nodes: Vec::new(),
            known: HashMap::new(),
            depth: 0,
        }
    }

    /// The scope of the whole record.
    pub(super) fn top(&self) -> Scope {
        Scope {
            own: None,
            below: (0..self.rules.len()).map(|index| (index, 0)).collect(),
            is_top: true,
        }
    }

    /// The plan, if every rule has found its field.
    pub(super) fn finish(mut self, root: NodeId) -> Result<Plan, BuildError> {
        if let Some(problem) = self.problems.drain(..).next() {
            return Err(problem);
        }
        if let Some(index) = self.found.iter().position(|found| !found) {
            let why = self.misses[index].take();
            return Err(BuildError::Rule {
                path: self.rules[index].0.to_owned(),
                why: why.unwrap_or_else(|| "the schema has no such field".to_owned()),
            });
        }
        Plan::new(self.nodes, root).map_err(BuildError::Schema)
    }

    /// What the schema cannot be made records of.
    pub(super) fn refuse(&mut self, why: impl Into<String>) -> NodeId {
        self.problems.push(BuildError::Schema(why.into()));
        self.add(Node::Open)
    }

    /// What no value can satisfy: a branch that is never taken.
    pub(super) fn impossible(&mut self) -> NodeId {
        self.add(Node::Open)
    }

    /// Whether a rule says what the value is.
    pub(super) fn has_value_rule(&self, scope: &Scope) -> bool {
        scope
            .own
            .is_some_and(|own| self.rules[own.index].1.value.is_some())
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    /// A part of the schema that others may lead to again; one that no rule is about is built once.
    pub(super) fn part(
        &mut self,
        key: K,
        scope: &Scope,
        build: impl FnOnce(&mut Self, &Scope) -> NodeId,
    ) -> NodeId {
        if self.depth == DEPTH {
            return self.refuse(format!("it is nested deeper than {DEPTH} levels"));
        }
        self.depth += 1;
        let is_shared = scope.own.is_none() && scope.below.is_empty() && !scope.is_top;
        let id = if is_shared {
            if let Some(known) = self.known.get(&key).copied() {
                self.depth -= 1;
                return known;
            }
            let id = self.add(Node::Open);
            self.known.insert(key, id);
            let found = build(self, scope);
            self.nodes[id.0 as usize] = Node::Same(found);
            id
        } else {
            build(self, scope)
        };
        self.depth -= 1;
        id
    }

    /// A field without parts.
    pub(super) fn leaf(&mut self, leaf: &Leaf, scope: &Scope) -> NodeId {
        for (index, used) in &scope.below {
            let why = format!("`{}` has no fields of its own", self.prefix(*index, *used));
            self.misses[*index].get_or_insert(why);
        }
        let (rules, has_length) = match scope.own {
            Some(own) => (self.rules[own.index].1, own.length),
            None => (
                const {
                    &Rules {
                        null: None,
                        length: None,
                        value: None,
                    }
                },
                false,
            ),
        };
        self.refuse_null(scope);
        match leaf.value(rules, has_length, self.wishes.seed) {
            Ok(value) => self.add(Node::Value(value)),
            Err(why) => self.wrong(scope, why),
        }
    }

    /// An array, or, where keys begin in some way, a map; `bounds` is what the schema says about its length.
    pub(super) fn list(
        &mut self,
        keys: Option<&'static str>,
        bounds: (u32, u32),
        scope: &Scope,
        items: impl FnOnce(&mut Self, &Scope) -> NodeId,
    ) -> NodeId {
        self.refuse_null(scope);
        let mut inner = Scope {
            is_top: false,
            ..scope.clone()
        };
        let least = ITEMS.0.max(bounds.0);
        let mut length = (least, ITEMS.1.max(bounds.0).min(bounds.1).max(least));
        if let Some(own) = &mut inner.own
            && own.length
            && let Some(wanted) = self.rules[own.index].1.length
        {
            own.length = false;
            if wanted.0 < bounds.0 || wanted.1 > bounds.1.min(MOST_ITEMS) {
                let (low, high) = (bounds.0, bounds.1.min(MOST_ITEMS));
                return self.wrong(scope, format!("a length from {low} to {high} is possible"));
            }
            length = wanted;
        }
        let items = items(self, &inner);
        self.add(match keys {
            Some(keys) => Node::Map(items, length, keys),
            None => Node::Array(items, length),
        })
    }

    /// An array with a schema for each place.
    pub(super) fn tuple<B>(
        &mut self,
        places: &[B],
        scope: &Scope,
        mut build: impl FnMut(&mut Self, &B, &Scope) -> NodeId,
    ) -> NodeId {
        let inner = Scope {
            is_top: false,
            ..scope.clone()
        };
        let items = places
            .iter()
            .map(|place| build(self, place, &inner))
            .collect();
        self.add(Node::Tuple(items))
    }

    /// The scope of a member that goes by these names, the first of them its own.
    pub(super) fn member(&mut self, scope: &Scope, names: &[&str]) -> Scope {
        let mut member = Scope::default();
        for (index, used) in &scope.below {
            let rest = &self.rules[*index].0[*used..];
            let length = names.iter().find_map(|name| after(rest, name));
            match length {
                Some(length) if length == rest.len() => {
                    self.found[*index] = true;
                    member.own = Some(Own {
                        index: *index,
                        null: true,
                        length: true,
                    });
                }
                Some(length) => member.below.push((*index, used + length + 1)),
                None => {}
            }
        }
        member
    }

    /// An object, after all of its members: says which rules none of them was for.
    pub(super) fn object(&mut self, members: Vec<Member>, scope: &Scope, names: &[&str]) -> NodeId {
        self.refuse_null(scope);
        if let Some(own) = scope.own {
            let rules = self.rules[own.index].1;
            if rules.value.is_some() || rules.length.is_some() && own.length {
                return self.wrong(scope, "the field is a record: rules are for its fields");
            }
        }
        for (index, used) in &scope.below {
            let rest = &self.rules[*index].0[*used..];
            if names.iter().any(|name| after(rest, name).is_some()) {
                continue;
            }
            let place = match self.prefix(*index, *used) {
                "" => "the record".to_owned(),
                path => format!("`{path}`"),
            };
            let more = if names.len() > SHOWN { ", …" } else { "" };
            let known = names[..names.len().min(SHOWN)].join(", ");
            self.misses[*index]
                .get_or_insert(format!("{place} has no such field; it has {known}{more}"));
        }
        self.add(Node::Object(members))
    }

    /// One of several; where a rule is about the value, the first branch that the rule goes with.
    pub(super) fn pick<B>(
        &mut self,
        branches: &[B],
        scope: &Scope,
        mut build: impl FnMut(&mut Self, &B, &Scope) -> NodeId,
    ) -> NodeId {
        let wants = scope.own.is_some_and(|own| {
            let rules = self.rules[own.index].1;
            rules.value.is_some() || rules.length.is_some() && own.length
        });
        let mut picked = Vec::new();
        let before = self.problems.len();
        for branch in branches {
            let problems = self.problems.len();
            let id = build(self, branch, scope);
            if wants && self.problems.len() == problems {
                self.problems.truncate(before);
                return id;
            }
            picked.push(id);
        }
        match picked.as_slice() {
            [] => self.refuse("a value can be of no type"),
            [only] => *only,
            several => {
                let weights = Weights::new(several.iter().map(|_| 1.0));
                self.add(Node::Pick(picked, weights))
            }
        }
    }

    /// A value that may also be null.
    pub(super) fn nullable(
        &mut self,
        scope: &Scope,
        build: impl FnOnce(&mut Self, &Scope) -> NodeId,
    ) -> NodeId {
        let (share, inner) = self.absence(scope);
        let value = build(self, &inner);
        let null = self.add(Node::Value(Value::constant(b"null".to_vec())));
        if share >= 1.0 {
            return null;
        }
        // Null stays possible at a share of 0: where a record has to come to an end.
        let weights = Weights::new([1.0 - share, share]);
        self.add(Node::Pick(vec![value, null], weights))
    }

    /// How often a field is without a value, and its scope when it has one.
    pub(super) fn absence(&self, scope: &Scope) -> (f64, Scope) {
        let mut inner = scope.clone();
        let wanted = inner.own.as_mut().and_then(|own| {
            let share = self.rules[own.index].1.null?;
            // Once is enough: a field that may be missing or null is missing.
            Some(if std::mem::take(&mut own.null) {
                share
            } else {
                0.0
            })
        });
        (wanted.unwrap_or(self.wishes.nulls), inner)
    }

    /// Whether the field has to be there because keys are made of it.
    pub(super) fn is_key(&self, scope: &Scope, names: &[&str]) -> bool {
        scope.is_top
            && self
                .wishes
                .keys
                .iter()
                .any(|key| names.contains(&key.as_str()))
    }

    /// A member that may be missing unless keys are made of it: whether it has to be there, how often it is otherwise,
    /// and its scope.
    pub(super) fn optional(
        &self,
        scope: &Scope,
        names: &[&str],
        own: &Scope,
    ) -> (bool, f64, Scope) {
        let (absent, inner) = self.absence(own);
        (self.is_key(scope, names), 1.0 - absent, inner)
    }

    fn refuse_null(&mut self, scope: &Scope) {
        if let Some(own) = scope.own
            && own.null
            && self.rules[own.index].1.null.is_some()
        {
            self.wrong(
                scope,
                "`null` is for fields that may be without a value, and this one may not",
            );
        }
    }

    fn wrong(&mut self, scope: &Scope, why: impl Into<String>) -> NodeId {
        let why = why.into();
        self.problems.push(match scope.own {
            Some(own) => BuildError::Rule {
                path: self.rules[own.index].0.to_owned(),
                why,
            },
            None => BuildError::Schema(why),
        });
        self.add(Node::Open)
    }

    /// The part of a rule's path that leads to an object.
    fn prefix(&self, index: usize, used: usize) -> &'a str {
        self.rules[index].0[..used].trim_end_matches('.')
    }
}

/// How much of a path the name takes, if it begins with it. Names of variables are all lower case, and so are matched.
fn after(path: &str, name: &str) -> Option<usize> {
    let begin = path.get(..name.len())?;
    let is_it = begin == name || begin == name.to_ascii_lowercase();
    let ends = path.len() == name.len() || path[name.len()..].starts_with('.');
    (is_it && ends && !name.is_empty()).then_some(name.len())
}

/// A name as JSON, and the colon behind it.
pub(super) fn named(name: &str) -> Box<[u8]> {
    let mut json = Vec::new();
    write_string(name, &mut json);
    json.push(b':');
    json.into()
}
