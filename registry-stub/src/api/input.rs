//! Checks on single members of a request: lengths, characters, ranges.

use std::ops::RangeInclusive;

use serde::Deserialize;
use uuid::Uuid;

use super::error::ApiError;
use crate::store::Tags;

const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 2_048;
const MAX_ARN: usize = 10_240;
const MAX_DEFINITION: usize = 170_000;
/// Tags of one resource.
pub(crate) const MAX_TAGS: usize = 50;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;
const MAX_NUMBER: i64 = 100_000;
const MAX_METADATA_KEY: usize = 128;
const MAX_METADATA_VALUE: usize = 256;
const MAX_VERSIONS: usize = 100_000;
const MAX_RANGE: u64 = 25;
const MAX_PAGE: i64 = 100;
const MAX_METADATA_PAGE: i64 = 50;
const DEFAULT_PAGE: usize = 25;

/// A member that must be there.
pub(crate) fn required<T>(value: Option<T>, member: &'static str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::missing(member))
}

/// A registry's or schema's name.
pub(crate) fn name(text: &str, parameter: &'static str) -> Result<(), ApiError> {
    length(text, 1, MAX_NAME, parameter)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_$#.".contains(c);
    characters(text.chars().all(allowed), parameter)
}

/// An ARN of this service, in any partition.
pub(crate) fn arn(text: &str, parameter: &'static str) -> Result<(), ApiError> {
    length(text, 1, MAX_ARN, parameter)?;
    let mut parts = text.splitn(4, ':');
    let start = (parts.next(), parts.next(), parts.next(), parts.next());
    let partition = |name| {
        [
            "aws",
            "aws-cn",
            "aws-us-gov",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
        ]
        .contains(&name)
    };
    let good = matches!(start, (Some("arn"), Some(name), Some("glue"), Some(_)) if partition(name));
    characters(good && !text.contains(char::is_control), parameter)
}

/// A description; the empty one is fine.
pub(crate) fn description(text: Option<&str>) -> Result<(), ApiError> {
    let text = text.unwrap_or_default();
    length(text, 0, MAX_DESCRIPTION, "description")?;
    let allowed = |c: char| matches!(c, '\r' | '\n' | '\t' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    characters(text.chars().all(allowed), "description")
}

/// The length of a definition.
pub(crate) fn definition_length(text: &str) -> Result<(), ApiError> {
    length(text, 1, MAX_DEFINITION, "SchemaDefinition")
}

/// A definition that is to be stored: its length, and that it is not blank.
pub(crate) fn definition(text: &str) -> Result<(), ApiError> {
    definition_length(text)?;
    characters(!text.trim().is_empty(), "SchemaDefinition")
}

/// A version id: a UUID in lower case, with its hyphens.
pub(crate) fn version_id(text: &str) -> Result<Uuid, ApiError> {
    let id = Uuid::try_parse(text)
        .ok()
        .filter(|id| id.to_string() == text);
    id.ok_or(ApiError::Characters("SchemaVersionId"))
}

/// New tags.
pub(crate) fn tags(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > MAX_TAGS {
        return Err(ApiError::TooManyTags);
    }
    let key = |text: &str| (1..=MAX_TAG_KEY).contains(&text.chars().count());
    let value = |text: &str| text.chars().count() <= MAX_TAG_VALUE;
    let constraint = match tags {
        tags if !tags.keys().all(|text| key(text)) => {
            "Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"
        }
        tags if !tags.values().all(|text| value(text)) => {
            "Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]"
        }
        _ => return Ok(()),
    };
    Err(ApiError::Validation {
        value: "'tags'".to_owned(),
        member: "tags",
        constraint,
    })
}

/// Keys of tags that are to go.
pub(crate) fn tag_keys(keys: &[String]) -> Result<(), ApiError> {
    let key = |text: &String| (1..=MAX_TAG_KEY).contains(&text.chars().count());
    let constraint = match keys {
        keys if keys.len() > MAX_TAGS => "Member must have length less than or equal to 50",
        keys if !keys.iter().all(key) => {
            "Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"
        }
        _ => return Ok(()),
    };
    Err(ApiError::Validation {
        value: "'tagsToRemove'".to_owned(),
        member: "tagsToRemove",
        constraint,
    })
}

/// The key of a metadata pair.
pub(crate) fn metadata_key(text: &str) -> Result<(), ApiError> {
    length(text, 1, MAX_METADATA_KEY, "key")?;
    characters(text.chars().all(is_metadata), "key")
}

/// The value of a metadata pair.
pub(crate) fn metadata_value(text: &str) -> Result<(), ApiError> {
    length(text, 1, MAX_METADATA_VALUE, "value")?;
    characters(text.chars().all(is_metadata), "value")
}

/// `[a-zA-Z0-9+-=._./@]`, where `+-=` is a range.
fn is_metadata(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '+'..='=' | '_' | '@')
}

