//! Tests of whole frames through a cache and the registry in memory.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::error::Kind;
use crate::foreign::Framing;
use crate::limits::Limits;
use crate::metrics::{CacheMetrics, Direction, RegistryMetrics};
use crate::registry::cache::CacheOptions;
use crate::registry::fake::FakeRegistry;
use crate::registry::{DataFormat, Operation, SchemaName, SchemaRegistry};
use crate::serializer::{Serializer, SerializerOptions};

struct House {
    registry: Arc<FakeRegistry>,
    cache: Arc<SchemaCache>,
    metrics: CodecMetrics,
    cache_metrics: CacheMetrics,
}

impl House {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let registry = Arc::new(FakeRegistry::new());
        let behind: Arc<dyn SchemaRegistry> = Arc::<FakeRegistry>::clone(&registry);
        let options = CacheOptions {
            confirm_after: Duration::from_millis(1),
            limits,
            ..CacheOptions::default()
        };
        let cache_metrics = CacheMetrics::unregistered();
        let cache = SchemaCache::new(
            behind,
            options,
            &RegistryMetrics::unregistered(),
            &cache_metrics,
        );
        Self {
            registry,
            cache: Arc::new(cache),
            metrics: CodecMetrics::unregistered(),
            cache_metrics,
        }
    }

    fn worker(&self, trailing: Trailing) -> Deserializer {
        let options = DeserializerOptions {
            trailing,
            ..DeserializerOptions::default()
        };
        Deserializer::new(&self.cache, options, &self.metrics)
    }

    /// Adds a schema and gives a frame written with it.
    fn frame(
        &self,
        schema: &str,
        definition: &str,
        json: &str,
        compression: Compression,
    ) -> Vec<u8> {
        let name = SchemaName::new("customer", schema);
        let id = self.registry.add(&name, DataFormat::Avro, definition);
        let version = SchemaVersion {
            id,
            registry: None,
            schema_name: None,
            number: None,
            data_format: DataFormat::Avro,
            definition: definition.to_owned(),
            status: crate::registry::VersionStatus::Available,
        };
        let options = SerializerOptions {
            compression,
            ..SerializerOptions::default()
        };
        let mut frame = Vec::new();
        Serializer::new(&version, options)
            .unwrap()
            .encode_json(json.as_bytes(), &mut frame)
            .unwrap();
        frame
    }
}

/// Decodes as a consumer does: what is missing is loaded, then the frame is decoded again.
async fn decode(
    house: &House,
    worker: &mut Deserializer,
    frame: &[u8],
) -> Result<String, DecodeError> {
    let mut out = Vec::new();
    loop {
        match worker.decode_json(frame, &mut out) {
            Ok(_) => return Ok(String::from_utf8(out).unwrap()),
            Err(error) => match error.missing() {
                Some(id) => drop(house.cache.load(id).await),
                None => return Err(error),
            },
        }
        assert!(out.is_empty());
    }
}

