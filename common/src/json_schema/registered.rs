//! A schema's text as Java registers it.

use super::document::{self, At, Kind, Node, Tree, element_text};
use super::limits::{SCHEMA, SCHEMA_BYTES};
use super::refusal::{JsonSchemaError, JsonSchemaFault, Refusal, SchemaPlace};
use crate::json::{Cursor, java_double};

/// The text that Java registers for a schema: without white space, and with numbers as Java prints them.
///
/// A number with a point or an exponent is printed as the double that is nearest to it.
///
/// ```
/// use common::json_schema::registered_text;
///
/// let text = registered_text("{\"type\": \"number\",\n \"minimum\": 1.50, \"multipleOf\": 1e-8}")?;
/// assert_eq!(text, r#"{"type":"number","minimum":1.5,"multipleOf":1.0E-8}"#);
/// # Ok::<(), common::json_schema::JsonSchemaError>(())
/// ```
///
/// # Errors
///
/// The text is not JSON or too large.
pub fn registered_text(definition: &str) -> Result<String, JsonSchemaError> {
    let (text, nodes) = read(definition)?;
    let mut out = Vec::with_capacity(text.len());
    write(&Tree::new(&text, &nodes), 0, &mut out);
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The compact text of a schema, with numbers as they are written, and its nodes.
pub(super) fn read(definition: &str) -> Result<(Vec<u8>, Vec<Node>), JsonSchemaError> {
    let definition = definition.strip_prefix('\u{feff}').unwrap_or(definition);
    read_value(&mut Cursor::new(definition))
}

/// The same of a text in which nothing else stands, neither in front nor behind.
pub(super) fn read_all(definition: &str) -> Result<(Vec<u8>, Vec<Node>), JsonSchemaError> {
    let mut cursor = Cursor::new(definition);
    let value = read_value(&mut cursor)?;
    match cursor.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(whole(JsonSchemaFault::Json(error))),
    }
}

fn whole(fault: JsonSchemaFault) -> JsonSchemaError {
    JsonSchemaError {
        place: SchemaPlace::default(),
        fault,
    }
}

fn read_value(cursor: &mut Cursor<'_>) -> Result<(Vec<u8>, Vec<Node>), JsonSchemaError> {
    if cursor.left() > SCHEMA_BYTES {
        return Err(whole(JsonSchemaFault::TooLarge {
            limit: SCHEMA_BYTES,
            unit: "bytes",
        }));
    }
    let mut text = Vec::new();
    match document::read(cursor, &SCHEMA, &mut text) {
        Ok(nodes) => Ok((text, nodes)),
        Err(Refusal::Json(error)) => Err(whole(JsonSchemaFault::Json(error))),
        Err(_) => Err(whole(JsonSchemaFault::TooLarge {
            limit: SCHEMA.items,
            unit: "items",
        })),
    }
}

fn write(tree: &Tree<'_>, at: At, out: &mut Vec<u8>) {
    match tree.node(at).kind {
        Kind::Array => {
            out.push(b'[');
            for (number, item) in tree.items(at).enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write(tree, item, out);
            }
            out.push(b']');
        }
        Kind::Object => {
            out.push(b'{');
            for (number, key) in tree.keys(at).enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(&element_text(tree, key));
                out.push(b':');
                write(tree, key + 1, out);
            }
            out.push(b'}');
        }
        Kind::Number => out.extend_from_slice(number(tree.text(at)).as_bytes()),
        Kind::Integer if tree.text(at) == b"-0" => out.push(b'0'),
        _ => out.extend_from_slice(&element_text(tree, at)),
    }
}

fn number(text: &[u8]) -> String {
    let text = std::str::from_utf8(text).unwrap_or_default();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => java_double(number),
        Ok(number) if number > 0.0 => "\"Infinity\"".to_owned(),
        _ => "\"-Infinity\"".to_owned(),
    }
}
