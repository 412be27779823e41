//! Versions that wait and schemas that go in their own time, as clients that poll see them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{App, avro, call, send};

/// Calls an operation until its answer is as wanted.
async fn until(app: &App, operation: &str, input: &Value, wanted: impl Fn(&Value) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = call(app.stub.address, operation, input).await.json();
        if wanted(&answer) {
            return;
        }
        assert!(Instant::now() < deadline, "{operation} still says {answer}");
    }
}

#[tokio::test]
async fn a_pending_version_becomes_available_while_clients_poll() {
    let app = App::with([("stub.pending_ms", "50")]).await;
    app.create("r", "s", &avro("A")).await;
    let id = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}});
    until(&app, "GetSchema", &id, |schema| {
        schema["SchemaStatus"] == "AVAILABLE"
    })
    .await;
    let registered = app.register("r", "s", &avro("B")).await.ok();
    assert_eq!(registered["Status"], "PENDING");
    let version = json!({"SchemaVersionId": registered["SchemaVersionId"]});
    until(&app, "GetSchemaVersion", &version, |version| {
        version["Status"] == "AVAILABLE"
    })
    .await;
    until(&app, "GetSchema", &id, |schema| {
        schema["LatestSchemaVersion"] == 2
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_is_gone_in_the_end() {
    let app = App::with([("stub.deletion_ms", "50")]).await;
    app.create("r", "s", &avro("A")).await;
    let schema = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}});
    app.ok("DeleteSchema", schema.clone()).await;
    let is_gone = |answer: &Value| answer["__type"] == "EntityNotFoundException";
    until(&app, "GetSchema", &schema, is_gone).await;
    let metrics = send(app.stub.address, "GET", "/metrics", &[], b"")
        .await
        .body;
    assert!(metrics.contains("gluestream_stub_schemas 0"));
    let registry = json!({"RegistryId": {"RegistryName": "r"}});
    app.ok("DeleteRegistry", registry.clone()).await;
    until(&app, "GetRegistry", &registry, is_gone).await;
}

#[tokio::test]
async fn an_account_sees_its_own_and_arns_of_others_lead_nowhere() {
    let directory = tempfile::TempDir::new().unwrap();
    let data = directory.path().join("stub.redb");
    let data = ("stub.data", data.to_str().unwrap());
    let one = App::with([data, ("stub.account_id", "000000000001")]).await;
    let id = one.create("r", "s", &avro("A")).await;
    one.stop().await;
    let two = App::with([data, ("stub.account_id", "000000000002")]).await;
    let version = json!({"SchemaVersionId": id});
    assert_eq!(
        two.refused("GetSchemaVersion", version.clone()).await.0,
        "EntityNotFoundException"
    );
    let other = two.create("r", "s", &avro("A")).await;
    assert_ne!(other, id);
    for place in ["us-east-1:000000000001", "eu-west-1:000000000002"] {
        let registry = format!("arn:aws:glue:{place}:registry/r");
        let schema = format!("arn:aws:glue:{place}:schema/r/s");
        let refused = two
            .refused(
                "GetRegistry",
                json!({"RegistryId": {"RegistryArn": registry}}),
            )
            .await;
        assert_eq!(
            refused.1,
            format!("Registry is not found. RegistryArn: {registry}")
        );
        let refused = two
            .refused("GetSchema", json!({"SchemaId": {"SchemaArn": schema}}))
            .await;
        assert_eq!(
            refused.1,
            format!(
                "Schema is not found. RegistryName: null, SchemaName: null, SchemaArn: {schema}"
            )
        );
    }
    two.stop().await;
    let one = App::with([data, ("stub.account_id", "000000000001")]).await;
    one.ok("GetSchemaVersion", version).await;
}
