//! The harness: an embedded Kafka, a registry stub, and producers between them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use client::kafka::mock::MockCluster;
use producer::{Config, Gate, Progress};
use prometheus::proto::MetricFamily;
use runtime::config::{Reader, Sources};
use runtime::lifecycle::{Cause, Failure, Outcome, Tasks};
use runtime::telemetry::Telemetry;

/// No test waits longer for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The world around a producer.
pub(crate) struct World {
    pub(crate) kafka: MockCluster,
    pub(crate) registry: String,
    /// The stub's metrics.
    stub_telemetry: Telemetry,
    stub: Tasks,
}

/// A running producer.
pub(crate) struct App {
    pub(crate) progress: Progress,
    pub(crate) tasks: Tasks,
    pub(crate) telemetry: Telemetry,
    grace: Duration,
}

impl World {
    /// One broker with the topic `orders` of two partitions, and an empty registry.
    pub(crate) async fn new() -> Self {
        let kafka = MockCluster::start(1).expect("the mock cluster starts");
        kafka.create_topic("orders", 2).expect("the topic is new");
        let stub = Tasks::new();
        let config =
            registry_stub::in_memory(([127, 0, 0, 1], 0).into()).expect("defaults are sound");
        let stub_telemetry = Telemetry::new("registry-stub");
        let running = registry_stub::start(config, stub.clone(), stub_telemetry.clone())
            .await
            .expect("the stub starts");
        Self {
            kafka,
            registry: running.url(),
            stub_telemetry,
            stub,
        }
    }

    /// What every producer here is told; `more` comes last and wins.
    pub(crate) fn settings(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let (bootstrap, registry) = (self.kafka.bootstrap_servers(), self.registry.clone());
        let base = [
            ("kafka.bootstrap_servers", bootstrap.as_str()),
            ("registry.endpoint", registry.as_str()),
            ("registry.credentials", "anonymous"),
            ("registry.resolution", "register"),
            ("source.rate", "0/s"),
            ("admin.listen", "127.0.0.1:0"),
            ("shutdown.grace", "10s"),
            ("startup.timeout", "10s"),
        ];
        // Clients of the `http` source decide how fast it goes.
        let is_http = more.contains(&("source.kind", "http"));
        base.iter()
            .filter(|(key, _)| !(is_http && *key == "source.rate"))
            .chain(more)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// How often the registry was asked for each operation until now; those it was not asked for are left out.
    pub(crate) fn calls(&self) -> BTreeMap<String, f64> {
        let families = self.stub_telemetry.registry().gather();
        let requests = families
            .iter()
            .find(|family| family.name() == "gluestream_stub_requests_total")
            .expect("the stub counts requests");
        let mut calls = BTreeMap::new();
        for metric in requests.get_metric() {
            let mut labels = metric.get_label().iter();
            let operation = labels.find(|label| label.name() == "operation");
            let count = metric.get_counter().get_value();
            if let Some(operation) = operation.filter(|_| count > 0.0) {
                *calls.entry(operation.value().to_owned()).or_insert(0.0) += count;
            }
        }
        calls
    }

    /// Takes the broker away.
    pub(crate) fn take_broker_away(&self) {
        let taken = self.kafka.broker_down(-1);
        taken.expect("the broker can be taken down");
    }

    /// Brings the broker back.
    pub(crate) fn bring_broker_back(&self) {
        let brought = self.kafka.broker_up(-1);
        brought.expect("the broker can be brought back");
    }

    /// Takes the registry away, and waits until it has gone.
    pub(crate) async fn stop_registry(&self) {
        self.stub.drain(Cause::Finished);
        let address = self.registry.trim_start_matches("http://");
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            assert!(Instant::now() < deadline, "the registry stays");
            tokio::task::yield_now().await;
        }
    }

    /// Starts a producer in this process.
    pub(crate) async fn start(&self, more: &[(&str, &str)]) -> App {
        self.start_gated(more, None).await
    }

    /// Starts a producer behind a gate.
    pub(crate) async fn start_gated(&self, more: &[(&str, &str)], gate: Option<Gate>) -> App {
        self.try_start(more, gate)
            .await
            .expect("the producer starts")
    }

    /// Starts a producer, or not.
    pub(crate) async fn try_start(
        &self,
        more: &[(&str, &str)],
        gate: Option<Gate>,
    ) -> Result<App, Failure> {
        let settings = Reader::load::<Config>(&Sources::from_pairs(self.settings(more)))
            .expect("the settings are sound");
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("producer"));
        let grace = settings.config.base.shutdown_grace;
        let progress =
            producer::start_gated(settings.config, tasks.clone(), telemetry.clone(), gate).await?;
        telemetry.health().started();
        Ok(App {
            progress,
            tasks,
            telemetry,
            grace,
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stub.drain(Cause::Finished);
    }
}

impl App {
    /// Waits until the producer has ended by itself, and checks the books.
    pub(crate) async fn ended(&self) -> Outcome {
        let outcome = tokio::time::timeout(PATIENCE, self.tasks.finished(self.grace))
            .await
            .expect("the producer ends");
        self.check_books();
        outcome
    }

    /// Tells the producer to end, and waits until it has.
    pub(crate) async fn drained(&self) -> Outcome {
        self.tasks.drain(Cause::Signal);
        self.ended().await
    }

    /// At rest nothing is unaccounted for.
    pub(crate) fn check_books(&self) {
        let progress = &self.progress;
        assert_eq!(
            progress.read(),
            progress.rejected() + progress.enqueued(),
            "read = rejected + enqueued: {progress:?}"
        );
        let settled = progress.delivered() + progress.failed() + progress.in_flight();
        assert_eq!(
            progress.enqueued(),
            settled,
            "enqueued = delivered + failed + in flight: {progress:?}"
        );
        assert_eq!(progress.in_flight(), 0, "nothing is in flight at the end");
        let bytes = self.metric("gluestream_producer_in_flight_bytes", &[]);
        assert!(bytes.abs() < 1.0, "{bytes} bytes are in flight at the end");
    }

    /// The value of a counter or gauge.
    pub(crate) fn metric(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let families = self.telemetry.registry().gather();
        let family = families
            .iter()
            .find(|family| family.name() == name)
            .unwrap_or_else(|| panic!("no metric {name}"));
        value(family, labels).unwrap_or_else(|| panic!("no {name} with {labels:?}"))
    }

    /// Records that were refused for this kind of error.
    pub(crate) fn rejected(&self, kind: &str) -> f64 {
        self.metric(
            "gluestream_producer_records_rejected_total",
            &[("kind", kind)],
        )
    }

    /// Records that failed for this reason.
    pub(crate) fn failed(&self, reason: &str) -> f64 {
        self.metric(
            "gluestream_producer_records_failed_total",
            &[("topic", "orders"), ("reason", reason)],
        )
    }
}

fn value(family: &MetricFamily, labels: &[(&str, &str)]) -> Option<f64> {
    let has = |metric: &prometheus::proto::Metric, name: &str, value: &str| {
        metric
            .get_label()
            .iter()
            .any(|label| label.name() == name && label.value() == value)
    };
    let metric = family
        .get_metric()
        .iter()
        .find(|metric| labels.iter().all(|(name, value)| has(metric, name, value)))?;
    Some(metric.get_counter().get_value() + metric.get_gauge().get_value())
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
