//! The frames, schemas and errors recorded from the Java serde.

use common::avro::{JsonForm, JsonIn, Names, ParseOptions, Plan, Schema};
use common::compression::{Compression, Deflater, Inflater};
use common::error::{DecodeError, Kind};
use common::limits::Limits;
use common::wire;
use serde_json::Value;

const SCHEMA_OF_ERRORS: &str = r#"{"type":"record","name":"Err","namespace":"ve","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
const AVRO: JsonIn = JsonIn {
    form: JsonForm::Avro,
    unknown_fields: common::avro::UnknownFields::Refuse,
};

pub(crate) fn rows(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn text<'r>(row: &'r Value, key: &str) -> &'r str {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {}", row["id"]))
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn options(row: &Value) -> ParseOptions {
    let names = if row["validateNames"] == false {
        Names::Unchecked
    } else {
        Names::Java
    };
    ParseOptions {
        names,
        check_defaults: row["validateDefaults"] != false,
        ..ParseOptions::default()
    }
}

fn plan(schema: &str, options: ParseOptions) -> Plan {
    Plan::compile(
        &Schema::parse_with(schema, &options).unwrap(),
        Limits::default(),
    )
    .unwrap()
}

/// Whether two JSON values are equal; the text of a float may differ.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_f64() && right.is_f64() => {
            left.as_f64().unwrap().to_bits() == right.as_f64().unwrap().to_bits()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| left.0 == right.0 && same(left.1, right.1))
        }
        (left, right) => left == right,
    }
}

pub(crate) fn unframe(frame: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let (header, payload) = wire::split(frame)?;
    let mut inflated = Vec::new();
    match header.compression {
        Compression::None => inflated.extend_from_slice(payload),
        Compression::Zlib => {
            Inflater::new().append(payload, &mut inflated, Limits::default().payload_bytes)?;
        }
    }
    Ok(inflated)
}

fn decode(plan: &Plan, payload: &[u8], form: JsonForm) -> Vec<u8> {
    let mut json = Vec::new();
    assert_eq!(
        plan.decode_json(payload, form, &mut json).unwrap(),
        payload.len()
    );
    json
}

/// The schema that the frame's payload follows, the payload, and the value as Java prints it.
fn expectation(row: &Value) -> (String, Vec<u8>, String) {
    let schema = text(row, "schema").to_owned();
    let json = match &row["avroJson"] {
        Value::String(json) if json.is_empty() => "{}".to_owned(),
        Value::String(json) => json.clone(),
        Value::Null => "null".to_owned(),
        _ => format!("{{\"s\":\"{}\",\"end\":7}}", "x".repeat(1_000_000)),
    };
    if row["payload"].is_string() {
        let union: Value = serde_json::from_str(&json).unwrap();
        let value = union
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .to_string();
        return (
            text(row, "schemaText").to_owned(),
            unhex(text(row, "payload")),
            value,
        );
    }
    let payload = match &row["binary"] {
        Value::String(binary) => unhex(binary),
        // A million in zigzag, the text, a 7.
        _ => [&[0x80, 0x89, 0x7a][..], &vec![b'x'; 1_000_000], &[14]].concat(),
    };
    (schema, payload, json)
}

#[test]
fn frames_of_java_are_read_and_written() {
    let rows = rows(include_str!("../data/frames-avro.jsonl"));
    assert_eq!(rows.len(), 136);
    for row in &rows {
        let id = text(row, "id");
        let (schema, payload, json) = expectation(row);
        let plan = plan(&schema, options(row));

        let mut written = Vec::new();
        plan.encode_json(json.as_bytes(), &AVRO, &mut written)
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(written, payload, "{id}");

        for key in ["frameNone", "frameZlib"] {
            if let Some(frame) = row[key].as_str() {
                let frame = unhex(frame);
                assert_eq!(unframe(&frame).unwrap(), payload, "{id} {key}");
                assert_frame_is_written(&frame, &payload, id);
            }
        }
        let read: Value = serde_json::from_slice(&decode(&plan, &payload, JsonForm::Avro)).unwrap();
        assert!(
            same(&read, &serde_json::from_str(&json).unwrap()),
            "{id}: {read} is not {json}"
        );
    }
}

#[test]
fn frames_of_java_are_trees_and_rust_values_too() {
    for row in rows(include_str!("../data/frames-avro.jsonl")) {
        let id = text(&row, "id");
        let (schema, payload, _) = expectation(&row);
        let schema = Schema::parse_with(&schema, &options(&row)).unwrap();
        super::typed::assert_read(&schema, &payload)
            .unwrap_or_else(|error| panic!("{id}: {error}"));
    }
}

