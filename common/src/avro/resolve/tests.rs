//! Resolution beyond the recorded values: messages, paths, limits, hostile schemas and payloads.

use crate::avro::{DefaultBranch, JsonForm, ParseOptions, Plan, ResolutionFault, Schema};
use crate::error::Kind;
use crate::limits::Limits;

fn schema(text: &str) -> Schema {
    Schema::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

fn resolve(writer: &str, reader: &str) -> Result<Plan, String> {
    Plan::resolve(&schema(writer), &schema(reader), Limits::default())
        .map_err(|error| error.to_string())
}

/// The value in both forms, or the error of the plan or of the value.
fn read(writer: &str, reader: &str, payload: &[u8]) -> Result<(String, String), String> {
    let plan = resolve(writer, reader)?;
    let text = |form| {
        let mut out = b"kept".to_vec();
        match plan.decode_json(payload, form, &mut out) {
            Ok(_) => Ok(String::from_utf8(out.split_off(4)).unwrap()),
            Err(error) => {
                assert_eq!(out, b"kept");
                Err(format!("{}: {error}", error.kind()))
            }
        }
    };
    Ok((text(JsonForm::Plain)?, text(JsonForm::Avro)?))
}

#[test]
fn values_that_cannot_be_taken_are_refused_with_their_place() {
    let inner = |fields: &str| {
        record(&format!(
            r#"{{"name":"n","type":{{"type":"array","items":{{"type":"map","values":{{"type":"record","name":"N","fields":[{fields}]}}}}}}}}"#
        ))
    };
    let long = r#"{"name":"x","type":"long"}"#;
    for (writer, reader, payload, message) in [
        (
            inner(long),
            inner(r#"{"name":"x","type":"int"}"#),
            &b"\x02\x02\x02k\x02\x00\x00"[..],
            "resolution: byte 4: n[]{}.x: the writer's long cannot become int",
        ),
        (
            inner(long),
            inner(r#"{"name":"y","type":["null","int"]}"#),
            b"\x02\x02\x02k\x02\x00\x00",
            "resolution: byte 4: n[]{}: the writer's record N has no field y, and in the reader's record N it has no default",
        ),
        (
            r#"["int","string","bytes"]"#.to_owned(),
            r#"["null","long"]"#.to_owned(),
            b"\x02\x02x",
            "resolution: byte 1: the writer's string cannot become union [null, long]",
        ),
        (
            record(
                r#"{"name":"e","type":["null",{"type":"enum","name":"E","symbols":["A","B"]}]}"#,
            ),
            record(
                r#"{"name":"e","type":["null",{"type":"enum","name":"E","symbols":["A"],"default":"A"}]}"#,
            ),
            b"\x02\x04",
            "payload: byte 2: e: enum index out of range",
        ),
        (
            record(
                r#"{"name":"e","type":["null",{"type":"enum","name":"E","symbols":["A","B"]}]}"#,
            ),
            record(r#"{"name":"e","type":["null",{"type":"enum","name":"E","symbols":["A"]}]}"#),
            b"\x02\x02",
            "resolution: byte 2: e: the writer's enum E has a symbol that the reader's enum E has not, without a default",
        ),
        (
            record(
                r#"{"name":"gone","type":{"type":"array","items":["null","int"]}},{"name":"x","type":"int"}"#,
            ),
            record(r#"{"name":"x","type":"int"}"#),
            b"\x02\x06",
            "payload: byte 2: gone: union index out of range",
        ),
    ] {
        assert_eq!(read(&writer, &reader, payload).unwrap_err(), message);
    }
}

#[test]
fn schemas_of_which_no_value_fits_have_no_plan() {
    let fixed =
        |name: &str, size: usize| format!(r#"{{"type":"fixed","name":"{name}","size":{size}}}"#);
    let nested = |kind: &str| {
        record(&format!(
            r#"{{"name":"a","type":{{"type":"record","name":"N","fields":[{{"name":"b","type":{kind}}}]}}}}"#
        ))
    };
    for (writer, reader, message) in [
        (
            nested(r#""long""#),
            nested(r#"["null","int"]"#),
            "a.b: the writer's long cannot become union [null, int]",
        ),
        (
            nested(r#""string""#),
            nested(&fixed("x.F", 2)),
            "a.b: the writer's string cannot become fixed x.F",
        ),
        (
            fixed("F", 1),
            fixed("x.F", 2),
            "the writer's fixed F has 1 bytes and the reader's fixed x.F has 2",
        ),
        (
            fixed("F", 1),
            fixed("G", 1),
            "the writer's fixed F cannot become fixed G",
        ),
        (
            record(r#"{"name":"old","type":"int"},{"name":"new","type":"int"}"#),
            record(r#"{"name":"new","type":"int","aliases":["old"]}"#),
            "R.new: by the reader's aliases two fields of the writer's record R are new",
        ),
        (
            r#"[{"type":"fixed","name":"Old","size":1},{"type":"fixed","name":"F","size":1}]"#
                .to_owned(),
            r#"{"type":"fixed","name":"F","size":1,"aliases":["Old"]}"#.to_owned(),
            "F: by the reader's aliases two branches of a writer's union are F",
        ),
        (
            record(""),
            record(
                r#"{"name":"e","type":{"type":"enum","name":"E","symbols":["A"]},"default":"Z"}"#,
            ),
            "the default of the reader's field e cannot be used",
        ),
    ] {
        assert_eq!(resolve(&writer, &reader).unwrap_err(), message);
    }
}

#[test]
fn both_forms_have_the_readers_shape() {
    for (writer, reader, payload, plain, avro) in [
        (
            r#""int""#.to_owned(),
            r#"["null",{"type":"long","logicalType":"timestamp-millis"}]"#.to_owned(),
            &b"\x02"[..],
            r#""1970-01-01T00:00:00.001Z""#,
            r#"{"long":1}"#,
        ),
        (
            r#"["int",{"type":"long","logicalType":"timestamp-millis"}]"#.to_owned(),
            r#"{"type":"long","logicalType":"time-micros"}"#.to_owned(),
            b"\x00\x02",
            r#""00:00:00.000001""#,
            "1",
        ),
        (
            r#"{"type":"string","logicalType":"uuid"}"#.to_owned(),
            r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}"#.to_owned(),
            b"\x02\x0c",
            r#""1.2""#,
            r#""\f""#,
        ),
        (
            record(r#"{"name":"a","type":"int"}"#),
            record(
                r#"{"name":"d","type":["int","null"],"default":1},{"name":"a","type":"int"},{"name":"t","type":{"type":"int","logicalType":"date"},"default":0}"#,
            ),
            b"\x04",
            r#"{"d":1,"a":2,"t":"1970-01-01"}"#,
            r#"{"d":{"int":1},"a":2,"t":0}"#,
        ),
        // The first comes in its turn, the others are put in order.
        (
            record(
                r#"{"name":"a","type":"int"},{"name":"b","type":"int"},{"name":"c","type":"int"},{"name":"d","type":"int"}"#,
            ),
            record(
                r#"{"name":"a","type":"int"},{"name":"x","type":"int","default":9},{"name":"d","type":"int"},{"name":"b","type":"int"},{"name":"y","type":"int","default":8}"#,
            ),
            b"\x02\x04\x06\x08",
            r#"{"a":1,"x":9,"d":4,"b":2,"y":8}"#,
            r#"{"a":1,"x":9,"d":4,"b":2,"y":8}"#,
        ),
    ] {
        let (ours, tagged) = read(&writer, &reader, payload).unwrap();
        assert_eq!((&*ours, &*tagged), (plain, avro), "{writer} as {reader}");
    }
}

#[test]
fn aliases_are_taken_once() {
    let writer = record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#);
    // Java's reader applies them twice, which undoes an exchange and runs along a chain of names.
    for (fields, json) in [
        (
            r#"{"name":"a","type":"long","aliases":["b"]},{"name":"b","type":"int","aliases":["a"]}"#,
            r#"{"a":2,"b":1}"#,
        ),
        (
            r#"{"name":"b","type":"int","aliases":["a"]},{"name":"c","type":"int","aliases":["b"]}"#,
            r#"{"b":1,"c":2}"#,
        ),
        // Between schemas that are the same but for them, they say nothing.
        (
            r#"{"name":"a","type":"int","aliases":["b"]},{"name":"b","type":"int","aliases":["a"]}"#,
            r#"{"a":1,"b":2}"#,
        ),
    ] {
        assert_eq!(read(&writer, &record(fields), b"\x02\x04").unwrap().0, json);
    }
}

#[test]
fn a_default_of_a_later_branch_is_an_option() {
    let reader = record(
        r#"{"name":"x","type":["null","int",{"type":"map","values":["int","string"]}],"default":{"k":"v"}}"#,
    );
    assert!(Schema::parse(&reader).is_err());
    let options = ParseOptions {
        default_branch: DefaultBranch::Any,
        ..ParseOptions::default()
    };
    let reader = Schema::parse_with(&reader, &options).unwrap();
    let plan = Plan::resolve(&schema(&record("")), &reader, Limits::default()).unwrap();
    let mut json = Vec::new();
    plan.decode_json(b"", JsonForm::Avro, &mut json).unwrap();
    assert_eq!(json, br#"{"x":{"map":{"k":{"string":"v"}}}}"#);
    let wrong = record(r#"{"name":"x","type":["null","int"],"default":"s"}"#);
    assert!(Schema::parse_with(&wrong, &options).is_err());
}

#[test]
fn schemas_that_read_alike_have_the_readers_own_plan() {
    let writer = r#"{"type":"record","name":"L","doc":"d","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}"#;
    let reader = r#"{"type":"record","name":"L","namespace":"n","fields":[{"name":"v","type":{"type":"int","logicalType":"date"},"default":1},{"name":"next","type":["null","L"]}]}"#;
    let plan = resolve(writer, reader).unwrap();
    assert_eq!(plan.entry, plan.root);
    let (_, avro) = read(writer, reader, b"\x02\x02\x04\x00").unwrap();
    assert_eq!(avro, r#"{"v":1,"next":{"n.L":{"v":2,"next":null}}}"#);
}

#[test]
fn a_resolved_plan_encodes_with_the_readers_schema() {
    let plan = resolve(r#""int""#, r#"["null","long"]"#).unwrap();
    let mut payload = Vec::new();
    plan.encode_json(b"5", &crate::avro::JsonIn::default(), &mut payload)
        .unwrap();
    assert_eq!(payload, b"\x02\x0a");
}

#[test]
fn skipping_obeys_the_limits() {
    let limits = Limits {
        depth: 4,
        items: 10,
        ..Limits::default()
    };
    let nested = r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#;
    let nulls = r#"{"type":"array","items":{"type":"record","name":"E","fields":[{"name":"n","type":"null"}]}}"#;
    let longs = r#"{"type":"array","items":"long"}"#;
    for (kind, payload, expected) in [
        (nested, &b"\x02\x02\x00"[..], None),
        (nested, b"\x02\x02\x02\x02\x02\x00", Some(Kind::Limit)),
        (nulls, b"\x14\x00", None),
        (nulls, b"\x16\x00", Some(Kind::Limit)),
        (
            nulls,
            b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            Some(Kind::Limit),
        ),
        (longs, b"\x03\x08abcd\x00", None),
        (longs, b"\x03\x0aabcd", Some(Kind::Truncated)),
        (longs, b"\x03\x01", Some(Kind::Payload)),
        (longs, b"\x15\x00\x15\x00", Some(Kind::Limit)),
        (longs, b"\x02\x80", Some(Kind::Truncated)),
        (r#""string""#, b"\x04\xff\xff", None),
        (r#""string""#, b"\x01", Some(Kind::Payload)),
        (r#"["null","int"]"#, b"\x04", Some(Kind::Payload)),
    ] {
        let writer = schema(&record(&format!(r#"{{"name":"gone","type":{kind}}}"#)));
        let plan = Plan::resolve(&writer, &schema(&record("")), limits).unwrap();
        let read = plan.decode_json(payload, JsonForm::Plain, &mut Vec::new());
        match expected {
            None => assert_eq!(read.unwrap(), payload.len(), "{kind}"),
            Some(kind) => {
                let error = read.unwrap_err();
                assert_eq!(error.kind(), kind, "{error}");
                assert!(error.to_string().contains("gone: "), "{error}");
            }
        }
    }
}

#[test]
fn held_values_count_against_the_size_of_the_text() {
    let text = |text: &str| record(text);
    let writer = text(r#"{"name":"a","type":"string"},{"name":"b","type":"string"}"#);
    let reader = text(r#"{"name":"b","type":"string"},{"name":"a","type":"string"}"#);
    let payload = [&b"\xc8\x01"[..], &[b'x'; 100], b"\x02y"].concat();
    for (json_bytes, fits) in [(200, true), (100, false)] {
        let limits = Limits {
            json_bytes,
            ..Limits::default()
        };
        let plan = Plan::resolve(&schema(&writer), &schema(&reader), limits).unwrap();
        let read = plan.decode_json(&payload, JsonForm::Plain, &mut Vec::new());
        assert_eq!(read.is_ok(), fits);
    }
}

/// A union of so many records, each with a field of the union before, under names that begin with `prefix`.
fn tower(prefix: &str, levels: usize, width: usize, leaf: &str) -> String {
    let mut inner = leaf.to_owned();
    for level in 0..levels {
        let branches = (0..width).map(|at| {
            // The union is written once and then goes by a record that wraps it.
            let kind = if at == 0 {
                format!(
                    r#"{{"type":"record","name":"{prefix}W{level}","fields":[{{"name":"u","type":{inner}}}]}}"#
                )
            } else {
                format!(r#""{prefix}W{level}""#)
            };
            format!(
                r#"{{"type":"record","name":"{prefix}{level}_{at}","fields":[{{"name":"f","type":{kind}}}]}}"#
            )
        });
        inner = format!("[{}]", branches.collect::<Vec<_>>().join(","));
    }
    record(&format!(r#"{{"name":"r","type":{inner}}}"#))
}

#[test]
fn unions_of_records_are_resolved_pair_by_pair() {
    // Without memory, 6^10 ways to match the records.
    let plan = resolve(
        &tower("A", 10, 6, r#""int""#),
        &tower("B", 10, 6, r#""long""#),
    );
    assert!(plan.unwrap().nodes.len() < 10_000);
}

#[test]
fn plans_beyond_all_measure_are_refused() {
    let wide = |prefix: &str, kind: &str| {
        let branches = (0..700).map(|at| {
            format!(
                r#"{{"type":"record","name":"{prefix}{at}","fields":[{{"name":"a","type":"{kind}"}},{{"name":"b","type":"int"}},{{"name":"c","type":"int"}}]}}"#
            )
        });
        format!("[{}]", branches.collect::<Vec<_>>().join(","))
    };
    let error = Plan::resolve(
        &schema(&wide("A", "int")),
        &schema(&wide("B", "long")),
        Limits::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.fault,
        ResolutionFault::TooLarge {
            limit: super::PLAN_BYTES
        }
    );
    // The same names find each other at once.
    assert!(resolve(&wide("A", "int"), &wide("A", "long")).is_ok());
}

#[test]
fn records_in_a_long_row_overflow_no_stack() {
    let row = |kind: &str| {
        let first =
            format!(r#"{{"type":"record","name":"R0","fields":[{{"name":"f","type":"{kind}"}}]}}"#);
        let others = (1..5000).map(|at| {
            let before = at - 1;
            format!(
                r#"{{"type":"record","name":"R{at}","fields":[{{"name":"f","type":"R{before}"}}]}}"#
            )
        });
        let records: Vec<_> = std::iter::once(first).chain(others).collect();
        format!(r#"[{},"null"]"#, records.join(","))
    };
    let (writer, reader) = (schema(&row("int")), schema(&row("long")));
    let limits = Limits {
        depth: 600,
        ..Limits::default()
    };
    let read = move || {
        let plan = Plan::resolve(&writer, &reader, limits).unwrap();
        let mut json = Vec::new();
        plan.decode_json(b"\xc8\x01\x02", JsonForm::Plain, &mut json)
            .unwrap();
        String::from_utf8(json).unwrap()
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let json = thread.spawn(read).unwrap().join().unwrap();
    assert!(json.ends_with(&format!(":1{}", "}".repeat(101))), "{json}");
}

#[test]
fn records_that_hold_each_other_are_resolved() {
    let mutual = |kind: &str, extra: &str| {
        format!(
            r#"{{"type":"record","name":"A","fields":[{{"name":"b","type":["null",{{"type":"record","name":"B","fields":[{{"name":"a","type":{{"type":"array","items":"A"}}}},{{"name":"x","type":"{kind}"}}]}}]}}{extra}]}}"#
        )
    };
    let reader = mutual("double", r#",{"name":"d","type":"string","default":"-"}"#);
    let (plain, _) = read(&mutual("int", ""), &reader, b"\x02\x04\x00\x00\x00\x02").unwrap();
    assert_eq!(
        plain,
        r#"{"b":{"a":[{"b":null,"d":"-"},{"b":null,"d":"-"}],"x":1.0},"d":"-"}"#
    );
    let endless = r#"{"type":"record","name":"A","fields":[{"name":"x","type":"int"},{"name":"a","type":"A"}]}"#;
    let other = endless.replace("int", "long");
    let error = read(endless, &other, &[2; 1000]).unwrap_err();
    assert!(error.starts_with("limit: byte 256: a.a."), "{error}");
}

#[test]
fn transcoding_says_which_limit_is_passed() {
    let array = |items| format!(r#"{{"type":"array","items":"{items}"}}"#);
    let limits = Limits {
        payload_bytes: 20,
        ..Limits::default()
    };
    let plan = Plan::resolve(&schema(&array("int")), &schema(&array("double")), limits).unwrap();
    let mut out = b"x".to_vec();
    assert_eq!(plan.transcode(b"\x04\x02\x04\x00", &mut out).unwrap(), 4);
    out.truncate(1);
    let error = plan
        .transcode(b"\x06\x02\x04\x06\x00", &mut out)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    assert_eq!(
        error.to_string(),
        "byte 4: []: the payload is larger than 20 bytes"
    );
    assert_eq!(out, b"x");
}
