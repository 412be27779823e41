//! `producer topics ensure`: the topic exists afterwards, whoever created it.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::kafka::asking::Cluster;
use client::kafka::auth::token::Authenticated;
use client::kafka::settings;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use runtime::lifecycle::{Exit, Failure, Tasks};

use crate::config::Config;

/// How long the broker may take for one request to create the topic.
const ONE_TRY: Duration = Duration::from_secs(5);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// What was found or done.
enum Ensured {
    Created,
    Existing,
}

/// Creates the configured topic if it is missing, waits for its leaders and prints one line.
///
/// # Errors
/// When no broker can be reached within `startup.timeout`, or the broker refuses.
pub(crate) async fn ensure(config: Config, tasks: Tasks) -> Result<(), Failure> {
    let began = Instant::now();
    let timeout = config.base.startup_timeout;
    let settings = settings::admin(&config.kafka);
    let cluster = Cluster::open(&config.kafka, &settings, timeout, &tasks).await?;
    let cluster = Arc::new(cluster);
    let ensured = create(&config, &cluster, began + timeout).await?;
    let left = timeout.saturating_sub(began.elapsed()).max(ONE_TRY);
    let topic = config.kafka.topic.clone();
    let partitions = tokio::task::spawn_blocking(move || {
        let draining = || tasks.draining().is_cancelled();
        cluster.wait_for(&config.kafka.topic, left, draining)
    })
    .await
    .context("wait for the topic's leaders")??;
    let line = match ensured {
        Ensured::Created => format!("topic {topic} created with {partitions} partitions"),
        Ensured::Existing => format!("topic {topic} exists with {partitions} partitions"),
    };
    writeln!(std::io::stdout(), "{line}").context("write to stdout")?;
    Ok(())
}

async fn create(
    config: &Config,
    cluster: &Arc<Cluster>,
    deadline: Instant,
) -> Result<Ensured, Failure> {
    let admin: AdminClient<DefaultClientContext> = settings::admin(&config.kafka)
        .create()
        .context("make the Kafka admin client")?;
    let admin = Authenticated::new(admin, cluster.tokens());
    let replication = TopicReplication::Fixed(config.topic.replication);
    let topic = NewTopic::new(&config.kafka.topic, config.topic.partitions, replication);
    let options = AdminOptions::new()
        .request_timeout(Some(ONE_TRY))
        .operation_timeout(Some(ONE_TRY));
    loop {
        // An admin client does not say that its credentials are refused.
        let asked = Arc::clone(cluster);
        tokio::task::spawn_blocking(move || asked.knock())
            .await
            .context("ask the cluster")??;
        let error = match admin.create_topics([&topic], &options).await {
            Ok(answers) => match answers.into_iter().next() {
                Some(Ok(_)) => return Ok(Ensured::Created),
                Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => {
                    return Ok(Ensured::Existing);
                }
                Some(Err((_, code))) => KafkaError::AdminOp(code),
                None => KafkaError::AdminOp(RDKafkaErrorCode::Fail),
            },
            Err(error) => error,
        };
        let code = match &error {
            KafkaError::AdminOp(code) => Some(*code),
            error => error.rdkafka_error_code(),
        };
        if !code.is_some_and(is_worth_another_try) {
            let exit = if code.is_some_and(is_denied) {
                Exit::Authentication
            } else {
                Exit::Configuration
            };
            return Err(failed(config, exit, error));
        }
        if Instant::now() >= deadline {
            return Err(failed(config, Exit::Unreachable, error));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn failed(config: &Config, exit: Exit, error: KafkaError) -> Failure {
    let (topic, bootstrap) = (&config.kafka.topic, &config.kafka.bootstrap_servers);
    Failure::new(
        exit,
        anyhow::Error::new(error).context(format!("create topic {topic} at {bootstrap}")),
    )
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
