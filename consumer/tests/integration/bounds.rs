//! Where reading begins and ends.

use crate::bed::{Bed, Running, wait};
use runtime::lifecycle::Exit;
use serde_json::Value;
use std::time::Duration;

const END: (&str, &str) = ("consumer.until", "end");
/// The embedded Kafka lets a group go on only a session's length after its last member has left.
const QUICK: [(&str, &str); 2] = [
    ("kafka.properties.session.timeout.ms", "2000"),
    ("kafka.properties.heartbeat.interval.ms", "300"),
];
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a bounded consumer ends by itself.
async fn ended(running: Running) -> Exit {
    running.tasks.finished(PATIENCE).await.exit
}

fn texts(lines: &[Value]) -> Vec<&str> {
    let mut texts: Vec<_> = lines
        .iter()
        .map(|line| line["value"]["s"].as_str().unwrap())
        .collect();
    texts.sort_unstable();
    texts
}

/// What a bounded consumer with these settings prints, beside what stands in the file already.
async fn printed(bed: &Bed, more: &[(&str, &str)]) -> Vec<String> {
    let before = bed.lines().len();
    let running = bed
        .start(&[&[END], &QUICK[..], more].concat())
        .await
        .unwrap();
    assert_eq!(ended(running).await, Exit::Done);
    let lines = bed.lines();
    texts(&lines[before..])
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_end_is_what_was_there_at_the_start_and_then_the_consumer_ends_with_0() {
    let bed = Bed::new().await;
    for (partition, text) in [(0, "a"), (0, "b"), (1, "c")] {
        bed.write_good(partition, text);
    }
    let slow = [END, QUICK[0], QUICK[1], ("consumer.in_flight_records", "1")];
    let running = bed.start(&slow).await.unwrap();
    for partition in [0, 1] {
        bed.write_good(partition, "late");
    }
    assert_eq!(ended(running).await, Exit::Done);
    assert_eq!(texts(&bed.lines()), ["a", "b", "c"]);
    assert_eq!([bed.committed(0), bed.committed(1)], [2, 1]);
    assert_eq!(printed(&bed, &[]).await, ["late", "late"]);
    assert!(printed(&bed, &[]).await.is_empty());
}

/// The embedded Kafka takes offsets from outside for groups that never had a member only; a real one, as the ring
/// shows, for every group without members.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_members_begins_where_the_configuration_says() {
    let bed = Bed::new().await;
    for text in ["a", "b", "c"] {
        bed.write_good(0, text);
    }
    bed.write_good(1, "d");
    let all: &[&str] = &["a", "b", "c", "d"];
    for (start, expected) in [
        ("committed", all),
        ("earliest", all),
        ("0=1,1=1", &["b", "c"]),
        ("0=2", &["c", "d"]),
        ("latest", &[]),
    ] {
        let settings = [("consumer.start", start), ("kafka.group_id", start)];
        assert_eq!(printed(&bed, &settings).await, expected, "{start}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_with_members_is_not_moved() {
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    let first = bed.start(&QUICK).await.unwrap();
    bed.lines_when(1).await;
    wait(|| bed.committed(0) == 1).await;
    let path = bed.file("second.ndjson", "");
    let more = [("consumer.start", "earliest"), ("sink.path", &path)];
    let second = bed.start(&[&QUICK[..], &more].concat()).await.unwrap();
    bed.write_good(0, "b");
    bed.write_good(1, "c");
    let lines = || bed.lines().len() + std::fs::read_to_string(&path).unwrap().lines().count();
    wait(|| lines() == 3 && bed.committed(0) == 2 && bed.committed(1) == 1).await;
    assert_eq!(second.stop().await, Exit::Done);
    assert_eq!(first.stop().await, Exit::Done);
    assert_eq!(lines(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_that_are_not_there_end_the_start_with_78_and_are_named() {
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    for (start, said) in [
        ("0=2", "offset 2 of partition 0, where topic t has 0 to 1"),
        ("7=0", "partition 7, which topic t has not"),
    ] {
        let failure = bed.start(&[("consumer.start", start)]).await.err().unwrap();
        assert_eq!(failure.exit, Exit::Configuration);
        assert!(failure.to_string().contains(said), "{failure}");
    }
    assert_eq!(bed.committed(0), -1);
}
