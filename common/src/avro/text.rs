//! The schema's text as Avro's Java library prints and registers it.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use super::names::Name;
use super::schema::{EnumType, Field, FixedType, Order, RecordType, Schema, TypeId, TypeKind};
use crate::json::{java_double, write_string};

const TYPE_NAMES: [&str; 14] = [
    "record", "enum", "array", "map", "union", "fixed", "string", "bytes", "int", "long", "float",
    "double", "boolean", "null",
];

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer {
            schema: self,
            seen: HashSet::new(),
            out: Vec::new(),
        };
        writer.any(self.root_id(), None);
        f.write_str(&String::from_utf8_lossy(&writer.out))
    }
}

struct Writer<'s> {
    schema: &'s Schema,
    /// Named types that were written in full.
    seen: HashSet<TypeId>,
    out: Vec<u8>,
}

impl<'s> Writer<'s> {
    /// Writes a type; `space` is the namespace around it.
    fn any(&mut self, id: TypeId, space: Option<&str>) {
        let entry = self.schema.get(id);
        if let Some(name) = entry.kind.name()
            && !self.seen.insert(id)
        {
            self.string(qualified(name, space));
            return;
        }
        match &entry.kind {
            TypeKind::Record(record) => self.record(record, &entry.props, space),
            TypeKind::Enum(symbols) => self.enumeration(symbols, &entry.props, space),
            TypeKind::Fixed(fixed) => self.fixed(fixed, &entry.props, space),
            TypeKind::Union(branches) => {
                self.list(branches, |writer, branch| writer.any(*branch, space));
            }
            TypeKind::Array(items) => {
                self.container("array", "items", (*items, space), &entry.props);
            }
            TypeKind::Map(values) => {
                self.container("map", "values", (*values, space), &entry.props);
            }
            primitive if entry.props.is_empty() => self.string(primitive.type_name()),
            primitive => {
                self.raw("{\"type\":");
                self.string(primitive.type_name());
                self.props(&entry.props);
                self.raw("}");
            }
        }
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn string(&mut self, text: &str) {
        write_string(text, &mut self.out);
    }

    /// Writes `,"key":`.
    fn key(&mut self, key: &str) {
        self.raw(",");
        self.string(key);
        self.raw(":");
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.raw("[");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    fn container(
        &mut self,
        kind: &str,
        key: &str,
        inner: (TypeId, Option<&str>),
        props: &Map<String, Value>,
    ) {
        self.raw("{\"type\":");
        self.string(kind);
        self.key(key);
        self.any(inner.0, inner.1);
        self.props(props);
        self.raw("}");
    }

    fn header(&mut self, kind: &str, name: &Name, doc: Option<&str>, space: Option<&str>) {
        self.raw("{\"type\":");
        self.string(kind);
        self.key("name");
        self.string(name.simple());
        if name.namespace() != space {
            self.key("namespace");
            self.string(name.namespace().unwrap_or_default());
        }
        if let Some(doc) = doc {
            self.key("doc");
            self.string(doc);
        }
    }

    fn footer(&mut self, name: &Name, aliases: &[Name], props: &Map<String, Value>) {
        self.props(props);
        if !aliases.is_empty() {
            self.key("aliases");
            self.list(aliases, |writer, alias| {
                writer.string(qualified(alias, name.namespace()));
            });
        }
        self.raw("}");
    }

    fn record(&mut self, record: &'s RecordType, props: &Map<String, Value>, space: Option<&str>) {
        let kind = if record.is_error { "error" } else { "record" };
        self.header(kind, &record.name, record.doc.as_deref(), space);
        self.key("fields");
        self.list(&record.fields, |writer, field| {
            writer.field(field, record.name.namespace());
        });
        self.footer(&record.name, &record.aliases, props);
    }

    fn field(&mut self, field: &Field, space: Option<&str>) {
        self.raw("{\"name\":");
        self.string(&field.name);
        self.key("type");
        self.any(field.type_id, space);
        if let Some(doc) = &field.doc {
            self.key("doc");
            self.string(doc);
        }
        if let Some(default) = &field.default {
            self.key("default");
            value(default, &mut self.out);
        }
        match field.order {
            Order::Ascending => {}
            Order::Descending => self.raw(",\"order\":\"descending\""),
            Order::Ignore => self.raw(",\"order\":\"ignore\""),
        }
        if !field.aliases.is_empty() {
            self.key("aliases");
            self.list(&field.aliases, |writer, alias| writer.string(alias));
        }
        self.props(&field.props);
        self.raw("}");
    }

    fn enumeration(&mut self, symbols: &EnumType, props: &Map<String, Value>, space: Option<&str>) {
        self.header("enum", &symbols.name, symbols.doc.as_deref(), space);
        self.key("symbols");
        self.list(&symbols.symbols, |writer, symbol| writer.string(symbol));
        if let Some(default) = &symbols.default {
            self.key("default");
            self.string(default);
        }
        self.footer(&symbols.name, &symbols.aliases, props);
    }

    fn fixed(&mut self, fixed: &FixedType, props: &Map<String, Value>, space: Option<&str>) {
        self.header("fixed", &fixed.name, fixed.doc.as_deref(), space);
        self.key("size");
        self.raw(&fixed.size.to_string());
        self.footer(&fixed.name, &fixed.aliases, props);
    }

    fn props(&mut self, props: &Map<String, Value>) {
        for (key, prop) in props {
            self.key(key);
            value(prop, &mut self.out);
        }
    }
}

/// The shortest name that is sure to mean the type.
fn qualified<'n>(name: &'n Name, space: Option<&str>) -> &'n str {
    if name.namespace().is_some()
        && name.namespace() == space
        && !TYPE_NAMES.contains(&name.simple())
    {
        name.simple()
    } else {
        name.full()
    }
}

/// Writes JSON as Jackson does.
fn value(json: &Value, out: &mut Vec<u8>) {
    match json {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => out.extend_from_slice(java_double(float).as_bytes()),
            None => out.extend_from_slice(number.to_string().as_bytes()),
        },
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                value(item, out);
            }
            out.push(b']');
        }
        Value::Object(entries) => {
            out.push(b'{');
            for (at, (key, entry)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                value(entry, out);
            }
            out.push(b'}');
        }
    }
}
