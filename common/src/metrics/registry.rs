//! Counters of registry calls, registrations and the schema cache.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use prometheus::{Error, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};
use uuid::Uuid;

use super::{counters, gauge, gauges, latencies};
use crate::registry::{DataFormat, Operation, Problem, RegistryError, SchemaName, SchemaVersion};

/// The values of the label `result` of registry calls.
const RESULTS: [&str; 7] = [
    "ok",
    "not_found",
    "throttled",
    "denied",
    "failure",
    "timeout",
    "error",
];

/// Handles of everything that is counted about calls to the schema registry.
#[derive(Clone, Debug)]
pub struct RegistryMetrics {
    requests: IntCounterVec,
    durations: HistogramVec,
    retries: IntCounterVec,
    in_flight: IntGauge,
    registrations: IntCounterVec,
    refreshes: IntCounterVec,
    versions: IntGaugeVec,
    versions_seen: Arc<Mutex<HashSet<(Uuid, Role)>>>,
    listener: Listener,
}

type Hear = dyn Fn(&RegistryError) + Send + Sync;

/// Who is told of calls that fail.
#[derive(Clone, Default)]
struct Listener(Option<Arc<Hear>>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.0.is_some()).finish()
    }
}

/// How the search for the version to write with ended; the label `result` of its counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The version was there.
    Existing,
    /// A new version was registered.
    Registered,
    /// The schema was created with this version as its first.
    Created,
    /// The registry refused the definition as incompatible.
    Failure,
    /// The registry did not decide in time.
    PendingTimeout,
    /// After a refusal, an older version is written with.
    KeptPrevious,
}

impl Registration {
    const ALL: [Self; 6] = [
        Self::Existing,
        Self::Registered,
        Self::Created,
        Self::Failure,
        Self::PendingTimeout,
        Self::KeptPrevious,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Existing => "existing",
            Self::Registered => "registered",
            Self::Created => "created",
            Self::Failure => "failure",
            Self::PendingTimeout => "pending_timeout",
            Self::KeptPrevious => "kept_previous",
        }
    }
}

/// How a look for a newer version to write with ended; the label `result` of its counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The version in use is the newest.
    Unchanged,
    /// A newer version is written with from now on.
    TakenOver,
    /// There is a newer version, and it cannot be used: the old one stays.
    Unusable,
    /// The registry gave no answer: the old version stays.
    Unavailable,
}

