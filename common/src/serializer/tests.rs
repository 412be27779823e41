//! Tests of whole frames; the payloads themselves are tested with the formats.

use super::*;
use crate::compression::Inflater;
use crate::error::Kind;
use crate::registry::VersionStatus;

const AVRO: &str = r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
const ID: Uuid = Uuid::from_u128(0x75db_6fea_2b3f_4283_8abc_805f_5381_fee9);

#[derive(Serialize)]
struct Greeting {
    s: &'static str,
    n: i64,
}

fn version(data_format: DataFormat, definition: &str) -> SchemaVersion {
    SchemaVersion {
        id: ID,
        registry: None,
        schema_name: None,
        number: None,
        data_format,
        definition: definition.to_owned(),
        status: VersionStatus::Available,
    }
}

fn serializer(compression: Compression) -> Serializer {
    serializer_of(SerializerOptions {
        compression,
        ..SerializerOptions::default()
    })
}

fn serializer_of(options: SerializerOptions) -> Serializer {
    Serializer::new(&version(DataFormat::Avro, AVRO), options).unwrap()
}

#[test]
fn a_frame_replaces_what_was_in_the_buffer() {
    let mut serializer = serializer(Compression::None);
    let mut frame = b"left over".to_vec();
    serializer
        .encode(&Greeting { s: "hello", n: 5 }, &mut frame)
        .unwrap();
    let (header, payload) = wire::split(&frame).unwrap();
    assert_eq!(
        header,
        Header {
            compression: Compression::None,
            schema_version_id: ID
        }
    );
    assert_eq!(payload, b"\x0ahello\x0a");
}

