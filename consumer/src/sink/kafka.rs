//! Records of another topic, each value encoded anew with a schema of its target.
//!
//! A write hands all records of its content to the client, and is safe when brokers have acknowledged every one of them,
//! in all replicas. Meanwhile nothing else is in flight, but what an earlier write did not see acknowledged in time: then
//! the same records are given again, and are waited for rather than sent once more.
//!
//! **Order.** Records of a key stay in order, whatever fails. The client never gives a record up for its age, for then a
//! later one could pass it, and tries again itself, as an idempotent producer, without doubles. Where a record fails for
//! good all the same, the client goes no further (`enable.gapless.guarantee`): what it has queued is taken back, it is
//! made anew, and all records of the content that are not acknowledged are sent again, in order.
//!
//! **What comes twice.** Records whose acknowledgement was not seen: by a client that was made anew, by a process that
//! was killed, and between two commits by whoever has the partition next. Each record's first occurrence is in order.

mod awaited;

use super::verdict::Refused;
use super::{Sink, SinkError};
use crate::batch::Slot;
use crate::shape::{Content, Frame, Frames, Shape};
use crate::target::Target;
use awaited::{Awaited, Failed};
use client::kafka::auth::token::Authenticated;
use client::kafka::events::Events;
use rdkafka::Statistics;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{
    BaseRecord, Producer as _, ProducerContext, PurgeConfig, ThreadedProducer,
};
use runtime::lifecycle::Exit;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a write waits for acknowledgements before it says so; it goes on waiting with the next try.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a write that waits looks after its client.
const SLICE: Duration = Duration::from_millis(100);

/// Writes to one topic.
pub(crate) struct KafkaSink {
    target: Target,
    topic: String,
    producer: Authenticated<ThreadedProducer<Acknowledgements>>,
    /// The content that was given last, until all of it is acknowledged.
    current: Option<Current>,
    /// Whether each record goes out in a request of its own, so that none is refused for another.
    is_alone: bool,
}

struct Current {
    slot: Slot,
    first: Option<i64>,
    awaited: Arc<Awaited>,
}

/// A record on its way.
pub(crate) struct Sent {
    awaited: Arc<Awaited>,
    index: usize,
}

impl KafkaSink {
    /// Makes the client; it connects in the background.
    pub(super) fn open(target: &Target, topic: Option<&str>) -> Result<Self, SinkError> {
        let topic = topic.unwrap_or(&target.topic).to_owned();
        let producer = producer(target, false).map_err(|source| SinkError::Kafka {
            topic: topic.clone(),
            source,
        })?;
        Ok(Self {
            target: target.clone(),
            topic,
            producer,
            current: None,
            is_alone: false,
        })
    }

    /// What is known of these records: they may have been given before.
    fn awaited(&mut self, slot: Slot, frames: &Frames) -> Arc<Awaited> {
        let first = frames.records.first().map(|frame| frame.offset);
        if let Some(current) = &self.current
            && (current.slot, current.first) == (slot, first)
            && current.awaited.len() == frames.records.len()
        {
            return Arc::clone(&current.awaited);
        }
        let awaited = Arc::new(Awaited::new(frames.records.len()));
        self.current = Some(Current {
            slot,
            first,
            awaited: Arc::clone(&awaited),
        });
        awaited
    }

    /// Hands what is not acknowledged to the client, in order, up to the first that it does not take.
    fn send(&self, frames: &Frames, awaited: &Arc<Awaited>) {
        for index in awaited.begin() {
            let frame = &frames.records[index];
            let sent = Box::new(Sent {
                awaited: Arc::clone(awaited),
                index,
            });
            let mut record = BaseRecord::<[u8], [u8], Box<Sent>>::with_opaque_to(&self.topic, sent);
            record.key = frames.key(frame);
            record.payload = frames.value(frame);
            record.timestamp = frame.millis;
            record.headers = headers(frames, frame);
            awaited.sending(index);
            if let Err((error, _)) = self.producer.send(record) {
                awaited.settle(index, Err(error));
                return;
            }
            if awaited.has_failed() {
                return;
            }
        }
    }

    /// Waits until all of it is acknowledged.
    fn wait(&mut self, slot: Slot, frames: &Frames, awaited: &Awaited) -> io::Result<()> {
        let began = Instant::now();
        let mut is_purged = false;
        loop {
            let open = awaited.wait(SLICE, !is_purged);
            if open.in_flight == 0 {
                return match awaited.take_failure() {
                    Some(failed) => Err(self.judge(slot, frames, &failed)),
                    None => Ok(()),
                };
            }
            if awaited.has_failed() && !is_purged {
                // What is queued must not pass what has failed.
                self.producer.purge(PurgeConfig::default().queue());
                is_purged = true;
            }
            self.look_after();
            if self.target.tasks.aborting().is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if began.elapsed() >= PATIENCE {
                return Err(self.unacknowledged(open.in_flight, frames.records.len()));
            }
        }
    }

