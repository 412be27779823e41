//! Values to frames: the header and the payload, written into one reused buffer.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::avro::{JsonForm, JsonIn, UnknownFields};
use crate::codec::{Codec, DefinitionError, ToJson};
use crate::compression::{Compression, DeflateOptions, Deflater};
use crate::error::{DecodeError, EncodeError};
use crate::limits::Limits;
use crate::metrics::{CodecMetrics, Direction, Sampler};
use crate::protobuf::NamedMessage;
use crate::registry::{DataFormat, SchemaVersion};
use crate::value::Value;
use crate::wire::{self, Header};

/// How a [`Serializer`] writes.
#[derive(Clone, Debug, Default)]
pub struct SerializerOptions {
    /// How payloads are compressed.
    pub compression: Compression,
    /// How hard, and which payloads.
    pub deflate: DeflateOptions,
    /// What a value may take.
    pub limits: Limits,
    /// How JSON text is read. JSON schemas have rules of their own for unknown fields.
    pub json: JsonIn,
    /// Full name of the message that JSON text stands for, if the Protobuf schema has more than one at its top.
    pub message: Option<String>,
}

/// Turns values into frames of one schema version.
///
/// Keys and values have the same frames: a key's serializer is made from the version of the key's schema.
/// Each worker has a clone of its own; clones share the compiled schema and the counts. Once its buffers have grown, it
/// allocates nothing for an Avro record.
///
/// ```
/// use common::registry::{DataFormat, SchemaVersion, VersionStatus};
/// use common::serializer::{Serializer, SerializerOptions};
///
/// let version = SchemaVersion {
///     id: "75db6fea-2b3f-4283-8abc-805f5381fee9".parse()?,
///     registry: Some("customer".to_owned()),
///     schema_name: Some("greetings-value".to_owned()),
///     number: Some(1),
///     data_format: DataFormat::Avro,
///     definition: r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#.to_owned(),
///     status: VersionStatus::Available,
/// };
/// let mut serializer = Serializer::new(&version, SerializerOptions::default())?;
///
/// let mut frame = Vec::new();
/// serializer.encode_json(br#"{"s":"hello","n":5}"#, &mut frame)?;
/// assert_eq!(frame, b"\x03\x00\x75\xdb\x6f\xea\x2b\x3f\x42\x83\x8a\xbc\x80\x5f\x53\x81\xfe\xe9\x0ahello\x0a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Serializer {
    codec: Arc<Codec>,
    format: DataFormat,
    header: Header,
    json: JsonIn,
    /// The message that JSON text stands for, if the format has messages and the schema says which.
    message: Option<NamedMessage>,
    metrics: CodecMetrics,
    sampler: Sampler,
    packer: Packer,
}

/// What payloads are compressed with.
#[derive(Debug)]
struct Packer {
    options: DeflateOptions,
    /// Made for the first payload that is compressed: it takes some hundred kilobytes.
    deflater: Option<Deflater>,
    /// The payload before compression.
    payload: Vec<u8>,
}

impl Packer {
    const fn new(options: DeflateOptions) -> Self {
        Self {
            options,
            deflater: None,
            payload: Vec::new(),
        }
    }

    /// Appends the frame of the payload, compressed if it is large enough to be worth it.
    fn frame(&mut self, mut header: Header, out: &mut Vec<u8>) {
        if self.payload.len() < self.options.min_bytes {
            header.compression = Compression::None;
            wire::write_header(out, &header);
            out.extend_from_slice(&self.payload);
        } else {
            wire::write_header(out, &header);
            self.deflater
                .get_or_insert_with(|| Deflater::new(self.options.level))
                .append(&self.payload, out);
        }
    }
}

impl Clone for Packer {
    fn clone(&self) -> Self {
        Self::new(self.options)
    }
}

impl Serializer {
    /// Compiles the version's definition.
    ///
    /// # Errors
    ///
    /// The definition is no usable schema of its format, or has no message of the name in the options.
    pub fn new(
        version: &SchemaVersion,
        options: SerializerOptions,
    ) -> Result<Self, DefinitionError> {
        let SerializerOptions {
            compression,
            deflate,
            limits,
            json,
            message,
        } = options;
        let codec = Codec::writer(version.data_format, &version.definition, limits)?;
        let named = codec.named(message.as_deref());
        // Typed values need no message, so that none has to be named.
        let named = if message.is_some() {
            named?
        } else {
            named.unwrap_or_default()
        };
        let metrics = CodecMetrics::unregistered();
        Ok(Self {
            codec: Arc::new(codec),
            format: version.data_format,
            header: Header {
                compression,
                schema_version_id: version.id,
            },
            json,
            message: named,
            sampler: metrics.sampler(Direction::Encode),
            metrics,
            packer: Packer::new(deflate),
        })
    }

    /// Counts what is written from here on.
    #[must_use]
    pub fn with_metrics(mut self, metrics: &CodecMetrics) -> Self {
        self.metrics = metrics.clone();
        self.sampler = metrics.sampler(Direction::Encode);
        self
    }

    /// The format of the payloads.
    pub const fn data_format(&self) -> DataFormat {
        self.format
    }

    /// The id that every frame carries.
    pub const fn schema_version_id(&self) -> Uuid {
        self.header.schema_version_id
    }

