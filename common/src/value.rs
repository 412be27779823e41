//! Values of any schema as trees, by data format.

use std::fmt;

use prost_reflect::{DynamicMessage, ReflectMessage};

use crate::avro;
use crate::registry::DataFormat;

/// A value as [`Deserializer::decode_value`](crate::deserializer::Deserializer::decode_value) reads and
/// [`Serializer::encode_value`](crate::serializer::Serializer::encode_value) writes it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A value of an Avro schema.
    Avro(avro::Value),
    /// A JSON value; numbers that are neither 64-bit integers nor `f64` lose digits in it.
    Json(serde_json::Value),
    /// A Protobuf message, with the fields that its schema does not know.
    Protobuf(DynamicMessage),
}

impl Value {
    /// The data format that the value belongs to.
    pub const fn data_format(&self) -> DataFormat {
        match self {
            Self::Avro(_) => DataFormat::Avro,
            Self::Json(_) => DataFormat::Json,
            Self::Protobuf(_) => DataFormat::Protobuf,
        }
    }

    pub(crate) const fn schema_it_needs(&self) -> &'static str {
        match self {
            Self::Avro(_) => "an Avro schema",
            Self::Json(_) => "a JSON schema",
            Self::Protobuf(_) => "a Protobuf schema",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Avro(value) => f.debug_tuple("Avro").field(value).finish(),
            Self::Json(value) => f.debug_tuple("Json").field(value).finish(),
            // A message's own `Debug` has its descriptor in it, and never ends if that has a oneof.
            Self::Protobuf(message) => {
                let json = serde_json::to_string(message).unwrap_or_else(|_| "…".to_owned());
                let descriptor = message.descriptor();
                let name = descriptor.full_name();
                f.debug_tuple("Protobuf")
                    .field(&format_args!("{name} {json}"))
                    .finish()
            }
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        Self::Json(value)
    }
}

impl From<DynamicMessage> for Value {
    fn from(message: DynamicMessage) -> Self {
        Self::Protobuf(message)
    }
}

impl From<avro::Value> for Value {
    fn from(value: avro::Value) -> Self {
        Self::Avro(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::ProtobufSchema;

    #[test]
    fn messages_with_a_oneof_have_a_debug_text_that_ends() {
        let schema = ProtobufSchema::compile(
            "syntax = \"proto3\"; package p; message M { oneof o { M child = 1; int32 n = 2; } }",
            crate::limits::Limits::default(),
        );
        let message = schema
            .unwrap()
            .decode_dynamic(b"\x00\x0a\x02\x10\x07")
            .unwrap();
        let text = format!("{:?}", Value::from(message));
        assert_eq!(text, r#"Protobuf(p.M {"child":{"n":7}})"#);
    }
}