/// Java registers and writes a record, array, enum or fixed in a top-level union under its own schema.
#[test]
fn a_top_level_unions_branch_is_what_java_registers_and_writes() {
    let mut count = 0;
    for row in rows(include_str!("../data/frames-avro.jsonl")) {
        if row["payload"].is_null() {
            continue;
        }
        count += 1;
        let union = Schema::parse_with(text(&row, "schema"), &options(&row)).unwrap();
        let whole = Plan::compile(&union, Limits::default()).unwrap();
        let (value, _) = whole.decode_value(&unhex(text(&row, "binary"))).unwrap();
        let common::avro::Value::Union(index, value) = value else {
            panic!("{}: no union", row["id"]);
        };
        let branch = union.branch(usize::try_from(index).unwrap()).unwrap();
        assert_eq!(
            branch.to_string(),
            text(&row, "schemaText"),
            "{}",
            row["id"]
        );
        let mut payload = Vec::new();
        let plan = Plan::compile(&branch, Limits::default()).unwrap();
        plan.encode_value(&value, &mut payload).unwrap();
        assert_eq!(payload, unhex(text(&row, "payload")), "{}", row["id"]);
        let frame = unhex(text(&row, "frameNone"));
        assert_eq!(unframe(&frame).unwrap(), payload, "{}", row["id"]);
    }
    assert_eq!(count, 1);
}

/// The strict rule is the call's: neither the order of calls nor the process matters.
#[test]
fn names_are_checked_by_the_rule_of_each_call() {
    let with = |names| ParseOptions {
        names,
        ..ParseOptions::default()
    };
    let order = r#"{"type":"record","name":"Order","namespace":"Order V1","fields":[]}"#;
    let (strict, lenient) = (with(Names::Strict), with(Names::Unchecked));
    for _ in 0..2 {
        assert!(Schema::parse(order).is_ok());
        assert!(Schema::parse_with(order, &strict).is_err());
        assert!(Schema::parse_with(order, &lenient).is_ok());
    }
    let mut unchecked = 0;
    for row in rows(include_str!("../data/frames-avro.jsonl")) {
        if row["validateNames"] == false {
            unchecked += 1;
            let schema = text(&row, "schema");
            assert!(
                Schema::parse_with(schema, &lenient).is_ok(),
                "{}",
                row["id"]
            );
            assert!(
                Schema::parse_with(schema, &strict).is_err(),
                "{}",
                row["id"]
            );
        }
    }
    assert!(unchecked > 0);
}

#[test]
fn payloads_of_another_schema_are_read_as_java_reads_them() {
    let first = rows(include_str!("../data/avro-resolution.jsonl"));
    let more = rows(include_str!("../data/avro-resolution-more.jsonl"));
    assert_eq!((first.len(), more.len()), (118, 339));
    for row in first.iter().chain(&more) {
        let id = text(row, "id");
        match (resolved(row), row["ok"] == true) {
            (Ok((json, left)), true) => {
                // Java prints nothing for a record without fields.
                let expected = Some(text(row, "avroJson")).filter(|json| !json.is_empty());
                let expected = serde_json::from_str(expected.unwrap_or("{}")).unwrap();
                assert!(same(&json, &expected), "{id}: {json} is not {expected}");
                assert_eq!(left, row["bytesLeft"].as_u64().unwrap_or(0), "{id}");
            }
            (Err(_), false) => {}
            (Ok((json, _)), false) => panic!("{id}: {json}"),
            (Err(error), true) => panic!("{id}: {error}"),
        }
    }
}

/// A row's value in the reader's shape, and the count of bytes behind it.
fn resolved(row: &Value) -> Result<(Value, u64), Box<dyn std::error::Error>> {
    let writer = Schema::parse(text(row, "writer"))?;
    let reader = Schema::parse(text(row, "reader"));
    if row["stage"] == "parse reader" {
        return Err(reader.unwrap_err().into());
    }
    let payload = unhex(text(row, "binary"));
    let reader = reader?;
    let plan = Plan::resolve(&writer, &reader, Limits::default())?;
    super::evolve::assert_transcoded(&plan, &reader, &payload)
        .unwrap_or_else(|error| panic!("{}: {error}", row["id"]));
    let mut json = Vec::new();
    let read = plan.decode_json(&payload, JsonForm::Avro, &mut json)?;
    let mut other = Vec::new();
    assert_eq!(
        plan.decode_json(&payload, JsonForm::Plain, &mut other)?,
        read
    );
    assert!(serde_json::from_slice::<Value>(&other).is_ok());
    Ok((
        serde_json::from_slice(&json)?,
        u64::try_from(payload.len() - read)?,
    ))
}

