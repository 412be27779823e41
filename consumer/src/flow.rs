//! What is between Kafka and the sink: who may take more, how far each partition is finished.
//!
//! The one piece of state that threads of the consumer share. The poll thread opens and closes
//! partitions, hands batches on and takes watermarks; the delivery thread finishes them; a worker
//! marks a partition that waits for a schema. Every lock is held for a few instructions, once a batch.

use crate::batch::{Batch, End, Slot};
use crate::config::FlowConfig;
use crate::metrics::Metrics;
use crate::offsets::Offsets;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

mod files;
mod ready;
mod room;

use ready::Readiness;
pub(crate) use room::LetterRoom;

/// A schema is mostly there in milliseconds, and pausing costs what was fetched ahead and a second.
const LONG_WAIT: Duration = Duration::from_millis(500);

/// See the module's words.
#[derive(Debug)]
pub(crate) struct Flow {
    state: Mutex<State>,
    /// Signalled when a batch ends or a partition begins or ends to wait.
    progress: Condvar,
    /// Grows with each partition that comes or goes.
    generation: AtomicU64,
    limits: FlowConfig,
    /// What a partition begins as.
    first: Readiness,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct State {
    partitions: HashMap<i32, Partition>,
    next_epoch: u64,
    records: usize,
    bytes: usize,
    /// Bytes among them that the copies of dead letters take.
    letters: usize,
    /// Records beside them that lie in files which are open.
    kept: usize,
    /// Nothing more comes: files need not stay open any longer.
    hurries: bool,
    /// The sink takes nothing any more: what is in flight will never end.
    stuck: bool,
}

#[derive(Debug)]
struct Partition {
    epoch: u64,
    offsets: Offsets,
    /// Batches that a worker has taken and that have not ended.
    batches: usize,
    /// Batches among them that wait, with their partition, for a schema.
    parked: usize,
    parked_since: Option<Instant>,
    /// They wait until dead letters have room again.
    is_crowded: bool,
    /// Batches with a dead letter that was not taken.
    held: usize,
    held_since: Option<Instant>,
    /// Batches whose records lie in files that are open.
    kept: usize,
    /// Whether it may be read.
    readiness: Readiness,
    /// Records and bytes in flight, without those in files.
    records: usize,
    bytes: usize,
    /// A watermark that is not stored yet.
    advanced: Option<i64>,
    /// The last watermark.
    finished: Option<i64>,
    /// Timestamps of the first and last record of each batch in flight, by ticket, in milliseconds since 1970.
    timestamps: BTreeMap<u64, (i64, i64)>,
    /// The newest timestamp among those that are finished.
    newest: Option<i64>,
    closed: bool,
}

/// A partition as `/state` shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartitionState {
    pub(crate) partition: i32,
    pub(crate) finished: Option<i64>,
    /// Timestamp of the oldest record in flight, in milliseconds since 1970.
    pub(crate) oldest: Option<i64>,
    /// Timestamp of the newest record that is finished.
    pub(crate) newest: Option<i64>,
    pub(crate) waits: bool,
    /// It waits until the topic of dead letters takes one of its records.
    pub(crate) waits_for_letter: bool,
    /// It has waited for so long that it is better paused.
    pub(crate) waits_long: bool,
}

impl Flow {
    pub(crate) fn new(limits: FlowConfig, metrics: Metrics) -> Self {
        Self {
            state: Mutex::default(),
            progress: Condvar::new(),
            generation: AtomicU64::new(0),
            limits,
            first: Readiness::Ready,
            metrics,
        }
    }

    /// A partition was assigned: its work begins a new epoch.
    pub(crate) fn open(&self, partition: i32) {
        let mut state = self.state();
        state.next_epoch += 1;
        self.generation.fetch_add(1, Ordering::Relaxed);
        let epoch = state.next_epoch;
        let fresh = Partition {
            epoch,
            offsets: Offsets::default(),
            batches: 0,
            parked: 0,
            parked_since: None,
            is_crowded: false,
            held: 0,
            held_since: None,
            kept: 0,
            readiness: self.first,
            records: 0,
            bytes: 0,
            advanced: None,
            finished: None,
            timestamps: BTreeMap::new(),
            newest: None,
            closed: false,
        };
        state.partitions.insert(partition, fresh);
        self.metrics
            .group
            .assigned
            .set(count(state.partitions.len()));
    }

    /// Another number after each rebalance.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// The slot that new records of a partition belong to; `None` when it is not ours.
    pub(crate) fn slot(&self, partition: i32) -> Option<Slot> {
        let state = self.state();
        let known = state
            .partitions
            .get(&partition)
            .filter(|known| !known.closed)?;
        Some(Slot {
            partition,
            epoch: known.epoch,
        })
    }

    /// Whether new work of this slot is still wanted.
    pub(crate) fn is_open(&self, slot: Slot) -> bool {
        self.state()
            .current(slot)
            .is_some_and(|known| !known.closed)
    }

