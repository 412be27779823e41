//! Frames: header, compression, values of other serializers, and what the deserializer makes of them.
//!
//! An input is a byte that chooses, and a frame or a payload that is to be compressed into one.

use std::cell::RefCell;
use std::collections::HashMap;

use common::compression::{Compression, Deflater};
use common::deserializer::{Deserializer, DeserializerOptions, ForeignValues, Trailing};
use common::error::{DecodeError, Kind};
use common::foreign::Framing;
use common::metrics::CodecMetrics;
use common::registry::{DataFormat, SchemaVersion};
use common::wire;

use super::avro_decode::is_limit;
use super::{LIMITS, appended, assert_json, assert_same};

const AVRO: &str = r#"{"type":"record","name":"Err","namespace":"ve","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
const JSON: &str = r#"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#;
const PROTOBUF: &str = "syntax = \"proto3\"; package ve.err; message Item { string name = 1; int32 n = 2; \
    Inner inner = 3; message Inner { bytes b = 1; } } message Other { double d = 1; }";

// Bits of the first byte.
const COMPRESS: u8 = 0x80;
const PASS: u8 = 0x40;
const DECODE_FOREIGN: u8 = 0x20;
const VALIDATE: u8 = 0x10;
const FRAMING: u8 = 0x0c;
const NO_FRAMING: u8 = 0x04;
const SCHEMA: u8 = 3;

pub(crate) fn run(input: &[u8]) {
    let Some((&choice, rest)) = input.split_first() else {
        return;
    };
    let frame = if choice & COMPRESS == 0 {
        rest.to_vec()
    } else {
        compressed(rest)
    };
    let lenient = decoded(choice, Trailing::Ignore, &frame);
    let strict = decoded(choice, Trailing::Refuse, &frame);
    match (lenient, strict) {
        (Ok((json, 0)), Ok((same, 0))) => assert_same(&json, &same),
        (Ok((_, 1..)), Err(DecodeError::Trailing { .. })) | (Err(_), Err(_)) => {}
        (lenient, strict) => panic!("{lenient:?} and {strict:?}"),
    }
}

/// A frame whose payload is a sound zlib stream.
fn compressed(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![3, 5];
    frame.extend_from_slice(&[7; 16]);
    Deflater::new(1).append(payload, &mut frame);
    frame
}

fn version(choice: u8) -> SchemaVersion {
    let (format, definition) = match choice & SCHEMA {
        0 => (DataFormat::Avro, AVRO),
        1 => (DataFormat::Json, JSON),
        2 => (DataFormat::Protobuf, PROTOBUF),
        _ => (DataFormat::Avro, r#"["null", "string", "bytes"]"#),
    };
    SchemaVersion::unregistered(format, definition.to_owned())
}

fn deserializer(choice: u8, trailing: Trailing) -> Deserializer {
    let options = DeserializerOptions {
        trailing,
        validate: choice & VALIDATE != 0,
        ..DeserializerOptions::default()
    };
    let foreign = if choice & PASS != 0 {
        ForeignValues::Pass
    } else if choice & DECODE_FOREIGN != 0 {
        let framing = match choice & FRAMING {
            0 => Framing::Detect,
            NO_FRAMING => Framing::None,
            _ => Framing::Confluent,
        };
        ForeignValues::decoded_with(version(choice), framing, LIMITS).expect("the schema is sound")
    } else {
        ForeignValues::Reject
    };
    let metrics = CodecMetrics::unregistered();
    Deserializer::with_schema(version(choice), LIMITS, options, &metrics)
        .expect("the schema is sound")
        .with_foreign(foreign)
}

/// The value as JSON text, and the count of bytes behind it.
fn decoded(choice: u8, trailing: Trailing, frame: &[u8]) -> Result<(Vec<u8>, usize), DecodeError> {
    // One after another as a worker has them, so that nothing of a bad frame stays behind.
    thread_local! {
        static KNOWN: RefCell<HashMap<(u8, bool), Deserializer>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let key = (
            choice & (PASS | DECODE_FOREIGN | VALIDATE | FRAMING | SCHEMA),
            trailing == Trailing::Refuse,
        );
        let deserializer = known
            .entry(key)
            .or_insert_with(|| deserializer(choice, trailing));
        decoded_with(deserializer, choice & PASS != 0, frame)
    })
}

/// Whether it is half of a surrogate pair that a tree cannot hold; JSON text keeps it as the escape that it is.
fn has_half(json: &[u8], error: &DecodeError) -> bool {
    let is_escaped = |part: &[u8]| part.eq_ignore_ascii_case(br"\ud");
    json.windows(3).any(is_escaped) && error.to_string().contains("lone surrogate")
}

fn decoded_with(
    deserializer: &mut Deserializer,
    pass: bool,
    frame: &[u8],
) -> Result<(Vec<u8>, usize), DecodeError> {
    assert_payload(deserializer, frame);
    let tree = deserializer.decode_value(frame);
    let tree = tree.map(|(_, decoded)| decoded.trailing_bytes);
    let (json, behind) = appended(|out| {
        let decoded = deserializer.decode_json(frame, out)?;
        if let Some(id) = decoded.schema_version_id {
            let (header, _) = wire::split(frame)?;
            assert_eq!(header.schema_version_id, id);
            assert_eq!(header.compression, decoded.compression);
        }
        Ok::<_, DecodeError>(decoded.trailing_bytes)
    })?;
    assert_json(&json);
    match tree {
        Ok(trailing) => assert_eq!(trailing, behind),
        // A tree has bounds of its own, no number beyond a double's range and no half of a surrogate pair; what passes
        // as it is has no tree.
        Err(error) => assert!(
            pass || error.kind() == Kind::Validation
                || is_limit(error.kind())
                || has_half(&json, &error),
            "{error}"
        ),
    }
    Ok((json, behind))
}

/// The payload alone: within its limit, and behind a header that is written as it was.
fn assert_payload(deserializer: &mut Deserializer, frame: &[u8]) {
    let Ok((header, rest)) = wire::split(frame) else {
        return;
    };
    let mut again = Vec::new();
    wire::write_header(&mut again, &header);
    again.extend_from_slice(rest);
    assert_same(&again, frame);
    if let Ok((payload, _)) = deserializer.decode_payload(frame) {
        assert!(payload.len() <= LIMITS.payload_bytes);
        assert!(header.compression == Compression::Zlib || payload == rest);
    }
}
