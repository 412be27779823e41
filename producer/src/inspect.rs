//! `producer validate --connect`: everything that the daemon reaches, looked at once; nothing is written anywhere.

use std::path::Path;

use client::dead_letter::DeadLetterPolicy;
use client::inspect::{self, Kafka};
use client::kafka::native::rights::Right;
use client::registry::Resolution;
use common::metrics::RegistryMetrics;
use common::registry::resolution::ResolveError;
use common::registry::retry::Retry;
use runtime::inspection::{Inspection, Output};
use runtime::lifecycle::{Exit, Failure, Tasks};
use tokio::time::Instant;

use crate::config::{Config, SourceKind};
use crate::definition::Definition;
use crate::evolution;
use crate::schema;
use crate::source::input::Origin;

/// Looks at source, schema, brokers, topics and registry, and prints what it found.
///
/// # Errors
/// 1 when anything is wrong.
pub(crate) async fn run(mut config: Config, tasks: Tasks, output: Output) -> Result<(), Failure> {
    let mut inspection = Inspection::default();
    if config.source.kind == SourceKind::Ndjson {
        inspection.note("source", source(&config));
    }
    let registers = config.registry.resolution == Resolution::Register;
    if registers {
        config.registry.resolution = Resolution::Lookup;
    }
    let definition = Definition::find(&mut config);
    let definition = definition.map(|found| (found, "its text is sound".to_owned()));
    let definition = inspection.note("definition", definition);
    kafka(&config, &tasks, &mut inspection).await;
    registry(&config, definition.as_ref(), registers, &mut inspection).await;
    inspection.print(output)
}

fn source(config: &Config) -> Result<((), String), Failure> {
    let path = config.source.path.as_deref().unwrap_or(Path::new("-"));
    let found = Origin::find(path).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("open {}", path.display()));
        Failure::new(Exit::Configuration, error)
    });
    found.map(|_| ((), format!("{} can be read", path.display())))
}

async fn kafka(config: &Config, tasks: &Tasks, inspection: &mut Inspection) {
    let patience = inspect::patience(config.base.startup_timeout);
    let Some(kafka) = Kafka::open(&config.kafka, patience, tasks, inspection).await else {
        inspection.unknown("topic", "the brokers do not answer");
        return;
    };
    let needed = &[Right::Describe, Right::Write];
    let topic = ("topic", config.kafka.topic.as_str());
    kafka.topic(topic, needed, inspection).await;
    let letters = ("dead letters", config.dead_letter.topic.as_str());
    if config.dead_letter.policy == Some(DeadLetterPolicy::Topic) {
        kafka.topic(letters, &[Right::Describe], inspection).await;
    }
}

async fn registry(
    config: &Config,
    definition: Option<&Option<Definition>>,
    registers: bool,
    inspection: &mut Inspection,
) {
    let (metrics, patience) = (
        RegistryMetrics::unregistered(),
        inspect::patience(config.base.startup_timeout),
    );
    let connected = inspect::registry(&config.registry, &metrics, patience, inspection).await;
    let Some(registry) = connected else {
        inspection.unknown("schema", "the registry does not answer");
        return;
    };
    let Some(definition) = definition.map(Option::as_ref) else {
        inspection.unknown("schema", "there is no definition to look for");
        return;
    };
    let retry = Retry::until(Instant::now() + patience, &metrics);
    let found = match schema::search(config, definition, registry.as_ref(), &retry).await {
        Ok(found) => schema::compiled(config, &found.version)
            .map(|_| ((), format!("it writes with version {}", found.version.id)))
            .map_err(|error| Failure::new(Exit::Configuration, error)),
        Err(error) if registers && is_missing(&error) => {
            let name = config.registry.schema();
            let said = format!(
                "{name} has no such version yet; `producer schema check` says whether it would be taken"
            );
            return inspection.unknown("schema", said);
        }
        Err(error) => Err(evolution::failure(error)),
    };
    inspection.note("schema", found);
}

/// Whether registering would make up for it.
const fn is_missing(error: &ResolveError) -> bool {
    matches!(
        error,
        ResolveError::SchemaNotFound { .. }
            | ResolveError::VersionNotFound { .. }
            | ResolveError::RegistryNotFound { .. }
    )
}
