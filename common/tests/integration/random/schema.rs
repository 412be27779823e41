//! Random Avro schemas; the producer's tests make records of them too.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A schema whose named types have no names yet; [`name_types`] gives each its own.
pub(crate) fn any_schema() -> impl Strategy<Value = Value> {
    let logical = |base: &str, logical: &str| json!({"type": base, "logicalType": logical});
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!["null", "boolean", "int", "long", "float", "double", "bytes", "string"])
            .prop_map(Value::from),
        1 => prop::sample::select(vec![
            logical("int", "date"), logical("int", "time-millis"), logical("long", "time-micros"),
            logical("long", "timestamp-millis"), logical("long", "timestamp-micros"),
            logical("long", "timestamp-nanos"), logical("long", "local-timestamp-millis"), logical("string", "uuid"),
            json!({"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 3}),
            json!({"type": "fixed", "size": 5, "logicalType": "decimal", "precision": 11, "scale": 0}),
            json!({"type": "fixed", "size": 12, "logicalType": "duration"}),
            json!({"type": "fixed", "size": 16, "logicalType": "uuid"}),
        ]),
        1 => (0_usize..6).prop_map(|size| json!({"type": "fixed", "size": size})),
        1 => (1_usize..4).prop_map(|count| json!({"type": "enum", "symbols": &["A", "B_1", "größe"][..count]})),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|items| json!({"type": "array", "items": items})),
            inner
                .clone()
                .prop_map(|values| json!({"type": "map", "values": values})),
            prop::collection::vec(inner.clone(), 0..5).prop_map(|types| {
                let fields = types
                    .into_iter()
                    .enumerate()
                    .map(|(at, kind)| json!({"name": format!("f{at}"), "type": kind}));
                json!({"type": "record", "fields": fields.collect::<Vec<_>>()})
            }),
            prop::collection::vec(inner, 1..5).prop_map(union_of),
        ]
    })
}

/// A union without unions inside and without twins.
fn union_of(branches: Vec<Value>) -> Value {
    let mut seen = Vec::new();
    let kept = branches.into_iter().filter(|branch| {
        let kind = branch.as_str().or_else(|| branch["type"].as_str());
        let named = matches!(kind, Some("record" | "enum" | "fixed"));
        let fresh = kind.is_some_and(|kind| named || !seen.contains(&kind.to_owned()));
        seen.extend(kind.map(str::to_owned));
        fresh
    });
    let kept: Vec<_> = kept.collect();
    if kept.is_empty() {
        json!(["null"])
    } else {
        Value::Array(kept)
    }
}

pub(crate) fn name_types(schema: &mut Value, count: &mut usize) {
    match schema {
        Value::Array(branches) => branches
            .iter_mut()
            .for_each(|branch| name_types(branch, count)),
        Value::Object(attributes) => {
            if matches!(
                attributes["type"].as_str(),
                Some("record" | "enum" | "fixed")
            ) {
                *count += 1;
                attributes.insert(
                    "name".to_owned(),
                    json!(format!("ns{}.N{count}", *count % 2)),
                );
            }
            for key in ["items", "values"] {
                if let Some(inner) = attributes.get_mut(key) {
                    name_types(inner, count);
                }
            }
            for field in attributes
                .get_mut("fields")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                name_types(&mut field["type"], count);
            }
        }
        _ => {}
    }
}
