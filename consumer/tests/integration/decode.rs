//! `consumer decode` as a process: frames in, one JSON answer a line out.

use crate::bed::{Bed, SCHEMA};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;
use std::process::{Command, Stdio};

/// A frame of a version that no registry here has.
const UNKNOWN: &str = "AwB122/qKz9Cg4q8gF9Tgf7pAgo=";
const FRAME: &str = "030075db6fea2b3f42838abc805f5381fee90a68656c6c6f0a";

/// Runs the command; gives exit code, stdout and stderr.
fn decode(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_consumer"))
        .arg("decode")
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that refuses its options reads no line.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn schema_file() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(SCHEMA.as_bytes()).unwrap();
    file
}

#[test]
fn each_line_gives_one_answer() {
    let file = schema_file();
    let offline = [
        "--schema",
        file.path().to_str().unwrap(),
        "--format",
        "avro",
    ];
    let input = format!(
        "{FRAME}\n\n04{}\n{FRAME}00\nxyz\n{}",
        &FRAME[2..],
        &FRAME[..44]
    );
    let (code, out, err) = decode(&offline, &input);
    let answers: Vec<&str> = out.lines().collect();
    let good = r#"{"ok":true,"schema_version_id":"75db6fea-2b3f-4283-8abc-805f5381fee9","schema_name":null,"data_format":"AVRO","compression":"none","value":{"s":"hello","n":5}}"#;
    assert_eq!(answers[0], good);
    assert_eq!(answers[3], good, "bytes behind a value are ignored");
    let kind = |at: usize| {
        let answer: serde_json::Value = serde_json::from_str(answers[at]).unwrap();
        assert_eq!(answer["ok"], false);
        assert!(answer["error"].is_string());
        answer["kind"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        [kind(1), kind(2), kind(4), kind(5)],
        ["header", "header", "hex", "truncated"]
    );
    assert_eq!((answers.len(), code), (6, 1), "{err}");
    assert_eq!(err, "consumer: 4 of 6 lines failed\n");
}

#[test]
fn base64_and_avros_json_are_read_and_written_on_demand() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(br#"["null","long"]"#).unwrap();
    let path = file.path().to_str().unwrap();
    let all = ["--schema", path, "--input", "base64", "--json", "avro"];
    let (code, out, _) = decode(&all, UNKNOWN);
    assert_eq!(code, 0);
    assert!(out.ends_with("\"value\":{\"long\":5}}\n"), "{out}");
    let (code, out, _) = decode(&all, "AwB1!\n");
    assert_eq!(code, 1);
    assert!(out.contains("\"kind\":\"hex\""), "{out}");
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

#[test]
fn values_are_read_as_another_schema_on_demand() {
    let writer = schema_file();
    let reader = file(
        r#"{"type":"record","name":"T","fields":[{"name":"count","type":["null","double"],"aliases":["n"]},{"name":"unit","type":"string","default":"piece"}]}"#,
    );
    let refused = file(r#"{"type":"record","name":"T","fields":[{"name":"x","type":"int"}]}"#);
    let read = |schema: &tempfile::NamedTempFile| {
        let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
        let all = ["--schema", &path(&writer), "--reader-schema", &path(schema)];
        decode(&all, FRAME)
    };
    let (code, out, err) = read(&reader);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.ends_with("\"value\":{\"count\":5.0,\"unit\":\"piece\"}}\n"),
        "{out}"
    );
    let (code, out, _) = read(&refused);
    assert_eq!(code, 1);
    assert!(out.contains("\"kind\":\"resolution\""), "{out}");
}

#[test]
fn json_schemas_and_protobuf_are_read_too() {
    let head = &FRAME[..36];
    let json = file("{}");
    let protobuf = file(r#"syntax = "proto3"; message G { string s = 1; int64 n = 2; }"#);
    for (schema, format, payload, value) in [
        (&json, "json", "7b226e223a20312e35307d", r#"{"n":1.50}"#),
        (
            &protobuf,
            "protobuf",
            "000a0268691005",
            r#"{"s":"hi","n":"5"}"#,
        ),
    ] {
        let path = schema.path().to_str().unwrap();
        let all = ["--schema", path, "--format", format];
        let (code, out, err) = decode(&all, &format!("{head}{payload}"));
        assert_eq!(code, 0, "{err}");
        let name = format.to_uppercase();
        assert!(
            out.ends_with(&format!(
                "\"data_format\":\"{name}\",\"compression\":\"none\",\"value\":{value}}}\n"
            )),
            "{out}"
        );
    }
}

#[test]
fn wrong_options_end_with_64_and_a_wrong_schema_with_78() {
    for wrong in [
        ["--input", "octal"],
        ["--json", "yaml"],
        ["--format", "avro"],
    ] {
        let (code, out, err) = decode(&wrong, FRAME);
        assert_eq!((code, out.as_str()), (64, ""), "{wrong:?}: {err}");
    }
    let (code, out, err) = decode(&["--schema", "/nowhere"], FRAME);
    assert_eq!((code, out.as_str()), (78, ""), "{err}");
    assert!(err.contains("/nowhere"), "{err}");
}

#[test]
fn files_that_are_no_schemas_are_all_said_and_end_with_78() {
    let (schema, reader) = (file("5"), file("{}"));
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
    for format in ["avro", "json", "protobuf"] {
        let all = [
            "--schema",
            &path(&schema),
            "--format",
            format,
            "--reader-schema",
            &path(&reader),
        ];
        let (code, out, err) = decode(&all, FRAME);
        assert_eq!((code, out.as_str()), (78, ""), "{format}: {err}");
        assert!(
            err.contains(&format!("{} (--schema): ", path(&schema))),
            "{err}"
        );
        assert!(
            err.contains(&format!("{} (--reader-schema): ", path(&reader))),
            "{err}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_read_as_they_were_written_unless_another_schema_is_asked_for() {
    let bed = Bed::new().await;
    let newer = SCHEMA.replace(
        "]}",
        r#",{"name":"unit","type":"string","default":"piece"}]}"#,
    );
    bed.register("newest", &newer).await;
    let endpoint = format!("registry.endpoint={}", bed.endpoint);
    let configured = [
        "--set",
        &endpoint,
        "--set",
        "registry.credentials=anonymous",
        "--set",
        "registry.schema_name=newest",
        "--set",
        "codec.reader_schema=latest",
        "--input",
        "base64",
    ];
    let read = |more: &[&str]| {
        let all = [&configured[..], more].concat();
        let frame = STANDARD.encode(bed.frame("hello"));
        let (code, out, err) = tokio::task::block_in_place(|| decode(&all, &frame));
        assert_eq!(code, 0, "{err}");
        let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
        answer["value"]["unit"].clone()
    };
    assert!(read(&[]).is_null(), "the default is the writer's schema");
    assert_eq!(read(&["--reader-schema", "latest"]), "piece");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_come_from_the_registry_and_unknown_versions_are_said_to_be_that() {
    let bed = Bed::new().await;
    let input = format!("{}\n{}\n", STANDARD.encode(bed.frame("hello")), UNKNOWN);
    let endpoint = format!("registry.endpoint={}", bed.endpoint);
    let ask = [
        "--set",
        &endpoint,
        "--set",
        "registry.credentials=anonymous",
        "--input",
        "base64",
    ];
    let (code, out, err) = tokio::task::block_in_place(|| decode(&ask, &input));
    let answers: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["schema_name"], "t-value", "{err}");
    assert_eq!(answers[0]["value"]["s"], "hello");
    assert_eq!(answers[1]["kind"], "schema_unavailable");
    assert_eq!(code, 1);
}
