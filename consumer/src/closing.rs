//! A batch whose records wait for Kafka's acknowledgement elsewhere, and its end.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::batch::{End, Slot};
use crate::flow::Flow;

/// See the module's words. The batch ends when the last one who holds this lets go, if nothing is open then.
#[derive(Debug)]
pub(crate) struct Closing {
    flow: Arc<Flow>,
    slot: Slot,
    end: OnceLock<End>,
    /// Records that are not acknowledged.
    open: AtomicUsize,
    is_held: AtomicBool,
}

impl Closing {
    pub(crate) fn new(flow: &Arc<Flow>, slot: Slot) -> Arc<Self> {
        Arc::new(Self {
            flow: Arc::clone(flow),
            slot,
            end: OnceLock::new(),
            open: AtomicUsize::new(0),
            is_held: AtomicBool::new(false),
        })
    }

    /// Everything of the batch is done but what is open.
    pub(crate) fn end(&self, end: End) {
        self.end.get_or_init(|| end);
    }

    /// One more record of the batch waits for its acknowledgement.
    pub(crate) fn open(&self) {
        self.open.fetch_add(1, Ordering::Release);
    }

    /// A record of the batch is acknowledged, or wanted no more.
    pub(crate) fn settle(&self) {
        self.open.fetch_sub(1, Ordering::Release);
    }

    /// Whether nothing is open.
    pub(crate) fn is_settled(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// The assignment that the batch belongs to.
    pub(crate) const fn slot(&self) -> Slot {
        self.slot
    }

    /// Whether the batch's partition is still ours.
    pub(crate) fn is_current(&self) -> bool {
        self.flow.is_current(self.slot)
    }

    /// A record was not taken: its partition waits.
    pub(crate) fn hold(&self) {
        if !self.is_held.swap(true, Ordering::Relaxed) {
            self.flow.hold(self.slot);
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        if self.is_held.load(Ordering::Relaxed) {
            self.flow.release(self.slot);
        }
        // What a daemon that ends gives up stays unfinished.
        if self.is_settled()
            && let Some(end) = self.end.get()
        {
            self.flow.finish(self.slot, *end);
        }
    }
}
