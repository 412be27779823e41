//! `CreateSchema`, `GetSchema`, `ListSchemas`.

use compatibility::Mode;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::identity::{DEFAULT_REGISTRY, RegistryId, RegistryRef, SchemaId};
use super::input::{self, required};
use super::{Call, now, registries, token, versions};
use crate::definition::{Draft, Format};
use crate::store::{Change, Schema, Status, Tags, Version, Wanted};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSchema {
    registry_id: Option<RegistryId>,
    schema_name: Option<String>,
    data_format: Option<String>,
    compatibility: Option<String>,
    description: Option<String>,
    tags: Option<Tags>,
    schema_definition: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreatedSchema {
    registry_name: String,
    registry_arn: String,
    schema_name: String,
    schema_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    data_format: &'static str,
    compatibility: &'static str,
    schema_checkpoint: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_schema_version: Option<u64>,
    next_schema_version: u64,
    schema_status: &'static str,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version_status: Option<&'static str>,
}

/// `CreateSchema`, with its first version when the request has a definition.
pub(crate) fn create(call: Call<'_>, input: CreateSchema) -> Result<CreatedSchema, ApiError> {
    let name = required(input.schema_name, "schemaName")?;
    let format = required(input.data_format, "dataFormat")?;
    let tags = input.tags.unwrap_or_default();
    input::name(&name, "schemaName")?;
    input::description(input.description.as_deref())?;
    input::tags(&tags)?;
    let text = input.schema_definition;
    text.as_deref().map_or(Ok(()), input::definition)?;
    let registry = input.registry_id.unwrap_or_default().resolve(call)?;
    let format = format.parse::<Format>().map_err(|_| ApiError::DataFormat);
    // It takes long, so it is not the writer's work; what the registry has against the schema is said before.
    let draft = match (&format, text) {
        (Ok(format), Some(text)) => versions::read(*format, text).map(Some),
        _ => Ok(None),
    };
    let (mut schema, version) = call.service.store.write(|store| {
        let registry = make_sure_of(call, store, &registry)?;
        let format = format?;
        let mode = input
            .compatibility
            .and_then(|text| text.parse().ok())
            .ok_or(ApiError::Compatibility)?;
        let mut draft = draft?;
        let wanted = new_schema(registry, name, format, mode);
        add(
            call,
            store,
            Schema {
                description: input.description,
                tags,
                ..wanted
            },
            draft.as_mut(),
        )
    })?;
    let tags = std::mem::take(&mut schema.tags);
    tracing::info!(
        region = call.region,
        registry = schema.registry,
        schema = schema.name,
        "schema created"
    );
    if let Some(version) = &version {
        versions::log(call, "version added", version);
    }
    Ok(CreatedSchema {
        registry_arn: call.registry_arn(&schema.registry),
        schema_arn: call.schema_arn(&schema.registry, &schema.name),
        registry_name: schema.registry,
        schema_name: schema.name,
        description: schema.description,
        data_format: schema.format.as_str(),
        compatibility: schema.mode.as_str(),
        schema_checkpoint: schema.checkpoint,
        latest_schema_version: schema.latest,
        next_schema_version: schema.next,
        schema_status: schema.status.as_str(),
        tags,
        schema_version_id: version.as_ref().map(|version| version.id.to_string()),
        schema_version_status: version.as_ref().map(|version| version.status.as_str()),
    })
}

/// The name of the registry. The default one is made when it is missing; no other one is.
fn make_sure_of(
    call: Call<'_>,
    store: &mut Change<'_>,
    registry: &RegistryRef,
) -> Result<String, ApiError> {
    match registry.find(store, call.region) {
        Ok(found) if found.status == Status::Deleting => Err(ApiError::Busy(found.into())),
        Ok(found) => Ok(found.name),
        Err(ApiError::RegistryNotFound(_) | ApiError::RegistryArnNotFound(_))
            if registry.is_default() =>
        {
            let name = DEFAULT_REGISTRY.to_owned();
            Ok(registries::add(call, store, name, None, Tags::new())?.name)
        }
        Err(error) => Err(error),
    }
}

fn new_schema(registry: String, name: String, format: Format, mode: Mode) -> Schema {
    let created = now();
    Schema {
        registry,
        name,
        format,
        mode,
        description: None,
        tags: Tags::new(),
        checkpoint: 1,
        latest: None,
        next: 1,
        updated: created.clone(),
        created,
        status: Status::Available,
    }
}

fn add(
    call: Call<'_>,
    store: &mut Change<'_>,
    mut schema: Schema,
    draft: Option<&mut Draft>,
) -> Result<(Schema, Option<Version>), ApiError> {
    if store.schema_count(call.region)? >= call.service.quotas.schemas {
        return Err(ApiError::LimitReached("schemas"));
    }
    if store
        .schema(call.region, &schema.registry, &schema.name)?
        .is_some()
    {
        return Err(ApiError::SchemaExists(schema.name));
    }
    let Some(draft) = draft else {
        store.put_schema(call.region, &schema)?;
        return Ok((schema, None));
    };
    let version = versions::add(call, store, &mut schema, draft)?;
    if version.status == Status::Pending {
        // There is nothing to compare it with: it will be available, and counts as the latest from the start.
        schema.status = Status::Pending;
        schema.latest = Some(version.number);
        schema.next = version.number + 1;
        store.put_schema(call.region, &schema)?;
    }
    Ok((schema, Some(version)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetSchema {
    schema_id: Option<SchemaId>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownSchema {
    registry_name: String,
    registry_arn: String,
    schema_name: String,
    schema_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    data_format: &'static str,
    compatibility: &'static str,
    schema_checkpoint: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_schema_version: Option<u64>,
    next_schema_version: u64,
    schema_status: &'static str,
    created_time: String,
    updated_time: String,
}

/// `GetSchema`.
pub(crate) fn get(call: Call<'_>, input: GetSchema) -> Result<ShownSchema, ApiError> {
    let wanted = required(input.schema_id, "schemaId")?.resolve(call)?;
    let schema = call
        .service
        .store
        .read(|store| wanted.find(store, call.region))?;
    Ok(ShownSchema {
        registry_arn: call.registry_arn(&schema.registry),
        schema_arn: call.schema_arn(&schema.registry, &schema.name),
        registry_name: schema.registry,
        schema_name: schema.name,
        description: schema.description,
        data_format: schema.format.as_str(),
        compatibility: schema.mode.as_str(),
        schema_checkpoint: schema.checkpoint,
        latest_schema_version: schema.latest,
        next_schema_version: schema.next,
        schema_status: schema.status.as_str(),
        created_time: schema.created,
        updated_time: schema.updated,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListSchemas {
    registry_id: Option<RegistryId>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListedSchemas {
    schemas: Vec<SchemaItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SchemaItem {
    registry_name: String,
    schema_name: String,
    schema_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    schema_status: &'static str,
    created_time: String,
    updated_time: String,
}

/// `ListSchemas`: of one registry, or of all when the request names none.
pub(crate) fn list(call: Call<'_>, input: ListSchemas) -> Result<ListedSchemas, ApiError> {
    let limit = input::max_results(input.max_results)?;
    let registry = input
        .registry_id
        .filter(RegistryId::is_given)
        .map(|registry| registry.resolve(call))
        .transpose()?;
    call.service.store.read(|store| {
        let registry = registry
            .map(|registry| registry.find(store, call.region))
            .transpose()?;
        let name = registry.as_ref().map(|registry| registry.name.as_str());
        let list = name.map_or_else(|| "schemas".to_owned(), |name| format!("schemas of {name}"));
        let after = token::decode(&list, input.next_token.as_deref())?;
        let page = store.schemas(call.region, name, &Wanted { after, limit })?;
        Ok(ListedSchemas {
            schemas: page
                .items
                .into_iter()
                .map(|schema| item(call, schema))
                .collect(),
            next_token: token::encode(&list, page.next),
        })
    })
}

fn item(call: Call<'_>, schema: Schema) -> SchemaItem {
    SchemaItem {
        schema_arn: call.schema_arn(&schema.registry, &schema.name),
        registry_name: schema.registry,
        schema_name: schema.name,
        description: schema.description,
        schema_status: schema.status.as_str(),
        created_time: schema.created,
        updated_time: schema.updated,
    }
}
