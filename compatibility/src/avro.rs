//! Avro: whether a reader's schema resolves every datum of a writer's schema.

use common::avro::Schema;

use crate::Difference;

/// How strictly something is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// As Java Avro's `SchemaValidator`, which the AWS registry seems to use.
    #[default]
    Lenient,
    /// As Java Avro's `SchemaCompatibility`.
    Strict,
}

/// Where Avro's own checkers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether records need the same name, outside and inside of unions.
    pub record_names: Strictness,
    /// Whether a reader's enum needs every symbol of the writer's, or a default.
    pub enum_symbols: Strictness,
}

/// Why a reader's schema does not resolve a writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Placeholder on this branch.
    TypeMismatch,
}

impl Rule {
    /// The name of the rule, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeMismatch => "type-mismatch",
        }
    }
}

/// What keeps the reader's schema from resolving the writer's.
pub fn differences(_reader: &Schema, _writer: &Schema, _options: Options) -> Vec<Difference> {
    Vec::new()
}
