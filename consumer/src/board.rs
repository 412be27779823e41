//! What the consumer's page shows of its state.

use crate::metrics::Metrics;
use runtime::telemetry::board::{Board, Column, Fact, Form, Table};
use runtime::telemetry::{Measure, Telemetry};

const FACTS: [Fact; 12] = [
    fact("Topic", "/consumer/topic", Form::Text),
    fact("Group", "/consumer/group", Form::Text),
    fact("Received", "/consumer/received", RECORDS),
    fact("Delivered", "/consumer/delivered", RECORDS),
    fact("Dead letters", "/consumer/dead_lettered", RECORDS),
    fact("Skipped", "/consumer/skipped", RECORDS),
    fact("In flight", "/consumer/in_flight", RECORDS),
    fact("Lag", "/consumer/lag_records", RECORDS),
    fact("Assigned", "/consumer/assigned_partitions", PARTITIONS),
    fact("Paused", "/consumer/paused_partitions", PARTITIONS),
    fact(
        "Received in all",
        "/consumer/bytes_received",
        Form::Number("bytes"),
    ),
    fact("Registry is away", "/registry/degraded", Form::Flag),
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
                column("Partition", "partition", NUMBER),
                column("Next offset", "next_offset", NUMBER),
                column("Committed", "committed_offset", NUMBER),
                column("End", "high_watermark", NUMBER),
                column("Lag", "lag_records", RECORDS),
                column("Oldest", "lag_seconds", Form::Number("s")),
                column("Fetched", "queue_records", RECORDS),
                column("Waits for a schema", "waits_for_schema", Form::Flag),
                column("for dead letters", "waits_for_dead_letter", Form::Flag),
            ],
        },
        Table {
            id: "schemas",
            title: "Schema versions",
            caption: "Schema versions of the records read, as they are in the cache.",
            at: "/consumer/schemas",
            none: "No schema version yet.",
            columns: &[
                column("Schema", "schema", Form::Text),
                column("Version", "version", NUMBER),
                column("Format", "format", Form::Text),
                column("Registry", "registry", Form::Text),
                column("Version id", "version_id", Form::Text),
            ],
        },
        Table {
            id: "dead-letters",
            title: "Dead letters",
            caption: "The last 20 records that could not be decoded, the newest first, and what the policy does with them.",
            at: "/consumer/refused",
            none: "Every record could be decoded.",
            columns: &[
                column("Time", "at", Form::Text),
                column("Kind", "kind", Form::Text),
                column("Topic", "topic", Form::Text),
                column("Partition", "partition", NUMBER),
                column("Offset", "offset", NUMBER),
                column("Policy", "policy", Form::Text),
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

const fn fact(label: &'static str, at: &'static str, form: Form) -> Fact {
    Fact { label, at, form }
}

const fn column(label: &'static str, key: &'static str, form: Form) -> Column {
    Column { label, key, form }
}

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
