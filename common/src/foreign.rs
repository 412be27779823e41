//! Values that no Glue serializer wrote: what they look like, and how they pass as they are.
//!
//! A topic that has moved from another registry, or is shared with programs that use none, holds such values beside
//! Glue's frames. They are told apart by their bytes alone:
//!
//! | first bytes | what it is |
//! |---|---|
//! | `03` | a Glue frame, sound or not |
//! | `00` and four more | a Confluent frame: the four bytes are the schema's id |
//! | a complete JSON text | JSON |
//! | anything else | unknown |
//!
//! A value that is to be decoded says nothing of that kind for sure: bare Avro may begin with `00` as well. Which values
//! have Confluent's header is therefore a matter of [`Framing`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{DecodeError, PayloadFault, Place};
use crate::json::{Cursor, write_string};
use crate::limits::Limits;

/// Length of the header of a Confluent frame in bytes: `00` and the schema's id.
const CONFLUENT_HEADER_LEN: usize = 5;

/// What a value looks like that is no Glue frame.
///
/// ```
/// use common::foreign::Look;
///
/// assert_eq!(Look::at(b"\x00\x00\x00\x00\x2a\x0ahello", 64), Look::Confluent { schema_id: 42 });
/// assert_eq!(Look::at(br#"{"s": "hello"}"#, 64), Look::Json);
/// assert_eq!(Look::at(b"hello", 64), Look::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A frame of Confluent's serializers.
    Confluent {
        /// The schema's id in the registry that it was written with.
        schema_id: u32,
    },
    /// A JSON text and nothing else.
    Json,
    /// None of these.
    Unknown,
}

impl Look {
    /// Looks at a value; a JSON text nested more than `depth` levels deep is unknown.
    pub fn at(value: &[u8], depth: usize) -> Self {
        match value {
            [0, a, b, c, d, ..] => Self::Confluent {
                schema_id: u32::from_be_bytes([*a, *b, *c, *d]),
            },
            _ if is_json(value, depth) => Self::Json,
            _ => Self::Unknown,
        }
    }

    /// The part of the value that its schema describes.
    pub fn payload(self, value: &[u8]) -> &[u8] {
        match self {
            Self::Confluent { .. } => value.get(CONFLUENT_HEADER_LEN..).unwrap_or_default(),
            Self::Json | Self::Unknown => value,
        }
    }

    /// Appends the value as JSON: itself if it is JSON, else a string, which is base64 unless it is UTF-8. When a
    /// limit is passed, `out` is as it was.
    pub(crate) fn pass(
        self,
        value: &[u8],
        limits: Limits,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let limit = limits.payload_bytes;
        if value.len() > limit {
            return Err(too_large(PayloadFault::PayloadTooLarge { limit }));
        }
        let start = out.len();
        match std::str::from_utf8(value) {
            Ok(text) if self == Self::Json => write_on_one_line(text.trim_matches(is_around), out),
            Ok(text) => write_string(text, out),
            Err(_) => write_string(&STANDARD.encode(value), out),
        }
        let limit = limits.json_bytes;
        if out.len() - start > limit {
            out.truncate(start);
            return Err(too_large(PayloadFault::TooLarge { limit }));
        }
        Ok(())
    }

    /// The name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confluent { .. } => "a Confluent frame",
            Self::Json => "a JSON text",
            Self::Unknown => "unknown",
        }
    }
}

fn too_large(fault: PayloadFault) -> DecodeError {
    DecodeError::Payload {
        place: Place::default(),
        fault,
    }
}

/// Which of the values that are no Glue frames have the header of a Confluent frame.
///
/// ```
/// use common::foreign::Framing;
///
/// let value = b"\x00\x00\x00\x00\x2a\x0ahello";
/// assert_eq!(Framing::Detect.payload(value), Some(&value[5..]));
/// assert_eq!(Framing::None.payload(value), Some(&value[..]));
/// assert_eq!(Framing::Confluent.payload(b"hello"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// Those of five bytes or more that begin with `00`; the others have none.
    #[default]
    Detect,
    /// All: values that cannot have it are not decoded.
    Confluent,
    /// None: every value is a payload from its first byte on.
    None,
}

impl Framing {
    /// The part of the value that its schema describes, unless the value is not to be decoded.
    pub fn payload(self, value: &[u8]) -> Option<&[u8]> {
        self.unframed(value).map(Unframed::bytes)
    }

    pub(crate) fn unframed(self, value: &[u8]) -> Option<Unframed<'_>> {
        let behind_header = match value {
            [0, ..] => value.get(CONFLUENT_HEADER_LEN..),
            _ => None,
        };
        match (self, behind_header) {
            (Self::Detect | Self::Confluent, Some(bytes)) => Some(Unframed::Confluent(bytes)),
            (Self::Detect, None) | (Self::None, _) => Some(Unframed::Whole(value)),
            (Self::Confluent, None) => None,
        }
    }
}

/// A value without its header.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unframed<'v> {
    /// What stands behind the header of a Confluent frame.
    Confluent(&'v [u8]),
    /// A value that has no header.
    Whole(&'v [u8]),
}

impl<'v> Unframed<'v> {
    /// What is left.
    pub(crate) const fn bytes(self) -> &'v [u8] {
        match self {
            Self::Confluent(bytes) | Self::Whole(bytes) => bytes,
        }
    }
}

