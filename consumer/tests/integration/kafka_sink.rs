//! The kafka sink: records of a topic in another one, encoded anew, none missing and in order whatever fails.

use client::kafka::mock::Request;
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::types::RDKafkaRespErr::{
    self, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE,
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS as FEW_REPLICAS,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED,
};
use runtime::config::{Reader, Sources};
use runtime::lifecycle::Exit;
use std::time::Duration;
use uuid::Uuid;

use crate::bed::{Bed, Running, SCHEMA, wait};

const TOPIC: &str = "u";
/// The schema of the bed, without its text and with one field more.
const OTHER: &str = r#"{"type":"record","name":"T","fields":[{"name":"n","type":"long"},{"name":"more","type":"string","default":"d"}]}"#;

/// A record as it stands in the target's topic.
#[derive(Debug, PartialEq)]
struct Written {
    key: Option<String>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<String>)>,
    millis: Option<i64>,
}

/// Reads a partition of the target's topic from its beginning.
fn written(bed: &Bed, partition: i32, count: usize) -> Vec<Written> {
    let consumer = bed.reader(TOPIC, partition);
    let mut found = Vec::new();
    while found.len() < count {
        let message = consumer.poll(Duration::from_secs(20));
        let message = message.expect("a record").unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = message
            .headers()
            .into_iter()
            .flat_map(|headers| headers.iter());
        found.push(Written {
            key: message.key().map(text),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers
                .map(|header| (header.key.to_owned(), header.value.map(text)))
                .collect(),
            millis: message.timestamp().to_millis(),
        });
    }
    found
}

/// A bed with a topic and a schema to write to.
struct Hand {
    bed: Bed,
    schema: Uuid,
    file: String,
}

impl Hand {
    async fn new(schema: &str) -> Self {
        let bed = Bed::new().await;
        bed.cluster.create_topic(TOPIC, 1).unwrap();
        Self {
            schema: bed.register("u-value", schema).await,
            file: bed.file("target.avsc", schema),
            bed,
        }
    }

    async fn start(&self, more: &[(&str, &str)]) -> Running {
        self.try_start(more).await.unwrap()
    }

    async fn try_start(
        &self,
        more: &[(&str, &str)],
    ) -> Result<Running, runtime::lifecycle::Failure> {
        let own = [
            ("sink.kind", "kafka"),
            ("target.kafka.topic", TOPIC),
            ("target.registry.schema_file", self.file.as_str()),
        ];
        self.bed.start(&[&own, more].concat()).await
    }

    /// The frame of a value of the target's schema.
    fn frame(&self, payload: &[u8]) -> Vec<u8> {
        [&[3, 0], self.schema.as_bytes().as_slice(), payload].concat()
    }

