//! The schemas that a worker knows, and why it has none for a frame.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::DecodeError;
use crate::registry::DataFormat;
use crate::registry::cache::{CachedSchema, Entry, Reader};

/// The schemas that a worker knows.
pub(super) enum Schemas {
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
pub(super) struct Refusal {
    pub(super) format: Option<DataFormat>,
    pub(super) error: DecodeError,
}

impl Schemas {
    pub(super) fn find(&mut self, id: Uuid) -> Result<&CachedSchema, Refusal> {
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
                Some(Entry::Absent { why, .. }) => {
                    return Err(Refusal {
                        format: None,
                        error: why.decode_error(id),
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
