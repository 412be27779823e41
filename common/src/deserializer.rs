//! Frames to values: header, schema by id, payload.

mod counts;
mod fields;
mod foreign;
mod payload;
mod reader;
mod reading;
mod schemas;

use serde::Deserialize;
use uuid::Uuid;

use crate::avro::JsonForm;
use crate::codec::{Codec, DefinitionError};
use crate::compression::Compression;
use crate::error::DecodeError;
use crate::limits::Limits;
use crate::metrics::{CacheMetrics, CodecMetrics, FrameKind};
use crate::registry::cache::{self, SchemaCache};
use crate::registry::{DataFormat, SchemaVersion};
use crate::value::Value;
use crate::wire::{self, HeaderError};

use counts::Counts;
pub use foreign::ForeignValues;
use payload::{Bytes, Payloads};
pub use reader::ReaderSchema;
pub use reading::Reading;
use reading::Resolver;
use schemas::{Refusal, Schemas};

/// How a [`Deserializer`] reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeserializerOptions {
    /// How values are written as JSON text.
    pub form: JsonForm,
    /// What happens to bytes behind the value.
    pub trailing: Trailing,
    /// Whether values of JSON schemas are checked against them, which the Java serde does not do.
    pub validate: bool,
}

/// What happens to bytes left after a complete zlib stream or value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trailing {
    /// They are ignored and counted, as the Java serde does.
    #[default]
    Ignore,
    /// They are an error.
    Refuse,
}

/// What a record's value said, besides what it holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// What kind of value it was.
    pub frame: FrameKind,
    /// The schema version in the header; a value that is no Glue frame has none.
    pub schema_version_id: Option<Uuid>,
    /// The version that it was decoded with, if any.
    pub schema: Option<&'a SchemaVersion>,
    /// How the payload was compressed.
    pub compression: Compression,
    /// Bytes behind the zlib stream and behind the value, which were ignored.
    pub trailing_bytes: usize,
}

/// Turns frames into values: one a worker, without I/O and without waiting.
///
/// It knows the schemas in its [`SchemaCache`]. For an id that is not there the error has
/// [`missing`](DecodeError::missing): await [`SchemaCache::load`], then decode the frame again.
///
/// ```
/// use std::sync::Arc;
///
/// use common::deserializer::{Deserializer, DeserializerOptions};
/// # use common::metrics::{CacheMetrics, CodecMetrics, RegistryMetrics};
/// # use common::registry::cache::{CacheOptions, SchemaCache};
/// # use common::registry::{Answer, DataFormat, SchemaVersion, SchemaVersions, VersionStatus};
/// # use uuid::Uuid;
/// #
/// # struct OneSchema;
/// # impl SchemaVersions for OneSchema {
/// #     fn schema_version(&self, id: Uuid) -> Answer<'_, SchemaVersion> {
/// #         Box::pin(async move {
/// #             Ok(SchemaVersion {
/// #                 id,
/// #                 registry: None,
/// #                 schema_name: Some("greetings-value".to_owned()),
/// #                 number: Some(1),
/// #                 data_format: DataFormat::Avro,
/// #                 definition: r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#.to_owned(),
/// #                 status: VersionStatus::Available,
/// #             })
/// #         })
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let registry = Arc::new(OneSchema);
/// let cache = SchemaCache::new(
///     registry,
///     CacheOptions::default(),
///     &RegistryMetrics::unregistered(),
///     &CacheMetrics::unregistered(),
/// );
/// let cache = Arc::new(cache);
/// let mut deserializer =
///     Deserializer::new(&cache, DeserializerOptions::default(), &CodecMetrics::unregistered());
///
/// let frame = b"\x03\x00\x75\xdb\x6f\xea\x2b\x3f\x42\x83\x8a\xbc\x80\x5f\x53\x81\xfe\xe9\x0ahello\x0a";
/// let mut json = Vec::new();
/// let error = deserializer.decode_json(frame, &mut json).unwrap_err();
/// cache.load(error.missing().unwrap()).await?;
/// deserializer.decode_json(frame, &mut json)?;
/// assert_eq!(json, br#"{"s":"hello","n":5}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Deserializer {
    schemas: Schemas,
    /// Brings values into a reader's shape, if one is asked for.
    resolver: Option<Resolver>,
    /// Shows the fields that are asked for beside the values.
    fields: Option<Resolver>,
    foreign: ForeignValues,
    payloads: Payloads,
    counts: Counts,
}

impl Deserializer {
    /// Creates a deserializer over the schemas of `cache`, with the limits of its options.
    pub fn new(cache: &SchemaCache, options: DeserializerOptions, metrics: &CodecMetrics) -> Self {
        let schemas = Schemas::Cached {
            known: cache.reader(),
            last: None,
        };
        Self::over(schemas, cache.limits(), options, metrics, cache.metrics())
    }