#[tokio::test]
async fn ten_thousand_records_with_one_schema_make_one_call() {
    let house = House::new();
    let frame = house.frame("s", r#""string""#, r#""hello""#, Compression::None);
    let mut worker = house.worker(Trailing::Ignore);
    for _ in 0..10_000 {
        assert_eq!(
            decode(&house, &mut worker, &frame).await.unwrap(),
            r#""hello""#
        );
    }
    assert_eq!(house.registry.calls(), [Operation::GetSchemaVersion]);
    worker.flush();
    assert_eq!(house.cache_metrics.hits.get(), 10_000);
    assert_eq!(
        house
            .metrics
            .succeeded(Direction::Decode, DataFormat::Avro)
            .get(),
        10_000
    );
    assert_eq!(house.metrics.frames(FrameKind::Glue).get(), 10_000);
}

#[tokio::test]
async fn sixty_four_workers_with_one_new_schema_make_one_call() {
    let house = Arc::new(House::new());
    let frame = house.frame("s", r#""string""#, r#""hello""#, Compression::None);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (house, frame) = (Arc::clone(&house), frame.clone());
        workers.spawn(async move {
            let mut worker = house.worker(Trailing::Ignore);
            decode(&house, &mut worker, &frame).await.is_ok()
        });
    }
    assert_eq!(workers.join_all().await, [true; 64]);
    assert_eq!(house.registry.calls(), [Operation::GetSchemaVersion]);
}

#[tokio::test]
async fn frames_of_several_schemas_and_compressions_take_turns() {
    let house = House::new();
    let frames = [
        (
            house.frame("s", r#""string""#, r#""hello""#, Compression::Zlib),
            r#""hello""#,
        ),
        (house.frame("l", r#""long""#, "42", Compression::None), "42"),
        (
            house.frame("b", r#""boolean""#, "true", Compression::Zlib),
            "true",
        ),
    ];
    let mut worker = house.worker(Trailing::Refuse);
    for _ in 0..3 {
        for (frame, json) in &frames {
            assert_eq!(decode(&house, &mut worker, frame).await.unwrap(), *json);
        }
    }
    assert_eq!(house.registry.count(Operation::GetSchemaVersion), 3);
    drop(worker);
    assert_eq!(house.metrics.frames(FrameKind::GlueZlib).get(), 6);
}

#[tokio::test]
async fn what_a_frame_said_is_told() {
    let house = House::new();
    let frame = house.frame("s", r#""string""#, r#""hello""#, Compression::Zlib);
    let mut worker = house.worker(Trailing::Ignore);
    decode(&house, &mut worker, &frame).await.unwrap();
    let mut out = b"before ".to_vec();
    let longer = [&frame[..], b"xyz"].concat();
    let decoded = worker.decode_json(&longer, &mut out).unwrap();
    assert_eq!(decoded.schema.unwrap().schema_name.as_deref(), Some("s"));
    assert_eq!(Some(decoded.schema.unwrap().id), decoded.schema_version_id);
    assert_eq!(
        (decoded.compression, decoded.trailing_bytes),
        (Compression::Zlib, 3)
    );
    assert_eq!(out, br#"before "hello""#);
}

#[tokio::test]
async fn bytes_behind_the_value_are_counted_or_refused() {
    let house = House::new();
    let frame = [
        house.frame("l", r#""long""#, "42", Compression::None),
        vec![0; 2],
    ]
    .concat();
    assert_eq!(
        decode(&house, &mut house.worker(Trailing::Ignore), &frame)
            .await
            .unwrap(),
        "42"
    );
    assert_eq!(house.metrics.trailing.get(), 1);
    let error = decode(&house, &mut house.worker(Trailing::Refuse), &frame)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Trailing);
    let mut out = b"kept".to_vec();
    let mut strict = house.worker(Trailing::Refuse);
    assert!(strict.decode_json(&frame, &mut out).is_err());
    assert_eq!(out, b"kept");
    assert_eq!(house.metrics.trailing.get(), 1);
}

#[tokio::test]
async fn a_frame_with_an_id_that_does_not_exist_is_refused_for_sure() {
    let house = House::new();
    let frame = [&[3, 0][..], &[7; 16], b"payload"].concat();
    let mut worker = house.worker(Trailing::Ignore);
    for _ in 0..3 {
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.missing()),
            (Kind::SchemaUnavailable, None)
        );
        assert!(
            error
                .to_string()
                .contains("07070707-0707-0707-0707-070707070707"),
            "{error}"
        );
    }
    assert_eq!(house.registry.count(Operation::GetSchemaVersion), 2);
    assert_eq!(house.cache_metrics.negatives.get(), 3);
}

#[tokio::test]
async fn frames_of_schemas_that_cannot_be_used_are_refused_for_sure() {
    let house = House::new();
    let broken = house.registry.add(
        &SchemaName::new("customer", "broken"),
        DataFormat::Avro,
        "{",
    );
    let protobuf = house.registry.add(
        &SchemaName::new("customer", "protobuf"),
        DataFormat::Protobuf,
        "message",
    );
    let mut worker = house.worker(Trailing::Ignore);
    for id in [broken, protobuf] {
        let frame = [&[3, 0][..], id.as_bytes()].concat();
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        assert_eq!(error.kind(), Kind::SchemaInvalid);
        assert!(
            error
                .to_string()
                .starts_with(&format!("schema version {id}: ")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn damaged_frames_leave_the_buffer_and_the_next_frame_alone() {
    let house = House::new();
    let plain = house.frame("s", r#""string""#, r#""hello""#, Compression::None);
    let zlib = house.frame("z", r#""string""#, r#""hello""#, Compression::Zlib);
    let mut worker = house.worker(Trailing::Ignore);
    for frame in [&plain, &zlib] {
        decode(&house, &mut worker, frame).await.unwrap();
    }
    let cases = [
        (Vec::new(), Kind::Header),
        (plain[..17].to_vec(), Kind::Header),
        ([&[3, 9], &plain[2..]].concat(), Kind::Header),
        (plain[..20].to_vec(), Kind::Truncated),
        (zlib[..22].to_vec(), Kind::Truncated),
        ([&zlib[..18], b"no zlib stream"].concat(), Kind::Compression),
    ];
    for (frame, kind) in cases {
        let mut out = b"kept".to_vec();
        let error = worker.decode_json(&frame, &mut out).unwrap_err();
        assert_eq!(
            (error.kind(), out.as_slice()),
            (kind, &b"kept"[..]),
            "{frame:02x?}"
        );
        assert_eq!(
            decode(&house, &mut worker, &plain).await.unwrap(),
            r#""hello""#
        );
    }
    assert_eq!(house.metrics.frames(FrameKind::Unknown).get(), 3);
}

#[tokio::test]
async fn a_payload_over_the_limit_is_refused() {
    let limits = Limits {
        payload_bytes: 500,
        ..Limits::default()
    };
    let house = House::with(limits);
    let long = format!("\"{}\"", "x".repeat(1000));
    for compression in [Compression::None, Compression::Zlib] {
        let frame = house.frame(compression.as_str(), r#""string""#, &long, compression);
        let mut worker = house.worker(Trailing::Ignore);
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge, "{compression:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_or_touch_the_buffer_when_refused(
        start in prop::sample::select(vec![0_usize, 1, 2, 17, 18]),
        zlib: bool,
        tail: Vec<u8>,
    ) {
        let house = House::new();
        let compression = if zlib { Compression::Zlib } else { Compression::None };
        let known = house.frame("s", r#"{"type":"array","items":["null","string"]}"#, "[null]", compression);
        let mut worker = house.worker(Trailing::Ignore);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(decode(&house, &mut worker, &known)).unwrap();

        let frame = [&known[..start], &tail].concat();
        let mut out = b"kept".to_vec();
        let decoded = worker.decode_json(&frame, &mut out).is_ok();
        prop_assert!(out.starts_with(b"kept"));
        prop_assert_eq!(decoded, out.len() > 4);
    }
}

#[test]
fn a_given_schema_reads_frames_of_any_id() {
    let version = SchemaVersion {
        id: Uuid::nil(),
        registry: None,
        schema_name: None,
        number: None,
        data_format: DataFormat::Avro,
        definition: "\"string\"".to_owned(),
        status: crate::registry::VersionStatus::Available,
    };
    let options = DeserializerOptions::default();
    let metrics = CodecMetrics::unregistered();
    let mut deserializer =
        Deserializer::with_schema(version.clone(), Limits::default(), options, &metrics).unwrap();
    for id in [Uuid::from_u128(1), Uuid::from_u128(2)] {
        let version = SchemaVersion {
            id,
            ..version.clone()
        };
        let mut serializer = Serializer::new(&version, SerializerOptions::default()).unwrap();
        let (mut frame, mut json) = (Vec::new(), Vec::new());
        serializer.encode_json(b"\"hello\"", &mut frame).unwrap();
        let decoded = deserializer.decode_json(&frame, &mut json).unwrap();
        assert_eq!(
            (decoded.schema_version_id, json.as_slice()),
            (Some(id), b"\"hello\"".as_slice())
        );
    }
    let broken = SchemaVersion {
        definition: "{".to_owned(),
        ..version
    };
    let refused = Deserializer::with_schema(broken, Limits::default(), options, &metrics);
    assert!(refused.is_err());
}

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

const OF_JSON: &str = r#"{"properties":{"n":{"type":"integer"}}}"#;
const OF_PROTOBUF: &str =
    r#"syntax = "proto3"; message G { string s = 1; message Inner { int32 n = 1; } }"#;

/// A deserializer of one schema, and a serializer for it.
fn pair(format: DataFormat, definition: &str, validate: bool) -> (Serializer, Deserializer) {
    let version = SchemaVersion::unregistered(format, definition.to_owned());
    let options = DeserializerOptions {
        validate,
        ..DeserializerOptions::default()
    };
    let metrics = CodecMetrics::unregistered();
    (
        Serializer::new(&version, SerializerOptions::default()).unwrap(),
        Deserializer::with_schema(version, Limits::default(), options, &metrics).unwrap(),
    )
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Typed {
    s: String,
    n: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(string, tag = "1")]
    s: String,
}

#[test]
fn values_of_all_formats_come_back_as_text_type_and_tree() {
    let json = r#"{"s":"hello","n":5}"#;
    let avro = r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
    for (format, definition) in [(DataFormat::Avro, avro), (DataFormat::Json, OF_JSON)] {
        let (mut serializer, mut deserializer) = pair(format, definition, true);
        let (mut frame, mut out) = (Vec::new(), Vec::new());
        serializer.encode_json(json.as_bytes(), &mut frame).unwrap();
        deserializer.decode_json(&frame, &mut out).unwrap();
        assert_eq!(out, json.as_bytes());
        let (typed, decoded): (Typed, _) = deserializer.decode(&frame).unwrap();
        assert_eq!(decoded.schema.unwrap().data_format, format);
        assert_eq!(
            typed,
            Typed {
                s: "hello".to_owned(),
                n: 5
            }
        );
        let mut again = Vec::new();
        serializer.encode(&typed, &mut again).unwrap();
        assert_eq!(again, frame);
        let (value, _) = deserializer.decode_value(&frame).unwrap();
        assert_eq!(value.data_format(), format);
        serializer.encode_value(&value, &mut again).unwrap();
        assert_eq!(again, frame);
        let (payload, _) = deserializer.decode_payload(&frame).unwrap();
        assert_eq!(payload, &frame[18..]);
    }
}

#[test]
fn messages_come_back_as_text_type_and_tree_with_what_the_schema_does_not_know() {
    let (mut serializer, mut deserializer) = pair(DataFormat::Protobuf, OF_PROTOBUF, false);
    let (mut frame, mut out) = (Vec::new(), Vec::new());
    let message = Message {
        s: "hello".to_owned(),
    };
    serializer
        .encode_message("G", &message, &mut frame)
        .unwrap();
    frame.extend_from_slice(b"\x10\x07");
    deserializer.decode_json(&frame, &mut out).unwrap();
    assert_eq!(out, br#"{"s":"hello"}"#);
    let (read, _): (Message, _) = deserializer.decode_message("G", &frame).unwrap();
    assert_eq!(read, message);
    let (value, _) = deserializer.decode_value(&frame).unwrap();
    let mut again = Vec::new();
    serializer.encode_value(&value, &mut again).unwrap();
    assert_eq!(again, frame, "field 2 is kept");
    let other = deserializer.decode_message::<Message>("G.Inner", &frame);
    assert_eq!(other.unwrap_err().kind(), Kind::Payload);
    let typed = deserializer.decode::<Typed>(&frame).unwrap_err();
    assert_eq!(
        typed.to_string(),
        "the type asked for is one of Avro or JSON values"
    );
}

#[test]
fn values_of_json_schemas_are_checked_on_demand() {
    let (mut serializer, mut unchecked) = pair(DataFormat::Json, OF_JSON, false);
    let mut frame = Vec::new();
    serializer.encode_json(br#"{"n":5}"#, &mut frame).unwrap();
    frame.truncate(18);
    frame.extend_from_slice(br#"{"n":"five"}"#);
    unchecked.decode_json(&frame, &mut Vec::new()).unwrap();
    let (_, mut checked) = pair(DataFormat::Json, OF_JSON, true);
    let error = checked.decode_json(&frame, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), Kind::Validation);
}

#[tokio::test]
async fn a_registered_json_schema_of_no_known_draft_reads_as_long_as_nothing_is_checked() {
    let house = House::new();
    let definition = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#;
    let name = SchemaName::new("customer", "s");
    let id = house.registry.add(&name, DataFormat::Json, definition);
    let version = SchemaVersion::unregistered(DataFormat::Json, definition.to_owned());
    assert!(Serializer::new(&version, SerializerOptions::default()).is_err());
    let frame = [&[3, 0][..], id.as_bytes(), b"[1]"].concat();
    for (validate, ok) in [(false, true), (true, false)] {
        let options = DeserializerOptions {
            validate,
            ..DeserializerOptions::default()
        };
        let mut reader = Deserializer::new(&house.cache, options, &house.metrics);
        assert_eq!(decode(&house, &mut reader, &frame).await.is_ok(), ok);
    }
}

#[test]
fn a_given_text_that_nothing_could_be_written_with_is_no_schema() {
    for (format, definition) in [
        (DataFormat::Avro, "{}"),
        (DataFormat::Json, "[]"),
        (
            DataFormat::Json,
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#,
        ),
        (DataFormat::Json, r#"{"type":5}"#),
        (DataFormat::Protobuf, "message"),
        (DataFormat::Protobuf, ""),
    ] {
        let version = SchemaVersion::unregistered(format, definition.to_owned());
        let (options, metrics) = (DeserializerOptions::default(), CodecMetrics::unregistered());
        let limits = Limits::default();
        let given = Deserializer::with_schema(version.clone(), limits, options, &metrics);
        assert!(given.is_err(), "{format} {definition}");
        let foreign = ForeignValues::decoded_with(version, Framing::Detect, limits);
        assert!(foreign.is_err(), "{format} {definition}");
    }
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

const WRITTEN: [(&str, &str); 2] = [
    (
        r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}"#,
        r#"{"n":1}"#,
    ),
    (
        r#"{"type":"record","name":"R","fields":[{"name":"m","type":"long"},{"name":"s","type":"string"}]}"#,
        r#"{"m":2,"s":"x"}"#,
    ),
];

#[tokio::test]
async fn values_of_all_versions_come_in_the_readers_shape() {
    let house = House::new();
    let reader = ReaderSchema::parse(
        r#"{"type":"record","name":"R","fields":[{"name":"n","type":"double","aliases":["m"]},{"name":"d","type":"int","default":7}]}"#,
    )
    .unwrap();
    let frames = WRITTEN.map(|(schema, json)| house.frame("s", schema, json, Compression::Zlib));
    for _ in 0..2 {
        let mut worker = house.worker(Trailing::Refuse).with_reader(reader.clone());
        for _ in 0..3 {
            for (frame, json) in frames
                .iter()
                .zip([r#"{"n":1.0,"d":7}"#, r#"{"n":2.0,"d":7}"#])
            {
                assert_eq!(decode(&house, &mut worker, frame).await.unwrap(), json);
            }
        }
    }
    let mut worker = house.worker(Trailing::Refuse);
    assert_eq!(
        decode(&house, &mut worker, &frames[0]).await.unwrap(),
        WRITTEN[0].1
    );
}

#[tokio::test]
async fn versions_that_the_reader_cannot_take_are_refused_frame_by_frame() {
    let house = House::new();
    let reader = ReaderSchema::parse(WRITTEN[1].0).unwrap();
    let frames = WRITTEN.map(|(schema, json)| house.frame("s", schema, json, Compression::None));
    let mut worker = house.worker(Trailing::Ignore).with_reader(reader);
    for _ in 0..2 {
        let error = decode(&house, &mut worker, &frames[0]).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Resolution);
        assert_eq!(
            error.to_string(),
            "the writer's record R has no field m, and in the reader's record R it has no default"
        );
        assert_eq!(
            decode(&house, &mut worker, &frames[1]).await.unwrap(),
            WRITTEN[1].1
        );
    }
}

#[tokio::test]
async fn a_payload_is_given_as_it_was_written_whatever_the_reader_takes() {
    let house = House::new();
    let reader = ReaderSchema::parse(WRITTEN[1].0).unwrap();
    let frame = house.frame("s", WRITTEN[0].0, WRITTEN[0].1, Compression::None);
    let mut worker = house.worker(Trailing::Refuse).with_reader(reader);
    let error = decode(&house, &mut worker, &frame).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Resolution);
    let (payload, _) = worker.decode_payload(&frame).unwrap();
    assert_eq!(payload, b"\x02");
}

#[test]
fn white_space_behind_a_json_value_is_nothing_left_over() {
    let version = SchemaVersion::unregistered(DataFormat::Json, "{}".to_owned());
    let options = DeserializerOptions {
        trailing: Trailing::Refuse,
        ..DeserializerOptions::default()
    };
    let metrics = CodecMetrics::unregistered();
    let mut worker =
        Deserializer::with_schema(version, Limits::default(), options, &metrics).unwrap();
    for (payload, behind) in [("[1]\r\n\t ", None), ("[1] 2", Some(2))] {
        let frame = [&[3, 0][..], &[7; 16], payload.as_bytes()].concat();
        match (worker.decode_json(&frame, &mut Vec::new()), behind) {
            (Ok(decoded), None) => assert_eq!(decoded.trailing_bytes, 0),
            (Err(DecodeError::Trailing { bytes }), Some(behind)) => assert_eq!(bytes, behind),
            (decoded, _) => panic!("{payload:?}: {decoded:?}"),
        }
    }
}

#[tokio::test]
async fn errors_quote_no_more_of_a_schema_than_fits_a_line() {
    let long = "é".repeat(80_000);
    let house = House::new();
    let texts = [
        (DataFormat::Avro, format!(r#"{{"type":"{long}"}}"#)),
        (
            DataFormat::Avro,
            format!(
                r#"{{"type":"record","name":"R","fields":[{{"name":"{long}","type":"int"}}]}}"#
            ),
        ),
        (
            DataFormat::Json,
            format!(r##"{{"properties":{{"a":{{"$ref":"#/{long}"}}}}}}"##),
        ),
        (DataFormat::Json, format!(r#"{{"required":["{long}"]}}"#)),
        (
            DataFormat::Protobuf,
            format!(
                r#"syntax = "proto3"; import "{}"; message M {{}}"#,
                "é".repeat(1000)
            ),
        ),
        (
            DataFormat::Protobuf,
            format!(
                r#"syntax = "proto3"; message M {{ {} f = 1; }}"#,
                "x".repeat(150_000)
            ),
        ),
    ];
    for (at, (format, definition)) in texts.iter().enumerate() {
        let name = SchemaName::new("customer", at.to_string());
        let id = house.registry.add(&name, *format, definition);
        let options = DeserializerOptions {
            validate: true,
            ..DeserializerOptions::default()
        };
        let mut worker = Deserializer::new(&house.cache, options, &house.metrics);
        let payload: &[u8] = if *format == DataFormat::Json {
            b"{}"
        } else {
            b""
        };
        let frame = [&[3, 0][..], id.as_bytes(), payload].concat();
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        let said = error.to_string();
        assert!(said.len() < 3000, "{at}: {} bytes", said.len());
        assert!(said.contains('…'), "{at}: {said}");
    }
}

#[test]
fn two_given_schemas_share_a_reader_but_no_plans() {
    let reader = ReaderSchema::parse(r#""string""#).unwrap();
    let read = |definition: &str, payload: &[u8]| {
        let version = SchemaVersion::unregistered(DataFormat::Avro, definition.to_owned());
        let (options, metrics) = (DeserializerOptions::default(), CodecMetrics::unregistered());
        let mut worker = Deserializer::with_schema(version, Limits::default(), options, &metrics)
            .unwrap()
            .with_reader(reader.clone());
        let mut out = Vec::new();
        let frame = [&[3, 0][..], &[0; 16], payload].concat();
        worker.decode_json(&frame, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(read(r#""bytes""#, b"\x02a"), r#""a""#);
    assert_eq!(read(r#"["null","string"]"#, b"\x02\x02a"), r#""a""#);
}

#[test]
fn values_of_other_formats_keep_their_shape_beside_a_reader() {
    let version = SchemaVersion::unregistered(DataFormat::Json, "{}".to_owned());
    let (options, metrics) = (DeserializerOptions::default(), CodecMetrics::unregistered());
    let mut worker = Deserializer::with_schema(version, Limits::default(), options, &metrics)
        .unwrap()
        .with_reader(ReaderSchema::parse(r#""string""#).unwrap());
    let mut out = Vec::new();
    let frame = [&[3, 0][..], &[7; 16], b"[1]"].concat();
    worker.decode_json(&frame, &mut out).unwrap();
    assert_eq!(out, b"[1]");
}

#[test]
fn a_given_schema_is_read_with_a_reader_too() {
    let version = SchemaVersion {
        id: Uuid::nil(),
        registry: None,
        schema_name: None,
        number: None,
        data_format: DataFormat::Avro,
        definition: r#"["int","string"]"#.to_owned(),
        status: crate::registry::VersionStatus::Available,
    };
    let limits = Limits::default();
    let metrics = CodecMetrics::unregistered();
    let mut worker =
        Deserializer::with_schema(version, limits, DeserializerOptions::default(), &metrics)
            .unwrap()
            .with_reader(ReaderSchema::parse(r#""long""#).unwrap());
    let header = [&[3, 0][..], &[9; 16]].concat();
    let mut json = Vec::new();
    worker
        .decode_json(&[&header[..], b"\x00\x0a"].concat(), &mut json)
        .unwrap();
    assert_eq!(json, b"5");
    let error = worker
        .decode_json(&[&header[..], b"\x02\x02x"].concat(), &mut json)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 1: the writer's string cannot become long"
    );
    assert_eq!(error.kind(), Kind::Resolution);
    assert_eq!(json, b"5");
}
