//! Avro: schemas, and plans that turn JSON text and Rust values into Avro bytes and back.
//!
//! A [`Schema`] is parsed from its text as Avro's Java library 1.11.4 parses it; a [`Plan`] is compiled from it once
//! and shared by all workers.
//!
//! # The two JSON forms
//!
//! | Avro | [`JsonForm::Plain`] | [`JsonForm::Avro`] |
//! |---|---|---|
//! | union | the bare value | `null`, or an object of one key: the branch's type or full name |
//! | bytes, fixed | text whose code points 0 to 255 are the bytes | the same |
//! | float, double | number, or `"NaN"`, `"Infinity"`, `"-Infinity"` | the same |
//! | date | `"2023-04-12"` | days since 1970 |
//! | time-millis, time-micros | `"13:45:33.000"`, `"13:45:33.000000"` | the number |
//! | timestamp-millis, -micros, -nanos | `"2023-04-12T13:45:33.000Z"`, 3, 6 or 9 decimals | the number |
//! | local-timestamp-… | the same without `Z` | the number |
//! | decimal | `"12.34"`, with exactly the schema's scale | bytes or fixed |
//! | uuid as fixed | `"123e4567-e89b-12d3-a456-426614174000"` | fixed |
//! | duration | `"P1M2DT0.003S"`: months, days, seconds with 3 decimals | fixed |
//!
//! # What an encoder takes
//!
//! - Integers: any number whose value is integral and in range, so `3`, `3.0` and `1e3`. `3.5` is refused.
//! - Floats: any number that does not overflow to infinity.
//! - Fields in any order. A missing field takes its default; without one the record is refused, nullable or not.
//!   Of a key given twice the last value counts. Unknown fields: see [`UnknownFields`].
//! - Map entries in the order of the text, all of them: a key given twice is written twice.
//! - In plain form, logical types as the text above or as the raw number; timestamps with any offset (`+02:00`), a
//!   space for the `T`, any number of decimals whose excess is zero; durations with `Y`, `W`, `H` and `M` too.
//!   Dates and timestamps outside the years 0 to 9999 and times outside the day have no text: they are printed as
//!   the raw number.
//! - Text for a uuid of type string is not checked, as Java does not check it either.
//!
//! # Unions in plain form
//!
//! The encoder takes the first branch, in schema order, that accepts the whole value. Where more than one branch
//! comes into question, a branch accepts a value only if decoding it gives the same JSON again, so that in
//! `["float", "double"]` `0.5` is a float and `0.123456789` a double, and in `["timestamp-millis", "string"]`
//! `"2023-04-12"` is a string. If no branch reads back the same, the first one that can hold the value is taken.

use std::fmt;

mod binary;
mod defaults;
mod fields;
mod json_in;
mod json_out;
mod logical;
mod names;
mod parse;
mod plan;
mod schema;
mod serde_in;
mod text;

pub(crate) use json_out::{write_double, write_float};
pub use logical::time::write_instant;
pub(crate) use logical::time::{parse_instant, write_seconds};
pub use names::{Name, Names};
pub use parse::{ParseOptions, SchemaError, SchemaFault};
pub use plan::Plan;
pub use schema::{
    EnumType, Field, FixedType, Logical, Order, RecordType, Schema, Type, TypeId, TypeKind,
};

/// How Avro values are written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum JsonForm {
    /// Untagged unions, logical types as text.
    #[default]
    Plain,
    /// The Avro specification's encoding: tagged unions, raw logical types.
    Avro,
}

impl fmt::Display for JsonForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Avro => "avro",
        })
    }
}

/// What happens to JSON fields that the schema does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UnknownFields {
    /// The record is refused.
    #[default]
    Refuse,
    /// The field is dropped.
    Ignore,
}

/// How JSON text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct JsonIn {
    /// The form that the text has.
    pub form: JsonForm,
    /// What happens to unknown fields.
    pub unknown_fields: UnknownFields,
}
