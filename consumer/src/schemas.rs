//! What the schema cache holds before the first record, and what keeps it right afterwards.

use crate::config::ConsumerConfig;
use client::connect::Connected;
use client::registry::Warm;
use common::metrics::RegistryMetrics;
use common::registry::cache::SchemaCache;
use common::registry::retry::Retry;
use common::registry::{Operation, RegistryError, SchemaName, VersionStatus};
use runtime::lifecycle::Tasks;
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// Fills the cache from the snapshot and with what is to be fetched beforehand; whatever is missing then is fetched
/// when a record needs it.
pub(crate) async fn fill(
    cache: &SchemaCache,
    config: &ConsumerConfig,
    connected: &Connected,
    deadline: Instant,
) {
    if let Some(snapshot) = &connected.snapshot {
        cache.seed(snapshot.versions().iter().rev().cloned());
    }
    if connected.is_degraded() {
        return;
    }
    let warm = async {
        for warm in &config.registry.cache.prewarm {
            let name = config.registry.schema();
            match ids(*warm, &name, connected, deadline).await {
                Ok(ids) => cache.prewarm(ids).await,
                Err(error) => {
                    tracing::warn!(schema = %name, %error, "the newest versions are not there beforehand");
                }
            }
        }
    };
    if tokio::time::timeout_at(deadline, warm).await.is_err() {
        tracing::warn!("not all schema versions of registry.prewarm are there beforehand");
    }
}

async fn ids(
    warm: Warm,
    name: &SchemaName,
    connected: &Connected,
    deadline: Instant,
) -> Result<Vec<Uuid>, RegistryError> {
    let most = match warm {
        Warm::Id(id) => return Ok(vec![id]),
        Warm::Latest(most) => most,
    };
    let retry = Retry::until(deadline, &RegistryMetrics::unregistered());
    // Refused versions take none of the places.
    let list = || connected.registry.versions(name, Warm::MOST);
    let list = retry.call(Operation::ListSchemaVersions, list).await?;
    let usable = list.versions.iter();
    let usable = usable.filter(|version| version.status == VersionStatus::Available);
    Ok(usable.map(|version| version.id).take(most).collect())
}

/// Confirms what is cached and writes it to the snapshot, for as long as the daemon runs.
pub(crate) fn keep(cache: &Arc<SchemaCache>, connected: &Connected, tasks: &Tasks) {
    if let Some(snapshot) = connected.snapshot.clone() {
        snapshot.follow(cache, tasks);
    }
    let (cache, draining) = (Arc::clone(cache), tasks.draining().clone());
    tasks.spawn("schema cache", async move {
        tokio::select! {
            () = cache.keep_fresh() => {}
            () = draining.cancelled() => {}
        }
        Ok(())
    });
}
