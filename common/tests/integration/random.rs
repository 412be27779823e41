//! Random schemas and values: round trips, and the `apache-avro` crate as a second opinion.

mod schema;

use apache_avro::types::Value as Apache;
use common::avro::{JsonForm, JsonIn, Logical, Plan, Schema, TypeId, TypeKind, UnknownFields};
use common::error::{DecodeError, Kind};
use common::limits::Limits;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub(crate) use schema::{any_schema, name_types};

pub(crate) const AVRO: JsonIn = JsonIn {
    form: JsonForm::Avro,
    unknown_fields: UnknownFields::Refuse,
};

/// Bytes that decide what a value is; zeros when they are used up.
pub(crate) struct Entropy<'e>(std::slice::Iter<'e, u8>);

impl<'e> Entropy<'e> {
    pub(crate) fn new(bytes: &'e [u8]) -> Self {
        Self(bytes.iter())
    }

    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    /// A number with as many bytes as a byte says, so that small ones are common.
    fn long(&mut self) -> i64 {
        (0..self.below(9)).fold(if self.byte() < 128 { 0 } else { -1 }, |number, _| {
            number << 8 | i64::from(self.byte())
        })
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    fn text(&mut self) -> String {
        let length = self.below(12);
        (0..length)
            .map(|_| ['a', '"', '\\', '\n', 'é', '\u{1f}', '🚀', '/', ' ', '0'][self.below(10)])
            .collect()
    }
}

pub(crate) fn latin1(bytes: &[u8]) -> Value {
    bytes
        .iter()
        .copied()
        .map(char::from)
        .collect::<String>()
        .into()
}

fn float(number: f64, apache: Apache) -> (Apache, Value) {
    let json = if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else {
        json!(number)
    };
    (apache, json)
}

/// A value of the type, for `apache-avro` without its logical types, and in Avro's JSON encoding.
pub(crate) fn value(schema: &Schema, id: TypeId, entropy: &mut Entropy<'_>) -> (Apache, Value) {
    match &schema.get(id).kind {
        TypeKind::Array(items) => {
            let count = entropy.below(4);
            let values = (0..count).map(|_| value(schema, *items, entropy));
            let (apache, json): (Vec<_>, Vec<_>) = values.unzip();
            (Apache::Array(apache), Value::Array(json))
        }
        TypeKind::Map(values) => {
            // At most one entry: the other library has no order of entries.
            let mut map = (std::collections::HashMap::new(), Map::new());
            if entropy.byte() % 2 == 1 {
                let (key, inner) = (entropy.text(), value(schema, *values, entropy));
                map.0.insert(key.clone(), inner.0);
                map.1.insert(key, inner.1);
            }
            (Apache::Map(map.0), Value::Object(map.1))
        }
        TypeKind::Record(record) => {
            let (mut apache, mut json) = (Vec::new(), Map::new());
            for field in &record.fields {
                let inner = value(schema, field.type_id, entropy);
                apache.push((field.name.clone(), inner.0));
                json.insert(field.name.clone(), inner.1);
            }
            (Apache::Record(apache), Value::Object(json))
        }
        TypeKind::Union(branches) => {
            let at = entropy.below(branches.len());
            let (apache, inner) = value(schema, branches[at], entropy);
            let name = schema.type_name(branches[at]);
            let json = if name == "null" {
                Value::Null
            } else {
                json!({ name: inner })
            };
            (
                Apache::Union(u32::try_from(at).unwrap(), Box::new(apache)),
                json,
            )
        }
        TypeKind::Fixed(fixed) => {
            let bytes = match schema.get(id).logical {
                Some(Logical::Decimal { precision, .. }) => decimal(fixed.size, precision, entropy),
                _ => entropy.bytes(fixed.size),
            };
            let json = latin1(&bytes);
            (Apache::Fixed(fixed.size, bytes), json)
        }
        scalar => scalar_value(scalar, entropy),
    }
}

/// A number of at most so many digits, of which no more would have a text, as a fixed of so many bytes.
fn decimal(size: usize, precision: u32, entropy: &mut Entropy<'_>) -> Vec<u8> {
    let number = entropy.long() % 10_i64.pow(precision);
    number.to_be_bytes()[8 - size..].to_vec()
}

fn scalar_value(kind: &TypeKind, entropy: &mut Entropy<'_>) -> (Apache, Value) {
    match kind {
        TypeKind::Boolean => {
            let value = entropy.byte() % 2 == 1;
            (Apache::Boolean(value), value.into())
        }
        TypeKind::Int => {
            let value = i32::try_from(entropy.long()).unwrap_or(i32::MIN);
            (Apache::Int(value), value.into())
        }
        TypeKind::Long => {
            let value = entropy.long();
            (Apache::Long(value), value.into())
        }
        TypeKind::Float => {
            let value = f32::from_bits(u32::from_le_bytes(entropy.bytes(4).try_into().unwrap()));
            let value = match value {
                _ if value.is_nan() => f32::NAN,
                // Java's digits of the smallest numbers are a matter of their own test.
                _ if value.is_subnormal() => 0.0,
                _ => value,
            };
            // Of two texts equally near to the value, std takes the upper and ryu the even one.
            let text = ryu::Buffer::new().format(value).replace("inf", "Infinity");
            float(text.parse().unwrap(), Apache::Float(value))
        }
        TypeKind::Double => {
            let value = f64::from_le_bytes(entropy.bytes(8).try_into().unwrap());
            let value = if value.is_nan() { f64::NAN } else { value };
            float(value, Apache::Double(value))
        }
        TypeKind::Bytes => {
            let length = entropy.below(9);
            let value = entropy.bytes(length);
            (Apache::Bytes(value.clone()), latin1(&value))
        }
        TypeKind::String => {
            let value = entropy.text();
            (Apache::String(value.clone()), value.into())
        }
        TypeKind::Enum(symbols) => {
            let at = entropy.below(symbols.symbols.len());
            let symbol = symbols.symbols[at].clone();
            (
                Apache::Enum(u32::try_from(at).unwrap(), symbol.clone()),
                symbol.into(),
            )
        }
        _ => (Apache::Null, Value::Null),
    }
}

pub(crate) fn decode(plan: &Plan, payload: &[u8], form: JsonForm) -> String {
    let mut json = Vec::new();
    assert_eq!(
        plan.decode_json(payload, form, &mut json).unwrap(),
        payload.len()
    );
    String::from_utf8(json).unwrap()
}

/// The schema's text without logical types, which the other library would insist on.
pub(super) fn without_logical_types(schema: &Value) -> Value {
    match schema {
        Value::Array(branches) => branches.iter().map(without_logical_types).collect(),
        Value::Object(attributes) => {
            let kept = attributes.iter().filter(|(key, _)| *key != "logicalType");
            Value::Object(
                kept.map(|(key, value)| (key.clone(), without_logical_types(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// Whether the other library can take part: its names are ASCII only.
pub(super) fn has_ascii_names(schema: &Value) -> bool {
    !schema.to_string().contains("größe")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn values_of_any_schema_come_back(mut json in any_schema(), entropy in prop::collection::vec(any::<u8>(), 0..300)) {
        name_types(&mut json, &mut 0);
        let schema = Schema::parse(&json.to_string()).unwrap();
        prop_assert_eq!(Schema::parse(&schema.to_string()).unwrap().to_string(), schema.to_string());
        let plan = Plan::compile(&schema, Limits::default()).unwrap();
        let (apache, avro) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));

        let mut payload = Vec::new();
        plan.encode_json(avro.to_string().as_bytes(), &AVRO, &mut payload).unwrap();
        let back: Value = serde_json::from_str(&decode(&plan, &payload, JsonForm::Avro)).unwrap();
        prop_assert_eq!(&back, &avro);

        if has_ascii_names(&json) {
            let other = apache_avro::Schema::parse(&without_logical_types(&json)).unwrap();
            let writer = apache_avro::writer::datum::GenericDatumWriter::builder(&other).build().unwrap();
            prop_assert_eq!(&payload, &writer.write_value_to_vec(apache).unwrap());
        }

        let plain = decode(&plan, &payload, JsonForm::Plain);
        let mut again = Vec::new();
        plan.encode_json(plain.as_bytes(), &JsonIn::default(), &mut again).unwrap();
        prop_assert_eq!(decode(&plan, &again, JsonForm::Plain), plain);
    }

    #[test]
    fn damaged_payloads_and_texts_are_read_or_refused(
        mut json in any_schema(),
        entropy in prop::collection::vec(any::<u8>(), 0..200),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut: prop::sample::Index,
    ) {
        name_types(&mut json, &mut 0);
        let schema = Schema::parse(&json.to_string()).unwrap();
        let limits = Limits { items: 5000, json_bytes: 1 << 20, ..Limits::default() };
        let plan = Plan::compile(&schema, limits).unwrap();
        let (_, avro) = value(&schema, schema.root_id(), &mut Entropy::new(&entropy));
        let mut payload = Vec::new();
        plan.encode_json(avro.to_string().as_bytes(), &AVRO, &mut payload).unwrap();
        let mut text = decode(&plan, &payload, JsonForm::Plain).into_bytes();

        let mut out = Vec::new();
        if !payload.is_empty() {
            for length in [cut.index(payload.len()), payload.len() - 1] {
                let error = plan.decode_json(&payload[..length], JsonForm::Plain, &mut out).unwrap_err();
                prop_assert_eq!(error.kind().as_str(), "truncated");
            }
        }
        for (at, byte) in damage {
            if !payload.is_empty() {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
            let at = at.index(text.len());
            text[at] = byte;
        }
        for form in [JsonForm::Plain, JsonForm::Avro] {
            out.clear();
            let read = plan.decode_json(&payload, form, &mut out);
            if read.is_ok() {
                prop_assert!(serde_json::from_slice::<Value>(&out).is_ok());
            }
            // What is measured counts values without bytes, which texts do not; texts may become too long.
            let is_limit = |error: &DecodeError| matches!(error.kind(), Kind::Limit | Kind::TooLarge);
            match (read, plan.measure(&payload)) {
                (Ok(taken), Ok(length)) => prop_assert_eq!(length, taken),
                (Err(error), Err(other)) => prop_assert!(error.kind() == other.kind() || is_limit(&error) || is_limit(&other), "{error}, but {other}"),
                (Err(error), Ok(_)) | (Ok(_), Err(error)) => prop_assert!(is_limit(&error), "{error}"),
            }
            let options = JsonIn { form, unknown_fields: UnknownFields::Ignore };
            let _any = plan.encode_json(&text, &options, &mut out);
        }
    }

    #[test]
    fn any_text_is_a_schema_or_refused(mut json in any_schema(), damage in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,\"a0 ]"), 0..3)) {
        name_types(&mut json, &mut 0);
        let mut text = json.to_string();
        for (at, piece) in damage {
            let mut at = at.index(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, &piece);
        }
        if let Ok(schema) = Schema::parse(&text) {
            prop_assert!(Plan::compile(&schema, Limits::default()).is_ok());
        }
    }
}

#[test]
fn hostile_schemas_are_refused_or_bounded() {
    let deep = |open: &str, close: &str| {
        format!("{}\"int\"{}", open.repeat(100_000), close.repeat(100_000))
    };
    assert!(Schema::parse(&deep("[", "]")).is_err());
    assert!(Schema::parse(&deep(r#"{"type":"array","items":"#, "}")).is_err());
    // Each record's default holds the one before twice.
    let mut fields = vec![r#"{"name":"f0","type":{"type":"record","name":"N0","fields":[{"name":"s","type":"string","default":"x"}]}}"#.to_owned()];
    for level in 1..200 {
        let inner = level - 1;
        fields.push(format!(
            r#"{{"name":"f{level}","type":{{"type":"record","name":"N{level}","fields":[{{"name":"a","type":"N{inner}","default":{{}}}},{{"name":"b","type":"N{inner}","default":{{}}}}]}}}}"#
        ));
    }
    let schema = Schema::parse(&format!(
        r#"{{"type":"record","name":"R","fields":[{}]}}"#,
        fields.join(",")
    ))
    .unwrap();
    let limits = Limits {
        payload_bytes: 1 << 20,
        ..Limits::default()
    };
    let error = Plan::compile(&schema, limits).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the defaults take more than 1048576 bytes"),
        "{error}"
    );
    let huge = r#"{"type":"fixed","name":"F","size":2147483639}"#;
    let plan = Plan::compile(&Schema::parse(huge).unwrap(), limits).unwrap();
    assert!(
        plan.decode_json(b"abc", JsonForm::Plain, &mut Vec::new())
            .is_err()
    );
    let scale =
        r#"{"type":"bytes","logicalType":"decimal","precision":2000000000,"scale":2000000000}"#;
    let plan = Plan::compile(&Schema::parse(scale).unwrap(), limits).unwrap();
    assert_eq!(decode(&plan, b"\x02\x01", JsonForm::Plain), "\"\\u0001\"");
}
