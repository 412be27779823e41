//! The real AWS client against scripted answers over HTTP: what each answer on the wire becomes.

mod server;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_glue::config::timeout::TimeoutConfig;
use aws_sdk_glue::config::{BehaviorVersion, Region};
use aws_sdk_glue::{Client, Config};
use common::metrics::RegistryMetrics;
use common::registry::glue::GlueRegistry;
use common::registry::resolution::{Resolution, Wanted, resolve};
use common::registry::retry::Retry;
use common::registry::{
    Compatibility, DataFormat, NewSchema, Problem, RegistryError, SchemaName, SchemaRegistry,
    SchemaVersion, SchemaVersions, VersionState, VersionStatus,
};
use prometheus::{Encoder, Registry, TextEncoder};
use tokio::net::TcpListener;
use uuid::Uuid;

use server::{Act, Server};

const ID: Uuid = Uuid::from_u128(0x75db_6fea_2b3f_4283_8abc_805f_5381_fee9);
const DEFINITION: &str = "{\"type\" : \"string\"}\n";
/// A busy machine may take its time to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of a server, with its metrics.
fn connect(server: &Server) -> (GlueRegistry, Registry) {
    registry(&server.address, credentials(), PATIENCE)
}

fn credentials() -> Credentials {
    Credentials::new("key", "secret", None, None, "test")
}

fn registry(
    address: &str,
    credentials: impl aws_sdk_glue::config::ProvideCredentials + 'static,
    patience: Duration,
) -> (GlueRegistry, Registry) {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(patience)
        .build();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(credentials)
        .timeout_config(timeouts)
        .build();
    let metrics = Registry::new();
    let registry = GlueRegistry::new(
        &Client::from_conf(config),
        &RegistryMetrics::register(&metrics).unwrap(),
    );
    (registry, metrics)
}

fn ok(body: impl Into<String>) -> Act {
    Act::Answer(200, body.into())
}

fn refusal(kind: &str, message: &str) -> Act {
    Act::Answer(
        400,
        format!(r#"{{"__type":"{kind}","Message":"{message}"}}"#),
    )
}

fn name() -> SchemaName {
    SchemaName::new("customer", "orders-value")
}

fn version_answer(status: &str) -> Act {
    let definition = serde_json::to_string(DEFINITION).unwrap();
    ok(format!(
        r#"{{"SchemaVersionId":"{ID}","SchemaDefinition":{definition},"DataFormat":"AVRO","SchemaArn":"arn:aws:glue:us-east-1:000000000000:schema/customer/orders-value","VersionNumber":7,"Status":"{status}","CreatedTime":"2026-11-22T05:19:21.123Z"}}"#
    ))
}

fn count(metrics: &Registry, operation: &str, result: &str) -> String {
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&metrics.gather(), &mut text)
        .unwrap();
    let series = format!(
        "gluestream_registry_requests_total{{operation=\"{operation}\",result=\"{result}\"}} "
    );
    let text = String::from_utf8(text).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix(&series))
        .unwrap_or("no such series")
        .to_owned()
}

async fn error_of(act: Act) -> RegistryError {
    let server = Server::start([act]).await;
    let error = connect(&server).0.schema_version(ID).await.unwrap_err();
    assert_eq!(
        server.requests().len(),
        1,
        "the SDK tried again by itself: {error}"
    );
    error
}

#[tokio::test]
async fn a_version_is_read_whole_and_asked_for_by_its_id_alone() {
    let server = Server::start([version_answer("AVAILABLE")]).await;
    let (registry, metrics) = connect(&server);
    let expected = SchemaVersion {
        id: ID,
        registry: Some("customer".to_owned()),
        schema_name: Some("orders-value".to_owned()),
        number: Some(7),
        data_format: DataFormat::Avro,
        definition: DEFINITION.to_owned(),
        status: VersionStatus::Available,
    };
    assert_eq!(registry.schema_version(ID).await.unwrap(), expected);
    let request = (
        "AWSGlue.GetSchemaVersion".to_owned(),
        serde_json::json!({"SchemaVersionId": ID.to_string()}),
    );
    assert_eq!(server.requests(), [request]);
    assert_eq!(count(&metrics, "GetSchemaVersion", "ok"), "1");
}

fn found(
    number: Option<u64>,
    data_format: Option<DataFormat>,
    status: VersionStatus,
) -> VersionState {
    VersionState {
        id: ID,
        number,
        data_format,
        status,
    }
}

