//! Tests of Avro to JSON: hostile payloads.

use proptest::prelude::*;

use crate::avro::{JsonForm, Plan, Schema};
use crate::error::Kind;
use crate::limits::Limits;

fn decode(schema: &str, limits: Limits, payload: &[u8]) -> Result<String, (Kind, String)> {
    let plan = Plan::compile(&Schema::parse(schema).unwrap(), limits).unwrap();
    let mut out = b"kept".to_vec();
    match plan.decode_json(payload, JsonForm::Plain, &mut out) {
        Ok(_) => Ok(String::from_utf8(out.split_off(4)).unwrap()),
        Err(error) => {
            assert_eq!(out, b"kept");
            Err((error.kind(), error.to_string()))
        }
    }
}

const RECORD: &str = r#"{"type":"record","name":"R","fields":[{"name":"s","type":"string"},
    {"name":"items","type":{"type":"array","items":{"type":"map","values":["null","int",{"type":"enum","name":"E","symbols":["A"]}]}}}]}"#;

const DAMAGED: &[(&str, &[u8], Kind, &str)] = &[
    (
        r#""boolean""#,
        b"",
        Kind::Truncated,
        "byte 0: the payload ends inside a boolean",
    ),
    (
        r#""int""#,
        b"\x80\x80\x80\x80\x10",
        Kind::Payload,
        "byte 0: the bytes are no int",
    ),
    (
        r#""long""#,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        Kind::Payload,
        "byte 0: the bytes are no long",
    ),
    (
        r#""long""#,
        b"\x80",
        Kind::Truncated,
        "byte 0: the payload ends inside a number",
    ),
    (
        r#""float""#,
        b"\x00\x00\x00",
        Kind::Truncated,
        "byte 0: the payload ends inside a float",
    ),
    (
        r#""string""#,
        b"\x04\xff\xff",
        Kind::Payload,
        "byte 3: a string that is not UTF-8",
    ),
    (
        r#""string""#,
        b"\x01",
        Kind::Payload,
        "byte 0: impossible length",
    ),
    (
        r#""bytes""#,
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        Kind::Truncated,
        "byte 10: the payload ends inside bytes",
    ),
    (
        r#"["null"]"#,
        b"\x02",
        Kind::Payload,
        "byte 1: union index out of range",
    ),
    (
        r#"["null"]"#,
        b"\x01",
        Kind::Payload,
        "byte 1: union index out of range",
    ),
    (
        r#"{"type":"enum","name":"E","symbols":["A"]}"#,
        b"\x02",
        Kind::Payload,
        "byte 1: enum index out of range",
    ),
    (
        r#"{"type":"array","items":"int"}"#,
        b"\x02\x02",
        Kind::Truncated,
        "byte 2: the payload ends inside a number",
    ),
    (
        RECORD,
        b"\x02a\x02\x02\x02k\x02",
        Kind::Truncated,
        "byte 7: items[]{}: the payload ends inside a number",
    ),
    (
        RECORD,
        b"\x02a\x02\x02\x02k\x04\x02",
        Kind::Payload,
        "byte 8: items[]{}: enum index out of range",
    ),
];

#[test]
fn damaged_payloads_are_refused_with_kind_and_place() {
    for &(schema, payload, kind, message) in DAMAGED {
        assert_eq!(
            decode(schema, Limits::default(), payload),
            Err((kind, message.to_owned())),
            "{schema}"
        );
    }
}

#[test]
fn blocks_with_their_size_are_read() {
    let array = r#"{"type":"array","items":"int"}"#;
    assert_eq!(
        decode(array, Limits::default(), b"\x03\x04\x02\x04\x02\x06\x00").unwrap(),
        "[1,2,3]"
    );
    assert_eq!(
        decode(array, Limits::default(), b"\x03\x7e\x02\x04\x00")
            .unwrap_err()
            .0,
        Kind::Truncated
    );
    let lowest = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00";
    assert_eq!(
        decode(array, Limits::default(), lowest).unwrap_err().0,
        Kind::Limit
    );
}

