//! `producer schema`: what it says, in both forms, and its three exit codes.

use std::process::{Command, Stdio};

use producer::schema::{ORDER, ORDER_MORE};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::app::World;
use crate::ndjson::file;

/// What a command printed, and its exit code.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    /// The one JSON document on stdout.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }
}

/// Runs `producer schema` to its end.
fn schema(world: &World, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_producer"));
    command.env_clear().arg("schema");
    for (key, value) in world.settings(&[("startup.timeout", "3s")]) {
        // Resolution and the like are not for these commands to need.
        if key != "registry.resolution" {
            command.args(["--set", &format!("{key}={value}")]);
        }
    }
    let done = command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    Said {
        code: done.status.code(),
        out: String::from_utf8(done.stdout).expect("stdout is text"),
        err: String::from_utf8(done.stderr).expect("stderr is text"),
    }
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().expect("the path is text")
}

/// The order with one field more, which has a default.
fn wider() -> String {
    ORDER_MORE.replacen(
        r#""name": "is_prime","#,
        r#""name": "is_prime", "default": false,"#,
        1,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_is_checked_registered_and_then_there() {
    let world = World::new().await;
    let order = file(ORDER.as_bytes());

    let said = schema(&world, &["check", "--json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(
        said.json()["message"],
        "schema `orders-value` in registry `customer` does not exist: it would be version 1"
    );
    assert_eq!(
        schema(&world, &["show"]).code,
        Some(2),
        "check wrote nothing"
    );

    let said = schema(&world, &["register", "--output", "json", path(&order)]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let registered = said.json();
    assert_eq!(registered["version"], 1);

    let said = schema(&world, &["check", "--json", path(&order)]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let checked = said.json();
    assert_eq!(checked["result"], "fits");
    assert_eq!(
        checked["existing"]["schema_version_id"],
        registered["schema_version_id"]
    );

    let said = schema(
        &world,
        &["check", "--json", path(&file(wider().as_bytes()))],
    );
    assert_eq!(said.code, Some(0), "{}", said.err);
    let checked = said.json();
    assert_eq!(checked["compatibility"], "BACKWARD");
    assert_eq!(checked["compared_with"], serde_json::json!([1]));
    assert_eq!(checked["existing"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_refused_is_told_with_its_path_and_what_is_registered_is_refused_alike() {
    let world = World::new().await;
    assert_eq!(schema(&world, &["register"]).code, Some(0));
    let narrow = wider().replacen(r#" "default": false,"#, "", 1);
    let narrow = file(narrow.as_bytes());

    let said = schema(&world, &["check", path(&narrow)]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert_eq!(
        said.out,
        "refused: schema `orders-value` in registry `customer` would not take it under BACKWARD, compared with version 1\n\
         the new version cannot read version 1\n  is_prime: missing-default: the reader has a field of type boolean without a default\n"
    );
    let checked = schema(&world, &["check", "--json", path(&narrow)]).json();
    let said = schema(&world, &["register", "--json", path(&narrow)]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let refused = said.json();
    assert_eq!(refused["result"], "refused");
    assert_eq!(refused["version"], 2);
    assert_eq!(refused["reasons"], checked["reasons"]);
    assert_eq!(checked["reasons"][0]["path"], "is_prime");
    assert_eq!(checked["reasons"][0]["rule"], "missing-default");

    let again = schema(&world, &["check", "--json", path(&narrow)]);
    assert_eq!(again.code, Some(1), "it was refused before");
    assert_eq!(again.json()["existing"]["status"], "FAILURE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_definition_or_of_another_format_is_refused() {
    let world = World::new().await;
    let said = schema(&world, &["check", "--json", path(&file(b"{\"type\":"))]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert_eq!(said.json()["schema"], Value::Null, "nobody was asked");
    assert!(
        said.err.contains("it is no valid AVRO definition"),
        "{}",
        said.err
    );

    assert_eq!(schema(&world, &["register"]).code, Some(0));
    let json = file(br#"{"type":"object"}"#);
    let arguments = ["check", path(&json), "--set", "codec.format=json"];
    let said = schema(&world, &arguments);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(
        said.out.contains("has data format AVRO, not JSON"),
        "{}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_and_register_end_alike_where_the_registry_refuses() {
    let world = World::new().await;
    let order = file(ORDER.as_bytes());
    let closed = ["register", "--set", "registry.compatibility=DISABLED"];
    assert_eq!(schema(&world, &closed).code, Some(0));
    let (wider, broken) = (file(wider().as_bytes()), file(b"{\"type\":"));
    let title = "x".repeat(170_000);
    let long = file(format!(r#"{{"title":"{title}"}}"#).as_bytes());
    let json = file(br#"{"type":"object"}"#);
    let away = ["--registry", "none", "--set", "registry.create=false"];
    let format = ["--set", "codec.format=json"];
    for (path, more) in [
        (path(&wider), &[][..]),
        (path(&broken), &[]),
        (path(&json), &format),
        (
            path(&long),
            &[&format[..], &["--schema-name", "long"]].concat(),
        ),
        (path(&order), &away),
    ] {
        for command in ["check", "register"] {
            let said = schema(&world, &[&[command, path, "--json"], more].concat());
            assert_eq!(
                said.code,
                Some(1),
                "{command} {path}: {}{}",
                said.out,
                said.err
            );
            assert_eq!(said.json()["result"], "refused");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_however_the_daemon_finds_its_own_version() {
    let world = World::new().await;
    let order = file(ORDER.as_bytes());
    for resolution in ["latest", "version"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_producer"));
        command
            .env_clear()
            .env("GLUESTREAM_REGISTRY__RESOLUTION", resolution);
        command.args(["schema", "check", path(&order), "--json"]);
        if resolution == "version" {
            command.env("GLUESTREAM_REGISTRY__SCHEMA_VERSION", "1");
        }
        for (key, value) in world.settings(&[]) {
            if key != "registry.resolution" {
                command.args(["--set", &format!("{key}={value}")]);
            }
        }
        let done = command.stdin(Stdio::null()).output().expect("it starts");
        assert_eq!(done.status.code(), Some(0), "{resolution} {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_printed_moves_a_terminals_cursor() {
    let world = World::new().await;
    let hostile = |kind: &str| {
        let text =
            format!("{{\"properties\":{{\"a\\u001b]0;x\\u0007\":{{\"type\":\"{kind}\"}}}}}}");
        file(text.as_bytes())
    };
    let format = ["--set", "codec.format=json"];
    let run = |arguments: &[&str]| schema(&world, &[arguments, &format].concat());
    assert_eq!(run(&["register", path(&hostile("string"))]).code, Some(0));
    let other = hostile("integer");
    for arguments in [
        &["check", path(&other)][..],
        &["diff", "1", path(&other)],
        &["show"],
    ] {
        let said = run(arguments);
        let all = format!("{}{}", said.out, said.err);
        assert!(!all.contains('\u{1b}') && !all.contains('\u{7}'), "{all}");
    }
    assert!(run(&["check", path(&other)]).out.contains("\\u{1b}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn record_names_count_only_if_they_are_to() {
    let world = World::new().await;
    assert_eq!(schema(&world, &["register"]).code, Some(0));
    let renamed = ORDER.replacen(r#""name": "Order""#, r#""name": "Purchase""#, 1);
    assert_ne!(renamed, ORDER);
    let renamed = file(renamed.as_bytes());
    assert_eq!(schema(&world, &["check", path(&renamed)]).code, Some(0));
    let arguments = [
        "check",
        "--json",
        "--record-names",
        "strict",
        path(&renamed),
    ];
    let said = schema(&world, &arguments);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert_eq!(said.json()["reasons"][0]["rule"], "name-mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_shows_what_the_registry_holds() {
    let world = World::new().await;
    assert_eq!(schema(&world, &["register"]).code, Some(0));
    let wider = wider();
    assert_eq!(
        schema(&world, &["register", path(&file(wider.as_bytes()))]).code,
        Some(0)
    );
    let other = ["register", "--schema-name", "zoo"];
    assert_eq!(schema(&world, &other).code, Some(0));

    let said = schema(&world, &["list"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(
        said.out,
        "SCHEMA        FORMAT  COMPATIBILITY  NEWEST  STATUS\n\
         orders-value  AVRO    BACKWARD       2       AVAILABLE\n\
         zoo           AVRO    BACKWARD       1       AVAILABLE\n"
    );
    let listed = schema(&world, &["list", "--json"]).json();
    assert_eq!(listed["schemas"][0]["newest"]["version"], 2);

    let shown = schema(&world, &["show", "--json"]).json();
    assert_eq!(shown["definition"], wider);
    assert_eq!(shown["versions"].as_array().map(Vec::len), Some(2));
    let shown = schema(&world, &["show", "1"]);
    let tail = format!("\nversion 1, AVAILABLE:\n{}\n", ORDER.trim_end());
    assert!(shown.out.ends_with(&tail), "{}", shown.out);
    assert_eq!(schema(&world, &["show", "7"]).code, Some(2));
    assert_eq!(schema(&world, &["show", "0"]).code, Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_shown_in_lines_and_in_what_can_be_read() {
    let world = World::new().await;
    assert_eq!(schema(&world, &["register"]).code, Some(0));
    let wider = file(wider().as_bytes());
    assert_eq!(schema(&world, &["register", path(&wider)]).code, Some(0));
    let said = schema(&world, &["diff", "1", "latest"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for line in [
        "fits: version 2 (AVAILABLE) may follow version 1 (AVAILABLE) under BACKWARD",
        "version 2 (AVAILABLE) reads version 1 (AVAILABLE)",
        "version 1 (AVAILABLE) reads version 2 (AVAILABLE)",
        "+++ version 2 (AVAILABLE)",
        "+      \"name\": \"is_prime\",",
    ] {
        assert!(
            said.out.lines().any(|own| own == line),
            "{line}\n{}",
            said.out
        );
    }
    let narrow = file(ORDER_MORE.as_bytes());
    let said = schema(&world, &["diff", "--json", "1", path(&narrow)]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let found = said.json();
    assert_eq!(found["backward"][0]["path"], "is_prime");
    assert_eq!(found["forward"], serde_json::json!([]));
    assert_eq!(found["from"]["version"], 1);
    assert_eq!(found["to"]["file"], path(&narrow));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_be_asked_gives_no_verdict() {
    let world = World::new().await;
    let away = [
        "--set",
        "registry.endpoint=http://127.0.0.1:9",
        "--set",
        "startup.timeout=100ms",
    ];
    for command in ["list", "show", "check", "register"] {
        let said = schema(&world, &[&[command, "--json"][..], &away].concat());
        assert_eq!(said.code, Some(2), "{command}: {}", said.err);
        assert_eq!(said.json()["result"], "could_not_tell");
        assert!(said.err.contains("could not be reached"), "{}", said.err);
    }
    let said = schema(&world, &["check", "/nowhere/order.avsc"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("/nowhere/order.avsc"), "{}", said.err);
}
