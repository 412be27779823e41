//! A decode worker: batches in, lines or rows out, in order per partition.
//!
//! A partition always goes to the same worker, so its order is never lost. A record whose schema is
//! not cached parks its batch: the partition waits while the schema is fetched, the others go on.

use crate::batch::{Batch, Decoded, End, Record, Slot};
use crate::dead_letter::{Breaker, Letter, Origin};
use crate::flow::Flow;
use crate::selection::{Selection, Way};
use crate::shape::{Shaper, Unfit};
use crate::state::Refused;
use arrow_schema::ArrowError;
use client::dead_letter::DeadLetterPolicy;
use common::deserializer::Deserializer;
use common::registry::cache::{LoadError, SchemaCache};
use crossbeam_channel::{Receiver, Sender, TrySendError, select_biased};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::Recent;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use uuid::Uuid;

/// Schemas that one worker may wait for at a time: one a partition.
pub(crate) const MAX_LOADS: usize = 4096;
/// Time between two looks whether dead letters have room again.
const ROOM_PAUSE: Duration = Duration::from_millis(50);
/// Time between two tries when the registry refuses to tell.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);

/// What all workers have alike.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) origin: Arc<Origin>,
    pub(crate) policy: DeadLetterPolicy,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) cache: Arc<SchemaCache>,
    pub(crate) flow: Arc<Flow>,
    pub(crate) refused: Recent<Refused>,
    pub(crate) tasks: Tasks,
    pub(crate) handle: Handle,
}

/// What one worker decodes with, and what it makes of records.
pub(crate) struct Tools {
    pub(crate) deserializer: Deserializer,
    pub(crate) selection: Selection,
    /// By the sinks' numbers.
    pub(crate) shapers: Vec<Shaper>,
}

/// A batch and how far it is decoded.
struct Work {
    batch: Batch,
    at: usize,
    /// How far what is decoded has been handed on.
    handed_on: usize,
}

/// Why a batch cannot go on.
enum Hold {
    /// Its next record needs this schema.
    Schema(Uuid),
    /// It has a dead letter, and there is no room for another one.
    Crowd,
    /// Its next record was refused, and the daemon stops.
    Stop,
}

/// See the module's words.
pub(crate) struct Worker {
    shared: Shared,
    deserializer: Deserializer,
    batches: Receiver<Batch>,
    out: Sender<Decoded>,
    /// Partitions whose wait is over.
    loaded: (Sender<Slot>, Receiver<Slot>),
    parked: HashMap<Slot, VecDeque<Work>>,
    stopped: HashSet<Slot>,
    selection: Selection,
    /// By the sinks' numbers.
    shapers: Vec<Shaper>,
    delivered: usize,
    /// Records decoded that the breaker does not know of.
    uncounted: usize,
    skipped: usize,
    filtered: usize,
    letters: Vec<Letter>,
}

impl Worker {
    pub(crate) fn new(
        shared: Shared,
        tools: Tools,
        batches: Receiver<Batch>,
        out: Sender<Decoded>,
    ) -> Self {
        Self {
            shared,
            deserializer: tools.deserializer,
            batches,
            out,
            loaded: crossbeam_channel::bounded(MAX_LOADS),
            parked: HashMap::new(),
            stopped: HashSet::new(),
            selection: tools.selection,
            shapers: tools.shapers,
            delivered: 0,
            uncounted: 0,
            skipped: 0,
            filtered: 0,
            letters: Vec::new(),
        }
    }

