//! Whether the reader's types read the writer's: what each pair of types takes.
//!
//! With lenient names this is what Java's resolver does: a union's branch is chosen by its name or its shape, and the
//! choice stands even where the branch cannot be read. With strict names any branch that goes by the name may do.

use common::avro::{Field, TypeId, TypeKind};

use super::Rule;
use super::branches::is_wide;
use super::names::Names;
use super::pairs::{Look, Pair, Settled, TooMany};
use super::sides::Sides;

/// The comparison of two schemas.
#[derive(Debug)]
pub(super) struct Comparison<'s> {
    pub(super) sides: Sides<'s>,
    /// Pairs that are equal but for namespaces.
    equal: Settled,
    /// Records of which one could stand for the other in a union, and what that depends on.
    pub(super) fits: Settled,
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
        let step = |writer| {
            if shown {
                Step::Branch(self.sides.writer.type_name(writer))
            } else {
                Step::Here
            }
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

    pub(super) fn is_lenient(&self) -> bool {
        matches!(self.sides.names, Names::Lenient(_))
    }

    /// Whether the two types are equal but for namespaces.
    fn equal(&mut self, pair: Pair) -> Result<bool, TooMany> {
        let Self { sides, equal, .. } = self;
        equal.settle(pair, |pair| {
            sides.spend(pair)?;
            Ok(sides.equal(pair))
        })
    }
}
