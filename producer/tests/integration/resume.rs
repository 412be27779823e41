//! A file that is gone on with: after a drain, a kill, a timeout, line by line, and never one that is another.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use client::kafka::mock::Request;
use rdkafka::types::RDKafkaRespErr::{
    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as DENIED,
};
use runtime::lifecycle::Exit;
use serde_json::Value;
use tempfile::TempDir;

use crate::app::{App, World, until};
use crate::ndjson::{ids, order, settings};
use crate::process::Process;

/// A file of orders, and the one beside it.
struct Input {
    folder: TempDir,
    path: PathBuf,
}

impl Input {
    fn of(lines: &[String]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("in.ndjson");
        fs::write(&path, lines.join("\n") + "\n").expect("the file is written");
        Self { folder, path }
    }

    fn orders(count: usize) -> Self {
        Self::of(&(0..count).map(order).collect::<Vec<_>>())
    }

    fn append(&self, text: &str) {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(&self.path)
            .expect("the file is there");
        file.write_all(text.as_bytes())
            .expect("the file is written");
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("in.ndjson.progress")
    }

    /// The lines that are finished, as the mark has it.
    fn finished(&self) -> u64 {
        let text = fs::read(self.mark()).expect("there is a mark");
        let mark: Value = serde_json::from_slice(&text).expect("the mark is JSON");
        mark["line"].as_u64().expect("a number of lines")
    }

    async fn start(&self, world: &World, more: &[(&str, &str)]) -> App {
        world.start(&resuming(&self.path, more)).await
    }

    async fn run(&self, world: &World, more: &[(&str, &str)]) -> (App, Exit) {
        let app = self.start(world, more).await;
        let exit = app.ended().await.exit;
        (app, exit)
    }

    /// Why a start is refused.
    async fn refused(&self, world: &World, more: &[(&str, &str)]) -> String {
        let failure = world
            .try_start(&resuming(&self.path, more), None)
            .await
            .err()
            .expect("it must not start");
        assert_eq!(failure.exit, Exit::Configuration, "{failure}");
        failure.to_string()
    }
}

