//! How much there is to replay: the end that each partition has now, and how far the group has come.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use runtime::lifecycle::{Exit, Failure};

/// How long one question may take.
const ONE_TRY: Duration = Duration::from_secs(5);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// What there is.
#[derive(Debug)]
pub(super) struct Extent {
    /// The offset behind the last letter of each partition.
    pub(super) ends: BTreeMap<i32, i64>,
    /// Letters between there and where the group stands; where a topic has holes there are fewer.
    pub(super) letters: u64,
}

/// Looks at a topic of so many partitions; blocks.
///
/// # Errors
/// 77 when access is denied, 69 when there is no answer before the deadline.
pub(super) fn extent<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    (topic, partitions): (&str, usize),
    deadline: Instant,
    is_draining: impl Fn() -> bool,
) -> Result<Extent, Failure> {
    loop {
        let error = match look(consumer, topic, partitions) {
            Ok(extent) => return Ok(extent),
            Err(error) => error,
        };
        let exit = if is_denied(&error) {
            Some(Exit::Authentication)
        } else if Instant::now() >= deadline || is_draining() {
            Some(Exit::Unreachable)
        } else {
            None
        };
        if let Some(exit) = exit {
            let error = anyhow::Error::new(error);
            let said = format!("look how far {topic} reaches, and how much of it is replayed");
            return Err(Failure::new(exit, error.context(said)));
        }
        std::thread::sleep(PAUSE);
    }
}

fn look<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: usize,
) -> KafkaResult<Extent> {
    let mut list = TopicPartitionList::with_capacity(partitions);
    for partition in (0..).take(partitions) {
        list.add_partition(topic, partition);
    }
    let committed = consumer.committed_offsets(list, ONE_TRY)?;
    let mut extent = Extent {
        ends: BTreeMap::new(),
        letters: 0,
    };
    for known in committed.elements() {
        known.error()?;
        let (low, end) = consumer.fetch_watermarks(topic, known.partition(), ONE_TRY)?;
        let begin = begin(known.offset(), low, end);
        extent.letters += (end - begin).unsigned_abs();
        extent.ends.insert(known.partition(), end);
    }
    Ok(extent)
}

/// Where reading begins: where the group stands, or at the first letter where that is no place in the topic.
fn begin(committed: Offset, low: i64, end: i64) -> i64 {
    match committed {
        Offset::Offset(offset) if (low..=end).contains(&offset) => offset,
        _ => low.min(end),
    }
}

fn is_denied(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::GroupAuthorizationFailed | Code::TopicAuthorizationFailed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_begins_where_the_group_stands_if_that_is_a_place() {
        assert_eq!(begin(Offset::Offset(7), 5, 9), 7);
        assert_eq!(begin(Offset::Offset(9), 5, 9), 9);
        for nowhere in [Offset::Invalid, Offset::Offset(4), Offset::Offset(10)] {
            assert_eq!(begin(nowhere, 5, 9), 5, "{nowhere:?}");
        }
    }
}
