//! Schemas by version id: a snapshot that workers read without a lock, and a loader that fills it.

mod limit;
mod refresh;
mod snapshot;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OnceCell, Semaphore};
use tokio::time::Instant;
use uuid::Uuid;

use limit::RateLimit;
use snapshot::Store;
pub(crate) use snapshot::{Absence, Entry, Reader};
pub use snapshot::{CachedSchema, Unusable};

use super::allowed::AllowedSchemas;
use super::retry::{Backoff, warn_sometimes};
use super::{Operation, RegistryError, SchemaVersion, SchemaVersions};
use crate::codec::{Codec, DefinitionError};
use crate::error::text::chain;
use crate::limits::Limits;
use crate::metrics::{CacheMetrics, RegistryMetrics, Role};

/// The bounds of a [`SchemaCache`].
#[derive(Clone, Debug)]
pub struct CacheOptions {
    /// Schema versions kept, at least 1; beyond it the one loaded first goes.
    pub entries: usize,
    /// Ids known not to exist that are kept, at least 1.
    pub negative_entries: usize,
    /// After how long a schema is asked for again by [`SchemaCache::keep_fresh`].
    pub ttl: Duration,
    /// How long an id that was not found is not asked for again.
    pub negative_ttl: Duration,
    /// The pause before "not found" is asked a second time; only then it counts.
    pub confirm_after: Duration,
    /// Calls a second for ids that are not cached, at least 1; who comes too early waits.
    pub lookups_per_second: u32,
    /// Calls at the same time, at least 1.
    pub concurrency: usize,
    /// The pauses between attempts while the registry does not answer and a record waits.
    pub backoff: Backoff,
    /// The same where nobody waits: for the calls of [`SchemaCache::keep_fresh`].
    pub background: Backoff,
    /// The schemas that records may be read with.
    pub allowed: AllowedSchemas,
    /// What a payload may take.
    pub limits: Limits,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            entries: 1000,
            negative_entries: 1000,
            ttl: Duration::from_hours(24),
            negative_ttl: Duration::from_mins(1),
            confirm_after: Duration::from_millis(500),
            lookups_per_second: 20,
            concurrency: 4,
            backoff: Backoff::default(),
            background: Backoff {
                first: Duration::from_secs(1),
                longest: Duration::from_mins(1),
            },
            allowed: AllowedSchemas::default(),
            limits: Limits::default(),
        }
    }
}

/// Why there is no schema for an id, and will be none if asked again now.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The registry was asked twice and has no such version.
    #[error("schema version {id} does not exist in the registry")]
    NotFound {
        /// The id asked for.
        id: Uuid,
    },
    /// The registry was asked twice, and its answer is not understood here.
    #[error("schema version {id}: {source}")]
    NotUnderstood {
        /// The id asked for.
        id: Uuid,
        /// The registry's answer.
        source: RegistryError,
    },
    /// The version exists, and nothing can be decoded with it.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The registry refuses the call itself; nothing is remembered.
    #[error("schema version {id} cannot be fetched")]
    Registry {
        /// The id asked for.
        id: Uuid,
        /// The registry's answer.
        source: RegistryError,
    },
}

/// Schemas by version id, shared by all workers of a process.
///
/// Workers read snapshots through a [`Deserializer`](crate::deserializer::Deserializer), which never waits. What it
/// misses is fetched with [`SchemaCache::load`]. Schemas are immutable, so what is cached stays right through an outage.
pub struct SchemaCache {
    registry: Arc<dyn SchemaVersions>,
    store: Store,
    flights: Mutex<HashMap<Uuid, Arc<Flight>>>,
    rate: RateLimit,
    calls: Semaphore,
    changes: Notify,
    options: CacheOptions,
    registry_metrics: RegistryMetrics,
    metrics: CacheMetrics,
}

/// One id that is being asked for, and its answer for all who wait.
type Flight = OnceCell<Result<Arc<CachedSchema>, LoadError>>;

impl SchemaCache {
    /// Creates an empty cache in front of `registry`.
    pub fn new(
        registry: Arc<dyn SchemaVersions>,
        options: CacheOptions,
        registry_metrics: &RegistryMetrics,
        metrics: &CacheMetrics,
    ) -> Self {
        Self {
            registry,
            store: Store::new(
                options.entries,
                options.negative_entries,
                metrics.entries.clone(),
            ),
            flights: Mutex::default(),
            rate: RateLimit::new(options.lookups_per_second),
            calls: Semaphore::new(options.concurrency.max(1)),
            changes: Notify::new(),
            options,
            registry_metrics: registry_metrics.clone(),
            metrics: metrics.clone(),
        }
    }

    /// Fetches the schema of an id, unless it is cached by now.
    ///
    /// Everyone who waits for one id shares one call. While the registry cannot be reached this waits and tries again
    /// for as long as the future is kept; drop it to stop. When it returns, decoding the frame again gives a
    /// definitive answer, unless the error is [`LoadError::Registry`].
    ///
    /// # Errors
    ///
    /// Only what asking again would not change: see [`LoadError`].
    pub async fn load(&self, id: Uuid) -> Result<Arc<CachedSchema>, LoadError> {
        if let Some(known) = self.store.get(id) {
            return known.answer(id);
        }
        let seat = self.join(id);
        if seat.follows {
            self.metrics.coalesced.inc();
        }
        seat.flight.get_or_init(|| self.fetch(id)).await.clone()
    }

