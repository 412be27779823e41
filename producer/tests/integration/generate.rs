//! The `generate` source from end to end: what stands in the topic, and that nothing is unaccounted for.

use std::path::Path;

use common::avro::JsonForm;
use common::wire;
use runtime::lifecycle::Exit;

use crate::app::{World, until};
use crate::ndjson::file;
use crate::topic::{Stored, plan};

const PAYMENT: &str = r#"{"type":"record","name":"Payment","namespace":"shop","fields":[
    {"name":"payment_id","type":{"type":"string","logicalType":"uuid"}},
    {"name":"user","type":{"type":"record","name":"User","fields":[
        {"name":"id","type":"string"},{"name":"country","type":["null","string"]}]}},
    {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":8,"scale":2}},
    {"name":"paid_at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"method","type":{"type":"enum","name":"Method","symbols":["CARD","CASH","VOUCHER"]}},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
        {"name":"product_id","type":"int"},{"name":"quantity","type":"int"}]}}}]}"#;

const RULES: [(&str, &str); 8] = [
    (
        "generate.fields.user.id",
        "reference(\"users\", 1000, skew = 1.1)",
    ),
    (
        "generate.fields.user.country",
        "null(20%), choice(\"DE\": 6, \"FR\": 3, \"IS\")",
    ),
    ("generate.fields.amount", "range(0.99, 199.99)"),
    (
        "generate.fields.paid_at",
        "sequence(\"2026-01-31T12:00:00Z\", 250ms, late = exponential(5s), share = 25%)",
    ),
    ("generate.fields.method", "choice(\"CARD\": 8, \"CASH\": 2)"),
    ("generate.fields.lines", "length(1, 2)"),
    ("generate.fields.lines.product_id", "zipf(9999, 1.2)"),
    ("generate.fields.lines.quantity", "range(1, 3)"),
];

fn settings<'a>(schema: &'a Path, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let schema = schema.to_str().expect("the path is text");
    let base = [
        ("source.kind", "generate"),
        ("source.seed", "42"),
        ("registry.schema_file", schema),
    ];
    base.iter().chain(&RULES).chain(more).copied().collect()
}

/// A record as a line: its key, and its value or what there is instead.
fn shown(record: &Stored) -> String {
    let key = record.key.as_deref().unwrap_or("no key");
    if record.is_tombstone {
        return format!("{key} tombstone");
    }
    let (_, payload) = wire::split(&record.frame).expect("a frame has a header");
    let mut json = Vec::new();
    match plan(PAYMENT).decode_json(payload, JsonForm::Plain, &mut json) {
        Ok(_) => format!("{key} {}", String::from_utf8_lossy(&json)),
        Err(error) => format!("{key} {}", error.kind()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_gives_this_topic() {
    let schema = file(PAYMENT.as_bytes());
    let more = [
        ("source.key", "payment_id"),
        ("source.max_records", "24"),
        ("generate.duplicates", "10%"),
        ("generate.tombstones", "10%"),
        ("generate.invalid", "10%"),
    ];
    let mut runs = Vec::new();
    for _ in 0..2 {
        let world = World::new().await;
        let app = world.start(&settings(schema.path(), &more)).await;
        assert_eq!(app.ended().await.exit, Exit::Done);
        assert_eq!(
            (app.progress.read(), app.progress.delivered()),
            (24, 24),
            "all are counted alike"
        );
        assert!(
            app.metric(
                "gluestream_producer_records_read_total",
                &[("source", "generate")]
            ) > 23.0
        );
        let lines: Vec<String> = world.stored().iter().map(shown).collect();
        runs.push(lines.join("\n"));
    }
    assert_eq!(runs[0], runs[1]);
    insta::assert_snapshot!(runs[0]);
}

/// Registers a version by a producer that sends one record of it.
async fn register(world: &World, schema: &str) {
    let schema = file(schema.as_bytes());
    let more = [
        ("source.max_records", "1"),
        ("registry.compatibility", "NONE"),
    ];
    let more = [&[("registry.resolution", "register")], &more[..]].concat();
    let app = world.start(&settings(schema.path(), &more)).await;
    assert_eq!(app.ended().await.exit, Exit::Done);
}

/// The settings of a producer that has the newest version's text from the registry.
fn latest<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut settings = settings(Path::new(""), more);
    settings.retain(|(key, _)| *key != "registry.schema_file");
    settings.push(("registry.resolution", "latest"));
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_may_come_from_the_registry() {
    let world = World::new().await;
    register(&world, PAYMENT).await;
    let more = [("source.max_records", "500"), ("source.workers", "2")];
    let app = world.start(&latest(&more)).await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    assert_eq!(app.progress.delivered(), 500);
    assert!(
        world
            .stored()
            .iter()
            .all(|record| shown(record).contains("payment_id"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_is_written_with_only_if_the_records_fit() {
    let (world, end) = (World::new().await, "\"VOUCHER\"]}}");
    let with = |field: &str| PAYMENT.replace(end, &format!("{end},{field}"));
    let fits = with(r#"{"name":"note","type":"string","default":""}"#);
    let demands = with(r#"{"name":"more","type":"string"}"#);
    register(&world, PAYMENT).await;
    let more = [
        ("registry.latest_ttl", "1s"),
        ("source.rate", "200/s"),
        ("source.batch", "10"),
    ];
    let app = world.start(&latest(&more)).await;
    let in_use = || {
        app.progress
            .schema_version()
            .and_then(|version| version.number)
    };
    assert_eq!(in_use(), Some(1));
    register(&world, &fits).await;
    until("the second version is taken over", || in_use() == Some(2)).await;
    register(&world, &demands).await;
    let labels = [("schema", "orders-value"), ("result", "unusable")];
    let is_seen = || app.metric("gluestream_schema_refreshes_total", &labels) > 0.0;
    until("the third version is seen", is_seen).await;
    assert_eq!(in_use(), Some(2), "the old version stays");
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(app.progress.rejected(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_with_the_schema_ends_the_start() {
    let (world, schema) = (World::new().await, file(PAYMENT.as_bytes()));
    for (more, expected) in [
        (
            ("generate.fields.user.nme", "uuid"),
            "generate.fields.user.nme: `user` has no such field; it has id, country",
        ),
        (
            ("generate.fields.method", "\"GOLD\""),
            "generate.fields.method: the schema does not have one of the values",
        ),
        (
            ("generate.tombstones", "1%"),
            "generate.tombstones: a record without a value needs a key: set source.key",
        ),
    ] {
        let failure = world
            .try_start(&settings(schema.path(), &[more]), None)
            .await;
        let failure = failure.err().expect("the start fails");
        assert_eq!(
            (failure.exit, failure.to_string().as_str()),
            (Exit::Configuration, expected)
        );
    }
    assert!(world.calls().is_empty(), "nobody was asked before");
}
