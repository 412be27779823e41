//! Avro payloads under any schema: read as JSON in both forms, as a tree and as Rust types, and written again.
//!
//! An input is a schema and a payload.

use common::avro::{JsonForm, JsonIn, Plan, UnknownFields, Value as Tree};
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
    let Ok(plan) = Plan::compile(&schema, LIMITS) else {
        return;
    };
    let plain = decoded(&plan, payload, JsonForm::Plain);
    match decoded(&plan, payload, JsonForm::Avro) {
        Ok((json, taken)) => {
            let (tree, length) = plan.decode_value(payload).expect("what is JSON is a tree");
            assert_eq!(length, taken);
            assert_read_in_other_ways(&plan, payload, taken, &plain);
            assert_comes_back(&plan, &json, plain.ok().map(|read| read.0).as_deref());
            assert_tree_comes_back(&plan, &tree, &json);
        }
        Err(error) if is_limit(error.kind()) => {}
        Err(error) => assert_refused_in_other_ways(&plan, payload, &error, plain.err()),
    }
}

fn assert_read_in_other_ways(plan: &Plan, payload: &[u8], taken: usize, plain: &Read) {
    let ignored = plan.decode_struct::<IgnoredAny>(payload);
    assert_eq!(ignored.expect("what is JSON can be passed over").1, taken);
    let read = plan.decode_struct::<Value>(payload).map(|read| read.1);
    for length in [plain.as_ref().map(|read| read.1), read.as_ref().copied()] {
        match length {
            Ok(length) => assert_eq!(length, taken),
            Err(error) => assert!(is_limit(error.kind()), "{error}"),
        }
    }
}

fn assert_refused_in_other_ways(
    plan: &Plan,
    payload: &[u8],
    error: &DecodeError,
    plain: Option<DecodeError>,
) {
    let tree = plan.decode_value(payload).expect_err("no JSON is no tree");
    assert_eq!(tree.to_string(), error.to_string());
    let read = plan.decode_struct::<Value>(payload).err();
    let ignored = plan.decode_struct::<IgnoredAny>(payload).err();
    for other in [plain, read, ignored] {
        let kind = other.expect("no JSON is nothing else").kind();
        assert!(
            kind == error.kind() || is_limit(kind),
            "{kind} is not {error}"
        );
    }
}

pub(crate) fn decoded(plan: &Plan, payload: &[u8], form: JsonForm) -> Read {
    let read = appended(|out| plan.decode_json(payload, form, out));
    if let Ok((json, taken)) = &read {
        assert_json(json);
        assert!(*taken <= payload.len());
        assert!(json.len() <= LIMITS.json_bytes);
    }
    read
}

pub(crate) fn encoded(
    plan: &Plan,
    json: &[u8],
    form: JsonForm,
    unknown_fields: UnknownFields,
) -> Result<Vec<u8>, EncodeError> {
    let options = JsonIn {
        form,
        unknown_fields,
    };
    let (payload, ()) = appended(|out| plan.encode_json(json, &options, out))?;
    assert!(payload.len() <= LIMITS.payload_bytes);
    Ok(payload)
}

pub(crate) const fn is_limit(kind: Kind) -> bool {
    matches!(kind, Kind::Limit | Kind::TooLarge)
}

/// Asserts that a value's JSON in both forms is encoded and decoded to the same again.
pub(crate) fn assert_comes_back(plan: &Plan, avro: &[u8], plain: Option<&[u8]>) {
    for (form, json) in [(JsonForm::Avro, Some(avro)), (JsonForm::Plain, plain)] {
        let Some(json) = json else { continue };
        match encoded(plan, json, form, UnknownFields::Refuse) {
            Ok(payload) => {
                assert_reads(plan, &payload, form, json);
                if let (JsonForm::Avro, Some(plain)) = (form, plain) {
                    assert_reads(plan, &payload, JsonForm::Plain, plain);
                }
            }
            Err(error) => assert!(is_limit(error.kind()), "{error}: {}", json.escape_ascii()),
        }
    }
}

#[track_caller]
pub(crate) fn assert_reads(plan: &Plan, payload: &[u8], form: JsonForm, json: &[u8]) {
    let (again, taken) = decoded(plan, payload, form).expect("what was encoded can be decoded");
    assert_eq!(taken, payload.len());
    assert_same(&again, json);
}

fn assert_tree_comes_back(plan: &Plan, tree: &Tree, avro: &[u8]) {
    match appended(|out| plan.encode_value(tree, out)) {
        Ok((payload, ())) => assert_reads(plan, &payload, JsonForm::Avro, avro),
        Err(error) => assert!(is_limit(error.kind()), "{error}"),
    }
}
