//! What the store keeps: registries, schemas and versions, as JSON records.
//!
//! A member may be added (with `#[serde(default)]`) without a new file
//! format; a change of meaning or of a name needs one.

use std::collections::BTreeMap;
use std::fmt;

use compatibility::Mode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::definition::Format;

/// Free labels of a registry or schema.
pub(crate) type Tags = BTreeMap<String, String>;

/// One registry. Times are ISO 8601 text, UTC, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Registry {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) created: String,
    pub(crate) updated: String,
    /// Available, or on its way out.
    #[serde(default)]
    pub(crate) status: Status,
}

/// One schema: everything but its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schema {
    pub(crate) registry: String,
    pub(crate) name: String,
    #[serde(with = "as_text")]
    pub(crate) format: Format,
    #[serde(with = "as_text")]
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    /// The version that later comparisons may start from; only an update of the schema moves it.
    pub(crate) checkpoint: u64,
    /// The highest available version; none while the schema has no version.
    pub(crate) latest: Option<u64>,
    /// The number that the next available version gets; never goes back.
    pub(crate) next: u64,
    pub(crate) created: String,
    pub(crate) updated: String,
    /// Available, not there yet, or on its way out; never a failure.
    #[serde(default)]
    pub(crate) status: Status,
}

/// One version: everything but its definition and reasons, which have tables of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    #[serde(with = "as_text")]
    pub(crate) id: Uuid,
    pub(crate) registry: String,
    pub(crate) schema: String,
    pub(crate) number: u64,
    pub(crate) status: Status,
    pub(crate) created: String,
    /// In the order in which it came.
    #[serde(default)]
    pub(crate) metadata: Vec<Metadata>,
    /// The numbers of the versions that it was compared with.
    #[serde(default)]
    pub(crate) compared: Vec<u64>,
    /// When it is judged if it is pending, in milliseconds since 1970; unknown of those that earlier programs wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<u64>,
}

/// One pair of a version's metadata; the same key may come with several values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) created: String,
}

/// Why a version failed: one thing in which it and an earlier version do not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reason {
    /// The number of the earlier version.
    pub(crate) version: u64,
    /// `backward`: the new one cannot read the earlier one's data; `forward`: the other way round; empty: no two were
    /// held against each other.
    pub(crate) direction: String,
    /// Where in the schemas, in the words of the format.
    pub(crate) path: String,
    pub(crate) rule: String,
    /// What the reader's schema has there; empty where it has nothing.
    pub(crate) reader: String,
    /// What the writer's schema has there; empty where it has nothing.
    pub(crate) writer: String,
}

impl Reason {
    /// Why the version of this number failed without a comparison.
    pub(crate) fn not_judged(number: u64, why: &str) -> Self {
        Self {
            version: number,
            direction: String::new(),
            path: String::new(),
            rule: "not-judged".to_owned(),
            reader: why.to_owned(),
            writer: String::new(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.version;
        match self.direction.as_str() {
            "" => return write!(f, "version {number}: {}: {}", self.rule, self.reader),
            "forward" => write!(f, "version {number} cannot read the new one: ")?,
            _ => write!(f, "it cannot read version {number}: ")?,
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.rule)?;
        match (self.reader.as_str(), self.writer.as_str()) {
            ("", "") => Ok(()),
            (reader, "") => write!(f, " (the reader has {reader})"),
            ("", writer) => write!(f, " (the writer has {writer})"),
            (reader, writer) => write!(f, " (the reader has {reader}, the writer {writer})"),
        }
    }
}

/// Where a registry, a schema or a version stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    /// In force: looked up, compared with, counted as latest.
    #[default]
    Available,
    /// Not judged yet.
    Pending,
    /// Refused: kept to be looked up, and never compared with.
    Failure,
    /// On its way out.
    Deleting,
}

impl Status {
    /// The name that the AWS API uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Pending => "PENDING",
            Self::Failure => "FAILURE",
            Self::Deleting => "DELETING",
        }
    }
}

/// A value as the text that it prints and parses.
mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
