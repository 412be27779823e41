//! The target of the kafka sink: its cluster and topic, its registry, and the schema version that it is written with.

use crate::config::{ConsumerConfig, TargetConfig};
use crate::shape::Encoder;
use anyhow::Context as _;
use client::connect::Connected;
use client::files;
use client::kafka::asking::Cluster;
use client::kafka::auth::token::Tokens;
use client::kafka::events::Events;
use client::kafka::metrics::KafkaMetrics;
use client::kafka::settings;
use client::reader::exit_of;
use client::writer;
use common::avro::Schema;
use common::metrics::{CodecMetrics, RegistryMetrics, Role};
use common::registry::retry::Retry;
use common::registry::{DataFormat, SchemaRegistry, SchemaVersion};
use common::serializer::Serializer;
use rdkafka::ClientConfig;
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one question for the topic may take.
const ONE_TRY: Duration = Duration::from_secs(1);
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(200);

/// See the module's words; sinks share it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The topic that records come from.
    pub(crate) from: String,
    /// The topic that they go to, unless the sink names another one.
    pub(crate) topic: String,
    /// Of the client that writes.
    pub(crate) settings: ClientConfig,
    pub(crate) encoder: Encoder,
    /// What that client reports, and its tokens.
    pub(crate) events: Arc<Events>,
    pub(crate) tasks: Tasks,
}

/// What counts, and what is told.
pub(crate) struct Told<'a> {
    pub(crate) calls: &'a RegistryMetrics,
    pub(crate) codec: &'a CodecMetrics,
    pub(crate) telemetry: &'a Telemetry,
}

impl Target {
    /// Waits for the target's topic and finds its schema version; nothing where no sink has a target.
    ///
    /// # Errors
    /// 69 when brokers, topic or registry are not there by `deadline`, 77 when one of them refuses us, 78 when the schema
    /// cannot be written with, and for a topic that is the one that is read.
    pub(crate) async fn open(
        config: &ConsumerConfig,
        told: Told<'_>,
        deadline: Instant,
        tasks: &Tasks,
    ) -> Result<Option<Self>, Failure> {
        let Some(target) = &config.target else {
            return Ok(None);
        };
        let text = text(target)?;
        let version = find(target, text.as_deref(), told.calls, deadline).await?;
        let encoder = encoder(target, &version)?;
        let encoder = Encoder {
            serializer: encoder.serializer.with_metrics(told.codec),
            ..encoder
        };
        let tokens = wait_for(target, deadline, tasks).await?;
        let (schema, topic) = (target.registry.schema(), target.kafka.topic.clone());
        tracing::info!(topic, %schema, version_id = %version.id, version = version.number, "values are encoded anew for another topic");
        Ok(Some(Self {
            from: config.kafka.topic.clone(),
            topic,
            settings: settings::target(&target.kafka),
            encoder,
            events: Arc::new(events(told.telemetry, tokens)?),
            tasks: tasks.clone(),
        }))
    }
}

/// The schema text that is configured, unless the registry supplies it.
///
/// # Errors
/// 78 when the file cannot be read.
pub(crate) fn text(target: &TargetConfig) -> Result<Option<String>, Failure> {
    let path = target.registry.schema_file.as_ref();
    let path = path.filter(|_| !target.registry.supplies_text());
    let read =
        path.map(|path| files::read(path, "target.registry.schema_file", Ok::<_, Infallible>));
    read.transpose()
        .map_err(|error| Failure::new(Exit::Configuration, error))
}

async fn find(
    target: &TargetConfig,
    text: Option<&str>,
    calls: &RegistryMetrics,
    deadline: Instant,
) -> Result<SchemaVersion, Failure> {
    let patience = deadline.saturating_duration_since(Instant::now());
    let connected = Connected::open(&target.registry, calls, patience)
        .await
        .map_err(|failure| of_target(failure, "registry"))?;
    let (registry, codec) = (&target.registry, &target.codec);
    let version = match writer::offline(registry, codec, text, &connected) {
        Some(version) => version,
        None => look_up(target, text, connected.registry.as_ref(), (calls, deadline)).await?,
    };
    if let Some(snapshot) = &connected.snapshot {
        snapshot.save(vec![version.clone()]).await;
    }
    calls.version_in_use(&version, Role::Writer);
    Ok(version)
}

