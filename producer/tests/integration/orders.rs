//! The `orders` source from end to end.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use producer::{Gate, schema};
use runtime::lifecycle::Exit;

use crate::app::{World, until};
use crate::topic::plan;

#[tokio::test(flavor = "multi_thread")]
async fn orders_arrive_framed_and_keyed() {
    let world = World::new().await;
    let app = world
        .start(&[("source.max_records", "2000"), ("source.seed", "7")])
        .await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    let version = app.progress.schema_version().expect("the version is known");
    assert_eq!(version.definition, schema::ORDER);
    let (stored, plan) = (world.stored(), plan(schema::ORDER));
    assert_eq!(stored.len(), 2_000);
    assert_eq!(app.progress.delivered(), 2_000);
    let mut partitions = HashSet::new();
    for record in &stored {
        assert_eq!(record.frame[..2], [3, 0]);
        assert_eq!(record.version_id(), version.id);
        let value = record.value(&plan);
        let id = value["order_id"].as_str().expect("an order has an id");
        assert_eq!(
            record.key.as_deref(),
            Some(format!("{{\"order_id\": \"{id}\"}}").as_str())
        );
        let ordered_at = value["ordered_at"].as_i64().expect("an order has a time");
        assert!(
            (0..10_000).contains(&(record.created_at - ordered_at)),
            "created when it was ordered"
        );
        partitions.insert(record.partition);
    }
    assert_eq!(partitions.len(), 2);
    assert!(app.metric("gluestream_producer_last_delivery_timestamp_seconds", &[]) > 1e9);
    assert!(app.telemetry.registry().gather().iter().any(|family| {
        family.name() == "gluestream_producer_delivery_duration_seconds"
            && family.get_metric()[0].get_histogram().get_sample_count() > 0
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_repeats_the_orders() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let world = World::new().await;
        let more = [
            ("source.max_records", "500"),
            ("source.seed", "9"),
            ("source.variant", "order_more"),
        ];
        assert_eq!(world.start(&more).await.ended().await.exit, Exit::Done);
        let plan = plan(schema::ORDER_MORE);
        let without_time = |record: &crate::topic::Stored| {
            let mut value = record.value(&plan);
            value["ordered_at"].take();
            value.to_string()
        };
        runs.push(world.stored().iter().map(without_time).collect::<Vec<_>>());
    }
    assert!(runs[0] == runs[1], "the same seed, other orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_share_the_limit() {
    let world = World::new().await;
    let app = world
        .start(&[("source.max_records", "3001"), ("source.workers", "4")])
        .await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    let stored = world.stored();
    let keys: HashSet<_> = stored.iter().map(|record| record.key.clone()).collect();
    assert_eq!((stored.len(), keys.len()), (3_001, 3_001));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_of_the_whole_process_and_max_run_ends_it() {
    let world = World::new().await;
    let more = [
        ("source.rate", "200/s"),
        ("source.workers", "3"),
        ("source.max_run", "1500ms"),
    ];
    let app = world.start(&more).await;
    let outcome = app.ended().await;
    assert_eq!((outcome.exit, outcome.cause), (Exit::Done, "limit"));
    let delivered = app.progress.delivered();
    assert!(
        (150..=330).contains(&delivered),
        "{delivered} records in 1.5 s at 200/s"
    );
    assert!(app.metric("gluestream_producer_rate_limit_wait_seconds_total", &[]) > 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_drains_all_that_was_made() {
    let world = World::new().await;
    let app = world.start(&[("source.workers", "2")]).await;
    assert!(app.telemetry.health().is_ready());
    until("records flow", || app.progress.delivered() > 1_000).await;
    let outcome = app.drained().await;
    assert_eq!((outcome.exit, outcome.cause), (Exit::Done, "signal"));
    assert_eq!(app.progress.failed(), 0);
    assert!(outcome.drained_in < Duration::from_secs(5), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_waits_for_records_that_still_linger_in_the_client() {
    let world = World::new().await;
    let app = world
        .start(&[
            ("kafka.properties.linger.ms", "1000"),
            ("source.rate", "100/s"),
        ])
        .await;
    until("a record waits in the client", || {
        app.progress.in_flight() > 0
    })
    .await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(
        (app.progress.failed(), world.stored().len() as u64),
        (0, app.progress.delivered())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_holds_production_back() {
    let world = World::new().await;
    let consumed = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&consumed);
    let gate = Gate::new(move |sent| {
        seen.load(Ordering::Relaxed) > 0 && sent < seen.load(Ordering::Relaxed) + 100
    });
    let app = world
        .start_gated(&[("source.workers", "2")], Some(gate))
        .await;
    consumed.store(1, Ordering::Relaxed);
    until("the gate has let records pass", || {
        app.progress.delivered() >= 101
    })
    .await;
    assert!(
        app.progress.enqueued() <= 102,
        "{} passed",
        app.progress.enqueued()
    );
    consumed.store(1_000, Ordering::Relaxed);
    until("the gate has let more pass", || {
        app.progress.delivered() >= 1_100
    })
    .await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert!(
        app.progress.enqueued() <= 1_102,
        "{} passed",
        app.progress.enqueued()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_gate_does_not_hold_up_a_drain() {
    let world = World::new().await;
    let app = world.start_gated(&[], Some(Gate::new(|_| false))).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(app.progress.read(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_what_the_configuration_says() {
    for (key, expected) in [("[]", None), ("[\"user_id\"]", Some("{\"user_id\": \""))] {
        let world = World::new().await;
        let app = world
            .start(&[("source.max_records", "10"), ("source.key", key)])
            .await;
        assert_eq!(app.ended().await.exit, Exit::Done);
        for record in world.stored() {
            match (&record.key, expected) {
                (None, None) => {}
                (Some(key), Some(start)) => assert!(key.starts_with(start), "{key}"),
                (key, expected) => panic!("{key:?} instead of {expected:?}"),
            }
        }
    }
}
