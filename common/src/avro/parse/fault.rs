//! Why a text is no schema.

use crate::error::text::{part, short};

/// Why a text is no schema, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{}", part(.path), if path.is_empty() { "" } else { ": " }, part(.fault))]
pub struct SchemaError {
    /// Record and field names that lead to the place, joined by dots; empty at the top.
    pub path: String,
    /// What is wrong there.
    pub fault: SchemaFault,
}

/// What is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaFault {
    /// The text is not JSON, or nested too deeply.
    #[error("not JSON at line {line}, column {column}: {why}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's reason.
        why: String,
    },
    /// A number, boolean or null stands where a schema must be.
    #[error("a schema is a text, an object or an array")]
    NotASchema,
    /// An attribute is missing or has the wrong type.
    #[error("attribute `{0}` is missing or has the wrong type")]
    Attribute(&'static str),
    /// A type's name is not known at this place.
    #[error("`{}` is not a defined name", short(.0))]
    UnknownType(String),
    /// A name is empty or has characters that the rule forbids.
    #[error("`{}` is no valid name", short(.0))]
    Name(String),
    /// A name is taken by a primitive type.
    #[error("a type may not be called `{}`", short(.0))]
    Primitive(String),
    /// A name is defined twice.
    #[error("`{}` is defined twice", short(.0))]
    Redefined(String),
    /// A record has a field name twice.
    #[error("field `{}` is there twice", short(.0))]
    DuplicateField(String),
    /// An enum has a symbol twice.
    #[error("symbol `{}` is there twice", short(.0))]
    DuplicateSymbol(String),
    /// An enum's default is none of its symbols.
    #[error("the enum's default is none of its symbols")]
    EnumDefault,
    /// A union stands directly in a union.
    #[error("a union directly in a union")]
    NestedUnion,
    /// A union has a type twice.
    #[error("the union has `{}` twice", short(.0))]
    DuplicateBranch(String),
    /// A field's default is no value of its type.
    #[error("the default of field `{}` is no value of its type", short(.0))]
    Default(String),
    /// The full names of all types, aliases and references are longer than a schema may have.
    #[error("the names, with their namespaces, take more than {limit} bytes")]
    NamesTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The schema's defaults take more room than a payload may have.
    #[error("the defaults take more than {limit} bytes")]
    DefaultsTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}
