//! Records of one partition on their way through the consumer, and where they stand.

use crate::config::BatchConfig;
use crate::dead_letter::Letter;
use crate::shape::Content;
use client::kafka::native::for_each_header;
use rdkafka::Timestamp;
use rdkafka::message::{BorrowedMessage, Message};
use std::ops::Range;
use std::time::{Duration, Instant};

/// One assignment of one partition; after a rebalance the same partition has another epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot {
    pub(crate) partition: i32,
    pub(crate) epoch: u64,
}

impl Slot {
    /// A partition that is taken for good, outside of any group.
    pub(crate) const fn fixed(partition: i32) -> Self {
        Self {
            partition,
            epoch: 0,
        }
    }
}

/// A record in a batch's arena.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) offset: i64,
    pub(crate) timestamp: Timestamp,
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: Option<Range<usize>>,
    /// Into [`Batch::headers`].
    headers: Range<usize>,
}

/// A header in a batch's arena.
#[derive(Clone, Debug)]
struct Header {
    name: Range<usize>,
    value: Option<Range<usize>>,
}

/// Consecutive records of one partition, copied out of librdkafka into one arena.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) slot: Slot,
    /// Given when the batch is handed on.
    pub(crate) ticket: u64,
    began: Instant,
    pub(crate) records: Vec<Record>,
    headers: Vec<Header>,
    arena: Vec<u8>,
}

impl Batch {
    /// An empty batch.
    pub(crate) fn new(slot: Slot) -> Self {
        Self {
            slot,
            ticket: 0,
            began: Instant::now(),
            records: Vec::with_capacity(64),
            headers: Vec::new(),
            arena: Vec::with_capacity(8 << 10),
        }
    }

    /// A batch with one empty record.
    #[cfg(test)]
    pub(crate) fn of_one(slot: Slot, offset: i64) -> Self {
        let mut batch = Self::new(slot);
        let timestamp = Timestamp::NotAvailable;
        batch.records.push(Record {
            offset,
            timestamp,
            key: None,
            value: None,
            headers: 0..0,
        });
        batch
    }

    /// Copies a record in.
    pub(crate) fn push(&mut self, message: &BorrowedMessage<'_>) {
        let key = message.key().map(|bytes| keep(&mut self.arena, bytes));
        let value = message.payload().map(|bytes| keep(&mut self.arena, bytes));
        let first = self.headers.len();
        let (arena, kept) = (&mut self.arena, &mut self.headers);
        for_each_header(message, |name, value| {
            let name = keep(arena, name);
            let value = value.map(|bytes| keep(arena, bytes));
            kept.push(Header { name, value });
        });
        let headers = first..self.headers.len();
        self.records.push(Record {
            offset: message.offset(),
            timestamp: message.timestamp(),
            key,
            value,
            headers,
        });
    }

    /// Bytes of keys, values and headers.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.len()
    }

    /// Whether the batch is to be handed on, whatever comes.
    pub(crate) fn is_full(&self, limits: &BatchConfig) -> bool {
        self.records.len() >= limits.records || self.arena.len() >= limits.bytes.bytes()
    }

    /// Time since its first record was taken in.
    pub(crate) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// The offset behind the last record.
    pub(crate) fn next_offset(&self) -> i64 {
        self.records.last().map_or(0, |record| record.offset + 1)
    }

    /// Timestamps of the first and last record, in milliseconds since 1970, where they have any.
    pub(crate) fn timestamps(&self) -> Option<(i64, i64)> {
        let first = self.records.first()?.timestamp.to_millis()?;
        let last = self.records.last()?.timestamp.to_millis()?;
        Some((first, last))
    }

    /// The bytes of a key or value.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &[u8] {
        &self.arena[range.clone()]
    }

    /// A record's headers in order.
    pub(crate) fn headers(&self, record: &Record) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.headers[record.headers.clone()].iter().map(|header| {
            (
                self.slice(&header.name),
                header.value.as_ref().map(|range| self.slice(range)),
            )
        })
    }
}

fn keep(arena: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = arena.len();
    arena.extend_from_slice(bytes);
    start..arena.len()
}

/// What became of a stretch of a batch: content for each sink, and how far the partition is finished.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) slot: Slot,
    /// By the sinks' numbers.
    pub(crate) content: Vec<Content>,
    /// Records that are in `content`.
    pub(crate) delivered: usize,
    /// Records that a policy skipped.
    pub(crate) skipped: usize,
    /// Records that are not wanted.
    pub(crate) filtered: usize,
    /// Records that go to the topic of dead letters.
    pub(crate) letters: Vec<Letter>,
    /// The last record's timestamp in milliseconds since 1970, if it has one.
    pub(crate) last_timestamp: Option<i64>,
    /// Set on the last stretch of a batch.
    pub(crate) end: Option<End>,
}

impl Decoded {
    /// Records that go nowhere, and need not.
    pub(crate) const fn passed_over(&self) -> usize {
        self.skipped + self.filtered
    }
}

/// The end of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) ticket: u64,
    /// The offset behind the last record that is finished.
    pub(crate) next_offset: i64,
    /// Records and bytes that the whole batch held, finished or not.
    pub(crate) records: usize,
    pub(crate) bytes: usize,
    /// Records of the batch that stay unfinished: the daemon stops before them.
    pub(crate) unfinished: usize,
    /// It has left the room for what is in flight, and its records lie in files that are open.
    pub(crate) is_kept: bool,
}
