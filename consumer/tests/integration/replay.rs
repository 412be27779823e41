//! The replay of dead letters as a real process: byte for byte, once, as far as it says, and on from where it stopped.

mod hand;

use crate::bed::{Bed, wait};
use crate::process::{consumer, signal, wait_for_line};
use client::kafka::mock::Request;
use hand::{
    Found, GROUP, LETTERS, Named, Put, TIME, bed, committed, end, finish, owned, put_many, read,
    records, replay, spawn,
};
use rdkafka::types::RDKafkaRespErr::{
    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE,
    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS as AWAY,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED,
};
use runtime::lifecycle::Exit;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

type Payload<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// Headers of a record: binary ones, and names that stand twice.
const OWN: [Named; 5] = [
    ("h", Some(b"\xff\x00\x01")),
    ("a", Some(b"1")),
    ("h", None),
    ("a", Some(b"")),
    ("h", Some(b"again")),
];
/// Headers that dead letters add.
const ADDED: [Named; 7] = [
    ("__connect.errors.topic", Some(b"t")),
    ("__connect.errors.partition", Some(b"1")),
    ("__connect.errors.offset", Some(b"77")),
    ("__connect.errors.exception.message", Some(b"no")),
    ("gluestream.kind", Some(b"header")),
    ("gluestream.timestamp", Some(b"2023-04-12T04:02:38.640Z")),
    ("gluestream.anything_new", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_becomes_the_record_that_it_was() {
    let bed = bed().await;
    let all = [&OWN[..], &ADDED[..]].concat();
    let large = vec![7; 300_000];
    let payloads: [Payload<'_>; 6] = [
        (None, Some(b"\x03\x00\xff")),
        (Some(b"k"), None),
        (Some(b""), Some(b"")),
        (Some(b"\xfe\xff\x00"), Some(b"v")),
        (None, None),
        (Some(b"large"), Some(&large)),
    ];
    for (key, value) in payloads {
        Put {
            time: TIME + 5_000_000,
            key,
            value,
            headers: &all,
            ..Put::PLAIN
        }
        .put(&bed);
    }
    let ran = replay(&bed, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.said);
    assert!(
        ran.said.contains("6 letters are replayed and 0 skipped"),
        "{}",
        ran.said
    );
    let found = records(&bed);
    assert_eq!(found.len(), payloads.len());
    for (found, (key, value)) in found.iter().zip(payloads) {
        let mut headers = owned(&OWN);
        headers.push((
            "gluestream.replayed_from".to_owned(),
            Some(b"t/1/77".to_vec()),
        ));
        let expected = Found {
            partition: 1,
            timestamp: Some(TIME),
            key: key.map(<[u8]>::to_vec),
            value: value.map(<[u8]>::to_vec),
            headers,
        };
        assert_eq!(*found, expected);
    }
    assert_eq!(committed(&bed, GROUP, 0), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_letter_is_written_as_it_is_and_says_where_it_stood() {
    let bed = bed().await;
    let headers: [Named; 5] = [
        ("h", Some(b"v")),
        // None of these can be read.
        ("__connect.errors.topic", Some(b"a b")),
        ("__connect.errors.partition", Some(b"-1")),
        ("__connect.errors.offset", Some(b"\xff")),
        ("gluestream.timestamp", Some(b"soon")),
    ];
    Put {
        partition: 1,
        ..Put::PLAIN
    }
    .put(&bed);
    Put {
        partition: 1,
        key: Some(b"k"),
        headers: &headers,
        ..Put::PLAIN
    }
    .put(&bed);
    let ran = replay(&bed, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let found = records(&bed);
    let origins: BTreeSet<_> = found.iter().map(Found::origin).collect();
    let expected = ["t-dead-letters/1/0", "t-dead-letters/1/1"];
    assert_eq!(origins, BTreeSet::from(expected));
    assert!(found.iter().all(|found| found.timestamp == Some(TIME)));
    assert!(found.iter().any(|found| found.headers.len() == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_fails_again_is_replayed_again_with_its_first_origin_and_no_header_twice() {
    let bed = bed().await;
    bed.write_good(0, "a");
    bed.write(0, Some(b"key"), Some(&[9; 40]));
    for round in 0..3 {
        let running = bed.start(&[("dead_letter.policy", "topic")]).await.unwrap();
        wait(|| running.consumer.dead_lettered() == 1).await;
        assert_eq!(running.stop().await, Exit::Done);
        let ran = replay(&bed, &[]);
        assert_eq!(ran.code, 0, "{}", ran.said);
        assert!(ran.said.contains("1 letters are replayed"), "{}", ran.said);
        let found = records(&bed);
        let last = found.last().unwrap();
        assert_eq!(found.len(), 3 + round);
        assert_eq!((last.origin(), last.headers.len()), ("t/0/1", 2));
        assert_eq!((last.partition, last.timestamp), (0, Some(TIME)));
        assert_eq!(last.value.as_deref(), Some(&[9; 40][..]));
    }
    let letters = read(&bed, LETTERS);
    let names = |found: &Found| {
        let names = found.headers.iter().map(|(name, _)| name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(letters.len(), 3);
    for letter in letters {
        let all = names(&letter);
        let once: BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len(), "{all:?}");
    }
}

#[test]
fn help_says_what_can_be_chosen() {
    let output = consumer(&["replay", "--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

/// Letters of two kinds, partitions, schema versions and times; their values say which.
fn put_mixed(bed: &Bed) {
    let ids = [
        "75db6fea-2b3f-4283-8abc-805f5381fee9",
        "00000000-0000-0000-0000-000000000007",
    ];
    for (number, (kind, partition)) in [("header", "0"), ("json", "1"), ("header", "1")]
        .into_iter()
        .enumerate()
    {
        let value = format!("{kind}-{partition}");
        Put {
            time: TIME + 1000 * i64::try_from(number).unwrap(),
            value: Some(value.as_bytes()),
            headers: &[
                ("__connect.errors.topic", Some(b"t")),
                ("__connect.errors.partition", Some(partition.as_bytes())),
                ("__connect.errors.offset", Some(b"5")),
                ("gluestream.kind", Some(kind.as_bytes())),
                (
                    "gluestream.schema_version_id",
                    Some(ids[number % 2].as_bytes()),
                ),
            ],
            ..Put::PLAIN
        }
        .put(bed);
    }
    Put {
        time: TIME + 3000,
        value: Some(b"plain"),
        ..Put::PLAIN
    }
    .put(bed);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_and_the_offsets_of_what_is_skipped_move_too() {
    let bed = bed().await;
    put_mixed(&bed);
    let id = "75db6fea-2b3f-4283-8abc-805f5381fee9";
    let cases: [(&[&str], &[&str]); 8] = [
        (&["--kind", "header"], &["header-0", "header-1"]),
        (
            &["--kind", "header", "--kind", "json", "--partition", "1"],
            &["header-1", "json-1"],
        ),
        (&["--schema-version", id], &["header-0", "header-1"]),
        (
            &["--since", "2023-04-12T04:02:40.640Z"],
            &["header-1", "plain"],
        ),
        (&["--until", "2023-04-12T04:02:39.640Z"], &["header-0"]),
        (&["--since", "1h"], &[]),
        (&["--topic", "u"], &[]),
        (&[], &["header-0", "header-1", "json-1", "plain"]),
    ];
    for (case, (filter, expected)) in cases.into_iter().enumerate() {
        let (topic, group) = (format!("to-{case}"), format!("group-{case}"));
        bed.cluster.create_topic(&topic, 2).unwrap();
        let to = ["--to", topic.as_str(), "--group", group.as_str()];
        let ran = replay(&bed, &[&to[..], filter].concat());
        assert_eq!(ran.code, 0, "{filter:?}: {}", ran.said);
        let found = read(&bed, &topic);
        let texts: BTreeSet<_> = found.iter().map(Found::text).collect();
        assert_eq!(texts, expected.iter().copied().collect(), "{filter:?}");
        assert_eq!(found.len(), expected.len(), "{filter:?}");
        let skipped = format!("{} skipped", 4 - expected.len());
        assert!(ran.said.contains(&skipped), "{filter:?}: {}", ran.said);
        assert_eq!(committed(&bed, &group, 0), 4, "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_what_would_be_replayed_and_writes_and_commits_nothing() {
    let bed = bed().await;
    put_mixed(&bed);
    Put {
        partition: 1,
        ..Put::PLAIN
    }
    .put(&bed);
    let dry = ["--dry-run", "--kind", "header"];
    let ran = replay(&bed, &dry);
    assert_eq!(ran.code, 0, "{}", ran.said);
    insta::assert_snapshot!(ran.out);
    assert_eq!(replay(&bed, &dry).out, ran.out, "and once more");
    let for_programs = replay(&bed, &[&dry[..], &["--output", "json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&for_programs.out).unwrap();
    let id = "75db6fea-2b3f-4283-8abc-805f5381fee9";
    let sums = |values| serde_json::json!({ "values": values, "unknown": 0, "others": 0 });
    let expected = serde_json::json!({
        "from": "t-dead-letters",
        "to": "t",
        "group": "g-replay",
        "letters": 5,
        "skip": 3,
        "replay": 2,
        "by": {
            "kind": sums(serde_json::json!({ "header": 2 })),
            "topic": sums(serde_json::json!({ "t": 2 })),
            "partition": sums(serde_json::json!({ "0": 1, "1": 1 })),
            "schema_version": sums(serde_json::json!({ id: 2 })),
        },
    });
    assert_eq!(document, expected);
    for partition in 0..2 {
        assert_eq!(end(&bed, "t", partition), 0);
        assert_eq!(committed(&bed, GROUP, partition), -1);
    }
    assert_eq!(replay(&bed, &[]).code, 0);
    assert_eq!(records(&bed).len(), 5);
    let ran = replay(&bed, &dry);
    assert!(
        ran.out.contains("letters 0\n"),
        "what is replayed is left out: {}",
        ran.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_option_ends_with_64_and_says_which() {
    let bed = bed().await;
    for (arguments, said) in [
        (
            &["--kind", "bad"][..],
            "'bad' for '--kind <KIND>': it is none of header, compression",
        ),
        (&["--since", "soon"], "'soon' for '--since <TIME>'"),
        (
            &["--until", "2026-01-31"],
            "'2026-01-31' for '--until <TIME>'",
        ),
        (&["--partition=-1"], "'-1' for '--partition <N>'"),
        (
            &["--schema-version", "7"],
            "'7' for '--schema-version <ID>'",
        ),
        (&["--rate", "100"], "is not a rate such as"),
        (&["--to", "a b"], "a topic name has"),
        (
            &["--to", LETTERS],
            "--from and --to are both t-dead-letters",
        ),
        (&["--from", "t"], "--from and --to are both t:"),
        (&["--group", "g"], "g is the group of the consumer itself"),
        (&["--group", ""], "a group needs a name"),
        (
            &["--since", "1h", "--until", "2h"],
            "--until is not later than --since",
        ),
    ] {
        let ran = replay(&bed, arguments);
        assert_eq!(ran.code, 64, "{arguments:?}: {}", ran.said);
        assert!(ran.said.contains(said), "{arguments:?}: {}", ran.said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_are_not_there_end_with_69() {
    let bed = bed().await;
    for flag in ["--from", "--to"] {
        let arguments = [flag, "missing", "--set", "startup.timeout=1s"];
        let ran = replay(&bed, &arguments);
        assert_eq!(ran.code, 69, "{}", ran.said);
        assert!(ran.said.contains("the topic missing"), "{}", ran.said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_at_the_end_that_was_there_at_the_start() {
    let bed = bed().await;
    put_many(&bed, 0, 0..300);
    let child = spawn(&bed, &["--rate", "200/s"]);
    wait(|| end(&bed, "t", 0) + end(&bed, "t", 1) > 10).await;
    put_many(&bed, 0, 300..400);
    put_many(&bed, 1, 400..450);
    let ran = finish(child);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(records(&bed).len(), 300);
    assert_eq!(
        (committed(&bed, GROUP, 0), committed(&bed, GROUP, 1)),
        (300, -1)
    );
    let ran = replay(&bed, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let found = records(&bed);
    let texts: BTreeSet<_> = found.iter().map(Found::text).collect();
    assert_eq!((found.len(), texts.len()), (450, 450));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_writes_no_more_in_a_time_than_it_may() {
    let bed = bed().await;
    put_many(&bed, 0, 0..60);
    let child = spawn(&bed, &["--rate", "30/s"]);
    let written = || end(&bed, "t", 0) + end(&bed, "t", 1);
    wait(|| written() > 0).await;
    let (began, seen) = (Instant::now(), written());
    wait(|| written() == 60).await;
    // Those that were not there yet need a thirtieth of a second each.
    let took = began.elapsed();
    let left = u32::try_from(60 - seen).unwrap();
    assert!(
        took > left * Duration::from_millis(26),
        "{left} in {took:?}"
    );
    let ran = finish(child);
    assert_eq!(ran.code, 0, "{}", ran.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_killed_goes_on_where_its_group_stands() {
    let bed = bed().await;
    put_many(&bed, 0, 0..200);
    put_many(&bed, 1, 200..400);
    let written = || end(&bed, "t", 0) + end(&bed, "t", 1);
    let mut child = spawn(&bed, &["--rate", "40/s"]);
    let done = || [0, 1].map(|partition| committed(&bed, GROUP, partition).max(0));
    wait(|| written() > 20 && done().iter().sum::<i64>() > 0).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let (written, done) = (written(), done());
    // Each by itself: no partition has come to its end.
    assert!(written < 190, "{done:?} of {written} are committed");
    let ran = replay(&bed, &[]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let mut times = HashMap::<i64, usize>::new();
    for found in records(&bed) {
        *times.entry(found.text().parse().unwrap()).or_default() += 1;
    }
    assert_eq!(times.len(), 400, "none is lost");
    let repeated = times.into_iter().filter(|(_, times)| *times > 1);
    for (number, times) in repeated {
        let is_open = (done[0]..200).contains(&number) || number >= 200 + done[1];
        assert!(is_open && times == 2, "{number} was committed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_with_what_it_has_written_committed() {
    let bed = bed().await;
    put_many(&bed, 0, 0..300);
    let child = spawn(&bed, &["--rate", "50/s"]);
    wait(|| end(&bed, "t", 0) + end(&bed, "t", 1) > 20).await;
    signal(&child, "TERM");
    let ran = finish(child);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let written = end(&bed, "t", 0) + end(&bed, "t", 1);
    assert!((20..300).contains(&written), "{written}");
    assert_eq!(committed(&bed, GROUP, 0), written);
    assert_eq!(replay(&bed, &[]).code, 0);
    assert_eq!(records(&bed).len(), 300, "none is lost and none repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_acknowledged_in_the_drains_time_ends_with_75_and_comes_again() {
    let bed = bed().await;
    put_many(&bed, 0, 0..20);
    bed.cluster
        .fail_requests(Request::Produce, &vec![AWAY; 10_000]);
    let mut child = spawn(&bed, &["--set", "shutdown.grace=2s"]);
    wait_for_line(&mut child, "read=20");
    signal(&child, "TERM");
    let ran = finish(child);
    assert_eq!(ran.code, 75, "{}", ran.said);
    assert!(committed(&bed, GROUP, 0) <= 0);
    bed.cluster.clear_failures(Request::Produce);
    assert_eq!(replay(&bed, &[]).code, 0);
    assert_eq!(records(&bed).len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_topic_does_not_take_ends_it_and_is_named_and_not_passed() {
    let bed = bed().await;
    put_many(&bed, 1, 0..10);
    bed.cluster.fail_requests(Request::Produce, &[TOO_LARGE]);
    let ran = replay(&bed, &[]);
    assert_eq!(ran.code, 65, "{}", ran.said);
    let named =
        "the letter t-dead-letters[1]@0 is not replayed to t: it is larger than the topic takes";
    assert!(ran.said.contains(named), "{}", ran.said);
    assert!(committed(&bed, GROUP, 1) <= 0);
    assert_eq!(replay(&bed, &[]).code, 0);
    let found = records(&bed);
    let texts: BTreeSet<_> = found.iter().map(Found::text).collect();
    assert_eq!(texts.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_may_not_be_written_ends_it_with_77() {
    let bed = bed().await;
    put_many(&bed, 0, 0..5);
    bed.cluster.fail_requests(Request::Produce, &[DENIED; 10]);
    let ran = replay(&bed, &[]);
    assert_eq!(ran.code, 77, "{}", ran.said);
    assert!(committed(&bed, GROUP, 0) <= 0);
}

/// The texts of records that are there more than once.
fn twice(found: &[Found]) -> Vec<String> {
    let mut counts = HashMap::<_, usize>::new();
    for one in found {
        *counts.entry(one.text()).or_default() += 1;
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    several.map(|(text, _)| text.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_group_share_the_letters() {
    let bed = bed().await;
    put_many(&bed, 0, 0..200);
    put_many(&bed, 1, 200..400);
    let arguments = ["--rate", "100/s"];
    let both = [(); 2].map(|()| spawn(&bed, &arguments));
    let ran = both.map(finish);
    for ran in &ran {
        // The group moves when one leaves it; the other's last commit may meet that, and then 75 says so.
        assert!([0, 75].contains(&ran.code), "{}", ran.said);
    }
    assert_eq!(replay(&bed, &[]).code, 0);
    let found = records(&bed);
    let texts: BTreeSet<_> = found.iter().map(Found::text).collect();
    assert_eq!(texts.len(), 400, "none is lost");
    // The embedded Kafka takes no commit while members join, which Kafka does; the one that gives a partition up then says
    // that its letters may come again.
    let refused = "the commit before a revocation failed";
    let is_refused = ran.iter().any(|ran| ran.said.contains(refused));
    if ran.iter().all(|ran| ran.code == 0) && !is_refused {
        let said: String = ran.iter().map(|ran| ran.said.as_str()).collect();
        assert_eq!(twice(&found), Vec::<String>::new(), "repeated; {said}");
    }
}