/// Finds the version that the target is written with.
///
/// # Errors
/// 77 when access is denied, 69 when the registry does not answer by `deadline`, 78 when it lacks or refuses the schema.
pub(crate) async fn look_up(
    target: &TargetConfig,
    text: Option<&str>,
    registry: &dyn SchemaRegistry,
    (calls, deadline): (&RegistryMetrics, Instant),
) -> Result<SchemaVersion, Failure> {
    let retry = Retry::until(deadline.into(), calls);
    let found = writer::find((&target.registry, &target.codec), text, registry, &retry);
    found.await.map_err(|error| {
        let exit = exit_of(&error);
        let said = format!(
            "find the schema of the target, {}",
            target.registry.schema()
        );
        Failure::new(exit, anyhow::Error::new(error).context(said))
    })
}

/// What values are encoded with.
///
/// # Errors
/// 78 when the version cannot be written with.
pub(crate) fn encoder(target: &TargetConfig, version: &SchemaVersion) -> Result<Encoder, Failure> {
    compiled(target, version)
        .with_context(|| {
            let schema = target.registry.schema();
            format!(
                "write with version {} of {schema}, the schema of the target",
                version.id
            )
        })
        .map_err(|error| Failure::new(Exit::Configuration, error))
}

fn compiled(target: &TargetConfig, version: &SchemaVersion) -> anyhow::Result<Encoder> {
    let unknown_fields = target.unknown_fields.codec();
    let options = target.codec.serializer_options(unknown_fields);
    let serializer = Serializer::new(version, options)?;
    serializer.takes_json()?;
    let is_avro = version.data_format == DataFormat::Avro;
    let schema = is_avro.then(|| Schema::parse(&version.definition));
    Ok(Encoder {
        serializer,
        schema: schema.transpose()?.map(Arc::new),
        limits: target.codec.limits(),
        max_bytes: settings::max_bytes(&settings::target(&target.kafka)),
    })
}

/// Waits for the target's topics; gives the tokens that its clients need.
async fn wait_for(
    target: &TargetConfig,
    deadline: Instant,
    tasks: &Tasks,
) -> Result<Option<Arc<Tokens>>, Failure> {
    let patience = deadline.saturating_duration_since(Instant::now());
    let kafka = &target.kafka;
    let cluster = Cluster::open(kafka, &settings::admin(kafka), patience, tasks).await?;
    let tokens = cluster.tokens().cloned();
    let (topics, draining) = (target.topics.clone(), tasks.draining().clone());
    let found = tokio::task::spawn_blocking(move || {
        let mut topics = topics.iter();
        topics.try_for_each(|topic| look_for(&cluster, topic, deadline, || draining.is_cancelled()))
    });
    let found = found
        .await
        .map_err(|error| Failure::new(Exit::Internal, error))?;
    found.map_err(|failure| of_target(failure, "cluster"))?;
    Ok(tokens)
}

/// Asks for the topic until it is there, in a way that does not create it; blocks.
fn look_for(
    cluster: &Cluster,
    topic: &str,
    deadline: Instant,
    draining: impl Fn() -> bool,
) -> Result<(), Failure> {
    let left = || deadline.saturating_duration_since(Instant::now());
    cluster.brokers(left())?;
    loop {
        match cluster.partitions(topic, ONE_TRY) {
            Ok(_) => return Ok(()),
            Err(failure) if left().is_zero() || draining() => return Err(failure),
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

fn of_target(failure: Failure, what: &str) -> Failure {
    let error = failure.error.context(format!("the target's {what}"));
    Failure::new(failure.exit, error)
}

/// What the writing client reports: its errors are among the daemon's last ones, and its numbers nobody's.
fn events(telemetry: &Telemetry, tokens: Option<Arc<Tokens>>) -> Result<Events, Failure> {
    let own = Telemetry::new("target");
    let metrics = KafkaMetrics::register(own.registry()).context("register metrics")?;
    let events = Events::new(metrics, own.health().latch("broker"));
    Ok(events
        .with_tokens(tokens)
        .with_troubles(telemetry.troubles()))
}
