//! Keys against what Python 3.11's `json.dumps(json.loads(text))` gives.

use super::*;

fn rewritten(json: &str) -> String {
    let mut out = Vec::new();
    python::write_json(json, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn values_have_the_bytes_of_python() {
    let cases = [
        (r#""a""#, r#""a""#),
        (r#""""#, r#""""#),
        (r#""é""#, r#""\u00e9""#),
        (r#""\u00e9""#, r#""\u00e9""#),
        (r#""\u00E9""#, r#""\u00e9""#),
        (r#""😀""#, r#""\ud83d\ude00""#),
        (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
        (r#""\ud800""#, r#""\ud800""#),
        (r#""\"\\\/\b\f\n\r\t""#, r#""\"\\/\b\f\n\r\t""#),
        (
            r#""\u0041\u0022\u005c\u007f\u0000\u001f\u2028""#,
            r#""A\"\\\u007f\u0000\u001f\u2028""#,
        ),
        ("\"\x7f\"", r#""\u007f""#),
        (r#""/""#, r#""/""#),
        (r#""tab\tx""#, r#""tab\tx""#),
        ("1", "1"),
        ("1.5", "1.5"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", "true"),
        ("null", "null"),
        ("[]", "[]"),
        ("{}", "{}"),
        ("[1,2]", "[1, 2]"),
        ("[ 1 , [ ] , { } ]", "[1, [], {}]"),
        (
            r#"{"a":1,"b":[true,null]}"#,
            r#"{"a": 1, "b": [true, null]}"#,
        ),
        (
            " { \"é\" :\t\"ü\" ,\r\n\"x\":{ } } ",
            r#"{"\u00e9": "\u00fc", "x": {}}"#,
        ),
        (r#""a, b: c { } [ ]""#, r#""a, b: c { } [ ]""#),
    ];
    for (json, expected) in cases {
        assert_eq!(rewritten(json), expected, "of {json}");
    }
}

#[test]
fn numbers_keep_their_text() {
    for number in [
        "-0",
        "1e3",
        "1.50",
        "-0.0",
        "1E-400",
        "123456789012345678901234567890",
    ] {
        assert_eq!(rewritten(number), number);
    }
}

fn key(names: &[&str], json: &str) -> Result<String, KeyError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut out = b"left over".to_vec();
    Key::new(&names).write_from_json(json.as_bytes(), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn keys_are_objects_in_the_order_of_the_configuration() {
    let json =
        r#"{"order_id":"a-1", "n": 1.50, "user":{"id":7,"tags":["x","y"]}, "o\u0064d":null}"#;
    let cases: [(&[&str], &str); 4] = [
        (&["order_id"], r#"{"order_id": "a-1"}"#),
        (&["n", "order_id"], r#"{"n": 1.50, "order_id": "a-1"}"#),
        (&["user"], r#"{"user": {"id": 7, "tags": ["x", "y"]}}"#),
        (&["odd"], r#"{"odd": null}"#),
    ];
    for (names, expected) in cases {
        assert_eq!(key(names, json).as_deref(), Ok(expected));
    }
    assert_eq!(
        key(&["naïve"], r#"{"naïve":1}"#).as_deref(),
        Ok(r#"{"na\u00efve": 1}"#)
    );
}

#[test]
fn of_a_field_given_twice_the_last_counts() {
    assert_eq!(
        key(&["a"], r#"{"a":1,"b":2,"a":3}"#).as_deref(),
        Ok(r#"{"a": 3}"#)
    );
}

#[test]
fn a_missing_field_is_named() {
    let error = key(&["a", "order_id"], r#"{"a":{"order_id":1}}"#).unwrap_err();
    assert_eq!(error.to_string(), "the key field `order_id` is missing");
    assert!(key(&["a"], "[1]").is_err());
    assert!(key(&["a"], r#"{"a":1} x"#).is_err());
    assert!(
        Key::new(&["a".to_owned()])
            .write_from_json(b"\xff", &mut Vec::new())
            .is_err()
    );
}