    /// Whether fields of JSON text that the schema does not have are left out.
    pub fn drops_unknown_fields(&self) -> bool {
        self.json.unknown_fields == UnknownFields::Ignore
    }

    /// Whether JSON text can be encoded at all: it cannot under a Protobuf schema that does not say which message it
    /// stands for.
    ///
    /// # Errors
    ///
    /// The options name no message, and the schema does not have exactly one at its top.
    pub fn takes_json(&self) -> Result<(), DefinitionError> {
        if self.message.is_none() {
            self.codec.named(None)?;
        }
        Ok(())
    }

    /// Writes the frame of a value given as JSON text; `out` is cleared first.
    ///
    /// Avro and Protobuf read the text by their own rules, see [`avro`](crate::avro) and
    /// [`protobuf`](crate::protobuf); under a JSON schema the text is checked and is itself the payload.
    ///
    /// # Errors
    ///
    /// The text is no JSON, its value does not fit the schema, or a limit is passed; `out` is then empty.
    pub fn encode_json(&mut self, json: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (options, message) = (self.json, self.message);
        self.frame(out, |codec, out| {
            codec.encode_json(json, options, message, out)
        })
    }

    /// Writes the frame of a Rust value of an Avro or JSON schema; `out` is cleared first.
    ///
    /// # Errors
    ///
    /// The value does not fit the schema, or a limit is passed; `out` is then empty.
    pub fn encode<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.frame(out, |codec, out| codec.encode_struct(value, out))
    }

    /// Writes the frame of a Protobuf message whose full name is `name`; `out` is cleared first.
    ///
    /// ```
    /// use common::registry::{DataFormat, SchemaVersion};
    /// use common::serializer::{Serializer, SerializerOptions};
    ///
    /// #[derive(Clone, PartialEq, prost::Message)]
    /// struct Greeting {
    ///     #[prost(string, tag = "1")]
    ///     s: String,
    /// }
    ///
    /// let definition = r#"syntax = "proto3"; message Greeting { string s = 1; }"#;
    /// let version = SchemaVersion::unregistered(DataFormat::Protobuf, definition.to_owned());
    /// let mut serializer = Serializer::new(&version, SerializerOptions::default())?;
    /// let mut frame = Vec::new();
    /// serializer.encode_message("Greeting", &Greeting { s: "hello".to_owned() }, &mut frame)?;
    /// assert_eq!(frame[18..], *b"\x00\x0a\x05hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The schema has no such message, or a limit is passed; `out` is then empty.
    pub fn encode_message<M: prost::Message>(
        &mut self,
        name: &str,
        message: &M,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.frame(out, |codec, out| codec.encode_message(name, message, out))
    }

    /// Writes the frame of a tree; `out` is cleared first.
    ///
    /// # Errors
    ///
    /// The value is of another format or does not fit the schema, or a limit is passed; `out` is then empty.
    pub fn encode_value(&mut self, value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.frame(out, |codec, out| codec.encode_value(value, out))
    }

    /// Writes the frame of a payload that is encoded already; `out` is cleared first.
    ///
    /// A JSON payload is checked against its schema and stays as it is. Others are not looked at: a Protobuf payload
    /// begins with its message's index.
    ///
    /// # Errors
    ///
    /// The payload is JSON and does not fit its schema, or is too large; `out` is then empty.
    pub fn encode_payload(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.frame(out, |codec, out| codec.encode_payload(payload, out))
    }

    /// Appends the plain JSON text that a payload of this schema stands for, and gives the count of bytes that it took.
    ///
    /// It shows whether bytes that others have encoded are a value of the schema, before
    /// [`encode_payload`](Self::encode_payload) frames them.
    ///
    /// # Errors
    ///
    /// The payload does not begin with a value of the schema, or a limit is passed; `json` is then as before.
    pub fn read_payload(&self, payload: &[u8], json: &mut Vec<u8>) -> Result<usize, DecodeError> {
        let options = ToJson {
            form: JsonForm::Plain,
            validate: true,
        };
        self.codec.decode_json(payload, options, json)
    }

    fn frame(
        &mut self,
        out: &mut Vec<u8>,
        encode: impl FnOnce(&Codec, &mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        out.clear();
        let sample = self.sampler.begin();
        let written = match self.header.compression {
            Compression::None => {
                wire::write_header(out, &self.header);
                encode(&self.codec, out)
            }
            Compression::Zlib => {
                self.packer.payload.clear();
                let written = encode(&self.codec, &mut self.packer.payload);
                if written.is_ok() {
                    self.packer.frame(self.header, out);
                }
                written
            }
        };
        match &written {
            Ok(()) => {
                self.metrics.succeeded(Direction::Encode, self.format).inc();
                if let Some(sample) = sample {
                    let raw = match self.header.compression {
                        Compression::None => out.len() - wire::HEADER_LEN,
                        Compression::Zlib => self.packer.payload.len(),
                    };
                    self.sampler.end(&sample, self.format, raw, out.len());
                }
            }
            Err(error) => {
                out.clear();
                self.metrics
                    .failed(Direction::Encode, Some(self.format), error.kind());
            }
        }
        written
    }
}

#[cfg(test)]
mod tests;
