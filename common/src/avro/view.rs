//! A schema as a view shows it: records of fewer fields, fields of other names, texts for what is masked.
//!
//! Records on the way to a change are copied, so that the same record elsewhere stays as it is. What resolves payloads
//! ([`Projection`]) knows the copies by their indexes; only a schema's text has to tell them apart by names.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::names::Name;
use super::schema::{Field, Schema, Type, TypeId, TypeKind};
use crate::view::{Level, MaskKey, View, ViewError};

/// A schema as a view shows it, and how its values come from those of the schema behind.
#[derive(Debug)]
pub(crate) struct Projection {
    pub(crate) schema: Schema,
    /// The types of masked fields, and those that they stand for.
    pub(super) masked: HashMap<TypeId, TypeId>,
    /// New names of fields by their old ones, in records that have any.
    pub(super) renamed: HashMap<TypeId, HashMap<Box<str>, Box<str>>>,
    pub(super) key: Option<MaskKey>,
    /// It is of the very schema that payloads were written with: no alias of its own means anything.
    pub(crate) is_own: bool,
}

impl Projection {
    /// A schema as it is.
    pub(crate) fn none(schema: &Schema) -> Self {
        Self {
            is_own: false,
            schema: schema.clone(),
            masked: HashMap::new(),
            renamed: HashMap::new(),
            key: None,
        }
    }
}

/// Shows a schema through a view.
///
/// # Errors
/// A masked field is no single value, or two fields of a record would have one name.
pub(crate) fn project(base: &Schema, view: &View) -> Result<Projection, ViewError> {
    let mut projector = Projector {
        done: Projection {
            key: view.key().cloned(),
            ..Projection::none(base)
        },
        holds_back: !view.is_lookup(),
        path: Vec::new(),
    };
    projector.done.schema.root = projector.through(base.root, view.top())?;
    Ok(projector.done)
}

impl Projection {
    /// The text of the schema, in which copies have names of their own.
    pub(crate) fn text(&self) -> String {
        let mut schema = self.schema.clone();
        name_apart(&mut schema);
        schema.to_string()
    }
}

/// Whether values of a schema can have a field at a path.
pub(crate) fn has(schema: &Schema, path: &[&str]) -> bool {
    has_below(schema, schema.root, path)
}

fn has_below(schema: &Schema, id: TypeId, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    match &schema.get(id).kind {
        TypeKind::Array(inner) | TypeKind::Map(inner) => has_below(schema, *inner, path),
        TypeKind::Union(branches) => branches.iter().any(|id| has_below(schema, *id, path)),
        TypeKind::Record(record) => {
            let mut fields = record.fields.iter();
            let field = fields.find(|field| field.name == **first);
            field.is_some_and(|field| has_below(schema, field.type_id, rest))
        }
        _ => false,
    }
}

struct Projector {
    done: Projection,
    /// Whether what is not kept must not be seen.
    holds_back: bool,
    path: Vec<String>,
}

impl Projector {
    /// The type as a level shows it: itself, where there is no record.
    fn through(&mut self, id: TypeId, level: &Level) -> Result<TypeId, ViewError> {
        let mut copy = self.done.schema.get(id).clone();
        let mut renamed = HashMap::new();
        match &mut copy.kind {
            TypeKind::Array(inner) | TypeKind::Map(inner) => {
                *inner = self.through(*inner, level)?;
            }
            TypeKind::Union(branches) => {
                for branch in branches {
                    *branch = self.through(*branch, level)?;
                }
            }
            TypeKind::Record(record) => {
                record.fields.retain(|field| level.lets(&field.name));
                for field in &mut record.fields {
                    let old = field.name.clone();
                    self.change(field, level)?;
                    if field.name != old {
                        renamed.insert(old.into(), field.name.as_str().into());
                    }
                }
                check_names(&record.fields)?;
            }
            TypeKind::Null => return Ok(id),
            _ if self.holds_back && level.keeps() => {
                return Err(ViewError::Leaf(self.path.join(".")));
            }
            _ => return Ok(id),
        }
        if copy == *self.done.schema.get(id) {
            return Ok(id);
        }
        let new = self.push(copy);
        if !renamed.is_empty() {
            self.done.renamed.insert(new, renamed);
        }
        Ok(new)
    }

    fn push(&mut self, entry: Type) -> TypeId {
        let Schema {
            types, complete, ..
        } = &mut self.done.schema;
        let new = u32::try_from(types.len()).expect("a schema has fewer than 2^32 types");
        if matches!(entry.kind, TypeKind::Record(_)) {
            complete.push(TypeId(new));
        }
        types.push(entry);
        TypeId(new)
    }

