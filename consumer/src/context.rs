//! What librdkafka calls back on the poll thread: rebalances, commits, statistics, errors.
//!
//! A revocation runs the middle of a shutdown for the partitions that go: no new work, finish what
//! is in flight, store, commit. Lost partitions are somebody else's already: nothing is committed.

use crate::clock::now_ms;
use crate::flow::{Flow, PartitionState};
use crate::metrics::{Metrics, PartitionView};
use client::kafka::events::Events;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{
    BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, RebalanceProtocol,
};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::statistics::{Partition, Statistics};
use rdkafka::{Offset, TopicPartitionList};
use runtime::lifecycle::Tasks;
use runtime::telemetry::Latch;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// See the module's words.
pub(crate) struct Context {
    pub(crate) events: Arc<Events>,
    pub(crate) flow: Arc<Flow>,
    pub(crate) metrics: Metrics,
    /// Set once the group has given us an assignment, even an empty one.
    pub(crate) group: Latch,
    pub(crate) topic: String,
    /// How long a revocation may wait for work in flight.
    pub(crate) patience: Duration,
    pub(crate) tasks: Tasks,
    /// Whether partitions have ever gone without the commit of their last records.
    pub(crate) lost: AtomicBool,
}

/// What asked for a commit, as a label.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trigger {
    Interval,
    Revoke,
    Shutdown,
}

/// How a commit ended that was no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// What was stored is committed.
    Stored,
    /// Nothing was stored since the last commit, or what was belongs to partitions that have gone.
    NothingNew,
}

impl Trigger {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Revoke => "revoke",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Context {
    /// Stores the watermarks that moved; librdkafka commits them by and by.
    pub(crate) fn store(&self, consumer: &BaseConsumer<Self>) {
        let advanced = self.flow.take_advanced();
        if advanced.is_empty() {
            return;
        }
        let list = self.list(&advanced);
        let refused = consumer.store_offsets(&list).err().or_else(|| {
            list.elements()
                .iter()
                .find_map(|element| element.error().err())
        });
        if let Some(error) = refused {
            // A partition that has just gone; its records will be read again by who has it now.
            tracing::warn!(%error, "an offset was not stored");
        }
    }

    /// Commits what is stored and waits for the answer, for up to a session's length if the coordinator is away.
    pub(crate) fn commit(
        &self,
        consumer: &BaseConsumer<Self>,
        trigger: Trigger,
    ) -> KafkaResult<Committed> {
        let result = match consumer.commit_consumer_state(CommitMode::Sync) {
            Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {
                return Ok(Committed::NothingNew);
            }
            result => result,
        };
        self.count_commit(result.is_ok(), trigger);
        result.map(|()| Committed::Stored)
    }

    fn count_commit(&self, ok: bool, trigger: Trigger) {
        let result = if ok { "ok" } else { "error" };
        self.metrics
            .group
            .commits
            .with_label_values(&[result, trigger.as_str()])
            .inc();
    }

    fn list(&self, offsets: &[(i32, i64)]) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for (partition, offset) in offsets {
            // The list takes any offset that is no negative number, and watermarks never are.
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))
                .ok();
        }
        list
    }

    /// What was lost until now is of no more interest.
    pub(crate) fn forget_losses(&self) {
        self.lost.store(false, Ordering::Relaxed);
    }

    /// Whether partitions have gone without the commit of their last records.
    pub(crate) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, partitions: &[i32]) {
        if consumer.assignment_lost() {
            self.lost.store(true, Ordering::Relaxed);
            self.count_rebalance(consumer, "lost");
            let said = format!("partitions lost: {partitions:?}");
            self.metrics.troubles.note("rebalance", said);
            tracing::warn!(
                ?partitions,
                "partitions lost: what was not committed will be read again"
            );
            return self.flow.forget(partitions);
        }
        self.count_rebalance(consumer, "revoke");
        let timer = self.metrics.group.revocation.start_timer();
        self.flow.close(partitions);
        let finished = self
            .flow
            .wait_until_finished(partitions, self.patience, || {
                self.tasks.aborting().is_cancelled()
            });
        if !finished {
            self.metrics.group.drain_timeouts.inc();
            tracing::warn!(
                ?partitions,
                "revoked partitions did not finish in time: their last records will be read again"
            );
        }
        self.store(consumer);
        if let Err(error) = self.commit(consumer, Trigger::Revoke) {
            self.lost.store(true, Ordering::Relaxed);
            self.metrics.troubles.note("commit", &error);
            tracing::warn!(%error, "the commit before a revocation failed: records since the last commit will be read again");
        }
        self.flow.forget(partitions);
        timer.observe_duration();
        tracing::info!(?partitions, "partitions revoked");
    }

    fn count_rebalance(&self, consumer: &BaseConsumer<Self>, kind: &str) {
        let protocol = match consumer.rebalance_protocol() {
            RebalanceProtocol::Eager => "eager",
            RebalanceProtocol::Cooperative | RebalanceProtocol::None => "cooperative",
        };
        self.metrics
            .group
            .rebalances
            .with_label_values(&[kind, protocol])
            .inc();
    }
}

fn partitions_of(list: &TopicPartitionList) -> Vec<i32> {
    if list.count() == 0 {
        return Vec::new();
    }
    list.elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
        .collect()
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is no trouble; who asked to be told of it hears it from the poll.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            self.events.error(&error, reason);
        }
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }

    fn stats(&self, statistics: Statistics) {
        self.events.statistics(&statistics);
        let Some(topic) = statistics.topics.get(&self.topic) else {
            return;
        };
        let now = now_ms();
        let known = self.flow.partitions();
        let views = known.iter().filter_map(|known| {
            let seen = topic.partitions.get(&known.partition)?;
            Some((known.partition, view(known, seen, now)))
        });
        self.metrics.partitions.show(views.collect());
    }
}

/// What we and librdkafka know of a partition.
fn view(known: &PartitionState, seen: &Partition, now: i64) -> PartitionView {
    let lag = seen.consumer_lag_stored;
    let oldest = known.oldest.or(known.newest.filter(|_| lag > 0));
    let age = oldest.map_or(0, |millis| now.saturating_sub(millis).max(0) / 1000);
    PartitionView {
        lag,
        lag_seconds: age,
        position: known.finished.unwrap_or(-1),
        committed: seen.committed_offset,
        high_watermark: seen.hi_offset,
        queue_records: seen.fetchq_cnt,
        queue_bytes: i64::try_from(seen.fetchq_size).unwrap_or(i64::MAX),
    }
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                let partitions = partitions_of(list);
                for partition in &partitions {
                    self.flow.open(*partition);
                }
                self.count_rebalance(consumer, "assign");
                self.events.broker_seen();
                self.group.set(true);
                tracing::info!(?partitions, "partitions assigned");
            }
            Rebalance::Revoke(list) => {
                let partitions = partitions_of(list);
                if !partitions.is_empty() {
                    self.revoke(consumer, &partitions);
                }
            }
            Rebalance::Error(error) => {
                self.metrics.troubles.note("rebalance", error);
                tracing::warn!(%error, "rebalance failed");
            }
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        // Before its first record can come; the poll loop resumes it.
        if let Rebalance::Assign(list) = rebalance
            && self.flow.prepares()
            && let Err(error) = consumer.pause(list)
        {
            tracing::warn!(%error, "partitions could not be paused or resumed");
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        self.count_commit(result.is_ok(), Trigger::Interval);
        if let Err(error) = result {
            let said = format!("a commit failed; it will be tried again: {error}");
            self.events.warn_sometimes("commit", &said);
        }
    }
}
