//! Definitions: their formats, whether one is valid, and which ones count as the same.

use std::collections::BTreeMap;

use compatibility::Mode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::store::Status;

/// Definitions nested deeper than this are the same only byte for byte.
const MAX_DEPTH: usize = 200;

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

/// The status that a valid new version gets beside the earlier ones.
///
/// The compatibility check has its place here. Until it exists every valid
/// version is available, which the stub says at start and on its page.
pub(crate) fn verdict(_mode: Mode, _format: Format, _definition: &str) -> Status {
    Status::Available
}

/// A definition in the form in which it is compared with others.
///
/// Avro and JSON: member order, white space and the spelling of texts do not
/// count; array order and the spelling of numbers do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Canonical(String);

impl Canonical {
    /// The comparable form; of a text that is not JSON, the text itself.
    pub(crate) fn of(format: Format, text: &str) -> Self {
        let canonical = match format {
            Format::Avro | Format::Json => canonical_json(text),
            Format::Protobuf => None,
        };
        Self(canonical.unwrap_or_else(|| text.to_owned()))
    }

    /// A hash that never changes between versions of the stub: FNV-1a, 64 bits.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.0.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

fn canonical_json(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    write_canonical(serde_json::from_str(text).ok()?, MAX_DEPTH, &mut out)?;
    Some(out)
}

fn write_canonical(value: &RawValue, depth: usize, out: &mut String) -> Option<()> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'{' => {
            let depth = depth.checked_sub(1)?;
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
            let mut before = '{';
            for (name, member) in members {
                out.push(before);
                out.push_str(&serde_json::to_string(&name).ok()?);
                out.push(':');
                write_canonical(member, depth, out)?;
                before = ',';
            }
            out.push_str(if before == '{' { "{}" } else { "}" });
        }
        b'[' => {
            let depth = depth.checked_sub(1)?;
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let mut before = '[';
            for item in items {
                out.push(before);
                write_canonical(item, depth, out)?;
                before = ',';
            }
            out.push_str(if before == '[' { "[]" } else { "]" });
        }
        b'"' => {
            let text: String = serde_json::from_str(text).ok()?;
            out.push_str(&serde_json::to_string(&text).ok()?);
        }
        _ => out.push_str(text),
    }
    Some(())
}

#[cfg(test)]
mod tests;