pub(crate) fn assert_frame_is_written(frame: &[u8], payload: &[u8], id: &str) {
    let (header, _) = wire::split(frame).unwrap();
    let mut ours = Vec::new();
    wire::write_header(&mut ours, &header);
    match header.compression {
        Compression::None => ours.extend_from_slice(payload),
        // Compressed bytes differ between builds of zlib.
        Compression::Zlib => Deflater::default().append(payload, &mut ours),
    }
    if header.compression == Compression::None {
        assert_eq!(ours, frame, "{id}");
    }
    assert_eq!(unframe(&ours).unwrap(), payload, "{id}");
    assert_eq!(wire::split(&ours).unwrap().0, header, "{id}");
}

#[test]
fn plain_form_comes_back_the_same() {
    for row in rows(include_str!("../data/frames-avro.jsonl")) {
        let id = text(&row, "id");
        let (schema, payload, _) = expectation(&row);
        let plan = plan(&schema, options(&row));
        let first = decode(&plan, &payload, JsonForm::Plain);
        let mut again = Vec::new();
        plan.encode_json(&first, &JsonIn::default(), &mut again)
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(decode(&plan, &again, JsonForm::Plain), first, "{id}");
    }
}

#[test]
fn registered_texts_are_javas() {
    for row in rows(include_str!("../data/frames-avro.jsonl")) {
        if row["payload"].is_null() && row["schemaText"].is_string() {
            let schema = Schema::parse_with(text(&row, "schema"), &options(&row)).unwrap();
            assert_eq!(
                schema.to_string(),
                text(&row, "schemaText"),
                "{}",
                row["id"]
            );
        }
    }
}

#[test]
fn schema_texts_are_accepted_and_printed_as_java_does() {
    let rows = rows(include_str!("../data/avro-schema.jsonl"));
    assert_eq!(rows.len(), 78);
    for row in rows {
        let schema = Schema::parse_with(text(&row, "schema"), &options(&row));
        if row["ok"] == false {
            assert!(schema.is_err(), "{}", row["id"]);
            continue;
        }
        let schema = schema.unwrap_or_else(|error| panic!("{}: {error}", row["id"]));
        assert_eq!(schema.to_string(), text(&row, "text"), "{}", row["id"]);
        let again = Schema::parse_with(&schema.to_string(), &options(&row)).unwrap();
        assert_eq!(again.to_string(), schema.to_string(), "{}", row["id"]);
        Plan::compile(&schema, Limits::default()).unwrap();
    }
}

/// The kind of each frame that Java refuses, or on which it never returns.
fn kind_of(id: &str) -> Kind {
    match id {
        "18-bytes-avro" | "avro-truncated-1" | "avro-truncated-3" | "avro-truncated-6" | "avro-huge-length"
        | "zlib-empty-payload" | "zlib-truncated-adler" | "zlib-truncated-half"
        // A stream of no bytes is whole, the Avro value inside is not; a zlib header is the length 60.
        | "zlib-of-nothing" | "none-flag-but-zlib" => Kind::Truncated,
        "avro-negative-length" => Kind::Payload,
        zlib if zlib.starts_with("zlib-") => Kind::Compression,
        _ => Kind::Header,
    }
}

#[test]
fn frames_that_java_refuses_are_refused_by_kind() {
    let plan = plan(SCHEMA_OF_ERRORS, ParseOptions::default());
    let read = |frame: &[u8]| {
        let mut json = Vec::new();
        plan.decode_json(&unframe(frame)?, JsonForm::Avro, &mut json)
            .map(|_| String::from_utf8(json).unwrap())
    };
    let rows = rows(include_str!("../data/errors-avro.jsonl"));
    assert_eq!(rows.len(), 49);
    for row in rows {
        let id = text(&row, "id");
        // Whether a version is known is the registry's matter; the frame itself is sound.
        let unknown_id = matches!(id, "unknown-id" | "nil-id");
        match read(&unhex(text(&row, "frame"))) {
            Ok(json) => assert!(unknown_id || row["avroJson"] == json, "{id}"),
            Err(error) => {
                assert_eq!(row["ok"], false, "{id}: {error}");
                assert_eq!(error.kind(), kind_of(id), "{id}: {error}");
            }
        }
    }
}
