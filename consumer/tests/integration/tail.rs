//! `consumer tail` as a process: what it shows, where it begins and ends, and that it leaves no trace.

pub(crate) mod hand;

use crate::bed::Bed;
use crate::front::Front;
use crate::process::{consumer, ended, signal, wait_for_line};
use crate::ways::{ACCOUNT, open, told};
use client::kafka::mock::Request;
use hand::{Tail, filled, hide, spawn, tail};
use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED as NOT_OURS;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::time::Duration;

const PLACES: &str = "{partition}@{offset}";
const ALL: [&str; 4] = ["--from", "beginning", "--until", "end"];

/// The places that are shown, in no order.
fn places(bed: &Bed, arguments: &[&str]) -> BTreeSet<String> {
    let ran = tail(bed, &[arguments, &["--template", PLACES]].concat());
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.out.lines().map(str::to_owned).collect()
}

fn set(places: &[&str]) -> BTreeSet<String> {
    places.iter().map(|place| (*place).to_owned()).collect()
}

#[test]
fn help_says_what_can_be_chosen() {
    let output = consumer(&["tail", "--help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_shows_every_kind_of_record_and_schema_changes_stand_beside_them() {
    let bed = filled().await;
    for format in ["json", "pretty", "hex", "header"] {
        let ran = tail(
            &bed,
            &["--last", "20", "--until", "end", "--format", format],
        );
        assert_eq!(ran.code, 0, "{}", ran.said);
        insta::assert_snapshot!(format, hide(&bed, &ran.out));
        if format == "json" {
            insta::assert_snapshot!("changes", hide(&bed, &ran.said));
        }
    }
    let template = r"{topic}[{partition}]@{offset}\t{timestamp} {key} {value.n} {header.h} {{{schema} {version}}} {kind}";
    let ran = tail(
        &bed,
        &["--last", "20", "--until", "end", "--template", template],
    );
    insta::assert_snapshot!("template", hide(&bed, &ran.out));
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_is_what_kafka_has_and_bytes_alone_ask_no_registry() {
    let bed = filled().await;
    bed.stop_registry();
    let away = ["--set", "startup.timeout=3s"];
    let one = [
        "--partition",
        "0",
        "--from",
        "0",
        "--until",
        "end",
        "--count",
        "2",
    ];
    let ran = tail(&bed, &[&one[..], &away, &["--format", "raw"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.said);
    let expected = [bed.frame("a"), b"\nnull\n".to_vec()].concat();
    assert_eq!(ran.bytes, expected);
    let id = bed.schema.to_string();
    let by_id = [&ALL[..], &away, &["--schema-version", &id]].concat();
    assert_eq!(places(&bed, &by_id), set(&["0@0", "1@0", "1@2"]));
    // What needs values needs the registry.
    let ran = tail(&bed, &[&one[..], &away].concat());
    assert_eq!(ran.code, 69, "{}", ran.said);
}

/// The embedded Kafka knows no times; a real one does, and the lookup is the daemon's.
#[tokio::test(flavor = "multi_thread")]
async fn reading_begins_and_ends_where_it_is_told() {
    let bed = filled().await;
    let cases: [(&[&str], &[&str]); 10] = [
        (
            &["--from", "beginning"],
            &["0@0", "0@1", "0@2", "1@0", "1@1", "1@2"],
        ),
        (&["--from", "end"], &[]),
        (&["--from", "1"], &["0@1", "0@2", "1@1", "1@2"]),
        (&["--from", "99"], &[]),
        (&["--from", "1=2"], &["1@2"]),
        (&["--from", "0=1,1=3"], &["0@1", "0@2"]),
        (
            &["--from", "beginning", "--partition", "1"],
            &["1@0", "1@1", "1@2"],
        ),
        (&["--last", "1"], &["1@2"]),
        (&["--last", "4"], &["0@1", "0@2", "1@1", "1@2"]),
        (&["--last", "2", "--partition", "0"], &["0@1", "0@2"]),
    ];
    for (arguments, expected) in cases {
        let arguments = [arguments, &["--until", "end"]].concat();
        assert_eq!(places(&bed, &arguments), set(expected), "{arguments:?}");
    }
    let few = tail(
        &bed,
        &["--from", "beginning", "--count", "2", "--template", PLACES],
    );
    assert_eq!((few.code, few.out.lines().count()), (0, 2), "{}", few.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_asked_for_is_shown_and_what_cannot_be_told_is_counted() {
    let bed = filled().await;
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--key", "a"], &["0@0", "0@1", "0@2"]),
        (&["--key", "b", "--key", "a", "--partition", "1"], &["1@0"]),
        (&["--key-contains", "a"], &["0@0", "0@1", "0@2"]),
        (&["--where", "s=c"], &["0@2"]),
        (&["--where", "s!=c", "--where", "n=5"], &["0@0", "1@0"]),
        (&["--schema-version", "2"], &["0@2"]),
        (&["--schema-version", "1"], &["0@0", "1@0", "1@2"]),
    ];
    for (arguments, expected) in cases {
        let arguments = [&ALL, arguments].concat();
        assert_eq!(places(&bed, &arguments), set(expected), "{arguments:?}");
    }
    let ran = tail(&bed, &[&ALL[..], &["--where", "s=c"]].concat());
    let said = "2 records could not be decoded, so filters left them out";
    assert!(ran.said.contains(said), "{}", ran.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_from_the_end_until_it_is_told_to_end() {
    let bed = filled().await;
    for last in [None, Some("1")] {
        let mut arguments = vec!["--set", "log.level=info", "--template", "{value.s}"];
        arguments.extend(last.map(|_| "--last").into_iter().chain(last));
        let mut child = spawn(&bed, &arguments);
        wait_for_line(&mut child, "tailing");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if last.is_some() {
            // The last one cannot be decoded.
            assert_eq!(lines.next().unwrap().unwrap(), "");
        }
        bed.write_good(1, "new");
        assert_eq!(lines.next().unwrap().unwrap(), "new");
        bed.write_good(0, "newer");
        assert_eq!(lines.next().unwrap().unwrap(), "newer");
        // The next round has the same last record.
        bed.write(1, None, Some(b"hello"));
        assert_eq!(lines.next().unwrap().unwrap(), "");
        signal(&child, "INT");
        let (code, said) = ended(child, Duration::from_secs(20));
        assert_eq!(code, 0, "{said}");
        assert_eq!(lines.count(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_ends_it_even_while_nothing_comes() {
    let bed = filled().await;
    let mut child = spawn(&bed, &["--set", "log.level=info"]);
    wait_for_line(&mut child, "tailing");
    drop(child.stdout.take());
    let (code, said) = ended(child, Duration::from_secs(20));
    assert_eq!(code, 0, "{said}");
    let mut child = spawn(&bed, &ALL);
    drop(child.stdout.take());
    let (code, said) = ended(child, Duration::from_secs(20));
    assert_eq!(code, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_joins_no_group_commits_nothing_and_needs_no_right_to_a_group() {
    let bed = filled().await;
    bed.cluster.track_requests();
    let refused = [NOT_OURS; 50];
    bed.cluster
        .fail_requests(Request::FindCoordinator, &refused);
    assert_eq!(places(&bed, &ALL).len(), 6);
    assert_eq!(places(&bed, &["--last", "2", "--until", "end"]).len(), 2);
    let looking = [
        Request::Fetch,
        Request::ListOffsets,
        Request::Metadata,
        Request::FindCoordinator,
        Request::ApiVersions,
        Request::GetTelemetrySubscriptions,
    ];
    let looking: BTreeSet<i16> = looking.map(|kind| kind as i16).into();
    let made = bed.cluster.tracked_requests();
    assert!(made.contains(&(Request::Fetch as i16)), "{made:?}");
    assert!(made.is_subset(&looking), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_goes_away_ends_nothing() {
    let bed = filled().await;
    let mut child = spawn(
        &bed,
        &[
            "--set",
            "log.level=info",
            "--set",
            "registry.timeout=300ms",
            "--template",
            "{value.s}{kind}",
        ],
    );
    wait_for_line(&mut child, "tailing");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    bed.write_good(0, "known");
    assert_eq!(lines.next().unwrap().unwrap(), "known");
    bed.stop_registry();
    let mut frame = bed.frame("new");
    frame[2] ^= 1;
    bed.write(0, None, Some(&frame));
    assert_eq!(lines.next().unwrap().unwrap(), "schema_unavailable");
    bed.write_good(0, "known again");
    assert_eq!(lines.next().unwrap().unwrap(), "known again");
    signal(&child, "TERM");
    let (code, said) = ended(child, Duration::from_secs(20));
    assert_eq!(code, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_ends_with_64_and_says_what_can() {
    let bed = filled().await;
    let cases: [(&[&str], &str); 10] = [
        (&["--template", "{nonsense}"], "{value.FIELD}"),
        (&["--where", "status"], "expected FIELD=VALUE"),
        (&["--from", "committed"], "it is none of: beginning"),
        (&["--until", "2999-01-01T00:00:00Z"], "still to come"),
        (
            &["--schema-version", "v2"],
            "neither the id of a schema version",
        ),
        (&["--last", "0"], "--last"),
        (&["--last", "1", "--from", "end"], "cannot be used with"),
        (
            &["--from", "0=1", "--partition", "1"],
            "take --partition away",
        ),
        (&["--partition", "7"], "no partition 7: topic t has 0 to 1"),
        (
            &["--from", "0=1,1=9"],
            "offset 9 of partition 1, where topic t has 0 to 3",
        ),
    ];
    for (arguments, said) in cases {
        let ran = tail(&bed, arguments);
        assert_eq!(
            (ran.code, &*ran.out),
            (64, ""),
            "{arguments:?}: {}",
            ran.said
        );
        assert!(ran.said.contains(said), "{arguments:?}: {}", ran.said);
    }
    let ran = tail(&bed, &["--topic", "missing", "--set", "startup.timeout=2s"]);
    assert_eq!(ran.code, 69, "{}", ran.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_shown_whichever_way_it_logs_in() {
    for (way, login) in open() {
        let bed = filled().await;
        let front = Front::open(&bed.cluster, login, "server").await;
        let mut told: Vec<(String, String)> = told(way)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        told.push(("kafka.bootstrap_servers".to_owned(), front.servers.clone()));
        let ran = Tail {
            environment: &ACCOUNT,
            told: &told,
            arguments: &[&ALL[..], &["--template", PLACES]].concat(),
        }
        .run(&bed);
        assert_eq!(
            (ran.code, ran.out.lines().count()),
            (0, 6),
            "{way}: {}",
            ran.said
        );
    }
}
