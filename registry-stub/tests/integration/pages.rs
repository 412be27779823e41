//! The page for people.

use serde_json::json;

use crate::harness::{App, avro, send};

#[tokio::test]
async fn the_page_lists_everything_with_its_definition_and_runs_nothing() {
    let app = App::start().await;
    let definition = json!({"type": "record", "name": "A", "doc": "<script>alert('x')</script>&\"", "fields": []}).to_string();
    let id = app.create("customer", "orders-value", &definition).await;
    let page = send(app.stub.address, "GET", "/", &[], b"").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-security-policy").as_deref(),
        Some("default-src 'self'")
    );
    for text in [
        "customer",
        "orders-value",
        "us-east-1",
        "Version 1 AVAILABLE",
        &id,
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(
        page.body
            .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;")
    );
    assert!(!page.body.contains("<script"));
    let style = send(app.stub.address, "GET", "/style.css", &[], b"").await;
    assert_eq!(
        style.header("content-type").as_deref(),
        Some("text/css; charset=utf-8")
    );
}

#[tokio::test]
async fn an_empty_stub_has_a_page_too() {
    let app = App::start().await;
    assert!(
        send(app.stub.address, "GET", "/", &[], b"")
            .await
            .body
            .contains("No registry yet.")
    );
}

#[tokio::test]
async fn a_page_has_an_end() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    for number in 0..20 {
        let definition = json!({"type": "enum", "name": format!("E{number}"), "symbols": ["A"], "doc": "<".repeat(160_000)});
        app.register("r", "s", &definition.to_string()).await.ok();
    }
    let page = send(app.stub.address, "GET", "/", &[], b"").await.body;
    assert!(page.contains("This page is full"));
    assert!(page.len() < 6 << 20, "{}", page.len());
}
