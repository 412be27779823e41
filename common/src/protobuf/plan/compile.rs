//! Descriptors to a plan.

use std::collections::HashMap;

use prost_reflect::prost_types::EnumValueDescriptorProto;
use prost_reflect::{
    Cardinality, DescriptorPool, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, Syntax,
};

use super::{Enum, Field, Form, Message, Node, Plan, Shape, Shown};
use crate::bytes::Piece;
use crate::json::write_string;

impl Plan {
    /// Compiles all messages of a pool; those in `index` are the schema's own.
    pub(in crate::protobuf) fn compile(pool: &DescriptorPool, index: &[MessageDescriptor]) -> Self {
        let mut messages: Vec<_> = pool.all_messages().collect();
        if pool.get_message_by_name(ANY).is_some() {
            // What an `Any` holds need not be imported.
            messages.extend(
                well_known()
                    .filter(|message| pool.get_message_by_name(message.full_name()).is_none()),
            );
        }
        let mut compiler = Compiler {
            ids: HashMap::default(),
            enums: Vec::new(),
            enum_ids: HashMap::new(),
        };
        for (id, message) in (0..).zip(&messages) {
            compiler.ids.insert(message.full_name().into(), id);
        }
        let mut plans = Vec::with_capacity(messages.len());
        plans.extend(messages.iter().map(|message| compiler.message(message)));
        let by_index = index.iter().map(|message| compiler.id(message)).collect();
        Self {
            has_required: plans.iter().any(|message| message.required > 0),
            messages: plans,
            enums: compiler.enums,
            by_name: compiler.ids,
            by_index,
            key: None,
        }
    }
}

const ANY: &str = "google.protobuf.Any";

/// The messages that have a JSON form of their own.
fn well_known() -> impl Iterator<Item = MessageDescriptor> {
    let pool = DescriptorPool::global();
    let names = [
        "Duration",
        "Timestamp",
        "FieldMask",
        "Empty",
        "Struct",
        "Struct.FieldsEntry",
        "Value",
        "ListValue",
        "DoubleValue",
        "FloatValue",
        "Int64Value",
        "UInt64Value",
        "Int32Value",
        "UInt32Value",
        "BoolValue",
        "StringValue",
        "BytesValue",
    ];
    names
        .into_iter()
        .filter_map(move |name| pool.get_message_by_name(&format!("google.protobuf.{name}")))
}

struct Compiler {
    ids: HashMap<Box<str>, u32, foldhash::fast::RandomState>,
    enums: Vec<Enum>,
    enum_ids: HashMap<String, u32>,
}

/// What fields of messages and extensions have in common.
struct Source {
    number: u32,
    name: String,
    json_name: String,
    kind: Kind,
    cardinality: Cardinality,
    occurs: Occurs,
    oneof: u32,
    closed: bool,
}

/// How a field occurs.
enum Occurs {
    Once { implicit: bool },
    Often { packed: bool },
    AsMap,
}

impl Occurs {
    fn of(cardinality: Cardinality, is_map: bool, packed: bool, has_presence: bool) -> Self {
        match cardinality {
            _ if is_map => Self::AsMap,
            Cardinality::Repeated => Self::Often { packed },
            _ => Self::Once {
                implicit: !has_presence,
            },
        }
    }
}

impl Source {
    fn of(field: &FieldDescriptor, oneof: u32) -> Self {
        let (cardinality, has_presence) = (field.cardinality(), field.supports_presence());
        Self {
            number: field.number(),
            name: field.name().to_owned(),
            json_name: field.json_name().to_owned(),
            kind: field.kind(),
            cardinality,
            occurs: Occurs::of(cardinality, field.is_map(), field.is_packed(), has_presence),
            oneof,
            closed: field.parent_message().parent_file().syntax() == Syntax::Proto2,
        }
    }

