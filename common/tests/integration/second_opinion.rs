//! Rust types through serde, read and written by the `apache-avro` crate too.
//!
//! Where that crate is wrong, or does something that the specification leaves open in its own way, the case is left
//! out here, with its reason.

use std::collections::BTreeMap;
use std::fmt;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{from_value, to_value};
use common::avro::{Plan, Schema};
use common::error::Kind;
use common::limits::Limits;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::evolve::narrowed;
use super::random::{
    AVRO, Entropy, any_schema, has_ascii_names, name_types, value, without_logical_types,
};

mod any;

use any::{Any, AnyVisitor};

/// A random schema for both libraries: without logical types, for which the other wants values of its own.
fn compiled(json: &Value) -> (Schema, Plan, apache_avro::Schema) {
    let schema = Schema::parse(&json.to_string()).unwrap();
    let plan = Plan::compile(
        &schema,
        Limits {
            items: 5000,
            ..Limits::default()
        },
    )
    .unwrap();
    (schema, plan, apache_avro::Schema::parse(json).unwrap())
}

/// Bytes that say so: of a `Vec<u8>` the other library makes an array.
#[derive(Debug, Clone, PartialEq)]
struct Blob(Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_byte_buf(AnyVisitor)? {
            Any::Bytes(bytes) => Ok(Self(bytes)),
            other => panic!("{other:?} for bytes"),
        }
    }
}

/// A record of all types that both libraries take from one Rust type.
///
/// Not there: `u64`, for which the other library wants a fixed of its own; tuples and arrays, for which it wants
/// records, and newtypes, of which it makes them; maps of more than one entry, which its values have in no order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    boolean: bool,
    tiny: i8,
    small: i16,
    int: i32,
    byte: u8,
    short: u16,
    unsigned: u32,
    long: i64,
    float: f32,
    double: f64,
    character: char,
    text: String,
    nothing: (),
    bytes: Blob,
    fixed: Blob,
    symbol: Symbol,
    maybe: Option<String>,
    maybe_symbol: Option<Symbol>,
    items: Vec<Item>,
    lists: Vec<Vec<Option<i64>>>,
    map: BTreeMap<String, Vec<Item>>,
    inner: Option<Box<Order>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    product_id: i64,
    name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Symbol {
    A,
    B,
}

const ORDER: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"boolean","type":"boolean"},
    {"name":"tiny","type":"int"},
    {"name":"small","type":"int"},
    {"name":"int","type":"int"},
    {"name":"byte","type":"int"},
    {"name":"short","type":"int"},
    {"name":"unsigned","type":"long"},
    {"name":"long","type":"long"},
    {"name":"float","type":"float"},
    {"name":"double","type":"double"},
    {"name":"character","type":"string"},
    {"name":"text","type":"string"},
    {"name":"nothing","type":"null"},
    {"name":"bytes","type":"bytes"},
    {"name":"fixed","type":{"type":"fixed","name":"F","size":3}},
    {"name":"symbol","type":{"type":"enum","name":"Symbol","symbols":["A","B"]}},
    {"name":"maybe","type":["null","string"]},
    {"name":"maybe_symbol","type":["Symbol","null"]},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"product_id","type":"long"},
        {"name":"name","type":["null","string"]}]}}},
    {"name":"lists","type":{"type":"array","items":{"type":"array","items":["null","long"]}}},
    {"name":"map","type":{"type":"map","values":{"type":"array","items":"Item"}}},
    {"name":"inner","type":["null","Order"]}]}"#;

/// A text of any characters.
fn text() -> impl Strategy<Value = String> {
    "\\PC{0,8}|[\\x00-\\x1f]{0,4}"
}

fn item() -> impl Strategy<Value = Item> {
    (any::<i64>(), prop::option::of(text()))
        .prop_map(|(product_id, name)| Item { product_id, name })
}

fn symbol() -> impl Strategy<Value = Symbol> {
    prop_oneof![Just(Symbol::A), Just(Symbol::B)]
}

