//! `RegisterSchemaVersion`, `GetSchemaVersion`, `GetSchemaByDefinition`, `ListSchemaVersions`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{ApiError, JavaSchemaId};
use super::identity::{SchemaId, SchemaRef};
use super::input::{self, Numbered, VersionNumber, required};
use super::{Call, now, token};
use crate::definition::{self, Canonical, Format};
use crate::store::{Change, Rows, Schema, Snapshot, Status, Version, View, Wanted};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfDefinition {
    schema_id: Option<SchemaId>,
    schema_definition: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Registered {
    schema_version_id: String,
    version_number: u64,
    status: &'static str,
}

/// `RegisterSchemaVersion`: a definition that the schema already has keeps its version.
pub(crate) fn register(call: &Call<'_>, input: OfDefinition) -> Result<Registered, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let text = required(input.schema_definition, "schemaDefinition")?;
    input::definition(&text)?;
    let wanted = id.resolve()?;
    let (version, is_new) = call
        .service
        .store
        .write(|store| register_in(call, store, &wanted, &text))?;
    if is_new {
        log_added(call, &version);
    }
    Ok(Registered {
        schema_version_id: version.id.to_string(),
        version_number: version.number,
        status: version.status.as_str(),
    })
}

/// The version of the definition, and whether it is new.
fn register_in(
    call: &Call<'_>,
    store: &mut Change<'_>,
    wanted: &SchemaRef,
    text: &str,
) -> Result<(Version, bool), ApiError> {
    let mut schema = wanted.find(store, call.region)?;
    if !schema.mode.allows_new_versions() {
        return Err(ApiError::VersioningDisabled(JavaSchemaId(wanted.given())));
    }
    valid(schema.format, text)?;
    if let Some(version) = same(store, call.region, &schema, text)? {
        return Ok((version, false));
    }
    let status = definition::verdict(schema.mode, schema.format, text);
    let version = add(call, store, &mut schema, status, text)?;
    store.put_schema(call.region, &schema)?;
    Ok((version, true))
}

/// Says once that a version was added.
pub(super) fn log_added(call: &Call<'_>, version: &Version) {
    let (registry, schema) = (&version.registry, &version.schema);
    let (id, number, status) = (version.id, version.number, version.status.as_str());
    tracing::info!(region = call.region, %registry, %schema, number, %id, status, "version added");
}

/// Refuses a definition that is not valid.
pub(super) fn valid(format: Format, text: &str) -> Result<(), ApiError> {
    definition::check(format, text).map_err(|detail| ApiError::Definition {
        format: format.as_str(),
        detail,
    })
}

/// Adds a version and moves the schema's numbers; the caller stores the schema.
pub(super) fn add(
    call: &Call<'_>,
    store: &mut Change<'_>,
    schema: &mut Schema,
    status: Status,
    text: &str,
) -> Result<Version, ApiError> {
    if store.version_count(call.region)? >= call.service.quotas.schema_versions {
        return Err(ApiError::LimitReached("schema versions"));
    }
    let version = Version {
        id: call.service.ids.fresh(store, call.region)?,
        registry: schema.registry.clone(),
        schema: schema.name.clone(),
        number: schema.next,
        status,
        created: now(),
    };
    store.add_version(
        call.region,
        &version,
        text,
        Canonical::of(schema.format, text).fingerprint(),
    )?;
    schema.latest = Some(version.number);
    schema.next = version.number + 1;
    Ok(version)
}

/// The version of this schema whose definition counts as the same.
fn same(
    view: &View<impl Rows>,
    region: &str,
    schema: &Schema,
    text: &str,
) -> Result<Option<Version>, ApiError> {
    let wanted = Canonical::of(schema.format, text);
    for version in view.alike(region, schema, wanted.fingerprint())? {
        if Canonical::of(schema.format, &view.definition(region, version.id)?) == wanted {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

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
    call: &Call<'_>,
    input: OfDefinition,
) -> Result<FoundByDefinition, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let text = required(input.schema_definition, "schemaDefinition")?;
    input::definition_length(&text)?;
    let wanted = id.resolve()?;
    call.service.store.read(|store| {
        let schema = wanted
            .find(store, call.region)
            .map_err(by_definition_text)?;
        let version = same(store, call.region, &schema, &text)?
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
pub(crate) fn get(call: &Call<'_>, input: GetVersion) -> Result<ShownVersion, ApiError> {
    let schema = input.schema.filter(SchemaId::is_given);
    let number = input.number.filter(|number| number.is_given());
    let id = input.id.as_deref().map(input::version_id).transpose()?;
    schema.as_ref().map_or(Ok(()), SchemaId::shape)?;
    number.map_or(Ok(()), VersionNumber::shape)?;
    let Some(id) = id else {
        let wanted = schema.unwrap_or_default().resolve()?;
        let number = number.unwrap_or_default().resolve()?;
        return call
            .service
            .store
            .read(|store| by_number(call, store, &wanted, number));
    };
    if schema.is_some() || number.is_some() {
        return Err(ApiError::VersionIdNotAlone);
    }
    call.service.store.read(|store| by_id(call, store, id))
}

fn by_id(call: &Call<'_>, store: &Snapshot, id: Uuid) -> Result<ShownVersion, ApiError> {
    let not_found = || ApiError::VersionNotFoundById(id.to_string());
    let version = store.version(call.region, id)?.ok_or_else(not_found)?;
    let schema = store
        .schema(call.region, &version.registry, &version.schema)?
        .ok_or_else(not_found)?;
    shown(call, store, &schema, version)
}

fn by_number(
    call: &Call<'_>,
    store: &Snapshot,
    wanted: &SchemaRef,
    number: Numbered,
) -> Result<ShownVersion, ApiError> {
    let schema = wanted.find(store, call.region)?;
    let (asked, number) = match number {
        Numbered::Latest => (None, schema.latest),
        Numbered::Number(number) => (Some(number), Some(number)),
    };
    let version = match number {
        Some(number) => store.numbered(call.region, &schema, number)?,
        None => None,
    };
    let version = version.ok_or_else(|| ApiError::VersionNotFoundByNumber {
        schema: wanted.given(),
        number: asked,
    })?;
    shown(call, store, &schema, version)
}

fn shown(
    call: &Call<'_>,
    store: &Snapshot,
    schema: &Schema,
    version: Version,
) -> Result<ShownVersion, ApiError> {
    Ok(ShownVersion {
        schema_definition: store.definition(call.region, version.id)?,
        schema_version_id: version.id.to_string(),
        data_format: schema.format.as_str(),
        schema_arn: call.schema_arn(&schema.registry, &schema.name),
        version_number: version.number,
        status: version.status.as_str(),
        created_time: version.created,
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
pub(crate) fn list(call: &Call<'_>, input: ListVersions) -> Result<ListedVersions, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let limit = input::max_results(input.max_results)?;
    let wanted = id.resolve()?;
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
