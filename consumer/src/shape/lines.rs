//! Records as lines: the consumer's line, one a record.

use super::{Label, Unfit};
use crate::batch::{Batch, Record};
use crate::line::{self, Head};
use common::deserializer::Deserializer;

/// So many bytes of lines are enough for once.
const CHUNK: usize = 1 << 20;

/// Lines one after the other, or records in another text of bytes, and where each ends.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) text: Vec<u8>,
    pub(crate) ends: Vec<Line>,
}

/// A line's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) offset: i64,
    /// The record's time in milliseconds since 1970, if it has one.
    pub(crate) millis: Option<i64>,
    /// What it is parted by, if that is a field.
    pub(crate) label: Label,
    /// Where the line ends in the text, its line end included.
    pub(crate) end: usize,
}

impl Lines {
    pub(super) fn add(
        &mut self,
        deserializer: &mut Deserializer,
        topic: &str,
        (batch, record): (&Batch, &Record),
        label: Label,
    ) -> Result<(), Unfit> {
        let start = self.text.len();
        let head = Head {
            topic,
            partition: batch.slot.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.as_ref().map(|range| batch.slice(range)),
        };
        line::open(&head, &mut self.text);
        match &record.value {
            None => {
                deserializer.tombstone();
                self.text.extend_from_slice(b"null");
            }
            Some(range) => {
                let decoded = deserializer.decode_json(batch.slice(range), &mut self.text);
                if let Err(error) = decoded {
                    self.text.truncate(start);
                    return Err(error.into());
                }
            }
        }
        line::headers(batch.headers(record), &mut self.text);
        line::close(&mut self.text);
        self.ends.push(Line {
            offset: record.offset,
            millis: record.timestamp.to_millis(),
            label,
            end: self.text.len(),
        });
        Ok(())
    }

    pub(super) const fn is_full(&self) -> bool {
        self.text.len() >= CHUNK
    }

    /// Takes the lines and leaves room for as many again.
    pub(super) fn take(&mut self) -> Self {
        let (bytes, count) = (self.text.len().min(CHUNK), self.ends.len());
        let empty = Self {
            text: Vec::with_capacity(bytes),
            ends: Vec::with_capacity(count),
        };
        std::mem::replace(self, empty)
    }
}
