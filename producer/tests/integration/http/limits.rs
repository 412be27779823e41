//! Bodies, heads, time and numbers are bounded.

use std::time::Duration;

use super::records::gzip;
use super::{Line, post, start};
use crate::app::{World, until};
use crate::ndjson::order;

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_is_not_inflated() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    let bomb = gzip(&vec![b' '; 20 << 20]);
    assert!(
        bomb.len() < 1 << 20,
        "{} bytes pass as they come",
        bomb.len()
    );
    let answer = post(address, &[("Content-Encoding", "gzip")], &bomb).await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (413, "too_large")
    );
    app.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_say_its_length_is_bounded_all_the_same() {
    let world = World::new().await;
    let (app, address) = start(&world, &[("source.max_body", "1KiB")]).await;
    let chunked = [("Transfer-Encoding", "chunked")];
    let mut line = Line::open(address).await;
    let chunk = format!("{:x}\r\n{}\r\n0\r\n\r\n", order(1).len(), order(1));
    line.send("POST /records", &chunked, chunk.as_bytes()).await;
    assert_eq!(line.hear().await.expect("an answer").status, 200);
    let big = format!("401\r\n{}\r\n0\r\n\r\n", " ".repeat(1025));
    line.send("POST /records", &chunked, big.as_bytes()).await;
    let answer = line.hear().await.expect("an answer");
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (413, "too_large")
    );
    app.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_loses_the_line() {
    let world = World::new().await;
    let more = [
        ("source.idle_timeout", "300ms"),
        ("source.request_timeout", "1s"),
    ];
    let (app, address) = start(&world, &more).await;
    // Nothing, half a head, and nothing more after an answer.
    for said in [&b""[..], b"POST /records HTTP/1.1\r\nHost: local"] {
        let mut line = Line::open(address).await;
        line.say(said).await;
        assert!(line.end().await < Duration::from_secs(10), "{said:?}");
    }
    let mut line = Line::open(address).await;
    line.send("POST /records", &[], order(1).as_bytes()).await;
    assert_eq!(line.hear().await.expect("an answer").status, 200);
    line.end().await;
    // A body that stops, and one that comes byte by byte.
    let mut line = Line::open(address).await;
    line.send("POST /records", &[("Content-Length", "100")], b"{")
        .await;
    let answer = line.hear().await.expect("an answer");
    assert_eq!((answer.status, answer.problem().as_str()), (408, "late"));
    line.end().await;
    let mut line = Line::open(address).await;
    line.send("POST /records", &[("Content-Length", "100")], b"")
        .await;
    let dripping = async {
        loop {
            line.say(b" ").await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_millis(900), dripping)
        .await
        .unwrap_err();
    let answer = line.hear().await.expect("an answer");
    assert_eq!((answer.status, answer.problem().as_str()), (408, "late"));
    assert_eq!(app.progress.enqueued(), 1);
    app.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_refused() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    let long = "x".repeat(20 << 10);
    let mut line = Line::open(address).await;
    line.send("POST /records", &[("X-Long", &long)], b"{}")
        .await;
    // The server may reset the line while more is on its way.
    if let Some(answer) = line.hear().await {
        assert_eq!(answer.status, 431);
    }
    assert_eq!(post(address, &[], order(1).as_bytes()).await.status, 200);
    app.drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_requests_are_bounded() {
    let world = World::new().await;
    let more = [
        ("source.max_connections", "2"),
        ("source.max_requests", "1"),
    ];
    let (app, address) = start(&world, &more).await;
    world.take_broker_away();
    let mut first = Line::open(address).await;
    first.send("POST /records", &[], order(1).as_bytes()).await;
    until("the first is in flight", || app.progress.in_flight() == 1).await;
    let mut second = Line::open(address).await;
    second.send("POST /records", &[], order(2).as_bytes()).await;
    let answer = second.hear().await.expect("an answer");
    assert_eq!((answer.status, answer.problem().as_str()), (429, "busy"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    let open = || app.metric("gluestream_producer_http_connections", &[]);
    assert!((open() - 2.0).abs() < 0.5);
    let mut third = Line::open(address).await;
    third.send("GET /openapi.json", &[], b"").await;
    let early = tokio::time::timeout(Duration::from_millis(200), third.hear()).await;
    assert!(early.is_err(), "a third connection is served beside two");
    drop(second);
    assert_eq!(third.hear().await.expect("an answer").status, 200);
    world.bring_broker_back();
    assert_eq!(first.hear().await.expect("an answer").status, 200);
    app.drained().await;
}
