//! `PutSchemaVersionMetadata`, `QuerySchemaVersionMetadata`, `RemoveSchemaVersionMetadata`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::identity::SchemaId;
use super::input::{self, VersionNumber, required};
use super::which::Which;
use super::{Call, now, token};
use crate::store::{Metadata, Rows, Status, Version, View};

/// A pair; both may be missing where it is a condition.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Pair {
    metadata_key: Option<String>,
    metadata_value: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct OnePair {
    #[serde(rename = "SchemaId")]
    schema: Option<SchemaId>,
    #[serde(rename = "SchemaVersionId")]
    id: Option<String>,
    #[serde(rename = "SchemaVersionNumber")]
    number: Option<VersionNumber>,
    #[serde(rename = "MetadataKeyValue")]
    pair: Option<Pair>,
}

/// The request's own members, as it gave them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Echo {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registry_name: Option<String>,
    latest_version: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version_id: Option<String>,
    metadata_key: String,
    metadata_value: String,
}

impl Pair {
    /// Key and value, of which both must be there.
    fn whole(self) -> Result<(String, String), ApiError> {
        let (key, value) = (
            self.metadata_key.unwrap_or_default(),
            self.metadata_value.unwrap_or_default(),
        );
        input::metadata_key(&key)?;
        input::metadata_value(&value)?;
        Ok((key, value))
    }

    /// Checks the shape of what is there.
    fn shape(&self) -> Result<(), ApiError> {
        let key = self.metadata_key.as_deref().map(input::metadata_key);
        let value = self.metadata_value.as_deref().map(input::metadata_value);
        key.unwrap_or(Ok(())).and(value.unwrap_or(Ok(())))
    }

    fn matches(&self, known: &Metadata) -> bool {
        let is = |wanted: &Option<String>, known: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == known)
        };
        is(&self.metadata_key, &known.key) && is(&self.metadata_value, &known.value)
    }
}

/// `PutSchemaVersionMetadata`: the same key may get several values.
pub(crate) fn put(call: Call<'_>, input: OnePair) -> Result<Echo, ApiError> {
    let (which, echo) = one_pair(call, input)?;
    call.service.store.write(|store| {
        let mut version = writable(store, call.region, &which)?;
        if version.metadata.len() >= call.service.quotas.metadata {
            return Err(ApiError::MetadataLimitReached);
        }
        if version.metadata.iter().any(|known| echo.is(known)) {
            return Err(ApiError::MetadataExists {
                id: version.id.to_string(),
                key: echo.metadata_key.clone(),
                value: echo.metadata_value.clone(),
            });
        }
        version.metadata.push(Metadata {
            key: echo.metadata_key.clone(),
            value: echo.metadata_value.clone(),
            created: now(),
        });
        Ok(store.put_version(call.region, &version)?)
    })?;
    Ok(echo)
}

/// `RemoveSchemaVersionMetadata`.
pub(crate) fn remove(call: Call<'_>, input: OnePair) -> Result<Echo, ApiError> {
    let (which, echo) = one_pair(call, input)?;
    call.service.store.write(|store| {
        let mut version = writable(store, call.region, &which)?;
        let before = version.metadata.len();
        version.metadata.retain(|known| !echo.is(known));
        if version.metadata.len() == before {
            return Err(ApiError::MetadataNotFound {
                id: version.id.to_string(),
                key: echo.metadata_key.clone(),
                value: echo.metadata_value.clone(),
            });
        }
        Ok(store.put_version(call.region, &version)?)
    })?;
    Ok(echo)
}

impl Echo {
    fn is(&self, known: &Metadata) -> bool {
        known.key == self.metadata_key && known.value == self.metadata_value
    }
}

/// The version that is meant, and the answer.
fn one_pair(call: Call<'_>, input: OnePair) -> Result<(Which, Echo), ApiError> {
    let (metadata_key, metadata_value) = required(input.pair, "metadataKeyValue")?.whole()?;
    let id = input.id.as_deref();
    let which = Which::resolve(call, input.schema.clone(), id, input.number)?;
    let names = input.schema.unwrap_or_default().given();
    let (latest_version, version_number) =
        input.number.map_or((false, Some(0)), VersionNumber::given);
    Ok((
        which,
        Echo {
            schema_arn: names.arn,
            schema_name: names.schema,
            registry_name: names.registry,
            latest_version,
            version_number,
            schema_version_id: input.id,
            metadata_key,
            metadata_value,
        },
    ))
}

fn writable(view: &View<impl Rows>, region: &str, which: &Which) -> Result<Version, ApiError> {
    let (schema, version) = which.find(view, region)?;
    if schema.status == Status::Deleting || version.status == Status::Deleting {
        return Err(ApiError::OnItsWayOut(schema.into()));
    }
    Ok(version)
}

#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(rename = "SchemaId")]
    schema: Option<SchemaId>,
    #[serde(rename = "SchemaVersionId")]
    id: Option<String>,
    #[serde(rename = "SchemaVersionNumber")]
    number: Option<VersionNumber>,
    #[serde(rename = "MetadataList")]
    conditions: Option<Vec<Pair>>,
    #[serde(rename = "MaxResults")]
    max_results: Option<i64>,
    #[serde(rename = "NextToken")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Found {
    metadata_info_map: BTreeMap<String, Info>,
    schema_version_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A key's newest value, and its older ones.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    #[serde(flatten)]
    newest: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_metadata_value_list: Vec<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    metadata_value: String,
    created_time: String,
}

/// `QuerySchemaVersionMetadata`: the pairs that meet one of the conditions, or all of them, by key.
pub(crate) fn query(call: Call<'_>, input: Query) -> Result<Found, ApiError> {
    let conditions = input.conditions.unwrap_or_default();
    conditions.iter().try_for_each(Pair::shape)?;
    let limit = input::max_metadata_results(input.max_results)?;
    let which = Which::resolve(call, input.schema, input.id.as_deref(), input.number)?;
    let (_, version) = call
        .service
        .store
        .read(|store| which.find(store, call.region))?;
    let list = format!("metadata of {}", version.id);
    let after = token::decode(&list, input.next_token.as_deref())?;
    let mut keys = by_key(version.metadata, &conditions);
    if let Some(after) = &after {
        keys.retain(|key, _| key > after);
    }
    // What follows goes on the next page.
    let beyond = keys.keys().nth(limit).cloned();
    let next = beyond.and_then(|first| {
        keys.split_off(&first);
        keys.keys().next_back().cloned()
    });
    Ok(Found {
        metadata_info_map: keys,
        schema_version_id: version.id.to_string(),
        next_token: token::encode(&list, next),
    })
}

fn by_key(metadata: Vec<Metadata>, conditions: &[Pair]) -> BTreeMap<String, Info> {
    let meets = |known: &Metadata| {
        conditions.is_empty() || conditions.iter().any(|pair| pair.matches(known))
    };
    let mut keys: BTreeMap<String, Info> = BTreeMap::new();
    for pair in metadata.into_iter().filter(meets).rev() {
        let value = Value {
            metadata_value: pair.value,
            created_time: pair.created,
        };
        match keys.entry(pair.key) {
            std::collections::btree_map::Entry::Occupied(mut info) => {
                info.get_mut().other_metadata_value_list.push(value);
            }
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(Info {
                    newest: value,
                    other_metadata_value_list: Vec::new(),
                });
            }
        }
    }
    keys
}
