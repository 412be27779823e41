//! The names of the writer's types and fields, as the reader's aliases give them.

use std::collections::{HashMap, HashSet};

use super::error::{ResolutionError, ResolutionFault};
use crate::avro::names::Name;
use crate::avro::schema::{EnumType, Field, FixedType, RecordType, Schema, Type, TypeId, TypeKind};
use crate::error::Place;

/// A reader's aliases: new names for what a writer's schema calls otherwise.
///
/// ```
/// use common::avro::{Aliases, Name, Schema};
///
/// let writer = Schema::parse(r#"{"type": "fixed", "name": "Md5", "size": 16}"#)?;
/// let reader = Schema::parse(r#"{"type": "fixed", "name": "Digest", "size": 16, "aliases": ["Md5"]}"#)?;
/// let aliases = Aliases::of(&writer, &reader)?;
/// assert_eq!(aliases.type_name(&Name::new("Md5", None)).full(), "Digest");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Aliases<'s> {
    /// The reader's types by their aliases.
    types: HashMap<&'s str, &'s Name>,
    /// The reader's fields by their record's name and their aliases.
    fields: HashMap<&'s str, HashMap<&'s str, &'s str>>,
}

impl<'s> Aliases<'s> {
    /// Collects the reader's aliases; between schemas that are the same, as Java sees it, there are none.
    ///
    /// # Errors
    ///
    /// By the aliases two fields of one record, or two branches of one union, have one name.
    pub fn of(writer: &'s Schema, reader: &'s Schema) -> Result<Self, ResolutionError> {
        let mut aliases = Self::default();
        if is_same(writer, reader) {
            return Ok(aliases);
        }
        for entry in &reader.types {
            let (name, others) = match &entry.kind {
                TypeKind::Record(record) => (&record.name, &record.aliases),
                TypeKind::Enum(symbols) => (&symbols.name, &symbols.aliases),
                TypeKind::Fixed(fixed) => (&fixed.name, &fixed.aliases),
                _ => continue,
            };
            for alias in others {
                aliases.types.insert(alias.full(), name);
            }
            if let TypeKind::Record(record) = &entry.kind {
                aliases.collect_fields(record);
            }
        }
        aliases.check(writer)?;
        Ok(aliases)
    }

    fn collect_fields(&mut self, record: &'s RecordType) {
        for field in record
            .fields
            .iter()
            .filter(|field| !field.aliases.is_empty())
        {
            let fields = self.fields.entry(record.name.full()).or_default();
            for alias in &field.aliases {
                fields.insert(alias, &field.name);
            }
        }
    }

    /// The name of a named type of the writer's.
    pub fn type_name<'n>(&'n self, name: &'n Name) -> &'n Name {
        self.types.get(name.full()).copied().unwrap_or(name)
    }

    /// The name of a field of the writer's record.
    pub fn field_name<'n>(&'n self, record: &Name, field: &'n str) -> &'n str {
        let fields = self.fields.get(self.type_name(record).full());
        fields
            .and_then(|fields| fields.get(field))
            .copied()
            .unwrap_or(field)
    }

    /// Refuses new names of which two in one place are the same.
    fn check(&self, writer: &Schema) -> Result<(), ResolutionError> {
        let mut seen = HashSet::new();
        for entry in &writer.types {
            seen.clear();
            match &entry.kind {
                TypeKind::Record(record) => {
                    for field in &record.fields {
                        let name = self.field_name(&record.name, &field.name);
                        if !seen.insert(name) {
                            return Err(twice(ResolutionFault::DuplicateField {
                                record: record.name.full().into(),
                                field: name.into(),
                            }));
                        }
                    }
                }
                TypeKind::Union(branches) => {
                    let names = branches.iter().filter_map(|id| writer.get(*id).kind.name());
                    for name in names.map(|name| self.type_name(name).full()) {
                        if !seen.insert(name) {
                            return Err(twice(ResolutionFault::DuplicateBranch {
                                name: name.into(),
                            }));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn twice(fault: ResolutionFault) -> ResolutionError {
    let path = match &fault {
        ResolutionFault::DuplicateField { record, field } => format!("{record}.{field}"),
        ResolutionFault::DuplicateBranch { name } => name.to_string(),
        _ => String::new(),
    };
    ResolutionError {
        place: Place { offset: None, path },
        fault,
    }
}

/// Whether two schemas differ in documentation and aliases at most.
///
/// Types stand in the order of the text, so in two such schemas each has the same index.
fn is_same(left: &Schema, right: &Schema) -> bool {
    left.root == right.root
        && left.types.len() == right.types.len()
        && left
            .types
            .iter()
            .zip(&right.types)
            .all(|(left, right)| is_same_type(left, right))
}

fn is_same_type(left: &Type, right: &Type) -> bool {
    let kinds = match (&left.kind, &right.kind) {
        (TypeKind::Record(left), TypeKind::Record(right)) => {
            left.name == right.name
                && left.fields.len() == right.fields.len()
                && left
                    .fields
                    .iter()
                    .zip(&right.fields)
                    .all(|(left, right)| is_same_field(left, right))
        }
        (
            TypeKind::Enum(EnumType { name, symbols, .. }),
            TypeKind::Enum(EnumType {
                name: other,
                symbols: others,
                ..
            }),
        ) => name == other && symbols == others,
        (
            TypeKind::Fixed(FixedType { name, size, .. }),
            TypeKind::Fixed(FixedType {
                name: other,
                size: other_size,
                ..
            }),
        ) => name == other && size == other_size,
        (left, right) => left == right,
    };
    kinds && left.props == right.props
}

fn is_same_field(left: &Field, right: &Field) -> bool {
    let types: [TypeId; 2] = [left.type_id, right.type_id];
    types[0] == types[1]
        && left.name == right.name
        && left.default == right.default
        && left.order == right.order
        && left.props == right.props
}
