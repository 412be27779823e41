//! A Rust value of any shape.

use std::collections::BTreeMap;
use std::fmt;

use apache_avro::types::Value as Apache;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A Rust value of any shape, which says what it is and takes what it is given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Any {
    Null,
    Boolean(bool),
    Int(i32),
    Long(i64),
    /// By its bits, so that NaN is NaN.
    Float(u32),
    Double(u64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Any>),
    Map(Vec<(String, Any)>),
}

impl Any {
    pub(super) fn of(value: &Apache) -> Self {
        match value {
            Apache::Null => Self::Null,
            Apache::Boolean(value) => Self::Boolean(*value),
            Apache::Int(value) => Self::Int(*value),
            Apache::Long(value) => Self::Long(*value),
            Apache::Float(value) => Self::Float(value.to_bits()),
            Apache::Double(value) => Self::Double(value.to_bits()),
            Apache::Bytes(bytes) | Apache::Fixed(_, bytes) => Self::Bytes(bytes.clone()),
            Apache::String(text) | Apache::Enum(_, text) => Self::Text(text.clone()),
            Apache::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Apache::Map(entries) => {
                let entries = entries.iter();
                Self::Map(
                    entries
                        .map(|(key, value)| (key.clone(), Self::of(value)))
                        .collect(),
                )
            }
            Apache::Record(fields) => {
                let fields = fields.iter();
                Self::Map(
                    fields
                        .map(|(name, value)| (name.clone(), Self::of(value)))
                        .collect(),
                )
            }
            Apache::Union(_, value) => Self::of(value),
            other => panic!("{other:?} without logical types"),
        }
    }

    /// The same with one type of integers, and bytes as a list of them: those who ask for any type get bytes so from
    /// one library and as bytes from the other.
    pub(super) fn leveled(self) -> Self {
        match self {
            Self::Int(value) => Self::Long(value.into()),
            Self::Bytes(bytes) => Self::List(
                bytes
                    .into_iter()
                    .map(|byte| Self::Long(byte.into()))
                    .collect(),
            ),
            Self::List(items) => Self::List(items.into_iter().map(Self::leveled).collect()),
            Self::Map(entries) => {
                let entries = entries.into_iter();
                let by_key: BTreeMap<_, _> =
                    entries.map(|(key, value)| (key, value.leveled())).collect();
                Self::Map(by_key.into_iter().collect())
            }
            other => other,
        }
    }
}

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i32(*value),
            Self::Long(value) => serializer.serialize_i64(*value),
            Self::Float(bits) => serializer.serialize_f32(f32::from_bits(*bits)),
            Self::Double(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items
                    .iter()
                    .try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

pub(super) struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Null)
    }

    fn visit_none<E>(self) -> Result<Any, E> {
        Ok(Any::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Any, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any::Boolean(value))
    }

    fn visit_i32<E>(self, value: i32) -> Result<Any, E> {
        Ok(Any::Int(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(Any::Long(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any::Long(i64::try_from(value).expect("a byte")))
    }

    fn visit_f32<E>(self, value: f32) -> Result<Any, E> {
        Ok(Any::Float(value.to_bits()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any::Double(value.to_bits()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any::Text(text.to_owned()))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Any, E> {
        Ok(Any::Bytes(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Any, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Any::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Any, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Any::Map(map))
    }
}
