//! Confirms cached schemas now and then, in the background and one after the other.
//!
//! A schema version never changes, so nothing depends on it but what is said: whether the registry still knows what is
//! decoded with. One loop serves the whole cache, however many schemas and records there are.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::{CachedSchema, SchemaCache};
use crate::registry::retry::warn_sometimes;
use crate::registry::{Operation, RegistryError};

impl SchemaCache {
    /// Asks for each cached schema again when it is older than `options.ttl`; never returns. Schemas that cannot be
    /// confirmed stay, and count as stale.
    pub async fn keep_fresh(&self) {
        loop {
            let now = Instant::now();
            let (next, due) = match self.oldest() {
                Some((schema, since)) => (
                    Some(schema),
                    since.map_or(now, |since| since + self.options.ttl),
                ),
                None => (None, now + self.options.ttl),
            };
            // What comes into the cache meanwhile is younger, but for what a snapshot brings.
            tokio::time::sleep_until(due.min(now + self.options.ttl)).await;
            if let Some(schema) = next.filter(|_| due <= Instant::now()) {
                self.confirm(&schema).await;
            }
        }
    }

    /// The schema that was confirmed longest ago, and when; those never confirmed come first.
    fn oldest(&self) -> Option<(Arc<CachedSchema>, Option<Instant>)> {
        let schemas = self.schemas().into_iter();
        schemas
            .map(|schema| {
                let since = schema.confirmed();
                (schema, since)
            })
            .min_by_key(|(_, since)| *since)
    }

    /// Asks for one schema until there is an answer.
    async fn confirm(&self, schema: &CachedSchema) {
        let id = schema.version.id;
        let (mut failures, mut missing_once) = (0, false);
        loop {
            let Err(error) = self.ask(id).await else {
                return schema.confirm();
            };
            self.mark_overdue();
            if !error.is_retryable() && (missing_once || !error.is_not_found()) {
                schema.is_stale.store(true, Ordering::Relaxed);
                schema.ask_later();
                return warn_unconfirmed(schema, &error);
            }
            missing_once |= error.is_not_found();
            failures += 1;
            warn_sometimes(failures, &error);
            tokio::time::sleep(self.options.background.pause(failures)).await;
            self.registry_metrics.retried(Operation::GetSchemaVersion);
        }
    }

    /// While the registry does not answer, everything that is due is stale.
    fn mark_overdue(&self) {
        let now = Instant::now();
        for schema in self.schemas() {
            let since = schema.confirmed();
            if since.is_none_or(|since| now >= since + self.options.ttl) {
                schema.is_stale.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn warn_unconfirmed(schema: &CachedSchema, error: &RegistryError) {
    let (id, name) = (schema.version.id, &schema.version.schema_name);
    tracing::warn!(schema_version_id = %id, schema = name, %error, "a schema version in use is not confirmed any more; records are decoded with it all the same");
}
