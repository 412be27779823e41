//! What the store keeps: registries, schemas and versions, as JSON records.
//!
//! A member may be added (with `#[serde(default)]`) without a new file
//! format; a change of meaning or of a name needs one.

use std::collections::BTreeMap;

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
}

/// One schema: everything but its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schema {
    pub(crate) registry: String,
    pub(crate) name: String,
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
}

/// One version: everything but its definition, which has a table of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    #[serde(with = "as_text")]
    pub(crate) id: Uuid,
    pub(crate) registry: String,
    pub(crate) schema: String,
    pub(crate) number: u64,
    pub(crate) status: Status,
    pub(crate) created: String,
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    /// In force: looked up, compared with, counted as latest.
    Available,
}

impl Status {
    /// The name that the AWS API uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
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
