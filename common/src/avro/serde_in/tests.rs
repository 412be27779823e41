//! Tests of Rust values to Avro, most of them against the same value as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::avro::{JsonForm, JsonIn, Plan, Schema};
use crate::error::Kind;
use crate::limits::Limits;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse(schema).unwrap(), Limits::default()).unwrap()
}

fn encode(schema: &str, value: &impl Serialize) -> Result<Vec<u8>, (Kind, String)> {
    let mut out = b"kept".to_vec();
    match plan(schema).encode_struct(value, &mut out) {
        Ok(()) => Ok(out.split_off(4)),
        Err(error) => {
            assert_eq!(out, b"kept");
            Err((error.kind(), error.to_string()))
        }
    }
}

fn json(schema: &str, value: &impl Serialize) -> String {
    let plan = plan(schema);
    let mut out = Vec::new();
    plan.decode_json(&encode(schema, value).unwrap(), JsonForm::Avro, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[derive(Serialize)]
struct Purchase {
    order_id: &'static str,
    ordered_at: i64,
    user_id: Option<String>,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    product_id: u32,
    quantity: i8,
}

/// The same, its fields in another order, one more skipped.
#[derive(Serialize)]
struct Shuffled {
    items: Vec<ShuffledItem>,
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    order_id: &'static str,
    ordered_at: &'static str,
}

#[derive(Serialize)]
struct ShuffledItem {
    quantity: u64,
    product_id: i64,
}

const ORDER: &str = r#"{"type":"record","name":"Order","fields":[{"name":"order_id","type":"string"},
    {"name":"ordered_at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"user_id","type":["null","string"]},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"product_id","type":"long"},{"name":"quantity","type":"int"}]}}},
    {"name":"note","type":["string","null"],"default":"none"}]}"#;

#[test]
fn structs_are_records_in_any_order_of_fields() {
    let order = Purchase {
        order_id: "o",
        ordered_at: 1_681_307_133_000,
        user_id: Some("u".to_owned()),
        items: (0..70)
            .map(|n| Item {
                product_id: n,
                quantity: -1,
            })
            .collect(),
    };
    let shuffled = Shuffled {
        items: (0..70)
            .map(|n| ShuffledItem {
                product_id: n,
                quantity: 1,
            })
            .collect(),
        user_id: Some("u".to_owned()),
        note: None,
        order_id: "o",
        ordered_at: "2023-04-12T15:45:33+02:00",
    };
    let bytes = encode(ORDER, &order).unwrap();
    let mut expected = Vec::new();
    let text = serde_json::to_string(&order).unwrap();
    plan(ORDER)
        .encode_json(text.as_bytes(), &JsonIn::default(), &mut expected)
        .unwrap();
    assert_eq!(bytes, expected);
    assert_eq!(
        json(ORDER, &shuffled),
        json(ORDER, &order).replace(":-1}", ":1}")
    );
    let with_note = Shuffled {
        note: Some("n".to_owned()),
        ..shuffled
    };
    assert!(json(ORDER, &with_note).ends_with(r#""note":{"string":"n"}}"#));
}

#[derive(Serialize)]
enum Shape {
    Point,
    Circle(f64),
    Square { side: i32 },
    Pair(i32, i32),
}

#[test]
fn enums_are_enums_or_branches_by_name() {
    let symbols = r#"{"type":"enum","name":"E","symbols":["Circle","Point"]}"#;
    assert_eq!(encode(symbols, &Shape::Point), Ok(vec![2]));
    assert_eq!(json("\"string\"", &Shape::Point), "\"Point\"");
    assert_eq!(
        json(&format!(r#"["null",{symbols}]"#), &Some(Shape::Point)),
        r#"{"E":"Point"}"#
    );
    let union = r#"["null",{"type":"record","name":"ns.Square","fields":[{"name":"side","type":"long"}]},
        {"type":"array","items":"int"}, "double"]"#;
    assert_eq!(
        json(union, &Shape::Square { side: 3 }),
        r#"{"ns.Square":{"side":3}}"#
    );
    assert_eq!(
        encode(union, &Shape::Circle(1.0)).unwrap_err().0,
        Kind::Validation
    );
    assert_eq!(
        encode(union, &Shape::Pair(1, 2)).unwrap_err().1,
        "the union has no branch of that name"
    );
    assert_eq!(
        encode(symbols, &Shape::Circle(1.0)).unwrap_err().1,
        "expected an enum, found an enum variant with a value"
    );
    assert_eq!(
        encode(
            r#"{"type":"enum","name":"E","symbols":["A"]}"#,
            &Shape::Point
        )
        .unwrap_err()
        .1,
        "the text is none of the enum's symbols"
    );
}

#[derive(Serialize)]
struct Newtype(i64);

#[derive(Serialize)]
struct Unit;

struct Blob(&'static [u8]);

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn values_of_all_types_are_written() {
    let decimal = r#"{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}"#;
    let fixed = r#"{"type":"fixed","name":"F","size":3}"#;
    let uuid = r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#;
    assert_eq!(encode("\"null\"", &()), Ok(vec![]));
    assert_eq!(encode("\"null\"", &Unit), Ok(vec![]));
    assert_eq!(
        encode(r#"{"type":"record","name":"Unit","fields":[]}"#, &Unit),
        Ok(vec![])
    );
    assert_eq!(encode("\"boolean\"", &true), Ok(vec![1]));
    assert_eq!(encode("\"int\"", &Newtype(-1)), Ok(vec![1]));
    assert_eq!(
        json("\"long\"", &u64::MAX.wrapping_shr(1)),
        "9223372036854775807"
    );
    assert_eq!(json("\"long\"", &5_i128), "5");
    assert_eq!(json("\"double\"", &1.5_f32), "1.5");
    assert_eq!(json("\"double\"", &3), "3.0");
    assert_eq!(json("\"float\"", &0.1_f64), "0.1");
    assert_eq!(json("\"string\"", &'é'), "\"é\"");
    assert_eq!(encode("\"bytes\"", &Blob(b"\x00\xff")), Ok(vec![4, 0, 255]));
    assert_eq!(encode("\"bytes\"", &vec![0_u8, 255]), Ok(vec![4, 0, 255]));
    assert_eq!(encode(fixed, &[1_u8, 2, 3]), Ok(vec![1, 2, 3]));
    assert_eq!(encode(fixed, &Blob(b"abc")), Ok(b"abc".to_vec()));
    assert_eq!(encode(decimal, &"12.3"), Ok(vec![4, 4, 0xce]));
    assert_eq!(encode(decimal, &12), Ok(vec![4, 4, 0xb0]));
    assert_eq!(
        encode(uuid, &uuid::Uuid::from_u128(1)).map(|bytes| bytes[15]),
        Ok(1)
    );
    assert_eq!(
        encode(r#"{"type":"int","logicalType":"date"}"#, &"1970-01-02"),
        Ok(vec![2])
    );
}

#[test]
fn maps_sequences_and_structs_fit_each_other() {
    assert_eq!(
        json(
            r#"{"type":"map","values":"int"}"#,
            &BTreeMap::from([('a', 1), ('b', 2)])
        ),
        r#"{"a":1,"b":2}"#
    );
    assert_eq!(
        json(
            r#"{"type":"map","values":"long"}"#,
            &Item {
                product_id: 1,
                quantity: 2
            }
        ),
        r#"{"product_id":1,"quantity":2}"#
    );
    assert_eq!(
        json(
            r#"{"type":"array","items":["null","int"]}"#,
            &(Some(1), None::<i32>)
        ),
        r#"[{"int":1},null]"#
    );
    let item = r#"{"type":"record","name":"Item","fields":[{"name":"product_id","type":"int"},{"name":"quantity","type":"int"}]}"#;
    assert_eq!(
        json(item, &BTreeMap::from([("quantity", 2), ("product_id", 1)])),
        r#"{"product_id":1,"quantity":2}"#
    );
    assert_eq!(
        json(
            &format!(r#"["null",{item}]"#),
            &Item {
                product_id: 1,
                quantity: 2
            }
        ),
        r#"{"Item":{"product_id":1,"quantity":2}}"#
    );
}

#[test]
fn unions_take_the_first_branch_of_the_values_type() {
    let union = r#"["null","int","long","float","double","boolean","bytes","string"]"#;
    assert_eq!(json(union, &1), r#"{"int":1}"#);
    assert_eq!(json(union, &(1_i64 << 40)), r#"{"long":1099511627776}"#);
    assert_eq!(json(union, &0.1_f64), r#"{"double":0.1}"#);
    assert_eq!(json(union, &0.1_f32), r#"{"float":0.1}"#);
    assert_eq!(json(union, &"x"), r#"{"string":"x"}"#);
    assert_eq!(json(union, &Blob(b"x")), r#"{"bytes":"x"}"#);
    assert_eq!(json(union, &None::<i32>), "null");
    assert_eq!(
        json(
            r#"[{"type":"long","logicalType":"timestamp-millis"},"string"]"#,
            &"x"
        ),
        r#"{"string":"x"}"#
    );
}

#[test]
fn values_that_do_not_fit_are_refused_with_their_path() {
    let refused = |schema: &str, value: &dyn erased::Value, message: &str| {
        assert_eq!(
            value.encode(schema),
            Err((Kind::Validation, message.to_owned())),
            "{schema}"
        );
    };
    refused(
        "\"int\"",
        &(1_i64 << 40),
        "expected an int, found an integer",
    );
    refused("\"long\"", &u64::MAX, "the number does not fit a long");
    refused("\"string\"", &5, "expected a text, found an integer");
    refused("\"long\"", &"5", "expected a long, found a text");
    refused("\"float\"", &1e300, "the number does not fit a float");
    refused("\"int\"", &1.0, "expected an int, found a double");
    refused(r#"["null"]"#, &1, "no branch of the union takes the value");
    refused(
        r#"{"type":"fixed","name":"F","size":2}"#,
        &[1_u8; 3],
        "expected bytes, found a sequence",
    );
    refused("\"bytes\"", &vec!["x"], "expected bytes, found a sequence");
    refused(
        r#"{"type":"map","values":"int"}"#,
        &BTreeMap::from([(1, 1)]),
        "expected a text as key, found another value",
    );
}

#[test]
fn structs_that_do_not_fit_are_refused_with_their_path() {
    let refused = |schema: &str, value: &dyn erased::Value, message: &str| {
        assert_eq!(
            value.encode(schema),
            Err((Kind::Validation, message.to_owned())),
            "{schema}"
        );
    };
    let order = ORDER.replace(
        r#""quantity","type":"int""#,
        r#""quantity","type":"string""#,
    );
    let value = Purchase {
        order_id: "secret",
        ordered_at: 0,
        user_id: None,
        items: vec![Item {
            product_id: 1,
            quantity: 2,
        }],
    };
    refused(
        &order,
        &value,
        "items[].quantity: expected a text, found an integer",
    );
    refused(
        &ORDER.replace("product_id", "other"),
        &value,
        "items[]: the schema has no such field",
    );
    refused(
        &ORDER.replace("order_id", "other"),
        &value,
        "the schema has no such field",
    );
    let more = r#"{"type":"record","name":"Item","fields":[{"name":"product_id","type":"int"},{"name":"quantity","type":"int"},{"name":"more","type":"int"}]}"#;
    refused(
        more,
        &Item {
            product_id: 1,
            quantity: 2,
        },
        "more: the field is missing and has no default",
    );
}

/// Values of several types in one list.
mod erased {
    use super::{Kind, Serialize, encode};

    pub(super) trait Value {
        fn encode(&self, schema: &str) -> Result<Vec<u8>, (Kind, String)>;
    }

    impl<T: Serialize> Value for T {
        fn encode(&self, schema: &str) -> Result<Vec<u8>, (Kind, String)> {
            encode(schema, self)
        }
    }
}

#[derive(Serialize)]
struct Nested {
    n: Option<Box<Nested>>,
}

#[test]
fn nesting_items_and_size_have_limits() {
    let schema =
        r#"{"type":"record","name":"Nested","fields":[{"name":"n","type":["null","Nested"]}]}"#;
    let nested = |depth: usize| {
        (1..depth).fold(Nested { n: None }, |inner, _| Nested {
            n: Some(Box::new(inner)),
        })
    };
    assert!(encode(schema, &nested(256)).is_ok());
    assert_eq!(encode(schema, &nested(257)).unwrap_err().0, Kind::Limit);
    let limits = Limits {
        items: 2,
        payload_bytes: 8,
        ..Limits::default()
    };
    let limited = |schema: &str| Plan::compile(&Schema::parse(schema).unwrap(), limits).unwrap();
    let array = limited(r#"{"type":"array","items":"int"}"#);
    assert!(array.encode_struct(&[1, 2], &mut Vec::new()).is_ok());
    assert_eq!(
        array
            .encode_struct(&[1, 2, 3], &mut Vec::new())
            .unwrap_err()
            .kind(),
        Kind::Limit
    );
    assert_eq!(
        limited("\"string\"")
            .encode_struct("123456789", &mut Vec::new())
            .unwrap_err()
            .kind(),
        Kind::TooLarge
    );
}
