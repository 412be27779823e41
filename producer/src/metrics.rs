//! The producer's metrics: one struct of handles, looked up once.

pub(crate) mod http;

use std::fmt;

use common::error::Kind;
use prometheus::core::Collector;
use prometheus::{
    Counter, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    Opts, Registry,
};
use runtime::telemetry::{Recent, Trouble};

/// Why Kafka did not take a record; each has a counter that is there from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It was not acknowledged within `kafka.delivery_timeout`.
    Timeout,
    /// It is larger than the broker takes.
    TooLarge,
    /// The broker refused it for what it is otherwise.
    Refused,
    /// The broker does not let us write.
    Auth,
    /// The topic or partition does not exist.
    TopicUnknown,
    /// Another reason, not of the record's own.
    Other,
    /// The client cannot go on.
    Fatal,
    /// The drain's time was over.
    PurgedOnShutdown,
}

impl Reason {
    /// All reasons, in the order of [`Metrics::failed`].
    pub(crate) const ALL: [Self; 8] = [
        Self::Timeout,
        Self::TooLarge,
        Self::Refused,
        Self::Auth,
        Self::TopicUnknown,
        Self::Other,
        Self::Fatal,
        Self::PurgedOnShutdown,
    ];

    /// Whether the broker has refused just this record: `source.on_reject` says what follows.
    pub(crate) const fn is_refusal(self) -> bool {
        matches!(self, Self::TooLarge | Self::Refused)
    }

    /// The reason as a label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::Auth => "auth",
            Self::TopicUnknown => "topic_unknown",
            Self::Other => "other",
            Self::Fatal => "fatal",
            Self::PurgedOnShutdown => "purged_on_shutdown",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Bounds of the delivery times, in seconds.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The handles. At rest `read = rejected + enqueued` and `enqueued = delivered + failed + in_flight`.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) read: IntCounter,
    rejected: Vec<IntCounter>,
    pub(crate) enqueued: IntCounter,
    pub(crate) delivered: IntCounter,
    failed: Vec<IntCounter>,
    pub(crate) bytes_delivered: IntCounter,
    pub(crate) delivery_seconds: Histogram,
    pub(crate) last_delivery: Gauge,
    pub(crate) in_flight_records: IntGauge,
    pub(crate) in_flight_bytes: IntGauge,
    pub(crate) queue_records: IntGauge,
    pub(crate) queue_bytes: IntGauge,
    pub(crate) queue_full: IntCounter,
    pub(crate) target_rate: Gauge,
    pub(crate) workers: IntGauge,
    pub(crate) rate_limit_wait: Counter,
    /// What only the `http` source counts.
    pub(crate) http: http::HttpMetrics,
    /// The last errors.
    pub(crate) troubles: Recent<Trouble>,
}

impl Metrics {
    /// Registers all metrics; every counter is there at 0 from now on.
    ///
    /// # Errors
    /// When a name is taken in this registry.
    pub(crate) fn register(
        registry: &Registry,
        source: &str,
        topic: &str,
    ) -> Result<Self, prometheus::Error> {
        let registrar = Registrar { registry, topic };
        Ok(Self {
            read: registrar.read(source)?,
            rejected: registrar.rejected()?,
            enqueued: registrar.topic_counter(
                "records_enqueued_total",
                "Records handed to the Kafka client.",
            )?,
            delivered: registrar.topic_counter(
                "records_delivered_total",
                "Records that Kafka acknowledged.",
            )?,
            failed: registrar.failed()?,
            bytes_delivered: registrar.topic_counter(
                "bytes_delivered_total",
                "Bytes of keys and values that Kafka acknowledged.",
            )?,
            delivery_seconds: registrar.delivery_seconds()?,
            last_delivery: registrar.last_delivery()?,
            in_flight_records: registrar.gauge(
                "in_flight_records",
                "Records handed to the Kafka client and not settled yet.",
            )?,
            in_flight_bytes: registrar.gauge(
                "in_flight_bytes",
                "Bytes of keys and values handed to the Kafka client and not settled yet.",
            )?,
            queue_records: registrar.gauge(
                "queue_records",
                "Records in the Kafka client's queue, at its last statistics.",
            )?,
            queue_bytes: registrar.gauge(
                "queue_bytes",
                "Bytes in the Kafka client's queue, at its last statistics.",
            )?,
            queue_full: registrar.add(IntCounter::with_opts(named(
                "queue_full_total",
                "Times the Kafka client's own queue was full and a worker had to wait.",
            ))?)?,
            target_rate: registrar.add(Gauge::with_opts(named(
                "target_rate",
                "Configured records a second; 0 is as fast as it goes.",
            ))?)?,
            workers: registrar.gauge("workers", "Threads that make, encode and send records.")?,
            rate_limit_wait: registrar.add(Counter::with_opts(named(
                "rate_limit_wait_seconds_total",
                "Time that workers waited to hold the configured rate.",
            ))?)?,
            http: http::HttpMetrics::register(registry)?,
            troubles: Recent::default(),
        })
    }

