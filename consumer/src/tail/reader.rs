//! The client that reads: it takes partitions by itself, so it is in no group and has nothing to commit.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use client::kafka::auth::token::Authenticated;
use client::kafka::events::Events;
use client::kafka::native;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;
use rdkafka::{Offset, TopicPartitionList};
use runtime::lifecycle::{Exit, Failure};

use super::place::Offsets;
use super::record::Record;

/// Hands on what librdkafka reports.
pub(super) struct Watching {
    pub(super) events: Arc<Events>,
}

impl ClientContext for Watching {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if !is_harmless(&error) {
            self.events.error(&error, reason);
        }
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }

    fn stats(&self, statistics: Statistics) {
        self.events.statistics(&statistics);
    }
}

impl ConsumerContext for Watching {}

/// What one poll brought.
#[derive(Debug)]
pub(super) enum Event {
    Nothing,
    Record(Record),
    /// Nothing is left of a partition, whose end the broker that was read from knows to be here.
    End {
        partition: i32,
        known: i64,
    },
}

/// See the module's words.
pub(super) struct Reader {
    consumer: Authenticated<BaseConsumer<Watching>>,
    topic: String,
    /// The servers to connect to first.
    servers: String,
    events: Arc<Events>,
}

impl Reader {
    pub(super) const fn new(
        consumer: Authenticated<BaseConsumer<Watching>>,
        topic: String,
        servers: String,
        events: Arc<Events>,
    ) -> Self {
        Self {
            consumer,
            topic,
            servers,
            events,
        }
    }

    /// Reads these partitions from here on, and no others.
    pub(super) fn take(&self, begins: &Offsets) -> Result<(), Failure> {
        let mut list = TopicPartitionList::with_capacity(begins.len());
        for (partition, offset) in begins {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))
                .context("name the partitions")?;
        }
        Ok(self.consumer.assign(&list).context("take the partitions")?)
    }

    /// Reads no more of a partition.
    pub(super) fn leave(&self, partition: i32) -> Result<(), Failure> {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&self.topic, partition);
        Ok(self.consumer.pause(&list).context("leave a partition")?)
    }

    /// Waits so long for something to come.
    ///
    /// # Errors
    /// 76 when the client cannot go on, 77 when the topic is not ours to read.
    pub(super) fn poll(&self, patience: Duration) -> Result<Event, Failure> {
        match self.consumer.poll(patience) {
            None => {
                let client = self.consumer.client();
                self.events.reconnect(client, &self.servers);
                Ok(Event::Nothing)
            }
            Some(Ok(message)) => Ok(Event::Record(Record::copy(&message))),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let known = native::known_end(self.consumer.client(), &self.topic, partition);
                Ok(Event::End { partition, known })
            }
            Some(Err(error)) => self.judge(&error).map(|()| Event::Nothing),
        }
    }

    /// librdkafka goes on after most errors by itself.
    fn judge(&self, error: &KafkaError) -> Result<(), Failure> {
        let exit = match (error, error.rdkafka_error_code()) {
            (KafkaError::MessageConsumptionFatal(_), _) => Exit::Fatal,
            (_, Some(RDKafkaErrorCode::TopicAuthorizationFailed)) => Exit::Authentication,
            _ => {
                if !is_harmless(error) {
                    self.events.error(error, &error.to_string());
                }
                return Ok(());
            }
        };
        let error = anyhow::Error::new(error.clone()).context(format!("read {}", self.topic));
        Err(Failure::new(exit, error))
    }
}

/// The end of a partition is no trouble, and neither is a group that is not ours: the client has the name of one because
/// librdkafka asks for it, and joins none.
fn is_harmless(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::PartitionEOF | RDKafkaErrorCode::GroupAuthorizationFailed)
    )
}
