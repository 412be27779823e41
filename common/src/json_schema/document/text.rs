//! What the text of a value says.

use std::borrow::Cow;

use super::{At, Kind, Tree};
use crate::json::Cursor;

/// The value's text, with its quotes or brackets.
pub(in crate::json_schema) fn element_text<'t>(tree: &Tree<'t>, at: At) -> Cow<'t, [u8]> {
    let text = tree.text(at);
    let around = |open: u8, close: u8| {
        let mut whole = Vec::with_capacity(text.len() + 2);
        whole.push(open);
        whole.extend_from_slice(text);
        whole.push(close);
        Cow::Owned(whole)
    };
    match tree.node(at).kind {
        Kind::String | Kind::Escaped => around(b'"', b'"'),
        Kind::Array => around(b'[', b']'),
        Kind::Object => around(b'{', b'}'),
        _ => Cow::Borrowed(text),
    }
}

/// A string's or key's content; half of a surrogate pair becomes U+FFFD.
pub(in crate::json_schema) fn string_text<'t>(tree: &Tree<'t>, at: At) -> Cow<'t, str> {
    let text = String::from_utf8_lossy(tree.text(at));
    if tree.node(at).kind != Kind::Escaped {
        return text;
    }
    let quoted = format!("\"{text}\"");
    match Cursor::new(&quoted).loose_content() {
        Ok(content) => Cow::Owned(content),
        Err(_) => text,
    }
}

/// A string's or key's length in code points.
#[inline]
pub(in crate::json_schema) fn string_length(tree: &Tree<'_>, at: At) -> usize {
    let text = tree.text(at);
    let characters = |text: &[u8]| text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    if tree.node(at).kind != Kind::Escaped {
        return characters(text);
    }
    let (mut length, mut offset) = (0, 0);
    while let Some(byte) = text.get(offset) {
        length += usize::from(byte & 0xc0 != 0x80);
        offset += match (byte, text.get(offset + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1,
        };
    }
    length
}
