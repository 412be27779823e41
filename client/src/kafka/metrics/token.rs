//! Metrics of the token that clients authenticate by.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, IntCounterVec, Opts, Registry};

/// Handles of the token's metrics.
#[derive(Clone, Debug)]
pub struct TokenMetrics {
    /// `gluestream_kafka_auth_token_refresh_total{result}`
    refreshes: IntCounterVec,
    /// `gluestream_kafka_auth_token_expiry_seconds`
    expiry: Expiry,
}

/// The time that a token has left, computed when it is asked for.
#[derive(Clone, Debug)]
struct Expiry {
    gauge: Gauge,
    /// When the token ends, in milliseconds since 1970; 0 without one.
    ends: Arc<AtomicI64>,
}

impl TokenMetrics {
    /// Registers the metrics, results at 0.
    ///
    /// # Errors
    /// When they are registered already.
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let refreshes = IntCounterVec::new(
            Opts::new(
                "gluestream_kafka_auth_token_refresh_total",
                "Tokens signed for MSK, and failures to read credentials or to sign.",
            ),
            &["result"],
        )?;
        for result in ["ok", "error"] {
            refreshes.with_label_values(&[result]).reset();
        }
        let expiry = Expiry {
            gauge: Gauge::new(
                "gluestream_kafka_auth_token_expiry_seconds",
                "Time that the newest token for MSK has left; 0 where none is used.",
            )?,
            ends: Arc::default(),
        };
        registry.register(Box::new(refreshes.clone()))?;
        registry.register(Box::new(expiry.clone()))?;
        Ok(Self { refreshes, expiry })
    }

    /// A token was signed.
    pub(in crate::kafka) fn signed(&self, expires: SystemTime) {
        self.refreshes.with_label_values(&["ok"]).inc();
        self.expiry.ends.store(millis(expires), Ordering::Relaxed);
    }

    /// Whether the newest token, if there ever was one, is of no more use.
    pub(in crate::kafka) fn is_over(&self) -> bool {
        self.expiry.ends.load(Ordering::Relaxed) <= millis(SystemTime::now())
    }

    /// There was no token, or there were no credentials for the next.
    pub(in crate::kafka) fn failed(&self) {
        self.refreshes.with_label_values(&["error"]).inc();
    }
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Collector for Expiry {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a token's life are far below 2^53"
    )]
    fn collect(&self) -> Vec<MetricFamily> {
        let ends = self.ends.load(Ordering::Relaxed);
        let left = if ends == 0 {
            0
        } else {
            ends.saturating_sub(millis(SystemTime::now()))
        };
        self.gauge.set(left as f64 / 1e3);
        self.gauge.collect()
    }
}
