//! Builds the producer: what is wrong with the input first, then registry and topic, then the workers.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyhow::Context as _;
use client::kafka::auth::token::Tokens;
use client::kafka::events::Events;
use client::kafka::metrics::KafkaMetrics;
use client::kafka::{settings, topic};
use client::pace::Pace;
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::board;
use crate::config::{Config, OnReject, SourceKind};
use crate::definition::Definition;
use crate::finish::Finisher;
use crate::gate::Gate;
use crate::latest::{self, Newest};
use crate::metrics::Metrics;
use crate::pipeline::{Quota, Rules};
use crate::progress::Progress;
use crate::publish::{Account, Publisher, Receipts, Room, Settlement};
use crate::resume::{Resume, SAVE_EVERY};
use crate::schema;
use crate::source::Place;
use crate::source::supply::{Crew, Supply};

/// Starts the producer; it ends with its source, its limits, or the drain of `tasks`.
///
/// # Errors
/// 78 for input or schema that cannot be used, 77 where access is denied, 69 where registry, broker
/// or topic are not there within `startup.timeout`.
pub async fn start(config: Config, tasks: Tasks, telemetry: Telemetry) -> Result<(), Failure> {
    start_gated(config, tasks, telemetry, None).await.map(drop)
}

/// Starts the producer behind a gate, and gives back a view of its counts.
///
/// # Errors
/// As [`start`].
pub async fn start_gated(
    mut config: Config,
    tasks: Tasks,
    telemetry: Telemetry,
    gate: Option<Gate>,
) -> Result<Progress, Failure> {
    let deadline = Instant::now() + config.base.startup_timeout;
    let definition = Definition::find(&mut config)?;
    let resume = Resume::open(&config)?.map(Arc::new);
    // What is wrong with the input is said before anything connects, unless the registry has the schema.
    let early = definition
        .as_ref()
        .map(|known| Supply::open(&config, known, resume.as_ref()))
        .transpose()?;
    let connection = Connection::open(&config, resume.clone(), (&tasks, &telemetry)).await?;
    let progress = connection.progress.clone();
    let shown = progress.clone();
    telemetry.publish("producer", move || shown.state());
    let resolved = telemetry.health().latch("schema");
    let both = async {
        tokio::try_join!(
            schema::resolved(&config, definition.as_ref(), &telemetry, deadline),
            connection.wait_for_topic(&config, &tasks),
        )
    };
    let writer = tokio::select! {
        both = both => both?.0,
        () = tasks.draining().cancelled() => return Ok(progress),
    };
    let supply = if let Some(supply) = early {
        supply
    } else {
        let known = Definition::of(&writer.version, &config.codec)?;
        Supply::open(&config, &known, resume.as_ref())?
    };
    resolved.set(true);
    writer.connected.watch(&tasks, &telemetry);
    let id = writer.version.id;
    progress.resolved(writer.version.clone());
    if let Some(refusal) = &writer.refusal {
        progress.stands_in(refusal);
    }
    if let Some(Place { line, .. }) = resume.as_ref().map(|resume| resume.start())
        && line > 0
    {
        tracing::info!(line, "going on behind line {line} of the input");
    }
    tracing::info!(
        source = config.source.kind.as_str(),
        topic = config.kafka.topic,
        schema = %config.registry.schema(),
        version_id = %id,
        "producing at {}",
        config.source.rate
    );
    let newest = latest::follow(&config, writer, &progress, &tasks);
    connection.produce(&config, supply, &newest, (&tasks, &telemetry, gate))?;
    Ok(progress)
}

/// The Kafka client and what is counted about it.
struct Connection {
    publisher: Arc<Publisher>,
    events: Arc<Events>,
    metrics: Metrics,
    progress: Progress,
    resume: Option<Arc<Resume>>,
}

