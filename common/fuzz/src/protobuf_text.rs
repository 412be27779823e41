//! Protobuf schema texts: compiled, printed as Java prints them, and compiled again.
//!
//! An input is a text. One that Java prints without its escapes may mean something else when it is read again.

use common::protobuf::{ProtobufSchema, TextWarning, print};

use super::{LIMITS, assert_same};

pub(crate) fn run(input: &[u8]) {
    let Ok(definition) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(schema) = ProtobufSchema::compile(definition, LIMITS) else {
        return;
    };
    let printed = print(schema.file());
    let is_unescaped = |warning: &_| matches!(warning, TextWarning::Unescaped { .. });
    let unescaped = printed.warnings.iter().any(is_unescaped);
    let again = match ProtobufSchema::compile(&printed.text, LIMITS) {
        Ok(again) => again,
        // An end of the text inside of it is not told from its end.
        Err(_) if unescaped => return,
        Err(error) => panic!("{error}: {}", printed.text),
    };
    if unescaped {
        return;
    }
    let names: Vec<_> = schema.messages().collect();
    assert_eq!(again.messages().collect::<Vec<_>>(), names);
    assert_same(print(again.file()).text.as_bytes(), printed.text.as_bytes());
}
