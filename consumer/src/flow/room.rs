//! The room that copies of dead letters take: it counts as bytes in flight until Kafka has the letter.
//!
//! A letter is larger than its record, by the headers that say what was wrong, and it is there twice while it is on its
//! way: here and with librdkafka. Records that are read already may all become letters, so there is a bound of its own:
//! beyond it a partition waits, as for a schema, until letters are taken.

use super::{Flow, State, count};
use crate::batch::Slot;
use std::sync::Arc;

/// How often a letter is in memory while it is on its way.
const COPIES: usize = 2;

/// The room of one letter; it is given back when this goes.
#[derive(Debug)]
pub(crate) struct LetterRoom {
    flow: Arc<Flow>,
    slot: Slot,
    bytes: usize,
}

impl LetterRoom {
    /// Takes room for a letter of so many bytes, also where there is none left.
    pub(crate) fn take(flow: &Arc<Flow>, slot: Slot, letter_bytes: usize) -> Self {
        let bytes = letter_bytes.saturating_mul(COPIES);
        flow.count_letter(slot, |taken| taken.saturating_add(bytes));
        Self {
            flow: Arc::clone(flow),
            slot,
            bytes,
        }
    }
}

impl Drop for LetterRoom {
    fn drop(&mut self) {
        self.flow
            .count_letter(self.slot, |taken| taken.saturating_sub(self.bytes));
        self.flow.progress.notify_all();
    }
}

impl Flow {
    /// Whether another dead letter may be made: all together take as much room as records may, and no more.
    pub(crate) fn has_letter_room(&self) -> bool {
        self.state().letters < self.limits.in_flight_bytes.bytes()
    }

    /// A partition's next batch waits, until dead letters have room again.
    pub(crate) fn crowd(&self, slot: Slot) {
        if let Some(partition) = self.state().current(slot) {
            partition.is_crowded = true;
        }
        self.park(slot);
    }

    fn count_letter(&self, slot: Slot, change: impl Fn(usize) -> usize) {
        let mut state = self.state();
        let State { letters, bytes, .. } = &mut *state;
        (*letters, *bytes) = (change(*letters), change(*bytes));
        self.metrics.in_flight_bytes.set(count(*bytes));
        if let Some(partition) = state.current(slot) {
            partition.bytes = change(partition.bytes);
        }
    }
}
