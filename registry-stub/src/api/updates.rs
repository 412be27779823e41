//! `UpdateRegistry`, `UpdateSchema`.

use compatibility::Mode;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::identity::{RegistryId, SchemaId, SchemaRef};
use super::input::{self, Numbered, VersionNumber, required};
use super::which::numbered;
use super::{Call, now};
use crate::config::Validation;
use crate::store::{Change, Schema, Status};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateRegistry {
    registry_id: Option<RegistryId>,
    description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdatedRegistry {
    registry_name: String,
    registry_arn: String,
}

/// `UpdateRegistry`: its description.
pub(crate) fn registry(call: Call<'_>, input: UpdateRegistry) -> Result<UpdatedRegistry, ApiError> {
    let id = required(input.registry_id, "registryId")?;
    let description = required(input.description, "description")?;
    input::description(Some(&description))?;
    let wanted = id.resolve(call)?;
    let name = call.service.store.write(|store| {
        let mut registry = wanted.find(store, call.region)?;
        if registry.status != Status::Available {
            return Err(ApiError::Busy(registry.into()));
        }
        registry.description = Some(description);
        registry.updated = now();
        store.put_registry(call.region, &registry)?;
        Ok(registry.name)
    })?;
    Ok(UpdatedRegistry {
        registry_arn: call.registry_arn(&name),
        registry_name: name,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateSchema {
    schema_id: Option<SchemaId>,
    schema_version_number: Option<VersionNumber>,
    compatibility: Option<String>,
    description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdatedSchema {
    schema_arn: String,
    schema_name: String,
    registry_name: String,
}

/// `UpdateSchema`: its mode, its checkpoint, its description. What is registered is not judged anew.
pub(crate) fn schema(call: Call<'_>, input: UpdateSchema) -> Result<UpdatedSchema, ApiError> {
    let id = required(input.schema_id.clone(), "schemaId")?;
    input::description(input.description.as_deref())?;
    let number = input.schema_version_number;
    let number = number.filter(|number| number.is_given());
    number.map_or(Ok(()), VersionNumber::shape)?;
    let wanted = id.resolve(call)?;
    let checkpoint = number.map(VersionNumber::resolve).transpose()?;
    suffices(call, &input, checkpoint)?;
    let schema = call
        .service
        .store
        .write(|store| update_in(call, store, &wanted, checkpoint, input))?;
    tracing::info!(
        region = call.region,
        registry = schema.registry,
        schema = schema.name,
        mode = schema.mode.as_str(),
        checkpoint = schema.checkpoint,
        "schema updated"
    );
    Ok(UpdatedSchema {
        schema_arn: call.schema_arn(&schema.registry, &schema.name),
        schema_name: schema.name,
        registry_name: schema.registry,
    })
}

/// Whether the request says enough.
fn suffices(
    call: Call<'_>,
    input: &UpdateSchema,
    checkpoint: Option<Numbered>,
) -> Result<(), ApiError> {
    if checkpoint.is_some() {
        return Ok(());
    }
    let is_strict = call.service.behaviour.validation == Validation::Strict;
    match (&input.compatibility, &input.description) {
        (None, None) => Err(ApiError::NothingToUpdate),
        (None, Some(_)) if is_strict => Err(ApiError::NothingToUpdate),
        (Some(_), _) if is_strict => Err(ApiError::VersionNotNumbered),
        _ => Ok(()),
    }
}

fn update_in(
    call: Call<'_>,
    store: &mut Change<'_>,
    wanted: &SchemaRef,
    checkpoint: Option<Numbered>,
    input: UpdateSchema,
) -> Result<Schema, ApiError> {
    let mut schema = wanted.find(store, call.region)?;
    if let Some(text) = input.compatibility {
        let mode: Option<Mode> = text.parse().ok();
        schema.mode = mode.ok_or(ApiError::Compatibility)?;
    }
    if schema.status != Status::Available {
        return Err(ApiError::Busy(schema.into()));
    }
    if let Some(checkpoint) = checkpoint {
        let version = numbered(store, call.region, wanted, &schema, checkpoint)?;
        if version.status != Status::Available {
            return Err(ApiError::VersionNotFoundByNumber {
                schema: wanted.given(),
                number: Some(version.number),
            });
        }
        schema.checkpoint = version.number;
    }
    schema.description = input.description.or(schema.description);
    schema.updated = now();
    store.put_schema(call.region, &schema)?;
    Ok(schema)
}
