//! Protobuf: schema texts as the Java serde writes and reads them, and messages as bytes, as JSON and as Rust values.
//!
//! A payload is the index of a message among all that its schema declares, and the message's bytes. A
//! [`ProtobufSchema`] is compiled once from its text, with nothing but the imports that the registry knows:
//!
//! ```
//! use common::avro::UnknownFields;
//! use common::limits::Limits;
//! use common::protobuf::ProtobufSchema;
//!
//! let text = "syntax = \"proto3\"; package shop; \
//!     message Order { string id = 1; repeated Item items = 2; message Item { int64 quantity = 1; } }";
//! let schema = ProtobufSchema::compile(text, Limits::default())?;
//! assert!(schema.messages().eq(["shop.Order", "shop.Order.Item"]));
//!
//! let json = br#"{"id":"a","items":[{"quantity":"5"}]}"#;
//! let mut payload = Vec::new();
//! schema.encode_json(Some("shop.Order"), json, UnknownFields::Refuse, &mut payload)?;
//! assert_eq!(payload, b"\x00\x0a\x01a\x12\x02\x08\x05");
//!
//! let mut again = Vec::new();
//! schema.decode_json(&payload, &mut again)?;
//! assert_eq!(again, json);
//!
//! let message = schema.decode_dynamic(&payload)?;
//! assert_eq!(message.get_field_by_name("id").as_deref().and_then(|id| id.as_str()), Some("a"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # JSON
//!
//! Both ways the proto3 JSON mapping, in one line, fields in the order of their numbers and without those that are
//! not there; nothing that is not in the payload is printed. An encoder also takes the fields' names in the schema,
//! integers and floats as numbers or as texts, enum values as names or numbers, bytes in either alphabet of base 64,
//! and null for a field that is not there. It refuses a field given twice, two fields of one oneof, and a missing
//! required field.
//!
//! An `Any` is shown by the message it holds if the schema or its imports declare that, or if it is one of Google's
//! well-known types; otherwise as `{"@type": …, "value": …}` with its bytes in base 64, which is read back the same.
//! Fields that the schema does not know have no place in JSON; [`ProtobufSchema::decode_dynamic`] keeps them.
//!
//! # What a reader passes over
//!
//! Fields in any order, several times, packed or not, and fields laid out as another type's are read as Java reads
//! them, but map entries of one key once, with the last value. Strings must be UTF-8 in proto2 too.

use std::sync::Arc;

use prost_reflect::{FileDescriptor, MessageDescriptor};

mod base64;
mod check;
mod dynamic;
mod error;
mod foreign;
mod index;
mod json_in;
mod json_out;
mod named;
mod plan;
mod scalar;
mod schema;
mod text;
mod time;
mod view;
mod wire;

pub use error::{
    ProtobufPayloadError, ProtobufPayloadFault, ProtobufValueError, ProtobufValueFault,
};
pub(crate) use named::NamedMessage;
pub use named::{MessageError, MessageNames};
pub use schema::{ProtobufSchemaError, ProtobufSchemaFault};
pub use text::{SchemaText, TextWarning, print};

use crate::avro::UnknownFields;
use crate::error::{DecodeError, EncodeError, Place};
use crate::limits::Limits;
use index::MessageIndex;
use plan::Plan;

/// A schema, compiled once and shared by all workers.
#[derive(Debug, Clone)]
pub struct ProtobufSchema {
    file: FileDescriptor,
    index: Arc<MessageIndex>,
    plan: Arc<Plan>,
    limits: Limits,
}

impl ProtobufSchema {
    /// Compiles a schema text.
    ///
    /// # Errors
    ///
    /// The text is no Protobuf, or imports a file that is not available.
    pub fn compile(definition: &str, limits: Limits) -> Result<Self, ProtobufSchemaError> {
        Ok(Self::from_file(schema::compile(definition)?, limits))
    }

    /// Takes a file of descriptors.
    pub fn from_file(file: FileDescriptor, limits: Limits) -> Self {
        let index = MessageIndex::of(&file);
        Self {
            plan: Arc::new(Plan::compile(file.parent_pool(), index.messages())),
            index: Arc::new(index),
            file,
            limits,
        }
    }

    /// The bounds of the messages.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The schema's own file.
    pub const fn file(&self) -> &FileDescriptor {
        &self.file
    }

    /// The full names of the file's messages, in the order of their indexes.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.index
            .messages()
            .iter()
            .map(MessageDescriptor::full_name)
    }

    /// The message with this full name, or, without one, the schema's only message at its top.
    ///
    /// # Errors
    ///
    /// The schema has no message of that name, or none is named and it does not have exactly one at its top.
    pub fn message(&self, name: Option<&str>) -> Result<MessageDescriptor, MessageError> {
        let named = self.named(name)?;
        Ok(self.index.messages()[named.index()].clone())
    }

    fn index_of(&self, name: Option<&str>) -> Option<usize> {
        if let Some(name) = name {
            return self.index.of_name(name);
        }
        let mut messages = self.file.messages();
        let only = messages.next().filter(|_| messages.next().is_none())?;
        self.index.of_name(only.full_name())
    }

    /// Appends a payload, index and message, given as JSON; `message` is the message's full name, or `None` for the
    /// schema's only top-level message.
    ///
    /// # Errors
    ///
    /// The schema has no such message, the text is no JSON, its value does not fit the message, or a limit is passed; `out` is as before.
    pub fn encode_json(
        &self,
        message: Option<&str>,
        json: &[u8],
        unknown_fields: UnknownFields,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.encode_named(self.named(message)?, json, unknown_fields, out)
    }

    /// Appends the JSON of a payload, in one line, and gives how many bytes were read, which are all.
    ///
    /// # Errors
    ///
    /// The payload is no message of the schema, or a limit is passed; `out` is as before.
    pub fn decode_json(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<usize, DecodeError> {
        Ok(json_out::decode(&self.plan, self.limits, payload, out)?)
    }
}

/// A fault of the value as a whole.
fn misfit(fault: ProtobufValueFault) -> EncodeError {
    let place = Place::default();
    ProtobufValueError { place, fault }.into()
}

#[cfg(test)]
mod tests;
