//! `GetSchemaVersionsDiff`.

use serde::{Deserialize, Serialize};

use super::Call;
use super::error::ApiError;
use super::identity::SchemaId;
use super::input::{VersionNumber, required};
use super::which::numbered;
use crate::definition;

const SYNTAX: &str = "SYNTAX_DIFF";

#[derive(Deserialize)]
pub(crate) struct GetDiff {
    #[serde(rename = "SchemaId")]
    schema: Option<SchemaId>,
    #[serde(rename = "FirstSchemaVersionNumber")]
    first: Option<VersionNumber>,
    #[serde(rename = "SecondSchemaVersionNumber")]
    second: Option<VersionNumber>,
    #[serde(rename = "SchemaDiffType")]
    kind: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Diff {
    diff: String,
}

/// `GetSchemaVersionsDiff`: a JSON Patch from the first version to the second.
pub(crate) fn get(call: Call<'_>, input: GetDiff) -> Result<Diff, ApiError> {
    let id = required(input.schema, "schemaId")?;
    let first = required(input.first, "firstSchemaVersionNumber")?;
    let second = required(input.second, "secondSchemaVersionNumber")?;
    let kind = required(input.kind, "schemaDiffType")?;
    if kind != SYNTAX {
        return Err(ApiError::Validation {
            value: format!("'{kind}'"),
            member: "schemaDiffType",
            constraint: "Member must satisfy enum value set: [SYNTAX_DIFF]",
        });
    }
    first.shape()?;
    second.shape()?;
    let named = id.resolve(call)?;
    let (first, second) = (first.resolve()?, second.resolve()?);
    let (format, first, second) = call.service.store.read(|store| {
        let schema = named.find(store, call.region)?;
        let text = |number| {
            let version = numbered(store, call.region, &named, &schema, number)?;
            Ok::<_, ApiError>(store.definition(call.region, version.id)?)
        };
        Ok::<_, ApiError>((schema.format, text(first)?, text(second)?))
    })?;
    Ok(Diff {
        diff: definition::patch(format, &first, &second),
    })
}
