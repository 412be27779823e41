//! Waiting for a topic to be there.

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::RDKafkaErrorCode;
use runtime::lifecycle::Exit;
use std::time::{Duration, Instant};

/// One metadata request waits at most this long, so that a drain is seen.
const ONE_TRY: Duration = Duration::from_secs(1);
/// Time between two tries when a broker answered that the topic is not there.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a topic cannot be used yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// No broker answered in time.
    #[error("no broker of {bootstrap} answered within {waited:?}: {reason}")]
    Unreachable {
        /// Where the cluster was looked for.
        bootstrap: String,
        /// How long.
        waited: Duration,
        /// The last answer of librdkafka.
        reason: String,
    },
    /// The cluster answered, but has no such topic.
    #[error(
        "the topic {topic} did not exist at {bootstrap} within {waited:?} (create it, for example with `producer topics ensure`)"
    )]
    Missing {
        /// The topic.
        topic: String,
        /// The cluster.
        bootstrap: String,
        /// How long.
        waited: Duration,
    },
    /// The cluster does not let us see the topic.
    #[error("the topic {topic} at {bootstrap} is not ours to use: {reason}")]
    Denied {
        /// The topic.
        topic: String,
        /// The cluster.
        bootstrap: String,
        /// The answer of the cluster.
        reason: String,
    },
    /// The wait was given up because the daemon drains.
    #[error("the daemon drains")]
    Draining,
}

impl TopicError {
    /// The exit code of a start that fails so.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Denied { .. } => Exit::Authentication,
            _ => Exit::Unreachable,
        }
    }
}

/// Waits until `topic` exists and every partition has a leader; returns the number of partitions.
///
/// Blocks: call it on a thread of its own. `draining` is asked about once a second.
///
/// # Errors
/// When `timeout` is over, or the daemon drains.
pub fn wait_for<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    bootstrap: &str,
    timeout: Duration,
    draining: impl Fn() -> bool,
) -> Result<usize, TopicError> {
    let began = Instant::now();
    let mut answered = false;
    loop {
        let reason = match look(client, topic) {
            Look::There(count) => return Ok(count),
            Look::Denied(reason) => {
                let (topic, bootstrap) = (topic.to_owned(), bootstrap.to_owned());
                return Err(TopicError::Denied {
                    topic,
                    bootstrap,
                    reason,
                });
            }
            Look::Missing => {
                answered = true;
                std::thread::sleep(PAUSE);
                String::new()
            }
            Look::Silence(reason) => reason,
        };
        if draining() {
            return Err(TopicError::Draining);
        }
        let waited = began.elapsed();
        if waited >= timeout {
            let (topic, bootstrap) = (topic.to_owned(), bootstrap.to_owned());
            return Err(if answered {
                TopicError::Missing {
                    topic,
                    bootstrap,
                    waited,
                }
            } else {
                TopicError::Unreachable {
                    bootstrap,
                    waited,
                    reason,
                }
            });
        }
    }
}

/// Whether `topic` exists and every partition has a leader, by the first answer that comes within `patience`; blocks.
pub fn exists<C: ClientContext>(client: &Client<C>, topic: &str, patience: Duration) -> bool {
    let began = Instant::now();
    loop {
        match look(client, topic) {
            Look::There(_) => return true,
            Look::Silence(_) if began.elapsed() < patience => {}
            Look::Silence(_) | Look::Missing => return false,
            Look::Denied(reason) => {
                tracing::warn!(topic, "the topic is not ours to see: {reason}");
                return false;
            }
        }
    }
}

/// One look at a topic.
enum Look {
    /// It is there, with so many partitions.
    There(usize),
    /// It is not there, or not yet led.
    Missing,
    /// Nobody answered.
    Silence(String),
    /// We may not see it.
    Denied(String),
}

fn look<C: ClientContext>(client: &Client<C>, topic: &str) -> Look {
    let metadata = match client.fetch_metadata(Some(topic), ONE_TRY) {
        Ok(metadata) => metadata,
        Err(error) => {
            if error.rdkafka_error_code() == Some(RDKafkaErrorCode::BrokerTransportFailure) {
                std::thread::sleep(PAUSE);
            }
            return Look::Silence(error.to_string());
        }
    };
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Look::Missing;
    };
    if let Some(error) = found.error().map(RDKafkaErrorCode::from) {
        return match error {
            RDKafkaErrorCode::TopicAuthorizationFailed => Look::Denied(error.to_string()),
            _ => Look::Missing,
        };
    }
    let partitions = found.partitions();
    let led = partitions.iter().all(|partition| partition.leader() >= 0);
    if led && !partitions.is_empty() {
        Look::There(partitions.len())
    } else {
        Look::Missing
    }
}
