//! What is not taken, each with its status, its problem and the headers that belong to it.

use serde_json::Value;

use super::{Headers, Line, post, start};
use crate::app::World;
use crate::ndjson::order;

#[expect(clippy::too_many_lines, reason = "a table")]
#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_status_and_says_why() {
    let world = World::new().await;
    let (app, address) = start(
        &world,
        &[
            ("source.max_body", "1KiB"),
            ("source.max_body_records", "3"),
        ],
    )
    .await;
    let (order, many) = (order(1), "{}\n".repeat(4));
    let big = format!("{}{}", order, " ".repeat(1024));
    let cases: [(&str, Headers<'_>, &str, u16, &str); 15] = [
        ("POST /records", &[], "{\"order_id\":", 400, "malformed"),
        ("POST /records", &[], "", 400, "malformed"),
        ("POST /records", &[], "[]", 400, "malformed"),
        (
            "POST /records",
            &[("Content-Encoding", "gzip")],
            "not gzip",
            400,
            "malformed",
        ),
        (
            "POST /records",
            &[("Host", "evil.example")],
            &order,
            403,
            "foreign",
        ),
        (
            "POST /records",
            &[("Origin", "http://evil.example")],
            &order,
            403,
            "foreign",
        ),
        ("GET /records", &[], "", 405, "method"),
        ("DELETE /openapi.json", &[], "", 405, "method"),
        ("GET /", &[], "", 404, "not_found"),
        ("POST /records/", &[], &order, 404, "not_found"),
        ("POST /records", &[], &big, 413, "too_large"),
        ("POST /records", &[], &many, 413, "too_large"),
        (
            "POST /records",
            &[("Content-Type", "text/plain")],
            &order,
            415,
            "media_type",
        ),
        (
            "POST /records",
            &[("Content-Encoding", "br")],
            &order,
            415,
            "encoding",
        ),
        ("POST /records", &[], "[1]", 422, "rejected"),
    ];
    let mut line = Line::open(address).await;
    line.send("GET /openapi.json", &[], b"").await;
    let document = line.hear().await.expect("a document").json();
    assert_eq!(document["openapi"], "3.1.0");
    for (start, headers, body, status, name) in cases {
        let mut line = Line::open(address).await;
        line.send(start, headers, body.as_bytes()).await;
        let answer = line.hear().await.expect("an answer");
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (status, name),
            "{start} {headers:?} {body:.20}"
        );
        let named = &document["paths"]["/records"]["post"]["responses"][status.to_string()];
        assert!(named.is_object(), "{status} is not described");
        if status == 405 {
            assert!(answer.header("allow").is_some(), "{answer:?}");
        }
        let problem = answer.json();
        for member in ["title", "detail"] {
            assert!(
                problem[member].as_str().is_some_and(|text| text.len() > 10),
                "{problem}"
            );
        }
    }
    let malformed = post(
        address,
        &[],
        format!("{order}\n{order}\n{{\"a\":}}").as_bytes(),
    )
    .await;
    assert_eq!(malformed.json()["errors"][0]["line"], 3);
    assert_eq!(app.progress.enqueued(), 0);
    // One's own page is no foreign one.
    let own = [("Host", "127.0.0.1:80"), ("Origin", "http://127.0.0.1:80")];
    assert_eq!(post(address, &own, order.as_bytes()).await.status, 200);
    app.drained().await;
    let counted = |status: &str| {
        app.metric(
            "gluestream_producer_http_requests_total",
            &[("status", status)],
        )
    };
    assert!((counted("400") - 5.0).abs() < 0.5 && (counted("415") - 2.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_without_its_body_is_there_too() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    let mut line = Line::open(address).await;
    line.say(b"HEAD /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    line.end().await;
    line = Line::open(address).await;
    line.send("GET /openapi.json", &[], b"").await;
    let document = line.hear().await.expect("a document").json();
    let security: &Value = &document["security"];
    assert_eq!(security.as_array().map(Vec::len), Some(0), "{security}");
    app.drained().await;
}
