//! A cursor over JSON text: no tree, no allocation, numbers stay text.
//!
//! The cursor accepts what RFC 8259 allows and nothing else; every string it passes, skipped or not, has sound
//! escapes. It does not look at the text's first bytes for a byte order mark.
//!
//! Half of a surrogate pair (`\ud800` alone) is no text: it is refused wherever it stands, in keys and in what is
//! skipped too. Only JSON Schema's values keep it, as the escape that it is, because Java writes and reads them so;
//! a Rust type that would hold it is refused.
//!
//! ```
//! use common::json::Cursor;
//!
//! let mut cursor = Cursor::new(r#"{"skipped": [1, {"x": null}], "name": "J\u00fcrgen", "n": 1e3}"#);
//! let mut first = true;
//! cursor.open(b'{')?;
//! while cursor.more(b'}', &mut first)? {
//!     match cursor.key()?.text().as_ref() {
//!         "name" => assert_eq!(cursor.string()?.text(), "Jürgen"),
//!         "n" => assert_eq!(cursor.number()?, "1e3"),
//!         _ => cursor.skip(64)?,
//!     }
//! }
//! cursor.end()?;
//! # Ok::<(), common::json::JsonError>(())
//! ```

mod cursor;
mod scan;
mod write;

use std::borrow::Cow;

pub use cursor::Cursor;
pub use write::write_string;
pub(crate) use write::{
    java_double, write_ascii_string, write_latin1, write_loose, write_with_pairs,
};

/// Why the text is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {fault}")]
pub struct JsonError {
    /// Offset of the offending byte, from 0.
    pub offset: usize,
    /// What is wrong there.
    pub fault: JsonFault,
}

/// What is wrong with a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// The text ends inside a value.
    #[error("the text ends too early")]
    End,
    /// There is no value where one must be.
    #[error("expected a value")]
    Value,
    /// A value of another type is needed.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A number is malformed.
    #[error("malformed number")]
    Number,
    /// A string has an unknown or malformed escape.
    #[error("malformed escape in a string")]
    Escape,
    /// A string holds half of a surrogate pair.
    #[error("lone surrogate in a string")]
    Surrogate,
    /// A string holds a raw control character.
    #[error("control character in a string")]
    Control,
    /// Text follows the value.
    #[error("text after the end of the value")]
    Trailing,
    /// The text is not UTF-8.
    #[error("not UTF-8")]
    Utf8,
    /// The text is nested too deeply.
    #[error("nested more than {limit} levels deep")]
    Depth {
        /// The limit in levels.
        limit: usize,
    },
}

impl JsonError {
    /// `limit` for a text nested too deeply, else `json`.
    pub const fn kind(&self) -> crate::error::Kind {
        match self.fault {
            JsonFault::Depth { .. } => crate::error::Kind::Limit,
            _ => crate::error::Kind::Json,
        }
    }
}

/// A JSON string as it stands in the text, its escapes checked but not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonStr<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> JsonStr<'a> {
    /// The text between the quotes, if it has no escapes.
    #[inline]
    pub fn plain(&self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    /// The string's content.
    pub fn text(&self) -> Cow<'a, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        let mut content = String::with_capacity(self.raw.len());
        scan::unescape(self.raw, |part| content.push_str(part));
        Cow::Owned(content)
    }

    /// Appends the string's content as UTF-8 to `out`.
    #[inline]
    pub fn append_to(&self, out: &mut Vec<u8>) {
        if self.escaped {
            scan::unescape(self.raw, |part| out.extend_from_slice(part.as_bytes()));
        } else {
            out.extend_from_slice(self.raw.as_bytes());
        }
    }
}

/// What keeps a text from being one JSON value nested at most `depth` deep, but for its depth: with that, no word
/// about its values would help.
#[cold]
pub(crate) fn malformed(json: &[u8], depth: usize) -> Option<JsonError> {
    let read = || {
        let mut cursor = Cursor::from_bytes(json)?;
        cursor.skip(depth)?;
        cursor.end()
    };
    let is_depth = |error: &JsonError| matches!(error.fault, JsonFault::Depth { .. });
    read().err().filter(|error| !is_depth(error))
}

#[cfg(test)]
mod tests;
