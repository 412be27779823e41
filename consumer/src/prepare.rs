//! What has to be done before a partition is read, where values go to an object store: files of records that will be read
//! again are taken away.
//!
//! A partition that comes is paused. The poll thread asks where the group stands; a task looks for files from there on and
//! removes them; then the partition may be read. Whatever is out of reach is tried again, while the other partitions flow.
//! A group that stands nowhere begins at the first record that there is, and that is committed before anything is written;
//! if there are files from there on already, they are another group's, or of a time that the broker has forgotten: then
//! nothing is touched, and the daemon ends.

use crate::batch::Slot;
use crate::context::Context;
use crate::flow::Flow;
use crate::sink::store::Store;
use prometheus::IntCounter;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long the poll thread waits for one answer of the broker.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// See the module's words.
pub(crate) struct Preparation {
    store: Arc<Store>,
    flow: Arc<Flow>,
    tasks: Tasks,
    handle: Handle,
    topic: String,
    group: String,
    removed: IntCounter,
    /// Partitions whose files are looked through.
    done: Arc<Mutex<Vec<Begin>>>,
    /// Nothing is tried before.
    not_before: Instant,
}

/// Where a partition's reading begins.
#[derive(Clone, Copy, Debug)]
struct Begin {
    slot: Slot,
    offset: i64,
    /// Whether the group has committed that.
    is_committed: bool,
    /// The first offset that Kafka still has.
    lowest: i64,
}

impl Preparation {
    pub(crate) fn new(
        store: &Arc<Store>,
        flow: &Arc<Flow>,
        tasks: &Tasks,
        (topic, group): (&str, &str),
        removed: &IntCounter,
    ) -> Self {
        Self {
            store: Arc::clone(store),
            flow: Arc::clone(flow),
            tasks: tasks.clone(),
            handle: Handle::current(),
            topic: topic.to_owned(),
            group: group.to_owned(),
            removed: removed.clone(),
            done: Arc::default(),
            not_before: Instant::now(),
        }
    }

    /// Does what can be done now; called each turn of the poll loop.
    pub(crate) fn turn(&mut self, consumer: &BaseConsumer<Context>) {
        let done = std::mem::take(&mut *lock(&self.done));
        for begin in done {
            if !self.flow.is_current(begin.slot) {
                continue;
            }
            if !begin.is_committed
                && let Err(error) = self.commit(consumer, begin)
            {
                self.put_off(&[begin.slot], &error.to_string());
                continue;
            }
            self.flow.prepared(begin.slot);
        }
        if Instant::now() < self.not_before {
            return;
        }
        let slots = self.flow.take_unprepared();
        if slots.is_empty() {
            return;
        }
        match self.begins(consumer, &slots) {
            Ok(begins) => begins.into_iter().for_each(|begin| self.look(begin)),
            Err(error) => self.put_off(&slots, &error.to_string()),
        }
    }

    fn put_off(&mut self, slots: &[Slot], error: &str) {
        tracing::warn!(
            error,
            "partitions cannot be prepared for reading yet, trying again"
        );
        self.flow.prepare_again(slots);
        self.not_before = Instant::now() + PAUSE;
    }

    /// Where the group stands.
    fn begins(&self, consumer: &BaseConsumer<Context>, slots: &[Slot]) -> KafkaResult<Vec<Begin>> {
        let mut list = TopicPartitionList::with_capacity(slots.len());
        for slot in slots {
            list.add_partition(&self.topic, slot.partition);
        }
        let committed = consumer.committed_offsets(list, PATIENCE)?;
        let begin = |slot: &Slot| {
            let known = committed.find_partition(&self.topic, slot.partition);
            let (lowest, _) = consumer.fetch_watermarks(&self.topic, slot.partition, PATIENCE)?;
            let (offset, is_committed) = match known.map(|known| known.offset()) {
                Some(Offset::Offset(offset)) => (offset, true),
                _ => (lowest, false),
            };
            Ok(Begin {
                slot: *slot,
                offset,
                is_committed,
                lowest,
            })
        };
        slots.iter().map(begin).collect()
    }

