//! What a plan consists of: a node for each type, and what records, enums and unions are known by.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::logical::time::Unit;
use super::Adjust;
use crate::bytes::{Piece, same};

/// A node's index in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::avro) struct NodeId(pub(in crate::avro) u32);

/// What to do with one value. Numbers in composite nodes are indexes into the plan's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::avro) enum Node {
    Null,
    Boolean,
    Int,
    Date,
    TimeMillis,
    Long,
    TimeMicros,
    Timestamp {
        unit: Unit,
        utc: bool,
    },
    Float,
    Double,
    Bytes,
    DecimalBytes {
        precision: u32,
        scale: u32,
    },
    String,
    Fixed {
        size: u32,
    },
    DecimalFixed {
        size: u32,
        precision: u16,
        scale: u16,
    },
    UuidFixed,
    Duration,
    Array(NodeId),
    Map(NodeId),
    Record(u32),
    Enum(u32),
    Union(u32),
    /// Another schema's value.
    Adjust(Adjust),
}

impl Node {
    /// The size of the nodes with a fixed count of bytes that are read as bytes.
    pub(in crate::avro) const fn fixed_size(self) -> Option<usize> {
        match self {
            Self::Fixed { size } | Self::DecimalFixed { size, .. } => Some(size as usize),
            Self::UuidFixed => Some(16),
            Self::Duration => Some(12),
            _ => None,
        }
    }

    /// What the node's values are, for errors.
    pub(in crate::avro) const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Int | Self::Date | Self::TimeMillis => "an int",
            Self::Long | Self::TimeMicros | Self::Timestamp { .. } => "a long",
            Self::Float => "a float",
            Self::Double => "a double",
            Self::Bytes | Self::Fixed { .. } => "bytes",
            Self::DecimalBytes { .. } | Self::DecimalFixed { .. } => "a decimal",
            Self::String => "a text",
            Self::UuidFixed => "a UUID",
            Self::Duration => "a duration",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Record(_) => "a record",
            Self::Enum(_) => "an enum",
            Self::Union(_) | Self::Adjust(_) => "a union",
        }
    }
}

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
        position(&|branch| *branch.name == *name)
            .or_else(|| position(&|branch| branch.simple_name() == name))
    }
}

/// A union's branch.
#[derive(Debug)]
pub(in crate::avro) struct Branch {
    pub(in crate::avro) node: NodeId,
    /// The type's full name, which is its tag in the Avro form.
    pub(in crate::avro) name: Box<str>,
    /// `{"name":`.
    pub(in crate::avro) opening: Piece,
}

impl Branch {
    /// The type's name without its namespace.
    pub(in crate::avro) fn simple_name(&self) -> &str {
        self.name
            .rsplit_once('.')
            .map_or(&*self.name, |(_, simple)| simple)
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
