//! Questions to a cluster about its topics, and orders: each is tried until the deadline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::kafka::asking::Cluster;
use client::kafka::auth::token::Authenticated;
use client::kafka::settings;
use rdkafka::admin::{
    AdminClient, AdminOptions, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use runtime::lifecycle::{Exit, Failure, Tasks};

use super::drift::{Found, Wanted};
use crate::config::Config;

/// How long the broker may take for one request.
const ONE_TRY: Duration = Duration::from_secs(5);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// What was found or done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ensured {
    Created,
    Existing,
}

/// A cluster's administration.
pub(super) struct Admin {
    cluster: Arc<Cluster>,
    client: Authenticated<AdminClient<DefaultClientContext>>,
    servers: String,
    tasks: Tasks,
    deadline: Instant,
}

impl Admin {
    /// Makes the clients; all questions and orders end at the same deadline.
    ///
    /// # Errors
    /// 77 without credentials, 78 for settings that librdkafka refuses.
    pub(super) async fn open(config: &Config, tasks: &Tasks) -> Result<Self, Failure> {
        let timeout = config.base.startup_timeout;
        let deadline = Instant::now() + timeout;
        let settings = settings::admin(&config.kafka);
        let cluster = Cluster::open(&config.kafka, &settings, timeout, tasks).await?;
        let client: AdminClient<DefaultClientContext> =
            settings.create().context("make the Kafka admin client")?;
        Ok(Self {
            client: Authenticated::new(client, cluster.tokens()),
            cluster: Arc::new(cluster),
            servers: config.kafka.bootstrap_servers.clone(),
            tasks: tasks.clone(),
            deadline,
        })
    }

    /// Creates a topic, unless it is there.
    ///
    /// # Errors
    /// 69 when nobody answers, 77 when it is not ours to create, 78 when the broker refuses it.
    pub(super) async fn create(&self, wanted: &Wanted) -> Result<Ensured, Failure> {
        let copies = wanted.replication.and_then(|copies| copies.try_into().ok());
        let replication = TopicReplication::Fixed(copies.unwrap_or(-1));
        let partitions = wanted.partitions.try_into().unwrap_or(i32::MAX);
        let mut topic = NewTopic::new(&wanted.name, partitions, replication);
        for (name, value) in &wanted.settings {
            topic = topic.set(name, value);
        }
        let ask = async || {
            let answers = self.client.create_topics([&topic], &options()).await?;
            match answers.into_iter().next() {
                Some(Ok(_)) => Ok(Ensured::Created),
                Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(Ensured::Existing),
                Some(Err((_, code))) => Err(KafkaError::AdminOp(code)),
                None => Err(KafkaError::AdminOp(RDKafkaErrorCode::Fail)),
            }
        };
        self.tried(&format!("create topic {}", wanted.name), ask)
            .await
    }

    /// Gives a topic so many partitions in all; whether it has them is to be seen afterwards.
    ///
    /// # Errors
    /// As [`Admin::create`].
    pub(super) async fn add_partitions(&self, wanted: &Wanted) -> Result<(), Failure> {
        let more = NewPartitions::new(&wanted.name, wanted.partitions);
        let ask = async || {
            let answers = self.client.create_partitions([&more], &options()).await?;
            match answers.into_iter().next() {
                // An earlier try may have been heard without our knowing.
                Some(Ok(_) | Err((_, RDKafkaErrorCode::InvalidPartitions))) => Ok(()),
                Some(Err((_, code))) => Err(KafkaError::AdminOp(code)),
                None => Err(KafkaError::AdminOp(RDKafkaErrorCode::Fail)),
            }
        };
        self.tried(&format!("add partitions to topic {}", wanted.name), ask)
            .await
    }

    /// What a topic is like, if it is there; one that we may not see is not.
    ///
    /// # Errors
    /// 69 when nobody answers, 77 when its settings are not ours to see.
    pub(super) async fn find(&self, topic: &str) -> Result<Option<Found>, Failure> {
        let place = format!("look at topic {topic}");
        let ask = async || {
            let (cluster, topic) = (Arc::clone(&self.cluster), topic.to_owned());
            let replicas = tokio::task::spawn_blocking(move || cluster.replicas(&topic));
            let failed = |_| KafkaError::AdminOp(RDKafkaErrorCode::Fail);
            replicas.await.map_err(failed)?
        };
        let Some(replicas) = self.tried(&place, ask).await? else {
            return Ok(None);
        };
        let ask = async || {
            let resource = ResourceSpecifier::Topic(topic);
            let answers = self
                .client
                .describe_configs([&resource], &options())
                .await?;
            let entries = match answers.into_iter().next() {
                Some(Ok(found)) => found.entries,
                Some(Err(code)) => return Err(KafkaError::AdminOp(code)),
                None => Vec::new(),
            };
            // A refusal comes as a topic without settings; every topic has some.
            if entries.is_empty() {
                let denied = RDKafkaErrorCode::TopicAuthorizationFailed;
                return Err(KafkaError::AdminOp(denied));
            }
            Ok(entries)
        };
        let place = format!("read the settings of topic {topic}");
        let entries = self.tried(&place, ask).await?.into_iter();
        let settings = entries.map(|entry| (entry.name, entry.value)).collect();
        Ok(Some(Found { replicas, settings }))
    }

    /// Waits until every partition of a topic has a leader, and there are at least so many.
    ///
    /// # Errors
    /// 69 when that takes too long, 77 when it is not ours to see.
    pub(super) async fn led(&self, topic: &str, least: usize) -> Result<usize, Failure> {
        loop {
            let left = self.left().max(ONE_TRY);
            let (cluster, tasks) = (Arc::clone(&self.cluster), self.tasks.clone());
            let name = topic.to_owned();
            let wait = move || {
                let draining = || tasks.draining().is_cancelled();
                cluster.wait_for(&name, left, draining)
            };
            let partitions = tokio::task::spawn_blocking(wait)
                .await
                .context("wait for the topic's leaders")??;
            if partitions >= least {
                return Ok(partitions);
            }
            if self.left().is_zero() {
                let message = format!("topic {topic} still has {partitions} partitions");
                return Err(Failure::said(Exit::Unreachable, message));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks until there is an answer that another try would not change.
    async fn tried<T>(
        &self,
        what: &str,
        ask: impl AsyncFn() -> KafkaResult<T>,
    ) -> Result<T, Failure> {
        loop {
            // An admin client does not say that its credentials are refused.
            let asked = Arc::clone(&self.cluster);
            tokio::task::spawn_blocking(move || asked.knock())
                .await
                .context("ask the cluster")??;
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let code = match &error {
                KafkaError::AdminOp(code) => Some(*code),
                error => error.rdkafka_error_code(),
            };
            let exit = match code {
                Some(code) if is_denied(code) => Exit::Authentication,
                Some(code) if is_worth_another_try(code) => Exit::Unreachable,
                _ => Exit::Configuration,
            };
            if exit != Exit::Unreachable || self.left().is_zero() {
                let place = format!("{what} at {}", self.servers);
                return Err(Failure::new(exit, anyhow::Error::new(error).context(place)));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(ONE_TRY))
        .operation_timeout(Some(ONE_TRY))
}

fn is_worth_another_try(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::TimedOutQueue
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::NotController
            | Code::BrokerNotAvailable
            | Code::CoordinatorLoadInProgress
            | Code::LeaderNotAvailable
            | Code::ReassignmentInProgress
            | Code::InvalidReplicationFactor
    )
}

fn is_denied(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::Authentication
            | Code::SaslAuthenticationFailed
    )
}
