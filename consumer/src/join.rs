//! The last step of a start: the client is made, the topics are waited for, the group is joined.

use crate::bounds::{self, Ends, Look, Patience, Start};
use crate::config::ConsumerConfig;
use crate::context::Context;
use crate::poll;
use anyhow::Context as _;
use client::dead_letter::DeadLetterPolicy;
use client::kafka::auth::token::Authenticated;
use client::kafka::events::Events;
use client::kafka::settings;
use client::kafka::topic;
use rdkafka::ClientConfig;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, DefaultConsumerContext};
use runtime::lifecycle::{Exit, Failure, Tasks};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A member of the group, and what was found out on the way.
pub(crate) struct Joined {
    pub(crate) consumer: Authenticated<BaseConsumer<Context>>,
    /// What happens to records that cannot be decoded.
    pub(crate) policy: DeadLetterPolicy,
    /// Where the reading of each partition ends, if it does.
    pub(crate) ends: Option<Ends>,
}

/// Makes the client, waits for the topics and joins the group, on a thread of its own.
///
/// # Errors
/// 69 when the cluster or a topic is not there before `deadline`, 77 when we are refused, 78 for settings and offsets
/// that cannot be.
pub(crate) async fn join(
    config: &ConsumerConfig,
    context: Context,
    deadline: Instant,
    tasks: &Tasks,
) -> Result<Joined, Failure> {
    let (config, tasks) = (config.clone(), tasks.clone());
    let joined = tokio::task::spawn_blocking(move || blocking(&config, context, deadline, &tasks));
    joined
        .await
        .map_err(|error| Failure::new(Exit::Internal, error))?
}

fn blocking(
    config: &ConsumerConfig,
    context: Context,
    deadline: Instant,
    tasks: &Tasks,
) -> Result<Joined, Failure> {
    let mut settings = settings::consumer(&config.kafka, &config.group);
    if config.bounds.until.is_some() {
        settings.set("enable.partition.eof", "true");
    }
    let topic = &config.kafka.topic;
    let draining = || tasks.draining().is_cancelled();
    let patience = Patience {
        until: deadline,
        draining: &draining,
    };
    let events = Arc::clone(&context.events);
    let (consumer, partitions) = connect(&settings, (context, &events), topic, &patience)?;
    // Before the group waits for a member that may still turn away.
    let policy = policy(config, consumer.client(), patience.left(), draining)?;
    let look = Look {
        consumer: &consumer,
        topic,
        partitions,
        is_of_group: true,
    };
    // The end first: what comes while the beginning is looked up is behind it.
    let until = config.bounds.until;
    let ends = until
        .map(|until| Ends::find(&look, until, &patience))
        .transpose()?;
    if config.bounds.start != Start::Committed {
        begin(config, &settings, &look, &patience)?;
    }
    subscribe(&consumer, topic)?;
    Ok(Joined {
        consumer,
        policy,
        ends,
    })
}

/// Moves the group, by a client of its own that is nobody's place in the group: brokers would take a commit under a
/// name of a member (`consumer.instance_id`) for a rival's, and end the client.
fn begin(
    config: &ConsumerConfig,
    settings: &ClientConfig,
    look: &Look<'_, Context>,
    patience: &Patience<'_>,
) -> Result<(), Failure> {
    let mut settings = settings.clone();
    settings.remove("group.instance.id");
    let client: BaseConsumer<DefaultConsumerContext> = settings
        .create()
        .context("make the Kafka client that moves the group")
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let tokens = look.consumer.context().events.tokens();
    let client = Authenticated::new(client, tokens);
    let look = Look {
        consumer: &client,
        topic: look.topic,
        partitions: look.partitions,
        is_of_group: true,
    };
    bounds::begin(&look, &config.bounds.start, patience)
}

/// Makes the client and waits for its topic, whose partitions it counts; blocks.
///
/// # Errors
/// 69 when the topic is not there in time, 77 when we are refused, 78 for settings that cannot be.
pub(crate) fn connect<C: ConsumerContext + 'static>(
    settings: &ClientConfig,
    (context, events): (C, &Events),
    topic: &str,
    patience: &Patience<'_>,
) -> Result<(Authenticated<BaseConsumer<C>>, i32), Failure> {
    let consumer: BaseConsumer<C> = settings
        .create_with_context(context)
        .context("make the Kafka client")
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let consumer = Authenticated::new(consumer, events.tokens());
    let bootstrap = settings.get("bootstrap.servers").unwrap_or_default();
    let refusal = || events.refusal(bootstrap);
    let give_up = || {
        poll::serve(&consumer);
        (patience.draining)() || refusal().is_some()
    };
    let found = topic::wait_for(
        consumer.client(),
        topic,
        bootstrap,
        patience.left(),
        give_up,
    );
    let partitions =
        found.map_err(|error| refusal().unwrap_or_else(|| Failure::new(error.exit(), error)))?;
    events.broker_seen();
    Ok((consumer, i32::try_from(partitions).unwrap_or(i32::MAX)))
}

/// Joins the group.
pub(crate) fn subscribe(consumer: &BaseConsumer<Context>, topic: &str) -> Result<(), Failure> {
    Ok(consumer
        .subscribe(&[topic])
        .with_context(|| format!("subscribe to {topic}"))?)
}

/// What happens to records that cannot be decoded: as configured, if the topic for them is there; otherwise as it is.
/// Blocks.
fn policy<C: ClientContext>(
    config: &ConsumerConfig,
    client: &Client<C>,
    patience: Duration,
    is_draining: impl Fn() -> bool,
) -> Result<DeadLetterPolicy, Failure> {
    let topic = &config.dead_letter.topic;
    match config.dead_letter.policy {
        Some(DeadLetterPolicy::Topic) => {
            let bootstrap = &config.kafka.bootstrap_servers;
            topic::wait_for(client, topic, bootstrap, patience, is_draining)
                .map_err(|error| Failure::new(error.exit(), error))?;
            Ok(DeadLetterPolicy::Topic)
        }
        Some(policy) => Ok(policy),
        None if topic::exists(client, topic, patience) => {
            tracing::warn!(
                "dead_letter.policy is not set: records that cannot be decoded go to {topic}, which exists"
            );
            Ok(DeadLetterPolicy::Topic)
        }
        None => {
            tracing::warn!(
                "dead_letter.policy is not set and there is no topic {topic}: the first record that cannot be decoded will stop the consumer"
            );
            Ok(DeadLetterPolicy::Stop)
        }
    }
}
