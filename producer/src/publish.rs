//! Hands records to Kafka within bounds, and settles each by its delivery report.

mod deliveries;
mod receipts;
mod room;
mod together;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::kafka::auth::token::Authenticated;
use client::kafka::events::Events;
use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use runtime::telemetry::Heartbeat;

use crate::metrics::Reason;
use crate::source::Record;
use deliveries::Deliveries;
pub(crate) use deliveries::{Account, Settlement};
pub(crate) use receipts::{Fate, Receipts, Told};
pub(crate) use room::Room;
pub(crate) use together::NoRoom;

/// Under load one record in so many is timed.
const SAMPLE: u32 = 64;
/// How long a full queue is waited for before it is tried again.
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(10);
/// The largest record that librdkafka sends unless it is told otherwise, in bytes.
const LARGEST: usize = 1_000_000;

/// What became of a record that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Kafka's client has it; the delivery report will settle it.
    Enqueued,
    /// It is larger than the client may send; nothing was counted.
    TooLarge,
    /// It was given up, and counted as failed: the drain's time is over, or the client cannot go on.
    GivenUp,
}

/// The producing client of one topic, shared by all workers.
pub(crate) struct Publisher {
    producer: Authenticated<ThreadedProducer<Deliveries>>,
    topic: String,
    /// The servers to connect to first.
    servers: String,
    /// The largest record that it sends, in bytes.
    largest: usize,
    events: Arc<Events>,
    settlement: Arc<Settlement>,
    giving_up: AtomicBool,
}

impl Publisher {
    /// Makes the client; it connects in the background.
    ///
    /// # Errors
    /// When librdkafka refuses a setting.
    pub(crate) fn new(
        settings: &ClientConfig,
        topic: &str,
        events: Arc<Events>,
        settlement: Arc<Settlement>,
    ) -> KafkaResult<Self> {
        let deliveries = Deliveries::new(Arc::clone(&events), Arc::clone(&settlement));
        let producer = ThreadedProducer::from_config_and_context(settings, deliveries)?;
        Ok(Self {
            producer: Authenticated::new(producer, events.tokens()),
            topic: topic.to_owned(),
            servers: settings
                .get("bootstrap.servers")
                .unwrap_or_default()
                .to_owned(),
            largest: settings
                .get("message.max.bytes")
                .and_then(|bytes| bytes.parse().ok())
                .unwrap_or(LARGEST),
            events,
            settlement,
            giving_up: AtomicBool::new(false),
        })
    }

    /// The client, for questions about the cluster.
    pub(crate) fn client(&self) -> &rdkafka::client::Client<Deliveries> {
        self.producer.client()
    }

    /// Connects anew if every broker was forgotten, and ends the daemon if the client cannot go on; to be called now
    /// and then.
    pub(crate) fn look_after(&self) {
        self.events.reconnect(self.client(), &self.servers);
        if let Some(reason) = self.events.find_fatal(self.client()) {
            self.settlement.fatal(reason);
        }
    }

    /// Ends all waiting for room: what is not handed over by now never will be.
    pub(crate) fn give_up(&self) {
        self.giving_up.store(true, Ordering::Relaxed);
    }

    /// Waits at most `time` for records in flight to be settled.
    pub(crate) fn flush(&self, time: Duration) {
        // The answer says whether the time was enough; the count of records in flight says it better.
        self.producer.flush(time).ok();
    }

    fn has_given_up(&self) -> bool {
        self.giving_up.load(Ordering::Relaxed)
    }
}

/// One worker's way to the publisher.
pub(crate) struct Sender {
    publisher: Arc<Publisher>,
    heart: Heartbeat,
    until_sample: u32,
}

impl Sender {
    /// A way of its own for a worker, whose heart beats on while it waits for room.
    pub(crate) fn new(publisher: &Arc<Publisher>, heart: Heartbeat) -> Self {
        Self {
            publisher: Arc::clone(publisher),
            heart,
            until_sample: 0,
        }
    }

    /// Hands a record over, waiting while the bound on records in flight is reached.
    pub(crate) fn send(&mut self, record: &Record) -> Sent {
        let bytes = settled_bytes(
            record.key().map_or(0, <[u8]>::len),
            record.value().map_or(0, <[u8]>::len),
        );
        let has_room = self.wait_for_room(bytes);
        let is_sampled = self.is_sampled();
        let settlement = &self.publisher.settlement;
        let metrics = &settlement.metrics;
        if !has_room {
            metrics.enqueued.inc();
            metrics.failed(Reason::PurgedOnShutdown).inc();
            return Sent::GivenUp;
        }
        metrics.in_flight_records.inc();
        metrics.in_flight_bytes.add(bytes);
        let mark = settlement.mark(record, is_sampled);
        match self.produce(record.key(), record.value(), headers(record), mark) {
            Ok(()) => {
                metrics.enqueued.inc();
                Sent::Enqueued
            }
            Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge)) => {
                settlement.free(bytes);
                Sent::TooLarge
            }
            Err(error) => {
                metrics.enqueued.inc();
                settlement.failed(&error, mark, bytes);
                Sent::GivenUp
            }
        }
    }

    /// Gives the record to the client; a full queue is waited for.
    fn produce(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: Option<OwnedHeaders>,
        mark: usize,
    ) -> KafkaResult<()> {
        let Publisher {
            producer,
            topic,
            settlement,
            ..
        } = &*self.publisher;
        let mut message = BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, mark);
        if let Some(value) = value {
            message = message.payload(value);
        }
        if let Some(key) = key {
            message = message.key(key);
        }
        if let Some(headers) = headers {
            message = message.headers(headers);
        }
        while let Err((error, back)) = producer.send(message) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(error);
            }
            if self.publisher.has_given_up() {
                return Err(KafkaError::MessageProduction(RDKafkaErrorCode::PurgeQueue));
            }
            settlement.metrics.queue_full.inc();
            self.heart.beat();
            settlement.room.rest(QUEUE_FULL_WAIT);
            message = back;
        }
        Ok(())
    }

    fn wait_for_room(&self, bytes: i64) -> bool {
        let Settlement { metrics, room, .. } = &*self.publisher.settlement;
        let in_flight = || {
            (
                metrics.in_flight_records.get(),
                metrics.in_flight_bytes.get(),
            )
        };
        room.wait(in_flight, bytes, || {
            self.heart.beat();
            !self.publisher.has_given_up()
        })
    }

    /// Whether this record's delivery is timed: each while nothing is in flight, else one in [`SAMPLE`].
    fn is_sampled(&mut self) -> bool {
        if self.until_sample == 0 || self.publisher.settlement.metrics.in_flight_records.get() == 0
        {
            self.until_sample = SAMPLE;
        }
        self.until_sample -= 1;
        self.until_sample == SAMPLE - 1
    }
}

/// Nothing where there are none: a record without headers costs nothing here.
fn headers(record: &Record) -> Option<OwnedHeaders> {
    if record.headers.is_empty() {
        return None;
    }
    let all = OwnedHeaders::new_with_capacity(record.headers.len());
    Some(record.headers.iter().fold(all, |all, (key, value)| {
        let value = Some(value.as_slice());
        all.insert(Header { key, value })
    }))
}

/// The bytes a record counts for while it is in flight.
fn settled_bytes(key: usize, value: usize) -> i64 {
    i64::try_from(key.saturating_add(value)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
