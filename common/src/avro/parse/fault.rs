//! Why a text is no schema.

/// Why a text is no schema, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
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
    #[error("`{0}` is not a defined name")]
    UnknownType(String),
    /// A name is empty or has characters that the rule forbids.
    #[error("`{0}` is no valid name")]
    Name(String),
    /// A name is taken by a primitive type.
    #[error("a type may not be called `{0}`")]
    Primitive(String),
    /// A name is defined twice.
    #[error("`{0}` is defined twice")]
    Redefined(String),
    /// A record has a field name twice.
    #[error("field `{0}` is there twice")]
    DuplicateField(String),
    /// An enum has a symbol twice.
    #[error("symbol `{0}` is there twice")]
    DuplicateSymbol(String),
    /// An enum's default is none of its symbols.
    #[error("the enum's default is none of its symbols")]
    EnumDefault,
    /// A union stands directly in a union.
    #[error("a union directly in a union")]
    NestedUnion,
    /// A union has a type twice.
    #[error("the union has `{0}` twice")]
    DuplicateBranch(String),
    /// A field's default is no value of its type.
    #[error("the default of field `{0}` is no value of its type")]
    Default(String),
    /// The schema's defaults take more room than a payload may have.
    #[error("the defaults take more than {limit} bytes")]
    DefaultsTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}
