//! The `ndjson` source from end to end: what is good arrives in order, what is not is counted.

use std::io::Write as _;
use std::path::Path;

use producer::schema;
use runtime::lifecycle::Exit;
use tempfile::NamedTempFile;

use crate::app::{App, World};
use crate::topic::plan;

/// `schemas/order.avsc`, as users have it.
pub(crate) const SCHEMA_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/order.avsc");

/// A file with these bytes.
pub(crate) fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("the file is written");
    file
}

/// An order as a JSON line without its end.
pub(crate) fn order(number: usize) -> String {
    format!(
        r#"{{"order_id":"id-{number}","ordered_at":"2023-04-12T13:45:33.{:03}Z","user_id":"u","order_items":[{{"product_id":{number},"quantity":1}}]}}"#,
        number % 1_000
    )
}

/// The settings of the source, with `more` after them.
pub(crate) fn settings<'a>(path: &'a Path, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let path = path.to_str().expect("the path is text");
    let base = [
        ("source.kind", "ndjson"),
        ("source.path", path),
        ("registry.schema_file", SCHEMA_FILE),
    ];
    base.iter().chain(more).copied().collect()
}

async fn run(world: &World, bytes: &[u8], more: &[(&str, &str)]) -> (App, Exit) {
    let file = file(bytes);
    let app = world.start(&settings(file.path(), more)).await;
    let exit = app.ended().await.exit;
    (app, exit)
}

