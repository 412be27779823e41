//! What the consumer's page shows of its state.

use crate::metrics::Metrics;
use runtime::telemetry::board::{Board, Column, Fact, Form, Table};
use runtime::telemetry::{Measure, Telemetry};

const FACTS: [Fact; 12] = [
    Fact::new("Topic", "/consumer/topic", Form::Text),
    Fact::new("Group", "/consumer/group", Form::Text),
    Fact::new("Received", "/consumer/received", RECORDS),
    Fact::new("Delivered", "/consumer/delivered", RECORDS),
    Fact::new("Dead letters", "/consumer/dead_lettered", RECORDS),
    Fact::new("Skipped", "/consumer/skipped", RECORDS),
    Fact::new("In flight", "/consumer/in_flight", RECORDS),
    Fact::new("Lag", "/consumer/lag_records", RECORDS),
    Fact::new("Assigned", "/consumer/assigned_partitions", PARTITIONS),
    Fact::new("Paused", "/consumer/paused_partitions", PARTITIONS),
    Fact::new(
        "Received in all",
        "/consumer/bytes_received",
        Form::Number("bytes"),
    ),
    Fact::new("Registry is away", "/registry/degraded", Form::Flag),
];
const RECORDS: Form = Form::Number("records");
const PARTITIONS: Form = Form::Number("partitions");
const NUMBER: Form = Form::Number("");

static BOARD: Board = Board {
    facts: &FACTS,
    tables: &[
        Table {
            id: "partitions",
            title: "Partitions",
            caption: "Partitions assigned to this consumer; offsets and lag as of the last statistics.",
            at: "/consumer/partitions",
            none: "No partition is assigned.",
            columns: &[
                Column::new("Partition", "partition", NUMBER),
                Column::new("Next offset", "next_offset", NUMBER),
                Column::new("Committed", "committed_offset", NUMBER),
                Column::new("End", "high_watermark", NUMBER),
                Column::new("Lag", "lag_records", RECORDS),
                Column::new("Oldest", "lag_seconds", Form::Number("s")),
                Column::new("Fetched", "queue_records", RECORDS),
                Column::new("Waits for a schema", "waits_for_schema", Form::Flag),
                Column::new("for dead letters", "waits_for_dead_letter", Form::Flag),
            ],
        },
        Table {
            id: "schemas",
            title: "Schema versions",
            caption: "Schema versions of the records read, as they are in the cache.",
            at: "/consumer/schemas",
            none: "No schema version yet.",
            columns: &[
                Column::new("Schema", "schema", Form::Text),
                Column::new("Version", "version", NUMBER),
                Column::new("Format", "format", Form::Text),
                Column::new("Registry", "registry", Form::Text),
                Column::new("Version id", "version_id", Form::Text),
            ],
        },
        Table {
            id: "dead-letters",
            title: "Dead letters",
            caption: "The last 20 records that could not be decoded, the newest first, and what the policy does with them.",
            at: "/consumer/refused",
            none: "Every record could be decoded.",
            columns: &[
                Column::new("Time", "at", Form::Text),
                Column::new("Kind", "kind", Form::Text),
                Column::new("Topic", "topic", Form::Text),
                Column::new("Partition", "partition", NUMBER),
                Column::new("Offset", "offset", NUMBER),
                Column::new("Policy", "policy", Form::Text),
            ],
        },
    ],
    checks: &[
        ("poll", "records are polled and callbacks served"),
        ("broker", "a broker is connected"),
        ("group", "the group has given an assignment"),
        (
            "registry",
            "the schema registry has answered, or a snapshot stands in for it",
        ),
        ("token", "the token for MSK is not over"),
    ],
};

/// Says what the page shows, and begins its charts.
pub(crate) fn present(telemetry: &Telemetry, topic: &str, metrics: &Metrics) {
    telemetry.present(topic, &BOARD);
    let history = telemetry.history();
    let (delivered, partitions) = (metrics.delivered.clone(), metrics.partitions.clone());
    let in_flight = metrics.in_flight.clone();
    history.chart("Delivered", "records/s", Measure::Rate, move || {
        Some(delivered.get())
    });
    history.chart("Lag", "records", Measure::Level, move || partitions.lag());
    history.chart("In flight", "records", Measure::Level, move || {
        in_flight.get().try_into().ok()
    });
}
