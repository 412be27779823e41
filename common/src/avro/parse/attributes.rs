//! Attributes of schema objects, and the types that have no name of their own.

use serde_json::{Map, Value};

use super::super::schema::{Order, TypeKind};
use super::{Parsed, SchemaFault};

pub(super) fn primitive(name: &str) -> Option<TypeKind> {
    Some(match name {
        "null" => TypeKind::Null,
        "boolean" => TypeKind::Boolean,
        "int" => TypeKind::Int,
        "long" => TypeKind::Long,
        "float" => TypeKind::Float,
        "double" => TypeKind::Double,
        "bytes" => TypeKind::Bytes,
        "string" => TypeKind::String,
        _ => return None,
    })
}

pub(super) fn text<'a>(attributes: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    attributes.get(key).and_then(Value::as_str)
}

pub(super) fn required_text<'a>(
    attributes: &'a Map<String, Value>,
    key: &'static str,
) -> Parsed<&'a str> {
    text(attributes, key).ok_or(SchemaFault::Attribute(key))
}

pub(super) fn aliases(attributes: &Map<String, Value>) -> Parsed<Vec<&str>> {
    let wrong = SchemaFault::Attribute("aliases");
    let mut aliases = Vec::new();
    match attributes.get("aliases") {
        None => {}
        Some(Value::Array(array)) => {
            for alias in array {
                let alias = alias.as_str().ok_or(wrong.clone())?;
                if !aliases.contains(&alias) {
                    aliases.push(alias);
                }
            }
        }
        Some(_) => return Err(wrong),
    }
    Ok(aliases)
}

pub(super) fn order(attributes: &Map<String, Value>) -> Parsed<Order> {
    match attributes.get("order") {
        None => Ok(Order::Ascending),
        Some(Value::String(order)) if order.eq_ignore_ascii_case("ascending") => {
            Ok(Order::Ascending)
        }
        Some(Value::String(order)) if order.eq_ignore_ascii_case("descending") => {
            Ok(Order::Descending)
        }
        Some(Value::String(order)) if order.eq_ignore_ascii_case("ignore") => Ok(Order::Ignore),
        Some(_) => Err(SchemaFault::Attribute("order")),
    }
}