/// An order without another inside.
fn level() -> impl Strategy<Value = Order> {
    let numbers = any::<(bool, i8, i16, i32, u8, u16, u32, i64, f32, f64)>();
    let texts = (
        any::<(char, [u8; 3])>(),
        text(),
        prop::collection::vec(any::<u8>(), 0..20),
        prop::option::of(text()),
    );
    let items = || prop::collection::vec(item(), 0..4);
    let compound = (
        symbol(),
        prop::option::of(symbol()),
        items(),
        prop::collection::vec(prop::collection::vec(any::<Option<i64>>(), 0..4), 0..4),
        prop::collection::btree_map(text(), items(), 0..2),
    );
    (numbers, texts, compound).prop_map(|(numbers, texts, compound)| Order {
        boolean: numbers.0,
        tiny: numbers.1,
        small: numbers.2,
        int: numbers.3,
        byte: numbers.4,
        short: numbers.5,
        unsigned: numbers.6,
        long: numbers.7,
        float: numbers.8,
        double: numbers.9,
        character: texts.0.0,
        text: texts.1,
        nothing: (),
        bytes: Blob(texts.2),
        fixed: Blob(texts.0.1.to_vec()),
        maybe: texts.3,
        symbol: compound.0,
        maybe_symbol: compound.1,
        items: compound.2,
        lists: compound.3,
        map: compound.4,
        inner: None,
    })
}

fn shared() -> impl Strategy<Value = Order> {
    (level(), prop::option::of(level())).prop_map(|(outer, inner)| Order {
        inner: inner.map(Box::new),
        ..outer
    })
}

/// Logical types as the numbers, bytes and texts that they are made of.
///
/// Not there: durations, which in its trees the other library makes of a value of its own only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Times {
    date: i32,
    time_millis: i32,
    time_micros: i64,
    millis: i64,
    micros: i64,
    nanos: i64,
    local_millis: i64,
    local_micros: i64,
    local_nanos: i64,
    maybe: Option<i64>,
    uuid: String,
    decimal: Blob,
}

const TIMES: &str = r#"{"type":"record","name":"Times","fields":[
    {"name":"date","type":{"type":"int","logicalType":"date"}},
    {"name":"time_millis","type":{"type":"int","logicalType":"time-millis"}},
    {"name":"time_micros","type":{"type":"long","logicalType":"time-micros"}},
    {"name":"millis","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"micros","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"nanos","type":{"type":"long","logicalType":"timestamp-nanos"}},
    {"name":"local_millis","type":{"type":"long","logicalType":"local-timestamp-millis"}},
    {"name":"local_micros","type":{"type":"long","logicalType":"local-timestamp-micros"}},
    {"name":"local_nanos","type":{"type":"long","logicalType":"local-timestamp-nanos"}},
    {"name":"maybe","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
    {"name":"uuid","type":{"type":"string","logicalType":"uuid"}},
    {"name":"decimal","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":3}}]}"#;

fn times() -> impl Strategy<Value = Times> {
    let longs = any::<[i64; 7]>();
    let ints = any::<(i32, i32, Option<i64>, u128)>();
    // A decimal of fewer bytes than its precision may need is refused by the other library.
    let decimal = any::<i64>().prop_map(|number| Blob(number.to_be_bytes().to_vec()));
    (longs, ints, decimal).prop_map(|(longs, ints, decimal)| Times {
        date: ints.0,
        time_millis: ints.1,
        time_micros: longs[0],
        millis: longs[1],
        micros: longs[2],
        nanos: longs[3],
        local_millis: longs[4],
        local_micros: longs[5],
        local_nanos: longs[6],
        maybe: ints.2,
        uuid: uuid::Uuid::from_u128(ints.3).to_string(),
        decimal,
    })
}