#[test]
fn values_without_bytes_are_bounded() {
    let nulls = r#"{"type":"array","items":"null"}"#;
    assert_eq!(
        decode(nulls, Limits::default(), b"\x80\x87\xa7\x0e\x00")
            .unwrap_err()
            .0,
        Kind::Limit
    );
    let limits = Limits {
        items: 4,
        ..Limits::default()
    };
    assert_eq!(
        decode(nulls, limits, b"\x04\x04\x00").unwrap(),
        "[null,null,null,null]"
    );
    assert_eq!(
        decode(nulls, limits, b"\x04\x06\x00").unwrap_err(),
        (Kind::Limit, "byte 2: more than 4 items".to_owned())
    );

    // Ten records in each of sixty levels, all without a byte.
    let fields = |kind: &str| {
        (0..10)
            .map(|n| format!(r#"{{"name":"f{n}","type":"{kind}"}}"#))
            .collect::<Vec<_>>()
            .join(",")
    };
    let mut levels =
        vec![r#"{"name":"l0","type":{"type":"record","name":"N0","fields":[]}}"#.to_owned()];
    for level in 1..60 {
        let inner = fields(&format!("N{}", level - 1));
        levels.push(format!(r#"{{"name":"l{level}","type":{{"type":"record","name":"N{level}","fields":[{inner}]}}}}"#));
    }
    let schema = format!(
        r#"{{"type":"record","name":"R","fields":[{}]}}"#,
        levels.join(",")
    );
    let limits = Limits {
        json_bytes: 1_000_000,
        ..Limits::default()
    };
    assert_eq!(decode(&schema, limits, b"").unwrap_err().0, Kind::TooLarge);
}

#[test]
fn nesting_ends_at_the_limit() {
    let itself = r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#;
    assert_eq!(
        decode(itself, Limits::default(), b"").unwrap_err().0,
        Kind::Limit
    );
    let list = r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}"#;
    assert!(decode(list, Limits::default(), &[&[2; 63][..], &[0]].concat()).is_ok());
    assert_eq!(
        decode(list, Limits::default(), &vec![2; 100_000])
            .unwrap_err()
            .0,
        Kind::Limit
    );
    let map = r#"{"type":"map","values":{"type":"array","items":"int"}}"#;
    let limits = Limits {
        depth: 1,
        ..Limits::default()
    };
    assert_eq!(
        decode(map, limits, b"\x02\x00\x00\x00").unwrap_err(),
        (
            Kind::Limit,
            "byte 2: {}: nested more than 1 levels deep".to_owned()
        )
    );
}

#[test]
fn payload_and_text_sizes_end_at_their_limits() {
    let limits = Limits {
        payload_bytes: 4,
        json_bytes: 10,
        ..Limits::default()
    };
    assert_eq!(decode("\"string\"", limits, b"\x06abc").unwrap(), "\"abc\"");
    assert_eq!(
        decode("\"string\"", limits, b"\x08abcd").unwrap_err().0,
        Kind::TooLarge
    );
    assert_eq!(
        decode("\"bytes\"", limits, b"\x06\x01\x01\x01")
            .unwrap_err()
            .0,
        Kind::TooLarge
    );
}

#[test]
fn decimals_too_long_to_print_are_refused() {
    let decimal = r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#;
    let payload = |length: usize| [&[0x80 | 0x40, 0x0c][..], &vec![7; length]].concat();
    assert_eq!(
        decode(decimal, Limits::default(), &payload(800))
            .unwrap_err()
            .0,
        Kind::Limit
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_bytes_are_read_or_refused(payload in prop::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..60)) {
        if let Ok(json) = decode(RECORD, Limits { items: 1000, ..Limits::default() }, &payload) {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
        }
    }
}
