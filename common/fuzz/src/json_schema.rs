//! JSON Schema: texts of schemas, and payloads checked against them.
//!
//! An input is a schema and a payload.

use common::json_schema::{self, JsonOut, JsonSchema, registered_text};

use super::{LIMITS, appended, assert_json, assert_same, parts};

pub(crate) fn run(input: &[u8]) {
    let [schema, payload] = parts(input);
    let Ok(definition) = std::str::from_utf8(schema) else {
        return;
    };
    let registered = registered_text(definition);
    let Ok(schema) = JsonSchema::compile(definition, LIMITS) else {
        return;
    };
    assert_json(registered.expect("what compiles is JSON").as_bytes());
    assert_written(&schema, payload);
    assert_read(&schema, payload);
}

fn assert_written(schema: &JsonSchema, payload: &[u8]) {
    let checked = schema.check(payload);
    match appended(|out| schema.encode_json(payload, out)) {
        Ok((written, ())) => {
            assert_eq!(checked, Ok(()));
            assert!(written.len() <= LIMITS.payload_bytes);
            assert_json(&written);
            let again = appended(|out| schema.encode_json(&written, out));
            assert_same(&again.expect("what was written is valid").0, &written);
            let read = decoded(schema, &written, true).expect("what was written is read");
            assert_eq!(read.1, written.len());
        }
        Err(error) => assert_eq!(
            error.to_string(),
            checked.expect_err("both check").to_string()
        ),
    }
}

fn assert_read(schema: &JsonSchema, payload: &[u8]) {
    let checked = decoded(schema, payload, true);
    let Some((json, taken)) = decoded(schema, payload, false) else {
        assert!(checked.is_none());
        return;
    };
    let alone = appended(|out| json_schema::decode_json(payload, &LIMITS, out));
    for (same, length) in [alone.ok(), checked].into_iter().flatten() {
        assert_eq!(length, taken);
        assert_same(&same, &json);
    }
    if json.len() <= LIMITS.payload_bytes {
        let (again, length) = decoded(schema, &json, false).expect("what was read is JSON");
        assert_eq!(length, json.len());
        assert_same(&again, &json);
    }
}

fn decoded(schema: &JsonSchema, payload: &[u8], validate: bool) -> Option<(Vec<u8>, usize)> {
    let read = appended(|out| schema.decode_json(payload, JsonOut { validate }, out)).ok()?;
    assert_json(&read.0);
    assert!(read.0.len() <= LIMITS.json_bytes);
    Some(read)
}
