//! The encodings that a JSON payload may have: UTF-8, UTF-16 and UTF-32, told apart by the first bytes.

use super::refusal::Refusal;
use crate::json::{JsonError, JsonFault};

/// How characters are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { little: bool },
    Utf32 { little: bool },
}

/// Gives the payload's text to `read`, which says how many bytes of it it took, and turns that into the payload's.
pub(super) fn with_text(
    payload: &[u8],
    read: impl FnOnce(&str) -> Result<usize, Refusal>,
) -> Result<usize, Refusal> {
    let (encoding, mark) = encoding_of(payload);
    let bytes = payload.get(mark..).unwrap_or_default();
    let taken = match encoding {
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => read(text)?,
            Err(error) => read_before(bytes, error.valid_up_to(), read)?,
        },
        Encoding::Utf16 { little } => {
            let text = from_utf16(bytes, little)?;
            let taken = read(&text)?;
            text.get(..taken)
                .map_or(0, |taken| taken.encode_utf16().count() * 2)
        }
        Encoding::Utf32 { little } => {
            let text = from_utf32(bytes, little)?;
            let taken = read(&text)?;
            text.get(..taken)
                .map_or(0, |taken| taken.chars().count() * 4)
        }
    };
    Ok(mark + taken)
}

/// Reads the value that ends before the first byte that is no UTF-8; what follows it may be anything.
fn read_before(
    bytes: &[u8],
    end: usize,
    read: impl FnOnce(&str) -> Result<usize, Refusal>,
) -> Result<usize, Refusal> {
    let sound = bytes.get(..end).unwrap_or_default();
    let text = std::str::from_utf8(sound).unwrap_or_default();
    if text.trim_ascii().is_empty() {
        return Err(malformed(end));
    }
    read(text).map_err(|refusal| match refusal {
        Refusal::Json(error) if error.fault == JsonFault::End => malformed(end),
        other => other,
    })
}

/// The encoding and the length of the byte order mark, as Jackson finds them.
fn encoding_of(payload: &[u8]) -> (Encoding, usize) {
    match *payload {
        [0, 0, 0xfe, 0xff, ..] => (Encoding::Utf32 { little: false }, 4),
        [0xff, 0xfe, 0, 0, ..] => (Encoding::Utf32 { little: true }, 4),
        [0xfe, 0xff, ..] => (Encoding::Utf16 { little: false }, 2),
        [0xff, 0xfe, ..] => (Encoding::Utf16 { little: true }, 2),
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0, 0, 0, _, ..] => (Encoding::Utf32 { little: false }, 0),
        [_, 0, 0, 0, ..] => (Encoding::Utf32 { little: true }, 0),
        [0, _, ..] => (Encoding::Utf16 { little: false }, 0),
        [_, 0, ..] => (Encoding::Utf16 { little: true }, 0),
        _ => (Encoding::Utf8, 0),
    }
}

fn malformed(offset: usize) -> Refusal {
    JsonError {
        offset,
        fault: JsonFault::Utf8,
    }
    .into()
}

fn from_utf16(bytes: &[u8], little: bool) -> Result<String, Refusal> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| {
        if little {
            u16::from_le_bytes(*pair)
        } else {
            u16::from_be_bytes(*pair)
        }
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(malformed(0)),
    }
}

fn from_utf32(bytes: &[u8], little: bool) -> Result<String, Refusal> {
    let (fours, rest) = bytes.as_chunks::<4>();
    let text: Option<String> = fours
        .iter()
        .map(|four| {
            char::from_u32(if little {
                u32::from_le_bytes(*four)
            } else {
                u32::from_be_bytes(*four)
            })
        })
        .collect();
    text.filter(|_| rest.is_empty()).ok_or_else(|| malformed(0))
}
