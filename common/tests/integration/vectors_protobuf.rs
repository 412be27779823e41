//! The Protobuf texts and frames recorded from the Java serde.

use common::avro::UnknownFields;
use common::error::Kind;
use common::limits::Limits;
use common::protobuf::{ProtobufSchema, print};
use prost_reflect::{DescriptorPool, ReflectMessage};
use serde_json::Value;

use crate::vectors::{assert_frame_is_written, rows, same, text, unframe, unhex};

fn texts() -> Vec<Value> {
    rows(include_str!("../data/protobuf-text.jsonl"))
}

fn schema(row: &Value, key: &str) -> ProtobufSchema {
    ProtobufSchema::compile(text(row, key), Limits::default())
        .unwrap_or_else(|error| panic!("{} of {}: {error}", key, row["id"]))
}

/// The bytes in front of each message, as we write them.
fn indexes(schema: &ProtobufSchema) -> Value {
    let indexes = schema.messages().enumerate();
    let hex = |(at, name): (usize, &str)| (name.to_owned(), format!("{at:02x}").into());
    Value::Object(indexes.map(hex).collect())
}

#[test]
fn texts_are_javas_byte_for_byte() {
    let rows = texts();
    assert_eq!(rows.len(), 17);
    for row in &rows {
        let id = text(row, "id");
        let mut printed = vec![print(schema(row, "text").file())];
        if row["proto"].is_string() {
            printed.push(print(schema(row, "proto").file()));
            let set = unbase64(text(row, "descriptorSet"));
            let pool = DescriptorPool::decode(&set[..]).unwrap();
            printed.push(print(&pool.get_file_by_name(id).unwrap()));
        }
        for printed in printed {
            assert_eq!(printed.text, text(row, "text"), "{id}");
            assert_eq!(
                printed.warnings.is_empty(),
                row["readerAgrees"] == true,
                "{id}: {:?}",
                printed.warnings
            );
        }
    }
}

#[test]
fn messages_have_javas_indexes() {
    for row in &texts() {
        let mut schemas = vec![schema(row, "text")];
        if row["proto"].is_string() {
            schemas.push(schema(row, "proto"));
        }
        for schema in schemas {
            assert_eq!(indexes(&schema), row["writerIndex"], "{}", row["id"]);
        }
    }
}

