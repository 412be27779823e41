//! The keywords of arrays, combined schemas and conditions.

use super::{found, holds, same, widen};
use crate::json_schema::Rules;

#[test]
fn items_of_one_schema() {
    widen(&[
        (
            r#"{"type": "array", "items": {"type": "string"}}"#,
            r#"{"type": "array"}"#,
            "items-added",
        ),
        (
            r#"{"type": "array", "uniqueItems": true}"#,
            r#"{"type": "array", "uniqueItems": false}"#,
            "unique-items-added",
        ),
        (
            r#"{"type": "array", "contains": {"const": 1}}"#,
            r#"{"type": "array"}"#,
            "contains-added",
        ),
    ]);
    same(&[(r#"{"type": "array", "items": {}}"#, r#"{"type": "array"}"#)]);
    for keyword in ["items", "contains"] {
        let of = |kind: &str| format!(r#"{{"{keyword}": {{"type": "{kind}"}}}}"#);
        let wrong = format!("#/{keyword} integer-required");
        holds(Rules::Glue, (&of("integer"), &of("number")), &[], &[&wrong]);
    }
    let (one, tuple) = (
        r#"{"items": {"type": "string"}}"#,
        r#"{"items": [{"type": "string"}]}"#,
    );
    holds(
        Rules::Glue,
        (one, tuple),
        &["#/items/0 tuple-item-added-to-open"],
        &["# items-added"],
    );
}

#[test]
fn tuples_grow_where_they_were_closed_and_shrink_where_they_are_open() {
    let tuple = |more: &str, additional: &str| {
        format!(r#"{{"items": [{{"type": "string"}}{more}], "additionalItems": {additional}}}"#)
    };
    let second = r#", {"type": "integer"}"#;
    let at = "#/items/1";
    let removed = format!("{at} tuple-item-removed-from-closed");
    holds(
        Rules::Glue,
        (&tuple("", "false"), &tuple(second, "false")),
        &[],
        &[&removed],
    );
    let added = format!("{at} tuple-item-added-to-open");
    holds(
        Rules::Glue,
        (&tuple("", "true"), &tuple(second, "true")),
        &[&added],
        &[],
    );
    let integers = r#"{"type": "integer"}"#;
    let uncovered = format!("{at} tuple-item-removed-not-covered");
    holds(
        Rules::Glue,
        (&tuple("", integers), &tuple(second, integers)),
        &[],
        &[&uncovered],
    );
    let texts = r#"{"type": "string"}"#;
    let narrow = format!("{at} tuple-item-added-not-covered");
    holds(
        Rules::Glue,
        (&tuple("", texts), &tuple(second, texts)),
        &[&narrow],
        &[&uncovered],
    );
    let closed = "# additional-items-closed";
    holds(
        Rules::Glue,
        (&tuple("", integers), &tuple(second, "false")),
        &[&narrow, closed],
        &[],
    );
    widen(&[
        (
            &tuple("", "false"),
            &tuple("", "true"),
            "additional-items-closed",
        ),
        (
            &tuple("", integers),
            &tuple("", "true"),
            "additional-items-narrowed",
        ),
    ]);
}

#[test]
fn anything_combined_may_become_any_of() {
    let of = |criterion: &str| {
        format!(r#"{{"{criterion}": [{{"type": "string"}}, {{"maxLength": 3}}]}}"#)
    };
    let (all, one, any) = (of("allOf"), of("oneOf"), of("anyOf"));
    widen(&[
        (&all, &any, "criterion-narrowed"),
        (&one, &any, "criterion-narrowed"),
    ]);
    let changed = ["# criterion-changed"];
    holds(Rules::Glue, (&all, &one), &changed, &changed);
}

#[test]
fn branches_may_be_added() {
    for criterion in ["anyOf", "oneOf"] {
        let of = |branches: &str| format!(r#"{{"{criterion}": [{branches}]}}"#);
        let two = of(r#"{"type": "string"}, {"type": "integer"}"#);
        widen(&[(
            &two,
            &of(r#"{"type": "null"}, {"type": "number"}, {"type": "string"}"#),
            "branch-removed",
        )]);
        let others = of(r#"{"type": "string"}, {"type": "null"}"#);
        let unmatched = ["# branch-unmatched"];
        holds(Rules::Glue, (&two, &others), &unmatched, &unmatched);
        // Each needs one of its own: a number reads both, but only once.
        let both = of(r#"{"type": "integer"}, {"type": "number"}"#);
        let one = of(r#"{"type": "number"}, {"type": "string"}"#);
        assert_eq!(found(&one, &both, Rules::Glue), unmatched);
        // Who could take either gives way to who cannot.
        let mixed = of(r#"{"type": "number"}, {"type": "integer"}"#);
        same(&[(&both, &mixed)]);
        // What is wrong inside a branch is said there.
        let wrong = format!("#/{criterion}/1 integer-required");
        let numbers = of(r#"{"type": "string"}, {"type": "number"}"#);
        holds(Rules::Glue, (&two, &numbers), &[], &[&wrong]);
    }
    widen(&[(
        r#"{"type": ["string", "null"]}"#,
        r#"{"type": ["null", "number", "string"]}"#,
        "branch-removed",
    )]);
}

#[test]
fn what_is_wrong_deep_in_a_branch_is_said_there() {
    let deep = |kind: &str| {
        let (before, after) = (r#"{"items": "#.repeat(8), "}".repeat(8));
        format!(r#"{before}{{"type": "{kind}"}}{after}"#)
    };
    let old = format!(r#"{{"anyOf": [{}, {{"type": "null"}}]}}"#, deep("number"));
    let integers = deep("integer");
    let new = format!(r#"{{"anyOf": [{integers}, {integers}]}}"#);
    let place = format!("#/anyOf/0{} integer-required", "/items".repeat(8));
    let wrong = ["# branch-unmatched", &place];
    assert_eq!(found(&new, &old, Rules::Glue), wrong);
}

#[test]
fn parts_of_all_of_may_be_taken_away() {
    let of = |parts: &str| format!(r#"{{"allOf": [{parts}]}}"#);
    let two = of(r#"{"maxLength": 3}, {"minimum": 1}"#);
    widen(&[
        (&two, &of(r#"{"maxLength": 3}"#), "all-of-added"),
        (&two, &of(r#"{"type": "null"}"#), "all-of-added"),
    ]);
    holds(
        Rules::Glue,
        (&two, &of(r#"{"minimum": 0}, {"maxLength": 3}"#)),
        &[],
        &["#/allOf/1 minimum-increased"],
    );
    let unmatched = ["# all-of-unmatched"];
    let other = of(r#"{"maxLength": 3}, {"minItems": 1}"#);
    holds(Rules::Glue, (&two, &other), &unmatched, &unmatched);
}

#[test]
fn what_is_forbidden_may_become_less() {
    let not = |kind: &str| format!(r#"{{"not": {{"type": "{kind}"}}}}"#);
    widen(&[(&not("number"), &not("integer"), "not-widened")]);
    same(&[(&not("string"), &not("string"))]);
    let widened = ["# not-widened"];
    holds(
        Rules::Glue,
        (&not("number"), &not("string")),
        &widened,
        &widened,
    );
    let twice = |kind: &str| format!(r#"{{"not": {}}}"#, not(kind));
    widen(&[(&twice("integer"), &twice("number"), "not-widened")]);
}

#[test]
fn conditions_stay_and_what_follows_may_be_widened() {
    let of = |test: &str, rest: &str| format!(r#"{{"if": {{"type": "{test}"}}{rest}}}"#);
    let then = |kind: &str| format!(r#", "then": {{"type": "{kind}"}}"#);
    let otherwise = |kind: &str| format!(r#", "else": {{"type": "{kind}"}}"#);
    for (old, new) in [("integer", "number"), ("string", "integer")] {
        let changed = ["# if-changed"];
        holds(
            Rules::Glue,
            (&of(old, ""), &of(new, "")),
            &changed,
            &changed,
        );
    }
    widen(&[
        (
            &of("string", &then("null")),
            &of("string", ""),
            "then-added",
        ),
        (
            &of("string", &otherwise("null")),
            &of("string", ""),
            "else-added",
        ),
    ]);
    holds(
        Rules::Glue,
        (
            &of("string", &then("integer")),
            &of("string", &then("number")),
        ),
        &[],
        &["#/then integer-required"],
    );
    holds(
        Rules::Glue,
        (
            &of("string", &otherwise("integer")),
            &of("string", &otherwise("number")),
        ),
        &[],
        &["#/else integer-required"],
    );
    // Beside a type it is another part of the schema, which comes or goes with it.
    let changed = ["# type-changed"];
    let with = r#"{"type": "string", "if": {"maxLength": 3}, "then": {"minLength": 1}}"#;
    holds(
        Rules::Glue,
        (r#"{"type": "string"}"#, with),
        &changed,
        &changed,
    );
}
