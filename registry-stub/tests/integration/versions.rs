//! Versions: members, texts, the same definition, limits.

use serde_json::{Value, json};

use crate::harness::{App, avro, members};

const ARN: &str = "arn:aws:glue:us-east-1:000000000000:schema/r/s";

fn schema_id() -> Value {
    json!({"RegistryName": "r", "SchemaName": "s"})
}

fn of_definition(definition: &str) -> Value {
    json!({"SchemaId": schema_id(), "SchemaDefinition": definition})
}

#[tokio::test]
async fn a_definition_belongs_to_its_schema_alone() {
    let app = App::start().await;
    let one = app.create("r", "s", &avro("A")).await;
    let created = app.ok("CreateSchema", json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "t", "DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": avro("A")})).await;
    assert_ne!(created["SchemaVersionId"], one.as_str());
}

#[tokio::test]
async fn disabled_refuses_every_new_registration() {
    let app = App::start().await;
    app.ok("CreateRegistry", json!({"RegistryName": "r"})).await;
    app.ok("CreateSchema", json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "s", "DataFormat": "AVRO", "Compatibility": "DISABLED", "SchemaDefinition": avro("A")})).await;
    for definition in [avro("A"), avro("B"), "{".to_owned()] {
        let refused = app.refused("RegisterSchemaVersion", json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": definition})).await;
        let wanted = "Compatibility DISABLED does not allow versioning. SchemaId: SchemaId(schemaArn=null, schemaName=s, registryName=r)";
        assert_eq!(
            refused,
            ("InvalidInputException".to_owned(), wanted.to_owned())
        );
    }
}

#[tokio::test]
async fn limits_refuse_what_goes_beyond_and_leave_the_rest_alone() {
    let app = App::with([
        ("stub.quotas.registries", "1"),
        ("stub.quotas.schema_versions", "2"),
    ])
    .await;
    let id = app.create("r", "s", &avro("A")).await;
    let refused = app
        .refused("CreateRegistry", json!({"RegistryName": "q"}))
        .await;
    assert_eq!(
        refused,
        (
            "ResourceNumberLimitExceededException".to_owned(),
            "More registries cannot be created. The maximum limit has been reached.".to_owned()
        )
    );
    let schema = json!({"RegistryName": "r", "SchemaName": "s"});
    app.ok(
        "RegisterSchemaVersion",
        json!({"SchemaId": schema, "SchemaDefinition": avro("B")}),
    )
    .await;
    let refused = app
        .refused(
            "RegisterSchemaVersion",
            json!({"SchemaId": schema, "SchemaDefinition": avro("C")}),
        )
        .await;
    assert_eq!(
        refused.1,
        "More schema versions cannot be created. The maximum limit has been reached."
    );
    let again = app
        .ok(
            "RegisterSchemaVersion",
            json!({"SchemaId": schema, "SchemaDefinition": avro("A")}),
        )
        .await;
    assert_eq!(
        again["SchemaVersionId"],
        id.as_str(),
        "a known definition needs no room"
    );
    let refused = app.refused("CreateSchema", json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "t", "DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": avro("A")})).await;
    assert_eq!(refused.0, "ResourceNumberLimitExceededException");
    assert_eq!(
        app.refused(
            "GetSchema",
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "t"}})
        )
        .await
        .0,
        "EntityNotFoundException",
        "nothing half-made"
    );
}

#[tokio::test]
async fn the_same_definition_keeps_its_version() {
    let app = App::start().await;
    let id = app
        .create(
            "r",
            "s",
            r#"{"type":"record","name":"A","fields":[],"doc":"\u00e9 é"}"#,
        )
        .await;
    let same = r#" { "doc" : "é é", "name" : "A", "fields" : [ ], "type" : "record" } "#;
    assert_eq!(
        app.register("r", "s", same).await.ok(),
        json!({"SchemaVersionId": id, "VersionNumber": 1, "Status": "AVAILABLE"})
    );
    let found = app.ok("GetSchemaByDefinition", of_definition(same)).await;
    assert_eq!(
        members(&found),
        "SchemaVersionId SchemaArn DataFormat Status CreatedTime"
    );
    assert_eq!(found["SchemaVersionId"], id.as_str());
}

#[tokio::test]
async fn a_definition_comes_back_byte_for_byte() {
    let app = App::start().await;
    let definition =
        "{ \"type\":\"record\",\n\t\"name\":\"A\" , \"fields\":[ ] , \"doc\":\"\\u00e9 é\" }\r\n";
    let id = app.create("r", "s", definition).await;
    let shown = app
        .ok("GetSchemaVersion", json!({"SchemaVersionId": id}))
        .await;
    assert_eq!(shown["SchemaDefinition"], definition);
    assert_eq!(
        members(&shown),
        "SchemaVersionId SchemaDefinition DataFormat SchemaArn VersionNumber Status CreatedTime"
    );
}

