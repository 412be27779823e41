//! Schema to plan.

use std::collections::HashMap;
use std::sync::Arc;

use super::{
    Branch, Enum, Field, FieldDefault, Node, NodeId, Plan, Record, Resolved, Tag, Token, Union,
    defaults,
};
use crate::avro::SchemaError;
use crate::avro::logical::decimal;
use crate::avro::logical::time::Unit;
use crate::avro::schema::{EnumType, Logical, RecordType, Schema, Type, TypeId, TypeKind};
use crate::bytes::Piece;
use crate::json::write_string;
use crate::limits::Limits;

pub(super) fn compile(schema: &Schema, limits: Limits) -> Result<Plan, SchemaError> {
    let mut plan = Plan {
        nodes: Vec::with_capacity(schema.types.len()),
        root: NodeId(schema.root.0),
        entry: NodeId(schema.root.0),
        records: Vec::new(),
        enums: Vec::new(),
        unions: Vec::new(),
        resolved: Resolved::default(),
        limits,
    };
    let mut tags = Tags {
        schema,
        made: HashMap::new(),
    };
    for entry in &schema.types {
        let node = plan.compile_type(&mut tags, entry);
        plan.nodes.push(node);
    }
    for index in 0..plan.unions.len() {
        plan.unions[index].by_token = plan.branches_by_token(&plan.unions[index]);
    }
    defaults::compile(schema, &mut plan)?;
    Ok(plan)
}

impl Plan {
    fn compile_type(&mut self, tags: &mut Tags<'_>, entry: &Type) -> Node {
        match &entry.kind {
            TypeKind::Null => Node::Null,
            TypeKind::Boolean => Node::Boolean,
            TypeKind::Float => Node::Float,
            TypeKind::Double => Node::Double,
            TypeKind::Array(items) => Node::Array(NodeId(items.0)),
            TypeKind::Map(values) => Node::Map(NodeId(values.0)),
            TypeKind::Int | TypeKind::Long => number(entry),
            TypeKind::Bytes => match entry.logical {
                Some(Logical::Decimal { precision, scale }) => {
                    Node::DecimalBytes { precision, scale }
                }
                _ => Node::Bytes,
            },
            // The text of a uuid is the text of the string.
            TypeKind::String => Node::String,
            TypeKind::Fixed(fixed) => sized(fixed.size, entry.logical),
            TypeKind::Record(record) => {
                self.records.push(record_of(record));
                Node::Record(last_index(&self.records))
            }
            TypeKind::Enum(symbols) => {
                self.enums.push(enum_of(symbols));
                Node::Enum(last_index(&self.enums))
            }
            TypeKind::Union(branches) => {
                self.unions.push(union_of(tags, branches));
                Node::Union(last_index(&self.unions))
            }
        }
    }

    /// Lists, for each type of JSON value, the branches that may take it.
    fn branches_by_token(&self, union: &Union) -> [Vec<usize>; Token::COUNT] {
        let mut lists: [Vec<usize>; Token::COUNT] = Default::default();
        for (index, branch) in union.branches.iter().enumerate() {
            for token in tokens(self.node(branch.node)) {
                lists[*token as usize].push(index);
            }
        }
        lists
    }
}

fn last_index<T>(table: &[T]) -> u32 {
    u32::try_from(table.len() - 1).expect("a schema has fewer than 2^32 types")
}

fn number(entry: &Type) -> Node {
    let timestamp = |unit, utc| Node::Timestamp { unit, utc };
    match entry.logical {
        Some(Logical::Date) => Node::Date,
        Some(Logical::TimeMillis) => Node::TimeMillis,
        Some(Logical::TimeMicros) => Node::TimeMicros,
        Some(Logical::TimestampMillis) => timestamp(Unit::Millis, true),
        Some(Logical::TimestampMicros) => timestamp(Unit::Micros, true),
        Some(Logical::TimestampNanos) => timestamp(Unit::Nanos, true),
        Some(Logical::LocalTimestampMillis) => timestamp(Unit::Millis, false),
        Some(Logical::LocalTimestampMicros) => timestamp(Unit::Micros, false),
        Some(Logical::LocalTimestampNanos) => timestamp(Unit::Nanos, false),
        _ if entry.kind == TypeKind::Int => Node::Int,
        _ => Node::Long,
    }
}

