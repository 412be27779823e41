//! Schemas made to take all time or stack, and texts that are none.

use std::fmt::Write as _;

use super::{definition, found, of_draft_7};
use crate::json_schema::compare::Context;
use crate::json_schema::solve::Solver;
use crate::json_schema::{JsonDefinition, Rules, differences};
use crate::{Difference, MAX_DIFFERENCES};

/// What keeps the reader from reading the writer, and how much was compared to find that out.
fn measured(reader: &str, writer: &str, most: usize) -> (Vec<Difference>, usize) {
    let [reader, writer] = [reader, writer].map(|text| definition(&of_draft_7(text)));
    let context = Context {
        reader: &reader.model,
        writer: &writer.model,
        rules: Rules::Glue,
    };
    let mut solver = Solver::new(context, most);
    let found = solver.differences();
    (found, most - solver.work_left)
}

fn rules(found: &[Difference]) -> Vec<&str> {
    found.iter().map(|one| one.rule.as_str()).collect()
}

/// Branches, each of which asks for a `const` in a property, in the given order, and one that leads a level down.
fn wide(levels: usize, order: &dyn Fn(usize) -> usize, last: &str) -> String {
    let mut text = last.to_owned();
    for level in 0..levels {
        let mut branches = String::new();
        for branch in 0..200 {
            let value = order(branch);
            write!(
                branches,
                r#"{{"properties": {{"k": {{"enum": ["{level}-{value}"]}}}}}},"#
            )
            .unwrap();
        }
        text = format!(r#"{{"anyOf": [{branches} {{"items": {text}}}]}}"#);
    }
    text
}

#[test]
fn many_branches_take_little_work() {
    let (inner, other) = (r#"{"type": "integer"}"#, r#"{"type": "number"}"#);
    let straight: &dyn Fn(usize) -> usize = &|branch| branch;
    let turned: &dyn Fn(usize) -> usize = &|branch| 199 - branch;
    let (found, work) = measured(
        &wide(3, straight, other),
        &wide(3, straight, inner),
        1 << 20,
    );
    assert_eq!(rules(&found), Vec::<&str>::new());
    assert!(work < 20_000, "{work}");
    let (found, work) = measured(&wide(3, turned, other), &wide(3, straight, inner), 1 << 20);
    assert_eq!(rules(&found), Vec::<&str>::new());
    assert!(work < 600_000, "{work}");
    let (found, _) = measured(
        &wide(3, straight, inner),
        &wide(3, straight, other),
        1 << 20,
    );
    assert_eq!(rules(&found), ["integer-required"]);
}

#[test]
fn what_takes_too_much_work_counts_as_different() {
    let tree = |leaf: &str| {
        let mut text = String::new();
        for part in 0..30 {
            let of = (0..30).map(|at| format!(r#"{{"items": {{"{leaf}": {}}}}}"#, part * 30 + at));
            let of: Vec<String> = of.collect();
            write!(text, r#"{{"anyOf": [{}]}},"#, of.join(",")).unwrap();
        }
        format!(r#"{{"anyOf": [{text} true]}}"#)
    };
    let (reader, writer) = (tree("const"), tree("minimum"));
    let (found, work) = measured(&reader, &writer, 50_000);
    assert_eq!(rules(&found), ["too-complex"]);
    assert!(work <= 50_000);
    let (found, _) = measured(&writer, &writer, 50_000);
    assert_eq!(rules(&found), Vec::<&str>::new());
}

#[test]
fn references_that_lead_all_over_the_place_take_no_more_work_than_there_is() {
    let schema = |last: &str| {
        let mut text = String::from(r##"{"$ref": "#/definitions/d0", "definitions": {"##);
        for at in 0..2_500 {
            let (next, other) = (at + 1, at * 7 % at.max(1));
            write!(text, r##""d{at}": {{"anyOf": [{{"$ref": "#/definitions/d{next}"}}, {{"$ref": "#/definitions/d{other}"}}]}},"##).unwrap();
        }
        format!(r#"{text}"d2500": {{"type": "{last}"}}}}}}"#)
    };
    let (reader, writer) = (
        definition(&schema("string")),
        definition(&schema("integer")),
    );
    let found = differences(&reader, &writer, Rules::Glue);
    assert_eq!(rules(&found), ["too-complex"]);
}

#[test]
fn long_ways_through_references_take_no_stack() {
    let chain = |last: &str, step: &dyn Fn(usize) -> String| {
        let mut text = String::from(r##"{"$ref": "#/definitions/d0", "definitions": {"##);
        for at in 0..1000 {
            write!(text, r#""d{at}": {},"#, step(at + 1)).unwrap();
        }
        format!(r#"{text}"d1000": {{"type": "{last}"}}}}}}"#)
    };
    let inside: [&dyn Fn(usize) -> String; 4] = [
        &|next| format!(r##"{{"properties": {{"a": {{"$ref": "#/definitions/d{next}"}}}}}}"##),
        &|next| format!(r##"{{"anyOf": [{{"$ref": "#/definitions/d{next}"}}]}}"##),
        &|next| {
            format!(r##"{{"items": {{"not": {{"not": {{"$ref": "#/definitions/d{next}"}}}}}}}}"##)
        },
        &|next| {
            format!(r##"{{"oneOf": [{{"type": "null"}}, {{"$ref": "#/definitions/d{next}"}}]}}"##)
        },
    ];
    for step in inside {
        let (integer, number) = (chain("integer", step), chain("number", step));
        assert_eq!(found(&number, &integer, Rules::Glue), Vec::<String>::new());
        assert_eq!(found(&integer, &number, Rules::Glue).len(), 1);
    }
}

#[test]
fn references_alone_may_go_in_a_circle() {
    let circle = r##"{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}}"##;
    assert_eq!(found(circle, circle, Rules::Glue), Vec::<String>::new());
    assert_eq!(found("{}", circle, Rules::Glue), Vec::<String>::new());
}

#[test]
fn no_answer_rests_on_a_guess_that_turned_out_wrong() {
    // `b` asks for `a` while `a` is still being looked at, and `a` breaks afterwards.
    let schema = |kind: &str| {
        let (before, after) = (r#"{"items": "#.repeat(8), "}".repeat(8));
        let deep = format!(r#"{before}{{"type": "{kind}"}}{after}"#);
        format!(
            r##"{{"$schema": "http://json-schema.org/draft-07/schema#", "not": {{"$ref": "#/definitions/a"}}, "definitions": {{
                "a": {{"properties": {{"b": {{"$ref": "#/definitions/b"}}, "z": {deep}}}}},
                "b": {{"not": {{"not": {{"properties": {{"a": {{"$ref": "#/definitions/a"}}}}}}}}}}}}}}"##
        )
    };
    let (integer, number) = (schema("integer"), schema("number"));
    assert_eq!(found(&number, &integer, Rules::Glue), ["# not-widened"]);
    assert_eq!(found(&integer, &number, Rules::Glue), Vec::<String>::new());
}

#[test]
fn texts_and_lists_are_bounded() {
    let long = "x".repeat(100_000);
    let many: Vec<String> = (0..1000).map(|at| format!("\"{at}{long:.20}\"")).collect();
    let reader = format!(r#"{{"required": [{}, "{long}"]}}"#, many.join(","));
    let listed = differences(
        &definition(&reader),
        &definition(r#"{"required": []}"#),
        Rules::Glue,
    );
    assert_eq!(listed.len(), MAX_DIFFERENCES);
    let deep =
        |kind: &str| format!(r#"{{"properties": {{"{long}": {{"enum": ["{kind}{long}"]}}}}}}"#);
    let listed = differences(
        &definition(&deep("a")),
        &definition(&deep("b")),
        Rules::Glue,
    );
    assert_eq!(listed.len(), 1);
    assert!(listed[0].to_string().len() < 600);
    assert!(listed[0].path.starts_with("#…x"));
}

#[test]
fn texts_that_are_no_schemas_are_refused_with_the_place() {
    for text in ["true", "false", "{}", r#"{"type": "string"}"#, " {} "] {
        assert!(JsonDefinition::parse(text).is_ok(), "{text}");
    }
    let nested = format!("{}{}", r#"{"not":"#.repeat(50_000), "}".repeat(50_000));
    for (text, detail) in [
        ("", "byte 0"),
        ("{} {}", "byte 3"),
        ("null", "expected an object"),
        (r#"{"type": "text"}"#, "#/type: no such type"),
        (
            r#"{"$schema": "https://json-schema.org/draft/2020-12/schema"}"#,
            "#/$schema",
        ),
        (
            r#"{"items": {"$ref": "http://example.com/a"}}"#,
            "leads out of the schema",
        ),
        (r##"{"$ref": "#/definitions/a"}"##, "leads to nothing"),
        (&nested, "deep"),
    ] {
        let error = JsonDefinition::parse(text).unwrap_err();
        assert!(error.detail.contains(detail), "{detail}: {error}");
        assert!(error.detail.len() < 500);
    }
}
