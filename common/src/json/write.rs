//! JSON strings, written.

use super::scan::{code_unit, is_plain_ascii, special};

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

/// Appends the content of a string that has passed the scanner, with exactly the escapes that it needs.
///
/// What is written has one form for each content: two strings are equal if what is written for them is. Half of a
/// surrogate pair stays an escape.
pub(crate) fn write_loose(raw: &str, out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let length = rewrite_escape(escape.as_bytes(), out);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Appends the checked escape at the start of `bytes` as it has to be and gives its length.
fn rewrite_escape(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    match bytes.get(1) {
        Some(b'u') => {}
        Some(b'/') => {
            out.push(b'/');
            return 2;
        }
        Some(&byte) => {
            out.extend_from_slice(&[b'\\', byte]);
            return 2;
        }
        None => return 1,
    }
    let unit = code_unit(bytes, 0).unwrap_or_default();
    let low = match bytes.get(6..8) {
        Some(b"\\u") => code_unit(bytes, 6).unwrap_or_default(),
        _ => 0,
    };
    let (code, length) = match (unit, low) {
        (0xd800..=0xdbff, 0xdc00..=0xdfff) => {
            (0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff), 12)
        }
        _ => (unit, 6),
    };
    match char::from_u32(code) {
        Some(character) if character < ' ' || character == '"' || character == '\\' => {
            // One byte, as the pattern says.
            write_escape(code.to_le_bytes()[0], out);
        }
        Some(character) => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        None => write_unit(code, out),
    }
    length
}

/// Appends a UTF-16 code unit as an escape.
fn write_unit(unit: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(HEX[(unit >> shift & 15) as usize]);
    }
}

/// Writes all characters outside the basic plane in `out`, from `start` on, as escaped surrogate pairs, as Jackson
/// does it when it writes bytes.
pub(crate) fn write_with_pairs(out: &mut Vec<u8>, start: usize) {
    let written = out.get(start..).unwrap_or_default();
    if !written.iter().any(|byte| *byte >= 0xf0) {
        return;
    }
    let written = out.split_off(start);
    for character in String::from_utf8_lossy(&written).chars() {
        let mut units = [0; 2];
        match character.encode_utf16(&mut units) {
            [high, low] => {
                write_unit((*high).into(), out);
                write_unit((*low).into(), out);
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// A double as Java prints it: with a point, and with an exponent below 0.001 and from ten million on.
pub(crate) fn java_double(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:E}");
    match scientific.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => scientific,
    }
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
