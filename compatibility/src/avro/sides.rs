//! The two schemas, and what can be said about a pair of their types without looking at unions inside.

use std::collections::HashSet;
use std::mem::discriminant;

use common::avro::{EnumType, Field, RecordType, Schema, TypeId, TypeKind};

use super::names::{Names, Source};
use super::pairs::{Look, Pair, TooMany, Work};
use super::{Rule, Strictness};

/// The two schemas and how strictly they are compared.
#[derive(Debug)]
pub(super) struct Sides<'s> {
    pub(super) reader: &'s Schema,
    pub(super) writer: &'s Schema,
    pub(super) names: Names<'s>,
    pub(super) symbols: Strictness,
    pub(super) work: Work,
}

/// A field of a reader's record: what it is read from, or why it cannot be.
pub(super) type Member<'s> = (&'s Field, Result<Pair, Rule>);

impl<'s> Sides<'s> {
    /// What the two types are, the reader's first.
    pub(super) fn kinds(&self, pair: Pair) -> (&'s TypeKind, &'s TypeKind) {
        let reader = &self.reader.get(pair.reader).kind;
        (reader, &self.writer.get(pair.writer).kind)
    }

    /// What two types that are no unions have against each other, not looking inside.
    pub(super) fn clashes(&self, pair: Pair) -> Vec<Rule> {
        let (reader, writer) = self.kinds(pair);
        if discriminant(reader) != discriminant(writer) {
            let rule = (!promotes(writer, reader)).then_some(Rule::TypeMismatch);
            return rule.into_iter().collect();
        }
        let name = (!self.names.agree(reader, writer)).then_some(Rule::NameMismatch);
        let content = match (reader, writer) {
            (TypeKind::Fixed(reader), TypeKind::Fixed(writer)) if reader.size != writer.size => {
                Some(Rule::FixedSize)
            }
            (TypeKind::Enum(reader), TypeKind::Enum(writer))
                if self.symbols == Strictness::Strict
                    && reader.default.is_none()
                    && !missing_symbols(reader, writer).is_empty() =>
            {
                Some(Rule::MissingSymbols)
            }
            _ => None,
        };
        name.into_iter().chain(content).collect()
    }

