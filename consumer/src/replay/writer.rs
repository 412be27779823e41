//! The writing end: records go to their topic, and what Kafka says of each moves its letter's offset or ends the replay.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::kafka::auth::token::Authenticated;
use client::kafka::events::Events;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, Statistics};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use super::Parts;
use crate::closing::Closing;
use crate::metrics::Metrics;

/// How long a full queue is waited for before it is tried again.
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(10);

/// A record as it is written.
pub(super) struct Replayed<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: OwnedHeaders,
    /// Milliseconds since 1970.
    pub(super) timestamp: Option<i64>,
    /// Where it came from; without one its key decides.
    pub(super) partition: Option<i32>,
    /// The offset of its letter.
    pub(super) offset: i64,
}

/// A record on its way, and the letter that it comes from.
pub(super) struct Sent {
    closing: Arc<Closing>,
    offset: i64,
}

/// The client that writes.
pub(super) struct Writer {
    producer: Authenticated<ThreadedProducer<Acknowledgements>>,
    topic: String,
    servers: String,
}

impl Writer {
    /// Makes the client; it connects in the background.
    ///
    /// # Errors
    /// When librdkafka refuses a setting.
    pub(super) fn new(
        settings: &ClientConfig,
        (from, to): (&str, &str),
        events: Events,
        parts: &Parts,
    ) -> KafkaResult<Self> {
        let tokens = events.tokens().cloned();
        let context = Acknowledgements {
            events,
            metrics: parts.metrics.clone(),
            tasks: parts.tasks.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            has_failed: AtomicBool::new(false),
        };
        let producer = ThreadedProducer::from_config_and_context(settings, context)?;
        Ok(Self {
            producer: Authenticated::new(producer, tokens.as_ref()),
            topic: to.to_owned(),
            servers: settings
                .get("bootstrap.servers")
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// Hands a record to the client; `false` when it was given up because `go_on` says no.
    pub(super) fn send(
        &self,
        replayed: Replayed<'_>,
        closing: &Arc<Closing>,
        go_on: impl Fn() -> bool,
    ) -> bool {
        let sent = Sent {
            closing: Arc::clone(closing),
            offset: replayed.offset,
        };
        let mut record =
            BaseRecord::<[u8], [u8], Box<Sent>>::with_opaque_to(&self.topic, Box::new(sent))
                .headers(replayed.headers);
        record.key = replayed.key;
        record.payload = replayed.value;
        record.timestamp = replayed.timestamp;
        record.partition = replayed.partition;
        closing.open();
        while let Err((error, back)) = self.producer.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                let context = self.producer.context();
                context.failed(&error, &back.delivery_opaque);
                return true;
            }
            if !go_on() {
                return false;
            }
            std::thread::sleep(QUEUE_FULL_WAIT);
            record = back;
        }
        true
    }

    /// Whether records are on their way.
    pub(super) fn is_busy(&self) -> bool {
        self.producer.in_flight_count() > 0
    }

    /// Connects anew if every broker was forgotten; to be called now and then.
    pub(super) fn reconnect(&self) {
        let events = &self.producer.context().events;
        events.reconnect(self.producer.client(), &self.servers);
    }
}

/// Delivery reports and the client's other callbacks. They run on the client's thread and never block.
struct Acknowledgements {
    events: Events,
    metrics: Metrics,
    tasks: Tasks,
    from: String,
    to: String,
    has_failed: AtomicBool,
}

impl Acknowledgements {
    /// A record was not written: its letter's offset stays, and the replay ends.
    fn failed(&self, error: &KafkaError, sent: &Sent) {
        let Some((exit, why)) = judge(error) else {
            return;
        };
        let (from, to) = (&self.from, &self.to);
        let (partition, offset) = (sent.closing.slot().partition, sent.offset);
        if self.has_failed.swap(true, Ordering::Relaxed) {
            tracing::debug!(%error, "{from}[{partition}]@{offset} is not replayed either");
            return;
        }
        let said = format!(
            "the letter {from}[{partition}]@{offset} is not replayed to {to}: {why} ({error}); the replay goes on there when it is started again"
        );
        let failure = Failure::said(exit, said);
        self.tasks.drain(Cause::Failed(failure));
    }
}

/// What a record that was not written means; nothing where it was given up on purpose.
fn judge(error: &KafkaError) -> Option<(Exit, &'static str)> {
    use RDKafkaErrorCode as Code;
    let (exit, why) = match error.rdkafka_error_code() {
        Some(Code::PurgeQueue | Code::PurgeInflight) => return None,
        Some(Code::MessageSizeTooLarge | Code::MessageBatchTooLarge) => (
            Exit::Refused,
            "it is larger than the topic takes (max.message.bytes)",
        ),
        Some(Code::InvalidRecord | Code::InvalidTimestamp | Code::InvalidMessage) => {
            (Exit::Refused, "the topic does not take it")
        }
        Some(Code::MessageTimedOut) => (
            Exit::DrainIncomplete,
            "it was not acknowledged within kafka.delivery_timeout",
        ),
        Some(
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication,
        ) => (Exit::Authentication, "writing is not allowed"),
        Some(Code::Fatal | Code::Fenced | Code::InvalidProducerEpoch) => {
            (Exit::Fatal, "the Kafka client cannot go on")
        }
        _ => (Exit::DrainIncomplete, "it could not be delivered"),
    };
    Some((exit, why))
}

impl ClientContext for Acknowledgements {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.events.statistics(&statistics);
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let was_sound = self.events.fatal().is_none();
        self.events.error(&error, reason);
        if was_sound && let Some(fatal) = self.events.fatal() {
            let said = format!("the Kafka client cannot go on: {fatal}");
            self.tasks
                .drain(Cause::Failed(Failure::said(Exit::Fatal, said)));
        }
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        match result {
            Ok(_) => {
                self.metrics.delivered.inc();
                sent.closing.settle();
            }
            Err((error, _)) => self.failed(error, &sent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failure_means_depends_on_its_reason() {
        use RDKafkaErrorCode as Code;
        for (code, exit) in [
            (Code::MessageSizeTooLarge, Some(Exit::Refused)),
            (Code::InvalidTimestamp, Some(Exit::Refused)),
            (Code::MessageTimedOut, Some(Exit::DrainIncomplete)),
            (Code::UnknownTopicOrPartition, Some(Exit::DrainIncomplete)),
            (Code::TopicAuthorizationFailed, Some(Exit::Authentication)),
            (Code::Fenced, Some(Exit::Fatal)),
            (Code::PurgeQueue, None),
        ] {
            let judged = judge(&KafkaError::MessageProduction(code));
            assert_eq!(judged.map(|(exit, _)| exit), exit, "{code:?}");
        }
    }
}
