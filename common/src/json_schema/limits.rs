//! Bounds of schemas and of the work of checking.

use crate::limits::Limits;

/// Longest text of a schema in bytes; a registry takes 170,000 characters.
pub(super) const SCHEMA_BYTES: usize = 1024 * 1024;

/// Bounds on a schema's own text.
pub(super) const SCHEMA: Limits = Limits {
    depth: 200,
    items: 100_000,
    payload_bytes: SCHEMA_BYTES,
    json_bytes: SCHEMA_BYTES,
};

/// Work allowed for a value: this much, and for each of its bytes so much more. A rule or a key costs one.
pub(super) const WORK: usize = 1 << 18;
pub(super) const WORK_PER_BYTE: usize = 256;

/// How many rules may be looked at inside one another, beside two for each level that a value may be deep.
pub(super) const DEPTH: usize = 384;