    /// Counts a batch as in flight and gives it its ticket; `false` when its partition has gone.
    pub(crate) fn admit(&self, batch: &mut Batch) -> bool {
        let (records, bytes) = (batch.records.len(), batch.bytes());
        self.metrics.received.inc_by(records as u64);
        self.metrics.bytes_received.inc_by(bytes as u64);
        let mut state = self.state();
        let Some(partition) = state
            .current(batch.slot)
            .filter(|partition| !partition.closed)
        else {
            self.metrics.revoked.inc_by(records as u64);
            return false;
        };
        batch.ticket = partition.offsets.take();
        if let Some(timestamps) = batch.timestamps() {
            partition.timestamps.insert(batch.ticket, timestamps);
        }
        partition.records += records;
        partition.bytes += bytes;
        state.records += records;
        state.bytes += bytes;
        self.metrics.in_flight.add(count(records));
        self.metrics.in_flight_bytes.set(count(state.bytes));
        true
    }

    /// A worker takes a batch: from now on it ends by itself.
    pub(crate) fn begin(&self, slot: Slot) {
        if let Some(partition) = self.state().current(slot) {
            partition.batches += 1;
        }
    }

    /// Whether results of this slot are still wanted.
    pub(crate) fn is_current(&self, slot: Slot) -> bool {
        self.state().current(slot).is_some()
    }

    /// A batch ended: its records leave, and its partition's watermark may move.
    pub(crate) fn finish(&self, slot: Slot, end: End) {
        self.finish_all(slot, &[end]);
    }

    /// Batches of a partition ended at one moment.
    pub(crate) fn finish_all(&self, slot: Slot, ends: &[End]) {
        let mut state = self.state();
        for end in ends {
            self.metrics.in_flight.sub(count(end.records));
            if end.is_kept {
                state.kept -= end.records;
            } else {
                state.leave_room(slot, end);
                self.metrics.in_flight_bytes.set(count(state.bytes));
            }
            if let Some(partition) = state.current(slot) {
                partition.end(end);
            }
        }
        drop(state);
        self.progress.notify_all();
    }

    /// One more batch of a partition waits for a schema.
    pub(crate) fn park(&self, slot: Slot) {
        if let Some(partition) = self.state().current(slot) {
            partition.parked += 1;
            partition.parked_since.get_or_insert_with(Instant::now);
        }
        self.progress.notify_all();
    }

    /// A partition's batches wait no more.
    pub(crate) fn unpark(&self, slot: Slot) {
        if let Some(partition) = self.state().current(slot) {
            partition.parked = 0;
            partition.parked_since = None;
            partition.is_crowded = false;
        }
        self.progress.notify_all();
    }

    /// One more batch of a partition waits until a dead letter is taken.
    pub(crate) fn hold(&self, slot: Slot) {
        if let Some(partition) = self.state().current(slot) {
            partition.held += 1;
            partition.held_since.get_or_insert_with(Instant::now);
        }
        self.progress.notify_all();
    }

    /// The dead letters of a batch are taken.
    pub(crate) fn release(&self, slot: Slot) {
        if let Some(partition) = self.state().current(slot) {
            partition.held -= 1;
            if partition.held == 0 {
                partition.held_since = None;
            }
        }
        self.progress.notify_all();
    }

    /// Whether no more may be taken from Kafka.
    pub(crate) fn is_full(&self) -> bool {
        self.state().is_full(&self.limits)
    }

    /// Waits until a batch ends, at most `patience`.
    pub(crate) fn wait_for_progress(&self, patience: Duration) {
        drop(self.progress.wait_timeout(self.state(), patience));
    }

    /// The watermarks that moved since the last call.
    pub(crate) fn take_advanced(&self) -> Vec<(i32, i64)> {
        let mut state = self.state();
        state
            .partitions
            .iter_mut()
            .filter_map(|(partition, known)| Some((*partition, known.advanced.take()?)))
            .collect()
    }

    /// All partitions that are ours, and what each waits for.
    pub(crate) fn partitions(&self) -> Vec<PartitionState> {
        let state = self.state();
        let is_crowded = state.is_crowded(&self.limits);
        let show = |(partition, known): (&i32, &Partition)| PartitionState {
            partition: *partition,
            finished: known.finished,
            oldest: known.timestamps.values().next().map(|(first, _)| *first),
            newest: known.newest,
            waits: known.parked > 0 && !known.is_crowded,
            waits_for_letter: known.held > 0 || known.is_crowded,
            waits_long: [known.parked_since, known.held_since]
                .into_iter()
                .flatten()
                .any(|since| is_crowded || since.elapsed() > LONG_WAIT),
        };
        let mut partitions: Vec<_> = state.partitions.iter().map(show).collect();
        partitions.sort_unstable_by_key(|known| known.partition);
        partitions
    }

