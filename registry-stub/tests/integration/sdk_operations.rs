//! Every operation of the registry as the AWS SDK calls and reads it, long lists, and exceptions by their types.

use aws_sdk_glue::Client;
use aws_sdk_glue::types::{
    Compatibility, DataFormat, MetadataKeyValuePair, RegistryId, RegistryStatus, SchemaDiffType,
    SchemaStatus, SchemaVersionListItem, SchemaVersionNumber, SchemaVersionStatus,
};

use crate::harness::{App, avro, send};
use crate::sdk::{client, create, schema_id};

const ARN: &str = "arn:aws:glue:eu-west-1:000000000000";

const OPERATIONS: [&str; 23] = [
    "CreateRegistry",
    "GetRegistry",
    "ListRegistries",
    "UpdateRegistry",
    "DeleteRegistry",
    "CreateSchema",
    "GetSchema",
    "ListSchemas",
    "UpdateSchema",
    "DeleteSchema",
    "RegisterSchemaVersion",
    "GetSchemaVersion",
    "GetSchemaByDefinition",
    "GetSchemaVersionsDiff",
    "ListSchemaVersions",
    "DeleteSchemaVersions",
    "CheckSchemaVersionValidity",
    "PutSchemaVersionMetadata",
    "QuerySchemaVersionMetadata",
    "RemoveSchemaVersionMetadata",
    "GetTags",
    "TagResource",
    "UntagResource",
];

fn registry_id() -> RegistryId {
    RegistryId::builder().registry_name("customer").build()
}

fn number(number: i64) -> SchemaVersionNumber {
    SchemaVersionNumber::builder()
        .version_number(number)
        .build()
}

/// Updates, reads and lists a registry.
async fn registries(glue: &Client) {
    let updated = glue
        .update_registry()
        .registry_id(registry_id())
        .description("orders");
    let updated = updated.send().await.unwrap();
    let arn = format!("{ARN}:registry/customer");
    assert_eq!(updated.registry_name(), Some("customer"));
    assert_eq!(updated.registry_arn(), Some(arn.as_str()));
    let shown = glue.get_registry().registry_id(registry_id());
    let shown = shown.send().await.unwrap();
    assert_eq!(shown.description(), Some("orders"));
    assert_eq!(shown.status(), Some(&RegistryStatus::Available));
    let listed = glue.list_registries().send().await.unwrap();
    let [only] = listed.registries() else {
        panic!("{listed:?}");
    };
    assert_eq!(only.registry_arn(), Some(arn.as_str()));
    assert_eq!(
        (only.description(), listed.next_token()),
        (Some("orders"), None)
    );
}

/// Updates, reads and lists a schema.
async fn schemas(glue: &Client) {
    let updated = glue
        .update_schema()
        .schema_id(schema_id())
        .schema_version_number(number(1))
        .compatibility(Compatibility::None)
        .description("their lines");
    let updated = updated.send().await.unwrap();
    let arn = format!("{ARN}:schema/customer/orders-value");
    assert_eq!(updated.schema_arn(), Some(arn.as_str()));
    assert_eq!(updated.schema_name(), Some("orders-value"));
    let shown = glue
        .get_schema()
        .schema_id(schema_id())
        .send()
        .await
        .unwrap();
    assert_eq!(shown.compatibility(), Some(&Compatibility::None));
    assert_eq!(shown.description(), Some("their lines"));
    assert_eq!(shown.registry_name(), Some("customer"));
    assert_eq!(shown.schema_checkpoint(), Some(1));
    let listed = glue
        .list_schemas()
        .registry_id(registry_id())
        .send()
        .await
        .unwrap();
    let [only] = listed.schemas() else {
        panic!("{listed:?}");
    };
    assert_eq!(only.schema_arn(), Some(arn.as_str()));
    assert_eq!(only.schema_status(), Some(&SchemaStatus::Available));
}

