//! Schema text to schema tree, by the rules of Avro's Java library 1.11.4.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::defaults::{self, DefaultBranch};
use super::logical;
use super::names::{MAX_NAMES, Name, Names};
use super::schema::{EnumType, Field, FixedType, RecordType, Schema, Type, TypeId, TypeKind};

mod attributes;
mod comments;
mod fault;

use attributes::{aliases, order, primitive, required_text, text};
pub use fault::{SchemaError, SchemaFault};

const RESERVED: [&str; 10] = [
    "doc",
    "fields",
    "items",
    "name",
    "namespace",
    "size",
    "symbols",
    "values",
    "type",
    "aliases",
];
const FIELD_RESERVED: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];

/// By which rules a schema text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseOptions {
    /// How strictly names are checked.
    pub names: Names,
    /// Whether a default must be a value of its field's type.
    pub check_defaults: bool,
    /// Which branch of a union that is for a union's default.
    pub default_branch: DefaultBranch,
}

impl Default for ParseOptions {
    /// As Avro's Java library: its name rule, defaults checked.
    fn default() -> Self {
        Self {
            names: Names::Java,
            check_defaults: true,
            default_branch: DefaultBranch::First,
        }
    }
}

pub(super) fn parse(text: &str, options: ParseOptions) -> Result<Schema, SchemaError> {
    let text = comments::blank(text);
    let json: Value = serde_json::from_str(&text).map_err(|error| SchemaError {
        path: String::new(),
        fault: SchemaFault::Json {
            line: error.line(),
            column: error.column(),
            why: format!("{:?}", error.classify()).to_lowercase(),
        },
    })?;
    let mut parser = Parser {
        types: Vec::new(),
        names: HashMap::new(),
        open: Vec::new(),
        complete: Vec::new(),
        path: Vec::new(),
        options,
        work_left: defaults::WORK,
        names_left: MAX_NAMES,
    };
    match parser.any(&json, None) {
        Ok(root) => Ok(Schema {
            types: parser.types,
            root,
            complete: parser.complete,
        }),
        Err(fault) => Err(SchemaError {
            path: parser.path.join("."),
            fault,
        }),
    }
}

struct Parser {
    types: Vec<Type>,
    names: HashMap<String, TypeId>,
    /// Records whose fields are being read.
    open: Vec<TypeId>,
    /// Records in the order in which their text ends.
    complete: Vec<TypeId>,
    /// Names of the records and fields being read; left as it is when an error ends the reading.
    path: Vec<String>,
    options: ParseOptions,
    /// Work left for checking defaults.
    work_left: usize,
    /// Bytes left for full names.
    names_left: usize,
}

type Parsed<T> = Result<T, SchemaFault>;

impl Parser {
    /// Reads a schema of any shape; `space` is the namespace around it.
    fn any(&mut self, json: &Value, space: Option<&str>) -> Parsed<TypeId> {
        match json {
            Value::String(name) => self.reference(name, space),
            Value::Object(attributes) => self.object(attributes, space),
            Value::Array(branches) => self.union(branches, space),
            _ => Err(SchemaFault::NotASchema),
        }
    }

    fn add(&mut self, kind: TypeKind) -> TypeId {
        let id = TypeId(
            u32::try_from(self.types.len()).expect("a schema text has fewer than 2^32 types"),
        );
        self.types.push(Type {
            kind,
            logical: None,
            props: Map::new(),
        });
        id
    }

    /// A type by its bare name: a primitive, or a named type in the namespace around or in none.
    fn reference(&mut self, name: &str, space: Option<&str>) -> Parsed<TypeId> {
        if let Some(kind) = primitive(name) {
            return Ok(self.add(kind));
        }
        let qualified = self.name(name, space)?;
        let known = self
            .names
            .get(qualified.full())
            .or_else(|| self.names.get(Name::new(name, None).full()));
        known
            .copied()
            .ok_or_else(|| SchemaFault::UnknownType(name.to_owned()))
    }

    fn name(&mut self, name: &str, space: Option<&str>) -> Parsed<Name> {
        let name = Name::new(name, space);
        let left = self.names_left.checked_sub(name.full().len());
        self.names_left = left.ok_or(SchemaFault::NamesTooLong { limit: MAX_NAMES })?;
        let names = self.options.names;
        if names.allow_simple(name.simple())
            && name
                .namespace()
                .is_none_or(|space| names.allow_namespace(space))
        {
            return Ok(name);
        }
        Err(SchemaFault::Name(name.full().to_owned()))
    }

