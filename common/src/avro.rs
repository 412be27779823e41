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
//!
//! # Rust types
//!
//! [`Plan::encode_struct`] and [`Plan::decode_struct`] are each other's mirror.
//!
//! | Avro | Rust, both ways |
//! |---|---|
//! | record | struct or map, by field name; a unit struct for one whose fields all have defaults. Read only: a tuple |
//! | map | map with keys that are texts: `String`, `char`, an enum; a struct |
//! | array | sequence, tuple |
//! | enum | unit variant by symbol; its text |
//! | union | `Option` for null; the bare value; an enum whose variants are called as the branches are |
//! | int, long | any integer that holds the value |
//! | float, double | `f32`, `f64`; an integer that is exactly the number |
//! | string | `String`, `&str`, `char`; a unit variant |
//! | bytes, fixed | bytes, borrowed or not; a sequence of `u8` |
//! | date, time-…, (local-)timestamp-… | the number; the text that plain JSON has |
//! | decimal | its bytes; its text; an integer, if there are no decimals |
//! | uuid, duration | their text; as fixed also their bytes |
//!
//! The variants of an enum that stands for a union have the branches' names: a type's (`"string"`), or a full name,
//! or a name without its namespace. A unit variant stands for null or for a record that can do without values.
//! For an Avro enum in a union the variant is the symbol, unless the Rust enum has a variant of the Avro enum's name
//! and another name itself.
//!
//! Types that look at a value before they choose (`serde_json::Value`, untagged and internally tagged enums,
//! flattened structs) get what plain JSON has: bare values for unions, texts for logical types, and numbers for
//! dates and times without a text. Two things differ: bytes and fixed are sequences of numbers, as serde has them
//! everywhere, and floating-point numbers are numbers even where JSON has none, of which `serde_json::Value` makes
//! null.
//!
//! # A union as the whole schema
//!
//! Avro writes a union's value behind its branch's index, and so does this crate. The Glue serde of Java does not
//! know the union when it is given a record, an enum, an array or a fixed: it registers the value's own schema and
//! writes the value without an index, and a null becomes a record without a value. To write what it writes, take
//! [`Schema::branch`] for the branch that the value is in, register that schema's text, and encode the value of the
//! branch with a plan of its own.
//!
//! ```
//! use common::avro::{Plan, Schema, Value};
//!
//! let union = Schema::parse(r#"["null", "string", {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}]"#)?;
//! let Value::Union(index, record) = Value::Union(2, Box::new(Value::record([("a", 1.into())]))) else { unreachable!() };
//! let schema = union.branch(index as usize).unwrap();
//! assert_eq!(schema.to_string(), r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#);
//!
//! let mut payload = Vec::new();
//! Plan::compile(&schema, Default::default())?.encode_value(&record, &mut payload)?;
//! assert_eq!(payload, b"\x02");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

//!
//! # A reader's schema
//!
//! [`Plan::resolve`] compiles two schemas into a plan that reads what the one has written in the shape of the other,
//! as Avro's Java library 1.11.4 does. It differs from Java where that is wrong:
//!
//! - Aliases are applied once. Java's reader applies them twice, which undoes an exchange of two names and runs along
//!   a chain of them.
//! - A default of bytes or fixed with a code point above 255 is refused when it is needed; Java takes `?` for it.
//! - A value that is refused whatever its bytes are is refused when the plan is made, with the path; in Java every
//!   payload is refused.
//!
//! A default for a later branch of a union is read with [`DefaultBranch::Any`] only.

use std::fmt;

mod binary;
mod branch;
mod defaults;
mod fields;
mod input;
mod json_in;
mod json_out;
mod logical;
mod names;
mod parse;
mod plan;
mod resolve;
mod schema;
mod serde_in;
mod serde_out;
mod stack;
mod text;
mod transcode;
mod value;
pub(crate) mod view;

pub use defaults::DefaultBranch;
pub(crate) use json_out::{write_double, write_float};
pub use logical::time::write_instant;
pub(crate) use logical::time::{parse_instant, write_seconds};
pub use names::{Name, Names};
pub use parse::{ParseOptions, SchemaError, SchemaFault};
pub use plan::Plan;
pub use resolve::{Aliases, ResolutionError, ResolutionFault};
pub use schema::{
    EnumType, Field, FixedType, Logical, Order, RecordType, Schema, Type, TypeId, TypeKind,
};
pub use value::Value;

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
