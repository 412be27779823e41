//! What consumers that use the Java serde get wrong about a text that it has written itself.

use std::fmt;

use prost_reflect::prost_types::FieldDescriptorProto;
use prost_reflect::prost_types::field_descriptor_proto::Type;
use prost_reflect::{FileDescriptor, Kind, MessageDescriptor};

use super::options::json_name;

/// A part of a schema that consumers which use the Java serde misread or cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextWarning {
    /// A nested message is taken for a top-level one as well, so that the indexes of others are shifted.
    Hoisted {
        /// The message's full name.
        message: String,
    },
    /// A field's name has two underscores in a row: the text cannot be loaded.
    Underscores {
        /// The field's full name.
        field: String,
    },
    /// A default or another option's text is printed without the escapes or quotes that it needs.
    Unescaped {
        /// The field's full name, or the option's name.
        place: String,
    },
    /// A group is printed as a message field, which is laid out otherwise.
    Group {
        /// The field's full name.
        field: String,
    },
    /// An import that is not among the files of the Java serde.
    Import {
        /// The file's name.
        name: String,
    },
    /// The package is one that the Java serde has files of its own in.
    Package {
        /// The package's name.
        name: String,
    },
    /// A field's type is one of `google/protobuf/descriptor.proto`, which cannot be loaded.
    Descriptor {
        /// The field's full name.
        field: String,
    },
}

impl fmt::Display for TextWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("consumers that use the Java serde ")?;
        match self {
            Self::Hoisted { message } => write!(
                f,
                "take the nested message {message} for a top-level one too and mistake messages for others"
            ),
            Self::Underscores { field } => {
                write!(f, "cannot load field {field} for its two underscores")
            }
            Self::Unescaped { place } => write!(f, "misread the unescaped text of {place}"),
            Self::Group { field } => write!(f, "mistake group {field} for a message"),
            Self::Import { name } => write!(f, "cannot load import {name}"),
            Self::Package { name } => write!(
                f,
                "have files of their own in package {name} and mix them in"
            ),
            Self::Descriptor { field } => write!(f, "cannot load the type of field {field}"),
        }
    }
}

/// All warnings about a file, in the order of its text.
pub(super) fn of(file: &FileDescriptor) -> Vec<TextWarning> {
    let mut warnings = Vec::new();
    let package = file.package_name();
    if matches!(
        package,
        "google.protobuf" | "google.type" | "metadata" | "additionalTypes" | "wire"
    ) {
        warnings.push(TextWarning::Package {
            name: package.to_owned(),
        });
    }
    for name in &file.file_descriptor_proto().dependency {
        if !super::super::schema::is_importable(name) {
            warnings.push(TextWarning::Import { name: name.clone() });
        }
    }
    if let Some(options) = &file.file_descriptor_proto().options {
        for option in super::options::of_file(options) {
            let (name, value) = option.split_once(" = ").unwrap_or((&option, ""));
            if value
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'))
                .is_some_and(needs_escapes)
            {
                warnings.push(TextWarning::Unescaped {
                    place: format!("option {name}"),
                });
            }
        }
    }
    for message in file.messages() {
        of_message(&message, package, &mut warnings);
    }
    warnings
}

fn of_message(message: &MessageDescriptor, package: &str, warnings: &mut Vec<TextWarning>) {
    if message.parent_message().is_some() && is_hoisted(message.full_name(), package) {
        warnings.push(TextWarning::Hoisted {
            message: message.full_name().to_owned(),
        });
    }
    for field in message.fields() {
        let (proto, name) = (field.field_descriptor_proto(), field.full_name());
        if field.name().contains("__") {
            warnings.push(TextWarning::Underscores {
                field: name.to_owned(),
            });
        }
        if field.is_group() {
            warnings.push(TextWarning::Group {
                field: name.to_owned(),
            });
        }
        if default_is_unsound(proto) || json_name(proto).is_some_and(|name| needs_escapes(name)) {
            warnings.push(TextWarning::Unescaped {
                place: format!("field {name}"),
            });
        }
        let file = match field.kind() {
            Kind::Message(message) => Some(message.parent_file()),
            Kind::Enum(enumeration) => Some(enumeration.parent_file()),
            _ => None,
        };
        if file.is_some_and(|file| {
            file != message.parent_file() && file.name() == "google/protobuf/descriptor.proto"
        }) {
            warnings.push(TextWarning::Descriptor {
                field: name.to_owned(),
            });
        }
    }
    for nested in message.child_messages() {
        of_message(&nested, package, warnings);
    }
}

fn needs_escapes(text: &str) -> bool {
    text.contains(['"', '\\', '\n'])
}

fn default_is_unsound(field: &FieldDescriptorProto) -> bool {
    let Some(default) = &field.default_value else {
        return false;
    };
    match field.r#type() {
        Type::String => needs_escapes(default),
        // Without quotes only what looks like a word or a number can be read.
        Type::Bytes | Type::Double | Type::Float => {
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            default.is_empty() || !default.bytes().all(is_word)
        }
        _ => false,
    }
}

/// Whether Java takes a type for a top-level one.
///
/// It splits the full name at each match of the package's name, a pattern in which a point is any character, and
/// takes the type for a top-level one if what lies behind the first match has at most one name in it.
fn is_hoisted(name: &str, package: &str) -> bool {
    if package.is_empty() {
        return true;
    }
    let behind = name.get(package.len()..).unwrap_or_default();
    let matches = |at: &usize| {
        let text = behind.as_bytes().get(*at..*at + package.len());
        text.is_some_and(|text| {
            let mut pairs = text.iter().zip(package.as_bytes());
            pairs.all(|(byte, pattern)| byte == pattern || *pattern == b'.')
        })
    };
    let end = (0..behind.len()).find(matches).unwrap_or(behind.len());
    let names = behind.get(..end).unwrap_or_default().trim_end_matches('.');
    names.split('.').count() <= 2
}
