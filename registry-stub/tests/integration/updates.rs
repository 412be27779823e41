//! `UpdateRegistry` and `UpdateSchema`: what they change, what they want.

use serde_json::{Value, json};

use crate::harness::{App, avro, members};

fn schema_id() -> Value {
    json!({"RegistryName": "r", "SchemaName": "s"})
}

async fn numbers(app: &App) -> [Value; 3] {
    let shown = app.ok("GetSchema", json!({"SchemaId": schema_id()})).await;
    ["SchemaCheckpoint", "Compatibility", "Description"].map(|name| shown[name].clone())
}

#[tokio::test]
async fn a_registrys_description_changes_and_its_time() {
    let app = App::start().await;
    app.ok("CreateRegistry", json!({"RegistryName": "r"})).await;
    let id = json!({"RegistryName": "r"});
    let before = app.ok("GetRegistry", json!({"RegistryId": id})).await;
    let arn = json!({"RegistryArn": before["RegistryArn"]});
    let updated = app
        .ok(
            "UpdateRegistry",
            json!({"RegistryId": arn, "Description": "new"}),
        )
        .await;
    assert_eq!(
        updated,
        json!({"RegistryName": "r", "RegistryArn": "arn:aws:glue:us-east-1:000000000000:registry/r"})
    );
    let after = app.ok("GetRegistry", json!({"RegistryId": id})).await;
    assert_eq!(after["Description"], "new");
    assert_eq!(after["CreatedTime"], before["CreatedTime"]);
    assert!(after["UpdatedTime"].as_str() >= before["UpdatedTime"].as_str());
    let table = [
        (
            json!({"RegistryId": {"RegistryName": "q"}, "Description": ""}),
            "EntityNotFoundException",
        ),
        (json!({"RegistryId": id}), "ValidationException"),
        (
            json!({"RegistryId": id, "Description": "x".repeat(2_049)}),
            "InvalidInputException",
        ),
    ];
    for (input, kind) in table {
        assert_eq!(app.refused("UpdateRegistry", input).await.0, kind);
    }
}

#[tokio::test]
async fn an_update_of_a_schema_moves_mode_checkpoint_and_description() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    app.register("r", "s", &avro("B")).await.ok();
    let updated = app
        .ok(
            "UpdateSchema",
            json!({"SchemaId": schema_id(), "SchemaVersionNumber": {"LatestVersion": true}, "Compatibility": "DISABLED", "Description": "d"}),
        )
        .await;
    assert_eq!(members(&updated), "SchemaArn SchemaName RegistryName");
    assert_eq!(
        numbers(&app).await,
        [json!(2), json!("DISABLED"), json!("d")]
    );
    assert_eq!(
        app.register("r", "s", &avro("C")).await.refused().0,
        "InvalidInputException"
    );

    let description = json!({"SchemaId": schema_id(), "Description": ""});
    app.ok("UpdateSchema", description).await;
    assert_eq!(
        numbers(&app).await,
        [json!(2), json!("DISABLED"), json!("")]
    );
    let mode = json!({"SchemaId": schema_id(), "Compatibility": "NONE", "SchemaVersionNumber": {}});
    app.ok("UpdateSchema", mode).await;
    assert_eq!(numbers(&app).await, [json!(2), json!("NONE"), json!("")]);
    app.register("r", "s", &avro("C")).await.ok();
    let checkpoint = json!({"SchemaId": schema_id(), "SchemaVersionNumber": {"VersionNumber": 1, "LatestVersion": false}});
    app.ok("UpdateSchema", checkpoint).await;
    assert_eq!(numbers(&app).await, [json!(1), json!("NONE"), json!("")]);
}

#[tokio::test]
async fn an_update_that_cannot_be_made_changes_nothing() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    let one = json!({"VersionNumber": 1});
    let table = [
        (
            json!({"SchemaId": schema_id()}),
            "InvalidInputException",
            "One of VersionNumber or Compatibility has to be provided.",
        ),
        (
            json!({"SchemaId": schema_id(), "Compatibility": "SOME", "SchemaVersionNumber": {"VersionNumber": 7}}),
            "InvalidInputException",
            "Compatibility is not valid.",
        ),
        (
            json!({"SchemaId": schema_id(), "Compatibility": "FULL", "SchemaVersionNumber": {"VersionNumber": 7}}),
            "EntityNotFoundException",
            "Schema version is not found. RegistryName: r, SchemaName: s, SchemaArn: null, VersionNumber: 7, isLatestVersion: false",
        ),
        (
            json!({"SchemaId": schema_id(), "Compatibility": "FULL", "SchemaVersionNumber": {"VersionNumber": 1, "LatestVersion": true}}),
            "InvalidInputException",
            "Only one of VersionNumber or LatestVersion is required.",
        ),
        (
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "t"}, "SchemaVersionNumber": one}),
            "EntityNotFoundException",
            "Schema is not found. RegistryName: r, SchemaName: t, SchemaArn: null",
        ),
    ];
    for (input, kind, message) in table {
        let refused = app.refused("UpdateSchema", input).await;
        assert_eq!(refused, (kind.to_owned(), message.to_owned()));
    }
    assert_eq!(
        numbers(&app).await,
        [json!(1), json!("BACKWARD"), Value::Null]
    );
}

#[tokio::test]
async fn strict_validation_wants_what_aws_documents() {
    let app = App::with([("stub.validation", "strict")]).await;
    app.create("r", "s", &avro("A")).await;
    let table = [
        (
            "GetSchema",
            json!({"SchemaId": {"SchemaName": "s"}}),
            "At least one of (registryName and schemaName) or schemaArn has to be provided.",
        ),
        (
            "UpdateSchema",
            json!({"SchemaId": schema_id(), "Compatibility": "NONE"}),
            "One of version number (or) latest version is required.",
        ),
        (
            "UpdateSchema",
            json!({"SchemaId": schema_id(), "Description": "d"}),
            "One of VersionNumber or Compatibility has to be provided.",
        ),
    ];
    for (operation, input, message) in table {
        assert_eq!(app.refused(operation, input).await.1, message);
    }
    let full = json!({"SchemaId": schema_id(), "Compatibility": "NONE", "SchemaVersionNumber": {"VersionNumber": 1}});
    app.ok("UpdateSchema", full).await;
}
