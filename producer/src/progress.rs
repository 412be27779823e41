//! How far production is, for whoever started it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use common::registry::SchemaVersion;
use common::registry::resolution::Refusal;
use serde_json::{Value, json};

use crate::evolution;
use crate::metrics::Metrics;
use crate::resume::Resume;

/// Schema versions that `/state` shows.
const MOST_VERSIONS: usize = 20;

/// A view of the running counts.
///
/// At rest `read = rejected + enqueued` and `enqueued = delivered + failed + in_flight`.
#[derive(Clone)]
pub struct Progress {
    metrics: Metrics,
    source: &'static str,
    topic: String,
    /// The versions written with, the newest last.
    schemas: Arc<Mutex<Vec<Arc<SchemaVersion>>>>,
    refused: Arc<OnceLock<String>>,
    address: Arc<OnceLock<SocketAddr>>,
    resume: Option<Arc<Resume>>,
}

impl Progress {
    pub(crate) fn new(
        metrics: Metrics,
        source: &'static str,
        topic: &str,
        resume: Option<Arc<Resume>>,
    ) -> Self {
        Self {
            metrics,
            source,
            topic: topic.to_owned(),
            resume,
            schemas: Arc::default(),
            refused: Arc::default(),
            address: Arc::default(),
        }
    }

    /// Records taken from the source.
    pub fn read(&self) -> u64 {
        self.metrics.read.get()
    }

    /// Records of the source that were refused.
    pub fn rejected(&self) -> u64 {
        self.metrics.rejected_in_all()
    }

    /// Records handed to the Kafka client.
    pub fn enqueued(&self) -> u64 {
        self.metrics.enqueued.get()
    }

    /// Records that Kafka acknowledged.
    pub fn delivered(&self) -> u64 {
        self.metrics.delivered.get()
    }

    /// Records that Kafka did not take.
    pub fn failed(&self) -> u64 {
        self.metrics.failed_in_all()
    }

    /// Records handed to the Kafka client and not settled yet.
    pub fn in_flight(&self) -> u64 {
        self.metrics.in_flight()
    }

    /// The schema version that records are written with, once it is known.
    pub fn schema_version(&self) -> Option<Arc<SchemaVersion>> {
        self.schemas().last().cloned()
    }

    fn schemas(&self) -> MutexGuard<'_, Vec<Arc<SchemaVersion>>> {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn resolved(&self, version: SchemaVersion) {
        let mut schemas = self.schemas();
        if schemas.len() == MOST_VERSIONS {
            schemas.remove(0);
        }
        schemas.push(Arc::new(version));
    }

    /// Why the wanted version was refused, if records are written with an older one in its place.
    pub fn refused(&self) -> Option<&str> {
        self.refused.get().map(String::as_str)
    }

    /// Where the `http` source listens, once it does.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address.get().copied()
    }

    pub(crate) fn listens(&self, address: Option<SocketAddr>) {
        if let Some(address) = address {
            self.address.get_or_init(|| address);
        }
    }

    /// The newest version cannot be written with.
    pub(crate) fn unusable(&self, error: &anyhow::Error) {
        let troubles = &self.metrics.troubles;
        troubles.note("schema", format_args!("{error:#}"));
    }

    pub(crate) fn stands_in(&self, refusal: &Refusal) {
        let said = || format!("{refusal}: {}", evolution::reasons(refusal));
        self.refused.get_or_init(said);
    }

    /// The part of `GET /state`.
    pub(crate) fn state(&self) -> Value {
        let schemas: Vec<Value> = self.schemas().iter().rev().map(shown).collect();
        json!({
            "topic": self.topic,
            "source": self.source,
            "address": self.address(),
            "read": self.read(),
            "rejected": self.rejected(),
            "enqueued": self.enqueued(),
            "delivered": self.delivered(),
            "failed": self.failed(),
            "in_flight": self.in_flight(),
            "in_flight_bytes": self.metrics.in_flight_bytes.get(),
            "bytes_delivered": self.metrics.bytes_delivered.get(),
            "target_rate": self.metrics.target_rate.get(),
            "workers": self.metrics.workers.get(),
            "schema": schemas.first(),
            "schemas": schemas,
            "refused": self.refused(),
            "resume": self.resume.as_deref().map(Resume::state),
        })
    }
}

fn shown(version: &Arc<SchemaVersion>) -> Value {
    json!({
        "registry": version.registry,
        "name": version.schema_name,
        "version": version.number,
        "version_id": version.id.to_string(),
        "format": version.data_format.as_str(),
    })
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("read", &self.read())
            .field("rejected", &self.rejected())
            .field("enqueued", &self.enqueued())
            .field("delivered", &self.delivered())
            .field("failed", &self.failed())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
