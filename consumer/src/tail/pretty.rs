//! A record for people: where it stands, its headers, its value with a field a line.

use common::json::write_string;

use super::colour::{Colours, Part};
use super::decoder::Reading;
use super::record::Record;
use crate::hex;
use crate::line::{moment, text_or_base64};

/// Bytes of a value that cannot be decoded that are shown.
const SHOWN: usize = 64;

/// Appends a record and an empty line.
pub(super) fn write(
    colours: Colours,
    topic: &str,
    record: &Record,
    reading: &Reading,
    out: &mut Vec<u8>,
) {
    place(colours, topic, record, reading, out);
    for (name, value) in record.headers() {
        out.extend_from_slice(b"header ");
        colours.write(Part::Name, &json_of(Some(name)), out);
        out.extend_from_slice(b": ");
        colours.write(Part::Text, &json_of(value), out);
        out.push(b'\n');
    }
    match (reading.json(), reading.refusal()) {
        (Some(json), _) => indent(json, colours, out),
        (None, Some(refusal)) => {
            let said = format!("cannot be decoded ({}): {}", refusal.kind, refusal.error);
            colours.write(Part::Trouble, said.as_bytes(), out);
            let value = record.value.as_deref().unwrap_or_default();
            out.push(b'\n');
            hex::write(&value[..value.len().min(SHOWN)], out);
            if value.len() > SHOWN {
                out.extend_from_slice(format!("… {} bytes", value.len()).as_bytes());
            }
        }
        (None, None) => {}
    }
    out.extend_from_slice(b"\n\n");
}

/// `orders[3]@17  2026-01-31T10:00:00.000Z  key "abc"  orders-value version 2`
fn place(colours: Colours, topic: &str, record: &Record, reading: &Reading, out: &mut Vec<u8>) {
    let place = format!("{topic}[{}]@{}", record.partition, record.offset);
    colours.write(Part::Place, place.as_bytes(), out);
    if let Some(millis) = record.millis() {
        out.extend_from_slice(b"  ");
        out.extend_from_slice(moment(millis).as_bytes());
    }
    out.extend_from_slice(b"  key ");
    colours.write(Part::Text, &json_of(record.key.as_deref()), out);
    if let Some(version) = reading.version() {
        let name = version.schema_name.as_deref().unwrap_or("schema");
        let shown = match version.number {
            Some(number) => format!("  {name} version {number}"),
            None => format!("  {name} version {}", version.id),
        };
        out.extend_from_slice(shown.as_bytes());
    } else if let Some(id) = reading.version_id() {
        out.extend_from_slice(format!("  schema version {id}").as_bytes());
    }
    out.push(b'\n');
}

/// Bytes as a JSON string, so that nothing in them acts on a terminal.
fn json_of(bytes: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    text_or_base64(bytes, &mut out);
    out
}

/// Appends JSON with a field or an item a line; the text of names, strings and numbers stays as it is.
fn indent(json: &[u8], colours: Colours, out: &mut Vec<u8>) {
    let Ok(json) = std::str::from_utf8(json) else {
        return write_string(&String::from_utf8_lossy(json), out);
    };
    let (mut depth, mut rest) = (0, json.trim_start());
    while let Some(first) = rest.bytes().next() {
        let (token, behind) = rest.split_at(token_len(rest));
        let behind = behind.trim_start();
        rest = behind;
        match first {
            b'{' | b'[' => {
                out.push(first);
                if let Some(end) = behind.strip_prefix(['}', ']']) {
                    out.push(first + 2);
                    rest = end.trim_start();
                } else {
                    depth += 1;
                    line(depth, out);
                }
            }
            b'}' | b']' => {
                depth -= 1;
                line(depth, out);
                out.push(first);
            }
            b',' => {
                out.push(b',');
                line(depth, out);
            }
            b':' => out.extend_from_slice(b": "),
            b'"' if behind.starts_with(':') => colours.write(Part::Name, token.as_bytes(), out),
            b'"' => colours.write(Part::Text, token.as_bytes(), out),
            _ => colours.write(Part::Literal, token.as_bytes(), out),
        }
    }
}

/// Length of the first token of sound JSON.
fn token_len(json: &str) -> usize {
    let bytes = json.as_bytes();
    match bytes[0] {
        b'"' => {
            let mut is_escaped = false;
            let end = bytes[1..].iter().position(|byte| {
                let ends = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                ends
            });
            end.map_or(bytes.len(), |end| end + 2)
        }
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        _ => json
            .find([',', '}', ']', ' ', '\n', '\t', '\r'])
            .unwrap_or(json.len()),
    }
}

fn line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', 2 * depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn indented(json: &str, colours: bool) -> String {
        let mut out = Vec::new();
        indent(json.as_bytes(), Colours(colours), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_field_has_a_line_and_texts_stay_as_they_are() {
        let json = r#"{"a":1.50,"b":{},"c":[ ],"d":[1e400,{"x,}":"q\"\\"}],"e":null}"#;
        let expected = "{\n  \"a\": 1.50,\n  \"b\": {},\n  \"c\": [],\n  \"d\": [\n    1e400,\n    {\n      \"x,}\": \"q\\\"\\\\\"\n    }\n  ],\n  \"e\": null\n}";
        assert_eq!(indented(json, false), expected);
        assert_eq!(indented("\"s\"", false), "\"s\"");
        assert_eq!(indented("null", false), "null");
    }

    #[test]
    fn names_texts_and_literals_have_colours_of_their_own() {
        assert_eq!(
            indented(r#"{"a":"b","c":1}"#, true),
            "{\n  \x1b[34m\"a\"\x1b[0m: \x1b[32m\"b\"\x1b[0m,\n  \x1b[34m\"c\"\x1b[0m: \x1b[36m1\x1b[0m\n}"
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|fields| fields.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_indented_is_what_it_was(value in json()) {
            let shown = indented(&value.to_string(), false);
            prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value.clone());
            prop_assert_eq!(shown, serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