fn resuming<'a>(path: &'a Path, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = settings(
        path,
        &[("source.resume", "true"), ("source.key", "user_id")],
    );
    all.extend(more);
    all
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("id-{number}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_and_a_restart_send_each_line_once_and_in_order() {
    let (world, input) = (World::new().await, Input::orders(3_000));
    let app = input.start(&world, &[("source.rate", "3000/s")]).await;
    until("some lines are sent", || app.progress.delivered() > 500).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    let first = app.progress.delivered();
    assert!(first < 3_000, "it was through before the drain");
    assert_eq!(input.finished(), first);
    let (app, exit) = input.run(&world, &[]).await;
    assert_eq!(
        (exit, app.progress.delivered()),
        (Exit::Done, 3_000 - first)
    );
    assert_eq!(ids(&world), expected(3_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_file_is_not_sent_again_and_what_is_appended_is() {
    let (world, input) = (World::new().await, Input::orders(2));
    assert_eq!(input.run(&world, &[]).await.1, Exit::Done);
    let (app, exit) = input.run(&world, &[]).await;
    assert_eq!((exit, app.progress.read()), (Exit::Done, 0));
    input.append(&order(2));
    assert_eq!(input.run(&world, &[]).await.0.progress.read(), 1);
    // The last line had no end; what comes behind it begins with one.
    input.append(&format!("\r\n{}\n{}\n", order(3), order(4)));
    let (app, exit) = input.run(&world, &[]).await;
    assert_eq!((exit, app.progress.read()), (Exit::Done, 2));
    assert_eq!((ids(&world), input.finished()), (expected(5), 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_no_line_and_repeats_only_what_came_since_the_last_save() {
    let (world, input) = (World::new().await, Input::orders(8_000));
    let more = [("source.rate", "2000/s"), ("log.format", "json")];
    let settings = world.settings(&resuming(&input.path, &more));
    let killed = Process::start(&["run"], &settings);
    until("a place is saved", || {
        input.mark().exists() && input.finished() > 0
    })
    .await;
    killed.signal("KILL");
    assert_eq!(killed.ended().code, None);
    let (saved, sent) = (input.finished(), ids(&world));
    assert!((1..8_000).contains(&saved), "{saved}");
    assert!(
        sent.len() as u64 >= saved,
        "nothing is saved ahead of Kafka"
    );
    let (app, exit) = input.run(&world, &[]).await;
    assert_eq!(
        (exit, app.progress.delivered()),
        (Exit::Done, 8_000 - saved)
    );
    let stored = ids(&world);
    let twice = stored.len() - 8_000;
    assert_eq!(twice as u64, sent.len() as u64 - saved);
    assert!(twice <= 4_000, "{twice} lines at 2,000/s came twice");
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>().len(), 8_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_timed_out_are_sent_by_the_next_run() {
    let (world, input) = (World::new().await, Input::orders(2_000));
    let more = [
        ("kafka.delivery_timeout", "1500ms"),
        ("source.in_flight_records", "50"),
        ("source.rate", "1000/s"),
        ("shutdown.grace", "5s"),
    ];
    let app = input.start(&world, &more).await;
    until("records flow", || app.progress.delivered() > 100).await;
    world.take_broker_away();
    assert_eq!(app.ended().await.exit, Exit::DrainIncomplete);
    assert!(app.failed("timeout") >= 1.0, "{:?}", app.progress);
    assert!(input.finished() <= app.progress.delivered());
    world.bring_broker_back();
    assert_eq!(input.run(&world, &[]).await.1, Exit::Done);
    let stored: BTreeSet<String> = ids(&world).into_iter().collect();
    assert_eq!(stored.len(), 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_lines_are_finished_under_skip_and_met_again_under_stop() {
    let lines = [order(0), "{".to_owned(), order(2)];
    for (policy, finished, again) in [("skip", 3, Exit::Done), ("stop", 1, Exit::Refused)] {
        let (world, input) = (World::new().await, Input::of(&lines));
        let more = [("source.on_reject", policy)];
        assert_eq!(input.run(&world, &more).await.1, Exit::Refused, "{policy}");
        assert_eq!(input.finished(), finished, "{policy}");
        let (app, exit) = input.run(&world, &more).await;
        assert_eq!((exit, app.progress.delivered()), (again, 0), "{policy}");
        assert_eq!(app.progress.rejected(), u64::from(policy == "stop"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_larger_than_the_client_may_send_is_finished_under_skip_only() {
    let large = order(1).replace("\"u\"", &format!("\"{}\"", "u".repeat(3_000)));
    for (policy, finished) in [("skip", 3), ("stop", 1)] {
        let lines = [order(0), large.clone(), order(2)];
        let (world, input) = (World::new().await, Input::of(&lines));
        let more = [
            ("kafka.properties.message.max.bytes", "2000"),
            ("source.on_reject", policy),
        ];
        assert_eq!(input.run(&world, &more).await.1, Exit::Refused);
        assert_eq!(input.finished(), finished, "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_the_broker_refuses_is_finished_under_skip_only() {
    for (policy, error, finished) in [
        ("skip", TOO_LARGE, 1),
        ("stop", TOO_LARGE, 0),
        ("skip", DENIED, 0),
    ] {
        let (world, input) = (World::new().await, Input::orders(1));
        world.kafka.fail_requests(Request::Produce, &[error]);
        let (app, _) = input.run(&world, &[("source.on_reject", policy)]).await;
        assert_eq!(app.progress.failed(), 1);
        assert_eq!(input.finished(), finished, "{policy} {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_is_not_the_one_that_was_sent_is_refused() {
    let (world, input) = (World::new().await, Input::orders(3));
    assert_eq!(input.run(&world, &[]).await.1, Exit::Done);
    let whole = fs::read(&input.path).expect("the input is there");
    let said = input.refused(&world, &[("kafka.topic", "others")]).await;
    assert!(said.contains("sent to the topic orders"), "{said}");
    fs::write(&input.path, &whole[..20]).expect("the file is written");
    let said = input.refused(&world, &[]).await;
    assert!(said.contains("replaced or cut"), "{said}");
    let other: Vec<String> = (3..9).map(order).collect();
    fs::write(&input.path, other.join("\n")).expect("the file is written");
    let said = input.refused(&world, &[]).await;
    assert!(said.contains("replaced or changed"), "{said}");
    assert!(said.contains("in.ndjson"), "{said}");
    fs::write(input.mark(), "{}").expect("the mark is written");
    let said = input.refused(&world, &[]).await;
    assert!(said.contains("source.resume_file"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_producer_sends_a_file_at_a_time() {
    let (world, input) = (World::new().await, Input::orders(3));
    let app = input.start(&world, &[("source.rate", "1/s")]).await;
    let said = input.refused(&world, &[]).await;
    assert!(said.contains("another producer"), "{said}");
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(input.run(&world, &[]).await.1, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_saved_is_said_before_anything_is_sent() {
    let (world, input) = (World::new().await, Input::orders(3));
    let said = input
        .refused(&world, &[("source.resume_file", "/no/such/folder/mark")])
        .await;
    assert!(said.contains("/no/such/folder/mark"), "{said}");
    assert!(said.contains("source.resume_file"), "{said}");
    assert_eq!(world.stored().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_can_no_longer_be_saved_ends_with_75() {
    let (world, input) = (World::new().await, Input::orders(100));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mark = folder.path().join("mark");
    let more = [
        ("source.resume_file", mark.to_str().expect("a text")),
        ("source.rate", "200/s"),
    ];
    let app = input.start(&world, &more).await;
    until("the first lines are sent", || app.progress.delivered() > 0).await;
    folder.close().expect("the folder can be removed");
    assert_eq!(app.ended().await.exit, Exit::DrainIncomplete);
    assert_eq!(app.progress.delivered(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_gone_on_with_also_where_the_registry_has_the_schema() {
    let (world, input) = (World::new().await, Input::orders(3));
    let more = [("source.max_records", "2")];
    assert_eq!(input.run(&world, &more).await.1, Exit::Done);
    let path = input.path.to_str().expect("the path is text");
    let more = [
        ("source.kind", "ndjson"),
        ("source.path", path),
        ("source.resume", "true"),
        ("source.key", "user_id"),
        ("registry.resolution", "latest"),
    ];
    let app = world.start(&more).await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    assert_eq!(ids(&world), expected(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_a_file_has_nothing_to_go_on_with() {
    let (world, input) = (World::new().await, Input::orders(3));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("gluestream.toml");
    let text = format!("[source]\npath = {:?}\nresume = true\n", input.path);
    fs::write(&file, text).expect("the file is written");
    let file = file.to_str().expect("the path is text");
    let more = [("source.kind", "orders"), ("source.max_records", "2")];
    let settings = world.settings(&more);
    let ended = Process::start(&["run", "--config", file], &settings).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(!input.mark().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_says_how_far_the_file_is_finished() {
    let (world, input) = (World::new().await, Input::orders(3));
    let more = [("source.max_records", "1")];
    assert_eq!(input.run(&world, &more).await.1, Exit::Done);
    let (app, _) = input.run(&world, &[]).await;
    let state = app.telemetry.state();
    let resume = &state["producer"]["resume"];
    let lines = [&resume["began_behind_line"], &resume["finished_lines"]];
    assert_eq!(lines, [1, 3], "{state}");
}
