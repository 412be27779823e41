//! What the Java serde and its kin do: look up, branch on the text, create or register.

use serde_json::json;

use crate::harness::{App, avro};

#[tokio::test]
async fn the_two_texts_lead_a_client_from_nothing_to_a_second_version() {
    let app = App::start().await;
    let by_definition = |definition: &str| json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": definition});
    let not_found = |text: &str| ("EntityNotFoundException".to_owned(), text.to_owned());

    let refused = app
        .refused("GetSchemaByDefinition", by_definition(&avro("A")))
        .await;
    assert_eq!(
        refused,
        not_found("Schema is not found."),
        "also when the registry is missing"
    );
    app.ok("CreateRegistry", json!({"RegistryName": "r"})).await;
    let refused = app
        .refused("GetSchemaByDefinition", by_definition(&avro("A")))
        .await;
    assert_eq!(refused, not_found("Schema is not found."));

    let create = json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "s", "DataFormat": "AVRO", "Compatibility": "BACKWARD", "Description": "", "Tags": {}, "SchemaDefinition": avro("A")});
    let created = app.ok("CreateSchema", create.clone()).await;
    let found = app
        .ok("GetSchemaByDefinition", by_definition(&avro("A")))
        .await;
    assert_eq!(
        (&found["SchemaVersionId"], &found["Status"]),
        (&created["SchemaVersionId"], &json!("AVAILABLE"))
    );

    let refused = app
        .refused("GetSchemaByDefinition", by_definition(&avro("B")))
        .await;
    assert_eq!(refused, not_found("Schema version is not found."));
    assert_eq!(
        app.refused("CreateSchema", create).await.0,
        "AlreadyExistsException"
    );
    let registered = app
        .ok("RegisterSchemaVersion", by_definition(&avro("B")))
        .await;
    let shown = app
        .ok(
            "GetSchemaVersion",
            json!({"SchemaVersionId": registered["SchemaVersionId"]}),
        )
        .await;
    assert_eq!(
        (&shown["Status"], &shown["VersionNumber"]),
        (&json!("AVAILABLE"), &json!(2))
    );
    assert_eq!(shown["SchemaDefinition"], avro("B"));
}

#[tokio::test]
async fn a_definition_that_could_never_be_stored_is_simply_not_found() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    for definition in ["{", " ", "syntax = \"proto3\";"] {
        let input = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": definition});
        assert_eq!(
            app.refused("GetSchemaByDefinition", input).await.1,
            "Schema version is not found."
        );
    }
}

#[tokio::test]
async fn many_clients_that_register_one_definition_at_once_get_one_version() {
    let app = std::sync::Arc::new(App::start().await);
    app.create("r", "s", &avro("A")).await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let app = std::sync::Arc::clone(&app);
        clients.spawn(async move {
            let input = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": avro("B")});
            app.ok("RegisterSchemaVersion", input).await["SchemaVersionId"].clone()
        });
    }
    let mut ids = clients.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let listed = app
        .ok(
            "ListSchemaVersions",
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}}),
        )
        .await;
    assert_eq!(listed["Schemas"].as_array().unwrap().len(), 2);
}
