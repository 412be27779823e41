//! What must hold for one schema to read another: one level, without looking at what becomes of the schemas inside.

use crate::json_schema::model::{Combined, Criterion, Id, Inside, Kind, Model, Node, Plain, Shape};
use crate::json_schema::{Rule, Rules};

use common::json_schema::SchemaValue;

mod array;
mod combined;
mod object;
mod plain;
mod values;

/// Which of the two definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Reader,
    Writer,
}

/// A schema of one of the definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) side: Side,
    pub(super) id: Id,
}

/// Two schemas of which the first must read what the second writes.
///
/// The first is mostly of the reader's definition; below `not` the two change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    pub(super) reader: Place,
    pub(super) writer: Place,
}

/// Both definitions and the rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'d> {
    pub(super) reader: &'d Model,
    pub(super) writer: &'d Model,
    pub(super) rules: Rules,
}

/// What must hold for a pair.
#[derive(Debug)]
pub(super) enum Need<'d> {
    /// Nothing helps.
    Broken(Broken<'d>),
    /// Another pair, whose own differences say what is wrong.
    Pair(Pair),
    /// Another pair, or else this is the difference.
    Holds(Pair, Broken<'d>),
    /// Each of the writer's schemas must be read by another one of the reader's.
    Match(Match),
}

#[derive(Debug)]
pub(super) struct Match {
    pub(super) rule: Rule,
    /// The two combined schemas, or what stands in the place of one.
    pub(super) whole: Pair,
    pub(super) readers: Vec<Place>,
    pub(super) writers: Vec<Place>,
}

/// A difference that is not put into words yet.
#[derive(Debug)]
pub(super) struct Broken<'d> {
    pub(super) rule: Rule,
    pub(super) path: Path<'d>,
    pub(super) reader: Shown<'d>,
    pub(super) writer: Shown<'d>,
}

/// A schema, or what stands in it under a keyword.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'d> {
    pub(super) place: Place,
    pub(super) step: Step<'d>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'d> {
    None,
    /// What a keyword has under a name.
    Name(&'static str, &'d str),
    /// What a keyword has at an index.
    Index(&'static str, usize),
}

/// What one side has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shown<'d> {
    Nothing,
    Schema(Place),
    /// A keyword and its value.
    Value(&'static str, SchemaValue<'d>),
    /// A keyword and a name.
    Name(&'static str, &'d str),
    Words(&'static str),
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Reader => Self::Writer,
            Self::Writer => Self::Reader,
        }
    }
}

impl Pair {
    /// The roots of both definitions.
    pub(super) fn whole(context: &Context<'_>) -> Self {
        let place = |side, id| Place { side, id };
        Self {
            reader: place(Side::Reader, context.reader.root),
            writer: place(Side::Writer, context.writer.root),
        }
    }
}

impl<'d> Context<'d> {
    pub(super) const fn model(&self, side: Side) -> &'d Model {
        match side {
            Side::Reader => self.reader,
            Side::Writer => self.writer,
        }
    }

    pub(super) fn node(&self, place: Place) -> &'d Node {
        self.model(place.side).node(place.id)
    }

    /// All that must hold for the pair.
    pub(super) fn needs(&self, pair: Pair) -> Vec<Need<'d>> {
        let mut comparison = Comparison {
            context: *self,
            pair,
            reader: self.model(pair.reader.side),
            writer: self.model(pair.writer.side),
            needs: Vec::new(),
        };
        comparison.shapes(&self.node(pair.reader).shape, &self.node(pair.writer).shape);
        comparison.needs
    }
}

/// One pair, while its needs are listed.
struct Comparison<'d> {
    context: Context<'d>,
    pair: Pair,
    reader: &'d Model,
    writer: &'d Model,
    needs: Vec<Need<'d>>,
}

impl<'d> Comparison<'d> {
    fn shapes(&mut self, reader: &'d Shape, writer: &'d Shape) {
        if let Some(limited) = self.limited_type(reader, writer) {
            let mut pair = self.pair;
            pair.writer.id = limited;
            return self.needs.push(Need::Pair(pair));
        }
        match (reader, writer) {
            (Shape::Any, _) | (_, Shape::Never) => {}
            (Shape::Never, _) => self.schemas(Rule::NothingAllowed),
            (_, Shape::Any) => self.schemas(Rule::TypeAdded),
            (Shape::Combined(to), Shape::Combined(from)) => self.combined(to, from),
            (Shape::Combined(to), _) if self.takes_branch(to) => {
                self.one_of(&to.parts);
            }
            (Shape::Plain(to), Shape::Plain(from)) => self.plain(to, from),
            (Shape::Const(to), Shape::Const(from)) => self.constants(to, from),
            (Shape::Enum(to), Shape::Enum(from)) => self.enums(to, from),
            (Shape::Enum(list), Shape::Const(value)) | (Shape::Const(value), Shape::Enum(list))
                if matches!(list.as_slice(), [only] if only.normal == value.normal) => {}
            (Shape::Not(to), Shape::Not(from)) => self.not(*to, *from),
            (Shape::If { .. }, Shape::If { .. }) => self.conditions(reader, writer),
            _ => self.schemas(Rule::TypeChanged),
        }
    }

    /// A difference between the two schemas as such.
    fn schemas(&mut self, rule: Rule) {
        let (reader, writer) = (self.pair.reader, self.pair.writer);
        self.broken(rule, Shown::Schema(reader), Shown::Schema(writer));
    }

    /// A difference at the reader's schema.
    fn broken(&mut self, rule: Rule, reader: Shown<'d>, writer: Shown<'d>) {
        self.broken_at(self.here(Step::None), rule, reader, writer);
    }

    fn broken_at(&mut self, path: Path<'d>, rule: Rule, reader: Shown<'d>, writer: Shown<'d>) {
        if !self.context.rules.allow(rule) {
            self.needs.push(Need::Broken(Broken {
                rule,
                path,
                reader,
                writer,
            }));
        }
    }

    /// Two schemas inside must hold, or else there is a difference in their place.
    fn inside(&mut self, reader: Id, writer: Id) {
        self.needs.push(Need::Pair(self.pair_of(reader, writer)));
    }

    /// The same where each may be missing; the reader's alone is a difference, unless it takes everything.
    fn optional(&mut self, reader: Option<Id>, writer: Option<Id>, added: (Rule, &'static str)) {
        let (rule, words) = added;
        match (self.reader.asks(reader), writer) {
            (None, _) => {}
            (Some(reader), Some(writer)) => self.inside(reader, writer),
            (Some(_), None) => self.broken(rule, Shown::Words(words), Shown::Nothing),
        }
    }

    fn here(&self, step: Step<'d>) -> Path<'d> {
        let place = self.pair.reader;
        Path { place, step }
    }

    fn there(&self, step: Step<'d>) -> Path<'d> {
        let place = self.pair.writer;
        Path { place, step }
    }

    fn pair_of(&self, reader: Id, writer: Id) -> Pair {
        Pair {
            reader: self.readers(reader),
            writer: self.writers(writer),
        }
    }

    /// The two schemas with changed places.
    fn turned(&self, reader: Id, writer: Id) -> Pair {
        Pair {
            reader: self.writers(writer),
            writer: self.readers(reader),
        }
    }

    fn readers(&self, id: Id) -> Place {
        let side = self.pair.reader.side;
        Place { side, id }
    }

    fn writers(&self, id: Id) -> Place {
        let side = self.pair.reader.side.other();
        Place { side, id }
    }
}
