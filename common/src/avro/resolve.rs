//! A writer's and a reader's schema to one plan, by the rules of Avro's Java library 1.11.4.
//!
//! Java decides once for each pair of types how the one becomes the other; where it cannot, it refuses the values
//! that come to that place, not the schema. So does this plan. A value that is refused in any case, whatever the
//! branches of unions and the counts of items, is found here: then there is no plan.

use std::collections::HashMap;
use std::sync::Arc;

use super::plan::{
    Adjust, Branch, Masked, MaskedBranches, Node, NodeId, Number, Plan, Resolved, Symbols,
};
use super::schema::{EnumType, FixedType, Schema, TypeId, TypeKind};
use super::view::Projection;
use crate::error::Place;
use crate::limits::Limits;

mod aliases;
mod certain;
mod equal;
mod error;
mod record;
mod skip;
mod union;

pub use aliases::Aliases;
use equal::{Equals, Pair};
pub use error::{ResolutionError, ResolutionFault};
use record::Outcome;

/// Most bytes of a plan, roughly, beside what the reader's schema alone takes.
const PLAN_BYTES: usize = 64 * 1024 * 1024;

/// What a node takes, roughly, with what belongs to it.
const NODE_BYTES: usize = 64;

/// Types inside one another that are resolved on one stack; records deeper down wait until it is empty.
const NESTING: usize = 64;

/// Longest name in a message, in bytes.
const LABEL: usize = 200;

pub(super) fn resolve(
    writer: &Schema,
    shown: &Projection,
    limits: Limits,
) -> Result<Plan, ResolutionError> {
    let reader = &shown.schema;
    let aliases = if shown.is_own {
        Aliases::default()
    } else {
        Aliases::of(writer, reader)?
    };
    let mut plan = Plan::compile(reader, limits).map_err(|error| ResolutionError {
        place: Place::default(),
        fault: ResolutionFault::Reader(Box::new(error)),
    })?;
    plan.resolved.skips = skip::skips(writer);
    plan.resolved.key.clone_from(&shown.key);
    let mut resolver = Resolver {
        writer,
        reader,
        shown,
        aliases,
        plan,
        equals: Equals::default(),
        records: HashMap::new(),
        waiting: Vec::new(),
        defaults: HashMap::new(),
        path: Vec::new(),
        nesting: 0,
        room: PLAN_BYTES,
    };
    let entry = resolver.pair(writer.root, reader.root)?;
    while let Some(pair) = resolver.waiting.pop() {
        resolver.fill(pair)?;
    }
    let mut plan = resolver.plan;
    plan.entry = entry;
    if entry == plan.root {
        plan.resolved = Resolved::default();
    }
    certain::check(&plan)?;
    Ok(plan)
}

struct Resolver<'s> {
    writer: &'s Schema,
    reader: &'s Schema,
    /// What a view makes of the reader's values.
    shown: &'s Projection,
    aliases: Aliases<'s>,
    /// The reader's plan, and what is added to it.
    plan: Plan,
    equals: Equals,
    /// The pairs of records that have a node.
    records: HashMap<Pair, Outcome>,
    /// Those of which nothing is known yet but the node.
    waiting: Vec<Pair>,
    /// The texts of defaults, by the reader's record and field.
    defaults: HashMap<(u32, usize), u32>,
    /// The way to the types being resolved.
    path: Vec<&'s str>,
    nesting: usize,
    /// Bytes that the plan may still grow by.
    room: usize,
}

/// Ends with the reason for which there is no plan.
type Tried<T> = Result<T, ResolutionError>;