/// The ids in the topic, in the topic's order.
pub(crate) fn ids(world: &World) -> Vec<String> {
    let plan = plan(schema::ORDER);
    let id = |value: serde_json::Value| {
        value["order_id"]
            .as_str()
            .expect("an order has an id")
            .to_owned()
    };
    world
        .stored()
        .iter()
        .map(|record| id(record.value(&plan)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_file_arrives_in_its_order() {
    let world = World::new().await;
    let lines: Vec<String> = (0..3_000).map(order).collect();
    // The last line has no end, and the others end in the two ways there are.
    let text = lines
        .join("\n")
        .replace("}]}\n{\"order_id\":\"id-1", "}]}\r\n{\"order_id\":\"id-1");
    let (app, exit) = run(
        &world,
        text.as_bytes(),
        &[("source.key", "user_id"), ("source.batch", "7")],
    )
    .await;
    assert_eq!((exit, app.progress.delivered()), (Exit::Done, 3_000));
    let expected: Vec<String> = (0..3_000).map(|number| format!("id-{number}")).collect();
    assert_eq!(
        ids(&world),
        expected,
        "one key, one partition, the file's order"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_and_keys_are_those_of_the_line() {
    let world = World::new().await;
    let line = r#" { "user_id" : "J\u00fcrgen ☕", "order_id":"a\"b", "order_items":[], "ordered_at":1681307133000 } "#;
    let (_, exit) = run(
        &world,
        line.as_bytes(),
        &[("source.key", "[\"order_id\", \"user_id\", \"ordered_at\"]")],
    )
    .await;
    assert_eq!(exit, Exit::Done);
    let stored = world.stored();
    let expected =
        r#"{"order_id": "a\"b", "user_id": "J\u00fcrgen \u2615", "ordered_at": 1681307133000}"#;
    assert_eq!(stored[0].key.as_deref(), Some(expected));
    let value = stored[0].value(&plan(schema::ORDER));
    assert_eq!(
        (value["user_id"].as_str(), value["ordered_at"].as_i64()),
        (Some("Jürgen ☕"), Some(1_681_307_133_000))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_lines_are_counted_by_kind_and_lose_no_neighbour() {
    let world = World::new().await;
    let too_long = format!("{{\"order_id\":\"{}\"}}", "x".repeat(10 << 20));
    let bad: [(&str, &[u8]); 8] = [
        ("json", b"{\"order_id\":\"x\","),
        ("json", b""),
        ("json", b"{\"order_id\":\"\xff\"}"),
        (
            "validation",
            br#"{"order_id":"x","ordered_at":1,"order_items":[]}"#,
        ),
        (
            "validation",
            br#"{"order_id":7,"ordered_at":1,"user_id":"u","order_items":[]}"#,
        ),
        (
            "validation",
            br#"{"order_id":"x","ordered_at":1,"user_id":"u","order_items":[],"extra":1}"#,
        ),
        (
            "json",
            br#"{"order_id":"x","ordered_at":1,"user_id":"u","order_items":[]} {}"#,
        ),
        ("too_large", too_long.as_bytes()),
    ];
    let mut text = Vec::new();
    for (number, (_, line)) in bad.iter().enumerate() {
        text.extend_from_slice(order(number).as_bytes());
        text.push(b'\n');
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(order(8).as_bytes());
    let (app, exit) = run(&world, &text, &[("source.key", "user_id")]).await;
    assert_eq!(exit, Exit::Refused);
    assert_eq!(
        (
            app.progress.read(),
            app.progress.rejected(),
            app.progress.delivered()
        ),
        (17, 8, 9)
    );
    assert_eq!(
        (
            app.rejected("json"),
            app.rejected("validation"),
            app.rejected("too_large")
        ),
        (4.0, 3.0, 1.0)
    );
    assert_eq!(
        ids(&world),
        (0..9)
            .map(|number| format!("id-{number}"))
            .collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_can_be_ignored() {
    let world = World::new().await;
    let line = order(1).replacen('{', "{\"extra\":{\"deep\":[1]},", 1);
    let more = [
        ("source.unknown_fields", "ignore"),
        ("source.key", "[\"extra\"]"),
    ];
    let (_, exit) = run(&world, line.as_bytes(), &more).await;
    assert_eq!(exit, Exit::Done);
    assert_eq!(
        world.stored()[0].key.as_deref(),
        Some(r#"{"extra": {"deep": [1]}}"#)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_its_key_field_is_rejected() {
    let world = World::new().await;
    let text = format!(
        "{}\n{}",
        order(1),
        order(2).replacen('{', "{\"extra\":1,", 1)
    );
    let more = [
        ("source.unknown_fields", "ignore"),
        ("source.key", "[\"extra\"]"),
    ];
    let (app, exit) = run(&world, text.as_bytes(), &more).await;
    assert_eq!(
        (exit, app.rejected("validation"), app.progress.delivered()),
        (Exit::Refused, 1.0, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn under_stop_all_before_the_bad_line_is_delivered_and_nothing_after() {
    let world = World::new().await;
    let text = [order(0), order(1), "{".to_owned(), order(3)].join("\n");
    let (app, exit) = run(
        &world,
        text.as_bytes(),
        &[("source.on_reject", "stop"), ("source.key", "user_id")],
    )
    .await;
    assert_eq!((exit, app.progress.read()), (Exit::Refused, 3));
    assert_eq!(ids(&world), ["id-0", "id-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_larger_than_the_client_may_send_is_rejected() {
    let world = World::new().await;
    let large = order(1).replace("\"u\"", &format!("\"{}\"", "u".repeat(3_000)));
    let text = [order(0), large, order(2)].join("\n");
    let more = [("kafka.properties.message.max.bytes", "2000")];
    let (app, exit) = run(&world, text.as_bytes(), &more).await;
    assert_eq!(
        (exit, app.rejected("too_large"), app.progress.delivered()),
        (Exit::Refused, 1.0, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn max_records_ends_before_the_file_does() {
    let world = World::new().await;
    let text = [order(0), order(1), order(2)].join("\n");
    let (app, exit) = run(&world, text.as_bytes(), &[("source.max_records", "2")]).await;
    assert_eq!((exit, app.progress.delivered()), (Exit::Done, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_a_clean_end() {
    let world = World::new().await;
    let (app, exit) = run(&world, b"", &[]).await;
    assert_eq!((exit, app.progress.read()), (Exit::Done, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_a_configuration_error() {
    let world = World::new().await;
    let file = file(b"");
    let cases = [
        (vec![("source.path", "/no/such/file")], "source.path"),
        (vec![("source.path", "/")], "source.path"),
        (
            vec![("registry.schema_file", "/no/such/schema")],
            "registry.schema_file",
        ),
        (
            vec![("registry.schema_file", file.path().to_str().unwrap())],
            "registry.schema_file",
        ),
        (vec![("source.key", "[\"no_such_field\"]")], "source.key"),
    ];
    for (more, named) in cases {
        let failure = world
            .try_start(&settings(file.path(), &more), None)
            .await
            .err()
            .expect("it must not start");
        assert_eq!(failure.exit, Exit::Configuration, "{failure}");
        assert!(failure.to_string().contains(named), "{failure}");
    }
}