/// Rows that Java reads wrongly or not at all, with the JSON that was meant, or the kind of our refusal.
///
/// Java takes a message for another where the schema has no package (`nopackage-…`) or one of Google's
/// (`compiled-…`), cannot load the text that it has printed (`scalars2…`, `group`), and has no types to look up what
/// an `Any` holds (`wkt-any`).
const MEANT: [(&str, Result<&str, Kind>); 11] = [
    (
        "scalars2",
        Ok(r#"{"req":0,"rep":[1,2],"pk":[1,2],"s":"x","e":"A"}"#),
    ),
    ("scalars2-missing-required", Err(Kind::Payload)),
    ("group", Ok(r#"{"result":[{"url":"o"}]}"#)),
    (
        "wkt-any",
        Ok(r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}}"#),
    ),
    (
        "nopackage-customer",
        Ok(r#"{"address":{"city":"x"},"name":"n"}"#),
    ),
    ("nopackage-address", Ok(r#"{"city":"x"}"#)),
    ("nopackage-zed", Ok(r#"{"z":1}"#)),
    (
        "compiled-timestamp",
        Ok(r#""1970-01-01T00:00:05.000000010Z""#),
    ),
    ("compiled-struct", Ok(r#"{"a":"x"}"#)),
    ("compiled-string-value", Ok(r#""x""#)),
    (
        "compiled-money",
        Ok(r#"{"currencyCode":"EUR","units":"5","nanos":101}"#),
    ),
];

fn meant(row: &Value) -> Option<&'static Result<&'static str, Kind>> {
    MEANT
        .iter()
        .find(|(id, _)| row["id"] == *id)
        .map(|(_, meant)| meant)
}

fn frames() -> Vec<(Value, ProtobufSchema)> {
    let texts = texts();
    let rows = rows(include_str!("../data/frames-protobuf.jsonl"));
    assert_eq!(rows.len(), 37);
    let with_schema = rows.into_iter().map(|row| {
        let own = texts.iter().find(|text| text["id"] == row["schemaTextOf"]);
        let schema = schema(own.unwrap(), "text");
        (row, schema)
    });
    with_schema.collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn frames_of_java_are_read() {
    for (row, schema) in frames() {
        let id = text(&row, "id");
        let payload = unhex(text(&row, "payload"));
        for key in ["frameNone", "frameZlib"] {
            let frame = unhex(text(&row, key));
            assert_eq!(unframe(&frame).unwrap(), payload, "{id} {key}");
            assert_frame_is_written(&frame, &payload, id);
        }
        let mut out = b"before ".to_vec();
        let read = schema.decode_json(&payload, &mut out);
        let text_read = std::str::from_utf8(&out)
            .unwrap()
            .strip_prefix("before ")
            .unwrap();
        match (meant(&row), &read) {
            (Some(Err(kind)), Err(error)) => assert_eq!(error.kind(), *kind, "{id}"),
            (Some(Ok(meant)), Ok(_)) => assert_eq!(text_read, *meant, "{id}"),
            (None, Ok(_)) => {
                assert!(
                    same(&json(text_read), &json(text(&row, "json"))),
                    "{id}: {text_read}"
                );
                assert_eq!(
                    schema.message_name(&payload).unwrap(),
                    text(&row, "decodedMessage"),
                    "{id}"
                );
            }
            (meant, _) => panic!("{id}: {read:?} is not {meant:?}"),
        }
        if let Ok(length) = read {
            assert_eq!(length, payload.len(), "{id}");
            assert!(!text_read.contains('\n'), "{id}");
        }
    }
}

#[test]
fn frames_of_java_are_written() {
    let mut written = 0;
    for (row, schema) in frames() {
        let id = text(&row, "id");
        let payload = unhex(text(&row, "payload"));
        if row["value"].is_string() {
            let mut out = Vec::new();
            let message = Some(text(&row, "message"));
            let encoded = schema.encode_json(
                message,
                text(&row, "value").as_bytes(),
                UnknownFields::Refuse,
                &mut out,
            );
            if matches!(meant(&row), Some(Err(_))) {
                assert_eq!(encoded.unwrap_err().kind(), Kind::Validation, "{id}");
            } else {
                encoded.unwrap_or_else(|error| panic!("{id}: {error}"));
                assert_eq!(out, payload, "{id}");
                written += 1;
            }
        }
        if !matches!(meant(&row), Some(Err(_))) && id != "group" {
            let message = schema.decode_dynamic(&payload).unwrap();
            let mut out = Vec::new();
            schema.encode_dynamic(&message, &mut out).unwrap();
            // The library leaves an entry's empty key and value out, which means the same.
            let expected = if id == "maps-inner" {
                vec![5, 10, 0]
            } else {
                payload
            };
            assert_eq!(out, expected, "{id}");
        }
    }
    assert_eq!(written, 28);
}

/// The kind of each frame that Java refuses.
fn kind_of(id: &str) -> Kind {
    match id {
        "18-bytes-proto" | "proto-index-cut" | "proto-truncated" => Kind::Truncated,
        "zlib-proto-wrong-adler" => Kind::Compression,
        _ => Kind::Payload,
    }
}

#[test]
fn frames_that_java_refuses_are_refused_by_kind() {
    let rows = rows(include_str!("../data/errors-protobuf.jsonl"));
    assert_eq!(rows.len(), 15);
    let schema = schema(&rows[0], "schemaText");
    for row in &rows[1..] {
        let id = text(row, "id");
        let read = unframe(&unhex(text(row, "frame"))).and_then(|payload| {
            schema.decode_json(&payload, &mut Vec::new())?;
            schema.decode_dynamic(&payload)
        });
        match read {
            Ok(message) => {
                assert_eq!(row["ok"], true, "{id}");
                assert_eq!(
                    message.descriptor().full_name(),
                    text(row, "message"),
                    "{id}"
                );
                let mut out = Vec::new();
                schema.encode_dynamic(&message, &mut out).unwrap();
                // A field laid out as another type's is lost.
                let lost = id == "proto-wrong-wire-type";
                assert_eq!(out[1..] == unhex(text(row, "messageBinary")), !lost, "{id}");
            }
            Err(error) => {
                assert_eq!(row["ok"], false, "{id}: {error}");
                assert_eq!(error.kind(), kind_of(id), "{id}: {error}");
            }
        }
    }
}

fn unbase64(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter(|byte| *byte != b'=').map(|byte| {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        u32::try_from(alphabet.iter().position(|digit| *digit == byte).unwrap()).unwrap()
    });
    let digits: Vec<_> = digits.collect();
    let bytes = digits.chunks(4).flat_map(|group| {
        let joined =
            group.iter().fold(0, |joined, digit| joined << 6 | digit) << (6 * (4 - group.len()));
        joined.to_be_bytes()[1..group.len()].to_vec()
    });
    bytes.collect()
}
