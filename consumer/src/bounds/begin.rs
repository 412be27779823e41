//! Sets where a group without members begins to read.

use super::Start;
use super::look::{Look, Patience};
use anyhow::Context as _;
use rdkafka::consumer::{CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use runtime::lifecycle::{Exit, Failure};
use std::collections::BTreeMap;

/// Commits, for a group without members, where its reading begins. Blocks; to be called before the group is joined.
///
/// # Errors
/// 69 when the cluster does not answer in time, 78 for offsets that are not there, 77 when the group is not ours.
pub(crate) fn begin<C: ConsumerContext>(
    look: &Look<'_, C>,
    start: &Start,
    patience: &Patience<'_>,
) -> Result<(), Failure> {
    let found = match start {
        Start::Committed => return Ok(()),
        Start::Earliest => patience.ask(look, || look.beginnings()),
        Start::Latest => patience.ask(look, || look.ends()),
        Start::Time(time) => patience.ask(look, || look.first_since(*time)),
        Start::Offsets(offsets) => {
            check(look, offsets, patience)?;
            Ok(offsets.clone())
        }
    };
    let offsets = found.map_err(|error| unreachable(look, error))?;
    let list = list(look.topic, &offsets).context("name the partitions")?;
    let commit = || match look.consumer.commit(&list, CommitMode::Sync) {
        Err(error) if has_members(&error) => Ok(false),
        result => result.map(|()| true),
    };
    if patience
        .ask(look, commit)
        .map_err(|error| unreachable(look, error))?
    {
        tracing::info!(
            topic = look.topic,
            ?offsets,
            "the group begins as consumer.start says"
        );
    } else {
        tracing::warn!(
            topic = look.topic,
            "the group has members already: consumer.start is left aside, this consumer goes on where they are"
        );
    }
    Ok(())
}

/// Whether the offsets are there.
fn check<C: ConsumerContext>(
    look: &Look<'_, C>,
    wanted: &BTreeMap<i32, i64>,
    patience: &Patience<'_>,
) -> Result<(), Failure> {
    let known = patience.ask(look, || Ok((look.beginnings()?, look.ends()?)));
    let (beginnings, ends) = known.map_err(|error| unreachable(look, error))?;
    let topic = look.topic;
    for (partition, offset) in wanted {
        let (Some(first), Some(end)) = (beginnings.get(partition), ends.get(partition)) else {
            return Err(Failure::said(
                Exit::Configuration,
                format!("consumer.start names partition {partition}, which topic {topic} has not"),
            ));
        };
        if offset < first || offset > end {
            return Err(Failure::said(
                Exit::Configuration,
                format!(
                    "consumer.start names offset {offset} of partition {partition}, where topic {topic} has {first} to {end}"
                ),
            ));
        }
    }
    Ok(())
}

fn list(topic: &str, offsets: &BTreeMap<i32, i64>) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    Ok(list)
}

/// Brokers take offsets from outside only for groups without members.
fn has_members(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::UnknownMemberId
                | Code::IllegalGeneration
                | Code::RebalanceInProgress
                | Code::StaleMemberEpoch
                | Code::FencedMemberEpoch
        )
    )
}

fn unreachable<C: ConsumerContext>(look: &Look<'_, C>, error: KafkaError) -> Failure {
    super::failed(look.topic, "consumer.start", error)
}
