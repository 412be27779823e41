//! Partitions that are prepared before they are read.

use super::{Flow, Partition};
use crate::batch::Slot;

/// Whether a partition may be read, or something has to be prepared before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Unprepared,
    Preparing,
    Ready,
}

impl Flow {
    /// Partitions are to be prepared before they are read.
    #[must_use]
    pub(crate) const fn with_preparation(mut self) -> Self {
        self.first = Readiness::Unprepared;
        self
    }

    /// Whether partitions are to be prepared before they are read.
    pub(crate) fn prepares(&self) -> bool {
        self.first == Readiness::Unprepared
    }

    /// The partitions that are not prepared; from now on they are being.
    pub(crate) fn take_unprepared(&self) -> Vec<Slot> {
        let mut state = self.state();
        let unprepared = |(partition, known): (&i32, &mut Partition)| {
            if known.readiness != Readiness::Unprepared || known.closed {
                return None;
            }
            known.readiness = Readiness::Preparing;
            Some(Slot {
                partition: *partition,
                epoch: known.epoch,
            })
        };
        state.partitions.iter_mut().filter_map(unprepared).collect()
    }

    /// The partitions that may not be read yet.
    pub(crate) fn unready(&self) -> Vec<i32> {
        let state = self.state();
        let unready = state
            .partitions
            .iter()
            .filter(|(_, known)| known.readiness != Readiness::Ready);
        unready.map(|(partition, _)| *partition).collect()
    }

    /// These partitions could not be prepared: they are to be once more.
    pub(crate) fn prepare_again(&self, slots: &[Slot]) {
        self.set_readiness(slots, Readiness::Unprepared);
    }

    /// A partition is prepared: it may be read.
    pub(crate) fn prepared(&self, slot: Slot) {
        self.set_readiness(&[slot], Readiness::Ready);
    }

    fn set_readiness(&self, slots: &[Slot], readiness: Readiness) {
        let mut state = self.state();
        for slot in slots {
            if let Some(partition) = state.current(*slot) {
                partition.readiness = readiness;
            }
        }
    }
}
