//! Schema evolution as the AWS Glue Schema Registry judges it: whether a new version may follow, and why not.
//!
//! [`check`] compares a new [`Definition`] with the versions that count under a [`Mode`] and gives a [`Verdict`] with
//! every reason: the version, the direction, the path, the rule and both sides. Each format has its rules in a module
//! of its own: [`avro`], [`json_schema`], [`protobuf`].
//!
//! [`text`] sets two definitions side by side for people.
//!
//! The crate is pure: text in, answers out. No I/O, no clock, no registry.
//!
//! ```
//! use compatibility::{Definition, Earlier, Format, Mode, Options, check};
//!
//! let old = r#"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}"#;
//! let new = r#"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}"#;
//! let earlier = Earlier {
//!     number: 1,
//!     definition: Definition::parse(Format::Avro, old)?,
//! };
//! let new = Definition::parse(Format::Avro, new)?;
//! let verdict = check(Mode::Backward, &new, &[earlier], &Options::default());
//! assert!(!verdict.is_compatible());
//! assert_eq!(
//!     verdict.to_string(),
//!     "the new version cannot read version 1\n  id: type-mismatch: string cannot read int",
//! );
//! # Ok::<(), compatibility::InvalidDefinition>(())
//! ```

pub mod avro;
mod check;
mod definition;
pub mod json_schema;
pub mod mode;
pub mod protobuf;
pub mod text;
mod verdict;

pub use check::{Checkpoint, Earlier, Options, check, counting};
pub use definition::{Definition, Format, FormatError, InvalidDefinition};
pub use mode::{Direction, Mode, ModeError, Reach};
pub use verdict::{Conflict, Difference, MAX_DIFFERENCES, Rule, Verdict};
