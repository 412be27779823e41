//! Schema texts to descriptors, from memory alone.

use prost_reflect::prost_types::field_descriptor_proto::Type;
use prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};
use prost_reflect::{DescriptorPool, FileDescriptor};
use protox::file::{File, FileResolver, GoogleFileResolver};

use crate::error::text::{part, short};

mod ascii;
mod entries;
mod float;
mod imports;
mod names;
mod repair;

/// Name of the schema's own file: no import can mean it.
const FILE: &str = ".proto";
/// Longest schema text in characters: that of the registry.
const MAX_LENGTH: usize = 170_000;
/// Longest text in bytes whose every fault has line and column: looking them up takes the compiler quadratic time.
const MAX_PLACED: usize = 16 * 1024;

/// Why a text is no Protobuf schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", part(.fault))]
pub struct ProtobufSchemaError {
    /// What is wrong.
    pub fault: ProtobufSchemaFault,
}

/// What is wrong with a schema text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtobufSchemaFault {
    /// The text is longer than the registry takes.
    #[error("the text is longer than {limit} characters")]
    TooLong {
        /// The limit in characters.
        limit: usize,
    },
    /// Brackets are nested too deeply, or a name has too many parts.
    #[error("nested more than {limit} levels deep")]
    Depth {
        /// The limit in levels.
        limit: usize,
    },
    /// The full names are too long together.
    #[error("names too long, {limit} bytes in all")]
    NamesTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// An import is none of the files that the registry knows.
    #[error("import \"{}\" is not available", short(.name.escape_debug()))]
    Import {
        /// The file's name.
        name: String,
    },
    /// The text declares no message, so there is nothing to read with it.
    #[error("the text declares no message")]
    NoMessage,
    /// The text is no Protobuf, or means nothing.
    #[error("{0}")]
    Text(String),
}

impl ProtobufSchemaError {
    /// Always `schema_invalid`.
    pub const fn kind(&self) -> crate::error::Kind {
        crate::error::Kind::SchemaInvalid
    }
}

impl From<ProtobufSchemaFault> for ProtobufSchemaError {
    fn from(fault: ProtobufSchemaFault) -> Self {
        Self { fault }
    }
}

/// Compiles a schema text and what it imports.
pub(super) fn compile(definition: &str) -> Result<FileDescriptor, ProtobufSchemaError> {
    if definition.chars().nth(MAX_LENGTH).is_some() {
        return Err(ProtobufSchemaFault::TooLong { limit: MAX_LENGTH }.into());
    }
    let definition = definition.strip_prefix('\u{feff}').unwrap_or(definition);
    let repaired = repair::repair(definition)?;
    let text = ascii::ascii(&repaired);
    let mut file = FileDescriptorProto::from(
        File::from_source(FILE, &text).map_err(|error| fault(&error, &repaired))?,
    );
    if text.len() > MAX_PLACED {
        file.source_code_info = None;
    }
    names::check(&file)?;
    for message in &mut file.message_type {
        entries::check(message)?;
        print_floats(message);
    }
    let resolver = Resolver {
        file,
        google: GoogleFileResolver::new(),
    };
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler
        .open_file(FILE)
        .map_err(|error| fault(&error, &repaired))?;
    // A pool made from source decides what is packed before it knows the options.
    let set = compiler.descriptor_pool().encode_to_vec();
    let pool = DescriptorPool::decode(&set[..]);
    let pool = pool.map_err(|error| ProtobufSchemaFault::Text(error.to_string()))?;
    let missing = || ProtobufSchemaFault::Text("the text has no file".to_owned()).into();
    pool.get_file_by_name(FILE).ok_or_else(missing)
}

/// Whether a schema may import the file.
pub(super) fn is_importable(name: &str) -> bool {
    imports::text(name).is_some() || imports::GOOGLE.contains(&name)
}

/// Knows the text's own file and those in the program; nothing is ever read from disk.
struct Resolver {
    file: FileDescriptorProto,
    google: GoogleFileResolver,
}

impl FileResolver for Resolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == FILE {
            return Ok(File::from_file_descriptor_proto(self.file.clone()));
        }
        match imports::text(name) {
            Some(text) => File::from_source(name, &text),
            None if imports::GOOGLE.contains(&name) => self.google.open_file(name),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// The compiler's report in one line, with line and column in the text where it has them.
fn fault(error: &protox::Error, text: &str) -> ProtobufSchemaError {
    // Its `Debug` form is the only one with positions.
    let report = format!("{error:?}");
    let line = report.lines().next().unwrap_or_default();
    let line = line
        .strip_prefix(FILE)
        .map_or(line, |rest| rest.trim_start_matches(':'));
    let not_found = |text: &str| {
        let name = text.strip_prefix("import '")?.strip_suffix("' not found")?;
        Some(ProtobufSchemaFault::Import {
            name: name.to_owned(),
        })
    };
    not_found(&error.to_string())
        .unwrap_or_else(|| ProtobufSchemaFault::Text(placed(line.trim(), text)))
        .into()
}

/// The report with the column of the text in place of the one of the text in ASCII.
fn placed(report: &str, text: &str) -> String {
    let moved = || {
        let (line, rest) = report.split_once(':')?;
        let (column, rest) = rest.split_once(':')?;
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        let column = ascii::column(text, line, column)?;
        Some(format!("{line}:{column}:{rest}"))
    };
    moved().unwrap_or_else(|| report.to_owned())
}

/// Gives defaults of floating-point fields the text that `protoc` gives them.
fn print_floats(message: &mut DescriptorProto) {
    let is_float =
        |field: &&mut FieldDescriptorProto| matches!(field.r#type(), Type::Double | Type::Float);
    for field in message.field.iter_mut().filter(is_float) {
        if let Some(number) = field
            .default_value
            .as_ref()
            .and_then(|text| text.parse().ok())
        {
            field.default_value = Some(float::text(number));
        }
    }
    message.nested_type.iter_mut().for_each(print_floats);
}

#[cfg(test)]
mod tests;
