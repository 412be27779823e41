//! Where a value is refused, and for what.

use std::fmt;

use super::{Kind, text};

/// A place in a value: the byte it begins at and the path of schema names that leads there.
///
/// ```
/// use common::error::Place;
///
/// let place = Place { offset: Some(17), path: "order_items[].quantity".to_owned() };
/// assert_eq!(place.to_string(), "byte 17: order_items[].quantity: ");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Offset in the JSON text or the payload, from 0; a Rust value has none.
    pub offset: Option<usize>,
    /// Field names of the schema, `[]` for an array's items, `{}` for a map's values; empty at the top.
    pub path: String,
}

impl Place {
    /// The path, cut where it is very long; nothing at the top.
    pub(crate) fn field(&self) -> Option<String> {
        (!self.path.is_empty()).then(|| text::part(&self.path).to_string())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(offset) = self.offset {
            write!(f, "byte {offset}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", text::part(&self.path))?;
        }
        Ok(())
    }
}

/// What keeps a value from being encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueFault {
    /// The value has another type.
    #[error("expected {expected}, found {found}")]
    Type {
        /// The type that the schema asks for.
        expected: &'static str,
        /// The type that is there.
        found: &'static str,
    },
    /// A number has a fraction, or lies outside the type's range.
    #[error("the number does not fit {0}")]
    Number(&'static str),
    /// A text is malformed, out of range, or finer than the type: it is not what it must be.
    #[error("expected {0}, found another text")]
    Text(&'static str),
    /// A bytes or fixed text has a code point above 255.
    #[error("code point above 255 in the text of bytes")]
    Latin1,
    /// A fixed value has another length.
    #[error("expected {expected} bytes, found {found}")]
    FixedSize {
        /// Length in the schema, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
    /// A text is none of the enum's symbols.
    #[error("the text is none of the enum's symbols")]
    Symbol,
    /// No branch of the union takes the value.
    #[error("no branch of the union takes the value")]
    Union,
    /// A tagged union names a branch that there is not.
    #[error("the union has no branch of that name")]
    Branch,
    /// A tagged union is not an object of one key.
    #[error("a union's value is an object with one key, the branch's name")]
    Tag,
    /// A field without default is missing.
    #[error("the field is missing and has no default")]
    Missing,
    /// The schema has no such field.
    #[error("the schema has no such field")]
    Unknown,
    /// The field is missing and its default is no value of its type.
    #[error("the field is missing and its default does not fit its type")]
    Default,
    /// The value is nested more deeply than the limit.
    #[error("nested more than {limit} levels deep")]
    Depth {
        /// The limit in levels.
        limit: usize,
    },
    /// The value has more items than the limit.
    #[error("more than {limit} items")]
    Items {
        /// The limit, all arrays and maps together.
        limit: usize,
    },
    /// Trying the branches of nested unions takes more work than the text's length allows for.
    #[error("too many combinations of union branches to try")]
    Work,
    /// The payload is larger than the limit.
    #[error("the payload is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A record has a field twice.
    #[error("the field is there twice")]
    Twice,
    /// A Rust value's own `Serialize` failed.
    #[error("the value's own serialization failed")]
    Custom,
}

impl ValueFault {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Depth { .. } | Self::Items { .. } | Self::Work => Kind::Limit,
            Self::TooLarge { .. } => Kind::TooLarge,
            _ => Kind::Validation,
        }
    }
}

/// What is wrong with a payload's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadFault {
    /// The payload ends inside the value.
    #[error("the payload ends inside {0}")]
    Truncated(&'static str),
    /// An integer's bytes go on beyond its type's width.
    #[error("the bytes are no {0}")]
    Varint(&'static str),
    /// A length or size is negative or beyond what a payload can have.
    #[error("impossible length")]
    Length,
    /// A string is not UTF-8.
    #[error("a string that is not UTF-8")]
    Utf8,
    /// An index lies outside the enum's symbols.
    #[error("enum index out of range")]
    EnumIndex,
    /// An index lies outside the union's branches.
    #[error("union index out of range")]
    UnionIndex,
    /// The value is nested more deeply than the limit.
    #[error("nested more than {limit} levels deep")]
    Depth {
        /// The limit in levels.
        limit: usize,
    },
    /// The value has more items than the limit.
    #[error("more than {limit} items")]
    Items {
        /// The limit, all arrays and maps together.
        limit: usize,
    },
    /// The payload is larger than the limit.
    #[error("the payload is larger than {limit} bytes")]
    PayloadTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The value's JSON text is larger than the limit.
    #[error("the value's JSON text is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A decimal has more digits than can be printed.
    #[error("a decimal of more than {limit} bytes")]
    Decimal {
        /// The limit in bytes.
        limit: usize,
    },
    /// Names, symbols and texts of logical types, which the payload does not spell out, are larger than the limit.
    #[error("the value's names and texts are larger than {limit} bytes")]
    TextsTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The payload is sound, and the Rust type does not take its value.
    #[error("{0}")]
    Type(TypeFault),
}

impl PayloadFault {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Truncated(_) => Kind::Truncated,
            Self::Depth { .. } | Self::Items { .. } | Self::Decimal { .. } => Kind::Limit,
            Self::PayloadTooLarge { .. } | Self::TooLarge { .. } | Self::TextsTooLarge { .. } => {
                Kind::TooLarge
            }
            Self::Type(_) => Kind::Validation,
            _ => Kind::Payload,
        }
    }
}

/// Why a Rust type does not take a value that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeFault {
    /// The type takes no values of this kind.
    #[error("the Rust type does not take {0}")]
    Kind(&'static str),
    /// The type takes values of this kind, but not this one: a number out of its range, say.
    #[error("the Rust type does not take this value: {0}")]
    Value(&'static str),
    /// The type has another count of items or fields.
    #[error("the Rust type has another count of items")]
    Count,
    /// The Rust struct needs a field that is not there.
    #[error("the Rust struct needs a field {0}")]
    Missing(&'static str),
    /// The Rust struct refuses fields that it does not have.
    #[error("the Rust struct has no such field")]
    UnknownField,
    /// The Rust struct's field is there twice: a map has the key twice.
    #[error("the Rust struct's field {0} is there twice")]
    Twice(&'static str),
    /// The Rust enum has no such variant.
    #[error("the Rust enum has no such variant")]
    Variant,
    /// The type's own `Deserialize` refused.
    #[error("the Rust type's own deserialization failed")]
    Custom,
}
