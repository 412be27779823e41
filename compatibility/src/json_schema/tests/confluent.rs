//! The other sets of rules.

use super::{found, holds};
use crate::json_schema::Rules;

/// What each set says, backward, from the first schema to the second.
#[track_caller]
fn sets(old: &str, new: &str, glue: &[&str], strict: &[&str], lenient: &[&str]) {
    assert_eq!(found(new, old, Rules::Glue), glue, "{old} to {new}");
    assert_eq!(
        found(new, old, Rules::ConfluentStrict),
        strict,
        "{old} to {new}"
    );
    assert_eq!(
        found(new, old, Rules::ConfluentLenient),
        lenient,
        "{old} to {new}"
    );
    assert_eq!(found(new, old, Rules::Off), Vec::<String>::new());
}

#[test]
fn a_property_with_a_default_may_become_required() {
    let required = ["# required-added"];
    let old = r#"{"properties": {"a": {"default": 1}, "b": {}}}"#;
    let with = r#"{"properties": {"a": {"default": 1}, "b": {}}, "required": ["a"]}"#;
    let without = r#"{"properties": {"a": {"default": 1}, "b": {}}, "required": ["b"]}"#;
    sets(old, with, &required, &[], &[]);
    sets(old, without, &required, &required, &required);
}

#[test]
fn a_property_of_any_value_may_be_added_to_an_open_object() {
    let added = ["#/properties/a property-added-to-open"];
    let old = r#"{"type": "object"}"#;
    sets(
        old,
        r#"{"type": "object", "properties": {"a": true}}"#,
        &added,
        &[],
        &[],
    );
    sets(
        old,
        r#"{"type": "object", "properties": {"a": {"type": "null"}}}"#,
        &added,
        &added,
        &[],
    );
}

#[test]
fn a_schema_may_become_a_branch() {
    let changed = ["# type-changed"];
    let old = r#"{"type": "integer"}"#;
    sets(old, r#"{"type": ["null", "number"]}"#, &changed, &[], &[]);
    sets(
        old,
        r#"{"oneOf": [{"type": "number"}]}"#,
        &changed,
        &[],
        &[],
    );
    sets(
        old,
        r#"{"anyOf": [{"type": "number"}]}"#,
        &changed,
        &[],
        &[],
    );
    sets(
        old,
        r#"{"allOf": [{"type": "number"}]}"#,
        &changed,
        &changed,
        &changed,
    );
    let unmatched = ["# branch-unmatched"];
    sets(
        old,
        r#"{"anyOf": [{"type": "null"}]}"#,
        &changed,
        &unmatched,
        &unmatched,
    );
    let inside = ["#/anyOf/0 maximum-added"];
    sets(
        old,
        r#"{"anyOf": [{"type": "integer", "maximum": 3}]}"#,
        &changed,
        &inside,
        &inside,
    );
}

#[test]
fn lenient_rules_let_properties_come_and_go() {
    let closed = r#"{"type": "object", "properties": {"a": {}}, "additionalProperties": false}"#;
    let empty = r#"{"type": "object", "additionalProperties": false}"#;
    let removed = ["#/properties/a property-removed-from-closed"];
    sets(closed, empty, &removed, &removed, &[]);
    let texts = r#"{"type": "object", "additionalProperties": {"type": "string"}}"#;
    let narrowed = ["# additional-properties-narrowed"];
    sets(r#"{"type": "object"}"#, texts, &narrowed, &narrowed, &[]);
    let closed = ["# additional-properties-closed"];
    sets(r#"{"type": "object"}"#, empty, &closed, &closed, &[]);
    let number = r#"{"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": {"type": "string"}}"#;
    let added = ["#/properties/a property-added-not-covered"];
    sets(texts, number, &added, &added, &[]);
    let removed = ["#/properties/a property-removed-not-covered"];
    sets(number, texts, &removed, &removed, &[]);
}

#[test]
fn what_all_sets_refuse() {
    for (old, new, wrong) in [
        (
            r#"{"type": "string"}"#,
            r#"{"type": "null"}"#,
            "# type-changed",
        ),
        (
            r#"{"type": "string"}"#,
            r#"{"type": "string", "maxLength": 3}"#,
            "# max-length-added",
        ),
        (
            r#"{"enum": [1, 2]}"#,
            r#"{"enum": [1]}"#,
            "# enum-member-removed",
        ),
    ] {
        sets(old, new, &[wrong], &[wrong], &[wrong]);
    }
    holds(Rules::Off, ("true", "false"), &[], &[]);
}

#[test]
fn the_names_of_the_sets() {
    let names = Rules::ALL.map(|rules| rules.to_string());
    assert_eq!(
        names,
        ["glue", "confluent-strict", "confluent-lenient", "off"]
    );
}
