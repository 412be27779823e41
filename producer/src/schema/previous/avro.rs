//! Whether JSON text of one Avro schema is the same value under another.

use std::collections::HashSet;

use common::avro::{EnumType, RecordType, Schema, TypeId, TypeKind};

/// Whether every value of `from`, written as plain JSON, is the same value of `to`; fields that `to` lacks may be left
/// out if they are to be dropped.
pub(super) fn takes(from: &Schema, to: &Schema, drops: bool) -> bool {
    let mut pair = Pair {
        from,
        to,
        drops,
        assumed: HashSet::new(),
    };
    pair.fits(from.root_id(), to.root_id())
}

struct Pair<'a> {
    from: &'a Schema,
    to: &'a Schema,
    drops: bool,
    /// Pairs that are being looked at, or have been: recursion takes them for good.
    assumed: HashSet<(TypeId, TypeId)>,
}

impl Pair<'_> {
    fn fits(&mut self, from_id: TypeId, to_id: TypeId) -> bool {
        if !self.assumed.insert((from_id, to_id)) {
            return true;
        }
        let (from, to) = (self.from.get(from_id), self.to.get(to_id));
        let pair = (&from.kind, &to.kind);
        if let (TypeKind::Union(branches), _) = pair {
            return branches.iter().all(|branch| self.fits(*branch, to_id));
        }
        if let (_, TypeKind::Union(branches)) = pair {
            return self.fits_one(from_id, branches);
        }
        if from.logical != to.logical {
            return false;
        }
        match pair {
            (TypeKind::Int, TypeKind::Long | TypeKind::Double)
            | (TypeKind::Float, TypeKind::Double) => true,
            (TypeKind::Array(from), TypeKind::Array(to))
            | (TypeKind::Map(from), TypeKind::Map(to)) => self.fits(*from, *to),
            (TypeKind::Record(from), TypeKind::Record(to)) => self.fits_record(from, to),
            (TypeKind::Enum(from), TypeKind::Enum(to)) => has_symbols(from, to),
            (TypeKind::Fixed(from), TypeKind::Fixed(to)) => from.size == to.size,
            (from, to) => from.type_name() == to.type_name(),
        }
    }

    /// A union takes the first branch that a JSON value may be of, so that has to be the one.
    fn fits_one(&mut self, from: TypeId, branches: &[TypeId]) -> bool {
        let form = form(&self.from.get(from).kind);
        let same = |branch: &&TypeId| self::form(&self.to.get(**branch).kind) == form;
        let first = branches.iter().find(same).copied();
        first.is_some_and(|branch| self.fits(from, branch))
    }

    fn fits_record(&mut self, from: &RecordType, to: &RecordType) -> bool {
        let given = |name: &str| from.fields.iter().any(|field| field.name == name);
        let is_complete = to
            .fields
            .iter()
            .all(|field| field.default.is_some() || given(&field.name));
        is_complete
            && from.fields.iter().all(|field| {
                let other = to.fields.iter().find(|other| other.name == field.name);
                other.map_or(self.drops, |other| self.fits(field.type_id, other.type_id))
            })
    }
}

fn has_symbols(from: &EnumType, to: &EnumType) -> bool {
    let mut symbols = from.symbols.iter();
    symbols.all(|symbol| to.symbols.contains(symbol))
}

/// What a JSON value of a type looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Object,
}

const fn form(kind: &TypeKind) -> Option<Form> {
    Some(match kind {
        TypeKind::Null => Form::Null,
        TypeKind::Boolean => Form::Boolean,
        TypeKind::Int | TypeKind::Long | TypeKind::Float | TypeKind::Double => Form::Number,
        TypeKind::Bytes | TypeKind::String | TypeKind::Enum(_) | TypeKind::Fixed(_) => Form::Text,
        TypeKind::Array(_) => Form::Array,
        TypeKind::Map(_) | TypeKind::Record(_) => Form::Object,
        TypeKind::Union(_) => return None,
    })
}
