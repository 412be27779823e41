//! Descriptors to the very text that the Java serde registers for them.

use std::fmt::Write;

use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    MethodDescriptorProto, ServiceDescriptorProto,
};
use prost_reflect::{FieldDescriptor, FileDescriptor, MessageDescriptor};

mod options;
mod warning;

pub use warning::TextWarning;

/// The last number that a field can have.
const LAST_NUMBER: i32 = 536_870_911;

/// A schema text as the Java serde registers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaText {
    /// The text.
    pub text: String,
    /// What consumers that use the Java serde will get wrong; empty most of the time.
    pub warnings: Vec<TextWarning>,
}

/// Prints a file as the Java serde does, byte for byte.
///
/// What that text leaves out is lost: comments, custom options, extensions, groups' own encoding.
///
/// ```
/// use common::limits::Limits;
/// use common::protobuf::{ProtobufSchema, print};
///
/// let schema = ProtobufSchema::compile(
///     "syntax = \"proto3\"; package shop; message Order { string id = 1; Kind kind = 2; } enum Kind { NONE = 0; }",
///     Limits::default(),
/// )?;
/// let printed = print(schema.file());
/// assert_eq!(printed.text, "syntax = \"proto3\";\n\npackage shop;\n\nmessage Order {\n  string id = 1;\n\n  \
///     .shop.Kind kind = 2;\n}\n\nenum Kind {\n  NONE = 0;\n}\n");
/// assert!(printed.warnings.is_empty());
/// # Ok::<(), common::protobuf::ProtobufSchemaError>(())
/// ```
pub fn print(file: &FileDescriptor) -> SchemaText {
    let proto = file.file_descriptor_proto();
    let printer = Printer {
        proto3: proto.syntax() == "proto3",
    };
    let mut text = head(proto);
    for message in file.messages() {
        text.push('\n');
        text.push_str(&printer.message(&message));
    }
    for enumeration in &proto.enum_type {
        text.push('\n');
        text.push_str(&enumeration_text(enumeration));
    }
    for service in &proto.service {
        text.push('\n');
        text.push_str(&service_text(service));
    }
    SchemaText {
        text: text.strip_prefix('\n').unwrap_or_default().to_owned(),
        warnings: warning::of(file),
    }
}

/// All up to the first type, each block behind an empty line.
fn head(file: &FileDescriptorProto) -> String {
    let mut text = String::new();
    if matches!(file.syntax(), "proto2" | "proto3") {
        line(&mut text, format_args!("\nsyntax = \"{}\";", file.syntax()));
    }
    if !file.package().is_empty() {
        line(&mut text, format_args!("\npackage {};", file.package()));
    }
    let is_public = |at: usize| {
        file.public_dependency
            .iter()
            .any(|public| usize::try_from(*public) == Ok(at))
    };
    if !file.dependency.is_empty() {
        text.push('\n');
    }
    for (public, keyword) in [(false, "import"), (true, "import public")] {
        for (at, name) in file.dependency.iter().enumerate() {
            if is_public(at) == public {
                line(&mut text, format_args!("{keyword} \"{name}\";"));
            }
        }
    }
    let options = options_text(file.options.as_ref().map(options::of_file));
    if !options.is_empty() {
        text.extend(["\n", &options]);
    }
    text
}

struct Printer {
    proto3: bool,
}

impl Printer {
    fn message(&self, message: &MessageDescriptor) -> String {
        let proto = message.descriptor_proto();
        let mut text = format!("message {} {{", proto.name());
        part(&mut text, &reserved(proto));
        let message_options = proto.options.as_ref().map(options::of_message);
        part(&mut text, &options_text(message_options));
        for field in self.plain_fields(message) {
            part(&mut text, &field);
        }
        for (at, oneof) in proto.oneof_decl.iter().enumerate() {
            let fields = fields_of_oneof(message, at);
            if !fields.is_empty() {
                part(
                    &mut text,
                    &enclosed(&format!("oneof {}", oneof.name()), &fields),
                );
            }
        }
        part(&mut text, &extensions(proto));
        for nested in message.child_messages() {
            part(&mut text, &self.message(&nested));
        }
        for nested in &proto.enum_type {
            part(&mut text, &enumeration_text(nested));
        }
        text.push_str("}\n");
        text
    }

    /// Fields outside of oneofs: those that proto3 calls optional come last.
    fn plain_fields(&self, message: &MessageDescriptor) -> Vec<String> {
        let (optional, others): (Vec<_>, Vec<_>) = fields(message)
            .filter(|(proto, _)| proto.proto3_optional.is_some() || proto.oneof_index.is_none())
            .partition(|(proto, _)| proto.proto3_optional.is_some());
        let all = others.into_iter().chain(optional);
        all.map(|(proto, field)| field_text(proto, field.as_ref(), self.label(proto)))
            .collect()
    }

    fn label(&self, field: &FieldDescriptorProto) -> &'static str {
        match field.label() {
            Label::Repeated => "repeated ",
            Label::Required if !self.proto3 => "required ",
            Label::Optional if !self.proto3 || field.proto3_optional.is_some() => "optional ",
            _ => "",
        }
    }
}

