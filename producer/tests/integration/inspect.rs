//! `producer validate --connect`: what is right and wrong around a producer, looked at without a trace.

use serde_json::Value;

use crate::app::World;
use crate::ndjson::{SCHEMA_FILE, file, order};
use crate::process::{Ended, Process};

const SOON: (&str, &str) = ("startup.timeout", "500ms");

fn validate(world: &World, arguments: &[&str], more: &[(&str, &str)]) -> Ended {
    let arguments = [&["validate", "--connect"], arguments].concat();
    Process::start(&arguments, &world.settings(more)).ended()
}

/// The findings as `what state, …`, and the text of the first that is wrong.
fn findings(ended: &Ended) -> (String, String) {
    let document: Value = serde_json::from_str(&ended.out).expect("one document");
    let findings = document["findings"].as_array().expect("a list");
    let text = |finding: &Value, key: &str| finding[key].as_str().expect("text").to_owned();
    let wrong = findings.iter().find(|finding| finding["state"] == "wrong");
    let pair = |finding: &Value| format!("{} {}", text(finding, "what"), text(finding, "state"));
    let pairs: Vec<String> = findings.iter().map(pair).collect();
    let said = wrong.map(|finding| text(finding, "said"));
    (pairs.join(", "), said.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_is_a_line_each_and_nothing_is_left_behind() {
    let world = World::new().await;
    let input = file(order(1).as_bytes());
    let path = input.path().to_str().expect("the path is text");
    let lines = [
        ("source.kind", "ndjson"),
        ("source.path", path),
        ("registry.schema_file", SCHEMA_FILE),
    ];
    let ended = validate(&world, &[], &lines);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
    for line in [
        "right    source ",
        "right    definition ",
        "right    brokers       1 answer at ",
        "right    topic         orders has 2 partitions\n",
        // The embedded Kafka knows no rights.
        "unknown  topic         what the brokers let us do with orders is not known",
        "right    registry ",
        "unknown  schema ",
    ] {
        assert!(ended.out.contains(line), "{line} is not in\n{}", ended.out);
    }
    let calls = world.calls();
    let reads = calls.keys().all(|operation| operation.starts_with("Get"));
    assert!(reads && world.stored().is_empty(), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_there_is_named() {
    let world = World::new().await;
    assert_eq!(
        world
            .start(&[("source.max_records", "1")])
            .await
            .ended()
            .await
            .exit as u8,
        0
    );
    let ended = validate(
        &world,
        &["--output", "json"],
        &[("registry.resolution", "lookup")],
    );
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
    let (found, _) = findings(&ended);
    assert!(found.ends_with("schema right"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_wrong_is_named_and_the_others_are_still_looked_at() {
    let world = World::new().await;
    let topic = "topic right, topic unknown";
    let rest = format!("brokers right, {topic}, registry right, schema unknown");
    for (more, expected, said) in [
        (
            [("kafka.topic", "nowhere")].as_slice(),
            "definition right, brokers right, topic wrong, registry right, schema unknown"
                .to_owned(),
            "there is no topic nowhere",
        ),
        (
            &[("kafka.bootstrap_servers", "127.0.0.1:1"), SOON],
            "definition right, brokers wrong, topic unknown, registry right, schema unknown"
                .to_owned(),
            "no broker of 127.0.0.1:1 answered",
        ),
        (
            &[("registry.endpoint", "http://127.0.0.1:1"), SOON],
            format!("definition right, brokers right, {topic}, registry wrong, schema unknown"),
            "could not be reached",
        ),
        (
            &[("registry.resolution", "lookup")],
            format!("definition right, brokers right, {topic}, registry right, schema wrong"),
            "does not exist",
        ),
        (
            &[("registry.schema_file", "/nowhere.avsc")],
            format!("definition wrong, {rest}"),
            "/nowhere.avsc",
        ),
        (
            &[("source.key", "nowhere")],
            format!("definition wrong, {rest}"),
            "source.key: the schema has no field `nowhere`",
        ),
    ] {
        let ended = validate(&world, &["--output", "json"], more);
        assert_eq!(
            ended.code,
            Some(1),
            "{more:?}: {}\n{}",
            ended.out,
            ended.err
        );
        let (found, wrong) = findings(&ended);
        assert_eq!(found, expected, "{more:?}: {}", ended.out);
        assert!(wrong.contains(said), "{more:?}: {wrong}");
        assert!(ended.err.contains(" are wrong"), "{}", ended.err);
    }
}
