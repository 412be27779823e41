//! A plan's nodes: what to do with one value.

use super::Adjust;
use crate::avro::logical::time::Unit;

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
