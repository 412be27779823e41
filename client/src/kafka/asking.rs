//! A client that only asks and administers: its errors and its tokens, without a daemon around it.

use super::auth::token::{Authenticated, Tokens};
use super::events::Events;
use super::metrics::KafkaMetrics;
use super::topic::{self, TopicError};
use crate::config::KafkaConfig;
use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one question lasts.
const ONE_TRY: Duration = Duration::from_secs(1);
/// Time between two questions that nobody answers.
const PAUSE: Duration = Duration::from_millis(200);
/// How long callbacks are served between two questions.
const SERVING: Duration = Duration::from_millis(10);

/// Hands on what librdkafka reports.
pub struct Asking {
    events: Events,
}

impl ClientContext for Asking {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.error(&error, reason);
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.events.token()
    }
}

impl ProducerContext for Asking {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// A cluster that is asked about its topics.
pub struct Cluster {
    client: Authenticated<BaseProducer<Asking>>,
    tokens: Option<Arc<Tokens>>,
    servers: String,
}

impl Cluster {
    /// Makes the client; credentials are found within `patience`.
    ///
    /// # Errors
    /// 77 without credentials, 78 for settings that librdkafka refuses.
    pub async fn open(
        config: &KafkaConfig,
        settings: &ClientConfig,
        patience: Duration,
        tasks: &Tasks,
    ) -> Result<Self, Failure> {
        let telemetry = Telemetry::new("command");
        let metrics = KafkaMetrics::register(telemetry.registry()).context("register metrics")?;
        let watched = (&metrics.token, telemetry.health());
        let tokens = Tokens::open(&config.auth, watched, patience, tasks).await?;
        let latch = telemetry.health().latch("broker");
        let events = Events::new(metrics, latch).with_tokens(tokens.clone());
        let client = BaseProducer::from_config_and_context(settings, Asking { events })
            .context("make the Kafka client")
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        Ok(Self {
            client: Authenticated::new(client, tokens.as_ref()),
            tokens,
            servers: config.bootstrap_servers.clone(),
        })
    }

    /// The tokens that other clients of the same cluster need.
    pub const fn tokens(&self) -> Option<&Arc<Tokens>> {
        self.tokens.as_ref()
    }

    /// Asks once whether anybody is there; a refusal of our credentials is the only answer that matters. Blocks.
    ///
    /// # Errors
    /// 77 when the brokers refuse our credentials.
    pub fn knock(&self) -> Result<(), Failure> {
        if self.client.client().fetch_metadata(None, ONE_TRY).is_ok() {
            return Ok(());
        }
        self.client.poll(SERVING);
        self.refusal().map_or(Ok(()), Err)
    }

    /// As [`topic::wait_for`], and ends at once when the brokers refuse our credentials.
    ///
    /// # Errors
    /// 77 for refusals, 69 when `timeout` is over.
    pub fn wait_for(
        &self,
        topic: &str,
        timeout: Duration,
        draining: impl Fn() -> bool,
    ) -> Result<usize, Failure> {
        let give_up = || {
            self.client.poll(SERVING);
            draining() || self.refusal().is_some()
        };
        let found = topic::wait_for(self.client.client(), topic, &self.servers, timeout, give_up);
        found.map_err(|error: TopicError| {
            self.refusal()
                .unwrap_or_else(|| Failure::new(error.exit(), error))
        })
    }

    /// The number of replicas of each partition of a topic, led or not, if the topic is there for us to see; blocks.
    ///
    /// # Errors
    /// When nobody answers in time.
    pub fn replicas(&self, topic: &str) -> KafkaResult<Option<Vec<usize>>> {
        // To ask for the one topic might create it.
        let metadata = self.client.client().fetch_metadata(None, ONE_TRY)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let partitions = found.map(|found| found.partitions().iter());
        Ok(partitions.map(|all| all.map(|one| one.replicas().len()).collect()))
    }

    /// How many brokers there are, once one answers; blocks.
    ///
    /// # Errors
    /// 77 when they refuse our credentials, 69 when none answers within `patience`.
    pub fn brokers(&self, patience: Duration) -> Result<usize, Failure> {
        let began = Instant::now();
        loop {
            let reason = match self.client.client().fetch_metadata(None, ONE_TRY) {
                Ok(metadata) => return Ok(metadata.brokers().len()),
                Err(error) => error,
            };
            self.client.poll(SERVING);
            if let Some(refusal) = self.refusal() {
                return Err(refusal);
            }
            if began.elapsed() >= patience {
                let servers = &self.servers;
                let message =
                    format!("no broker of {servers} answered within {patience:?}: {reason}");
                return Err(Failure::said(Exit::Unreachable, message));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// How many partitions a topic has, all of them led; blocks. Nothing creates it: all topics are asked for.
    ///
    /// # Errors
    /// 69 when it is not there for us to see or not led, or nobody answers within `patience`.
    pub fn partitions(&self, topic: &str, patience: Duration) -> Result<usize, Failure> {
        let unreachable = |message: String| Failure::said(Exit::Unreachable, message);
        let metadata = self.client.client().fetch_metadata(None, patience);
        let metadata = metadata.map_err(|error| Failure::new(Exit::Unreachable, error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let Some(found) = found else {
            let message = format!("there is no topic {topic}, or it is not ours to see");
            return Err(unreachable(message));
        };
        let partitions = found.partitions();
        match partitions
            .iter()
            .filter(|partition| partition.leader() < 0)
            .count()
        {
            0 => Ok(partitions.len()),
            unled => {
                let all = partitions.len();
                Err(unreachable(format!(
                    "{unled} of {all} partitions of {topic} have no leader"
                )))
            }
        }
    }

    /// Puts a question of one's own.
    pub fn ask<T>(&self, question: impl FnOnce(&Client<Asking>) -> T) -> T {
        question(self.client.client())
    }

    fn refusal(&self) -> Option<Failure> {
        self.client.context().events.refusal(&self.servers)
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}
