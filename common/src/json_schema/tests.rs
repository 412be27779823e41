use super::*;
use crate::error::Kind;

mod random;

fn compile(definition: &str) -> JsonSchema {
    JsonSchema::compile(definition, Limits::default())
        .unwrap_or_else(|error| panic!("{definition}: {error}"))
}

fn fault(definition: &str) -> String {
    match JsonSchema::compile(definition, Limits::default()) {
        Ok(_) => panic!("{definition} is accepted"),
        Err(error) => error.to_string(),
    }
}

fn seven(keywords: &str) -> String {
    format!(r#"{{"$schema":"http://json-schema.org/draft-07/schema#",{keywords}}}"#)
}

fn refusal(keywords: &str, payload: &str) -> String {
    let mut out = b"kept".to_vec();
    let error = compile(&seven(keywords))
        .encode_json(payload.as_bytes(), &mut out)
        .unwrap_err();
    assert_eq!(out, b"kept");
    error.to_string()
}

fn accepts(keywords: &str, payload: &str) -> bool {
    compile(&seven(keywords)).check(payload.as_bytes()).is_ok()
}

#[test]
fn refusals_name_all_places_and_no_data() {
    let keywords = r#""properties":{"a":{"type":"integer"},"b":{"items":{"maxLength":2}}},"required":["x","y"],
        "additionalProperties":{"anyOf":[{"type":"null"},{"minimum":5}]}"#;
    let payload = r#"{"a":"secret","b":["secret","ok"],"secret":3}"#;
    assert_eq!(
        refusal(keywords, payload),
        "#/a: type; #/b/0: maxLength; #/*: anyOf; #/*: type; #/*: minimum; #: required `x`; #: required `y`"
    );
}

#[test]
fn many_violations_are_counted() {
    let payload = format!("[{}]", vec!["1"; 50].join(","));
    let text = refusal(r#""items":{"type":"string"}"#, &payload);
    assert!(text.starts_with("#/0: type; #/1: type; "), "{text}");
    assert!(text.ends_with("#/19: type; and 30 more"), "{text}");
}

#[test]
fn numbers_are_checked_as_they_are_written() {
    for (keywords, payload, valid) in [
        (r#""type":"integer""#, "1180591620717411303424", true),
        (r#""type":"integer""#, "1.0", false),
        (
            r#""maximum":18446744073709551616"#,
            "18446744073709551617",
            false,
        ),
        (r#""maximum":1e400"#, "9e399", true),
        (r#""exclusiveMinimum":0"#, "1e-400", true),
        (r#""const":9007199254740993.0"#, "9007199254740992", false),
        (r#""const":9007199254740993.0"#, "9007199254740993", true),
        (r#""multipleOf":0.1"#, "123456789012345678.05", false),
        (r#""enum":[[1,{"a":2.50}]]"#, r#"[1.0,{"a":25e-1}]"#, true),
        (
            r#""uniqueItems":true"#,
            r#"[{"a":1,"b":2},{"b":2.0,"a":1}]"#,
            false,
        ),
        (
            r#""uniqueItems":true"#,
            r#"[1,"1",[1],{"a":1},null,true,1.1]"#,
            true,
        ),
    ] {
        assert_eq!(
            accepts(keywords, payload),
            valid,
            "{keywords} and {payload}"
        );
    }
}

#[test]
fn references_lead_to_pointers_and_names() {
    for keywords in [
        r##""definitions":{"p q":{"type":"integer"}},"properties":{"a":{"$ref":"#/definitions/p%20q"}}"##,
        r##""definitions":{"p/q~":[{"type":"integer"}]},"properties":{"a":{"$ref":"#/definitions/p~1q~0/0"}}"##,
        r##""definitions":{"p":{"$id":"#foo","type":"integer"}},"properties":{"a":{"$ref":"#foo"}}"##,
        r#""$id":"http://x/y/root.json","definitions":{"p":{"$id":"p.json","type":"integer"}},"properties":{"a":{"$ref":"p.json"}}"#,
        r#""$id":"http://x/y/root.json","definitions":{"p":{"type":"integer"}},"properties":{"a":{"$ref":"root.json#/definitions/p"}}"#,
        r#""$id":"http://x/y/","definitions":{"p":{"$id":"p/","definitions":{"q":{"$id":"q","type":"integer"}}}},"properties":{"a":{"$ref":"http://x/y/p/q"}}"#,
        r##""definitions":{"p":{"$ref":"#/definitions/q"},"q":{"type":"integer"}},"properties":{"a":{"$ref":"#/definitions/p","type":"string"}}"##,
    ] {
        assert!(accepts(keywords, r#"{"a":1}"#), "{keywords}");
        assert!(!accepts(keywords, r#"{"a":"x"}"#), "{keywords}");
    }
}

#[test]
fn broken_schemas_are_refused_with_their_place() {
    let remote = r#""properties":{"a":{"$ref":"http://example.com/x.json"}}"#;
    for (definition, expected) in [
        ("", "byte 0: the text ends too early".to_owned()),
        ("true", "#: expected an object".to_owned()),
        (r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#, "#/$schema: `$schema` is none of the drafts 4, 6 and 7".to_owned()),
        (r#"{"$schema":7}"#, "#/$schema: `$schema` is none of the drafts 4, 6 and 7".to_owned()),
        (r#"{"properties":{"a/b":{"type":"strnig"}}}"#, "#/properties/a~1b/type: no such type".to_owned()),
        (r#"{"items":[{},{"minimum":"1"}]}"#, "#/items/1/minimum: expected a number".to_owned()),
        (r#"{"not":true}"#, "#/not: expected an object".to_owned()),
        (r#"{"multipleOf":0}"#, "#/multipleOf: `multipleOf` is zero or has more than 37 digits".to_owned()),
        (r#"{"pattern":"("}"#, "#/pattern: the pattern is no regular expression, or has what is not supported".to_owned()),
        (&seven(remote), "#/properties/a/$ref: the reference `http://example.com/x.json` leads out of the schema".to_owned()),
        (r##"{"not":{"$ref":"#/definitions/none"}}"##, "#/not/$ref: the reference `#/definitions/none` leads to nothing".to_owned()),
    ] {
        assert_eq!(fault(definition), expected, "{definition}");
    }
    // What nothing leads to is not looked at, as in Java.
    compile(r#"{"definitions":{"a":{"type":7}}}"#);
}

#[test]
fn circles_end_where_they_are_entered() {
    for definition in [
        r##"{"$ref":"#"}"##,
        r##"{"allOf":[{"$ref":"#"}]}"##,
        r##"{"not":{"anyOf":[{"oneOf":[{"$ref":"#/not"},{"$ref":"#"}]}]}}"##,
        r##"{"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}},"not":{"$ref":"#/definitions/b"}}"##,
        r##"{"dependencies":{"x":{"$ref":"#"}}}"##,
    ] {
        assert_eq!(
            compile(definition).check(br#"{"x":1}"#),
            Err(Refusal::Work),
            "{definition}"
        );
    }
    let schema = compile(r##"{"type":"object","dependencies":{"x":{"$ref":"#"}}}"##);
    assert_eq!(schema.check(br#"{"y":1}"#), Ok(()));
}

#[test]
fn a_schema_that_no_value_can_fit_is_known_by_its_place() {
    for (definition, place) in [
        (r##"{"$ref":"#"}"##, "#: "),
        (r##"{"allOf":[{},{"$ref":"#"}]}"##, "#: "),
        (
            r##"{"allOf":[{"type":"object"},{"$ref":"#/definitions/a"}],
                "definitions":{"a":{"allOf":[{"allOf":[{"$ref":"#/definitions/a"}]}]}}}"##,
            "#/definitions/a: ",
        ),
        (r#"{"allOf":[{"type":[]}]}"#, "#/allOf/0: "),
        (r#"{"enum":[]}"#, "#: "),
        (&seven(r#""allOf":[true,false]"#), "#/allOf/1: "),
    ] {
        let error = compile(definition).takes_any().unwrap_err();
        assert_eq!(error.to_string(), format!("{place}no value can fit"));
    }
    for definition in [
        r#"{"type":"null","enum":[null]}"#,
        r##"{"allOf":[{"$ref":"#/definitions/a"},{"$ref":"#/definitions/a"}],"definitions":{"a":{}}}"##,
        r##"{"properties":{"next":{"$ref":"#"}},"not":{"type":[]}}"##,
    ] {
        compile(definition).takes_any().unwrap();
    }
}

#[test]
fn what_properties_a_value_may_have_is_known_before_there_is_one() {
    let closed = r#""properties":{"a":{},"b\u000a\u0041\/\"":{}},"required":["r"],"patternProperties":{"^p":{},"^q":false},"additionalProperties":false"#;
    for (definition, properties, excluded, allowed) in [
        ("{}".to_owned(), &[][..], &[][..], &["x"][..]),
        (
            seven(closed),
            &["a", "b\nA/\""],
            &["x", "r", "q1", "b"],
            &["a", "b\nA/\"", "p1"],
        ),
        (
            seven(r#""properties":{"a":false},"additionalProperties":{"type":"string"}"#),
            &["a"],
            &["a"],
            &["x"],
        ),
        (
            seven(
                r#""propertyNames":{"maxLength":2},"allOf":[{"properties":{"a":{}},"additionalProperties":true}]"#,
            ),
            &["a"],
            &["abc"],
            &["a", "ab"],
        ),
        (
            seven(r#""anyOf":[{"additionalProperties":false},{"additionalProperties":false}]"#),
            &[],
            &[],
            &["x"],
        ),
    ] {
        let schema = compile(&definition);
        assert_eq!(schema.properties(), properties, "{definition}");
        for (names, is_excluded) in [(excluded, true), (allowed, false)] {
            for name in names {
                assert_eq!(schema.excludes(name), is_excluded, "{name}: {definition}");
                let value = serde_json::json!({*name: {}}).to_string();
                let errors = schema
                    .check(value.as_bytes())
                    .err()
                    .map(|error| error.to_string());
                let unnamed = errors.is_some_and(|errors| {
                    ["additionalProperties", "maxLength", ": false"]
                        .iter()
                        .any(|one| errors.contains(one))
                });
                assert!(unnamed || !is_excluded, "{name} is taken: {definition}");
            }
        }
    }
}

#[test]
fn a_long_way_of_references_is_followed() {
    let definitions: Vec<_> = (0..200)
        .map(|number| {
            format!(
                r##""d{number}":{{"$ref":"#/definitions/d{}"}}"##,
                number + 1
            )
        })
        .collect();
    let schema = compile(&format!(
        r##"{{"definitions":{{{},"d200":{{"type":"string"}}}},"items":{{"$ref":"#/definitions/d0"}}}}"##,
        definitions.join(",")
    ));
    assert!(schema.check(b"[\"x\"]").is_ok());
    assert!(schema.check(b"[1]").is_err());
}

/// A schema in which each of `levels` definitions leads to the next in two ways.
fn doubling(levels: usize, ways: impl Fn(&str) -> String) -> String {
    let definitions: Vec<_> = (0..levels)
        .map(|level| {
            format!(
                r#""d{level}":{}"#,
                ways(&format!("#/definitions/d{}", level + 1))
            )
        })
        .collect();
    seven(&format!(
        r##""definitions":{{{},"d{levels}":{{"type":"string"}}}},"allOf":[{{"$ref":"#/definitions/d0"}}]"##,
        definitions.join(",")
    ))
}

#[test]
fn rules_that_multiply_end() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let schema = compile(&doubling(60, |next| {
            format!(r#"{{"{keyword}":[{{"$ref":"{next}"}},{{"$ref":"{next}"}}]}}"#)
        }));
        for payload in ["\"x\"", "1"] {
            if let Err(refusal) = schema.check(payload.as_bytes()) {
                assert!(
                    matches!(refusal.kind(), Kind::Limit | Kind::Validation),
                    "{refusal}"
                );
            }
        }
    }
    // The rules multiply with each level of the value.
    let schema = compile(&seven(
        r##""properties":{"n":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}"##,
    ));
    let payload = format!("{}1{}", r#"{"n":"#.repeat(60), "}".repeat(60));
    assert_eq!(schema.check(payload.as_bytes()), Err(Refusal::Work));
    // A chain longer than the stack may be.
    let schema = compile(&doubling(5_000, |next| {
        format!(r#"{{"allOf":[{{"$ref":"{next}"}}]}}"#)
    }));
    assert_eq!(schema.check(b"\"x\""), Err(Refusal::Work));
}

#[test]
fn large_and_deep_texts_are_refused() {
    let limits = Limits {
        depth: 3,
        items: 4,
        payload_bytes: 20,
        json_bytes: 10,
    };
    let schema = JsonSchema::compile("{}", limits).unwrap();
    for (payload, kind) in [
        ("[[[[1]]]]", Kind::Limit),
        ("[1,2,3,4,5]", Kind::Limit),
        (r#""aaaaaaaaaaaaaaaaaaa""#, Kind::TooLarge),
    ] {
        let error = schema
            .encode_json(payload.as_bytes(), &mut Vec::new())
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{payload}");
        let error = schema.encode_value(
            &serde_json::from_str::<serde_json::Value>(payload).unwrap(),
            &mut Vec::new(),
        );
        assert_eq!(error.unwrap_err().kind(), kind, "{payload}");
    }
    assert!(
        schema
            .encode_json(b"\"aaaaaaaaaaaaaaaaaa\"", &mut Vec::new())
            .is_ok()
    );
    let decoded = schema.decode_json(b"\"aaaaaaaaa\"", JsonOut::default(), &mut Vec::new());
    assert_eq!(decoded.unwrap_err().kind(), Kind::TooLarge);
    let deep = "[".repeat(100_000);
    assert_eq!(
        compile("{}").check(deep.as_bytes()).unwrap_err().kind(),
        Kind::Limit
    );
    for open in ["{\"not\":", "{\"items\":[", "[", "{\"$ref\":"] {
        fault(&open.repeat(100_000));
    }
}

#[test]
fn values_come_from_and_go_to_rust() {
    let schema = compile(r#"{"required":["a"]}"#);
    let value = serde_json::json!({"a": [1, 2.5, "é😀"]});
    let mut payload = Vec::new();
    schema.encode_value(&value, &mut payload).unwrap();
    assert_eq!(payload, r#"{"a":[1,2.5,"é\uD83D\uDE00"]}"#.as_bytes());
    let (again, taken): (serde_json::Value, usize) =
        schema.decode_value(&payload, JsonOut::default()).unwrap();
    assert_eq!((again, taken), (value, payload.len()));
    let refused = schema
        .decode_value::<u8>(&payload, JsonOut::default())
        .unwrap_err();
    assert_eq!(refused.kind(), Kind::Validation);
    let refused = schema
        .decode_json(b"{}", JsonOut { validate: true }, &mut Vec::new())
        .unwrap_err();
    assert_eq!(refused.to_string(), "#: required `a`");
}

#[test]
fn the_first_value_of_a_payload_is_read_in_any_encoding() {
    let utf16: Vec<u8> = "{\"é😀\": 1} x"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let utf32: Vec<u8> = "[1 ]2"
        .chars()
        .flat_map(|character| u32::from(character).to_be_bytes())
        .collect();
    let with_mark = [&[0xff, 0xfe][..], &utf16].concat();
    for (payload, json, taken) in [
        (&b""[..], "null", 0),
        (b" \n", "null", 2),
        (b"\xef\xbb\xbf", "null", 3),
        (b"\xef\xbb\xbf 1e400 ", "1e400", 10),
        (b"[1] \r\n\t", "[1]", 7),
        (b"[1] \n2", "[1]", 3),
        (b"[1] \xff", "[1]", 4),
        (b"\xfe\xff\x00[\x001\x00]\x00 ", "[1]", 10),
        (b" {\"a\" : [ -0 ,1.10]}{", r#"{"a":[-0,1.10]}"#, 20),
        (b"\"\\u0061\\/\\ud83d\\uDE00\"\xff", "\"a/😀\"", 22),
        (
            b"{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2},\"a\":3}",
            r#"{"a":3,"b":{"c":2}}"#,
            36,
        ),
        (&utf16, r#"{"é😀":1}"#, 20),
        (&with_mark, r#"{"é😀":1}"#, 22),
        (&utf32, "[1]", 16),
    ] {
        let mut out = Vec::new();
        assert_eq!(
            decode_json(payload, &Limits::default(), &mut out).unwrap(),
            taken,
            "{json}"
        );
        assert_eq!(String::from_utf8(out).unwrap(), json);
    }
    for payload in [
        &b"12abc"[..],
        b"truex",
        b"nul",
        b"{",
        b"\"a",
        b"\xff",
        b"{\"a\":\"\xff\"}",
        b"1.",
        b"01",
        b"NaN",
        b"\"\t\"",
        b"\0",
    ] {
        let mut out = b"kept".to_vec();
        let error = decode_json(payload, &Limits::default(), &mut out).unwrap_err();
        assert_eq!(
            (error.kind(), &out[..]),
            (Kind::Json, &b"kept"[..]),
            "{payload:?}"
        );
    }
}

#[test]
fn halves_of_pairs_are_kept_apart() {
    let schema = compile(r#"{"uniqueItems":true,"items":{"maxLength":1}}"#);
    let mut out = Vec::new();
    schema
        .encode_json(br#"["\ud800","\udc00","\uD801", "\ud83d\ude00"]"#, &mut out)
        .unwrap();
    assert_eq!(out, br#"["\uD800","\uDC00","\uD801","\uD83D\uDE00"]"#);
    assert!(schema.check(br#"["\ud800","\uD800"]"#).is_err());
    let mut out = Vec::new();
    compile("{}")
        .encode_json(br#"{"\ud800":1,"\ud801":2}"#, &mut out)
        .unwrap();
    assert_eq!(out, br#"{"\uD800":1,"\uD801":2}"#);
}
