//! Protobuf: whether a reader's file understands every message that a writer's file describes.
//!
//! Messages belong together by their full names inside the package, fields by their numbers. Under [`Rules::Glue`] a
//! reader's file may
//!
//! - have more messages, more fields that are not required, more members of a oneof, and other enums and constants;
//! - lack fields that are not required, whole oneofs, enums and constants; not messages, nor members of a oneof that
//!   it still has;
//! - call fields and oneofs by other names, and declare everything in another order;
//! - have another scalar type where both are laid out alike: `int32`, `int64`, `uint32`, `uint64`, `bool` and enums;
//!   `sint32` and `sint64`; `string` and `bytes`; `fixed32` and `sfixed32`; `fixed64` and `sfixed64`;
//! - have one message or text or many, but one number or many only as the writer has it; whether `optional` is
//!   written does not matter;
//! - let members of a oneof stand alone, and put one field into a new oneof, but not a second one.
//!
//! Syntax, options, comments, services and reserved names and numbers are not compared. Types of imported files are
//! compared by their names: every file that can be imported is the same for all.
//!
//! ```
//! use compatibility::protobuf::{ProtobufDefinition, Rules, differences};
//!
//! let old = ProtobufDefinition::parse("syntax = \"proto3\"; package shop; message Order { int32 price = 3; }")?;
//! let new = ProtobufDefinition::parse("syntax = \"proto3\"; package shop; message Order { string price = 3; }")?;
//! let found = differences(&new, &old, Rules::Glue);
//! assert_eq!(
//!     found[0].to_string(),
//!     "Order.price (3): scalar-type-changed: string price = 3 cannot read int32 price = 3"
//! );
//! # Ok::<(), compatibility::InvalidDefinition>(())
//! ```

use common::limits::Limits;
use common::protobuf::ProtobufSchema;
use prost_reflect::FileDescriptor;

use crate::{Difference, InvalidDefinition};

mod compare;
mod rule;
mod side;
mod supported;
mod types;

pub use rule::Rule;

/// Which set of rules counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// Those of the AWS registry, as far as they are known.
    #[default]
    Glue,
    /// None: every valid file may follow.
    Off,
}

/// A valid Protobuf file.
#[derive(Debug)]
pub struct ProtobufDefinition {
    file: FileDescriptor,
}

impl ProtobufDefinition {
    /// Parses a text.
    ///
    /// As AWS says, there are no groups, and no extensions; options of one's own and ranges of numbers for extensions
    /// are taken.
    ///
    /// # Errors
    /// The text is no Protobuf file, or one that the registry does not take.
    pub fn parse(text: &str) -> Result<Self, InvalidDefinition> {
        let schema = ProtobufSchema::compile(text, Limits::default());
        let file = schema.map_err(InvalidDefinition::new)?.file().clone();
        supported::check(&file)?;
        Ok(Self { file })
    }
}

/// What keeps the reader's file from understanding what the writer's describes; at most
/// [`MAX_DIFFERENCES`](crate::MAX_DIFFERENCES).
pub fn differences(
    reader: &ProtobufDefinition,
    writer: &ProtobufDefinition,
    rules: Rules,
) -> Vec<Difference> {
    match rules {
        Rules::Glue => compare::compare(&reader.file, &writer.file),
        Rules::Off => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
