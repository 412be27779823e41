//! While Kafka is away, requests wait or are turned away, and nothing is lost or kept.

use std::collections::HashSet;

use super::{Line, id_at, post, start};
use crate::app::{World, until};
use crate::ndjson::{ids, order};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_is_429_and_every_200_is_in_the_topic_once() {
    let world = World::new().await;
    let more = [
        ("source.in_flight_records", "10"),
        ("source.max_body_records", "4"),
    ];
    let (app, address) = start(&world, &more).await;
    assert_eq!(post(address, &[], order(0).as_bytes()).await.status, 200);
    world.take_broker_away();
    let mut waiting = Vec::new();
    for first in [1, 5] {
        let mut line = Line::open(address).await;
        let body: Vec<_> = (first..first + 4).map(order).collect();
        line.send("POST /records", &[], body.join("\n").as_bytes())
            .await;
        waiting.push(line);
    }
    until("both are in flight", || app.progress.in_flight() == 8).await;
    let three: Vec<_> = (9..12).map(order).collect();
    let refused = post(address, &[], three.join("\n").as_bytes()).await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (429, "queue_full")
    );
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(
        app.progress.in_flight(),
        8,
        "a request is taken whole or not at all"
    );
    assert!(
        app.telemetry.health().is_live(),
        "Kafka's absence is no reason to restart"
    );
    world.bring_broker_back();
    let mut answers = Vec::new();
    for mut line in waiting {
        let answer = line.hear().await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        answers.push(answer.json());
    }
    let again = post(address, &[], three.join("\n").as_bytes()).await;
    assert_eq!(again.status, 200, "{again:?}");
    app.drained().await;
    let stored = world.stored();
    let answered = answers
        .iter()
        .flat_map(|answer| answer["records"].as_array().expect("a list"));
    let answered: Vec<_> = answered.map(|place| id_at(&stored, place)).collect();
    let wanted: Vec<_> = (1..9).map(|number| format!("id-{number}")).collect();
    assert_eq!(answered, wanted);
    let all = ids(&world);
    assert_eq!(all.len(), 12, "{all:?}");
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 12, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_504_and_its_records_come_all_the_same() {
    let world = World::new().await;
    let (app, address) = start(&world, &[("source.request_timeout", "500ms")]).await;
    world.take_broker_away();
    let answer = post(address, &[], order(1).as_bytes()).await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (504, "not_acknowledged")
    );
    world.bring_broker_back();
    until("it is delivered", || app.progress.delivered() == 1).await;
    app.drained().await;
    assert_eq!(ids(&world), ["id-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_leaves_records_that_are_settled_like_any() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    world.take_broker_away();
    let mut line = Line::open(address).await;
    line.send("POST /records", &[], order(1).as_bytes()).await;
    until("it is in flight", || app.progress.in_flight() == 1).await;
    drop(line);
    let under_way = || app.metric("gluestream_producer_http_requests_in_flight", &[]);
    until("its request is gone", || under_way() < 0.5).await;
    world.bring_broker_back();
    until("it is delivered", || app.progress.delivered() == 1).await;
    app.drained().await;
    assert_eq!(ids(&world), ["id-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_broker_refuses_is_502_and_the_daemon_goes_on() {
    use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD as INVALID;
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    world
        .kafka
        .fail_requests(client::kafka::mock::Request::Produce, &[INVALID]);
    let answer = post(address, &[], order(1).as_bytes()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (502, "refused"));
    let problem = answer.json();
    assert_eq!(problem["failed"], 1);
    assert_eq!(problem["records"][0]["failed"], "refused");
    assert_eq!(post(address, &[], order(2).as_bytes()).await.status, 200);
    app.drained().await;
    assert_eq!(ids(&world), ["id-2"]);
}
