//! `CreateRegistry`, `GetRegistry`, `ListRegistries`.

use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::identity::RegistryId;
use super::input::{self, required};
use super::{Call, now, token};
use crate::store::{Change, Registry, Status, Tags, Wanted};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRegistry {
    registry_name: Option<String>,
    description: Option<String>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreatedRegistry {
    registry_arn: String,
    registry_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
}

/// `CreateRegistry`.
pub(crate) fn create(call: Call<'_>, input: CreateRegistry) -> Result<CreatedRegistry, ApiError> {
    let name = required(input.registry_name, "registryName")?;
    let tags = input.tags.unwrap_or_default();
    input::name(&name, "registryName")?;
    input::description(input.description.as_deref())?;
    input::tags(&tags)?;
    let registry = call
        .service
        .store
        .write(|store| add(call, store, name, input.description, tags))?;
    tracing::info!(
        region = call.region,
        registry = registry.name,
        "registry created"
    );
    Ok(CreatedRegistry {
        registry_arn: call.registry_arn(&registry.name),
        registry_name: registry.name,
        description: registry.description,
        tags: registry.tags,
    })
}

/// Adds a registry; the limit is looked at before the name.
pub(super) fn add(
    call: Call<'_>,
    store: &mut Change<'_>,
    name: String,
    description: Option<String>,
    tags: Tags,
) -> Result<Registry, ApiError> {
    if store.registry_count(call.region)? >= call.service.quotas.registries {
        return Err(ApiError::LimitReached("registries"));
    }
    if store.registry(call.region, &name)?.is_some() {
        return Err(ApiError::RegistryExists(name));
    }
    let created = now();
    let registry = Registry {
        name,
        description,
        tags,
        updated: created.clone(),
        created,
        status: Status::Available,
    };
    store.put_registry(call.region, &registry)?;
    Ok(registry)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetRegistry {
    registry_id: Option<RegistryId>,
}

/// A registry, as `GetRegistry` and `ListRegistries` show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RegistryItem {
    registry_name: String,
    registry_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    status: &'static str,
    created_time: String,
    updated_time: String,
}

impl RegistryItem {
    fn of(call: Call<'_>, registry: Registry) -> Self {
        Self {
            registry_arn: call.registry_arn(&registry.name),
            registry_name: registry.name,
            description: registry.description,
            status: registry.status.as_str(),
            created_time: registry.created,
            updated_time: registry.updated,
        }
    }
}

/// `GetRegistry`.
pub(crate) fn get(call: Call<'_>, input: GetRegistry) -> Result<RegistryItem, ApiError> {
    let wanted = required(input.registry_id, "registryId")?.resolve(call)?;
    let registry = call
        .service
        .store
        .read(|store| wanted.find(store, call.region))?;
    Ok(RegistryItem::of(call, registry))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListRegistries {
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListedRegistries {
    registries: Vec<RegistryItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `ListRegistries`, by name.
pub(crate) fn list(call: Call<'_>, input: ListRegistries) -> Result<ListedRegistries, ApiError> {
    let ListRegistries {
        max_results,
        next_token,
    } = input;
    let limit = input::max_results(max_results)?;
    let after = token::decode("registries", next_token.as_deref())?;
    let page = call
        .service
        .store
        .read(|store| store.registries(call.region, &Wanted { after, limit }))?;
    Ok(ListedRegistries {
        registries: page
            .items
            .into_iter()
            .map(|registry| RegistryItem::of(call, registry))
            .collect(),
        next_token: token::encode("registries", page.next),
    })
}
