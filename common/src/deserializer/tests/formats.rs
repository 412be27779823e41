//! Tests of what schemas and values of the three formats come to.

use super::*;
use crate::foreign::Framing;

const OF_JSON: &str = r#"{"properties":{"n":{"type":"integer"}}}"#;
pub(super) const OF_PROTOBUF: &str =
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
