//! A schema compiled for its data format: payloads of all three formats behind one set of calls.

use std::sync::Arc;

use crate::avro::{JsonForm, JsonIn, Plan, Schema, SchemaError};
use crate::error::{DecodeError, EncodeError};
use crate::foreign::Unframed;
use crate::json_schema::{self, JsonOut, JsonSchema, JsonSchemaError, Refusal};
use crate::limits::Limits;
use crate::protobuf::{
    MessageError, NamedMessage, ProtobufSchema, ProtobufSchemaError, ProtobufSchemaFault,
};
use crate::registry::DataFormat;
use crate::value::Value;
use crate::view::{self, Uncut, View};

/// Why a definition is no usable schema of its format.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// It is no Avro schema.
    #[error(transparent)]
    Avro(Arc<SchemaError>),
    /// It is no JSON Schema.
    #[error(transparent)]
    Json(Arc<JsonSchemaError>),
    /// It is no Protobuf schema.
    #[error(transparent)]
    Protobuf(Arc<ProtobufSchemaError>),
    /// It is longer than so many bytes.
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    /// It does not say which message JSON text stands for.
    #[error(transparent)]
    Message(Arc<MessageError>),
}

impl From<SchemaError> for DefinitionError {
    fn from(error: SchemaError) -> Self {
        Self::Avro(Arc::new(error))
    }
}

impl From<JsonSchemaError> for DefinitionError {
    fn from(error: JsonSchemaError) -> Self {
        Self::Json(Arc::new(error))
    }
}

impl From<ProtobufSchemaError> for DefinitionError {
    fn from(error: ProtobufSchemaError) -> Self {
        Self::Protobuf(Arc::new(error))
    }
}

impl From<MessageError> for DefinitionError {
    fn from(error: MessageError) -> Self {
        Self::Message(Arc::new(error))
    }
}

/// The longest definition that is compiled, in bytes. Glue takes 170,000 characters.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// Refuses what no registry would have taken, before any of it is looked at.
const fn bounded(definition: &str) -> Result<(), DefinitionError> {
    if definition.len() > MOST_BYTES {
        return Err(DefinitionError::TooLong(MOST_BYTES));
    }
    Ok(())
}

/// A compiled schema, shared by all workers.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one a schema version, and mostly it is Avro's"
)]
pub(crate) enum Codec {
    Avro(Plan),
    Json(JsonSchema),
    /// A JSON schema that nothing can be checked against. Values are read without asking it, as Java reads them.
    UncheckedJson(Limits, DefinitionError),
    Protobuf(ProtobufSchema),
    /// JSON values through a view; for reading alone.
    Viewed(Box<Self>, View),
}

/// How a payload becomes JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToJson {
    pub(crate) form: JsonForm,
    pub(crate) validate: bool,
}

impl Codec {
    /// Compiles a definition to write with.
    pub(crate) fn writer(
        format: DataFormat,
        definition: &str,
        limits: Limits,
    ) -> Result<Self, DefinitionError> {
        bounded(definition)?;
        Ok(match format {
            DataFormat::Avro => Self::Avro(Plan::compile(&Schema::parse(definition)?, limits)?),
            DataFormat::Json => {
                let schema = JsonSchema::compile(definition, limits)?;
                schema.takes_any()?;
                Self::Json(schema)
            }
            DataFormat::Protobuf => Self::Protobuf(ProtobufSchema::compile(definition, limits)?),
        })
    }

    /// Compiles a definition that no registry has accepted, to read with it: it is as sound as one to write with, and
    /// has something to read.
    pub(crate) fn given(
        format: DataFormat,
        definition: &str,
        limits: Limits,
    ) -> Result<Self, DefinitionError> {
        match Self::writer(format, definition, limits)? {
            Self::Protobuf(schema) if schema.messages().next().is_none() => {
                Err(ProtobufSchemaError::from(ProtobufSchemaFault::NoMessage).into())
            }
            compiled => Ok(compiled),
        }
    }

