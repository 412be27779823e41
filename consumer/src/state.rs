//! What `GET /state` shows of the consumer.

use crate::flow::Flow;
use crate::metrics::Metrics;
use client::kafka::events::Events;
use common::registry::cache::SchemaCache;
use runtime::telemetry::moment;
use serde_json::{Value, json};
use std::sync::Arc;

/// Everything that is looked at.
pub(crate) struct State {
    pub(crate) topic: String,
    pub(crate) group: String,
    pub(crate) flow: Arc<Flow>,
    pub(crate) metrics: Metrics,
    pub(crate) events: Arc<Events>,
    pub(crate) cache: Arc<SchemaCache>,
}

/// A record that could not be decoded: its place and the kind of its error, and nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) kind: &'static str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// What the policy says: `topic`, `log` or `stop`.
    pub(crate) policy: &'static str,
}

impl State {
    /// The state now; offsets and lag as of the last statistics.
    pub(crate) fn show(&self) -> Value {
        let error = self.events.last_error();
        let error = error.map(|(said, ago)| json!({ "said": said, "seconds_ago": ago.as_secs() }));
        json!({
            "topic": self.topic,
            "group": self.group,
            "partitions": self.partitions(),
            "schemas": self.schemas(),
            "received": self.metrics.received.get(),
            "delivered": self.metrics.delivered.get(),
            "skipped": self.metrics.skipped.get(),
            "dead_lettered": self.metrics.dead_lettered.get(),
            "in_flight": self.metrics.in_flight.get(),
            "revoked": self.metrics.revoked.get(),
            "bytes_received": self.metrics.bytes_received.get(),
            "lag_records": self.metrics.partitions.lag(),
            "assigned_partitions": self.metrics.group.assigned.get(),
            "paused_partitions": self.metrics.group.paused.get(),
            "refused": self.refused(),
            "last_kafka_error": error,
        })
    }

    fn partitions(&self) -> Vec<Value> {
        let views = self.metrics.partitions.views();
        let partitions = self.flow.partitions();
        let show = partitions.iter().map(|known| {
            let view = views.get(&known.partition);
            let of = |number: Option<i64>| number.filter(|number| *number >= 0);
            json!({
                "partition": known.partition,
                "next_offset": known.finished,
                "committed_offset": of(view.map(|view| view.committed)),
                "high_watermark": of(view.map(|view| view.high_watermark)),
                "lag_records": of(view.map(|view| view.lag)),
                "lag_seconds": view.map(|view| view.lag_seconds),
                "queue_records": of(view.map(|view| view.queue_records)),
                "waits_for_schema": known.waits,
                "waits_for_dead_letter": known.waits_for_letter,
            })
        });
        show.collect()
    }

    fn schemas(&self) -> Vec<Value> {
        let schemas = self.cache.schemas();
        let show = schemas.iter().map(|schema| {
            let version = &schema.version;
            json!({
                "version_id": version.id.to_string(),
                "registry": version.registry,
                "schema": version.schema_name,
                "version": version.number,
                "format": version.data_format.as_str(),
            })
        });
        show.collect()
    }

    /// The last records that could not be decoded.
    fn refused(&self) -> Vec<Value> {
        let refused = self.metrics.refused.list();
        let show = refused.into_iter().map(|entry| {
            json!({
                "at": moment(entry.at),
                "kind": entry.what.kind,
                "topic": self.topic,
                "partition": entry.what.partition,
                "offset": entry.what.offset,
                "policy": entry.what.policy,
            })
        });
        show.collect()
    }
}
