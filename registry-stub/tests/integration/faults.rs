//! A place to practise failure: faults by configuration and at run time, reset, ids from a seed.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Answer, App, avro, send, try_send};

const TARGET: &str = "X-Amz-Target: AWSGlue.ListRegistries";

async fn control(app: &App, method: &str, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    send(app.stub.address, method, path, &[], body.as_bytes()).await
}

async fn put(app: &App, faults: Value) -> Value {
    let answer = control(app, "PUT", "/_stub/faults", &faults).await;
    answer.ok()
}

/// Whether the API closes the connection without an answer.
async fn is_closed(app: &App) -> bool {
    let answer = try_send(app.stub.address, "POST", "/", &[TARGET], b"{}").await;
    answer.is_err_and(|error| {
        let gone = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
        gone.contains(&error.kind())
    })
}

async fn metrics(app: &App) -> String {
    send(app.stub.address, "GET", "/metrics", &[], b"")
        .await
        .body
}

#[tokio::test]
async fn the_configured_fault_is_met_by_its_operation_alone() {
    let app = App::with([
        ("stub.faults.busy.operations", "GetRegistry"),
        ("stub.faults.busy.throttle", "0/s"),
        ("stub.faults.busy.burst", "1"),
        ("stub.faults.broken.operations", "ListSchemas"),
        ("stub.faults.broken.errors", "100"),
    ])
    .await;
    let input = json!({"RegistryId": {"RegistryName": "r"}});
    assert_eq!(
        app.refused("GetRegistry", input.clone()).await.0,
        "EntityNotFoundException"
    );
    let throttled = app.call("GetRegistry", input).await;
    assert_eq!(throttled.status, 400);
    assert_eq!(
        throttled.header("x-amzn-errortype").as_deref(),
        Some("ThrottlingException")
    );
    assert_eq!(
        throttled.body,
        r#"{"__type":"ThrottlingException","Message":"Rate exceeded"}"#
    );
    assert_eq!(
        app.refused("ListSchemas", json!({})).await.0,
        "InternalServiceException"
    );
    app.ok("ListRegistries", json!({})).await;
    let metrics = metrics(&app).await;
    for line in [
        "gluestream_stub_faults_total{kind=\"throttle\",operation=\"GetRegistry\"} 1",
        "gluestream_stub_faults_total{kind=\"error\",operation=\"ListSchemas\"} 1",
        "gluestream_stub_requests_total{operation=\"ListSchemas\",result=\"server_error\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}");
    }
}

#[tokio::test]
async fn faults_are_put_shown_and_lifted_at_run_time() {
    let app = App::with([("stub.faults.first.errors", "100")]).await;
    let shown = control(&app, "GET", "/_stub/faults", &json!(null))
        .await
        .ok();
    assert_eq!(shown, json!({"first": {"errors": 100}}));
    let faults = json!({"late": {"operations": ["ListRegistries"], "latency": "30ms"}});
    assert_eq!(put(&app, faults.clone()).await, faults);
    let began = Instant::now();
    app.ok("ListRegistries", json!({})).await;
    assert!(began.elapsed() >= Duration::from_millis(30));
    let lifted = control(&app, "DELETE", "/_stub/faults", &json!(null))
        .await
        .ok();
    assert_eq!(lifted, json!({}));
    app.ok("ListRegistries", json!({})).await;
    assert!(
        metrics(&app)
            .await
            .contains("{kind=\"latency\",operation=\"ListRegistries\"} 1\n")
    );
}

#[tokio::test]
async fn faults_that_are_not_understood_change_nothing() {
    let app = App::start().await;
    let before = put(&app, json!({"a": {"errors": 100}})).await;
    let wrong = json!({"b": {"latncy": "1s"}});
    let refused = control(&app, "PUT", "/_stub/faults", &wrong).await;
    assert_eq!(refused.status, 400);
    let error = refused.json()["error"].as_str().unwrap().to_owned();
    assert!(
        error.starts_with("b.latncy: no such field; there are operations, "),
        "{error}"
    );
    let long = vec![b' '; 65 << 10];
    let refused = send(app.stub.address, "PUT", "/_stub/faults", &[], &long).await;
    assert_eq!(refused.status, 413);
    assert_eq!(
        control(&app, "GET", "/_stub/faults", &json!(null))
            .await
            .ok(),
        before
    );
}

#[tokio::test]
async fn wrong_faults_in_the_configuration_are_all_named() {
    use runtime::config::{Reader, Sources};
    let sources = Sources::from_pairs([
        ("stub.faults.a.latncy", "1s"),
        ("stub.faults.b.errors", "many"),
        ("stub.faults.c", "1s"),
    ]);
    let problems = Reader::load::<registry_stub::StubConfig>(&sources)
        .unwrap_err()
        .to_string();
    for text in [
        "stub.faults.a.latncy: no such field",
        "stub.faults.b.errors: \"many\" is not a share",
        "stub.faults.c: ",
    ] {
        assert!(problems.contains(text), "{problems}");
    }
}

