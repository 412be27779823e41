//! Schemas: members, texts, order of checks, the default registry.

use serde_json::{Value, json};

use crate::harness::{App, avro, is_time, members};

#[tokio::test]
async fn a_schema_is_created_with_its_first_version() {
    let app = App::start().await;
    app.ok("CreateRegistry", json!({"RegistryName": "customer"}))
        .await;
    let input = json!({"RegistryId": {"RegistryName": "customer"}, "SchemaName": "orders-value", "DataFormat": "AVRO", "Compatibility": "BACKWARD", "Description": "d", "Tags": {"k": "v"}, "SchemaDefinition": avro("A")});
    let created = app.ok("CreateSchema", input.clone()).await;
    let wanted = json!({
        "RegistryName": "customer", "RegistryArn": "arn:aws:glue:us-east-1:000000000000:registry/customer",
        "SchemaName": "orders-value", "SchemaArn": "arn:aws:glue:us-east-1:000000000000:schema/customer/orders-value",
        "Description": "d", "DataFormat": "AVRO", "Compatibility": "BACKWARD", "SchemaCheckpoint": 1,
        "LatestSchemaVersion": 1, "NextSchemaVersion": 2, "SchemaStatus": "AVAILABLE", "Tags": {"k": "v"},
        "SchemaVersionId": created["SchemaVersionId"], "SchemaVersionStatus": "AVAILABLE"
    });
    assert_eq!(created, wanted);
    let again = app.refused("CreateSchema", input).await;
    assert_eq!(
        again,
        (
            "AlreadyExistsException".to_owned(),
            "Schema already exists. SchemaName: orders-value".to_owned()
        )
    );

    let shown = app
        .ok(
            "GetSchema",
            json!({"SchemaId": {"SchemaArn": wanted["SchemaArn"]}}),
        )
        .await;
    assert_eq!(
        members(&shown),
        "RegistryName RegistryArn SchemaName SchemaArn Description DataFormat Compatibility SchemaCheckpoint LatestSchemaVersion NextSchemaVersion SchemaStatus CreatedTime UpdatedTime"
    );
    assert!(is_time(&shown["CreatedTime"]));
}

#[tokio::test]
async fn only_the_default_registry_is_made_by_the_way() {
    let app = App::start().await;
    let schema = |name: &str, id: Value| json!({"RegistryId": id, "SchemaName": name, "DataFormat": "JSON", "Compatibility": "NONE", "SchemaDefinition": "{}"});
    let bad = json!({"SchemaName": "s", "DataFormat": "JSON", "Compatibility": "NONE", "SchemaDefinition": "nope"});
    assert_eq!(
        app.refused("CreateSchema", bad).await.0,
        "InvalidInputException"
    );
    assert_eq!(
        app.ok("ListRegistries", json!({})).await,
        json!({"Registries": []}),
        "a refused request leaves nothing behind"
    );
    for (name, id) in [
        ("a", Value::Null),
        ("b", json!({})),
        ("c", json!({"RegistryName": "default-registry"})),
        (
            "d",
            json!({"RegistryArn": "arn:aws:glue:us-east-1:000000000000:registry/default-registry"}),
        ),
    ] {
        assert_eq!(
            app.ok("CreateSchema", schema(name, id)).await["RegistryName"],
            "default-registry"
        );
    }
    let refused = app
        .refused(
            "CreateSchema",
            schema("e", json!({"RegistryName": "other"})),
        )
        .await;
    assert_eq!(
        refused,
        (
            "EntityNotFoundException".to_owned(),
            "Registry is not found. RegistryName: other".to_owned()
        )
    );
    let shown = app
        .ok("GetSchema", json!({"SchemaId": {"SchemaName": "a"}}))
        .await;
    assert_eq!(
        shown["RegistryName"], "default-registry",
        "a schema's registry may be left out, too"
    );
}

#[tokio::test]
async fn a_schema_without_a_definition_has_no_version() {
    let app = App::start().await;
    let created = app
        .ok(
            "CreateSchema",
            json!({"SchemaName": "s", "DataFormat": "AVRO", "Compatibility": "FULL"}),
        )
        .await;
    assert_eq!(created["NextSchemaVersion"], 1);
    for member in [
        "LatestSchemaVersion",
        "SchemaVersionId",
        "SchemaVersionStatus",
    ] {
        assert!(created.get(member).is_none(), "{member}");
    }
    let latest =
        json!({"SchemaId": {"SchemaName": "s"}, "SchemaVersionNumber": {"LatestVersion": true}});
    let refused = app.refused("GetSchemaVersion", latest).await;
    assert_eq!(
        refused.1,
        "Schema version is not found. RegistryName: null, SchemaName: s, SchemaArn: null, VersionNumber: null, isLatestVersion: true"
    );
    let registered = app
        .ok(
            "RegisterSchemaVersion",
            json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": avro("A")}),
        )
        .await;
    assert_eq!(registered["VersionNumber"], 1);
}

#[tokio::test]
async fn the_checks_of_create_schema_come_in_this_order() {
    let app = App::with([("stub.quotas.schemas", "1")]).await;
    app.create("r", "s", &avro("A")).await;
    let text = |kind: &str, message: &str| (kind.to_owned(), message.to_owned());
    let mut input = json!({"RegistryId": {"RegistryName": "nope"}, "SchemaName": "s p", "DataFormat": "XML", "Compatibility": "SOME", "SchemaDefinition": "{"});
    let steps = [
        (
            "/SchemaName",
            json!("s"),
            text(
                "InvalidInputException",
                "The parameter value contains one or more characters that are not valid. Parameter Name: schemaName",
            ),
        ),
        (
            "/RegistryId/RegistryName",
            json!("r"),
            text(
                "EntityNotFoundException",
                "Registry is not found. RegistryName: nope",
            ),
        ),
        (
            "/DataFormat",
            json!("AVRO"),
            text("InvalidInputException", "Data format is not valid."),
        ),
        (
            "/Compatibility",
            json!("NONE"),
            text("InvalidInputException", "Compatibility is not valid."),
        ),
        (
            "/SchemaDefinition",
            json!(avro("A")),
            text(
                "InvalidInputException",
                "Schema definition of AVRO data format is invalid: ",
            ),
        ),
        (
            "/SchemaName",
            json!("s"),
            text(
                "ResourceNumberLimitExceededException",
                "More schemas cannot be created. The maximum limit has been reached.",
            ),
        ),
    ];
    for (member, repaired, wanted) in steps {
        let refused = app.refused("CreateSchema", input.clone()).await;
        assert_eq!(refused.0, wanted.0);
        assert!(refused.1.starts_with(&wanted.1), "{refused:?}");
        *input.pointer_mut(member).unwrap() = repaired;
    }
    let absent = json!({"SchemaName": "t", "DataFormat": "AVRO", "SchemaDefinition": avro("A")});
    assert_eq!(
        app.refused("CreateSchema", absent).await.1,
        "Compatibility is not valid."
    );
}

#[tokio::test]
async fn protobuf_that_is_none_is_refused_with_the_reason() {
    let app = App::start().await;
    let input = json!({"SchemaName": "s", "DataFormat": "PROTOBUF", "Compatibility": "NONE", "SchemaDefinition": "syntax = \"proto3\"; import \"other.proto\";"});
    let refused = app.refused("CreateSchema", input).await;
    assert_eq!(
        refused.1,
        "Schema definition of PROTOBUF data format is invalid: import \"other.proto\" is not available"
    );
}
