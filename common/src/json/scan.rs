//! The grammar of JSON strings and numbers, byte by byte.

use super::{JsonError, JsonFault};

const fn error(offset: usize, fault: JsonFault) -> JsonError {
    JsonError { offset, fault }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Eight bytes at once: the high bit of each byte is set where a quote, backslash or control character is.
///
/// The lowest bit set is right; those above it may be wrong.
#[inline]
const fn specials(word: u64) -> u64 {
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash))
        & HIGH
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Offset of the first quote, backslash or control character from `start` on, or the length.
#[inline]
pub(super) fn special(bytes: &[u8], start: usize) -> usize {
    let mut offset = start;
    while let Some(chunk) = bytes.get(offset..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = specials(u64::from_le_bytes(*chunk));
        if found != 0 {
            return offset + found.trailing_zeros() as usize / 8;
        }
        offset += 8;
    }
    while bytes.get(offset).is_some_and(|byte| !is_special(*byte)) {
        offset += 1;
    }
    offset
}

/// Whether all bytes are ASCII and none is a quote, backslash or control character.
#[inline]
pub(super) fn is_plain_ascii(bytes: &[u8]) -> bool {
    let is_plain = |chunk: &[u8; 8]| {
        let word = u64::from_le_bytes(*chunk);
        specials(word) | (word & HIGH) == 0
    };
    let (chunks, rest) = bytes.as_chunks::<8>();
    // The last chunk overlaps the one before.
    match bytes.last_chunk() {
        Some(last) => chunks.iter().all(is_plain) && is_plain(last),
        None => rest
            .iter()
            .all(|byte| byte.is_ascii() && !is_special(*byte)),
    }
}

/// Offset of the quote that ends the string whose content begins at `start`, and whether it has escapes.
#[inline]
pub(super) fn string(bytes: &[u8], start: usize) -> Result<(usize, bool), JsonError> {
    let end = special(bytes, start);
    if bytes.get(end) == Some(&b'"') {
        return Ok((end, false));
    }
    string_with_escapes(bytes, end, Halves::Refuse)
}

/// As [`string`], but an escaped half of a surrogate pair is no error.
#[inline]
pub(super) fn loose_string(bytes: &[u8], start: usize) -> Result<(usize, bool), JsonError> {
    string_with_escapes(bytes, start, Halves::Allow)
}

/// What to do with half of a surrogate pair.
#[derive(Clone, Copy, PartialEq)]
enum Halves {
    Refuse,
    Allow,
}

fn string_with_escapes(
    bytes: &[u8],
    start: usize,
    halves: Halves,
) -> Result<(usize, bool), JsonError> {
    let mut offset = start;
    let mut escaped = false;
    loop {
        offset = special(bytes, offset);
        match bytes.get(offset) {
            Some(b'"') => return Ok((offset, escaped)),
            Some(b'\\') => {
                offset = match escape(bytes, offset) {
                    Err(error)
                        if error.fault == JsonFault::Surrogate && halves == Halves::Allow =>
                    {
                        offset + 6
                    }
                    passed => passed?,
                };
                escaped = true;
            }
            Some(_) => return Err(error(offset, JsonFault::Control)),
            None => return Err(error(offset, JsonFault::End)),
        }
    }
}

/// Offset behind the escape that begins at `start`.
fn escape(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    match bytes.get(start + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(start + 2),
        Some(b'u') => match code_unit(bytes, start)? {
            0xdc00..=0xdfff => Err(error(start, JsonFault::Surrogate)),
            0xd800..=0xdbff => {
                if bytes.get(start + 6..start + 8) != Some(b"\\u") {
                    return Err(error(start, JsonFault::Surrogate));
                }
                match code_unit(bytes, start + 6)? {
                    0xdc00..=0xdfff => Ok(start + 12),
                    _ => Err(error(start, JsonFault::Surrogate)),
                }
            }
            _ => Ok(start + 6),
        },
        Some(_) => Err(error(start, JsonFault::Escape)),
        None => Err(error(start + 1, JsonFault::End)),
    }
}

/// The UTF-16 code unit of the `\uXXXX` that begins at `start`.
pub(super) fn code_unit(bytes: &[u8], start: usize) -> Result<u32, JsonError> {
    let mut unit = 0;
    for offset in start + 2..start + 6 {
        let digit = match bytes.get(offset) {
            Some(&byte) => char::from(byte).to_digit(16),
            None => return Err(error(offset, JsonFault::End)),
        };
        unit = unit * 16 + digit.ok_or(error(start, JsonFault::Escape))?;
    }
    Ok(unit)
}

/// Gives the content of a string piece by piece; `raw` has passed [`string`] or [`loose_string`].
pub(super) fn unescape(raw: &str, mut piece: impl FnMut(&str)) {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        piece(before);
        let (character, length) = resolve(escape.as_bytes());
        piece(character.encode_utf8(&mut [0; 4]));
        rest = escape.get(length..).unwrap_or_default();
    }
    piece(rest);
}

/// The character of the checked escape at the start of `bytes`, and the escape's length.
fn resolve(bytes: &[u8]) -> (char, usize) {
    let unit = |start: usize| code_unit(bytes, start).unwrap_or_default();
    let simple = match bytes.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let high = unit(0);
            if let Some(character) = char::from_u32(high) {
                return (character, 6);
            }
            return match (high, bytes.get(6..8)) {
                (0xd800..=0xdbff, Some(b"\\u")) if matches!(unit(6), 0xdc00..=0xdfff) => {
                    let code = 0x1_0000 + ((high & 0x3ff) << 10) + (unit(6) & 0x3ff);
                    (
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                        12,
                    )
                }
                _ => (char::REPLACEMENT_CHARACTER, 6),
            };
        }
        Some(&byte) => char::from(byte),
        None => char::REPLACEMENT_CHARACTER,
    };
    (simple, 2)
}

/// Offset behind the number that begins at `start` with a digit or a minus.
#[inline]
pub(super) fn number(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let digits = |mut offset: usize| -> Result<usize, JsonError> {
        let first = offset;
        while bytes.get(offset).is_some_and(u8::is_ascii_digit) {
            offset += 1;
        }
        if offset > first {
            return Ok(offset);
        }
        Err(error(
            offset,
            if offset < bytes.len() {
                JsonFault::Number
            } else {
                JsonFault::End
            },
        ))
    };
    let first = start + usize::from(bytes.get(start) == Some(&b'-'));
    let mut offset = digits(first)?;
    if bytes.get(first) == Some(&b'0') && offset > first + 1 {
        return Err(error(first + 1, JsonFault::Number));
    }
    if bytes.get(offset) == Some(&b'.') {
        offset = digits(offset + 1)?;
    }
    if matches!(bytes.get(offset), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(offset + 1), Some(b'+' | b'-')));
        offset = digits(offset + 1 + sign)?;
    }
    Ok(offset)
}

/// An integer of at most 18 digits that begins at `start`, and the offset behind it.
#[inline]
pub(super) fn short_integer(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let negative = bytes.get(start) == Some(&b'-');
    let first = start + usize::from(negative);
    let (mut number, mut offset) = (0_i64, first);
    while let Some(&digit) = bytes.get(offset).filter(|byte| byte.is_ascii_digit()) {
        if offset - first == 18 {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
        offset += 1;
    }
    let leading_zero = bytes.get(first) == Some(&b'0') && (negative || offset > first + 1);
    if offset == first || leading_zero || matches!(bytes.get(offset), Some(b'.' | b'e' | b'E')) {
        return None;
    }
    Some((if negative { -number } else { number }, offset))
}
