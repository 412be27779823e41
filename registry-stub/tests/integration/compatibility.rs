//! Versions that break their schema's mode: registered, failed, and never compared with; every recorded verdict over HTTP.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::App;

const V1: &str = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}"#;
/// No default: it cannot read version 1.
const BROKEN: &str = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}"#;
/// It can read version 1, and what a broken version would have written it could not.
const V2: &str = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"b","type":"string","default":""}]}"#;

async fn status(app: &App, definition: &str) -> (Value, Value) {
    let answer = app.register("r", "s", definition).await.ok();
    (answer["Status"].clone(), answer["VersionNumber"].clone())
}

#[tokio::test]
async fn a_version_that_is_not_compatible_has_failed_and_is_never_compared_with() {
    let app = App::start().await;
    app.create("r", "s", V1).await;
    let failed = app.register("r", "s", BROKEN).await.ok();
    assert_eq!(failed["Status"], "FAILURE");
    let id = json!({"SchemaVersionId": failed["SchemaVersionId"]});
    let kept = app.ok("GetSchemaVersion", id).await;
    assert_eq!(kept["Status"], "FAILURE");
    assert_eq!(kept["SchemaDefinition"], BROKEN);
    assert_eq!(status(&app, V2).await, (json!("AVAILABLE"), json!(2)));
    assert_eq!(status(&app, BROKEN).await.0, "FAILURE");
    let schema = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}});
    assert_eq!(app.ok("GetSchema", schema).await["LatestSchemaVersion"], 2);
    app.stop().await;
}

#[tokio::test]
async fn who_wants_a_hard_stop_gets_an_error_with_the_reasons_and_nothing_is_registered() {
    let app = App::with([("stub.incompatible", "error")]).await;
    app.create("r", "s", V1).await;
    let refused = app.register("r", "s", BROKEN).await.refused();
    assert_eq!(refused.0, "InvalidInputException");
    assert!(
        refused.1.starts_with(
            "Schema definition is not compatible: it cannot read version 1: b: missing-default"
        ),
        "{}",
        refused.1
    );
    let schema = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}});
    let versions = app.ok("ListSchemaVersions", schema).await;
    assert_eq!(versions["Schemas"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn the_checkpoint_means_what_the_configuration_says() {
    let third = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]}"#;
    for (meaning, expected) in [
        ("range", "FAILURE"),
        ("pinned", "AVAILABLE"),
        ("ignore", "FAILURE"),
    ] {
        let app = App::with([("stub.checkpoint", meaning)]).await;
        app.create("r", "s", V1).await;
        assert_eq!(status(&app, V2).await.0, "AVAILABLE");
        assert_eq!(status(&app, third).await.0, expected, "{meaning}");
        app.stop().await;
    }
}

#[tokio::test]
async fn rules_can_be_strict_or_off() {
    let renamed = V1.replace("\"A\"", "\"B\"");
    for (value, expected) in [("lenient", "AVAILABLE"), ("strict", "FAILURE")] {
        let app = App::with([("stub.avro.record_names", value)]).await;
        app.create("r", "s", V1).await;
        assert_eq!(status(&app, &renamed).await.0, expected, "{value}");
        app.stop().await;
    }
}

#[tokio::test]
async fn each_formats_rules_have_a_key_of_their_own() {
    let symbols = |names: &str| format!(r#"{{"type":"enum","name":"E","symbols":[{names}]}}"#);
    let string = r#"{"type":"string"}"#.to_owned();
    let longest = r#"{"type":"string","maxLength":3}"#.to_owned();
    let message = |kind: &str| format!("syntax = \"proto3\"; message A {{ {kind} a = 1; }}");
    for (format, old, new, key, [allows, refuses]) in [
        (
            "AVRO",
            symbols(r#""A","B""#),
            symbols(r#""A""#),
            "stub.avro.enum_symbols",
            ["lenient", "strict"],
        ),
        ("JSON", string, longest, "stub.json.rules", ["off", "glue"]),
        (
            "PROTOBUF",
            message("int32"),
            message("string"),
            "stub.proto.rules",
            ["off", "glue"],
        ),
    ] {
        for (value, expected) in [(allows, "AVAILABLE"), (refuses, "FAILURE")] {
            let app = App::with([(key, value)]).await;
            app.ok("CreateRegistry", json!({"RegistryName": "r"})).await;
            let row = json!({"mode": "BACKWARD", "old": old, "new": new});
            assert_eq!(
                verdict(&app, format, "s", &row).await,
                expected,
                "{key} = {value}"
            );
            app.stop().await;
        }
    }
}

#[tokio::test]
async fn every_recorded_verdict_is_given() {
    let app = App::with([
        ("stub.quotas.schemas", "2000"),
        ("stub.quotas.schema_versions", "4000"),
    ])
    .await;
    app.ok("CreateRegistry", json!({"RegistryName": "r"})).await;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compatibility/tests/data");
    let mut given = Vec::new();
    for (format, file) in [
        ("AVRO", "compat-avro.jsonl"),
        ("JSON", "compat-json.jsonl"),
        ("PROTOBUF", "compat-protobuf.jsonl"),
    ] {
        let text = std::fs::read_to_string(data.join(file)).unwrap();
        for (at, line) in text.lines().enumerate() {
            let row: Value = serde_json::from_str(line).unwrap();
            let expected = row.get("error").unwrap_or(&row["expected"]);
            let found = verdict(&app, format, &format!("{format}-{at}"), &row).await;
            assert_eq!(&found, expected, "{file}:{}: {}", at + 1, row["why"]);
        }
        given.push(text.lines().count());
    }
    assert_eq!(given, [590, 292, 485]);
    app.stop().await;
}

/// The status of the second definition, or the exception.
async fn verdict(app: &App, format: &str, name: &str, row: &Value) -> Value {
    let create = json!({
        "RegistryId": {"RegistryName": "r"}, "SchemaName": name, "DataFormat": format,
        "Compatibility": row["mode"], "SchemaDefinition": row["old"],
    });
    app.ok("CreateSchema", create).await;
    let definition = row["new"].as_str().unwrap();
    let answer = app.register("r", name, definition).await;
    if answer.status == 200 {
        answer.json()["Status"].clone()
    } else {
        json!(answer.refused().0)
    }
}
