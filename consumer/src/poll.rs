//! The poll thread: owns librdkafka's consumer, serves its callbacks, hands batches to the workers.
//!
//! It never decodes and never waits for the sink for longer than a moment: when nothing more may be
//! taken, it pauses the partitions and goes on polling, so that the group never misses it.

use crate::batch::{Batch, Slot};
use crate::context::{Committed, Context, Trigger};
use crate::flow::{Flow, count};
use crate::metrics::Metrics;
use anyhow::Context as _;
use client::kafka::auth::token::Authenticated;
use crossbeam_channel::Sender;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Heartbeat;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Records taken between two looks at everything else.
const TAKE: usize = 1000;
/// How long a poll waits when there is nothing.
const IDLE: Duration = Duration::from_millis(100);
/// How long one wait for room lasts.
const ROOM: Duration = Duration::from_millis(20);
/// How long callbacks are served before there is a subscription.
const SERVING: Duration = Duration::from_millis(10);
/// Pausing throws away what was fetched ahead, so it is worth a wait first.
const PAUSE_AFTER: Duration = Duration::from_secs(1);
/// The part of the grace that a drain may spend on work in flight; commit and leave need the rest.
const DRAIN_SHARE: f64 = 0.6;
/// The part of the grace after which the last commit is not tried again; leaving needs the rest.
const COMMIT_SHARE: f64 = 0.8;

/// See the module's words.
pub(crate) struct Poller {
    pub(crate) consumer: Authenticated<BaseConsumer<Context>>,
    pub(crate) topic: String,
    /// The servers to connect to first.
    pub(crate) servers: String,
    pub(crate) flow: Arc<Flow>,
    pub(crate) metrics: Metrics,
    pub(crate) tasks: Tasks,
    pub(crate) heart: Heartbeat,
    pub(crate) grace: Duration,
    pub(crate) intake: Intake,
}

/// Batches that are being filled, and those a busy worker has not taken yet.
pub(crate) struct Intake {
    workers: Vec<Sender<Batch>>,
    open: BTreeMap<i32, Batch>,
    outbox: VecDeque<Batch>,
    flow: Arc<Flow>,
    /// The flow's generation that the open batches belong to.
    generation: u64,
    paused: BTreeSet<i32>,
    full_since: Option<Instant>,
}

impl Intake {
    pub(crate) fn new(workers: Vec<Sender<Batch>>, flow: Arc<Flow>) -> Self {
        Self {
            workers,
            open: BTreeMap::new(),
            outbox: VecDeque::new(),
            flow,
            generation: 0,
            paused: BTreeSet::new(),
            full_since: None,
        }
    }