#[test]
fn zlib_frames_inflate_to_the_plain_payload() {
    let mut serializer = serializer(Compression::Zlib);
    let mut frame = Vec::new();
    for n in ["5", "6"] {
        serializer
            .encode_json(format!(r#"{{"s":"hello","n":{n}}}"#).as_bytes(), &mut frame)
            .unwrap();
    }
    let (header, stream) = wire::split(&frame).unwrap();
    assert_eq!(header.compression, Compression::Zlib);
    let mut payload = Vec::new();
    assert_eq!(Inflater::new().append(stream, &mut payload, 100), Ok(0));
    assert_eq!(payload, b"\x0ahello\x0c");
}

#[test]
fn payloads_below_the_bound_stay_uncompressed() {
    for (min_bytes, compression) in [(7, Compression::Zlib), (8, Compression::None)] {
        let mut serializer = serializer_of(SerializerOptions {
            compression: Compression::Zlib,
            deflate: DeflateOptions {
                min_bytes,
                ..DeflateOptions::default()
            },
            ..SerializerOptions::default()
        });
        let mut frame = Vec::new();
        serializer
            .encode(&Greeting { s: "hello", n: 5 }, &mut frame)
            .unwrap();
        let (header, payload) = wire::split(&frame).unwrap();
        assert_eq!(header.compression, compression);
        let plain = payload == b"\x0ahello\x0a";
        assert_eq!(plain, compression == Compression::None);
    }
}

#[test]
fn the_level_decides_how_small_a_payload_becomes() {
    let text = "abcdefgh".repeat(1000);
    let length = |level| {
        let mut serializer = serializer_of(SerializerOptions {
            compression: Compression::Zlib,
            deflate: DeflateOptions {
                level,
                ..DeflateOptions::default()
            },
            ..SerializerOptions::default()
        });
        let mut frame = Vec::new();
        let value = format!(r#"{{"s":"{text}","n":5}}"#);
        serializer
            .encode_json(value.as_bytes(), &mut frame)
            .unwrap();
        frame.len()
    };
    assert!(length(0) > text.len());
    assert!(length(9) < length(1), "{} {}", length(9), length(1));
}

#[test]
fn a_refused_value_leaves_an_empty_buffer_and_is_counted() {
    for compression in [Compression::None, Compression::Zlib] {
        let metrics = CodecMetrics::unregistered();
        let mut serializer = serializer(compression).with_metrics(&metrics);
        let mut frame = Vec::new();
        let error = serializer
            .encode_json(br#"{"s":"hello","n":"five"}"#, &mut frame)
            .unwrap_err();
        assert_eq!((error.kind(), frame.len()), (Kind::Validation, 0));
        serializer
            .encode_json(br#"{"s":"hello","n":5}"#, &mut frame)
            .unwrap();
        assert_eq!(
            metrics.succeeded(Direction::Encode, DataFormat::Avro).get(),
            1
        );
    }
}

#[test]
fn one_record_of_many_is_measured() {
    for compression in [Compression::None, Compression::Zlib] {
        let metrics = CodecMetrics::unregistered();
        let mut serializer = serializer(compression).with_metrics(&metrics);
        let mut frame = Vec::new();
        for _ in 0..128 {
            serializer
                .encode_json(br#"{"s":"hello","n":5}"#, &mut frame)
                .unwrap();
        }
        let seen = metrics.sampler(Direction::Encode);
        assert_eq!(
            seen.durations[DataFormat::Avro as usize].get_sample_count(),
            2
        );
        let payload = "0a68656c6c6f0a".len() / 2;
        for (histogram, bytes) in [(seen.raw, payload), (seen.framed, frame.len())] {
            assert_eq!(histogram.get_sample_count(), 2);
            let bytes = f64::from(u32::try_from(bytes).unwrap());
            assert!((histogram.get_sample_sum() - 2.0 * bytes).abs() < f64::EPSILON);
        }
    }
}

#[test]
fn clones_write_the_same_frames() {
    let mut serializer = serializer(Compression::Zlib);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    serializer
        .encode(&Greeting { s: "hello", n: 5 }, &mut one)
        .unwrap();
    serializer
        .clone()
        .encode(&Greeting { s: "hello", n: 5 }, &mut other)
        .unwrap();
    assert_eq!(one, other);
}

#[test]
fn a_definition_that_is_none_is_refused() {
    for format in DataFormat::ALL {
        let refused = Serializer::new(&version(*format, "{"), SerializerOptions::default());
        assert!(refused.is_err(), "{format}");
    }
}

const JSON: &str = r#"{"type":"object","properties":{"s":{"type":"string"},"n":{"type":"integer"}},"additionalProperties":false}"#;
const PROTOBUF: &str = r#"syntax = "proto3"; message A { string s = 1; int32 n = 2; } message G { string s = 1; int32 n = 2; }"#;

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(string, tag = "1")]
    s: String,
    #[prost(int32, tag = "2")]
    n: i32,
}

fn payload(frame: &[u8]) -> &[u8] {
    wire::split(frame).unwrap().1
}

#[test]
fn json_text_is_checked_and_compacted_under_a_json_schema() {
    let options = SerializerOptions::default();
    let mut serializer = Serializer::new(&version(DataFormat::Json, JSON), options).unwrap();
    let mut frame = Vec::new();
    serializer
        .encode_json(br#"{ "n": 5, "s": "hello" }"#, &mut frame)
        .unwrap();
    assert_eq!(payload(&frame), br#"{"n":5,"s":"hello"}"#);
    serializer
        .encode(&Greeting { s: "hello", n: 5 }, &mut frame)
        .unwrap();
    assert_eq!(payload(&frame), br#"{"s":"hello","n":5}"#);
    let error = serializer
        .encode_json(br#"{"n": 5.5, "x": 1}"#, &mut frame)
        .unwrap_err();
    assert_eq!((error.kind(), frame.len()), (Kind::Validation, 0));
}

#[test]
fn protobuf_messages_are_written_behind_their_index() {
    let options = SerializerOptions {
        message: Some("G".to_owned()),
        ..SerializerOptions::default()
    };
    let version = version(DataFormat::Protobuf, PROTOBUF);
    let mut serializer = Serializer::new(&version, options).unwrap();
    let mut frame = Vec::new();
    serializer
        .encode_json(br#"{"s": "hello", "n": 5}"#, &mut frame)
        .unwrap();
    assert_eq!(payload(&frame), b"\x01\x0a\x05hello\x10\x05");
    let message = Message {
        s: "hello".to_owned(),
        n: 5,
    };
    serializer
        .encode_message("A", &message, &mut frame)
        .unwrap();
    assert_eq!(payload(&frame), b"\x00\x0a\x05hello\x10\x05");
}

#[test]
fn a_message_that_the_schema_lacks_is_refused_once_and_none_is_needed_without_json_text() {
    let version = version(DataFormat::Protobuf, PROTOBUF);
    let named = |name: Option<&str>| {
        let message = name.map(str::to_owned);
        Serializer::new(
            &version,
            SerializerOptions {
                message,
                ..SerializerOptions::default()
            },
        )
    };
    let error = named(Some("Wrong")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the schema has no message `Wrong`: it has `A`, `G`"
    );
    named(Some("G")).unwrap().takes_json().unwrap();
    let mut typed = named(None).unwrap();
    let error = typed.takes_json().unwrap_err().to_string();
    assert!(error.ends_with("none is named: it has `A`, `G`"), "{error}");
    let (mut frame, message) = (Vec::new(), Message::default());
    typed.encode_message("A", &message, &mut frame).unwrap();
    let error = typed.encode_json(b"{}", &mut frame).unwrap_err();
    assert_eq!((error.kind(), frame.len()), (Kind::Validation, 0));
}

#[test]
fn a_compressor_is_made_for_the_first_payload_that_needs_one() {
    let mut frame = Vec::new();
    for (compression, min_bytes, is_made) in [
        (Compression::None, 0, false),
        (Compression::Zlib, 1000, false),
        (Compression::Zlib, 0, true),
    ] {
        let deflate = DeflateOptions {
            min_bytes,
            ..DeflateOptions::default()
        };
        let mut serializer = serializer_of(SerializerOptions {
            compression,
            deflate,
            ..SerializerOptions::default()
        });
        assert!(serializer.packer.deflater.is_none(), "{compression:?}");
        let greeting = Greeting { s: "hello", n: 5 };
        serializer.encode(&greeting, &mut frame).unwrap();
        assert_eq!(serializer.packer.deflater.is_some(), is_made);
        assert!(serializer.clone().packer.deflater.is_none());
    }
}

#[test]
fn payloads_that_are_encoded_already_are_framed_as_they_are() {
    let options = SerializerOptions::default;
    let mut frame = Vec::new();
    let mut avro = Serializer::new(&version(DataFormat::Avro, r#""long""#), options()).unwrap();
    avro.encode_payload(b"\x0a", &mut frame).unwrap();
    assert_eq!(payload(&frame), b"\x0a");
    let mut json = Serializer::new(&version(DataFormat::Json, JSON), options()).unwrap();
    json.encode_payload(br#"{ "n": 5 }"#, &mut frame).unwrap();
    assert_eq!(payload(&frame), br#"{ "n": 5 }"#);
    let error = json.encode_payload(br#"{"n": "five"}"#, &mut frame);
    assert_eq!(error.unwrap_err().kind(), Kind::Validation);
}

#[test]
fn a_foreign_payload_is_read_before_it_is_framed() {
    let mut frame = Vec::new();
    let mut writer = serializer(Compression::None);
    let greeting = Greeting { s: "hello", n: 5 };
    writer.encode(&greeting, &mut frame).unwrap();
    let mut whole = payload(&frame).to_vec();
    let mut json = b"before".to_vec();
    let taken = writer.read_payload(&whole, &mut json).unwrap();
    assert_eq!(
        (taken, json.as_slice()),
        (whole.len(), &br#"before{"s":"hello","n":5}"#[..])
    );
    whole.push(0);
    assert_eq!(writer.read_payload(&whole, &mut json).unwrap(), taken);
    json.clear();
    let error = writer.read_payload(&whole[..3], &mut json).unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (Kind::Truncated, Some("s".to_owned()))
    );
    assert!(json.is_empty());
}

#[test]
fn errors_name_the_field_at_fault() {
    const ONE: &str = r#"syntax = "proto3"; message G { int32 n = 1; }"#;
    let mut frame = Vec::new();
    for (format, schema, json, field) in [
        (DataFormat::Avro, AVRO, r#"{"s":"a","n":"b"}"#, Some("n")),
        (DataFormat::Avro, AVRO, "5", None),
        (DataFormat::Avro, AVRO, "{", None),
        (DataFormat::Json, JSON, r#"{"n":"five"}"#, Some("/n")),
        (DataFormat::Json, r#"{"required":["n"]}"#, "{}", Some("/n")),
        (DataFormat::Json, r#"{"type":"object"}"#, "5", None),
        (DataFormat::Protobuf, ONE, r#"{"n":"five"}"#, Some("n")),
    ] {
        let options = SerializerOptions::default();
        let mut serializer = Serializer::new(&version(format, schema), options).unwrap();
        let error = serializer
            .encode_json(json.as_bytes(), &mut frame)
            .unwrap_err();
        assert_eq!(error.field().as_deref(), field, "{error}");
    }
}

#[test]
fn values_of_another_format_are_refused() {
    let options = SerializerOptions::default;
    let mut frame = Vec::new();
    let mut protobuf =
        Serializer::new(&version(DataFormat::Protobuf, PROTOBUF), options()).unwrap();
    let error = protobuf
        .encode(&Greeting { s: "hello", n: 5 }, &mut frame)
        .unwrap_err();
    assert_eq!(error.to_string(), "the value needs an Avro or JSON schema");
    let mut avro = Serializer::new(&version(DataFormat::Avro, r#""long""#), options()).unwrap();
    let value = Value::Json(serde_json::json!(5));
    let error = avro.encode_value(&value, &mut frame).unwrap_err();
    assert_eq!(error.to_string(), "the value needs a JSON schema");
}
