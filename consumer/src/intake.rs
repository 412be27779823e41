//! What the poll thread takes in: batches that are being filled, and those a busy worker has not taken yet.

use crate::batch::{Batch, Slot};
use crate::config::BatchConfig;
use crate::flow::Flow;
use crossbeam_channel::Sender;
use rdkafka::message::{BorrowedMessage, Message};
use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A batch that has waited for so long goes on although records of other partitions keep coming.
const LATE: Duration = Duration::from_millis(20);

/// See the module's words.
pub(crate) struct Intake {
    workers: Vec<Sender<Batch>>,
    lanes: BTreeMap<i32, Lane>,
    outbox: VecDeque<Batch>,
    flow: Arc<Flow>,
    limits: BatchConfig,
    /// Nothing more is taken in.
    is_over: bool,
    /// The flow's generation that the lanes belong to.
    generation: u64,
    full_since: Option<Instant>,
}

/// What comes in of one assignment of one partition.
struct Lane {
    slot: Slot,
    /// The batch that is being filled; never an empty one.
    open: Option<Batch>,
    last: Option<Place>,
}

/// Where a record stands in its partition, and its time, which tells it from another that stands there after a log was
/// cut.
///
/// While a group shares its partitions anew, librdkafka pauses and resumes those that stay, and then fetches again from
/// where it has seen us; a record that it handed over in that moment comes twice, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    offset: i64,
    millis: Option<i64>,
}

impl Place {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        Self {
            offset: message.offset(),
            millis: message.timestamp().to_millis(),
        }
    }
}

impl Lane {
    fn new(slot: Slot) -> Self {
        Self {
            slot,
            open: None,
            last: None,
        }
    }

    /// Takes a record into the open batch; `true` when that is full now.
    fn push(&mut self, message: &BorrowedMessage<'_>, limits: &BatchConfig) -> bool {
        let place = Place::of(message);
        if self.last == Some(place) {
            tracing::info!(
                partition = self.slot.partition,
                offset = place.offset,
                "librdkafka gave a record twice in a row; once is enough"
            );
            return false;
        }
        self.last = Some(place);
        let batch = self.open.get_or_insert_with(|| Batch::new(self.slot));
        batch.push(message);
        batch.is_full(limits)
    }
}

impl Intake {
    pub(crate) fn new(workers: Vec<Sender<Batch>>, flow: Arc<Flow>, limits: BatchConfig) -> Self {
        Self {
            workers,
            lanes: BTreeMap::new(),
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
        let lane = match self.lanes.entry(partition) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let Some(slot) = self.flow.slot(partition) else {
                    tracing::warn!(
                        partition,
                        "a record of a partition that is not assigned; it is left to who has it"
                    );
                    return false;
                };
                place.insert(Lane::new(slot))
            }
        };
        let is_full = lane.push(message, &self.limits);
        if is_full {
            self.hand_on(partition);
            self.push_outbox();
        }
        is_full
    }

    /// After a rebalance an open batch may belong to an assignment that is over: its records are
    /// read again by who has the partition now, so they must not be mixed with newer ones.
    fn drop_stale(&mut self) {
        let generation = self.flow.generation();
        if generation != self.generation {
            self.generation = generation;
            let flow = &self.flow;
            self.lanes.retain(|_, lane| flow.is_current(lane.slot));
        }
    }

    fn hand_on(&mut self, partition: i32) {
        let lane = self.lanes.get_mut(&partition);
        if let Some(mut batch) = lane.and_then(|lane| lane.open.take())
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
        self.hand_on_all_that(|batch| batch.age() >= age);
    }

    /// How long may be waited for a record, `idle` at most, until a batch is due.
    pub(crate) fn patience(&self, idle: Duration) -> Duration {
        let open = self.lanes.values().filter_map(|lane| lane.open.as_ref());
        let left = open.map(|batch| self.limits.time.saturating_sub(batch.age()));
        left.min().unwrap_or(idle).min(idle)
    }

    /// Hands on everything that is being filled.
    pub(crate) fn hand_on_all(&mut self) {
        self.hand_on_all_that(|_| true);
    }

    fn hand_on_all_that(&mut self, is_due: impl Fn(&Batch) -> bool) {
        let is_due = |lane: &Lane| lane.open.as_ref().is_some_and(&is_due);
        let due = self.lanes.iter().filter(|(_, lane)| is_due(lane));
        for partition in due.map(|(partition, _)| *partition).collect::<Vec<_>>() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FlowConfig;
    use crate::metrics::Metrics;
    use client::kafka::mock::MockCluster;
    use crossbeam_channel::bounded;
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
    use rdkafka::{ClientConfig, Offset, TopicPartitionList};
    use runtime::config::Size;

    const PATIENCE: Duration = Duration::from_secs(20);
    const SINGLE: BatchConfig = BatchConfig {
        records: 1,
        bytes: Size::mib(1),
        time: Duration::ZERO,
    };

    /// A topic `t` with three records, and a client that reads it.
    fn reader(cluster: &MockCluster) -> BaseConsumer {
        cluster.create_topic("t", 1).unwrap();
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("group.id", "g");
        let producer: BaseProducer = config.create().unwrap();
        for value in ["a", "b", "c"] {
            producer
                .send(BaseRecord::<(), str>::to("t").payload(value))
                .unwrap();
        }
        producer.flush(PATIENCE).unwrap();
        let consumer: BaseConsumer = config.create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("t", 0, Offset::Beginning)
            .unwrap();
        consumer.assign(&list).unwrap();
        consumer
    }

    fn offsets(batches: &crossbeam_channel::Receiver<Batch>) -> Vec<i64> {
        let records = batches.try_iter().flat_map(|batch| batch.records);
        records.map(|record| record.offset).collect()
    }

    #[test]
    fn a_record_that_comes_twice_in_a_row_is_taken_once_unless_the_partition_came_anew() {
        let cluster = MockCluster::start(1).unwrap();
        let consumer = reader(&cluster);
        let metrics = Metrics::register(&prometheus::Registry::new(), "t", "file").unwrap();
        let limits = FlowConfig {
            in_flight_records: 10,
            in_flight_bytes: Size::mib(1),
        };
        let flow = Arc::new(Flow::new(limits, metrics));
        let (sender, batches) = bounded(10);
        let records = [(); 3].map(|()| consumer.poll(PATIENCE).unwrap().unwrap());
        for limits in [
            SINGLE,
            BatchConfig {
                records: 3,
                ..SINGLE
            },
        ] {
            flow.open(0);
            let mut intake = Intake::new(vec![sender.clone()], Arc::clone(&flow), limits);
            for at in [0, 0, 1, 1, 1, 2] {
                intake.push(&records[at]);
            }
            assert_eq!(offsets(&batches), [0, 1, 2]);
            flow.forget(&[0]);
            flow.open(0);
            intake.push(&records[2]);
            intake.hand_on_all();
            assert_eq!(
                offsets(&batches),
                [2],
                "an assignment that is new reads again"
            );
            flow.forget(&[0]);
        }
    }
}
