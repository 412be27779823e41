//! Tables for validity and for which definitions count as the same.

use super::{Canonical, Format, check};

fn same(format: Format, one: &str, other: &str) -> bool {
    let (one, other) = (Canonical::of(format, one), Canonical::of(format, other));
    assert_eq!(one == other, one.fingerprint() == other.fingerprint());
    one == other
}

#[test]
fn order_of_members_white_space_and_escapes_do_not_count() {
    let table = [
        (
            r#"{"type":"string","doc":"x"}"#,
            r#" { "doc" : "x" , "type" : "string" } "#,
        ),
        (
            r#"{"a":{"b":1,"c":[{"d":1,"e":2}]}}"#,
            r#"{"a":{"c":[{"e":2,"d":1}],"b":1}}"#,
        ),
        (r#""é""#, r#""\u00e9""#),
        (r#"{"a\u0062":"\/"}"#, r#"{"ab":"/"}"#),
        ("{}", "{ }"),
        ("[]", "[\n]"),
        ("true", " true"),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
    ];
    for (one, other) in table {
        assert!(same(Format::Avro, one, other), "{one} {other}");
        assert!(same(Format::Json, one, other), "{one} {other}");
    }
}

#[test]
fn order_of_arrays_and_the_spelling_of_numbers_count() {
    let table = [
        ("[1,2]", "[2,1]"),
        (r#"{"default":1}"#, r#"{"default":1.0}"#),
        ("[18446744073709551616]", "[18446744073709551617]"),
        (r#"{"a":1}"#, r#"{"a":"1"}"#),
        (r#"{"a":null}"#, "{}"),
        (r#"{"a,b":1}"#, r#"{"a":1,"b":1}"#),
        (r#"["a,b"]"#, r#"["a","b"]"#),
        (r#"{"type":"string"}"#, r#""string""#),
        (r#"{"A":1}"#, r#"{"a":1}"#),
    ];
    for (one, other) in table {
        assert!(!same(Format::Avro, one, other), "{one} {other}");
    }
}

#[test]
fn what_is_not_json_is_compared_byte_for_byte() {
    assert!(same(Format::Json, "{", "{"));
    assert!(!same(Format::Json, "{", "{ "));
    let deep = |levels: usize, inner: &str| "[".repeat(levels) + inner + &"]".repeat(levels);
    assert!(same(Format::Json, &deep(200, ""), &deep(200, " ")));
    assert!(!same(Format::Json, &deep(201, ""), &deep(201, " ")));
    assert!(!same(Format::Json, &deep(10_000, ""), &deep(9_999, "")));
}

#[test]
fn white_space_and_comments_in_protobuf_do_not_count() {
    let text = "syntax = \"proto3\";\nmessage M { string s = 1; }";
    for other in [
        "syntax=\"proto3\"; // it is\n message M{string s=1;}",
        "/* of /* old */syntax = \"proto3\";\r\n\tmessage M { string/**/s = 1; }\n\n",
        "syntax = \"proto3\"; message M { string s = 1; }//",
    ] {
        assert!(same(Format::Protobuf, text, other), "{other}");
    }
    let table = [
        ("message M {}", "messageM {}"),
        ("a = \"x y\"", "a = \"x  y\""),
        ("a = \"// x\"", "a = \"\""),
        ("a = \"\\\"/*\"; b /* */", "a = \"\\\"/*\"; b */"),
        ("a = 'x'", "a = \"x\""),
        ("a /* no end", "a  /* no end"),
        ("a 'no end", "a  'no end"),
        ("é x", "éx"),
    ];
    for (one, other) in table {
        assert!(!same(Format::Protobuf, one, other), "{one} {other}");
    }
    assert!(same(Format::Protobuf, "é §", " é § "));
}

#[test]
fn the_fingerprint_is_pinned_because_data_files_hold_it() {
    assert_eq!(
        Canonical::of(Format::Avro, "").fingerprint(),
        0xcbf2_9ce4_8422_2325
    );
    assert_eq!(
        Canonical::of(Format::Avro, r#" "a" "#).fingerprint(),
        Canonical::of(Format::Json, r#""a""#).fingerprint()
    );
    assert_eq!(
        Canonical::of(Format::Avro, "a").fingerprint(),
        0xaf63_dc4c_8601_ec8c
    );
}

#[test]
fn a_json_schema_is_an_object_or_a_boolean() {
    for text in ["{}", "true", "false", r#"{"type":"object"}"#] {
        assert_eq!(check(Format::Json, text), Ok(()), "{text}");
    }
    for text in ["1", "null", "[]", r#""string""#, "{", "", "{}{}", "nope"] {
        assert!(check(Format::Json, text).is_err(), "{text}");
    }
}

#[test]
fn a_json_schema_is_one_of_the_drafts_that_aws_checks() {
    for text in [
        r#"{"$schema":"http://json-schema.org/draft-06/schema#","properties":{"n":{"const":1e400}}}"#,
        r##"{"definitions":{"a":{"type":"nothing leads here"}},"items":{"$ref":"#"}}"##,
        r#"{"x-of-ours":5}"#,
        " true ",
    ] {
        assert_eq!(check(Format::Json, text), Ok(()), "{text}");
    }
    for (text, why) in [
        (
            r#"{"properties":{"n":{"type":"long"}}}"#,
            "#/properties/n/type: no such type",
        ),
        (
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#,
            "#/$schema: `$schema` is none of the drafts 4, 6 and 7",
        ),
        (
            r#"{"$ref":"http://example.com/schema"}"#,
            "#/$ref: the reference `http://example.com/schema` leads out of the schema",
        ),
        (r#"{"required":"id"}"#, "#/required: expected an array"),
    ] {
        assert_eq!(check(Format::Json, text), Err(why.to_owned()), "{text}");
    }
}

#[test]
fn avro_definitions_are_parsed() {
    for text in [
        r#""string""#,
        r#"{"type":"record","name":"R","fields":[]}"#,
        r#"["null","int"]"#,
    ] {
        assert_eq!(check(Format::Avro, text), Ok(()), "{text}");
    }
    for text in [
        "{",
        "string",
        "{}",
        r#""strin""#,
        r#"{"type":"record","name":"R"}"#,
        r#"{"type":"array"}"#,
    ] {
        assert!(check(Format::Avro, text).is_err(), "{text}");
    }
}

#[test]
fn protobuf_is_read_with_the_imports_that_come_along() {
    let imported = r#"syntax = "proto3"; import "google/protobuf/timestamp.proto";
        message M { google.protobuf.Timestamp at = 1; }"#;
    for text in [
        r#"syntax = "proto3"; message M { string s = 1; }"#,
        imported,
    ] {
        assert_eq!(check(Format::Protobuf, text), Ok(()), "{text}");
    }
    for text in [
        "message",
        r#"syntax = "proto3"; import "other.proto";"#,
        r#"syntax = "proto3"; message M { Unknown u = 1; }"#,
    ] {
        assert!(check(Format::Protobuf, text).is_err(), "{text}");
    }
}
