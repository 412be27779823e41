//! A schema as its rules see it: flat, behind all references, each keyword in the part that it belongs to.

use std::collections::{BTreeMap, BTreeSet};

use common::json_schema::{SchemaTree, SchemaValue};

mod build;
mod keywords;

/// A schema's number in its [`Model`].
pub(super) type Id = u32;

/// A schema and all that it leads to.
#[derive(Debug)]
pub(super) struct Model {
    tree: SchemaTree,
    nodes: Vec<Node>,
    pub(super) root: Id,
}

/// One schema, or a part of one.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it stands in the tree.
    pub(super) at: u32,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// `true`, `{}`, and references that only lead to each other.
    Any,
    /// `false`.
    Never,
    Plain(Plain),
    Const(Member),
    Enum(Vec<Member>),
    Not(Id),
    If {
        test: Id,
        then: Option<Id>,
        otherwise: Option<Id>,
    },
    Combined(Combined),
}

/// A value of `const` or `enum`.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) at: u32,
    /// The text that equal values share.
    pub(super) normal: String,
}

/// A schema of one type.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) kind: Kind,
    /// Whether there is a `type`; the keywords alone ask nothing of values of other types.
    pub(super) typed: bool,
    /// The keywords whose values are no schemas, with the places of the values.
    values: Vec<(&'static str, u32)>,
    pub(super) inside: Inside,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// The schemas of what is inside of arrays and objects.
#[derive(Debug)]
pub(super) enum Inside {
    Nothing,
    Items(Items),
    Properties(Box<Properties>),
}

#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) all: Option<Id>,
    pub(super) tuple: Vec<Id>,
    pub(super) additional: Additional,
    pub(super) contains: Option<Id>,
}

#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) named: BTreeMap<String, Id>,
    /// Those whose schemas have a `default`.
    pub(super) defaults: BTreeSet<String>,
    pub(super) required: BTreeSet<String>,
    pub(super) patterns: BTreeMap<String, Id>,
    pub(super) additional: Additional,
    pub(super) names: Option<Id>,
    /// Which properties each one needs.
    pub(super) needs: BTreeMap<String, BTreeSet<String>>,
    /// Which schema the whole object has to fit because of each one.
    pub(super) dependent: BTreeMap<String, Id>,
}

/// What is asked of items and properties that are not named.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Additional {
    #[default]
    Open,
    Closed,
    Schema(Id),
}

/// Schemas of which all, one or any must be fitted.
#[derive(Debug)]
pub(super) struct Combined {
    pub(super) criterion: Criterion,
    pub(super) parts: Vec<Id>,
    /// Whether it stands for a list of types.
    pub(super) types: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    All,
    One,
    Any,
}

impl Model {
    /// The schema of a tree.
    pub(super) fn new(tree: SchemaTree) -> Self {
        let (nodes, root) = build::build(&tree);
        Self { tree, nodes, root }
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    pub(super) fn shape(&self, id: Id) -> &Shape {
        &self.node(id).shape
    }

    pub(super) fn value(&self, at: u32) -> SchemaValue<'_> {
        self.tree.at(at)
    }

    /// What is asked of others, where schemas that take everything or nothing are as the booleans.
    pub(super) fn additional(&self, additional: Additional) -> Additional {
        match additional {
            Additional::Schema(id) => match self.shape(id) {
                Shape::Any => Additional::Open,
                Shape::Never => Additional::Closed,
                _ => additional,
            },
            _ => additional,
        }
    }

    /// Whether the schema is there and takes not everything.
    pub(super) fn asks(&self, schema: Option<Id>) -> Option<Id> {
        schema.filter(|id| !matches!(self.shape(*id), Shape::Any))
    }
}

impl Plain {
    /// The place of a keyword's value.
    pub(super) fn value(&self, keyword: &str) -> Option<u32> {
        let mut named = self.values.iter().filter(|(own, _)| *own == keyword);
        named.next().map(|(_, at)| *at)
    }
}

impl Shape {
    /// What sort of schema it is: only those of one sort are worth comparing in detail.
    pub(super) fn sort(&self) -> (std::mem::Discriminant<Self>, Option<Kind>) {
        let kind = match self {
            Self::Plain(plain) if plain.kind == Kind::Integer => Some(Kind::Number),
            Self::Plain(plain) => Some(plain.kind),
            _ => None,
        };
        (std::mem::discriminant(self), kind)
    }

    /// How many things there are to compare, roughly.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Enum(members) => members.len(),
            Self::Combined(combined) => combined.parts.len(),
            Self::Plain(plain) => match &plain.inside {
                Inside::Nothing => 1,
                Inside::Items(items) => items.tuple.len() + 1,
                Inside::Properties(inside) => {
                    let needed: usize = inside.needs.values().map(BTreeSet::len).sum();
                    let named = inside.named.len() + inside.required.len();
                    named + inside.patterns.len() + inside.dependent.len() + needed + 1
                }
            },
            _ => 1,
        }
    }
}

impl Criterion {
    /// Its keyword.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "allOf",
            Self::One => "oneOf",
            Self::Any => "anyOf",
        }
    }
}
