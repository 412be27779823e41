//! Definitions: their formats, whether one is valid, and which ones count as the same.

mod canonical;
mod diff;
mod tree;

use compatibility::Mode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use canonical::Canonical;
pub(crate) use diff::patch;

use crate::store::{Reason, Status, StoreError};

/// The language of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Format {
    Avro,
    Json,
    Protobuf,
}

impl Format {
    /// The format that the AWS API calls by this name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Avro, Self::Json, Self::Protobuf]
            .into_iter()
            .find(|format| format.as_str() == text)
    }

    /// The name that the AWS API uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        }
    }
}

/// Says what is wrong with a definition, if anything is.
///
/// # Errors
/// The reason, as a detail for the client.
pub(crate) fn check(format: Format, text: &str) -> Result<(), String> {
    match format {
        Format::Avro => check_avro(text),
        Format::Json => check_json_schema(text),
        Format::Protobuf => check_protobuf(text),
    }
}

fn check_avro(text: &str) -> Result<(), String> {
    common::avro::Schema::parse(text)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn check_protobuf(text: &str) -> Result<(), String> {
    common::protobuf::ProtobufSchema::compile(text, common::limits::Limits::default())
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Schemas are checked with the rules of the library that AWS names; those that are a boolean have none.
fn check_json_schema(text: &str) -> Result<(), String> {
    let value: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if matches!(value.get(), "true" | "false") {
        return Ok(());
    }
    common::json_schema::JsonSchema::compile(text, common::limits::Limits::default())
        .map(drop)
        .map_err(|error| error.to_string())
}

/// A valid definition that wants to become a version, and the rules it comes under.
#[expect(dead_code, reason = "the check that reads it is not there yet")]
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    pub(crate) definition: &'a str,
    /// The number of the version that the schema's checkpoint names.
    pub(crate) checkpoint: u64,
    /// The numbers of the available versions that a mode of this reach can mean, in rising order.
    pub(crate) available: &'a [u64],
}

/// What becomes of a candidate, and why.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    /// None for a version that is available.
    pub(crate) reasons: Vec<Reason>,
}

impl Verdict {
    /// Nothing speaks against it.
    pub(crate) const AVAILABLE: Self = Self {
        status: Status::Available,
        reasons: Vec::new(),
    };
}

/// What becomes of a valid new version beside the earlier ones; `earlier` gives the definition of an available version.
///
/// The compatibility check has its place here. Until it exists every valid
/// version is available, which the stub says at start and on its page.
///
/// # Errors
/// Those of `earlier`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the check that asks for earlier definitions is not there yet"
)]
pub(crate) fn verdict(
    _candidate: &Candidate<'_>,
    _earlier: impl FnMut(u64) -> Result<String, StoreError>,
) -> Result<Verdict, StoreError> {
    Ok(Verdict::AVAILABLE)
}

#[cfg(test)]
mod tests;
