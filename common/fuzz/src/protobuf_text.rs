//! Protobuf schema texts: compiled, printed as Java prints them, and compiled again.
//!
//! An input is a text.

use common::protobuf::{ProtobufSchema, print};

use super::{LIMITS, assert_same};

pub(crate) fn run(input: &[u8]) {
    let Ok(definition) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(schema) = ProtobufSchema::compile(definition, LIMITS) else {
        return;
    };
    let printed = print(schema.file());
    let again = match ProtobufSchema::compile(&printed.text, LIMITS) {
        Ok(again) => again,
        Err(error) => panic!("{error}: {}", printed.text),
    };
    let names: Vec<_> = schema.messages().collect();
    assert_eq!(again.messages().collect::<Vec<_>>(), names);
    assert_same(print(again.file()).text.as_bytes(), printed.text.as_bytes());
}
