//! Protobuf: whether a reader's file understands every message that a writer's file describes.

use crate::{Difference, InvalidDefinition};

/// Which set of rules counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// Those of the AWS registry, as far as they are known.
    #[default]
    Glue,
    /// None: every valid file may follow.
    Off,
}

/// Why a reader's file does not understand a writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Placeholder on this branch.
    PackageChanged,
}

impl Rule {
    /// The name of the rule, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PackageChanged => "package-changed",
        }
    }
}

/// A valid Protobuf file.
#[derive(Debug)]
pub struct ProtobufDefinition;

impl ProtobufDefinition {
    /// Parses a text.
    ///
    /// # Errors
    /// The text is no Protobuf file, or one that the registry does not take.
    pub fn parse(_text: &str) -> Result<Self, InvalidDefinition> {
        Ok(Self)
    }
}

/// What keeps the reader's file from understanding what the writer's describes.
pub fn differences(
    _reader: &ProtobufDefinition,
    _writer: &ProtobufDefinition,
    _rules: Rules,
) -> Vec<Difference> {
    Vec::new()
}