#[tokio::test]
async fn an_outage_closes_every_api_connection_and_leaves_the_rest_alone() {
    let app = App::start().await;
    let mut kept = TcpStream::connect(app.stub.address).await.unwrap();
    let head =
        format!("POST / HTTP/1.1\r\nHost: localhost\r\n{TARGET}\r\nContent-Length: 2\r\n\r\n{{}}");
    kept.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 4096];
    assert!(
        kept.read(&mut answer).await.unwrap() > 0,
        "answered before the outage"
    );

    put(&app, json!({"down": {"refuse": true}})).await;
    let closed = tokio::time::timeout(Duration::from_secs(10), kept.read(&mut answer));
    assert_eq!(
        closed.await.unwrap().unwrap_or(0),
        0,
        "an idle connection stays open"
    );
    assert!(is_closed(&app).await);
    for path in [
        "/live",
        "/ready",
        "/metrics",
        "/version",
        "/",
        "/_stub/faults",
    ] {
        let answer = send(app.stub.address, "GET", path, &[], b"").await;
        assert_eq!(answer.status, 200, "{path}");
    }
    assert!(
        metrics(&app)
            .await
            .contains("{kind=\"refuse\",operation=\"ListRegistries\"} 1\n")
    );
    control(&app, "DELETE", "/_stub/faults", &json!(null))
        .await
        .ok();
    app.ok("ListRegistries", json!({})).await;
}

#[tokio::test]
async fn an_outage_of_one_operation_ends_by_itself() {
    let app = App::start().await;
    put(
        &app,
        json!({"down": {"operations": ["ListRegistries"], "refuse": true, "for": "300ms"}}),
    )
    .await;
    assert!(is_closed(&app).await);
    app.ok("ListSchemas", json!({})).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while is_closed(&app).await {
        assert!(Instant::now() < deadline, "the outage does not end");
        tokio::task::yield_now().await;
    }
    assert_eq!(
        control(&app, "GET", "/_stub/faults", &json!(null))
            .await
            .ok(),
        json!({})
    );
}

#[tokio::test]
async fn a_drain_does_not_wait_for_latencies() {
    let app = App::start().await;
    put(&app, json!({"slow": {"latency": "10m"}})).await;
    let address = app.stub.address;
    let asked = async { try_send(address, "POST", "/", &[TARGET], b"{}").await };
    let stop = async {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !metrics(&app)
            .await
            .contains("{kind=\"latency\",operation=\"ListRegistries\"} 1\n")
        {
            assert!(Instant::now() < deadline, "the request does not come");
            tokio::task::yield_now().await;
        }
        app.stop().await;
    };
    let (answer, ()) = tokio::join!(asked, stop);
    answer.unwrap_err();
}

#[tokio::test]
async fn a_reset_empties_the_store_and_begins_the_ids_anew() {
    for (path, seed) in [("/_stub/reset", "7"), ("/moto-api/reset", "8")] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stub.redb");
        let app = App::with([("stub.seed", seed), ("stub.data", file.to_str().unwrap())]).await;
        let id = app.create("customer", "orders-value", &avro("A")).await;
        let second = app
            .register("customer", "orders-value", &avro("B"))
            .await
            .ok();
        assert_ne!(second["SchemaVersionId"], json!(id));
        assert_eq!(control(&app, "POST", path, &json!(null)).await.status, 200);
        assert!(metrics(&app).await.contains("gluestream_stub_schemas 0\n"));
        let listed = app.ok("ListRegistries", json!({})).await;
        assert_eq!(listed, json!({"Registries": []}));
        let missing = app
            .refused("GetSchemaVersion", json!({"SchemaVersionId": id}))
            .await;
        assert_eq!(missing.0, "EntityNotFoundException");
        assert_eq!(app.create("customer", "orders-value", &avro("A")).await, id);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_seed_gives_the_same_ids_on_each_run_and_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stub.redb");
    let settings = [("stub.seed", "42"), ("stub.data", file.to_str().unwrap())];
    let app = App::with(settings).await;
    let id = app.create("customer", "orders-value", &avro("A")).await;
    assert_eq!(id, "b46c95e7-35c3-4e28-b8bd-eb1aed0fc79e");
    app.stop().await;
    // The count begins anew, the file does not.
    let app = App::with(settings).await;
    let added = app
        .register("customer", "orders-value", &avro("B"))
        .await
        .ok();
    assert_ne!(added["SchemaVersionId"], json!(id));
    assert_eq!(added["VersionNumber"], json!(2));
}

#[tokio::test]
async fn what_is_refused_uses_up_no_id_of_a_seed() {
    let broken = r#"{"type":"record","name":"A","fields":[{"name":"id","type":"string"},{"name":"n","type":"int"}]}"#;
    let mut ids = Vec::new();
    for tries in [0, 3] {
        let app = App::with([("stub.seed", "42"), ("stub.incompatible", "error")]).await;
        app.create("r", "s", &avro("A")).await;
        for _ in 0..tries {
            let refused = app.register("r", "s", broken).await.refused();
            assert_eq!(refused.0, "InvalidInputException");
            app.register("r", "s", "{").await.refused();
        }
        let added = app.register("r", "s", &avro("B")).await.ok();
        ids.push(added["SchemaVersionId"].clone());
        app.stop().await;
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn web_pages_of_others_cannot_steer_the_stub() {
    let app = App::start().await;
    app.create("customer", "orders-value", &avro("A")).await;
    let own = format!("Origin: {}", app.stub.url());
    for (method, path) in [
        ("GET", "/_stub/faults"),
        ("PUT", "/_stub/faults"),
        ("DELETE", "/_stub/faults"),
        ("POST", "/_stub/reset"),
        ("POST", "/moto-api/reset"),
    ] {
        for header in [
            "Origin: http://evil.example",
            "Origin: null",
            "Host: evil.example",
        ] {
            let answer = send(app.stub.address, method, path, &[header], b"{}").await;
            assert_eq!(answer.status, 403, "{method} {path} {header}");
        }
    }
    assert_eq!(
        app.ok("ListSchemas", json!({})).await["Schemas"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let answer = send(app.stub.address, "PUT", "/_stub/faults", &[&own], b"{}").await;
    assert_eq!(answer.status, 200);
}
