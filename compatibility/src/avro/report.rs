//! The differences for people: the way to each, the rule, and what both sides have there.

use std::collections::HashSet;

use common::avro::{Field, ResolutionError, ResolutionFault, Schema, TypeId, TypeKind};

use super::Rule;
use super::compare::{Comparison, Step};
use super::pairs::{Pair, TooMany};
use super::sides::{Sides, missing_symbols};
use crate::Difference;
use crate::verdict::MAX_DIFFERENCES;

/// Longest path in bytes; of a longer one the end is shown.
const PATH: usize = 500;
/// Longest text of one side in bytes.
const TEXT: usize = 300;
/// Most branches or symbols that are named.
const NAMED: usize = 8;

/// Every difference once, in the order of the reader's schema.
///
/// A type that stands in several places is shown in the first.
pub(super) fn list(comparison: &mut Comparison<'_>) -> Result<Vec<Difference>, TooMany> {
    let root = Pair {
        reader: comparison.sides.reader.root_id(),
        writer: comparison.sides.writer.root_id(),
    };
    let (mut found, mut seen, mut trail) = (Vec::new(), HashSet::new(), Trail::default());
    let mut open = vec![(root, None, Step::Here)];
    while let Some((pair, from, step)) = open.pop() {
        if comparison.reads(pair)? || !seen.insert(pair) {
            continue;
        }
        let here = trail.add(from, step);
        let view = comparison.view(pair)?;
        for (field, rule) in &view.faults {
            let (reader, writer) = comparison.sides.texts(pair, *field, *rule);
            let path = trail.path(here, *field);
            found.push(difference(path, *rule, &reader, &writer));
            if found.len() == MAX_DIFFERENCES {
                return Ok(found);
            }
        }
        // Where any branch would do, the first that goes by the name is the one that was meant.
        let shown = if view.any { 1 } else { view.inside.len() };
        let inside = view.inside.into_iter().take(shown).rev();
        open.extend(inside.map(|(step, pair)| (pair, Some(here), step)));
    }
    Ok(found)
}

/// The one difference of schemas whose aliases cannot be applied.
pub(super) fn clash(error: &ResolutionError) -> Difference {
    let what = match &error.fault {
        ResolutionFault::DuplicateField { record, field } => {
            format!("aliases by which two fields of the writer's record {record} are {field}")
        }
        ResolutionFault::DuplicateBranch { name } => {
            format!("aliases by which two branches of a union of the writer's are {name}")
        }
        other => other.to_string(),
    };
    difference(error.place.path.clone(), Rule::AliasClash, &what, "")
}

/// The one difference of schemas that take too much work.
pub(super) fn too_many() -> Difference {
    let what = "types in too many combinations with the writer's";
    difference(String::new(), Rule::TooManyPairs, what, "")
}

fn difference(path: String, rule: Rule, reader: &str, writer: &str) -> Difference {
    Difference {
        path: end(path),
        rule: crate::Rule::Avro(rule),
        reader: short(reader),
        writer: short(writer),
    }
}

/// The ways that were gone.
#[derive(Default)]
struct Trail<'s>(Vec<(Option<usize>, Step<'s>)>);

impl<'s> Trail<'s> {
    fn add(&mut self, from: Option<usize>, step: Step<'s>) -> usize {
        self.0.push((from, step));
        self.0.len() - 1
    }

    /// The path to a place, and to a field there.
    fn path(&self, to: usize, field: Option<&'s Field>) -> String {
        let mut steps: Vec<_> = field
            .map(|field| Step::Field(&field.name))
            .into_iter()
            .collect();
        let (mut next, mut bytes) = (Some(to), 0);
        while let Some((from, step)) = next.and_then(|at| self.0.get(at)) {
            steps.push(*step);
            bytes += match step {
                Step::Field(name) | Step::Branch(name) => 1 + name.len(),
                _ => 2,
            };
            next = from.filter(|_| bytes <= PATH);
        }
        let mut path = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Here => {}
                Step::Item => path.push_str("[]"),
                Step::Value => path.push_str("{}"),
                Step::Branch(name) => path.extend(["<", name, ">"]),
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
            }
        }
        path
    }
}

impl Sides<'_> {
    /// What the reader and the writer have where a rule is broken.
    fn texts(&self, pair: Pair, field: Option<&Field>, rule: Rule) -> (String, String) {
        let mut reader = label(self.reader, pair.reader);
        let mut writer = label(self.writer, pair.writer);
        if let Some(field) = field {
            let label = label(self.reader, field.type_id);
            let more = match rule {
                Rule::UnusableDefault => "with a default that is none of its values",
                Rule::AliasClash => "whose aliases are several fields of the writer's",
                _ => "without a default",
            };
            return (format!("a field of type {label} {more}"), String::new());
        }
        match (self.kinds(pair), rule) {
            ((TypeKind::Fixed(to), TypeKind::Fixed(from)), Rule::FixedSize) => {
                reader = format!("{reader} of {} bytes", to.size);
                writer = format!("{writer} of {} bytes", from.size);
            }
            ((TypeKind::Enum(to), TypeKind::Enum(from)), Rule::MissingSymbols) => {
                let symbols: Vec<_> = to.symbols.iter().map(String::as_str).collect();
                reader = format!("{reader} [{}]", named(&symbols));
                writer = format!("the symbols {}", named(&missing_symbols(to, from)));
            }
            _ => {}
        }
        (reader, writer)
    }
}

/// What people call a type: `long`, `record Order`, `union [null, long]`.
fn label(schema: &Schema, id: TypeId) -> String {
    let kind = &schema.get(id).kind;
    match (kind, kind.name()) {
        (TypeKind::Union(branches), _) => {
            let names: Vec<_> = branches
                .iter()
                .map(|branch| schema.type_name(*branch))
                .collect();
            format!("union [{}]", named(&names))
        }
        (TypeKind::Array(items), _) => format!("array of {}", schema.type_name(*items)),
        (TypeKind::Map(values), _) => format!("map of {}", schema.type_name(*values)),
        (_, Some(name)) => format!("{} {name}", kind.type_name()),
        _ => kind.type_name().to_owned(),
    }
}

/// The first of some names.
fn named(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(NAMED).map(|name| short(name)).collect();
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// The beginning of a text.
fn short(text: &str) -> String {
    match text.get(..text.floor_char_boundary(TEXT)) {
        Some(beginning) if beginning.len() < text.len() => format!("{beginning}…"),
        _ => text.to_owned(),
    }
}

/// The end of a path.
fn end(path: String) -> String {
    let cut = path.ceil_char_boundary(path.len().saturating_sub(PATH));
    match path.get(cut..) {
        Some(end) if cut > 0 => format!("…{end}"),
        _ => path,
    }
}
