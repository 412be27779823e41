//! The consumer's own metrics.

mod partitions;

pub(crate) use partitions::{PartitionMetrics, PartitionView};

use common::error::Kind;
use prometheus::{Error, Histogram, IntCounter, IntCounterVec, IntGauge, Registry};
use runtime::telemetry::maker::{DURATIONS, Maker};
use runtime::telemetry::{Recent, Trouble};

use crate::sink::http::HttpMetrics;
use crate::sink::object::ObjectMetrics;
use crate::state::Refused;

const BATCH: [f64; 7] = [1.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 10_000.0];

/// Handles of everything the consumer counts, and what people see of it.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) received: IntCounter,
    pub(crate) bytes_received: IntCounter,
    pub(crate) delivered: IntCounter,
    pub(crate) skipped: IntCounter,
    pub(crate) filtered: IntCounter,
    pub(crate) dead_lettered: IntCounter,
    pub(crate) letters: LetterMetrics,
    pub(crate) revoked: IntCounter,
    pub(crate) in_flight: IntGauge,
    pub(crate) in_flight_bytes: IntGauge,
    pub(crate) latency: Histogram,
    pub(crate) batch: Histogram,
    pub(crate) last_timestamp: IntGauge,
    pub(crate) group: GroupMetrics,
    pub(crate) sink: SinkMetrics,
    pub(crate) objects: ObjectMetrics,
    pub(crate) http: HttpMetrics,
    pub(crate) partitions: PartitionMetrics,
    /// The last records that could not be decoded.
    pub(crate) refused: Recent<Refused>,
    /// The last errors.
    pub(crate) troubles: Recent<Trouble>,
}

/// Handles of what concerns dead letters.
#[derive(Clone, Debug)]
pub(crate) struct LetterMetrics {
    /// In the order of [`Kind::ALL`].
    sent: Vec<IntCounter>,
    pub(crate) failures: IntCounter,
}

/// Handles of what concerns the group.
#[derive(Clone, Debug)]
pub(crate) struct GroupMetrics {
    pub(crate) assigned: IntGauge,
    pub(crate) paused: IntGauge,
    pub(crate) drain_timeouts: IntCounter,
    pub(crate) revocation: Histogram,
    pub(crate) poll_interval: Histogram,
    pub(crate) rebalances: IntCounterVec,
    pub(crate) commits: IntCounterVec,
}

/// Handles of what the delivery thread counts.
#[derive(Clone, Debug)]
pub(crate) struct SinkMetrics {
    pub(crate) written: IntCounter,
    pub(crate) failed: IntCounter,
    pub(crate) retried: IntCounter,
    pub(crate) duration: Histogram,
}

impl Metrics {
    /// Registers everything at 0.
    pub(crate) fn register(
        registry: &Registry,
        topic: &str,
        sink: &'static str,
    ) -> Result<Self, Error> {
        let make = Maker::new(registry);
        let counter = |name, help| {
            Ok::<_, Error>(
                make.counters(name, help, &["topic"])?
                    .with_label_values(&[topic]),
            )
        };
        let gauge = |name, help| {
            Ok::<_, Error>(
                make.gauges(name, help, &["topic"])?
                    .with_label_values(&[topic]),
            )
        };
        let histogram = |name, help, buckets| make.histogram(name, help, ("topic", topic), buckets);
        let processed = processed(make, topic)?;
        Ok(Self {
            received: counter(
                "consumer_records_received_total",
                "Records read from Kafka.",
            )?,
            bytes_received: counter(
                "consumer_bytes_received_total",
                "Bytes of keys, values and headers read from Kafka.",
            )?,
            delivered: processed.with_label_values(&[topic, "delivered"]),
            skipped: processed.with_label_values(&[topic, "skipped"]),
            filtered: processed.with_label_values(&[topic, "filtered"]),
            dead_lettered: processed.with_label_values(&[topic, "dead_lettered"]),
            letters: LetterMetrics::register(make, topic)?,
            revoked: counter(
                "consumer_records_revoked_total",
                "Records read and given back unfinished, because their partition went or the daemon stopped.",
            )?,
            in_flight: gauge(
                "consumer_in_flight_records",
                "Records read and not ended yet.",
            )?,
            in_flight_bytes: gauge(
                "consumer_in_flight_bytes",
                "Bytes of records read and not ended yet, and of the copies that dead letters on their way are.",
            )?,
            latency: histogram(
                "consumer_end_to_end_latency_seconds",
                "From a record's timestamp to the sink's acknowledgement; one record a batch is sampled.",
                &DURATIONS,
            )?,
            batch: histogram("consumer_batch_records", "Records a batch.", &BATCH)?,
            last_timestamp: gauge(
                "consumer_last_record_timestamp_seconds",
                "Timestamp of the newest record delivered, in seconds since 1970.",
            )?,
            group: GroupMetrics::register(make, topic)?,
            sink: SinkMetrics::register(make, sink)?,
            objects: ObjectMetrics::register(registry)?,
            http: HttpMetrics::register(registry)?,
            partitions: PartitionMetrics::register(make, topic)?,
            refused: Recent::default(),
            troubles: Recent::default(),
        })
    }

