//! A drain with requests in flight: they are answered, new ones are told to go elsewhere.

use std::time::Duration;

use runtime::lifecycle::{Cause, Exit};

use super::{Line, post, start};
use crate::app::{World, until};
use crate::ndjson::{SCHEMA_FILE, ids, order};
use crate::process::Process;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_answered_and_what_is_new_is_503() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    // A line that is idle, one whose body has begun, and one that waits for Kafka.
    let (mut idle, mut half, mut waiting) = (
        Line::open(address).await,
        Line::open(address).await,
        Line::open(address).await,
    );
    idle.send("GET /openapi.json", &[], b"").await;
    assert_eq!(idle.hear().await.expect("an answer").status, 200);
    world.take_broker_away();
    half.send("POST /records", &[("Content-Length", "100")], b"{")
        .await;
    waiting
        .send("POST /records", &[], order(1).as_bytes())
        .await;
    until("it is in flight", || app.progress.in_flight() == 1).await;
    let under_way = || app.metric("gluestream_producer_http_requests_in_flight", &[]);
    until("the other has begun", || under_way() > 1.5).await;

    app.tasks.drain(Cause::Signal);
    let begun = half.hear().await.expect("an answer");
    assert_eq!((begun.status, begun.problem().as_str()), (503, "draining"));
    idle.send("POST /records", &[], order(2).as_bytes()).await;
    let kept = idle.hear().await.expect("an answer");
    let new = post(address, &[], order(3).as_bytes()).await;
    for refused in [kept, new] {
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (503, "draining")
        );
        assert_eq!(refused.header("retry-after"), Some("5"));
        assert_eq!(refused.header("connection"), Some("close"));
    }
    world.bring_broker_back();
    assert_eq!(waiting.hear().await.expect("an answer").status, 200);
    assert_eq!(app.ended().await.exit, Exit::Done);
    assert_eq!(ids(&world), ["id-1"]);
    assert!(
        tokio::net::TcpStream::connect(address).await.is_err(),
        "it still listens"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_answered_too_and_the_drain_is_incomplete() {
    let world = World::new().await;
    let (app, address) = start(&world, &[("shutdown.grace", "2s")]).await;
    world.take_broker_away();
    let mut line = Line::open(address).await;
    line.send("POST /records", &[], order(1).as_bytes()).await;
    until("it is in flight", || app.progress.in_flight() == 1).await;
    app.tasks.drain(Cause::Signal);
    let (answer, outcome) = tokio::join!(line.hear(), app.ended());
    let answer = answer.expect("an answer");
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (503, "not_delivered")
    );
    assert_eq!(answer.json()["records"][0]["failed"], "purged_on_shutdown");
    assert_eq!(outcome.exit, Exit::DrainIncomplete);
    assert!(
        outcome.drained_in < Duration::from_millis(2_100),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_answers_what_it_took_before_sigterm_and_ends_with_0() {
    let world = World::new().await;
    let (address, admin) = (free_address(), free_address());
    let (listen, asked) = (address.to_string(), admin.to_string());
    let settings = world.settings(&[
        ("source.kind", "http"),
        ("source.listen", &listen),
        ("admin.listen", &asked),
        ("registry.schema_file", SCHEMA_FILE),
    ]);
    let mut process = Process::start(&["run"], &settings);
    let deadline = std::time::Instant::now() + crate::app::PATIENCE;
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert!(std::time::Instant::now() < deadline, "it does not listen");
        assert!(
            process.0.try_wait().expect("it can be asked").is_none(),
            "it ended"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(post(address, &[], order(1).as_bytes()).await.status, 200);
    world.take_broker_away();
    let mut lines = Vec::new();
    for number in 2..10 {
        let mut line = Line::open(address).await;
        line.send("POST /records", &[], order(number).as_bytes())
            .await;
        lines.push(line);
    }
    let deadline = std::time::Instant::now() + crate::app::PATIENCE;
    while in_flight(admin).await != "8" {
        assert!(std::time::Instant::now() < deadline, "they are not taken");
    }
    process.signal("TERM");
    world.bring_broker_back();
    for mut line in lines {
        assert_eq!(line.hear().await.expect("an answer").status, 200);
    }
    let ended = process.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(ids(&world).len(), 9);
}

/// A port that is free now.
fn free_address() -> std::net::SocketAddr {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("bound")
}

/// The records in flight, as a process counts them.
async fn in_flight(admin: std::net::SocketAddr) -> String {
    let mut line = Line::open(admin).await;
    line.send(
        "GET /metrics",
        &[("Host", "127.0.0.1"), ("Connection", "close")],
        b"",
    )
    .await;
    let answer = line.hear().await.expect("an answer");
    let metrics = String::from_utf8_lossy(&answer.body).into_owned();
    let mut lines = metrics.lines();
    let found = lines.find(|line| line.starts_with("gluestream_producer_in_flight_records"));
    let value = found.and_then(|line| line.rsplit(' ').next());
    value.unwrap_or_default().to_owned()
}