impl Refresh {
    const ALL: [Self; 4] = [
        Self::Unchanged,
        Self::TakenOver,
        Self::Unusable,
        Self::Unavailable,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::TakenOver => "taken_over",
            Self::Unusable => "unusable",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What a schema version is used for; the label `role` of `gluestream_schema_version_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Records are, or were, written with it.
    Writer,
    /// Records are read as it, whatever they were written with.
    Reader,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
        }
    }
}

impl RegistryMetrics {
    /// The most schema versions that get a series of their own.
    pub const MAX_VERSIONS: usize = 100;

    /// Creates the metrics and registers them.
    ///
    /// # Errors
    ///
    /// When `registry` has one of the names already.
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        let metrics = Self {
            requests: counters(
                registry,
                "gluestream_registry_requests_total",
                "Calls to the schema registry, by operation and result.",
                &["operation", "result"],
            )?,
            durations: latencies(
                registry,
                "gluestream_registry_request_duration_seconds",
                "Time that one call to the schema registry took.",
                &["operation"],
            )?,
            retries: counters(
                registry,
                "gluestream_registry_retries_total",
                "Calls to the schema registry that were made again after a failure.",
                &["operation"],
            )?,
            in_flight: gauge(
                registry,
                "gluestream_registry_in_flight_requests",
                "Calls to the schema registry that wait for their answer now.",
            )?,
            registrations: counters(
                registry,
                "gluestream_schema_registrations_total",
                "Ends of the search for the schema version to write with.",
                &["schema", "result"],
            )?,
            refreshes: counters(
                registry,
                "gluestream_schema_refreshes_total",
                "Looks for a newer schema version to write with, by result; `unusable` is a newest version that cannot be taken over.",
                &["schema", "result"],
            )?,
            versions: gauges(
                registry,
                "gluestream_schema_version_info",
                "1 for each schema version in use; at most 100 are shown.",
                &["schema", "version", "version_id", "format", "role"],
            )?,
            versions_seen: Arc::default(),
            listener: Listener::default(),
        };
        metrics.start_at_zero();
        Ok(metrics)
    }

    /// Creates metrics that nobody scrapes, for one-shot commands and tests.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a new registry has no name twice"
    )]
    pub fn unregistered() -> Self {
        Self::register(&Registry::new()).expect("a new registry has no name twice")
    }

    /// Tells `hear` of each call that fails from now on; an answer that something is not there is none.
    #[must_use]
    pub fn with_listener(mut self, hear: impl Fn(&RegistryError) + Send + Sync + 'static) -> Self {
        self.listener = Listener(Some(Arc::new(hear)));
        self
    }

    fn start_at_zero(&self) {
        for operation in Operation::ALL {
            for result in RESULTS {
                self.requests
                    .with_label_values(&[operation.as_str(), result]);
            }
            self.durations.with_label_values(&[operation.as_str()]);
            self.retries.with_label_values(&[operation.as_str()]);
        }
    }

    /// Marks the start of a call. A call that is dropped before its answer counts as `timeout`.
    pub fn start(&self, operation: Operation) -> Call<'_> {
        self.in_flight.inc();
        Call {
            metrics: self,
            operation,
            started: Instant::now(),
            result: "timeout",
        }
    }

    /// Counts a call that is made again.
    pub fn retried(&self, operation: Operation) {
        self.retries.with_label_values(&[operation.as_str()]).inc();
    }

    /// Shows the registrations of a schema at 0 before the first one.
    pub fn expect_registrations(&self, name: &SchemaName) {
        for registration in Registration::ALL {
            self.registrations
                .with_label_values(&[name.schema.as_str(), registration.as_str()]);
        }
    }

    /// Counts the end of a search for the version to write with.
    pub fn registration(&self, name: &SchemaName, registration: Registration) {
        self.registrations
            .with_label_values(&[name.schema.as_str(), registration.as_str()])
            .inc();
    }

    /// Shows the looks for newer versions of a schema at 0 before the first one.
    pub fn expect_refreshes(&self, name: &SchemaName) {
        for refresh in Refresh::ALL {
            self.refreshes
                .with_label_values(&[name.schema.as_str(), refresh.as_str()]);
        }
    }

    /// Counts a look for a newer version to write with.
    pub fn refreshed(&self, name: &SchemaName, refresh: Refresh) {
        self.refreshes
            .with_label_values(&[name.schema.as_str(), refresh.as_str()])
            .inc();
    }

    /// Shows a schema version as in use, unless [`Self::MAX_VERSIONS`] others are shown.
    pub fn version_in_use(&self, version: &SchemaVersion, role: Role) {
        let mut seen = self
            .versions_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= Self::MAX_VERSIONS || !seen.insert((version.id, role)) {
            return;
        }
        let number = version
            .number
            .map(|number| number.to_string())
            .unwrap_or_default();
        let labels = [
            version.schema_name.as_deref().unwrap_or_default(),
            number.as_str(),
            &version.id.to_string(),
            format_label(version.data_format),
            role.as_str(),
        ];
        self.versions.with_label_values(&labels).set(1);
    }
}

/// A format as a label value.
pub(super) const fn format_label(format: DataFormat) -> &'static str {
    match format {
        DataFormat::Avro => "avro",
        DataFormat::Json => "json",
        DataFormat::Protobuf => "protobuf",
    }
}

/// A call under way; it is counted when this is dropped.
#[derive(Debug)]
pub struct Call<'a> {
    metrics: &'a RegistryMetrics,
    operation: Operation,
    started: Instant,
    result: &'static str,
}

impl Call<'_> {
    /// Ends the call with an answer; `refused` when the answer is a version with status FAILURE.
    pub fn answered(mut self, refused: bool) {
        self.result = if refused { "failure" } else { "ok" };
    }

    /// Ends the call with an error.
    pub fn failed(mut self, error: &RegistryError) {
        self.result = match error.problem {
            Problem::Throttled => "throttled",
            Problem::Denied | Problem::Credentials => "denied",
            Problem::Timeout => "timeout",
            _ if error.is_not_found() => "not_found",
            _ => "error",
        };
        if let (Some(hear), false) = (&self.metrics.listener.0, error.is_not_found()) {
            hear(error);
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let operation = self.operation.as_str();
        self.metrics.in_flight.dec();
        self.metrics
            .requests
            .with_label_values(&[operation, self.result])
            .inc();
        self.metrics
            .durations
            .with_label_values(&[operation])
            .observe(self.started.elapsed().as_secs_f64());
    }
}

/// Handles of everything that is counted about the cache of schemas by version id.
#[derive(Clone, Debug)]
pub struct CacheMetrics {
    /// Frames whose schema was cached.
    pub hits: IntCounter,
    /// Frames whose schema was cached, but is overdue to be confirmed.
    pub stale: IntCounter,
    /// Ids that had to be asked for.
    pub misses: IntCounter,
    /// Frames whose id is known not to exist, or to name no usable schema.
    pub negatives: IntCounter,
    /// Those who waited for an id that was being asked for.
    pub coalesced: IntCounter,
    /// Ids in the cache.
    pub entries: IntGauge,
}

impl CacheMetrics {
    /// Creates the metrics and registers them.
    ///
    /// # Errors
    ///
    /// When `registry` has one of the names already.
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        let requests = counters(
            registry,
            "gluestream_schema_cache_requests_total",
            "Look-ups in the schema cache, by result.",
            &["cache", "result"],
        )?;
        let entries = gauges(
            registry,
            "gluestream_schema_cache_entries",
            "Schema versions in the cache, those known not to exist among them.",
            &["cache"],
        )?;
        let by_id = |result| requests.with_label_values(&["by_id", result]);
        Ok(Self {
            hits: by_id("hit"),
            stale: by_id("stale"),
            misses: by_id("miss"),
            negatives: by_id("negative"),
            coalesced: by_id("coalesced"),
            entries: entries.with_label_values(&["by_id"]),
        })
    }

    /// Creates metrics that nobody scrapes, for one-shot commands and tests.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a new registry has no name twice"
    )]
    pub fn unregistered() -> Self {
        Self::register(&Registry::new()).expect("a new registry has no name twice")
    }
}