    fn of_extension(field: &ExtensionDescriptor) -> Self {
        let (cardinality, has_presence) = (field.cardinality(), field.supports_presence());
        Self {
            number: field.number(),
            name: format!("[{}]", field.full_name()),
            json_name: field.json_name().to_owned(),
            kind: field.kind(),
            cardinality,
            occurs: Occurs::of(cardinality, field.is_map(), field.is_packed(), has_presence),
            oneof: 0,
            closed: field.parent_file().syntax() == Syntax::Proto2,
        }
    }
}

impl Compiler {
    fn id(&self, message: &MessageDescriptor) -> u32 {
        let id = self.ids.get(message.full_name());
        *id.expect("a field's type is in its pool, or one of the well-known types")
    }

    fn message(&mut self, message: &MessageDescriptor) -> Message {
        let mut oneofs = HashMap::new();
        for (at, oneof) in (1..).zip(message.oneofs()) {
            for field in oneof.fields() {
                oneofs.insert(field.number(), at);
            }
        }
        let own = message.fields().map(|field| {
            let oneof = oneofs.get(&field.number()).copied();
            Source::of(&field, oneof.unwrap_or_default())
        });
        let extensions = message.extensions();
        let sources = own.chain(extensions.map(|field| Source::of_extension(&field)));
        let mut sources: Vec<_> = sources.collect();
        sources.sort_by_key(|field| field.number);
        let fields: Vec<_> = sources.iter().map(|source| self.field(source)).collect();
        let mut by_name = HashMap::default();
        // A field's JSON name wins over another's name in the schema.
        for (at, source) in sources.iter().enumerate() {
            by_name.entry(source.name.as_str().into()).or_insert(at);
        }
        for (at, source) in sources.iter().enumerate() {
            by_name.insert(source.json_name.as_str().into(), at);
        }
        Message {
            form: form(message, &fields),
            required: fields.iter().filter(|field| field.required).count(),
            fields,
            by_name,
        }
    }

    fn field(&mut self, source: &Source) -> Field {
        let (kind, shape) = match (&source.kind, &source.occurs) {
            (Kind::Message(entry), Occurs::AsMap) => {
                let key = self.node(&entry.map_entry_key_field().kind());
                (entry.map_entry_value_field().kind(), Shape::Map { key })
            }
            (kind, Occurs::Once { implicit }) => {
                let implicit = *implicit;
                (kind.clone(), Shape::One { implicit })
            }
            (kind, occurs) => {
                let packed = matches!(occurs, Occurs::Often { packed: true });
                (kind.clone(), Shape::Many { packed })
            }
        };
        let mut quoted = Vec::new();
        write_string(&source.json_name, &mut quoted);
        let opening = [&quoted[..], b":"].concat();
        Field {
            number: source.number,
            name: source.name.as_str().into(),
            json_name: source.json_name.as_str().into(),
            quoted: quoted.into(),
            opening: Piece::new(opening),
            node: self.node(&kind),
            shape,
            oneof: source.oneof,
            required: source.cardinality == Cardinality::Required,
            closed: source.closed,
            shown: Shown::Whole,
        }
    }

