use prost_reflect::prost_types::Timestamp;
use prost_reflect::{ReflectMessage, Value};

use super::*;
use crate::error::Kind;

mod limits;

const SCHEMA: &str = r#"syntax = "proto3"; package t; import "google/protobuf/any.proto";
    message M {
      string s = 1; int32 n = 2; repeated M items = 3; map<string, int64> counts = 4; M m = 5; E e = 6;
      oneof one { int32 a = 7; M b = 8; } google.protobuf.Any any = 9; repeated int32 numbers = 10;
    }
    enum E { ZERO = 0; ONE = 1; }"#;

const OLD: &str = "package o; message M { required int32 r = 1; optional M m = 2; repeated M items = 3; \
    optional E e = 4; repeated E es = 5; repeated group G = 6 { optional int32 x = 1; } map<string, E> by_name = 7; } \
    enum E { ONE = 1; TWO = 2; }";

fn schema(text: &str) -> ProtobufSchema {
    ProtobufSchema::compile(text, Limits::default()).unwrap()
}

fn limited(limits: Limits) -> ProtobufSchema {
    ProtobufSchema::compile(SCHEMA, limits).unwrap()
}

fn read(schema: &ProtobufSchema, payload: &[u8]) -> Result<String, DecodeError> {
    let mut out = Vec::new();
    schema.decode_json(payload, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn write(schema: &ProtobufSchema, json: &str) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    schema.encode_json(
        Some("t.M"),
        json.as_bytes(),
        UnknownFields::Refuse,
        &mut out,
    )?;
    Ok(out)
}

#[test]
fn payloads_are_refused_with_their_place() {
    let schema = schema(SCHEMA);
    for (payload, kind, text) in [
        (
            &b""[..],
            Kind::Truncated,
            "byte 0: the bytes end inside a value",
        ),
        (
            b"\x05",
            Kind::Payload,
            "byte 1: the schema has no message with index 5",
        ),
        (
            b"\x00\x0a\x05ab",
            Kind::Truncated,
            "byte 3: s: the bytes end inside a value",
        ),
        (
            b"\x00\x2a\x03\x0a\x01\xff",
            Kind::Payload,
            "byte 4: m.s: a string that is not UTF-8",
        ),
        (
            b"\x00\x1a\x00\x1a\x02\x10\x80",
            Kind::Truncated,
            "byte 6: items[].n: the bytes end inside a value",
        ),
        (
            b"\x00\x00",
            Kind::Payload,
            "byte 1: the bytes are no field's tag",
        ),
        (
            b"\x00\x0c",
            Kind::Payload,
            "byte 2: the end of a group that has not begun",
        ),
        (
            b"\x00\x22\x03\x0a\x01\xff",
            Kind::Payload,
            "byte 4: counts: a string that is not UTF-8",
        ),
        (
            b"\x00\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            Kind::Payload,
            "byte 2: n: the bytes are no integer",
        ),
    ] {
        let error = read(&schema, payload).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (kind, text.to_owned()));
        assert_eq!(
            schema.decode_dynamic(payload).unwrap_err().kind(),
            kind,
            "{text}"
        );
    }
}

