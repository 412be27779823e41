//! JSON Schema: values checked against drafts 4, 6 and 7 as the Java serde's library checks them.
//!
//! A [`JsonSchema`] is compiled once from a schema version's text and shared by all workers. What it writes is the
//! value as Jackson prints it, compactly and in the order of the text, but numbers stay as they are written: no digit
//! is lost, neither in the payload nor in a comparison.
//!
//! - The draft is the one that `$schema` names, draft 4 without it. Other drafts are refused, as in Java.
//! - `integer` is a number written without point and exponent, of any size, in all drafts, as in Java.
//! - `format` is checked where the draft has the format: date-time, email, hostname, ipv4, ipv6, uri; from draft 6 on
//!   json-pointer, uri-reference, uri-template; in draft 7 date, time, regex, relative-json-pointer.
//! - `$ref` leads to places in the schema itself: JSON Pointers and subschemas by their `$id` (`id` in draft 4).
//!   Nothing is ever fetched. Keywords beside `$ref` are ignored.
//! - Patterns have Java's syntax and may match anywhere in the text.
//! - `default`, `readOnly`, `contentEncoding` and other annotations do nothing.
//!
//! Work is bounded as well as memory: a value is refused ([`Refusal::Work`]) if the rules that it comes to multiply, or
//! lead back to themselves.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{DecodeError, EncodeError};
use crate::json::{Cursor, JsonError, JsonFault, write_with_pairs};
use crate::limits::Limits;

mod compile;
mod document;
mod encoding;
mod equality;
mod format;
mod limits;
mod number;
mod pattern;
mod references;
mod refusal;
mod registered;
mod schema;
mod top;
mod tree;
mod validate;

pub use refusal::{JsonSchemaError, JsonSchemaFault, Refusal, SchemaPlace, Violation, Violations};
pub use registered::registered_text;
pub use tree::{SchemaTree, SchemaValue};

use document::{Node, Tree};
use schema::Rules;

/// The deepest nesting that the library for Rust values reads.
const LIBRARY_DEPTH: usize = 127;

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Draft {
    /// Draft 4.
    Four,
    /// Draft 6.
    Six,
    /// Draft 7.
    Seven,
}

impl Draft {
    /// The draft that a `$schema` names: only the start of the name counts, as in Java.
    fn of(name: &str) -> Option<Self> {
        let name = name
            .strip_prefix("http://")
            .or_else(|| name.strip_prefix("https://"))?;
        let name = name.strip_prefix("json-schema.org/")?;
        [
            ("draft-04/schema", Self::Four),
            ("schema", Self::Four),
            ("draft-06/schema", Self::Six),
            ("draft-07/schema", Self::Seven),
        ]
        .into_iter()
        .find_map(|(start, draft)| name.starts_with(start).then_some(draft))
    }

    /// The keyword by which a subschema gives itself a name.
    const fn name_keyword(self) -> &'static [u8] {
        match self {
            Self::Four => b"id",
            Self::Six | Self::Seven => b"$id",
        }
    }
}

/// How payloads are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct JsonOut {
    /// Whether the value is checked against the schema, which Java does not do.
    pub validate: bool,
}

/// A compiled schema, shared by all workers.
///
/// ```
/// use common::json_schema::{JsonOut, JsonSchema};
/// use common::limits::Limits;
///
/// let schema = JsonSchema::compile(
///     r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["id"],
///         "properties": {"id": {"type": "integer"}, "price": {"type": "number", "multipleOf": 0.01}}}"#,
///     Limits::default(),
/// )?;
///
/// let mut payload = Vec::new();
/// schema.encode_json(br#" { "price": 19.990, "id": 12345678901234567890 } "#, &mut payload)?;
/// assert_eq!(payload, br#"{"price":19.990,"id":12345678901234567890}"#);
///
/// let mut json = Vec::new();
/// assert_eq!(schema.decode_json(&payload, JsonOut::default(), &mut json)?, payload.len());
/// assert_eq!(json, payload);
///
/// let error = schema.encode_json(br#"{"price": 19.995}"#, &mut payload).unwrap_err();
/// assert_eq!(error.to_string(), "#/price: multipleOf; #: required `id`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonSchema {
    rules: Rules,
    draft: Draft,
    limits: Limits,
}

