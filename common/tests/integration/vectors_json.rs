//! The JSON Schema frames, verdicts and errors recorded from the Java serde.

use common::compression::{Compression, Deflater, Inflater};
use common::error::{DecodeError, EncodeError, Kind};
use common::json_schema::{self, JsonOut, JsonSchema, Refusal, registered_text};
use common::limits::Limits;
use common::wire;
use serde_json::Value;

use crate::vectors::{rows, text, unhex};

/// The default ones.
const LIMITS: Limits = Limits {
    depth: 256,
    items: 4 * 1024 * 1024,
    payload_bytes: 16 * 1024 * 1024,
    json_bytes: 128 * 1024 * 1024,
};

/// Payloads that we write otherwise than Java, because numbers stay as they are written.
///
/// Java makes doubles of all numbers with a point or an exponent (`1.10` becomes `1.1`, `1e5` becomes `100000.0`, digits
/// beyond the seventeenth are lost, `1e400` becomes the text `"Infinity"`) and drops the sign of `-0`.
const NUMBERS: [(&str, &str); 3] = [
    ("root-number", "12.50"),
    (
        "numbers",
        r#"{"a":1.0,"b":1e5,"c":1E+2,"d":-0,"e":-0.0,"f":1.10,"g":100000000000000000000,"h":0.1e-7,"i":123456789.123456789123456789,"j":1e400,"k":0.1,"l":1e-400,"m":9007199254740993,"n":1.7976931348623157e308,"o":5e-324}"#,
    ),
    (
        "numbers-big-decimal",
        r#"{"a":1.0,"b":1e5,"c":1E+2,"d":-0,"e":-0.0,"f":1.10,"g":100000000000000000000,"h":0.1e-7,"i":123456789.123456789123456789,"k":0.1,"m":9007199254740993}"#,
    ),
];

/// Verdicts that are not Java's.
const VERDICTS: [(&str, bool, &str); 1] = [(
    "malformed-payload/5",
    false,
    "text behind the value is lost without a word in Java; for Avro as for JSON we refuse it",
)];

/// The payload that we write for a row.
fn written(row: &Value) -> &str {
    NUMBERS
        .iter()
        .find(|(id, _)| *id == text(row, "id"))
        .map_or_else(|| text(row, "text"), |(_, payload)| payload)
}

fn compile(row: &Value) -> JsonSchema {
    JsonSchema::compile(text(row, "schema"), LIMITS)
        .unwrap_or_else(|error| panic!("{}: {error}", row["id"]))
}

fn unframe(frame: &[u8]) -> Vec<u8> {
    let (header, payload) = wire::split(frame).unwrap();
    let mut plain = Vec::new();
    match header.compression {
        Compression::None => plain.extend_from_slice(payload),
        Compression::Zlib => {
            let limit = LIMITS.payload_bytes;
            Inflater::new().append(payload, &mut plain, limit).unwrap();
        }
    }
    plain
}

#[test]
fn payloads_are_written_as_java_does() {
    let rows = rows(include_str!("../data/frames-json.jsonl"));
    assert_eq!(rows.len(), 27);
    for row in rows.iter().filter(|row| row["ok"] == true) {
        let id = text(row, "id");
        let schema = compile(row);
        let mut payload = Vec::new();
        schema
            .encode_json(text(row, "payload").as_bytes(), &mut payload)
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(String::from_utf8_lossy(&payload), written(row), "{id}");

        let frame = unhex(text(row, "frameNone"));
        let (header, _) = wire::split(&frame).unwrap();
        let mut ours = Vec::new();
        wire::write_header(&mut ours, &header);
        ours.extend_from_slice(text(row, "text").as_bytes());
        assert_eq!(ours, frame, "{id}");
        let zlib = unhex(text(row, "frameZlib"));
        let (header, _) = wire::split(&zlib).unwrap();
        let mut ours = Vec::new();
        wire::write_header(&mut ours, &header);
        Deflater::default().append(&payload, &mut ours);
        assert_eq!(unframe(&ours), payload, "{id}");
    }
}

#[test]
fn frames_of_java_are_read() {
    for row in rows(include_str!("../data/frames-json.jsonl")) {
        if row["ok"] == false {
            continue;
        }
        let id = text(&row, "id");
        let schema = compile(&row);
        for key in ["frameNone", "frameZlib"] {
            let payload = unframe(&unhex(text(&row, key)));
            let mut json = Vec::new();
            let options = JsonOut { validate: true };
            let taken = schema
                .decode_json(&payload, options, &mut json)
                .unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(taken, payload.len(), "{id}");
            let json = String::from_utf8(json).unwrap();
            if let Some(decoded) = row["decoded"].as_str() {
                assert_eq!(json, decoded, "{id}");
            } else if row["decodedUtf16"].is_string() {
                // Java's text has half of a surrogate pair, which UTF-8 has not: it stays an escape.
                assert_eq!(json, r#"{"s":"\uD800"}"#);
            } else {
                // Java makes an object of a class.
                assert_eq!(json, text(&row, "text"), "{id}");
            }
        }
    }
}

#[test]
fn frames_that_java_refuses_are_refused() {
    for row in rows(include_str!("../data/frames-json.jsonl")) {
        if row["ok"] == true {
            continue;
        }
        let id = text(&row, "id");
        let Ok(schema) = JsonSchema::compile(text(&row, "schema"), LIMITS) else {
            assert!(id.starts_with("20"), "{id}");
            continue;
        };
        let error = schema
            .encode_json(text(&row, "payload").as_bytes(), &mut Vec::new())
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Validation, "{id}");
    }
}

