//! The version to write with: found in the registry, or registered there, and compiled.

mod previous;

use anyhow::Context as _;
use client::connect::{self, Connected};
use client::registry::OnFailure;
use client::writer;
use common::avro::UnknownFields;
use common::metrics::{CodecMetrics, Role};
use common::registry::resolution::{Refusal, ResolveError};
use common::registry::retry::Retry;
use common::registry::{SchemaRegistry, SchemaVersion};
use common::serializer::{Serializer, SerializerOptions};
use runtime::lifecycle::{Exit, Failure};
use runtime::telemetry::Telemetry;
use tokio::time::Instant;

use crate::config::{self, Config, SourceKind};
use crate::definition::Definition;
use crate::evolution;
use crate::latest::Writer;
use crate::source::generate::Recipe;
use crate::source::orders::Orders;

pub use crate::definition::{ORDER, ORDER_MORE};

/// Finds or registers the version in the registry, and compiles what writes it.
///
/// # Errors
/// 77 when access is denied, 69 when the registry does not answer by `deadline`, 78 when it lacks
/// the schema or refuses it.
pub(crate) async fn resolved(
    config: &Config,
    definition: Option<&Definition>,
    telemetry: &Telemetry,
    deadline: Instant,
) -> Result<Writer, Failure> {
    let calls = connect::metrics(telemetry).context("register the registry's metrics")?;
    let codec =
        CodecMetrics::register(telemetry.registry()).context("register the codec's metrics")?;
    let patience = config.base.startup_timeout;
    let connected = Connected::open(&config.registry, &calls, patience).await?;
    let retry = Retry::until(deadline, &calls);
    let text = definition.map(Definition::text);
    let Found { version, refusal } =
        match writer::offline(&config.registry, &config.codec, text, &connected) {
            Some(version) => Found::as_wanted(version),
            None => search(config, definition, connected.registry.as_ref(), &retry)
                .await
                .map_err(evolution::failure)?,
        };
    if let Some(snapshot) = &connected.snapshot {
        snapshot.save(vec![version.clone()]).await;
    }
    calls.version_in_use(&version, Role::Writer);
    let serializer = compiled(config, &version)
        .with_context(|| format!("use version {} of {}", version.id, config.registry.schema()))
        .map_err(|error| Failure::new(Exit::Configuration, error))?
        .with_metrics(&codec);
    Ok(Writer {
        version,
        refusal,
        serializer,
        connected,
        calls,
        codec,
    })
}

/// Compiles what writes the version as the configuration says.
///
/// # Errors
/// The version's text is no usable schema.
pub(crate) fn compiled(config: &Config, version: &SchemaVersion) -> anyhow::Result<Serializer> {
    let unknown_fields = match config.source.unknown_fields {
        config::UnknownFields::Refuse => UnknownFields::Refuse,
        config::UnknownFields::Ignore => UnknownFields::Ignore,
    };
    serializer(version, config.codec.serializer_options(unknown_fields))
}

/// Compiles what writes another version than the one at start; where the source's records are known beforehand, one
/// of them has to fit. `shape` is the schema that generated records have the shape of.
///
/// # Errors
/// The version cannot be written with.
pub(crate) fn fitting(
    config: &Config,
    version: &SchemaVersion,
    shape: &Definition,
) -> anyhow::Result<Serializer> {
    let mut serializer = compiled(config, version)?;
    match config.source.kind {
        SourceKind::Orders => Orders::sample(config.source.variant, &mut serializer)
            .context("write an order with it")?,
        SourceKind::Generate => Recipe::new(config, shape, &[], 0)?
            .sample(&mut serializer)
            .context("write a generated record with it")?,
        SourceKind::Ndjson | SourceKind::Http => {}
    }
    Ok(serializer)
}

/// Compiles what writes the version from JSON text.
///
/// # Errors
/// The version's text is no usable schema, or does not say which message records are.
pub(crate) fn serializer(
    version: &SchemaVersion,
    options: SerializerOptions,
) -> anyhow::Result<Serializer> {
    let serializer = Serializer::new(version, options)?;
    serializer.takes_json()?;
    Ok(serializer)
}

/// A version to write with.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) version: SchemaVersion,
    /// The wanted version, which was refused, if this one is written with in its place.
    pub(crate) refusal: Option<Box<Refusal>>,
}

impl Found {
    const fn as_wanted(version: SchemaVersion) -> Self {
        Self {
            version,
            refusal: None,
        }
    }
}

/// Finds the version as the configuration says.
///
/// # Errors
/// See [`ResolveError`]; [`exit_of`] gives the exit code.
pub(crate) async fn search(
    config: &Config,
    definition: Option<&Definition>,
    registry: &dyn SchemaRegistry,
    retry: &Retry,
) -> Result<Found, ResolveError> {
    let keeps_previous = config.registry.registration.on_failure == OnFailure::KeepPrevious;
    let text = definition.map(Definition::text);
    let found = writer::find((&config.registry, &config.codec), text, registry, retry).await;
    match (found, definition) {
        (Err(ResolveError::Refused(refusal)), Some(known)) if keeps_previous => {
            previous::find(config, known, refusal, registry, retry).await
        }
        (found, _) => found.map(Found::as_wanted),
    }
}