impl JsonSchema {
    /// Compiles a schema; `limits` are those of the values.
    ///
    /// Text behind the schema's value is ignored, as Java does. Subschemas that nothing leads to are not looked at.
    ///
    /// # Errors
    ///
    /// The text is no JSON object, a keyword has a wrong type of value, `$schema` is unknown, a reference leads out of
    /// the schema or to nothing, or a pattern is malformed or too large. The error names the place.
    pub fn compile(definition: &str, limits: Limits) -> Result<Self, JsonSchemaError> {
        let (text, nodes) = registered::read(definition)?;
        let (rules, draft) = compile::compile(text, nodes)?;
        Ok(Self {
            rules,
            draft,
            limits,
        })
    }

    /// The draft whose rules hold.
    pub const fn draft(&self) -> Draft {
        self.draft
    }

    /// The bounds of the values.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Checks a JSON text against the schema.
    ///
    /// # Errors
    ///
    /// As [`JsonSchema::encode_json`].
    pub fn check(&self, json: &[u8]) -> Result<(), Refusal> {
        self.encode(json, &mut Vec::new())
    }

    /// Checks a JSON text against the schema and appends it to `out`, compactly.
    ///
    /// White space goes, keys keep their order, strings have the escapes that they need; characters outside the basic
    /// plane are escaped pairs, as Jackson writes them. Of a key given twice the last value stays, at the place of the
    /// first. Numbers stay as they are written.
    ///
    /// # Errors
    ///
    /// The text is not JSON, its value does not fit the schema, or a limit is passed; `out` is then as it was.
    pub fn encode_json(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(self.encode(json, out)?)
    }

    /// Checks a Rust value, which may be a [`serde_json::Value`], against the schema and appends it to `out`.
    ///
    /// ```
    /// # use common::json_schema::JsonSchema;
    /// #[derive(serde::Serialize)]
    /// struct Item { quantity: u8, name: Option<&'static str> }
    ///
    /// let schema = JsonSchema::compile(r#"{"properties": {"quantity": {"minimum": 1}}}"#, Default::default())?;
    /// let mut payload = Vec::new();
    /// schema.encode_value(&Item { quantity: 3, name: None }, &mut payload)?;
    /// assert_eq!(payload, br#"{"quantity":3,"name":null}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The value's own `Serialize` failed, or as [`JsonSchema::encode_json`].
    pub fn encode_value<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let limit = self.limits.payload_bytes;
        let mut text = Bounded {
            text: Vec::new(),
            limit,
            full: false,
        };
        let written = serde_json::to_writer(&mut text, value);
        if text.full {
            return Err(Refusal::TooLarge { limit }.into());
        }
        written.map_err(|_| Refusal::Type)?;
        self.encode_json(&text.text, out)
    }

    /// Appends the first JSON value of a payload to `out`, on one line, and gives the count of bytes that it took; more
    /// bytes may follow it. White space that nothing follows is taken too.
    ///
    /// Payloads are UTF-8, or UTF-16 or UTF-32 as their first bytes show, with or without a byte order mark. A payload
    /// without any value is `null`, as Java reads it.
    ///
    /// # Errors
    ///
    /// The payload is not JSON, passes a limit, or, if that is asked for, does not fit the schema; `out` is then as it
    /// was.
    pub fn decode_json(
        &self,
        payload: &[u8],
        options: JsonOut,
        out: &mut Vec<u8>,
    ) -> Result<usize, DecodeError> {
        let rules = options.validate.then_some(&self.rules);
        Ok(decode(payload, &self.limits, rules, out)?)
    }

    /// The first JSON value of a payload as a Rust value, and the count of bytes that it took.
    ///
    /// # Errors
    ///
    /// The value is none of the type `T`, or as [`JsonSchema::decode_json`].
    pub fn decode_value<T: DeserializeOwned>(
        &self,
        payload: &[u8],
        options: JsonOut,
    ) -> Result<(T, usize), DecodeError> {
        let mut json = Vec::new();
        let taken = self.decode_json(payload, options, &mut json)?;
        let value = serde_json::from_slice(&json)
            .map_err(|error| untaken(&error, payload, &self.limits))?;
        Ok((value, taken))
    }

    fn encode(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let start = out.len();
        let encoded = self.append(json, out, start);
        if encoded.is_err() {
            out.truncate(start);
        }
        encoded
    }

    fn append(&self, json: &[u8], out: &mut Vec<u8>, start: usize) -> Result<(), Refusal> {
        let mut cursor = Cursor::from_bytes(json)?;
        let nodes = document::read(&mut cursor, &self.limits, out)?;
        cursor.end()?;
        self.rules.check(&out[start..], &nodes, &self.limits)?;
        write_with_pairs(out, start);
        limit(out.len() - start, self.limits.payload_bytes)
    }
}