impl Connection {
    async fn open(
        config: &Config,
        resume: Option<Arc<Resume>>,
        (tasks, telemetry): (&Tasks, &Telemetry),
    ) -> Result<Self, Failure> {
        let (source, topic) = (config.source.kind.as_str(), config.kafka.topic.as_str());
        let metrics = Metrics::register(telemetry.registry(), source, topic)
            .context("register the producer's metrics")?
            .with_troubles(telemetry.troubles());
        board::present(telemetry, topic, &metrics);
        let kafka = KafkaMetrics::register(telemetry.registry())
            .context("register the Kafka client's metrics")?;
        let patience = config.base.startup_timeout;
        let watched = (&kafka.token, telemetry.health());
        let tokens = Tokens::open(&config.kafka.auth, watched, patience, tasks).await?;
        let events = Events::new(kafka, telemetry.health().latch("broker"))
            .with_tokens(tokens)
            .with_troubles(telemetry.troubles());
        let events = Arc::new(events);
        let room = Room::new(
            config.source.in_flight_records,
            config.source.in_flight_bytes.0,
        );
        let stop_on_refusal = config.source.on_reject == OnReject::Stop;
        let account = match (config.source.kind, &resume) {
            (SourceKind::Http, _) => Account::Requests(Receipts::new()),
            (_, Some(resume)) => Account::Lines(Arc::clone(resume)),
            (_, None) => Account::Times,
        };
        let settlement =
            Settlement::new(metrics.clone(), room, tasks.clone(), topic, stop_on_refusal)
                .with_account(account);
        let publisher = Publisher::new(
            &settings::producer(&config.kafka),
            topic,
            Arc::clone(&events),
            Arc::new(settlement),
        )
        .context("make the Kafka client (kafka.properties)")
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
        let progress = Progress::new(metrics.clone(), source, topic, resume.clone());
        Ok(Self {
            publisher: Arc::new(publisher),
            events,
            metrics,
            progress,
            resume,
        })
    }

    async fn wait_for_topic(&self, config: &Config, tasks: &Tasks) -> Result<(), Failure> {
        let (publisher, events) = (Arc::clone(&self.publisher), Arc::clone(&self.events));
        let (kafka, timeout) = (config.kafka.clone(), config.base.startup_timeout);
        // Ends the wait with the drain, and when this start is given up for another reason.
        let stop = tasks.draining().child_token();
        let _guard = stop.clone().drop_guard();
        let waiting = move || {
            let give_up = || stop.is_cancelled() || events.authentication().is_some();
            let found = topic::wait_for(
                publisher.client(),
                &kafka.topic,
                &kafka.bootstrap_servers,
                timeout,
                give_up,
            );
            match (found, events.refusal(&kafka.bootstrap_servers)) {
                (Ok(_), _) => {
                    events.broker_seen();
                    Ok(())
                }
                (Err(_), Some(refusal)) => Err(refusal),
                (Err(error), None) => Err(Failure::new(error.exit(), error)),
            }
        };
        tokio::task::spawn_blocking(waiting)
            .await
            .context("wait for the topic")?
    }

    /// Spawns the workers, and the thread that sees them to their end.
    fn produce(
        self,
        config: &Config,
        supply: Supply,
        newest: &Newest,
        (tasks, telemetry, gate): (&Tasks, &Telemetry, Option<Gate>),
    ) -> Result<(), Failure> {
        let rate = config.source.rate.limit().unwrap_or(0.0);
        self.metrics.target_rate.set(rate);
        let workers = supply.workers();
        self.metrics
            .workers
            .set(i64::try_from(workers).unwrap_or(i64::MAX));
        let rules = Rules {
            pace: Pace::new(rate),
            quota: Quota::new(config.source.max_records),
            gate,
            on_reject: config.source.on_reject,
            resume: self.resume.clone(),
            batch: config.source.batch,
            draining: tasks.draining().clone(),
            metrics: self.metrics.clone(),
        };
        let (ended, ends) = sync_channel(workers);
        let finisher = Finisher::new(
            Arc::clone(&self.publisher),
            self.metrics,
            tasks,
            config.source.kind,
            config.base.shutdown_grace,
        );
        let settled = CancellationToken::new();
        let crew = Crew {
            publisher: &self.publisher,
            newest,
            rules,
            ended,
            tasks,
            telemetry,
        };
        let address = supply.start(&crew, &settled)?;
        self.progress.listens(address);
        drop(crew);
        drop(self.publisher);
        let (unsettled, all_settled) = sync_channel(0);
        let over = settled.drop_guard();
        tasks.spawn_thread("finisher", move || {
            let result = finisher.run(&ends);
            drop((unsettled, over));
            result
        })?;
        if let Some(resume) = self.resume {
            tasks.spawn_thread("resume", move || resume.keep(&all_settled, SAVE_EVERY))?;
        }
        if let Some(time) = config.source.max_run {
            spawn_max_run(tasks, time);
        }
        Ok(())
    }
}

fn spawn_max_run(tasks: &Tasks, time: Duration) {
    let limited = tasks.clone();
    tasks.spawn("max run", async move {
        tokio::select! {
            () = tokio::time::sleep(time) => limited.drain(Cause::Limit),
            () = limited.draining().cancelled() => {}
        }
        Ok(())
    });
}
