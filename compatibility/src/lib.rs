//! Schema evolution: what a compatibility mode demands of a new schema version.
//!
//! Here now: the [`Mode`]s of the AWS Glue Schema Registry and what each one
//! compares. The rules of each format (Avro, JSON Schema, Protobuf) and the
//! verdict with its reasons come with a later version; until then nothing in
//! this crate says whether two schemas are compatible.
//!
//! The crate is pure: text in, answers out. No I/O, no clock, no registry.

pub mod mode;

pub use mode::{Direction, Mode, ModeError, Reach};
