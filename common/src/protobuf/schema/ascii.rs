//! Makes texts of any characters texts of ASCII alone that mean the same.
//!
//! The compiler's lexer calls itself for each character of a string or a comment that is not ASCII, so that a long one
//! overflows the stack. In strings the octal escapes of a character's bytes mean the character; in comments nothing has
//! a meaning; elsewhere such a character and a backslash are errors alike.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with escapes for all that is not ASCII.
pub(super) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(2 * text.len());
    let mut escaped = false;
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else if escaped {
            // No escape sequence, as the character is none; its own backslash would be escaped.
            out.push('_');
        } else {
            push_octal(character, &mut out);
        }
        escaped = character == '\\' && !escaped;
    }
    Cow::Owned(out)
}

fn push_octal(character: char, out: &mut String) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        write!(out, "\\{byte:03o}").expect("a String takes all");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_the_escapes_of_their_bytes() {
        for (text, meant) in [
            ("plain", "plain"),
            ("é", r"\303\251"),
            ("\"a😀b\"", r#""a\360\237\230\200b""#),
            (r"\\é", r"\\\303\251"),
            (r"\é", r"\_"),
        ] {
            assert_eq!(ascii(text), meant);
        }
    }
}
