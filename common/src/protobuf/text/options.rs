//! The options that the Java serde keeps, in its order, as `name = value`.

use prost_reflect::prost_types::field_options::{CType, JsType};
use prost_reflect::prost_types::file_options::OptimizeMode;
use prost_reflect::prost_types::method_options::IdempotencyLevel;
use prost_reflect::prost_types::{
    EnumOptions, FieldDescriptorProto, FileOptions, MessageOptions, MethodOptions, ServiceOptions,
    field_descriptor_proto::Type,
};
use prost_reflect::{FieldDescriptor, ReflectMessage, Value};

/// The options of one place.
#[derive(Default)]
struct Options(Vec<String>);

impl Options {
    /// A text, which Java prints without escapes.
    fn text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.0.push(format!("{name} = \"{value}\""));
        }
    }

    fn word(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push(format!("{name} = {value}"));
        }
    }

    fn flag(&mut self, name: &str, value: Option<bool>) {
        self.word(
            name,
            value.map(|value| if value { "true" } else { "false" }),
        );
    }
}

pub(super) fn of_file(file: &FileOptions) -> Vec<String> {
    let mut options = Options::default();
    options.text("java_package", file.java_package.as_ref());
    options.text("java_outer_classname", file.java_outer_classname.as_ref());
    options.flag("java_multiple_files", file.java_multiple_files);
    options.flag("java_generic_services", file.java_generic_services);
    options.flag("java_string_check_utf8", file.java_string_check_utf8);
    options.flag("cc_generic_services", file.cc_generic_services);
    options.flag("cc_enable_arenas", file.cc_enable_arenas);
    options.text("csharp_namespace", file.csharp_namespace.as_ref());
    options.text("go_package", file.go_package.as_ref());
    options.text("objc_class_prefix", file.objc_class_prefix.as_ref());
    options.text("php_class_prefix", file.php_class_prefix.as_ref());
    options.flag("php_generic_services", file.php_generic_services);
    options.text(
        "php_metadata_namespace",
        file.php_metadata_namespace.as_ref(),
    );
    options.text("php_namespace", file.php_namespace.as_ref());
    options.flag("py_generic_services", file.py_generic_services);
    options.text("ruby_package", file.ruby_package.as_ref());
    options.text("swift_prefix", file.swift_prefix.as_ref());
    let mode = file
        .optimize_for
        .and_then(|mode| OptimizeMode::try_from(mode).ok());
    options.word("optimize_for", mode.map(|mode| mode.as_str_name()));
    options.0
}

pub(super) fn of_message(message: &MessageOptions) -> Vec<String> {
    let mut options = Options::default();
    options.flag("map_entry", message.map_entry);
    options.flag(
        "no_standard_descriptor_accessor",
        message.no_standard_descriptor_accessor,
    );
    options.0
}

pub(super) fn of_enum(enumeration: &EnumOptions) -> Vec<String> {
    let mut options = Options::default();
    options.flag("allow_alias", enumeration.allow_alias);
    options.0
}

pub(super) fn of_service(service: &ServiceOptions) -> Vec<String> {
    let mut options = Options::default();
    options.flag("deprecated", service.deprecated);
    options.0
}

pub(super) fn of_method(method: &MethodOptions) -> Vec<String> {
    let mut options = Options::default();
    options.flag("deprecated", method.deprecated);
    let level = method
        .idempotency_level
        .and_then(|level| IdempotencyLevel::try_from(level).ok());
    options.word("idempotency_level", level.map(|level| level.as_str_name()));
    options.0
}

pub(super) fn of_field(
    proto: &FieldDescriptorProto,
    field: Option<&FieldDescriptor>,
) -> Vec<String> {
    let mut options = Options::default();
    let own = proto.options.as_ref();
    options.flag("packed", own.and_then(|own| own.packed));
    options.text("json_name", json_name(proto));
    options.flag("deprecated", own.and_then(|own| own.deprecated));
    let kind = own
        .and_then(|own| own.ctype)
        .and_then(|kind| CType::try_from(kind).ok());
    options.word("ctype", kind.map(|kind| kind.as_str_name()));
    let kind = own
        .and_then(|own| own.jstype)
        .and_then(|kind| JsType::try_from(kind).ok());
    options.word("jstype", kind.map(|kind| kind.as_str_name()));
    for name in ["metadata.metadata_key", "metadata.metadata_value"] {
        options.text(
            name,
            field.and_then(|field| extension(field, name)).as_ref(),
        );
    }
    match proto.r#type {
        Some(kind) if kind == i32::from(Type::String) => {
            options.text("default", proto.default_value.as_ref());
        }
        _ => options.word("default", proto.default_value.as_deref()),
    }
    options.0
}

/// The field's JSON name, if it is not the one that it would have anyway.
pub(super) fn json_name(proto: &FieldDescriptorProto) -> Option<&String> {
    let name = proto.json_name.as_ref()?;
    (*name != default_json_name(proto.name())).then_some(name)
}

fn default_json_name(name: &str) -> String {
    let mut parts = name.split('_');
    let mut json = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut characters = part.chars();
        json.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        json.push_str(characters.as_str());
    }
    json
}

/// The text of one of the field's options that another file declares.
fn extension(field: &FieldDescriptor, name: &str) -> Option<String> {
    let extension = field
        .parent_message()
        .parent_pool()
        .get_extension_by_name(name)?;
    let options = field.options();
    // The pool may have another message of the options' name.
    if extension.containing_message() != options.descriptor() || !options.has_extension(&extension)
    {
        return None;
    }
    match options.get_extension(&extension).as_ref() {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
