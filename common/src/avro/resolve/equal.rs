//! Pairs of types of which one reads the other's bytes as they are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Resolver, Tried};
use crate::avro::names::Name;
use crate::avro::schema::{TypeId, TypeKind};

/// A type of the writer's and one of the reader's.
pub(super) type Pair = (TypeId, TypeId);

/// What a pair takes in memory.
const PAIR_BYTES: usize = 32;

/// What is known about pairs.
#[derive(Debug, Default)]
pub(super) struct Equals(HashMap<Pair, bool>);

impl Resolver<'_> {
    /// Whether the two types have the same structure, the same symbols, sizes and fields in the same order, and the
    /// same names without regard to namespaces.
    ///
    /// Types that hold themselves are equal unless a difference is found.
    pub(super) fn equal(&mut self, writer: TypeId, reader: TypeId) -> Tried<bool> {
        if let Some(known) = self.equals.0.get(&(writer, reader)) {
            return Ok(*known);
        }
        // Each pair with the one that it was found in.
        let mut seen = HashMap::from([((writer, reader), None)]);
        let mut open = vec![(writer, reader)];
        let mut inside = Vec::new();
        while let Some(pair) = open.pop() {
            inside.clear();
            let known = self.equals.0.get(&pair).copied();
            let alike = known.unwrap_or_else(|| self.alike(pair, &mut inside));
            if !alike {
                self.differ(pair, &seen);
                return Ok(false);
            }
            self.spend((1 + inside.len()) * PAIR_BYTES)?;
            for found in inside.drain(..) {
                if let Entry::Vacant(slot) = seen.entry(found) {
                    slot.insert(Some(pair));
                    open.push(found);
                }
            }
        }
        let equal = seen.into_keys().map(|pair| (pair, true));
        self.equals.0.extend(equal);
        Ok(true)
    }

    /// Notes a difference, which is one of all pairs around too.
    fn differ(&mut self, pair: Pair, seen: &HashMap<Pair, Option<Pair>>) {
        let mut next = Some(pair);
        while let Some(pair) = next {
            self.equals.0.insert(pair, false);
            next = seen.get(&pair).copied().flatten();
        }
    }

    /// Whether two types are equal if the types inside are, which are added to `open`.
    fn alike(&self, (writer, reader): Pair, open: &mut Vec<Pair>) -> bool {
        if self.shown.masked.contains_key(&reader) {
            return false;
        }
        let renamed = self.shown.renamed.get(&reader);
        let named = |writer: &Name, reader: &Name| {
            self.aliases.type_name(writer).simple() == reader.simple()
        };
        match (&self.writer.get(writer).kind, &self.reader.get(reader).kind) {
            (TypeKind::Array(writer), TypeKind::Array(reader))
            | (TypeKind::Map(writer), TypeKind::Map(reader)) => {
                open.push((*writer, *reader));
                true
            }
            (TypeKind::Union(writer), TypeKind::Union(reader)) => {
                open.extend(writer.iter().copied().zip(reader.iter().copied()));
                writer.len() == reader.len()
            }
            (TypeKind::Fixed(writer), TypeKind::Fixed(reader)) => {
                writer.size == reader.size && named(&writer.name, &reader.name)
            }
            (TypeKind::Enum(writer), TypeKind::Enum(reader)) => {
                writer.symbols == reader.symbols && named(&writer.name, &reader.name)
            }
            (TypeKind::Record(writer), TypeKind::Record(reader)) => {
                let pairs = writer.fields.iter().zip(&reader.fields);
                open.extend(
                    pairs
                        .clone()
                        .map(|(left, right)| (left.type_id, right.type_id)),
                );
                renamed.is_none()
                    && writer.fields.len() == reader.fields.len()
                    && named(&writer.name, &reader.name)
                    && pairs.clone().all(|(left, right)| {
                        self.aliases.field_name(&writer.name, &left.name) == right.name
                    })
            }
            (writer, reader) => std::mem::discriminant(writer) == std::mem::discriminant(reader),
        }
    }
}
