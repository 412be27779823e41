//! Whether the reader's types read the writer's: what each pair of types takes.
//!
//! With lenient names this is what Java's resolver does: a union's branch is chosen by its name or its shape, and the
//! choice stands even where the branch cannot be read. With strict names any branch that goes by the name may do.

use common::avro::{Field, Schema, TypeId, TypeKind};

use super::Rule;
use super::names::Names;
use super::pairs::{Look, Pair, Settled, TooMany};
use super::sides::{Sides, promotes};

/// The comparison of two schemas.
#[derive(Debug)]
pub(super) struct Comparison<'s> {
    pub(super) sides: Sides<'s>,
    /// Pairs that are equal but for namespaces.
    equal: Settled,
    /// Records of which one could stand for the other in a union, and what that depends on.
    fits: Settled,
    /// Pairs of which the one reads the other.
    reads: Settled,
}

/// What a pair of types has against itself, and the pairs inside.
#[derive(Debug, Default)]
pub(super) struct View<'s> {
    /// The rules that it breaks, with the reader's field if it is about one.
    pub(super) faults: Vec<(Option<&'s Field>, Rule)>,
    /// Whether one of the pairs inside is enough.
    pub(super) any: bool,
    /// The pairs inside and the way there.
    pub(super) inside: Vec<(Step<'s>, Pair)>,
}

/// One step into a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'s> {
    /// None: the branch of a union that is the only one, or the only one beside null.
    Here,
    /// To an array's items.
    Item,
    /// To a map's values.
    Value,
    /// To a record's field.
    Field(&'s str),
    /// To a union's branch.
    Branch(&'s str),
}

impl<'s> View<'s> {
    fn inside(step: Step<'s>, pair: Pair) -> Self {
        Self {
            inside: vec![(step, pair)],
            ..Self::default()
        }
    }
}

impl<'s> Comparison<'s> {
    pub(super) fn new(sides: Sides<'s>) -> Self {
        Self {
            sides,
            equal: Settled::default(),
            fits: Settled::default(),
            reads: Settled::default(),
        }
    }

    /// Whether the reader's type reads every value of the writer's.
    pub(super) fn reads(&mut self, pair: Pair) -> Result<bool, TooMany> {
        let mut reads = std::mem::take(&mut self.reads);
        let settled = reads.settle(pair, |pair| {
            self.sides.spend(pair)?;
            let view = self.view(pair)?;
            Ok(Look {
                sound: view.faults.is_empty(),
                any: view.any,
                inside: view.inside.into_iter().map(|(_, pair)| pair).collect(),
            })
        });
        self.reads = reads;
        settled
    }

    /// What it takes that the reader's type reads the writer's.
    pub(super) fn view(&mut self, pair: Pair) -> Result<View<'s>, TooMany> {
        let inside =
            |step, reader: TypeId, writer: TypeId| Ok(View::inside(step, Pair { reader, writer }));
        match self.sides.kinds(pair) {
            (TypeKind::Union(_), TypeKind::Union(_))
                if self.is_lenient() && self.equal(pair)? =>
            {
                Ok(View::default())
            }
            (reader, TypeKind::Union(branches)) => {
                // Of two unions the reader's is the one that is shown.
                let shown =
                    !matches!(reader, TypeKind::Union(_)) && is_wide(self.sides.writer, branches);
                Ok(self.writers_union(pair.reader, branches, shown))
            }
            (TypeKind::Union(branches), _) => self.readers_union(pair, branches),
            (TypeKind::Array(reader), TypeKind::Array(writer)) => {
                inside(Step::Item, *reader, *writer)
            }
            (TypeKind::Map(reader), TypeKind::Map(writer)) => inside(Step::Value, *reader, *writer),
            _ => self.plain(pair),
        }
    }

    /// Each branch of the writer's union has to be read by itself.
    fn writers_union(&self, reader: TypeId, branches: &[TypeId], shown: bool) -> View<'s> {
        let step = |writer| match shown {
            true => Step::Branch(self.sides.writer.type_name(writer)),
            false => Step::Here,
        };
        let branches = branches.iter().map(|writer| {
            let writer = *writer;
            (step(writer), Pair { reader, writer })
        });
        View {
            inside: branches.collect(),
            ..View::default()
        }
    }

    /// Records, and types that hold no others.
    fn plain(&self, pair: Pair) -> Result<View<'s>, TooMany> {
        let clashes = self.sides.clashes(pair);
        let mut view = View {
            faults: clashes.into_iter().map(|rule| (None, rule)).collect(),
            ..View::default()
        };
        if let (TypeKind::Record(reader), TypeKind::Record(writer)) = self.sides.kinds(pair) {
            for (field, source) in self.sides.members(reader, writer)? {
                match source {
                    Ok(pair) => view.inside.push((Step::Field(&field.name), pair)),
                    Err(rule) => view.faults.push((Some(field), rule)),
                }
            }
        }
        Ok(view)
    }

    fn is_lenient(&self) -> bool {
        matches!(self.sides.names, Names::Lenient(_))
    }

    /// A reader's union for a type that is none.
    fn readers_union(&mut self, pair: Pair, branches: &'s [TypeId]) -> Result<View<'s>, TooMany> {
        let chosen = if self.is_lenient() {
            let chosen = match self.matching(pair.writer, branches)? {
                Some(at) => branches.get(at),
                // A record of the name that does not fit is where somebody wants to look.
                None => branches
                    .iter()
                    .find(|branch| self.is_namesake(**branch, pair.writer)),
            };
            chosen.into_iter().copied().collect()
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
        let step = |branch| match wide {
            true => Step::Branch(reader.type_name(branch)),
            false => Step::Here,
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

    /// Whether both are records and go by one name.
    fn is_namesake(&self, branch: TypeId, writer: TypeId) -> bool {
        let (to, from) = self.sides.kinds(Pair {
            reader: branch,
            writer,
        });
        let records = matches!((to, from), (TypeKind::Record(_), TypeKind::Record(_)));
        records && self.sides.names.alike(to, from)
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

    /// Whether the two types are equal but for namespaces.
    fn equal(&mut self, pair: Pair) -> Result<bool, TooMany> {
        let Self { sides, equal, .. } = self;
        equal.settle(pair, |pair| {
            sides.spend(pair)?;
            Ok(sides.equal(pair))
        })
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

impl<'s> Sides<'s> {
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
fn is_wide(schema: &Schema, branches: &[TypeId]) -> bool {
    let others = branches
        .iter()
        .filter(|branch| !matches!(schema.get(**branch).kind, TypeKind::Null));
    others.count() > 1
}
