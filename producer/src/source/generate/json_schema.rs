//! Plans of JSON schemas: all schemas that hold for a value are taken together.
//!
//! What a plan does not know how to obey (`not`, `if`, `dependencies`, `uniqueItems`, and such), the schema itself
//! checks: a record that it refuses is made again.

mod typed;

use common::json_schema::{SchemaTree, SchemaValue};

use super::build::{BuildError, Builder, Scope, Wishes};
use super::leaf::Leaf;
use super::plan::{NodeId, Plan};

/// Schemas that hold for a value, at most; each reference and each `allOf` adds some.
const MOST: usize = 1_000;

const ANY_OF: u8 = 1;
const ONE_OF: u8 = 2;

/// A schema by its index, and which of its alternatives are chosen already.
type Part = (u32, u8);
type Json<'a> = Builder<'a, Vec<Part>>;

/// The types of JSON values, the simplest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    const ALL: [Self; 7] = [
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Number,
        Self::String,
        Self::Array,
        Self::Object,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// A keyword that is about values of this type tells it, where no type is named.
    const fn hints(self) -> &'static [&'static str] {
        match self {
            Self::Object => &[
                "properties",
                "required",
                "additionalProperties",
                "patternProperties",
                "minProperties",
            ],
            Self::Array => &["items", "minItems", "maxItems", "uniqueItems", "contains"],
            Self::String => &["pattern", "format", "minLength", "maxLength"],
            Self::Number => &[
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "multipleOf",
            ],
            Self::Null | Self::Boolean | Self::Integer => &[],
        }
    }
}

/// What makes records of the schema.
pub(super) fn plan(tree: &SchemaTree, wishes: Wishes<'_>) -> Result<Plan, BuildError> {
    let mut builder = Builder::new(wishes);
    let top = builder.top();
    let root = build(&mut builder, tree, &[tree.root().index()], &top);
    builder.finish(root)
}

/// A value for which all of these schemas hold.
fn build(builder: &mut Json<'_>, tree: &SchemaTree, schemas: &[u32], scope: &Scope) -> NodeId {
    let mut all = Vec::new();
    for index in schemas {
        if !gather(tree, *index, &mut all, &mut Vec::new()) {
            return builder.impossible();
        }
    }
    whole(builder, tree, all, scope)
}

/// The same, when all of them are collected.
fn whole(builder: &mut Json<'_>, tree: &SchemaTree, mut all: Vec<Part>, scope: &Scope) -> NodeId {
    all.sort_unstable();
    let key = all.clone();
    builder.part(key, scope, |builder, scope| {
        let chosen = all.iter().enumerate().find_map(|(at, part)| {
            alternatives(tree, *part).map(|(bit, branches)| (at, bit, branches))
        });
        if let Some((at, bit, branches)) = chosen {
            return builder.pick(&branches, scope, |builder, branch, scope| {
                let mut with = all.clone();
                with[at].1 |= bit;
                if !gather(tree, branch.index(), &mut with, &mut Vec::new()) {
                    return builder.impossible();
                }
                whole(builder, tree, with, scope)
            });
        }
        let schemas: Vec<SchemaValue<'_>> = all.iter().map(|(index, _)| tree.at(*index)).collect();
        if let Some(texts) = constants(&schemas) {
            return builder.leaf(&Leaf::Constants(texts), scope);
        }
        of_types(builder, tree, &schemas, scope)
    })
}

/// Collects a schema, what it refers to, and what it demands beside; false if nothing can satisfy it.
fn gather(tree: &SchemaTree, index: u32, all: &mut Vec<Part>, seen: &mut Vec<u32>) -> bool {
    let schema = tree.at(index);
    if let Some(takes_all) = schema.boolean() {
        return takes_all;
    }
    if seen.len() == MOST || seen.contains(&index) {
        return true;
    }
    seen.push(index);
    if schema.member("$ref").is_some() {
        // A reference stands for its target alone.
        return schema
            .reference()
            .is_none_or(|target| gather(tree, target.index(), all, seen));
    }
    if all.iter().all(|known| known.0 != index) {
        all.push((index, 0));
    }
    let demanded = schema.member("allOf");
    let mut demanded = demanded.iter().flat_map(SchemaValue::items);
    demanded.all(|inner| gather(tree, inner.index(), all, seen))
}

