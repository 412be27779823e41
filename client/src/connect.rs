//! The first steps of every start: the registry's client, and whether the registry answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::metrics::RegistryMetrics;
use common::registry::glue::GlueRegistry;
use common::registry::retry::Retry;
use common::registry::{RegistryError, SchemaRegistry};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use serde_json::json;
use tokio::time::Instant;

use crate::aws::{self, Glue};
use crate::registry::RegistryConfig;
use crate::snapshot::Snapshot;

/// How long a registry that refuses us is left alone.
const REFUSED_PAUSE: Duration = Duration::from_mins(1);

/// Registers what is counted about calls to the registry; those that fail are among the daemon's last errors.
///
/// # Errors
/// When the names are taken.
pub fn metrics(telemetry: &Telemetry) -> Result<RegistryMetrics, prometheus::Error> {
    let (metrics, troubles) = (
        RegistryMetrics::register(telemetry.registry())?,
        telemetry.troubles().clone(),
    );
    Ok(metrics.with_listener(move |error| troubles.note("registry", error)))
}

/// Builds the registry's client and waits until the registry answers that it may be used.
///
/// # Errors
/// 78 when no client can be built, 77 when access is denied, 69 when there is no answer within `patience`.
pub async fn registry(
    config: &RegistryConfig,
    metrics: &RegistryMetrics,
    patience: Duration,
) -> Result<Arc<dyn SchemaRegistry>, Failure> {
    let (registry, _) = client(config, metrics).await?;
    let retry = Retry::until(Instant::now() + patience, metrics);
    match retry.reach(registry.as_ref()).await {
        Ok(()) => Ok(registry),
        Err(error) => Err(unreached(config, error, patience)),
    }
}

/// The registry, and the text that tells its service from others.
async fn client(
    config: &RegistryConfig,
    metrics: &RegistryMetrics,
) -> Result<(Arc<dyn SchemaRegistry>, String), Failure> {
    // What the AWS SDK does to find its settings is large, and it is done once.
    let Glue { client, service } = Box::pin(aws::glue_client(config))
        .await
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let glue = GlueRegistry::new(&client, metrics);
    let glue = match config.arn.clone() {
        Some(arn) => glue.with_address(arn),
        None => glue,
    };
    Ok((Arc::new(glue), service))
}

fn unreached(config: &RegistryConfig, error: RegistryError, patience: Duration) -> Failure {
    let place = config.endpoint.as_deref().unwrap_or("AWS");
    let shown = runtime::config::mask_user_info(place);
    let (exit, said) = if error.is_denied() {
        let said = format!("the schema registry at {shown} refuses us");
        (Exit::Authentication, said)
    } else {
        let said =
            format!("the schema registry at {shown} could not be reached within {patience:?}");
        (Exit::Unreachable, said)
    };
    Failure::new(exit, anyhow::Error::new(error).context(said))
}

/// A registry that a daemon lives with: it may be away when the daemon starts, if a snapshot stands in for it.
#[derive(Clone)]
pub struct Connected {
    /// The registry.
    pub registry: Arc<dyn SchemaRegistry>,
    /// What a file tells about schemas.
    pub snapshot: Option<Snapshot>,
    degraded: Arc<AtomicBool>,
    metrics: RegistryMetrics,
}

impl Connected {
    /// As [`registry`]; with a snapshot that holds something, one call is enough to go on without an answer.
    ///
    /// # Errors
    /// As [`registry`].
    pub async fn open(
        config: &RegistryConfig,
        metrics: &RegistryMetrics,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let (registry, service) = client(config, metrics).await?;
        let snapshot = Snapshot::open(config, &service);
        let stands_in = snapshot
            .as_ref()
            .is_some_and(|known| !known.versions().is_empty());
        let patience = if stands_in {
            patience.min(config.timeout)
        } else {
            patience
        };
        let retry = Retry::until(Instant::now() + patience, metrics);
        let degraded = match retry.reach(registry.as_ref()).await {
            Ok(()) => false,
            // Credentials may come yet; a refusal is final.
            Err(error) if stands_in && (error.is_retryable() || !error.is_denied()) => {
                tracing::error!(%error, "the schema registry does not answer: starting with the snapshot of schemas");
                true
            }
            Err(error) => return Err(unreached(config, error, patience)),
        };
        Ok(Self {
            registry,
            snapshot,
            degraded: Arc::new(AtomicBool::new(degraded)),
            metrics: metrics.clone(),
        })
    }

    /// Whether the registry has not answered yet.
    pub fn is_degraded(&self) -> bool {
        self.degraded.load(Ordering::Relaxed)
    }

    /// Shows in `/state` whether the registry has answered, and asks until it has.
    pub fn watch(&self, tasks: &Tasks, telemetry: &Telemetry) {
        let shown = Arc::clone(&self.degraded);
        telemetry.publish(
            "registry",
            move || json!({ "degraded": shown.load(Ordering::Relaxed) }),
        );
        if !self.is_degraded() {
            return;
        }
        let (watched, draining) = (self.clone(), tasks.draining().clone());
        tasks.spawn("registry", async move {
            tokio::select! {
                () = watched.recover(REFUSED_PAUSE) => {}
                () = draining.cancelled() => {}
            }
            Ok(())
        });
    }

    /// Asks until the registry answers; one that refuses us is asked again after each `pause`.
    async fn recover(&self, pause: Duration) {
        let retry = Retry {
            deadline: None,
            ..Retry::until(Instant::now(), &self.metrics)
        };
        while let Err(error) = retry.reach(self.registry.as_ref()).await {
            tracing::error!(%error, "the schema registry refuses us, asking again in {pause:?}");
            tokio::time::sleep(pause).await;
        }
        tracing::info!("the schema registry answers");
        self.degraded.store(false, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected")
            .field("degraded", &self.is_degraded())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