/// One version number, or two with a hyphen between them; not more than 25 versions.
pub(crate) fn version_range(text: &str) -> Result<RangeInclusive<u64>, ApiError> {
    length(text, 1, MAX_VERSIONS, "versions")?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let number = text.parse().ok().filter(|_| digits);
        number.ok_or(ApiError::Characters("versions"))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u64, u64) = (number(first)?, number(last)?);
    if first > last {
        return Err(ApiError::RangeOrder);
    }
    if last - first >= MAX_RANGE {
        return Err(ApiError::RangeLength);
    }
    Ok(first..=last)
}

/// How many items a page may have.
pub(crate) fn max_results(asked: Option<i64>) -> Result<usize, ApiError> {
    let above = "Member must have value less than or equal to 100";
    page_size(asked, MAX_PAGE, above)
}

/// How many keys a page of metadata may have.
pub(crate) fn max_metadata_results(asked: Option<i64>) -> Result<usize, ApiError> {
    let above = "Member must have value less than or equal to 50";
    page_size(asked, MAX_METADATA_PAGE, above)
}

fn page_size(asked: Option<i64>, most: i64, above: &'static str) -> Result<usize, ApiError> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_PAGE);
    };
    range(asked, most, "maxResults", above)?;
    Ok(usize::try_from(asked).unwrap_or(DEFAULT_PAGE))
}

/// Which version of a schema is meant.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VersionNumber {
    latest_version: Option<bool>,
    version_number: Option<i64>,
}

/// Which version of a schema is meant, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbered {
    /// The latest available one.
    Latest,
    /// The one of this number.
    Number(u64),
}

impl VersionNumber {
    /// Whether the request says anything.
    pub(crate) fn is_given(self) -> bool {
        self.latest_version.is_some() || self.version_number.is_some()
    }

    /// Checks the number's range.
    pub(crate) fn shape(self) -> Result<(), ApiError> {
        let constraint = "Member must have value less than or equal to 100000";
        self.version_number.map_or(Ok(()), |number| {
            range(
                number,
                MAX_NUMBER,
                "schemaVersionNumber.versionNumber",
                constraint,
            )
        })
    }

    /// What the request says: whether the latest is meant, and a number.
    pub(crate) fn given(self) -> (bool, Option<i64>) {
        (self.latest_version.unwrap_or(false), self.version_number)
    }

    /// Exactly one of a number and `LatestVersion: true`.
    pub(crate) fn resolve(self) -> Result<Numbered, ApiError> {
        match (self.version_number, self.latest_version.unwrap_or(false)) {
            (Some(_), true) => Err(ApiError::VersionNumberedTwice),
            (Some(number), false) => Ok(Numbered::Number(number.unsigned_abs())),
            (None, true) => Ok(Numbered::Latest),
            (None, false) => Err(ApiError::VersionNotNumbered),
        }
    }
}

fn length(text: &str, least: usize, most: usize, parameter: &'static str) -> Result<(), ApiError> {
    // No character is longer than four bytes: the count is only needed near the bounds.
    let fits = text.len() <= most || (text.len() <= 4 * most && text.chars().count() <= most);
    if fits && text.len() >= least {
        Ok(())
    } else {
        Err(ApiError::Length(parameter))
    }
}

fn characters(good: bool, parameter: &'static str) -> Result<(), ApiError> {
    if good {
        Ok(())
    } else {
        Err(ApiError::Characters(parameter))
    }
}

fn range(value: i64, most: i64, member: &'static str, above: &'static str) -> Result<(), ApiError> {
    let constraint = match value {
        value if value > most => above,
        value if value < 1 => "Member must have value greater than or equal to 1",
        _ => return Ok(()),
    };
    Err(ApiError::Validation {
        value: format!("'{value}'"),
        member,
        constraint,
    })
}

#[cfg(test)]
mod tests;
