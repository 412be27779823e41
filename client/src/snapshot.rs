//! `registry.snapshot`: what is known of schemas, in a file that outlives the process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common::registry::cache::SchemaCache;
use common::registry::resolution::Pin;
use common::registry::{DataFormat, SchemaName, SchemaVersion, snapshot};
use runtime::lifecycle::Tasks;

use crate::registry::{RegistryConfig, Way};

/// How long changes are gathered before they are written.
const GATHERING: Duration = Duration::from_secs(1);

/// The file, and what it held at start.
#[derive(Clone, Debug)]
pub struct Snapshot {
    path: PathBuf,
    /// Versions in the file at most.
    most: usize,
    versions: Arc<[SchemaVersion]>,
}

impl Snapshot {
    /// Reads the file, if one is configured. One that cannot be read is no reason not to start.
    pub fn open(config: &RegistryConfig) -> Option<Self> {
        let path = config.cache.snapshot.clone()?;
        let versions = snapshot::read(&path).unwrap_or_else(|error| {
            let error = anyhow::Error::new(error);
            tracing::warn!(path = %path.display(), error = format!("{error:#}"), "the snapshot of schemas cannot be used");
            None
        });
        Some(Self {
            path,
            most: config.cache.entries,
            versions: versions.unwrap_or_default().into(),
        })
    }

    /// What the file held at start.
    pub fn versions(&self) -> &[SchemaVersion] {
        &self.versions
    }

    /// The version that a configured search would find, as far as the file tells.
    pub fn find(
        &self,
        way: Way,
        name: &SchemaName,
        definition: Option<&str>,
        format: DataFormat,
    ) -> Option<&SchemaVersion> {
        let is_named = |version: &SchemaVersion| {
            version.registry.as_ref() == Some(&name.registry)
                && version.schema_name.as_ref() == Some(&name.schema)
        };
        let fits = |version: &&SchemaVersion| {
            let fits = match way {
                Way::Definition(_) => is_named(version) && definition == Some(&version.definition),
                Way::Pin(Pin::Number(number)) => {
                    is_named(version) && version.number == Some(number)
                }
                Way::Pin(Pin::Latest) => is_named(version),
                Way::Pin(Pin::Id(id)) => version.id == id,
            };
            fits && version.data_format == format
        };
        self.versions
            .iter()
            .filter(fits)
            .max_by_key(|version| version.number)
    }

    /// Writes versions into the file, over what it has; a failure is said.
    pub async fn save(&self, versions: Vec<SchemaVersion>) {
        let (path, most) = (self.path.clone(), self.most);
        let write = move || snapshot::write(&path, &versions, most);
        let written = tokio::task::spawn_blocking(write).await;
        let error = match written {
            Ok(Ok(())) => return,
            Ok(Err(error)) => anyhow::Error::new(error),
            Err(error) => anyhow::Error::new(error),
        };
        tracing::warn!(path = %self.path.display(), error = format!("{error:#}"), "the snapshot of schemas is not written");
    }

    /// Writes what is in the cache whenever that has changed, until the drain.
    pub fn follow(self, cache: &Arc<SchemaCache>, tasks: &Tasks) {
        let (cache, draining) = (Arc::clone(cache), tasks.draining().clone());
        tasks.spawn("schema snapshot", async move {
            loop {
                tokio::select! {
                    () = cache.changed() => {}
                    () = draining.cancelled() => return Ok(()),
                }
                tokio::select! {
                    () = tokio::time::sleep(GATHERING) => {}
                    () = draining.cancelled() => {}
                }
                let schemas = cache.schemas();
                let versions = schemas.iter().map(|schema| schema.version.clone());
                self.save(versions.collect()).await;
            }
        });
    }
}
