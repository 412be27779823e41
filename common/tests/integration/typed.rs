//! Random values read as Rust types and as trees, compared with the same values as JSON.

use std::collections::BTreeMap;

use common::avro::{JsonForm, Logical, Plan, Schema, TypeId, TypeKind, Value as Tree};
use common::error::Kind;
use common::limits::Limits;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::random::{AVRO, Entropy, any_schema, decode, latin1, name_types, value};

/// Reads a payload in every way there is, and compares the results.
pub(crate) fn assert_read(schema: &Schema, payload: &[u8]) -> Result<(), TestCaseError> {
    let compiled = Plan::compile(schema, Limits::default()).unwrap();
    let json = |form| serde_json::from_str(&decode(&compiled, payload, form)).unwrap();
    let (avro, plain) = (json(JsonForm::Avro), json(JsonForm::Plain));

    let (tree, length) = compiled.decode_value(payload).unwrap();
    prop_assert_eq!(length, payload.len());
    prop_assert!(
        is_tree_of(schema, schema.root_id(), &tree, &avro),
        "{:?} {}",
        tree,
        avro
    );
    let mut again = Vec::new();
    compiled.encode_value(&tree, &mut again).unwrap();
    prop_assert_eq!(again, payload);

    let (read, length): (Value, usize) = compiled.decode_struct(payload).unwrap();
    prop_assert_eq!(length, payload.len());
    let id = schema.root_id();
    prop_assert!(
        is_read_of(schema, id, &read, (&avro, &plain)),
        "{} {}",
        read,
        plain
    );
    let (IgnoredAny, length) = compiled.decode_struct(payload).unwrap();
    prop_assert_eq!(length, payload.len());
    Ok(())
}

/// The branch that a value in Avro's JSON encoding is in, and the value there.
fn branch<'j>(schema: &Schema, branches: &[TypeId], avro: &'j Value) -> (usize, &'j Value) {
    let (name, inner) = match avro {
        Value::Object(object) => object
            .iter()
            .next()
            .map(|(name, inner)| (name.as_str(), inner))
            .unwrap(),
        other => ("null", other),
    };
    let at = branches.iter().position(|id| schema.type_name(*id) == name);
    (at.unwrap(), inner)
}

fn same_number(number: f64, json: &Value, is_float: bool) -> bool {
    let printed = match json.as_str() {
        Some("NaN") => return number.is_nan(),
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        _ => json.as_f64().unwrap(),
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float is printed with a float's digits"
    )]
    if is_float {
        (number as f32).to_bits() == (printed as f32).to_bits()
    } else {
        number.to_bits() == printed.to_bits()
    }
}

/// Whether a tree is the value that JSON has in Avro's own encoding.
fn is_tree_of(schema: &Schema, id: TypeId, tree: &Tree, avro: &Value) -> bool {
    match (&schema.get(id).kind, tree) {
        (TypeKind::Null, Tree::Null) => avro.is_null(),
        (TypeKind::Boolean, Tree::Boolean(value)) => avro == value,
        (TypeKind::Int, Tree::Int(value)) => avro == value,
        (TypeKind::Long, Tree::Long(value)) => avro == value,
        (TypeKind::Float, Tree::Float(value)) => same_number((*value).into(), avro, true),
        (TypeKind::Double, Tree::Double(value)) => same_number(*value, avro, false),
        (TypeKind::Bytes, Tree::Bytes(bytes)) | (TypeKind::Fixed(_), Tree::Fixed(bytes)) => {
            *avro == latin1(bytes)
        }
        (TypeKind::String, Tree::String(text)) => avro == text,
        (TypeKind::Enum(_), Tree::Enum(symbol)) => *avro == **symbol,
        (TypeKind::Array(inner), Tree::Array(items)) => {
            let array = avro.as_array().unwrap();
            let mut pairs = items.iter().zip(array);
            items.len() == array.len()
                && pairs.all(|(item, json)| is_tree_of(schema, *inner, item, json))
        }
        (TypeKind::Map(inner), Tree::Map(entries)) => {
            let object = avro.as_object().unwrap();
            let mut entries = entries.iter();
            entries.all(|(key, value)| is_tree_of(schema, *inner, value, &object[key]))
        }
        (TypeKind::Record(record), Tree::Record(fields)) => {
            let mut pairs = record.fields.iter().zip(fields);
            fields.len() == record.fields.len()
                && pairs.all(|(field, (name, value))| {
                    field.name == **name
                        && is_tree_of(schema, field.type_id, value, &avro[&field.name])
                })
        }
        (TypeKind::Union(branches), Tree::Union(index, value)) => {
            let (at, inner) = branch(schema, branches, avro);
            at == *index as usize && is_tree_of(schema, branches[at], value, inner)
        }
        _ => false,
    }
}

