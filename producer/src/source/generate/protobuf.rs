//! Plans of Protobuf messages, in the proto3 JSON mapping.

use prost_reflect::{
    Cardinality, EnumValueDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor,
};

use super::build::{BuildError, Builder, Scope, Wishes, named};
use super::leaf::Leaf;
use super::plan::{Member, NodeId, Plan};
use super::value::{BytesForm, SpanForm};
use super::whole::Form;

type Protobuf<'a> = Builder<'a, String>;

/// What makes records of the message.
pub(super) fn plan(message: &MessageDescriptor, wishes: Wishes<'_>) -> Result<Plan, BuildError> {
    let mut builder = Builder::new(wishes);
    let top = builder.top();
    let root = build(&mut builder, message, &top);
    builder.finish(root)
}

fn build(builder: &mut Protobuf<'_>, message: &MessageDescriptor, scope: &Scope) -> NodeId {
    let key = message.full_name().to_owned();
    builder.part(key, scope, |builder, scope| match known(message) {
        Known::Leaf(leaf) => builder.leaf(&leaf, scope),
        Known::Map => builder.list(Some("key_"), (0, u32::MAX), scope, |builder, scope| {
            builder.leaf(&Leaf::text(), scope)
        }),
        Known::List => builder.list(None, (0, u32::MAX), scope, |builder, scope| {
            builder.leaf(&Leaf::text(), scope)
        }),
        Known::Empty => builder.object(Vec::new(), scope, &[]),
        Known::Not => object(builder, message, scope),
    })
}

/// A message with a JSON form of its own.
enum Known {
    Leaf(Leaf),
    Map,
    List,
    Empty,
    Not,
}

fn known(message: &MessageDescriptor) -> Known {
    let Some(name) = message.full_name().strip_prefix("google.protobuf.") else {
        return Known::Not;
    };
    Known::Leaf(match name {
        "Timestamp" => Leaf::of(Form::Instant(9)),
        "Duration" => Leaf::Span(SpanForm::Seconds),
        "Value" => Leaf::text(),
        "FieldMask" => Leaf::symbols([""]),
        "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value"
        | "UInt32Value" | "BoolValue" | "StringValue" | "BytesValue" => {
            let wrapped = message.get_field(1).map(|field| field.kind());
            return wrapped
                .and_then(|kind| leaf(&kind))
                .map_or(Known::Not, Known::Leaf);
        }
        "Struct" => return Known::Map,
        "ListValue" => return Known::List,
        // An Any of nothing: which messages it could hold, the schema does not say.
        "Any" | "Empty" => return Known::Empty,
        _ => return Known::Not,
    })
}

fn object(builder: &mut Protobuf<'_>, message: &MessageDescriptor, scope: &Scope) -> NodeId {
    let mut members = Vec::new();
    let alone = |field: &FieldDescriptor| {
        field
            .containing_oneof()
            .is_none_or(|oneof| oneof.is_synthetic())
    };
    for field in message.fields().filter(alone) {
        members.push(member(builder, &field, scope));
    }
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        members.push(one_of(builder, &oneof, scope));
    }
    let fields: Vec<FieldDescriptor> = message.fields().collect();
    let mut names: Vec<&str> = fields
        .iter()
        .flat_map(|field| [field.name(), field.json_name()])
        .collect();
    names.dedup();
    builder.object(members, scope, &names)
}

fn member(builder: &mut Protobuf<'_>, field: &FieldDescriptor, scope: &Scope) -> Member {
    let names = [field.name(), field.json_name()];
    let own = builder.member(scope, &names);
    let is_needed = field.cardinality() == Cardinality::Required
        || field.is_list()
        || field.is_map()
        || !field.supports_presence();
    let (is_needed, share, inner) = if is_needed {
        (true, 1.0, own)
    } else {
        builder.optional(scope, &names, &own)
    };
    let node = value(builder, field, &inner);
    Member {
        is_needed,
        share,
        choices: vec![(named(field.json_name()), node)],
    }
}

/// One of the fields, or none; where a rule is about one of them, all are still possible.
fn one_of(builder: &mut Protobuf<'_>, oneof: &OneofDescriptor, scope: &Scope) -> Member {
    let (absent, _) = builder.absence(&Scope::default());
    let mut choices = Vec::new();
    let mut is_key = false;
    for field in oneof.fields() {
        let names = [field.name(), field.json_name()];
        let own = builder.member(scope, &names);
        let choice = (named(field.json_name()), value(builder, &field, &own));
        if builder.is_key(scope, &names) {
            choices = vec![choice];
            is_key = true;
        } else if !is_key {
            choices.push(choice);
        }
    }
    Member {
        is_needed: is_key,
        share: 1.0 - absent,
        choices,
    }
}

fn value(builder: &mut Protobuf<'_>, field: &FieldDescriptor, scope: &Scope) -> NodeId {
    if field.is_map() {
        return map(builder, field, scope);
    }
    if field.is_list() {
        return builder.list(None, (0, u32::MAX), scope, |builder, scope| {
            single(builder, &field.kind(), scope)
        });
    }
    single(builder, &field.kind(), scope)
}

/// Keys are texts or numbers; a map with keys of two values stays empty.
fn map(builder: &mut Protobuf<'_>, field: &FieldDescriptor, scope: &Scope) -> NodeId {
    let Kind::Message(entry) = field.kind() else {
        return builder.refuse("a map has no entries");
    };
    let (keys, most) = match entry.map_entry_key_field().kind() {
        Kind::String => ("key_", u32::MAX),
        Kind::Bool => ("", 0),
        _ => ("", u32::MAX),
    };
    let value = entry.map_entry_value_field().kind();
    builder.list(Some(keys), (0, most), scope, |builder, scope| {
        single(builder, &value, scope)
    })
}

fn single(builder: &mut Protobuf<'_>, kind: &Kind, scope: &Scope) -> NodeId {
    match (kind, leaf(kind)) {
        (Kind::Message(message), _) => build(builder, message, scope),
        (_, Some(leaf)) => builder.leaf(&leaf, scope),
        (_, None) => builder.refuse("an enum has no values"),
    }
}

fn leaf(kind: &Kind) -> Option<Leaf> {
    Some(match kind {
        Kind::Double => Leaf::Float {
            low: f64::MIN,
            high: f64::MAX,
        },
        Kind::Float => Leaf::Float {
            low: f32::MIN.into(),
            high: f32::MAX.into(),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Leaf::whole(i32::MIN.into(), i32::MAX.into())
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Leaf::whole(i64::MIN, i64::MAX),
        Kind::Uint32 | Kind::Fixed32 => Leaf::whole(0, u32::MAX.into()),
        Kind::Uint64 | Kind::Fixed64 => Leaf::whole(0, i64::MAX),
        Kind::Bool => Leaf::boolean(),
        Kind::String => Leaf::text(),
        Kind::Bytes => Leaf::Bytes {
            low: 0,
            high: u32::MAX,
            form: BytesForm::Base64,
        },
        Kind::Enum(found) if found.full_name() == "google.protobuf.NullValue" => {
            Leaf::Constants(vec![(*b"null").into()])
        }
        Kind::Enum(found) => {
            let values: Vec<_> = found.values().collect();
            if values.is_empty() {
                return None;
            }
            Leaf::symbols(values.iter().map(EnumValueDescriptor::name))
        }
        Kind::Message(_) => return None,
    })
}
