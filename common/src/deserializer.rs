//! Frames to values: header, schema by id, payload.

mod foreign;

use std::sync::Arc;

use prometheus::IntCounter;
use prometheus::local::LocalIntCounter;
use uuid::Uuid;

use crate::avro::{JsonForm, Plan};
use crate::compression::{Compression, Inflater};
use crate::error::DecodeError;
use crate::foreign::Look;
use crate::limits::Limits;
use crate::metrics::{CacheMetrics, CodecMetrics, Direction, FrameKind};
use crate::registry::cache::{self, CachedSchema, Entry, Reader, SchemaCache, Unusable};
use crate::registry::{DataFormat, SchemaVersion};
use crate::wire::{self, Header, HeaderError};

pub use foreign::ForeignValues;

/// How a [`Deserializer`] reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeserializerOptions {
    /// How values are written as JSON text.
    pub form: JsonForm,
    /// What happens to bytes behind the value.
    pub trailing: Trailing,
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
/// # use common::registry::{Answer, DataFormat, NewSchema, SchemaName, SchemaRegistry, SchemaVersion, VersionState, VersionStatus, Which};
/// # use uuid::Uuid;
/// #
/// # struct OneSchema;
/// # impl SchemaRegistry for OneSchema {
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
/// #     fn version_of<'a>(&'a self, _: &'a SchemaName, _: Which) -> Answer<'a, SchemaVersion> { unimplemented!() }
/// #     fn version_by_definition<'a>(&'a self, _: &'a SchemaName, _: &'a str) -> Answer<'a, VersionState> { unimplemented!() }
/// #     fn data_format<'a>(&'a self, _: &'a SchemaName) -> Answer<'a, DataFormat> { unimplemented!() }
/// #     fn register_version<'a>(&'a self, _: &'a SchemaName, _: &'a str) -> Answer<'a, VersionState> { unimplemented!() }
/// #     fn create_schema<'a>(&'a self, _: &'a NewSchema<'a>) -> Answer<'a, VersionState> { unimplemented!() }
/// #     fn create_registry<'a>(&'a self, _: &'a str) -> Answer<'a, ()> { unimplemented!() }
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
    /// The definition is no valid schema, or its format is not supported.
    pub fn with_schema(
        version: SchemaVersion,
        limits: Limits,
        options: DeserializerOptions,
        metrics: &CodecMetrics,
    ) -> Result<Self, Unusable> {
        let schemas = Schemas::Given(Box::new(cache::compile(version, limits)?));
        let lookups = CacheMetrics::unregistered();
        Ok(Self::over(schemas, limits, options, metrics, &lookups))
    }

    /// Treats values that are no Glue frames as told; without this call they are rejected.
    #[must_use]
    pub fn with_foreign(mut self, foreign: ForeignValues) -> Self {
        self.foreign = foreign;
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
            foreign: ForeignValues::Reject,
            payloads: Payloads {
                options,
                limits,
                inflater: Inflater::new(),
                inflated: Vec::new(),
            },
            counts: Counts::new(metrics, lookups),
        }
    }

    /// Decodes a record's value and appends what it holds to `out` as JSON text.
    ///
    /// # Errors
    ///
    /// See [`DecodeError::kind`]; `out` is then as it was. With [`DecodeError::missing`] nothing is wrong with the
    /// frame yet, and nothing has been counted.
    pub fn decode_json(
        &mut self,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Decoded<'_>, DecodeError> {
        match wire::split(value) {
            Ok((header, payload)) => self.decode_frame(header, payload, out),
            Err(error @ HeaderError::Version { .. }) => self.decode_foreign(value, error, out),
            Err(error) => Err(self.counts.not_a_frame(FrameKind::Unknown, error.into())),
        }
    }

    fn decode_frame(
        &mut self,
        header: Header,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Decoded<'_>, DecodeError> {
        let Self {
            schemas,
            payloads,
            counts,
            ..
        } = self;
        let schema = match schemas.find(header.schema_version_id) {
            Ok(schema) => schema,
            Err(Refusal { error, .. }) if error.missing().is_some() => return Err(error),
            Err(refusal) => return Err(counts.no_schema(&header, refusal)),
        };
        counts.schema_found(&header);
        let start = out.len();
        let format = schema.version.data_format;
        match payloads.decode(header.compression, payload, &schema.plan, out) {
            Ok(trailing_bytes) => {
                counts.decoded(format, trailing_bytes);
                Ok(Decoded {
                    frame: header.compression.into(),
                    schema_version_id: Some(header.schema_version_id),
                    schema: Some(&schema.version),
                    compression: header.compression,
                    trailing_bytes,
                })
            }
            Err(error) => {
                out.truncate(start);
                Err(counts.failed(Some(format), error))
            }
        }
    }

    #[cold]
    fn decode_foreign(
        &mut self,
        value: &[u8],
        header: HeaderError,
        out: &mut Vec<u8>,
    ) -> Result<Decoded<'_>, DecodeError> {
        let limits = self.payloads.limits;
        let look = Look::at(value, limits.depth);
        let frame = foreign::frame_kind(look);
        let start = out.len();
        let (schema, decoded) = match &self.foreign {
            ForeignValues::Reject => {
                let error = foreign::rejection(look, header);
                return Err(self.counts.not_a_frame(frame, error));
            }
            ForeignValues::Pass => (None, look.pass(value, limits, out).map(|()| 0)),
            ForeignValues::Decode(schema) => {
                let (none, payload) = (Compression::None, look.payload(value));
                let decoded = self.payloads.decode(none, payload, &schema.plan, out);
                (Some(&schema.version), decoded)
            }
        };
        let format = schema.map(|schema| schema.data_format);
        match decoded {
            Ok(trailing_bytes) => {
                self.counts.foreign(frame, format, trailing_bytes);
                Ok(Decoded {
                    frame,
                    schema_version_id: None,
                    schema,
                    compression: Compression::None,
                    trailing_bytes,
                })
            }
            Err(error) => {
                out.truncate(start);
                self.counts.metrics.frames(frame).inc();
                Err(self.counts.failed(format, error))
            }
        }
    }

    /// The schema version that has to be fetched before this frame can be decoded; nothing is counted.
    pub fn missing(&mut self, frame: &[u8]) -> Option<Uuid> {
        let (header, _) = wire::split(frame).ok()?;
        let refusal = self.schemas.find(header.schema_version_id).err()?;
        refusal.error.missing()
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

/// The schemas that a worker knows.
enum Schemas {
    /// By the id in the frame.
    Cached {
        known: Reader,
        /// The schema of the last frame, which is nearly always the schema of the next.
        last: Option<Arc<CachedSchema>>,
    },
    /// One for all frames.
    Given(Box<CachedSchema>),
}

/// Why there is no schema for a frame, and the schema's format where that is known.
struct Refusal {
    format: Option<DataFormat>,
    error: DecodeError,
}

impl Schemas {
    fn find(&mut self, id: Uuid) -> Result<&CachedSchema, Refusal> {
        let (known, last) = match self {
            Self::Given(schema) => return Ok(schema),
            Self::Cached { known, last } => (known, last),
        };
        if last.as_ref().is_none_or(|last| last.version.id != id) {
            match known.get(id).filter(|entry| entry.is_current()) {
                Some(Entry::Usable(schema)) => *last = Some(Arc::clone(schema)),
                Some(Entry::Unusable(unusable)) => {
                    return Err(Refusal {
                        format: Some(unusable.data_format()),
                        error: unusable.into(),
                    });
                }
                Some(Entry::Missing(_)) => {
                    return Err(Refusal {
                        format: None,
                        error: DecodeError::SchemaNotFound { id },
                    });
                }
                None => {
                    return Err(Refusal {
                        format: None,
                        error: DecodeError::SchemaUnavailable { id },
                    });
                }
            }
        }
        Ok(last
            .as_deref()
            .expect("the schema of this id was put there above"))
    }
}

/// What payloads are decoded with.
struct Payloads {
    options: DeserializerOptions,
    /// Plans hold payloads that need no inflating to the same bounds.
    limits: Limits,
    inflater: Inflater,
    inflated: Vec<u8>,
}

impl Payloads {
    /// Decodes a payload and gives the count of bytes left over.
    fn decode(
        &mut self,
        compression: Compression,
        payload: &[u8],
        plan: &Plan,
        out: &mut Vec<u8>,
    ) -> Result<usize, DecodeError> {
        let DeserializerOptions { form, trailing } = self.options;
        let (payload, behind_stream) = match compression {
            Compression::None => (payload, 0),
            Compression::Zlib => {
                self.inflated.clear();
                let limit = self.limits.payload_bytes;
                let behind = self.inflater.append(payload, &mut self.inflated, limit)?;
                (self.inflated.as_slice(), behind)
            }
        };
        let consumed = plan.decode_json(payload, form, out)?;
        let left = behind_stream + payload.len().saturating_sub(consumed);
        if left > 0 && trailing == Trailing::Refuse {
            return Err(DecodeError::Trailing { bytes: left });
        }
        Ok(left)
    }
}

/// The counters of every record: plain numbers here, shared ones after [`Deserializer::flush`].
struct Counts {
    /// By data format.
    decoded: [LocalIntCounter; DataFormat::ALL.len()],
    plain: LocalIntCounter,
    zlib: LocalIntCounter,
    hits: LocalIntCounter,
    negatives: IntCounter,
    metrics: CodecMetrics,
}

impl Counts {
    fn new(metrics: &CodecMetrics, lookups: &CacheMetrics) -> Self {
        let decoded = |format| metrics.succeeded(Direction::Decode, format).local();
        Self {
            decoded: [DataFormat::Avro, DataFormat::Json, DataFormat::Protobuf].map(decoded),
            plain: metrics.frames(FrameKind::Glue).local(),
            zlib: metrics.frames(FrameKind::GlueZlib).local(),
            hits: lookups.hits.local(),
            negatives: lookups.negatives.clone(),
            metrics: metrics.clone(),
        }
    }

    fn flush(&self) {
        self.decoded.iter().for_each(LocalIntCounter::flush);
        for counter in [&self.plain, &self.zlib, &self.hits] {
            counter.flush();
        }
    }

    fn frame(&self, header: &Header) {
        match header.compression {
            Compression::None => self.plain.inc(),
            Compression::Zlib => self.zlib.inc(),
        }
    }

    fn schema_found(&self, header: &Header) {
        self.frame(header);
        self.hits.inc();
    }

    fn decoded(&self, format: DataFormat, trailing_bytes: usize) {
        self.decoded[format as usize].inc();
        if trailing_bytes > 0 {
            self.metrics.trailing.inc();
        }
    }

    /// A foreign value went through; one that passes as it is has no format, so it was not decoded.
    fn foreign(&self, frame: FrameKind, format: Option<DataFormat>, trailing_bytes: usize) {
        self.metrics.frames(frame).inc();
        if let Some(format) = format {
            self.decoded(format, trailing_bytes);
        }
    }

    fn not_a_frame(&self, frame: FrameKind, error: DecodeError) -> DecodeError {
        self.metrics.frames(frame).inc();
        self.failed(None, error)
    }

    fn no_schema(&self, header: &Header, refusal: Refusal) -> DecodeError {
        self.frame(header);
        self.negatives.inc();
        self.failed(refusal.format, refusal.error)
    }

    fn failed(&self, format: Option<DataFormat>, error: DecodeError) -> DecodeError {
        self.metrics.failed(Direction::Decode, format, error.kind());
        error
    }
}

#[cfg(test)]
mod tests;
