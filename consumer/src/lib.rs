//! The consumer: reads a Kafka topic, decodes each record through the schema registry and hands it
//! to a sink, at least once and in order per partition.
//!
//! ```text
//! poll thread ──batches──> decode workers ──content─> delivery thread ──> sink
//!      ^                                                   │
//!      └───────────────── flow: watermarks, room ──────────┘
//! ```
//!
//! The poll thread owns librdkafka's consumer (`poll`); a partition always goes to the same worker
//! (`worker`), so its order is never lost; the delivery thread owns the sink (`deliver`); what
//! they share is `flow`, locked once a batch. Offsets move only after the sink has acknowledged.

mod batch;
mod board;
pub mod bounds;
pub mod cli;
mod clock;
mod closing;
mod condition;
pub mod config;
mod context;
mod dead_letter;
mod decode;
mod deliver;
mod flow;
mod hex;
mod inspect;
mod intake;
mod join;
mod kept;
mod line;
mod metrics;
mod offsets;
mod permissions;
mod poll;
mod prepare;
mod replay;
mod schemas;
mod selection;
mod shape;
mod sink;
mod state;
mod tail;
mod target;
mod view;
mod worker;

use crate::batch::{Batch, Decoded};
use crate::config::{ConsumerConfig, SinkConfig, SinkKind};
use crate::context::Context;
use crate::dead_letter::{Breaker, DeadLetters, Origin};
use crate::deliver::Delivery;
use crate::flow::Flow;
use crate::intake::Intake;
use crate::join::Joined;
use crate::metrics::Metrics;
use crate::poll::Poller;
use crate::prepare::Preparation;
use crate::selection::Selection;
use crate::shape::{Shape, Shaper};
use crate::sink::store::Store;
use crate::sink::{Around, Opened};
use crate::state::State;
use crate::target::{Target, Told};
use crate::worker::{Shared, Tools, Worker};
use anyhow::Context as _;
use client::connect::{self, Connected};
use client::dead_letter::DeadLetterPolicy;
use client::kafka::auth::token::Tokens;
use client::kafka::events::Events;
use client::kafka::metrics::KafkaMetrics;
use client::kafka::settings;
use common::deserializer::{Deserializer, ForeignValues, ReaderSchema, Reading};
use common::metrics::{CacheMetrics, CodecMetrics, RegistryMetrics};
use common::registry::SchemaRegistry;
use common::registry::cache::SchemaCache;
use crossbeam_channel::{Receiver, Sender, bounded};
use rdkafka::consumer::Consumer as _;
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::{Latch, Telemetry};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Batches that wait before a worker; more wait in the poll thread, which then takes nothing more.
const WORKER_QUEUE: usize = 256;
/// Stretches that wait before the sink.
const SINK_QUEUE: usize = 8;
/// A poll loop that has not turned for so long is dead. A revocation may take long: work in flight, and then a commit to
/// a coordinator that does not answer.
const STALL: Duration = Duration::from_secs(90);
/// How long a revocation may wait for work in flight.
const REVOCATION: Duration = Duration::from_secs(15);

/// A running consumer, as quickstart watches it.
#[derive(Debug)]
pub struct Consumer {
    metrics: Metrics,
    cache: Arc<SchemaCache>,
}

impl Consumer {
    /// Records handed to the sink and acknowledged by it.
    pub fn delivered(&self) -> u64 {
        self.metrics.delivered.get()
    }

    /// Records that a policy skipped.
    pub fn skipped(&self) -> u64 {
        self.metrics.skipped.get()
    }

    /// Records handed to the dead letters and acknowledged by them.
    pub fn dead_lettered(&self) -> u64 {
        self.metrics.dead_lettered.get()
    }

    /// Records that ended, whatever became of them.
    pub fn ended(&self) -> u64 {
        self.delivered() + self.skipped() + self.dead_lettered()
    }

    /// Partitions assigned now.
    pub fn assigned(&self) -> i64 {
        self.metrics.group.assigned.get()
    }

    /// The newest schema version seen.
    pub fn schema_version(&self) -> Option<u64> {
        self.cache
            .schemas()
            .iter()
            .filter_map(|schema| schema.version.number)
            .max()
    }
}

