//! Bounds that keep one record from taking all memory or time.

/// Bounds on one record, whatever its bytes or its schema say.
///
/// ```
/// let limits = common::limits::Limits { depth: 16, ..Default::default() };
/// assert_eq!(limits.payload_bytes, 16 * 1024 * 1024);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of records, arrays and maps in a value, at most [`Limits::MAX_DEPTH`].
    ///
    /// Each level takes stack: up to 1.7 KiB in release builds (a JSON schema that goes through several keywords for a
    /// level; 0.3 KiB between JSON and Avro), up to 5 KiB in debug builds.
    pub depth: usize,
    /// Most array items and map entries of one record, all its arrays and maps together.
    ///
    /// Rust types and trees also have at most so many values without bytes, which cost nothing in the payload.
    pub items: usize,
    /// Largest payload in bytes: inflated when it is read, before compression when it is written.
    pub payload_bytes: usize,
    /// Largest JSON text in bytes that one payload may turn into.
    ///
    /// Escapes make text up to six times as long as the payload, and values without bytes (an array of nulls)
    /// cost nothing in the payload, so this bound is needed beside `payload_bytes`. Where a payload is read as a
    /// Rust type, it bounds the names, symbols and texts of logical types that the type may keep.
    pub json_bytes: usize,
}

/// How much larger than a payload its JSON text may be, unless told otherwise.
const JSON_RATIO: usize = 8;

impl Limits {
    /// The deepest nesting that a thread's usual stack of 2 MiB has room for in release builds, with as much left over.
    pub const MAX_DEPTH: usize = 512;

    /// The default bounds but for the payload's, which its JSON text's follows: eight times as much.
    ///
    /// ```
    /// use common::limits::Limits;
    ///
    /// assert_eq!(Limits::for_payload(1 << 20).json_bytes, 8 << 20);
    /// assert_eq!(Limits::for_payload(16 << 20), Limits::default());
    /// ```
    pub const fn for_payload(payload_bytes: usize) -> Self {
        Self {
            depth: 256,
            items: 4 * 1024 * 1024,
            payload_bytes,
            json_bytes: payload_bytes.saturating_mul(JSON_RATIO),
        }
    }
}

impl Default for Limits {
    /// 256 levels, 4 Mi items, 16 MiB of payload, 128 MiB of JSON.
    fn default() -> Self {
        Self::for_payload(16 * 1024 * 1024)
    }
}
