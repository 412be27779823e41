//! Batches whose records lie in files that are still open: they end when the files are closed.

use crate::batch::{End, Slot};
use crate::closing::Closing;
use crate::flow::Flow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// See the module's words. Only the delivery thread has one.
#[derive(Debug, Default)]
pub(crate) struct Kept(HashMap<Slot, Batches>);

/// The batches of a partition.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    ends: Vec<(End, Option<Arc<Closing>>)>,
    /// Records in the files.
    pub(crate) records: usize,
    /// The last record's timestamp in milliseconds since 1970.
    pub(crate) last_timestamp: Option<i64>,
}

impl Kept {
    /// Takes a batch: it leaves the room in flight, and its end waits. `closing` has its dead letters, if any.
    pub(crate) fn keep(
        &mut self,
        flow: &Flow,
        slot: Slot,
        (mut end, closing): (End, Option<Arc<Closing>>),
    ) -> &mut Batches {
        flow.keep(slot, &mut end);
        let batches = self.0.entry(slot).or_default();
        batches.ends.push((end, closing));
        batches
    }

    /// Whether batches of the partition wait.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.0.contains_key(&slot)
    }

    /// Whether all of the partition's batches would end: none has a dead letter that is not acknowledged.
    pub(crate) fn is_settled(&self, slot: Slot) -> bool {
        let batches = self.0.get(&slot).into_iter();
        let mut closings = batches.flat_map(|batches| &batches.ends);
        closings.all(|(_, closing)| closing.as_ref().is_none_or(|closing| closing.is_settled()))
    }

    /// Whether any batch waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The partitions whose batches wait.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.0.keys().copied().collect()
    }

    /// Lets go of a partition's batches without an end: their records are read again.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.0.remove(&slot);
    }

    /// Ends a partition's batches, those with nothing open at one moment: no offset between them is ever seen.
    pub(crate) fn end(&mut self, flow: &Flow, slot: Slot) -> Batches {
        let Entry::Occupied(known) = self.0.entry(slot) else {
            return Batches::default();
        };
        let mut batches = known.remove();
        let mut settled = Vec::with_capacity(batches.ends.len());
        for (end, closing) in batches.ends.drain(..) {
            match closing {
                Some(closing) if !closing.is_settled() => closing.end(end),
                _ => settled.push(end),
            }
        }
        flow.finish_all(slot, &settled);
        batches
    }
}