/// Appends the first JSON value of a payload to `out` without asking a schema; see [`JsonSchema::decode_json`].
///
/// ```
/// let mut json = Vec::new();
/// let payload = b"\xef\xbb\xbf {\"a\" : 1.10}\n tail";
/// assert_eq!(common::json_schema::decode_json(payload, &Default::default(), &mut json)?, 16);
/// assert_eq!(json, br#"{"a":1.10}"#);
/// # Ok::<(), common::error::DecodeError>(())
/// ```
///
/// # Errors
///
/// The payload is not JSON or passes a limit; `out` is then as it was.
pub fn decode_json(
    payload: &[u8],
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    Ok(decode(payload, limits, None, out)?)
}

/// Why no Rust value was made of a payload that was read: half of a surrogate pair, which no Rust text can hold; more
/// levels than the library goes down; or else the type.
#[cold]
pub(crate) fn untaken(error: &serde_json::Error, payload: &[u8], limits: &Limits) -> Refusal {
    let read = |text: &str| {
        let mut cursor = Cursor::new(text);
        cursor.skip(limits.depth)?;
        Ok(cursor.offset())
    };
    match encoding::with_text(payload, read) {
        Err(refusal @ Refusal::Json(_)) => refusal,
        // The text is JSON, so this is all the library can find wrong with its form.
        Ok(offset) if error.is_syntax() => Refusal::Json(JsonError {
            offset,
            fault: JsonFault::Depth {
                limit: LIBRARY_DEPTH,
            },
        }),
        _ => Refusal::Type,
    }
}

fn decode(
    payload: &[u8],
    limits: &Limits,
    rules: Option<&Rules>,
    out: &mut Vec<u8>,
) -> Result<usize, Refusal> {
    limit(payload.len(), limits.payload_bytes)?;
    let start = out.len();
    let decoded = encoding::with_text(payload, |text| {
        let mut cursor = Cursor::new(text);
        if cursor.peek().is_none() {
            out.extend_from_slice(b"null");
            return Ok(cursor.offset());
        }
        let nodes = document::read(&mut cursor, limits, out)?;
        ends_there(&cursor)?;
        if let Some(rules) = rules {
            rules.check(&out[start..], &nodes, limits)?;
        }
        limit(out.len() - start, limits.json_bytes)?;
        let end = cursor.offset();
        let whole = cursor.peek().is_none();
        Ok(if whole { cursor.offset() } else { end })
    });
    if decoded.is_err() {
        out.truncate(start);
    }
    decoded
}

/// Refuses a number or word that goes on with something else, such as `12abc`.
fn ends_there(cursor: &Cursor<'_>) -> Result<(), JsonError> {
    let goes_on = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'+' | b'-' | 0x80..)
    };
    match (cursor.last(), cursor.next()) {
        (Some(last), Some(next)) if last.is_ascii_alphanumeric() && goes_on(next) => {
            Err(cursor.error(JsonFault::Trailing))
        }
        _ => Ok(()),
    }
}

const fn limit(bytes: usize, limit: usize) -> Result<(), Refusal> {
    if bytes > limit {
        return Err(Refusal::TooLarge { limit });
    }
    Ok(())
}

impl Rules {
    fn check(&self, text: &[u8], nodes: &[Node], limits: &Limits) -> Result<(), Refusal> {
        validate::check(self, Tree::new(text, nodes), limits)
    }
}

/// A buffer that takes no more than its limit.
struct Bounded {
    text: Vec<u8>,
    limit: usize,
    full: bool,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.len() + bytes.len() > self.limit {
            self.full = true;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The value of an integer of at most 18 digits.
#[inline]
fn short(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, text),
    };
    if digits.len() > 18 {
        return None;
    }
    let number = digits.iter().try_fold(0_i64, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests;
