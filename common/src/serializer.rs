//! Values to frames: the header and the payload, written into one reused buffer.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::avro::{JsonIn, Plan, Schema, SchemaError};
use crate::compression::{Compression, DeflateOptions, Deflater};
use crate::error::EncodeError;
use crate::limits::Limits;
use crate::metrics::{CodecMetrics, Direction};
use crate::registry::{DataFormat, SchemaVersion};
use crate::wire::{self, Header};

/// How a [`Serializer`] writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SerializerOptions {
    /// How payloads are compressed.
    pub compression: Compression,
    /// How hard, and which payloads.
    pub deflate: DeflateOptions,
    /// What a value may take.
    pub limits: Limits,
    /// How JSON text is read.
    pub json: JsonIn,
}

/// Why no serializer can be made for a schema version.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SerializerError {
    /// The definition is no valid schema.
    #[error("the definition is no valid schema")]
    Schema(#[from] SchemaError),
    /// The format cannot be written by this program.
    #[error("data format {0} is not supported yet by this version of the program; AVRO is")]
    Format(DataFormat),
}

/// Turns values into frames of one schema version.
///
/// Each worker has a clone of its own; clones share the compiled plan and the counts.
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
    plan: Arc<Plan>,
    header: Header,
    json: JsonIn,
    metrics: CodecMetrics,
    packer: Packer,
}

/// What payloads are compressed with.
#[derive(Debug)]
struct Packer {
    options: DeflateOptions,
    deflater: Deflater,
    /// The payload before compression.
    payload: Vec<u8>,
}

impl Packer {
    fn new(options: DeflateOptions) -> Self {
        Self {
            options,
            deflater: Deflater::new(options.level),
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
            self.deflater.append(&self.payload, out);
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
    /// The definition is no valid schema, or its format is not supported.
    pub fn new(
        version: &SchemaVersion,
        options: SerializerOptions,
    ) -> Result<Self, SerializerError> {
        if version.data_format != DataFormat::Avro {
            return Err(SerializerError::Format(version.data_format));
        }
        let plan = Plan::compile(&Schema::parse(&version.definition)?, options.limits)?;
        Ok(Self {
            plan: Arc::new(plan),
            header: Header {
                compression: options.compression,
                schema_version_id: version.id,
            },
            json: options.json,
            metrics: CodecMetrics::unregistered(),
            packer: Packer::new(options.deflate),
        })
    }

    /// Counts what is written from here on.
    #[must_use]
    pub fn with_metrics(mut self, metrics: &CodecMetrics) -> Self {
        self.metrics = metrics.clone();
        self
    }

    /// The id that every frame carries.
    pub const fn schema_version_id(&self) -> Uuid {
        self.header.schema_version_id
    }

    /// Writes the frame of a value given as JSON text; `out` is cleared first.
    ///
    /// # Errors
    ///
    /// The text is no JSON, its value does not fit the schema, or a limit is passed; `out` is then empty.
    pub fn encode_json(&mut self, json: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let options = self.json;
        self.frame(out, |plan, out| plan.encode_json(json, &options, out))
    }

    /// Writes the frame of a Rust value; `out` is cleared first.
    ///
    /// # Errors
    ///
    /// The value does not fit the schema, or a limit is passed; `out` is then empty.
    pub fn encode<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.frame(out, |plan, out| plan.encode_struct(value, out))
    }

    fn frame(
        &mut self,
        out: &mut Vec<u8>,
        encode: impl FnOnce(&Plan, &mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        out.clear();
        let written = match self.header.compression {
            Compression::None => {
                wire::write_header(out, &self.header);
                encode(&self.plan, out)
            }
            Compression::Zlib => {
                self.packer.payload.clear();
                let written = encode(&self.plan, &mut self.packer.payload);
                if written.is_ok() {
                    self.packer.frame(self.header, out);
                }
                written
            }
        };
        match &written {
            Ok(()) => self
                .metrics
                .succeeded(Direction::Encode, DataFormat::Avro)
                .inc(),
            Err(error) => {
                out.clear();
                self.metrics
                    .failed(Direction::Encode, Some(DataFormat::Avro), error.kind());
            }
        }
        written
    }
}

#[cfg(test)]
mod tests;
