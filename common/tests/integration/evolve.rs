//! Random schemas and readers derived from them: resolution against plain decoding and the `apache-avro` crate.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Apache;
use common::avro::{JsonForm, Plan, Schema};
use common::error::Kind;
use common::limits::Limits;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::random::{
    AVRO, Entropy, any_schema, decode, has_ascii_names, name_types, value, without_logical_types,
};

/// The schema with one branch beside null in each union.
///
/// Of more the other library picks one by the value alone: of two fixed types of one size always the first.
pub(crate) fn narrowed(schema: &Value) -> Value {
    match schema {
        Value::Array(branches) => {
            let is_null = |branch: &&Value| *branch == "null";
            let null = branches.iter().find(is_null).cloned();
            let other = branches
                .iter()
                .find(|branch| !is_null(branch))
                .map(narrowed);
            null.into_iter().chain(other).collect()
        }
        Value::Object(attributes) => {
            let inner = attributes.iter().map(|(key, inner)| match key.as_str() {
                "symbols" => (key.clone(), inner.clone()),
                "fields" => {
                    let fields = inner.as_array().unwrap().iter().map(narrowed);
                    (key.clone(), fields.collect())
                }
                _ => (key.clone(), narrowed(inner)),
            });
            Value::Object(inner.collect())
        }
        other => other.clone(),
    }
}

/// A reader's schema for what the schema has written: fields moved, dropped and added, numbers widened.
///
/// Not done, because the other library does not follow the specification there: aliases (it does not look at those of
/// fields), other names (it never compares them), defaults of bytes above 127 (it takes UTF-8), and changes inside a
/// union (it takes the first branch that a value can be turned into, whatever its type was).
fn evolved(schema: &Value, entropy: &mut Entropy<'_>) -> Value {
    let mut schema = schema.clone();
    match &mut schema {
        Value::String(name) => {
            let wider: &[&str] = match name.as_str() {
                "int" => &["int", "long", "float", "double"],
                "long" => &["long", "float", "double"],
                "float" => &["float", "double"],
                name => &[name],
            };
            wider[entropy.below(wider.len())].into()
        }
        Value::Object(attributes) => {
            for key in ["items", "values"] {
                if let Some(inner) = attributes.get_mut(key) {
                    *inner = evolved(inner, entropy);
                }
            }
            if let Some(Value::Array(fields)) = attributes.get_mut("fields") {
                evolve_fields(fields, entropy);
            }
            schema
        }
        _ => schema,
    }
}

fn evolve_fields(fields: &mut Vec<Value>, entropy: &mut Entropy<'_>) {
    fields.retain(|_| entropy.below(5) > 0);
    for field in fields.iter_mut() {
        field["type"] = evolved(&field["type"], entropy);
    }
    for at in 0..entropy.below(3) {
        let mut field = [
            json!({"type": "long", "default": -3}),
            json!({"type": ["null", "string"], "default": null}),
            json!({"type": {"type": "array", "items": "double"}, "default": [1, 2.5]}),
            json!({"type": {"type": "map", "values": "string"}, "default": {"k": "\"é"}}),
        ][entropy.below(4)]
        .clone();
        field["name"] = json!(format!("new{at}"));
        fields.insert(entropy.below(fields.len() + 1), field);
    }
    if !fields.is_empty() {
        let count = fields.len();
        fields.rotate_left(entropy.below(count));
        fields.swap(0, entropy.below(count));
    }
}

