//! Pairs of types of which one reads the other's bytes as they are.

use std::collections::{HashMap, HashSet};

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
        let mut seen = HashSet::from([(writer, reader)]);
        let mut open = vec![(writer, reader)];
        while let Some(pair) = open.pop() {
            let before = open.len();
            if !self.alike(pair, &mut open) {
                self.equals.0.insert((writer, reader), false);
                return Ok(false);
            }
            self.spend((1 + open.len() - before) * PAIR_BYTES)?;
            for at in (before..open.len()).rev() {
                if !seen.insert(open[at]) {
                    open.swap_remove(at);
                }
            }
        }
        self.equals
            .0
            .extend(seen.into_iter().map(|pair| (pair, true)));
        Ok(true)
    }

    /// Whether two types are equal if the types inside are, which are added to `open`.
    fn alike(&self, (writer, reader): Pair, open: &mut Vec<Pair>) -> bool {
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
                writer.fields.len() == reader.fields.len()
                    && named(&writer.name, &reader.name)
                    && pairs.clone().all(|(left, right)| {
                        self.aliases.field_name(&writer.name, &left.name) == right.name
                    })
            }
            (writer, reader) => std::mem::discriminant(writer) == std::mem::discriminant(reader),
        }
    }
}
