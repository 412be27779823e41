//! `DeleteRegistry`, `DeleteSchema`, `DeleteSchemaVersions`: at once, or after the time that the configuration says.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::error::{ApiError, SchemaNames};
use super::identity::{RegistryId, SchemaId, SchemaRef};
use super::input::{self, required};
use super::{Call, life, now};
use crate::store::{Change, Deed, Schema, Status, StoreError, Version, Wanted};

const DELETING: &str = Status::Deleting.as_str();

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteRegistry {
    registry_id: Option<RegistryId>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeletedRegistry {
    registry_name: String,
    registry_arn: String,
    status: &'static str,
}

/// `DeleteRegistry`, with all that is in it.
pub(crate) fn registry(call: Call<'_>, input: DeleteRegistry) -> Result<DeletedRegistry, ApiError> {
    let wanted = required(input.registry_id, "registryId")?.resolve(call)?;
    let name = call.service.store.write(|store| {
        let mut registry = wanted.find(store, call.region)?;
        let name = registry.name.clone();
        let delay = call.service.behaviour.deletion;
        if delay.is_zero() {
            store.remove_registry(call.region, &name)?;
        } else if registry.status != Status::Deleting {
            registry.status = Status::Deleting;
            registry.updated = now();
            store.put_registry(call.region, &registry)?;
            mark_schemas(call, store, &name)?;
            life::schedule(call, store, delay, Deed::RemoveRegistry(name.clone()))?;
        }
        Ok::<_, ApiError>(name)
    })?;
    tracing::info!(region = call.region, registry = name, "registry deleted");
    Ok(DeletedRegistry {
        registry_arn: call.registry_arn(&name),
        registry_name: name,
        status: DELETING,
    })
}

/// The schemas of a registry that goes are on their way out, too.
fn mark_schemas(call: Call<'_>, store: &mut Change<'_>, registry: &str) -> Result<(), StoreError> {
    let all = Wanted {
        after: None,
        limit: usize::MAX,
    };
    for schema in store.schemas(call.region, Some(registry), &all)?.items {
        mark(call, store, schema)?;
    }
    Ok(())
}

fn mark(call: Call<'_>, store: &mut Change<'_>, mut schema: Schema) -> Result<(), StoreError> {
    schema.status = Status::Deleting;
    schema.updated = now();
    store.put_schema(call.region, &schema)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteSchema {
    schema_id: Option<SchemaId>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeletedSchema {
    schema_arn: String,
    schema_name: String,
    status: &'static str,
}

/// `DeleteSchema`, with its versions.
pub(crate) fn schema(call: Call<'_>, input: DeleteSchema) -> Result<DeletedSchema, ApiError> {
    let wanted = required(input.schema_id, "schemaId")?.resolve(call)?;
    let (registry, name) = call.service.store.write(|store| {
        let schema = wanted.find(store, call.region)?;
        let (registry, name) = (schema.registry.clone(), schema.name.clone());
        let delay = call.service.behaviour.deletion;
        if delay.is_zero() {
            store.remove_schema(call.region, &registry, &name)?;
        } else if schema.status != Status::Deleting {
            mark(call, store, schema)?;
            let deed = Deed::RemoveSchema {
                registry: registry.clone(),
                schema: name.clone(),
            };
            life::schedule(call, store, delay, deed)?;
        }
        Ok::<_, ApiError>((registry, name))
    })?;
    tracing::info!(
        region = call.region,
        registry,
        schema = name,
        "schema deleted"
    );
    Ok(DeletedSchema {
        schema_arn: call.schema_arn(&registry, &name),
        schema_name: name,
        status: DELETING,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteVersions {
    schema_id: Option<SchemaId>,
    versions: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeletedVersions {
    schema_version_errors: Vec<VersionError>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionError {
    version_number: u64,
    error_details: ErrorDetails,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorDetails {
    error_code: &'static str,
    error_message: String,
}

/// `DeleteSchemaVersions`: refused as a whole, or done for every version of the range that exists.
pub(crate) fn versions(call: Call<'_>, input: DeleteVersions) -> Result<DeletedVersions, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let range = input::version_range(&required(input.versions, "versions")?)?;
    let wanted = id.resolve(call)?;
    let errors = call
        .service
        .store
        .write(|store| delete_range(call, store, &wanted, range))?;
    Ok(DeletedVersions {
        schema_version_errors: errors,
    })
}

fn delete_range(
    call: Call<'_>,
    store: &mut Change<'_>,
    wanted: &SchemaRef,
    range: RangeInclusive<u64>,
) -> Result<Vec<VersionError>, ApiError> {
    let mut schema = wanted.find(store, call.region)?;
    if schema.status == Status::Deleting {
        return Err(ApiError::Busy(schema.into()));
    }
    refuse_range(call, store, &schema, &range)?;
    let mut errors = Vec::new();
    for number in range {
        let found = store.all_numbered(call.region, &schema, number)?;
        if found.is_empty() {
            errors.push(not_found(wanted.given(), number));
        }
        for version in found {
            delete_version(call, store, &schema, version)?;
        }
    }
    schema.latest = latest(call, store, &schema)?;
    schema.updated = now();
    store.put_schema(call.region, &schema)?;
    Ok(errors)
}

/// What keeps the whole range from being deleted.
fn refuse_range(
    call: Call<'_>,
    store: &Change<'_>,
    schema: &Schema,
    range: &RangeInclusive<u64>,
) -> Result<(), ApiError> {
    if range.contains(&schema.checkpoint) && schema.latest.is_some() {
        return Err(ApiError::DeletesCheckpoint(schema.checkpoint));
    }
    if range.contains(&1) {
        return Err(ApiError::DeletesFirst);
    }
    // Failures may stand above one that is pending.
    for version in store.every_version(call.region, schema)? {
        let version = version?;
        if version.status == Status::Pending {
            return Err(ApiError::DeletesWhilePending);
        }
        if version.number < schema.next {
            break;
        }
    }
    Ok(())
}

fn delete_version(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &Schema,
    mut version: Version,
) -> Result<(), StoreError> {
    let delay = call.service.behaviour.deletion;
    if delay.is_zero() {
        return life::remove_version(call, store, schema, &version);
    }
    if version.status == Status::Deleting {
        return Ok(());
    }
    version.status = Status::Deleting;
    store.put_version(call.region, &version)?;
    life::schedule(call, store, delay, Deed::RemoveVersion(version.id))?;
    Ok(())
}

/// The highest version that is still available.
fn latest(call: Call<'_>, store: &Change<'_>, schema: &Schema) -> Result<Option<u64>, StoreError> {
    for version in store.every_version(call.region, schema)? {
        let version = version?;
        if version.status == Status::Available {
            return Ok(Some(version.number));
        }
    }
    Ok(None)
}

fn not_found(schema: SchemaNames, number: u64) -> VersionError {
    let error = ApiError::VersionNotFoundByNumber {
        schema,
        number: Some(number),
    };
    VersionError {
        version_number: number,
        error_details: ErrorDetails {
            error_code: error.kind().0,
            error_message: error.to_string(),
        },
    }
}