/// The branches of a schema's `anyOf` or `oneOf` that none is chosen of yet.
fn alternatives(tree: &SchemaTree, (index, chosen): Part) -> Option<(u8, Vec<SchemaValue<'_>>)> {
    let schema = tree.at(index);
    let open = [("anyOf", ANY_OF), ("oneOf", ONE_OF)].into_iter();
    let mut open = open.filter(|(_, bit)| chosen & bit == 0);
    open.find_map(|(keyword, bit)| Some((bit, schema.member(keyword)?.items().collect())))
}

/// The values that `const` and `enum` leave.
fn constants(schemas: &[SchemaValue<'_>]) -> Option<Vec<Box<[u8]>>> {
    let lists = schemas.iter().flat_map(|schema| {
        let only = schema.member("const").map(|value| vec![value]);
        let some = schema.member("enum").map(|list| list.items().collect());
        only.into_iter().chain(some)
    });
    let left = lists.reduce(|left: Vec<SchemaValue<'_>>, list| {
        let normal: Vec<String> = list.iter().map(SchemaValue::normal).collect();
        left.into_iter()
            .filter(|value| normal.contains(&value.normal()))
            .collect()
    })?;
    let types = types(schemas);
    let fits = |value: &&SchemaValue<'_>| {
        types
            .as_ref()
            .is_none_or(|types| types.iter().any(|kind| is_of(value, *kind)))
    };
    Some(
        left.iter()
            .filter(fits)
            .map(|value| value.text().as_bytes().into())
            .collect(),
    )
}

fn is_of(value: &SchemaValue<'_>, kind: Type) -> bool {
    match kind {
        Type::Null => value.text() == "null",
        Type::Boolean => value.boolean().is_some(),
        Type::Integer | Type::Number => value.is_number(),
        Type::String => value.string().is_some(),
        Type::Array => value.is_array(),
        Type::Object => value.text().starts_with('{'),
    }
}

/// The types that all schemas name; nothing where none names any.
fn types(schemas: &[SchemaValue<'_>]) -> Option<Vec<Type>> {
    let named = schemas.iter().filter_map(|schema| {
        let kind = schema.member("type")?;
        let names: Vec<_> = match kind.string() {
            Some(name) => vec![name],
            None => kind.items().filter_map(|name| name.string()).collect(),
        };
        Some(
            Type::ALL
                .into_iter()
                .filter(|kind| names.iter().any(|name| name == kind.name()))
                .collect(),
        )
    });
    named.reduce(|left: Vec<Type>, right: Vec<Type>| {
        let has = |types: &[Type], kind| types.contains(&kind);
        let is_in_both = |kind: &Type| match kind {
            Type::Integer => [&left, &right]
                .into_iter()
                .all(|types| has(types, Type::Integer) || has(types, Type::Number)),
            kind => has(&left, *kind) && has(&right, *kind),
        };
        Type::ALL.into_iter().filter(is_in_both).collect()
    })
}

fn of_types(
    builder: &mut Json<'_>,
    tree: &SchemaTree,
    schemas: &[SchemaValue<'_>],
    scope: &Scope,
) -> NodeId {
    let mut types = types(schemas).unwrap_or_else(|| vec![hinted(schemas)]);
    // What is a number may also be whole.
    if types.contains(&Type::Number) {
        types.retain(|kind| *kind != Type::Integer);
    }
    let others: Vec<Type> = types
        .iter()
        .copied()
        .filter(|kind| *kind != Type::Null)
        .collect();
    let build = |builder: &mut Json<'_>, scope: &Scope| {
        builder.pick(&others, scope, |builder, kind, scope| {
            typed::build(builder, tree, *kind, schemas, scope)
        })
    };
    match (others.len(), types.len()) {
        (0, 0) => builder.impossible(),
        (0, _) => typed::build(builder, tree, Type::Null, schemas, scope),
        (others, all) if others < all => builder.nullable(scope, build),
        _ => build(builder, scope),
    }
}

/// The type that keywords tell; a value of which nothing is known is a text.
fn hinted(schemas: &[SchemaValue<'_>]) -> Type {
    let has = |keyword: &&str| {
        schemas
            .iter()
            .any(|schema| schema.member(keyword).is_some())
    };
    let mut all = Type::ALL.into_iter().rev();
    all.find(|kind| kind.hints().iter().any(has))
        .unwrap_or(Type::String)
}
