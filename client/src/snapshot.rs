//! `registry.snapshot`: what is known of schemas, in a file that outlives the process.

use std::sync::Arc;
use std::time::Duration;

use common::registry::cache::SchemaCache;
use common::registry::resolution::Pin;
use common::registry::snapshot::{SnapshotError, SnapshotFile};
use common::registry::{DataFormat, SchemaName, SchemaVersion};
use runtime::lifecycle::Tasks;

use crate::registry::{RegistryConfig, Way};

/// How long changes are gathered before they are written.
const GATHERING: Duration = Duration::from_secs(1);

/// The file, and what it held at start.
#[derive(Clone, Debug)]
pub struct Snapshot {
    file: SnapshotFile,
    versions: Arc<[SchemaVersion]>,
}

impl Snapshot {
    /// Reads the file, if one is configured; `service` is the registry service that its versions are from.
    ///
    /// One that cannot be read is no reason not to start. What is no file at all is left alone from here on.
    pub fn open(config: &RegistryConfig, service: &str) -> Option<Self> {
        let file = SnapshotFile {
            path: config.cache.snapshot.clone()?,
            from: service.to_owned(),
            most: config.cache.entries,
        };
        let versions = match file.read() {
            Ok(versions) => versions.unwrap_or_default(),
            Err(error) => {
                let is_file = !matches!(error, SnapshotError::NoFile);
                let error = anyhow::Error::new(error);
                tracing::warn!(path = %file.path.display(), error = format!("{error:#}"), "the snapshot of schemas cannot be used");
                is_file.then(Vec::new)?
            }
        };
        Some(Self {
            file,
            versions: versions.into(),
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
        // One without a number was wanted by its text, so it counts as new. What was written last comes first.
        self.versions
            .iter()
            .rev()
            .filter(fits)
            .max_by_key(|version| version.number.unwrap_or(u64::MAX))
    }

    /// Writes versions into the file, over what it has; a failure is said.
    pub async fn save(&self, versions: Vec<SchemaVersion>) {
        let file = self.file.clone();
        let write = move || file.write(&versions);
        let written = tokio::task::spawn_blocking(write).await;
        let error = match written {
            Ok(Ok(())) => return,
            Ok(Err(error)) => anyhow::Error::new(error),
            Err(error) => anyhow::Error::new(error),
        };
        tracing::warn!(path = %self.file.path.display(), error = format!("{error:#}"), "the snapshot of schemas is not written");
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

#[cfg(test)]
mod tests;
