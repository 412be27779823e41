//! Frames to values: header, schema by id, payload.

use std::sync::Arc;

use prometheus::IntCounter;
use prometheus::local::LocalIntCounter;
use uuid::Uuid;

use crate::avro::{JsonForm, Plan};
use crate::compression::{Compression, Inflater};
use crate::error::DecodeError;
use crate::limits::Limits;
use crate::metrics::{CacheMetrics, CodecMetrics, Direction, FrameKind};
use crate::registry::cache::{self, CachedSchema, Entry, Reader, SchemaCache, Unusable};
use crate::registry::{DataFormat, SchemaVersion};
use crate::wire::{self, Header};

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

/// What a frame said, besides its value.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// The schema version in the header.
    pub schema_version_id: Uuid,
    /// What the registry knows about that version.
    pub schema: &'a SchemaVersion,
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
        let payload_bytes = cache.limits().payload_bytes;
        Self::over(schemas, payload_bytes, options, metrics, cache.metrics())
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
        Ok(Self::over(
            schemas,
            limits.payload_bytes,
            options,
            metrics,
            &lookups,
        ))
    }

    fn over(
        schemas: Schemas,
        payload_bytes: usize,
        options: DeserializerOptions,
        metrics: &CodecMetrics,
        lookups: &CacheMetrics,
    ) -> Self {
        Self {
            schemas,
            payloads: Payloads {
                options,
                payload_bytes,
                inflater: Inflater::new(),
                inflated: Vec::new(),
            },
            counts: Counts {
                decoded: metrics
                    .succeeded(Direction::Decode, DataFormat::Avro)
                    .local(),
                plain: metrics.frames(FrameKind::Glue).local(),
                zlib: metrics.frames(FrameKind::GlueZlib).local(),
                hits: lookups.hits.local(),
                negatives: lookups.negatives.clone(),
                metrics: metrics.clone(),
            },
        }
    }

    /// Decodes a frame and appends its value to `out` as JSON text.
    ///
    /// # Errors
    ///
    /// See [`DecodeError::kind`]; `out` is then as it was. With [`DecodeError::missing`] nothing is wrong with the
    /// frame yet, and nothing has been counted.
    pub fn decode_json(
        &mut self,
        frame: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Decoded<'_>, DecodeError> {
        let Self {
            schemas,
            payloads,
            counts,
        } = self;
        let (header, payload) =
            wire::split(frame).map_err(|error| counts.not_a_frame(error.into()))?;
        let schema = match schemas.find(header.schema_version_id) {
            Ok(schema) => schema,
            Err(Refusal { error, .. }) if error.missing().is_some() => return Err(error),
            Err(refusal) => return Err(counts.no_schema(&header, refusal)),
        };
        counts.schema_found(&header);
        let start = out.len();
        match payloads.decode(header.compression, payload, &schema.plan, out) {
            Ok(trailing_bytes) => {
                counts.decoded(trailing_bytes);
                Ok(Decoded {
                    schema_version_id: header.schema_version_id,
                    schema: &schema.version,
                    compression: header.compression,
                    trailing_bytes,
                })
            }
            Err(error) => {
                out.truncate(start);
                Err(counts.failed(Some(schema.version.data_format), error))
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
        let Counts {
            decoded,
            plain,
            zlib,
            hits,
            ..
        } = &self.counts;
        for counter in [decoded, plain, zlib, hits] {
            counter.flush();
        }
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
    /// The largest payload in bytes; plans hold those that need no inflating to the same bound.
    payload_bytes: usize,
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
                let behind =
                    self.inflater
                        .append(payload, &mut self.inflated, self.payload_bytes)?;
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
    decoded: LocalIntCounter,
    plain: LocalIntCounter,
    zlib: LocalIntCounter,
    hits: LocalIntCounter,
    negatives: IntCounter,
    metrics: CodecMetrics,
}

impl Counts {
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

    fn decoded(&self, trailing_bytes: usize) {
        self.decoded.inc();
        if trailing_bytes > 0 {
            self.metrics.trailing.inc();
        }
    }

    fn not_a_frame(&self, error: DecodeError) -> DecodeError {
        self.metrics.frames(FrameKind::Unknown).inc();
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
