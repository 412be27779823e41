//! What the producer's page shows of its state.

use runtime::telemetry::board::{Board, Column, Fact, Form, Table};
use runtime::telemetry::{Measure, Telemetry};

use crate::metrics::Metrics;

const FACTS: [Fact; 14] = [
    fact("Topic", "/producer/topic", Form::Text),
    fact("Source", "/producer/source", Form::Text),
    fact(
        "Wanted rate",
        "/producer/target_rate",
        Form::Limit("records/s"),
    ),
    fact("Workers", "/producer/workers", Form::Number("threads")),
    fact("Read", "/producer/read", RECORDS),
    fact("Rejected", "/producer/rejected", RECORDS),
    fact("Enqueued", "/producer/enqueued", RECORDS),
    fact("Delivered", "/producer/delivered", RECORDS),
    fact("Failed", "/producer/failed", RECORDS),
    fact("In flight", "/producer/in_flight", RECORDS),
    fact("In flight, bytes", "/producer/in_flight_bytes", BYTES),
    fact("Delivered in all", "/producer/bytes_delivered", BYTES),
    fact("Schema refused", "/producer/refused", Form::Text),
    fact("Registry is away", "/registry/degraded", Form::Flag),
];
const RECORDS: Form = Form::Number("records");
const BYTES: Form = Form::Number("bytes");

static BOARD: Board = Board {
    facts: &FACTS,
    tables: &[Table {
        id: "schemas",
        title: "Schema versions",
        caption: "The schema versions that records were written with, the one in use first.",
        at: "/producer/schemas",
        none: "No schema version yet.",
        columns: &[
            column("Schema", "name", Form::Text),
            column("Version", "version", Form::Number("")),
            column("Format", "format", Form::Text),
            column("Registry", "registry", Form::Text),
            column("Version id", "version_id", Form::Text),
        ],
    }],
    checks: &[
        ("pipeline", "a worker takes records, or waits for room"),
        ("broker", "a broker is connected"),
        ("schema", "the schema version to write with is found"),
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
    let (delivered, bytes) = (metrics.delivered.clone(), metrics.bytes_delivered.clone());
    let in_flight = metrics.clone();
    history.chart("Delivered", "records/s", Measure::Rate, move || {
        Some(delivered.get())
    });
    history.chart("Delivered bytes", "bytes/s", Measure::Rate, move || {
        Some(bytes.get())
    });
    history.chart("In flight", "records", Measure::Level, move || {
        Some(in_flight.in_flight())
    });
}
