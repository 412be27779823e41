//! Properties of Avro verdicts, for random schemas and what random changes make of them.

use common::avro::{Plan, Schema};
use common::limits::Limits;
use compatibility::avro::{Options as AvroOptions, Strictness, differences};
use compatibility::{Definition, Direction, Earlier, Format, Mode, Options, check};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

const STRICTNESS: [Strictness; 2] = [Strictness::Lenient, Strictness::Strict];

fn options(record_names: Strictness, enum_symbols: Strictness) -> AvroOptions {
    AvroOptions {
        record_names,
        enum_symbols,
    }
}

/// Types of which the named ones get their names when all are known: see [`named`].
fn schema() -> impl Strategy<Value = Value> {
    let primitive = prop::sample::select(vec![
        "null", "boolean", "int", "long", "float", "double", "bytes", "string",
    ]);
    let symbols = prop::sample::subsequence(vec!["A", "B", "C"], 1..=3);
    let leaf = prop_oneof![
        4 => primitive.prop_map(|name| json!(name)),
        1 => symbols.prop_map(|symbols| json!({"type": "enum", "symbols": symbols})),
        1 => (1..3_u32).prop_map(|size| json!({"type": "fixed", "size": size})),
    ];
    leaf.prop_recursive(4, 24, 4, |inside| {
        let field = (inside.clone(), any::<bool>());
        prop_oneof![
            inside
                .clone()
                .prop_map(|items| json!({"type": "array", "items": items})),
            inside
                .clone()
                .prop_map(|values| json!({"type": "map", "values": values})),
            prop::collection::vec(inside, 1..4).prop_map(Value::Array),
            prop::collection::vec(field, 0..4).prop_map(record),
        ]
    })
}

fn record(fields: Vec<(Value, bool)>) -> Value {
    let fields = fields
        .into_iter()
        .enumerate()
        .map(|(at, (kind, optional))| {
            let name = format!("f{at}");
            if optional {
                json!({"name": name, "type": ["null", kind], "default": null})
            } else {
                json!({"name": name, "type": kind})
            }
        });
    json!({"type": "record", "fields": fields.collect::<Vec<_>>()})
}

/// The text of a schema: named types are called by their kind and place, and unions have what they may have.
fn named(schema: &Value, path: &str) -> Value {
    match schema {
        Value::Array(branches) => {
            let mut seen = Vec::new();
            for (at, branch) in branches.iter().enumerate() {
                let branch = named(branch, &format!("{path}_{at}"));
                if !branch.is_array() && !seen.iter().any(|other| is_alike(other, &branch)) {
                    seen.push(branch);
                }
            }
            Value::Array(seen)
        }
        Value::Object(attributes) => {
            let mut schema = attributes.clone();
            let kind = schema["type"].as_str().unwrap_or_default().to_owned();
            if matches!(kind.as_str(), "record" | "enum" | "fixed") {
                schema.insert("name".to_owned(), json!(format!("{kind}{path}")));
            }
            for key in ["items", "values"] {
                if let Some(inside) = attributes.get(key) {
                    schema.insert(key.to_owned(), named(inside, &format!("{path}_i")));
                }
            }
            for field in schema
                .get_mut("fields")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                let name = format!("{path}_{}", field["name"].as_str().unwrap_or_default());
                field["type"] = named(&field["type"], &name);
            }
            Value::Object(schema)
        }
        other => other.clone(),
    }
}

/// Whether two types may not be branches of one union.
fn is_alike(one: &Value, other: &Value) -> bool {
    let kind = |schema: &Value| schema.get("type").unwrap_or(schema).clone();
    kind(one) == kind(other) && one.get("name") == other.get("name")
}

/// A schema with some of its places changed.
fn changed(schema: &Value, dice: &mut impl Iterator<Item = u8>) -> Value {
    let roll = dice.next().unwrap_or(0);
    match schema {
        Value::String(name) => match (roll % 8, name.as_str()) {
            (1 | 2, "int") => json!("long"),
            (1, "long" | "float") => json!("double"),
            (1, "string") => json!("bytes"),
            (3, _) => json!("int"),
            (4, _) => json!(["null", name]),
            _ => schema.clone(),
        },
        Value::Array(branches) => {
            let mut branches: Vec<_> = branches
                .iter()
                .map(|branch| changed(branch, dice))
                .collect();
            match roll % 6 {
                1 => branches.push(json!("string")),
                2 if branches.len() > 2 => drop(branches.pop()),
                _ => {}
            }
            Value::Array(branches)
        }
        Value::Object(attributes) => {
            let mut schema = attributes.clone();
            for key in ["items", "values"] {
                if let Some(inside) = attributes.get(key) {
                    schema.insert(key.to_owned(), changed(inside, dice));
                }
            }
            if let Some(symbols) = schema.get_mut("symbols").and_then(Value::as_array_mut) {
                match roll % 4 {
                    1 => symbols.push(json!("NEW")),
                    2 if symbols.len() > 1 => drop(symbols.pop()),
                    _ => {}
                }
            }
            if let Some(fields) = schema.get_mut("fields").and_then(Value::as_array_mut) {
                change_fields(fields, roll, dice);
            }
            Value::Object(schema)
        }
        other => other.clone(),
    }
}