    fn look_after(&self) {
        let servers = self.target.settings.get("bootstrap.servers");
        let events = &self.target.events;
        events.reconnect(self.producer.client(), servers.unwrap_or_default());
    }

    fn unacknowledged(&self, count: usize, all: usize) -> io::Error {
        let topic = &self.topic;
        let mut said = format!("{count} of {all} records are not acknowledged by {topic}");
        if let Some((error, _)) = self.target.events.last_error() {
            said = format!("{said}: {error}");
        }
        io::Error::new(io::ErrorKind::TimedOut, said)
    }

    /// What a record that was not written means, and what is done about it before the next try.
    fn judge(&mut self, slot: Slot, frames: &Frames, failed: &Failed) -> io::Error {
        let Failed { index, error } = failed;
        let topic = &self.topic;
        match meaning(error) {
            Meaning::Refused if self.producer.context().is_alone => {
                let (from, offset) = (&self.target.from, frames.records[*index].offset);
                let said = format!(
                    "{from}[{}]@{offset}: {topic} does not take the record: {error}",
                    slot.partition
                );
                ended(Exit::Refused, said)
            }
            Meaning::Denied => {
                let said = format!("we may not write to {topic}: {error}");
                ended(Exit::Authentication, said)
            }
            Meaning::Refused => {
                tracing::warn!(topic, %error, "a batch of records was refused: each goes by itself from now on");
                self.is_alone = true;
                self.renewed(format!("{topic} refused records: {error}"))
            }
            Meaning::Passing => self.renewed(format!("{topic} did not take records: {error}")),
        }
    }

    /// The error for the next try, which has a client that can go on.
    fn renewed(&mut self, said: String) -> io::Error {
        let is_over = self.producer.client().fatal_error().is_some();
        let has_changed = self.is_alone != self.producer.context().is_alone;
        if !is_over && !has_changed {
            return io::Error::other(said);
        }
        match producer(&self.target, self.is_alone) {
            Ok(producer) => {
                self.producer = producer;
                io::Error::other(said)
            }
            Err(error) => io::Error::other(format!("{said}; and no other client: {error}")),
        }
    }
}

impl Sink for KafkaSink {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn shape(&self) -> Shape {
        Shape::Frames(Box::new(self.target.encoder.clone()))
    }

    fn write(&mut self, slot: Slot, content: &Content) -> io::Result<()> {
        let Content::Frames(frames) = content else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let awaited = self.awaited(slot, frames);
        if awaited.is_at_rest() {
            self.send(frames, &awaited);
        }
        self.wait(slot, frames, &awaited)?;
        self.current = None;
        Ok(())
    }
}

/// The error that ends the daemon with this exit code.
fn ended(exit: Exit, words: String) -> io::Error {
    io::Error::other(Refused { exit, words })
}

/// The client that writes.
fn producer(
    target: &Target,
    is_alone: bool,
) -> KafkaResult<Authenticated<ThreadedProducer<Acknowledgements>>> {
    let mut settings = target.settings.clone();
    if is_alone {
        settings.set("batch.num.messages", "1");
    }
    let events = Arc::clone(&target.events);
    let tokens = events.tokens().cloned();
    let context = Acknowledgements { events, is_alone };
    let producer = ThreadedProducer::from_config_and_context(&settings, context)?;
    Ok(Authenticated::new(producer, tokens.as_ref()))
}

/// A record's headers; names that are not UTF-8, which the client cannot send, have replacement characters.
fn headers(frames: &Frames, frame: &Frame) -> Option<OwnedHeaders> {
    let mut headers = None;
    for (name, value) in frames.headers(frame) {
        let all = headers.unwrap_or_else(OwnedHeaders::new);
        let key = &String::from_utf8_lossy(name);
        headers = Some(all.insert(Header { key, value }));
    }
    headers
}

/// What a record that was not written means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The topic does not take it, or one of those that were sent with it.
    Refused,
    /// We may not write.
    Denied,
    /// It is sent again.
    Passing,
}

fn meaning(error: &KafkaError) -> Meaning {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(
            Code::MessageSizeTooLarge
            | Code::MessageBatchTooLarge
            | Code::InvalidRecord
            | Code::InvalidTimestamp
            | Code::InvalidMessage,
        ) => Meaning::Refused,
        Some(
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication,
        ) => Meaning::Denied,
        _ => Meaning::Passing,
    }
}

/// Delivery reports and the client's other callbacks. They run on the client's thread and never block.
struct Acknowledgements {
    events: Arc<Events>,
    is_alone: bool,
}

impl ClientContext for Acknowledgements {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }

    fn stats(&self, statistics: Statistics) {
        self.events.statistics(&statistics);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.error(&error, reason);
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        let result = result.as_ref().map(|_| ());
        sent.awaited
            .settle(sent.index, result.map_err(|(error, _)| error.clone()));
    }
}
