//! What the producer's page shows of its state.

use runtime::telemetry::board::{Board, Column, Fact, Form, Table};
use runtime::telemetry::{Measure, Telemetry};

use crate::metrics::Metrics;

const FACTS: [Fact; 15] = [
    Fact::new("Topic", "/producer/topic", Form::Text),
    Fact::new("Source", "/producer/source", Form::Text),
    Fact::new("Listens on", "/producer/address", Form::Text),
    Fact::new(
        "Wanted rate",
        "/producer/target_rate",
        Form::Limit("records/s"),
    ),
    Fact::new("Workers", "/producer/workers", Form::Number("threads")),
    Fact::new("Read", "/producer/read", RECORDS),
    Fact::new("Rejected", "/producer/rejected", RECORDS),
    Fact::new("Enqueued", "/producer/enqueued", RECORDS),
    Fact::new("Delivered", "/producer/delivered", RECORDS),
    Fact::new("Failed", "/producer/failed", RECORDS),
    Fact::new("In flight", "/producer/in_flight", RECORDS),
    Fact::new("In flight, bytes", "/producer/in_flight_bytes", BYTES),
    Fact::new("Delivered in all", "/producer/bytes_delivered", BYTES),
    Fact::new("Schema refused", "/producer/refused", Form::Text),
    Fact::new("Registry is away", "/registry/degraded", Form::Flag),
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
            Column::new("Schema", "name", Form::Text),
            Column::new("Version", "version", Form::Number("")),
            Column::new("Format", "format", Form::Text),
            Column::new("Registry", "registry", Form::Text),
            Column::new("Version id", "version_id", Form::Text),
        ],
    }],
    checks: &[
        ("pipeline", "a worker takes records, or waits for room"),
        ("broker", "a broker is connected"),
        ("schema", "the schema version to write with is found"),
        ("token", "the token for MSK is not over"),
    ],
};

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
