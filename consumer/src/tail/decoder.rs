//! What a record's value is: its frame, its schema, and the JSON that it holds or why it holds none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::compression::Compression;
use common::deserializer::{Deserializer, DeserializerOptions, ForeignValues};
use common::error::{DecodeError, Kind};
use common::foreign::Look;
use common::limits::Limits;
use common::metrics::{CodecMetrics, FrameKind};
use common::registry::SchemaVersion;
use common::registry::cache::{CachedSchema, LoadError, SchemaCache};
use common::wire::{self, Header, HeaderError};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long a registry that has not given a schema is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// See the module's words.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) frame: FrameKind,
    pub(super) header: Option<Header>,
    /// What the header's id stands for, if that is known.
    pub(super) schema: Option<Arc<CachedSchema>>,
    pub(super) content: Content,
}

/// What a value holds.
#[derive(Debug)]
pub(super) enum Content {
    /// There is no value.
    Tombstone,
    Json {
        text: Vec<u8>,
        /// Bytes of the payload, inflated.
        payload: Option<usize>,
    },
    Undecodable(Refusal),
    /// Nobody wants to know.
    Unread,
}

/// Why a value could not be decoded.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) kind: Kind,
    pub(super) error: String,
}

impl Reading {
    /// What the value's bytes alone say.
    pub(super) fn of_bytes(value: Option<&[u8]>) -> Self {
        let (frame, header) = match value.map(|value| (value, wire::split(value))) {
            None => (FrameKind::Tombstone, None),
            Some((_, Ok((header, _)))) => (header.compression.into(), Some(header)),
            Some((value, Err(HeaderError::Version { .. }))) => {
                (Look::at(value, Limits::default().depth).into(), None)
            }
            Some((_, Err(_))) => (FrameKind::Unknown, None),
        };
        let content = match value {
            None => Content::Tombstone,
            Some(_) => Content::Unread,
        };
        Self {
            frame,
            header,
            schema: None,
            content,
        }
    }

    /// The id in the frame.
    pub(super) fn version_id(&self) -> Option<Uuid> {
        self.header.map(|header| header.schema_version_id)
    }

    /// How the payload is compressed.
    pub(super) fn compression(&self) -> Option<&'static str> {
        self.header.map(|header| match header.compression {
            Compression::None => "none",
            Compression::Zlib => "zlib",
        })
    }

    /// The schema's version, if it is known.
    pub(super) fn version(&self) -> Option<&SchemaVersion> {
        self.schema.as_deref().map(|schema| &schema.version)
    }

    /// The value as JSON: `null` where there is none, nothing where it could not be decoded.
    pub(super) fn json(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Tombstone => Some(b"null"),
            Content::Json { text, .. } => Some(text),
            Content::Undecodable(_) | Content::Unread => None,
        }
    }

    /// Why it could not be decoded.
    pub(super) const fn refusal(&self) -> Option<&Refusal> {
        match &self.content {
            Content::Undecodable(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self {
            kind: error.kind(),
            error: error.to_string(),
        }
    }
}

/// How a record waits for its schema.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) runtime: Handle,
    /// How long.
    pub(super) patience: Duration,
    /// What ends it before.
    pub(super) draining: CancellationToken,
}

/// Decodes values; schemas come from the registry, and a registry that is away makes values undecodable for a while.
pub(super) struct Decoder {
    deserializer: Deserializer,
    cache: Arc<SchemaCache>,
    waiting: Waiting,
    /// When the registry last gave no schema, and why.
    trouble: Option<(Instant, String)>,
}

impl Decoder {
    pub(super) fn new(
        cache: Arc<SchemaCache>,
        options: DeserializerOptions,
        foreign: ForeignValues,
        waiting: Waiting,
    ) -> Self {
        let metrics = CodecMetrics::unregistered();
        Self {
            deserializer: Deserializer::new(&cache, options, &metrics).with_foreign(foreign),
            cache,
            waiting,
            trouble: None,
        }
    }

    /// Reads a value.
    pub(super) fn read(&mut self, value: Option<&[u8]>) -> Reading {
        let mut reading = Reading::of_bytes(value);
        let Some(value) = value else {
            return reading;
        };
        let fetched = match reading.version_id() {
            Some(id) => self.fetch(id, value),
            None => Ok(None),
        };
        reading.content = match fetched {
            Ok(schema) => {
                reading.schema = schema;
                self.decode(value)
            }
            Err(refusal) => Content::Undecodable(refusal),
        };
        reading
    }

    fn decode(&mut self, value: &[u8]) -> Content {
        let mut text = Vec::new();
        if let Err(error) = self.deserializer.decode_json(value, &mut text) {
            return Content::Undecodable(error.into());
        }
        let payload = self.deserializer.decode_payload(value);
        let payload = payload.ok().map(|(payload, _)| payload.len());
        Content::Json { text, payload }
    }

    /// The schema of a frame; of what the registry knows for sure the deserializer says the rest.
    fn fetch(&mut self, id: Uuid, frame: &[u8]) -> Result<Option<Arc<CachedSchema>>, Refusal> {
        let is_missing = self.deserializer.missing(frame).is_some();
        if is_missing
            && let Some((since, why)) = &self.trouble
            && since.elapsed() < PAUSE
        {
            return Err(unavailable(id, why));
        }
        let Waiting {
            runtime,
            patience,
            draining,
        } = &self.waiting;
        let loaded = runtime.block_on(async {
            tokio::select! {
                loaded = tokio::time::timeout(*patience, self.cache.load(id)) => loaded.ok(),
                () = draining.cancelled() => None,
            }
        });
        let why = match loaded {
            Some(Ok(schema)) => return Ok(Some(schema)),
            Some(Err(LoadError::Registry { source, .. })) => source.to_string(),
            Some(Err(_)) => return Ok(None),
            None => format!("the registry does not answer within {patience:?}"),
        };
        let refusal = unavailable(id, &why);
        self.trouble = Some((Instant::now(), why));
        Err(refusal)
    }
}

fn unavailable(id: Uuid, why: &str) -> Refusal {
    Refusal {
        kind: Kind::SchemaUnavailable,
        error: format!("schema version {id} cannot be fetched: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_told_by_its_bytes() {
        let mut glue = vec![3, 5];
        glue.extend_from_slice(Uuid::from_u128(7).as_bytes());
        for (value, expected) in [
            (None, FrameKind::Tombstone),
            (Some(&glue[..]), FrameKind::GlueZlib),
            (Some(b"\x00\x00\x00\x00\x07abc"), FrameKind::Confluent),
            (Some(b"{\"a\":1}"), FrameKind::Raw),
            (Some(b"hello"), FrameKind::Unknown),
            (Some(b""), FrameKind::Unknown),
            (Some(&glue[..9]), FrameKind::Unknown),
        ] {
            assert_eq!(Reading::of_bytes(value).frame, expected, "{value:?}");
        }
        let reading = Reading::of_bytes(Some(&glue));
        assert_eq!(reading.version_id(), Some(Uuid::from_u128(7)));
        assert_eq!(reading.compression(), Some("zlib"));
    }
}
