//! Records in, lines out, and what happens to those that are no good.

use crate::bed::{Bed, SCHEMA, wait};
use client::kafka::mock::Request;
use runtime::lifecycle::{Cause, Exit};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_becomes_one_line_with_the_eight_fields_in_order() {
    let bed = Bed::new().await;
    bed.write(1, Some(b"{\"order_id\": \"1\"}"), Some(&bed.frame("hello")));
    bed.write(1, Some(&[0xff]), None);
    let running = bed.start(&[]).await.unwrap();
    bed.lines_when(2).await;
    let text = std::fs::read_to_string(bed.out()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"topic":"t","partition":1,"offset":0,"timestamp":"2023-04-12T04:02:38.640Z","timestamp_type":"CREATE_TIME","key":"{\"order_id\": \"1\"}","value":{"s":"hello","n":5},"headers":[{"h":"v"}]}"#
    );
    assert_eq!(
        lines[1],
        r#"{"topic":"t","partition":1,"offset":1,"timestamp":"2023-04-12T04:02:38.640Z","timestamp_type":"CREATE_TIME","key":"/w==","value":null,"headers":[{"h":"v"}]}"#
    );
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(bed.committed(1), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_the_last_one_committed() {
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    let running = bed.start(&[]).await.unwrap();
    bed.lines_when(1).await;
    assert_eq!(running.stop().await, Exit::Done);
    bed.write_good(0, "b");
    let running = bed.start(&[]).await.unwrap();
    let lines = bed.lines_when(2).await;
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(
        lines
            .iter()
            .map(|line| line["value"]["s"].clone())
            .collect::<Vec<_>>(),
        [json!("a"), json!("b")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_commit_is_tried_again_while_the_group_rebalances_or_moves() {
    use rdkafka::types::RDKafkaRespErr as Code;
    for refusal in [
        Code::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
        Code::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        Code::RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    ] {
        let bed = Bed::new().await;
        let running = bed.start(&[]).await.unwrap();
        bed.cluster
            .fail_requests(Request::OffsetCommit, &[refusal; 8]);
        bed.write_good(0, "a");
        bed.lines_when(1).await;
        assert_eq!(running.stop().await, Exit::Done, "{refusal:?}");
        assert_eq!(bed.committed(0), 1, "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_failed_is_no_success_because_the_membership_went_with_it() {
    use rdkafka::types::RDKafkaRespErr as Code;
    let bed = Bed::new().await;
    let quick = [("kafka.properties.heartbeat.interval.ms", "300")];
    let running = bed.start(&quick).await.unwrap();
    let moving = Code::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    bed.cluster
        .fail_requests(Request::OffsetCommit, &[moving; 1000]);
    bed.write_good(0, "a");
    bed.lines_when(1).await;
    let lost = [Code::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID; 100];
    running.tasks.drain(Cause::Signal);
    let tried = || running.metric("gluestream_consumer_commits_total", Some("shutdown"));
    wait(|| tried() > 0).await;
    bed.cluster.fail_requests(Request::Heartbeat, &lost);
    let exit = running.stop().await;
    assert_eq!(exit, Exit::DrainIncomplete);
    assert!(bed.committed(0) < 1, "{}", bed.committed(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_ours_to_read_ends_the_start_with_77_and_is_named() {
    use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED;
    let bed = Bed::new().await;
    bed.cluster.fail_topic("t", DENIED).unwrap();
    let failure = bed.start(&[]).await.err().expect("it must not start");
    assert_eq!(failure.exit, Exit::Authentication, "{failure}");
    assert!(failure.to_string().contains("the topic t at"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_log_bad_records_are_skipped_and_their_neighbours_are_not() {
    let bed = Bed::new().await;
    let mut unknown = bed.frame("x");
    unknown[2..18].copy_from_slice(&[7; 16]);
    let truncated = &bed.frame("truncated")[..22];
    let bad: [&[u8]; 5] = [b"", b"\x03\x00short", &[9; 40], truncated, &unknown];
    for (at, frame) in bad.iter().enumerate() {
        bed.write_good(0, &format!("before {at}"));
        bed.write(0, None, Some(frame));
    }
    bed.write_good(0, "after");
    let running = bed.start(&[]).await.unwrap();
    let lines = bed.lines_when(6).await;
    assert_eq!(lines.last().unwrap()["value"]["s"], "after");
    wait(|| running.metric("gluestream_consumer_in_flight_records", None) == 0).await;
    let metric = |name, label| running.metric(name, label);
    assert_eq!(
        metric("gluestream_consumer_records_received_total", None),
        11
    );
    assert_eq!(
        metric(
            "gluestream_consumer_records_processed_total",
            Some("delivered")
        ),
        6
    );
    assert_eq!(
        metric(
            "gluestream_consumer_records_processed_total",
            Some("skipped")
        ),
        5
    );
    assert_eq!(metric("gluestream_codec_errors_total", Some("header")), 3);
    assert_eq!(
        metric("gluestream_codec_errors_total", Some("truncated")),
        1
    );
    assert_eq!(
        metric("gluestream_codec_errors_total", Some("schema_unavailable")),
        1
    );
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(bed.committed(0), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_stop_what_came_before_is_delivered_and_the_bad_record_is_not_committed() {
    let bed = Bed::new().await;
    for text in ["a", "b"] {
        bed.write_good(0, text);
    }
    bed.write(0, None, Some(&[9; 40]));
    bed.write_good(0, "behind");
    let running = bed.start(&[("dead_letter.policy", "stop")]).await.unwrap();
    running.tasks.draining().cancelled().await;
    assert_eq!(running.stop().await, Exit::Refused);
    assert_eq!(bed.lines().len(), 2);
    assert_eq!(bed.committed(0), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_other_serializers_pass_or_are_decoded_as_the_topic_is_configured() {
    const CONFLUENT: &[u8] = b"\x00\x00\x00\x00\x2a\x0ahello\x0a";
    let bed = Bed::new().await;
    bed.write(0, None, Some(br#"{"s": "raw"}"#));
    bed.write(0, None, Some(CONFLUENT));
    let running = bed.start(&[("codec.foreign", "pass")]).await.unwrap();
    let lines = bed.lines_when(2).await;
    assert_eq!(lines[0]["value"], json!({"s": "raw"}));
    assert_eq!(lines[1]["value"], "\0\0\0\0*\nhello\n");
    assert_eq!(running.stop().await, Exit::Done);

    bed.write(0, None, Some(CONFLUENT));
    bed.write_good(0, "ours");
    let schema = bed.file("theirs.avsc", SCHEMA);
    let decode = [
        ("codec.foreign", "decode"),
        ("codec.foreign_schema_file", schema.as_str()),
    ];
    let running = bed.start(&decode).await.unwrap();
    let lines = bed.lines_when(4).await;
    assert_eq!(lines[2]["value"], json!({"s": "hello", "n": 5}));
    assert_eq!(lines[3]["value"]["s"], "ours");
    let seen = running.metric("gluestream_frames_total", Some("confluent"));
    assert_eq!(seen, 1);
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_values_that_begin_with_00_keep_their_first_bytes_where_no_header_is_configured() {
    const BARE: &[u8] = b"\x00\x0a";
    let bed = Bed::new().await;
    bed.write(0, None, Some(&[BARE, &[0; 4]].concat()));
    bed.write_good(0, "ours");
    let schema = bed.file("theirs.avsc", SCHEMA);
    let decode = [
        ("codec.foreign", "decode"),
        ("codec.foreign_schema_file", schema.as_str()),
        ("codec.foreign_framing", "none"),
    ];
    let running = bed.start(&decode).await.unwrap();
    let lines = bed.lines_when(2).await;
    assert_eq!(lines[0]["value"], json!({"s": "", "n": 5}));
    assert_eq!(lines[1]["value"]["s"], "ours");
    assert_eq!(running.metric("gluestream_frames_total", Some("raw")), 1);
    bed.write(0, Some(b"gone"), None);
    bed.lines_when(3).await;
    wait(|| running.metric("gluestream_frames_total", Some("tombstone")) == 1).await;
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_schemas_are_said_together_before_anything_is_opened() {
    let bed = Bed::new().await;
    let reader = bed.file("reader.avsc", "{}");
    let theirs = bed.file("theirs.json", "[]");
    let failure = bed
        .start(&[
            ("codec.reader_schema", reader.as_str()),
            ("codec.foreign", "decode"),
            ("codec.foreign_schema_file", theirs.as_str()),
            ("codec.foreign_format", "json"),
            ("kafka.bootstrap_servers", "127.0.0.1:1"),
            ("registry.endpoint", "http://127.0.0.1:1"),
        ])
        .await
        .err()
        .expect("neither is a schema");
    assert_eq!(failure.exit, Exit::Configuration);
    let said = failure.to_string();
    for (key, file) in [
        ("codec.reader_schema", reader),
        ("codec.foreign_schema_file", theirs),
    ] {
        assert!(
            said.contains(&format!("use the schema {file} ({key}): ")),
            "{said}"
        );
    }
    assert!(!bed.out().exists(), "the sink was opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_read_as_the_newest_version_or_as_a_file_says() {
    let newer = SCHEMA.replace(
        "]}",
        r#",{"name":"unit","type":"string","default":"piece"}]}"#,
    );
    let bed = Bed::new().await;
    bed.register("newest", &newer).await;
    bed.write_good(0, "a");
    let file = bed.file("reader.avsc", &newer);
    for choice in ["latest", file.as_str()] {
        let running = bed
            .start(&[
                ("kafka.group_id", choice),
                ("codec.reader_schema", choice),
                ("registry.schema_name", "newest"),
            ])
            .await
            .unwrap();
        wait(|| running.consumer.delivered() == 1).await;
        let shown = running.metric("gluestream_schema_version_info", Some("reader"));
        assert_eq!(shown, i64::from(choice == "latest"));
        assert_eq!(running.stop().await, Exit::Done);
    }
    let read = json!({"s": "a", "n": 5, "unit": "piece"});
    let values: Vec<_> = bed
        .lines()
        .iter()
        .map(|line| line["value"].clone())
        .collect();
    assert_eq!(values, [read.clone(), read]);
    let missing = [
        ("codec.reader_schema", "latest"),
        ("registry.schema_name", "none"),
    ];
    let failure = bed
        .start(&missing)
        .await
        .err()
        .expect("there is no such schema");
    assert_eq!(failure.exit, Exit::Configuration, "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_schemas_that_are_not_allowed_are_refused() {
    let bed = Bed::new().await;
    let other = bed.register("other-value", SCHEMA).await;
    let mut frame = bed.frame("theirs");
    frame[2..18].copy_from_slice(other.as_bytes());
    bed.write(0, None, Some(&frame));
    bed.write_good(0, "ours");
    let running = bed
        .start(&[("codec.allowed_schemas", "customer/t-*")])
        .await
        .unwrap();
    let lines = bed.lines_when(1).await;
    assert_eq!(lines[0]["value"]["s"], "ours");
    wait(|| running.metric("gluestream_consumer_in_flight_records", None) == 0).await;
    let refused = running.metric("gluestream_codec_errors_total", Some("schema_unavailable"));
    assert_eq!(refused, 1);
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_waits_for_its_schema_holds_up_no_other() {
    let bed = Bed::new().await;
    let other = bed.register("other-value", SCHEMA).await;
    bed.write_good(0, "cached");
    let running = bed
        .start(&[("codec.workers", "1"), ("registry.timeout", "500ms")])
        .await
        .unwrap();
    bed.lines_when(1).await;
    bed.stop_registry();
    let mut frame = bed.frame("waits");
    frame[2..18].copy_from_slice(other.as_bytes());
    bed.write(1, None, Some(&frame));
    bed.write_good(1, "behind it");
    wait(|| running.metric("gluestream_consumer_paused_partitions", None) == 1).await;
    bed.write_good(0, "goes on");
    let lines = bed.lines_when(2).await;
    assert_eq!(lines[1]["value"]["s"], "goes on");
    assert_eq!(
        running.stop().await,
        Exit::Done,
        "what waits is given back, not lost"
    );
    assert_eq!(bed.committed(1), -1);
    assert_eq!(bed.lines().len(), 2);
}

/// One fetch brings them all, so a bound looked at only between two turns of the poll loop would be passed.
#[tokio::test(flavor = "multi_thread")]
async fn the_bound_in_flight_holds_within_one_fetch() {
    const WRITTEN: i64 = 40;
    let bed = Bed::new().await;
    let unknown = bed.register("other-value", SCHEMA).await;
    let running = bed
        .start(&[
            ("consumer.in_flight_records", "5"),
            ("registry.timeout", "500ms"),
            ("kafka.properties.fetch.message.max.bytes", "8000000"),
        ])
        .await
        .unwrap();
    bed.stop_registry();
    // Three of these fill a batch.
    let mut frame = vec![0; 100_000];
    frame[0] = 3;
    frame[2..18].copy_from_slice(unknown.as_bytes());
    for _ in 0..WRITTEN {
        bed.send(0, None, Some(&frame));
    }
    bed.flush();
    wait(|| running.metric("gluestream_consumer_paused_partitions", None) > 0).await;
    let in_flight = running.metric("gluestream_consumer_in_flight_records", None);
    // What waits for its schema may be twice the bound, and the batch that passes it is whole.
    assert!((1..=13).contains(&in_flight), "{in_flight} in flight");
    running.stop().await;
    assert_eq!(bed.committed(0), -1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_full_holds_offsets_back() {
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    let running = bed.start(&[("sink.path", "/dev/full")]).await.unwrap();
    wait(|| running.metric("gluestream_consumer_retries_total", None) >= 1).await;
    running.tasks.drain(runtime::lifecycle::Cause::Signal);
    running.tasks.aborting().cancel();
    assert_eq!(running.stop().await, Exit::DrainIncomplete);
    assert_eq!(bed.committed(0), -1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consumers_share_the_topic_and_lose_nothing_when_one_leaves() {
    let bed = Bed::new().await;
    // The mock's rebalances take as long as the session, less a second.
    let quick = ("kafka.properties.session.timeout.ms", "1500");
    let beat = ("kafka.properties.heartbeat.interval.ms", "300");
    let first = bed.start(&[quick, beat]).await.unwrap();
    wait(|| first.consumer.assigned() == 2).await;
    let second_out = bed.out().with_extension("second");
    let second = bed
        .start(&[
            quick,
            beat,
            ("sink.path", &second_out.display().to_string()),
        ])
        .await
        .unwrap();
    wait(|| first.consumer.assigned() == 1 && second.consumer.assigned() == 1).await;
    for at in 0..100 {
        bed.write_good(at % 2, &format!("{at}"));
    }
    wait(|| first.consumer.delivered() + second.consumer.delivered() == 100).await;
    assert_eq!(second.stop().await, Exit::Done);
    wait(|| first.consumer.assigned() == 2).await;
    for at in 100..200 {
        bed.write_good(at % 2, &format!("{at}"));
    }
    wait(|| first.consumer.delivered() == 150).await;
    assert_eq!(first.stop().await, Exit::Done);
    assert_eq!((bed.committed(0), bed.committed(1)), (100, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn header_names_may_be_any_bytes() {
    let bed = Bed::new().await;
    bed.write_with_header_name(&[0xff, 0xfe], &bed.frame("hello"));
    bed.write_good(0, "behind it");
    let running = bed.start(&[]).await.unwrap();
    let lines = bed.lines_when(2).await;
    assert_eq!(lines[0]["headers"], json!([{"//4=": "v"}]));
    assert_eq!(lines[1]["value"]["s"], "behind it");
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_go_to_the_sink_by_count_by_bytes_and_by_time() {
    let bed = Bed::new().await;
    for at in 0..10 {
        bed.write_good(0, &format!("{at}"));
    }
    let start = async |key: &'static str, value: &'static str, group: &'static str| {
        let long = ("sink.batch_time", "1s");
        let group = ("kafka.group_id", group);
        let began = std::time::Instant::now();
        let before = bed.lines().len();
        let running = bed.start(&[long, (key, value), group]).await.unwrap();
        bed.lines_when(before + 10).await;
        let batches = running.histogram("gluestream_consumer_batch_records");
        assert_eq!(running.stop().await, Exit::Done);
        (batches, began.elapsed())
    };
    assert_eq!(start("sink.batch_records", "4", "count").await.0, (3, 10.0));
    assert_eq!(start("sink.batch_records", "5", "full").await.0, (2, 10.0));
    assert_eq!(start("sink.batch_bytes", "1B", "bytes").await.0, (10, 10.0));
    let (batches, took) = start("sink.batch_records", "1000", "time").await;
    assert_eq!(batches, (1, 10.0));
    assert!(took >= std::time::Duration::from_secs(1), "{took:?}");
}
