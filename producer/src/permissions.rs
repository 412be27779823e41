//! `producer permissions`: what AWS has to allow each command.

use clap::ValueEnum;
use client::dead_letter::DeadLetterPolicy;
use client::permissions::Permissions;
use common::registry::Operation::{GetSchemaVersion, ListSchemas};
use runtime::output::Output;

use crate::config::Config;

/// The command that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum About {
    /// The daemon
    Run,
    /// `topics ensure`, with all its options
    Topics,
    /// `schema`, with all that it can do
    Schema,
}

/// What is printed.
pub(crate) fn print(config: &Config, about: About, output: Output) -> String {
    let mut needed = Permissions::new(&config.kafka, &config.registry);
    match about {
        About::Run => run(config, &mut needed),
        About::Topics => topics(config, &mut needed),
        About::Schema => schema(&mut needed),
    }
    match output {
        Output::Text => needed.to_string(),
        Output::Json => needed.to_json(),
    }
}

fn run(config: &Config, needed: &mut Permissions<'_>) {
    needed.writes(&config.kafka.topic);
    needed.finds_version();
}

fn topics(config: &Config, needed: &mut Permissions<'_>) {
    needed.shapes(&config.kafka.topic);
    let policy = config.dead_letter.policy.unwrap_or(DeadLetterPolicy::Topic);
    if policy == DeadLetterPolicy::Topic {
        needed.shapes(&config.dead_letter.topic);
    }
}

fn schema(needed: &mut Permissions<'_>) {
    needed.calls(&[GetSchemaVersion, ListSchemas]);
    needed.registers();
}