    async fn ends(&self, running: &Running, count: u64) {
        wait(|| running.consumer.ended() >= count).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_gets_the_targets_schema_and_all_else_stays_as_it_was() {
    let hand = Hand::new(OTHER).await;
    hand.bed.write_good(0, "a");
    hand.bed.write(0, Some(b"a"), None);
    let running = hand.start(&[]).await;
    let found = written(&hand.bed, 0, 2);
    let expected = |value| Written {
        key: Some("a".to_owned()),
        value,
        headers: vec![("h".to_owned(), Some("v".to_owned()))],
        millis: Some(1_681_272_158_640),
    };
    let evolved = Some(hand.frame(b"\x0a\x02d"));
    assert_eq!(found, [expected(evolved), expected(None)]);
    hand.ends(&running, 2).await;
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(hand.bed.committed(0), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn confluents_frames_become_glues() {
    let hand = Hand::new(OTHER).await;
    let schema = hand.bed.file("foreign.avsc", SCHEMA);
    let settings = [
        ("codec.foreign", "decode"),
        ("codec.foreign_schema_file", schema.as_str()),
    ];
    hand.bed.write(0, None, Some(b"\0\0\0\0\x07\x02a\x0a"));
    hand.bed.write_good(0, "b");
    let running = hand.start(&settings).await;
    let found = written(&hand.bed, 0, 2);
    for one in found {
        assert_eq!(one.value, Some(hand.frame(b"\x0a\x02d")));
    }
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_becomes_glues_frames_and_what_does_not_fit_a_dead_letter() {
    let hand = Hand::new(OTHER).await;
    hand.bed.write(0, None, Some(br#"{"n": 5, "more": "m"}"#));
    hand.bed
        .write(0, None, Some(br#"{"n": "five", "more": "m"}"#));
    hand.bed
        .write(0, None, Some(br#"{"n": 6, "more": "m", "s": 1}"#));
    hand.bed.write(0, None, Some(br#"{"n": 7, "more": "m"}"#));
    hand.bed.cluster.create_topic("t-dead-letters", 1).unwrap();
    let settings = [("codec.foreign", "pass"), ("dead_letter.policy", "topic")];
    let running = hand.start(&settings).await;
    let found = written(&hand.bed, 0, 2);
    let values: Vec<_> = found.into_iter().map(|one| one.value).collect();
    assert_eq!(
        values,
        [
            Some(hand.frame(b"\x0a\x02m")),
            Some(hand.frame(b"\x0e\x02m"))
        ]
    );
    hand.ends(&running, 4).await;
    assert_eq!(running.consumer.dead_lettered(), 2);
    let letters = |kind| running.metric("gluestream_consumer_dead_letters_total", Some(kind));
    assert_eq!(letters("validation"), 2);
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(hand.bed.committed(0), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_the_target_has_not_are_left_out_where_that_is_wanted() {
    let hand = Hand::new(OTHER).await;
    hand.bed
        .write(0, None, Some(br#"{"n": 6, "more": "m", "s": 1}"#));
    let settings = [("codec.foreign", "pass"), ("sink.unknown_fields", "ignore")];
    let running = hand.start(&settings).await;
    let found = written(&hand.bed, 0, 1);
    assert_eq!(found[0].value, Some(hand.frame(b"\x0c\x02m")));
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_larger_than_the_target_takes_is_a_dead_letter() {
    let hand = Hand::new(SCHEMA).await;
    hand.bed.cluster.create_topic("t-dead-letters", 1).unwrap();
    hand.bed.write_good(0, "a");
    let mut large = hand.bed.frame("")[..18].to_vec();
    // A text of 2,000 bytes.
    large.extend_from_slice(b"\xa0\x1f");
    large.extend_from_slice(&[b'x'; 2000]);
    large.push(10);
    hand.bed.write(0, None, Some(&large));
    let settings = [
        ("dead_letter.policy", "topic"),
        ("target.kafka.properties.message.max.bytes", "1500"),
    ];
    let running = hand.start(&settings).await;
    hand.ends(&running, 2).await;
    let letters = |kind| running.metric("gluestream_consumer_dead_letters_total", Some(kind));
    assert_eq!(letters("too_large"), 1);
    assert_eq!(running.stop().await, Exit::Done);
}

/// The texts of all records, one after the other.
fn texts(found: &[Written]) -> Vec<String> {
    let text = |one: &Written| one.key.clone().unwrap();
    found.iter().map(text).collect()
}

/// Whether the first occurrences are all of `0..count`, in order.
fn assert_in_order(found: &[String], count: usize) {
    let mut first: Vec<&String> = Vec::new();
    for text in found {
        if !first.contains(&text) {
            first.push(text);
        }
    }
    let expected: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    assert_eq!(first, expected.iter().collect::<Vec<_>>());
}

async fn filled(schema: &str, count: usize) -> Hand {
    let hand = Hand::new(schema).await;
    for number in 0..count {
        let text = number.to_string();
        hand.bed
            .send(0, Some(text.as_bytes()), Some(&hand.bed.frame(&text)));
    }
    hand.bed.flush();
    hand
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_loses_nothing_and_leaves_the_order() {
    let hand = filled(SCHEMA, 300).await;
    hand.bed
        .cluster
        .fail_requests(Request::Produce, &[FEW_REPLICAS; 4]);
    let running = hand.start(&[("sink.batch_records", "40")]).await;
    hand.ends(&running, 300).await;
    let found = texts(&written(&hand.bed, 0, 300));
    assert_in_order(&found, 300);
    assert_eq!(found.len(), 300);
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_batch_is_sent_again_record_by_record_by_another_client() {
    let hand = filled(SCHEMA, 100).await;
    hand.bed
        .cluster
        .fail_requests(Request::Produce, &[TOO_LARGE]);
    let running = hand.start(&[]).await;
    hand.ends(&running, 100).await;
    assert_in_order(&texts(&written(&hand.bed, 0, 100)), 100);
    assert!(running.metric("gluestream_consumer_retries_total", None) > 0);
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(hand.bed.committed(0), 100);
}

/// Starts with every write failing so, and gives how the consumer ends.
async fn ended(errors: &[RDKafkaRespErr]) -> (Exit, i64) {
    let hand = filled(SCHEMA, 3).await;
    hand.bed.cluster.fail_requests(Request::Produce, errors);
    let running = hand.start(&[]).await;
    running.tasks.draining().cancelled().await;
    let exit = running.tasks.finished(Duration::from_secs(20)).await.exit;
    (exit, hand.bed.committed(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_topic_refuses_by_itself_ends_the_consumer() {
    assert_eq!(ended(&[TOO_LARGE; 20]).await, (Exit::Refused, -1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_we_may_not_write_to_ends_the_consumer() {
    assert_eq!(ended(&[DENIED; 20]).await, (Exit::Authentication, -1));
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_move_only_behind_acknowledgements() {
    let hand = filled(SCHEMA, 5).await;
    hand.bed
        .cluster
        .fail_requests(Request::Produce, &vec![FEW_REPLICAS; 10_000]);
    let running = hand.start(&[]).await;
    let in_flight = || running.metric("gluestream_consumer_in_flight_records", None);
    wait(|| in_flight() == 5).await;
    // As long as commits take, and longer.
    wait(|| running.metric("gluestream_consumer_retries_total", None) > 0).await;
    assert_eq!((in_flight(), running.consumer.delivered()), (5, 0));
    assert_eq!(hand.bed.committed(0), -1);
    hand.bed.cluster.clear_failures(Request::Produce);
    hand.ends(&running, 5).await;
    assert_in_order(&texts(&written(&hand.bed, 0, 5)), 5);
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(hand.bed.committed(0), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_cannot_be_written_to_ends_the_start() {
    let hand = Hand::new(SCHEMA).await;
    let away = [("startup.timeout", "1s"), ("target.kafka.topic", "nowhere")];
    let nobody = [
        ("startup.timeout", "1s"),
        ("target.kafka.bootstrap_servers", "127.0.0.1:1"),
    ];
    let unknown = [
        ("startup.timeout", "5s"),
        ("target.registry.schema_name", "other"),
    ];
    let registry = [
        ("startup.timeout", "1s"),
        ("target.registry.endpoint", "http://127.0.0.1:1"),
    ];
    for (more, exit, word) in [
        (away, Exit::Unreachable, "nowhere"),
        (nobody, Exit::Unreachable, "127.0.0.1:1"),
        (registry, Exit::Unreachable, "the target's registry"),
        (unknown, Exit::Configuration, "schema `other`"),
    ] {
        // The schema is there for whatever topic.
        let name = [("target.registry.schema_name", "u-value")];
        let failure = hand.try_start(&[&name[..], &more].concat()).await;
        let failure = failure.map(drop).unwrap_err();
        assert_eq!(failure.exit, exit, "{failure}");
        assert!(failure.to_string().contains(word), "{failure}");
    }
}

fn problems(pairs: &[(&str, &str)]) -> String {
    let own = [
        ("sink.kind", "kafka"),
        ("target.registry.resolution", "latest"),
    ];
    let pairs = own.iter().chain(pairs).copied();
    let loaded = Reader::load::<consumer::config::ConsumerConfig>(&Sources::from_pairs(pairs));
    loaded
        .map(drop)
        .map_err(|all| all.to_string())
        .err()
        .unwrap_or_default()
}

#[test]
fn a_loop_and_what_a_target_has_no_use_for_are_refused() {
    let topic = ("target.kafka.topic", "other");
    for (pairs, expected) in [
        (
            &[][..],
            "target.kafka.topic: sink.kind is \"kafka\", so a topic is needed",
        ),
        (
            &[("target.kafka.topic", "orders")],
            "target.kafka.topic: records would come back",
        ),
        (
            &[("sink.topic", "orders")],
            "target.kafka.topic: records would come back",
        ),
        (
            &[topic, ("target.kafka.topics", "a")],
            "target.kafka.topics: no such key; did you mean target.kafka.topic?",
        ),
        (
            &[topic, ("target.kafka.group_id", "a")],
            "target.kafka.group_id: the kafka sink has no use",
        ),
        (
            &[topic, ("target.codec.foreign", "pass")],
            "target.codec.foreign: the kafka sink has no use",
        ),
        (
            &[topic, ("target.registry.resolution", "lookup")],
            "target.registry.schema_file: a file",
        ),
        (
            &[topic, ("target.kafka.auth", "sasl")],
            "target.kafka.auth: ",
        ),
    ] {
        let found = problems(pairs);
        assert!(found.contains(expected), "{pairs:?}: {found}");
    }
    for pairs in [
        &[topic][..],
        &[("sink.topic", "other")],
        &[
            ("target.kafka.topic", "orders"),
            ("target.kafka.bootstrap_servers", "elsewhere:9092"),
        ],
    ] {
        assert_eq!(problems(pairs), "", "{pairs:?}");
    }
}

#[test]
fn what_a_target_does_not_say_is_as_it_is_for_the_topic_that_is_read() {
    let pairs = [
        ("sink.kind", "kafka"),
        ("target.kafka.topic", "other"),
        ("target.registry.resolution", "latest"),
        ("kafka.bootstrap_servers", "b:1"),
        ("kafka.properties.linger.ms", "7"),
        ("kafka.properties.batch.size", "8"),
        ("target.kafka.properties.linger.ms", "9"),
        ("registry.name", "one"),
        ("registry.schema_name", "not-this"),
        ("target.registry.region", "eu-west-1"),
        ("codec.compression", "zlib"),
    ];
    let config = Reader::load::<consumer::config::ConsumerConfig>(&Sources::from_pairs(pairs));
    let target = config.unwrap().config.target.unwrap();
    assert_eq!(target.kafka.bootstrap_servers, "b:1");
    assert_eq!(target.kafka.properties["linger.ms"], "9");
    assert_eq!(target.kafka.properties["batch.size"], "8");
    let schema = target.registry.schema().to_string();
    assert_eq!(schema, "schema `other-value` in registry `one`");
    assert_eq!(target.registry.region.as_deref(), Some("eu-west-1"));
    assert_eq!(target.codec.compression.as_str(), "zlib");
}
