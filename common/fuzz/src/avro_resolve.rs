//! Avro resolution: payloads of one schema read with another.
//!
//! An input is the writer's schema, the reader's schema and a payload.

use common::avro::{JsonForm, Plan, Schema};

use super::avro_decode::{Read, assert_comes_back, assert_reads, decoded, is_limit};
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
    let Ok(plan) = Plan::resolve(&writer, &reader, LIMITS) else {
        return;
    };
    let plain = decoded(&plan, payload, JsonForm::Plain);
    let Ok((avro, taken)) = decoded(&plan, payload, JsonForm::Avro) else {
        return;
    };
    match &alone {
        Ok((_, length)) => assert_eq!(taken, *length, "the reader takes what the writer takes"),
        Err(error) => assert!(is_limit(error.kind()), "{error}: only without a reader"),
    }
    let plain = plain.ok().map(|read| read.0);
    assert_comes_back(&own, &avro, plain.as_deref());
    match appended(|out| plan.transcode(payload, out)) {
        Ok((again, length)) => {
            assert_eq!(length, taken);
            assert_reads(&own, &again, JsonForm::Avro, &avro);
        }
        Err(error) => assert!(is_limit(error.kind()), "{error}"),
    }
}

/// Asserts that a schema that reads its own payloads changes nothing.
fn assert_resolves_with_itself(schema: &Schema, payload: &[u8], alone: &Read) {
    let Ok(plan) = Plan::resolve(schema, schema, LIMITS) else {
        return;
    };
    match (decoded(&plan, payload, JsonForm::Plain), alone) {
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
