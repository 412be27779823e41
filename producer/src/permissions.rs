//! `producer permissions`: what AWS has to allow each command.

use clap::ValueEnum;
use client::dead_letter::DeadLetterPolicy;
use client::permissions::Permissions;
use client::registry::Resolution;
use common::registry::Operation::{
    CreateRegistry, CreateSchema, DeleteSchemaVersions, GetSchema, GetSchemaByDefinition,
    GetSchemaVersion, ListSchemaVersions, ListSchemas, PutSchemaVersionMetadata,
    RegisterSchemaVersion,
};
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
        About::Schema => schema(config, &mut needed),
    }
    match output {
        Output::Text => needed.to_string(),
        Output::Json => needed.to_json(),
    }
}

fn run(config: &Config, needed: &mut Permissions<'_>) {
    needed.writes(&config.kafka.topic);
    // The first call of each start, and what a version's state and number are asked by.
    needed.calls(&[GetSchemaVersion]);
    match config.registry.resolution {
        Resolution::Latest | Resolution::Version | Resolution::Id => {}
        // The last two say what a refused version was held against.
        Resolution::Lookup => needed.calls(&[GetSchemaByDefinition, GetSchema, ListSchemaVersions]),
        Resolution::Register => registers(config, needed),
    }
}

/// Finds a version, or creates what is missing.
fn registers(config: &Config, needed: &mut Permissions<'_>) {
    let registration = &config.registry.registration;
    needed.calls(&[
        GetSchemaByDefinition,
        GetSchema,
        ListSchemaVersions,
        RegisterSchemaVersion,
        CreateSchema,
    ]);
    if registration.create && config.registry.arn.is_none() {
        needed.calls(&[CreateRegistry]);
    }
    if registration.clean_failed {
        needed.calls(&[DeleteSchemaVersions]);
    }
    if !registration.metadata.is_empty() {
        needed.calls(&[PutSchemaVersionMetadata]);
    }
    if !registration.tags.is_empty() {
        needed.tags_schemas();
    }
}

fn topics(config: &Config, needed: &mut Permissions<'_>) {
    needed.shapes(&config.kafka.topic);
    let policy = config.dead_letter.policy.unwrap_or(DeadLetterPolicy::Topic);
    if policy == DeadLetterPolicy::Topic {
        needed.shapes(&config.dead_letter.topic);
    }
}

fn schema(config: &Config, needed: &mut Permissions<'_>) {
    needed.calls(&[GetSchemaVersion, ListSchemas]);
    registers(config, needed);
}
