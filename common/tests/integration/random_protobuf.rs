//! Random messages of a schema with every type, through JSON, through dynamic messages, and beside `prost-reflect`.

use std::collections::HashMap;
use std::sync::LazyLock;

use common::avro::UnknownFields;
use common::limits::Limits;
use common::protobuf::ProtobufSchema;
use proptest::prelude::*;
use prost::Message;
use prost::encoding::WireType;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use serde_json::Value as Json;

const SCHEMA: &str = r#"syntax = "proto3";
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
  google.protobuf.Timestamp ts = 61; google.protobuf.Duration du = 62; google.protobuf.Struct st = 63;
  google.protobuf.Value va = 64; google.protobuf.ListValue li = 65; google.protobuf.Any any = 66;
  google.protobuf.FieldMask mask = 67; google.protobuf.Empty empty = 68; repeated google.protobuf.Value vs = 69;
  google.protobuf.DoubleValue wd = 71; google.protobuf.FloatValue wf = 72; google.protobuf.Int64Value wl = 73;
  google.protobuf.UInt64Value wu = 74; google.protobuf.Int32Value wi = 75; google.protobuf.UInt32Value wn = 76;
  google.protobuf.BoolValue wb = 77; google.protobuf.StringValue wt = 78; google.protobuf.BytesValue wy = 79;
}
enum E { ZERO = 0; ONE = 1; NEGATIVE = -1; LARGE = 2147483647; }
"#;

fn schema() -> &'static ProtobufSchema {
    static COMPILED: LazyLock<ProtobufSchema> =
        LazyLock::new(|| ProtobufSchema::compile(SCHEMA, Limits::default()).unwrap());
    &COMPILED
}

/// Numbers and messages that a seed gives.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    /// Small, large and extreme numbers.
    fn bits(&mut self) -> u64 {
        match self.below(6) {
            0 => 0,
            1 => self.below(300),
            2 => self.below(300).wrapping_neg(),
            3 => u64::MAX >> self.below(64),
            4 => 1 << self.below(64),
            _ => self.next(),
        }
    }

    fn text(&mut self) -> String {
        let characters = ['a', 'Z', '_', '0', '"', '\\', '\n', '\u{1}', 'é', '🚀', ' '];
        let length = self.below(20);
        (0..length)
            .map(|_| characters[usize::try_from(self.below(11)).unwrap()])
            .collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.below(20);
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn message(&mut self, descriptor: &MessageDescriptor, depth: u32) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        match descriptor.full_name() {
            "google.protobuf.Timestamp" => {
                message.set_field_by_name(
                    "seconds",
                    Value::I64(i64::try_from(self.below(1 << 37)).unwrap() - (1 << 35)),
                );
                message.set_field_by_name(
                    "nanos",
                    Value::I32(i32::try_from(self.below(1_000_000_000)).unwrap()),
                );
            }
            "google.protobuf.Duration" => {
                let sign = if self.below(2) == 0 { 1 } else { -1 };
                message.set_field_by_name(
                    "seconds",
                    Value::I64(sign * i64::try_from(self.below(1 << 38)).unwrap()),
                );
                message
                    .set_field_by_name("nanos", Value::I32(i32::try_from(sign).unwrap() * 500_000));
            }
            "google.protobuf.FieldMask" => {
                let paths = ["a", "b_c", "d.e_f", "g1"].map(|path| Value::String(path.to_owned()));
                message.set_field_by_name("paths", Value::List(paths.to_vec()));
            }
            "google.protobuf.Any" => {
                let pool = descriptor.parent_pool();
                let name = [
                    "t.Every",
                    "google.protobuf.Duration",
                    "google.protobuf.StringValue",
                ][usize::try_from(self.below(3)).unwrap()];
                let inner = self.message(
                    &pool.get_message_by_name(name).unwrap(),
                    depth.saturating_sub(1),
                );
                message.set_field_by_name(
                    "type_url",
                    Value::String(format!("type.googleapis.com/{name}")),
                );
                message.set_field_by_name("value", Value::Bytes(inner.encode_to_vec().into()));
            }
            // Exactly one of its fields must be there.
            "google.protobuf.Value" => {
                let kinds = if depth == 0 { 4 } else { 6 };
                let number = u32::try_from(1 + self.below(kinds)).unwrap();
                let field = descriptor.get_field(number).unwrap();
                let value = match number {
                    1 => Value::EnumNumber(0),
                    2 => Value::F64(1.5),
                    _ => self.value(&field, depth.saturating_sub(1)),
                };
                message.set_field(&field, value);
            }
            _ => self.fields(&mut message, descriptor, depth),
        }
        message
    }

    fn fields(&mut self, message: &mut DynamicMessage, descriptor: &MessageDescriptor, depth: u32) {
        for field in descriptor.fields() {
            let is_message = matches!(field.kind(), Kind::Message(_));
            if self.below(4) > 0 || is_message && (depth == 0 || self.below(3) > 0) {
                continue;
            }
            if let Some(oneof) = field.containing_oneof() {
                oneof.fields().for_each(|other| message.clear_field(&other));
            }
            let count = self.below(4);
            let value = if field.is_list() {
                Value::List(
                    (0..count)
                        .map(|_| self.value(&field, depth.saturating_sub(1)))
                        .collect(),
                )
            } else if field.is_map() {
                self.map(&field, count, depth.saturating_sub(1))
            } else {
                self.value(&field, depth.saturating_sub(1))
            };
            message.set_field(&field, value);
        }
    }

    fn map(&mut self, field: &FieldDescriptor, count: u64, depth: u32) -> Value {
        let Kind::Message(entry) = field.kind() else {
            panic!("a map has entries")
        };
        let entries = (0..count).map(|_| {
            let key = self
                .value(&entry.map_entry_key_field(), 0)
                .into_map_key()
                .unwrap();
            (key, self.value(&entry.map_entry_value_field(), depth))
        });
        Value::Map(entries.collect::<HashMap<MapKey, Value>>())
    }

    fn value(&mut self, field: &FieldDescriptor, depth: u32) -> Value {
        let bits = self.bits();
        let [a, b, c, d, ..] = bits.to_le_bytes();
        let low = u32::from_le_bytes([a, b, c, d]);
        match field.kind() {
            Kind::Double => Value::F64(f64::from_bits(bits)),
            Kind::Float => Value::F32(f32::from_bits(low)),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(low.cast_signed()),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(bits.cast_signed()),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(low),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(bits),
            Kind::Bool => Value::Bool(bits & 1 == 1),
            Kind::String => Value::String(self.text()),
            Kind::Bytes => Value::Bytes(self.bytes().into()),
            // An enum may have numbers without names, null has none.
            Kind::Enum(kind) if kind.name() == "NullValue" => Value::EnumNumber(0),
            Kind::Enum(_) => Value::EnumNumber(low.cast_signed()),
            Kind::Message(message) => Value::Message(self.message(&message, depth)),
        }
    }
}

