//! Map entries that are spelled out, as the Java serde prints them: messages with an option.

use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto};

use super::ProtobufSchemaFault;

/// Refuses messages that are marked as map entries and are none: the library of descriptors counts on key and value.
pub(super) fn check(message: &DescriptorProto) -> Result<(), ProtobufSchemaFault> {
    if is_marked(message) && !is_entry(message) {
        let name = message.name();
        return Err(ProtobufSchemaFault::Text(format!(
            "message {name} is marked as a map's entry, which has a key = 1 and a value = 2 and nothing else"
        )));
    }
    message.nested_type.iter().try_for_each(check)
}

fn is_marked(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| {
        let mut written = options.uninterpreted_option.iter();
        options.map_entry()
            || written.any(|option| {
                let [part] = &option.name[..] else {
                    return false;
                };
                part.name_part == "map_entry" && option.identifier_value() == "true"
            })
    })
}

fn is_entry(message: &DescriptorProto) -> bool {
    let field = |number| {
        let mut fields = message.field.iter();
        fields.find(|field| field.number() == number && field.label() != Label::Repeated)
    };
    message.field.len() == 2 && field(1).is_some_and(is_key) && field(2).is_some_and(is_value)
}

/// The names of messages and enums are not looked up yet: their fields have no type.
fn is_key(field: &FieldDescriptorProto) -> bool {
    field.r#type.is_some()
        && !matches!(
            field.r#type(),
            Type::Double | Type::Float | Type::Bytes | Type::Message | Type::Group | Type::Enum
        )
}

fn is_value(field: &FieldDescriptorProto) -> bool {
    field.r#type.is_none() || field.r#type() != Type::Group
}
