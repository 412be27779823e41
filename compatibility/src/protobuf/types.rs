//! The types of fields, as far as bytes of one are read as another's.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

/// What a field holds, once or many times.
pub(super) enum Shape {
    One(Type),
    Map { key: Type, value: Type },
}

/// A type that is no map.
pub(super) enum Type {
    Scalar(Encoding),
    Message(MessageDescriptor),
}

/// Scalars that are read as one another, though a long number may be cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Varint,
    ZigZag,
    Text,
    Fixed32,
    Fixed64,
    Float,
    Double,
}

impl Shape {
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        if let Some((key, value)) = entry(field) {
            return Self::Map {
                key: Type::of(key.kind()),
                value: Type::of(value.kind()),
            };
        }
        Self::One(Type::of(field.kind()))
    }

    /// Whether it is a number, a bool or an enum.
    pub(super) const fn is_numeric(&self) -> bool {
        matches!(self, Self::One(Type::Scalar(encoding)) if !matches!(encoding, Encoding::Text))
    }
}

impl Type {
    fn of(kind: Kind) -> Self {
        Self::Scalar(match kind {
            Kind::Message(message) => return Self::Message(message),
            Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Bool
            | Kind::Enum(_) => Encoding::Varint,
            Kind::Sint32 | Kind::Sint64 => Encoding::ZigZag,
            Kind::String | Kind::Bytes => Encoding::Text,
            Kind::Fixed32 | Kind::Sfixed32 => Encoding::Fixed32,
            Kind::Fixed64 | Kind::Sfixed64 => Encoding::Fixed64,
            Kind::Float => Encoding::Float,
            Kind::Double => Encoding::Double,
        })
    }
}

/// The key and the value of a map, written as one or as Java prints it: as a message with an option.
pub(super) fn entry(field: &FieldDescriptor) -> Option<(FieldDescriptor, FieldDescriptor)> {
    let Kind::Message(entry) = field.kind() else {
        return None;
    };
    if !entry.is_map_entry() {
        return None;
    }
    Some((entry.get_field(1)?, entry.get_field(2)?))
}