/// A random message and its payload.
fn random_message(schema: &ProtobufSchema, seed: u64) -> (DynamicMessage, Vec<u8>) {
    let descriptor = schema.file().messages().next().unwrap();
    let message = Random(seed | 1).message(&descriptor, 3);
    let mut payload = Vec::new();
    schema.encode_dynamic(&message, &mut payload).unwrap();
    // What a payload cannot say, such as a zero without presence, is not in the message.
    (schema.decode_dynamic(&payload).unwrap(), payload)
}

/// Whether two JSON values are equal; `prost-reflect` has no name for what is no number in a wrapper.
fn same(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Number(ours), Json::Number(theirs)) => {
            // The smallest floats have more digits here, as in Java.
            let float = |number: &serde_json::Number| number.to_string().parse::<f32>().unwrap();
            let small =
                float(ours).is_subnormal() && float(ours).to_bits() == float(theirs).to_bits();
            small
                || ours == theirs
                || ours.as_f64().map(f64::to_bits) == theirs.as_f64().map(f64::to_bits)
        }
        (Json::String(ours), Json::Null) => matches!(&**ours, "NaN" | "Infinity" | "-Infinity"),
        (Json::Array(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Json::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, ours)| theirs.get(key).is_some_and(|theirs| same(ours, theirs)))
        }
        (ours, theirs) => ours == theirs,
    }
}

fn decoded(schema: &ProtobufSchema, payload: &[u8]) -> Option<Json> {
    let mut out = Vec::new();
    schema.decode_json(payload, &mut out).ok()?;
    Some(serde_json::from_slice(&out).unwrap())
}

/// The JSON that `prost-reflect` makes of a payload of the schema's first message; nothing where it is known to be wrong.
fn reflected(schema: &ProtobufSchema, payload: &[u8]) -> Option<Json> {
    if has_odd_entry(payload.get(1..)?) {
        return None;
    }
    let descriptor = schema.file().messages().next().unwrap();
    let message = DynamicMessage::decode(descriptor, payload.get(1..)?).ok()?;
    // Through text, where a float has its own digits and not those of a double.
    serde_json::from_str(&serde_json::to_string(&message).ok()?).ok()
}

