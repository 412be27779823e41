//! `GetSchemaVersion`, `GetSchemaByDefinition`, `ListSchemaVersions`.

use serde::{Deserialize, Serialize};

use super::beside::same;
use super::error::ApiError;
use super::identity::SchemaId;
use super::input::{self, VersionNumber, required};
use super::versions::OfDefinition;
use super::which::Which;
use super::{Call, token};
use crate::definition::Canonical;
use crate::store::{Version, Wanted};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FoundByDefinition {
    schema_version_id: String,
    schema_arn: String,
    data_format: &'static str,
    status: &'static str,
    created_time: String,
}

/// `GetSchemaByDefinition`: whatever the version's status is.
pub(crate) fn by_definition(
    call: Call<'_>,
    input: OfDefinition,
) -> Result<FoundByDefinition, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let text = required(input.schema_definition, "schemaDefinition")?;
    input::definition_length(&text)?;
    let wanted = id.resolve(call)?;
    call.service.store.read(|store| {
        let schema = wanted
            .find(store, call.region)
            .map_err(by_definition_text)?;
        let canonical = Canonical::of(schema.format, &text);
        let version = same(call, store, &schema, &text, &canonical)?
            .ok_or(ApiError::VersionNotFoundByDefinition)?;
        Ok(FoundByDefinition {
            schema_version_id: version.id.to_string(),
            schema_arn: call.schema_arn(&schema.registry, &schema.name),
            data_format: schema.format.as_str(),
            status: version.status.as_str(),
            created_time: version.created,
        })
    })
}

/// The Java serde looks for exactly this text before it creates a schema.
fn by_definition_text(error: ApiError) -> ApiError {
    match error {
        ApiError::SchemaNotFound(_) => ApiError::SchemaNotFoundByDefinition,
        error => error,
    }
}

#[derive(Deserialize)]
pub(crate) struct GetVersion {
    #[serde(rename = "SchemaId")]
    schema: Option<SchemaId>,
    #[serde(rename = "SchemaVersionId")]
    id: Option<String>,
    #[serde(rename = "SchemaVersionNumber")]
    number: Option<VersionNumber>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownVersion {
    schema_version_id: String,
    schema_definition: String,
    data_format: &'static str,
    schema_arn: String,
    version_number: u64,
    status: &'static str,
    created_time: String,
}

/// `GetSchemaVersion`: by id, or by schema and number.
pub(crate) fn get(call: Call<'_>, input: GetVersion) -> Result<ShownVersion, ApiError> {
    let which = Which::resolve(call, input.schema, input.id.as_deref(), input.number)?;
    call.service.store.read(|store| {
        let (schema, version) = which.find(store, call.region)?;
        Ok(ShownVersion {
            schema_definition: store.definition(call.region, version.id)?,
            schema_version_id: version.id.to_string(),
            data_format: schema.format.as_str(),
            schema_arn: call.schema_arn(&schema.registry, &schema.name),
            version_number: version.number,
            status: version.status.as_str(),
            created_time: version.created,
        })
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListVersions {
    schema_id: Option<SchemaId>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListedVersions {
    // The API calls the versions so.
    schemas: Vec<VersionItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionItem {
    schema_arn: String,
    schema_version_id: String,
    version_number: u64,
    status: &'static str,
    created_time: String,
}

/// `ListSchemaVersions`, newest first.
pub(crate) fn list(call: Call<'_>, input: ListVersions) -> Result<ListedVersions, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let limit = input::max_results(input.max_results)?;
    let wanted = id.resolve(call)?;
    call.service.store.read(|store| {
        let schema = wanted.find(store, call.region)?;
        let arn = call.schema_arn(&schema.registry, &schema.name);
        let list = format!("versions of {arn}");
        let after = token::decode(&list, input.next_token.as_deref())?;
        let page = store.history(call.region, &schema, &Wanted { after, limit })?;
        Ok(ListedVersions {
            schemas: page
                .items
                .into_iter()
                .map(|version| item(&arn, version))
                .collect(),
            next_token: token::encode(&list, page.next),
        })
    })
}

fn item(arn: &str, version: Version) -> VersionItem {
    VersionItem {
        schema_arn: arn.to_owned(),
        schema_version_id: version.id.to_string(),
        version_number: version.number,
        status: version.status.as_str(),
        created_time: version.created,
    }
}