    /// Compiles a registered definition to read with, which asks less of it.
    pub(crate) fn reader(
        format: DataFormat,
        definition: &str,
        limits: Limits,
    ) -> Result<Self, DefinitionError> {
        if format != DataFormat::Json {
            return Self::writer(format, definition, limits);
        }
        bounded(definition)?;
        Ok(match JsonSchema::compile(definition, limits) {
            Ok(schema) => Self::Json(schema),
            Err(error) => Self::UncheckedJson(limits, error.into()),
        })
    }

    /// The message that JSON text stands for; other formats than Protobuf need none.
    pub(crate) fn named(
        &self,
        message: Option<&str>,
    ) -> Result<Option<NamedMessage>, MessageError> {
        match self {
            Self::Protobuf(schema) => schema.named(message).map(Some),
            _ => Ok(None),
        }
    }

    /// Appends the payload of a JSON text; `message` is what [`Codec::named`] found.
    pub(crate) fn encode_json(
        &self,
        json: &[u8],
        options: JsonIn,
        message: Option<NamedMessage>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match self {
            Self::Avro(plan) => plan.encode_json(json, &options, out),
            Self::Json(schema) => schema.encode_json(json, out),
            Self::UncheckedJson(..) | Self::Viewed(..) => {
                Err(EncodeError::Format("a schema that can be checked"))
            }
            Self::Protobuf(schema) => {
                let message = message.map_or_else(|| schema.named(None), Ok)?;
                schema.encode_named(message, json, options.unknown_fields, out)
            }
        }
    }

