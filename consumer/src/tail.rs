//! `consumer tail`: shows the records of a topic as they come, or those that are there.
//!
//! It takes partitions without joining a group and commits nothing, so it may look at any topic at any time. One thread
//! reads, decodes, filters and writes; the rest of the command only begins and ends it.

mod changes;
mod colour;
mod decoder;
mod filter;
mod format;
mod last;
mod output;
mod place;
mod plan;
mod pretty;
mod reader;
mod record;
mod show;
mod template;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use client::connect::{self, Connected};
use client::kafka::auth::token::Tokens;
use client::kafka::events::Events;
use client::kafka::metrics::KafkaMetrics;
use client::kafka::settings;
use common::metrics::{CacheMetrics, RegistryMetrics};
use common::registry::SchemaRegistry;
use common::registry::cache::SchemaCache;
use runtime::daemon::{self, ConfigArgs};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use tokio::runtime::Handle;

use crate::bounds::{Look, Patience};
use crate::config::ConsumerConfig;
use crate::join;
use changes::Changes;
use decoder::{Decoder, Waiting};
use format::Format;
use output::Output;
use place::Span;
pub(crate) use plan::Args;
use plan::Plan;
use reader::{Reader, Watching};
use show::Show;

/// Runs the command.
pub(crate) fn main(args: Args, config: &ConfigArgs) -> ExitCode {
    let format = match args.format() {
        Ok(format) => format,
        Err(refused) => {
            daemon::say(&format!("consumer: {refused}"));
            return Exit::Usage.into();
        }
    };
    daemon::quiet_job::<ConsumerConfig, _, _>(config, async |config, tasks, telemetry| {
        let plan = args.plan(&config)?;
        start(plan, format, config, (tasks, telemetry)).await
    })
}

/// Opens the registry and the topic, and spawns the thread.
async fn start(
    plan: Plan,
    format: Format,
    config: ConsumerConfig,
    (tasks, telemetry): (Tasks, Telemetry),
) -> Result<(), Failure> {
    let deadline = Instant::now() + config.base.startup_timeout;
    let decoder = if format.needs_values() || plan.filter.needs_values() {
        Some(decoder(&config, &tasks, &telemetry).await?)
    } else {
        None
    };
    let events = events(&config, &tasks, &telemetry, deadline).await?;
    let opened = {
        let (config, plan, tasks) = (config.clone(), plan.clone(), tasks.clone());
        let open = move || open(&config, &plan, events, (deadline, &tasks));
        tokio::task::spawn_blocking(open).await.context("open")??
    };
    let (reader, span) = opened;
    output::watch(&tasks);
    let show = Show {
        plan,
        reader,
        span,
        decoder,
        format,
        changes: Changes::default(),
        output: Output::default(),
        tasks: tasks.clone(),
        shown: 0,
        unjudged: 0,
    };
    tasks.spawn_thread("tail", move || show.run())
}

/// What turns values into JSON, with the registry behind it.
async fn decoder(
    config: &ConsumerConfig,
    tasks: &Tasks,
    telemetry: &Telemetry,
) -> Result<Decoder, Failure> {
    let foreign = config
        .codec
        .foreign
        .values(config.codec.limits())
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let metrics = connect::metrics(telemetry).context("register metrics")?;
    let patience = config.base.startup_timeout;
    let connected = Connected::open(&config.registry, &metrics, patience).await?;
    connected.watch(tasks, telemetry);
    let cache = cache(config, &connected, &metrics);
    let options = config.codec.deserializer_options();
    let waiting = Waiting {
        runtime: Handle::current(),
        // A version that is not found is asked for twice.
        patience: 2 * config.registry.timeout,
        draining: tasks.draining().clone(),
    };
    Ok(Decoder::new(cache, options, foreign, waiting))
}

fn cache(
    config: &ConsumerConfig,
    connected: &Connected,
    metrics: &RegistryMetrics,
) -> Arc<SchemaCache> {
    let cache = Arc::new(SchemaCache::new(
        Arc::<dyn SchemaRegistry>::clone(&connected.registry),
        config.registry.cache_options(&config.codec),
        metrics,
        &CacheMetrics::unregistered(),
    ));
    if let Some(snapshot) = &connected.snapshot {
        cache.seed(snapshot.versions().iter().rev().cloned());
    }
    cache
}

async fn events(
    config: &ConsumerConfig,
    tasks: &Tasks,
    telemetry: &Telemetry,
    deadline: Instant,
) -> Result<Arc<Events>, Failure> {
    let kafka = KafkaMetrics::register(telemetry.registry()).context("register metrics")?;
    let watched = (&kafka.token, telemetry.health());
    let left = deadline.saturating_duration_since(Instant::now());
    let tokens = Tokens::open(&config.kafka.auth, watched, left, tasks).await?;
    let events = Events::new(kafka, telemetry.health().latch("broker"));
    Ok(Arc::new(events.with_tokens(tokens)))
}

/// Waits for the topic and looks up where to begin and to end; blocks.
fn open(
    config: &ConsumerConfig,
    plan: &Plan,
    events: Arc<Events>,
    (deadline, tasks): (Instant, &Tasks),
) -> Result<(Reader, Span), Failure> {
    let draining = || tasks.draining().is_cancelled();
    let patience = Patience {
        until: deadline,
        draining: &draining,
    };
    let settings = settings::tail(&config.kafka);
    let watching = Watching {
        events: Arc::clone(&events),
    };
    let (consumer, partitions) =
        join::connect(&settings, (watching, &events), &plan.topic, &patience)?;
    let look = Look {
        consumer: &consumer,
        topic: &plan.topic,
        partitions,
        is_of_group: false,
    };
    let span = Span::find(&look, plan, &patience)?;
    let servers = config.kafka.bootstrap_servers.clone();
    let reader = Reader::new(consumer, plan.topic.clone(), servers, events);
    Ok((reader, span))
}
