//! Where the reading of each partition ends, and which partitions are read up to there.

use super::Until;
use super::look::{Look, Patience};
use crate::batch::Slot;
use rdkafka::consumer::ConsumerContext;
use runtime::lifecycle::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// See the module's words.
#[derive(Debug)]
pub(crate) struct Ends {
    /// The first offset of each partition that is not wanted. A partition that came later has none.
    ends: BTreeMap<i32, i64>,
    reached: BTreeSet<Slot>,
}

impl Ends {
    /// Looks up where the partitions end. Blocks.
    ///
    /// # Errors
    /// 69 when the cluster does not answer in time.
    pub(crate) fn find<C: ConsumerContext>(
        look: &Look<'_, C>,
        until: Until,
        patience: &Patience<'_>,
    ) -> Result<Self, Failure> {
        let ends = patience.ask(look, || match until {
            Until::End => look.ends(),
            Until::Time(time) => look.first_since(time),
        });
        let ends = ends.map_err(|error| super::failed(look.topic, "consumer.until", error))?;
        tracing::info!(
            topic = look.topic,
            ?ends,
            "reading ends as consumer.until says"
        );
        Ok(Self::new(ends))
    }

    /// Reading ends before these offsets; a partition without one is not wanted.
    pub(crate) fn new(ends: BTreeMap<i32, i64>) -> Self {
        Self {
            ends,
            reached: BTreeSet::new(),
        }
    }

    /// Whether a record is not wanted any more. With the last wanted one its partition is read.
    pub(crate) fn is_behind(&mut self, slot: Slot, offset: i64) -> bool {
        let end = self.end(slot);
        if offset + 1 >= end {
            self.reached.insert(slot);
        }
        offset >= end
    }

    /// The partition is read to its end as the broker that was read from knows it. A follower, or a leader that has just
    /// become one, may not know yet of all that was there; then it is said again when more is known.
    pub(crate) fn nothing_left(&mut self, slot: Slot, known_end: i64) {
        if known_end >= self.end(slot) {
            self.reached.insert(slot);
        }
    }

    fn end(&self, slot: Slot) -> i64 {
        self.ends.get(&slot.partition).copied().unwrap_or(0)
    }

    /// The partitions among these that are read to their end.
    pub(crate) fn reached(&self, slots: &[Slot]) -> Vec<i32> {
        let reached = slots.iter().filter(|slot| self.reached.contains(slot));
        reached.map(|slot| slot.partition).collect()
    }

    /// Whether all of these are read to their end; none at all is the business of another member.
    pub(crate) fn are_reached(&self, slots: &[Slot]) -> bool {
        !slots.is_empty() && slots.iter().all(|slot| self.reached.contains(slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(partition: i32, epoch: u64) -> Slot {
        Slot { partition, epoch }
    }

    #[test]
    fn a_partition_is_read_with_the_last_wanted_record_the_first_unwanted_one_or_the_end_of_its_log()
     {
        let mut ends = Ends::new(BTreeMap::from([(0, 3), (1, 3), (2, 3)]));
        let slots = [slot(0, 1), slot(1, 2), slot(2, 3)];
        assert!(!ends.is_behind(slots[0], 1));
        assert!(!ends.are_reached(&slots[..1]));
        assert!(!ends.is_behind(slots[0], 2));
        assert!(ends.are_reached(&slots[..1]));
        assert!(ends.is_behind(slots[1], 7));
        assert_eq!(ends.reached(&slots), [0, 1]);
        ends.nothing_left(slots[2], 2);
        assert!(!ends.are_reached(&slots), "the broker does not know of all");
        ends.nothing_left(slots[2], 3);
        assert!(ends.are_reached(&slots));
    }

    #[test]
    fn a_partition_that_comes_back_is_read_again() {
        let mut ends = Ends::new(BTreeMap::from([(0, 1)]));
        assert!(!ends.is_behind(slot(0, 1), 0));
        assert!(!ends.are_reached(&[slot(0, 2)]));
    }

    #[test]
    fn nothing_of_a_partition_that_came_later_is_wanted() {
        let mut ends = Ends::new(BTreeMap::new());
        assert!(ends.is_behind(slot(9, 1), 0));
        assert!(ends.are_reached(&[slot(9, 1)]));
    }

    #[test]
    fn a_member_without_partitions_has_not_read_everything() {
        assert!(!Ends::new(BTreeMap::new()).are_reached(&[]));
    }
}
