//! What a check says: compatible, or every reason why not.

use std::fmt;

use crate::{Direction, avro, json_schema, protobuf};

/// The most differences that one comparison of two definitions lists.
pub const MAX_DIFFERENCES: usize = 100;

/// One thing that keeps a reader's schema from reading what a writer's schema wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where in the schemas, in the words of the format; empty at the top.
    pub path: String,
    /// The rule that forbids it.
    pub rule: Rule,
    /// What the reader's schema has there, shortened; empty where it has nothing.
    pub reader: String,
    /// What the writer's schema has there, shortened; empty where it has nothing.
    pub writer: String,
}

/// A rule of one of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A rule of Avro's schema resolution.
    Avro(avro::Rule),
    /// A rule about JSON schemas.
    Json(json_schema::Rule),
    /// A rule about Protobuf files.
    Protobuf(protobuf::Rule),
}

/// An earlier version that does not fit, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The number of the earlier version.
    pub version: u64,
    /// Who could not read whose data.
    pub direction: Direction,
    /// At least one, at most [`MAX_DIFFERENCES`].
    pub differences: Vec<Difference>,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Every earlier version and direction that does not hold; none when the new version may follow.
    pub conflicts: Vec<Conflict>,
}

impl Verdict {
    /// Whether the new version may follow.
    pub const fn is_compatible(&self) -> bool {
        self.conflicts.is_empty()
    }
}

impl Rule {
    /// The name of the rule, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avro(rule) => rule.as_str(),
            Self::Json(rule) => rule.as_str(),
            Self::Protobuf(rule) => rule.as_str(),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        write!(formatter, "{}", self.rule)?;
        match (self.reader.is_empty(), self.writer.is_empty()) {
            (false, false) => write!(formatter, ": {} cannot read {}", self.reader, self.writer),
            (false, true) => write!(formatter, ": the reader has {}", self.reader),
            (true, false) => write!(formatter, ": the writer has {}", self.writer),
            (true, true) => Ok(()),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.version;
        match self.direction {
            Direction::Backward => {
                write!(formatter, "the new version cannot read version {number}")?;
            }
            Direction::Forward => {
                write!(formatter, "version {number} cannot read the new version")?;
            }
        }
        for difference in &self.differences {
            write!(formatter, "\n  {difference}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_compatible() {
            return formatter.pad("compatible");
        }
        for (index, conflict) in self.conflicts.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{conflict}")?;
        }
        Ok(())
    }
}