    /// Appends the payload of a Rust value.
    pub(crate) fn encode_struct<T: serde::Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match self {
            Self::Avro(plan) => plan.encode_struct(value, out),
            Self::Json(schema) => schema.encode_value(value, out),
            Self::UncheckedJson(..) | Self::Viewed(..) | Self::Protobuf(_) => {
                Err(EncodeError::Format("an Avro or JSON schema"))
            }
        }
    }

    /// Appends the payload of a Rust value that `prost` knows.
    pub(crate) fn encode_message<M: prost::Message>(
        &self,
        name: &str,
        message: &M,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match self {
            Self::Protobuf(schema) => schema.encode_message(name, message, out),
            _ => Err(EncodeError::Format("a Protobuf schema")),
        }
    }

    /// Appends the payload of a dynamic value.
    pub(crate) fn encode_value(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match (self, value) {
            (Self::Avro(plan), Value::Avro(value)) => plan.encode_value(value, out),
            (Self::Json(schema), Value::Json(value)) => schema.encode_value(value, out),
            (Self::Protobuf(schema), Value::Protobuf(value)) => schema.encode_dynamic(value, out),
            (_, value) => Err(EncodeError::Format(value.schema_it_needs())),
        }
    }

    /// Appends a payload that is encoded already; a JSON text is checked and stays as it is, as in Java.
    pub(crate) fn encode_payload(
        &self,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if let Self::Json(schema) = self {
            schema.check(payload)?;
        }
        let limit = self.limits().payload_bytes;
        if payload.len() > limit {
            return Err(EncodeError::Value {
                place: crate::error::Place::default(),
                fault: crate::error::ValueFault::TooLarge { limit },
            });
        }
        out.extend_from_slice(payload);
        Ok(())
    }

    /// Appends a payload's value as JSON text and gives the count of bytes that it took.
    pub(crate) fn decode_json(
        &self,
        payload: &[u8],
        options: ToJson,
        out: &mut Vec<u8>,
    ) -> Result<usize, DecodeError> {
        let validate = options.validate;
        match self {
            Self::Avro(plan) => plan.decode_json(payload, options.form, out),
            Self::Json(schema) => schema.decode_json(payload, JsonOut { validate }, out),
            Self::UncheckedJson(_, error) if validate => Err(DecodeError::Unchecked(error.clone())),
            Self::UncheckedJson(limits, _) => json_schema::decode_json(payload, limits, out),
            Self::Protobuf(schema) => schema.decode_json(payload, out),
            Self::Viewed(own, shown) => {
                let start = out.len();
                let taken = own.decode_json(payload, options, out)?;
                let limits = own.limits();
                view::apply(shown, limits, out, start).map_err(|why| match why {
                    Uncut::Json(error) => Refusal::from(error),
                    Uncut::TooLarge => Refusal::TooLarge {
                        limit: limits.json_bytes,
                    },
                })?;
                Ok(taken)
            }
        }
    }

    /// A payload's value as a Rust value, and the count of bytes that it took.
    pub(crate) fn decode_struct<'de, T: serde::Deserialize<'de>>(
        &self,
        payload: &'de [u8],
        options: ToJson,
    ) -> Result<(T, usize), DecodeError> {
        match self {
            Self::Avro(plan) => plan.decode_struct(payload),
            Self::Json(_) | Self::UncheckedJson(..) | Self::Viewed(..) => {
                let mut json = Vec::new();
                let taken = self.decode_json(payload, options, &mut json)?;
                let mut reader = serde_json::Deserializer::from_reader(&*json);
                let value = T::deserialize(&mut reader)
                    .map_err(|error| json_schema::untaken(&error, payload, self.limits()))?;
                Ok((value, taken))
            }
            Self::Protobuf(_) => Err(DecodeError::Format("Avro or JSON")),
        }
    }

    /// A payload's value as a Rust value that `prost` knows; all bytes are taken.
    pub(crate) fn decode_message<M: prost::Message + Default>(
        &self,
        name: &str,
        payload: &[u8],
    ) -> Result<M, DecodeError> {
        match self {
            Self::Protobuf(schema) => schema.decode_message(name, payload),
            _ => Err(DecodeError::Format("Protobuf")),
        }
    }

    /// A payload's value as a tree, and the count of bytes that it took.
    pub(crate) fn decode_value(
        &self,
        payload: &[u8],
        options: ToJson,
    ) -> Result<(Value, usize), DecodeError> {
        match self {
            Self::Avro(plan) => {
                let (value, taken) = plan.decode_value(payload)?;
                Ok((Value::Avro(value), taken))
            }
            Self::Json(_) | Self::UncheckedJson(..) | Self::Viewed(..) => {
                let (value, taken) = self.decode_struct(payload, options)?;
                Ok((Value::Json(value), taken))
            }
            Self::Protobuf(schema) => {
                let message = schema.decode_dynamic(payload)?;
                Ok((Value::Protobuf(message), payload.len()))
            }
        }
    }

    /// The Avro bytes of a payload's value, and their count.
    pub(crate) fn decode_datum<'v>(
        &self,
        payload: &'v [u8],
    ) -> Result<(&'v [u8], usize), DecodeError> {
        let Self::Avro(plan) = self else {
            return Err(DecodeError::Format("Avro"));
        };
        let taken = plan.measure(payload)?;
        Ok((&payload[..taken], taken))
    }

    /// The payload that a value of another serializer stands for; `room` holds it if it is not part of the value.
    pub(crate) fn payload_of_foreign<'v>(
        &self,
        value: Unframed<'v>,
        room: &'v mut Vec<u8>,
    ) -> Result<&'v [u8], DecodeError> {
        let Self::Protobuf(schema) = self else {
            return Ok(value.bytes());
        };
        room.clear();
        match value {
            Unframed::Confluent(bytes) => schema.payload_of_confluent(bytes, room)?,
            Unframed::Whole(bytes) => schema.payload_of_message(bytes, room)?,
        }
        Ok(room)
    }

    pub(crate) fn limits(&self) -> &Limits {
        match self {
            Self::Avro(plan) => plan.limits(),
            Self::Json(schema) => schema.limits(),
            Self::UncheckedJson(limits, _) => limits,
            Self::Viewed(own, _) => own.limits(),
            Self::Protobuf(schema) => schema.limits(),
        }
    }
}
