//! Full queues and failed deliveries, below what a whole producer can be brought to.

use std::time::Instant;

use client::kafka::metrics::KafkaMetrics;
use client::kafka::mock::{self, MockCluster};
use prometheus::Registry;
use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
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

/// A publisher and a way to it, on a cluster of its own.
struct Sending {
    publisher: Arc<Publisher>,
    sender: Sender,
    _cluster: MockCluster,
}

impl Sending {
    fn new(settlement: &Arc<Settlement>, more: &[(&str, &str)]) -> Self {
        let cluster = MockCluster::start(1).unwrap();
        cluster.create_topic("orders", 1).unwrap();
        let telemetry = Telemetry::new("producer");
        let kafka = KafkaMetrics::register(telemetry.registry()).unwrap();
        let health = telemetry.health();
        let events = Arc::new(Events::new(kafka, health.latch("broker")));
        let mut settings = ClientConfig::new();
        settings
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("enable.idempotence", "true");
        for (name, value) in more {
            settings.set(*name, *value);
        }
        let settlement = Arc::clone(settlement);
        let publisher = Publisher::new(&settings, "orders", events, settlement).unwrap();
        let publisher = Arc::new(publisher);
        let heart = health.heartbeat("pipeline", Duration::from_mins(1));
        Self {
            sender: Sender::new(&publisher, heart),
            publisher,
            _cluster: cluster,
        }
    }
}

