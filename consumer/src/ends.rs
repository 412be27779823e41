//! Where reading ends: each partition at an offset that was looked up before it began.

use std::collections::{BTreeMap, HashSet};

use crate::batch::Slot;

/// See the module's words.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// The offset behind the last record that is wanted, by partition.
    ends: BTreeMap<i32, i64>,
    reached: HashSet<Slot>,
}

impl Ends {
    /// Reading ends before these offsets; a partition without one is not wanted.
    pub(crate) fn new(ends: BTreeMap<i32, i64>) -> Self {
        Self {
            ends,
            reached: HashSet::new(),
        }
    }

    /// Whether a record lies behind its partition's end, which is reached then.
    pub(crate) fn is_behind(&mut self, slot: Slot, offset: i64) -> bool {
        let end = self.ends.get(&slot.partition);
        let is_behind = end.is_none_or(|end| offset >= *end);
        if is_behind {
            self.reached.insert(slot);
        }
        is_behind
    }

    /// A partition is read to its last record, so to its end too: what was there at the start is all read.
    pub(crate) fn nothing_left(&mut self, slot: Slot) {
        self.reached.insert(slot);
    }

    /// The partitions among these that are read to their end.
    pub(crate) fn reached(&self, slots: &[Slot]) -> Vec<i32> {
        let reached = slots.iter().filter(|slot| self.reached.contains(slot));
        reached.map(|slot| slot.partition).collect()
    }

    /// Whether all of these are read to their end; never while there are none, as between two assignments.
    pub(crate) fn are_reached(&self, slots: &[Slot]) -> bool {
        !slots.is_empty() && slots.iter().all(|slot| self.reached.contains(slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_reached_by_a_record_behind_it_or_where_nothing_is_left_and_anew_after_a_rebalance()
    {
        let slot = |partition, epoch| Slot { partition, epoch };
        let mut ends = Ends::new(BTreeMap::from([(0, 5), (1, 0)]));
        let both = [slot(0, 1), slot(1, 2)];
        assert!(!ends.are_reached(&[]) && !ends.are_reached(&both));
        assert!(!ends.is_behind(both[0], 4));
        assert!(ends.is_behind(both[0], 5));
        assert_eq!(ends.reached(&both), [0]);
        assert!(!ends.are_reached(&both));
        ends.nothing_left(both[1]);
        assert!(ends.are_reached(&both));
        assert!(!ends.are_reached(&[slot(0, 3)]));
        assert!(ends.is_behind(slot(7, 4), 0), "it came after the look");
    }
}