    fn change(&mut self, field: &mut Field, level: &Level) -> Result<(), ViewError> {
        let Some(entry) = level.get(&field.name) else {
            return Ok(());
        };
        self.path.push(field.name.clone());
        if entry.is_masked {
            self.mask(field)?;
        } else if let Some(inside) = entry.inside() {
            let type_id = self.through(field.type_id, inside)?;
            // A default of the whole has fields that the copy may not have.
            if type_id != field.type_id && !field.default.as_ref().is_some_and(is_empty) {
                field.default = None;
            }
            field.type_id = type_id;
        }
        self.path.pop();
        if let Some(name) = &entry.name {
            field.name = name.to_string();
        }
        Ok(())
    }

    /// Makes a field a text, or a union of null and a text.
    fn mask(&mut self, field: &mut Field) -> Result<(), ViewError> {
        let original = field.type_id;
        let branches = match &self.done.schema.get(original).kind {
            TypeKind::Union(branches) => branches.clone(),
            _ => vec![original],
        };
        let kinds = branches.iter().map(|id| &self.done.schema.get(*id).kind);
        if let Some(kind) = kinds.clone().find_map(composite) {
            return Err(ViewError::Composite {
                path: self.path.join("."),
                kind,
            });
        }
        let nulls = kinds.filter(|kind| **kind == TypeKind::Null).count();
        let text = self.push(plain(TypeKind::String));
        let null = branches
            .iter()
            .position(|id| self.done.schema.get(*id).kind == TypeKind::Null);
        let masked = match null {
            None => text,
            Some(_) if nulls == branches.len() => return Ok(()),
            Some(0) => self.push(plain(TypeKind::Union(vec![branches[0], text]))),
            Some(at) => self.push(plain(TypeKind::Union(vec![text, branches[at]]))),
        };
        self.done.masked.insert(masked, original);
        field.type_id = masked;
        let key = self.done.key.as_ref();
        field.default = match (field.default.take(), key) {
            (None, _) | (_, None) => None,
            (Some(Value::Null), _) => Some(Value::Null),
            (Some(Value::String(text)), Some(key)) => Some(token(key, &text)),
            (Some(other), Some(key)) => Some(token(key, &other.to_string())),
        };
        Ok(())
    }
}

/// Whether a default has no fields.
fn is_empty(default: &Value) -> bool {
    match default {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        other => other.is_null(),
    }
}

fn token(key: &MaskKey, text: &str) -> Value {
    String::from_utf8_lossy(&key.token(text.as_bytes())).into()
}

fn plain(kind: TypeKind) -> Type {
    Type {
        kind,
        logical: None,
        props: Map::new(),
    }
}

/// What a type is, if it holds others.
const fn composite(kind: &TypeKind) -> Option<&'static str> {
    match kind {
        TypeKind::Record(_) => Some("a record"),
        TypeKind::Array(_) => Some("an array"),
        TypeKind::Map(_) => Some("a map"),
        _ => None,
    }
}

fn check_names(fields: &[Field]) -> Result<(), ViewError> {
    let mut seen = HashSet::new();
    match fields.iter().find(|field| !seen.insert(&field.name)) {
        Some(field) => Err(ViewError::Twice(field.name.clone())),
        None => Ok(()),
    }
}

/// Gives copies that are there beside their originals, or beside other copies, names of their own.
fn name_apart(schema: &mut Schema) {
    let all = reachable(schema);
    let names = all.iter().filter_map(|id| schema.get(*id).kind.name());
    let mut taken: HashSet<String> = names.map(|name| name.full().to_owned()).collect();
    let mut seen = HashSet::new();
    for id in all {
        let TypeKind::Record(record) = &mut schema.types[id.index()].kind else {
            continue;
        };
        if seen.insert(record.name.full().to_owned()) {
            continue;
        }
        let free = (2..).map(|count: u32| {
            let simple = format!("{}_{count}", record.name.simple());
            Name::new(&simple, record.name.namespace())
        });
        let mut free = free.filter(|name| !taken.contains(name.full()));
        record.name = free.next().expect("there is no end of numbers");
        taken.insert(record.name.full().to_owned());
        seen.insert(record.name.full().to_owned());
    }
}

/// The types that values can have, in the order of the schema's text.
fn reachable(schema: &Schema) -> Vec<TypeId> {
    let (mut seen, mut open) = (HashSet::new(), vec![schema.root]);
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        found.push(id);
        let from = open.len();
        match &schema.get(id).kind {
            TypeKind::Array(inner) | TypeKind::Map(inner) => open.push(*inner),
            TypeKind::Union(branches) => open.extend(branches),
            TypeKind::Record(record) => {
                open.extend(record.fields.iter().map(|field| field.type_id));
            }
            _ => {}
        }
        open[from..].reverse();
    }
    found
}
