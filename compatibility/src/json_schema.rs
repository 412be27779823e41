//! JSON Schema: whether every document that a writer's schema takes is one that the reader's schema takes.

use crate::{Difference, InvalidDefinition};

/// Which set of rules counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// Those of the AWS registry.
    #[default]
    Glue,
    /// Those of Confluent's registry, strict.
    ConfluentStrict,
    /// Those of Confluent's registry, lenient.
    ConfluentLenient,
    /// None: every valid schema may follow.
    Off,
}

/// Why a reader's schema may refuse a document of the writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Placeholder on this branch.
    TypeChanged,
}

impl Rule {
    /// The name of the rule, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeChanged => "type-changed",
        }
    }
}

/// A valid JSON schema.
#[derive(Debug)]
pub struct JsonDefinition;

impl JsonDefinition {
    /// Parses a text.
    ///
    /// # Errors
    /// The text is no JSON schema of the drafts 4, 6 or 7.
    pub fn parse(_text: &str) -> Result<Self, InvalidDefinition> {
        Ok(Self)
    }
}

/// What keeps the reader's schema from taking every document that the writer's takes.
pub fn differences(
    _reader: &JsonDefinition,
    _writer: &JsonDefinition,
    _rules: Rules,
) -> Vec<Difference> {
    Vec::new()
}
