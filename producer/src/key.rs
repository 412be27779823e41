//! Keys of records: chosen fields as a JSON object, in the bytes that Python's `json.dumps` writes.

mod python;

use std::ops::Range;

use common::json::{Cursor, JsonError};

/// How deep a value beside the key fields may be nested; the encoder has its own limit before.
const DEPTH: usize = 1_000;

/// Why a record has no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KeyError {
    /// A field is not there.
    #[error("the key field `{0}` is missing")]
    Missing(String),
    /// The record is no JSON object.
    #[error("no key can be taken from it: {0}")]
    Json(#[from] JsonError),
}

impl KeyError {
    /// The field at fault, if it is one.
    pub(crate) fn field(&self) -> Option<String> {
        match self {
            Self::Missing(name) => Some(name.clone()),
            Self::Json(_) => None,
        }
    }
}

/// Writes keys made of the same fields.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    names: Vec<String>,
    /// Another name that each field may have in a record.
    others: Vec<Option<String>>,
    /// What stands before each value: the brace or comma, and the name.
    before: Vec<Vec<u8>>,
    /// Where each value stands in the record that is being read.
    values: Vec<Option<Range<usize>>>,
}

impl Key {
    /// A key of these fields, in this order.
    pub(crate) fn new(names: &[String]) -> Self {
        let before = |(index, name): (usize, &String)| {
            let mut text = if index == 0 {
                b"{".to_vec()
            } else {
                b", ".to_vec()
            };
            python::write_text(name, &mut text);
            text.extend_from_slice(b": ");
            text
        };
        Self {
            others: vec![None; names.len()],
            names: names.to_vec(),
            before: names.iter().enumerate().map(before).collect(),
            values: vec![None; names.len()],
        }
    }

    /// The same key, whose fields may have another name in a record.
    pub(crate) fn with_others(mut self, other: impl Fn(&str) -> Option<String>) -> Self {
        self.others = self.names.iter().map(|name| other(name)).collect();
        self
    }

    /// The fields, in the order of the key.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Writes a key; `value` writes the JSON of the field with the given index.
    pub(crate) fn write(&self, out: &mut Vec<u8>, mut value: impl FnMut(usize, &mut Vec<u8>)) {
        out.clear();
        for (index, before) in self.before.iter().enumerate() {
            out.extend_from_slice(before);
            value(index, out);
        }
        out.push(b'}');
    }

    /// Writes the key of a record given as a JSON object. Of a field given twice, the last counts.
    ///
    /// # Errors
    /// When a field is missing, or the text is no JSON object.
    pub(crate) fn write_from_json(
        &mut self,
        json: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), KeyError> {
        let mut cursor = Cursor::from_bytes(json)?;
        self.find(&mut cursor)?;
        if let Some(missing) = self.values.iter().position(Option::is_none) {
            return Err(KeyError::Missing(self.names[missing].clone()));
        }
        self.write(out, |index, out| {
            let value = self.values[index]
                .as_ref()
                .map_or("", |value| cursor.between(value.start, value.end));
            python::write_json(value, out);
        });
        Ok(())
    }

    fn find(&mut self, cursor: &mut Cursor<'_>) -> Result<(), JsonError> {
        self.values.fill(None);
        let mut first = true;
        cursor.open(b'{')?;
        while cursor.more(b'}', &mut first)? {
            let name = cursor.key()?.text();
            let names = self.names.iter().zip(&self.others);
            let mut known = names.map(|(one, other)| {
                **one == *name || other.as_deref().is_some_and(|other| *other == *name)
            });
            let field = known.position(|is_it| is_it);
            cursor.peek();
            let start = cursor.offset();
            cursor.skip(DEPTH)?;
            if let Some(field) = field {
                self.values[field] = Some(start..cursor.offset());
            }
        }
        cursor.end()
    }
}

#[cfg(test)]
mod tests;
