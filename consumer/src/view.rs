//! Whether the schema has the fields that `transform.*` and `route.*` name, found out before the first record.
//!
//! Later versions are not asked: one that lacks a field has nothing to change there, and the records of one that no view
//! fits are dead letters.

use client::connect::Connected;
use client::reader::exit_of;
use client::snapshot::Snapshot;
use common::deserializer::{ForeignValues, ReaderSchema};
use common::metrics::RegistryMetrics;
use common::registry::resolution::ResolveError;
use common::registry::retry::Retry;
use common::registry::{DataFormat, Operation, SchemaName, SchemaRegistry, SchemaVersion, Which};
use common::view::View;
use runtime::lifecycle::{Exit, Failure};
use tokio::time::Instant;

use crate::config::ConsumerConfig;
use crate::selection::Selection;

/// What is known of schemas at the start.
pub(crate) struct Known<'a> {
    pub(crate) reader: Option<&'a ReaderSchema>,
    pub(crate) foreign: &'a ForeignValues,
    pub(crate) newest: Newest<'a>,
}

/// Where the newest version is from.
pub(crate) enum Newest<'a> {
    /// It is asked for.
    Registry(&'a dyn SchemaRegistry),
    /// A snapshot stands in for the registry, and may have it.
    Snapshot(Option<&'a SchemaVersion>),
}

impl<'a> Known<'a> {
    /// What there is without asking the registry.
    pub(crate) fn new(
        config: &ConsumerConfig,
        (reader, foreign): (Option<&'a ReaderSchema>, &'a ForeignValues),
        connected: &'a Connected,
    ) -> Self {
        let name = config.registry.schema();
        let is_named = |version: &&SchemaVersion| {
            version.registry.as_ref() == Some(&name.registry)
                && version.schema_name.as_ref() == Some(&name.schema)
        };
        let newest = if connected.is_degraded() {
            let snapshot = connected.snapshot.as_ref();
            let find = |known: &'a Snapshot| known.versions().iter().rev().find(is_named);
            Newest::Snapshot(snapshot.and_then(find))
        } else {
            Newest::Registry(connected.registry.as_ref())
        };
        Self {
            reader,
            foreign,
            newest,
        }
    }
}

/// Holds everything that names fields against the schema that values are read as, the one of foreign values, or the
/// newest of the registry; says how many fields that were, or nothing if none are named.
///
/// # Errors
/// 78 when a field is not there or cannot be changed so; 69 and 77 as asking the registry.
pub(crate) async fn check(
    config: &ConsumerConfig,
    known: Known<'_>,
    deadline: Instant,
) -> Result<Option<String>, Failure> {
    let configured = |error| Failure::new(Exit::Configuration, error);
    let fields = Selection::new(config).view();
    let fields = fields.map_err(|error| configured(anyhow::Error::new(error)))?;
    let views: Vec<_> = config
        .transform
        .view
        .iter()
        .cloned()
        .chain(fields)
        .collect();
    if views.is_empty() {
        return Ok(None);
    }
    if let ForeignValues::Decode { schema, .. } = known.foreign {
        let what = "codec.foreign_schema_file";
        fits(
            &views,
            (schema.version.data_format, &schema.version.definition),
            what,
        )?;
    }
    let name = config.registry.schema();
    if let Some(reader) = known.reader {
        let definition = reader.schema().to_string();
        let what = "the schema that records are read as";
        fits(&views, (DataFormat::Avro, &definition), what)?;
    } else if config.registry.names_record() {
        unchecked();
    } else {
        let asked = match known.newest {
            Newest::Registry(registry) => newest(registry, &name, known.foreign, deadline).await?,
            Newest::Snapshot(version) => version.cloned(),
        };
        match &asked {
            Some(version) => {
                let schema = (version.data_format, version.definition.as_str());
                fits(&views, schema, &name.to_string())?;
            }
            None => unchecked(),
        }
    }
    Ok(Some(format!(
        "{name} has the fields that transform.* and route.* name"
    )))
}

fn unchecked() {
    tracing::warn!(
        "no schema is known at the start that the fields of transform.* and route.* could be held against"
    );
}

/// The newest version in the registry; it need not be there where foreign values have a schema of their own.
async fn newest(
    registry: &dyn SchemaRegistry,
    name: &SchemaName,
    foreign: &ForeignValues,
    deadline: Instant,
) -> Result<Option<SchemaVersion>, Failure> {
    let retry = Retry::until(deadline, &RegistryMetrics::unregistered());
    let ask = || registry.version_of(name, Which::Latest);
    match retry.call(Operation::GetSchemaVersion, ask).await {
        Ok(version) => Ok(Some(version)),
        Err(source) => {
            let has_own = matches!(foreign, ForeignValues::Decode { .. });
            if source.is_not_found() && has_own {
                return Ok(None);
            }
            let name = name.clone();
            let error = ResolveError::Registry { name, source };
            let exit = exit_of(&error);
            let error = anyhow::Error::new(error)
                .context("look for the fields that transform.* and route.* name");
            Err(Failure::new(exit, error))
        }
    }
}

fn fits(
    views: &[View],
    (format, definition): (DataFormat, &str),
    what: &str,
) -> Result<(), Failure> {
    for view in views {
        view.check(format, definition).map_err(|error| {
            let error = anyhow::Error::new(error);
            let said = format!("transform.* and route.* do not fit {what}");
            Failure::new(Exit::Configuration, error.context(said))
        })?;
    }
    Ok(())
}
