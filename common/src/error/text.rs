//! Errors as texts: with their causes, and no longer than a log line may be.

use std::fmt::{self, Display, Write as _};
use std::iter;

/// Longest text of one part of an error in bytes.
const PART: usize = 1000;
/// Longest name in an error in bytes.
const NAME: usize = 200;

/// A part of an error that may quote a schema, which may be as long as the registry takes them.
pub(crate) const fn part<T: Display>(text: T) -> Cut<T> {
    Cut { text, limit: PART }
}

/// A name from a schema or a configuration.
pub(crate) const fn short<T: Display>(text: T) -> Cut<T> {
    Cut { text, limit: NAME }
}

/// Shows a text up to a limit, and `…` for the rest.
pub(crate) struct Cut<T> {
    text: T,
    /// In bytes; no character is cut in two.
    limit: usize,
}

impl<T: Display> Display for Cut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = Room {
            out: f,
            left: self.limit,
            full: false,
        };
        match write!(room, "{}", self.text) {
            Err(_) if room.full => f.write_char('…'),
            written => written,
        }
    }
}

struct Room<'f, 'o> {
    out: &'f mut fmt::Formatter<'o>,
    left: usize,
    full: bool,
}

impl fmt::Write for Room<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.left {
            self.left -= text.len();
            return self.out.write_str(text);
        }
        self.full = true;
        let end = text.floor_char_boundary(std::mem::take(&mut self.left));
        self.out.write_str(&text[..end])?;
        Err(fmt::Error)
    }
}

/// An error and its causes in one line, outermost first.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    for cause in iter::successors(Some(error), |error| error.source()) {
        let part = cause.to_string();
        if !text.ends_with(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_two_characters() {
        for (text, shown) in [
            ("", ""),
            ("abcde", "abcde"),
            ("abcdef", "abcde…"),
            ("abcdéf", "abcd…"),
            ("😀😀", "😀…"),
        ] {
            assert_eq!(Cut { text, limit: 5 }.to_string(), shown);
        }
        let parts = format_args!("{}{}", "abc", "def");
        let cut = Cut {
            text: parts,
            limit: 3,
        };
        assert_eq!(cut.to_string(), "abc…");
    }
}
