//! Avro payloads under any schema: read as JSON in both forms, as a tree and as Rust types, and written again.
//!
//! An input is a schema and a payload.

use common::avro::{JsonForm, JsonIn, Plan, Schema, UnknownFields, Value as Tree};
use common::error::{DecodeError, EncodeError, Kind};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{LIMITS, appended, assert_json, assert_same, avro_schema, parts};

/// A payload's JSON text, and the count of bytes that it took.
pub(crate) type Read = Result<(Vec<u8>, usize), DecodeError>;

pub(crate) fn run(input: &[u8]) {
    let [schema, payload] = parts(input);
    let Some(schema) = avro_schema::parse(schema) else {
        return;
    };
    let Ok(compiled) = Plan::compile(&schema, LIMITS) else {
        return;
    };
    let plain = decoded(&compiled, payload, JsonForm::Plain);
    match decoded(&compiled, payload, JsonForm::Avro) {
        Ok((json, taken)) => {
            let tree = match compiled.decode_value(payload) {
                Ok((tree, length)) => {
                    assert_eq!(length, taken);
                    Some(tree)
                }
                // Values without bytes count for trees.
                Err(error) => {
                    assert!(is_limit(error.kind()), "what is JSON is a tree: {error}");
                    None
                }
            };
            assert_read_in_other_ways(&compiled, payload, taken, &plain);
            assert_comes_back(
                (&schema, &compiled),
                &json,
                plain.ok().map(|read| read.0).as_deref(),
            );
            if let Some(tree) = tree {
                assert_tree_comes_back(&compiled, &tree, &json);
            }
        }
        Err(error) if is_limit(error.kind()) => {}
        Err(error) => assert_refused_in_other_ways(&compiled, payload, &error, plain.err()),
    }
}

fn assert_read_in_other_ways(compiled: &Plan, payload: &[u8], taken: usize, plain: &Read) {
    let ignored = compiled.decode_struct::<IgnoredAny>(payload);
    let ignored = ignored.map(|ignored| ignored.1);
    let read = compiled.decode_struct::<Value>(payload).map(|read| read.1);
    let plain = plain.as_ref().map(|read| read.1);
    for length in [plain, ignored.as_ref().copied(), read.as_ref().copied()] {
        match length {
            Ok(length) => assert_eq!(length, taken),
            Err(error) => assert!(is_limit(error.kind()), "{error}"),
        }
    }
}

fn assert_refused_in_other_ways(
    compiled: &Plan,
    payload: &[u8],
    error: &DecodeError,
    plain: Option<DecodeError>,
) {
    let tree = compiled
        .decode_value(payload)
        .expect_err("no JSON is no tree");
    // Values without bytes count for trees.
    assert!(
        tree.to_string() == error.to_string() || is_limit(tree.kind()),
        "{tree} is not {error}"
    );
    let read = compiled.decode_struct::<Value>(payload).err();
    for other in [plain, read] {
        let kind = other.expect("no JSON is nothing else").kind();
        assert!(
            kind == error.kind() || is_limit(kind),
            "{kind} is not {error}"
        );
    }
}

pub(crate) fn decoded(compiled: &Plan, payload: &[u8], form: JsonForm) -> Read {
    let read = appended(|out| compiled.decode_json(payload, form, out));
    if let Ok((json, taken)) = &read {
        assert_json(json);
        assert!(*taken <= payload.len());
        assert!(json.len() <= LIMITS.json_bytes);
    }
    read
}

pub(crate) fn encoded(
    compiled: &Plan,
    json: &[u8],
    form: JsonForm,
    unknown_fields: UnknownFields,
) -> Result<Vec<u8>, EncodeError> {
    let options = JsonIn {
        form,
        unknown_fields,
    };
    let (payload, ()) = appended(|out| compiled.encode_json(json, &options, out))?;
    assert!(payload.len() <= LIMITS.payload_bytes);
    Ok(payload)
}

pub(crate) const fn is_limit(kind: Kind) -> bool {
    matches!(kind, Kind::Limit | Kind::TooLarge)
}

/// Asserts that a value's JSON in both forms is encoded and decoded to the same again.
pub(crate) fn assert_comes_back(
    (schema, compiled): (&Schema, &Plan),
    avro: &[u8],
    plain: Option<&[u8]>,
) {
    let has_decimals = schema.to_string().contains("\"decimal\"");
    for (form, json) in [(JsonForm::Avro, Some(avro)), (JsonForm::Plain, plain)] {
        let Some(json) = json else { continue };
        match encoded(compiled, json, form, UnknownFields::Refuse) {
            Ok(payload) if form == JsonForm::Plain && has_decimals => {
                assert_stays(compiled, &payload);
            }
            Ok(payload) => {
                assert_reads(compiled, &payload, form, json);
                if let (JsonForm::Avro, Some(plain)) = (form, plain) {
                    assert_reads(compiled, &payload, JsonForm::Plain, plain);
                }
            }
            Err(error) if is_limit(error.kind()) => {}
            // Raw bytes may be more than the precision allows; they are read as a decimal that is not taken again.
            Err(error) => assert!(
                form == JsonForm::Plain && has_decimals,
                "{error}: {}",
                json.escape_ascii()
            ),
        }
    }
}

/// Asserts that a payload's plain JSON is encoded to the same payload. The text that the payload was made of may be
/// another: in a union, the first decimal with enough digits takes a number, and writes it with all the digits of its
/// scale.
fn assert_stays(compiled: &Plan, payload: &[u8]) {
    let (json, taken) =
        decoded(compiled, payload, JsonForm::Plain).expect("what was encoded can be decoded");
    assert_eq!(taken, payload.len());
    match encoded(compiled, &json, JsonForm::Plain, UnknownFields::Refuse) {
        Ok(again) => assert_eq!(again, payload),
        Err(error) => assert!(is_limit(error.kind()), "{error}: {}", json.escape_ascii()),
    }
}

#[track_caller]
pub(crate) fn assert_reads(compiled: &Plan, payload: &[u8], form: JsonForm, json: &[u8]) {
    let (again, taken) = decoded(compiled, payload, form).expect("what was encoded can be decoded");
    assert_eq!(taken, payload.len());
    assert_same(&again, json);
}

fn assert_tree_comes_back(compiled: &Plan, tree: &Tree, avro: &[u8]) {
    match appended(|out| compiled.encode_value(tree, out)) {
        Ok((payload, ())) => assert_reads(compiled, &payload, JsonForm::Avro, avro),
        Err(error) => assert!(is_limit(error.kind()), "{error}"),
    }
}