impl Resolver<'_> {
    /// The node that reads a value of the writer's type as one of the reader's.
    fn pair(&mut self, writer: TypeId, reader: TypeId) -> Tried<NodeId> {
        if self.equal(writer, reader)? {
            return Ok(NodeId(reader.0));
        }
        if let Some(original) = self.shown.masked.get(&reader) {
            return self.mask(writer, *original, reader);
        }
        self.nesting += 1;
        let (from, to) = (&self.writer.get(writer).kind, &self.reader.get(reader).kind);
        let node = match (from, to) {
            (TypeKind::Union(branches), _) => self.writers_union(branches, reader),
            (TypeKind::Record(_), TypeKind::Record(_)) => {
                self.record((writer, reader)).map(|outcome| outcome.node)
            }
            (TypeKind::Array(items), TypeKind::Array(others)) => {
                let items = self.inside("[]", *items, *others)?;
                self.add(Node::Array(items))
            }
            (TypeKind::Map(values), TypeKind::Map(others)) => {
                let values = self.inside("{}", *values, *others)?;
                self.add(Node::Map(values))
            }
            (TypeKind::Enum(from), TypeKind::Enum(to)) => {
                self.symbols((writer, from), (reader, to))
            }
            (TypeKind::Fixed(from), TypeKind::Fixed(to)) => {
                self.sizes((writer, from), (reader, to))
            }
            (_, TypeKind::Union(branches)) => self.readers_union(writer, reader, branches),
            (from, to) if promotes(from, to) => self.promote(from, reader),
            _ => self.misfit(writer, reader),
        };
        self.nesting -= 1;
        node
    }

    /// The node that reads a value as one of the reader's, and masks it.
    fn mask(&mut self, writer: TypeId, original: TypeId, reader: TypeId) -> Tried<NodeId> {
        let value = self.pair(writer, original)?;
        let is_null = |id: &TypeId| self.reader.get(*id).kind == TypeKind::Null;
        let branches = match &self.reader.get(reader).kind {
            TypeKind::Union(branches) => {
                branches
                    .iter()
                    .position(is_null)
                    .map(|null| MaskedBranches {
                        null,
                        text: 1 - null,
                    })
            }
            _ => None,
        };
        let index = push(&mut self.plan.resolved.masked, Masked { value, branches });
        self.add(Node::Adjust(Adjust::Mask(index)))
    }

    fn inside(&mut self, step: &'static str, writer: TypeId, reader: TypeId) -> Tried<NodeId> {
        self.path.push(step);
        let node = self.pair(writer, reader);
        self.path.pop();
        node
    }

    fn promote(&mut self, from: &TypeKind, reader: TypeId) -> Tried<NodeId> {
        let to = NodeId(reader.0);
        let number = |from| Node::Adjust(Adjust::Number { from, to });
        let node = match (from, self.plan.node(to)) {
            // Bytes are what they are; an int is written as a long would be.
            (TypeKind::String, _) => return Ok(to),
            (TypeKind::Int, Node::Long) => Node::Int,
            (TypeKind::Int, _) => number(Number::Int),
            (TypeKind::Long, _) => number(Number::Long),
            (TypeKind::Float, _) => number(Number::Float),
            _ => Node::Adjust(Adjust::Text),
        };
        self.add(node)
    }

    fn symbols(
        &mut self,
        (writer, from): (TypeId, &EnumType),
        (reader, to): (TypeId, &EnumType),
    ) -> Tried<NodeId> {
        if self.aliases.type_name(&from.name).simple() != to.name.simple() {
            return self.misfit(writer, reader);
        }
        let Node::Enum(index) = self.plan.node(NodeId(reader.0)) else {
            unreachable!("the nodes of the reader's plan have the indexes of its types")
        };
        self.spend(from.symbols.len() * NODE_BYTES)?;
        let known = &self.plan.enumeration(index).by_name;
        let number = |symbol: &String| {
            let default = || known.get(to.default.as_deref()?);
            known.get(symbol.as_str()).or_else(default).copied()
        };
        let numbers = from.symbols.iter().map(number).collect();
        let fault = ResolutionFault::Symbol {
            writer: label(self.writer, writer),
            reader: label(self.reader, reader),
        };
        let fault = self.fault(fault)?;
        let symbols = Symbols {
            reader: index,
            numbers,
            fault,
        };
        let index = push(&mut self.plan.resolved.enums, symbols);
        self.add(Node::Adjust(Adjust::Enum(index)))
    }

    /// Fixed types that are not equal do not fit: by their names or by their sizes.
    fn sizes(
        &mut self,
        (writer, from): (TypeId, &FixedType),
        (reader, to): (TypeId, &FixedType),
    ) -> Tried<NodeId> {
        if self.aliases.type_name(&from.name).simple() != to.name.simple() {
            return self.misfit(writer, reader);
        }
        let fault = ResolutionFault::Size {
            writer: label(self.writer, writer),
            writer_bytes: from.size,
            reader: label(self.reader, reader),
            reader_bytes: to.size,
        };
        self.refuse(fault)
    }

    /// A node that refuses every value because of the types.
    fn misfit(&mut self, writer: TypeId, reader: TypeId) -> Tried<NodeId> {
        let fault = ResolutionFault::Types {
            writer: label(self.writer, writer),
            reader: label(self.reader, reader),
        };
        self.refuse(fault)
    }

    fn refuse(&mut self, fault: ResolutionFault) -> Tried<NodeId> {
        let fault = self.fault(fault)?;
        self.add(Node::Adjust(Adjust::Refuse(fault)))
    }

    fn refuses(&self, node: NodeId) -> bool {
        matches!(self.plan.node(node), Node::Adjust(Adjust::Refuse(_)))
    }

    fn fault(&mut self, fault: ResolutionFault) -> Tried<u32> {
        self.spend(4 * LABEL)?;
        Ok(push(&mut self.plan.resolved.faults, fault))
    }

    fn add(&mut self, node: Node) -> Tried<NodeId> {
        self.spend(NODE_BYTES)?;
        Ok(NodeId(push(&mut self.plan.nodes, node)))
    }

    /// Takes room for so many bytes.
    fn spend(&mut self, bytes: usize) -> Tried<()> {
        match self.room.checked_sub(bytes) {
            Some(room) => self.room = room,
            None => return Err(self.error(ResolutionFault::TooLarge { limit: PLAN_BYTES })),
        }
        Ok(())
    }

    /// A reason for which there is no plan, here.
    fn error(&self, fault: ResolutionFault) -> ResolutionError {
        let mut path = String::new();
        for step in &self.path {
            if !path.is_empty() && !matches!(*step, "[]" | "{}") {
                path.push('.');
            }
            path.push_str(step);
        }
        ResolutionError {
            place: Place { offset: None, path },
            fault,
        }
    }

    /// A branch of the reader's union, its values read by a node.
    fn branch(&mut self, node: NodeId, union: TypeId, at: usize) -> Tried<Branch> {
        self.spend(NODE_BYTES)?;
        let Node::Union(index) = self.plan.node(NodeId(union.0)) else {
            unreachable!("the nodes of the reader's plan have the indexes of its types")
        };
        let tag = Arc::clone(&self.plan.union(index).branches[at].tag);
        Ok(Branch { node, at, tag })
    }
}