fn sized(size: usize, logical: Option<Logical>) -> Node {
    let size = u32::try_from(size).expect("a fixed is at most 2^31 bytes long");
    match logical {
        Some(Logical::Decimal { precision, scale }) if precision <= decimal::MAX_PRECISION => {
            Node::DecimalFixed {
                size,
                precision: u16::try_from(precision).unwrap_or(u16::MAX),
                scale: u16::try_from(scale).unwrap_or(u16::MAX),
            }
        }
        Some(Logical::Uuid) => Node::UuidFixed,
        Some(Logical::Duration) => Node::Duration,
        _ => Node::Fixed { size },
    }
}

fn record_of(record: &RecordType) -> Record {
    let fields = record
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| Field {
            name: field.name.as_str().into(),
            node: NodeId(field.type_id.0),
            quoted: quoted(b"", &field.name, b"").into(),
            opening: Piece::new(quoted(
                if index == 0 { b"{" } else { b"," },
                &field.name,
                b":",
            )),
            default: FieldDefault::None,
        });
    Record {
        simple_name: record.name.simple().into(),
        fields: fields.collect(),
        by_name: record
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| (field.name.as_str().into(), index))
            .collect(),
    }
}

fn enum_of(symbols: &EnumType) -> Enum {
    Enum {
        symbols: symbols
            .symbols
            .iter()
            .map(|symbol| symbol.as_str().into())
            .collect(),
        quoted: symbols
            .symbols
            .iter()
            .map(|symbol| Piece::new(quoted(b"", symbol, b"")))
            .collect(),
        by_name: symbols
            .symbols
            .iter()
            .enumerate()
            .map(|(index, symbol)| (symbol.as_str().into(), index))
            .collect(),
    }
}

fn union_of(tags: &mut Tags<'_>, branches: &[TypeId]) -> Union {
    let is_null = |id: &TypeId| tags.schema.get(*id).kind == TypeKind::Null;
    let null = branches.iter().position(is_null);
    let branches = branches.iter().enumerate().map(|(at, id)| Branch {
        node: NodeId(id.0),
        at,
        tag: tags.of(*id),
    });
    Union {
        branches: branches.collect(),
        by_token: Default::default(),
        null,
    }
}

/// The tags of the types that are branches, one a type.
struct Tags<'s> {
    schema: &'s Schema,
    made: HashMap<TypeId, Arc<Tag>>,
}

impl Tags<'_> {
    fn of(&mut self, id: TypeId) -> Arc<Tag> {
        let name = self.schema.type_name(id);
        let tag = self.made.entry(id).or_insert_with(|| {
            Arc::new(Tag {
                name: name.into(),
                opening: Piece::new(quoted(b"{", name, b":")),
            })
        });
        Arc::clone(tag)
    }
}

fn quoted(before: &[u8], name: &str, behind: &[u8]) -> Vec<u8> {
    let mut text = before.to_vec();
    write_string(name, &mut text);
    text.extend_from_slice(behind);
    text
}

/// The types of JSON value that a node takes in plain form.
const fn tokens(node: Node) -> &'static [Token] {
    match node {
        Node::Null => &[Token::Null],
        Node::Boolean => &[Token::Boolean],
        Node::Int | Node::Long => &[Token::Number],
        Node::Date
        | Node::TimeMillis
        | Node::TimeMicros
        | Node::Timestamp { .. }
        | Node::Float
        | Node::Double
        | Node::DecimalBytes { .. }
        | Node::DecimalFixed { .. } => &[Token::Number, Token::String],
        Node::Bytes
        | Node::String
        | Node::Fixed { .. }
        | Node::UuidFixed
        | Node::Duration
        | Node::Enum(_) => &[Token::String],
        Node::Array(_) => &[Token::Array],
        Node::Map(_) | Node::Record(_) => &[Token::Object],
        // No union holds a union, and the schema's own types hold nothing of another's.
        Node::Union(_) | Node::Adjust(_) => &[],
    }
}