/// The other library's value in Avro's JSON encoding; `schema` is the type's text.
fn json_of(schema: &Value, value: &Apache) -> Value {
    match value {
        Apache::Null => Value::Null,
        Apache::Boolean(value) => (*value).into(),
        Apache::Int(value) => (*value).into(),
        Apache::Long(value) => (*value).into(),
        Apache::Float(value) => special((*value).into()),
        Apache::Double(value) => special(*value),
        Apache::Bytes(bytes) | Apache::Fixed(_, bytes) => {
            let text: String = bytes.iter().copied().map(char::from).collect();
            text.into()
        }
        Apache::String(text) | Apache::Enum(_, text) => text.as_str().into(),
        Apache::Array(items) => items
            .iter()
            .map(|item| json_of(&schema["items"], item))
            .collect(),
        Apache::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, entry)| (key.clone(), json_of(&schema["values"], entry)));
            Value::Object(entries.collect())
        }
        Apache::Record(fields) => {
            let types = schema["fields"].as_array().unwrap();
            let fields = fields.iter().zip(types).map(|((name, value), field)| {
                assert_eq!(field["name"], name.as_str());
                (name.clone(), json_of(&field["type"], value))
            });
            Value::Object(fields.collect())
        }
        Apache::Union(at, value) => {
            let branch = &schema[*at as usize];
            let inner = json_of(branch, value);
            if inner.is_null() {
                return inner;
            }
            let name = ["name", "type"]
                .into_iter()
                .find_map(|key| branch[key].as_str());
            let mut tagged = Map::new();
            tagged.insert(branch.as_str().or(name).unwrap().to_owned(), inner);
            tagged.into()
        }
        other => panic!("{other:?} without logical types"),
    }
}

fn special(number: f64) -> Value {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .into()
    } else {
        json!(number)
    }
}

/// Whether two values are equal; of floats the texts may have more or fewer digits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "floats are compared as floats"
)]
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_f64() && right.is_f64() => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            left.to_bits() == right.to_bits() || (left as f32).to_bits() == (right as f32).to_bits()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| left.0 == right.0 && same(left.1, right.1))
        }
        (left, right) => left == right,
    }
}

fn resolve(writer: &Value, reader: &Value) -> Plan {
    let [writer, reader] = [writer, reader].map(|json| Schema::parse(&json.to_string()).unwrap());
    Plan::resolve(&writer, &reader, Limits::default())
        .unwrap_or_else(|error| panic!("{error}\n{writer}\n{reader}"))
}