    /// Takes a record in; `true` when a batch was handed on with it.
    fn push(&mut self, message: &BorrowedMessage<'_>) -> bool {
        if self.is_closed() {
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
            batch.is_full()
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

    fn hand_on_all(&mut self) {
        while let Some(partition) = self.open.keys().next().copied() {
            self.hand_on(partition);
        }
        self.push_outbox();
    }

    /// Gives the workers what they have room for, in order per worker.
    fn push_outbox(&mut self) {
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

    /// Takes no more; the workers end when they have finished what they have.
    fn close(&mut self) {
        self.workers.clear();
    }

    fn is_closed(&self) -> bool {
        self.workers.is_empty()
    }

    fn is_full(&self) -> bool {
        !self.outbox.is_empty() || self.flow.is_full()
    }
}

/// What one poll brought.
enum Taken {
    Nothing,
    Record,
    /// A record that filled a batch.
    Batch,
}

/// A partition's batches always go to the same worker, so they stay in order.
fn worker_of(slot: Slot, workers: usize) -> usize {
    usize::try_from(slot.partition).unwrap_or(0) % workers
}

impl Poller {
    /// Polls until the daemon drains; then finishes, commits and leaves the group.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        while !self.tasks.draining().is_cancelled() {
            self.heart.beat();
            self.turn()?;
        }
        self.drain()
    }

    fn turn(&mut self) -> Result<(), Failure> {
        let context = self.consumer.context();
        context.store(&self.consumer);
        context
            .events
            .reconnect(self.consumer.client(), &self.servers);
        self.intake.push_outbox();
        if self.intake.is_full() {
            return self.wait_for_room();
        }
        self.intake.full_since = None;
        self.pause_only(&self.waiting());
        let mut patience = if self.intake.open.is_empty() {
            IDLE
        } else {
            Duration::ZERO
        };
        for _ in 0..TAKE {
            match self.poll(patience)? {
                Taken::Nothing => {
                    self.intake.hand_on_all();
                    break;
                }
                Taken::Batch if self.intake.is_full() => break,
                Taken::Batch | Taken::Record => {}
            }
            patience = Duration::ZERO;
        }
        Ok(())
    }

    /// Takes one record if there is one.
    fn poll(&mut self, patience: Duration) -> Result<Taken, Failure> {
        match self.consumer.poll(patience) {
            None => Ok(Taken::Nothing),
            Some(Ok(message)) if self.intake.push(&message) => Ok(Taken::Batch),
            Some(Ok(_)) => Ok(Taken::Record),
            Some(Err(error)) => {
                self.judge(&error)?;
                Ok(Taken::Nothing)
            }
        }
    }

    /// librdkafka goes on after most errors by itself.
    fn judge(&self, error: &KafkaError) -> Result<(), Failure> {
        let exit = match error {
            KafkaError::MessageConsumptionFatal(_) => Some(Exit::Fatal),
            _ => match error.rdkafka_error_code() {
                Some(
                    RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::GroupAuthorizationFailed,
                ) => Some(Exit::Authentication),
                _ => None,
            },
        };
        if let Some(exit) = exit {
            let error = anyhow::Error::new(error.clone()).context(format!("read {}", self.topic));
            return Err(Failure::new(exit, error));
        }
        let events = &self.consumer.context().events;
        events.error(error, &error.to_string());
        Ok(())
    }

    /// Nothing more may be taken: a moment's wait, then pause and poll for the callbacks only.
    fn wait_for_room(&mut self) -> Result<(), Failure> {
        let since = *self.intake.full_since.get_or_insert_with(Instant::now);
        if since.elapsed() < PAUSE_AFTER {
            self.flow.wait_for_progress(ROOM);
            return Ok(());
        }
        self.pause_only(&self.assigned());
        self.poll(ROOM).map(|_| ())
    }

    fn assigned(&self) -> BTreeSet<i32> {
        self.flow
            .partitions()
            .iter()
            .map(|known| known.partition)
            .collect()
    }

    /// Partitions whose schema is long in coming.
    fn waiting(&self) -> BTreeSet<i32> {
        self.flow
            .partitions()
            .iter()
            .filter(|known| known.waits_long)
            .map(|known| known.partition)
            .collect()
    }

    /// Pauses exactly these partitions.
    fn pause_only(&mut self, wanted: &BTreeSet<i32>) {
        if *wanted == self.intake.paused {
            return;
        }
        let resume: Vec<i32> = self.intake.paused.difference(wanted).copied().collect();
        let pause: Vec<i32> = wanted.difference(&self.intake.paused).copied().collect();
        let done = self
            .consumer
            .pause(&self.list(&pause))
            .and_then(|()| self.consumer.resume(&self.list(&resume)));
        if let Err(error) = done {
            tracing::warn!(%error, "partitions could not be paused or resumed");
        }
        self.intake.paused.clone_from(wanted);
        self.metrics.group.paused.set(count(wanted.len()));
    }

    fn list(&self, partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition(&self.topic, *partition);
        }
        list
    }

