//! Makes metrics and registers them, each in one line.

use prometheus::{
    Error, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

/// The prefix of every metric of ours.
const PREFIX: &str = "gluestream_";
/// Buckets of durations in seconds, from a millisecond to half a minute.
pub const DURATIONS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Makes metrics named `gluestream_…` in one registry; the same name twice is an error.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    registry: &'a Registry,
}

impl<'a> Maker<'a> {
    /// Registers in `registry`.
    pub const fn new(registry: &'a Registry) -> Self {
        Self { registry }
    }

    /// A counter.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        let made = IntCounter::with_opts(opts(name, help))?;
        self.registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    /// Counters by label.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, Error> {
        let made = IntCounterVec::new(opts(name, help), labels)?;
        self.registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    /// Counters whose label values are known: each row is there at 0 from the start.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn counters_at_zero(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        rows: &[&[&str]],
    ) -> Result<IntCounterVec, Error> {
        let made = self.counters(name, help, labels)?;
        for row in rows {
            made.get_metric_with_label_values(row)?.reset();
        }
        Ok(made)
    }

    /// A gauge.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, Error> {
        let made = IntGauge::with_opts(opts(name, help))?;
        self.registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    /// Gauges by label.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
        let made = IntGaugeVec::new(opts(name, help), labels)?;
        self.registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    /// Histograms by label.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, Error> {
        let opts = HistogramOpts::new(format!("{PREFIX}{name}"), help).buckets(buckets.to_vec());
        let made = HistogramVec::new(opts, labels)?;
        self.registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    /// A histogram with one label value.
    ///
    /// # Errors
    /// When the name is taken or no metric's name.
    pub fn histogram(
        &self,
        name: &str,
        help: &str,
        label: (&str, &str),
        buckets: &[f64],
    ) -> Result<Histogram, Error> {
        let made = self.histograms(name, help, &[label.0], buckets)?;
        made.get_metric_with_label_values(&[label.1])
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(format!("{PREFIX}{name}"), help)
}
