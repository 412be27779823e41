//! Tests of types that do not fit what is read, and of limits.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{FIXED, ITEM, Item, logical, payload, plan, read, reads};
use crate::avro::{JsonForm, Plan, Schema};
use crate::error::Kind;
use crate::limits::Limits;

/// A type that makes itself of nothing.
#[derive(Debug, PartialEq)]
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// A type that looks at the first item only.
#[derive(Debug)]
struct First;

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfSequence;
        impl<'de> Visitor<'de> for OfSequence {
            type Value = First;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<First, A::Error> {
                items.next_element::<IgnoredAny>()?;
                Ok(First)
            }
        }
        deserializer.deserialize_seq(OfSequence)
    }
}

#[test]
fn types_that_read_too_little_do_not_shift_what_follows() {
    reads(
        r#"{"type":"array","items":["null","string"]}"#,
        r#"[{"string":"x"},null,{"string":"y"}]"#,
        &(Nothing, Nothing, 'y'),
    );
    reads(
        &format!(r#"{{"type":"map","values":{ITEM}}}"#),
        r#"{"a":{"product_id":1,"quantity":2}}"#,
        &BTreeMap::from([('a', (Nothing, 2))]),
    );
    reads("\"string\"", "\"x\"", &Nothing);
    for schema in [r#"{"type":"array","items":"int"}"#, "\"bytes\""] {
        let json = if schema == "\"bytes\"" {
            "\"ab\""
        } else {
            "[1,2]"
        };
        let (kind, message) = read::<First>(schema, json).unwrap_err();
        assert_eq!(kind, Kind::Validation);
        assert_eq!(message, "byte 0: the Rust type has another count of items");
    }
    assert!(read::<First>(r#"{"type":"array","items":"int"}"#, "[1]").is_ok());
    let (_, message) = read::<[u8; 2]>(FIXED, "\"abc\"").unwrap_err();
    assert_eq!(message, "byte 0: the Rust type has another count of items");
    let (_, message) = read::<[i32; 3]>(r#"{"type":"array","items":"int"}"#, "[1,2]").unwrap_err();
    assert_eq!(message, "byte 0: the Rust type has another count of items");
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    order_id: String,
    items: Vec<Item>,
}

#[test]
fn refusals_name_the_place_and_never_the_data() {
    let order = |item: &str| {
        format!(
            r#"{{"type":"record","name":"O","fields":[{{"name":"order_id","type":"string"}},
            {{"name":"items","type":{{"type":"array","items":{item}}}}}]}}"#
        )
    };
    let json = r#"{"order_id":"secret","items":[{"product_id":1,"quantity":2},{"product_id":2,"quantity":1000}]}"#;
    let refused = |schema: &str, json: &str, message: &str| {
        assert_eq!(
            read::<Order>(schema, json),
            Err((Kind::Validation, message.to_owned())),
            "{schema}"
        );
    };
    refused(
        &order(ITEM),
        json,
        "byte 11: items[].quantity: the Rust type does not take this value: an integer",
    );
    refused(
        &order(&ITEM.replace("product_id", "product")),
        &json.replace("product_id", "product"),
        "byte 8: items[]: the Rust struct needs a field product_id",
    );
    refused(
        &order(ITEM).replace("order_id", "other"),
        &json.replace("order_id", "other"),
        "byte 0: the Rust struct has no such field",
    );
    refused(
        r#"{"type":"map","values":"string"}"#,
        r#"{"order_id":"secret","order_id":"x"}"#,
        "byte 0: the Rust struct's field order_id is there twice",
    );
    let plan = plan(&order(ITEM));
    let payload = payload(&order(ITEM), json);
    for end in 0..payload.len() {
        let error = plan.decode_struct::<Order>(&payload[..end]).unwrap_err();
        let same = plan.decode_json(&payload[..end], JsonForm::Avro, &mut Vec::new());
        // The last byte to be read in time is of an item that the type does not take.
        if error.kind() == Kind::Truncated {
            assert_eq!(error.to_string(), same.unwrap_err().to_string(), "{end}");
        }
    }
}

#[derive(Debug, Deserialize)]
struct Nested {
    #[expect(dead_code, reason = "only its depth counts")]
    n: Option<Box<Nested>>,
}

#[test]
fn nesting_items_texts_and_size_have_limits() {
    let nested =
        r#"{"type":"record","name":"Nested","fields":[{"name":"n","type":["null","Nested"]}]}"#;
    let deep = |levels: usize| [vec![2_u8; levels - 1], vec![0]].concat();
    let limits = Limits {
        items: 3,
        payload_bytes: 100,
        json_bytes: 60,
        ..Limits::default()
    };
    let limited = |schema: &str| Plan::compile(&Schema::parse(schema).unwrap(), limits).unwrap();
    let plan = Plan::compile(&Schema::parse(nested).unwrap(), Limits::default()).unwrap();
    assert!(plan.decode_struct::<Nested>(&deep(256)).is_ok());
    for error in [
        plan.decode_struct::<Nested>(&deep(257)).unwrap_err(),
        plan.decode_struct::<IgnoredAny>(&deep(257)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Limit);
    }
    let kind = |schema: &str, payload: &[u8]| {
        let plan = limited(schema);
        let as_json = plan.decode_struct::<serde_json::Value>(payload);
        let ignored = plan.decode_struct::<IgnoredAny>(payload);
        [
            as_json.map_err(|error| error.kind().as_str()).err(),
            ignored.map_err(|error| error.kind().as_str()).err(),
        ]
    };
    let nulls = r#"{"type":"array","items":"null"}"#;
    assert_eq!(kind(nulls, b"\x06\x00"), [None, None]);
    assert_eq!(kind(nulls, b"\x08\x00"), [Some("limit"); 2]);
    assert_eq!(kind("\"bytes\"", b"\x08abcd"), [Some("limit"), None]);
    assert_eq!(kind("\"string\"", &[0; 101]), [Some("too_large"); 2]);
    let symbols = format!(
        r#"{{"type":"array","items":{{"type":"enum","name":"E","symbols":["{}"]}}}}"#,
        "x".repeat(25)
    );
    assert_eq!(kind(&symbols, b"\x04\x00\x00\x00"), [None, None]);
    assert_eq!(
        kind(&symbols, b"\x06\x00\x00\x00\x00"),
        [Some("too_large"), None]
    );
    let dates = format!(
        r#"{{"type":"array","items":{}}}"#,
        logical("long", "timestamp-millis")
    );
    assert_eq!(kind(&dates, b"\x04\x00\x00\x00"), [None, None]);
    assert_eq!(
        kind(&dates, b"\x06\x00\x00\x00\x00"),
        [Some("too_large"), None]
    );
    let names = r#"{"type":"record","name":"R","fields":[{"name":"a_long_name_0","type":"int"},{"name":"a_long_name_1","type":"int"},{"name":"a_long_name_2","type":"int"}]}"#;
    assert_eq!(kind(names, b"\x00\x00\x00"), [Some("too_large"), None]);
}

/// A record, its fields, their fields.
#[derive(Debug)]
struct Tree;

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Tree;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a record")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Tree, A::Error> {
                while fields.next_entry::<IgnoredAny, Tree>()?.is_some() {}
                Ok(Tree)
            }
        }
        deserializer.deserialize_struct("Tree", &[], Fields)
    }
}

#[test]
fn payloads_of_no_bytes_take_no_endless_time() {
    // Each record holds the one before twice: 2^39 records of no bytes.
    let mut schema = r#"{"type":"record","name":"N0","fields":[]}"#.to_owned();
    for level in 1..40 {
        schema = format!(
            r#"{{"type":"record","name":"N{level}","fields":[{{"name":"a","type":{schema}}},{{"name":"b","type":"N{}"}}]}}"#,
            level - 1
        );
    }
    let plan = plan(&schema);
    for error in [
        plan.decode_struct::<IgnoredAny>(b"").unwrap_err(),
        plan.decode_struct::<Tree>(b"").unwrap_err(),
        plan.decode_struct::<serde_json::Value>(b"").unwrap_err(),
    ] {
        assert!(
            matches!(error.kind(), Kind::Limit | Kind::TooLarge),
            "{error}"
        );
    }
}