#[test]
fn values_are_refused_with_their_place_and_without_their_data() {
    let schema = schema(SCHEMA);
    for (json, text) in [
        (r#"{"secret":1}"#, "byte 1: the schema has no such field"),
        (r#"{"s":7}"#, "byte 5: s: expected a string, found a number"),
        (
            r#"{"n":2147483648}"#,
            "byte 5: n: the number does not fit an int32",
        ),
        (
            r#"{"n":1.5}"#,
            "byte 5: n: the number does not fit an int32",
        ),
        (
            r#"{"m":{"e":"SECRET"}}"#,
            "byte 10: m.e: none of the enum's values",
        ),
        (
            r#"{"items":[{},null]}"#,
            "byte 13: items[]: an item that is null",
        ),
        (
            r#"{"counts":{"a":"b"}}"#,
            "byte 15: counts{}: the number does not fit an int64",
        ),
        (
            r#"{"s":"a","n":1,"s":"b"}"#,
            "byte 1: s: the field is given twice",
        ),
        (
            r#"{"a":1,"b":{}}"#,
            "byte 7: b: another field of the same oneof is given",
        ),
        (
            r#"{"any":{"n":1}}"#,
            "byte 7: any: an Any without a known type",
        ),
        (
            r#"{"any":{"@type":"x/unknown","n":1}}"#,
            "byte 7: any: an Any without a known type",
        ),
        (
            r#"{"any":{"@type":"x/t.M","x":1}}"#,
            "byte 24: any: the schema has no such field",
        ),
        ("[]", "byte 0: expected an object, found an array"),
    ] {
        let error = write(&schema, json).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string()),
            (Kind::Validation, text.to_owned()),
            "{json}"
        );
    }
    for json in ["", "{", r#"{"secret":1"#, r#"{"s":"a"} x"#, "{\"n\":01}"] {
        assert_eq!(
            write(&schema, json).unwrap_err().kind(),
            Kind::Json,
            "{json}"
        );
    }
}

#[test]
fn deep_groups_and_messages_end_without_a_stack() {
    let schema = limited(Limits {
        depth: 500,
        ..Limits::default()
    });
    for payload in [
        [&[0][..], &[0x63].repeat(1_000_000)].concat(),
        [&[0][..], &[0x2b].repeat(1_000_000)].concat(),
    ] {
        assert!(read(&schema, &payload).is_err());
        assert!(schema.decode_dynamic(&payload).is_err());
    }
    let json = format!("{{\"any\":{}", "{\"x\":".repeat(1_000_000));
    assert!(write(&schema, &json).is_err());
    assert!(write(&schema, &"[".repeat(1_000_000)).is_err());
}

#[test]
fn what_an_any_holds_is_shown_by_its_type_or_as_it_is() {
    let schema = schema(SCHEMA);
    for json in [
        r#"{"any":{}}"#,
        r#"{"any":{"@type":"type.googleapis.com/t.M","s":"x","any":{"@type":"x/t.M"}}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"2023-04-12T13:45:33Z"}}"#,
        r#"{"any":{"@type":"example.com/not.Known","value":"AP8="}}"#,
    ] {
        let payload = write(&schema, json).unwrap();
        assert_eq!(read(&schema, &payload).unwrap(), json);
    }
    let late = r#"{"any":{"s":"x","@type":"a/t.M"}}"#;
    assert_eq!(
        read(&schema, &write(&schema, late).unwrap()).unwrap(),
        r#"{"any":{"@type":"a/t.M","s":"x"}}"#
    );
}

