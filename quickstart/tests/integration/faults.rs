//! What goes wrong between the daemons and Kafka, each with a ledger of every record: nothing is lost, nothing is out
//! of order, no commit is ahead of what was written, and what comes twice is bounded.
//!
//! The embedded Kafka breaks when groups of several members change under load: how members share the topic is proven
//! on real brokers, in the ring.

mod bed;
mod ledger;
mod proxy;

use crate::faults::bed::{Bed, PATIENCE};
use crate::faults::ledger::Verdict;
use client::kafka::mock::Request;
use rdkafka::types::RDKafkaRespErr as Code;
use runtime::lifecycle::{Cause, Exit};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Sessions and sockets that give up soon, so that faults need not last.
const QUICK: [(&str, &str); 3] = [
    ("kafka.properties.session.timeout.ms", "6000"),
    ("kafka.properties.heartbeat.interval.ms", "500"),
    ("kafka.properties.socket.timeout.ms", "2000"),
];
const MILLIS: fn(u64) -> Duration = Duration::from_millis;

/// Nothing lost, nothing out of order, no commit too early.
fn whole(verdict: &Verdict) -> usize {
    let duplicates = verdict.duplicates;
    assert_eq!(
        *verdict,
        Verdict {
            duplicates,
            ..Verdict::default()
        }
    );
    duplicates
}