    /// Creates a deserializer that reads every frame with the schema of `version`, whatever id the frame carries.
    ///
    /// # Errors
    ///
    /// The definition is no schema that could be written with, or a Protobuf schema without a message.
    pub fn with_schema(
        version: SchemaVersion,
        limits: Limits,
        options: DeserializerOptions,
        metrics: &CodecMetrics,
    ) -> Result<Self, DefinitionError> {
        let schemas = Schemas::Given(Box::new(cache::given(version, limits)?));
        let lookups = CacheMetrics::unregistered();
        Ok(Self::over(schemas, limits, options, metrics, &lookups))
    }

    /// Gives values out in the shape of a reader's schema from here on, by Avro's rules of schema resolution.
    ///
    /// A version that does not fit, and a value that cannot be taken, are refused with [`DecodeError::Resolution`].
    /// Values of other formats than Avro and foreign values keep the shape of their own schemas.
    #[must_use]
    pub fn with_reader(self, reader: ReaderSchema) -> Self {
        self.with_reading(reader.into())
    }

    /// Gives values out as told from here on: in the shape of a reader's schema, through a view, or both.
    ///
    /// A version that does not fit, and a value that cannot be taken, are refused with [`DecodeError::Resolution`] or
    /// [`DecodeError::View`]. Foreign values are shown through the view, those that pass as they are not.
    #[must_use]
    pub fn with_reading(mut self, reading: Reading) -> Self {
        self.resolver = Some(self.resolve(reading));
        self
    }

    /// Makes the fields of a view readable by [`Deserializer::decode_fields`], beside the values themselves.
    #[must_use]
    pub fn with_fields(mut self, fields: Reading) -> Self {
        self.fields = Some(self.resolve(fields));
        self
    }

    fn resolve(&self, reading: Reading) -> Resolver {
        let reading = match self.schemas {
            Schemas::Given(_) => reading.apart(),
            Schemas::Cached { .. } => reading,
        };
        reading.resolver(&self.foreign)
    }

    /// Treats values that are no Glue frames as told; without this call they are rejected.
    #[must_use]
    pub fn with_foreign(mut self, foreign: ForeignValues) -> Self {
        self.foreign = foreign;
        let resolvers = [&mut self.resolver, &mut self.fields];
        for resolver in resolvers.into_iter().flatten() {
            resolver.know(&self.foreign);
        }
        self
    }

    fn over(
        schemas: Schemas,
        limits: Limits,
        options: DeserializerOptions,
        metrics: &CodecMetrics,
        lookups: &CacheMetrics,
    ) -> Self {
        Self {
            schemas,
            resolver: None,
            fields: None,
            foreign: ForeignValues::Reject,
            payloads: Payloads::new(options, limits),
            counts: Counts::new(metrics, lookups),
        }
    }

