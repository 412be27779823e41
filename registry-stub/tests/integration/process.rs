//! The real binary and the data file: restarts, kill -9, two owners, a full disk, exit codes.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{App, avro, call, send, try_send};

const BINARY: &str = env!("CARGO_BIN_EXE_registry-stub");

/// A running `registry-stub`; killed at the end if it still runs.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn start(data: &Path) -> Self {
        let mut command = Command::new(BINARY);
        Self::run(command.args(arguments(data)))
    }

    /// Starts `command` and waits for the address it logs.
    fn run(command: &mut Command) -> Self {
        let mut child = command.env_clear().stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = Vec::new();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("it ended: {seen:#?}"))
                .unwrap();
            if let Some(address) = logged_address(&line) {
                break address;
            }
            seen.push(line);
        };
        // Nobody reads the log any more, but a full pipe would stop the stub.
        std::thread::spawn(move || lines.count());
        Self { child, address }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    pub(crate) fn end(mut self) -> ExitStatus {
        wait(&mut self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Most have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn arguments(data: &Path) -> [String; 7] {
    let data = data.to_str().unwrap();
    [
        "run",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data,
        "--set",
        "log.format=json",
    ]
    .map(str::to_owned)
}

fn logged_address(line: &str) -> Option<SocketAddr> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = line.to_string();
    let address = line
        .pointer("/fields/address")
        .or_else(|| line.get("address"))?
        .as_str()?
        .to_owned();
    text.contains("registry stub open")
        .then(|| address.parse().ok())?
}

fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs the binary to its end: exit code and standard error.
fn outcome(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(BINARY)
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn register(definition: &str) -> Value {
    json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaDefinition": definition})
}

async fn create(address: SocketAddr) {
    call(address, "CreateRegistry", &json!({"RegistryName": "r"}))
        .await
        .ok();
    let schema = json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "s", "DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": avro("A")});
    call(address, "CreateSchema", &schema).await.ok();
}

async fn must_hold(address: SocketAddr, answered: &[(String, String)]) {
    for (id, definition) in answered {
        let shown = call(address, "GetSchemaVersion", &json!({"SchemaVersionId": id}))
            .await
            .ok();
        assert_eq!(shown["SchemaDefinition"], definition.as_str());
        let again = call(address, "RegisterSchemaVersion", &register(definition))
            .await
            .ok();
        assert_eq!(
            again["SchemaVersionId"],
            id.as_str(),
            "the same definition keeps its id"
        );
    }
    let listed = call(
        address,
        "ListSchemaVersions",
        &json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "MaxResults": 1}),
    )
    .await
    .ok();
    let latest = listed["Schemas"][0]["VersionNumber"].as_u64().unwrap();
    let schema = call(
        address,
        "GetSchema",
        &json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}}),
    )
    .await
    .ok();
    assert_eq!(
        (
            schema["LatestSchemaVersion"].as_u64(),
            schema["NextSchemaVersion"].as_u64()
        ),
        (Some(latest), Some(latest + 1))
    );
}

#[tokio::test]
async fn a_data_file_keeps_everything_over_a_restart() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("stub.redb");
    let settings = [("stub.data", data.to_str().unwrap())];
    let app = App::with(settings).await;
    let id = app.create("r", "s", &avro("A")).await;
    let before = app
        .ok(
            "GetSchema",
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}}),
        )
        .await;
    app.stop().await;
    let app = App::with(settings).await;
    assert_eq!(
        app.ok("GetSchemaVersion", json!({"SchemaVersionId": id}))
            .await["SchemaDefinition"],
        avro("A")
    );
    let after = app
        .ok(
            "GetSchema",
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}}),
        )
        .await;
    assert_eq!(before, after);
    let metrics = send(app.stub.address, "GET", "/metrics", &[], b"")
        .await
        .body;
    assert!(metrics.contains("gluestream_stub_schemas 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_kill_9_under_load() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("stub.redb");
    let process = Process::start(&data);
    create(process.address).await;
    let (address, killed) = (process.address, std::sync::Arc::new(AtomicBool::new(false)));
    let stopped = std::sync::Arc::clone(&killed);
    let mut client = tokio::task::JoinSet::new();
    client.spawn(async move {
        let mut answered = Vec::new();
        while !stopped.load(Ordering::Relaxed) {
            let definition = avro(&format!("V{}", answered.len()));
            let body = register(&definition).to_string();
            let target = ["X-Amz-Target: AWSGlue.RegisterSchemaVersion"];
            let Ok(answer) = try_send(address, "POST", "/", &target, body.as_bytes()).await else {
                break;
            };
            answered.push((
                answer.ok()["SchemaVersionId"].as_str().unwrap().to_owned(),
                definition,
            ));
        }
        answered
    });
    let listed = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}});
    let deadline = Instant::now() + Duration::from_secs(20);
    while call(address, "GetSchema", &listed).await.ok()["LatestSchemaVersion"]
        .as_u64()
        .unwrap()
        < 20
    {
        assert!(Instant::now() < deadline, "too slow");
    }
    process.signal("KILL");
    assert_eq!(process.end().code(), None, "killed by the signal");
    killed.store(true, Ordering::Relaxed);
    let answered = client.join_next().await.unwrap().unwrap();
    assert!(answered.len() >= 19, "{}", answered.len());
    let process = Process::start(&data);
    must_hold(process.address, &answered).await;
}

#[tokio::test]
async fn sigterm_ends_it_with_0_even_with_an_open_connection() {
    let directory = TempDir::new().unwrap();
    let process = Process::start(&directory.path().join("stub.redb"));
    let mut open = tokio::net::TcpStream::connect(process.address)
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::write_all(
        &mut open,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    )
    .await
    .unwrap();
    process.signal("TERM");
    assert_eq!(process.end().code(), Some(0));
}

