//! Random schemas, and random changes to them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::definition;
use crate::MAX_DIFFERENCES;
use crate::json_schema::{JsonDefinition, Rules, differences};

const KINDS: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

const NUMBERS: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "multipleOf"];

const COUNTS: [&str; 6] = [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!({})),
        prop::sample::select(KINDS.to_vec()).prop_map(|kind| json!({"type": kind})),
        prop::sample::subsequence(KINDS.to_vec(), 0..4).prop_map(|kinds| json!({"type": kinds})),
        (prop::sample::select(NUMBERS.to_vec()), 1..5_u8)
            .prop_map(|(keyword, value)| json!({"type": "number", keyword: value})),
        (prop::sample::select(COUNTS.to_vec()), 0..5_u8)
            .prop_map(|(keyword, value)| json!({keyword: value})),
        prop::sample::subsequence(vec![json!(1), json!("a"), json!(null), json!([1])], 0..4)
            .prop_map(|values| json!({"type": "string", "enum": values})),
        prop::sample::select(vec![
            json!({"const": 1}),
            json!({"const": "a"}),
            json!({"enum": [1.0]})
        ]),
        prop::sample::select(vec![
            json!({"pattern": "^a"}),
            json!({"format": "date"}),
            json!({"type": "string", "contentEncoding": "base64"})
        ]),
        prop::sample::select(vec!["#", "#/definitions/d", "#/definitions/e"])
            .prop_map(|to| json!({"$ref": to})),
    ]
}

fn object(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Value> {
    let properties = prop::collection::btree_map(
        prop::sample::select(vec!["a", "b", "c"]),
        inner.clone(),
        0..4,
    );
    let keywords = prop::sample::subsequence(
        vec![
            "additionalProperties",
            "propertyNames",
            "patternProperties",
            "dependencies",
        ],
        0..3,
    );
    let required = prop::sample::subsequence(vec!["a", "b", "c"], 0..3);
    (properties, keywords, required, inner).prop_map(|(properties, keywords, required, other)| {
        let mut schema = json!({"type": "object", "properties": properties, "required": required});
        for keyword in keywords {
            schema[keyword] = match keyword {
                "patternProperties" | "dependencies" => json!({"a": other}),
                _ => other.clone(),
            };
        }
        schema
    })
}

fn inner() -> impl Strategy<Value = Value> + Clone {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        let combined = prop::sample::select(vec!["allOf", "anyOf", "oneOf", "items"]);
        prop_oneof![
            3 => object(inner.clone()),
            2 => (combined, list).prop_map(|(keyword, list)| json!({keyword: list})),
            1 => (prop::sample::select(vec!["not", "items", "contains", "if"]), inner.clone())
                .prop_map(|(keyword, schema)| json!({keyword: schema})),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(one, two, three)| json!({"if": one, "then": two, "else": three, "type": "string"})),
            1 => (inner.clone(), inner).prop_map(|(one, two)| json!({"items": [one], "additionalItems": two})),
        ]
    })
}

/// A whole schema, whose references lead somewhere.
fn schema() -> impl Strategy<Value = Value> {
    (object(inner()), inner(), inner()).prop_map(|(mut root, one, two)| {
        root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        root["definitions"] = json!({"d": one, "e": two});
        root
    })
}

/// Changes that keep a schema a schema: somewhere a subschema becomes another one.
fn change(schema: &Value, at: &mut usize, by: &Value) -> Value {
    if *at == 0 {
        *at = usize::MAX;
        return by.clone();
    }
    *at -= 1;
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut changed = Map::new();
    for (keyword, value) in members {
        let value = match (keyword.as_str(), value) {
            (
                "properties" | "patternProperties" | "definitions" | "dependencies",
                Value::Object(inner),
            ) => inner
                .iter()
                .map(|(name, inner)| (name.clone(), change(inner, at, by)))
                .collect(),
            ("allOf" | "anyOf" | "oneOf" | "items", Value::Array(list)) => {
                list.iter().map(|inner| change(inner, at, by)).collect()
            }
            (
                "not"
                | "items"
                | "contains"
                | "if"
                | "then"
                | "else"
                | "additionalItems"
                | "additionalProperties"
                | "propertyNames",
                inner,
            ) => change(inner, at, by),
            _ => value.clone(),
        };
        changed.insert(keyword.clone(), value);
    }
    Value::Object(changed)
}

/// The members of all objects in the opposite order.
fn turn(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .rev()
            .map(|(name, value)| (name.clone(), turn(value)))
            .collect(),
        Value::Array(items) => items.iter().map(turn).collect(),
        _ => value.clone(),
    }
}

fn parse(schema: &Value) -> JsonDefinition {
    definition(&schema.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_schema_reads_itself(schema in schema()) {
        let (one, other) = (parse(&schema), parse(&turn(&schema)));
        for rules in Rules::ALL {
            prop_assert_eq!(differences(&one, &one, rules), vec![]);
            prop_assert_eq!(differences(&one, &other, rules), vec![]);
        }
    }

    #[test]
    fn random_changes_are_found_or_not_but_end(old in schema(), at in 1..40_usize, by in inner()) {
        let new = change(&old, &mut { at }, &by);
        let (old, new) = (parse(&old), parse(&new));
        for (reader, writer) in [(&old, &new), (&new, &old)] {
            let [glue, strict, lenient, off] = Rules::ALL.map(|rules| differences(reader, writer, rules));
            prop_assert!(glue.len() <= MAX_DIFFERENCES);
            for one in &glue {
                prop_assert!(one.path.starts_with('#') && one.rule.as_str() != "too-complex", "{}", one);
            }
            // The lenient rules forbid nothing that the strict ones allow, nor these what Glue allows.
            prop_assert!(!strict.is_empty() || lenient.is_empty());
            prop_assert!(!glue.is_empty() || strict.is_empty());
            prop_assert!(off.is_empty());
        }
    }
}
