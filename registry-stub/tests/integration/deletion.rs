//! Deletions: what goes along, what is refused, what comes after.

use serde_json::{Value, json};

use crate::harness::{App, avro, members, send};

fn schema_id() -> Value {
    json!({"RegistryName": "r", "SchemaName": "s"})
}

/// A schema with the versions 1 to `count`; their ids.
async fn history(app: &App, count: usize) -> Vec<String> {
    let mut ids = vec![app.create("r", "s", &avro("V1")).await];
    for number in 2..=count {
        let version = app
            .register("r", "s", &avro(&format!("V{number}")))
            .await
            .ok();
        ids.push(version["SchemaVersionId"].as_str().unwrap().to_owned());
    }
    ids
}

async fn delete(app: &App, versions: &str) -> Value {
    let input = json!({"SchemaId": schema_id(), "Versions": versions});
    app.ok("DeleteSchemaVersions", input).await
}

async fn is_gone(app: &App, id: &str) -> bool {
    let answer = app
        .call("GetSchemaVersion", json!({"SchemaVersionId": id}))
        .await;
    answer.status == 400
        && answer.refused().1 == format!("Schema version is not found. SchemaVersionId: {id}")
}

#[tokio::test]
async fn a_schema_goes_with_its_versions_and_its_name_is_free() {
    let app = App::start().await;
    let ids = history(&app, 3).await;
    let other = json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "s2", "DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": avro("V1")});
    let other = app.ok("CreateSchema", other).await;
    let deleted = app
        .ok("DeleteSchema", json!({"SchemaId": schema_id()}))
        .await;
    assert_eq!(
        deleted,
        json!({"SchemaArn": "arn:aws:glue:us-east-1:000000000000:schema/r/s", "SchemaName": "s", "Status": "DELETING"})
    );
    for id in &ids {
        assert!(is_gone(&app, id).await, "{id}");
    }
    assert!(!is_gone(&app, other["SchemaVersionId"].as_str().unwrap()).await);
    for operation in ["GetSchema", "DeleteSchema", "ListSchemaVersions"] {
        let refused = app
            .refused(operation, json!({"SchemaId": schema_id()}))
            .await;
        let wanted = "Schema is not found. RegistryName: r, SchemaName: s, SchemaArn: null";
        assert_eq!(
            refused,
            ("EntityNotFoundException".to_owned(), wanted.to_owned())
        );
    }
    let again = json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "s", "DataFormat": "JSON", "Compatibility": "NONE", "SchemaDefinition": "{}"});
    let again = app.ok("CreateSchema", again).await;
    assert_eq!(again["NextSchemaVersion"], 2);
}

#[tokio::test]
async fn a_registry_goes_with_all_that_is_in_it() {
    let app = App::with([("stub.quotas.registries", "1")]).await;
    let ids = history(&app, 2).await;
    let id = json!({"RegistryId": {"RegistryName": "r"}});
    let deleted = app.ok("DeleteRegistry", id.clone()).await;
    assert_eq!(members(&deleted), "RegistryName RegistryArn Status");
    assert_eq!(deleted["Status"], "DELETING");
    assert!(is_gone(&app, &ids[0]).await && is_gone(&app, &ids[1]).await);
    let refused = app.refused("DeleteRegistry", id).await;
    assert_eq!(refused.1, "Registry is not found. RegistryName: r");
    let listed = app.ok("ListSchemas", json!({})).await;
    assert_eq!(listed, json!({"Schemas": []}));
    let metrics = send(app.stub.address, "GET", "/metrics", &[], b"")
        .await
        .body;
    assert!(metrics.contains("gluestream_stub_schemas 0"));
    assert_eq!(history(&app, 1).await.len(), 1, "it takes no room any more");
    app.refused("DeleteRegistry", json!({"RegistryId": {}}))
        .await;
}

#[tokio::test]
async fn numbers_are_not_given_again_and_latest_falls_back() {
    let app = App::start().await;
    let ids = history(&app, 5).await;
    let pair = json!({"MetadataKey": "k", "MetadataValue": "v"});
    let metadata = json!({"SchemaVersionId": ids[4], "MetadataKeyValue": pair});
    app.ok("PutSchemaVersionMetadata", metadata).await;
    assert_eq!(
        delete(&app, "4-5").await,
        json!({"SchemaVersionErrors": []})
    );
    assert!(is_gone(&app, &ids[3]).await && is_gone(&app, &ids[4]).await);
    let shown = app.ok("GetSchema", json!({"SchemaId": schema_id()})).await;
    assert_eq!(
        (&shown["LatestSchemaVersion"], &shown["NextSchemaVersion"]),
        (&json!(3), &json!(6))
    );
    let again = app.register("r", "s", &avro("V5")).await.ok();
    assert_eq!(again["VersionNumber"], 6);
    assert_ne!(again["SchemaVersionId"], ids[4].as_str());
    let query = json!({"SchemaVersionId": again["SchemaVersionId"]});
    let found = app.ok("QuerySchemaVersionMetadata", query).await;
    assert_eq!(found["MetadataInfoMap"], json!({}));
}

#[tokio::test]
async fn versions_that_are_not_there_are_named_and_the_others_go() {
    let app = App::start().await;
    let ids = history(&app, 3).await;
    let deleted = delete(&app, "3-5").await;
    let error = |number: u64| {
        json!({"VersionNumber": number, "ErrorDetails": {"ErrorCode": "EntityNotFoundException",
            "ErrorMessage": format!("Schema version is not found. RegistryName: r, SchemaName: s, SchemaArn: null, VersionNumber: {number}, isLatestVersion: false")}})
    };
    assert_eq!(
        deleted,
        json!({"SchemaVersionErrors": [error(4), error(5)]})
    );
    assert!(is_gone(&app, &ids[2]).await && !is_gone(&app, &ids[1]).await);
}

#[tokio::test]
async fn a_range_that_may_not_go_stays_whole() {
    let app = App::start().await;
    let ids = history(&app, 4).await;
    let checkpoint = json!({"SchemaId": schema_id(), "SchemaVersionNumber": {"VersionNumber": 3}});
    app.ok("UpdateSchema", checkpoint).await;
    let characters = "The parameter value contains one or more characters that are not valid. Parameter Name: versions";
    let length =
        "The resource name contains too many or too few characters. Parameter Name: versions";
    for (versions, message) in [
        (
            "2-4",
            "The checkpoint version cannot be deleted. VersionNumber: 3",
        ),
        (
            "3",
            "The checkpoint version cannot be deleted. VersionNumber: 3",
        ),
        (
            "1-2",
            "The first version cannot be deleted. Delete the schema instead.",
        ),
        (
            "4-2",
            "The first version of a range must not be higher than the last.",
        ),
        ("4-29", "No more than 25 versions can be deleted at once."),
        ("", length),
        (&"1".repeat(100_001), length),
        ("0", characters),
        ("4-", characters),
        ("-4", characters),
        ("+4", characters),
        ("4 ", characters),
        ("04", characters),
        ("4-5-6", characters),
        ("99999999999999999999", characters),
    ] {
        let input = json!({"SchemaId": schema_id(), "Versions": versions});
        let refused = app.refused("DeleteSchemaVersions", input).await;
        assert_eq!(
            refused,
            ("InvalidInputException".to_owned(), message.to_owned())
        );
    }
    for id in &ids {
        assert!(!is_gone(&app, id).await, "{id}");
    }
    delete(&app, "4-28").await;
    assert!(is_gone(&app, &ids[3]).await);
}
