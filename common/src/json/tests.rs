//! Tests of the cursor, against `serde_json` as the judge of what is JSON.

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

fn skip_all(text: &str, depth: usize) -> Result<(), JsonError> {
    let mut cursor = Cursor::new(text);
    cursor.skip(depth)?;
    cursor.end()
}

/// `serde_json`'s verdict; it reads strings to the end and numbers of any size when nothing is kept of them.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[test]
fn faults_are_named_with_their_offset() {
    for (text, offset, fault) in [
        ("", 0, JsonFault::End),
        ("  ", 2, JsonFault::End),
        ("nul", 0, JsonFault::Expected("null")),
        ("x", 0, JsonFault::Value),
        ("[1,]", 3, JsonFault::Value),
        ("[1 2]", 3, JsonFault::Expected("`,` or `]`")),
        ("{1:2}", 1, JsonFault::Expected("a key")),
        (r#"{"a" 1}"#, 5, JsonFault::Expected("`:`")),
        (r#"{"a":1,}"#, 7, JsonFault::Expected("a key")),
        (r#"{"a":1"#, 6, JsonFault::End),
        ("01", 1, JsonFault::Number),
        ("-", 1, JsonFault::End),
        ("-x", 1, JsonFault::Number),
        ("1.e5", 2, JsonFault::Number),
        ("1e+", 3, JsonFault::End),
        ("\"a", 2, JsonFault::End),
        ("\"\\x\"", 1, JsonFault::Escape),
        ("\"\\u12g4\"", 1, JsonFault::Escape),
        ("\"\\ud800x\"", 1, JsonFault::Surrogate),
        ("\"\\udc00\"", 1, JsonFault::Surrogate),
        ("\"\\ud800\\u0041\"", 1, JsonFault::Surrogate),
        ("\"a\nb\"", 2, JsonFault::Control),
        ("1 2", 2, JsonFault::Trailing),
        ("\u{feff}1", 0, JsonFault::Value),
        ("[[[]]]", 2, JsonFault::Depth { limit: 2 }),
    ] {
        assert_eq!(
            skip_all(text, 2),
            Err(JsonError { offset, fault }),
            "{text}"
        );
    }
    let error = Cursor::from_bytes(b"\"\xff\"").unwrap_err();
    assert_eq!((error.offset, error.fault), (1, JsonFault::Utf8));
}

#[test]
fn deep_nesting_ends_at_the_limit() {
    assert!(skip_all(&format!("{}{}", "[".repeat(64), "]".repeat(64)), 64).is_ok());
    assert_eq!(
        skip_all(&"[".repeat(100_000), 64).unwrap_err().kind(),
        crate::error::Kind::Limit
    );
    assert_eq!(
        skip_all(&"{\"a\":".repeat(100_000), 64).unwrap_err().kind(),
        crate::error::Kind::Limit
    );
}

#[test]
fn specials_are_found_at_every_place_and_after_high_bytes() {
    for special in [b'"', b'\\', 0, 0x1f] {
        for length in 0..40 {
            for filler in [
                b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff,
            ] {
                let mut bytes = vec![filler; length];
                assert_eq!(scan::special(&bytes, 0), length);
                bytes.push(special);
                bytes.extend_from_slice(b"\"\\more text than eight bytes");
                assert_eq!(
                    scan::special(&bytes, 0),
                    length,
                    "{special} behind {length} times {filler}"
                );
            }
        }
    }
}

/// Texts that are nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("\"k\":".to_owned()),
        Just(" \r\n\t".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("fals".to_owned()),
        "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?",
        r#""(a|é|🚀|\\n|\\u00e9|\\u00E|\\"|\\ud83d\\ude80|/|\\/|\x01|\\x){0,6}"?"#,
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn accepts_what_serde_json_accepts(text in nearly_json()) {
        prop_assert_eq!(skip_all(&text, 127).is_ok(), is_json(&text), "{}", text);
    }

    #[test]
    fn accepts_all_json_and_none_of_its_beginnings(value in any_json(), cut: prop::sample::Index) {
        let text = value.to_string();
        prop_assert_eq!(skip_all(&text, 127), Ok(()));
        let mut start = cut.index(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        prop_assert_eq!(skip_all(&text[..start], 127).is_ok(), is_json(&text[..start]));
    }

    #[test]
    fn strings_have_the_content_that_serde_json_reads(
        text in r#""(a|é|🚀|\\n|\\b|\\f|\\r|\\t|\\u00e9|\\"|\\ud83d\\ude80|\\ud83d|\\ude80|/|\\/|\\\\){0,20}""#,
    ) {
        let ours = Cursor::new(&text).string().map(|string| {
            let mut bytes = Vec::new();
            string.append_to(&mut bytes);
            assert_eq!(bytes, string.text().as_bytes());
            string.text().into_owned()
        });
        prop_assert_eq!(ours.ok(), serde_json::from_str::<String>(&text).ok());
    }

    #[test]
    fn short_integers_are_numbers_read_at_once(text in "-?[0-9]{1,21}[.e]?", number: i64) {
        for text in [text, number.to_string()] {
            let mut cursor = Cursor::new(&text);
            match cursor.short_integer() {
                Some(number) => prop_assert_eq!(number.to_string(), text),
                None => prop_assert!(cursor.offset() == 0 && (text.len() > 18 || text.parse::<i64>().is_err() || text.starts_with(['0', '-']))),
            }
        }
    }

    #[test]
    fn plain_ascii_is_known_at_once(bytes: Vec<u8>, text in "[ -~]{0,30}") {
        let is_plain = |bytes: &[u8]| bytes.iter().all(|byte| (0x20..0x80).contains(byte) && !b"\"\\".contains(byte));
        for bytes in [bytes, text.into_bytes()] {
            prop_assert_eq!(scan::is_plain_ascii(&bytes), is_plain(&bytes));
        }
    }

    #[test]
    fn written_strings_are_read_back(text: String) {
        let mut out = Vec::new();
        write_string(&text, &mut out);
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.clone());
        let mut cursor = Cursor::from_bytes(&out).unwrap();
        prop_assert_eq!(cursor.string().unwrap().text(), text);
        prop_assert_eq!(cursor.end(), Ok(()));
    }

    #[test]
    fn written_bytes_are_code_points(bytes: Vec<u8>) {
        let mut out = Vec::new();
        write_latin1(&bytes, &mut out);
        let text: String = bytes.iter().copied().map(char::from).collect();
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}
