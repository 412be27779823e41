//! Values of any schema as trees, by data format.

use prost_reflect::DynamicMessage;

use crate::avro;
use crate::registry::DataFormat;

/// A value as [`Deserializer::decode_value`](crate::deserializer::Deserializer::decode_value) reads and
/// [`Serializer::encode_value`](crate::serializer::Serializer::encode_value) writes it.
#[derive(Clone, Debug, PartialEq)]
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
