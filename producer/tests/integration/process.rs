//! The real binary: signals, exit codes, and what it says on stderr.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::app::{PATIENCE, World};
use crate::ndjson::{SCHEMA_FILE, file, order};

/// The producer as a process.
pub(crate) struct Process(pub(crate) Child);

/// How a process ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Process {
    pub(crate) fn start(arguments: &[&str], settings: &[(String, String)]) -> Self {
        Self::start_in(&[], arguments, settings)
    }

    /// Starts with these environment variables and no others.
    pub(crate) fn start_in(
        environment: &[(&str, &str)],
        arguments: &[&str],
        settings: &[(String, String)],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_producer"));
        command
            .env_clear()
            .envs(environment.iter().copied())
            .args(arguments);
        for (key, value) in settings {
            command.args(["--set", &format!("{key}={value}")]);
        }
        let pipes = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(pipes.spawn().expect("the binary starts"))
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.0.id())])
            .status();
        assert!(sent.expect("sh runs").success());
    }

    fn is_running(&mut self) -> bool {
        let status = self.0.try_wait().expect("the process can be waited for");
        status.is_none()
    }

    /// Waits for the end and reads what was said.
    pub(crate) fn ended(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let (mut out, mut err) = (
            self.0.stdout.take().expect("piped"),
            self.0.stderr.take().expect("piped"),
        );
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).expect("stderr is text");
            text
        });
        let code = loop {
            if let Some(status) = self.0.try_wait().expect("the process can be waited for") {
                break status.code();
            }
            assert!(Instant::now() < deadline, "the process does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut text = String::new();
        out.read_to_string(&mut text).expect("stdout is text");
        Ended {
            code,
            out: text,
            err: reader.join().expect("stderr was read"),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Most have ended by now; one that a failed test left behind must not stay.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Runs the binary to its end.
fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    let settings: Vec<_> = settings
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    Process::start(arguments, &settings).ended()
}

#[test]
fn a_wrong_command_line_ends_with_64_and_help_with_0() {
    for wrong in [
        &["--no-such-option"][..],
        &["no-such-command"],
        &["topics"],
        &["--set", "nonsense"],
        &["run", "--rate", "1/s"],
    ] {
        assert_eq!(run(wrong, &[]).code, Some(64), "{wrong:?}");
    }
    for (arguments, expected) in [
        (&["--help"][..], "Usage"),
        (&["topics", "ensure", "--help"], "Usage"),
        (&["--version"], "producer"),
        (&["completions", "zsh"], "--add-partitions"),
        (
            &["man", "topics", "ensure"],
            "Add the partitions that an existing topic lacks",
        ),
    ] {
        let ended = run(arguments, &[]);
        assert_eq!(ended.code, Some(0), "{arguments:?}");
        assert!(ended.out.contains(expected), "{}", ended.out);
    }
}

#[test]
fn every_problem_of_a_configuration_is_said_at_once() {
    let wrong = [
        ("source.kind", "ndjson"),
        ("source.rate", "100"),
        ("source.batch", "0"),
        ("source.workers", "0"),
        ("source.max_line", "big"),
        ("source.on_reject", "explode"),
        ("source.keys", "order_id"),
        ("topic.partitions", "0"),
        ("kafka.topic", "no spaces"),
        ("no_such_section.key", "1"),
        ("admin.listen", "nowhere"),
        ("startup.timeout", "60"),
    ];
    for command in ["run", "validate"] {
        let ended = run(&[command], &wrong);
        assert_eq!(ended.code, Some(78), "{}", ended.err);
        for (key, _) in wrong.iter().filter(|(key, _)| *key != "source.kind") {
            assert!(
                ended.err.contains(key),
                "{command} says nothing of {key}: {}",
                ended.err
            );
        }
        for key in ["source.path", "registry.schema_file"] {
            assert!(
                ended.err.contains(key),
                "{command} says nothing of {key}: {}",
                ended.err
            );
        }
    }
}

#[test]
fn a_key_that_the_format_does_not_use_is_refused_where_it_is_given() {
    let key = ("source.unknown_fields", "refuse");
    for (format, code) in [("json", 78), ("avro", 0), ("protobuf", 0)] {
        let ended = run(&["validate"], &[("codec.format", format), key]);
        assert_eq!(ended.code, Some(code), "{format}: {}", ended.err);
        let why = "source.unknown_fields: it is used under codec.format = \"avro\" and \"protobuf\" only (--set)";
        assert_eq!(ended.err.contains(why), code == 78, "{}", ended.err);
    }
    let ended = run(&["validate"], &[("codec.format", "json")]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[test]
fn what_cannot_be_resumed_and_no_setting_of_a_topic_is_refused_by_name() {
    let wrong = [
        ("source.resume", "true"),
        ("topic.config.retention_ms", "1"),
        ("dead_letter.config.cleanup.policy", "compact,delete"),
        ("producer.queue_full", "drop"),
    ];
    for more in [&[][..], &[("source.kind", "ndjson"), ("source.path", "-")]] {
        let ended = run(&["validate"], &[&wrong[..], more].concat());
        assert_eq!(ended.code, Some(78), "{}", ended.err);
        for (key, _) in wrong {
            assert!(ended.err.contains(key), "{key}: {}", ended.err);
        }
    }
    let alone = run(&["validate"], &[("source.resume_file", "mark")]);
    assert_eq!(alone.code, Some(78), "{}", alone.err);
    assert!(alone.err.contains("source.resume_file"), "{}", alone.err);
    let shown = run(&["validate"], &[("topic.config.retention.ms", "1000")]);
    let line = "config.\"retention.ms\" = \"1000\"  # --set";
    assert!(shown.out.contains(line), "{}", shown.out);
}

#[test]
fn validate_shows_what_is_in_force() {
    let ended = run(&["validate"], &[("source.rate", "5/s")]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.out.contains("rate = \"5/s\"  # --set"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("partitions = 6  # default"),
        "{}",
        ended.out
    );
}

#[test]
fn a_start_without_a_broker_ends_with_69() {
    let settings = [
        ("kafka.bootstrap_servers", "127.0.0.1:9"),
        ("registry.endpoint", "http://127.0.0.1:9"),
        ("registry.credentials", "anonymous"),
        ("admin.listen", "127.0.0.1:0"),
        ("startup.timeout", "1s"),
    ];
    for command in [&["run"][..], &["topics", "ensure"]] {
        let ended = run(command, &settings);
        assert_eq!(ended.code, Some(69), "{}", ended.err);
        assert!(ended.err.contains("127.0.0.1:9"), "{}", ended.err);
    }
}

#[test]
fn a_start_that_hangs_obeys_a_signal() {
    let settings = [
        ("kafka.bootstrap_servers", "127.0.0.1:9"),
        ("registry.endpoint", "http://127.0.0.1:9"),
        ("registry.credentials", "anonymous"),
        ("admin.listen", "127.0.0.1:0"),
        ("log.format", "json"),
    ];
    let settings: Vec<_> = settings
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let mut process = Process::start(&[], &settings);
    wait_for_line(&mut process, "admin port open");
    let began = Instant::now();
    process.signal("TERM");
    assert_eq!(process.ended().code, Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

/// Reads stderr up to a line that holds `text`.
fn wait_for_line(process: &mut Process, text: &str) {
    let err = process.0.stderr.as_mut().expect("piped");
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&line).contains(text) {
        assert!(
            err.read(&mut byte).expect("stderr can be read") == 1,
            "it ended without saying {text}"
        );
        if byte[0] == b'\n' {
            line.clear();
        } else {
            line.push(byte[0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stdin_that_never_ends_does_not_hold_up_a_drain() {
    let world = World::new().await;
    let settings = world.settings(&[
        ("source.kind", "ndjson"),
        ("source.path", "-"),
        ("registry.schema_file", SCHEMA_FILE),
        ("log.format", "json"),
    ]);
    let mut process = Process::start(&["run"], &settings);
    let mut stdin = process.0.stdin.take().expect("piped");
    writeln!(stdin, "{}\n{}", order(0), order(1)).expect("stdin takes lines");
    wait_for_line(&mut process, "producing at");
    crate::app::until("both lines arrived", || world.stored().len() == 2).await;
    process.signal("TERM");
    let ended = process.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.err.contains("2 records are sent in "),
        "{}",
        ended.err
    );
    drop(stdin);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_line_is_said_once_with_its_place_and_without_its_data() {
    let world = World::new().await;
    let secret = "s3cret";
    let missing = format!(r#"{{"order_id":"{secret}","ordered_at":1,"order_items":[]}}"#);
    let text = [order(0), format!("{{{secret}"), order(2), missing].join("\n");
    let input = file(text.as_bytes());
    let settings = world.settings(&[
        ("source.kind", "ndjson"),
        ("source.path", input.path().to_str().unwrap()),
        ("registry.schema_file", SCHEMA_FILE),
        ("log.format", "json"),
    ]);
    let ended = Process::start(&["run"], &settings).ended();
    assert_eq!(ended.code, Some(65), "{}", ended.err);
    assert!(!ended.err.contains(secret), "{}", ended.err);
    let lines: Vec<Value> = ended
        .err
        .lines()
        .map(|line| serde_json::from_str(line).expect("logs are JSON"))
        .collect();
    let rejected: Vec<String> = lines
        .iter()
        .map(Value::to_string)
        .filter(|line| line.contains(" rejected: "))
        .collect();
    assert_eq!(rejected.len(), 2, "{rejected:#?}");
    assert!(
        rejected[0].contains("line 2 rejected: json: "),
        "{}",
        rejected[0]
    );
    assert!(
        rejected[1].contains("line 4 rejected: validation: ") && rejected[1].contains("user_id"),
        "{}",
        rejected[1]
    );
    assert!(
        rejected.iter().all(|line| line.contains("WARN")),
        "{rejected:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_gives_up_what_is_unfinished() {
    let world = World::new().await;
    let mut process = Process::start(
        &["run"],
        &world.settings(&[("shutdown.grace", "1h"), ("log.format", "json")]),
    );
    wait_for_line(&mut process, "producing at");
    crate::app::until("records flow", || !world.stored().is_empty()).await;
    world.take_broker_away();
    // Records are made without a pause, so some are in flight by the time the connection is found broken.
    wait_for_line(&mut process, "kafka:");
    process.signal("TERM");
    wait_for_line(&mut process, "draining");
    // Within a moment of the first it would count as the same.
    let deadline = Instant::now() + PATIENCE;
    while process.is_running() {
        assert!(Instant::now() < deadline, "the drain is not aborted");
        process.signal("TERM");
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = process.ended();
    assert_eq!(ended.code, Some(75), "{}", ended.err);
}
