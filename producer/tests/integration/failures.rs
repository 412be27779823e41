//! Brokers that go, registries that refuse: nothing is lost silently, and the exit code says what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use client::kafka::mock::Request;
use producer::Gate;
use runtime::lifecycle::Exit;

use crate::app::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_gone_for_a_while_costs_nothing() {
    let world = World::new().await;
    let more = [
        ("source.max_records", "5000"),
        ("source.in_flight_records", "500"),
        ("source.rate", "4000/s"),
    ];
    let app = world.start(&more).await;
    until("records flow", || app.progress.delivered() > 100).await;
    world.take_broker_away();
    until("three quarters of the bound are in flight", || {
        app.progress.in_flight() >= 375
    })
    .await;
    assert!(
        app.telemetry.health().is_live(),
        "a broker that is gone is no reason to restart"
    );
    world.bring_broker_back();
    assert_eq!(app.ended().await.exit, Exit::Done);
    assert_eq!(
        (app.progress.delivered(), app.progress.failed()),
        (5_000, 0)
    );
    assert_eq!(world.stored().len(), 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_in_flight_are_bounded_too() {
    let world = World::new().await;
    let app = world.start(&[("source.in_flight_bytes", "10KiB")]).await;
    until("records flow", || app.progress.delivered() > 100).await;
    world.take_broker_away();
    let bytes = || app.metric("gluestream_producer_in_flight_bytes", &[]);
    until("three quarters of the bound are in flight", || {
        bytes() > 7.5 * 1024.0
    })
    .await;
    assert!(bytes() <= 10.0 * 1024.0, "{}", bytes());
    world.bring_broker_back();
    assert_eq!(app.drained().await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_times_out_stops_the_intake_and_ends_with_75() {
    let world = World::new().await;
    let more = [
        ("kafka.delivery_timeout", "1500ms"),
        ("source.in_flight_records", "50"),
        ("shutdown.grace", "5s"),
    ];
    let app = world.start(&more).await;
    until("records flow", || app.progress.delivered() > 100).await;
    world.take_broker_away();
    let outcome = app.ended().await;
    assert_eq!(
        (outcome.exit, outcome.cause),
        (Exit::DrainIncomplete, "failed")
    );
    assert!(app.failed("timeout") >= 1.0, "{:?}", app.progress);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_without_brokers_ends_in_its_time_and_counts_what_it_gave_up() {
    let world = World::new().await;
    let more = [
        ("shutdown.grace", "2s"),
        ("source.in_flight_records", "300"),
        ("source.workers", "2"),
    ];
    let app = world.start(&more).await;
    until("records flow", || app.progress.delivered() > 100).await;
    world.take_broker_away();
    // Who has met the bound goes on only when a quarter is free.
    until("three quarters of the bound are in flight", || {
        app.progress.in_flight() >= 225
    })
    .await;
    let outcome = app.drained().await;
    assert_eq!(
        (outcome.exit, outcome.cause),
        (Exit::DrainIncomplete, "signal")
    );
    assert!(
        outcome.drained_in <= Duration::from_millis(2_100),
        "{outcome:?}"
    );
    // Some may have been on their way when the broker went.
    let (read, delivered) = (app.progress.read(), app.progress.delivered());
    let given_up = app.failed("purged_on_shutdown");
    assert!(given_up >= 1.0, "{:?}", app.progress);
    let unsettled = (read - delivered).to_string();
    assert_eq!(given_up.to_string(), unsettled, "{:?}", app.progress);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_without_the_schema_is_a_configuration_error() {
    let world = World::new().await;
    let began = Instant::now();
    let failure = world
        .try_start(&[("registry.resolution", "lookup")], None)
        .await
        .err()
        .expect("it must not start");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(failure.exit, Exit::Configuration, "{failure}");
    for named in ["customer", "orders-value"] {
        assert!(failure.to_string().contains(named), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_not_there_ends_the_start_with_69() {
    let world = World::new().await;
    let more = [
        ("registry.endpoint", "http://127.0.0.1:9"),
        ("startup.timeout", "1s"),
    ];
    let began = Instant::now();
    let failure = world
        .try_start(&more, None)
        .await
        .err()
        .expect("it must not start");
    assert_eq!(failure.exit, Exit::Unreachable, "{failure}");
    assert!(failure.to_string().contains("127.0.0.1:9"), "{failure}");
    assert!(
        (1..6).contains(&began.elapsed().as_secs()),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_there_ends_the_start_with_69() {
    let world = World::new().await;
    let more = [
        ("kafka.bootstrap_servers", "127.0.0.1:9"),
        ("startup.timeout", "1s"),
    ];
    let failure = world
        .try_start(&more, None)
        .await
        .err()
        .expect("it must not start");
    assert_eq!(failure.exit, Exit::Unreachable, "{failure}");
    assert!(failure.to_string().contains("127.0.0.1:9"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_producer_finds_the_schema_that_the_first_one_registered() {
    let world = World::new().await;
    let first = world.start(&[("source.max_records", "1")]).await;
    assert_eq!(first.ended().await.exit, Exit::Done);
    let second = world
        .start(&[
            ("source.max_records", "1"),
            ("registry.resolution", "lookup"),
        ])
        .await;
    assert_eq!(second.ended().await.exit, Exit::Done);
    let id = |app: &crate::app::App| app.progress.schema_version().map(|version| version.id);
    assert_eq!(id(&first), id(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_ours_to_write_ends_the_start_with_77_and_is_named() {
    use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED;
    let world = World::new().await;
    world
        .kafka
        .fail_topic("orders", DENIED)
        .expect("the name is possible");
    let failure = world
        .try_start(&[], None)
        .await
        .err()
        .expect("it must not start");
    assert_eq!(failure.exit, Exit::Authentication, "{failure}");
    assert!(
        failure.to_string().contains("the topic orders at"),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_broker_finds_too_large_is_failed_as_such_and_the_next_is_delivered() {
    use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE;
    let world = World::new().await;
    world.kafka.fail_requests(Request::Produce, &[TOO_LARGE]);
    let judged = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&judged);
    // The second record goes when the first has been judged, so that they never share a batch.
    let gate = Gate::new(move |sent| sent == 0 || seen.load(Ordering::Relaxed));
    let app = world
        .start_gated(&[("source.max_records", "2")], Some(gate))
        .await;
    until("the first record is judged", || app.progress.failed() == 1).await;
    judged.store(true, Ordering::Relaxed);
    app.ended().await;
    assert!((app.failed("too_large") - 1.0).abs() < f64::EPSILON);
    assert_eq!(app.progress.delivered(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_refuses_to_let_us_write_ends_the_producer_with_77() {
    use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED;
    let world = World::new().await;
    world.kafka.fail_requests(Request::Produce, &[DENIED]);
    let app = world.start(&[("source.max_records", "1")]).await;
    assert_eq!(app.ended().await.exit, Exit::Authentication);
    assert!((app.failed("auth") - 1.0).abs() < f64::EPSILON);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_replicas_are_waited_for_and_cost_nothing() {
    use rdkafka::types::RDKafkaRespErr::{
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS as BEFORE,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND as AFTER,
    };
    let world = World::new().await;
    let errors = [BEFORE, AFTER, BEFORE];
    world.kafka.fail_requests(Request::Produce, &errors);
    let app = world.start(&[("source.max_records", "100")]).await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    let counts = (app.progress.delivered(), app.progress.failed());
    assert_eq!(counts, (100, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_broker_refuses_is_counted_and_the_next_goes_on_under_skip_only() {
    use rdkafka::types::RDKafkaRespErr::{
        RD_KAFKA_RESP_ERR_INVALID_RECORD as INVALID,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION as AGAINST_POLICY,
    };
    for error in [INVALID, AGAINST_POLICY] {
        for (policy, exit, delivered) in [("skip", Exit::Done, 1), ("stop", Exit::Refused, 0)] {
            let world = World::new().await;
            world.kafka.fail_requests(Request::Produce, &[error]);
            let judged = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&judged);
            let gate = Gate::new(move |sent| sent == 0 || seen.load(Ordering::Relaxed));
            let more = [("source.max_records", "2"), ("source.on_reject", policy)];
            let app = world.start_gated(&more, Some(gate)).await;
            until("the first record is judged", || app.failed("refused") > 0.0).await;
            judged.store(policy == "skip", Ordering::Relaxed);
            assert_eq!(app.ended().await.exit, exit, "{error:?} {policy}");
            assert_eq!(app.progress.delivered(), delivered, "{error:?} {policy}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequence_that_the_broker_does_not_know_ends_the_producer_with_76() {
    use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER as BROKEN;
    let world = World::new().await;
    let app = world.start(&[("source.rate", "1000/s")]).await;
    until("records flow", || app.progress.delivered() > 10).await;
    world.kafka.fail_requests(Request::Produce, &[BROKEN; 10]);
    assert_eq!(app.ended().await.exit, Exit::Fatal);
}