    /// Works until the poll thread has handed on its last batch.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let (loaded, batches) = (self.loaded.1.clone(), self.batches.clone());
        loop {
            select_biased! {
                recv(loaded) -> slot => if let Ok(slot) = slot { self.resume(slot) },
                recv(batches) -> batch => {
                    let Ok(batch) = batch else {
                        self.abandon_parked();
                        return Ok(());
                    };
                    self.accept(Work {
                        batch,
                        at: 0,
                        handed_on: 0,
                    });
                }
            }
        }
    }

    fn accept(&mut self, work: Work) {
        let slot = work.batch.slot;
        match self.parked.get_mut(&slot) {
            Some(queue) => {
                queue.push_back(work);
                self.shared.flow.park(slot);
            }
            None => self.work(work),
        }
    }

    /// What a partition waited for is there: it goes on where it stood.
    fn resume(&mut self, slot: Slot) {
        self.shared.flow.unpark(slot);
        let mut queue = self.parked.remove(&slot).unwrap_or_default();
        while let Some(work) = queue.pop_front() {
            self.work(work);
            if let Some(parked) = self.parked.get_mut(&slot) {
                for _ in &queue {
                    self.shared.flow.park(slot);
                }
                parked.append(&mut queue);
            }
        }
    }

    fn work(&mut self, mut work: Work) {
        let slot = work.batch.slot;
        if self.stopped.contains(&slot) || !self.shared.flow.is_current(slot) {
            return self.abandon(&mut work);
        }
        let held = self.decode(&mut work);
        self.deserializer.flush();
        match held {
            None => self.end(&mut work),
            Some(Hold::Stop) => {
                self.stopped.insert(slot);
                self.end(&mut work);
            }
            Some(Hold::Schema(id)) => {
                self.hand_on(&mut work, None);
                self.shared.flow.park(slot);
                self.parked.entry(slot).or_default().push_front(work);
                self.fetch(slot, id);
            }
            Some(Hold::Crowd) => {
                self.hand_on(&mut work, None);
                self.shared.flow.crowd(slot);
                self.parked.entry(slot).or_default().push_front(work);
                self.await_room(slot);
            }
        }
    }

    /// Decodes from where the work stands to its end, or to the record that holds it.
    fn decode(&mut self, work: &mut Work) -> Option<Hold> {
        while let Some(record) = work.batch.records.get(work.at) {
            if let Some(hold) = self.decode_one(&work.batch, record) {
                return Some(hold);
            }
            work.at += 1;
            if self.shapers.iter().any(Shaper::is_full) {
                self.hand_on(work, None);
                if self.stopped.contains(&work.batch.slot) {
                    return Some(Hold::Stop);
                }
            }
            if !self.letters.is_empty() && !self.shared.flow.has_letter_room() {
                return Some(Hold::Crowd);
            }
        }
        None
    }

    fn decode_one(&mut self, batch: &Batch, record: &Record) -> Option<Hold> {
        match self.shape(batch, record) {
            Ok(Way::Filtered) => {
                self.filtered += 1;
                None
            }
            Ok(Way::To(_) | Way::ToAll) => {
                self.delivered += 1;
                self.uncounted += 1;
                None
            }
            Err(unfit) => match unfit.missing() {
                Some(id) => Some(Hold::Schema(id)),
                None => self.refuse(batch, record, &unfit),
            },
        }
    }

    /// Adds a record to what goes to its sink, or to all of them.
    fn shape(&mut self, batch: &Batch, record: &Record) -> Result<Way, Unfit> {
        let value = record.value.as_ref().map(|range| batch.slice(range));
        let (way, label) = self.selection.way(&mut self.deserializer, value)?;
        let shapers = match way {
            Way::Filtered => &mut [],
            Way::To(sink) => std::slice::from_mut(&mut self.shapers[sink]),
            Way::ToAll => &mut self.shapers[..],
        };
        if way == Way::ToAll {
            // What one of them does not take goes to none.
            for shaper in shapers.iter() {
                shaper.check_bare(batch, record)?;
            }
        }
        let topic = &self.shared.origin.topic;
        for shaper in shapers {
            let label = label.clone();
            shaper.add(&mut self.deserializer, topic, (batch, record), label)?;
        }
        Ok(way)
    }

    /// A record that cannot be decoded for sure: the policy decides.
    fn refuse(&mut self, batch: &Batch, record: &Record, error: &Unfit) -> Option<Hold> {
        let origin = Arc::clone(&self.shared.origin);
        let topic = origin.topic.as_str();
        let (partition, offset) = (batch.slot.partition, record.offset);
        let kind = error.kind().as_str();
        self.shared.refused.push(Refused {
            kind,
            partition,
            offset,
            policy: self.shared.policy.as_str(),
        });
        self.count_decoded();
        let is_one_too_many = || self.shared.breaker.breaks();
        match self.shared.policy {
            DeadLetterPolicy::Topic | DeadLetterPolicy::Log if is_one_too_many() => {
                let said = format!(
                    "too many of the last records cannot be decoded, the last of them {topic}[{partition}]@{offset}: {kind}: {error} (dead_letter.max_percent, dead_letter.window)"
                );
                Some(self.stop(said))
            }
            DeadLetterPolicy::Topic => {
                tracing::warn!(
                    topic,
                    partition,
                    offset,
                    kind,
                    "record dead-lettered: {topic}[{partition}]@{offset}: {kind}: {error}"
                );
                let letter = Letter::of(&origin, batch, record, error)
                    .counted(&self.shared.flow, batch.slot);
                self.letters.push(letter);
                None
            }
            DeadLetterPolicy::Log => {
                tracing::warn!(
                    topic,
                    partition,
                    offset,
                    kind,
                    "record skipped: {topic}[{partition}]@{offset}: {kind}: {error}"
                );
                self.skipped += 1;
                None
            }
            DeadLetterPolicy::Stop => {
                let said = format!(
                    "{topic}[{partition}]@{offset}: {kind}: {error} (dead_letter.policy is \"stop\")"
                );
                Some(self.stop(said))
            }
        }
    }

    /// Lets the breaker know of what was decoded, before it hears of what was not.
    fn count_decoded(&mut self) {
        let decoded = std::mem::take(&mut self.uncounted);
        self.shared.breaker.decoded(decoded);
    }

    /// Ends the daemon before the record at hand.
    fn stop(&self, said: String) -> Hold {
        let failure = Failure::said(Exit::Refused, said);
        self.shared.tasks.drain(Cause::Failed(failure));
        Hold::Stop
    }

    /// Sends what is decoded so far.
    fn hand_on(&mut self, work: &mut Work, end: Option<End>) {
        let is_empty =
            self.delivered + self.skipped + self.filtered == 0 && self.letters.is_empty();
        if is_empty && end.is_none() {
            return;
        }
        self.count_decoded();
        // From all of them, whatever one has: what is left would go with another partition's.
        let taken: Vec<_> = self.shapers.iter_mut().map(Shaper::take).collect();
        let content = match taken.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(content) => content,
            Err(error) => return self.give_up(work, error, end.is_some()),
        };
        work.handed_on = work.at;
        let decoded = Decoded {
            slot: work.batch.slot,
            content,
            delivered: std::mem::take(&mut self.delivered),
            skipped: std::mem::take(&mut self.skipped),
            filtered: std::mem::take(&mut self.filtered),
            letters: std::mem::take(&mut self.letters),
            last_timestamp: work
                .at
                .checked_sub(1)
                .and_then(|last| work.batch.records[last].timestamp.to_millis()),
            end,
        };
        // The delivery thread is gone only after a failure of its own, which ends the daemon.
        self.out.send(decoded).ok();
    }

    /// What is decoded has been lost on its way into its shape: the daemon stops before the first record of it.
    #[cold]
    fn give_up(&mut self, work: &mut Work, error: ArrowError, is_end: bool) {
        let (slot, topic) = (work.batch.slot, &self.shared.origin.topic);
        let offset = work
            .batch
            .records
            .get(work.handed_on)
            .map_or(0, |record| record.offset);
        let said = format!(
            "make rows of {topic}[{}] from offset {offset} on",
            slot.partition
        );
        let failure = Failure::new(Exit::Internal, anyhow::Error::new(error).context(said));
        self.shared.tasks.drain(Cause::Failed(failure));
        self.stopped.insert(slot);
        (self.delivered, self.skipped, self.filtered) = (0, 0, 0);
        self.letters.clear();
        work.at = work.handed_on;
        if is_end {
            self.end(work);
        }
    }

    /// The work is over: all of it, or up to the record that stops the daemon.
    fn end(&mut self, work: &mut Work) {
        let batch = &work.batch;
        let next_offset = batch
            .records
            .get(work.at)
            .map_or_else(|| batch.next_offset(), |held| held.offset);
        let end = End {
            ticket: batch.ticket,
            next_offset,
            records: batch.records.len(),
            bytes: batch.bytes(),
            unfinished: batch.records.len() - work.at,
            is_kept: false,
        };
        self.hand_on(work, Some(end));
    }

    /// Gives work back unfinished. What of it was handed on before stays delivered.
    fn abandon(&mut self, work: &mut Work) {
        self.end(work);
    }

    /// The daemon drains: what still waits for a schema is not finished, and will be read again.
    fn abandon_parked(&mut self) {
        for mut work in std::mem::take(&mut self.parked).into_values().flatten() {
            self.abandon(&mut work);
        }
    }

    /// Has a schema fetched; the answer comes back through `loaded`.
    fn fetch(&self, slot: Slot, id: Uuid) {
        let (cache, loaded) = (Arc::clone(&self.shared.cache), self.loaded.0.clone());
        let flow = Arc::clone(&self.shared.flow);
        let draining = self.shared.tasks.draining().clone();
        let _context = self.shared.handle.enter();
        self.shared.tasks.spawn("schema fetch", async move {
            tokio::select! {
                () = load(&cache, id) => tell(&loaded, slot).await,
                () = until_gone(&flow, slot) => tell(&loaded, slot).await,
                () = draining.cancelled() => {}
            }
            Ok(())
        });
    }

    /// Waits, elsewhere, until dead letters have room again; the answer comes back through `loaded`.
    fn await_room(&self, slot: Slot) {
        let (flow, loaded) = (Arc::clone(&self.shared.flow), self.loaded.0.clone());
        let draining = self.shared.tasks.draining().clone();
        let _context = self.shared.handle.enter();
        self.shared.tasks.spawn("letter room", async move {
            tokio::select! {
                () = until_room(&flow, slot) => tell(&loaded, slot).await,
                () = draining.cancelled() => {}
            }
            Ok(())
        });
    }
}

/// Returns when there is room for dead letters, or no use for it.
async fn until_room(flow: &Flow, slot: Slot) {
    while flow.is_current(slot) && !flow.has_letter_room() {
        tokio::time::sleep(ROOM_PAUSE).await;
    }
}

/// Returns when the partition is somebody else's: its batches need not wait any more.
async fn until_gone(flow: &Flow, slot: Slot) {
    while flow.is_current(slot) {
        tokio::time::sleep(REFUSED_PAUSE).await;
    }
}

/// Returns when decoding again gives a definitive answer.
async fn load(cache: &SchemaCache, id: Uuid) {
    while let Err(LoadError::Registry { source, .. }) = cache.load(id).await {
        tracing::warn!(schema_version_id = %id, error = %source, "the schema registry refuses; its partition waits");
        tokio::time::sleep(REFUSED_PAUSE).await;
    }
}

async fn tell(loaded: &Sender<Slot>, slot: Slot) {
    while let Err(TrySendError::Full(_)) = loaded.try_send(slot) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
