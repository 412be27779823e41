//! `consumer replay`: dead letters are written back as the records that they were.
//!
//! ```text
//! poll thread ──letters──> replay thread ──records──> librdkafka ──acknowledgements──> flow: offsets
//! ```
//!
//! It reads as the consumer does, with its poll thread and its flow, in a group of its own. Each letter is a batch of its
//! own, so the offset of a letter moves with the acknowledgement of its record, and never past one that is open. It
//! ends at the end that the topic had at the start. A dry run takes its partitions without joining the group, and lets
//! no offset move.

mod filter;
mod look;
mod plan;
mod progress;
mod provenance;
mod survey;
mod worker;
mod writer;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::config::KafkaConfig;
use client::kafka::auth::token::{Authenticated, Tokens};
use client::kafka::events::Events;
use client::kafka::group::GroupConfig;
use client::kafka::metrics::KafkaMetrics;
use client::kafka::{settings, topic};
use crossbeam_channel::{Sender, bounded};
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use runtime::config::Size;
use runtime::daemon::{self, ConfigArgs};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::{Latch, Telemetry};

use crate::batch::Batch;
use crate::bounds::{Ends, Look, Patience};
use crate::config::{BatchConfig, ConsumerConfig, FlowConfig};
use crate::context::Context;
use crate::flow::Flow;
use crate::intake::Intake;
use crate::join;
use crate::metrics::Metrics;
use crate::poll::Poller;
use look::Extent;
pub(crate) use plan::Args;
use plan::Plan;
pub(crate) use plan::topic_name;
use survey::Survey;
use worker::{Replayer, Target};
use writer::Writer;

/// Letters in flight at most, so that a drain ends soon and a crash repeats little.
const IN_FLIGHT: usize = 1000;
/// Each letter is a batch of its own, so that its offset moves by itself.
const ONE_BY_ONE: BatchConfig = BatchConfig {
    records: 1,
    bytes: Size::kib(256),
    time: Duration::ZERO,
};
/// Letters that wait before the replay thread.
const QUEUE: usize = 64;
/// Time between two looks whether a partition has come.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the command.
pub(crate) fn main(args: Args, config: &ConfigArgs) -> ExitCode {
    daemon::job::<ConsumerConfig, _, _>(config, async |config, tasks, telemetry| {
        let plan = args.plan(&config)?;
        start(Arc::new(plan), config, tasks, telemetry).await
    })
}

/// Opens both topics, takes part in the group and spawns the threads.
async fn start(
    plan: Arc<Plan>,
    config: ConsumerConfig,
    tasks: Tasks,
    telemetry: Telemetry,
) -> Result<(), Failure> {
    let deadline = Instant::now() + config.base.startup_timeout;
    let kafka = KafkaConfig {
        group_id: plan.group.clone(),
        ..config.kafka.clone()
    };
    let parts = Parts::new(&plan, &config, &tasks, telemetry)?;
    let context = parts.context(&kafka, &config).await?;
    let target = parts.target(&kafka, context.events.tokens())?;
    let opened = {
        let (plan, tasks) = (Arc::clone(&plan), tasks.clone());
        // The group is the replay's own, and so is whoever takes part in it.
        let group = GroupConfig {
            instance_id: None,
            ..config.group.clone()
        };
        let open = move || open(&plan, (&kafka, &group), context, (deadline, &tasks));
        tokio::task::spawn_blocking(open).await.context("open")??
    };
    let Opened {
        consumer,
        partitions,
        extent,
    } = opened;
    let letters = extent.letters;
    tracing::info!(
        from = plan.from,
        to = plan.to,
        group = plan.group,
        letters,
        "replaying"
    );
    if letters > 0 {
        parts.begin(&consumer, &extent)?;
        let group = consumer.context().group.clone();
        parts.watch(group, deadline);
    }
    let sender = parts.spawn_worker(target, partitions)?;
    progress::spawn(&parts.metrics, letters, &tasks);
    parts.spawn_poller(consumer, sender, (extent, &config))
}

/// What is there once both topics are.
struct Opened {
    consumer: Authenticated<BaseConsumer<Context>>,
    /// Partitions of the topic that is written.
    partitions: usize,
    extent: Extent,
}

/// Waits for both topics and looks how much there is; blocks.
fn open(
    plan: &Plan,
    (kafka, group): (&KafkaConfig, &GroupConfig),
    context: Context,
    (deadline, tasks): (Instant, &Tasks),
) -> Result<Opened, Failure> {
    let draining = || tasks.draining().is_cancelled();
    let patience = Patience {
        until: deadline,
        draining: &draining,
    };
    let mut settings = settings::letters(kafka, group);
    if plan.dry_run {
        settings.set("enable.auto.commit", "false");
    }
    let events = Arc::clone(&context.events);
    let (consumer, letters) = join::connect(&settings, (context, &events), &plan.from, &patience)?;
    let (servers, left) = (&kafka.bootstrap_servers, patience.left());
    let partitions = topic::wait_for(consumer.client(), &plan.to, servers, left, draining)
        .map_err(|error| Failure::new(error.exit(), error))?;
    let look = Look {
        consumer: &consumer,
        topic: &plan.from,
        partitions: letters,
        is_of_group: true,
    };
    let extent = look::extent(&look, &patience)?;
    Ok(Opened {
        consumer,
        partitions,
        extent,
    })
}

/// What the threads share.
struct Parts {
    plan: Arc<Plan>,
    flow: Arc<Flow>,
    metrics: Metrics,
    kafka: KafkaMetrics,
    tasks: Tasks,
    telemetry: Telemetry,
}