#[tokio::test]
async fn a_new_version_moves_the_numbers_and_not_the_checkpoint() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    let second = app.register("r", "s", &avro("B")).await.ok();
    assert_eq!(
        (&second["VersionNumber"], &second["Status"]),
        (&json!(2), &json!("AVAILABLE"))
    );
    let shown = app.ok("GetSchema", json!({"SchemaId": schema_id()})).await;
    let numbers = [
        "SchemaCheckpoint",
        "LatestSchemaVersion",
        "NextSchemaVersion",
    ]
    .map(|name| shown[name].as_u64());
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
}

#[tokio::test]
async fn a_version_is_asked_for_in_one_way() {
    let app = App::start().await;
    let id = app.create("r", "s", &avro("A")).await;
    let (schema, arn) = (schema_id(), json!({"SchemaArn": ARN}));
    for input in [
        json!({"SchemaVersionId": id}),
        json!({"SchemaVersionId": id, "SchemaId": {}, "SchemaVersionNumber": {}}),
        json!({"SchemaId": schema, "SchemaVersionNumber": {"VersionNumber": 1}}),
        json!({"SchemaId": schema, "SchemaVersionNumber": {"VersionNumber": 1, "LatestVersion": false}}),
        json!({"SchemaId": arn, "SchemaVersionNumber": {"LatestVersion": true}}),
    ] {
        let shown = app.ok("GetSchemaVersion", input.clone()).await;
        assert_eq!(shown["SchemaVersionId"], id.as_str(), "{input}");
    }
}

#[tokio::test]
async fn a_version_that_is_named_twice_or_not_at_all_is_refused() {
    let app = App::start().await;
    let id = app.create("r", "s", &avro("A")).await;
    let (schema, one) = (schema_id(), json!({"VersionNumber": 1}));
    let not_named =
        "At least one of (registryName and schemaName) or schemaArn has to be provided.";
    let not_alone = "No other input parameters can be specified when fetching by SchemaVersionId.";
    let table = [
        (json!({}), not_named),
        (
            json!({"SchemaId": {"RegistryName": "r"}, "SchemaVersionNumber": one}),
            not_named,
        ),
        (
            json!({"SchemaId": {"SchemaArn": ARN, "SchemaName": "s"}}),
            "One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided.",
        ),
        (
            json!({"SchemaId": schema}),
            "One of version number (or) latest version is required.",
        ),
        (
            json!({"SchemaId": schema, "SchemaVersionNumber": {"VersionNumber": 1, "LatestVersion": true}}),
            "Only one of VersionNumber or LatestVersion is required.",
        ),
        (
            json!({"SchemaVersionId": id, "SchemaId": schema}),
            not_alone,
        ),
        (
            json!({"SchemaVersionId": id, "SchemaVersionNumber": one}),
            not_alone,
        ),
        (
            json!({"SchemaVersionId": "x"}),
            "The parameter value contains one or more characters that are not valid. Parameter Name: SchemaVersionId",
        ),
    ];
    for (input, message) in table {
        let refused = app.refused("GetSchemaVersion", input.clone()).await;
        assert_eq!(
            refused,
            ("InvalidInputException".to_owned(), message.to_owned()),
            "{input}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_in_the_answer() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    let one = json!({"VersionNumber": 1});
    let other_arn = "arn:aws:glue:us-east-1:000000000000:schema/r/t";
    let table = [
        (
            json!({"SchemaVersionId": "00000000-0000-0000-0000-000000000000"}),
            "Schema version is not found. SchemaVersionId: 00000000-0000-0000-0000-000000000000",
        ),
        (
            json!({"SchemaId": schema_id(), "SchemaVersionNumber": {"VersionNumber": 2}}),
            "Schema version is not found. RegistryName: r, SchemaName: s, SchemaArn: null, VersionNumber: 2, isLatestVersion: false",
        ),
        (
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "t"}, "SchemaVersionNumber": one}),
            "Schema is not found. RegistryName: r, SchemaName: t, SchemaArn: null",
        ),
        (
            json!({"SchemaId": {"SchemaArn": other_arn}, "SchemaVersionNumber": one}),
            "Schema is not found. RegistryName: null, SchemaName: null, SchemaArn: arn:aws:glue:us-east-1:000000000000:schema/r/t",
        ),
    ];
    for (input, message) in table {
        let refused = app.refused("GetSchemaVersion", input.clone()).await;
        assert_eq!(
            refused,
            ("EntityNotFoundException".to_owned(), message.to_owned()),
            "{input}"
        );
    }
}