    /// The fields of a reader's record, but for those that take their default.
    pub(super) fn members(
        &self,
        reader: &'s RecordType,
        writer: &RecordType,
    ) -> Result<Vec<Member<'s>>, TooMany> {
        let mut members = Vec::with_capacity(reader.fields.len());
        let sources = self.names.sources(reader, writer);
        for (field, source) in reader.fields.iter().zip(sources) {
            let source = match source {
                Source::Field(at) => Ok(Pair {
                    reader: field.type_id,
                    writer: writer.fields[at].type_id,
                }),
                Source::Several => Err(Rule::AliasClash),
                Source::Missing if field.default.is_none() => Err(Rule::MissingDefault),
                Source::Missing if self.is_usable(field)? => continue,
                Source::Missing => Err(Rule::UnusableDefault),
            };
            members.push((field, source));
        }
        Ok(members)
    }

    /// Whether the symbols in a default are symbols of their enums, which the parser does not check.
    fn is_usable(&self, field: &Field) -> Result<bool, TooMany> {
        let default = field.default.iter();
        let mut open: Vec<_> = default.map(|value| (field.type_id, value)).collect();
        while let Some((type_id, value)) = open.pop() {
            let kind = &self.reader.get(type_id).kind;
            self.work.spend(1 + width(kind))?;
            match kind {
                TypeKind::Enum(symbols) => {
                    let known = |symbol: &str| symbols.symbols.iter().any(|known| known == symbol);
                    if !value.as_str().is_some_and(known) {
                        return Ok(false);
                    }
                }
                TypeKind::Array(items) => {
                    let values = value.as_array().into_iter().flatten();
                    open.extend(values.map(|value| (*items, value)));
                }
                TypeKind::Map(values) => {
                    let entries = value.as_object().into_iter().flatten();
                    open.extend(entries.map(|(_, value)| (*values, value)));
                }
                // A default is one of the first branch.
                TypeKind::Union(branches) => {
                    open.extend(branches.first().map(|branch| (*branch, value)));
                }
                TypeKind::Record(record) => open.extend(record.fields.iter().filter_map(|field| {
                    let value = value.get(&field.name).or(field.default.as_ref())?;
                    Some((field.type_id, value))
                })),
                _ => {}
            }
        }
        Ok(true)
    }

    /// Notes that a pair is looked at.
    pub(super) fn spend(&self, pair: Pair) -> Result<(), TooMany> {
        let (reader, writer) = self.kinds(pair);
        self.work.spend(1 + width(reader) + width(writer))
    }

    /// When two types have the same structure, symbols, sizes and fields in the same order, and the same names without
    /// regard to namespaces.
    pub(super) fn equal(&self, pair: Pair) -> Look {
        let pairs = |pairs: &mut dyn Iterator<Item = (TypeId, TypeId)>| -> Vec<Pair> {
            pairs
                .map(|(reader, writer)| Pair { reader, writer })
                .collect()
        };
        let (reader, writer) = self.kinds(pair);
        let alike = self.names.alike(reader, writer);
        match (reader, writer) {
            (TypeKind::Array(reader), TypeKind::Array(writer))
            | (TypeKind::Map(reader), TypeKind::Map(writer)) => {
                Look::all(true, pairs(&mut [(*reader, *writer)].into_iter()))
            }
            (TypeKind::Union(reader), TypeKind::Union(writer)) => {
                let mut inside = reader.iter().copied().zip(writer.iter().copied());
                Look::all(reader.len() == writer.len(), pairs(&mut inside))
            }
            (TypeKind::Fixed(reader), TypeKind::Fixed(writer)) => {
                Look::all(alike && reader.size == writer.size, Vec::new())
            }
            (TypeKind::Enum(reader), TypeKind::Enum(writer)) => {
                Look::all(alike && reader.symbols == writer.symbols, Vec::new())
            }
            (TypeKind::Record(reader), TypeKind::Record(writer)) => {
                let sound = alike
                    && reader.fields.len() == writer.fields.len()
                    && (0..reader.fields.len())
                        .all(|at| self.names.field(writer, at) == reader.fields[at].name);
                let fields = reader.fields.iter().zip(&writer.fields);
                let mut inside = fields.map(|(reader, writer)| (reader.type_id, writer.type_id));
                Look::all(sound, pairs(&mut inside))
            }
            _ => Look::all(discriminant(reader) == discriminant(writer), Vec::new()),
        }
    }

    /// The branch of a reader's union that is the writer's type by its kind and full name.
    pub(super) fn same_branch(&self, writer: TypeId, branches: &[TypeId]) -> Option<usize> {
        let from = &self.writer.get(writer).kind;
        branches.iter().position(|branch| {
            let to = &self.reader.get(*branch).kind;
            discriminant(to) == discriminant(from) && self.names.same(to, from)
        })
    }
}

/// The writer's symbols that the reader's enum has not.
pub(super) fn missing_symbols<'k>(reader: &EnumType, writer: &'k EnumType) -> Vec<&'k str> {
    let known: HashSet<&str> = reader.symbols.iter().map(String::as_str).collect();
    let written = writer.symbols.iter().map(String::as_str);
    written.filter(|symbol| !known.contains(symbol)).collect()
}

/// Whether values of one type, neither of them a union, may become another's.
pub(super) const fn promotes(from: &TypeKind, to: &TypeKind) -> bool {
    match from {
        TypeKind::Int => matches!(to, TypeKind::Long | TypeKind::Float | TypeKind::Double),
        TypeKind::Long => matches!(to, TypeKind::Float | TypeKind::Double),
        TypeKind::Float => matches!(to, TypeKind::Double),
        TypeKind::String => matches!(to, TypeKind::Bytes),
        TypeKind::Bytes => matches!(to, TypeKind::String),
        _ => false,
    }
}

/// How much work a type is to look at, beside one step.
const fn width(kind: &TypeKind) -> usize {
    match kind {
        TypeKind::Record(record) => record.fields.len(),
        TypeKind::Union(branches) => branches.len() / 16,
        TypeKind::Enum(symbols) => symbols.symbols.len() / 16,
        _ => 0,
    }
}