    fn union(&mut self, branches: &[Value], space: Option<&str>) -> Parsed<TypeId> {
        let branches = branches
            .iter()
            .map(|branch| self.any(branch, space))
            .collect::<Parsed<Vec<_>>>()?;
        let id = self.add(TypeKind::Null);
        let mut seen = Vec::with_capacity(branches.len());
        for branch in &branches {
            let kind = &self.types[branch.index()].kind;
            if matches!(kind, TypeKind::Union(_)) {
                return Err(SchemaFault::NestedUnion);
            }
            seen.push(kind.name().map_or_else(|| kind.type_name(), Name::full));
        }
        seen.sort_unstable();
        if let Some(pair) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(SchemaFault::DuplicateBranch(pair[0].to_owned()));
        }
        self.types[id.index()].kind = TypeKind::Union(branches);
        Ok(id)
    }

    fn object(&mut self, attributes: &Map<String, Value>, space: Option<&str>) -> Parsed<TypeId> {
        let kind = required_text(attributes, "type")?;
        let id = match kind {
            "record" | "error" => self.record(attributes, space, kind == "error")?,
            "enum" => self.enumeration(attributes, space)?,
            "fixed" => self.fixed(attributes, space)?,
            "array" => {
                let items = attributes
                    .get("items")
                    .ok_or(SchemaFault::Attribute("items"))?;
                let items = self.any(items, space)?;
                self.add(TypeKind::Array(items))
            }
            "map" => {
                let values = attributes
                    .get("values")
                    .ok_or(SchemaFault::Attribute("values"))?;
                let values = self.any(values, space)?;
                self.add(TypeKind::Map(values))
            }
            _ => match primitive(kind) {
                Some(kind) => self.add(kind),
                None => return self.wrapped_reference(kind, space),
            },
        };
        let is_enum = kind == "enum";
        let entry = &mut self.types[id.index()];
        for (key, value) in attributes {
            if !RESERVED.contains(&key.as_str()) && (!is_enum || key != "default") {
                entry.props.insert(key.clone(), value.clone());
            }
        }
        entry.logical = logical::of(&entry.kind, &entry.props);
        Ok(id)
    }

    /// `{"type": "Name"}`: the named type itself; other attributes are lost, as in Java.
    fn wrapped_reference(&mut self, name: &str, space: Option<&str>) -> Parsed<TypeId> {
        let qualified = self.name(name, space)?;
        self.names
            .get(qualified.full())
            .copied()
            .ok_or_else(|| SchemaFault::UnknownType(name.to_owned()))
    }

    /// The name, documentation and aliases of a named type.
    fn header(&mut self, attributes: &Map<String, Value>, space: Option<&str>) -> Parsed<Header> {
        let space = text(attributes, "namespace").or(space);
        let name = self.name(required_text(attributes, "name")?, space)?;
        if primitive(name.full()).is_some() {
            return Err(SchemaFault::Primitive(name.full().to_owned()));
        }
        let doc = text(attributes, "doc").map(str::to_owned);
        let aliases = aliases(attributes)?
            .iter()
            .map(|alias| self.name(alias, name.namespace()))
            .collect::<Parsed<Vec<_>>>()?;
        Ok(Header { name, doc, aliases })
    }

    fn define(&mut self, name: &Name, id: TypeId) -> Parsed<()> {
        match self.names.insert(name.full().to_owned(), id) {
            None => Ok(()),
            Some(_) => Err(SchemaFault::Redefined(name.full().to_owned())),
        }
    }

    fn enumeration(
        &mut self,
        attributes: &Map<String, Value>,
        space: Option<&str>,
    ) -> Parsed<TypeId> {
        let Header { name, doc, aliases } = self.header(attributes, space)?;
        let Some(Value::Array(array)) = attributes.get("symbols") else {
            return Err(SchemaFault::Attribute("symbols"));
        };
        let mut symbols = Vec::with_capacity(array.len());
        let mut seen = std::collections::HashSet::new();
        for symbol in array {
            let symbol = symbol.as_str().ok_or(SchemaFault::Attribute("symbols"))?;
            if !self.options.names.allow_simple(symbol) {
                return Err(SchemaFault::Name(symbol.to_owned()));
            }
            if !seen.insert(symbol) {
                return Err(SchemaFault::DuplicateSymbol(symbol.to_owned()));
            }
            symbols.push(symbol.to_owned());
        }
        let default = text(attributes, "default").map(str::to_owned);
        if default
            .as_deref()
            .is_some_and(|default| !seen.contains(default))
        {
            return Err(SchemaFault::EnumDefault);
        }
        let id = self.add(TypeKind::Null);
        self.define(&name, id)?;
        self.types[id.index()].kind = TypeKind::Enum(EnumType {
            name,
            doc,
            aliases,
            symbols,
            default,
        });
        Ok(id)
    }

    fn fixed(&mut self, attributes: &Map<String, Value>, space: Option<&str>) -> Parsed<TypeId> {
        let Header { name, doc, aliases } = self.header(attributes, space)?;
        let size = attributes
            .get("size")
            .and_then(Value::as_u64)
            .and_then(|size| i32::try_from(size).ok())
            // Java's own limit.
            .filter(|size| *size <= i32::MAX - 8)
            .and_then(|size| usize::try_from(size).ok())
            .ok_or(SchemaFault::Attribute("size"))?;
        let id = self.add(TypeKind::Null);
        self.define(&name, id)?;
        self.types[id.index()].kind = TypeKind::Fixed(FixedType {
            name,
            doc,
            aliases,
            size,
        });
        Ok(id)
    }

    fn record(
        &mut self,
        attributes: &Map<String, Value>,
        space: Option<&str>,
        is_error: bool,
    ) -> Parsed<TypeId> {
        let Header { name, doc, aliases } = self.header(attributes, space)?;
        let namespace = name.namespace().map(str::to_owned);
        let record = RecordType {
            name: name.clone(),
            doc,
            aliases,
            fields: Vec::new(),
            is_error,
        };
        let id = self.add(TypeKind::Record(record));
        self.define(&name, id)?;
        let Some(Value::Array(array)) = attributes.get("fields") else {
            return Err(SchemaFault::Attribute("fields"));
        };
        self.open.push(id);
        self.path.push(name.full().to_owned());
        let mut fields: Vec<Field> = Vec::with_capacity(array.len());
        let mut seen = std::collections::HashSet::new();
        for field in array {
            let field = self.field(field, namespace.as_deref())?;
            if !seen.insert(field.name.clone()) {
                return Err(SchemaFault::DuplicateField(field.name));
            }
            fields.push(field);
        }
        self.path.pop();
        self.open.pop();
        self.complete.push(id);
        if let TypeKind::Record(record) = &mut self.types[id.index()].kind {
            record.fields = fields;
        }
        Ok(id)
    }

    fn field(&mut self, json: &Value, space: Option<&str>) -> Parsed<Field> {
        let Value::Object(attributes) = json else {
            return Err(SchemaFault::Attribute("fields"));
        };
        let name = required_text(attributes, "name")?.to_owned();
        self.path.push(name.clone());
        let type_id = self.any(
            attributes
                .get("type")
                .ok_or(SchemaFault::Attribute("type"))?,
            space,
        )?;
        if !self.options.names.allow_simple(&name) {
            return Err(SchemaFault::Name(name));
        }
        let order = order(attributes)?;
        let default = attributes
            .get("default")
            .map(|default| self.number_from_text(type_id, default));
        let default = default.transpose()?;
        if let Some(default) = &default
            && self.options.check_defaults
            && !self.fits(type_id, default)
        {
            return Err(SchemaFault::Default(name));
        }
        let aliases = aliases(attributes)?
            .into_iter()
            .map(str::to_owned)
            .collect();
        let props = attributes
            .iter()
            .filter(|(key, _)| !FIELD_RESERVED.contains(&key.as_str()));
        let props = props
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        self.path.pop();
        Ok(Field {
            name,
            type_id,
            doc: text(attributes, "doc").map(str::to_owned),
            default,
            order,
            aliases,
            props,
        })
    }

    fn fits(&mut self, type_id: TypeId, default: &Value) -> bool {
        let mut check = defaults::Check {
            types: &self.types,
            open: &self.open,
            branch: self.options.default_branch,
            work_left: self.work_left,
        };
        let fits = check.fits(type_id, default);
        self.work_left = check.work_left;
        fits
    }

    /// A float's default that is a text becomes the number it spells, as in Java.
    fn number_from_text(&self, type_id: TypeId, default: &Value) -> Parsed<Value> {
        match (default, &self.types[type_id.index()].kind) {
            (Value::String(text), TypeKind::Float | TypeKind::Double) => {
                defaults::java_number(text).ok_or(SchemaFault::Attribute("default"))
            }
            _ => Ok(default.clone()),
        }
    }
}

struct Header {
    name: Name,
    doc: Option<String>,
    aliases: Vec<Name>,
}