#[tokio::test]
async fn a_full_disk_is_a_500_that_leaves_nothing_half_written() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("stub.redb");
    // A limit on the file's size stands for the full disk: both refuse a write.
    let script = "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\"";
    let mut command = Command::new("/bin/sh");
    let process = Process::run(command.args(["-c", script, BINARY]).args(arguments(&data)));
    create(process.address).await;
    let mut answered = Vec::new();
    let big = |number: usize| {
        json!({"type": "enum", "name": format!("E{number}"), "symbols": ["A"], "doc": "x".repeat(150_000)}).to_string()
    };
    let refused = loop {
        let definition = big(answered.len());
        let answer = call(
            process.address,
            "RegisterSchemaVersion",
            &register(&definition),
        )
        .await;
        if answer.status != 200 {
            break answer;
        }
        answered.push((
            answer.ok()["SchemaVersionId"].as_str().unwrap().to_owned(),
            definition,
        ));
        assert!(answered.len() < 200, "the limit does not bite");
    };
    assert_eq!(refused.refused().0, "InternalServiceException");
    assert!(!answered.is_empty());
    must_hold(process.address, &answered).await;
    process.signal("TERM");
    assert_eq!(process.end().code(), Some(0));
    let process = Process::start(&data);
    must_hold(process.address, &answered).await;
    call(
        process.address,
        "RegisterSchemaVersion",
        &register(&big(answered.len())),
    )
    .await
    .ok();
}

#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("stub.redb");
    let first = Process::start(&data);
    let (code, log) = outcome(&[
        "run",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert_eq!(code, Some(78), "{log}");
    assert!(log.contains("in use by another process"), "{log}");
    create(first.address).await;
}

#[test]
fn completions_and_pages_know_the_commands_and_their_options() {
    for (arguments, expected) in [
        (&["completions", "fish"][..], "account-id"),
        (&["man", "run"], "AWS account in every ARN"),
    ] {
        let output = Command::new(BINARY).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_file_that_is_not_ours_to_read_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let table: redb::TableDefinition<'_, &str, u64> =
        redb::TableDefinition::new("gluestream-registry-stub");
    let other: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("other");
    let written = |name: &str, table: redb::TableDefinition<'_, &str, u64>, format: u64| {
        let path = directory.path().join(name);
        let transaction = redb::Database::create(&path).unwrap();
        let transaction = transaction.begin_write().unwrap();
        transaction
            .open_table(table)
            .unwrap()
            .insert("format", format)
            .unwrap();
        transaction.commit().unwrap();
        path
    };
    let newer = written("newer", table, 3);
    let foreign = written("foreign", other, 1);
    let text = directory.path().join("text");
    std::fs::write(
        &text,
        "not a database, and long enough to have a header. ".repeat(200),
    )
    .unwrap();
    let short = directory.path().join("short");
    std::fs::write(&short, "x").unwrap();
    let cut_off = written("cut-off", table, 2);
    let file = std::fs::File::options().write(true).open(&cut_off).unwrap();
    file.set_len(8_192).unwrap();
    let nowhere = directory.path().join("no/such/directory");
    for (path, message) in [
        (newer, "has format 3, this version reads up to 2"),
        (foreign, "is not a data file of registry-stub"),
        (text, "is not a data file of registry-stub"),
        (short, "is not a data file of registry-stub"),
        (cut_off, "or it is damaged"),
        (nowhere, "cannot be opened"),
    ] {
        let before = std::fs::read(&path).ok();
        let (code, log) = outcome(&[
            "run",
            "--listen",
            "127.0.0.1:0",
            "--data",
            path.to_str().unwrap(),
        ]);
        assert_eq!(code, Some(78), "{log}");
        assert!(log.contains(message), "{message}: {log}");
        if path.ends_with("text") || path.ends_with("short") {
            assert_eq!(before, std::fs::read(&path).ok(), "untouched");
        }
    }
}

#[test]
fn bad_configuration_is_reported_at_once_and_a_wrong_command_line_is_64() {
    let (code, text) = outcome(&[
        "validate",
        "--set",
        "stub.account_id=12",
        "--set",
        "stub.region=EU",
        "--set",
        "stub.nope=1",
    ]);
    assert_eq!(code, Some(78));
    for key in ["stub.account_id", "stub.region", "stub.nope"] {
        assert!(text.contains(key), "{key}: {text}");
    }
    assert_eq!(outcome(&["run", "--nope"]).0, Some(64));
    assert_eq!(outcome(&["validate"]).0, Some(0));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, log) = outcome(&["run", "--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(code, Some(78), "{log}");
    assert!(log.contains("stub.listen"), "{log}");
}

#[test]
fn validate_prints_what_every_layer_set() {
    let output = Command::new(BINARY)
        .args(["--set", "stub.region=eu-west-1", "validate"])
        .env_clear()
        .env("GLUESTREAM_STUB__QUOTAS__REGISTRIES", "10")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "region = \"eu-west-1\"",
        "quotas.registries = 10",
        "listen = \"127.0.0.1:8181\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn healthcheck_asks_the_address_of_the_api() {
    let directory = TempDir::new().unwrap();
    let process = Process::start(&directory.path().join("stub.redb"));
    let listen = format!("stub.listen={}", process.address);
    assert_eq!(outcome(&["healthcheck", "--set", &listen]).0, Some(0));
    let deadline = Instant::now() + Duration::from_secs(10);
    while outcome(&["healthcheck", "--ready", "--set", &listen]).0 != Some(0) {
        assert!(Instant::now() < deadline, "never ready");
    }
    drop(process);
    assert_eq!(outcome(&["healthcheck", "--set", &listen]).0, Some(1));
}
