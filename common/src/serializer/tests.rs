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
    let definition = r#"{"type":"record","name":"G","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
    let options = SerializerOptions {
        compression,
        ..SerializerOptions::default()
    };
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
