//! Which definitions count as the same: the form in which they are compared.

use super::Format;
use super::tree::Tree;

/// A definition in the form in which it is compared with others.
///
/// Avro and JSON: member order, white space and the spelling of texts do not
/// count; array order and the spelling of numbers do. Protobuf: white space
/// between words and comments do not count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Canonical(String);

impl Canonical {
    /// The comparable form; of a text that has none, the text itself.
    pub(crate) fn of(format: Format, text: &str) -> Self {
        let canonical = match format {
            Format::Avro | Format::Json => canonical_json(text),
            Format::Protobuf => canonical_protobuf(text),
        };
        Self(canonical.unwrap_or_else(|| text.to_owned()))
    }

    /// A hash that never changes between versions of the stub: FNV-1a, 64 bits.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.0.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

fn canonical_json(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    Tree::parse(text)?.write(&mut out);
    Some(out)
}

/// The words of the text with one space between them; none when a comment or a quoted text has no end.
fn canonical_protobuf(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
            continue;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
            continue;
        } else if first.is_ascii_whitespace() || first == '\u{b}' {
            rest = &rest[1..];
            continue;
        } else if first == '"' || first == '\'' {
            quoted(rest, first)?
        } else {
            word(rest).max(first.len_utf8())
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Some(out)
}

/// The length of the quoted text at the start, with its quotes.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of the name or number at the start.
fn word(text: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.find(|c| !inside(c)).unwrap_or(text.len())
}