#[test]
fn fields_out_of_order_are_put_in_order() {
    let schema = schema(SCHEMA);
    let json = r#"{"e":"ONE","n":2,"s":"a"}"#;
    let payload = write(&schema, json).unwrap();
    assert_eq!(payload, b"\x00\x0a\x01a\x10\x02\x30\x01");
    for (payload, json) in [
        // The last of several counts, and a zero is as good as none.
        (&b"\x00\x10\x02\x0a\x01a\x10\x00"[..], r#"{"s":"a"}"#),
        // Messages are joined, also through others in between.
        (
            b"\x00\x2a\x03\x0a\x01a\x0a\x01b\x2a\x02\x10\x05",
            r#"{"s":"b","m":{"s":"a","n":5}}"#,
        ),
        // Of a oneof the last counts, and nothing of what came before another.
        (
            b"\x00\x42\x02\x10\x01\x38\x00\x42\x03\x0a\x01a",
            r#"{"b":{"s":"a"}}"#,
        ),
        (b"\x00\x42\x02\x10\x01\x38\x00", r#"{"a":0}"#),
        // Of one key the last value counts; keys and values can be missing.
        (
            b"\x00\x22\x05\x0a\x01a\x10\x01\x22\x02\x10\x05\x22\x03\x0a\x01a",
            r#"{"counts":{"":"5","a":"0"}}"#,
        ),
        (b"\x00\x22\x05\x10\x01\x0a\x01a", r#"{"counts":{"a":"1"}}"#),
        // Packed or not, in pieces or not.
        (
            b"\x00\x50\x01\x52\x02\x02\x03\x10\x01\x50\x04",
            r#"{"n":1,"numbers":[1,2,3,4]}"#,
        ),
        (b"\x00\x52\x00", "{}"),
        // Laid out as another type: not the field's.
        (b"\x00\x08\x05\x12\x00", "{}"),
    ] {
        assert_eq!(read(&schema, payload).unwrap(), json);
    }
}

#[test]
fn proto2_is_read_as_java_reads_it() {
    let schema = schema(OLD);
    for (payload, json) in [
        (&b"\x00\x08\x00"[..], r#"{"r":0}"#),
        // Numbers that a closed enum does not have are no values.
        (
            b"\x00\x08\x00\x20\x07\x28\x01\x28\x07\x28\x02",
            r#"{"r":0,"es":["ONE","TWO"]}"#,
        ),
        (
            b"\x00\x08\x00\x3a\x04\x0a\x00\x10\x07\x3a\x04\x0a\x00\x10\x02",
            r#"{"r":0,"byName":{"":"TWO"}}"#,
        ),
        (
            b"\x00\x08\x00\x33\x08\x05\x34\x33\x34",
            r#"{"r":0,"g":[{"x":5},{}]}"#,
        ),
    ] {
        assert_eq!(read(&schema, payload).unwrap(), json);
    }
    for (payload, path) in [
        (&b"\x00"[..], "r"),
        (b"\x00\x08\x00\x12\x00", "m.r"),
        (b"\x00\x08\x00\x1a\x00", "items[].r"),
    ] {
        let error = read(&schema, payload).unwrap_err().to_string();
        assert!(
            error.contains(&format!("{path}: the required field is missing")),
            "{error}"
        );
        let error = schema.decode_dynamic(payload).unwrap_err();
        assert_eq!(error.kind(), Kind::Payload);
        assert!(error.to_string().contains(&format!("{path}: ")), "{error}");
    }
    let mut out = Vec::new();
    let error = schema
        .encode_json(Some("o.M"), b"{}", UnknownFields::Refuse, &mut out)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 1: r: the required field is missing"
    );
}

#[test]
fn the_only_top_level_message_needs_no_name() {
    let encode = |text: &str, name: Option<&str>| {
        let mut out = Vec::new();
        schema(text)
            .encode_json(name, b"{}", UnknownFields::Refuse, &mut out)
            .map(|()| out)
    };
    assert_eq!(encode("message B { message A {} }", None).unwrap(), [0]);
    assert_eq!(encode("message B {} message A {}", Some("B")).unwrap(), [1]);
    let error = |text, name| encode(text, name).unwrap_err().to_string();
    assert_eq!(
        error("message B {} message A {}", None),
        "the schema does not have exactly one message at its top, and none is named: it has `A`, `B`"
    );
    assert_eq!(
        error("message B { map<string, string> m = 1; }", Some("C")),
        "the schema has no message `C`: it has `B`"
    );
    assert_eq!(
        error("", Some("C")),
        "the schema has no message `C`: it has none"
    );
}

#[test]
fn a_refused_name_is_told_what_there_is_in_few_words() {
    let told = |names: &[String]| {
        let messages = names.iter().map(|name| format!("message {name} {{}} "));
        let error = schema(&messages.collect::<String>()).message(Some("X"));
        error.unwrap_err().to_string()
    };
    let short: Vec<_> = (10..32).map(|number| format!("M{number}")).collect();
    let error = told(&short);
    assert!(
        error.contains("it has `M10`, ") && error.ends_with("`M19` and 12 more"),
        "{error}"
    );
    let long: Vec<_> = (10..32)
        .map(|number| format!("M{}{number}", "m".repeat(400)))
        .collect();
    let error = told(&long);
    assert!(
        error.ends_with(" and 21 more") && error.len() < 600,
        "{error}"
    );
    assert!(told(&[format!("M{}", "m".repeat(600))]).ends_with("it has 1 with a long name"));
}

#[test]
fn unknown_fields_are_kept_by_dynamic_messages() {
    let schema = schema(SCHEMA);
    let payload = b"\x00\x0a\x01a\x2a\x03\xa0\x06\x05\xa2\x06\x01z";
    let message = schema.decode_dynamic(payload).unwrap();
    assert_eq!(
        message.get_field_by_name("s").as_deref(),
        Some(&Value::String("a".to_owned()))
    );
    let mut out = Vec::new();
    schema.encode_dynamic(&message, &mut out).unwrap();
    assert_eq!(out, payload);
    // A group where a message is expected, and a string where a number is.
    let message = schema
        .decode_dynamic(b"\x00\x2b\x0a\x01a\x2c\x12\x01b")
        .unwrap();
    out.clear();
    schema.encode_dynamic(&message, &mut out).unwrap();
    assert_eq!(out, b"\x00\x2a\x03\x0a\x01a");
}

#[test]
fn rust_types_are_written_and_read_under_their_name() {
    let text = "syntax = \"proto3\"; package x; message Time { int64 seconds = 1; int32 nanos = 2; } message A {}";
    let schema = schema(text);
    let time = Timestamp {
        seconds: 5,
        nanos: 7,
    };
    let mut out = Vec::new();
    schema.encode_message("x.Time", &time, &mut out).unwrap();
    assert_eq!(out, b"\x01\x08\x05\x10\x07");
    assert_eq!(
        schema.decode_message::<Timestamp>("x.Time", &out).unwrap(),
        time
    );
    assert_eq!(schema.message_name(&out).unwrap(), "x.Time");
    assert_eq!(
        schema
            .decode_dynamic(&out)
            .unwrap()
            .descriptor()
            .full_name(),
        "x.Time"
    );
    let error = schema.decode_message::<Timestamp>("x.A", &out).unwrap_err();
    assert!(
        matches!(error, DecodeError::Protobuf(error) if error.fault == ProtobufPayloadFault::Message)
    );
    assert!(schema.encode_message("x.B", &time, &mut out).is_err());
}

#[test]
fn messages_that_only_have_a_well_known_name_are_messages() {
    let text = "syntax = \"proto3\"; package google.protobuf; message Timestamp { string seconds = 1; } \
                message Value { repeated Value null_value = 1; }";
    let schema = schema(text);
    assert_eq!(
        read(&schema, b"\x00\x0a\x01a").unwrap(),
        r#"{"seconds":"a"}"#
    );
    assert_eq!(
        read(&schema, b"\x01\x0a\x00").unwrap(),
        r#"{"nullValue":[{}]}"#
    );
}

#[test]
fn empty_paths_of_a_field_mask_are_left_out() {
    let text = "syntax = \"proto3\"; import \"google/protobuf/field_mask.proto\"; \
                message M { google.protobuf.FieldMask mask = 1; }";
    let schema = ProtobufSchema::compile(text, Limits::default()).unwrap();
    let payload = b"\x00\x0a\x0c\x0a\x00\x0a\x03a_b\x0a\x00\x0a\x01c";
    assert_eq!(read(&schema, payload).unwrap(), r#"{"mask":"aB,c"}"#);
}

#[test]
fn what_a_oneof_leaves_out_is_checked_inside_of_an_any_too() {
    let text = "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; \
                message M { google.protobuf.Any any = 1; oneof o { string s = 2; int32 n = 3; } }";
    let schema = ProtobufSchema::compile(text, Limits::default()).unwrap();
    let any = b"\x0a\x0c\x0a\x03a/M\x12\x05\x12\x01\xff\x18\x05";
    for before in [&b"\x00"[..], b"\x00\x18\x01"] {
        let error = read(&schema, &[before, any].concat()).unwrap_err();
        assert_eq!(error.kind(), Kind::Payload, "{error}");
    }
}
