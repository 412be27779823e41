//! What can go wrong with one record, and the closed set of kinds that logs and labels use.

use std::fmt;

use uuid::Uuid;

pub(crate) mod text;

use crate::avro::ResolutionError;
use crate::codec::DefinitionError;
use crate::compression::InflateError;
use crate::json::JsonError;
use crate::json_schema::Refusal;
use crate::protobuf::{ProtobufPayloadError, ProtobufValueError};
use crate::registry::RegistryError;
use crate::view::ViewError;
use crate::wire::HeaderError;

mod fault;

pub use fault::{PayloadFault, Place, TypeFault, ValueFault};

/// The closed set of reasons for which a record is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The first 18 bytes are no Glue header.
    Header,
    /// The compressed payload is damaged.
    Compression,
    /// Bytes are missing at the end.
    Truncated,
    /// Bytes are left over, where the configuration refuses them.
    Trailing,
    /// A payload or a text is larger than the limit.
    TooLarge,
    /// The value is nested too deeply, has too many items, or needs too much work.
    Limit,
    /// The schema version could not be had from the registry.
    SchemaUnavailable,
    /// The schema version's text is no usable schema.
    SchemaInvalid,
    /// Writer and reader schema do not fit.
    Resolution,
    /// The value does not fit the schema, or not the Rust type that it is read into.
    Validation,
    /// The text is not JSON.
    Json,
    /// The payload's bytes are not a value of the schema.
    Payload,
    /// The record was not written by a Glue serializer.
    NotGlue,
}

impl Kind {
    /// All kinds, for counters that are there from the start.
    pub const ALL: [Self; 13] = [
        Self::Header,
        Self::Compression,
        Self::Truncated,
        Self::Trailing,
        Self::TooLarge,
        Self::Limit,
        Self::SchemaUnavailable,
        Self::SchemaInvalid,
        Self::Resolution,
        Self::Validation,
        Self::Json,
        Self::Payload,
        Self::NotGlue,
    ];

