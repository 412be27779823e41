//! Dead letters: records that cannot be decoded go to a topic of their own as they were, with what is known about why.
//!
//! The delivery thread sends them; librdkafka's thread brings the reports. A batch ends, and its partition's offset
//! moves, only when every letter of it is acknowledged: each holds the batch's [`Closing`]. What the topic does not take
//! is sent again for ever, with growing pauses, and its partition waits meanwhile; the others go on.

mod breaker;
pub(crate) mod compaction;
mod letter;

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use client::kafka::auth::token::Authenticated;
use client::kafka::events::Events;
use client::kafka::forgotten::Forgotten;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, Statistics};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use crate::closing::Closing;
use crate::metrics::Metrics;

pub(crate) use breaker::Breaker;
pub(crate) use letter::{CONNECT, Letter, OWN, Origin};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A letter on its way.
#[derive(Debug)]
pub(crate) struct Sent {
    letter: Arc<Letter>,
    closing: Arc<Closing>,
    failures: u32,
}

/// A letter that is to be sent again, and when.
struct Later {
    sent: Sent,
    due: Instant,
}

/// The producing client of the topic of dead letters, and what it did not get rid of.
pub(crate) struct DeadLetters {
    producer: Authenticated<ThreadedProducer<Reports>>,
    topic: String,
    servers: String,
    later: Vec<Later>,
    tasks: Tasks,
    is_fatal: bool,
}

impl DeadLetters {
    /// Makes the client; it connects in the background.
    ///
    /// # Errors
    /// When librdkafka refuses a setting.
    pub(crate) fn new(
        settings: &ClientConfig,
        topic: &str,
        (metrics, events): (&Metrics, &Arc<Events>),
        tasks: &Tasks,
    ) -> KafkaResult<Self> {
        let reports = Reports {
            topic: topic.to_owned(),
            refused: Mutex::default(),
            metrics: metrics.clone(),
            events: Arc::clone(events),
            forgotten: Forgotten::default(),
        };
        let producer = ThreadedProducer::from_config_and_context(settings, reports)?;
        Ok(Self {
            producer: Authenticated::new(producer, events.tokens()),
            topic: topic.to_owned(),
            servers: settings
                .get("bootstrap.servers")
                .unwrap_or_default()
                .to_owned(),
            later: Vec::new(),
            tasks: tasks.clone(),
            is_fatal: false,
        })
    }

    /// Hands a letter to the client, or keeps it for later.
    pub(crate) fn send(&mut self, letter: Letter, closing: &Arc<Closing>) {
        closing.open();
        self.hand_over(Sent {
            letter: Arc::new(letter),
            closing: Arc::clone(closing),
            failures: 0,
        });
    }

    /// Sends what was not taken and has waited for long enough.
    pub(crate) fn send_again(&mut self) {
        let forgotten = &self.producer.context().forgotten;
        forgotten.reconnect(self.producer.client(), &self.servers);
        let refused = self.producer.context().take_refused();
        for sent in refused {
            self.keep(sent);
        }
        let now = Instant::now();
        let waiting = std::mem::take(&mut self.later).into_iter();
        let (due, later): (Vec<_>, Vec<_>) = waiting.partition(|later| later.due <= now);
        self.later = later;
        for later in due {
            self.hand_over(later.sent);
        }
    }

    /// Whether letters are on their way or wait to be sent again.
    pub(crate) fn is_busy(&self) -> bool {
        let has_refused = || self.producer.context().has_refused();
        !self.later.is_empty() || self.producer.in_flight_count() > 0 || has_refused()
    }

    /// Keeps a letter until its pause is over.
    fn keep(&mut self, mut sent: Sent) {
        if !sent.closing.is_current() {
            // Whoever has the partition now reads the record again, and writes its letter.
            return self.producer.context().given_back(&sent);
        }
        sent.closing.hold();
        let pause = FIRST_PAUSE.saturating_mul(1 << sent.failures.min(10));
        sent.failures += 1;
        let due = Instant::now() + pause.min(LONGEST_PAUSE);
        self.later.push(Later { sent, due });
        if !self.is_fatal
            && let Some((_, reason)) = self.producer.client().fatal_error()
        {
            self.is_fatal = true;
            let said = format!("the client of {} cannot go on: {reason}", self.topic);
            self.tasks
                .drain(Cause::Failed(Failure::said(Exit::Fatal, said)));
        }
    }

    fn hand_over(&mut self, sent: Sent) {
        let letter = Arc::clone(&sent.letter);
        let mut record =
            BaseRecord::<[u8], [u8], Box<Sent>>::with_opaque_to(&self.topic, Box::new(sent))
                .headers(letter.headers());
        record.key = letter.key.as_deref();
        record.payload = letter.value.as_deref();
        if let Err((error, record)) = self.producer.send(record) {
            let sent = *record.delivery_opaque;
            self.producer.context().not_taken(&error, &sent);
            self.keep(sent);
        }
    }
}

/// Delivery reports and the client's other callbacks. They run on the client's thread and never block.
struct Reports {
    topic: String,
    /// No more than records that are in flight.
    refused: Mutex<Vec<Sent>>,
    metrics: Metrics,
    /// The consumer's, which has the tokens.
    events: Arc<Events>,
    forgotten: Forgotten,
}

impl Reports {
    fn lock(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_refused(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.lock())
    }

    fn has_refused(&self) -> bool {
        !self.lock().is_empty()
    }

    /// The batch of a partition that has gone ends without this letter: nothing moves by it.
    fn given_back(&self, sent: &Sent) {
        self.metrics.revoked.inc();
        sent.closing.settle();
    }

    fn not_taken(&self, error: &KafkaError, sent: &Sent) {
        self.metrics.letters.failures.inc();
        self.metrics.troubles.note("dead_letter", error);
        let failures = sent.failures + 1;
        if failures.is_power_of_two() {
            let (topic, from) = (&self.topic, sent.letter.place());
            tracing::error!(topic, failures, %error, "the dead letter of {from} was not taken, trying again; its partition waits");
        }
    }
}

impl ClientContext for Reports {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }

    fn stats(&self, statistics: Statistics) {
        self.forgotten.look(&statistics);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, "dead letters: {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "dead letters: {reason}");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        let Err((error, _)) = result else {
            self.metrics.dead_lettered.inc();
            self.metrics.letters.sent(sent.letter.kind());
            sent.closing.settle();
            return;
        };
        if matches!(
            error.rdkafka_error_code(),
            Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight)
        ) {
            // The daemon gives up; the record is read again.
            return;
        }
        self.not_taken(error, &sent);
        self.lock().push(*sent);
    }
}
