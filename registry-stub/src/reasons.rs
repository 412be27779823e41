//! Why a version was refused, and what it was compared with: one seam between verdicts and those who show them.

use serde::Serialize;

use crate::store::{Rows, Schema, StoreError, Version, View};

/// One difference that the schema's mode does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reason {
    /// The number of the version that the new one was compared with.
    pub(crate) version: u64,
    /// Which of both reads the other's records: `backward` or `forward`.
    pub(crate) direction: String,
    /// The place in the schema.
    pub(crate) path: String,
    pub(crate) rule: String,
    /// What the reading schema has there.
    pub(crate) reader: String,
    /// What the writing schema has there.
    pub(crate) writer: String,
}

/// A version that counted when another one was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Compared {
    pub(crate) version_number: u64,
    pub(crate) schema_version_id: String,
}

/// Why the version was refused; empty when it was not.
///
/// # Errors
/// When the store cannot be read.
#[expect(clippy::unnecessary_wraps, reason = "verdicts come from the store")]
pub(crate) fn of(
    _store: &View<impl Rows>,
    _region: &str,
    _version: &Version,
) -> Result<Vec<Reason>, StoreError> {
    Ok(Vec::new())
}

/// The versions that this one was compared with.
///
/// # Errors
/// When the store cannot be read.
#[expect(clippy::unnecessary_wraps, reason = "verdicts come from the store")]
pub(crate) fn compared(
    _store: &View<impl Rows>,
    _region: &str,
    _version: &Version,
) -> Result<Vec<Compared>, StoreError> {
    Ok(Vec::new())
}

/// Why a valid definition would be refused by the schema's mode; `None` while nothing checks that.
///
/// # Errors
/// When the store cannot be read.
#[expect(clippy::unnecessary_wraps, reason = "verdicts come from the store")]
pub(crate) fn against(
    _store: &View<impl Rows>,
    _region: &str,
    _schema: &Schema,
    _definition: &str,
) -> Result<Option<Vec<Reason>>, StoreError> {
    Ok(None)
}
