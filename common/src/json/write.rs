//! JSON strings, written.

use super::scan::{is_plain_ascii, special};

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends `text` as a JSON string, quotes included.
///
/// Escaped are quotes, backslashes and control characters, as Jackson does it; all else is UTF-8.
///
/// ```
/// let mut out = Vec::new();
/// common::json::write_string("a\"\u{1f}é\n", &mut out);
/// assert_eq!(out, r#""a\"\u001Fé\n""#.as_bytes());
/// ```
#[inline]
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let end = special(bytes, 0);
    if end == bytes.len() {
        out.extend_from_slice(bytes);
    } else {
        write_escaped(bytes, end, out);
    }
    out.push(b'"');
}

/// Appends `bytes` as a JSON string if they are ASCII and need no escapes, or else gives false.
///
/// One look at the bytes is enough to know both, so that most strings are not looked at again.
#[inline]
pub(crate) fn write_ascii_string(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if !is_plain_ascii(bytes) {
        return false;
    }
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    out.extend_from_slice(bytes);
    out.push(b'"');
    true
}

/// Appends `bytes`, whose first special byte is at `first`, with escapes.
fn write_escaped(bytes: &[u8], first: usize, out: &mut Vec<u8>) {
    let mut start = 0;
    let mut next = first;
    while let Some(&byte) = bytes.get(next) {
        out.extend_from_slice(bytes.get(start..next).unwrap_or_default());
        write_escape(byte, out);
        start = next + 1;
        next = special(bytes, start);
    }
    out.extend_from_slice(bytes.get(start..).unwrap_or_default());
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends `bytes` as the JSON string whose code points are the bytes, as the Avro specification writes bytes.
pub(crate) fn write_latin1(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' | 0..=0x1f => write_escape(byte, out),
            0x20..=0x7f => out.push(byte),
            0x80.. => out.extend_from_slice(&[0xc0 | byte >> 6, 0x80 | byte & 0x3f]),
        }
    }
    out.push(b'"');
}
