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
    let mut out = Ascii {
        text: String::with_capacity(2 * text.len()),
        escaped: false,
    };
    text.chars().for_each(|character| out.push(character));
    Cow::Owned(out.text)
}

/// The column in a text of a column in its ASCII form, both in characters and from 1; nothing where no such line is.
pub(super) fn column(text: &str, line: usize, ascii_column: usize) -> Option<usize> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let mut out = Ascii::default();
    for (before, character) in line.chars().enumerate() {
        out.push(character);
        if out.text.len() >= ascii_column {
            return Some(before + 1);
        }
    }
    Some(line.chars().count() + ascii_column - out.text.len())
}

#[derive(Default)]
struct Ascii {
    text: String,
    /// Whether a backslash comes before that escapes what follows.
    escaped: bool,
}

impl Ascii {
    fn push(&mut self, character: char) {
        if character.is_ascii() {
            self.text.push(character);
        } else if self.escaped {
            // No escape sequence, as the character is none; its own backslash would be escaped.
            self.text.push('_');
        } else {
            push_octal(character, &mut self.text);
        }
        self.escaped = character == '\\' && !self.escaped;
    }
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

    #[test]
    fn columns_are_those_of_the_text() {
        let text = "first\n\"é😀\" x\n";
        for (column, expected) in [
            (1, 1),
            (2, 2),
            (9, 2),
            (10, 3),
            (25, 3),
            (26, 4),
            (28, 6),
            (30, 8),
        ] {
            assert_eq!(super::column(text, 2, column), Some(expected), "{column}");
        }
        assert_eq!(super::column(text, 3, 1), None);
        assert_eq!(super::column(text, 0, 1), None);
    }
}