/// Asserts that both libraries write the same bytes for a value and read the value from them, the other one by both
/// of its ways: through trees of values, and without.
fn assert_agree<T>(schema: &str, value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + fmt::Debug,
{
    let plan = Plan::compile(&Schema::parse(schema).unwrap(), Limits::default()).unwrap();
    let mut payload = Vec::new();
    plan.encode_struct(value, &mut payload).unwrap();
    let (back, length) = plan.decode_struct::<T>(&payload).unwrap();
    prop_assert_eq!(&back, value);
    prop_assert_eq!(length, payload.len());

    let other = apache_avro::Schema::parse_str(schema).unwrap();
    let writer = GenericDatumWriter::builder(&other).build().unwrap();
    let tree = to_value(value).unwrap().resolve(&other).unwrap();
    prop_assert_eq!(&writer.write_value_to_vec(tree).unwrap(), &payload);
    prop_assert_eq!(&writer.write_ser_to_vec(value).unwrap(), &payload);
    let reader = GenericDatumReader::builder(&other).build().unwrap();
    let tree = reader.read_value(&mut &payload[..]).unwrap();
    prop_assert_eq!(&from_value::<T>(&tree).unwrap(), value);
    prop_assert_eq!(&reader.read_deser::<T>(&mut &payload[..]).unwrap(), value);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn both_read_the_same(mut json in any_schema(), entropy in prop::collection::vec(any::<u8>(), 0..300)) {
        if !has_ascii_names(&json) {
            return Ok(());
        }
        json = without_logical_types(&json);
        name_types(&mut json, &mut 0);
        let (schema, plan, other) = compiled(&json);
        let (written, _) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));
        let expected = Any::of(&written).leveled();
        let payload = GenericDatumWriter::builder(&other).build().unwrap().write_value_to_vec(written).unwrap();

        let (ours, length) = plan.decode_struct::<Any>(&payload).unwrap();
        prop_assert_eq!(length, payload.len());
        let reader = GenericDatumReader::builder(&other).build().unwrap();
        let theirs = reader.read_value(&mut &payload[..]).unwrap();
        let theirs = from_value::<Any>(&theirs).unwrap();
        prop_assert_eq!(ours.leveled(), expected.clone());
        prop_assert_eq!(theirs.leveled(), expected);
    }

    #[test]
    fn both_write_the_same(mut json in any_schema(), entropy in prop::collection::vec(any::<u8>(), 0..300)) {
        if !has_ascii_names(&json) {
            return Ok(());
        }
        // Of several branches the other library picks one by rules of its own.
        json = narrowed(&without_logical_types(&json));
        name_types(&mut json, &mut 0);
        let (schema, plan, other) = compiled(&json);
        let (written, avro) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));
        let any = Any::of(&written);
        let mut expected = Vec::new();
        plan.encode_json(avro.to_string().as_bytes(), &AVRO, &mut expected).unwrap();

        let mut ours = Vec::new();
        plan.encode_struct(&any, &mut ours).unwrap();
        prop_assert_eq!(&ours, &expected);
        let theirs = to_value(&any).unwrap().resolve(&other).unwrap();
        let theirs = GenericDatumWriter::builder(&other).build().unwrap().write_value_to_vec(theirs).unwrap();
        prop_assert_eq!(theirs, expected);
    }

    #[test]
    fn both_refuse_the_same(
        mut json in any_schema(),
        entropy in prop::collection::vec(any::<u8>(), 0..200),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut: prop::sample::Index,
    ) {
        if !has_ascii_names(&json) {
            return Ok(());
        }
        json = without_logical_types(&json);
        name_types(&mut json, &mut 0);
        let (schema, plan, other) = compiled(&json);
        let (written, _) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));
        let mut payload = GenericDatumWriter::builder(&other).build().unwrap().write_value_to_vec(written).unwrap();
        for (at, byte) in damage {
            if !payload.is_empty() {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
        }
        payload.truncate(cut.index(payload.len() + 1).max(payload.len() / 2));
        apache_avro::util::max_allocation_bytes(1 << 20);
        let reader = GenericDatumReader::builder(&other).build().unwrap();
        let theirs = reader.read_value(&mut &payload[..]).and_then(|tree| from_value::<Any>(&tree));
        match (plan.decode_struct::<Any>(&payload), theirs) {
            (Ok((ours, _)), Ok(theirs)) => prop_assert_eq!(ours.leveled(), theirs.leveled()),
            // As in Java, a boolean is true if its byte is 1; the other library refuses those above.
            (Ok(_), Err(error)) => prop_assert!(error.to_string().starts_with("Invalid u8 for bool"), "{}", error),
            // It makes a null of a text, boolean or union that is cut off, takes numbers of more bits than a long has,
            // and has other limits.
            (Err(error), Ok(_)) => prop_assert!(
                matches!(error.kind(), Kind::Truncated | Kind::Limit) || error.to_string().ends_with("the bytes are no long"),
                "{}",
                error
            ),
            (Err(_), Err(_)) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn both_write_and_read_the_same_structs(order in shared()) {
        assert_agree(ORDER, &order)?;
    }

    #[test]
    fn both_write_and_read_the_same_logical_types(times in times()) {
        assert_agree(TIMES, &times)?;
    }
}
