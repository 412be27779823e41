//! Why a value is refused: what is wrong with it and where, never the value itself.

use std::fmt;

use crate::error::Kind;
use crate::error::text::{part, short};
use crate::json::JsonError;

/// Why a value was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The text is not JSON.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// The value does not fit the schema.
    #[error("{0}")]
    Invalid(Violations),
    /// The value has more items than the limit.
    #[error("more than {limit} items")]
    Items {
        /// The limit, all arrays and objects together.
        limit: usize,
    },
    /// The text is larger than the limit.
    #[error("the text is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// To check the value against the schema takes more work than its length allows for.
    #[error("the schema takes too much work for a value of this length")]
    Work,
    /// A Rust value's own `Serialize` failed, or the value is none of the Rust type that is asked for.
    #[error("the Rust type does not take the value")]
    Type,
}

impl Refusal {
    /// The kind for logs and labels.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Json(error) => error.kind(),
            Self::Items { .. } | Self::Work => Kind::Limit,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Invalid(_) | Self::Type => Kind::Validation,
        }
    }

    /// The place of the first violation, as its text shows it; nothing for the whole value.
    pub(crate) fn field(&self) -> Option<String> {
        let Self::Invalid(violations) = self else {
            return None;
        };
        let first = violations.found.first()?;
        let place = short(&first.shown);
        match &first.property {
            Some(property) => Some(format!("{place}/{}", short(property))),
            None => (!first.shown.is_empty()).then(|| place.to_string()),
        }
    }
}

/// All that does not fit, in the order in which it was found.
///
/// ```
/// use common::json_schema::{JsonSchema, Refusal};
///
/// let schema = JsonSchema::compile(r#"{"properties": {"n": {"type": "integer"}}, "required": ["id"],
///     "additionalProperties": {"maxLength": 3}}"#, Default::default())?;
/// let Err(Refusal::Invalid(violations)) = schema.check(br#"{"n": "x", "secret": "abcd"}"#) else { panic!() };
/// assert_eq!(violations.to_string(), "#/n: type; #/*: maxLength; #: required `id`");
/// assert_eq!(violations.found()[1].pointer(), "/secret");
/// # Ok::<(), common::json_schema::JsonSchemaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Violations {
    found: Vec<Violation>,
    more: usize,
    cut: bool,
}

impl Violations {
    /// Most violations that are kept; those beyond are only counted.
    pub const MOST: usize = 20;

    /// The violations, at most [`Violations::MOST`].
    pub fn found(&self) -> &[Violation] {
        &self.found
    }

    /// How many there are beyond these.
    pub const fn more(&self) -> usize {
        self.more
    }

    pub(super) fn push(&mut self, violation: impl FnOnce() -> Violation) {
        if self.found.len() == Self::MOST {
            self.more += 1;
            return;
        }
        let violation = violation();
        if !self.found.contains(&violation) {
            self.found.push(violation);
        }
    }

    /// Notes that the search for more was given up.
    pub(super) const fn cut(&mut self) {
        self.cut = true;
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, violation) in self.found.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        match (self.more, self.cut) {
            (0, false) => Ok(()),
            (0, true) => f.write_str("; and maybe more"),
            (more, false) => write!(f, "; and {more} more"),
            (more, true) => write!(f, "; and {more} or more"),
        }
    }
}

/// One keyword of the schema that one place of the value does not fit.
///
/// Its text has no name that the schema does not have: such a key is data, and a `*` stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub(super) pointer: String,
    pub(super) shown: String,
    pub(super) keyword: &'static str,
    pub(super) property: Option<String>,
}

impl Violation {
    /// The JSON Pointer of the place, empty for the whole value. It may hold keys that are data: keep it out of logs.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The schema's keyword; `false` for a place where nothing may be.
    pub const fn keyword(&self) -> &'static str {
        self.keyword
    }

    /// The property that is missing, if the keyword is `required` or `dependencies`.
    pub fn property(&self) -> Option<&str> {
        self.property.as_deref()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}: {}", short(&self.shown), self.keyword)?;
        match &self.property {
            Some(property) => write!(f, " `{}`", short(property)),
            None => Ok(()),
        }
    }
}

/// Why a text is no schema that values can be checked against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{}", part(.fault))]
pub struct JsonSchemaError {
    /// Where in the schema, as a JSON Pointer.
    pub place: SchemaPlace,
    /// What is wrong there.
    pub fault: JsonSchemaFault,
}

/// A place in a schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaPlace(pub(super) Option<String>);

impl SchemaPlace {
    /// The place's JSON Pointer, empty for the whole schema.
    pub fn pointer(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for SchemaPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(pointer) => write!(f, "#{}: ", part(pointer)),
            None => Ok(()),
        }
    }
}

/// What is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonSchemaFault {
    /// The text is not JSON.
    #[error("{0}")]
    Json(JsonError),
    /// The text is larger, or has more items, than a schema may have.
    #[error("the schema is larger than {limit} {unit}")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// What it counts.
        unit: &'static str,
    },
    /// Another type of value is needed.
    #[error("expected {0}")]
    Expected(&'static str),
    /// `$schema` names none of the drafts 4, 6 and 7.
    #[error("`$schema` is none of the drafts 4, 6 and 7")]
    Draft,
    /// `type` names no type.
    #[error("no such type")]
    Type,
    /// `multipleOf` is zero or has more digits than can be checked.
    #[error("`multipleOf` is zero or has more than {limit} digits")]
    MultipleOf {
        /// The limit in digits.
        limit: usize,
    },
    /// A reference leads out of the schema.
    #[error("the reference `{}` leads out of the schema", short(.0))]
    RemoteReference(String),
    /// A reference leads to nothing.
    #[error("the reference `{}` leads to nothing", short(.0))]
    MissingReference(String),
    /// A pattern is no regular expression, or none that can be matched within bounds.
    #[error("the pattern is no regular expression, or has what is not supported")]
    Pattern,
    /// A pattern, or all together, are too large.
    #[error("the patterns are too large")]
    PatternsTooLarge,
    /// No value can fit, so that nothing can be written.
    #[error("no value can fit")]
    Nothing,
}
