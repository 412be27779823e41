//! Patches: their form, that they do what they say, and that they stay small.

use serde_json::{Value, json};

use super::{MAX_PATCH, Patch, Tree, patch};
use crate::definition::Format;

/// Applies a patch as RFC 6902 says, as far as ours go.
fn applied(patch: &str, first: &str) -> Value {
    let mut document: Value = serde_json::from_str(first).unwrap();
    let operations: Vec<Value> = serde_json::from_str(patch).unwrap();
    for operation in operations {
        let place = operation["path"].as_str().unwrap();
        if place.is_empty() {
            assert_eq!(operation["op"], "replace");
            document = operation["value"].clone();
            continue;
        }
        let (parent, step) = place.rsplit_once('/').unwrap();
        let step = step.replace("~1", "/").replace("~0", "~");
        let value = operation.get("value").cloned();
        match document.pointer_mut(parent).unwrap() {
            Value::Object(members) => match operation["op"].as_str().unwrap() {
                "remove" => assert!(members.shift_remove(&step).is_some()),
                "add" => assert!(members.insert(step, value.unwrap()).is_none()),
                _ => assert!(members.insert(step, value.unwrap()).is_some()),
            },
            Value::Array(items) => match (operation["op"].as_str().unwrap(), step.parse().unwrap())
            {
                ("remove", index) => drop(items.remove(index)),
                ("add", index) => items.insert(index, value.unwrap()),
                (_, index) => items[index] = value.unwrap(),
            },
            other => panic!("{other} has no parts"),
        }
    }
    document
}

#[test]
fn each_change_is_an_operation_at_its_place() {
    let table = [
        (r#"{"a":1,"b":2}"#, r#"{ "b":2, "a":1 }"#, "[]"),
        (
            r#"{"a":1,"b":2}"#,
            r#"{"b":3,"c":1.0}"#,
            r#"[{"op":"remove","path":"/a"},{"op":"replace","path":"/b","value":3},{"op":"add","path":"/c","value":1.0}]"#,
        ),
        (
            r#"["a","b","c"]"#,
            r#"["a","x","y","b","c"]"#,
            r#"[{"op":"add","path":"/1","value":"x"},{"op":"add","path":"/2","value":"y"}]"#,
        ),
        (
            r#"["a","b","c","d"]"#,
            r#"["a","d"]"#,
            r#"[{"op":"remove","path":"/2"},{"op":"remove","path":"/1"}]"#,
        ),
        (
            r#"{"a/b":{"~":1}}"#,
            r#"{"a/b":{"~":"\""}}"#,
            r#"[{"op":"replace","path":"/a~1b/~0","value":"\""}]"#,
        ),
        (
            r#""int""#,
            r#"["null","int"]"#,
            r#"[{"op":"replace","path":"","value":["null","int"]}]"#,
        ),
        ("1", "1.0", r#"[{"op":"replace","path":"","value":1.0}]"#),
    ];
    for (first, second, wanted) in table {
        assert_eq!(patch(Format::Json, first, second), wanted, "{first}");
    }
}

#[test]
fn protobuf_is_replaced_whole() {
    let (first, second) = ("message A {}", "message \"B\" {\n}");
    assert_eq!(patch(Format::Protobuf, first, first), "[]");
    assert_eq!(
        patch(Format::Protobuf, first, second),
        r#"[{"op":"replace","path":"","value":"message \"B\" {\n}"}]"#
    );
}

/// A random tree; the same seed gives the same one.
fn tree(seed: &mut u64, depth: u32) -> Value {
    let mut next = |below: u64| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*seed >> 33) % below
    };
    let (kind, size) = (if depth == 0 { 0 } else { next(3) }, next(4));
    match kind {
        0 => json!(size),
        1 => (0..size).map(|_| tree(seed, depth - 1)).collect(),
        _ => {
            let members = (0..size).map(|name| (format!("m/{name}~"), tree(seed, depth - 1)));
            Value::Object(members.collect())
        }
    }
}

#[test]
fn a_patch_leads_from_the_first_to_the_second() {
    let mut seed = 1;
    for _ in 0..2_000 {
        let (first, second) = (tree(&mut seed, 4), tree(&mut seed, 4));
        let (first, second) = (first.to_string(), second.to_string());
        let patch = patch(Format::Avro, &first, &second);
        let wanted: Value = serde_json::from_str(&second).unwrap();
        assert_eq!(applied(&patch, &first), wanted, "{first} {patch}");
    }
}

#[test]
fn a_patch_that_would_be_longer_than_allowed_replaces_everything() {
    let list = |item: &str| format!("[{}\"end\"]", format!("{item},").repeat(20_000));
    let (first, second) = (list("[1,2]"), list("[2,1]"));
    let patch = patch(Format::Json, &first, &second);
    assert!(patch.len() < MAX_PATCH);
    assert_eq!(
        applied(&patch, &first),
        serde_json::from_str::<Value>(&second).unwrap()
    );
    assert!(patch.starts_with(r#"[{"op":"replace","path":"","value":[["#));
}

#[test]
fn many_operations_under_a_long_name_take_no_more_than_the_limit_and_one() {
    let name = "k".repeat(60_000);
    let members: Vec<String> = (0..5_000).map(|at| format!("\"{at}\":1")).collect();
    let first = format!("{{\"{name}\":{{{}}}}}", members.join(","));
    let second = format!("{{\"{name}\":{{}}}}");
    let (first, second) = (Tree::parse(&first).unwrap(), Tree::parse(&second).unwrap());
    let mut patch = Patch::default();
    patch.compare(&first, &second);
    assert!(patch.text.len() > MAX_PATCH);
    assert!(patch.text.len() < MAX_PATCH + 2 * name.len());
}
