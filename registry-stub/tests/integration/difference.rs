//! `GetSchemaVersionsDiff`, `CheckSchemaVersionValidity`, and which definitions are the same.

use serde_json::{Value, json};

use crate::harness::{App, avro};

fn between(first: &Value, second: &Value) -> Value {
    json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "FirstSchemaVersionNumber": first, "SecondSchemaVersionNumber": second, "SchemaDiffType": "SYNTAX_DIFF"})
}

#[tokio::test]
async fn the_difference_of_two_versions_is_a_json_patch() {
    let app = App::start().await;
    app.create(
        "r",
        "s",
        r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}"#,
    )
    .await;
    let second = r#"{"name":"A","type":"record","fields":[{"name":"a","type":"long"},{"name":"b","type":"string","default":""}]}"#;
    app.register("r", "s", second).await.ok();
    let (one, latest) = (json!({"VersionNumber": 1}), json!({"LatestVersion": true}));
    let diff = app
        .ok("GetSchemaVersionsDiff", between(&one, &latest))
        .await;
    let wanted = r#"[{"op":"replace","path":"/fields/0/type","value":"long"},{"op":"add","path":"/fields/1","value":{"default":"","name":"b","type":"string"}}]"#;
    assert_eq!(diff, json!({"Diff": wanted}));
    let same = app.ok("GetSchemaVersionsDiff", between(&one, &one)).await;
    assert_eq!(same, json!({"Diff": "[]"}));

    let missing = app
        .refused(
            "GetSchemaVersionsDiff",
            between(&one, &json!({"VersionNumber": 3})),
        )
        .await;
    assert!(
        missing.1.starts_with("Schema version is not found. "),
        "{missing:?}"
    );
    let mut other = between(&one, &latest);
    other["SchemaDiffType"] = json!("TEXT");
    assert_eq!(
        app.refused("GetSchemaVersionsDiff", other).await.0,
        "ValidationException"
    );
    let neither = app
        .refused("GetSchemaVersionsDiff", between(&one, &json!({})))
        .await;
    assert_eq!(
        neither.1,
        "One of version number (or) latest version is required."
    );
}

#[tokio::test]
async fn validity_is_an_answer_and_only_a_bad_request_an_error() {
    let app = App::start().await;
    let check = |format: &str, text: &str| json!({"DataFormat": format, "SchemaDefinition": text});
    for (format, text) in [
        ("AVRO", avro("A").as_str()),
        ("JSON", "{}"),
        ("PROTOBUF", "syntax = \"proto3\"; message M {}"),
    ] {
        assert_eq!(
            app.ok("CheckSchemaVersionValidity", check(format, text))
                .await,
            json!({"Valid": true})
        );
    }
    let huge = json!({"type": "record", "name": "x".repeat(100_000), "fields": 1}).to_string();
    for (format, text) in [
        ("AVRO", "{"),
        ("JSON", "1"),
        ("PROTOBUF", "message"),
        ("AVRO", &huge),
    ] {
        let checked = app
            .ok("CheckSchemaVersionValidity", check(format, text))
            .await;
        assert_eq!(checked["Valid"], false);
        let error = checked["Error"].as_str().unwrap();
        assert!((1..=5_000).contains(&error.chars().count()), "{error}");
    }
    let refused = app
        .refused("CheckSchemaVersionValidity", check("XML", "<a/>"))
        .await;
    assert_eq!(
        refused,
        (
            "InvalidInputException".to_owned(),
            "Data format is not valid.".to_owned()
        )
    );
    assert_eq!(
        app.refused("CheckSchemaVersionValidity", check("AVRO", " "))
            .await
            .0,
        "InvalidInputException"
    );
    assert_eq!(
        app.refused("CheckSchemaVersionValidity", json!({"DataFormat": "AVRO"}))
            .await
            .0,
        "ValidationException"
    );
}

#[tokio::test]
async fn exact_matching_tells_texts_apart_that_say_the_same() {
    let app = App::with([("stub.definition_match", "exact")]).await;
    let id = app
        .create("r", "s", r#"{"type":"record","name":"A","fields":[]}"#)
        .await;
    let spaced = r#"{"type": "record", "name": "A", "fields": []}"#;
    let lookup =
        json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": spaced});
    assert_eq!(
        app.refused("GetSchemaByDefinition", lookup.clone()).await.1,
        "Schema version is not found."
    );
    let second = app.register("r", "s", spaced).await.ok();
    assert_eq!(second["VersionNumber"], 2);
    assert_eq!(
        app.ok("GetSchemaByDefinition", lookup).await["SchemaVersionId"],
        second["SchemaVersionId"]
    );
    let first = app
        .register("r", "s", r#"{"type":"record","name":"A","fields":[]}"#)
        .await
        .ok();
    assert_eq!(first["SchemaVersionId"], id.as_str());
}

#[tokio::test]
async fn protobuf_is_the_same_word_by_word() {
    let app = App::start().await;
    let create = json!({"SchemaName": "p", "DataFormat": "PROTOBUF", "Compatibility": "BACKWARD", "SchemaDefinition": "syntax = \"proto3\"; message M { }"});
    let created = app.ok("CreateSchema", create).await;
    let again = json!({"SchemaId": {"SchemaName": "p"}, "SchemaDefinition": "// mine\nsyntax=\"proto3\";\nmessage M {}\n"});
    assert_eq!(
        app.ok("RegisterSchemaVersion", again).await["SchemaVersionId"],
        created["SchemaVersionId"]
    );
}