impl Parts {
    fn new(
        plan: &Arc<Plan>,
        config: &ConsumerConfig,
        tasks: &Tasks,
        telemetry: Telemetry,
    ) -> Result<Self, Failure> {
        let all = telemetry.registry();
        let metrics = Metrics::register(all, &plan.from, "kafka").context("register metrics")?;
        let limits = FlowConfig {
            in_flight_records: config.flow.in_flight_records.min(IN_FLIGHT),
            ..config.flow
        };
        Ok(Self {
            plan: Arc::clone(plan),
            flow: Arc::new(Flow::new(limits, metrics.clone())),
            metrics,
            kafka: KafkaMetrics::register(all).context("register metrics")?,
            tasks: tasks.clone(),
            telemetry,
        })
    }

    async fn context(
        &self,
        kafka: &KafkaConfig,
        config: &ConsumerConfig,
    ) -> Result<Context, Failure> {
        let patience = config.base.startup_timeout;
        let health = self.telemetry.health();
        let watched = (&self.kafka.token, health);
        let tokens = Tokens::open(&kafka.auth, watched, patience, &self.tasks).await?;
        let events = Events::new(self.kafka.clone(), health.latch("broker")).with_tokens(tokens);
        Ok(Context {
            events: Arc::new(events),
            flow: Arc::clone(&self.flow),
            metrics: self.metrics.clone(),
            group: health.latch("group"),
            topic: self.plan.from.clone(),
            patience: (config.base.shutdown_grace / 2).min(crate::REVOCATION),
            lost: AtomicBool::new(false),
            tasks: self.tasks.clone(),
        })
    }

    /// Where letters go: to their topic again, or into the sums of a dry run.
    fn target(&self, kafka: &KafkaConfig, tokens: Option<&Arc<Tokens>>) -> Result<Target, Failure> {
        if self.plan.dry_run {
            return Ok(Target::Survey(Survey::default()));
        }
        let latch = self.telemetry.health().latch("writing");
        let events = Events::new(self.kafka.clone(), latch).with_tokens(tokens.cloned());
        let settings = settings::replayed(kafka);
        let writer = Writer::new(&settings, (&self.plan.from, &self.plan.to), events, self)
            .context("make the Kafka client that writes")
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        Ok(Target::Topic(writer))
    }

    /// Joins the group; a dry run only takes the partitions, from where the group stands.
    fn begin(&self, consumer: &BaseConsumer<Context>, extent: &Extent) -> Result<(), Failure> {
        if !self.plan.dry_run {
            return join::subscribe(consumer, &self.plan.from);
        }
        let mut list = TopicPartitionList::new();
        for partition in extent.ends.keys() {
            self.flow.open(*partition);
            list.add_partition(&self.plan.from, *partition);
        }
        Ok(consumer.assign(&list).context("take the partitions")?)
    }

    /// Ends the replay if the group cannot be joined; one that has no partition for us is waited for, and said.
    fn watch(&self, group: Latch, deadline: Instant) {
        let (flow, draining) = (Arc::clone(&self.flow), self.tasks.draining().clone());
        let name = self.plan.group.clone();
        self.tasks.spawn("group", async move {
            let mut is_said = false;
            while flow.slots().is_empty() && !draining.is_cancelled() {
                if group.is_set() && !is_said {
                    is_said = true;
                    tracing::warn!(
                        group = name,
                        "another replay of the group has all partitions; waiting for it to end"
                    );
                }
                if !group.is_set() && Instant::now() > deadline {
                    let said =
                        format!("the group {name} could not be joined within startup.timeout");
                    return Err(Failure::said(Exit::Unreachable, said));
                }
                tokio::time::sleep(LOOK).await;
            }
            Ok(())
        });
    }

    fn spawn_worker(&self, target: Target, partitions: usize) -> Result<Sender<Batch>, Failure> {
        let (sender, letters) = bounded(QUEUE);
        let replayer = Replayer::new(self, target, partitions);
        let run = move || replayer.run(&letters);
        self.tasks.spawn_thread("replay", run)?;
        Ok(sender)
    }

    /// The thread that ends last; it says what became of all.
    fn spawn_poller(
        &self,
        consumer: Authenticated<BaseConsumer<Context>>,
        sender: Sender<Batch>,
        (extent, config): (Extent, &ConsumerConfig),
    ) -> Result<(), Failure> {
        let (is_nothing, is_dry) = (extent.letters == 0, self.plan.dry_run);
        let poller = Poller {
            consumer,
            topic: self.plan.from.clone(),
            servers: config.kafka.bootstrap_servers.clone(),
            flow: Arc::clone(&self.flow),
            metrics: self.metrics.clone(),
            tasks: self.tasks.clone(),
            heart: self.telemetry.health().heartbeat("poll", crate::STALL),
            grace: config.base.shutdown_grace,
            intake: Intake::new(vec![sender], Arc::clone(&self.flow), ONE_BY_ONE),
            ends: Some(Ends::new(extent.ends)),
            preparation: None,
            paused: BTreeSet::new(),
        };
        let (metrics, tasks, began) = (self.metrics.clone(), self.tasks.clone(), Instant::now());
        self.tasks.spawn_thread("poll", move || {
            if is_nothing {
                tasks.drain(Cause::Finished);
            }
            let ended = poller.run();
            if !is_dry {
                progress::say_totals(&metrics, began.elapsed());
            }
            ended
        })
    }
}
