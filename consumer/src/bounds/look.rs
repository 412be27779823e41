//! Asks the cluster for offsets: where partitions begin and end, and where a time is in them.

use super::Moment;
use crate::poll::may_pass;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long one question may take.
const ONE_TRY: Duration = Duration::from_secs(5);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// A topic's partitions, as a client that has not joined its group, or never will, sees them.
pub(crate) struct Look<'a, C: ConsumerContext> {
    pub(crate) consumer: &'a BaseConsumer<C>,
    pub(crate) topic: &'a str,
    pub(crate) partitions: i32,
    /// Whether a group that is not ours is a reason to give up.
    pub(crate) is_of_group: bool,
}

impl<C: ConsumerContext> Look<'_, C> {
    /// The group or the topic is not ours, if the client has heard so: it goes on asking, and tells no request.
    fn denied(&self) -> Option<KafkaError> {
        let error = self.consumer.poll(Duration::ZERO)?.err()?;
        let is_group =
            error.rdkafka_error_code() == Some(RDKafkaErrorCode::GroupAuthorizationFailed);
        (is_denied(&error) && (self.is_of_group || !is_group)).then_some(error)
    }

    /// The first offset of each partition.
    pub(crate) fn beginnings(&self) -> KafkaResult<BTreeMap<i32, i64>> {
        self.ask(Offset::Beginning)
    }

    /// The offset behind the last record of each partition.
    pub(crate) fn ends(&self) -> KafkaResult<BTreeMap<i32, i64>> {
        self.ask(Offset::End)
    }

    /// The first record of each partition that is as late as this; its end where there is none.
    pub(crate) fn first_since(&self, time: Moment) -> KafkaResult<BTreeMap<i32, i64>> {
        // Asked before: a record that comes in between is behind the end.
        let mut offsets = self.ends()?;
        offsets.extend(self.ask(Offset::Offset(time.millis()))?);
        Ok(offsets)
    }

    /// Where the group has committed; a partition that it has not is left out.
    pub(crate) fn committed(&self) -> KafkaResult<BTreeMap<i32, i64>> {
        let answers = self
            .consumer
            .committed_offsets(self.list(Offset::Invalid)?, ONE_TRY)?;
        offsets(&answers)
    }

    /// Partitions and the offsets that the cluster gave for them.
    fn ask(&self, what: Offset) -> KafkaResult<BTreeMap<i32, i64>> {
        let answers = self.consumer.offsets_for_times(self.list(what)?, ONE_TRY)?;
        offsets(&answers)
    }

    fn list(&self, what: Offset) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        for partition in 0..self.partitions {
            list.add_partition_offset(self.topic, partition, what)?;
        }
        Ok(list)
    }
}

/// The offsets in an answer; one that names none for a partition leaves it out.
fn offsets(answers: &TopicPartitionList) -> KafkaResult<BTreeMap<i32, i64>> {
    let mut offsets = BTreeMap::new();
    for answer in answers.elements() {
        answer.error()?;
        if let Offset::Offset(offset) = answer.offset() {
            offsets.insert(answer.partition(), offset);
        }
    }
    Ok(offsets)
}

/// Whether the cluster does not let us.
pub(super) fn is_denied(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed)
    )
}

/// How long a start tries, and what ends it before.
pub(crate) struct Patience<'a> {
    /// When to give up.
    pub(crate) until: Instant,
    /// Whether the daemon drains.
    pub(crate) draining: &'a dyn Fn() -> bool,
}

impl Patience<'_> {
    /// Asks until it succeeds, the time is over, or the error is none that passes.
    pub(crate) fn ask<C: ConsumerContext, T>(
        &self,
        look: &Look<'_, C>,
        mut question: impl FnMut() -> KafkaResult<T>,
    ) -> KafkaResult<T> {
        loop {
            let error = match question() {
                Err(error) if may_pass(&error) => error,
                answer => return answer,
            };
            if let Some(denied) = look.denied() {
                return Err(denied);
            }
            if !self.is_left() {
                return Err(error);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The time that is left.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn is_left(&self) -> bool {
        Instant::now() < self.until && !(self.draining)()
    }
}
