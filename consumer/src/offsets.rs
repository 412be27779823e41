//! How far a partition may be committed: the contiguous prefix of finished work, never more.
//!
//! Work is taken in order and may finish in any order. Pure: no I/O, no clock.

use std::collections::BTreeMap;

/// The finished work of one partition in one assignment.
///
/// Offsets are Kafka's: a watermark names the next record to read. Gaps in a topic (compaction,
/// transaction markers) are no gaps here, because work is counted in the order it was taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    next_ticket: u64,
    /// Tickets below this one are finished.
    contiguous: u64,
    /// Finished out of order: ticket to next offset.
    ahead: BTreeMap<u64, i64>,
    watermark: Option<i64>,
}

impl Offsets {
    /// Takes the next piece of work; the ticket says where it stands.
    pub(crate) fn take(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        ticket
    }

    /// Work is finished; `next_offset` is the offset behind its last record.
    ///
    /// Returns the watermark if it moved.
    pub(crate) fn finish(&mut self, ticket: u64, next_offset: i64) -> Option<i64> {
        debug_assert!(ticket < self.next_ticket, "a ticket that was never taken");
        if ticket >= self.contiguous {
            self.ahead.insert(ticket, next_offset);
        }
        let before = self.watermark;
        while let Some(next_offset) = self.ahead.remove(&self.contiguous) {
            self.contiguous += 1;
            self.watermark = self.watermark.max(Some(next_offset));
        }
        if self.watermark == before {
            None
        } else {
            self.watermark
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_contiguous_prefix_moves_the_watermark() {
        let mut offsets = Offsets::default();
        let tickets: Vec<u64> = (0..3).map(|_| offsets.take()).collect();
        assert_eq!(offsets.finish(tickets[2], 30), None);
        assert_eq!(offsets.finish(tickets[0], 10), Some(10));
        assert_eq!(offsets.finish(tickets[1], 20), Some(30));
    }

    proptest! {
        #[test]
        fn never_passes_unfinished_work_and_ends_at_the_end(
            sizes in prop::collection::vec(1_i64..5, 1..40),
            seed in any::<u64>(),
        ) {
            let mut offsets = Offsets::default();
            let mut end = 0;
            let mut open: Vec<(u64, i64, i64)> = sizes.iter().map(|size| {
                let first = end;
                end += size;
                (offsets.take(), first, end)
            }).collect();
            let mut state = seed | 1;
            let mut last = None;
            while !open.is_empty() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let pick = usize::try_from(state >> 33).unwrap() % open.len();
                let (ticket, _, next) = open.swap_remove(pick);
                if let Some(watermark) = offsets.finish(ticket, next) {
                    prop_assert!(last < Some(watermark), "moves forward only");
                    last = Some(watermark);
                }
                let lowest_open = open.iter().map(|(_, first, _)| *first).min().unwrap_or(end);
                prop_assert!(last.unwrap_or(0) <= lowest_open);
            }
            prop_assert_eq!(last, Some(end));
        }
    }
}