/// Builds a consumer, joins its group and spawns its threads.
///
/// # Errors
/// 78 for schema files and a sink that cannot be used, 77 when access is denied, 69 when Kafka, the topic or the
/// registry cannot be reached within `startup.timeout`.
pub async fn start(
    config: ConsumerConfig,
    tasks: Tasks,
    telemetry: Telemetry,
) -> Result<Consumer, Failure> {
    let files = config.codec.schema_files()?;
    let began = Instant::now();
    let parts = Parts::new(&config, files, &telemetry)?;
    let patience = config.base.startup_timeout;
    let opened = parts.opened(&config, &tasks, &telemetry, began + patience);
    let Opened { sinks, store } = Box::pin(opened).await?;
    let connected = Connected::open(&config.registry, &parts.registry_metrics, patience).await?;
    parts.registry.set(true);
    connected.watch(&tasks, &telemetry);
    let readings = parts
        .readings(&config, &connected, began + patience)
        .await?;
    let cache = parts.cache(&config, &connected, began + patience).await;
    schemas::keep(&cache, &connected, &tasks);
    let left = patience.saturating_sub(began.elapsed());
    let context = parts.context(&config, &tasks, &telemetry, left).await?;
    let Joined {
        consumer,
        policy,
        ends,
    } = join::join(&config, context, began + patience, &tasks).await?;
    let events = Arc::clone(&consumer.context().events);
    let shapes = sinks.shapes();
    let tools = || parts.tools(&config, &cache, &readings, &shapes);
    let shared = parts.shared(&config, &cache, &tasks, policy);
    let (workers, decoded) = spawn_workers(&shared, config.codec.workers, tools)?;
    let letters = parts.dead_letters(&config, policy, (&events, &tasks))?;
    let delivery = Delivery::new(
        sinks,
        Arc::clone(&parts.flow),
        parts.metrics.clone(),
        tasks.clone(),
        letters,
    );
    tasks.spawn_thread("delivery", move || delivery.run(&decoded))?;
    let poller = Poller {
        consumer,
        topic: config.kafka.topic.clone(),
        servers: config.kafka.bootstrap_servers.clone(),
        flow: Arc::clone(&parts.flow),
        metrics: parts.metrics.clone(),
        tasks: tasks.clone(),
        heart: telemetry.health().heartbeat("poll", STALL),
        grace: config.base.shutdown_grace,
        intake: Intake::new(workers, Arc::clone(&parts.flow), config.sink.batch),
        ends,
        preparation: store.map(|store| parts.preparation(&config, &store, &tasks)),
        paused: BTreeSet::new(),
    };
    tasks.spawn_thread("poll", move || poller.run())?;
    let state = parts.state(&config, events, &cache);
    telemetry.publish("consumer", move || state.show());
    Ok(Consumer {
        metrics: parts.metrics,
        cache,
    })
}

/// How values are given out, and the fields that decide where they go.
struct Readings {
    values: Reading,
    fields: Option<Reading>,
}

/// What is made before anything connects.
struct Parts {
    metrics: Metrics,
    codec_metrics: CodecMetrics,
    registry_metrics: RegistryMetrics,
    cache_metrics: CacheMetrics,
    flow: Arc<Flow>,
    foreign: ForeignValues,
    /// The schema in a file that records are read as.
    reader: Option<ReaderSchema>,
    registry: Latch,
}

impl Parts {
    fn new(
        config: &ConsumerConfig,
        (reader, foreign): (Option<ReaderSchema>, ForeignValues),
        telemetry: &Telemetry,
    ) -> Result<Self, Failure> {
        let all = telemetry.registry();
        let metrics = Metrics::register(all, &config.kafka.topic, config.sink.kind.as_str())
            .context("register metrics")?
            .with_troubles(telemetry.troubles());
        board::present(telemetry, &config.kafka.topic, &metrics);
        let flow = Flow::new(config.flow, metrics.clone());
        let is_store = |sink: &SinkConfig| sink.kind == SinkKind::ObjectStore;
        let flow = if config.all_sinks().any(is_store) {
            flow.with_preparation()
        } else {
            flow
        };
        Ok(Self {
            flow: Arc::new(flow),
            metrics,
            codec_metrics: CodecMetrics::register(all).context("register metrics")?,
            registry_metrics: connect::metrics(telemetry).context("register metrics")?,
            cache_metrics: CacheMetrics::register(all).context("register metrics")?,
            reader,
            foreign,
            registry: telemetry.health().latch("registry"),
        })
    }

