//! What a deserializer does with values that are no Glue frames.

use std::sync::Arc;

use crate::error::DecodeError;
use crate::foreign::Look;
use crate::limits::Limits;
use crate::metrics::FrameKind;
use crate::registry::SchemaVersion;
use crate::registry::cache::{self, CachedSchema, Unusable};
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
    Decode(Arc<CachedSchema>),
}

impl ForeignValues {
    /// Decodes the payload of a Confluent frame, and any other value whole, with one schema.
    ///
    /// # Errors
    ///
    /// The definition is no valid schema, or its format is not supported.
    pub fn decoded_with(version: SchemaVersion, limits: Limits) -> Result<Self, Unusable> {
        Ok(Self::Decode(Arc::new(cache::compile(version, limits)?)))
    }
}

/// How a foreign value is counted.
pub(super) const fn frame_kind(look: Look) -> FrameKind {
    match look {
        Look::Confluent { .. } => FrameKind::Confluent,
        Look::Json => FrameKind::Raw,
        Look::Unknown => FrameKind::Unknown,
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
