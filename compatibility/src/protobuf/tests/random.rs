//! Random files, and texts that are almost files.

use proptest::prelude::*;

use super::super::{ProtobufDefinition, Rules, differences};
use super::definition;
use crate::MAX_DIFFERENCES;

const TYPES: [&str; 20] = [
    "int32",
    "int64",
    "uint32",
    "uint64",
    "sint32",
    "sint64",
    "bool",
    "string",
    "bytes",
    "fixed32",
    "fixed64",
    "sfixed32",
    "sfixed64",
    "float",
    "double",
    "E",
    "M0",
    "M1",
    "M1.N",
    "google.protobuf.Timestamp",
];

/// A field of a proto2 file: where it stands, its type and its label.
#[derive(Clone, Debug)]
struct Field {
    place: Place,
    kind: &'static str,
    label: &'static str,
}

#[derive(Clone, Debug)]
enum Place {
    Alone,
    /// In the first or the second oneof.
    Oneof(bool),
    Map,
    /// Not there.
    Nowhere,
}

fn field() -> impl Strategy<Value = Field> {
    let place = prop_oneof![
        3 => Just(Place::Alone),
        2 => any::<bool>().prop_map(Place::Oneof),
        1 => Just(Place::Map),
        1 => Just(Place::Nowhere),
    ];
    let kind = prop::sample::select(&TYPES[..]);
    let label = prop::sample::select(&["optional", "optional", "repeated", "required"][..]);
    (place, kind, label).prop_map(|(place, kind, label)| Field { place, kind, label })
}

/// The statements of a message, in order or not.
fn body(fields: &[Field], reversed: bool) -> String {
    let mut oneofs = [String::new(), String::new()];
    let mut statements = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let (kind, label, number) = (field.kind, field.label, at + 1);
        match field.place {
            Place::Alone => statements.push(format!("{label} {kind} f{number} = {number};")),
            Place::Oneof(second) => {
                let member = format!("{kind} f{number} = {number};");
                oneofs[usize::from(second)].push_str(&member);
            }
            Place::Map => statements.push(format!("map<int32, {kind}> f{number} = {number};")),
            Place::Nowhere => {}
        }
    }
    for (at, members) in oneofs.iter().enumerate() {
        if !members.is_empty() {
            statements.push(format!("oneof o{at} {{ {members} }}"));
        }
    }
    if reversed {
        statements.reverse();
    }
    statements.join(" ")
}

type Messages = [Vec<Field>; 3];

fn messages() -> impl Strategy<Value = Messages> {
    [(); 3].map(|()| prop::collection::vec(field(), 0..8))
}

fn text([first, second, nested]: &Messages, reversed: bool) -> String {
    let mut parts = [
        "enum E { X = 0; }".to_owned(),
        format!("message M0 {{ {} }}", body(first, reversed)),
        format!(
            "message M1 {{ {} message N {{ {} }} }}",
            body(second, reversed),
            body(nested, reversed)
        ),
    ];
    if reversed {
        parts.reverse();
    }
    let head = "package r; import \"google/protobuf/timestamp.proto\";";
    format!("syntax = \"proto2\"; {head} {}", parts.join(" // next\n"))
}

/// A text with some of its bytes changed for others of Protobuf's.
fn spoiled(text: String) -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        prop::sample::select(&b"{};=1M a\"0r."[..]),
    );
    prop::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut bytes = text.clone().into_bytes();
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #[test]
    fn a_file_reads_itself_in_any_order(messages in messages()) {
        let file = definition(&text(&messages, false));
        let again = definition(&text(&messages, true));
        for (reader, writer) in [(&file, &file), (&file, &again), (&again, &file)] {
            let found = differences(reader, writer, Rules::Glue);
            prop_assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn any_two_files_are_compared(read in messages(), written in messages()) {
        let reader = definition(&text(&read, false));
        let writer = definition(&text(&written, false));
        let found = differences(&reader, &writer, Rules::Glue);
        prop_assert!(found.len() <= MAX_DIFFERENCES);
        let moved = differences(&definition(&text(&read, true)), &writer, Rules::Glue);
        for difference in &found {
            prop_assert!(moved.contains(difference), "{difference}");
        }
        prop_assert_eq!(moved.len(), found.len());
        prop_assert!(differences(&reader, &writer, Rules::Off).is_empty());
    }

    #[test]
    fn spoiled_files_are_refused_or_compared(
        (text, spoiled) in messages().prop_flat_map(|messages| {
            let text = text(&messages, false);
            (Just(text.clone()), spoiled(text))
        })
    ) {
        if let Ok(other) = ProtobufDefinition::parse(&spoiled) {
            prop_assert!(differences(&other, &other, Rules::Glue).is_empty());
            let file = definition(&text);
            for (reader, writer) in [(&file, &other), (&other, &file)] {
                for difference in differences(reader, writer, Rules::Glue) {
                    prop_assert!(difference.to_string().len() < 2000);
                }
            }
        }
    }
}
