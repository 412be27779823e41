//! Avro values of any schema as a tree.

use std::sync::Arc;

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// An Avro value, as [`Plan::decode_value`](super::Plan::decode_value) reads and
/// [`Plan::encode_value`](super::Plan::encode_value) writes it.
///
/// Logical types are the raw values that the schema says they are: a date is an [`Int`](Self::Int), a decimal
/// [`Bytes`](Self::Bytes) or [`Fixed`](Self::Fixed). Decoding and encoding again gives the same bytes, as long as
/// arrays and maps come in one block each, as all writers but few write them.
///
/// ```
/// use common::avro::{Plan, Schema, Value};
///
/// let schema = Schema::parse(r#"{"type": "record", "name": "Order", "fields": [
///     {"name": "id", "type": "string"},
///     {"name": "note", "type": ["null", "string"], "default": null},
///     {"name": "items", "type": {"type": "array", "items": "long"}}
/// ]}"#)?;
/// let plan = Plan::compile(&schema, Default::default())?;
///
/// let items = vec![Value::Long(1), Value::Long(2)];
/// let order = Value::record([("items", items.into()), ("id", "x".into())]);
/// let mut payload = Vec::new();
/// plan.encode_value(&order, &mut payload)?;
/// assert_eq!(payload, b"\x02x\x00\x04\x02\x04\x00");
///
/// let (order, length) = plan.decode_value(&payload)?;
/// assert_eq!(length, 7);
/// assert_eq!(order.get("id").and_then(Value::as_str), Some("x"));
/// assert_eq!(order.get("note"), Some(&Value::Union(0, Box::new(Value::Null))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// 32 bits, signed.
    Int(i32),
    /// 64 bits, signed.
    Long(i64),
    /// 32 bits, IEEE 754.
    Float(f32),
    /// 64 bits, IEEE 754.
    Double(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// UTF-8.
    String(String),
    /// The bytes of a fixed.
    Fixed(Vec<u8>),
    /// A symbol.
    Enum(Arc<str>),
    /// Items of one type.
    Array(Vec<Value>),
    /// Entries in the order of their bytes; a key that is there twice comes twice.
    Map(Vec<(String, Value)>),
    /// Fields by name. They are decoded in the schema's order and encoded from any.
    Record(Vec<(Arc<str>, Value)>),
    /// The index of a union's branch, and its value.
    Union(u32, Box<Value>),
}

impl Value {
    /// A record of these fields, in any order; those left out take their defaults when it is encoded.
    pub fn record<N: Into<Arc<str>>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields = fields.into_iter();
        Self::Record(fields.map(|(name, value)| (name.into(), value)).collect())
    }

    /// A record's field or a map's first value of that name; unions around the record or map are looked through.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self.without_union() {
            Self::Record(fields) => fields
                .iter()
                .find_map(|(field, value)| (**field == *name).then_some(value)),
            Self::Map(entries) => entries
                .iter()
                .find_map(|(key, value)| (key == name).then_some(value)),
            _ => None,
        }
    }

    /// The value itself, or the value of its branch if it is one of a union.
    pub fn without_union(&self) -> &Self {
        let mut value = self;
        while let Self::Union(_, inner) = value {
            value = inner;
        }
        value
    }

    /// The text of a string or enum, in a union too.
    pub fn as_str(&self) -> Option<&str> {
        match self.without_union() {
            Self::String(text) => Some(text),
            Self::Enum(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// The number of an int or long, in a union too.
    pub fn as_i64(&self) -> Option<i64> {
        match self.without_union() {
            Self::Int(number) => Some((*number).into()),
            Self::Long(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes of a bytes or fixed, in a union too.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.without_union() {
            Self::Bytes(bytes) | Self::Fixed(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What the value is, for errors.
    const fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Int(_) => "an int",
            Self::Long(_) => "a long",
            Self::Float(_) => "a float",
            Self::Double(_) => "a double",
            Self::Bytes(_) => "bytes",
            Self::String(_) => "a text",
            Self::Fixed(_) => "a fixed",
            Self::Enum(_) => "a symbol",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Record(_) => "a record",
            Self::Union(..) => "a union",
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })+
    };
}

from!(
    bool => Boolean,
    i32 => Int,
    i64 => Long,
    f32 => Float,
    f64 => Double,
    &str => String,
    String => String,
    &[u8] => Bytes,
    Vec<u8> => Bytes,
    Vec<Value> => Array,
    Vec<(String, Value)> => Map,
);

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Null
    }
}

#[cfg(test)]
mod tests;