/// Asserts that a payload becomes what the reader's schema would have written, or is refused as its JSON text is.
pub(crate) fn assert_transcoded(
    plan: &Plan,
    reader: &Schema,
    payload: &[u8],
) -> Result<(), TestCaseError> {
    let (mut json, mut own) = (Vec::new(), b"before".to_vec());
    let taken = plan.decode_json(payload, JsonForm::Avro, &mut json);
    let transcoded = plan.transcode(payload, &mut own);
    let is_limit = |kind| matches!(kind, Kind::Limit | Kind::TooLarge);
    match (taken, transcoded) {
        (Ok(taken), Ok(transcoded)) => {
            prop_assert_eq!(transcoded, taken);
            let mut written = b"before".to_vec();
            plan.encode_json(&json, &AVRO, &mut written).unwrap();
            // The text has but one NaN.
            if !contains(&json, b"\"NaN\"") {
                prop_assert_eq!(&own, &written);
            }
            let reread = Plan::compile(reader, *plan.limits()).unwrap();
            let mut again = Vec::new();
            prop_assert_eq!(
                reread
                    .decode_json(&own[6..], JsonForm::Avro, &mut again)
                    .unwrap(),
                own.len() - 6
            );
            let [left, right] = [&json, &again].map(|json| serde_json::from_slice(json).unwrap());
            prop_assert!(same(&left, &right), "{} is not {}", left, right);
        }
        (Err(text), Err(bytes)) => {
            prop_assert!(
                text.to_string() == bytes.to_string()
                    || is_limit(text.kind())
                    || is_limit(bytes.kind()),
                "{} {}",
                text,
                bytes
            );
            prop_assert_eq!(own, b"before");
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => {
            prop_assert!(is_limit(error.kind()), "{}", error);
        }
    }
    Ok(())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The bytes of a random value.
fn payload(schema: &Value, entropy: &mut Entropy<'_>) -> Vec<u8> {
    let schema = Schema::parse(&schema.to_string()).unwrap();
    let plan = Plan::compile(&schema, Limits::default()).unwrap();
    let (_, json) = value(&schema, schema.root_id(), entropy);
    let mut payload = Vec::new();
    plan.encode_json(json.to_string().as_bytes(), &AVRO, &mut payload)
        .unwrap();
    payload
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn evolved_readers_see_what_the_other_library_sees(mut writer in any_schema(), entropy in prop::collection::vec(any::<u8>(), 0..400)) {
        if !has_ascii_names(&writer) {
            return Ok(());
        }
        writer = narrowed(&without_logical_types(&writer));
        name_types(&mut writer, &mut 0);
        let mut entropy = Entropy::new(&entropy);
        let payload = payload(&writer, &mut entropy);
        let reader = evolved(&writer, &mut entropy);
        let ours = decode(&resolve(&writer, &reader), &payload, JsonForm::Avro);
        let ours: Value = serde_json::from_str(&ours).unwrap();

        let [written, wanted] = [&writer, &reader].map(|json| apache_avro::Schema::parse(json).unwrap());
        let other = GenericDatumReader::builder(&written).reader_schema(&wanted).build().unwrap();
        let theirs = json_of(&reader, &other.read_value(&mut &payload[..]).unwrap());
        prop_assert!(same(&ours, &theirs), "{} is not {}\n{}\n{}", ours, theirs, writer, reader);
    }

    #[test]
    fn a_reader_with_the_writers_schema_sees_the_same(mut writer in any_schema(), entropy in prop::collection::vec(any::<u8>(), 0..300)) {
        name_types(&mut writer, &mut 0);
        let payload = payload(&writer, &mut Entropy::new(&entropy));
        let schema = Schema::parse(&writer.to_string()).unwrap();
        let plain = Plan::compile(&schema, Limits::default()).unwrap();
        // Wrapped in a union the value is read by other nodes.
        let union = if writer.is_array() { writer.clone() } else { json!([writer]) };
        for form in [JsonForm::Plain, JsonForm::Avro] {
            let expected = decode(&plain, &payload, form);
            prop_assert_eq!(decode(&resolve(&writer, &writer), &payload, form), &expected[..]);
            if form == JsonForm::Plain {
                prop_assert_eq!(decode(&resolve(&writer, &union), &payload, form), expected);
            }
        }
    }

    #[test]
    fn any_two_schemas_and_payloads_are_read_or_refused(
        mut writer in any_schema(),
        mut reader in any_schema(),
        entropy in prop::collection::vec(any::<u8>(), 0..300),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        name_types(&mut writer, &mut 0);
        name_types(&mut reader, &mut 0);
        let mut entropy = Entropy::new(&entropy);
        let mut payload = payload(&writer, &mut entropy);
        let is_whole = damage.is_empty() || payload.is_empty();
        for (at, byte) in damage {
            if !payload.is_empty() {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
        }
        let limits = Limits { items: 5000, json_bytes: 1 << 20, ..Limits::default() };
        let near = evolved(&writer, &mut entropy);
        for reader in [reader, near] {
            let [written, wanted] = [&writer, &reader].map(|json| Schema::parse(&json.to_string()).unwrap());
            let Ok(plan) = Plan::resolve(&written, &wanted, limits) else {
                continue;
            };
            assert_transcoded(&plan, &wanted, &payload)?;
            for form in [JsonForm::Plain, JsonForm::Avro] {
                let mut out = Vec::new();
                match plan.decode_json(&payload, form, &mut out) {
                    Ok(_) => prop_assert!(serde_json::from_slice::<Value>(&out).is_ok()),
                    Err(error) => {
                        prop_assert!(out.is_empty());
                        prop_assert!(!is_whole || error.kind().as_str() == "resolution", "{}", error);
                    }
                }
            }
        }
    }
}
