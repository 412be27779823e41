//! What the poll thread takes in: batches that are being filled, and those a busy worker has not taken yet.

use crate::batch::{Batch, Slot};
use crate::config::BatchConfig;
use crate::flow::Flow;
use crossbeam_channel::Sender;
use rdkafka::message::{BorrowedMessage, Message};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A batch that has waited for so long goes on although records of other partitions keep coming.
const LATE: Duration = Duration::from_millis(20);

/// See the module's words.
pub(crate) struct Intake {
    workers: Vec<Sender<Batch>>,
    open: BTreeMap<i32, Batch>,
    outbox: VecDeque<Batch>,
    flow: Arc<Flow>,
    limits: BatchConfig,
    /// Nothing more is taken in.
    is_over: bool,
    /// The flow's generation that the open batches belong to.
    generation: u64,
    full_since: Option<Instant>,
}

impl Intake {
    pub(crate) fn new(workers: Vec<Sender<Batch>>, flow: Arc<Flow>, limits: BatchConfig) -> Self {
        Self {
            workers,
            open: BTreeMap::new(),
            outbox: VecDeque::new(),
            flow,
            limits,
            is_over: false,
            generation: 0,
            full_since: None,
        }
    }

    /// Takes a record in; `true` when a batch was handed on with it.
    pub(crate) fn push(&mut self, message: &BorrowedMessage<'_>) -> bool {
        if self.is_over || self.is_closed() {
            // A partition that a rebalance brought during the drain; its records are read again by who has it next.
            return false;
        }
        self.drop_stale();
        let partition = message.partition();
        if !self.open.contains_key(&partition) {
            let Some(slot) = self.flow.slot(partition) else {
                tracing::warn!(
                    partition,
                    "a record of a partition that is not assigned; it is left to who has it"
                );
                return false;
            };
            self.open.insert(partition, Batch::new(slot));
        }
        let full = self.open.get_mut(&partition).is_some_and(|batch| {
            batch.push(message);
            batch.is_full(&self.limits)
        });
        if full {
            self.hand_on(partition);
            self.push_outbox();
        }
        full
    }

    /// After a rebalance an open batch may belong to an assignment that is over: its records are
    /// read again by who has the partition now, so they must not be mixed with newer ones.
    fn drop_stale(&mut self) {
        let generation = self.flow.generation();
        if generation != self.generation {
            self.generation = generation;
            let flow = &self.flow;
            self.open.retain(|_, batch| flow.is_current(batch.slot));
        }
    }

    fn hand_on(&mut self, partition: i32) {
        if let Some(mut batch) = self.open.remove(&partition)
            && self.flow.admit(&mut batch)
        {
            self.outbox.push_back(batch);
        }
    }

    /// Nothing more is there now: hands on what need not wait for more.
    pub(crate) fn hand_on_due(&mut self) {
        self.hand_on_older_than(self.limits.time);
    }

    /// More is there, perhaps of other partitions only: hands on what has waited for too long.
    pub(crate) fn hand_on_late(&mut self) {
        self.hand_on_older_than(self.limits.time.max(LATE));
    }

    fn hand_on_older_than(&mut self, age: Duration) {
        let old = self.open.iter().filter(|(_, batch)| batch.age() >= age);
        for partition in old.map(|(partition, _)| *partition).collect::<Vec<_>>() {
            self.hand_on(partition);
        }
        self.push_outbox();
    }

    /// How long may be waited for a record, `idle` at most, until a batch is due.
    pub(crate) fn patience(&self, idle: Duration) -> Duration {
        let left = |batch: &Batch| self.limits.time.saturating_sub(batch.age());
        self.open.values().map(left).min().unwrap_or(idle).min(idle)
    }

    /// Hands on everything that is being filled.
    pub(crate) fn hand_on_all(&mut self) {
        while let Some(partition) = self.open.keys().next().copied() {
            self.hand_on(partition);
        }
        self.push_outbox();
    }

    /// Gives the workers what they have room for, in order per worker.
    pub(crate) fn push_outbox(&mut self) {
        let mut kept = VecDeque::new();
        let mut busy = BTreeSet::new();
        while let Some(batch) = self.outbox.pop_front() {
            let worker = worker_of(batch.slot, self.workers.len());
            if busy.contains(&worker) {
                kept.push_back(batch);
                continue;
            }
            // Only this thread sends, so room that is seen is room that is there.
            if self.workers[worker].is_full() {
                busy.insert(worker);
                kept.push_back(batch);
                continue;
            }
            self.flow.begin(batch.slot);
            // A worker is gone only after a failure of its own, which ends the daemon.
            self.workers[worker].send(batch).ok();
        }
        self.outbox = kept;
    }

    /// Takes nothing more in; what waits for a worker still goes to it.
    pub(crate) fn take_no_more(&mut self) {
        self.is_over = true;
    }

    /// Takes no more; the workers end when they have finished what they have.
    pub(crate) fn close(&mut self) {
        self.workers.clear();
    }

    fn is_closed(&self) -> bool {
        self.workers.is_empty()
    }

    /// Whether nothing more may be taken in.
    pub(crate) fn is_full(&self) -> bool {
        self.is_waiting() || self.flow.is_full()
    }

    /// Whether a batch waits for its worker.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// How long nothing more could be taken in, as of this call.
    pub(crate) fn full_for(&mut self) -> Duration {
        self.full_since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Something can be taken in again.
    pub(crate) fn has_room(&mut self) {
        self.full_since = None;
    }
}

/// A partition's batches always go to the same worker, so they stay in order.
fn worker_of(slot: Slot, workers: usize) -> usize {
    usize::try_from(slot.partition).unwrap_or(0) % workers
}
