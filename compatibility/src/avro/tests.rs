//! Each rule by an example: where it is found, and in which words.

use common::avro::Schema;

use super::{Options, Rule, Strictness, differences};

const LENIENT: Options = Options {
    record_names: Strictness::Lenient,
    enum_symbols: Strictness::Lenient,
};
const STRICT: Options = Options {
    record_names: Strictness::Strict,
    enum_symbols: Strictness::Strict,
};

fn found(reader: &str, writer: &str, options: Options) -> Vec<String> {
    let (reader, writer) = (
        Schema::parse(reader).unwrap(),
        Schema::parse(writer).unwrap(),
    );
    let found = differences(&reader, &writer, options);
    found.iter().map(ToString::to_string).collect()
}

/// A record with these fields.
fn record(name: &str, fields: &str) -> String {
    format!(r#"{{"type":"record","name":"{name}","fields":[{fields}]}}"#)
}

fn field(name: &str, schema: &str) -> String {
    format!(r#"{{"name":"{name}","type":{schema}}}"#)
}

/// The differences are these, whatever the options.
#[track_caller]
fn same(reader: &str, writer: &str, expected: &[&str]) {
    for options in [LENIENT, STRICT] {
        assert_eq!(found(reader, writer, options), expected, "{options:?}");
    }
}

/// The differences are these, under lenient and under strict rules.
#[track_caller]
fn apart(reader: &str, writer: &str, lenient: &[&str], strict: &[&str]) {
    assert_eq!(found(reader, writer, LENIENT), lenient, "lenient");
    assert_eq!(found(reader, writer, STRICT), strict, "strict");
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::HashSet<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(names.iter().all(|name| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    }));
}

#[test]
fn numbers_and_texts_are_promoted_and_nothing_else() {
    let types = [
        "null", "boolean", "int", "long", "float", "double", "bytes", "string",
    ];
    let promoted = [
        ("int", "long"),
        ("int", "float"),
        ("int", "double"),
        ("long", "float"),
        ("long", "double"),
        ("float", "double"),
        ("string", "bytes"),
        ("bytes", "string"),
    ];
    for from in types {
        for to in types {
            let mut expected = Vec::new();
            if from != to && !promoted.contains(&(from, to)) {
                expected.push(format!("type-mismatch: {to} cannot read {from}"));
            }
            let text = |name| format!("\"{name}\"");
            for options in [LENIENT, STRICT] {
                assert_eq!(found(&text(to), &text(from), options), expected);
            }
        }
    }
}

#[test]
fn every_difference_is_listed_with_its_path() {
    let order = |fields: &str, price: &str, tags: &str| {
        let item = record(
            "Item",
            &[field("price", price), field("tags", tags)].join(","),
        );
        let items = field("items", &format!(r#"{{"type":"array","items":{item}}}"#));
        record("Order", &[items, fields.to_owned()].join(","))
    };
    let old = order(
        &field("a", "\"int\""),
        "\"string\"",
        r#"{"type":"map","values":"boolean"}"#,
    );
    let new = order(
        &[field("a", "\"null\""), field("b", r#"["null","int"]"#)].join(","),
        "\"double\"",
        r#"{"type":"map","values":"int"}"#,
    );
    same(
        &new,
        &old,
        &[
            "b: missing-default: the reader has a field of type union [null, int] without a default",
            "items[].price: type-mismatch: double cannot read string",
            "items[].tags{}: type-mismatch: int cannot read boolean",
            "a: type-mismatch: null cannot read int",
        ],
    );
}

#[test]
fn a_field_that_the_writer_has_not_needs_a_default_of_its_type() {
    let new = |rest: &str| {
        let suit = r#"{"type":"enum","name":"Suit","symbols":["A"]}"#;
        record("R", &format!(r#"{{"name":"s","type":{suit}{rest}}}"#))
    };
    let old = record("R", "");
    same(&new(r#","default":"A""#), &old, &[]);
    same(&old, &new(""), &[]);
    same(
        &new(""),
        &old,
        &["s: missing-default: the reader has a field of type enum Suit without a default"],
    );
    same(
        &new(r#","default":"B""#),
        &old,
        &[
            "s: unusable-default: the reader has a field of type enum Suit with a default that is none of its values",
        ],
    );
    // The writer's value is taken, so the default does not matter.
    same(&new(r#","default":"B""#), &new(""), &[]);
}

#[test]
fn enums_and_fixed_need_their_names_and_records_only_where_names_are_strict() {
    let fixed =
        |name: &str, size: u32| format!(r#"{{"type":"fixed","name":"{name}","size":{size}}}"#);
    same(&fixed("a.F", 4), &fixed("b.F", 4), &[]);
    same(
        &fixed("F", 4),
        &fixed("G", 4),
        &["name-mismatch: fixed F cannot read fixed G"],
    );
    same(
        &fixed("F", 8),
        &fixed("F", 4),
        &["fixed-size: fixed F of 8 bytes cannot read fixed F of 4 bytes"],
    );
    apart(
        &record("R", &field("a", "\"int\"")),
        &record("S", &field("a", "\"int\"")),
        &[],
        &["name-mismatch: record R cannot read record S"],
    );
}

#[test]
fn symbols_are_missed_where_they_are_strict_and_there_is_no_default() {
    let suit = |symbols: &str, rest: &str| {
        format!(r#"{{"type":"enum","name":"Suit","symbols":[{symbols}]{rest}}}"#)
    };
    let missing = ["missing-symbols: enum Suit [A] cannot read the symbols B, C"];
    apart(
        &suit(r#""A""#, ""),
        &suit(r#""B","A","C""#, ""),
        &[],
        &missing,
    );
    same(
        &suit(r#""A""#, r#","default":"A""#),
        &suit(r#""B","A","C""#, ""),
        &[],
    );
    same(&suit(r#""B","A","C""#, ""), &suit(r#""A""#, ""), &[]);
    for (record_names, enum_symbols, expected) in [
        (Strictness::Lenient, Strictness::Strict, &missing[..]),
        (Strictness::Strict, Strictness::Lenient, &[]),
    ] {
        let options = Options {
            record_names,
            enum_symbols,
        };
        assert_eq!(
            found(&suit(r#""A""#, ""), &suit(r#""B","A","C""#, ""), options),
            expected
        );
    }
}

#[test]
fn unions_read_each_branch_and_show_where_it_is_not_read() {
    same(r#"["null","long"]"#, "\"int\"", &[]);
    same(r#"["null","long"]"#, r#"["int","null"]"#, &[]);
    same(
        "\"int\"",
        r#"["int","null"]"#,
        &["type-mismatch: int cannot read null"],
    );
    same(
        r#"["null","int"]"#,
        r#"["null","int","string"]"#,
        &["missing-branch: union [null, int] cannot read string"],
    );
    let event = |x: &str, more: &str| {
        let click = record("Click", &field("x", x));
        record(
            "Event",
            &field("what", &format!(r#"["null",{click}{more}]"#)),
        )
    };
    let mismatch = "type-mismatch: int cannot read string";
    same(
        &event("\"int\"", ""),
        &event("\"string\"", ""),
        &[&format!("what.x: {mismatch}")],
    );
    let more = r#","long""#;
    same(
        &event("\"int\"", more),
        &event("\"string\"", more),
        &[&format!("what<Click>.x: {mismatch}")],
    );
    same(
        "\"long\"",
        r#"["int","string"]"#,
        &["<string>: type-mismatch: long cannot read string"],
    );
}

#[test]
fn a_record_of_another_name_is_taken_in_a_union_if_its_fields_fit() {
    let union = |name: &str, rest: &str| {
        let fields = [field("a", "\"int\""), rest.to_owned()];
        let fields: Vec<_> = fields
            .into_iter()
            .filter(|field| !field.is_empty())
            .collect();
        format!(r#"["null",{}]"#, record(name, &fields.join(",")))
    };
    let missing = "missing-branch: union [null, R] cannot read record S";
    apart(&union("R", ""), &union("S", ""), &[], &[missing]);
    let b = field("b", "\"int\"");
    // The only one, or one of the name, does not fit: what it lacks is shown.
    let b_missing = "b: missing-default: the reader has a field of type int without a default";
    apart(&union("R", &b), &union("S", ""), &[b_missing], &[missing]);
    same(&union("x.R", &b), &union("R", ""), &[b_missing]);
    let more = |name: &str| union(name, &b).replacen('[', &format!("[{},", record("Q", &b)), 1);
    let missing_both = "missing-branch: union [Q, null, R] cannot read record S";
    same(&more("R"), &union("S", ""), &[missing_both]);
    same(
        &more("x.R"),
        &union("R", ""),
        &["<x.R>.b: missing-default: the reader has a field of type int without a default"],
    );
    // Its fields fit, but not what is inside of them.
    let deep = |name: &str, item: &str| {
        union(
            name,
            &field("b", &format!(r#"{{"type":"array","items":"{item}"}}"#)),
        )
    };
    apart(
        &deep("R", "int"),
        &deep("S", "string"),
        &["b[]: type-mismatch: int cannot read string"],
        &[missing],
    );
}

#[test]
fn of_the_records_that_fit_the_first_is_taken_or_the_last_of_the_name() {
    // Each has its own items, so what is missed tells which was chosen.
    let branch = |name: &str, item: &str| {
        let items = format!(r#"{{"type":"array","items":"{item}"}}"#);
        record(name, &field("x", &items))
    };
    let union = |branches: &[(&str, &str)]| {
        let branches: Vec<_> = branches
            .iter()
            .map(|(name, item)| branch(name, item))
            .collect();
        format!("[{}]", branches.join(","))
    };
    let writer = branch("W", "null");
    for (branches, chosen) in [
        (&[("A", "int"), ("B", "int")][..], "A"),
        (
            &[("A", "int"), ("x.W", "int"), ("y.W", "int"), ("B", "int")],
            "y.W",
        ),
        (
            &[("A", "null"), ("x.W", "int"), ("W", "int"), ("y.W", "null")],
            "W",
        ),
    ] {
        let expected = format!("<{chosen}>.x[]: type-mismatch: int cannot read null");
        assert_eq!(found(&union(branches), &writer, LENIENT), [expected]);
    }
}

#[test]
fn what_does_not_fit_in_a_field_keeps_a_record_from_being_taken() {
    let other = record("Q", &field("q", "\"int\""));
    let union = |name: &str, kind: &str| {
        let record = record(name, &field("x", kind));
        format!("[\"null\",{record},{other}]")
    };
    let suit = |name: &str| format!(r#"{{"type":"enum","name":"{name}","symbols":["A"]}}"#);
    let inner = |name: &str, more: &str| record(name, more);
    let needs = field("needed", "\"int\"");
    let nested = |name: &str, more: &str| format!("[\"int\",{}]", inner(name, more));
    for (reader, writer, fits) in [
        ("\"long\"".to_owned(), "\"int\"".to_owned(), true),
        ("\"int\"".to_owned(), "\"long\"".to_owned(), false),
        (suit("E"), suit("F"), false),
        (suit("E"), suit("a.E"), true),
        ("[\"null\",\"long\"]".to_owned(), "\"int\"".to_owned(), true),
        (
            "[\"null\",\"int\"]".to_owned(),
            "\"long\"".to_owned(),
            false,
        ),
        (inner("I", ""), inner("J", ""), true),
        (inner("I", &needs), inner("J", ""), false),
        // Only what is directly in the field counts: a record in a union has to fit by its own fields.
        (nested("I", ""), inner("J", ""), true),
        (nested("I", &needs), inner("J", ""), false),
        (nested("J", &needs), inner("J", ""), true),
    ] {
        let writer = record("S", &field("x", &writer));
        let found = found(&union("R", &reader), &writer, LENIENT);
        let refused = ["missing-branch: union [null, R, Q] cannot read record S"];
        assert_eq!(found == refused, !fits, "{reader} {writer}: {found:?}");
    }
}

#[test]
fn lenient_rules_choose_a_branch_by_its_name_and_strict_ones_try_all() {
    let read = |space: &str, kind: &str| record(&format!("{space}.R"), &field("x", kind));
    let union = format!("[{},{}]", read("a", "\"string\""), read("b", "\"int\""));
    let mismatch = ["<a.R>.x: type-mismatch: string cannot read int"];
    apart(&union, &read("a", "\"int\""), &mismatch, &[]);
    // Where none does, the first of the name is shown.
    let mismatch = "<a.R>.x: type-mismatch: string cannot read boolean";
    assert_eq!(found(&union, &read("c", "\"boolean\""), STRICT), [mismatch]);
    // Enums in unions need their full names, unless the unions are the same but for namespaces.
    let suit =
        |space: &str| format!(r#"["null",{{"type":"enum","name":"{space}.E","symbols":["A"]}}]"#);
    same(&suit("a"), &suit("b"), &[]);
    apart(
        &suit("a").replace(r#""A""#, r#""A","B""#),
        &suit("b"),
        &["missing-branch: union [null, a.E] cannot read enum b.E"],
        &[],
    );
}

#[test]
fn aliases_rename_types_and_fields() {
    let new = r#"{"type":"record","name":"New","aliases":["Old"],"fields":[
        {"name":"b","aliases":["a"],"type":{"type":"fixed","name":"G","size":2,"aliases":["F"]}}]}"#;
    let old = record(
        "Old",
        &field("a", r#"{"type":"fixed","name":"F","size":2}"#),
    );
    same(new, &old, &[]);
    let unknown = ["a: missing-default: the reader has a field of type fixed F without a default"];
    let named = [
        "name-mismatch: record Old cannot read record New",
        unknown[0],
    ];
    apart(&old, new, &unknown, &named);
}

#[test]
fn aliases_that_make_two_fields_one_are_a_clash() {
    let old = record(
        "R",
        &[field("a", "\"int\""), field("b", "\"int\"")].join(","),
    );
    let new =
        r#"{"type":"record","name":"R","fields":[{"name":"a","aliases":["b"],"type":"int"}]}"#;
    apart(
        new,
        &old,
        &[
            "R.a: alias-clash: the reader has aliases by which two fields of the writer's record R are a",
        ],
        &[
            "a: alias-clash: the reader has a field of type int whose aliases are several fields of the writer's",
        ],
    );
    // Its own name is none of the others.
    same(&new.replace(r#"["b"]"#, r#"["a"]"#), &old, &[]);
}

#[test]
fn types_that_hold_themselves_are_compared_once() {
    let list = |value: &str| {
        record(
            "Node",
            &[field("next", r#"["null","Node"]"#), field("value", value)].join(","),
        )
    };
    same(&list("\"long\""), &list("\"int\""), &[]);
    same(
        &list("\"int\""),
        &list("\"long\""),
        &["value: type-mismatch: int cannot read long"],
    );
}

#[test]
fn texts_and_paths_are_short_whatever_the_schema() {
    let long = "x".repeat(10_000);
    let old = record(&long, &field(&long, &record("S", &field(&long, "\"int\""))));
    let new = record(
        "R",
        &field(&long, &record("S", &field(&long, &record(&long, "")))),
    );
    let (reader, writer) = (Schema::parse(&new).unwrap(), Schema::parse(&old).unwrap());
    let found = differences(&reader, &writer, STRICT);
    assert_eq!(found.len(), 2);
    for difference in &found {
        assert!(difference.to_string().len() < 1300, "{difference}");
    }
    assert!(found[1].path.starts_with('…') && found[1].path.ends_with('x'));
}

#[test]
fn a_hundred_differences_are_listed() {
    let fields = |kind: &str| {
        let fields: Vec<_> = (0..250).map(|at| field(&format!("f{at}"), kind)).collect();
        record("R", &fields.join(","))
    };
    let found = found(&fields("\"int\""), &fields("\"string\""), LENIENT);
    assert_eq!(found.len(), crate::MAX_DIFFERENCES);
    assert_eq!(found[99], "f99: type-mismatch: int cannot read string");
}
