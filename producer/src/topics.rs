//! `producer topics ensure`: the topic exists afterwards, whoever created it, and the topic of its dead letters too.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::dead_letter::DeadLetterPolicy;
use client::kafka::asking::Cluster;
use client::kafka::auth::token::Authenticated;
use client::kafka::settings;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
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

/// Room that a dead letter needs beside its record: headers.
const LETTER_ROOM: u32 = 64 << 10;
/// Kafka's own bound of a batch of records, unless a topic has another.
const KAFKA_MAX_BYTES: u32 = (1 << 20) + 12;

/// A topic that has to be there.
struct Wanted<'a> {
    name: &'a str,
    is_of_dead_letters: bool,
}

/// The configured topics: none for dead letters where the policy has no use for it.
fn wanted(config: &Config) -> Vec<Wanted<'_>> {
    let source = Wanted {
        name: &config.kafka.topic,
        is_of_dead_letters: false,
    };
    let letters = Wanted {
        name: &config.dead_letter.topic,
        is_of_dead_letters: true,
    };
    match config.dead_letter.policy {
        None | Some(DeadLetterPolicy::Topic) => vec![source, letters],
        Some(DeadLetterPolicy::Log | DeadLetterPolicy::Stop) => vec![source],
    }
}

/// Creates the configured topics that are missing, waits for their leaders and prints a line for each.
///
/// # Errors
/// When no broker can be reached within `startup.timeout`, or the broker refuses.
pub(crate) async fn ensure(config: Config, tasks: Tasks) -> Result<(), Failure> {
    let timeout = config.base.startup_timeout;
    let deadline = Instant::now() + timeout;
    let settings = settings::admin(&config.kafka);
    let cluster = Cluster::open(&config.kafka, &settings, timeout, &tasks).await?;
    let cluster = Arc::new(cluster);
    let admin: AdminClient<DefaultClientContext> =
        settings.create().context("make the Kafka admin client")?;
    let admin = Authenticated::new(admin, cluster.tokens());
    let mut all = Vec::new();
    for wanted in wanted(&config) {
        let ensured = create(&config, (&cluster, &admin), &wanted, deadline).await?;
        all.push((wanted.name.to_owned(), ensured));
    }
    for (topic, ensured) in all {
        let left = deadline
            .saturating_duration_since(Instant::now())
            .max(ONE_TRY);
        let (cluster, tasks, name) = (Arc::clone(&cluster), tasks.clone(), topic.clone());
        let wait = move || {
            let draining = || tasks.draining().is_cancelled();
            cluster.wait_for(&name, left, draining)
        };
        let partitions = tokio::task::spawn_blocking(wait)
            .await
            .context("wait for the topic's leaders")??;
        let done = match ensured {
            Ensured::Created => "created",
            Ensured::Existing => "exists",
        };
        writeln!(
            std::io::stdout(),
            "topic {topic} {done} with {partitions} partitions"
        )
        .context("write to stdout")?;
    }
    Ok(())
}

async fn create(
    config: &Config,
    (cluster, admin): (&Arc<Cluster>, &AdminClient<DefaultClientContext>),
    wanted: &Wanted<'_>,
    deadline: Instant,
) -> Result<Ensured, Failure> {
    let replication = TopicReplication::Fixed(config.topic.replication);
    let mut topic = NewTopic::new(wanted.name, config.topic.partitions, replication);
    let max_bytes = if wanted.is_of_dead_letters {
        max_bytes(admin, &config.kafka.topic).await + LETTER_ROOM
    } else {
        0
    };
    let max_bytes = max_bytes.to_string();
    if wanted.is_of_dead_letters {
        // A tombstone among them must not delete what another letter of its key holds.
        topic = topic
            .set("cleanup.policy", "delete")
            .set("max.message.bytes", &max_bytes);
    }
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
            return Err(failed(config, wanted, exit, error));
        }
        if Instant::now() >= deadline {
            return Err(failed(config, wanted, Exit::Unreachable, error));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The largest batch of records that a topic takes; Kafka's default where the cluster does not tell.
async fn max_bytes(admin: &AdminClient<DefaultClientContext>, topic: &str) -> u32 {
    let options = AdminOptions::new().request_timeout(Some(ONE_TRY));
    let answers = admin
        .describe_configs([&ResourceSpecifier::Topic(topic)], &options)
        .await;
    let told = answers.ok().and_then(|answers| {
        let resource = answers.into_iter().next()?.ok()?;
        let entry = resource.get("max.message.bytes")?;
        entry.value.as_ref()?.parse().ok()
    });
    told.unwrap_or(KAFKA_MAX_BYTES)
}

fn failed(config: &Config, wanted: &Wanted<'_>, exit: Exit, error: KafkaError) -> Failure {
    let (topic, bootstrap) = (wanted.name, &config.kafka.bootstrap_servers);
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
