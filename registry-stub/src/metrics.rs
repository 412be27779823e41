//! The stub's own metrics; the process's come from the runtime.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use crate::api::Operation;
use crate::faults::Kind;

const RESULTS: [&str; 3] = ["ok", "client_error", "server_error"];
/// From a cached read to a slow disk.
const BUCKETS: [f64; 8] = [0.000_25, 0.001, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0];

/// Handles of everything that is counted, one per operation.
pub(crate) struct Metrics {
    operations: Vec<Handles>,
    /// Schemas in the store, of all regions.
    pub(crate) schemas: IntGauge,
}

struct Handles {
    results: [IntCounter; 3],
    duration: Histogram,
    faults: [IntCounter; 4],
}

impl Metrics {
    /// Registers every metric, with every counter at 0.
    ///
    /// # Errors
    /// When a name is taken in `registry`.
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new(
                "gluestream_stub_requests_total",
                "Requests to the registry API, by operation and result.",
            ),
            &["operation", "result"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "gluestream_stub_request_duration_seconds",
                "Time from a request's head to its answer, by operation.",
            )
            .buckets(BUCKETS.to_vec()),
            &["operation"],
        )?;
        let faults = IntCounterVec::new(
            Opts::new(
                "gluestream_stub_faults_total",
                "Faults that requests met on purpose, by operation and kind.",
            ),
            &["operation", "kind"],
        )?;
        let schemas = IntGauge::new(
            "gluestream_stub_schemas",
            "Schemas in the store, of all regions.",
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(faults.clone()))?;
        registry.register(Box::new(schemas.clone()))?;
        let handles = |operation: Operation| Handles {
            results: RESULTS
                .map(|result| requests.with_label_values(&[operation.as_str(), result])),
            duration: durations.with_label_values(&[operation.as_str()]),
            faults: Kind::ALL
                .map(|kind| faults.with_label_values(&[operation.as_str(), kind.as_str()])),
        };
        Ok(Self {
            operations: Operation::ALL.into_iter().map(handles).collect(),
            schemas,
        })
    }

    /// Counts an answer; `failure` is the HTTP status of a refused request.
    pub(crate) fn observe(&self, operation: Operation, failure: Option<u16>, elapsed: Duration) {
        let handles = &self.operations[operation as usize];
        let result = match failure {
            None => 0,
            Some(status) if status < 500 => 1,
            Some(_) => 2,
        };
        handles.results[result].inc();
        handles.duration.observe(elapsed.as_secs_f64());
    }

    /// Counts a fault that a request met.
    pub(crate) fn met(&self, operation: Operation, kind: Kind) {
        self.operations[operation as usize].faults[kind as usize].inc();
    }
}

#[cfg(test)]
mod tests {
    use super::{Metrics, RESULTS};
    use crate::api::Operation;
    use crate::faults::Kind;
    use prometheus::{Registry, TextEncoder};
    use std::time::Duration;

    #[test]
    fn names_and_labels_are_pinned() {
        let registry = Registry::new();
        Metrics::register(&registry).unwrap();
        let families = registry.gather();
        let names: Vec<&str> = families
            .iter()
            .map(prometheus::proto::MetricFamily::name)
            .collect();
        assert_eq!(
            names,
            [
                "gluestream_stub_faults_total",
                "gluestream_stub_request_duration_seconds",
                "gluestream_stub_requests_total",
                "gluestream_stub_schemas"
            ]
        );
        let text = TextEncoder::new().encode_to_string(&families).unwrap();
        for operation in Operation::ALL {
            for result in RESULTS {
                let name = operation.as_str();
                let line = format!(
                    "gluestream_stub_requests_total{{operation=\"{name}\",result=\"{result}\"}} 0\n"
                );
                assert!(text.contains(&line), "{line}");
            }
            for kind in Kind::ALL {
                let (name, kind) = (operation.as_str(), kind.as_str());
                let line = format!(
                    "gluestream_stub_faults_total{{kind=\"{kind}\",operation=\"{name}\"}} 0\n"
                );
                assert!(text.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn each_answer_counts_for_its_operation_and_result() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        for (operation, failure) in [
            (Operation::GetSchema, None),
            (Operation::Unknown, Some(400)),
            (Operation::CreateSchema, Some(500)),
        ] {
            metrics.observe(operation, failure, Duration::from_millis(1));
        }
        let text = TextEncoder::new()
            .encode_to_string(&registry.gather())
            .unwrap();
        for labels in [
            "operation=\"GetSchema\",result=\"ok\"",
            "operation=\"unknown\",result=\"client_error\"",
            "operation=\"CreateSchema\",result=\"server_error\"",
        ] {
            assert!(
                text.contains(&format!("gluestream_stub_requests_total{{{labels}}} 1\n")),
                "{labels}"
            );
        }
    }
}
