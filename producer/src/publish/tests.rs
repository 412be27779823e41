//! Full queues and failed deliveries, below what a whole producer can be brought to.

use std::time::Instant;

use client::kafka::metrics::KafkaMetrics;
use client::kafka::mock::MockCluster;
use prometheus::Registry;
use runtime::lifecycle::{Exit, Tasks};
use runtime::telemetry::Telemetry;

use super::*;
use crate::metrics::Metrics;

fn settlement(tasks: &Tasks, stop_on_refusal: bool) -> Settlement {
    let metrics = Metrics::register(&Registry::new(), "orders", "orders").unwrap();
    Settlement::new(
        metrics,
        Room::new(1_000_000, 1 << 40),
        tasks.clone(),
        "orders",
        stop_on_refusal,
    )
}

#[test]
fn a_full_queue_is_waited_for_and_loses_nothing() {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 1).unwrap();
    let telemetry = Telemetry::new("producer");
    let kafka = KafkaMetrics::register(telemetry.registry()).unwrap();
    let events = Arc::new(Events::new(kafka, telemetry.health().latch("broker")));
    let settlement = Arc::new(settlement(&Tasks::new(), false));
    let mut settings = ClientConfig::new();
    settings
        .set("bootstrap.servers", cluster.bootstrap_servers())
        .set("enable.idempotence", "true")
        .set("queue.buffering.max.messages", "10");
    let publisher =
        Arc::new(Publisher::new(&settings, "orders", events, Arc::clone(&settlement)).unwrap());
    let mut sender = Sender::new(
        &publisher,
        telemetry
            .health()
            .heartbeat("pipeline", Duration::from_mins(1)),
    );
    let record = Record {
        value: b"value".to_vec(),
        ..Record::default()
    };
    for _ in 0..500 {
        assert_eq!(sender.send(&record), Sent::Enqueued);
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while settlement.metrics.in_flight() > 0 && Instant::now() < deadline {
        publisher.flush(Duration::from_millis(50));
    }
    assert!(
        settlement.metrics.queue_full.get() > 0,
        "the queue was never full"
    );
    assert_eq!(
        (
            settlement.metrics.enqueued.get(),
            settlement.metrics.delivered.get()
        ),
        (500, 500)
    );
}

/// What librdkafka reports, the reason it is counted under, and the exit code it leads to.
const FAILURES: [(RDKafkaErrorCode, Reason, Option<Exit>); 10] = [
    (
        RDKafkaErrorCode::MessageTimedOut,
        Reason::Timeout,
        Some(Exit::DrainIncomplete),
    ),
    (
        RDKafkaErrorCode::TopicAuthorizationFailed,
        Reason::Auth,
        Some(Exit::Authentication),
    ),
    (
        RDKafkaErrorCode::ClusterAuthorizationFailed,
        Reason::Auth,
        Some(Exit::Authentication),
    ),
    (
        RDKafkaErrorCode::UnknownTopicOrPartition,
        Reason::TopicUnknown,
        Some(Exit::DrainIncomplete),
    ),
    (
        RDKafkaErrorCode::UnknownTopic,
        Reason::TopicUnknown,
        Some(Exit::DrainIncomplete),
    ),
    (RDKafkaErrorCode::Fatal, Reason::Fatal, Some(Exit::Fatal)),
    (
        RDKafkaErrorCode::InvalidRecord,
        Reason::Other,
        Some(Exit::DrainIncomplete),
    ),
    (
        RDKafkaErrorCode::MessageSizeTooLarge,
        Reason::TooLarge,
        None,
    ),
    (RDKafkaErrorCode::PurgeQueue, Reason::PurgedOnShutdown, None),
    (
        RDKafkaErrorCode::PurgeInflight,
        Reason::PurgedOnShutdown,
        None,
    ),
];

#[tokio::test]
async fn a_failed_delivery_is_counted_by_reason_and_decides_the_exit_code() {
    for (code, reason, exit) in FAILURES {
        let tasks = Tasks::new();
        let settlement = settlement(&tasks, false);
        for _ in 0..2 {
            settlement.metrics.in_flight_records.inc();
            settlement.metrics.in_flight_bytes.add(7);
            settlement.failed(&KafkaError::MessageProduction(code), 7);
        }
        assert_eq!(settlement.metrics.failed(reason).get(), 2, "{code:?}");
        assert_eq!(
            (
                settlement.metrics.in_flight(),
                settlement.metrics.in_flight_bytes.get()
            ),
            (0, 0),
            "{code:?}"
        );
        assert_eq!(tasks.draining().is_cancelled(), exit.is_some(), "{code:?}");
        if let Some(exit) = exit {
            assert_eq!(
                tasks.finished(Duration::from_secs(1)).await.exit,
                exit,
                "{code:?}"
            );
        }
    }
}

#[tokio::test]
async fn under_stop_a_record_the_broker_refuses_ends_the_daemon_with_65() {
    let tasks = Tasks::new();
    settlement(&tasks, true).failed(
        &KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge),
        1,
    );
    assert_eq!(
        tasks.finished(Duration::from_secs(1)).await.exit,
        Exit::Refused
    );
}
