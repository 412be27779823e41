//! Which types and fields of the reader's and the writer's schema are meant to be the same.

use std::collections::HashMap;

use common::avro::{Aliases, Name, RecordType, ResolutionError, Schema, TypeKind};

use super::Strictness;

/// By what the names of the two schemas are compared.
#[derive(Debug)]
pub(super) enum Names<'s> {
    /// The reader's aliases give the writer's types and fields new names beforehand. Records go by any name.
    Lenient(Aliases<'s>),
    /// Each type of the reader's goes by its name without namespace and its own aliases.
    Strict,
}

/// Where the value of a reader's field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The writer's field at this place.
    Field(usize),
    /// The writer has no such field.
    Missing,
    /// By its aliases it is more than one of the writer's fields.
    Several,
}

impl<'s> Names<'s> {
    /// The names of two schemas.
    ///
    /// # Errors
    /// By the reader's aliases the writer's schema has two things of one name in one place.
    pub(super) fn of(
        strictness: Strictness,
        reader: &'s Schema,
        writer: &'s Schema,
    ) -> Result<Self, ResolutionError> {
        Ok(match strictness {
            Strictness::Lenient => Self::Lenient(Aliases::of(writer, reader)?),
            Strictness::Strict => Self::Strict,
        })
    }

    /// Whether two types of one kind have names by which one may be read as the other.
    pub(super) fn agree(&self, reader: &TypeKind, writer: &TypeKind) -> bool {
        let free = matches!((self, reader), (Self::Lenient(_), TypeKind::Record(_)));
        free || self.alike(reader, writer)
    }

    /// Whether two types of one kind have the same name without regard to namespaces, or need none.
    pub(super) fn alike(&self, reader: &TypeKind, writer: &TypeKind) -> bool {
        let (Some(to), Some(from)) = (reader.name(), writer.name()) else {
            return true;
        };
        match self {
            Self::Lenient(aliases) => aliases.type_name(from).simple() == to.simple(),
            Self::Strict => from.simple() == to.simple() || aliases_of(reader).contains(from),
        }
    }

    /// Whether two types of one kind have the same full name, or need none.
    pub(super) fn same(&self, reader: &TypeKind, writer: &TypeKind) -> bool {
        let (Some(to), Some(from)) = (reader.name(), writer.name()) else {
            return true;
        };
        match self {
            Self::Lenient(aliases) => aliases.type_name(from) == to,
            Self::Strict => from == to,
        }
    }

    /// What the reader's record calls a field of the writer's.
    pub(super) fn field<'n>(&'n self, writer: &'n RecordType, at: usize) -> &'n str {
        let name = &writer.fields[at].name;
        match self {
            Self::Lenient(aliases) => aliases.field_name(&writer.name, name),
            Self::Strict => name,
        }
    }

    /// Where the values of the reader's fields come from, in their order.
    pub(super) fn sources(&self, reader: &RecordType, writer: &RecordType) -> Vec<Source> {
        let written: HashMap<&str, usize> = (0..writer.fields.len())
            .map(|at| (self.field(writer, at), at))
            .collect();
        let source = |name: &str, aliases: &[String]| {
            let mut source = written.get(name).copied();
            if matches!(self, Self::Lenient(_)) {
                return source.map_or(Source::Missing, Source::Field);
            }
            for alias in aliases {
                let other = written.get(alias.as_str()).copied();
                match (source, other) {
                    (Some(one), Some(other)) if one != other => return Source::Several,
                    _ => source = source.or(other),
                }
            }
            source.map_or(Source::Missing, Source::Field)
        };
        let fields = reader.fields.iter();
        fields
            .map(|field| source(&field.name, &field.aliases))
            .collect()
    }
}

fn aliases_of(kind: &TypeKind) -> &[Name] {
    match kind {
        TypeKind::Record(record) => &record.aliases,
        TypeKind::Enum(symbols) => &symbols.aliases,
        TypeKind::Fixed(fixed) => &fixed.aliases,
        _ => &[],
    }
}