    /// The sinks, and first the target that they may have.
    async fn opened(
        &self,
        config: &ConsumerConfig,
        tasks: &Tasks,
        telemetry: &Telemetry,
        deadline: Instant,
    ) -> Result<Opened, Failure> {
        let told = Told {
            calls: &self.registry_metrics,
            codec: &self.codec_metrics,
            telemetry,
        };
        let target = Target::open(config, told, deadline, tasks).await?;
        let around = Around {
            metrics: &self.metrics,
            tasks,
            target: target.as_ref(),
        };
        let opened = sink::open(config, around).await;
        opened.map_err(|error| Failure::new(Exit::Configuration, error))
    }

    async fn context(
        &self,
        config: &ConsumerConfig,
        tasks: &Tasks,
        telemetry: &Telemetry,
        patience: Duration,
    ) -> Result<Context, Failure> {
        let kafka = KafkaMetrics::register(telemetry.registry()).context("register metrics")?;
        let watched = (&kafka.token, telemetry.health());
        let tokens = Tokens::open(&config.kafka.auth, watched, patience, tasks).await?;
        let events = Events::new(kafka, telemetry.health().latch("broker"))
            .with_tokens(tokens)
            .with_troubles(telemetry.troubles());
        Ok(Context {
            events: Arc::new(events),
            flow: Arc::clone(&self.flow),
            metrics: self.metrics.clone(),
            group: telemetry.health().latch("group"),
            topic: config.kafka.topic.clone(),
            patience: (config.base.shutdown_grace / 2).min(REVOCATION),
            lost: AtomicBool::new(false),
            tasks: tasks.clone(),
        })
    }

    /// The schema that records are read as, unless it is the writer's.
    async fn reader(
        &self,
        config: &ConsumerConfig,
        connected: &Connected,
        deadline: Instant,
    ) -> Result<Option<ReaderSchema>, Failure> {
        if self.reader.is_some() {
            return Ok(self.reader.clone());
        }
        let (choice, name) = (&config.codec.reader_schema, config.registry.schema());
        if let Some(known) = choice.from_snapshot(connected, &name) {
            return known.map(Some);
        }
        let registry = connected.registry.as_ref();
        choice
            .from_registry(registry, &name, &self.registry_metrics, deadline.into())
            .await
    }

    /// How values are given out, once it is known that there is what fields are named of.
    async fn readings(
        &self,
        config: &ConsumerConfig,
        connected: &Connected,
        deadline: Instant,
    ) -> Result<Readings, Failure> {
        let reader = self.reader(config, connected, deadline).await?;
        let known = view::Known::new(config, (reader.as_ref(), &self.foreign), connected);
        view::check(config, known, deadline.into()).await?;
        let fields = Selection::new(config).view();
        let fields = fields.map_err(|error| Failure::new(Exit::Configuration, error))?;
        Ok(Readings {
            fields: fields.map(|view| Reading::new(reader.clone(), Some(view))),
            values: Reading::new(reader, config.transform.view.clone()),
        })
    }

    /// The cache of schemas, with what is known beforehand.
    async fn cache(
        &self,
        config: &ConsumerConfig,
        connected: &Connected,
        deadline: Instant,
    ) -> Arc<SchemaCache> {
        let cache = Arc::new(SchemaCache::new(
            Arc::<dyn SchemaRegistry>::clone(&connected.registry),
            config.registry.cache_options(&config.codec),
            &self.registry_metrics,
            &self.cache_metrics,
        ));
        schemas::fill(&cache, config, connected, deadline.into()).await;
        cache
    }

