//! The keywords of plain values, and how differences are said.

use super::{definition, differences, found, holds, same, widen};
use crate::json_schema::Rules;
use crate::{Difference, Rule};

#[test]
fn schemas_that_take_everything_or_nothing() {
    widen(&[
        (r#"{"type": "string"}"#, "{}", "type-added"),
        (r#"{"type": ["string", "null"]}"#, "true", "type-added"),
        (r#"{"not": {}}"#, r#"{"title": "x"}"#, "type-added"),
        (r#"{"minimum": 3}"#, "{}", "type-added"),
        ("false", r#"{"type": "string"}"#, "nothing-allowed"),
        (
            "false",
            r#"{"anyOf": [{"type": "string"}]}"#,
            "nothing-allowed",
        ),
        ("false", "true", "nothing-allowed"),
    ]);
    same(&[("{}", "true"), ("true", "true"), ("false", "false")]);
    same(&[("{}", r##"{"$ref": "#"}"##)]);
}

#[test]
fn types() {
    widen(&[
        (
            r#"{"type": "integer"}"#,
            r#"{"type": "number"}"#,
            "integer-required",
        ),
        (
            r#"{"type": "string", "maxLength": 3}"#,
            r#"{"maxLength": 3}"#,
            "type-added",
        ),
    ]);
    let kinds = ["null", "boolean", "integer", "string", "array", "object"];
    for one in kinds {
        for other in kinds {
            let (old, new) = (
                format!(r#"{{"type": "{one}"}}"#),
                format!(r#"{{"type": "{other}"}}"#),
            );
            let wrong: &[&str] = if one == other {
                &[]
            } else {
                &["# type-changed"]
            };
            holds(Rules::Glue, (&old, &new), wrong, wrong);
        }
    }
    for (old, new) in [
        (r#"{"type": "string"}"#, r#"{"type": ["string", "null"]}"#),
        (r#"{"type": "string"}"#, r#"{"type": ["string"]}"#),
        (
            r#"{"type": "string"}"#,
            r#"{"oneOf": [{"type": "string"}]}"#,
        ),
        (
            r#"{"type": "string"}"#,
            r#"{"allOf": [{"type": "string"}]}"#,
        ),
        (r#"{"minimum": 3}"#, r#"{"minimum": 3, "maxLength": 3}"#),
        (r#"{"type": "string"}"#, r#"{"enum": ["a"]}"#),
        (r#"{"minLength": 3}"#, r#"{"minimum": 3}"#),
    ] {
        holds(
            Rules::Glue,
            (old, new),
            &["# type-changed"],
            &["# type-changed"],
        );
    }
}

#[test]
fn a_reference_is_what_it_leads_to() {
    same(&[
        (
            r##"{"properties": {"a": {"$ref": "#/definitions/s"}}, "definitions": {"s": {"type": "string"}}}"##,
            r#"{"properties": {"a": {"type": "string"}}}"#,
        ),
        (
            r##"{"items": {"$ref": "#a"}, "definitions": {"s": {"$id": "#a", "$ref": "#/definitions/t"}, "t": {"const": 1}, "u": {"$id": "#a", "const": 1}}}"##,
            r#"{"items": {"const": 1.0}}"#,
        ),
        // One level of a list more or less, unrolled.
        (
            r##"{"type": "object", "properties": {"next": {"$ref": "#"}}}"##,
            r##"{"type": "object", "properties": {"next": {"type": "object", "properties": {"next": {"$ref": "#"}}}}}"##,
        ),
    ]);
    let list = |kind: &str| {
        format!(r##"{{"properties": {{"v": {{"type": "{kind}"}}, "next": {{"$ref": "#"}}}}}}"##)
    };
    holds(
        Rules::Glue,
        (&list("integer"), &list("number")),
        &[],
        &["#/properties/v integer-required"],
    );
}

#[test]
fn an_enum_with_a_type_may_lose_the_enum() {
    widen(&[
        (
            r#"{"type": "string", "enum": ["a"]}"#,
            r#"{"type": "string"}"#,
            "type-changed",
        ),
        (
            r#"{"type": "integer", "enum": [1]}"#,
            r#"{"type": "number"}"#,
            "type-changed",
        ),
        (
            r#"{"type": ["string", "null"], "enum": ["a", null]}"#,
            r#"{"type": ["string", "null"]}"#,
            "criterion-narrowed",
        ),
        (
            r#"{"type": "string", "enum": ["a"]}"#,
            r#"{"type": "string", "enum": ["b", "a"]}"#,
            "enum-member-removed",
        ),
    ]);
    let limited = r#"{"type": "string", "enum": ["a"]}"#;
    for new in [r#"{"type": "integer"}"#, r#"{"enum": ["a"]}"#] {
        holds(
            Rules::Glue,
            (limited, new),
            &["# type-changed"],
            &["# type-changed"],
        );
    }
    // Only a type may; here `anyOf` takes the place of one.
    let any_of = r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#;
    let limited_any_of = r#"{"anyOf": [{"type": "string"}, {"type": "null"}], "enum": ["a"]}"#;
    let unmatched = ["# branch-unmatched", "# branch-unmatched"];
    assert_eq!(found(any_of, limited_any_of, Rules::Glue), unmatched);
    same(&[(
        limited,
        r#"{"allOf": [{"type": "string"}, {"enum": ["a"]}]}"#,
    )]);
}

#[test]
fn bounds_may_be_taken_away_or_loosened() {
    for (kind, keyword) in [
        ("string", "minLength"),
        ("array", "minItems"),
        ("object", "minProperties"),
        ("number", "minimum"),
        ("number", "exclusiveMinimum"),
        ("string", "maxLength"),
        ("array", "maxItems"),
        ("object", "maxProperties"),
        ("number", "maximum"),
        ("number", "exclusiveMaximum"),
    ] {
        let with = |value: &str| format!(r#"{{"type": "{kind}", "{keyword}": {value}}}"#);
        let without = format!(r#"{{"type": "{kind}"}}"#);
        let kebab = keyword
            .chars()
            .map(|letter| match letter {
                'A'..='Z' => format!("-{}", letter.to_ascii_lowercase()),
                _ => letter.to_string(),
            })
            .collect::<String>();
        widen(&[(&with("3"), &without, &format!("{kebab}-added"))]);
        same(&[(&with("3"), &with("3"))]);
        if keyword.to_lowercase().contains("min") {
            widen(&[(&with("3"), &with("2"), &format!("{kebab}-increased"))]);
        } else {
            widen(&[(&with("2"), &with("3"), &format!("{kebab}-decreased"))]);
        }
    }
    let bound = |value: &str| format!(r#"{{"type": "number", "maximum": {value}}}"#);
    same(&[(&bound("1e2"), &bound("100.0"))]);
    widen(&[(
        &bound("9007199254740992"),
        &bound("9007199254740993"),
        "maximum-decreased",
    )]);
}

#[test]
fn bounds_of_draft_4_may_become_inclusive() {
    for (keyword, rule) in [
        ("minimum", "minimum-made-exclusive"),
        ("maximum", "maximum-made-exclusive"),
    ] {
        let (first, rest) = keyword.split_at(1);
        let flag = format!("exclusive{}{rest}", first.to_uppercase());
        let with = |value: bool| {
            format!(
                r#"{{"$schema": "http://json-schema.org/draft-04/schema#", "{keyword}": 3, "{flag}": {value}}}"#
            )
        };
        let without =
            format!(r#"{{"$schema": "http://json-schema.org/draft-04/schema#", "{keyword}": 3}}"#);
        widen(&[
            (&with(true), &with(false), rule),
            (&with(true), &without, rule),
        ]);
        same(&[(&with(false), &without)]);
    }
}

#[test]
fn multiples() {
    widen(&[
        (
            r#"{"multipleOf": 9, "type": "number"}"#,
            r#"{"type": "number"}"#,
            "multiple-of-added",
        ),
        (
            r#"{"multipleOf": 12}"#,
            r#"{"multipleOf": 3}"#,
            "multiple-of-changed",
        ),
        (
            r#"{"multipleOf": 0.6}"#,
            r#"{"multipleOf": 0.2}"#,
            "multiple-of-changed",
        ),
    ]);
    same(&[(r#"{"multipleOf": 0.10}"#, r#"{"multipleOf": 1e-1}"#)]);
    let changed = ["# multiple-of-changed"];
    holds(
        Rules::Glue,
        (r#"{"multipleOf": 12}"#, r#"{"multipleOf": 5}"#),
        &changed,
        &changed,
    );
}

#[test]
fn texts_may_only_be_taken_away() {
    for (keyword, kebab) in [
        ("pattern", "pattern"),
        ("format", "format"),
        ("contentEncoding", "content-encoding"),
        ("contentMediaType", "content-media-type"),
    ] {
        let with = |value: &str| format!(r#"{{"type": "string", "{keyword}": "{value}"}}"#);
        widen(&[(
            &with("a"),
            r#"{"type": "string"}"#,
            &format!("{kebab}-added"),
        )]);
        let changed = format!("# {kebab}-changed");
        holds(
            Rules::Glue,
            (&with("a"), &with("b")),
            &[&changed],
            &[&changed],
        );
        same(&[(&with("a"), &with("\\u0061"))]);
    }
}

#[test]
fn enums_and_constants() {
    widen(&[(
        r#"{"enum": [1, {"a": [2]}]}"#,
        r#"{"enum": [{"a": [2.0]}, null, 1]}"#,
        "enum-member-removed",
    )]);
    same(&[
        (
            r#"{"const": {"a": 1, "b": 2}}"#,
            r#"{"const": {"b": 2, "a": 1e0}}"#,
        ),
        (r#"{"const": 5}"#, r#"{"enum": [5, 5.0]}"#),
    ]);
    let changed = ["# const-changed"];
    holds(
        Rules::Glue,
        (r#"{"const": 5}"#, r#"{"const": "5"}"#),
        &changed,
        &changed,
    );
    let changed = ["# type-changed"];
    holds(
        Rules::Glue,
        (r#"{"const": 5}"#, r#"{"enum": [5, 6]}"#),
        &changed,
        &changed,
    );
    let removed = ["# enum-member-removed", "# enum-member-removed"];
    let (two, others) = (r#"{"enum": [1, 2]}"#, r#"{"enum": [3, 4]}"#);
    assert_eq!(found(others, two, Rules::Glue), removed);
}

#[test]
fn annotations_do_not_count() {
    same(&[(
        r#"{"$id": "a", "title": "t", "description": "d", "default": 1, "examples": [1], "type": "integer"}"#,
        r#"{"$comment": "c", "readOnly": true, "type": "integer"}"#,
    )]);
    // Keywords of other types neither.
    same(&[(
        r#"{"type": "integer", "format": "int64", "maxLength": 3}"#,
        r#"{"type": "integer"}"#,
    )]);
    // Nor those that come with a later draft.
    let draft_4 = r#"{"$schema": "http://json-schema.org/draft-04/schema#", "type": "string""#;
    let with =
        format!(r#"{draft_4}, "const": 1, "if": {{}}, "contains": {{}}, "propertyNames": {{}}}}"#);
    same(&[(&with, &format!("{draft_4}}}"))]);
}

#[test]
fn a_difference_says_the_place_the_rule_and_both_sides() {
    let said = |reader: &str, writer: &str| {
        let found = differences(&definition(reader), &definition(writer), Rules::Glue);
        let [one] = <[Difference; 1]>::try_from(found).unwrap();
        assert!(matches!(one.rule, Rule::Json(_)));
        one.to_string()
    };
    for (reader, writer, words) in [
        (
            r#"{"properties": {"a/b": {"items": {"maximum": 5}}}}"#,
            r#"{"properties": {"a/b": {"items": {"maximum": 9.50}}}}"#,
            "#/properties/a~1b/items: maximum-decreased: maximum 5 cannot read maximum 9.50",
        ),
        (
            r#"{"required": ["b"]}"#,
            r#"{"required": []}"#,
            "#: required-added: the reader has required `b`",
        ),
        (
            r#"{"properties": {"a": {"type": "string"}}}"#,
            r#"{"properties": {}}"#,
            "#/properties/a: property-added-to-open: the reader has string",
        ),
        (
            r#"{"additionalProperties": false}"#,
            r#"{"additionalProperties": false, "properties": {"a": {"enum": [1]}}}"#,
            "#/properties/a: property-removed-from-closed: the writer has enum",
        ),
        (
            r#"{"type": "integer"}"#,
            r#"{"type": ["string", "null"]}"#,
            "#: type-changed: integer cannot read string or null",
        ),
        (
            r#"{"oneOf": [{"type": "array"}]}"#,
            r#"{"oneOf": [{"type": "object"}]}"#,
            "#: branch-unmatched: oneOf(array) cannot read object",
        ),
        (
            r#"{"additionalItems": false, "items": [{}]}"#,
            r#"{"items": [{}]}"#,
            "#: additional-items-closed: additionalItems false cannot read additionalItems true",
        ),
    ] {
        assert_eq!(said(reader, writer), words);
    }
}
