//! Whether JSON text of one Protobuf message is the same value under another.

use std::collections::HashSet;

use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

/// Whether every value of `from`, written as JSON, is the same value of `to`; fields that `to` lacks may be left out if
/// they are to be dropped.
pub(super) fn takes(from: &MessageDescriptor, to: &MessageDescriptor, drops: bool) -> bool {
    let mut pair = Pair {
        drops,
        assumed: HashSet::new(),
    };
    pair.fits(from, to)
}

struct Pair {
    drops: bool,
    /// Pairs that are being looked at, or have been, by their full names: recursion takes them for good.
    assumed: HashSet<(String, String)>,
}

impl Pair {
    fn fits(&mut self, from: &MessageDescriptor, to: &MessageDescriptor) -> bool {
        let names = (from.full_name().to_owned(), to.full_name().to_owned());
        if !self.assumed.insert(names) {
            return true;
        }
        let is_complete = to.fields().all(|field| {
            let given = || from.get_field_by_name(field.name());
            field.cardinality() != Cardinality::Required
                || given().is_some_and(|given| given.cardinality() == Cardinality::Required)
        });
        is_complete
            && from.fields().all(|field| {
                let other = to.get_field_by_name(field.name());
                other.map_or(self.drops, |other| self.fits_field(&field, &other))
            })
    }

    fn fits_field(&mut self, from: &FieldDescriptor, to: &FieldDescriptor) -> bool {
        let is_many = |field: &FieldDescriptor| (field.is_list(), field.is_map());
        if is_many(from) != is_many(to)
            || from.json_name() != to.json_name()
            || choice(from) != choice(to)
        {
            return false;
        }
        match (from.kind(), to.kind()) {
            (Kind::Message(from), Kind::Message(to)) => self.fits(&from, &to),
            (Kind::Enum(from), Kind::Enum(to)) => has_values(&from, &to),
            (from, to) => from == to,
        }
    }
}

/// The name of the choice that a field is of.
fn choice(field: &FieldDescriptor) -> Option<String> {
    let choice = field.containing_oneof();
    let real = choice.filter(|choice| !choice.is_synthetic())?;
    Some(real.name().to_owned())
}

fn has_values(from: &EnumDescriptor, to: &EnumDescriptor) -> bool {
    from.values().all(|value| {
        let other = to.get_value_by_name(value.name());
        other.is_some_and(|other| other.number() == value.number())
    })
}
