//! The schema that records are read as: the writer's own, the newest in the registry, or one from a file.

use std::path::PathBuf;

use anyhow::Context as _;
use common::deserializer::ReaderSchema;
use common::metrics::{RegistryMetrics, Role};
use common::registry::resolution::{Pin, ResolveError, pinned};
use common::registry::retry::Retry;
use common::registry::{DataFormat, SchemaName, SchemaRegistry};
use runtime::config::Value;
use runtime::lifecycle::{Exit, Failure};
use tokio::time::Instant;

use crate::connect::Connected;
use crate::files;
use crate::registry::Way;

/// Which schema records are read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The one each record was written with.
    Writer,
    /// The newest version of the configured schema.
    Latest,
    /// The one in a file.
    File(PathBuf),
}

impl Value for Reader {
    const KIND: &'static str = "`writer`, `latest` or a path";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "writer" => Ok(Self::Writer),
            "latest" => Ok(Self::Latest),
            path => PathBuf::parse(path).map(Self::File),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Writer => "\"writer\"".to_owned(),
            Self::Latest => "\"latest\"".to_owned(),
            Self::File(path) => path.show(),
        }
    }
}

impl Reader {
    /// Reads the schema if it is in a file; `key` is what named it.
    ///
    /// # Errors
    /// The file cannot be read or is no Avro schema.
    pub fn from_file(&self, key: &str) -> anyhow::Result<Option<ReaderSchema>> {
        match self {
            Self::Writer | Self::Latest => Ok(None),
            Self::File(path) => files::read(path, key, |text| ReaderSchema::parse(&text)).map(Some),
        }
    }

    /// The newest schema that the snapshot has, if that is what is asked for and the registry is away.
    ///
    /// # Errors
    /// 78 when its text is no usable schema.
    pub fn from_snapshot(
        &self,
        connected: &Connected,
        name: &SchemaName,
    ) -> Option<Result<ReaderSchema, Failure>> {
        if *self != Self::Latest || !connected.is_degraded() {
            return None;
        }
        let snapshot = connected.snapshot.as_ref()?;
        let newest = Way::Pin(Pin::Latest);
        let version = snapshot.find(newest, name, None, DataFormat::Avro)?;
        tracing::warn!(schema = %name, version_id = %version.id, version = version.number, "reading records as the newest version of the snapshot");
        let schema = ReaderSchema::parse(&version.definition)
            .with_context(|| format!("read records as version {} of {name}", version.id))
            .map_err(|error| Failure::new(Exit::Configuration, error));
        Some(schema)
    }

    /// Fetches the schema if it is the newest in the registry.
    ///
    /// # Errors
    /// 77 when access is denied, 69 when the registry does not answer by `deadline`, 78 when it has no usable version.
    pub async fn from_registry(
        &self,
        registry: &dyn SchemaRegistry,
        name: &SchemaName,
        metrics: &RegistryMetrics,
        deadline: Instant,
    ) -> Result<Option<ReaderSchema>, Failure> {
        if *self != Self::Latest {
            return Ok(None);
        }
        let retry = Retry::until(deadline, metrics);
        let newest = pinned(registry, name, Pin::Latest, DataFormat::Avro, &retry);
        let version = newest
            .await
            .map_err(|error| Failure::new(exit_of(&error), error))?;
        let schema = ReaderSchema::parse(&version.definition)
            .with_context(|| format!("read records as version {} of {name}", version.id))
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        metrics.version_in_use(&version, Role::Reader);
        tracing::info!(schema = %name, version_id = %version.id, version = version.number, "reading records as the newest version");
        Ok(Some(schema))
    }
}

/// The exit code of a search that found nothing.
pub const fn exit_of(error: &ResolveError) -> Exit {
    if error.is_denied() {
        Exit::Authentication
    } else if error.is_unreachable() {
        Exit::Unreachable
    } else {
        Exit::Configuration
    }
}
