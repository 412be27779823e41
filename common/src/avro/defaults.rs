//! Defaults of fields: whether they fit their types, by the rules of Avro's Java library 1.11.4.

use serde_json::{Number, Value};

use super::schema::{Type, TypeId, TypeKind};

/// Whether `default` is a value of the type; a union's default is one of its first branch.
///
/// Enum symbols and the length of fixed are not looked at, as Java does not. `open` are the records whose fields
/// are not known yet: nothing is a value of those.
pub(super) fn fits(types: &[Type], open: &[TypeId], type_id: TypeId, default: &Value) -> bool {
    match &types[type_id.index()].kind {
        TypeKind::String | TypeKind::Bytes | TypeKind::Enum(_) | TypeKind::Fixed(_) => {
            default.is_string()
        }
        TypeKind::Int => default
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        TypeKind::Long => default.as_i64().is_some(),
        TypeKind::Float | TypeKind::Double => {
            default.is_number() || default.as_str().is_some_and(is_special)
        }
        TypeKind::Boolean => default.is_boolean(),
        TypeKind::Null => default.is_null(),
        TypeKind::Array(items) => default
            .as_array()
            .is_some_and(|array| array.iter().all(|item| fits(types, open, *items, item))),
        TypeKind::Map(values) => default
            .as_object()
            .is_some_and(|map| map.values().all(|value| fits(types, open, *values, value))),
        TypeKind::Union(branches) => branches
            .first()
            .is_some_and(|first| fits(types, open, *first, default)),
        TypeKind::Record(record) => {
            !open.contains(&type_id)
                && default.as_object().is_some_and(|object| {
                    record
                        .fields
                        .iter()
                        .all(|field| match object.get(&field.name) {
                            Some(value) => fits(types, open, field.type_id, value),
                            // A field's own default was checked when the field was read.
                            None => field.default.is_some(),
                        })
                })
        }
    }
}

/// The names of the numbers that JSON has no number for.
pub(super) fn is_special(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

/// The number that Java's `Double.valueOf` reads from a text; those without a JSON number stay texts.
pub(super) fn java_number(text: &str) -> Option<Value> {
    let text = text.trim();
    match text.strip_prefix('+').unwrap_or(text) {
        special if is_special(special) => return Some(special.into()),
        "-NaN" => return Some("NaN".into()),
        _ => {}
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    if !digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
    {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    match Number::from_f64(number) {
        Some(number) => Some(Value::Number(number)),
        None => Some(if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }),
    }
}