    fn commit(&self, consumer: &BaseConsumer<Context>, begin: Begin) -> KafkaResult<()> {
        let (partition, offset) = (begin.slot.partition, Offset::Offset(begin.offset));
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&self.topic, partition, offset)?;
        consumer.commit(&list, CommitMode::Sync)
    }

    /// Looks through the partition's files, on a task of its own.
    fn look(&self, begin: Begin) {
        let (flow, tasks) = (Arc::clone(&self.flow), self.tasks.clone());
        let (store, removed) = (Arc::clone(&self.store), self.removed.clone());
        let (done, group) = (Arc::clone(&self.done), self.group.clone());
        let draining = tasks.draining().clone();
        let _context = self.handle.enter();
        let looked = async move {
            while flow.is_current(begin.slot) {
                let is_ours = || flow.is_current(begin.slot);
                match clear(&store, begin, &removed, is_ours).await {
                    Ok(Cleared::Done) => return lock(&done).push(begin),
                    Ok(Cleared::Gone) => return,
                    Ok(Cleared::Foreign) => {
                        return tasks.drain(Cause::Failed(foreign(&store, &group, begin)));
                    }
                    Ok(Cleared::Only) => {
                        return tasks.drain(Cause::Failed(only(&store, &group, begin)));
                    }
                    Err(error) => {
                        tracing::warn!(partition = begin.slot.partition, %error, "the object store cannot be looked through, trying again; its partition waits");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        self.tasks.spawn("object store's files", async move {
            tokio::select! {
                () = looked => {}
                () = draining.cancelled() => {}
            }
            Ok(())
        });
    }
}

fn lock(done: &Mutex<Vec<Begin>>) -> MutexGuard<'_, Vec<Begin>> {
    done.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of a partition's files from where its reading begins.
enum Cleared {
    /// There are none any more.
    Done,
    /// The partition is somebody else's by now.
    Gone,
    /// They are not ours to take.
    Foreign,
    /// Kafka has not all of their records any more.
    Only,
}

/// Takes away the partition's files from where its reading begins, while it `is_ours`.
async fn clear(
    store: &Store,
    begin: Begin,
    removed: &IntCounter,
    is_ours: impl Fn() -> bool,
) -> Result<Cleared, object_store::Error> {
    let (partition, offset) = (begin.slot.partition, begin.offset);
    let found = store.since(partition, offset).await?;
    if !is_ours() {
        return Ok(Cleared::Gone);
    }
    if !found.is_empty() && !begin.is_committed {
        return Ok(Cleared::Foreign);
    }
    if found.iter().any(|object| object.first < begin.lowest) {
        return Ok(Cleared::Only);
    }
    for object in &found {
        if !is_ours() {
            return Ok(Cleared::Gone);
        }
        store.remove(object).await?;
        removed.inc();
        tracing::info!(
            partition,
            first = object.first,
            "a file whose records were not committed is taken away: they are read again"
        );
    }
    Ok(Cleared::Done)
}

fn only(store: &Store, group: &str, begin: Begin) -> Failure {
    let Begin {
        slot,
        offset,
        lowest,
        ..
    } = begin;
    let partition = slot.partition;
    Failure::said(
        Exit::Configuration,
        format!(
            "group {group} has committed offset {offset} of partition {partition}, {store} (sink.url) has files from there on, and Kafka has records from {lowest} on only: they would be removed to be read again, and cannot be; nothing was touched. Keep them, and set consumer.start behind their last record"
        ),
    )
}

fn foreign(store: &Store, group: &str, begin: Begin) -> Failure {
    let Begin { slot, offset, .. } = begin;
    let partition = slot.partition;
    Failure::said(
        Exit::Configuration,
        format!(
            "group {group} has no committed offset for partition {partition}, and {store} (sink.url) has its records from offset {offset} on already: name the group that wrote them (kafka.group_id), another sink.url, or where to begin (consumer.start; files from there on are then replaced)"
        ),
    )
}
