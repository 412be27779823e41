//! JSON Schema: whether every document that a writer's schema takes is one that the reader's schema takes.
//!
//! The rules look at two schemas keyword by keyword, as the AWS registry seems to, so they are stricter than what is
//! true of the documents. [`Rule`] has all that is forbidden; what it does not have is allowed. What surprises most:
//!
//! - An object is open unless it says `"additionalProperties": false`. A property may be added where the writer's
//!   object is closed, and taken away where the reader's is open. So open objects may only lose properties when the new
//!   schema must read old documents, and only gain some the other way round.
//! - A property that becomes required is refused, with a default too.
//! - `["string", "null"]` stands for `anyOf`, and a plain type never becomes a combined schema, nor the other way round:
//!   `"string"` to `["string", "null"]` is refused. A type with an `enum` stands for `allOf` of both, and may become the
//!   plain type.
//! - References count as what they lead to. Names, titles, defaults and examples do not count.
//!
//! Paths are JSON Pointers into the reader's schema, or into the writer's where the reader's has nothing.

use std::fmt;

use crate::{Difference, InvalidDefinition};

mod compare;
mod matching;
mod model;
mod rule;
mod shown;
mod solve;
#[cfg(test)]
mod tests;

pub use rule::Rule;

use model::Model;

/// Which set of rules counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rules {
    /// Those of the AWS registry, as far as anyone has seen.
    #[default]
    Glue,
    /// Those of Confluent's registry, strict: as [`Rules::Glue`], but a property with a default may become required, one
    /// that takes any value may be added to an open object, and a schema may become a branch of `anyOf`, `oneOf` or a
    /// list of types.
    ConfluentStrict,
    /// Those of Confluent's registry, lenient: as [`Rules::ConfluentStrict`], but properties that are not required may
    /// come and go, and `additionalProperties` may be narrowed.
    ConfluentLenient,
    /// None: every valid schema may follow.
    Off,
}

impl Rules {
    /// Every set.
    pub const ALL: [Self; 4] = [
        Self::Glue,
        Self::ConfluentStrict,
        Self::ConfluentLenient,
        Self::Off,
    ];

    /// The name in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Glue => "glue",
            Self::ConfluentStrict => "confluent-strict",
            Self::ConfluentLenient => "confluent-lenient",
            Self::Off => "off",
        }
    }

    /// Whether they are one of Confluent's sets.
    const fn are_confluent(self) -> bool {
        matches!(self, Self::ConfluentStrict | Self::ConfluentLenient)
    }

    /// Whether the set allows what the rule forbids.
    const fn allow(self, rule: Rule) -> bool {
        matches!(self, Self::ConfluentLenient)
            && matches!(
                rule,
                Rule::PropertyAddedToOpen
                    | Rule::PropertyAddedNotCovered
                    | Rule::PropertyRemovedFromClosed
                    | Rule::PropertyRemovedNotCovered
                    | Rule::AdditionalPropertiesClosed
                    | Rule::AdditionalPropertiesNarrowed
            )
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A valid JSON schema of draft 4, 6 or 7, or `true` or `false`.
#[derive(Debug)]
pub struct JsonDefinition {
    model: Model,
}

impl JsonDefinition {
    /// Parses a text.
    ///
    /// # Errors
    /// The text is no JSON schema of the drafts 4, 6 or 7, refers to anything outside of itself, or is nested too deeply.
    pub fn parse(text: &str) -> Result<Self, InvalidDefinition> {
        let tree = common::json_schema::SchemaTree::parse(text).map_err(InvalidDefinition::new)?;
        Ok(Self {
            model: Model::new(tree),
        })
    }
}

/// What keeps the reader's schema from taking every document that the writer's takes, at most
/// [`MAX_DIFFERENCES`](crate::MAX_DIFFERENCES).
///
/// Work and memory are bounded; two schemas that take more count as different: [`Rule::TooComplex`].
pub fn differences(
    reader: &JsonDefinition,
    writer: &JsonDefinition,
    rules: Rules,
) -> Vec<Difference> {
    if rules == Rules::Off {
        return Vec::new();
    }
    solve::differences(&reader.model, &writer.model, rules)
}
