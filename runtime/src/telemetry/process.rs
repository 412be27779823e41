//! Metrics that every process has.

use super::Health;
use crate::lifecycle::Cause;
use prometheus::core::{Collector, Desc};
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, GaugeVec, Opts, Registry};

/// The version that `--version`, `/version` and `build_info` show.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The revision this binary was built from.
pub(crate) const REVISION: &str = env!("GLUESTREAM_REVISION");
/// The compiler this binary was built with.
pub(crate) const RUSTC: &str = env!("GLUESTREAM_RUSTC");

pub(super) fn register(registry: &Registry, health: &Health) -> Result<(), prometheus::Error> {
    registry.register(Box::new(ProcessCollector::for_self()))?;
    let build = GaugeVec::new(
        Opts::new("gluestream_build_info", "What is running, always 1."),
        &["version", "revision", "rustc", "features"],
    )?;
    build
        .with_label_values(&[VERSION, REVISION, RUSTC, "default"])
        .set(1.0);
    registry.register(Box::new(build))?;
    let start = Gauge::new(
        "gluestream_start_time_seconds",
        "When the process started, in seconds since 1970.",
    )?;
    start.set(
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap_or_default()
            .as_secs_f64(),
    );
    registry.register(Box::new(start))?;
    registry.register(Box::new(HealthCollector::new(health.clone())?))
}

/// Reads the health checks at each scrape.
struct HealthCollector {
    health: Health,
    checks: GaugeVec,
    state: Gauge,
    drain: GaugeVec,
}

impl HealthCollector {
    fn new(health: Health) -> Result<Self, prometheus::Error> {
        let drain = GaugeVec::new(
            Opts::new(
                "gluestream_shutdown_duration_seconds",
                "How long the drain has gone on, by what began it; 0 before it has.",
            ),
            &["reason"],
        )?;
        for reason in Cause::LABELS {
            drain.with_label_values(&[reason]).set(0.0);
        }
        Ok(Self {
            health,
            drain,
            checks: GaugeVec::new(
                Opts::new(
                    "gluestream_health_check_status",
                    "1 where a health check holds, 0 where it does not.",
                ),
                &["check"],
            )?,
            state: Gauge::new("gluestream_up_state", "0 starting, 1 ready, 2 draining.")?,
        })
    }
}

impl Collector for HealthCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.checks
            .desc()
            .into_iter()
            .chain(self.state.desc())
            .chain(self.drain.desc())
            .collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        for (name, holds) in self.health.checks() {
            self.checks
                .with_label_values(&[name])
                .set(f64::from(u8::from(holds)));
        }
        self.state.set(f64::from(self.health.stage() as u8));
        if let Some((time, reason)) = self.health.drain() {
            self.drain
                .with_label_values(&[reason])
                .set(time.as_secs_f64());
        }
        self.checks
            .collect()
            .into_iter()
            .chain(self.state.collect())
            .chain(self.drain.collect())
            .collect()
    }
}
