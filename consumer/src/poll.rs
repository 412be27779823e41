//! The poll thread: owns librdkafka's consumer, serves its callbacks, hands batches to the workers.
//!
//! It never decodes and never waits for the sink for longer than a moment: when nothing more may be
//! taken, it pauses the partitions and goes on polling, so that the group never misses it.

use crate::bounds::Ends;
use crate::context::{Committed, Context, Trigger};
use crate::flow::{Flow, count};
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::prepare::Preparation;
use client::kafka::auth::token::Authenticated;
use client::kafka::native;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::Heartbeat;
use std::collections::BTreeSet;
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
    /// Where each partition's reading ends, if it does.
    pub(crate) ends: Option<Ends>,
    /// What has to be done before a partition is read, if anything.
    pub(crate) preparation: Option<Preparation>,
    /// Partitions that are paused.
    pub(crate) paused: BTreeSet<i32>,
}

/// What one poll brought.
enum Taken {
    Nothing,
    Record,
    /// A record that filled a batch.
    Batch,
}

impl Poller {
    /// Polls until the daemon drains; then finishes, commits and leaves the group.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let mut last = Instant::now();
        while !self.tasks.draining().is_cancelled() {
            self.heart.beat();
            let interval = &self.metrics.group.poll_interval;
            interval.observe(last.elapsed().as_secs_f64());
            last = Instant::now();
            if self.is_done() {
                self.tasks.drain(Cause::Finished);
                break;
            }
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
        if let Some(preparation) = &mut self.preparation {
            // They came paused.
            self.paused.extend(self.flow.unready());
            preparation.turn(&self.consumer);
        }
        self.intake.push_outbox();
        if self.intake.is_full() {
            return self.wait_for_room();
        }
        self.intake.has_room();
        self.pause_only(&self.resting());
        let mut patience = self.intake.patience(IDLE);
        for _ in 0..TAKE {
            match self.poll(patience)? {
                Taken::Nothing => {
                    self.intake.hand_on_due();
                    break;
                }
                Taken::Batch if self.intake.is_full() => break,
                Taken::Batch | Taken::Record => {}
            }
            patience = Duration::ZERO;
        }
        self.intake.hand_on_late();
        Ok(())
    }

    /// Takes one record if there is one.
    fn poll(&mut self, patience: Duration) -> Result<Taken, Failure> {
        match self.consumer.poll(patience) {
            None => Ok(Taken::Nothing),
            Some(Ok(message)) if is_behind(&mut self.ends, &self.flow, &message) => {
                Ok(Taken::Record)
            }
            Some(Ok(message)) if self.intake.push(&message) => Ok(Taken::Batch),
            Some(Ok(_)) => Ok(Taken::Record),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                if let (Some(ends), Some(slot)) = (&mut self.ends, self.flow.slot(partition)) {
                    let client = self.consumer.client();
                    let end = native::known_end(client, &self.topic, partition);
                    ends.nothing_left(slot, end);
                }
                Ok(Taken::Record)
            }
            Some(Err(error)) => {
                self.judge(&error)?;
                Ok(Taken::Nothing)
            }
        }
    }

    /// Whether everything up to the configured end is read and has come to its own end.
    fn is_done(&mut self) -> bool {
        let is_read = |ends: &Ends| ends.are_reached(&self.flow.slots());
        if !self.ends.as_ref().is_some_and(is_read) {
            self.flow.hurry(false);
            return false;
        }
        // Nothing comes that a batch or a file could wait for.
        self.intake.hand_on_all();
        self.flow.hurry(true);
        !self.flow.is_working()
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
        if self.intake.full_for() < PAUSE_AFTER {
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

    /// Partitions of which nothing more is wanted now: they are not ready, their schema is long in coming, or they are
    /// read to their end.
    fn resting(&self) -> BTreeSet<i32> {
        let waits = self.flow.partitions();
        let waits = waits.iter().filter(|known| known.waits_long);
        let ends = self.ends.as_ref();
        let read = ends.map_or_else(Vec::new, |ends| ends.reached(&self.flow.slots()));
        let waits = waits.map(|known| known.partition);
        waits.chain(self.flow.unready()).chain(read).collect()
    }

    /// Pauses exactly these partitions.
    fn pause_only(&mut self, wanted: &BTreeSet<i32>) {
        if *wanted == self.paused {
            return;
        }
        let resume: Vec<i32> = self.paused.difference(wanted).copied().collect();
        let pause: Vec<i32> = wanted.difference(&self.paused).copied().collect();
        let done = self
            .consumer
            .pause(&self.list(&pause))
            .and_then(|()| self.consumer.resume(&self.list(&resume)));
        if let Err(error) = done {
            tracing::warn!(%error, "partitions could not be paused or resumed");
        }
        self.paused.clone_from(wanted);
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
        self.intake.take_no_more();
        while self.intake.is_waiting()
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
        // Only what goes from here on matters.
        context.forget_losses();
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

/// Whether a record lies behind the end that is configured, if one is.
fn is_behind(ends: &mut Option<Ends>, flow: &Flow, message: &BorrowedMessage<'_>) -> bool {
    let Some(ends) = ends else {
        return false;
    };
    flow.slot(message.partition())
        .is_some_and(|slot| ends.is_behind(slot, message.offset()))
}

fn not_committed(error: KafkaError) -> Failure {
    let said = "the last commit failed: records since the one before will be read again";
    Failure::new(
        Exit::DrainIncomplete,
        anyhow::Error::new(error).context(said),
    )
}

/// Whether the same commit may succeed a moment later.
pub(crate) fn may_pass(error: &KafkaError) -> bool {
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
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::IllegalGeneration | RDKafkaErrorCode::StaleMemberEpoch)
    )
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
pub(crate) fn serve<C: ConsumerContext>(consumer: &BaseConsumer<C>) {
    let until = Instant::now() + SERVING;
    while Instant::now() < until {
        // An error was told to the callback already.
        drop(consumer.poll(SERVING / 10));
    }
}
