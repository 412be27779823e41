//! A schema compiled for checking: flat rules that point to each other by index.

use std::collections::HashMap;

use super::document::{At, Node, Tree};
use super::format::Format;
use super::number::Divisor;
use super::pattern::Pattern;

/// A rule's index.
pub(super) type RuleId = u32;

/// All rules of a schema, and the schema's own text, which `enum` and `const` point into.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) text: Vec<u8>,
    pub(super) nodes: Vec<Node>,
    pub(super) all: Vec<Rule>,
    /// Where each rule stands in the schema.
    pub(super) places: Vec<At>,
    pub(super) root: RuleId,
    pub(super) patterns: Vec<Pattern>,
}

impl Rules {
    pub(super) fn tree(&self) -> Tree<'_> {
        Tree::new(&self.text, &self.nodes)
    }
}

/// What one subschema asks for.
#[derive(Debug, Default)]
pub(super) struct Rule {
    /// The schema `false`.
    pub(super) never: bool,
    /// The types that are allowed.
    pub(super) types: Option<Types>,
    pub(super) enumeration: Option<At>,
    pub(super) constant: Option<At>,
    pub(super) number: Option<Box<NumberRule>>,
    pub(super) string: Option<Box<StringRule>>,
    pub(super) array: Option<Box<ArrayRule>>,
    pub(super) object: Option<Box<ObjectRule>>,
    pub(super) logic: Option<Box<Logic>>,
}

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    /// Numbers that are no integers; the type `number` is both.
    pub(super) const FRACTION: Self = Self(8);
    pub(super) const NUMBER: Self = Self(4 | 8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[derive(Debug, Default)]
pub(super) struct NumberRule {
    pub(super) bounds: Vec<Bound>,
    pub(super) multiple_of: Option<Divisor>,
}

/// A smallest or largest number.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) keyword: &'static str,
    pub(super) number: At,
    /// The number, if it is a short integer.
    pub(super) short: Option<i64>,
    pub(super) side: Side,
    pub(super) exclusive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Lowest,
    Highest,
}

/// A smallest and a largest count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sizes {
    pub(super) least: Option<usize>,
    pub(super) most: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct StringRule {
    pub(super) length: Sizes,
    pub(super) pattern: Option<usize>,
    pub(super) format: Option<Format>,
}

#[derive(Debug, Default)]
pub(super) struct ArrayRule {
    pub(super) length: Sizes,
    pub(super) items: Items,
    pub(super) unique: bool,
    pub(super) contains: Option<RuleId>,
}

#[derive(Debug, Default)]
pub(super) enum Items {
    #[default]
    Any,
    All(RuleId),
    /// Rules for the first items, and one for those behind them.
    Tuple(Vec<RuleId>, Additional),
}

/// What is asked of items and properties that the schema does not name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Additional {
    #[default]
    Any,
    Refused,
    Rule(RuleId),
}

#[derive(Debug, Default)]
pub(super) struct ObjectRule {
    pub(super) length: Sizes,
    /// The properties that the schema names, in its order.
    pub(super) properties: Vec<Property>,
    /// Their indexes by name.
    pub(super) by_name: HashMap<Box<[u8]>, usize, foldhash::fast::FixedState>,
    /// How many properties are required.
    pub(super) required: usize,
    /// Whether the value of each property has to be looked at.
    pub(super) patterns: Vec<(usize, RuleId)>,
    pub(super) additional: Additional,
    pub(super) names: Option<RuleId>,
    pub(super) dependencies: Vec<Dependency>,
}

/// A property of an object.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: Box<[u8]>,
    /// Whether it stands in `properties`: others are only required.
    pub(super) declared: bool,
    pub(super) rule: Option<RuleId>,
    pub(super) required: bool,
}

/// What is asked of an object that has a certain property.
#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) name: Box<[u8]>,
    pub(super) needed: Vec<Box<[u8]>>,
    pub(super) rule: Option<RuleId>,
}

#[derive(Debug, Default)]
pub(super) struct Logic {
    pub(super) all: Vec<RuleId>,
    pub(super) any: Option<Vec<RuleId>>,
    pub(super) one: Option<Vec<RuleId>>,
    pub(super) not: Option<RuleId>,
    /// `if`, `then`, `else`.
    pub(super) condition: Option<(RuleId, Option<RuleId>, Option<RuleId>)>,
}
