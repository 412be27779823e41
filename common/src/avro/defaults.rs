//! Defaults of fields: whether they fit their types, by the rules of Avro's Java library 1.11.4.

use serde_json::{Number, Value};

use super::schema::{Type, TypeId, TypeKind};

/// Work allowed for all defaults of a schema: a value tried as a type costs one.
///
/// Nested unions can make a short default need more tries than any time would suffice for.
pub(super) const WORK: usize = 1 << 20;

/// Which branch of a union its default has to be a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DefaultBranch {
    /// The first, as in Avro's Java library 1.11.4 and the specification before 1.12.
    #[default]
    First,
    /// Any, as in the specification from 1.12 on.
    Any,
}

/// Looks whether defaults are values of their types.
pub(super) struct Check<'t> {
    pub(super) types: &'t [Type],
    /// The records whose fields are not known yet: nothing is a value of those.
    pub(super) open: &'t [TypeId],
    pub(super) branch: DefaultBranch,
    pub(super) work_left: usize,
}

impl Check<'_> {
    /// Whether `default` is a value of the type.
    ///
    /// Enum symbols and the length of fixed are not looked at, as Java does not.
    pub(super) fn fits(&mut self, type_id: TypeId, default: &Value) -> bool {
        let Some(left) = self.work_left.checked_sub(1) else {
            return false;
        };
        self.work_left = left;
        let types = self.types;
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
                .is_some_and(|array| array.iter().all(|item| self.fits(*items, item))),
            TypeKind::Map(values) => default
                .as_object()
                .is_some_and(|map| map.values().all(|value| self.fits(*values, value))),
            TypeKind::Union(branches) => {
                let tried = match self.branch {
                    DefaultBranch::First => branches.get(..1),
                    DefaultBranch::Any => Some(&branches[..]),
                };
                let mut tried = tried.into_iter().flatten();
                tried.any(|branch| self.fits(*branch, default))
            }
            TypeKind::Record(record) => {
                !self.open.contains(&type_id)
                    && default.as_object().is_some_and(|object| {
                        record
                            .fields
                            .iter()
                            .all(|field| match object.get(&field.name) {
                                Some(value) => self.fits(field.type_id, value),
                                // A field's own default was checked when the field was read.
                                None => field.default.is_some(),
                            })
                    })
            }
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