#[test]
fn registered_texts_are_javas() {
    for row in rows(include_str!("../data/frames-json.jsonl")) {
        if let Some(registered) = row["schemaText"].as_str() {
            let ours = registered_text(text(&row, "schema")).unwrap();
            assert_eq!(ours, registered, "{}", row["id"]);
            assert_eq!(registered_text(&ours).unwrap(), ours);
        }
    }
}

#[test]
fn verdicts_are_javas() {
    let rows = rows(include_str!("../data/json-validation.jsonl"));
    assert_eq!(rows.len(), 263);
    for row in &rows {
        let id = text(row, "id");
        let other = VERDICTS.iter().find(|(other, ..)| *other == id);
        let valid = other.map_or(row["valid"] == true, |(_, valid, _)| *valid);
        let schema = match JsonSchema::compile(text(row, "schema"), LIMITS) {
            Ok(schema) => schema,
            Err(error) => {
                assert!(!valid, "{id}: {error}");
                // Java's remote references are violations.
                assert!(
                    row["error"].is_string() || id.starts_with("ref-"),
                    "{id}: {error}"
                );
                continue;
            }
        };
        let mut payload = Vec::new();
        match schema.encode_json(text(row, "payload").as_bytes(), &mut payload) {
            Ok(()) => {
                assert!(valid, "{id} is valid");
                if row["text"].is_string() {
                    assert_eq!(String::from_utf8_lossy(&payload), text(row, "text"), "{id}");
                }
            }
            Err(error) => {
                assert!(!valid, "{id}: {error}");
                if other.is_none() {
                    assert_violations(row, &error);
                }
            }
        }
    }
}

/// Java's keywords by ours, where they differ: of several types Java makes an `anyOf`, of an `allOf`, `then` or `else`
/// it names the whole, and items that are too many it books under `items`.
const KEYWORDS: [(&str, &str); 5] = [
    ("anyOf", "type"),
    ("allOf", "required"),
    ("then", "required"),
    ("else", "required"),
    ("items", "additionalItems"),
];

fn assert_violations(row: &Value, error: &EncodeError) {
    let id = text(row, "id");
    let EncodeError::JsonSchema(Refusal::Invalid(violations)) = error else {
        assert_eq!(error.kind(), Kind::Json, "{id}");
        assert!(row["error"].is_string(), "{id}: {error}");
        return;
    };
    let mut pointers: Vec<_> = violations
        .found()
        .iter()
        .map(|violation| format!("#{}", violation.pointer()))
        .collect();
    pointers.sort_unstable();
    pointers.dedup();
    // Java also names why the `if` did not hold.
    let javas: Vec<_> = match id {
        "if-then-else/3" => vec!["#".to_owned()],
        _ => row["pointers"]
            .as_array()
            .unwrap_or_else(|| panic!("{id}: {error}"))
            .iter()
            .map(|pointer| pointer.as_str().unwrap().to_owned())
            .collect(),
    };
    assert_eq!(pointers, javas, "{id}: {error}");
    if let Some(java) = row["keyword"].as_str() {
        let fits = |keyword: &str| keyword == java || KEYWORDS.contains(&(java, keyword));
        let first = violations.found()[0].keyword();
        assert!(fits(first), "{id}: {first} is not {java}");
    }
}

#[test]
fn frames_that_java_reads_are_read_and_those_it_refuses_are_refused() {
    let rows = rows(include_str!("../data/errors-json.jsonl"));
    assert_eq!(rows.len(), 13);
    for row in rows {
        let id = text(&row, "id");
        let payload = unframe(&unhex(text(&row, "frame")));
        let mut json = Vec::new();
        match json_schema::decode_json(&payload, &LIMITS, &mut json) {
            Ok(taken) => {
                let json = String::from_utf8(json).unwrap();
                // Java makes a double of it.
                let expected = if id == "json-big-number" {
                    r#"{"a":12345678901234567890123.4500}"#
                } else {
                    text(&row, "payload")
                };
                assert_eq!(json, expected, "{id}");
                let trailing = match id {
                    "json-trailing" => 8,
                    "json-trailing-garbage" => 1,
                    _ => 0,
                };
                assert_eq!(payload.len() - taken, trailing, "{id}");
            }
            Err(error) => {
                assert_eq!(row["ok"], false, "{id}: {error}");
                assert_eq!(DecodeError::kind(&error), Kind::Json, "{id}");
            }
        }
    }
}