    /// Tells of errors among the daemon's last ones.
    #[must_use]
    pub(crate) fn with_troubles(mut self, troubles: &Recent<Trouble>) -> Self {
        self.troubles = troubles.clone();
        self
    }
}

fn processed(make: Maker<'_>, topic: &str) -> Result<IntCounterVec, Error> {
    let rows = ["delivered", "filtered", "dead_lettered", "skipped"].map(|result| [topic, result]);
    let rows = rows.each_ref().map(<[&str; 2]>::as_slice);
    make.counters_at_zero(
        "consumer_records_processed_total",
        "Records that ended, by their verdict.",
        &["topic", "result"],
        &rows,
    )
}

fn rebalances(make: Maker<'_>) -> Result<IntCounterVec, Error> {
    let rows: [&[&str]; 6] = [
        &["assign", "cooperative"],
        &["revoke", "cooperative"],
        &["lost", "cooperative"],
        &["assign", "eager"],
        &["revoke", "eager"],
        &["lost", "eager"],
    ];
    make.counters_at_zero(
        "consumer_rebalances_total",
        "Rebalances, by what happened.",
        &["type", "protocol"],
        &rows,
    )
}

fn commits(make: Maker<'_>) -> Result<IntCounterVec, Error> {
    let rows: [&[&str]; 6] = [
        &["ok", "interval"],
        &["ok", "revoke"],
        &["ok", "shutdown"],
        &["error", "interval"],
        &["error", "revoke"],
        &["error", "shutdown"],
    ];
    make.counters_at_zero(
        "consumer_commits_total",
        "Offset commits, by result and by what asked for them.",
        &["result", "trigger"],
        &rows,
    )
}

impl LetterMetrics {
    fn register(make: Maker<'_>, topic: &str) -> Result<Self, Error> {
        let rows = Kind::ALL.map(|kind| [topic, "decode", kind.as_str()]);
        let rows = rows.each_ref().map(<[&str; 3]>::as_slice);
        let sent = make.counters_at_zero(
            "consumer_dead_letters_total",
            "Records that the topic of dead letters acknowledged, by kind of error.",
            &["topic", "stage", "kind"],
            &rows,
        )?;
        let of_kind = |kind: Kind| sent.with_label_values(&[topic, "decode", kind.as_str()]);
        Ok(Self {
            sent: Kind::ALL.map(of_kind).to_vec(),
            failures: make.counter(
                "consumer_dead_letter_failures_total",
                "Tries to write a dead letter that failed; each is made again.",
            )?,
        })
    }

    /// Counts a letter that was acknowledged.
    pub(crate) fn sent(&self, kind: Kind) {
        if let Some(row) = Kind::ALL.iter().position(|known| *known == kind) {
            self.sent[row].inc();
        }
    }
}

impl GroupMetrics {
    fn register(make: Maker<'_>, topic: &str) -> Result<Self, Error> {
        let gauge = |name, help| {
            Ok::<_, Error>(
                make.gauges(name, help, &["topic"])?
                    .with_label_values(&[topic]),
            )
        };
        Ok(Self {
            assigned: gauge(
                "consumer_assigned_partitions",
                "Partitions assigned to this consumer.",
            )?,
            paused: gauge(
                "consumer_paused_partitions",
                "Partitions paused because the sink or a schema is waited for.",
            )?,
            drain_timeouts: make.counter(
                "consumer_revoke_drain_timeouts_total",
                "Revocations whose work did not finish in time.",
            )?,
            revocation: make.histogram(
                "consumer_rebalance_duration_seconds",
                "Time that giving partitions back took: finishing and committing what was in flight.",
                ("topic", topic),
                &DURATIONS,
            )?,
            poll_interval: make.histogram(
                "consumer_poll_interval_seconds",
                "Time between two turns of the poll loop; one longer than max.poll.interval.ms costs the membership.",
                ("topic", topic),
                &DURATIONS,
            )?,
            rebalances: rebalances(make)?,
            commits: commits(make)?,
        })
    }
}

impl SinkMetrics {
    fn register(make: Maker<'_>, sink: &'static str) -> Result<Self, Error> {
        let rows: [&[&str]; 2] = [&[sink, "ok"], &[sink, "error"]];
        let requests = make.counters_at_zero(
            "sink_requests_total",
            "Writes to the sink, by result.",
            &["sink", "result"],
            &rows,
        )?;
        let retries = make.counters_at_zero(
            "consumer_retries_total",
            "Writes to the sink that failed and were made again.",
            &["sink", "kind"],
            &[&[sink, "io"]],
        )?;
        Ok(Self {
            written: requests.with_label_values(&[sink, "ok"]),
            failed: requests.with_label_values(&[sink, "error"]),
            retried: retries.with_label_values(&[sink, "io"]),
            duration: make.histogram(
                "sink_request_duration_seconds",
                "Duration of writes to the sink.",
                ("sink", sink),
                &DURATIONS,
            )?,
        })
    }
}