#[test]
fn a_full_queue_is_waited_for_and_loses_nothing() {
    let settlement = Arc::new(settlement(&Tasks::new(), false));
    let mut sending = Sending::new(&settlement, &[("queue.buffering.max.messages", "10")]);
    let record = Record {
        value: b"value".to_vec(),
        ..Record::default()
    };
    for _ in 0..500 {
        assert_eq!(sending.sender.send(&record), Sent::Enqueued);
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while settlement.metrics.in_flight() > 0 && Instant::now() < deadline {
        sending.publisher.flush(Duration::from_millis(50));
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

/// The reason a failure is counted under, the exit code it leads to, and what librdkafka may report for it.
const FAILURES: [(Reason, Option<Exit>, &[RDKafkaErrorCode]); 8] = [
    (
        Reason::Timeout,
        Some(Exit::DrainIncomplete),
        &[RDKafkaErrorCode::MessageTimedOut],
    ),
    (
        Reason::TooLarge,
        None,
        &[
            RDKafkaErrorCode::MessageSizeTooLarge,
            RDKafkaErrorCode::MessageBatchTooLarge,
            RDKafkaErrorCode::InvalidMessageSize,
        ],
    ),
    (
        Reason::Refused,
        None,
        &[
            RDKafkaErrorCode::InvalidRecord,
            RDKafkaErrorCode::InvalidTimestamp,
            RDKafkaErrorCode::PolicyViolation,
            RDKafkaErrorCode::UnsupportedForMessageFormat,
        ],
    ),
    (
        Reason::Auth,
        Some(Exit::Authentication),
        &[
            RDKafkaErrorCode::TopicAuthorizationFailed,
            RDKafkaErrorCode::ClusterAuthorizationFailed,
            RDKafkaErrorCode::TransactionalIdAuthorizationFailed,
            RDKafkaErrorCode::DelegationTokenAuthorizationFailed,
            RDKafkaErrorCode::SaslAuthenticationFailed,
            RDKafkaErrorCode::UnsupportedSASLMechanism,
            RDKafkaErrorCode::IllegalSASLState,
            RDKafkaErrorCode::SecurityDisabled,
            RDKafkaErrorCode::Authentication,
        ],
    ),
    (
        Reason::TopicUnknown,
        Some(Exit::DrainIncomplete),
        &[
            RDKafkaErrorCode::UnknownTopicOrPartition,
            RDKafkaErrorCode::UnknownTopic,
            RDKafkaErrorCode::UnknownPartition,
            RDKafkaErrorCode::UnknownTopicId,
            RDKafkaErrorCode::InvalidTopic,
        ],
    ),
    (
        Reason::Fatal,
        Some(Exit::Fatal),
        &[
            RDKafkaErrorCode::Fatal,
            RDKafkaErrorCode::Fenced,
            RDKafkaErrorCode::ProducerFenced,
            RDKafkaErrorCode::GaplessGuarantee,
            RDKafkaErrorCode::InvalidProducerEpoch,
            RDKafkaErrorCode::InvalidProducerIdMapping,
            RDKafkaErrorCode::OutOfOrderSequenceNumber,
            RDKafkaErrorCode::UnknownProducerId,
        ],
    ),
    (
        Reason::Other,
        Some(Exit::DrainIncomplete),
        &[
            // Nobody has judged it: it shared a batch with a record that was refused.
            RDKafkaErrorCode::InvalidDifferentRecord,
            RDKafkaErrorCode::UnsupportedCompressionType,
            RDKafkaErrorCode::InvalidRequiredAcks,
            RDKafkaErrorCode::UnsupportedVersion,
            RDKafkaErrorCode::Unknown,
        ],
    ),
    (
        Reason::PurgedOnShutdown,
        None,
        &[
            RDKafkaErrorCode::PurgeQueue,
            RDKafkaErrorCode::PurgeInflight,
        ],
    ),
];

#[tokio::test]
async fn a_failed_delivery_is_counted_by_reason_and_decides_the_exit_code() {
    for (reason, exit, codes) in FAILURES {
        for code in codes {
            let tasks = Tasks::new();
            let settlement = settlement(&tasks, false);
            let metrics = &settlement.metrics;
            for _ in 0..2 {
                metrics.in_flight_records.inc();
                metrics.in_flight_bytes.add(7);
                settlement.failed(&KafkaError::MessageProduction(*code), 0, 7);
            }
            assert_eq!(metrics.failed(reason).get(), 2, "{code:?}");
            let in_flight = (metrics.in_flight(), metrics.in_flight_bytes.get());
            assert_eq!(in_flight, (0, 0), "{code:?}");
            assert_eq!(tasks.draining().is_cancelled(), exit.is_some(), "{code:?}");
            if let Some(exit) = exit {
                let ended = tasks.finished(Duration::from_secs(1)).await;
                assert_eq!(ended.exit, exit, "{code:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_request_hears_of_a_refused_neighbour_and_the_daemon_goes_on() {
    let tasks = Tasks::new();
    let settlement = settlement(&tasks, false).with_account(Account::Requests(Receipts::new()));
    let (told, mut heard) = tokio::sync::oneshot::channel();
    assert!(settlement.reserve(2, 7));
    let first = settlement.open(2, told);
    for (number, code) in [
        (first, RDKafkaErrorCode::InvalidRecord),
        (first + 1, RDKafkaErrorCode::InvalidDifferentRecord),
    ] {
        settlement.failed(&KafkaError::MessageProduction(code), number, 3);
    }
    let fates = [Reason::Refused, Reason::Other].map(Fate::Failed);
    assert_eq!(heard.try_recv(), Ok(fates.to_vec()));
    assert!(!tasks.draining().is_cancelled());
    assert_eq!(settlement.metrics.in_flight(), 0);
}

#[tokio::test]
async fn under_stop_a_record_the_broker_refuses_ends_the_daemon_with_65() {
    let refusals = FAILURES.iter().filter(|(reason, ..)| reason.is_refusal());
    for code in refusals.flat_map(|(_, _, codes)| *codes) {
        let tasks = Tasks::new();
        settlement(&tasks, true).failed(&KafkaError::MessageProduction(*code), 0, 1);
        let ended = tasks.finished(Duration::from_secs(1)).await;
        assert_eq!(ended.exit, Exit::Refused, "{code:?}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_go_on_ends_the_daemon_with_76_and_takes_nothing_more() {
    let tasks = Tasks::new();
    let settlement = Arc::new(settlement(&tasks, false));
    let mut sending = Sending::new(&settlement, &[]);
    let record = Record {
        value: b"value".to_vec(),
        ..Record::default()
    };
    assert_eq!(sending.sender.send(&record), Sent::Enqueued);
    sending.publisher.look_after();
    assert!(!tasks.draining().is_cancelled());
    mock::raise_fatal(
        sending.publisher.client(),
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
    );
    sending.publisher.look_after();
    assert!(tasks.draining().is_cancelled(), "nobody was told");
    let ended = tasks.finished(Duration::from_secs(20)).await;
    assert_eq!(ended.exit, Exit::Fatal);
    assert_eq!(sending.sender.send(&record), Sent::GivenUp);
    assert_eq!(settlement.metrics.failed(Reason::Fatal).get(), 1);
}
