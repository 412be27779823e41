//! Cuts a JSON body into its records: one object, an array of them, or one a line.

use common::error::Kind as ErrorKind;
use common::json::{Cursor, JsonError};
use common::limits::Limits;

use super::problem::Fault;

/// No encoder takes values that are nested more deeply.
const DEPTH: usize = Limits::MAX_DEPTH + 1;

/// The records of a body, each with its place.
pub(super) struct Records<'a> {
    body: &'a [u8],
    cursor: Cursor<'a>,
    form: Form,
    /// Records given so far.
    count: usize,
    /// Bytes looked at for line ends, and the line that they lead to.
    seen: (usize, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Array {
        first: bool,
    },
    /// Values with line ends between them; one alone is one of them.
    Lines,
}

/// A record as it stands in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// Which one it is, from 1.
    pub(super) record: usize,
    /// The line in which it begins, from 1.
    pub(super) line: u64,
    pub(super) text: &'a str,
}

impl<'a> Records<'a> {
    /// Begins with a body.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub(super) fn open(body: &'a [u8]) -> Result<Self, Fault> {
        let opened = Cursor::from_bytes(body).and_then(|mut cursor| {
            let is_array = cursor.peek() == Some(b'[');
            if is_array {
                cursor.open(b'[')?;
            }
            Ok((cursor, is_array))
        });
        match opened {
            Ok((cursor, is_array)) => Ok(Self {
                body,
                cursor,
                form: if is_array {
                    Form::Array { first: true }
                } else {
                    Form::Lines
                },
                count: 0,
                seen: (0, 1),
            }),
            Err(error) => Err(malformed(body, 1, error)),
        }
    }

    /// The next record, or nothing behind the last one.
    ///
    /// # Errors
    /// What stands there is no JSON, or there is something between two records or behind the last that must not be.
    pub(super) fn next(&mut self) -> Result<Option<Found<'a>>, Fault> {
        self.find()
            .map_err(|error| malformed(self.body, self.count + 1, error))
    }

    fn find(&mut self) -> Result<Option<Found<'a>>, JsonError> {
        let before = self.cursor.offset();
        match &mut self.form {
            Form::Array { first } => {
                if !self.cursor.more(b']', first)? {
                    self.cursor.end()?;
                    return Ok(None);
                }
                self.cursor.peek();
            }
            Form::Lines => {
                if self.cursor.peek().is_none() {
                    return Ok(None);
                }
                let between = &self.body[before..self.cursor.offset()];
                if self.count > 0 && !between.contains(&b'\n') {
                    // What stands there could only be a record of the next line.
                    self.cursor.end()?;
                }
            }
        }
        let start = self.cursor.offset();
        self.cursor.skip(DEPTH)?;
        self.count += 1;
        let (seen, line) = self.seen;
        self.seen = (start, line + newlines(&self.body[seen..start]));
        Ok(Some(Found {
            record: self.count,
            line: self.seen.1,
            text: self.cursor.between(start, self.cursor.offset()),
        }))
    }
}

fn malformed(body: &[u8], record: usize, error: JsonError) -> Fault {
    let before = &body[..error.offset.min(body.len())];
    Fault {
        record,
        line: Some(newlines(before) + 1),
        field: None,
        kind: error.kind(),
        reason: error.to_string(),
    }
}

/// A body without any record.
pub(super) fn nothing() -> Fault {
    Fault {
        record: 1,
        line: Some(1),
        field: None,
        kind: ErrorKind::Json,
        reason: "there is no record in it".to_owned(),
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').count() as u64 - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Line and text of each record, or the line of what is malformed.
    fn cut(body: &[u8]) -> Result<Vec<(u64, String)>, Option<u64>> {
        let mut records = Records::open(body).map_err(|fault| fault.line)?;
        let mut found = Vec::new();
        while let Some(record) = records.next().map_err(|fault| fault.line)? {
            assert_eq!(record.record, found.len() + 1);
            found.push((record.line, record.text.to_owned()));
        }
        Ok(found)
    }

    #[test]
    fn bodies_of_all_forms_are_cut() {
        for (body, records) in [
            ("", &[][..]),
            (" \n\n", &[]),
            ("[]", &[]),
            ("{\"a\":1}", &[(1, "{\"a\":1}")]),
            ("\n {\n\"a\":1\n}\n", &[(2, "{\n\"a\":1\n}")]),
            ("{}\n{}\r\n\n  {}", &[(1, "{}"), (2, "{}"), (4, "  {}")]),
            ("[{},\n{}\n,\n\n5]\n", &[(1, "{}"), (2, "{}"), (5, "5")]),
            ("[[1]]", &[(1, "[1]")]),
            ("null", &[(1, "null")]),
        ] {
            let records: Vec<_> = records
                .iter()
                .map(|(line, text)| (*line, text.trim_start().to_owned()))
                .collect();
            assert_eq!(cut(body.as_bytes()), Ok(records), "{body:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_named_by_its_line() {
        for (body, line) in [
            (&b"{"[..], 1),
            (b"{} {}", 1),
            (b"{}{}", 1),
            (b"{}\n{\"a\":}\n{}", 2),
            (b"{}\n{}\n\xff", 3),
            (b"[{},\n\n{}\n", 4),
            (b"[{}]\n[{}]", 2),
            (b"[{}\n{}]", 2),
            (b"{},\n{}", 1),
        ] {
            assert_eq!(
                cut(body),
                Err(Some(line)),
                "{:?}",
                body.escape_ascii().to_string()
            );
        }
        let deep = "[".repeat(100_000);
        assert_eq!(cut(deep.as_bytes()), Err(Some(1)));
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(cut(&body));
        }

        #[test]
        fn lines_and_arrays_hold_the_same_records(records in proptest::collection::vec("\\{\"a\":(1|\"x\\\\n\"|\\[1,2\\])\\}", 1..20)) {
            let lines = cut(records.join("\n").as_bytes()).unwrap();
            let array = cut(format!("[{}]", records.join(",\n")).as_bytes()).unwrap();
            prop_assert_eq!(&lines, &array);
            prop_assert_eq!(lines.len(), records.len());
            prop_assert_eq!(lines.last().unwrap().0, records.len() as u64);
        }
    }
}
