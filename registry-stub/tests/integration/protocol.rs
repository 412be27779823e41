//! What holds for every operation: headers, errors, limits, regions, hosts.

use runtime::lifecycle::Tasks;
use runtime::telemetry::Telemetry;
use serde_json::{Value, json};

use crate::harness::{App, send};

const TARGET: &str = "X-Amz-Target: AWSGlue.ListRegistries";

#[tokio::test]
async fn an_answer_has_the_headers_of_aws_json_1_1() {
    let app = App::start().await;
    let answer = app.call("ListRegistries", json!({})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type").as_deref(),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(answer.header("x-amzn-requestid").unwrap().len(), 36);
    assert!(answer.header("date").is_some());
    assert_eq!(answer.body, r#"{"Registries":[]}"#);

    let refused = app
        .call(
            "GetRegistry",
            json!({"RegistryId": {"RegistryName": "nope"}}),
        )
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.header("content-type").as_deref(),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(
        refused.header("x-amzn-errortype").as_deref(),
        Some("EntityNotFoundException")
    );
    assert_eq!(
        refused.body,
        r#"{"__type":"EntityNotFoundException","Message":"Registry is not found. RegistryName: nope"}"#
    );
}

#[tokio::test]
async fn an_unknown_operation_is_answered_as_aws_does() {
    let app = App::start().await;
    for headers in [
        vec!["X-Amz-Target: AWSGlue.CreateJob"],
        vec!["X-Amz-Target: DynamoDB_20120810.ListTables"],
        vec!["X-Amz-Target: AWSGlue.unknown2"],
        vec!["X-Amz-Target: AWSGlue.unknown"],
        vec![],
    ] {
        let answer = send(app.stub.address, "POST", "/", &headers, b"{}").await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (400, r#"{"__type":"UnknownOperationException"}"#),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_a_serialization_exception() {
    let app = App::start().await;
    for body in [
        "{",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{}{}",
        "{\"MaxResults\":\"5\"}",
        "{\"MaxResults\":5.5}",
        "{\"NextToken\":[]}",
        "\u{feff}{}",
    ] {
        let answer = send(app.stub.address, "POST", "/", &[TARGET], body.as_bytes()).await;
        let (kind, _) = answer.refused();
        assert_eq!(kind, "SerializationException", "{body}");
    }
}

#[tokio::test]
async fn an_empty_body_is_an_empty_object_and_unknown_members_and_nulls_are_ignored() {
    let app = App::start().await;
    for body in [
        "",
        "  ",
        "{}",
        r#"{"Surprise":{"a":[1]},"MaxResults":null}"#,
    ] {
        let answer = send(app.stub.address, "POST", "/", &[TARGET], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_missing_member_is_a_validation_exception_that_names_it() {
    let app = App::start().await;
    let id = json!({"SchemaName": "s"});
    let table = [
        ("CreateRegistry", json!({}), "registryName"),
        ("GetRegistry", json!({}), "registryId"),
        ("CreateSchema", json!({"DataFormat": "AVRO"}), "schemaName"),
        ("CreateSchema", json!({"SchemaName": "s"}), "dataFormat"),
        ("GetSchema", json!({}), "schemaId"),
        (
            "RegisterSchemaVersion",
            json!({"SchemaDefinition": "{}"}),
            "schemaId",
        ),
        (
            "RegisterSchemaVersion",
            json!({"SchemaId": id}),
            "schemaDefinition",
        ),
        (
            "GetSchemaByDefinition",
            json!({"SchemaDefinition": "{}"}),
            "schemaId",
        ),
        (
            "GetSchemaByDefinition",
            json!({"SchemaId": id, "SchemaDefinition": null}),
            "schemaDefinition",
        ),
        ("ListSchemaVersions", json!({}), "schemaId"),
        ("UpdateRegistry", json!({"Description": ""}), "registryId"),
        ("UpdateRegistry", json!({"RegistryId": {}}), "description"),
        ("DeleteRegistry", json!({}), "registryId"),
        ("UpdateSchema", json!({}), "schemaId"),
        ("DeleteSchema", json!({}), "schemaId"),
        ("DeleteSchemaVersions", json!({"SchemaId": id}), "versions"),
        (
            "GetSchemaVersionsDiff",
            json!({"SchemaId": id, "FirstSchemaVersionNumber": {}, "SecondSchemaVersionNumber": {}}),
            "schemaDiffType",
        ),
        (
            "CheckSchemaVersionValidity",
            json!({"SchemaDefinition": "{}"}),
            "dataFormat",
        ),
        (
            "PutSchemaVersionMetadata",
            json!({"SchemaId": id}),
            "metadataKeyValue",
        ),
        ("GetTags", json!({}), "resourceArn"),
        ("TagResource", json!({"ResourceArn": "x"}), "tagsToAdd"),
        ("UntagResource", json!({"ResourceArn": "x"}), "tagsToRemove"),
    ];
    for (operation, input, member) in table {
        let (kind, message) = app.refused(operation, input).await;
        assert_eq!(kind, "ValidationException");
        let start = format!("1 validation error detected: Value null at '{member}' failed ");
        assert!(message.starts_with(&start) && message.ends_with("Member must not be null"));
    }
}

#[tokio::test]
async fn a_body_of_4_mib_is_read_and_one_without_end_is_not() {
    let app = App::start().await;
    let padded = |bytes: usize| format!("{{\"Padding\":\"{}\"}}", "x".repeat(bytes));
    let answer = send(
        app.stub.address,
        "POST",
        "/",
        &[TARGET],
        padded(4 << 20).as_bytes(),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = send(
        app.stub.address,
        "POST",
        "/",
        &[TARGET],
        padded(9 << 20).as_bytes(),
    )
    .await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["__type"], "RequestEntityTooLargeException");
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    let app = App::start().await;
    for path in ["/", "/glue", "/some/where/?x=1"] {
        let answer = send(app.stub.address, "POST", path, &[TARGET], b"{}").await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_signed_region_decides_where_a_registry_lives() {
    let app = App::with([
        ("stub.region", "eu-central-1"),
        ("stub.account_id", "123456789012"),
    ])
    .await;
    let signed = |region: &str| {
        format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20261122/{region}/glue/aws4_request, SignedHeaders=host, Signature=00"
        )
    };
    let create = "X-Amz-Target: AWSGlue.CreateRegistry";
    let get = "X-Amz-Target: AWSGlue.GetRegistry";
    let body = br#"{"RegistryName":"r"}"#;
    for (region, arn) in [
        (
            "eu-west-1",
            "arn:aws:glue:eu-west-1:123456789012:registry/r",
        ),
        (
            "cn-north-1",
            "arn:aws-cn:glue:cn-north-1:123456789012:registry/r",
        ),
        (
            "us-gov-west-1",
            "arn:aws-us-gov:glue:us-gov-west-1:123456789012:registry/r",
        ),
    ] {
        let created = send(
            app.stub.address,
            "POST",
            "/",
            &[create, &signed(region)],
            body,
        )
        .await
        .ok();
        assert_eq!(created["RegistryArn"], arn);
    }
    let wanted = br#"{"RegistryId":{"RegistryName":"r"}}"#;
    let elsewhere = send(
        app.stub.address,
        "POST",
        "/",
        &[get, &signed("us-east-1")],
        wanted,
    )
    .await;
    assert_eq!(elsewhere.refused().0, "EntityNotFoundException");
    let unsigned = send(app.stub.address, "POST", "/", &[get], wanted).await;
    assert_eq!(unsigned.refused().0, "EntityNotFoundException");
    let created = send(app.stub.address, "POST", "/", &[create], body)
        .await
        .ok();
    assert_eq!(
        created["RegistryArn"],
        "arn:aws:glue:eu-central-1:123456789012:registry/r"
    );
}

#[tokio::test]
async fn a_foreign_host_is_refused_and_a_configured_one_is_not() {
    let app = App::with([("stub.allowed_hosts", "registry")]).await;
    for (host, status) in [
        ("Host: evil.example", 403),
        ("Host: evil.example:8181", 403),
        ("Host: registry:8181", 200),
        ("Host: localhost", 200),
    ] {
        let answer = send(app.stub.address, "POST", "/", &[host, TARGET], b"{}").await;
        assert_eq!(answer.status, status, "{host}");
        let page = send(app.stub.address, "GET", "/", &[host], b"").await;
        assert_eq!(page.status, status, "{host}");
    }
}

#[tokio::test]
async fn the_probes_and_metrics_answer_on_the_same_port() {
    let app = App::start().await;
    app.create("r", "s", &crate::harness::avro("A")).await;
    app.refused("GetSchema", json!({"SchemaId": {"SchemaName": "nope"}}))
        .await;
    for path in ["/live", "/ready", "/version", "/metrics"] {
        let answer = send(app.stub.address, "GET", path, &[], b"").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    let metrics = send(app.stub.address, "GET", "/metrics", &[], b"")
        .await
        .body;
    for line in [
        "gluestream_stub_requests_total{operation=\"CreateSchema\",result=\"ok\"} 1",
        "gluestream_stub_requests_total{operation=\"GetSchema\",result=\"client_error\"} 1",
        "gluestream_stub_request_duration_seconds_count{operation=\"CreateSchema\"} 1",
        "gluestream_stub_schemas 1",
    ] {
        assert!(metrics.contains(line), "{line}");
    }
    let version: Value = send(app.stub.address, "GET", "/version", &[], b"")
        .await
        .json();
    assert_eq!(version["binary"], "registry-stub");
}

#[tokio::test]
async fn hostile_definitions_are_refused_and_hang_nothing() {
    let app = App::start().await;
    let nested =
        |open: &str, close: &str, levels: usize| open.repeat(levels) + &close.repeat(levels);
    for definition in [
        nested("[", "]", 20_000),
        nested(r#"{"a":"#, "}", 5_000),
        nested(r#"{"type":"array","items":"#, "}", 2_000),
        "[".repeat(170_000),
        "\"\\u0000".repeat(10_000),
    ] {
        for format in ["AVRO", "JSON"] {
            let input = json!({"SchemaName": "s", "DataFormat": format, "Compatibility": "NONE", "SchemaDefinition": definition});
            assert_eq!(
                app.refused("CreateSchema", input).await.0,
                "InvalidInputException"
            );
        }
    }
    app.create("r", "s", &crate::harness::avro("A")).await;
    let found = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": nested("[", "]", 20_000)});
    assert_eq!(
        app.refused("GetSchemaByDefinition", found).await.1,
        "Schema version is not found."
    );
}

#[tokio::test]
async fn the_configuration_for_other_processes_starts_as_it_is() {
    let config = registry_stub::in_memory("127.0.0.1:0".parse().unwrap()).unwrap();
    let (tasks, telemetry) = (Tasks::new(), Telemetry::new("registry-stub"));
    let stub = registry_stub::start(config, tasks, telemetry)
        .await
        .unwrap();
    assert_ne!(stub.address.port(), 0, "the real address");
    assert_eq!(
        send(stub.address, "POST", "/", &[TARGET], b"").await.status,
        200
    );
}