    /// The schemas in the cache, in no order.
    pub fn schemas(&self) -> Vec<Arc<CachedSchema>> {
        self.store.schemas()
    }

    /// Waits until a schema has come in since this last returned. One may wait at a time.
    pub async fn changed(&self) {
        self.changes.notified().await;
    }

    /// Takes versions from elsewhere than the registry, such as a snapshot; those that are cached stay as they are.
    pub fn seed(&self, versions: impl IntoIterator<Item = SchemaVersion>) {
        // What comes last stays longest.
        for version in versions {
            if self.store.get(version.id).is_none() {
                self.remember(version.id, version, None);
            }
        }
    }

    /// Fetches ids before there are records that need them, one after the other. What fails for good is said and left;
    /// while the registry cannot be reached this waits, as [`SchemaCache::load`] does.
    pub async fn prewarm(&self, ids: impl IntoIterator<Item = Uuid>) {
        for id in ids {
            if let Err(error) = self.load(id).await {
                tracing::warn!(schema_version_id = %id, error = chain(&error), "the schema version is not there beforehand");
            }
        }
    }

    pub(crate) fn reader(&self) -> Reader {
        self.store.reader()
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.options.limits
    }

    pub(crate) const fn metrics(&self) -> &CacheMetrics {
        &self.metrics
    }

    /// Joins the flight of an id, or opens it.
    fn join(&self, id: Uuid) -> Seat<'_> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let follows = flights.contains_key(&id);
        let flight = Arc::clone(flights.entry(id).or_default());
        Seat {
            cache: self,
            id,
            flight,
            follows,
        }
    }

    /// Asks until there is a definitive answer, and remembers it.
    async fn fetch(&self, id: Uuid) -> Result<Arc<CachedSchema>, LoadError> {
        // The flight before this one may have landed between the look into the store and the seat in this one.
        if let Some(known) = self.store.get(id) {
            return known.answer(id);
        }
        self.metrics.misses.inc();
        let (mut failures, mut doubts) = (0, 0);
        loop {
            let error = match self.ask(id).await {
                Ok(version) => {
                    let now = Some(Instant::now());
                    return self.remember(id, version, now).answer(id);
                }
                Err(error) => error,
            };
            if let Some(why) = Absence::of(&error) {
                doubts += 1;
                if doubts > 1 {
                    let until = Instant::now() + self.options.negative_ttl;
                    return self
                        .store
                        .insert(id, Entry::Absent { until, why })
                        .answer(id);
                }
                tokio::time::sleep(self.options.confirm_after).await;
            } else if error.is_retryable() {
                failures += 1;
                warn_sometimes(failures, &error);
                tokio::time::sleep(self.options.backoff.pause(failures)).await;
            } else {
                return Err(LoadError::Registry { id, source: error });
            }
            self.registry_metrics.retried(Operation::GetSchemaVersion);
        }
    }

    /// Makes one call, when the limits allow it.
    async fn ask(&self, id: Uuid) -> Result<SchemaVersion, RegistryError> {
        let _call = self
            .calls
            .acquire()
            .await
            .expect("the semaphore is never closed");
        self.rate.wait().await;
        self.registry.schema_version(id).await
    }

    fn remember(&self, id: Uuid, version: SchemaVersion, confirmed: Option<Instant>) -> Entry {
        let compiled = if self.options.allowed.allow(&version) {
            compile(version, self.options.limits, confirmed)
        } else {
            Err(Unusable::NotAllowed {
                id,
                data_format: version.data_format,
            })
        };
        let entry = match compiled {
            Ok(schema) => {
                self.registry_metrics
                    .version_in_use(&schema.version, Role::Writer);
                tracing::info!(schema_version_id = %id, schema = schema.version.schema_name, "schema version loaded");
                Entry::Usable(Arc::new(schema))
            }
            Err(unusable) => {
                tracing::warn!(schema_version_id = %id, error = chain(&unusable), "schema version cannot be used");
                Entry::Unusable(unusable)
            }
        };
        let is_usable = matches!(entry, Entry::Usable(_));
        let entry = self.store.insert(id, entry);
        if is_usable {
            self.changes.notify_one();
        }
        entry
    }
}

impl std::fmt::Debug for SchemaCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SchemaCache")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Compiles what the registry sent.
fn compile(
    version: SchemaVersion,
    limits: Limits,
    confirmed: Option<Instant>,
) -> Result<CachedSchema, Unusable> {
    match Codec::reader(version.data_format, &version.definition, limits) {
        Ok(codec) => Ok(CachedSchema::new(version, codec, confirmed)),
        Err(source) => Err(Unusable::Definition {
            id: version.id,
            data_format: version.data_format,
            source,
        }),
    }
}

/// Compiles a schema that is given by hand, and asks more of it.
pub(crate) fn given(
    version: SchemaVersion,
    limits: Limits,
) -> Result<CachedSchema, DefinitionError> {
    let codec = Codec::given(version.data_format, &version.definition, limits)?;
    Ok(CachedSchema::new(version, codec, None))
}

/// A place in a flight; whoever leaves last removes the flight.
struct Seat<'a> {
    cache: &'a SchemaCache,
    id: Uuid,
    flight: Arc<Flight>,
    follows: bool,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = self
            .cache
            .flights
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Seats are taken under this lock only: two owners are this seat and the map.
        if Arc::strong_count(&self.flight) == 2 {
            flights.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests;
