//! `consumer permissions`: what AWS has to allow each command.

use clap::ValueEnum;
use client::dead_letter::DeadLetterPolicy;
use client::permissions::Permissions;
use client::registry::Warm;
use common::registry::Operation::{GetSchemaVersion, ListSchemaVersions};
use runtime::output::Output;

use crate::config::{ConsumerConfig, Place, SinkKind};

/// The command that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum About {
    /// The daemon
    Run,
    /// `replay`, without options that name other topics or another group
    Replay,
    /// `tail`, without an option that names another topic
    Tail,
}

/// What is printed.
pub(crate) fn print(config: &ConsumerConfig, about: About, output: Output) -> String {
    let mut needed = Permissions::new(&config.kafka, &config.registry);
    match about {
        About::Run => run(config, &mut needed),
        About::Replay => replay(config, &mut needed),
        About::Tail => tail(config, &mut needed),
    }
    match output {
        Output::Text => needed.to_string(),
        Output::Json => needed.to_json(),
    }
}

fn run<'a>(config: &'a ConsumerConfig, needed: &mut Permissions<'a>) {
    needed.reads(&config.kafka.topic, &config.kafka.group_id);
    let letters = &config.dead_letter;
    match letters.policy {
        Some(DeadLetterPolicy::Log | DeadLetterPolicy::Stop) => {}
        // Without a policy it is the topic that decides, by being there.
        Some(DeadLetterPolicy::Topic) | None => {
            needed.writes(&letters.topic);
            needed.sees_settings(&letters.topic);
        }
    }
    for sink in config.all_sinks() {
        if let (SinkKind::ObjectStore, Some(Place::Bucket { bucket, prefix })) =
            (sink.kind, &sink.object.place)
        {
            let prefix = format!("{prefix}/{}", config.kafka.topic);
            needed.keeps_files(bucket, prefix.trim_start_matches('/'));
        }
    }
    needed.calls(&[GetSchemaVersion]);
    let warm = &config.registry.cache.prewarm;
    if warm.iter().any(|warm| matches!(warm, Warm::Latest(_))) {
        needed.calls(&[ListSchemaVersions]);
    }
    if let Some(target) = &config.target {
        let is_elsewhere = !target.is_of_same_cluster(&config.kafka);
        needed.turn_to(&target.kafka, &target.registry, is_elsewhere);
        for topic in &target.topics {
            needed.writes(topic);
        }
        needed.finds_version();
    }
}

fn replay(config: &ConsumerConfig, needed: &mut Permissions<'_>) {
    let group = format!("{}-replay", config.kafka.group_id);
    needed.reads(&config.dead_letter.topic, &group);
    needed.writes(&config.kafka.topic);
}

fn tail(config: &ConsumerConfig, needed: &mut Permissions<'_>) {
    needed.looks_into(&config.kafka.topic);
    needed.calls(&[GetSchemaVersion]);
}