    fn node(&mut self, kind: &Kind) -> Node {
        match kind {
            Kind::Double => Node::Double,
            Kind::Float => Node::Float,
            Kind::Int32 => Node::Int32,
            Kind::Int64 => Node::Int64,
            Kind::Uint32 => Node::Uint32,
            Kind::Uint64 => Node::Uint64,
            Kind::Sint32 => Node::Sint32,
            Kind::Sint64 => Node::Sint64,
            Kind::Fixed32 => Node::Fixed32,
            Kind::Fixed64 => Node::Fixed64,
            Kind::Sfixed32 => Node::Sfixed32,
            Kind::Sfixed64 => Node::Sfixed64,
            Kind::Bool => Node::Bool,
            Kind::String => Node::String,
            Kind::Bytes => Node::Bytes,
            Kind::Message(message) => Node::Message(self.id(message)),
            Kind::Enum(enumeration) => Node::Enum(self.enumeration(enumeration)),
        }
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptor) -> u32 {
        if let Some(id) = self.enum_ids.get(enumeration.full_name()) {
            return *id;
        }
        // Not the descriptor's own list, which has another order.
        let values = &enumeration.enum_descriptor_proto().value;
        let mut symbols: Vec<_> = values
            .iter()
            .map(|value| (value.number(), value.name()))
            .collect();
        symbols.sort_by_key(|(number, _)| *number);
        symbols.dedup_by_key(|(number, _)| *number);
        let quoted = |name: &str| Piece::new(format!("\"{name}\"").into_bytes());
        let id = u32::try_from(self.enums.len()).unwrap_or(u32::MAX);
        self.enums.push(Enum {
            symbols: symbols
                .into_iter()
                .map(|(number, name)| (number, quoted(name)))
                .collect(),
            by_name: values
                .iter()
                .map(|value| (value.name().into(), value.number()))
                .collect(),
            default: values.first().map_or(0, EnumValueDescriptorProto::number),
            is_null: enumeration.full_name() == "google.protobuf.NullValue",
        });
        self.enum_ids.insert(enumeration.full_name().to_owned(), id);
        id
    }
}

/// The message's JSON form: that of a well-known type only if it has that type's name and fields.
fn form(message: &MessageDescriptor, fields: &[Field]) -> Form {
    let form = match message.full_name().strip_prefix("google.protobuf.") {
        Some("Timestamp") => Form::Timestamp,
        Some("Duration") => Form::Duration,
        Some("Any") => Form::Any,
        Some("FieldMask") => Form::FieldMask,
        Some("ListValue") => Form::ListValue,
        Some("Struct") => Form::Struct,
        Some("Value") => Form::Value,
        Some(name) => wrapped(name).map_or(Form::Fields, Form::Wrapper),
        None => Form::Fields,
    };
    if fits(form, fields) {
        form
    } else {
        Form::Fields
    }
}

/// The type of what a wrapper holds.
fn wrapped(name: &str) -> Option<Node> {
    Some(match name {
        "DoubleValue" => Node::Double,
        "FloatValue" => Node::Float,
        "Int64Value" => Node::Int64,
        "UInt64Value" => Node::Uint64,
        "Int32Value" => Node::Int32,
        "UInt32Value" => Node::Uint32,
        "BoolValue" => Node::Bool,
        "StringValue" => Node::String,
        "BytesValue" => Node::Bytes,
        _ => return None,
    })
}

/// Whether these are the fields of the messages that have this form.
fn fits(form: Form, fields: &[Field]) -> bool {
    let in_order = fields
        .iter()
        .zip(1..)
        .all(|(field, number)| field.number == number);
    let is_one =
        |field: &Field, node: Node| matches!(field.shape, Shape::One { .. }) && field.node == node;
    let is_many = |field: &Field| matches!(field.shape, Shape::Many { .. });
    let is_message = |field: &Field| matches!(field.node, Node::Message(_));
    in_order
        && match (form, fields) {
            (Form::Timestamp | Form::Duration, [seconds, nanos]) => {
                is_one(seconds, Node::Int64) && is_one(nanos, Node::Int32)
            }
            (Form::Any, [url, value]) => is_one(url, Node::String) && is_one(value, Node::Bytes),
            (Form::FieldMask, [paths]) => is_many(paths) && paths.node == Node::String,
            (Form::ListValue, [values]) => is_many(values) && is_message(values),
            (Form::Struct, [fields]) => {
                fields.shape == Shape::Map { key: Node::String } && is_message(fields)
            }
            (Form::Value, [null, number, string, boolean, structure, list]) => {
                matches!(null.node, Node::Enum(_))
                    && is_one(number, Node::Double)
                    && is_one(string, Node::String)
                    && is_one(boolean, Node::Bool)
                    && [null, structure, list]
                        .iter()
                        .all(|field| is_one(field, field.node))
                    && is_message(structure)
                    && is_message(list)
            }
            (Form::Wrapper(node), [value]) => is_one(value, node),
            _ => false,
        }
}
