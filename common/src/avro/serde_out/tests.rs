//! Tests of Avro to Rust values: what `encode_struct` has written comes back, and what else types may ask for.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::avro::{JsonForm, JsonIn, Plan, Schema, UnknownFields};
use crate::error::Kind;
use crate::limits::Limits;

mod enums;
mod refusals;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse(schema).unwrap(), Limits::default()).unwrap()
}

/// The payload of a value in Avro's JSON encoding.
fn payload(schema: &str, json: &str) -> Vec<u8> {
    let options = JsonIn {
        form: JsonForm::Avro,
        unknown_fields: UnknownFields::Refuse,
    };
    let mut out = Vec::new();
    plan(schema)
        .encode_json(json.as_bytes(), &options, &mut out)
        .unwrap();
    out
}

/// Reads a value from its JSON.
fn read<T: for<'de> Deserialize<'de>>(schema: &str, json: &str) -> Result<T, (Kind, String)> {
    let payload = payload(schema, json);
    match plan(schema).decode_struct(&[&payload[..], b"behind"].concat()) {
        Ok((value, length)) => {
            assert_eq!(length, payload.len(), "{schema} {json}");
            Ok(value)
        }
        Err(error) => Err((error.kind(), error.to_string())),
    }
}

fn reads<T: for<'de> Deserialize<'de> + PartialEq + Debug>(schema: &str, json: &str, value: &T) {
    assert_eq!(
        read::<T>(schema, json).as_ref(),
        Ok(value),
        "{schema} {json}"
    );
}

/// Writes a value and reads it back.
fn comes_back<T>(schema: &str, value: &T)
where
    T: Serialize + for<'de> Deserialize<'de> + PartialEq + Debug,
{
    let plan = plan(schema);
    let mut payload = Vec::new();
    plan.encode_struct(value, &mut payload).unwrap();
    let (back, length) = plan.decode_struct::<T>(&payload).unwrap();
    assert_eq!((&back, length), (value, payload.len()), "{schema}");
}

fn logical(base: &str, logical: &str) -> String {
    json!({"type": base, "logicalType": logical}).to_string()
}

const DECIMAL: &str = r#"{"type":"bytes","logicalType":"decimal","precision":40,"scale":2}"#;
const DECIMAL_FIXED: &str =
    r#"{"type":"fixed","name":"D","size":5,"logicalType":"decimal","precision":11,"scale":0}"#;
const UUID: &str = r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#;
const DURATION: &str = r#"{"type":"fixed","name":"P","size":12,"logicalType":"duration"}"#;
const FIXED: &str = r#"{"type":"fixed","name":"F","size":3}"#;
const SYMBOLS: &str = r#"{"type":"enum","name":"ns.E","symbols":["Circle","Point"]}"#;

/// Bytes that are asked for as bytes.
#[derive(Debug, PartialEq)]
struct Blob(Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.to_vec()))
    }
}

#[test]
fn scalars_come_back() {
    comes_back("\"null\"", &());
    comes_back("\"boolean\"", &true);
    for schema in ["\"int\"", "\"long\"", "\"double\"", DECIMAL, DECIMAL_FIXED] {
        comes_back(schema, &-5_i8);
        comes_back(schema, &300_i16);
        comes_back(schema, &-70_000_i32);
        comes_back(schema, &(1_i64 << 30));
        comes_back(schema, &200_u8);
        comes_back(schema, &60_000_u16);
        comes_back(schema, &70_000_u32);
        comes_back(schema, &70_000_u64);
        comes_back(schema, &-5_i128);
        comes_back(schema, &5_u128);
    }
    comes_back("\"float\"", &-70_000);
    comes_back("\"long\"", &i64::MIN);
    comes_back("\"long\"", &(u64::MAX >> 1));
    comes_back("\"double\"", &1.5_f32);
    comes_back("\"double\"", &f64::NEG_INFINITY);
    comes_back("\"float\"", &0.1_f32);
    comes_back("\"string\"", &'é');
    comes_back("\"string\"", &"größe".to_owned());
}