fn change_fields(fields: &mut Vec<Value>, roll: u8, dice: &mut impl Iterator<Item = u8>) {
    for field in fields.iter_mut() {
        if field.get("default").is_none() {
            field["type"] = changed(&field["type"], dice);
        }
    }
    match roll % 6 {
        1 => fields.push(json!({"name": "added", "type": "int", "default": 1})),
        2 => fields.insert(0, json!({"name": "needed", "type": "int"})),
        3 => drop(fields.pop()),
        _ => {}
    }
}

/// A schema, and what became of it.
fn versions() -> impl Strategy<Value = (String, String)> {
    let fields = prop::collection::vec((schema(), any::<bool>()), 2..5).prop_map(record);
    let schema = prop_oneof![1 => schema(), 6 => fields];
    let dice = prop::collection::vec(any::<u8>(), 40);
    (schema, dice).prop_map(|(old, dice)| {
        let new = changed(&old, &mut dice.into_iter());
        (named(&old, "").to_string(), named(&new, "").to_string())
    })
}

fn parse(text: &str) -> Schema {
    Schema::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_schema_reads_itself_in_all_modes((text, _) in versions()) {
        for mode in Mode::ALL {
            for names in STRICTNESS {
                let definition = || Definition::parse(Format::Avro, &text).unwrap();
                let options = Options { avro: options(names, names), ..Options::default() };
                let earlier = Earlier { number: 1, definition: definition() };
                let verdict = check(mode, &definition(), &[earlier], &options);
                prop_assert!(verdict.is_compatible(), "{mode}: {verdict}");
            }
        }
    }

    // Without namespaces and aliases: with them `SchemaCompatibility` takes more types for the same.
    #[test]
    fn what_is_refused_leniently_is_refused_strictly((old, new) in versions()) {
        let (old, new) = (parse(&old), parse(&new));
        for (reader, writer) in [(&new, &old), (&old, &new)] {
            let lenient = differences(reader, writer, AvroOptions::default());
            for names in STRICTNESS {
                for symbols in STRICTNESS {
                    let strict = differences(reader, writer, options(names, symbols));
                    prop_assert!(lenient.is_empty() || !strict.is_empty(), "{lenient:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_accepted_has_a_plan_to_be_read_by((old, new) in versions()) {
        let (old, new) = (parse(&old), parse(&new));
        for names in STRICTNESS {
            if differences(&new, &old, options(names, names)).is_empty() {
                prop_assert!(Plan::resolve(&old, &new, Limits::default()).is_ok());
            }
        }
    }

    #[test]
    fn a_verdict_is_compatible_when_it_has_no_conflicts((old, new) in versions()) {
        let definition = |text: &str| Definition::parse(Format::Avro, text).unwrap();
        let found = differences(&parse(&new), &parse(&old), AvroOptions::default());
        let earlier = Earlier { number: 7, definition: definition(&old) };
        let verdict = check(Mode::Full, &definition(&new), &[earlier], &Options::default());
        let backward = verdict.conflicts.iter().find(|conflict| conflict.direction == Direction::Backward);
        prop_assert_eq!(found, backward.map_or(Vec::new(), |conflict| conflict.differences.clone()));
        prop_assert_eq!(verdict.is_compatible(), verdict.conflicts.is_empty());
        for conflict in &verdict.conflicts {
            prop_assert!(conflict.version == 7 && !conflict.differences.is_empty());
        }
    }
}

#[test]
fn random_changes_give_both_verdicts() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut compatible = 0;
    for _ in 0..400 {
        let (old, new) = versions().new_tree(&mut runner).unwrap().current();
        let found = differences(&parse(&new), &parse(&old), AvroOptions::default());
        compatible += usize::from(found.is_empty());
    }
    assert!((100..=300).contains(&compatible), "{compatible} of 400");
}
