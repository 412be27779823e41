//! What a deserializer does with values that are no Glue frames.

use std::sync::Arc;

use crate::codec::DefinitionError;
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

/// How a foreign value that is decoded is counted: a look at all of it would say little more.
pub(super) const fn decoded_kind(value: Unframed<'_>) -> FrameKind {
    match value {
        Unframed::Confluent(_) => FrameKind::Confluent,
        Unframed::Whole(_) => FrameKind::Raw,
    }
}

/// Why a foreign value is rejected: by what it is, or by its header if it is nothing known.
pub(super) const fn rejection(look: Look, header: HeaderError) -> DecodeError {
    match look {
        Look::Confluent { .. } | Look::Json => DecodeError::NotGlue {
            looks_like: look.as_str(),
        },
        Look::Unknown => DecodeError::Header(header),
    }
}