fn sent(server: &Server, target: &str, body: &serde_json::Value) {
    let expected = (format!("AWSGlue.{target}"), body.clone());
    assert_eq!(server.requests().pop(), Some(expected));
}

#[tokio::test]
async fn definitions_are_looked_up_and_registered_as_they_are() {
    let answer = format!(
        r#"{{"SchemaVersionId":"{ID}","DataFormat":"AVRO","Status":"PENDING","VersionNumber":2}}"#
    );
    let server = Server::start([ok(&answer), ok(&answer)]).await;
    let (registry, _) = connect(&server);
    let (name, pending) = (name(), VersionStatus::Pending);
    let body = serde_json::json!({
        "SchemaId": {"RegistryName": "customer", "SchemaName": "orders-value"}, "SchemaDefinition": DEFINITION,
    });

    let state = registry
        .version_by_definition(&name, DEFINITION)
        .await
        .unwrap();
    assert_eq!(state, found(None, Some(DataFormat::Avro), pending));
    sent(&server, "GetSchemaByDefinition", &body);

    let state = registry.register_version(&name, DEFINITION).await.unwrap();
    assert_eq!(state, found(Some(2), None, pending));
    sent(&server, "RegisterSchemaVersion", &body);
}

#[tokio::test]
async fn schemas_and_registries_are_created_and_asked_about() {
    let created = format!(
        r#"{{"SchemaVersionId":"{ID}","SchemaVersionStatus":"AVAILABLE","LatestSchemaVersion":1}}"#
    );
    let server = Server::start([ok(created), ok("{}"), ok(r#"{"DataFormat":"JSON"}"#)]).await;
    let (registry, _) = connect(&server);
    let name = name();
    let schema = NewSchema {
        name: &name,
        data_format: DataFormat::Avro,
        compatibility: Compatibility::BackwardAll,
        definition: DEFINITION,
        description: Some("orders of the shop"),
        tags: &[("team".to_owned(), "shop".to_owned())].into(),
    };
    let state = registry.create_schema(&schema).await.unwrap();
    assert_eq!(
        state,
        found(Some(1), Some(DataFormat::Avro), VersionStatus::Available)
    );
    let body = serde_json::json!({
        "RegistryId": {"RegistryName": "customer"}, "SchemaName": "orders-value", "DataFormat": "AVRO",
        "Compatibility": "BACKWARD_ALL", "SchemaDefinition": DEFINITION,
        "Description": "orders of the shop", "Tags": {"team": "shop"},
    });
    sent(&server, "CreateSchema", &body);

    registry.create_registry("customer").await.unwrap();
    sent(
        &server,
        "CreateRegistry",
        &serde_json::json!({"RegistryName": "customer"}),
    );

    let schema = registry.schema(&name).await.unwrap();
    assert_eq!(schema.data_format, DataFormat::Json);
    let id = serde_json::json!({"RegistryName": "customer", "SchemaName": "orders-value"});
    sent(&server, "GetSchema", &serde_json::json!({"SchemaId": id}));
}

/// Error type, message, and what becomes of them.
const REFUSALS: [(&str, &str, Problem); 14] = [
    (
        "EntityNotFoundException",
        "Schema version is not found. SchemaVersionId: 1",
        Problem::VersionNotFound,
    ),
    (
        "EntityNotFoundException",
        "Schema is not found.",
        Problem::SchemaNotFound,
    ),
    (
        "EntityNotFoundException",
        "Registry is not found. RegistryName: customer",
        Problem::RegistryNotFound,
    ),
    (
        "com.amazonaws.glue#EntityNotFoundException",
        "Schema is not found",
        Problem::SchemaNotFound,
    ),
    (
        "AlreadyExistsException",
        "Schema already exists. SchemaName: s",
        Problem::AlreadyExists,
    ),
    (
        "InvalidInputException",
        "Schema definition of AVRO data format is invalid: x",
        Problem::InvalidInput,
    ),
    (
        "ResourceNumberLimitExceededException",
        "More schemas cannot be created.",
        Problem::Quota,
    ),
    ("ConcurrentModificationException", "busy", Problem::Conflict),
    (
        "AccessDeniedException",
        "User is not authorized to perform glue:GetSchemaVersion",
        Problem::Denied,
    ),
    (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        Problem::Denied,
    ),
    (
        "ExpiredTokenException",
        "The security token included in the request is expired",
        Problem::Denied,
    ),
    ("InvalidSignatureException", "no", Problem::Denied),
    ("ThrottlingException", "Rate exceeded", Problem::Throttled),
    ("UnknownOperationException", "", Problem::Refused),
];

#[tokio::test]
async fn refusals_are_sorted_by_type_and_text() {
    for (kind, message, expected) in REFUSALS {
        let error = error_of(refusal(kind, message)).await;
        assert_eq!(error.problem, expected, "{kind}: {error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[tokio::test]
async fn what_a_proxy_or_a_broken_server_says_is_sorted_too() {
    let html = || "<html>no</html>".to_owned();
    let strange = |format, status| ok(version_with(ID, format, status));
    let cases = [
        (
            Act::Answer(
                500,
                r#"{"__type":"InternalServiceException","Message":"x"}"#.to_owned(),
            ),
            Problem::Unavailable,
        ),
        (Act::Answer(503, html()), Problem::Unavailable),
        (Act::Answer(502, String::new()), Problem::Unavailable),
        (Act::Answer(429, String::new()), Problem::Throttled),
        (Act::Answer(403, html()), Problem::Denied),
        (Act::Answer(404, html()), Problem::Unexpected),
        (Act::Answer(200, html()), Problem::Unexpected),
        (Act::Answer(200, "{}".to_owned()), Problem::Unexpected),
        (
            ok(version_with(Uuid::nil(), "AVRO", "AVAILABLE")),
            Problem::NotUnderstood,
        ),
        (strange("XML", "AVAILABLE"), Problem::NotUnderstood),
        (strange("AVRO", "RETIRED"), Problem::NotUnderstood),
        (Act::Close, Problem::Unavailable),
    ];
    for (act, expected) in cases {
        let error = error_of(act).await;
        assert_eq!(error.problem, expected, "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

fn version_with(id: Uuid, format: &str, status: &str) -> String {
    format!(
        r#"{{"SchemaVersionId":"{id}","SchemaDefinition":"x","DataFormat":"{format}","Status":"{status}"}}"#
    )
}

#[tokio::test]
async fn a_server_that_hangs_is_a_timeout() {
    let server = Server::start([Act::Hang]).await;
    let (registry, metrics) = registry(&server.address, credentials(), Duration::from_millis(400));
    let start = Instant::now();
    let error = registry.schema_version(ID).await.unwrap_err();
    assert_eq!(error.problem, Problem::Timeout, "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(count(&metrics, "GetSchemaVersion", "timeout"), "1");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let (registry, metrics) = registry(&address, credentials(), PATIENCE);
    let error = registry.schema_version(ID).await.unwrap_err();
    assert_eq!(error.problem, Problem::Unavailable, "{error}");
    assert!(
        error.is_retryable() && error.message.contains("refused"),
        "{error}"
    );
    assert_eq!(count(&metrics, "GetSchemaVersion", "error"), "1");
}

/// A source of credentials that has none, now or for good.
#[derive(Debug)]
struct NoCredentials {
    for_good: bool,
}

impl aws_sdk_glue::config::ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let error = if self.for_good {
            CredentialsError::not_loaded("no provider has any")
        } else {
            CredentialsError::provider_error("no provider has any")
        };
        future::ProvideCredentials::ready(Err(error))
    }
}

#[tokio::test]
async fn missing_credentials_are_a_denial_before_anything_is_sent() {
    for for_good in [true, false] {
        let server = Server::start([]).await;
        let (registry, metrics) = registry(&server.address, NoCredentials { for_good }, PATIENCE);
        let error = registry.schema_version(ID).await.unwrap_err();
        assert!(error.is_denied(), "{error}");
        assert_eq!(error.is_retryable(), !for_good, "{error}");
        assert!(error.message.contains("no provider has any"), "{error}");
        assert!(server.requests().is_empty());
        assert_eq!(count(&metrics, "GetSchemaVersion", "denied"), "1");
    }
}

#[tokio::test]
async fn the_probe_takes_not_found_for_yes() {
    let server = Server::start([refusal(
        "EntityNotFoundException",
        "Schema version is not found.",
    )])
    .await;
    connect(&server).0.probe().await.unwrap();
    assert_eq!(
        server.requests()[0].1["SchemaVersionId"],
        "00000000-0000-0000-0000-000000000000"
    );
    server.then([refusal("AccessDeniedException", "no")]);
    assert!(connect(&server).0.probe().await.unwrap_err().is_denied());
}

#[tokio::test]
async fn a_refused_version_is_resolved_to_an_error_and_counted() {
    let failure = format!(r#"{{"SchemaVersionId":"{ID}","VersionNumber":4,"Status":"PENDING"}}"#);
    let server = Server::start([
        refusal("EntityNotFoundException", "Schema version is not found."),
        ok(r#"{"DataFormat":"AVRO"}"#),
        ok(failure),
        Act::Answer(500, String::new()),
        version_answer("PENDING"),
        version_answer("FAILURE"),
    ])
    .await;
    let (registry, metrics) = connect(&server);
    let wanted = Wanted::new(name(), DEFINITION.to_owned(), DataFormat::Avro);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    let retry = Retry::until(deadline, &RegistryMetrics::unregistered());
    let error = resolve(&registry, &wanted, Resolution::Register, &retry)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("version 7, id 75db6fea-2b3f-4283-8abc-805f5381fee9 has status FAILURE"),
        "{error}"
    );
    assert_eq!(count(&metrics, "GetSchemaVersion", "failure"), "1");
    assert_eq!(server.requests()[6].0, "AWSGlue.GetSchema");
}

#[tokio::test]
async fn a_registry_with_an_address_is_called_by_it_and_others_by_name() {
    let answer = || ok(r#"{"DataFormat":"AVRO"}"#);
    let server = Server::start([answer(), answer(), refusal("AlreadyExistsException", "")]).await;
    let address = "arn:aws:glue:us-east-1:111111111111:registry/customer";
    let registry = connect(&server).0.with_address(address.parse().unwrap());
    registry.schema(&name()).await.unwrap();
    let other = SchemaName::new("sales", "orders-value");
    registry.schema(&other).await.unwrap();
    let schema = NewSchema {
        name: &name(),
        data_format: DataFormat::Avro,
        compatibility: Compatibility::Backward,
        definition: DEFINITION,
        description: None,
        tags: &BTreeMap::new(),
    };
    assert!(registry.create_schema(&schema).await.is_err());
    // By its name it would come to be in an account of its own.
    let error = registry.create_registry("customer").await.unwrap_err();
    assert!(error.to_string().contains("by its ARN"), "{error}");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let arn = "arn:aws:glue:us-east-1:111111111111:schema/customer/orders-value";
    assert_eq!(
        requests[0].1["SchemaId"],
        serde_json::json!({ "SchemaArn": arn })
    );
    assert_eq!(
        requests[1].1["SchemaId"],
        serde_json::json!({"RegistryName": "sales", "SchemaName": "orders-value"})
    );
    assert_eq!(
        requests[2].1["RegistryId"],
        serde_json::json!({ "RegistryArn": address })
    );
}

#[tokio::test]
async fn versions_are_listed_newest_first_and_removed_one_by_one() {
    let item = |number: u32, status: &str| {
        format!(r#"{{"SchemaVersionId":"{ID}","VersionNumber":{number},"Status":"{status}"}}"#)
    };
    let (old, new) = (item(1, "AVAILABLE"), item(2, "FAILURE"));
    let server = Server::start([
        ok(format!(r#"{{"Schemas":[{old},{new}],"NextToken":"t"}}"#)),
        ok("{}"),
        ok(r#"{"SchemaVersionErrors":[{"VersionNumber":2,"ErrorDetails":{"ErrorCode":"x","ErrorMessage":"it is the checkpoint"}}]}"#),
        ok("{}"),
    ])
    .await;
    let registry = connect(&server).0;
    let list = registry.versions(&name(), 500).await.unwrap();
    let numbers: Vec<_> = list.versions.iter().map(|version| version.number).collect();
    assert_eq!((numbers, list.more), (vec![Some(2), Some(1)], true));
    registry.delete_version(&name(), 2).await.unwrap();
    let error = registry.delete_version(&name(), 2).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert!(error.to_string().contains("checkpoint"), "{error}");
    registry.put_metadata(ID, "team", "shop").await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].1["MaxResults"], 100);
    assert_eq!(requests[1].1["Versions"], "2");
    assert_eq!(
        requests[3].1,
        serde_json::json!({"SchemaVersionId": ID.to_string(), "MetadataKeyValue": {"MetadataKey": "team", "MetadataValue": "shop"}})
    );
}
