//! Records that are handed over together or not at all: those of a request.

use super::{Sender, settled_bytes};
use crate::publish::Told;
use crate::source::batch::Batch;

/// What Kafka's client adds to key and value when it looks whether a record is small enough, at most.
const OVERHEAD: usize = 64;

/// There is no room for all records of a request now.
#[derive(Debug)]
pub(crate) struct NoRoom;

impl Sender {
    /// Whether a record of so many bytes, key and value together, is small enough to be sent.
    pub(crate) fn takes(&self, bytes: usize) -> bool {
        bytes.saturating_add(OVERHEAD) <= self.publisher.largest
    }

    /// Hands over all records of a batch that has some, and has `told` hear of each; without room for all of them, none.
    ///
    /// # Errors
    /// There is no room for them; nothing was counted, and `told` is dropped.
    pub(crate) fn send_together(&self, batch: &Batch, told: Told) -> Result<(), NoRoom> {
        let settlement = &self.publisher.settlement;
        let records = i64::try_from(batch.len()).unwrap_or(i64::MAX);
        if self.publisher.has_given_up() || !settlement.reserve(records, batch.bytes()) {
            return Err(NoRoom);
        }
        let metrics = &settlement.metrics;
        metrics.read.inc_by(batch.len() as u64);
        metrics.enqueued.inc_by(batch.len() as u64);
        let first = settlement.open(batch.len(), told);
        for (number, (key, value)) in (first..).zip(batch.iter()) {
            if let Err(error) = self.produce(key, Some(value), None, number) {
                let bytes = settled_bytes(key.map_or(0, <[u8]>::len), value.len());
                settlement.failed(&error, number, bytes);
            }
        }
        Ok(())
    }
}
