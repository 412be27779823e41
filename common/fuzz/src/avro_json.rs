//! JSON texts under any Avro schema, in both forms, with unknown fields refused and ignored.
//!
//! An input is a schema and a JSON text.

use common::avro::{JsonForm, Plan, Schema, UnknownFields};
use serde_json::Value;

use super::avro_decode::{assert_comes_back, decoded, encoded, is_limit};
use super::{LIMITS, appended, avro_schema, parts};

pub(crate) fn run(input: &[u8]) {
    let [schema, json] = parts(input);
    let Some(schema) = avro_schema::parse(schema) else {
        return;
    };
    let Ok(compiled) = Plan::compile(&schema, LIMITS) else {
        return;
    };
    for form in [JsonForm::Plain, JsonForm::Avro] {
        let refusing = encoded(&compiled, json, form, UnknownFields::Refuse);
        let ignoring = encoded(&compiled, json, form, UnknownFields::Ignore);
        match (&refusing, &ignoring) {
            // In plain form a union's earlier branch may take what has one field too many.
            (Ok(strict), Ok(lenient)) => assert!(strict == lenient || form == JsonForm::Plain),
            (Ok(_), Err(error)) => assert!(is_limit(error.kind()), "{error}"),
            (Err(_), _) => {}
        }
        for payload in [refusing, ignoring].into_iter().flatten() {
            assert_sound((&schema, &compiled), &payload);
        }
    }
    if let Ok(value) = serde_json::from_slice::<Value>(json)
        && let Ok((payload, ())) = appended(|out| compiled.encode_struct(&value, out))
    {
        assert_sound((&schema, &compiled), &payload);
    }
}

/// Asserts that a payload of ours is read whole, and comes back.
fn assert_sound((schema, compiled): (&Schema, &Plan), payload: &[u8]) {
    let [avro, plain] =
        [JsonForm::Avro, JsonForm::Plain].map(|form| match decoded(compiled, payload, form) {
            Ok((json, taken)) => {
                assert_eq!(taken, payload.len());
                Some(json)
            }
            Err(error) => {
                assert!(is_limit(error.kind()), "{error}");
                None
            }
        });
    if let Some(avro) = avro {
        assert_comes_back((schema, compiled), &avro, plain.as_deref());
    }
}