/// Line ends between the tokens of a JSON text become spaces; inside strings there are none.
fn write_on_one_line(json: &str, out: &mut Vec<u8>) {
    out.extend(json.bytes().map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        byte => byte,
    }));
}

/// What may stand before and after a JSON text: a byte order mark, and JSON's white space.
const fn is_around(c: char) -> bool {
    matches!(c, '\u{feff}' | ' ' | '\t' | '\r' | '\n')
}

fn is_json(value: &[u8], depth: usize) -> bool {
    let value = value.strip_prefix(b"\xef\xbb\xbf").unwrap_or(value);
    // Most other values are told by their first byte, however long they are.
    let begins = matches!(
        value.trim_ascii_start().first(),
        Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
    );
    if !begins {
        return false;
    }
    let read = || {
        let mut cursor = Cursor::from_bytes(value)?;
        cursor.skip(depth)?;
        cursor.end()
    };
    read().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_told_apart_by_their_bytes() {
        let confluent = |schema_id| Look::Confluent { schema_id };
        for (value, look) in [
            (&b"\x00\x00\x00\x00\x01"[..], confluent(1)),
            (b"\x00\xff\xff\xff\xff\x00", confluent(u32::MAX)),
            (b"\x00\x00\x00\x01", Look::Unknown),
            (b"null", Look::Json),
            (b" {\"a\": [1, 2]}\n", Look::Json),
            (b"\xef\xbb\xbf{}", Look::Json),
            (b"{\"a\": 1} {", Look::Unknown),
            (b"\"\xff\"", Look::Unknown),
            (b"\x03", Look::Unknown),
            (b"", Look::Unknown),
        ] {
            assert_eq!(Look::at(value, 64), look, "{value:02x?}");
        }
    }

    #[test]
    fn the_payload_of_a_confluent_frame_is_behind_its_header() {
        let frame = b"\x00\x00\x00\x00\x01\x0ahello";
        assert_eq!(Look::at(frame, 64).payload(frame), b"\x0ahello");
        assert_eq!(Look::Json.payload(b"null"), b"null");
    }

    #[test]
    fn the_framing_says_which_values_have_a_header() {
        let frame = &b"\x00\x00\x00\x00\x01\x0ahello"[..];
        let header = &frame[..5];
        for (framing, value, payload) in [
            (Framing::Detect, frame, Some(&frame[5..])),
            (Framing::Detect, header, Some(&b""[..])),
            (Framing::Detect, &frame[..4], Some(&frame[..4])),
            (Framing::Detect, b"\x0ahello", Some(b"\x0ahello")),
            (Framing::Confluent, frame, Some(&frame[5..])),
            (Framing::Confluent, &frame[..4], None),
            (Framing::Confluent, b"\x0ahello", None),
            (Framing::Confluent, b"{}", None),
            (Framing::None, frame, Some(frame)),
            (Framing::None, b"\x0ahello", Some(b"\x0ahello")),
        ] {
            assert_eq!(framing.payload(value), payload, "{framing:?} {value:02x?}");
        }
    }

    #[test]
    fn values_pass_as_json_on_one_line() {
        for (value, passed) in [
            (&b"\xef\xbb\xbf {\"a\":\r\n1.50}\n"[..], r#"{"a":  1.50}"#),
            (b"plain \"text\"\n", r#""plain \"text\"\n""#),
            (b"\xff\xfe", r#""//4=""#),
            (
                b"\x00\x00\x00\x00\x01\x02",
                r#""\u0000\u0000\u0000\u0000\u0001\u0002""#,
            ),
        ] {
            let mut out = Vec::new();
            let look = Look::at(value, 64);
            look.pass(value, Limits::default(), &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), passed);
        }
    }

    #[test]
    fn a_text_larger_than_its_limit_does_not_pass() {
        let limits = Limits {
            payload_bytes: 4,
            json_bytes: 7,
            ..Limits::default()
        };
        for (value, passes) in [
            (&b"abcd"[..], true),
            (b"12.5", true),
            (b"a\0", false),
            (b"\xff", true),
            (b"\xff\xff\xff\xff", false),
            (b"12345", false),
        ] {
            let mut out = b"kept".to_vec();
            let passed = Look::at(value, 64).pass(value, limits, &mut out);
            assert_eq!(passed.is_ok(), passes, "{value:02x?}");
            assert_eq!(out.len() > 4, passes, "{value:02x?}");
            if let Err(error) = passed {
                assert_eq!(error.kind(), crate::error::Kind::TooLarge);
            }
        }
    }

    #[test]
    fn a_text_nested_too_deeply_is_not_read() {
        let text = [[b'['; 65], [b']'; 65]].concat();
        assert_eq!(Look::at(&text, 64), Look::Unknown);
        assert_eq!(Look::at(&text, 65), Look::Json);
    }

    proptest! {
        #[test]
        fn any_bytes_look_like_something(value: Vec<u8>) {
            let look = Look::at(&value, 64);
            prop_assert!(value.ends_with(look.payload(&value)));
        }
    }
}