/// Lets a producer and a consumer run while `fault` does its worst, and judges when all is through.
async fn through(count: usize, rate: &str, fault: impl AsyncFn(&mut Bed)) -> (Bed, usize) {
    let mut bed = Bed::new(count).await;
    let consumer = bed.consumer(&QUICK).await;
    let socket = QUICK[2];
    let (producer, progress) = bed.producer(&[("source.rate", rate), socket]).await;
    bed.written_when(count / 20).await;
    fault(&mut bed).await;
    assert_eq!(producer.ended().await, Exit::Done);
    assert_eq!(progress.delivered(), count as u64);
    bed.written_when(count).await;
    bed.committed_all().await;
    assert_eq!(consumer.stop().await, Exit::Done);
    let duplicates = whole(&bed.judge());
    (bed, duplicates)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_and_narrow_line_costs_time_only() {
    let (_, duplicates) = through(8_000, "4000/s", async |bed| {
        bed.proxy.delay(MILLIS(100), MILLIS(50));
        bed.proxy.narrow(512 << 10);
        bed.pass(MILLIS(3_000)).await;
    })
    .await;
    assert_eq!(duplicates, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_again_and_again_lose_nothing() {
    let (bed, duplicates) = through(8_000, "2000/s", async |bed| {
        for _ in 0..8 {
            bed.proxy.reset();
            bed.pass(MILLIS(300)).await;
        }
    })
    .await;
    assert!(bed.proxy.connections() > 8, "{}", bed.proxy.connections());
    // What was on its way to or from the embedded Kafka, which takes a record that comes again.
    assert!(duplicates < 4_000, "{duplicates}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_falls_silent_loses_nothing() {
    let (_, duplicates) = through(8_000, "2000/s", async |bed| {
        silent(bed, MILLIS(5_000)).await;
    })
    .await;
    assert!(duplicates < 8_000, "{duplicates}");
}

/// Longer than the socket's own patience, a minute, and than the session.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long"]
async fn a_broker_that_is_silent_for_a_minute_and_a_half_loses_nothing() {
    let (_, duplicates) = through(60_000, "1000/s", async |bed| {
        silent(bed, MILLIS(90_000)).await;
    })
    .await;
    assert!(duplicates < 60_000, "{duplicates}");
}

async fn silent(bed: &Bed, time: Duration) {
    bed.proxy.be_silent(true);
    tokio::time::sleep(time).await;
    bed.proxy.be_silent(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_moves_while_it_commits_loses_nothing() {
    let (_, duplicates) = through(10_000, "2500/s", async |bed| {
        for refusal in [
            Code::RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            Code::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            Code::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        ] {
            bed.cluster
                .fail_requests(Request::OffsetCommit, &[refusal; 3]);
            bed.pass(MILLIS(600)).await;
        }
        let moving = Code::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
        bed.cluster.fail_requests(Request::Heartbeat, &[moving]);
        bed.pass(MILLIS(600)).await;
    })
    .await;
    assert!(duplicates < 5_000, "{duplicates}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_registry_known_versions_go_on() {
    let (_, duplicates) = through(6_000, "3000/s", async |bed| {
        bed.stub.drain(Cause::Finished);
        bed.pass(MILLIS(500)).await;
    })
    .await;
    assert_eq!(duplicates, 0);
}

/// The embedded Kafka lets a group go on only a session's length after its last member has left.
const SHORT: [(&str, &str); 2] = [
    ("kafka.properties.session.timeout.ms", "3000"),
    ("kafka.properties.heartbeat.interval.ms", "300"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_stopped_and_started_again_reads_nothing_twice() {
    let count = 12_000;
    let mut bed = Bed::new(count).await;
    let (producer, _) = bed.producer(&[("source.rate", "2000/s")]).await;
    for part in 1..=4 {
        let consumer = bed.consumer(&SHORT).await;
        bed.written_when(count * part / 4).await;
        assert_eq!(consumer.stop().await, Exit::Done);
        bed.sample();
    }
    assert_eq!(producer.ended().await, Exit::Done);
    assert_eq!(bed.judge(), Verdict::default());
}

/// A binary that `cargo test --workspace` has built beside quickstart's own, with these settings.
fn process(binary: &str, pairs: &[(String, String)]) -> Child {
    let path = Path::new(env!("CARGO_BIN_EXE_quickstart")).with_file_name(binary);
    assert!(
        path.is_file(),
        "{binary} is missing: test the whole workspace"
    );
    let mut command = Command::new(path);
    command.env_clear().arg("run").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for (key, value) in pairs {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    command.spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let status = Command::new("kill")
        .args([&format!("-{name}"), &id])
        .status();
    assert!(status.unwrap().success());
}

/// Waits until a process has ended; its exit code.
async fn code(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(Instant::now() < deadline, "it does not end");
        tokio::time::sleep(MILLIS(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_without_brokers_ends_in_its_time_with_75_and_what_was_not_committed_comes_again() {
    let count = 6_000;
    let mut bed = Bed::new(count).await;
    let path = bed.file();
    let settings = [
        &QUICK[..],
        &[("sink.path", &path), ("shutdown.grace", "4s")],
    ]
    .concat();
    let mut consumer = process("consumer", &bed.pairs(&settings));
    let (producer, _) = bed.producer(&[("source.rate", "3000/s")]).await;
    bed.written_when(count / 4).await;
    bed.proxy.shut(true);
    signal(&consumer, "TERM");
    let began = Instant::now();
    assert_eq!(code(&mut consumer).await, Some(75));
    assert!(began.elapsed() < MILLIS(5_000), "{:?}", began.elapsed());
    bed.proxy.shut(false);
    let consumer = bed.consumer(&QUICK).await;
    assert_eq!(producer.ended().await, Exit::Done);
    bed.committed_all().await;
    assert_eq!(consumer.stop().await, Exit::Done);
    whole(&bed.judge());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_stood_still_for_longer_than_its_session_comes_back() {
    let count = 10_000;
    let mut bed = Bed::new(count).await;
    let (producer, _) = bed.producer(&[("source.rate", "2000/s")]).await;
    let path = bed.file();
    let still = [
        ("sink.path", path.as_str()),
        ("kafka.properties.max.poll.interval.ms", "6000"),
    ];
    let mut consumer = process("consumer", &bed.pairs(&[&QUICK[..], &still].concat()));
    bed.written_when(count / 20).await;
    signal(&consumer, "STOP");
    tokio::time::sleep(MILLIS(8_000)).await;
    signal(&consumer, "CONT");
    assert_eq!(producer.ended().await, Exit::Done);
    bed.committed_all().await;
    signal(&consumer, "TERM");
    assert_eq!(code(&mut consumer).await, Some(0));
    let duplicates = whole(&bed.judge());
    assert!(duplicates < count / 2, "{duplicates}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_full_input_with_the_broker_away_the_producer_waits_in_bounded_memory() {
    waits_in_bounded_memory(MILLIS(6_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long"]
async fn at_full_input_with_the_broker_away_for_ten_minutes_memory_stays_bounded() {
    waits_in_bounded_memory(MILLIS(600_000)).await;
}

async fn waits_in_bounded_memory(time: Duration) {
    let bed = Bed::new(1).await;
    let more = [
        ("source.kind", "orders"),
        ("source.rate", "0/s"),
        ("source.max_records", "600000"),
    ];
    let pairs: Vec<_> = bed
        .pairs(&more)
        .into_iter()
        .filter(|(key, _)| key != "source.path")
        .collect();
    let mut producer = process("producer", &pairs);
    let deadline = Instant::now() + PATIENCE;
    while bed.proxy.connections() < 2 {
        assert!(Instant::now() < deadline, "it does not connect");
        tokio::time::sleep(MILLIS(1)).await;
    }
    bed.proxy.be_silent(true);
    tokio::time::sleep(time).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", producer.id())).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: usize = peak
        .trim()
        .strip_suffix(" kB")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    bed.proxy.be_silent(false);
    signal(&producer, "TERM");
    assert_eq!(code(&mut producer).await, Some(0));
    assert!(kib < 128 << 10, "{kib} KiB");
    assert!(kib > 20 << 10, "{kib} KiB: it took nothing in");
}
