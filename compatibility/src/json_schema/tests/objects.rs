//! The keywords of objects, and several differences at once.

use super::{found, holds, same, widen};
use crate::json_schema::Rules;

/// An object with properties `a`, which is a string, and what else is given, closed or with a schema for others.
fn object(more: &str, additional: &str) -> String {
    format!(
        r#"{{"type": "object", "properties": {{"a": {{"type": "string"}}{more}}}, "additionalProperties": {additional}}}"#
    )
}

const B: &str = r#", "b": {"type": "integer"}"#;
const B_AT: &str = "#/properties/b";

#[test]
fn a_property_may_no_longer_be_required() {
    widen(&[(
        r#"{"required": ["a", "b"]}"#,
        r#"{"required": ["a"]}"#,
        "required-added",
    )]);
    let with_default = r#"{"properties": {"a": {"default": 1}}, "required": ["a"]}"#;
    let without = r#"{"properties": {"a": {"default": 1}}}"#;
    holds(
        Rules::Glue,
        (without, with_default),
        &["# required-added"],
        &[],
    );
}

#[test]
fn properties_come_to_closed_objects_and_go_from_open_ones() {
    let step = |old: &str, new: &str, backward: &[&str], forward: &[&str]| {
        let at = |rules: &[&str]| -> Vec<String> {
            let at = |rule: &&str| {
                format!(
                    "{} {rule}",
                    if rule.starts_with("add") { "#" } else { B_AT }
                )
            };
            rules.iter().map(at).collect()
        };
        let (backward, forward) = (at(backward), at(forward));
        assert_eq!(found(new, old, Rules::Glue), backward, "{old} to {new}");
        assert_eq!(found(old, new, Rules::Glue), forward, "{new} to {old}");
    };
    let integers = r#"{"type": "integer"}"#;
    let texts = r#"{"type": "string"}"#;
    let closed = |more| object(more, "false");
    let open = |more| object(more, "true");
    step(
        &closed(""),
        &closed(B),
        &[],
        &["property-removed-from-closed"],
    );
    step(&open(""), &open(B), &["property-added-to-open"], &[]);
    // A schema for others covers the new one.
    step(
        &object("", integers),
        &object(B, integers),
        &[],
        &["property-removed-not-covered"],
    );
    step(
        &object("", integers),
        &open(B),
        &[],
        &[
            "property-removed-not-covered",
            "additional-properties-narrowed",
        ],
    );
    step(
        &object("", texts),
        &object(B, texts),
        &["property-added-not-covered"],
        &["property-removed-not-covered"],
    );
    // It covers nothing where the new object is closed; the way back is covered.
    step(
        &object("", integers),
        &closed(B),
        &["property-added-not-covered", "additional-properties-closed"],
        &[],
    );
    step(
        &object("", texts),
        &closed(B),
        &["property-added-not-covered", "additional-properties-closed"],
        &["property-removed-not-covered"],
    );
}

#[test]
fn additional_properties_may_be_widened() {
    widen(&[
        (
            &object("", "false"),
            &object("", "true"),
            "additional-properties-closed",
        ),
        (
            &object("", "false"),
            r#"{"type": "object", "properties": {"a": {"type": "string"}}}"#,
            "additional-properties-closed",
        ),
        (
            &object("", "false"),
            &object("", r#"{"type": "string"}"#),
            "additional-properties-closed",
        ),
        (
            &object("", r#"{"type": "string"}"#),
            &object("", "true"),
            "additional-properties-narrowed",
        ),
    ]);
    holds(
        Rules::Glue,
        (
            &object("", r#"{"type": "integer"}"#),
            &object("", r#"{"type": "number"}"#),
        ),
        &[],
        &["#/additionalProperties integer-required"],
    );
    let changed = ["#/additionalProperties type-changed"];
    holds(
        Rules::Glue,
        (
            &object("", r#"{"type": "string"}"#),
            &object("", r#"{"type": "number"}"#),
        ),
        &changed,
        &changed,
    );
    same(&[
        (&object("", "{}"), &object("", "true")),
        (
            &object(
                "",
                r##"{"$ref": "#/definitions/never"}, "definitions": {"never": false}"##,
            ),
            &object("", "false"),
        ),
    ]);
}

#[test]
fn names_of_properties() {
    holds(
        Rules::Glue,
        (
            r#"{"type": "object", "patternProperties": {"^x": {"type": "integer"}}}"#,
            r#"{"type": "object"}"#,
        ),
        &[],
        &["#/patternProperties/^x pattern-property-added"],
    );
    holds(
        Rules::Glue,
        (
            r#"{"patternProperties": {"^x": {"type": "integer"}}}"#,
            r#"{"patternProperties": {"^x": {"type": "number"}}}"#,
        ),
        &[],
        &["#/patternProperties/^x integer-required"],
    );
    widen(&[(
        r#"{"type": "object", "propertyNames": {"maxLength": 3}}"#,
        r#"{"type": "object"}"#,
        "property-names-added",
    )]);
    same(&[(
        r#"{"type": "object", "propertyNames": true}"#,
        r#"{"type": "object"}"#,
    )]);
    holds(
        Rules::Glue,
        (
            r#"{"propertyNames": {"maxLength": 3}}"#,
            r#"{"propertyNames": {"maxLength": 4}}"#,
        ),
        &[],
        &["#/propertyNames max-length-decreased"],
    );
}

#[test]
fn dependencies_may_be_taken_away() {
    for (old, new, rule) in [
        (r#"{"a": ["b"]}"#, "{}", "dependency-added"),
        (r#"{"a": {"required": ["b"]}}"#, "{}", "dependency-added"),
        (
            r#"{"a": ["b", "c"]}"#,
            r#"{"a": ["c"]}"#,
            "dependency-member-added",
        ),
        (
            r#"{"a": {"required": ["b"]}}"#,
            r#"{"a": {"required": []}}"#,
            "required-added",
        ),
    ] {
        let with =
            |dependencies: &str| format!(r#"{{"type": "object", "dependencies": {dependencies}}}"#);
        let wrong = format!("#/dependencies/a {rule}");
        holds(Rules::Glue, (&with(old), &with(new)), &[], &[&wrong]);
    }
    let added = ["#/dependencies/a dependency-added"];
    holds(
        Rules::Glue,
        (
            r#"{"dependencies": {"a": ["b"]}}"#,
            r#"{"dependencies": {"a": {"required": ["b"]}}}"#,
        ),
        &added,
        &added,
    );
}

#[test]
fn every_difference_is_listed() {
    let old = r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"items": {"maximum": 9}}, "c": {}}}"#;
    let new = r#"{"type": "object", "required": ["a", "b"], "additionalProperties": false,
        "properties": {"a": {"type": "null"}, "b": {"items": {"maximum": 5, "minimum": 1}}, "d": {}}}"#;
    let listed = [
        "# required-added",
        "# required-added",
        "#/properties/d property-added-to-open",
        "#/properties/c property-removed-from-closed",
        "# additional-properties-closed",
        "#/properties/a type-changed",
        "#/properties/b/items minimum-added",
        "#/properties/b/items maximum-decreased",
    ];
    assert_eq!(found(new, old, Rules::Glue), listed);
}