    /// What a worker decodes with, and what it makes of records.
    fn tools(
        &self,
        config: &ConsumerConfig,
        cache: &Arc<SchemaCache>,
        readings: &Readings,
        shapes: &[Shape],
    ) -> Tools {
        let options = config.codec.deserializer_options();
        let mut deserializer = Deserializer::new(cache, options, &self.codec_metrics)
            .with_foreign(self.foreign.clone());
        if !readings.values.is_plain() {
            deserializer = deserializer.with_reading(readings.values.clone());
        }
        if let Some(fields) = &readings.fields {
            deserializer = deserializer.with_fields(fields.clone());
        }
        let made = shapes
            .iter()
            .map(|shape| Shaper::new(shape.clone(), &readings.values));
        Tools {
            deserializer,
            selection: Selection::new(config),
            shapers: made.collect(),
        }
    }

    fn shared(
        &self,
        config: &ConsumerConfig,
        cache: &Arc<SchemaCache>,
        tasks: &Tasks,
        policy: DeadLetterPolicy,
    ) -> Shared {
        let origin = Origin {
            topic: config.kafka.topic.clone(),
            group: config.kafka.group_id.clone(),
            client: config.kafka.client_id.clone(),
        };
        let dead_letter = &config.dead_letter;
        Shared {
            origin: Arc::new(origin),
            policy,
            breaker: Arc::new(Breaker::new(dead_letter.max_percent, dead_letter.window)),
            cache: Arc::clone(cache),
            flow: Arc::clone(&self.flow),
            refused: self.metrics.refused.clone(),
            tasks: tasks.clone(),
            handle: Handle::current(),
        }
    }

    fn state(
        &self,
        config: &ConsumerConfig,
        events: Arc<Events>,
        cache: &Arc<SchemaCache>,
    ) -> State {
        State {
            topic: config.kafka.topic.clone(),
            group: config.kafka.group_id.clone(),
            flow: Arc::clone(&self.flow),
            metrics: self.metrics.clone(),
            events,
            cache: Arc::clone(cache),
        }
    }

    fn preparation(
        &self,
        config: &ConsumerConfig,
        store: &Arc<Store>,
        tasks: &Tasks,
    ) -> Preparation {
        let names = (config.kafka.topic.as_str(), config.kafka.group_id.as_str());
        let removed = &self.metrics.objects.removed;
        Preparation::new(store, &self.flow, tasks, names, removed)
    }

    /// Looks, beside the start, whether the topic of dead letters keeps what is written to it.
    fn look_at_letters(config: &ConsumerConfig, events: &Events, tasks: &Tasks) {
        let (kafka, topic) = (config.kafka.clone(), config.dead_letter.topic.clone());
        let (tokens, draining) = (events.tokens().cloned(), tasks.draining().clone());
        tasks.spawn("dead letters' topic", async move {
            tokio::select! {
                () = dead_letter::compaction::warn(kafka, topic, tokens) => {}
                () = draining.cancelled() => {}
            }
            Ok(())
        });
    }

    /// Who writes dead letters, where the policy wants them.
    fn dead_letters(
        &self,
        config: &ConsumerConfig,
        policy: DeadLetterPolicy,
        (events, tasks): (&Arc<Events>, &Tasks),
    ) -> Result<Option<DeadLetters>, Failure> {
        if policy != DeadLetterPolicy::Topic {
            return Ok(None);
        }
        Self::look_at_letters(config, events, tasks);
        let settings = settings::dead_letters(&config.kafka);
        let topic = &config.dead_letter.topic;
        DeadLetters::new(&settings, topic, (&self.metrics, events), tasks)
            .context("make the Kafka client of the dead letters")
            .map_err(|error| Failure::new(Exit::Configuration, error))
            .map(Some)
    }
}

fn spawn_workers(
    shared: &Shared,
    count: usize,
    tools: impl Fn() -> Tools,
) -> Result<(Vec<Sender<Batch>>, Receiver<Decoded>), Failure> {
    let (out, decoded) = bounded(SINK_QUEUE);
    let mut workers = Vec::with_capacity(count);
    for _ in 0..count {
        let (sender, batches) = bounded(WORKER_QUEUE);
        let worker = Worker::new(shared.clone(), tools(), batches, out.clone());
        shared.tasks.spawn_thread("decode", move || worker.run())?;
        workers.push(sender);
    }
    Ok((workers, decoded))
}
