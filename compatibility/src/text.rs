//! Two definitions side by side, as texts: the longest common subsequence of their lines, bounded in size.

use std::borrow::Cow;

use common::json::Cursor;

use crate::Format;

/// Room for the comparison; two texts of 2,000 different lines need it all.
const MAX_CELLS: usize = 4_000_000;
/// Deeper levels stand as far in as this one.
const MAX_INDENT: usize = 24;
/// JSON that is nested more deeply stays as it is.
const MAX_DEPTH: usize = 128;
/// A text that would grow beyond this stays as it is.
const MAX_BYTES: usize = 2 << 20;

/// A line of both texts, or what one has where the other has something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// A line of both.
    Same(&'a str),
    /// A line of the first, and one of the second; at least one of them is there.
    Changed(Option<&'a str>, Option<&'a str>),
}

/// The rows of a comparison, in order. Of long texts with nothing in common at their ends, all lines count as changed.
///
/// ```
/// use compatibility::text::{Row, compare};
///
/// let rows = compare("a\nb\nc", "a\nx\nc");
/// assert_eq!(rows, [Row::Same("a"), Row::Changed(Some("b"), Some("x")), Row::Same("c")]);
/// ```
pub fn compare<'a>(old: &'a str, new: &'a str) -> Vec<Row<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old, old_rest) = (&old[..head], &old[head..]);
    let new_rest = &new[head..];
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = tail.take_while(same).count();
    let (old_middle, end) = old_rest.split_at(old_rest.len() - tail);
    let new_middle = &new_rest[..new_rest.len() - tail];

    let mut rows: Vec<Row<'a>> = old.iter().copied().map(Row::Same).collect();
    let mut change = Change::default();
    for step in steps(old_middle, new_middle) {
        match step {
            Row::Same(line) => {
                change.settle(&mut rows);
                rows.push(Row::Same(line));
            }
            Row::Changed(old, new) => {
                change.old.extend(old);
                change.new.extend(new);
            }
        }
    }
    change.settle(&mut rows);
    rows.extend(end.iter().copied().map(Row::Same));
    rows
}

/// Lines that went and lines that came, between two that stayed.
#[derive(Default)]
struct Change<'a> {
    old: Vec<&'a str>,
    new: Vec<&'a str>,
}

impl<'a> Change<'a> {
    fn settle(&mut self, rows: &mut Vec<Row<'a>>) {
        for index in 0..self.old.len().max(self.new.len()) {
            let (old, new) = (self.old.get(index), self.new.get(index));
            rows.push(Row::Changed(old.copied(), new.copied()));
        }
        self.old.clear();
        self.new.clear();
    }
}

/// One line a step; without room to compare, all of the old lines and then all of the new ones.
fn steps<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Row<'a>> {
    let gone = |line: &&'a str| Row::Changed(Some(*line), None);
    let came = |line: &&'a str| Row::Changed(None, Some(*line));
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > MAX_CELLS {
        return old.iter().map(gone).chain(new.iter().map(came)).collect();
    }
    // The shorter text has at most 2,000 lines, so a length fits into 16 bits.
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut steps) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            steps.push(Row::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            steps.push(gone(&old[i]));
            i += 1;
        } else {
            steps.push(came(&new[j]));
            j += 1;
        }
    }
    steps.extend(old[i..].iter().map(gone));
    steps.extend(new[j..].iter().map(came));
    steps
}

/// A definition with one thing a line, each as it was written; JSON comes as one long line often.
pub fn laid_out(format: Format, text: &str) -> Cow<'_, str> {
    let may_be_json = format != Format::Protobuf;
    let laid_out = (may_be_json && is_json(text))
        .then(|| lay_out(text))
        .flatten();
    laid_out.map_or(Cow::Borrowed(text), Cow::Owned)
}

fn is_json(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.skip(MAX_DEPTH).is_ok() && cursor.end().is_ok()
}

fn lay_out(json: &str) -> Option<String> {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for c in json.chars() {
        if out.len() > MAX_BYTES {
            return None;
        }
        if in_text {
            out.push(c);
            in_text = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => in_text = true,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !out.ends_with(['{', '[']) {
                    break_line(&mut out, depth);
                }
                out.push(c);
                continue;
            }
            c if c.is_ascii_whitespace() => continue,
            _ => {}
        }
        if out.ends_with(['{', '[', ',']) {
            let level = depth - usize::from(matches!(c, '{' | '['));
            break_line(&mut out, level);
        }
        out.push(c);
        if c == ':' {
            out.push(' ');
        }
    }
    Some(out)
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(MAX_INDENT)));
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Row, compare, laid_out};
    use crate::Format;

    #[test]
    fn what_changed_stands_side_by_side_between_what_stayed() {
        let rows = compare("a\nb\nc\nd\ne", "a\nx\nc\nd\ny\nz\ne");
        let wanted = [
            Row::Same("a"),
            Row::Changed(Some("b"), Some("x")),
            Row::Same("c"),
            Row::Same("d"),
            Row::Changed(None, Some("y")),
            Row::Changed(None, Some("z")),
            Row::Same("e"),
        ];
        assert_eq!(rows, wanted);
        assert_eq!(compare("", ""), []);
        assert_eq!(compare("a", ""), [Row::Changed(Some("a"), None)]);
        assert_eq!(
            compare("a\na", "a"),
            [Row::Same("a"), Row::Changed(Some("a"), None)]
        );
    }

    #[test]
    fn long_texts_are_set_side_by_side_without_being_compared() {
        let lines = |offset: usize| {
            let lines = (0..30_000).map(|number| (number + offset).to_string());
            lines.collect::<Vec<_>>().join("\n")
        };
        let (old, new) = (lines(0), lines(1));
        let rows = compare(&old, &new);
        assert_eq!(rows.len(), 30_000);
        assert_eq!(rows[0], Row::Changed(Some("0"), Some("1")));
    }

    #[test]
    fn json_gets_one_member_a_line_and_keeps_its_spelling() {
        let text =
            r#"{"type":"record","fields":[{"name":"a, \"{b}\\","default":1.50e1},[]],"x":{ }}"#;
        let wanted = "{\n  \"type\": \"record\",\n  \"fields\": [\n    {\n      \"name\": \"a, \\\"{b}\\\\\",\n      \"default\": 1.50e1\n    },\n    []\n  ],\n  \"x\": {}\n}";
        assert_eq!(laid_out(Format::Avro, text), wanted);
        assert_eq!(laid_out(Format::Json, wanted), wanted);
        assert_eq!(laid_out(Format::Json, "{"), "{");
        assert_eq!(laid_out(Format::Protobuf, "[1,2]"), "[1,2]");
        assert_eq!(laid_out(Format::Avro, "\"string\""), "\"string\"");
    }

    #[test]
    fn nesting_without_end_does_not_grow_without_end() {
        let deep = "[".repeat(85_000) + &"]".repeat(85_000);
        assert!(laid_out(Format::Json, &deep).len() < MAX_BYTES + 1_000);
    }
}
