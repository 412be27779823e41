//! What the nodes of records, enums and unions point to.

use std::collections::HashMap;
use std::sync::Arc;

use super::NodeId;
use crate::bytes::{Piece, same};

/// A record's fields and what is known of them beforehand.
#[derive(Debug)]
pub(in crate::avro) struct Record {
    /// The name without its namespace, by which Rust types are matched.
    pub(in crate::avro) simple_name: Box<str>,
    pub(in crate::avro) fields: Vec<Field>,
    /// Field indexes by name.
    pub(in crate::avro) by_name: HashMap<Box<str>, usize, foldhash::fast::FixedState>,
}

impl Record {
    /// A field's index; `likely` is looked at first.
    #[inline]
    pub(in crate::avro) fn field(&self, name: &str, likely: usize) -> Option<usize> {
        if self
            .fields
            .get(likely)
            .is_some_and(|field| same(field.name.as_bytes(), name.as_bytes()))
        {
            return Some(likely);
        }
        self.by_name.get(name).copied()
    }
}

/// A field of a record.
#[derive(Debug)]
pub(in crate::avro) struct Field {
    pub(in crate::avro) name: Arc<str>,
    pub(in crate::avro) node: NodeId,
    /// `"name"`, as JSON text with no needless escapes.
    pub(in crate::avro) quoted: Box<[u8]>,
    /// `{"name":` for the first field, `,"name":` for the others.
    pub(in crate::avro) opening: Piece,
    pub(in crate::avro) default: FieldDefault,
}

/// What is written for a field that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::avro) enum FieldDefault {
    /// The field has to be there.
    None,
    /// These bytes.
    Bytes(Box<[u8]>),
    /// The schema's default is no value of the field's type: the field has to be there.
    Broken,
}

/// An enum's symbols.
#[derive(Debug)]
pub(in crate::avro) struct Enum {
    /// The symbols in the order of their numbers.
    pub(in crate::avro) symbols: Vec<Arc<str>>,
    /// The symbols as JSON text, in the order of their numbers.
    pub(in crate::avro) quoted: Vec<Piece>,
    pub(in crate::avro) by_name: HashMap<Box<str>, usize, foldhash::fast::FixedState>,
}

/// A union's branches.
#[derive(Debug)]
pub(in crate::avro) struct Union {
    pub(in crate::avro) branches: Vec<Branch>,
    /// The branches that may take a JSON value of each token type, see [`Token`].
    pub(in crate::avro) by_token: [Vec<usize>; Token::COUNT],
    pub(in crate::avro) null: Option<usize>,
}

impl Union {
    /// The branch whose type has this full name, or else this name without its namespace.
    pub(in crate::avro) fn called(&self, name: &str) -> Option<usize> {
        let position = |has: &dyn Fn(&Branch) -> bool| self.branches.iter().position(has);
        position(&|branch| *branch.tag.name == *name)
            .or_else(|| position(&|branch| branch.simple_name() == name))
    }
}

/// A union's branch.
#[derive(Debug)]
pub(in crate::avro) struct Branch {
    pub(in crate::avro) node: NodeId,
    /// Its index in the union that values become, which is this one unless another schema has written them.
    pub(in crate::avro) at: usize,
    /// Shared by all branches of the type: a text can refer to a long name in few characters.
    pub(in crate::avro) tag: Arc<Tag>,
}

/// What tells a branch from the others of its union.
#[derive(Debug, Default)]
pub(in crate::avro) struct Tag {
    /// The type's full name, which is its tag in the Avro form.
    pub(in crate::avro) name: Box<str>,
    /// `{"name":`.
    pub(in crate::avro) opening: Piece,
}

impl Branch {
    /// The type's name without its namespace.
    pub(in crate::avro) fn simple_name(&self) -> &str {
        let name = &*self.tag.name;
        name.rsplit_once('.').map_or(name, |(_, simple)| simple)
    }
}

/// What a JSON value is, seen from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::avro) enum Token {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Token {
    pub(in crate::avro) const COUNT: usize = 6;

    #[inline]
    pub(in crate::avro) const fn of(first: u8) -> Option<Self> {
        Some(match first {
            b'n' => Self::Null,
            b't' | b'f' => Self::Boolean,
            b'-' | b'0'..=b'9' => Self::Number,
            b'"' => Self::String,
            b'[' => Self::Array,
            b'{' => Self::Object,
            _ => return None,
        })
    }

    pub(in crate::avro) const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a text",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}
