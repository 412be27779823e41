//! Protobuf payloads of schemas that have every type between them: as JSON, as dynamic messages, and written again.
//!
//! An input is a byte that chooses the schema, and a payload.

use std::sync::LazyLock;

use common::avro::UnknownFields;
use common::error::{DecodeError, EncodeError};
use common::protobuf::ProtobufSchema;

use super::avro_decode::is_limit;
use super::{LIMITS, appended, assert_json, assert_same};

const PROTO3: &str = r#"syntax = "proto3";
package t;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Every {
  double d = 1; float f = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6; sint32 s32 = 7;
  sint64 s64 = 8; fixed32 f32 = 9; fixed64 f64 = 10; sfixed32 sf32 = 11; sfixed64 sf64 = 12; bool b = 13;
  string s = 14; bytes y = 15; E e = 16; Every child = 17;
  repeated double rd = 21; repeated int32 ri = 22 [packed = false]; repeated sint64 rs = 23; repeated bool rb = 24;
  repeated string rt = 25; repeated bytes ry = 26; repeated E re = 27; repeated Every children = 28;
  repeated fixed32 rf = 29;
  map<string, Every> by_name = 31; map<int32, string> by_number = 32; map<bool, bytes> by_bool = 33;
  map<sint64, E> by_signed = 34; map<fixed64, float> by_fixed = 35; map<string, google.protobuf.Value> values = 36;
  optional int32 oi = 41; optional string os = 42; optional E oe = 43;
  oneof one { int32 a = 51; string c = 52; Every m = 53; bytes z = 54; google.protobuf.NullValue n = 55; }
  oneof other { bool x = 57; google.protobuf.Value v = 58; }
}
message WellKnown {
  google.protobuf.Timestamp ts = 1; google.protobuf.Duration du = 2; google.protobuf.Struct st = 3;
  google.protobuf.Value va = 4; google.protobuf.ListValue li = 5; google.protobuf.Any any = 6;
  google.protobuf.FieldMask mask = 7; google.protobuf.Empty empty = 8; repeated google.protobuf.Value vs = 9;
  google.protobuf.DoubleValue wd = 10; google.protobuf.FloatValue wf = 11; google.protobuf.Int64Value wl = 12;
  google.protobuf.UInt64Value wu = 13; google.protobuf.Int32Value wi = 14; google.protobuf.UInt32Value wn = 15;
  google.protobuf.BoolValue wb = 16; google.protobuf.StringValue wt = 17; google.protobuf.BytesValue wy = 18;
  repeated google.protobuf.Timestamp tss = 19; map<int32, google.protobuf.Duration> dus = 20; WellKnown child = 21;
}
message Nothing {}
enum E { ZERO = 0; ONE = 1; NEGATIVE = -1; LARGE = 2147483647; }
"#;

const PROTO2: &str = r#"syntax = "proto2";
package u;
message Required {
  required int32 a = 1; optional Required next = 2; repeated Required more = 3; map<string, Required> named = 4;
}
message Defaults {
  optional int32 i = 1 [default = 7]; optional string s = 2 [default = "x"];
  optional bytes y = 3 [default = "\001\377"]; optional E e = 4 [default = SECOND];
  optional double d = 5 [default = inf]; optional bool b = 6 [default = true];
  repeated int32 packed = 7 [packed = true]; repeated E unpacked = 8; optional Required required = 9;
  optional group Part = 10 { optional int32 n = 1; repeated group Inner = 2 { optional string t = 1; } }
  oneof one { int32 x = 20; Defaults child = 21; E choice = 22; }
  extensions 100 to 200;
}
enum E { FIRST = 1; SECOND = 2; }
"#;

static SCHEMAS: LazyLock<[ProtobufSchema; 2]> = LazyLock::new(|| {
    [PROTO3, PROTO2].map(|text| ProtobufSchema::compile(text, LIMITS).expect("a sound schema"))
});

/// The schema that an input's first byte chooses, and the rest of the input.
pub(crate) fn chosen(input: &[u8]) -> Option<(&'static ProtobufSchema, &[u8])> {
    let (choice, rest) = input.split_first()?;
    Some((&SCHEMAS[usize::from(choice % 2)], rest))
}

pub(crate) fn run(input: &[u8]) {
    let Some((schema, payload)) = chosen(input) else {
        return;
    };
    let json = decoded(schema, payload);
    let name = schema.message_name(payload).ok();
    match schema.decode_dynamic(payload) {
        Ok(message) => {
            if let Ok((written, ())) = appended(|out| schema.encode_dynamic(&message, out)) {
                assert_eq!(schema.message_name(&written).ok(), name);
                let again = schema.decode_dynamic(&written);
                let again = again.expect("what was written is read");
                let last = appended(|out| schema.encode_dynamic(&again, out));
                let (last, ()) = last.expect("what was read is written");
                // Maps have no order.
                assert_same(&sorted(last), &sorted(written));
            }
        }
        Err(error) => assert!(json.is_err() || is_limit(error.kind()), "{error}"),
    }
    if let Ok(json) = json {
        assert_comes_back(schema, name.expect("what is read has a name"), &json);
    }
}

fn sorted(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.sort_unstable();
    bytes
}

pub(crate) fn decoded(schema: &ProtobufSchema, payload: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let (json, taken) = appended(|out| schema.decode_json(payload, out))?;
    assert_eq!(taken, payload.len());
    assert_json(&json);
    assert!(json.len() <= LIMITS.json_bytes);
    Ok(json)
}

pub(crate) fn encoded(
    schema: &ProtobufSchema,
    name: &str,
    json: &[u8],
    unknown_fields: UnknownFields,
) -> Result<Vec<u8>, EncodeError> {
    let (payload, ()) = appended(|out| schema.encode_json(Some(name), json, unknown_fields, out))?;
    assert!(payload.len() <= LIMITS.payload_bytes);
    Ok(payload)
}

/// Asserts that a message's JSON is encoded and decoded to the same again.
pub(crate) fn assert_comes_back(schema: &ProtobufSchema, name: &str, json: &[u8]) {
    match encoded(schema, name, json, UnknownFields::Refuse) {
        Ok(payload) => {
            let again = decoded(schema, &payload);
            assert_same(&again.expect("what was encoded is decoded"), json);
        }
        Err(error) => assert!(is_limit(error.kind()), "{error}: {}", json.escape_ascii()),
    }
}
