//! Delivery reports and the client's other callbacks. They run on the client's thread and never block.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use client::kafka::events::Events;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::ProducerContext;
use rdkafka::{ClientContext, Statistics};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use super::{Fate, Receipts, Room, Told, settled_bytes};
use crate::metrics::{Metrics, Reason};
use crate::resume::Resume;
use crate::source::Record;

/// What a record carries through Kafka's client, and so who hears what became of it.
#[derive(Debug)]
pub(crate) enum Account {
    /// The time, if it is timed: nobody asks for a single record.
    Times,
    /// Its line in a file that is gone on with.
    Lines(Arc<Resume>),
    /// Its number among those of all requests.
    Requests(Receipts),
}

/// Settles records: counts them, makes room, and ends the daemon where one cannot be delivered.
#[derive(Debug)]
pub(crate) struct Settlement {
    pub(super) metrics: Metrics,
    pub(super) room: Room,
    tasks: Tasks,
    topic: String,
    stop_on_refusal: bool,
    account: Account,
    is_fatal: AtomicBool,
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
            account: Account::Times,
            is_fatal: AtomicBool::new(false),
            start: Instant::now(),
        }
    }

    /// Keeps account of single records.
    #[must_use]
    pub(crate) fn with_account(mut self, account: Account) -> Self {
        self.account = account;
        self
    }

    /// What a record carries through Kafka's client: its line where lines are counted, else the time if it is timed.
    pub(super) fn mark(&self, record: &Record, is_timed: bool) -> usize {
        let stamp = if is_timed { self.stamp() } else { 0 };
        match (&self.account, record.span) {
            (Account::Lines(resume), Some(span)) => {
                resume.take(span, stamp);
                usize::try_from(span.to.line).unwrap_or(usize::MAX)
            }
            _ => stamp,
        }
    }

    /// Takes the room of records that go together, if there is enough for all of them.
    pub(super) fn reserve(&self, records: i64, bytes: usize) -> bool {
        let bytes = settled_bytes(0, bytes);
        let (in_flight, of_bytes) = (
            &self.metrics.in_flight_records,
            &self.metrics.in_flight_bytes,
        );
        self.room.try_take(
            || (in_flight.get(), of_bytes.get()),
            (records, bytes),
            || {
                in_flight.add(records);
                of_bytes.add(bytes);
            },
        )
    }

    /// What the first of so many records that go together carries; each that follows carries one more.
    pub(super) fn open(&self, records: usize, told: Told) -> usize {
        match &self.account {
            Account::Requests(receipts) => receipts.open(records, self.stamp(), told),
            Account::Times | Account::Lines(_) => 0,
        }
    }

    /// Nothing more will become of a record; gives the time that it carried.
    fn finish(&self, mark: usize, fate: Fate) -> usize {
        match (&self.account, fate) {
            (Account::Times, _) => mark,
            (Account::Requests(receipts), fate) => receipts.settle(mark, fate),
            (Account::Lines(_), Fate::Failed(reason)) if !self.is_passed(reason) => 0,
            (Account::Lines(resume), _) => resume.finish(mark as u64),
        }
    }

    /// Whether only this record is at fault, and the next ones go on.
    const fn is_passed(&self, reason: Reason) -> bool {
        reason.is_refusal() && !self.stop_on_refusal
    }

    /// The time now as a record carries it: microseconds since the start, never 0.
    fn stamp(&self) -> usize {
        usize::try_from(self.start.elapsed().as_micros())
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// A record was acknowledged, and stands where `fate` says.
    fn delivered(&self, mark: usize, bytes: i64, fate: Fate) {
        self.metrics.delivered.inc();
        self.metrics.bytes_delivered.inc_by(bytes.unsigned_abs());
        let left = self.free(bytes);
        let stamp = self.finish(mark, fate);
        if stamp != 0 {
            let micros = self.stamp().saturating_sub(stamp);
            #[expect(
                clippy::cast_precision_loss,
                reason = "2^53 microseconds are 285 years"
            )]
            self.metrics.delivery_seconds.observe(micros as f64 / 1e6);
        }
        if stamp != 0 || left == 0 {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            self.metrics.last_delivery.set(now.as_secs_f64());
        }
    }

    /// A record will never be acknowledged: counts it, and ends the daemon unless only this record is at fault.
    ///
    /// None is sent again: it would stand behind later records of its key.
    pub(super) fn failed(&self, error: &KafkaError, mark: usize, bytes: i64) {
        let reason = reason_of(error);
        let before = self.metrics.failed(reason).get();
        self.metrics.failed(reason).inc();
        self.metrics.troubles.note(reason.as_str(), error);
        self.free(bytes);
        self.finish(mark, Fate::Failed(reason));
        // Whose record shared a batch with a refused one has been told, and comes again.
        let is_told = is_neighbour(error) && matches!(self.account, Account::Requests(_));
        if self.is_passed(reason) || is_told {
            let (kind, topic) = (reason.as_str(), &self.topic);
            tracing::warn!(kind, topic, "a record was refused by the broker: {error}");
            return;
        }
        let is_said = match reason {
            Reason::PurgedOnShutdown => true,
            Reason::Fatal => self.is_fatal.swap(true, Ordering::Relaxed),
            _ => before > 0,
        };
        if !is_said {
            let failure = self.failure(reason, error);
            self.tasks.drain(Cause::Failed(failure));
        }
    }

    /// What ends the daemon when a record fails for a reason.
    fn failure(&self, reason: Reason, error: &KafkaError) -> Failure {
        let topic = &self.topic;
        let (exit, message) = match reason {
            Reason::TooLarge | Reason::Refused => (
                Exit::Refused,
                format!("a record was refused by the broker of topic {topic}: {error}"),
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
            Reason::Other if is_neighbour(error) => {
                let way = "set kafka.properties.\"batch.num.messages\" to 1 to have each judged by itself";
                (
                    Exit::DrainIncomplete,
                    format!(
                        "a record went unwritten because the broker of topic {topic} refused another one of its batch; {way}"
                    ),
                )
            }
            Reason::Other | Reason::PurgedOnShutdown => (
                Exit::DrainIncomplete,
                format!("a record could not be delivered to topic {topic}: {error}"),
            ),
        };
        Failure::said(exit, message)
    }

    /// The client cannot go on; to hear it again does no harm.
    pub(super) fn fatal(&self, reason: &str) {
        if !self.is_fatal.swap(true, Ordering::Relaxed) {
            let message = format!("the Kafka client cannot go on: {reason}");
            self.tasks
                .drain(Cause::Failed(Failure::said(Exit::Fatal, message)));
        }
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

/// Whether nobody has judged the record: it shared a batch with one that was refused.
fn is_neighbour(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::InvalidDifferentRecord)
}

/// Why a record failed, as a label.
fn reason_of(error: &KafkaError) -> Reason {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::MessageTimedOut) => Reason::Timeout,
        Some(Code::MessageSizeTooLarge | Code::MessageBatchTooLarge | Code::InvalidMessageSize) => {
            Reason::TooLarge
        }
        Some(
            Code::InvalidRecord
            | Code::InvalidTimestamp
            | Code::PolicyViolation
            | Code::UnsupportedForMessageFormat,
        ) => Reason::Refused,
        Some(
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::DelegationTokenAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
            | Code::SecurityDisabled
            | Code::Authentication,
        ) => Reason::Auth,
        Some(
            Code::UnknownTopic
            | Code::UnknownTopicOrPartition
            | Code::UnknownPartition
            | Code::UnknownTopicId
            | Code::InvalidTopic,
        ) => Reason::TopicUnknown,
        Some(
            Code::Fatal
            | Code::Fenced
            | Code::ProducerFenced
            | Code::GaplessGuarantee
            | Code::InvalidProducerEpoch
            | Code::InvalidProducerIdMapping
            | Code::OutOfOrderSequenceNumber
            | Code::UnknownProducerId,
        ) => Reason::Fatal,
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
        self.events.error(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, report: &DeliveryResult<'_>, mark: usize) {
        let (error, message) = match report {
            Ok(message) => (None, message),
            Err((error, message)) => (Some(error), message),
        };
        let bytes = settled_bytes(message.key_len(), message.payload_len());
        match error {
            None => {
                let fate = Fate::Delivered {
                    partition: message.partition(),
                    offset: message.offset(),
                };
                self.settlement.delivered(mark, bytes, fate);
            }
            Some(error) => self.settlement.failed(error, mark, bytes),
        }
    }
}
