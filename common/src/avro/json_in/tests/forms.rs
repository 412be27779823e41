//! Tests of values: the texts of each type, and texts that are refused.

use super::{JsonForm, Kind, PLAIN, decode, encode, plan};

const PLAIN_TEXTS: &[(&str, &str, &[u8])] = &[
    (r#""null""#, "null", b""),
    (r#""boolean""#, "true", b"\x01"),
    (r#""int""#, "-2147483648", b"\xff\xff\xff\xff\x0f"),
    (
        r#""long""#,
        "9223372036854775807",
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    ),
    (r#""float""#, "0.1", b"\xcd\xcc\xcc\x3d"),
    (r#""float""#, "\"-Infinity\"", b"\x00\x00\x80\xff"),
    (r#""double""#, "-0.25", b"\x00\x00\x00\x00\x00\x00\xd0\xbf"),
    (
        r#""double""#,
        "\"NaN\"",
        b"\x00\x00\x00\x00\x00\x00\xf8\x7f",
    ),
    (
        r#""bytes""#,
        r#""\u0000\u0001þÿ\"""#,
        b"\x0a\x00\x01\xfe\xff\"",
    ),
    (
        r#""string""#,
        "\"a\\tb🚀\\u001F\"",
        b"\x10a\tb\xf0\x9f\x9a\x80\x1f",
    ),
    (
        r#"{"type":"fixed","name":"F","size":2}"#,
        "\"aÿ\"",
        b"a\xff",
    ),
    (
        r#"{"type":"enum","name":"E","symbols":["A","Größe"]}"#,
        "\"Größe\"",
        b"\x02",
    ),
    (r#"{"type":"array","items":"long"}"#, "[]", b"\x00"),
    (
        r#"{"type":"array","items":"long"}"#,
        "[1,-2,3]",
        b"\x06\x02\x03\x06\x00",
    ),
    (r#"{"type":"map","values":"string"}"#, "{}", b"\x00"),
    (
        r#"{"type":"map","values":"string"}"#,
        r#"{"k":"v","":"w"}"#,
        b"\x04\x02k\x02v\x00\x02w\x00",
    ),
    (r#"{"type":"record","name":"R","fields":[]}"#, "{}", b""),
    (r#"["null","string"]"#, "null", b"\x00"),
    (r#"["null","string"]"#, "\"x\"", b"\x02\x02x"),
    (
        r#"{"type":"int","logicalType":"date"}"#,
        "\"2025-11-21\"",
        b"\xfa\xbe\x02",
    ),
    (
        r#"{"type":"int","logicalType":"date"}"#,
        "2932897",
        b"\xc2\x82\xe6\x02",
    ),
    (
        r#"{"type":"int","logicalType":"time-millis"}"#,
        "\"23:59:59.999\"",
        b"\xfe\xef\xb2\x52",
    ),
    (
        r#"{"type":"int","logicalType":"time-millis"}"#,
        "-1",
        b"\x01",
    ),
    (
        r#"{"type":"long","logicalType":"time-micros"}"#,
        "\"00:00:00.000001\"",
        b"\x02",
    ),
    (
        r#"{"type":"long","logicalType":"timestamp-millis"}"#,
        "\"2023-04-12T13:45:33.000Z\"",
        b"\x90\x91\xb7\xdb\xee\x61",
    ),
    (
        r#"{"type":"long","logicalType":"timestamp-micros"}"#,
        "\"1969-12-31T23:59:59.999999Z\"",
        b"\x01",
    ),
    (
        r#"{"type":"long","logicalType":"timestamp-nanos"}"#,
        "\"1970-01-01T00:00:00.000000001Z\"",
        b"\x02",
    ),
    (
        r#"{"type":"long","logicalType":"local-timestamp-millis"}"#,
        "\"1970-01-01T00:00:00.001\"",
        b"\x02",
    ),
    (
        r#"{"type":"long","logicalType":"local-timestamp-micros"}"#,
        "\"1970-01-01T00:00:00.000001\"",
        b"\x02",
    ),
    (
        r#"{"type":"long","logicalType":"local-timestamp-nanos"}"#,
        "\"1970-01-01T00:00:00.000000001\"",
        b"\x02",
    ),
    (
        r#"{"type":"long","logicalType":"timestamp-millis"}"#,
        "9223372036854775807",
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    ),
    (
        r#"{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}"#,
        "\"-12.34\"",
        b"\x04\xfb\x2e",
    ),
    (
        r#"{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":9,"scale":4}"#,
        "\"-1.2345\"",
        b"\xff\xff\xcf\xc7",
    ),
    (
        r#"{"type":"string","logicalType":"uuid"}"#,
        "\"not a uuid\"",
        b"\x14not a uuid",
    ),
    (
        r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#,
        "\"00010203-0405-0607-0809-0a0b0c0d0e0f\"",
        b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
    ),
    (
        r#"{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"#,
        "\"P1M2DT0.003S\"",
        b"\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00",
    ),
];

#[test]
fn plain_texts_of_all_types_have_their_bytes_and_come_back() {
    for &(schema, json, bytes) in PLAIN_TEXTS {
        let plan = plan(schema);
        assert_eq!(
            encode(&plan, json, PLAIN).as_deref(),
            Ok(bytes),
            "{schema} {json}"
        );
        assert_eq!(decode(&plan, bytes, JsonForm::Plain), json, "{schema}");
    }
}

#[test]
fn other_texts_of_the_same_value_are_taken() {
    let millis = r#"{"type":"long","logicalType":"timestamp-millis"}"#;
    let decimal = r#"{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}"#;
    for (schema, canonical, others) in [
        (
            r#""int""#,
            "3",
            &["3.0", "3e0", "0.3E1", "30e-1", " 3 "][..],
        ),
        (r#""long""#, "1000", &["1e3", "1000.000"]),
        (r#""long""#, "0", &["-0", "0.0", "0e99", "-0.0e-5"]),
        (r#""double""#, "1.0", &["1", "1.00", "10e-1", "0.1e1"]),
        (
            millis,
            "\"2023-04-12T13:45:33.500Z\"",
            &[
                "1681307133500",
                "\"2023-04-12T15:45:33.5+02:00\"",
                "\"2023-04-12 13:45:33.500000z\"",
                "1.6813071335e12",
            ],
        ),
        (
            decimal,
            "\"12.30\"",
            &["12.3", "12.30", "\"12.3\"", "1230e-2", "\"1.23e1\""],
        ),
        (r#""string""#, "\"é\"", &["\"\\u00e9\"", "\"\\u00E9\""]),
        (
            r#"{"type":"enum","name":"E","symbols":["A"]}"#,
            "\"A\"",
            &["\"\\u0041\""],
        ),
    ] {
        let plan = plan(schema);
        let bytes = encode(&plan, canonical, PLAIN).unwrap();
        for other in others {
            assert_eq!(
                encode(&plan, other, PLAIN).as_ref(),
                Ok(&bytes),
                "{schema} {other}"
            );
        }
    }
}

const MISFITS: &[(&str, &[&str])] = &[
    (r#""null""#, &["0", "\"\"", "nul"]),
    (r#""boolean""#, &["1", "\"true\"", "null", "tru", "falsey"]),
    (
        r#""int""#,
        &[
            "2147483648",
            "-2147483649",
            "1e10",
            "0.5",
            "\"1\"",
            "null",
            "1e-400",
            "01",
        ],
    ),
    (
        r#""long""#,
        &[
            "9223372036854775808",
            "-9223372036854775809",
            "1e19",
            "1e999999999999",
            "1.5",
            "true",
        ],
    ),
    (
        r#""float""#,
        &["1e39", "\"nan\"", "\"1\"", "null", "\"inf\""],
    ),
    (r#""double""#, &["1e309", "\"infinity\"", "+1"]),
    (r#""bytes""#, &["\"Ā\"", "\"\\u0100\"", "[1]", "5"]),
    (
        r#"{"type":"fixed","name":"F","size":2}"#,
        &["\"a\"", "\"abc\"", "\"aĀ\"", "12"],
    ),
    (
        r#"{"type":"enum","name":"E","symbols":["A"]}"#,
        &["\"B\"", "\"a\"", "0", "\"\""],
    ),
    (
        r#"{"type":"array","items":"int"}"#,
        &["{}", "[1,]", "[null]", "1"],
    ),
    (
        r#"{"type":"map","values":"int"}"#,
        &["[]", r#"{"a":null}"#, "{1:1}"],
    ),
    (r#"["null","int"]"#, &["\"x\"", "{}", "1.5", r#"{"int":1}"#]),
    ("[]", &["null", "{}"]),
    (
        r#"{"type":"int","logicalType":"date"}"#,
        &["\"2023-02-29\"", "\"2023-4-1\"", "1.5"],
    ),
    (
        r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#,
        &["\"100\"", "\"1.234\"", "\"x\"", "1.234", "\"\\u0001\""],
    ),
    (
        r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#,
        &["\"0001\"", "\"{0010203-0405-0607-0809-0a0b0c0d0e0f}\"", "1"],
    ),
    (
        r#"{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"#,
        &["\"1 day\"", "5", "\"P\""],
    ),
];

#[test]
fn values_that_do_not_fit_are_refused() {
    for &(schema, jsons) in MISFITS {
        let plan = plan(schema);
        for json in jsons {
            let (kind, message) = encode(&plan, json, PLAIN).unwrap_err();
            assert!(
                matches!(kind, Kind::Validation | Kind::Json),
                "{schema} {json}: {kind} {message}"
            );
        }
    }
}