    /// Stop intake, finish in flight, store, commit, leave.
    fn drain(mut self) -> Result<(), Failure> {
        self.heart.rest();
        let began = Instant::now();
        let budget = self.grace.mul_f64(DRAIN_SHARE);
        self.intake.hand_on_all();
        while !self.intake.outbox.is_empty()
            && self.flow.is_working()
            && began.elapsed() < budget
            && !self.tasks.aborting().is_cancelled()
        {
            self.pause_only(&self.assigned());
            self.poll(ROOM)?;
            self.intake.push_outbox();
        }
        self.intake.close();
        while self.flow.is_working()
            && began.elapsed() < budget
            && !self.tasks.aborting().is_cancelled()
        {
            self.pause_only(&self.assigned());
            self.poll(ROOM)?;
            self.consumer.context().store(&self.consumer);
        }
        let commit_until = began + self.grace.mul_f64(COMMIT_SHARE);
        self.leave(commit_until)
    }

    fn leave(mut self, commit_until: Instant) -> Result<(), Failure> {
        let unfinished = self.flow.records();
        // Leaving revokes the partitions, and that must not wait once more.
        self.flow.give_up();
        let committed = self.last_commit(commit_until);
        let cause = |failure: &Failure| failure.error.downcast_ref().is_some_and(is_out_of_reach);
        if committed.as_ref().is_err_and(cause) {
            // Closing would wait for the same brokers once more, and the process ends anyway.
            std::mem::forget(self.consumer);
        } else {
            drop(self.consumer);
        }
        committed?;
        if unfinished > 0 {
            let said =
                format!("{unfinished} records were not finished in time: they will be read again");
            return Err(Failure::said(Exit::DrainIncomplete, said));
        }
        Ok(())
    }

    /// Stores and commits; while the group rebalances or its coordinator is away it is asked again.
    fn last_commit(&mut self, until: Instant) -> Result<(), Failure> {
        let context = Arc::clone(self.consumer.context());
        let mut failed: Option<KafkaError> = None;
        loop {
            context.store(&self.consumer);
            let error = match (context.commit(&self.consumer, Trigger::Shutdown), failed) {
                // Partitions went while the commit failed, and with them what it was to commit.
                (Ok(Committed::NothingNew), Some(error)) if context.has_lost() => {
                    return Err(not_committed(error));
                }
                (Ok(_), _) => return Ok(()),
                (Err(error), _) => error,
            };
            let again = may_pass(&error) || is_between_generations(&error);
            let again = again && Instant::now() < until;
            if !again || self.tasks.aborting().is_cancelled() {
                return Err(not_committed(error));
            }
            failed = Some(error);
            // Polling lets the rebalance go on; a partition that goes commits by itself.
            self.pause_only(&self.assigned());
            self.poll(ROOM)?;
        }
    }
}

fn not_committed(error: KafkaError) -> Failure {
    let said = "the last commit failed: records since the one before will be read again";
    Failure::new(
        Exit::DrainIncomplete,
        anyhow::Error::new(error).context(said),
    )
}

/// Whether the same commit may succeed a moment later.
fn may_pass(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    is_out_of_reach(error)
        || matches!(
            error.rdkafka_error_code(),
            Some(
                Code::RebalanceInProgress
                    | Code::CoordinatorLoadInProgress
                    | Code::NotCoordinator
                    | Code::NetworkException
            )
        )
}

/// Whether the brokers may have begun a generation of the group that they have not told yet. Where they have thrown us
/// out, librdkafka takes the partitions away, and there is nothing to commit any more.
fn is_between_generations(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::IllegalGeneration)
}

/// Whether the brokers cannot be reached.
fn is_out_of_reach(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::WaitingForCoordinator
                | Code::CoordinatorNotAvailable
        )
    )
}

/// Serves the callbacks of a client that has subscribed to nothing yet, so that no record comes with them.
pub(crate) fn serve(consumer: &BaseConsumer<Context>) {
    let until = Instant::now() + SERVING;
    while Instant::now() < until {
        // An error was told to the callback already.
        drop(consumer.poll(SERVING / 10));
    }
}

/// Joins the group.
pub(crate) fn subscribe(consumer: &BaseConsumer<Context>, topic: &str) -> Result<(), Failure> {
    Ok(consumer
        .subscribe(&[topic])
        .with_context(|| format!("subscribe to {topic}"))?)
}
