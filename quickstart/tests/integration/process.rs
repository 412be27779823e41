//! The one command, from outside.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PORTS: [&str; 3] = ["--producer-admin", "--consumer-admin", "--stub-listen"];

/// Every port that a test does not name is a free one, so that tests can run side by side.
pub(crate) fn quickstart(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    for port in PORTS.iter().filter(|port| !arguments.contains(port)) {
        command.args([port, "127.0.0.1:0"]);
    }
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn ended(child: Child) -> (i32, String, String) {
    let output = child.wait_with_output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn help_says_what_there_is() {
    let (code, help, _) = ended(quickstart(&["--help"]).spawn().unwrap());
    assert_eq!(code, 0);
    insta::assert_snapshot!(help);
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    for arguments in [
        ["--rate", "100"].as_slice(),
        &["--max-run", "10"],
        &["--max-records", "0"],
        &["--nonsense"],
    ] {
        assert_eq!(
            ended(quickstart(arguments).spawn().unwrap()).0,
            64,
            "{arguments:?}"
        );
    }
}

#[test]
fn every_record_is_printed_once_with_the_originals_fields() {
    let (code, out, said) = ended(
        quickstart(&["--rate", "0/s", "--max-records", "500"])
            .spawn()
            .unwrap(),
    );
    assert_eq!(code, 0, "{said}");
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 500);
    let fields = [
        "topic",
        "partition",
        "offset",
        "timestamp",
        "timestamp_type",
        "key",
        "value",
        "headers",
    ];
    for (line, text) in lines.iter().zip(out.lines()) {
        assert_eq!(line.as_object().unwrap().keys().collect::<Vec<_>>(), fields);
        assert!(
            text.starts_with("{\"topic\":\"orders\",\"partition\":"),
            "{text}"
        );
        let key = format!("{{\"order_id\": {}}}", line["value"]["order_id"]);
        assert_eq!(line["key"], Value::String(key));
    }
    let mut ids: Vec<&str> = lines
        .iter()
        .map(|line| line["value"]["order_id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 500);
    assert!(
        said.contains("made 500, delivered 500, consumed 500, dead-lettered 0, skipped 0, lost 0"),
        "{said}"
    );
}

#[test]
fn orders_stream_in_every_format_of_the_registry() {
    for format in ["json", "protobuf"] {
        let options = ["--format", format, "--rate", "0/s", "--max-records", "50"];
        let (code, out, said) = ended(quickstart(&options).spawn().unwrap());
        assert_eq!(code, 0, "{format}: {said}");
        assert_eq!(out.lines().count(), 50);
        for line in out.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let order = &line["value"];
            let fields = ["order_id", "ordered_at", "user_id", "order_items"];
            assert_eq!(
                order.as_object().unwrap().keys().collect::<Vec<_>>(),
                fields
            );
            assert!(
                order["ordered_at"].as_str().unwrap().ends_with('Z'),
                "{line}"
            );
            assert!(order["order_items"][0]["quantity"].is_u64(), "{line}");
        }
    }
}

#[test]
fn the_newest_version_is_there_when_the_consumer_asks_for_it() {
    for _ in 0..3 {
        let options = ["--set", "codec.reader_schema=latest", "--max-records", "5"];
        let (code, out, said) = ended(quickstart(&options).spawn().unwrap());
        assert_eq!((code, out.lines().count()), (0, 5), "{said}");
    }
}

#[test]
fn max_run_ends_it_by_itself() {
    let (code, out, said) = ended(
        quickstart(&["--max-run", "1s", "--rate", "200/s"])
            .spawn()
            .unwrap(),
    );
    assert_eq!(code, 0, "{said}");
    let count = out.lines().count();
    assert!(
        (50..=300).contains(&count),
        "{count} records in a second at 200/s"
    );
}

#[test]
fn an_interrupt_ends_it_cleanly() {
    let mut child = quickstart(&[]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let (code, _, said) = ended(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("lost 0"), "{said}");
}

/// The mock forgets what it has held for too long; the gate must keep the producer from outrunning it.
#[test]
fn a_slow_reader_of_stdout_loses_nothing() {
    const COUNT: usize = 200_000;
    let mut child = quickstart(&["--rate", "200000/s", "--max-records", &COUNT.to_string()])
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut lines, mut buffer, began) = (0, vec![0; 64 << 10], Instant::now());
        loop {
            let read = stdout.read(&mut buffer).unwrap();
            if read == 0 {
                return (lines, began.elapsed());
            }
            lines += String::from_utf8_lossy(&buffer[..read])
                .matches('\n')
                .count();
            // The reader is the slow thing under test, not something that is waited for.
            std::thread::sleep(Duration::from_millis(if lines < COUNT / 4 {
                10
            } else {
                0
            }));
        }
    });
    let (code, _, said) = ended(child);
    let (lines, _) = reader.join().unwrap();
    assert_eq!(code, 0, "{said}");
    assert_eq!(lines, COUNT);
    assert!(
        said.contains(&format!(
            "consumed {COUNT}, dead-lettered 0, skipped 0, lost 0"
        )),
        "{said}"
    );
}

#[test]
fn a_reader_that_goes_away_is_a_loss_and_says_so() {
    let mut child = quickstart(&["--rate", "0/s"]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    let (code, _, said) = ended(child);
    assert_eq!(code, 75, "{said}");
    assert!(said.contains("stdout was closed by its reader"), "{said}");
}

#[test]
fn a_default_port_that_is_taken_gives_way_and_a_named_one_does_not() {
    let _default = std::net::TcpListener::bind("127.0.0.1:8181");
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.args([
        "--max-records",
        "1",
        "--producer-admin",
        "127.0.0.1:0",
        "--consumer-admin",
        "127.0.0.1:0",
    ]);
    let (code, _, said) = ended(
        command
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    assert_eq!(code, 0, "{said}");
    for port in PORTS {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let (code, _, said) = ended(quickstart(&[port, &address]).spawn().unwrap());
        assert_eq!(code, 78, "{port}: {said}");
        assert!(said.contains(&address), "{port}: {said}");
    }
}