    /// Tells of errors among the daemon's last ones.
    #[must_use]
    pub(crate) fn with_troubles(mut self, troubles: &Recent<Trouble>) -> Self {
        self.troubles = troubles.clone();
        self
    }

    /// Records refused for this kind of error.
    pub(crate) fn rejected(&self, kind: Kind) -> &IntCounter {
        let index = Kind::ALL
            .iter()
            .position(|known| *known == kind)
            .expect("ALL has every kind");
        &self.rejected[index]
    }

    /// Records refused, of all kinds.
    pub(crate) fn rejected_in_all(&self) -> u64 {
        self.rejected.iter().map(IntCounter::get).sum()
    }

    /// Records not delivered for this reason.
    pub(crate) fn failed(&self, reason: Reason) -> &IntCounter {
        &self.failed[reason as usize]
    }

    /// Records not delivered, for all reasons.
    pub(crate) fn failed_in_all(&self) -> u64 {
        self.failed.iter().map(IntCounter::get).sum()
    }

    /// Records that the broker refused for what they are.
    pub(crate) fn refused_in_all(&self) -> u64 {
        let refusals = Reason::ALL.into_iter().filter(|reason| reason.is_refusal());
        refusals.map(|reason| self.failed(reason).get()).sum()
    }

    /// Records handed to the Kafka client and not settled yet.
    pub(crate) fn in_flight(&self) -> u64 {
        u64::try_from(self.in_flight_records.get()).unwrap_or(0)
    }
}

fn named(name: &str, help: &str) -> Opts {
    Opts::new(format!("gluestream_producer_{name}"), help)
}

struct Registrar<'a> {
    registry: &'a Registry,
    topic: &'a str,
}

impl Registrar<'_> {
    fn add<C: Collector + Clone + 'static>(&self, collector: C) -> Result<C, prometheus::Error> {
        self.registry.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        self.add(IntGauge::with_opts(named(name, help))?)
    }

    fn topic_counter(&self, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
        let counters = self.add(IntCounterVec::new(named(name, help), &["topic"])?)?;
        Ok(counters.with_label_values(&[self.topic]))
    }

    fn read(&self, source: &str) -> Result<IntCounter, prometheus::Error> {
        let options = named("records_read_total", "Records taken from the source.");
        let counters = self.add(IntCounterVec::new(options, &["source"])?)?;
        Ok(counters.with_label_values(&[source]))
    }

    fn rejected(&self) -> Result<Vec<IntCounter>, prometheus::Error> {
        let help = "Records of the source that were refused, by kind of error.";
        let options = named("records_rejected_total", help);
        let counters = self.add(IntCounterVec::new(options, &["kind"])?)?;
        let counter = |kind: Kind| counters.with_label_values(&[kind.as_str()]);
        Ok(Kind::ALL.map(counter).into())
    }

    fn failed(&self) -> Result<Vec<IntCounter>, prometheus::Error> {
        let options = named(
            "records_failed_total",
            "Records that Kafka did not take, by reason.",
        );
        let counters = self.add(IntCounterVec::new(options, &["topic", "reason"])?)?;
        let counter = |reason: Reason| counters.with_label_values(&[self.topic, reason.as_str()]);
        Ok(Reason::ALL.map(counter).into())
    }

    fn delivery_seconds(&self) -> Result<Histogram, prometheus::Error> {
        let help = "Time from sending a record to its acknowledgement; under load one record in 64 is measured, or the first of a request.";
        let options =
            HistogramOpts::from(named("delivery_duration_seconds", help)).buckets(SECONDS.to_vec());
        Ok(self
            .add(HistogramVec::new(options, &["topic"])?)?
            .with_label_values(&[self.topic]))
    }

    fn last_delivery(&self) -> Result<Gauge, prometheus::Error> {
        let help = "When Kafka last acknowledged a record, in seconds since 1970.";
        let gauges = self.add(prometheus::GaugeVec::new(
            named("last_delivery_timestamp_seconds", help),
            &["topic"],
        )?)?;
        Ok(gauges.with_label_values(&[self.topic]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_labels_and_first_values_are_promised() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry, "orders", "orders").unwrap();
        let text = prometheus::TextEncoder::new()
            .encode_to_string(&registry.gather())
            .unwrap();
        insta::assert_snapshot!(text);
        assert_eq!(
            (
                metrics.rejected_in_all(),
                metrics.failed_in_all(),
                metrics.in_flight()
            ),
            (0, 0, 0)
        );
    }

    #[test]
    fn every_kind_and_reason_has_its_own_counter() {
        let metrics = Metrics::register(&Registry::new(), "orders", "orders").unwrap();
        for kind in Kind::ALL {
            metrics.rejected(kind).inc();
            assert_eq!(metrics.rejected(kind).get(), 1, "{kind}");
        }
        for reason in Reason::ALL {
            metrics.failed(reason).inc();
            assert_eq!(metrics.failed(reason).get(), 1, "{reason}");
        }
    }
}
