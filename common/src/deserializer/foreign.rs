//! What a deserializer does with values that are no Glue frames.

use std::sync::Arc;

use super::{Decoded, Deserializer};
use crate::codec::{Codec, DefinitionError};
use crate::compression::Compression;
use crate::error::DecodeError;
use crate::foreign::{Framing, Look, Unframed};
use crate::limits::Limits;
use crate::metrics::FrameKind;
use crate::registry::SchemaVersion;
use crate::registry::cache::{self, CachedSchema};
use crate::wire::HeaderError;

/// What is done with values that are no Glue frames.
#[derive(Clone, Debug, Default)]
pub enum ForeignValues {
    /// They are undecodable.
    #[default]
    Reject,
    /// They pass as they are: a JSON text as that JSON, other bytes as a JSON string, base64 if they are not UTF-8.
    Pass,
    /// Their payloads are decoded with this schema; see [`ForeignValues::decoded_with`].
    Decode {
        /// The schema of all of them.
        schema: Arc<CachedSchema>,
        /// Which of them have a Confluent header; those that lack it where all have it are undecodable.
        framing: Framing,
    },
}

impl ForeignValues {
    /// Decodes with one schema: what stands behind the header of those that have one, and the others whole.
    ///
    /// # Errors
    ///
    /// The definition is no schema that could be written with, or a Protobuf schema without a message.
    pub fn decoded_with(
        version: SchemaVersion,
        framing: Framing,
        limits: Limits,
    ) -> Result<Self, DefinitionError> {
        let schema = Arc::new(cache::given(version, limits)?);
        Ok(Self::Decode { schema, framing })
    }
}

impl Deserializer {
    /// Reads a value that is no Glue frame, if it is to be decoded.
    #[cold]
    pub(super) fn read_foreign<'a, T>(
        &'a mut self,
        value: &'a [u8],
        header: HeaderError,
        read: impl FnOnce(&'a Codec, &'a [u8]) -> Result<(T, usize), DecodeError>,
    ) -> Result<(T, Decoded<'a>), DecodeError> {
        let Self {
            foreign,
            resolver,
            payloads,
            counts,
            ..
        } = self;
        let decodable = match foreign {
            ForeignValues::Decode { schema, framing } => framing.unframed(value).zip(Some(schema)),
            ForeignValues::Reject | ForeignValues::Pass => None,
        };
        let Some((unframed, schema)) = decodable else {
            let look = Look::at(value, payloads.limits.depth);
            let (frame, rejection) = (look.into(), rejection(look, header));
            return Err(counts.not_a_frame(frame, rejection));
        };
        let frame = decoded_kind(unframed);
        counts.metrics.frames(frame).inc();
        let format = schema.version.data_format;
        let codec = match resolver {
            Some(resolver) => resolver.foreign(schema),
            None => Ok(&schema.codec),
        };
        let read = codec.and_then(|codec| {
            let payload = payloads.open_foreign(&schema.codec, unframed)?;
            payload.read(|bytes| read(codec, bytes))
        });
        match read {
            Ok((read, trailing_bytes)) => {
                counts.decoded(format, trailing_bytes);
                let decoded = Decoded {
                    frame,
                    schema_version_id: None,
                    schema: Some(&schema.version),
                    compression: Compression::None,
                    trailing_bytes,
                };
                Ok((read, decoded))
            }
            Err(error) => Err(counts.failed(Some(format), error)),
        }
    }

    /// Hands a foreign value on as it is.
    #[cold]
    pub(super) fn pass(&self, value: &[u8], out: &mut Vec<u8>) -> Result<Decoded<'_>, DecodeError> {
        let limits = self.payloads.limits;
        let look = Look::at(value, limits.depth);
        let frame = FrameKind::from(look);
        look.pass(value, limits, out)
            .map_err(|error| self.counts.not_a_frame(frame, error))?;
        self.counts.passed(frame);
        Ok(Decoded {
            frame,
            schema_version_id: None,
            schema: None,
            compression: Compression::None,
            trailing_bytes: 0,
        })
    }
}

/// How a foreign value that is decoded is counted: a look at all of it would say little more.
const fn decoded_kind(value: Unframed<'_>) -> FrameKind {
    match value {
        Unframed::Confluent(_) => FrameKind::Confluent,
        Unframed::Whole(_) => FrameKind::Raw,
    }
}

/// Why a foreign value is rejected: by what it is, or by its header if it is nothing known.
const fn rejection(look: Look, header: HeaderError) -> DecodeError {
    match look {
        Look::Confluent { .. } | Look::Json => DecodeError::NotGlue {
            looks_like: look.as_str(),
        },
        Look::Unknown => DecodeError::Header(header),
    }
}
