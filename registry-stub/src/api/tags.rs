//! `GetTags`, `TagResource`, `UntagResource`, of registries and schemas.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Call;
use super::error::ApiError;
use super::identity::Resource;
use super::input::{self, required};
use crate::store::{Registry, Rows, Schema, Status, Tags, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetTags {
    resource_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownTags {
    tags: Tags,
}

/// `GetTags`.
pub(crate) fn get(call: Call<'_>, input: GetTags) -> Result<ShownTags, ApiError> {
    let arn = required(input.resource_arn, "resourceArn")?;
    let resource = Resource::parse(call, &arn)?;
    let tags = call.service.store.read(|store| {
        Tagged::find(store, call.region, &resource).map(|found| match found {
            Tagged::Registry(registry) => registry.tags,
            Tagged::Schema(schema) => schema.tags,
        })
    })?;
    Ok(ShownTags { tags })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagResource {
    resource_arn: Option<String>,
    tags_to_add: Option<Tags>,
}

/// An answer without members.
#[derive(Serialize)]
pub(crate) struct Done {}

/// `TagResource`: a tag that is there gets the new value.
pub(crate) fn add(call: Call<'_>, input: TagResource) -> Result<Done, ApiError> {
    let arn = required(input.resource_arn, "resourceArn")?;
    let new = required(input.tags_to_add, "tagsToAdd")?;
    let resource = Resource::parse(call, &arn)?;
    input::tags(&new)?;
    change(call, &resource, |tags| {
        tags.extend(new);
        if tags.len() > input::MAX_TAGS {
            return Err(ApiError::TooManyTags);
        }
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UntagResource {
    resource_arn: Option<String>,
    tags_to_remove: Option<Vec<String>>,
}

/// `UntagResource`: a tag that is not there is no fault.
pub(crate) fn remove(call: Call<'_>, input: UntagResource) -> Result<Done, ApiError> {
    let arn = required(input.resource_arn, "resourceArn")?;
    let keys = required(input.tags_to_remove, "tagsToRemove")?;
    let resource = Resource::parse(call, &arn)?;
    input::tag_keys(&keys)?;
    change(call, &resource, |tags| {
        for key in &keys {
            tags.remove(key);
        }
        Ok(())
    })
}

/// What can have tags.
enum Tagged {
    Registry(Registry),
    Schema(Schema),
}

impl Tagged {
    fn find(view: &View<impl Rows>, region: &str, resource: &Resource) -> Result<Self, ApiError> {
        match resource {
            Resource::Registry(registry) => registry.find(view, region).map(Self::Registry),
            Resource::Schema(schema) => schema.find(view, region).map(Self::Schema),
        }
    }
}

fn change(
    call: Call<'_>,
    resource: &Resource,
    body: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ApiError>,
) -> Result<Done, ApiError> {
    call.service.store.write(|store| {
        match Tagged::find(store, call.region, resource)? {
            Tagged::Registry(registry) if registry.status == Status::Deleting => {
                return Err(ApiError::OnItsWayOut(registry.into()));
            }
            Tagged::Schema(schema) if schema.status == Status::Deleting => {
                return Err(ApiError::OnItsWayOut(schema.into()));
            }
            Tagged::Registry(mut registry) => {
                body(&mut registry.tags)?;
                store.put_registry(call.region, &registry)?;
            }
            Tagged::Schema(mut schema) => {
                body(&mut schema.tags)?;
                store.put_schema(call.region, &schema)?;
            }
        }
        Ok(Done {})
    })
}