#[test]
fn logical_types_come_back_as_number_text_and_bytes() {
    for (base, name, number, text) in [
        ("int", "date", 19_459, "2023-04-12"),
        ("int", "time-millis", 1, "00:00:00.001"),
        ("long", "time-micros", 1, "00:00:00.000001"),
        ("long", "timestamp-millis", -1, "1969-12-31T23:59:59.999Z"),
        (
            "long",
            "timestamp-micros",
            -1,
            "1969-12-31T23:59:59.999999Z",
        ),
        (
            "long",
            "timestamp-nanos",
            -1,
            "1969-12-31T23:59:59.999999999Z",
        ),
        (
            "long",
            "local-timestamp-millis",
            -1,
            "1969-12-31T23:59:59.999",
        ),
        (
            "long",
            "local-timestamp-nanos",
            1,
            "1970-01-01T00:00:00.000000001",
        ),
    ] {
        let schema = logical(base, name);
        comes_back(&schema, &number);
        comes_back(&schema, &i64::from(number));
        comes_back(&schema, &text.to_owned());
        reads(&schema, &number.to_string(), &text.to_owned());
        reads(&schema, &number.to_string(), &f64::from(number));
        reads(&schema, &number.to_string(), &json!(text));
        let union = format!(r#"["null",{schema}]"#);
        comes_back(&union, &Some(number));
        comes_back(&union, &Some(text.to_owned()));
    }
    reads(&logical("int", "date"), "-2147483648", &json!(i32::MIN));
}

#[test]
fn uuids_and_durations_come_back_as_text_and_bytes() {
    let id = uuid::Uuid::from_u128(0x123e_4567_e89b_12d3_a456_4266_1417_4000);
    for schema in [UUID, "\"string\""] {
        comes_back(schema, &id);
        comes_back(schema, &id.to_string());
    }
    comes_back(UUID, id.as_bytes());
    comes_back(UUID, &Blob(id.as_bytes().to_vec()));
    comes_back(DURATION, &"P1M2DT0.003S".to_owned());
    comes_back(DURATION, &[7_u8; 12]);
    comes_back(DURATION, &Blob(vec![7; 12]));
}

#[test]
fn decimals_come_back_as_text_and_bytes() {
    comes_back(DECIMAL, &"-12.34".to_owned());
    comes_back(DECIMAL, &Blob(vec![4, 0xce]));
    comes_back(DECIMAL, &vec![4_u8, 0xce]);
    comes_back(DECIMAL_FIXED, &"-99999999999".to_owned());
    comes_back(DECIMAL_FIXED, &[0_u8, 0, 0, 4, 0xce]);
    reads(
        DECIMAL,
        r#""\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff""#,
        &"23611832414348226068.47".to_owned(),
    );
    assert_eq!(
        read::<i32>(DECIMAL, r#""\u0001""#).unwrap_err().1,
        "byte 0: the Rust type does not take a text"
    );
}

#[test]
fn bytes_come_back_as_bytes_and_one_by_one() {
    for schema in ["\"bytes\"", FIXED] {
        comes_back(schema, &Blob(vec![0, 255, 7]));
        comes_back(schema, &vec![0_u8, 255, 7]);
        comes_back(schema, &[0_u8, 255, 7]);
        comes_back(schema, &(0_u8, 255_u8, 7_u8));
        comes_back(schema, &json!([0, 255, 7]));
    }
    reads("\"bytes\"", "\"abc\"", &"abc".to_owned());
    assert_eq!(
        read::<String>("\"bytes\"", r#""\u00ff""#),
        Err((
            Kind::Validation,
            "byte 0: the Rust type does not take this value: bytes".to_owned()
        ))
    );
    let payload = payload("\"bytes\"", r#""abc""#);
    let (borrowed, _): (&[u8], _) = plan("\"bytes\"").decode_struct(&payload).unwrap();
    assert_eq!(borrowed.as_ptr(), payload[1..].as_ptr());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(i64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pair(i32, Option<String>);

#[derive(Debug, PartialEq, Serialize, Deserialize, Clone, Copy, PartialOrd, Eq, Ord)]
enum Side {
    Left,
    Right,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    product_id: u32,
    quantity: i8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, PartialOrd, Eq, Ord)]
struct Key(String);

const ITEM: &str = r#"{"type":"record","name":"ns.Item","fields":[{"name":"product_id","type":"long"},{"name":"quantity","type":"int"}]}"#;

#[test]
fn structs_tuples_and_maps_come_back() {
    comes_back("\"null\"", &Unit);
    comes_back(r#"["string","null"]"#, &Unit);
    let empty =
        r#"{"type":"record","name":"Unit","fields":[{"name":"n","type":"int","default":5}]}"#;
    comes_back(empty, &Unit);
    comes_back("\"long\"", &Newtype(-1));
    comes_back(
        r#"{"type":"array","items":["int","null","string"]}"#,
        &Pair(1, Some("x".to_owned())),
    );
    comes_back(
        r#"{"type":"array","items":["int","null","string"]}"#,
        &(1, None::<String>, 'x'),
    );
    comes_back(
        r#"{"type":"array","items":{"type":"array","items":"int"}}"#,
        &vec![vec![1, 2], vec![], vec![3]],
    );
    let item = Item {
        product_id: 1,
        quantity: -2,
    };
    comes_back(ITEM, &item);
    comes_back(r#"{"type":"map","values":"long"}"#, &item);
    comes_back(&format!(r#"["null",{ITEM}]"#), &Some(item));
    comes_back(
        ITEM,
        &BTreeMap::from([("product_id".to_owned(), 1), ("quantity".to_owned(), 2)]),
    );
    reads(ITEM, r#"{"product_id":1,"quantity":2}"#, &(1, 2));
    let map = r#"{"type":"map","values":["null","int"]}"#;
    comes_back(map, &BTreeMap::from([('a', Some(1)), ('b', None)]));
    comes_back(
        map,
        &BTreeMap::from([(Side::Left, Some(1)), (Side::Right, None)]),
    );
    comes_back(map, &BTreeMap::from([(Key("a".to_owned()), Some(1))]));
}

#[test]
fn optional_values_come_back() {
    for schema in [r#"["null","long"]"#, r#"["long","null"]"#] {
        comes_back(schema, &Some(1));
        comes_back(schema, &None::<i32>);
        comes_back(schema, &Some(Newtype(5)));
        comes_back(schema, &Some(Some(5)));
    }
    comes_back("\"long\"", &Some(1));
    comes_back("\"null\"", &None::<i32>);
    reads(r#"["null","int"]"#, r#"{"int":1}"#, &1);
    assert_eq!(
        read::<i32>(r#"["null","int"]"#, "null").unwrap_err().1,
        "byte 0: the Rust type does not take null"
    );
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wanted<'a> {
    #[serde(borrow)]
    id: &'a str,
    #[serde(default)]
    gone: Option<u8>,
    last: u8,
}

#[test]
fn unknown_fields_are_passed_over_and_texts_borrowed() {
    let schema = format!(
        r#"{{"type":"record","name":"R","fields":[
        {{"name":"a","type":"null"}},{{"name":"b","type":"boolean"}},{{"name":"c","type":"int"}},{{"name":"d","type":"long"}},
        {{"name":"e","type":"float"}},{{"name":"f","type":"double"}},{{"name":"g","type":"bytes"}},
        {{"name":"h","type":"string"}},{{"name":"i","type":{FIXED}}},{{"name":"j","type":{SYMBOLS}}},
        {{"name":"id","type":"string"}},{{"name":"k","type":{{"type":"array","items":["null","int"]}}}},
        {{"name":"l","type":{{"type":"map","values":"R"}}}},{{"name":"m","type":{ITEM}}},{{"name":"n","type":{DECIMAL}}},
        {{"name":"last","type":"int"}}]}}"#
    );
    let inner = |id: &str, map: &str| {
        format!(
            r#"{{"a":null,"b":true,"c":1,"d":300,"e":1.5,"f":2.5,"g":"abc","h":"text","i":"xyz","j":"Point","id":"{id}",
            "k":[null,{{"int":1}}],"l":{map},"m":{{"product_id":1,"quantity":2}},"n":"\u0001","last":7}}"#
        )
    };
    let json = inner("outer", &format!(r#"{{"x":{}}}"#, inner("inner", "{}")));
    let payload = payload(&schema, &json);
    let plan = plan(&schema);
    let (value, length): (Wanted<'_>, _) = plan.decode_struct(&payload).unwrap();
    let wanted = Wanted {
        id: "outer",
        gone: None,
        last: 7,
    };
    assert_eq!((value, length), (wanted, payload.len()));
    assert_eq!(
        plan.decode_struct::<IgnoredAny>(&payload).unwrap().1,
        payload.len()
    );
    for end in 0..payload.len() {
        let error = plan
            .decode_struct::<IgnoredAny>(&payload[..end])
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Truncated, "{end}");
        assert!(plan.decode_struct::<Wanted<'_>>(&payload[..end]).is_err());
    }
}
