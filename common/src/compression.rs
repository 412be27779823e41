//! zlib for payloads: reused objects, bounded output.

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use crate::error::Kind;

/// How a payload is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// As a zlib stream.
    Zlib,
}

impl Compression {
    /// The name in configuration and output: `none` or `zlib`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Zlib => "zlib",
        }
    }
}

/// How hard payloads are compressed, and which are worth it.
///
/// The default is what the Java serde does: zlib's level 6, whatever the payload's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateOptions {
    /// zlib's level, 0 (stored) to 9 (smallest); a larger number counts as 9.
    pub level: u32,
    /// A payload with fewer bytes stays as it is, and its header says so.
    pub min_bytes: usize,
}

impl Default for DeflateOptions {
    fn default() -> Self {
        Self {
            level: 6,
            min_bytes: 0,
        }
    }
}

/// Why bytes are not a usable zlib stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InflateError {
    /// The stream has no end.
    #[error("the zlib stream ends after {consumed} bytes, before its end mark")]
    Truncated {
        /// Bytes there were.
        consumed: usize,
    },
    /// The bytes are no zlib stream, or damaged.
    #[error("damaged zlib stream near byte {offset}")]
    Damaged {
        /// Compressed bytes read before the damage was seen.
        offset: usize,
    },
    /// The stream asks for a preset dictionary, which frames never have.
    #[error("the zlib stream needs a preset dictionary")]
    Dictionary,
    /// The inflated payload passes the limit.
    #[error("the inflated payload is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl InflateError {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Truncated { .. } => Kind::Truncated,
            Self::Damaged { .. } | Self::Dictionary => Kind::Compression,
            Self::TooLarge { .. } => Kind::TooLarge,
        }
    }
}

/// Writes zlib streams, one a payload, with one object.
#[derive(Debug)]
pub struct Deflater(Compress);

impl Default for Deflater {
    /// A deflater of level 6.
    fn default() -> Self {
        Self::new(DeflateOptions::default().level)
    }
}

impl Deflater {
    /// A deflater of a level from 0 to 9; a larger number counts as 9.
    pub fn new(level: u32) -> Self {
        Self(Compress::new(flate2::Compression::new(level.min(9)), true))
    }

    /// Appends `payload` as one zlib stream to `out`.
    ///
    /// ```
    /// use common::compression::{Deflater, Inflater};
    ///
    /// let mut out = Vec::new();
    /// Deflater::default().append(b"", &mut out);
    /// assert_eq!(out, [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    /// # let mut back = Vec::new();
    /// # assert_eq!(Inflater::new().append(&out, &mut back, 0), Ok(0));
    /// ```
    pub fn append(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.deflate(payload, out);
    }

    fn deflate(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.0.reset();
        // zlib's own bound for incompressible input.
        out.reserve(payload.len() + payload.len() / 1000 + 64);
        loop {
            let read = usize::try_from(self.0.total_in()).unwrap_or(usize::MAX);
            let rest = payload.get(read..).unwrap_or_default();
            let status = self
                .0
                .compress_vec(rest, out, FlushCompress::Finish)
                .expect("a deflater without a dictionary ends or needs more room");
            if status == Status::StreamEnd {
                return;
            }
            out.reserve(256);
        }
    }
}

/// Reads zlib streams, one a payload, with one object.
#[derive(Debug)]
pub struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Inflater {
    /// An inflater for zlib streams of any level and window.
    pub fn new() -> Self {
        Self(Decompress::new(true))
    }

    /// Appends the inflated `stream` to `out`, at most `limit` bytes, and gives the count of bytes behind its end.
    ///
    /// # Errors
    ///
    /// The stream is truncated, damaged, needs a dictionary, or inflates to more than `limit` bytes; `out` is then
    /// as it was.
    pub fn append(
        &mut self,
        stream: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<usize, InflateError> {
        let start = out.len();
        let result = self.inflate(stream, out, limit);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn inflate(
        &mut self,
        stream: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<usize, InflateError> {
        self.0.reset(true);
        let start = out.len();
        // A first guess; payloads that shrink more than fourfold grow the buffer step by step.
        let mut room = stream.len().saturating_mul(4).max(256);
        loop {
            let done = out.len() - start;
            // One byte over the limit is enough to know that the limit is passed.
            out.reserve(room.min(limit.saturating_add(1) - done).max(1));
            let consumed = self.consumed();
            let status = self
                .0
                .decompress_vec(
                    stream.get(consumed..).unwrap_or_default(),
                    out,
                    FlushDecompress::None,
                )
                .map_err(|error| match error.needs_dictionary() {
                    Some(_) => InflateError::Dictionary,
                    None => InflateError::Damaged {
                        offset: self.consumed(),
                    },
                })?;
            let written = out.len() - start;
            if written > limit {
                return Err(InflateError::TooLarge { limit });
            }
            if status == Status::StreamEnd {
                return Ok(stream.len() - self.consumed());
            }
            if written == done && self.consumed() == consumed {
                return Err(InflateError::Truncated { consumed });
            }
            room = written.max(256);
        }
    }

    fn consumed(&self) -> usize {
        usize::try_from(self.0.total_in()).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests;