    /// Decodes a record's value and appends what it holds to `out` as JSON text.
    ///
    /// # Errors
    ///
    /// See [`DecodeError::kind`]; `out` is then as it was. With [`DecodeError::missing`] nothing is wrong with the
    /// frame yet, and nothing has been counted.
    pub fn decode_json<'a>(
        &'a mut self,
        value: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<Decoded<'a>, DecodeError> {
        let options = self.payloads.to_json();
        let start = out.len();
        if matches!(self.foreign, ForeignValues::Pass)
            && let Err(HeaderError::Version { .. }) = wire::split(value)
        {
            return self.pass(value, out);
        }
        let read = |codec: &Codec, payload: &[u8]| {
            let taken = codec.decode_json(payload, options, out)?;
            Ok(((), taken))
        };
        match self.read(value, Bytes::Written, read) {
            Ok(((), decoded)) => Ok(decoded),
            Err(error) => {
                out.truncate(start);
                Err(error)
            }
        }
    }

    /// Decodes a record's value as a Rust value: one of an Avro or JSON schema.
    ///
    /// `&str` and `&[u8]` of an Avro value are the payload's own bytes.
    ///
    /// # Errors
    ///
    /// As [`Deserializer::decode_json`], or the type does not take the value. A value that would
    /// [pass](ForeignValues::Pass) as it is has no type, and is rejected.
    pub fn decode<'a, T: Deserialize<'a>>(
        &'a mut self,
        value: &'a [u8],
    ) -> Result<(T, Decoded<'a>), DecodeError> {
        let options = self.payloads.to_json();
        self.read(value, Bytes::Own, |codec, payload| {
            codec.decode_struct(payload, options)
        })
    }

    /// Decodes a record's value as a Protobuf message whose full name is `name`.
    ///
    /// # Errors
    ///
    /// As [`Deserializer::decode`], or the value is another message.
    pub fn decode_message<'a, M: prost::Message + Default>(
        &'a mut self,
        name: &str,
        value: &'a [u8],
    ) -> Result<(M, Decoded<'a>), DecodeError> {
        self.read(value, Bytes::Own, |codec, payload| {
            Ok((codec.decode_message(name, payload)?, payload.len()))
        })
    }

    /// Decodes a record's value as a tree.
    ///
    /// # Errors
    ///
    /// As [`Deserializer::decode`].
    pub fn decode_value<'a>(
        &'a mut self,
        value: &'a [u8],
    ) -> Result<(Value, Decoded<'a>), DecodeError> {
        let options = self.payloads.to_json();
        self.read(value, Bytes::Own, |codec, payload| {
            codec.decode_value(payload, options)
        })
    }

    /// Gives the payload of a record's value, inflated and otherwise as it is.
    ///
    /// # Errors
    ///
    /// As [`Deserializer::decode`]; the payload itself is not looked at, and a reader's schema is not asked.
    pub fn decode_payload<'a>(
        &'a mut self,
        value: &'a [u8],
    ) -> Result<(&'a [u8], Decoded<'a>), DecodeError> {
        self.read(value, Bytes::Alone, |_, payload| {
            Ok((payload, payload.len()))
        })
    }

    /// Gives the Avro bytes of a record's value as the reader's schema would have written them, or without one the
    /// writer's.
    ///
    /// # Errors
    ///
    /// As [`Deserializer::decode`], or the value is none of an Avro schema.
    pub fn decode_datum<'a>(
        &'a mut self,
        value: &'a [u8],
    ) -> Result<(&'a [u8], Decoded<'a>), DecodeError> {
        self.read(value, Bytes::Own, |codec, payload| {
            codec.decode_datum(payload)
        })
    }

    /// Finds the value's schema and payload, and has it read; what is read says how many bytes it took.
    fn read<'a, T>(
        &'a mut self,
        value: &'a [u8],
        bytes: Bytes,
        read: impl FnOnce(&'a Codec, &'a [u8]) -> Result<(T, usize), DecodeError>,
    ) -> Result<(T, Decoded<'a>), DecodeError> {
        let (header, payload) = match wire::split(value) {
            Ok(parts) => parts,
            Err(error @ HeaderError::Version { .. }) => {
                return self.read_foreign(value, error, read);
            }
            Err(error) => return Err(self.counts.not_a_frame(FrameKind::Unknown, error.into())),
        };
        let Self {
            schemas,
            resolver,
            payloads,
            counts,
            ..
        } = self;
        let sample = counts.sampler.begin();
        let schema = match schemas.find(header.schema_version_id) {
            Ok(schema) => schema,
            Err(Refusal { error, .. }) if error.missing().is_some() => return Err(error),
            Err(refusal) => return Err(counts.no_schema(&header, refusal)),
        };
        counts.schema_found(&header, schema);
        let format = schema.version.data_format;
        let codec = match (resolver, bytes) {
            (None, _) | (_, Bytes::Alone) => Ok(&schema.codec),
            (Some(resolver), Bytes::Written | Bytes::Own) => resolver.codec(schema),
        };
        let mut raw = 0;
        let read = codec.and_then(|codec| {
            let payload = payloads.open(header.compression, payload)?;
            let payload = match bytes {
                Bytes::Alone | Bytes::Written => payload,
                Bytes::Own => payload.own(codec)?,
            };
            payload.read(|bytes| {
                raw = bytes.len();
                read(codec, bytes)
            })
        });
        match read {
            Ok((read, trailing_bytes)) => {
                counts.decoded(format, trailing_bytes);
                if let Some(sample) = sample {
                    counts.sampler.end(&sample, format, raw, value.len());
                }
                let decoded = Decoded {
                    frame: header.compression.into(),
                    schema_version_id: Some(header.schema_version_id),
                    schema: Some(&schema.version),
                    compression: header.compression,
                    trailing_bytes,
                };
                Ok((read, decoded))
            }
            Err(error) => Err(counts.failed(Some(format), error)),
        }
    }

    /// The schema version that has to be fetched before this frame can be decoded; nothing is counted.
    pub fn missing(&mut self, frame: &[u8]) -> Option<Uuid> {
        let (header, _) = wire::split(frame).ok()?;
        let refusal = self.schemas.find(header.schema_version_id).err()?;
        refusal.error.missing()
    }

    /// The format of what a value holds, where its schema is known by now; nothing is counted.
    pub fn data_format(&mut self, value: &[u8]) -> Option<DataFormat> {
        match (wire::split(value), &self.foreign) {
            (Ok((header, _)), _) => {
                let schema = self.schemas.find(header.schema_version_id).ok()?;
                Some(schema.version.data_format)
            }
            (Err(HeaderError::Version { .. }), ForeignValues::Decode { schema, framing }) => {
                framing.unframed(value)?;
                Some(schema.version.data_format)
            }
            (Err(_), _) => None,
        }
    }

    /// Counts a record without a value, which there is nothing to decode of.
    pub fn tombstone(&mut self) {
        self.counts.tombstone();
    }

    /// Adds this worker's counts to the shared ones: at the end of each batch, and when there is nothing to do.
    pub fn flush(&mut self) {
        self.counts.flush();
    }
}

impl Drop for Deserializer {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests;
