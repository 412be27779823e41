//! Tests of whole frames; the payloads themselves are tested with the formats.

use super::*;
use crate::compression::Inflater;
use crate::error::Kind;
use crate::registry::VersionStatus;

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
    let definition = r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
    Serializer::new(&version(DataFormat::Avro, definition), options).unwrap()
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
    let options = SerializerOptions::default;
    let error = Serializer::new(&version(DataFormat::Avro, "{"), options()).unwrap_err();
    assert!(matches!(error, SerializerError::Schema(_)), "{error:?}");
    let error = Serializer::new(&version(DataFormat::Protobuf, "{}"), options()).unwrap_err();
    assert!(
        error.to_string().contains("PROTOBUF is not supported yet"),
        "{error}"
    );
}
