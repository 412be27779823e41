//! Calls made again: which failures, after how long, until when.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{Answer, Operation, Problem, RegistryError, SchemaRegistry};
use crate::metrics::RegistryMetrics;

/// The pauses between two attempts: full jitter, so that many clients do not come back at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest pause after the first failure; it doubles with each further one.
    pub first: Duration,
    /// The longest pause at all.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
        }
    }
}

impl Backoff {
    /// Draws the pause after failure number `failures` (1 and up), evenly between nothing and the bound for it.
    pub fn pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let bound = self.first.saturating_mul(1 << doublings).min(self.longest);
        bound.mul_f64(random_fraction())
    }
}

/// A random number in `0.0..1.0`, from the random bits of a version 4 id.
fn random_fraction() -> f64 {
    let (_, low) = Uuid::new_v4().as_u64_pair();
    let bits = u32::try_from(low & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

/// How a call to the registry is made again. Dropping the future it gives cancels call and retry.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The moment after which nothing is tried or waited for any more; `None` tries for ever.
    pub deadline: Option<Instant>,
    /// The pauses.
    pub backoff: Backoff,
    /// Where attempts are counted.
    pub metrics: RegistryMetrics,
}

impl Retry {
    /// Tries again until `deadline`.
    pub fn until(deadline: Instant, metrics: &RegistryMetrics) -> Self {
        Self {
            deadline: Some(deadline),
            backoff: Backoff::default(),
            metrics: metrics.clone(),
        }
    }

    /// Makes a call until it succeeds, fails for good, or the deadline passes.
    ///
    /// # Errors
    ///
    /// The last error of the call, or [`Problem::Timeout`] when the first attempt was still running at the deadline.
    pub async fn call<'a, T>(
        &self,
        operation: Operation,
        call: impl Fn() -> Answer<'a, T>,
    ) -> Result<T, RegistryError> {
        self.call_while(operation, RegistryError::is_retryable, call)
            .await
    }

    /// Waits until the registry answers that it is reachable and allowed.
    ///
    /// # Errors
    ///
    /// At once when access is denied for good; otherwise the last error when the deadline passes.
    pub async fn reach(&self, registry: &dyn SchemaRegistry) -> Result<(), RegistryError> {
        self.call_while(
            Operation::GetSchemaVersion,
            |error| error.is_retryable() || !error.is_denied(),
            || registry.probe(),
        )
        .await
    }

    async fn call_while<'a, T>(
        &self,
        operation: Operation,
        again: impl Fn(&RegistryError) -> bool,
        call: impl Fn() -> Answer<'a, T>,
    ) -> Result<T, RegistryError> {
        let mut failures = 0;
        let mut last = None;
        loop {
            let Some(answer) = self.within(call()).await else {
                return Err(last.unwrap_or_else(|| {
                    RegistryError::new(operation, Problem::Timeout, "no answer before the deadline")
                }));
            };
            let error = match answer {
                Err(error) if again(&error) => error,
                definitive => return definitive,
            };
            failures += 1;
            if !self.pause(failures).await {
                return Err(error);
            }
            warn_sometimes(failures, &error);
            self.metrics.retried(operation);
            last = Some(error);
        }
    }

    /// Sleeps before the next attempt; `false` when the deadline comes first.
    pub(crate) async fn pause(&self, failures: u32) -> bool {
        self.within(tokio::time::sleep(self.backoff.pause(failures)))
            .await
            .is_some()
    }

    async fn within<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, future).await.ok(),
            None => Some(future.await),
        }
    }
}

/// Says that calls fail, ever more rarely, so that an outage of an hour is a dozen lines.
pub(crate) fn warn_sometimes(failures: u32, error: &RegistryError) {
    if failures.is_power_of_two() {
        tracing::warn!(failures, %error, "the schema registry does not answer as it should, trying again");
    }
}
