//! `consumer validate --connect`: what is right and wrong around a consumer, looked at without a trace.

use crate::bed::{Bed, SCHEMA};
use crate::process::consumer;
use serde_json::Value;
use std::fs;

fn validate(bed: &Bed, more: &[(&str, &str)]) -> (i32, Value) {
    let mut command = consumer(&["validate", "--connect", "--output", "json"]);
    for (key, value) in bed.pairs(more) {
        command.args(["--set", &format!("{key}={value}")]);
    }
    let output = command.output().unwrap();
    let document = serde_json::from_slice(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), document.expect(&said))
}

/// The findings of this state: `what: said`.
fn found(document: &Value, state: &str) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter();
    let of_state = findings.filter(|finding| finding["state"] == state);
    let words = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    of_state
        .map(|finding| format!("{}: {}", words(finding, "what"), words(finding, "said")))
        .collect()
}

fn must_begin(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} is not {expected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_is_said_and_nothing_is_left_behind() {
    let bed = Bed::new().await;
    let (code, document) = validate(&bed, &[("codec.reader_schema", "latest")]);
    assert_eq!(code, 0, "{document}");
    let right = [
        "sink: ",
        "brokers: 1 answer",
        "topic: t has 2",
        "definition: ",
        "registry: ",
        "schema: records are read as",
    ];
    must_begin(&found(&document, "right"), &right);
    // The embedded Kafka knows no rights.
    must_begin(
        &found(&document, "unknown"),
        &[
            "topic: what the brokers let us do with t",
            "group: what the brokers let us do with g",
        ],
    );
    assert!(!bed.out().exists());
    assert_eq!(bed.committed(0), -1, "the group stands nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ends_of_a_move_are_looked_at() {
    let bed = Bed::new().await;
    bed.cluster.create_topic("u", 3).unwrap();
    let file = bed.file("target.avsc", SCHEMA);
    let keys = [
        ("sink.kind", "kafka"),
        ("target.kafka.topic", "u"),
        ("target.registry.schema_file", file.as_str()),
        ("target.registry.resolution", "register"),
    ];
    let (code, document) = validate(&bed, &keys);
    assert_eq!(code, 0, "{document}");
    let of_target = |found: Vec<String>| -> Vec<String> {
        let all = found.into_iter();
        all.filter(|one| one.starts_with("target ")).collect()
    };
    let right = [
        "target brokers: 1 answer",
        "target topic: u has 3",
        "target registry: it answers",
    ];
    must_begin(&of_target(found(&document, "right")), &right);
    let unknown = [
        "target topic: what the brokers let us do with u",
        "target schema: schema `u-value` in registry `customer` cannot be written with yet",
    ];
    must_begin(&of_target(found(&document, "unknown")), &unknown);
    bed.register("u-value", SCHEMA).await;
    let (code, document) = validate(&bed, &keys);
    assert_eq!(code, 0, "{document}");
    let right = of_target(found(&document, "right"));
    assert!(
        right[3].starts_with("target schema: values are written with"),
        "{right:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_there_stays_as_it_is() {
    let bed = Bed::new().await;
    fs::write(bed.out(), "one\ntorn").unwrap();
    let (code, document) = validate(&bed, &[]);
    assert_eq!(code, 0, "{document}");
    assert_eq!(fs::read(bed.out()).unwrap(), b"one\ntorn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_files_is_tried_out_and_left_empty() {
    let bed = Bed::new().await;
    let folder = bed.out().with_extension("d");
    let url = folder.to_str().unwrap();
    let keys = [("sink.kind", "object_store"), ("sink.url", url)];
    let pairs: Vec<_> = bed
        .pairs(&keys)
        .into_iter()
        .filter(|(key, _)| key != "sink.path")
        .collect();
    let mut command = consumer(&["validate", "--connect"]);
    for (key, value) in pairs {
        command.args(["--set", &format!("{key}={value}")]);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("right    sink          files can be made in"),
        "{text}"
    );
    assert!(!folder.exists(), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_wrong_is_named_and_the_others_are_still_looked_at() {
    let bed = Bed::new().await;
    for (more, expected) in [
        (
            [("sink.path", "/nowhere/out.ndjson")].as_slice(),
            "sink: the sink /nowhere/out.ndjson cannot be opened",
        ),
        (
            &[("kafka.topic", "nowhere")],
            "topic: there is no topic nowhere",
        ),
        (
            &[("dead_letter.policy", "topic")],
            "dead letters: there is no topic t-dead-letters",
        ),
        (
            &[
                ("codec.reader_schema", "latest"),
                ("registry.schema_name", "nowhere"),
            ],
            "schema: ",
        ),
        (
            &[
                ("registry.endpoint", "http://127.0.0.1:1"),
                ("startup.timeout", "500ms"),
            ],
            "registry: the schema registry at http://127.0.0.1:1 could not be reached",
        ),
        (
            &[
                ("kafka.bootstrap_servers", "127.0.0.1:1"),
                ("startup.timeout", "500ms"),
            ],
            "brokers: no broker of 127.0.0.1:1 answered",
        ),
    ] {
        let (code, document) = validate(&bed, more);
        assert_eq!(code, 1, "{more:?}: {document}");
        must_begin(&found(&document, "wrong"), &[expected]);
        assert_eq!(document["wrong"], 1);
    }
}
