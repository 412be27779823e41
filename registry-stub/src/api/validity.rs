//! `CheckSchemaVersionValidity`.

use serde::{Deserialize, Serialize};

use super::Call;
use super::error::ApiError;
use super::input::{self, required};
use crate::definition::{self, Format};

/// So many characters an answer may say about what is wrong.
const MAX_ERROR: usize = 5_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Check {
    data_format: Option<String>,
    schema_definition: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Checked {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `CheckSchemaVersionValidity`: the same check that a new version passes; a definition that fails it is an answer, no error.
pub(crate) fn check(_: Call<'_>, input: Check) -> Result<Checked, ApiError> {
    let format = required(input.data_format, "dataFormat")?;
    let text = required(input.schema_definition, "schemaDefinition")?;
    input::definition(&text)?;
    let format: Format = format.parse().map_err(|_| ApiError::DataFormat)?;
    let error = definition::check(format, &text).err();
    Ok(Checked {
        valid: error.is_none(),
        error: error.map(|error| error.chars().take(MAX_ERROR).collect()),
    })
}
