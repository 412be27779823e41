//! The AWS SDK reads every answer: shapes, types, exceptions, paginators.

use aws_sdk_glue::Client;
use aws_sdk_glue::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{
    Compatibility, DataFormat, RegistryId, RegistryStatus, SchemaId, SchemaStatus,
    SchemaVersionListItem, SchemaVersionNumber, SchemaVersionStatus,
};

use crate::harness::{App, avro};

pub(crate) fn client(app: &App, region: &'static str, path: &str) -> Client {
    let config = aws_sdk_glue::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("{}{path}", app.stub.url()))
        .region(Region::new(region))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .build();
    Client::from_conf(config)
}

pub(crate) fn schema_id() -> SchemaId {
    SchemaId::builder()
        .registry_name("customer")
        .schema_name("orders-value")
        .build()
}

pub(crate) async fn create(glue: &Client) -> String {
    glue.create_registry()
        .registry_name("customer")
        .tags("a", "b")
        .send()
        .await
        .unwrap();
    let created = glue
        .create_schema()
        .registry_id(RegistryId::builder().registry_name("customer").build())
        .schema_name("orders-value")
        .data_format(DataFormat::Avro)
        .compatibility(Compatibility::Backward)
        .schema_definition(avro("A"))
        .send()
        .await
        .unwrap();
    assert_eq!(created.schema_status(), Some(&SchemaStatus::Available));
    assert_eq!(
        created.schema_version_status(),
        Some(&SchemaVersionStatus::Available)
    );
    assert_eq!(
        (
            created.schema_checkpoint(),
            created.latest_schema_version(),
            created.next_schema_version()
        ),
        (Some(1), Some(1), Some(2))
    );
    created.schema_version_id().unwrap().to_owned()
}

#[tokio::test]
async fn a_registry_and_a_schema_read_as_their_typed_shapes() {
    let app = App::start().await;
    let glue = client(&app, "eu-west-1", "");
    create(&glue).await;

    let registry = glue
        .get_registry()
        .registry_id(RegistryId::builder().registry_name("customer").build())
        .send()
        .await
        .unwrap();
    assert_eq!(registry.status(), Some(&RegistryStatus::Available));
    assert_eq!(
        registry.registry_arn(),
        Some("arn:aws:glue:eu-west-1:000000000000:registry/customer")
    );
    assert!(registry.created_time().is_some() && registry.updated_time().is_some());

    let schema = glue
        .get_schema()
        .schema_id(schema_id())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (schema.data_format(), schema.compatibility()),
        (Some(&DataFormat::Avro), Some(&Compatibility::Backward))
    );

    let schemas = glue
        .list_schemas()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(schemas[0].schema_status(), Some(&SchemaStatus::Available));
}

#[tokio::test]
async fn versions_read_as_their_typed_shapes() {
    let app = App::start().await;
    let glue = client(&app, "eu-west-1", "");
    let id = create(&glue).await;
    let registered = glue
        .register_schema_version()
        .schema_id(schema_id())
        .schema_definition(avro("B"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (registered.version_number(), registered.status()),
        (Some(2), Some(&SchemaVersionStatus::Available))
    );

    let version = glue
        .get_schema_version()
        .schema_version_id(&id)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (version.schema_definition(), version.version_number()),
        (Some(avro("A").as_str()), Some(1))
    );
    let latest = SchemaVersionNumber::builder().latest_version(true).build();
    let latest = glue
        .get_schema_version()
        .schema_id(schema_id())
        .schema_version_number(latest)
        .send()
        .await
        .unwrap();
    assert_eq!(latest.schema_version_id(), registered.schema_version_id());

    let found = glue
        .get_schema_by_definition()
        .schema_id(schema_id())
        .schema_definition(avro("A"))
        .send()
        .await
        .unwrap();
    assert_eq!(found.schema_version_id(), Some(id.as_str()));

    let versions = glue
        .list_schema_versions()
        .schema_id(schema_id())
        .send()
        .await
        .unwrap();
    let numbers: Vec<_> = versions
        .schemas()
        .iter()
        .map(SchemaVersionListItem::version_number)
        .collect();
    assert_eq!(numbers, [Some(2), Some(1)]);
}

#[tokio::test]
async fn exceptions_are_typed_and_paginators_see_all_pages() {
    let app = App::start().await;
    let glue = client(&app, "us-east-1", "/base/path");
    let error = glue
        .get_schema_by_definition()
        .schema_id(schema_id())
        .schema_definition(avro("A"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_entity_not_found_exception());
    assert_eq!(error.message(), Some("Schema is not found."));
    create(&glue).await;
    let error = glue
        .create_registry()
        .registry_name("customer")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_already_exists_exception());
    let error = glue
        .create_registry()
        .registry_name("a b")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_invalid_input_exception());
    let error = glue
        .get_tags()
        .resource_arn("arn:aws:glue:us-east-1:000000000000:registry/nope")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_entity_not_found_exception());
    let error = glue.list_jobs().send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    for number in 0..26 {
        glue.create_registry()
            .registry_name(format!("r{number}"))
            .send()
            .await
            .unwrap();
    }
    let listed = glue
        .list_registries()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(listed.len(), 27);
}

#[tokio::test]
async fn regions_do_not_see_each_other() {
    let app = App::start().await;
    let id = create(&client(&app, "us-east-1", "")).await;
    let elsewhere = client(&app, "eu-west-1", "");
    let error = elsewhere
        .get_schema_version()
        .schema_version_id(id)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_entity_not_found_exception());
    create(&elsewhere).await;
}