/// Checks, registers, finds, lists and compares versions; the id of the second one.
async fn versions(glue: &Client, first: &str) -> String {
    for (text, valid) in [(avro("B"), true), ("{".to_owned(), false)] {
        let checked = glue.check_schema_version_validity();
        let checked = checked
            .data_format(DataFormat::Avro)
            .schema_definition(text);
        let checked = checked.send().await.unwrap();
        assert_eq!((checked.valid(), checked.error().is_none()), (valid, valid));
    }
    let added = glue.register_schema_version().schema_id(schema_id());
    let added = added.schema_definition(avro("B")).send().await.unwrap();
    let second = added.schema_version_id().unwrap().to_owned();
    assert_eq!(added.version_number(), Some(2));
    assert_eq!(added.status(), Some(&SchemaVersionStatus::Available));

    let shown = glue.get_schema_version().schema_id(schema_id());
    let shown = shown.schema_version_number(number(2)).send().await.unwrap();
    assert_eq!(shown.schema_version_id(), Some(second.as_str()));
    assert_eq!(shown.schema_definition(), Some(avro("B").as_str()));
    assert_eq!(shown.data_format(), Some(&DataFormat::Avro));
    assert!(shown.created_time().is_some());
    let found = glue.get_schema_by_definition().schema_id(schema_id());
    let found = found.schema_definition(avro("A")).send().await.unwrap();
    assert_eq!(found.schema_version_id(), Some(first));
    assert_eq!(found.status(), Some(&SchemaVersionStatus::Available));
    let listed = glue.list_schema_versions().schema_id(schema_id());
    let listed = listed.send().await.unwrap();
    let ids: Vec<_> = listed
        .schemas()
        .iter()
        .map(|one| one.schema_version_id())
        .collect();
    assert_eq!(ids, [Some(second.as_str()), Some(first)]);
    let diff = glue
        .get_schema_versions_diff()
        .schema_id(schema_id())
        .first_schema_version_number(number(1))
        .second_schema_version_number(number(2))
        .schema_diff_type(SchemaDiffType::SyntaxDiff);
    let diff = diff.send().await.unwrap();
    assert!(diff.diff().is_some_and(|diff| diff.contains("\"/name\"")));
    second
}

/// Puts, reads and removes metadata.
async fn metadata(glue: &Client, id: &str) {
    let pair = |value: &str| {
        let pair = MetadataKeyValuePair::builder().metadata_key("team");
        pair.metadata_value(value).build()
    };
    for value in ["one", "two"] {
        let put = glue.put_schema_version_metadata().schema_version_id(id);
        let put = put.metadata_key_value(pair(value)).send().await.unwrap();
        assert_eq!(
            (put.metadata_key(), put.metadata_value()),
            (Some("team"), Some(value))
        );
        assert_eq!(put.schema_version_id(), Some(id));
    }
    let removed = glue.remove_schema_version_metadata().schema_version_id(id);
    let removed = removed
        .metadata_key_value(pair("one"))
        .send()
        .await
        .unwrap();
    assert_eq!(removed.metadata_value(), Some("one"));
    let asked = glue.query_schema_version_metadata().schema_version_id(id);
    let asked = asked.send().await.unwrap();
    let info = &asked.metadata_info_map().unwrap()["team"];
    assert_eq!(info.metadata_value(), Some("two"));
    assert!(info.created_time().is_some() && info.other_metadata_value_list().is_empty());
}

/// Adds, reads and takes away tags.
async fn tags(glue: &Client) {
    let arn = format!("{ARN}:registry/customer");
    glue.tag_resource()
        .resource_arn(&arn)
        .tags_to_add("c", "d")
        .send()
        .await
        .unwrap();
    glue.untag_resource()
        .resource_arn(&arn)
        .tags_to_remove("a")
        .send()
        .await
        .unwrap();
    let shown = glue.get_tags().resource_arn(&arn).send().await.unwrap();
    let shown: Vec<_> = shown.tags().unwrap().iter().collect();
    assert_eq!(shown, [(&"c".to_owned(), &"d".to_owned())]);
}

/// Takes everything away, from the inside out.
async fn deletion(glue: &Client) {
    let deleted = glue.delete_schema_versions().schema_id(schema_id());
    let deleted = deleted.versions("2-3").send().await.unwrap();
    let [error] = deleted.schema_version_errors() else {
        panic!("{deleted:?}");
    };
    assert_eq!(error.version_number(), Some(3));
    let details = error.error_details().unwrap();
    assert_eq!(details.error_code(), Some("EntityNotFoundException"));
    let deleted = glue
        .delete_schema()
        .schema_id(schema_id())
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.schema_name(), Some("orders-value"));
    assert_eq!(deleted.status(), Some(&SchemaStatus::Deleting));
    let deleted = glue
        .delete_registry()
        .registry_id(registry_id())
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.registry_name(), Some("customer"));
    assert_eq!(deleted.status(), Some(&RegistryStatus::Deleting));
}

