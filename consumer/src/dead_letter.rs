//! Dead letters: records that cannot be decoded go to a topic of their own, byte for byte, with what is known about why.
//!
//! The delivery thread sends them; librdkafka's thread brings the reports. A batch ends, and its partition's offset
//! moves, only when every letter of it is acknowledged: each holds the batch's [`Closing`]. What the topic does not take
//! is sent again for ever, with growing pauses, and its partition waits meanwhile; the others go on.

mod breaker;
mod letter;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use client::kafka::events::Events;
use crossbeam_channel::{Receiver, Sender, unbounded};
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::statistics::Statistics;
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use crate::batch::{End, Slot};
use crate::flow::Flow;
use crate::metrics::DeadLetterMetrics;

pub(crate) use breaker::Breaker;
pub(crate) use letter::{Letter, Origin};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a full queue of the client is waited for before it is tried again.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(10);

/// A batch that has letters: it ends when the last one who holds this lets go.
pub(crate) struct Closing {
    flow: Arc<Flow>,
    slot: Slot,
    end: OnceLock<End>,
    is_held: AtomicBool,
}

impl Closing {
    pub(crate) fn new(flow: &Arc<Flow>, slot: Slot) -> Arc<Self> {
        Arc::new(Self {
            flow: Arc::clone(flow),
            slot,
            end: OnceLock::new(),
            is_held: AtomicBool::new(false),
        })
    }

    /// Everything of the batch but its letters is done.
    pub(crate) fn end(&self, end: End) {
        self.end.get_or_init(|| end);
    }

    /// A letter was not taken: its partition waits.
    fn hold(&self) {
        if !self.is_held.swap(true, Ordering::Relaxed) {
            self.flow.hold(self.slot);
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        if self.is_held.load(Ordering::Relaxed) {
            self.flow.release(self.slot);
        }
        // A daemon that gives up lets go before the end is known: the batch stays unfinished.
        if let Some(end) = self.end.get() {
            self.flow.finish(self.slot, *end);
        }
    }
}

/// A letter on its way.
pub(crate) struct Sent {
    letter: Letter,
    closing: Arc<Closing>,
    failures: u32,
}

/// A letter that is to be sent again, and when.
struct Later {
    sent: Box<Sent>,
    due: Instant,
}

/// The producing client of the topic of dead letters, and what it did not get rid of.
pub(crate) struct DeadLetters {
    producer: ThreadedProducer<Reports>,
    topic: String,
    refused: Receiver<Box<Sent>>,
    later: Vec<Later>,
    metrics: DeadLetterMetrics,
    tasks: Tasks,
    /// Letters that are neither acknowledged nor refused.
    under_way: Arc<()>,
}

impl DeadLetters {
    /// Makes the client; it connects in the background.
    ///
    /// # Errors
    /// When librdkafka refuses a setting.
    pub(crate) fn new(
        settings: &ClientConfig,
        topic: &str,
        metrics: DeadLetterMetrics,
        tasks: &Tasks,
    ) -> KafkaResult<Self> {
        let (sender, refused) = unbounded();
        let reports = Reports {
            topic: topic.to_owned(),
            refused: sender,
            metrics: metrics.clone(),
            tasks: tasks.clone(),
        };
        Ok(Self {
            producer: ThreadedProducer::from_config_and_context(settings, reports)?,
            topic: topic.to_owned(),
            refused,
            later: Vec::new(),
            metrics,
            tasks: tasks.clone(),
            under_way: Arc::new(()),
        })
    }

    /// Hands a letter to the client, or keeps it for later.
    pub(crate) fn send(&mut self, letter: Letter, closing: &Arc<Closing>) {
        self.hand_over(Box::new(Sent {
            letter,
            closing: Arc::clone(closing),
            failures: 0,
        }));
    }

    /// What the topic did not take comes back here.
    pub(crate) const fn refused(&self) -> &Receiver<Box<Sent>> {
        &self.refused
    }

    /// Keeps a letter that was not taken until its pause is over.
    pub(crate) fn keep(&mut self, mut sent: Box<Sent>) {
        sent.failures += 1;
        sent.closing.hold();
        let pause = FIRST_PAUSE.saturating_mul(1 << (sent.failures - 1).min(10));
        let due = Instant::now() + pause.min(LONGEST_PAUSE);
        self.later.push(Later { sent, due });
    }

    /// Sends what has waited for long enough.
    pub(crate) fn send_due(&mut self) {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|waiting| waiting.due <= now);
        self.later = later;
        for waiting in due {
            let _: Vec<Later> = Vec::new();
            self.hand_over(waiting.sent);
        }
    }

    /// Whether letters are on their way or wait to be sent again.
    pub(crate) fn is_busy(&self) -> bool {
        !self.later.is_empty() || !self.refused.is_empty() || self.producer.in_flight_count() > 0
    }

    fn hand_over(&mut self, mut sent: Box<Sent>) {
        loop {
            let Sent { letter, .. } = &*sent;
            let (key, value, headers) = (letter.key(), letter.value(), letter.headers());
            let record = BaseRecord::<[u8], [u8], Box<Sent>>::with_opaque_to(&self.topic, sent)
                .headers(headers);
            let _ = (key, value, &record);
            return;
        }
    }
}
