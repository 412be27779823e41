//! Delivery reports and the client's other callbacks. They run on the client's thread and never block.

use std::error::Error;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use client::kafka::events::Events;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use rdkafka::{ClientContext, Statistics};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use super::{Room, settled_bytes};
use crate::metrics::{Metrics, Reason};

/// Settles records: counts them, makes room, and ends the daemon where one cannot be delivered.
#[derive(Debug)]
pub(crate) struct Settlement {
    pub(super) metrics: Metrics,
    pub(super) room: Room,
    tasks: Tasks,
    topic: String,
    stop_on_refusal: bool,
    start: Instant,
}

impl Settlement {
    /// What settles the records of one topic; `stop_on_refusal` ends the daemon when the broker refuses one.
    pub(crate) fn new(
        metrics: Metrics,
        room: Room,
        tasks: Tasks,
        topic: &str,
        stop_on_refusal: bool,
    ) -> Self {
        Self {
            metrics,
            room,
            tasks,
            topic: topic.to_owned(),
            stop_on_refusal,
            start: Instant::now(),
        }
    }

    /// The time now as a record carries it: microseconds since the start, never 0.
    pub(super) fn stamp(&self) -> usize {
        usize::try_from(self.start.elapsed().as_micros())
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// A record was acknowledged.
    fn delivered(&self, stamp: usize, bytes: i64) {
        self.metrics.delivered.inc();
        self.metrics.bytes_delivered.inc_by(bytes.unsigned_abs());
        if stamp != 0 {
            let micros = self.stamp().saturating_sub(stamp);
            #[expect(
                clippy::cast_precision_loss,
                reason = "2^53 microseconds are 285 years"
            )]
            self.metrics.delivery_seconds.observe(micros as f64 / 1e6);
        }
        let left = self.free(bytes);
        if stamp != 0 || left == 0 {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            self.metrics.last_delivery.set(now.as_secs_f64());
        }
    }

    /// A record will never be acknowledged: counts it, and ends the daemon unless only this record is at fault.
    pub(super) fn failed(&self, error: &KafkaError, bytes: i64) {
        let reason = reason_of(error);
        let before = self.metrics.failed(reason).get();
        self.metrics.failed(reason).inc();
        self.free(bytes);
        let topic = &self.topic;
        let (exit, message) = match reason {
            Reason::PurgedOnShutdown => return,
            Reason::TooLarge if !self.stop_on_refusal => {
                tracing::warn!(
                    kind = "too_large",
                    topic,
                    "a record was refused by the broker: it is larger than the topic takes"
                );
                return;
            }
            _ if before > 0 => return,
            Reason::TooLarge => (
                Exit::Refused,
                format!("a record is larger than topic {topic} takes"),
            ),
            Reason::Timeout => {
                let why = "a record was not acknowledged within kafka.delivery_timeout";
                (
                    Exit::DrainIncomplete,
                    format!("{why}; nothing more is taken from the source"),
                )
            }
            Reason::Auth => (
                Exit::Authentication,
                format!("writing to topic {topic} is not allowed: {error}"),
            ),
            Reason::TopicUnknown => (
                Exit::DrainIncomplete,
                format!("topic {topic} is not there any more: {error}"),
            ),
            Reason::Fatal => (
                Exit::Fatal,
                format!("the Kafka client cannot go on: {error}"),
            ),
            Reason::Other => (
                Exit::DrainIncomplete,
                format!("a record could not be delivered to topic {topic}: {error}"),
            ),
        };
        self.tasks
            .drain(Cause::Failed(Failure::said(exit, message)));
    }

    /// Gives back the room of a record; returns how many are in flight.
    pub(super) fn free(&self, bytes: i64) -> i64 {
        self.metrics.in_flight_bytes.sub(bytes);
        self.metrics.in_flight_records.dec();
        let records = self.metrics.in_flight_records.get();
        self.room
            .settled(records, self.metrics.in_flight_bytes.get());
        records
    }
}

/// Why a record failed, as a label.
fn reason_of(error: &KafkaError) -> Reason {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::MessageTimedOut) => Reason::Timeout,
        Some(Code::MessageSizeTooLarge | Code::MessageBatchTooLarge) => Reason::TooLarge,
        Some(
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication,
        ) => Reason::Auth,
        Some(
            Code::UnknownTopic
            | Code::UnknownTopicOrPartition
            | Code::UnknownPartition
            | Code::UnknownTopicId,
        ) => Reason::TopicUnknown,
        Some(Code::Fatal | Code::Fenced | Code::InvalidProducerEpoch) => Reason::Fatal,
        Some(Code::PurgeQueue | Code::PurgeInflight) => Reason::PurgedOnShutdown,
        _ => Reason::Other,
    }
}

/// The context of the producing client.
pub(crate) struct Deliveries {
    events: Arc<Events>,
    settlement: Arc<Settlement>,
}

impl Deliveries {
    pub(super) fn new(events: Arc<Events>, settlement: Arc<Settlement>) -> Self {
        Self { events, settlement }
    }
}

impl ClientContext for Deliveries {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.settlement
            .metrics
            .queue_records
            .set(i64::try_from(statistics.msg_cnt).unwrap_or(i64::MAX));
        self.settlement
            .metrics
            .queue_bytes
            .set(i64::try_from(statistics.msg_size).unwrap_or(i64::MAX));
        self.events.statistics(&statistics);
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let was_sound = self.events.fatal().is_none();
        self.events.error(&error, reason);
        if was_sound && let Some(fatal) = self.events.fatal() {
            let message = format!("the Kafka client cannot go on: {fatal}");
            self.settlement
                .tasks
                .drain(Cause::Failed(Failure::said(Exit::Fatal, message)));
        }
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, report: &DeliveryResult<'_>, stamp: usize) {
        let (error, message) = match report {
            Ok(message) => (None, message),
            Err((error, message)) => (Some(error), message),
        };
        let bytes = settled_bytes(message.key_len(), message.payload_len());
        match error {
            None => self.settlement.delivered(stamp, bytes),
            Some(error) => self.settlement.failed(error, bytes),
        }
    }
}
