//! Avro resolution: payloads of one schema read with another.
//!
//! An input is the writer's schema, the reader's schema and a payload.

use common::avro::{JsonForm, Plan, Schema};
use common::error::Kind;
use serde_json::Value;

use super::avro_decode::{Read, assert_comes_back, decoded, is_limit};
use super::{LIMITS, appended, assert_same, avro_schema, parts};

pub(crate) fn run(input: &[u8]) {
    let [writer, reader, payload] = parts(input);
    let (Some(writer), Some(reader)) = (avro_schema::parse(writer), avro_schema::parse(reader))
    else {
        return;
    };
    let (Ok(written), Ok(own)) = (
        Plan::compile(&writer, LIMITS),
        Plan::compile(&reader, LIMITS),
    ) else {
        return;
    };
    let alone = decoded(&written, payload, JsonForm::Plain);
    assert_resolves_with_itself(&writer, payload, &alone);
    let Ok(compiled) = Plan::resolve(&writer, &reader, LIMITS) else {
        return;
    };
    let plain = decoded(&compiled, payload, JsonForm::Plain);
    let Ok((avro, taken)) = decoded(&compiled, payload, JsonForm::Avro) else {
        return;
    };
    match &alone {
        Ok((_, length)) => assert_eq!(taken, *length, "the reader takes what the writer takes"),
        // What is passed over is not looked into.
        Err(error) => assert!(
            is_limit(error.kind()) || matches!(error.kind(), Kind::Payload | Kind::Truncated),
            "{error}: only without a reader"
        ),
    }
    let again = match appended(|out| compiled.transcode(payload, out)) {
        Ok((again, length)) => {
            assert_eq!(length, taken);
            again
        }
        Err(error) => return assert!(is_limit(error.kind()), "{error}"),
    };
    let plain = plain.ok().map(|read| read.0);
    let [own_avro, own_plain] =
        [JsonForm::Avro, JsonForm::Plain].map(|form| decoded(&own, &again, form));
    let (own_avro, _) = own_avro.expect("the reader's schema has what was resolved");
    let own_plain = own_plain.ok().map(|read| read.0);
    assert_means(&avro, &own_avro);
    if let (Some(plain), Some(own_plain)) = (&plain, &own_plain) {
        assert_means(plain, own_plain);
    }
    assert_comes_back((&reader, &own), &own_avro, own_plain.as_deref());
}

/// Asserts that two texts are the same but for the digits of floats: integers that became floats have Java's.
#[track_caller]
fn assert_means(left: &[u8], right: &[u8]) {
    if left != right {
        let [left, right] = [left, right].map(|json| serde_json::from_slice(json).expect("JSON"));
        assert!(is_same(&left, &right), "{left} is not {right}");
    }
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        #[expect(clippy::cast_possible_truncation, reason = "they are floats")]
        (Value::Number(left), Value::Number(right)) => {
            let [left, right] =
                [left, right].map(|number| number.as_f64().map(|number| number as f32));
            left == right
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| left.0 == right.0 && is_same(left.1, right.1))
        }
        _ => left == right,
    }
}

/// Asserts that a schema that reads its own payloads changes nothing.
fn assert_resolves_with_itself(schema: &Schema, payload: &[u8], alone: &Read) {
    let Ok(compiled) = Plan::resolve(schema, schema, LIMITS) else {
        return;
    };
    match (decoded(&compiled, payload, JsonForm::Plain), alone) {
        (Ok((resolved, length)), Ok((json, taken))) => {
            assert_eq!(length, *taken);
            assert_same(&resolved, json);
        }
        (Err(resolved), Err(error)) => assert!(
            resolved.kind() == error.kind() || is_limit(resolved.kind()),
            "{resolved} is not {error}"
        ),
        (resolved, alone) => panic!("{resolved:?} is not {alone:?}"),
    }
}