    /// The kind's name in logs, labels and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Compression => "compression",
            Self::Truncated => "truncated",
            Self::Trailing => "trailing",
            Self::TooLarge => "too_large",
            Self::Limit => "limit",
            Self::SchemaUnavailable => "schema_unavailable",
            Self::SchemaInvalid => "schema_invalid",
            Self::Resolution => "resolution",
            Self::Validation => "validation",
            Self::Json => "json",
            Self::Payload => "payload",
            Self::NotGlue => "not_glue",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a value could not be encoded. Its text names the place and never the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The text is not JSON.
    #[error("{0}")]
    Json(JsonError),
    /// The value does not fit the schema, or passes a limit.
    #[error("{place}{fault}")]
    Value {
        /// Where in the input and in the schema.
        place: Place,
        /// What does not fit.
        fault: ValueFault,
    },
    /// The value is refused by its JSON Schema or its limits.
    #[error("{0}")]
    JsonSchema(#[from] Refusal),
    /// The value does not fit the Protobuf schema, or passes a limit.
    #[error("{0}")]
    Protobuf(#[from] ProtobufValueError),
    /// The value is of a kind that only schemas of another data format take.
    #[error("the value needs {0}")]
    Format(&'static str),
}

impl EncodeError {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Json(error) => error.kind(),
            Self::Value { fault, .. } => fault.kind(),
            Self::JsonSchema(refusal) => refusal.kind(),
            Self::Protobuf(error) => error.kind(),
            Self::Format(_) => Kind::Validation,
        }
    }

    /// The way to the field at fault by names of the schema; nothing for the whole value.
    ///
    /// Of several fields that a JSON schema refuses it is the first.
    pub fn field(&self) -> Option<String> {
        match self {
            Self::Value { place, .. } => place.field(),
            Self::Protobuf(error) => error.place.field(),
            Self::JsonSchema(refusal) => refusal.field(),
            Self::Json(_) | Self::Format(_) => None,
        }
    }
}

/// Why a frame could not be decoded. Its text names the place and never the data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The header is wrong.
    #[error("{0}")]
    Header(#[from] HeaderError),
    /// The value was not written by a Glue serializer, and the configuration rejects such values.
    #[error("{looks_like} where a Glue frame is expected")]
    NotGlue {
        /// What the value looks like.
        looks_like: &'static str,
    },
    /// The compressed payload is wrong.
    #[error("{0}")]
    Inflate(#[from] InflateError),
    /// The schema version is not cached: load it and try again.
    #[error("schema version {id} is not loaded")]
    SchemaUnavailable {
        /// The schema version's id.
        id: Uuid,
    },
    /// The registry was asked and has no such schema version: trying again changes nothing.
    #[error("schema version {id} does not exist in the registry")]
    SchemaNotFound {
        /// The schema version's id.
        id: Uuid,
    },
    /// The registry was asked, and its answer is not understood here: trying again changes nothing for a while.
    #[error("schema version {id}: {source}")]
    SchemaNotUnderstood {
        /// The schema version's id.
        id: Uuid,
        /// The registry's answer.
        source: RegistryError,
    },
    /// The schema version belongs to a schema that records may not be read with.
    #[error("schema version {id} belongs to a schema that is not allowed here")]
    SchemaNotAllowed {
        /// The schema version's id.
        id: Uuid,
    },
    /// The schema version's text is no usable schema.
    #[error("schema version {id}: {source}")]
    SchemaInvalid {
        /// The schema version's id.
        id: Uuid,
        /// What is wrong with the text.
        #[source]
        source: DefinitionError,
    },
    /// The values of this schema cannot be checked, which was asked for.
    #[error("the schema cannot be used to check values: {0}")]
    Unchecked(DefinitionError),
    /// The type asked for is read from schemas of another data format only.
    #[error("the type asked for is one of {0} values")]
    Format(&'static str),
    /// The payload is no value of the schema, or passes a limit.
    #[error("{place}{fault}")]
    Payload {
        /// Where in the payload and in the schema.
        place: Place,
        /// What is wrong there.
        fault: PayloadFault,
    },
    /// The payload is no message of the Protobuf schema, or passes a limit.
    #[error("{0}")]
    Protobuf(#[from] ProtobufPayloadError),
    /// The reader's schema cannot take what was written: any value of the version, or this one.
    #[error("{0}")]
    Resolution(std::sync::Arc<ResolutionError>),
    /// Values of this schema cannot be shown through the view that is asked for.
    #[error("{0}")]
    View(std::sync::Arc<ViewError>),
    /// Bytes are left behind the value, and the configuration refuses them.
    #[error("{bytes} bytes left behind the value")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// The payload is no JSON, or is refused by its JSON Schema or its limits.
    #[error("{0}")]
    JsonSchema(#[from] Refusal),
}

impl DecodeError {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Header(_) => Kind::Header,
            Self::NotGlue { .. } => Kind::NotGlue,
            Self::Inflate(error) => error.kind(),
            Self::SchemaUnavailable { .. }
            | Self::SchemaNotFound { .. }
            | Self::SchemaNotUnderstood { .. }
            | Self::SchemaNotAllowed { .. } => Kind::SchemaUnavailable,
            Self::SchemaInvalid { .. } | Self::Unchecked(_) => Kind::SchemaInvalid,
            Self::Format(_) => Kind::Validation,
            Self::Payload { fault, .. } => fault.kind(),
            Self::Protobuf(error) => error.kind(),
            Self::Resolution(_) | Self::View(_) => Kind::Resolution,
            Self::Trailing { .. } => Kind::Trailing,
            Self::JsonSchema(refusal) => refusal.kind(),
        }
    }

    /// The way to the field at fault by names of the schema; nothing for the whole value.
    pub fn field(&self) -> Option<String> {
        match self {
            Self::Payload { place, .. } => place.field(),
            Self::Protobuf(error) => error.place.field(),
            Self::JsonSchema(refusal) => refusal.field(),
            _ => None,
        }
    }

    /// The schema version to load before trying again.
    pub const fn missing(&self) -> Option<Uuid> {
        match self {
            Self::SchemaUnavailable { id } => Some(*id),
            _ => None,
        }
    }
}
