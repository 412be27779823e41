//! What can go wrong with one Protobuf message.

use super::named::MessageError;
use crate::error::text::part;
use crate::error::{Kind, Place};

/// Why a payload is refused: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{fault}")]
pub struct ProtobufPayloadError {
    /// Offset in the payload, and the way through the message's fields.
    pub place: Place,
    /// What is wrong there.
    pub fault: ProtobufPayloadFault,
}

/// What is wrong with a payload's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtobufPayloadFault {
    /// The payload, or a message in it, ends inside a value.
    #[error("the bytes end inside a value")]
    Truncated,
    /// An integer goes on beyond 64 bits.
    #[error("the bytes are no integer")]
    Varint,
    /// A tag has a field number or a wire type that there is not.
    #[error("the bytes are no field's tag")]
    Tag,
    /// A group's end is not where it must be.
    #[error("the end of a group that has not begun")]
    Group,
    /// A string is not UTF-8.
    #[error("a string that is not UTF-8")]
    Utf8,
    /// The schema has no message with the payload's index.
    #[error("the schema has no message with index {index}")]
    Index {
        /// The payload's index.
        index: u32,
    },
    /// The message is not the one that the reader asks for.
    #[error("the payload is another message of the schema")]
    Message,
    /// A required field is missing.
    #[error("the required field is missing")]
    Required,
    /// A timestamp lies outside the years 1 to 9999, or its nanoseconds outside a second.
    #[error("a timestamp that has no text")]
    Timestamp,
    /// A duration is longer than 10,000 years, or its parts disagree about the sign.
    #[error("a duration that has no text")]
    Duration,
    /// A field mask's path is not the same after JSON's change of case.
    #[error("a field mask that has no text")]
    FieldMask,
    /// A dynamic value holds a number that JSON does not have.
    #[error("a dynamic value that is no JSON number")]
    Value,
    /// The bytes do not fit the Rust type.
    #[error("the bytes do not fit the Rust type")]
    Typed,
    /// The message is nested more deeply than the limit.
    #[error("nested more than {limit} levels deep")]
    Depth {
        /// The limit in levels.
        limit: usize,
    },
    /// The message has more items than the limit.
    #[error("more than {limit} items")]
    Items {
        /// The limit, all repeated fields and maps together.
        limit: usize,
    },
    /// The payload is larger than the limit.
    #[error("the payload is larger than {limit} bytes")]
    PayloadTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The message's JSON text is larger than the limit.
    #[error("the message's JSON text is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl ProtobufPayloadError {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self.fault {
            ProtobufPayloadFault::Truncated => Kind::Truncated,
            ProtobufPayloadFault::Depth { .. } | ProtobufPayloadFault::Items { .. } => Kind::Limit,
            ProtobufPayloadFault::PayloadTooLarge { .. }
            | ProtobufPayloadFault::TooLarge { .. } => Kind::TooLarge,
            _ => Kind::Payload,
        }
    }
}

/// Why a value cannot be encoded: where, and what keeps it from that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{}", part(.fault))]
pub struct ProtobufValueError {
    /// Offset in the JSON text, and the way through the message's fields.
    pub place: Place,
    /// What does not fit.
    pub fault: ProtobufValueFault,
}

/// What keeps a value from being encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtobufValueFault {
    /// The schema has no message of the name that was asked for, or none was named and there are several.
    #[error("{0}")]
    Message(Box<MessageError>),
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
    /// A text is malformed, out of range, or finer than the type.
    #[error("expected {0}, found another text")]
    Text(&'static str),
    /// A text or number is none of the enum's values.
    #[error("none of the enum's values")]
    Symbol,
    /// A field is given twice, under one of its names or both.
    #[error("the field is given twice")]
    Twice,
    /// Two fields of one oneof are given.
    #[error("another field of the same oneof is given")]
    Oneof,
    /// A required field is missing.
    #[error("the required field is missing")]
    Required,
    /// The schema has no such field.
    #[error("the schema has no such field")]
    Unknown,
    /// An item is null where there can be none.
    #[error("an item that is null")]
    Null,
    /// An `Any` has no type, or names a message that the schema does not have and has fields.
    #[error("an Any without a known type")]
    Any,
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
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A message made by other means is none of the schema's.
    #[error("the message does not follow the schema: {0}")]
    Foreign(ProtobufPayloadFault),
}

impl ProtobufValueError {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self.fault {
            ProtobufValueFault::Depth { .. } | ProtobufValueFault::Items { .. } => Kind::Limit,
            ProtobufValueFault::TooLarge { .. } => Kind::TooLarge,
            _ => Kind::Validation,
        }
    }
}
