//! Dead letters: byte for byte, with where they came from, and no offset moves before they are taken.

use client::kafka::mock::Request;
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::types::RDKafkaRespErr::{
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED,
};
use runtime::lifecycle::Exit;
use std::time::Duration;

use crate::bed::{Bed, wait};

const TOPIC: &str = "t-dead-letters";
const POLICY: (&str, &str) = ("dead_letter.policy", "topic");

/// A dead letter as it stands in its topic.
#[derive(Debug, PartialEq)]
struct Letter {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<String>)>,
}

impl Letter {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found
            .and_then(|(_, value)| value.as_deref())
            .unwrap_or_else(|| panic!("{name} in {self:?}"))
    }
}

/// Reads the topic of dead letters from its beginning.
fn letters(bed: &Bed, count: usize) -> Vec<Letter> {
    let consumer = bed.reader(TOPIC, 0);
    let mut found = Vec::new();
    while found.len() < count {
        let message = consumer
            .poll(Duration::from_secs(20))
            .expect("a letter")
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = message.headers().unwrap().iter();
        found.push(Letter {
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers
                .map(|header| (header.key.to_owned(), header.value.map(text)))
                .collect(),
        });
    }
    found
}

async fn bed() -> Bed {
    let bed = Bed::new().await;
    bed.cluster.create_topic(TOPIC, 1).unwrap();
    bed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_decoded_goes_to_its_topic_as_it_was() {
    let bed = bed().await;
    let cut = bed.frame("hello")[..20].to_vec();
    bed.write_good(0, "a");
    bed.write(0, Some(b"key"), Some(&[9; 40]));
    bed.write(0, None, Some(&cut));
    bed.write(0, Some(b"gone"), None);
    bed.write_good(0, "b");
    let running = bed.start(&[POLICY]).await.unwrap();
    assert_eq!(bed.lines_when(3).await.len(), 3);
    wait(|| running.consumer.dead_lettered() == 2).await;
    let found = letters(&bed, 2);
    assert_eq!(found[0].key.as_deref(), Some(&b"key"[..]));
    assert_eq!(found[0].value.as_deref(), Some(&[9; 40][..]));
    assert_eq!(found[0].headers[0], ("h".to_owned(), Some("v".to_owned())));
    assert_eq!((&found[1].key, &found[1].value), (&None, &Some(cut)));
    for (name, value) in [
        ("__connect.errors.topic", "t"),
        ("__connect.errors.partition", "0"),
        ("__connect.errors.offset", "1"),
        ("__connect.errors.connector.name", "g"),
        ("__connect.errors.stage", "VALUE_CONVERTER"),
        ("gluestream.kind", "header"),
        ("gluestream.attempts", "1"),
        ("gluestream.timestamp", "2023-04-12T04:02:38.640Z"),
    ] {
        assert_eq!(found[0].header(name), value, "{name}");
    }
    assert_eq!(found[1].header("gluestream.kind"), "truncated");
    let id = bed.schema.to_string();
    assert_eq!(found[1].header("gluestream.schema_version_id"), id);

    let name = "gluestream_consumer_records_processed_total";
    wait(|| running.metric("gluestream_consumer_in_flight_records", None) == 0).await;
    assert_eq!(
        running.metric("gluestream_consumer_records_received_total", None),
        5
    );
    assert_eq!(running.metric(name, Some("delivered")), 3);
    assert_eq!(running.metric(name, Some("dead_lettered")), 2);
    assert_eq!(
        running.metric("gluestream_consumer_dead_letters_total", Some("header")),
        1
    );
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(bed.committed(0), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_offset_passes_a_record_whose_dead_letter_is_not_taken() {
    let bed = bed().await;
    bed.write_good(0, "a");
    bed.write(0, None, Some(&[9; 40]));
    bed.write_good(0, "b");
    bed.write_good(1, "c");
    bed.cluster.fail_requests(Request::Produce, &[DENIED; 6]);
    let running = bed.start(&[POLICY]).await.unwrap();
    bed.lines_when(3).await;
    // The other partition goes on and commits; this one waits before its bad record.
    wait(|| bed.committed(1) == 1).await;
    assert_eq!(running.consumer.dead_lettered(), 0);
    assert!(bed.committed(0) <= 1);
    let failures = "gluestream_consumer_dead_letter_failures_total";
    assert!(running.metric(failures, None) > 0);

    wait(|| running.consumer.dead_lettered() == 1).await;
    assert_eq!(running.metric(failures, None), 6);
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(bed.committed(0), 3);
    assert_eq!(letters(&bed, 1)[0].value.as_deref(), Some(&[9; 40][..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_gives_up_a_dead_letter_leaves_its_record_to_be_read_again() {
    let bed = bed().await;
    bed.write_good(0, "a");
    bed.write(0, None, Some(&[9; 40]));
    bed.write_good(0, "b");
    // librdkafka tries these again by itself, for a while.
    let away = RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    bed.cluster.fail_requests(Request::Produce, &[away; 1000]);
    // The record before it is a batch of its own, and so finished by itself.
    let single = ("sink.batch_records", "1");
    let settings = [POLICY, single, ("shutdown.grace", "2s")];
    let running = bed.start(&settings).await.unwrap();
    bed.lines_when(2).await;
    let failures = "gluestream_consumer_dead_letter_failures_total";
    wait(|| running.metric(failures, None) > 0).await;
    running.tasks.drain(runtime::lifecycle::Cause::Signal);
    let outcome = running.tasks.finished(Duration::from_secs(2)).await;
    assert_eq!(outcome.exit, Exit::DrainIncomplete);
    assert_eq!(bed.committed(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_are_not_taken_stay_within_the_bound_on_bytes_and_the_others_go_on() {
    const BOUND: i64 = 128 << 10;
    let bed = bed().await;
    for _ in 0..3000 {
        bed.send(0, Some(b"k"), Some(&[9; 20]));
    }
    for _ in 0..3000 {
        bed.send(1, None, Some(&bed.frame("a")));
    }
    bed.flush();
    let away = RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    bed.cluster
        .fail_requests(Request::Produce, &vec![away; 100_000]);
    let settings = [
        POLICY,
        ("dead_letter.max_percent", "100"),
        ("consumer.in_flight_bytes", "128KiB"),
        ("codec.workers", "1"),
    ];
    let running = bed.start(&settings).await.unwrap();
    let bytes = || running.metric("gluestream_consumer_in_flight_bytes", None);
    wait(|| bytes() > BOUND).await;
    let failures = "gluestream_consumer_dead_letter_failures_total";
    // Records, twice at most, and letters once; a letter may be begun where a byte is left.
    wait(|| {
        assert!(bytes() < 3 * BOUND + 16_384, "{} bytes", bytes());
        running.metric(failures, None) > 0
    })
    .await;
    // A partition that shares the worker goes on.
    bed.lines_when(3000).await;
    assert!(bytes() < 3 * BOUND + 16_384, "{} bytes", bytes());

    bed.cluster.clear_failures(Request::Produce);
    wait(|| running.consumer.dead_lettered() == 3000).await;
    wait(|| bytes() == 0).await;
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!((bed.committed(0), bed.committed(1)), (3000, 3000));
    assert_eq!(letters(&bed, 3000).len(), 3000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_whose_name_is_no_text_keeps_its_value() {
    let bed = bed().await;
    bed.write_with_header_name(b"\xff", &[9; 40]);
    let running = bed.start(&[POLICY]).await.unwrap();
    wait(|| running.consumer.dead_lettered() == 1).await;
    assert_eq!(letters(&bed, 1)[0].header("\u{fffd}"), "v");
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_bad_records_than_a_mistake_explains_end_the_consumer() {
    let bed = bed().await;
    for _ in 0..6 {
        bed.send(0, None, Some(&[9; 40]));
        bed.send(0, None, Some(&bed.frame("a")));
    }
    for _ in 0..20 {
        bed.send(0, None, Some(&[9; 40]));
    }
    bed.flush();
    let settings = [
        POLICY,
        ("dead_letter.window", "10"),
        ("dead_letter.max_percent", "60"),
    ];
    let running = bed.start(&settings).await.unwrap();
    running.tasks.draining().cancelled().await;
    let dead_lettered = || running.consumer.dead_lettered();
    wait(|| running.metric("gluestream_consumer_in_flight_records", None) == 0).await;
    assert!((6..20).contains(&dead_lettered()), "{}", dead_lettered());
    let expected = i64::try_from(running.consumer.ended()).unwrap();
    assert_eq!(running.stop().await, Exit::Refused);
    assert_eq!(
        bed.committed(0),
        expected,
        "what was not dead-lettered is read again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_policy_the_topic_decides() {
    let with = bed().await;
    with.write(0, None, Some(&[9; 40]));
    with.write_good(0, "a");
    let running = with.start_without(&["dead_letter.policy"]).await.unwrap();
    with.lines_when(1).await;
    wait(|| running.consumer.dead_lettered() == 1).await;
    assert_eq!(running.stop().await, Exit::Done);

    let without = Bed::new().await;
    without.write(0, None, Some(&[9; 40]));
    let running = without
        .start_without(&["dead_letter.policy"])
        .await
        .unwrap();
    running.tasks.draining().cancelled().await;
    assert_eq!(running.stop().await, Exit::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_asked_for_has_to_be_there() {
    let bed = Bed::new().await;
    let more = [POLICY, ("startup.timeout", "1s")];
    let failure = bed.start(&more).await.map(drop).unwrap_err();
    assert_eq!(failure.exit, Exit::Unreachable);
    assert!(failure.to_string().contains(TOPIC), "{failure}");
}
