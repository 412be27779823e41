//! Batches whose records lie in files that a sink has open: they have left the room, and have not ended.

use super::{Flow, count};
use crate::batch::{End, Slot};

impl Flow {
    /// A batch's records lie in files that are open: it leaves the room for what is in flight, and ends later.
    pub(crate) fn keep(&self, slot: Slot, end: &mut End) {
        let mut state = self.state();
        state.leave_room(slot, end);
        state.kept += end.records;
        end.is_kept = true;
        if let Some(partition) = state.current(slot) {
            partition.kept += 1;
            partition.is_read(end);
        }
        self.metrics.in_flight_bytes.set(count(state.bytes));
        drop(state);
        self.progress.notify_all();
    }

    /// Whether all batches of a partition but those that wait lie in files: nothing more comes into these soon.
    pub(crate) fn is_quiet(&self, slot: Slot) -> bool {
        self.state()
            .current(slot)
            .is_none_or(|known| !known.is_busy_beside(known.kept))
    }

    /// Whether nothing more comes: files need not stay open any longer then.
    pub(crate) fn hurry(&self, hurries: bool) {
        self.state().hurries = hurries;
    }

    /// Whether nothing more comes.
    pub(crate) fn hurries(&self) -> bool {
        self.state().hurries
    }
}
