//! Tests of values that no Glue serializer wrote.

use super::formats::OF_PROTOBUF;
use super::*;
use crate::foreign::Framing;

const CONFLUENT: &[u8] = b"\x00\x00\x00\x00\x2a\x0ahello";

#[test]
fn foreign_values_are_rejected_unless_told_otherwise() {
    let house = House::new();
    let mut worker = house.worker(Trailing::Ignore);
    for (value, frame, kind) in [
        (CONFLUENT, FrameKind::Confluent, Kind::NotGlue),
        (br#"{"s": 1}"#, FrameKind::Raw, Kind::NotGlue),
        (b"hello", FrameKind::Unknown, Kind::Header),
        (b"\x03\x00short", FrameKind::Unknown, Kind::Header),
    ] {
        let before = house.metrics.frames(frame).get();
        let error = worker.decode_json(value, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(house.metrics.frames(frame).get(), before + 1);
    }
}

#[test]
fn foreign_values_pass_as_they_are() {
    let house = House::new();
    let mut worker = house
        .worker(Trailing::Ignore)
        .with_foreign(ForeignValues::Pass);
    for (value, json) in [
        (&b"{\"s\": \n1}"[..], r#"{"s":  1}"#),
        (b"hello", r#""hello""#),
        (b"\xff", r#""/w==""#),
    ] {
        let mut out = Vec::new();
        let decoded = worker.decode_json(value, &mut out).unwrap();
        assert!(decoded.schema.is_none() && decoded.schema_version_id.is_none());
        assert_eq!(String::from_utf8(out).unwrap(), json);
    }
    for sound in [&b""[..], b"\x03", b"\x03\x01aaaaaaaaaaaaaaaaaa"] {
        let error = worker.decode_json(sound, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), Kind::Header, "it is ours, and it is damaged");
    }
}

#[test]
fn foreign_values_are_decoded_with_a_schema_of_their_own() {
    let house = House::new();
    let version = SchemaVersion {
        schema_name: Some("theirs".to_owned()),
        ..SchemaVersion::unregistered(DataFormat::Avro, r#""string""#.to_owned())
    };
    let foreign = ForeignValues::decoded_with(version, Framing::Detect, Limits::default()).unwrap();
    let mut worker = house.worker(Trailing::Refuse).with_foreign(foreign);
    let mut out = Vec::new();
    let decoded = worker.decode_json(CONFLUENT, &mut out).unwrap();
    assert_eq!(decoded.frame, FrameKind::Confluent);
    assert_eq!(
        decoded.schema.unwrap().schema_name.as_deref(),
        Some("theirs")
    );
    assert_eq!(out, br#""hello""#);
    let error = worker.decode_json(&CONFLUENT[..8], &mut out).unwrap_err();
    assert_eq!(error.kind(), Kind::Truncated);
    assert_eq!(out, br#""hello""#);
}

#[test]
fn what_passes_succeeded_and_a_tombstone_is_counted() {
    let house = House::new();
    let limits = Limits {
        payload_bytes: 5,
        ..Limits::default()
    };
    let narrow = House::with(limits);
    let mut worker = narrow
        .worker(Trailing::Ignore)
        .with_foreign(ForeignValues::Pass);
    worker.decode_json(b"hello", &mut Vec::new()).unwrap();
    let error = worker.decode_json(b"hello!", &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    let passed = narrow.metrics.succeeded(Direction::Decode, None);
    assert_eq!(passed.get(), 1);
    assert_eq!(narrow.metrics.frames(FrameKind::Unknown).get(), 2);

    let mut worker = house.worker(Trailing::Ignore);
    worker.tombstone();
    worker.flush();
    assert_eq!(house.metrics.frames(FrameKind::Tombstone).get(), 1);
}

/// Decodes a foreign value as this Avro schema says; gives text, kind of frame and what went wrong.
fn foreign(framing: Framing, definition: &str, value: &[u8]) -> Result<(String, FrameKind), Kind> {
    let version = SchemaVersion::unregistered(DataFormat::Avro, definition.to_owned());
    let foreign = ForeignValues::decoded_with(version, framing, Limits::default()).unwrap();
    let house = House::new();
    let mut worker = house.worker(Trailing::Refuse).with_foreign(foreign);
    let mut out = Vec::new();
    let decoded = worker.decode_json(value, &mut out);
    let frame = decoded.map_err(|error| error.kind())?.frame;
    assert_eq!(house.metrics.frames(frame).get(), 1);
    Ok((String::from_utf8(out).unwrap(), frame))
}

#[test]
fn bare_avro_that_begins_with_00_is_read_whole_if_there_are_no_headers() {
    let definition = r#"{"type":"record","name":"R","fields":[{"name":"n","type":["null","long"]},{"name":"s","type":"string"}]}"#;
    let bare = b"\x00\x0ahello";
    let read = |framing| foreign(framing, definition, bare);
    let whole = r#"{"n":null,"s":"hello"}"#.to_owned();
    assert_eq!(read(Framing::None), Ok((whole, FrameKind::Raw)));
    assert!(read(Framing::Detect).is_err(), "five bytes are its header");
    assert!(read(Framing::Confluent).is_err());
}

#[test]
fn values_without_a_header_are_refused_where_all_have_one() {
    let read = |value| foreign(Framing::Confluent, r#""string""#, value);
    let hello = (r#""hello""#.to_owned(), FrameKind::Confluent);
    assert_eq!(read(CONFLUENT), Ok(hello));
    assert_eq!(read(b"\x0ahello"), Err(Kind::Header));
    assert_eq!(read(b"\x00\x00"), Err(Kind::Header));
    assert_eq!(read(b"\"hello\""), Err(Kind::NotGlue));
    assert_eq!(
        foreign(Framing::Detect, r#""string""#, b"\x0ahello"),
        Ok((r#""hello""#.to_owned(), FrameKind::Raw))
    );
}

#[test]
fn confluents_protobuf_is_read_by_the_message_it_names() {
    let version = SchemaVersion::unregistered(DataFormat::Protobuf, OF_PROTOBUF.to_owned());
    let foreign = ForeignValues::decoded_with(version, Framing::Detect, Limits::default()).unwrap();
    let house = House::new();
    let mut worker = house.worker(Trailing::Ignore).with_foreign(foreign);
    for (value, json) in [
        (&b"\x00\x00\x00\x00\x2a\x00\x0a\x02hi"[..], r#"{"s":"hi"}"#),
        (b"\x00\x00\x00\x00\x2a\x04\x00\x00\x08\x05", r#"{"n":5}"#),
        (b"\x0a\x02hi", r#"{"s":"hi"}"#),
    ] {
        let mut out = Vec::new();
        worker.decode_json(value, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), json);
    }
}