    /// The slots of all partitions that are ours and stay so.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        let state = self.state();
        let open = state.partitions.iter().filter(|(_, known)| !known.closed);
        let slot = |(partition, known): (&i32, &Partition)| Slot {
            partition: *partition,
            epoch: known.epoch,
        };
        open.map(slot).collect()
    }

    /// No new work for these partitions; what is in flight goes on.
    pub(crate) fn close(&self, partitions: &[i32]) {
        let mut state = self.state();
        for partition in partitions {
            if let Some(known) = state.partitions.get_mut(partition) {
                known.closed = true;
            }
        }
    }

    /// Waits until these partitions have nothing in flight but what waits for a schema or a dead letter; `false` when
    /// `patience` or `give_up` comes first.
    pub(crate) fn wait_until_finished(
        &self,
        partitions: &[i32],
        patience: Duration,
        give_up: impl Fn() -> bool,
    ) -> bool {
        const SLICE: Duration = Duration::from_millis(50);
        let began = Instant::now();
        let mut state = self.state();
        loop {
            if !state.is_busy(partitions) {
                return true;
            }
            if began.elapsed() >= patience || give_up() {
                return false;
            }
            state = self
                .progress
                .wait_timeout(state, SLICE)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// These partitions are not ours any more: late results are dropped.
    pub(crate) fn forget(&self, partitions: &[i32]) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        for partition in partitions {
            state.partitions.remove(partition);
            self.metrics.partitions.forget(*partition);
        }
        self.metrics
            .group
            .assigned
            .set(count(state.partitions.len()));
    }

    /// The delivery thread has ended: nothing in flight can end any more.
    pub(crate) fn give_up(&self) {
        self.state().stuck = true;
        self.progress.notify_all();
    }

    /// Whether nothing in flight can end any more.
    pub(crate) fn is_stuck(&self) -> bool {
        self.state().stuck
    }

    /// Whether records are in flight that may still end.
    pub(crate) fn is_working(&self) -> bool {
        let state = self.state();
        state.records + state.kept > 0 && !state.stuck
    }

    /// Records in flight.
    pub(crate) fn records(&self) -> usize {
        let state = self.state();
        state.records + state.kept
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Partition {
    /// Whether it waits for a schema or a dead letter.
    const fn waits(&self) -> bool {
        self.parked > 0 || self.held > 0
    }

    /// Nothing more is to be done with a batch's records.
    fn is_read(&mut self, end: &End) {
        let ended = self.timestamps.remove(&end.ticket);
        self.newest = self.newest.max(ended.map(|(_, last)| last));
    }

    /// Whether a batch is worked on. One batch may wait for both, so where both are waited for one more may be at work
    /// than the counts tell.
    fn is_busy(&self) -> bool {
        self.is_busy_beside(0)
    }

    /// A batch ended, and the watermark may move.
    fn end(&mut self, end: &End) {
        self.batches -= 1;
        self.kept -= usize::from(end.is_kept);
        self.is_read(end);
        let moved = if end.unfinished < end.records {
            self.offsets.finish(end.ticket, end.next_offset)
        } else {
            None
        };
        self.advanced = moved.or(self.advanced);
        self.finished = moved.or(self.finished);
    }

    /// Whether a batch is worked on beside so many others.
    fn is_busy_beside(&self, others: usize) -> bool {
        let both = usize::from(self.parked > 0 && self.held > 0);
        self.batches + both > self.parked + self.held + others
    }
}

impl State {
    /// A batch's records and bytes are in flight no more.
    fn leave_room(&mut self, slot: Slot, end: &End) {
        self.records -= end.records;
        self.bytes -= end.bytes;
        if let Some(partition) = self.current(slot) {
            partition.records -= end.records;
            partition.bytes -= end.bytes;
        }
    }

    fn current(&mut self, slot: Slot) -> Option<&mut Partition> {
        self.partitions
            .get_mut(&slot.partition)
            .filter(|partition| partition.epoch == slot.epoch)
    }

    /// A partition that waits for its schema or a dead letter is paused, and what it holds must not keep the
    /// others from being read; but all together hold twice the limits at most.
    fn is_full(&self, limits: &FlowConfig) -> bool {
        let (most_records, most_bytes) = (limits.in_flight_records, limits.in_flight_bytes.bytes());
        let working = self.partitions.values().filter(|known| !known.waits());
        let (records, bytes) = working.fold((0, 0), |(records, bytes), known| {
            (records + known.records, bytes + known.bytes)
        });
        records >= most_records
            || bytes >= most_bytes
            || self.records >= most_records.saturating_mul(2)
            || self.bytes >= most_bytes.saturating_mul(2)
    }

    /// Whether partitions that wait hold so much that the next of them is better paused at once.
    fn is_crowded(&self, limits: &FlowConfig) -> bool {
        let waiting = self.partitions.values().filter(|known| known.waits());
        let (records, bytes) = waiting.fold((0, 0), |(records, bytes), known| {
            (records + known.records, bytes + known.bytes)
        });
        records >= limits.in_flight_records / 2 || bytes >= limits.in_flight_bytes.bytes() / 2
    }

    fn is_busy(&self, partitions: &[i32]) -> bool {
        !self.stuck
            && partitions
                .iter()
                .filter_map(|partition| self.partitions.get(partition))
                .any(Partition::is_busy)
    }
}

/// Counts are far below 2^63.
pub(crate) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
