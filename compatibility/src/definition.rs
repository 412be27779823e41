//! A definition that is valid in its format.

use std::fmt;
use std::str::FromStr;

use common::avro::Schema;

use crate::{Difference, Options, avro, json_schema, protobuf};

/// The language of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Apache Avro.
    Avro,
    /// JSON Schema, drafts 4, 6 and 7.
    Json,
    /// Protocol Buffers, proto2 and proto3.
    Protobuf,
}

impl Format {
    /// Every format, in the order AWS lists them.
    pub const ALL: [Self; 3] = [Self::Avro, Self::Json, Self::Protobuf];

    /// The name that the AWS API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        }
    }
}

/// A text that names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a data format; the formats are AVRO, JSON and PROTOBUF")]
pub struct FormatError;

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let named = |format: &Self| format.as_str() == text;
        Self::ALL.into_iter().find(named).ok_or(FormatError)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A text that is no definition of its format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct InvalidDefinition {
    /// What is wrong and where, in one line.
    pub detail: String,
}

impl InvalidDefinition {
    /// A definition that the parser of its format refuses.
    pub fn new(error: impl fmt::Display) -> Self {
        let detail = error.to_string();
        Self { detail }
    }
}

/// A valid definition, parsed once and compared as often as needed.
#[derive(Debug)]
pub enum Definition {
    /// An Avro schema.
    Avro(Schema),
    /// A JSON schema.
    Json(json_schema::JsonDefinition),
    /// A Protobuf file.
    Protobuf(protobuf::ProtobufDefinition),
}

impl Definition {
    /// Parses a text.
    ///
    /// # Errors
    /// The text is no valid definition of the format.
    pub fn parse(format: Format, text: &str) -> Result<Self, InvalidDefinition> {
        match format {
            Format::Avro => Schema::parse(text)
                .map(Self::Avro)
                .map_err(InvalidDefinition::new),
            Format::Json => json_schema::JsonDefinition::parse(text).map(Self::Json),
            Format::Protobuf => protobuf::ProtobufDefinition::parse(text).map(Self::Protobuf),
        }
    }

    /// The format of the definition.
    pub const fn format(&self) -> Format {
        match self {
            Self::Avro(_) => Format::Avro,
            Self::Json(_) => Format::Json,
            Self::Protobuf(_) => Format::Protobuf,
        }
    }

    /// What keeps this definition, as a reader, from reading what `writer` wrote; nothing when it reads all of it.
    ///
    /// Definitions of two formats have nothing to compare; a schema of the registry never has two.
    pub fn cannot_read(&self, writer: &Self, options: &Options) -> Vec<Difference> {
        match (self, writer) {
            (Self::Avro(reader), Self::Avro(writer)) => {
                avro::differences(reader, writer, options.avro)
            }
            (Self::Json(reader), Self::Json(writer)) => {
                json_schema::differences(reader, writer, options.json)
            }
            (Self::Protobuf(reader), Self::Protobuf(writer)) => {
                protobuf::differences(reader, writer, options.protobuf)
            }
            _ => Vec::new(),
        }
    }
}