/// Whether a map's entry has another wire type than a message: `prost-reflect` reads it as if it were one, and then
/// the fields behind it elsewhere than they are.
fn has_odd_entry(mut bytes: &[u8]) -> bool {
    while let Ok((number, wire)) = prost::encoding::decode_key(&mut bytes) {
        let field = bytes;
        let context = prost::encoding::DecodeContext::default();
        if (31..=36).contains(&number) && wire != WireType::LengthDelimited {
            return true;
        }
        if prost::encoding::skip_field(wire, number, &mut bytes, context).is_err() {
            return false;
        }
        let mut inside = &field[..field.len() - bytes.len()];
        let is_message = matches!(number, 2 | 17 | 28 | 31 | 53);
        if is_message && wire == WireType::LengthDelimited {
            prost::encoding::decode_varint(&mut inside).unwrap();
            if has_odd_entry(inside) {
                return true;
            }
        }
    }
    false
}

/// The fields of a message one by one.
fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let mut rest = bytes;
        let (number, wire) = prost::encoding::decode_key(&mut rest).unwrap();
        prost::encoding::skip_field(
            wire,
            number,
            &mut rest,
            prost::encoding::DecodeContext::default(),
        )
        .unwrap();
        let (part, behind) = bytes.split_at(bytes.len() - rest.len());
        parts.push(part);
        bytes = behind;
    }
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn messages_come_back_through_json(seed: u64) {
        let schema = schema();
        let (message, payload) = random_message(schema, seed);
        let mut json = Vec::new();
        prop_assert_eq!(schema.decode_json(&payload, &mut json).unwrap(), payload.len());
        let ours = serde_json::from_slice(&json).unwrap();
        if let Some(theirs) = reflected(schema, &payload) {
            prop_assert!(same(&ours, &theirs), "{} is not {}", ours, theirs);
        }
        let (mut again, mut text) = (Vec::new(), Vec::new());
        schema.encode_json(None, &json, UnknownFields::Refuse, &mut again).unwrap();
        schema.decode_json(&again, &mut text).unwrap();
        prop_assert_eq!(&json, &text);
        // A float that is no number has one form in JSON and many in bits, an Any's bytes are made anew.
        if !text.windows(5).any(|part| part == b"\"NaN\"" || part == b"@type") {
            prop_assert_eq!(schema.decode_dynamic(&again).unwrap(), message);
        }
    }

    #[test]
    fn fields_in_any_order_and_several_times_are_read_as_others_read_them(seed: u64, other: u64) {
        let schema = schema();
        let (_, first) = random_message(schema, seed);
        let (_, second) = random_message(schema, other);
        let mut parts = split(&first[1..]);
        parts.extend(split(&second[1..]));
        let mut random = Random(seed ^ other | 1);
        for at in (1..parts.len()).rev() {
            parts.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
        }
        let payload = [&[0][..], &parts.concat()].concat();
        if let Some(theirs) = reflected(schema, &payload) {
            let ours = decoded(schema, &payload).unwrap();
            prop_assert!(same(&ours, &theirs), "{} is not {}", ours, theirs);
        }
    }

    #[test]
    fn damaged_payloads_are_refused_or_read_as_others_read_them(
        seed: u64,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut: Option<prop::sample::Index>,
    ) {
        let schema = schema();
        let (_, mut payload) = random_message(schema, seed);
        for (at, byte) in changes {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        payload[0] = 0;
        payload.truncate(cut.map_or(payload.len(), |cut| cut.index(payload.len())));
        let ours = decoded(schema, &payload);
        if let (Some(ours), Some(theirs)) = (&ours, reflected(schema, &payload)) {
            prop_assert!(same(ours, &theirs), "{} is not {}", ours, theirs);
        }
        let _message = schema.decode_dynamic(&payload);
    }

    #[test]
    fn any_bytes_and_any_text_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), text in ".*") {
        let schema = schema();
        let mut out = b"x".to_vec();
        if schema.decode_json(&bytes, &mut out).is_err() {
            prop_assert_eq!(&out, b"x");
        }
        let _message = schema.decode_dynamic(&bytes);
        for json in [&bytes, text.as_bytes()] {
            let mut out = b"x".to_vec();
            if schema.encode_json(None, json, UnknownFields::Ignore, &mut out).is_err() {
                prop_assert_eq!(&out, b"x");
            }
        }
    }
}
