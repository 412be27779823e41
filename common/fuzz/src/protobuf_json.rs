//! JSON texts as messages of the same schemas as the payloads, with unknown fields refused and ignored.
//!
//! An input is a byte that chooses the schema, one that chooses the message, and a JSON text.

use common::avro::UnknownFields;

use super::avro_decode::is_limit;
use super::protobuf_decode::{assert_comes_back, chosen, decoded, encoded};

pub(crate) fn run(input: &[u8]) {
    let Some((schema, rest)) = chosen(input) else {
        return;
    };
    let Some((&choice, json)) = rest.split_first() else {
        return;
    };
    let names: Vec<_> = schema.messages().collect();
    let name = names[usize::from(choice) % names.len()];
    let refusing = encoded(schema, name, json, UnknownFields::Refuse);
    let ignoring = encoded(schema, name, json, UnknownFields::Ignore);
    if let Ok(payload) = &refusing {
        assert_eq!(ignoring.as_ref().ok(), Some(payload));
    }
    let Ok(payload) = ignoring else { return };
    let message = schema.decode_dynamic(&payload);
    assert!(message.is_ok(), "{message:?}");
    match decoded(schema, &payload) {
        Ok(json) => assert_comes_back(schema, name, &json),
        Err(error) => assert!(is_limit(error.kind()), "{error}"),
    }
}