fn field_text(
    proto: &FieldDescriptorProto,
    field: Option<&FieldDescriptor>,
    label: &str,
) -> String {
    let kind = match &proto.type_name {
        Some(name) => name.as_str(),
        None => scalar_name(proto.r#type()),
    };
    let mut text = format!("{label}{kind} {} = {}", proto.name(), proto.number());
    let options = options::of_field(proto, field);
    match &options[..] {
        [] => {}
        [option] => text.extend([" [", option, "]"]),
        [first @ .., last] => {
            let mut lines = concat(first.iter().map(|option| {
                format!(
                    "{option},
"
                )
            }));
            lines.extend([last, "\n"]);
            text.push_str(" [\n");
            indented(&mut text, &lines);
            text.push(']');
        }
    }
    text.push_str(";\n");
    text
}

fn fields_of_oneof(message: &MessageDescriptor, oneof: usize) -> String {
    fields(message)
        .filter(|(proto, _)| proto.proto3_optional.is_none())
        .filter(|(proto, _)| {
            proto.oneof_index.and_then(|at| usize::try_from(at).ok()) == Some(oneof)
        })
        .map(|(proto, field)| field_text(proto, field.as_ref(), ""))
        .collect()
}

/// The fields in the order of their declaration.
fn fields(
    message: &MessageDescriptor,
) -> impl Iterator<Item = (&FieldDescriptorProto, Option<FieldDescriptor>)> {
    message.descriptor_proto().field.iter().map(|proto| {
        let number = u32::try_from(proto.number()).unwrap_or_default();
        (proto, message.get_field(number))
    })
}

fn reserved(message: &DescriptorProto) -> String {
    let names = message
        .reserved_name
        .iter()
        .map(|name| format!("reserved \"{name}\";\n"));
    let ranges = message.reserved_range.iter();
    let ranges = ranges.map(|range| format!("reserved {};\n", span(range.start(), range.end())));
    concat(names.chain(ranges))
}

fn extensions(message: &DescriptorProto) -> String {
    let ranges = message.extension_range.iter();
    concat(ranges.map(|range| {
        format!(
            "extensions {};
",
            span(range.start(), range.end())
        )
    }))
}

/// The numbers from `start` to before `end`.
fn span(start: i32, end: i32) -> String {
    let last = end.saturating_sub(1);
    if last >= LAST_NUMBER {
        return format!("{start} to max");
    }
    format!("{start} to {last}")
}

fn enumeration_text(proto: &EnumDescriptorProto) -> String {
    let names = proto
        .reserved_name
        .iter()
        .map(|name| format!("reserved \"{name}\";\n"));
    let mut body = concat(names);
    body.push_str(&options_text(proto.options.as_ref().map(options::of_enum)));
    for value in &proto.value {
        line(
            &mut body,
            format_args!("{} = {};", value.name(), value.number()),
        );
    }
    enclosed(&format!("enum {}", proto.name()), &body)
}

fn service_text(proto: &ServiceDescriptorProto) -> String {
    let mut text = format!("service {} {{", proto.name());
    part(
        &mut text,
        &options_text(proto.options.as_ref().map(options::of_service)),
    );
    part(&mut text, &concat(proto.method.iter().map(method)));
    text.push_str("}\n");
    text
}

fn method(proto: &MethodDescriptorProto) -> String {
    let stream = |streams| if streams { "stream " } else { "" };
    let mut text = format!(
        "rpc {} ({}{}) returns ({}{})",
        proto.name(),
        stream(proto.client_streaming()),
        proto.input_type(),
        stream(proto.server_streaming()),
        proto.output_type()
    );
    let options = options_text(proto.options.as_ref().map(options::of_method));
    if !options.is_empty() {
        text.push_str(" {\n");
        indented(&mut text, &options);
        text.push('}');
    }
    text.push_str(";\n");
    text
}

const fn scalar_name(kind: Type) -> &'static str {
    match kind {
        Type::Double => "double",
        Type::Float => "float",
        Type::Int64 => "int64",
        Type::Uint64 => "uint64",
        Type::Int32 => "int32",
        Type::Fixed64 => "fixed64",
        Type::Fixed32 => "fixed32",
        Type::Bool => "bool",
        Type::String => "string",
        Type::Group => "group",
        Type::Message => "message",
        Type::Bytes => "bytes",
        Type::Uint32 => "uint32",
        Type::Enum => "enum",
        Type::Sfixed32 => "sfixed32",
        Type::Sfixed64 => "sfixed64",
        Type::Sint32 => "sint32",
        Type::Sint64 => "sint64",
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{content}").expect("a String takes all that is written to it");
}

fn concat(parts: impl Iterator<Item = String>) -> String {
    parts.fold(String::new(), |text, part| text + &part)
}

/// One line an option.
fn options_text(options: Option<Vec<String>>) -> String {
    let options = options.unwrap_or_default();
    concat(options.iter().map(|option| {
        format!(
            "option {option};
"
        )
    }))
}

/// Appends a part of a block in braces, if there is something in it, behind an empty line, which for the first part
/// is the end of the line with the brace.
fn part(text: &mut String, lines: &str) {
    if !lines.is_empty() {
        text.push('\n');
        indented(text, lines);
    }
}

/// Lines in braces.
fn enclosed(opening: &str, lines: &str) -> String {
    let mut text = format!("{opening} {{\n");
    indented(&mut text, lines);
    text.push_str("}\n");
    text
}

/// Appends lines moved two spaces to the right, empty ones too.
fn indented(text: &mut String, lines: &str) {
    for line in lines.split_terminator('\n') {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
}
