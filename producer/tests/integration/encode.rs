//! `producer encode` as a process: lines in, frames out, errors beside them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::app::World;
use crate::ndjson::{SCHEMA_FILE, file};

const ID: &str = "75db6fea-2b3f-4283-8abc-805f5381fee9";
const SCHEMA: &str = r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":["null","long"]}]}"#;

/// Runs the command; gives exit code, stdout and stderr.
fn encode(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_producer"))
        .arg("encode")
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    // A command that refuses its options reads no line.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().expect("the process ends");
    writer.join().expect("the writer ends");
    let text = |bytes| String::from_utf8(bytes).expect("output is text");
    let code = output.status.code().expect("no signal");
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn each_line_gives_one_frame_or_an_empty_line_and_a_reason() {
    let schema = file(SCHEMA.as_bytes());
    let path = schema.path().to_str().expect("the path is text");
    let offline = [
        "--schema",
        path,
        "--format",
        "avro",
        "--schema-version-id",
        ID,
    ];
    let input = "{\"s\":\"hello\",\"n\":5}\n{\"s\":1,\"n\":5}\n\n{\"s\":\"x\",\"n\":null}";
    let (code, out, err) = encode(&offline, input);
    assert_eq!(
        out,
        "030075db6fea2b3f42838abc805f5381fee90a68656c6c6f020a\n\n\n\
         030075db6fea2b3f42838abc805f5381fee9027800\n"
    );
    assert_eq!(code, 1);
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(
        lines,
        [
            "line 2: validation: byte 5: s: expected a text, found a number",
            "line 3: json: byte 0: the text ends too early",
            "producer: 2 of 4 lines failed",
        ]
    );

    let mut avro = offline.to_vec();
    avro.extend(["--json", "avro"]);
    let (code, out, _) = encode(&avro, "{\"s\":\"hello\",\"n\":{\"long\":5}}\n");
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "030075db6fea2b3f42838abc805f5381fee90a68656c6c6f020a\n"
    );
}

