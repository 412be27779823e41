//! `producer validate --connect`: everything that the daemon reaches, looked at once; nothing is written anywhere.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use client::dead_letter::DeadLetterPolicy;
use client::inspect::{self, Kafka};
use client::kafka::native::rights::Right;
use client::registry::Resolution;
use common::metrics::RegistryMetrics;
use common::registry::SchemaVersion;
use common::registry::resolution::ResolveError;
use common::registry::retry::Retry;
use runtime::inspection::Inspection;
use runtime::lifecycle::{Exit, Failure, Tasks};
use tokio::time::Instant;

use crate::config::{Config, SourceKind};
use crate::definition::Definition;
use crate::evolution;
use crate::schema;
use crate::source::input::{Origin, unpack};

/// Looks at source, schema, brokers, topics and registry.
pub(crate) async fn look(mut config: Config, tasks: Tasks) -> Inspection {
    let mut inspection = Inspection::default();
    if config.source.kind == SourceKind::Ndjson {
        inspection.note("source", source(&config));
    }
    let registers = config.registry.resolution == Resolution::Register;
    if registers {
        config.registry.resolution = Resolution::Lookup;
    }
    let definition = inspection.note("definition", definition(&mut config));
    kafka(&config, &tasks, &mut inspection).await;
    registry(&config, definition.as_ref(), registers, &mut inspection).await;
    inspection
}

fn source(config: &Config) -> Result<((), String), Failure> {
    let source = &config.source;
    let path = source.path.as_deref().unwrap_or(Path::new("-"));
    let found = Origin::find(path).and_then(|origin| match (&origin, source.follow) {
        (Origin::File(file), _) if source.resume && unpack::is_packed(file)? => {
            let why = "a compressed file cannot be gone on with (source.resume)";
            Err(io::Error::new(io::ErrorKind::Unsupported, why))
        }
        (_, true) => origin.followed(path).map(drop),
        (_, false) => Ok(()),
    });
    found
        .map(|()| ((), format!("{} can be read", path.display())))
        .with_context(|| format!("open {} (source.path)", path.display()))
        .map_err(|error| Failure::new(Exit::Configuration, error))
}

/// The schema text that the producer has, and whether keys and headers can be made of its records.
fn definition(config: &mut Config) -> Result<(Option<Definition>, String), Failure> {
    let found = Definition::find(config)?;
    let said = match &found {
        Some(definition) => {
            definition.envelope(&config.source)?;
            "its text is sound, and has the fields of keys and headers"
        }
        None => "the registry is to supply it",
    };
    Ok((found, said.to_owned()))
}

async fn kafka(config: &Config, tasks: &Tasks, inspection: &mut Inspection) {
    let patience = inspect::patience(config.base.startup_timeout);
    let Some(kafka) = Kafka::open("brokers", &config.kafka, patience, tasks, inspection).await
    else {
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
    let connected =
        inspect::registry("registry", &config.registry, &metrics, patience, inspection).await;
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
        Ok(found) => writes(config, &found.version),
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

fn writes(config: &Config, version: &SchemaVersion) -> Result<((), String), Failure> {
    schema::compiled(config, version).map_err(|error| Failure::new(Exit::Configuration, error))?;
    Definition::of(version, &config.codec)?.envelope(&config.source)?;
    Ok((
        (),
        format!("records are written with version {}", version.id),
    ))
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
