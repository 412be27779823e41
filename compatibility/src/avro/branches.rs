//! Unions of the reader's: which branch takes values of a writer's type.

use common::avro::{Schema, TypeId, TypeKind};

use super::Rule;
use super::compare::{Comparison, Step, View};
use super::pairs::{Look, Pair, TooMany};
use super::sides::{Sides, promotes};

impl<'s> Comparison<'s> {
    /// A reader's union for a type that is none.
    pub(super) fn readers_union(
        &mut self,
        pair: Pair,
        branches: &'s [TypeId],
    ) -> Result<View<'s>, TooMany> {
        let chosen = if self.is_lenient() {
            let chosen = match self.matching(pair.writer, branches)? {
                Some(at) => branches.get(at).copied(),
                None => self.meant(branches, pair.writer),
            };
            chosen.into_iter().collect()
        } else {
            let mut named = branches.to_vec();
            named.retain(|branch| self.is_named(*branch, pair.writer));
            named
        };
        if chosen.is_empty() {
            return Ok(View {
                faults: vec![(None, Rule::MissingBranch)],
                ..View::default()
            });
        }
        let reader = self.sides.reader;
        let wide = is_wide(reader, branches);
        let step = |branch| {
            if wide {
                Step::Branch(reader.type_name(branch))
            } else {
                Step::Here
            }
        };
        let inside = chosen
            .iter()
            .map(|branch| (step(*branch), with(*branch, pair)));
        Ok(View {
            any: true,
            inside: inside.collect(),
            ..View::default()
        })
    }

    /// Whether a branch is of the writer's kind and goes by its name, or is one that it can be promoted to.
    fn is_named(&self, branch: TypeId, writer: TypeId) -> bool {
        let (to, from) = self.sides.kinds(Pair {
            reader: branch,
            writer,
        });
        let same = std::mem::discriminant(to) == std::mem::discriminant(from);
        promotes(from, to) || (same && self.sides.names.alike(to, from))
    }

    /// The record among the branches that the writer's record was meant for, though it does not fit: one that goes by
    /// its name, or the only one. What it lacks is what people have to know.
    fn meant(&self, branches: &[TypeId], writer: TypeId) -> Option<TypeId> {
        let from = &self.sides.writer.get(writer).kind;
        let mut records = branches.to_vec();
        records.retain(|branch| matches!(self.sides.reader.get(*branch).kind, TypeKind::Record(_)));
        if !matches!(from, TypeKind::Record(_)) {
            return None;
        }
        let named = |branch: &&TypeId| {
            let to = &self.sides.reader.get(**branch).kind;
            self.sides.names.alike(to, from)
        };
        let only = (records.len() == 1).then(|| records.first()).flatten();
        records.iter().find(named).or(only).copied()
    }

    /// The branch that takes values of the writer's type, as Java chooses it.
    ///
    /// A branch of the same type, and of the same full name if it has one; else a record whose fields fit, the last
    /// of the same name without namespace or the first of all; else the first that the type can be promoted to.
    fn matching(&mut self, writer: TypeId, branches: &[TypeId]) -> Result<Option<usize>, TooMany> {
        if let Some(at) = self.sides.same_branch(writer, branches) {
            return Ok(Some(at));
        }
        let mut found = None;
        for (at, &reader) in branches.iter().enumerate() {
            let pair = Pair { reader, writer };
            let (to, from) = self.sides.kinds(pair);
            if matches!((to, from), (TypeKind::Record(_), TypeKind::Record(_)))
                && self.fits(pair)?
                && (found.is_none() || self.sides.names.alike(to, from))
            {
                found = Some(at);
            }
        }
        let promoted = |branch: &TypeId| {
            let (to, from) = self.sides.kinds(Pair {
                reader: *branch,
                writer,
            });
            promotes(from, to)
        };
        Ok(found.or_else(|| branches.iter().position(promoted)))
    }

    /// Whether a record and each of its fields can be read, not looking further inside.
    fn fits(&mut self, pair: Pair) -> Result<bool, TooMany> {
        let Self { sides, fits, .. } = self;
        fits.settle(pair, |pair| {
            sides.spend(pair)?;
            sides.fits(pair)
        })
    }
}

impl Sides<'_> {
    /// When a writer's record can stand for one of the reader's, or for a branch of a reader's union.
    fn fits(&self, pair: Pair) -> Result<Look, TooMany> {
        let (reader, writer) = match self.kinds(pair) {
            (TypeKind::Record(reader), TypeKind::Record(writer)) => (reader, writer),
            (TypeKind::Union(branches), _) => {
                let records = branches
                    .iter()
                    .filter(|branch| matches!(self.reader.get(**branch).kind, TypeKind::Record(_)));
                return Ok(Look {
                    sound: true,
                    any: true,
                    inside: records.map(|branch| with(*branch, pair)).collect(),
                });
            }
            _ => return Ok(Look::all(true, Vec::new())),
        };
        let (mut sound, mut inside) = (true, Vec::new());
        for (_, source) in self.members(reader, writer)? {
            let Ok(pair) = source else {
                sound = false;
                continue;
            };
            match self.kinds(pair) {
                (_, TypeKind::Union(_)) => {}
                (TypeKind::Union(branches), TypeKind::Record(_)) => {
                    if self.same_branch(pair.writer, branches).is_none() {
                        inside.push(pair);
                    }
                }
                (TypeKind::Union(branches), from) => {
                    let promoted = |branch: &TypeId| promotes(from, &self.reader.get(*branch).kind);
                    sound &= self.same_branch(pair.writer, branches).is_some()
                        || branches.iter().any(promoted);
                }
                (TypeKind::Record(reader), TypeKind::Record(writer)) => {
                    let members = self.members(reader, writer)?;
                    sound &= members.iter().all(|(_, source)| source.is_ok());
                }
                _ => sound &= self.clashes(pair).is_empty(),
            }
        }
        Ok(Look::all(sound, inside))
    }
}

/// A pair with another type for the reader's.
const fn with(reader: TypeId, pair: Pair) -> Pair {
    Pair { reader, ..pair }
}

/// Whether a union has more than one branch beside null.
pub(super) fn is_wide(schema: &Schema, branches: &[TypeId]) -> bool {
    let others = branches
        .iter()
        .filter(|branch| !matches!(schema.get(**branch).kind, TypeKind::Null));
    others.count() > 1
}