#[test]
fn json_schemas_and_protobuf_are_written_too() {
    let head = "030075db6fea2b3f42838abc805f5381fee9";
    let json = file(br#"{"properties":{"n":{"type":"integer"}}}"#);
    let protobuf = file(
        br#"syntax = "proto3"; message A { int32 n = 1; } message B { string s = 1; int32 n = 2; }"#,
    );
    let run = |schema: &tempfile::NamedTempFile, more: &[&str], input| {
        let path = schema.path().to_str().expect("the path is text");
        let mut all = vec!["--schema", path, "--schema-version-id", ID];
        all.extend(more);
        encode(&all, input)
    };
    let (code, out, err) = run(
        &json,
        &["--format", "json"],
        "{ \"n\": 5 }\n{\"n\": \"5\"}\n",
    );
    assert_eq!(code, 1);
    assert_eq!(out, format!("{head}7b226e223a357d\n\n"));
    assert_eq!(
        err,
        "line 2: validation: #/n: type\nproducer: 1 of 2 lines failed\n"
    );
    let message = ["--format", "protobuf", "--message", "B"];
    let (code, out, err) = run(&protobuf, &message, "{\"s\": \"hi\", \"n\": 5}\n");
    assert_eq!((code, out), (0, format!("{head}010a0268691005\n")), "{err}");
}

#[test]
fn a_schema_that_no_line_could_be_encoded_with_is_refused_before_the_first() {
    let refused = |format: &str, text: &str, more: &[&str], code: i32, why: &str| {
        let schema = file(text.as_bytes());
        let path = schema.path().to_str().expect("the path is text");
        let mut all = vec!["--schema", path, "--schema-version-id", ID];
        all.extend(["--format", format]);
        all.extend(more);
        let (found, out, err) = encode(&all, "{}\n{}\n");
        assert_eq!((found, out.as_str()), (code, ""), "{text}: {err}");
        let place = format!("producer: use the schema {path}: ");
        let place = if code == 78 {
            place.as_str()
        } else {
            "producer: "
        };
        assert_eq!(err, format!("{place}{why}\n"));
    };
    let two = "syntax = \"proto3\"; package p; message A {} message B {}";
    refused(
        "protobuf",
        two,
        &["--message", "Wrong"],
        78,
        "the schema has no message `Wrong`: it has `p.A`, `p.B`",
    );
    refused(
        "protobuf",
        two,
        &[],
        78,
        "the schema does not have exactly one message at its top, and none is named: it has `p.A`, `p.B`",
    );
    refused(
        "protobuf",
        "syntax = \"proto3\"; message A { string a = }",
        &[],
        78,
        "1:43: expected an integer, but found '}'",
    );
    let option = "--message is used with --format protobuf only";
    refused("avro", SCHEMA, &["--message", "G"], 64, option);
    for (text, why) in [
        ("", "byte 0: the text ends too early"),
        ("syntax = \"proto3\";", "byte 0: expected a value"),
        (SCHEMA, "#/type: no such type"),
        (
            r#"{"properties":{"n":{"type":"long"}}}"#,
            "#/properties/n/type: no such type",
        ),
        (
            r##"{"items":{"$ref":"#/nowhere"}}"##,
            "#/items/$ref: the reference `#/nowhere` leads to nothing",
        ),
        (r##"{"allOf":[{"$ref":"#"}]}"##, "#: no value can fit"),
    ] {
        refused("json", text, &[], 78, why);
    }
}

#[test]
fn zlib_is_written_behind_its_header_byte() {
    let offline = [
        "--schema",
        SCHEMA_FILE,
        "--schema-version-id",
        ID,
        "--compression",
        "zlib",
    ];
    let line = crate::ndjson::order(1);
    let (code, out, err) = encode(&offline, &line);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.starts_with("030575db6fea2b3f42838abc805f5381fee978"),
        "{out}"
    );
}

#[test]
fn wrong_options_end_with_64_and_a_wrong_schema_with_78() {
    for wrong in [
        ["--format", "xml"],
        ["--json", "yaml"],
        ["--schema-version-id", "5"],
        ["--resolution", "version"],
    ] {
        let (code, out, err) = encode(&wrong, "{}\n");
        assert_eq!((code, out.as_str()), (64, ""), "{wrong:?}: {err}");
    }
    let broken = file(b"{");
    for path in [
        broken.path().to_str().expect("the path is text"),
        "/nowhere",
    ] {
        let (code, out, err) = encode(&["--schema", path, "--schema-version-id", ID], "{}\n");
        assert_eq!((code, out.as_str()), (78, ""), "{err}");
        assert!(
            err.starts_with("producer: ") && err.lines().count() == 1,
            "{err}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_is_asked_as_the_daemon_asks_it() {
    let world = World::new().await;
    let schema = file(SCHEMA.as_bytes());
    let path = schema.path().to_str().expect("the path is text").to_owned();
    let broken = file(b"{");
    let broken = broken.path().to_str().expect("the path is text").to_owned();
    let one = file(b"syntax = \"proto3\"; message A {}");
    let protobuf = one.path().to_str().expect("the path is text").to_owned();
    let endpoint = format!("registry.endpoint={}", world.registry);
    let ask = |more: &[&str]| {
        let base = [
            "--set",
            &endpoint,
            "--set",
            "registry.credentials=anonymous",
        ];
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        tokio::task::block_in_place(|| encode(&all, "{\"s\":\"hello\",\"n\":5}\n"))
    };
    let named = ["--registry", "r", "--schema-name", "g"];
    let file = ["--schema", &path];
    let (code, _, err) = ask(&[&named[..], &file[..]].concat());
    assert_eq!(code, 78, "lookup creates nothing: {err}");
    assert!(err.contains("schema `g` in registry `r`"), "{err}");

    let wrong = ["--format", "protobuf", "--message", "Wrong"];
    let (code, out, err) = ask(&[&named[..], &["--schema", &protobuf], &wrong[..]].concat());
    assert_eq!((code, out.as_str()), (78, ""), "{err}");
    assert!(
        err.contains("codec.message: the schema has no message `Wrong`: it has `A`"),
        "{err}"
    );

    let register = [&named[..], &file[..], &["--resolution", "register"]].concat();
    let (code, registered, err) = ask(&register);
    assert_eq!(code, 0, "{err}");
    let latest = [&named[..], &["--resolution", "latest"]].concat();
    let by_id = uuid::Uuid::try_parse(&registered[4..36])
        .expect("a frame carries a version id")
        .to_string();
    for more in [&latest[..], &["--schema-version-id", &by_id]] {
        let (code, found, err) = ask(more);
        assert_eq!((code, &found), (0, &registered), "{err}");
    }
    let (code, out, err) = ask(&[&latest[..], &["--schema", &broken]].concat());
    assert_eq!(
        (code, out.as_str()),
        (78, ""),
        "it is not needed, but it is none: {err}"
    );
    assert!(err.contains(&broken), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemons_configuration_serves_the_command_too() {
    let world = World::new().await;
    let json = file(br#"{"properties":{"n":{"type":"integer"}}}"#);
    let json = json.path().to_str().expect("the path is text");
    let config = file(
        format!(
            "[registry]\nendpoint = \"{}\"\ncredentials = \"anonymous\"\nname = \"r\"\nschema_name = \"j\"\n\
             schema_file = \"elsewhere.avsc\"\nresolution = \"register\"\n\
             [source]\nunknown_fields = \"ignore\"\n",
            world.registry
        )
        .as_bytes(),
    );
    let config = config.path().to_str().expect("the path is text");
    let ask = |more: &[&str]| {
        let all = [&["--config", config][..], more].concat();
        tokio::task::block_in_place(|| encode(&all, "{\"n\":5}\n"))
    };
    let register = ["--schema", json, "--format", "json", "--resolution"];
    let (code, registered, err) = ask(&[&register[..], &["register"]].concat());
    assert_eq!(code, 0, "{err}");
    let by_id = uuid::Uuid::try_parse(&registered[4..36])
        .expect("a frame carries a version id")
        .to_string();
    let (code, out, err) = ask(&["--schema-version-id", &by_id, "--format", "json"]);
    assert_eq!((code, out), (0, registered), "{err}");

    let small = ["lookup", "--set", "codec.max_payload=4B"];
    let (code, out, err) = ask(&[&register[..], &small].concat());
    assert_eq!((code, out.as_str()), (1, "\n"), "{err}");
    assert!(err.starts_with("line 1: too_large: "), "{err}");
}

#[test]
fn a_schema_that_is_none_is_refused_before_the_registry_is_looked_for() {
    let ask = |text: &[u8]| {
        let schema = file(text);
        let path = schema.path().to_str().expect("the path is text").to_owned();
        let nobody = [
            "--set",
            "registry.endpoint=http://127.0.0.1:1",
            "--set",
            "registry.credentials=anonymous",
            "--set",
            "startup.timeout=1s",
        ];
        let (code, out, err) = encode(&[&nobody[..], &["--schema", &path]].concat(), "{}\n");
        assert_eq!(out, "", "{err}");
        (code, err.replace(&path, "FILE"))
    };
    let (code, err) = ask(b"{");
    assert_eq!(code, 78, "{err}");
    assert!(err.contains("FILE"), "{err}");
    let (code, err) = ask(SCHEMA.as_bytes());
    assert_eq!(code, 69, "{err}");
    assert!(err.contains("registry"), "{err}");
}
