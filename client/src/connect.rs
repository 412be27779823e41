//! The first steps of every start: the registry's client, and whether the registry answers.

use std::sync::Arc;
use std::time::Duration;

use common::metrics::RegistryMetrics;
use common::registry::SchemaRegistry;
use common::registry::glue::GlueRegistry;
use common::registry::retry::Retry;
use runtime::lifecycle::{Exit, Failure};
use tokio::time::Instant;

use crate::aws;
use crate::registry::RegistryConfig;

/// Builds the registry's client and waits until the registry answers that it may be used.
///
/// # Errors
/// 78 when no client can be built, 77 when access is denied, 69 when there is no answer within `patience`.
pub async fn registry(
    config: &RegistryConfig,
    metrics: &RegistryMetrics,
    patience: Duration,
) -> Result<Arc<dyn SchemaRegistry>, Failure> {
    let client = aws::glue_client(config)
        .await
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let glue = GlueRegistry::new(&client, metrics);
    let registry: Arc<dyn SchemaRegistry> = Arc::new(match config.arn.clone() {
        Some(arn) => glue.with_address(arn),
        None => glue,
    });
    let retry = Retry::until(Instant::now() + patience, metrics);
    let place = config.endpoint.as_deref().unwrap_or("AWS");
    match retry.reach(registry.as_ref()).await {
        Ok(()) => Ok(registry),
        Err(error) => {
            let exit = if error.is_denied() {
                Exit::Authentication
            } else {
                Exit::Unreachable
            };
            let shown = runtime::config::mask_user_info(place);
            let said = if error.is_denied() {
                format!("the schema registry at {shown} refuses us")
            } else {
                format!("the schema registry at {shown} could not be reached within {patience:?}")
            };
            Err(Failure::new(exit, anyhow::Error::new(error).context(said)))
        }
    }
}
