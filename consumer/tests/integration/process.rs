//! The binary: command line, configuration, exit codes, signals.

use crate::bed::Bed;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) fn consumer(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_consumer"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn ended(mut child: Child, patience: Duration) -> (i32, String) {
    let deadline = Instant::now() + patience;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("did not end within {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = consumer(arguments).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn help_says_what_there_is() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(help);
}

#[test]
fn completions_and_pages_know_the_commands_and_their_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, text, _) = run(&["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        for word in ["replay", "tail", "key-contains"] {
            assert!(text.contains(word), "{shell} has no {word}");
        }
    }
    let (code, page, _) = run(&["man", "tail"]);
    assert_eq!(code, 0);
    assert!(page.starts_with(".ie"), "{page}");
    assert!(page.contains("Only records with this key"), "{page}");
    let (code, _, said) = run(&["man", "nonsense"]);
    assert_eq!(code, 64, "{said}");
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    for arguments in [["--nonsense"].as_slice(), &["runn"], &["--set", "nonsense"]] {
        assert_eq!(run(arguments).0, 64, "{arguments:?}");
    }
}

#[test]
fn a_wrong_configuration_ends_with_78_and_names_everything() {
    let (code, _, said) = run(&[
        "--set",
        "sink.kind=file",
        "--set",
        "kafka.topic=a b",
        "--set",
        "kafka.properties.acks=1",
        "--set",
        "codec.workers=0",
    ]);
    assert_eq!(code, 78);
    for key in [
        "sink.path",
        "kafka.topic",
        "kafka.properties.acks",
        "codec.workers",
    ] {
        assert!(said.contains(key), "{key} is missing from {said}");
    }
}

#[test]
fn programs_are_told_in_json_what_people_read_in_lines() {
    let keys = [
        "--set",
        "kafka.topic=t",
        "--set",
        "codec.workers=2",
        "--set",
        "kafka.auth=msk-iam",
        "--set",
        "kafka.region=eu-central-1",
    ];
    let printed = |command: &[&str]| {
        let (code, text, said) = run(&[command, &keys].concat());
        assert_eq!(code, 0, "{said}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let configuration = printed(&["validate", "--output", "json"]);
    let settings = &configuration["settings"];
    assert_eq!(
        settings["kafka.topic"],
        serde_json::json!({ "value": "t", "from": "--set" })
    );
    assert_eq!(settings["codec.workers"]["value"], 2);
    assert_eq!(settings["dead_letter.window"]["from"], "default");
    let permissions = printed(&["permissions", "tail", "--output", "json"]);
    let read = serde_json::json!({ "action": "kafka-cluster:ReadData", "resource": "topic/t", "role": null });
    let all = permissions["permissions"].as_array().unwrap();
    assert!(all.contains(&read), "{permissions}");
}

#[test]
fn validate_prints_the_configuration_and_no_secret() {
    let (code, text, _) = run(&[
        "validate",
        "--set",
        "kafka.properties.ssl.key.password=hunter2",
    ]);
    assert_eq!(code, 0);
    assert!(text.contains("topic = \"orders\"  # default"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn healthcheck_fails_where_nothing_listens() {
    assert_eq!(
        run(&["healthcheck", "--set", "admin.listen=127.0.0.1:1"]).0,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_broker_within_the_timeout_ends_with_69_and_names_it() {
    let bed = Bed::new().await;
    let pairs = bed.pairs(&[
        ("kafka.bootstrap_servers", "127.0.0.1:1"),
        ("startup.timeout", "2s"),
    ]);
    let (code, said) = ended(spawn(&pairs), Duration::from_secs(20));
    assert_eq!(code, 69, "{said}");
    assert!(said.contains("no broker of 127.0.0.1:1"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_there_ends_with_69_and_is_named() {
    let bed = Bed::new().await;
    let pairs = bed.pairs(&[("kafka.topic", "missing"), ("startup.timeout", "2s")]);
    let (code, said) = ended(spawn(&pairs), Duration::from_secs(20));
    assert_eq!(code, 69, "{said}");
    assert!(said.contains("missing"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_registry_within_the_timeout_ends_with_69_and_names_it() {
    let bed = Bed::new().await;
    let pairs = bed.pairs(&[
        ("registry.endpoint", "http://127.0.0.1:1"),
        ("startup.timeout", "2s"),
    ]);
    let (code, said) = ended(spawn(&pairs), Duration::from_secs(20));
    assert_eq!(code, 69, "{said}");
    assert!(said.contains("http://127.0.0.1:1"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_waits_obeys_sigterm() {
    let bed = Bed::new().await;
    for pair in [
        ("kafka.bootstrap_servers", "127.0.0.1:1"),
        ("registry.endpoint", "http://127.0.0.1:1"),
    ] {
        let mut child = spawn(&bed.pairs(&[pair]));
        wait_for_line(&mut child, "admin port open");
        signal(&child, "TERM");
        let (code, said) = ended(child, Duration::from_secs(10));
        assert_eq!(code, 0, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_commits() {
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    let child = spawn(&bed.pairs(&[]));
    bed.lines_when(1).await;
    signal(&child, "TERM");
    let (code, said) = ended(child, Duration::from_secs(20));
    assert_eq!(code, 0, "{said}");
    assert_eq!(bed.committed(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_aborts_a_drain_that_hangs() {
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    let mut child = spawn(&bed.pairs(&[("sink.path", "/dev/full")]));
    wait_for_line(&mut child, "the sink does not take records");
    signal(&child, "TERM");
    wait_for_line(&mut child, "draining");
    // Within a moment of the first it would count as the same.
    let deadline = Instant::now() + Duration::from_secs(10);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the drain is not aborted");
        signal(&child, "INT");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (code, said) = ended(child, Duration::from_secs(10));
    assert_eq!(code, 75, "{said}");
}

fn spawn(pairs: &[(String, String)]) -> Child {
    spawn_in(&[], pairs)
}

/// Starts with these environment variables and no others.
pub(crate) fn spawn_in(environment: &[(&str, &str)], pairs: &[(String, String)]) -> Child {
    let set: Vec<String> = pairs
        .iter()
        .flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")])
        .collect();
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    let mut command = consumer(&set);
    command.envs(environment.iter().copied());
    command.spawn().unwrap()
}

/// Reads stderr until a line says so; what was read is gone from the child's output.
pub(crate) fn wait_for_line(child: &mut Child, wanted: &str) {
    use std::io::Read;
    let stderr = child.stderr.as_mut().unwrap();
    let mut line = Vec::new();
    let mut byte = [0];
    while stderr.read(&mut byte).unwrap() == 1 {
        line.push(byte[0]);
        if byte[0] == b'\n' {
            if String::from_utf8_lossy(&line).contains(wanted) {
                return;
            }
            line.clear();
        }
    }
    panic!("ended without saying {wanted:?}");
}