/// Whether `serde_json::Value` has read what plain JSON has, but for bytes and for what JSON has no numbers for.
fn is_read_of(schema: &Schema, id: TypeId, read: &Value, (avro, plain): (&Value, &Value)) -> bool {
    let entry = schema.get(id);
    match &entry.kind {
        TypeKind::Float | TypeKind::Double => {
            let is_float = entry.kind == TypeKind::Float;
            match read.as_f64() {
                Some(number) => same_number(number, plain, is_float),
                None => plain.is_string(),
            }
        }
        TypeKind::Bytes | TypeKind::Fixed(_)
            if !matches!(
                entry.logical,
                Some(Logical::Decimal { .. } | Logical::Uuid | Logical::Duration)
            ) =>
        {
            let bytes = read.as_array().unwrap().iter();
            let bytes: Vec<u8> = bytes
                .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
                .collect();
            *plain == latin1(&bytes)
        }
        TypeKind::Array(inner) => {
            let [read, avro, plain] = [read, avro, plain].map(|json| json.as_array().unwrap());
            let mut items = read.iter().zip(avro.iter().zip(plain));
            read.len() == plain.len()
                && items.all(|(read, json)| is_read_of(schema, *inner, read, json))
        }
        TypeKind::Map(inner) => {
            let [read, avro, plain] = [read, avro, plain].map(|json| json.as_object().unwrap());
            let mut entries = read.iter();
            read.len() == plain.len()
                && entries
                    .all(|(key, read)| is_read_of(schema, *inner, read, (&avro[key], &plain[key])))
        }
        TypeKind::Record(record) => {
            let mut fields = record.fields.iter();
            read.as_object().unwrap().len() == record.fields.len()
                && fields.all(|field| {
                    let [read, avro, plain] = [read, avro, plain].map(|json| &json[&field.name]);
                    is_read_of(schema, field.type_id, read, (avro, plain))
                })
        }
        TypeKind::Union(branches) => {
            let (at, inner) = branch(schema, branches, avro);
            is_read_of(schema, branches[at], read, (inner, plain))
        }
        _ => read == plain,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    boolean: bool,
    small: i8,
    byte: u8,
    int: i32,
    unsigned: u32,
    long: i64,
    wide: u64,
    float: f32,
    double: f64,
    character: char,
    text: String,
    maybe: Option<String>,
    bytes: Vec<u8>,
    fixed: [u8; 3],
    at: i64,
    symbol: Symbol,
    choice: Choice,
    items: Vec<Item>,
    map: BTreeMap<String, Option<i64>>,
    pair: (i32, i32),
    inner: Option<Box<Everything>>,
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Null,
    Long(i64),
    String(String),
    #[serde(rename = "Symbol")]
    Symbol(Symbol),
    #[serde(rename = "Item")]
    Item {
        product_id: i64,
        name: Option<String>,
    },
    Array(i32, i32),
}

/// The same schema with the fields in two orders.
fn schemas() -> [String; 2] {
    let mut fields = vec![
        r#""boolean","type":"boolean""#,
        r#""small","type":"int""#,
        r#""byte","type":"int""#,
        r#""int","type":"int""#,
        r#""unsigned","type":"long""#,
        r#""long","type":"long""#,
        r#""wide","type":"long""#,
        r#""float","type":"float""#,
        r#""double","type":"double""#,
        r#""character","type":"string""#,
        r#""text","type":"string""#,
        r#""maybe","type":["null","string"]"#,
        r#""bytes","type":"bytes""#,
        r#""fixed","type":{"type":"fixed","name":"F","size":3}"#,
        r#""at","type":{"type":"long","logicalType":"timestamp-millis"}"#,
        r#""symbol","type":{"type":"enum","name":"ns.Symbol","symbols":["B","A"]}"#,
        r#""items","type":{"type":"array","items":{"type":"record","name":"ns.Item","fields":[{"name":"name","type":["null","string"]},{"name":"product_id","type":"long"}]}}"#,
        r#""choice","type":["null","string","long","ns.Symbol","ns.Item",{"type":"array","items":"int"}]"#,
        r#""map","type":{"type":"map","values":["long","null"]}"#,
        r#""pair","type":{"type":"array","items":"int"}"#,
        r#""inner","type":["null","Everything"]"#,
    ];
    let schema = |fields: &[&str]| {
        let fields: Vec<_> = fields
            .iter()
            .map(|field| format!("{{\"name\":{field}}}"))
            .collect();
        format!(
            r#"{{"type":"record","name":"Everything","fields":[{}]}}"#,
            fields.join(",")
        )
    };
    let first = schema(&fields);
    // The types that others name stay before those.
    fields[..15].reverse();
    fields[18..].reverse();
    [first, schema(&fields)]
}

fn item() -> impl Strategy<Value = Item> {
    (any::<i64>(), any::<Option<String>>()).prop_map(|(product_id, name)| Item { product_id, name })
}

fn choice() -> impl Strategy<Value = Choice> {
    let symbol = prop_oneof![Just(Symbol::A), Just(Symbol::B)];
    prop_oneof![
        Just(Choice::Null),
        any::<i64>().prop_map(Choice::Long),
        prop_oneof!["null|string|Symbol|A|Item", any::<String>()].prop_map(Choice::String),
        symbol.prop_map(Choice::Symbol),
        item().prop_map(|Item { product_id, name }| Choice::Item { product_id, name }),
        any::<(i32, i32)>().prop_map(|(left, right)| Choice::Array(left, right)),
    ]
}

/// A value without another inside.
fn level() -> impl Strategy<Value = Everything> {
    let numbers = any::<(bool, i8, u8, i32, u32, i64, f32, f64, char)>();
    let texts = any::<(String, Option<String>, Vec<u8>, [u8; 3], i64)>();
    let symbol = prop_oneof![Just(Symbol::A), Just(Symbol::B)];
    let compound = (
        symbol,
        choice(),
        prop::collection::vec(item(), 0..4),
        any::<BTreeMap<String, Option<i64>>>(),
        any::<(i32, i32)>(),
    );
    (numbers, texts, compound).prop_map(|(numbers, texts, compound)| Everything {
        boolean: numbers.0,
        small: numbers.1,
        byte: numbers.2,
        int: numbers.3,
        unsigned: numbers.4,
        long: numbers.5,
        wide: numbers.5.unsigned_abs() >> 1,
        float: numbers.6,
        double: numbers.7,
        character: numbers.8,
        text: texts.0,
        maybe: texts.1,
        bytes: texts.2,
        fixed: texts.3,
        at: texts.4,
        symbol: compound.0,
        choice: compound.1,
        items: compound.2,
        map: compound.3,
        pair: compound.4,
        inner: None,
    })
}

fn everything() -> impl Strategy<Value = Everything> {
    (level(), prop::option::of(level())).prop_map(|(outer, inner)| Everything {
        inner: inner.map(Box::new),
        ..outer
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn values_of_any_schema_are_read_the_same_in_every_way(
        mut json in any_schema(),
        entropy in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        name_types(&mut json, &mut 0);
        let schema = Schema::parse(&json.to_string()).unwrap();
        let plan = Plan::compile(&schema, Limits::default()).unwrap();
        let (_, avro) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));
        let mut payload = Vec::new();
        plan.encode_json(avro.to_string().as_bytes(), &AVRO, &mut payload).unwrap();
        assert_read(&schema, &payload)?;
    }

    #[test]
    fn damaged_payloads_are_read_or_refused_the_same_in_every_way(
        mut json in any_schema(),
        entropy in prop::collection::vec(any::<u8>(), 0..200),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut: prop::sample::Index,
    ) {
        name_types(&mut json, &mut 0);
        let schema = Schema::parse(&json.to_string()).unwrap();
        let limits = Limits { items: 5000, json_bytes: 1 << 20, ..Limits::default() };
        let plan = Plan::compile(&schema, limits).unwrap();
        let (_, avro) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));
        let mut payload = Vec::new();
        plan.encode_json(avro.to_string().as_bytes(), &AVRO, &mut payload).unwrap();
        for (at, byte) in damage {
            if !payload.is_empty() {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
        }
        payload.truncate(cut.index(payload.len() + 1).max(payload.len() / 2));

        let json = plan.decode_json(&payload, JsonForm::Avro, &mut Vec::new());
        let tree = plan.decode_value(&payload);
        let read = plan.decode_struct::<Value>(&payload);
        let ignored = plan.decode_struct::<IgnoredAny>(&payload);
        let is_limit = |kind| matches!(kind, Kind::Limit | Kind::TooLarge);
        match json {
            Ok(length) => {
                prop_assert!(tree.is_ok_and(|tree| tree.1 == length));
                prop_assert!(ignored.is_ok_and(|ignored| ignored.1 == length));
                match read {
                    Ok(read) => prop_assert_eq!(read.1, length),
                    // Each byte of bytes counts as an item, and a decimal may be too long to print.
                    Err(error) => prop_assert!(is_limit(error.kind()), "{}", error),
                }
            }
            Err(error) if is_limit(error.kind()) => {}
            Err(error) => {
                let tree = tree.unwrap_err();
                prop_assert_eq!(tree.to_string(), error.to_string());
                let read = read.unwrap_err();
                prop_assert!(read.kind() == error.kind() || is_limit(read.kind()), "{} {}", read, error);
            }
        }
    }

    #[test]
    fn rust_values_come_back(value in everything()) {
        for schema in schemas() {
            let schema = Schema::parse(&schema).unwrap();
            let plan = Plan::compile(&schema, Limits::default()).unwrap();
            let mut payload = Vec::new();
            plan.encode_struct(&value, &mut payload).unwrap();
            let (back, length) = plan.decode_struct::<Everything>(&payload).unwrap();
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(length, payload.len());
            assert_read(&schema, &payload)?;
        }
    }
}