#[tokio::test]
async fn every_operation_is_called_and_read() {
    let app = App::start().await;
    let glue = client(&app, "eu-west-1", "");
    let first = create(&glue).await;
    registries(&glue).await;
    schemas(&glue).await;
    let second = versions(&glue, &first).await;
    metadata(&glue, &second).await;
    tags(&glue).await;
    deletion(&glue).await;
    let metrics = send(app.stub.address, "GET", "/metrics", &[], b"")
        .await
        .body;
    for operation in OPERATIONS {
        let none = format!(
            "gluestream_stub_requests_total{{operation=\"{operation}\",result=\"ok\"}} 0\n"
        );
        assert!(
            metrics.contains(operation) && !metrics.contains(&none),
            "{operation}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn paginators_go_to_the_end_of_long_lists() {
    let app = App::start().await;
    let glue = client(&app, "us-east-1", "");
    create(&glue).await;
    let any = glue.update_schema().schema_id(schema_id());
    let any = any.compatibility(Compatibility::None).send().await;
    any.unwrap();
    for number in 0..64 {
        let added = glue.create_schema().registry_id(registry_id());
        let added = added
            .schema_name(format!("s{number:02}"))
            .data_format(DataFormat::Json)
            .compatibility(Compatibility::None)
            .schema_definition("{}");
        added.send().await.unwrap();
        let added = glue.register_schema_version().schema_id(schema_id());
        added
            .schema_definition(avro("A").replace("\"id\"", &format!("\"id{number}\"")))
            .send()
            .await
            .unwrap();
    }
    let pages = glue
        .list_schemas()
        .registry_id(registry_id())
        .max_results(30);
    let mut pages = pages.into_paginator().send();
    let mut names = Vec::new();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.schemas().len());
        names.extend(
            page.schemas()
                .iter()
                .filter_map(|one| one.schema_name().map(str::to_owned)),
        );
    }
    assert_eq!(sizes, [30, 30, 5]);
    assert!(names.is_sorted() && names.len() == 65);
    let listed = glue
        .list_schema_versions()
        .schema_id(schema_id())
        .max_results(7);
    let listed = listed.into_paginator().items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    let numbers: Vec<_> = listed
        .iter()
        .filter_map(SchemaVersionListItem::version_number)
        .collect();
    assert_eq!(numbers, (1..=65).rev().collect::<Vec<_>>());
    app.stop().await;
}

#[tokio::test]
async fn exceptions_of_every_operation_are_typed() {
    let app = App::start().await;
    let glue = client(&app, "us-east-1", "");
    let missing = glue.delete_schema().schema_id(schema_id()).send().await;
    assert!(
        missing
            .unwrap_err()
            .into_service_error()
            .is_entity_not_found_exception()
    );
    create(&glue).await;
    let again = glue.create_schema().registry_id(registry_id());
    let again = again
        .schema_name("orders-value")
        .data_format(DataFormat::Avro)
        .compatibility(Compatibility::Backward)
        .schema_definition(avro("A"));
    let again = again.send().await.unwrap_err().into_service_error();
    assert!(again.is_already_exists_exception());
    let invalid = glue.register_schema_version().schema_id(schema_id());
    let invalid = invalid.schema_definition("{").send().await;
    assert!(
        invalid
            .unwrap_err()
            .into_service_error()
            .is_invalid_input_exception()
    );
    app.stop().await;

    let app = App::with([
        ("stub.quotas.schemas", "1"),
        ("stub.deletion_ms", "3600000"),
    ])
    .await;
    let glue = client(&app, "us-east-1", "");
    create(&glue).await;
    let more = glue
        .create_schema()
        .registry_id(registry_id())
        .schema_name("more");
    let more = more
        .data_format(DataFormat::Json)
        .compatibility(Compatibility::None);
    let more = more.send().await.unwrap_err().into_service_error();
    assert!(more.is_resource_number_limit_exceeded_exception());
    glue.delete_schema()
        .schema_id(schema_id())
        .send()
        .await
        .unwrap();
    let busy = glue.register_schema_version().schema_id(schema_id());
    let busy = busy.schema_definition(avro("B")).send().await;
    assert!(
        busy.unwrap_err()
            .into_service_error()
            .is_concurrent_modification_exception()
    );
    app.stop().await;
}