/// What messages call a type: `long`, `record R`, `union [null, long]`.
fn label(schema: &Schema, id: TypeId) -> Box<str> {
    let kind = &schema.get(id).kind;
    let mut label = kind.type_name().to_owned();
    if let TypeKind::Union(branches) = kind {
        let names = branches.iter().map(|branch| schema.type_name(*branch));
        let names: Vec<_> = names.take(8).collect();
        let more = if branches.len() > 8 { ", …" } else { "" };
        label.extend([" [", &names.join(", "), more, "]"]);
    } else if let Some(name) = kind.name() {
        label.extend([" ", name.full()]);
    }
    if label.len() > LABEL {
        label.truncate(label.floor_char_boundary(LABEL));
        label.push('…');
    }
    label.into()
}

fn push<T>(table: &mut Vec<T>, entry: T) -> u32 {
    table.push(entry);
    u32::try_from(table.len() - 1).expect("a plan's bytes are bounded far below 2^32 entries")
}

/// Whether values of one type, neither of them a union, may become another's.
const fn promotes(from: &TypeKind, to: &TypeKind) -> bool {
    match from {
        TypeKind::Int => matches!(to, TypeKind::Long | TypeKind::Float | TypeKind::Double),
        TypeKind::Long => matches!(to, TypeKind::Float | TypeKind::Double),
        TypeKind::Float => matches!(to, TypeKind::Double),
        TypeKind::String => matches!(to, TypeKind::Bytes),
        TypeKind::Bytes => matches!(to, TypeKind::String),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
