//! `RegisterSchemaVersion`: how a definition becomes a version, and what becomes of it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::beside::{judged, same};
use super::error::{ApiError, JavaSchemaId};
use super::identity::{SchemaId, SchemaRef};
use super::input::{self, required};
use super::{Call, life, now};
use crate::config::Incompatible;
use crate::definition::{self, Draft, Format, Verdict};
use crate::store::{Change, Deed, Rows, Schema, Snapshot, Status, StoreError, Version, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfDefinition {
    pub(super) schema_id: Option<SchemaId>,
    pub(super) schema_definition: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Registered {
    schema_version_id: String,
    version_number: u64,
    status: &'static str,
}

/// `RegisterSchemaVersion`: a definition that the schema already has keeps its version.
pub(crate) fn register(call: Call<'_>, input: OfDefinition) -> Result<Registered, ApiError> {
    let id = required(input.schema_id, "schemaId")?;
    let text = required(input.schema_definition, "schemaDefinition")?;
    input::definition(&text)?;
    let wanted = id.resolve(call)?;
    let store = &call.service.store;
    let schema = store.read(|store| open_schema(call, store, &wanted))?;
    let mut draft = read(schema.format, text)?;
    let lane = call.service.lanes.enter(call.region, &schema);
    store.read(|store| look_ahead(call, store, &wanted, &mut draft))?;
    let (version, changed) = store.write(|store| register_in(call, store, &wanted, &mut draft))?;
    drop(lane);
    if changed {
        log(call, "version added", &version);
    }
    Ok(Registered {
        schema_version_id: version.id.to_string(),
        version_number: version.number,
        status: version.status.as_str(),
    })
}

/// Holds a definition against the versions that count as it seems, while others may write: it may take long.
fn look_ahead(
    call: Call<'_>,
    store: &Snapshot,
    wanted: &SchemaRef,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let schema = open_schema(call, store, wanted)?;
    if schema.format == draft.format()
        && call.service.behaviour.pending.is_zero()
        && is_news(same(call, store, &schema, draft.text(), draft.canonical())?.as_ref())
    {
        judged(call, store, &schema, draft)?;
    }
    Ok(())
}

/// The version of the definition, and whether it is new or was judged anew.
pub(super) fn register_in(
    call: Call<'_>,
    store: &mut Change<'_>,
    wanted: &SchemaRef,
    draft: &mut Draft,
) -> Result<(Version, bool), ApiError> {
    let mut schema = open_schema(call, store, wanted)?;
    if schema.format != draft.format() {
        // It was deleted and made anew in between.
        *draft = read(schema.format, draft.text().to_owned())?;
    }
    let known = same(call, store, &schema, draft.text(), draft.canonical())?;
    if let Some(version) = known.as_ref().filter(|version| !is_news(Some(*version))) {
        return Ok((version.clone(), false));
    }
    if call.service.behaviour.pending.is_zero() {
        // Some may wait since an earlier run.
        life::judge_before(call, store, &schema, u64::MAX)?;
        schema = wanted.find(store, call.region)?;
    }
    let failed = known.filter(|version| version.status == Status::Failure);
    let version = match failed {
        None => add(call, store, &mut schema, draft)?,
        // The mode or what is available may have changed since.
        Some(mut version) => {
            let verdict = judged_at_once(call, store, &schema, draft)?;
            submit(call, store, &mut schema, &mut version, verdict.as_ref())?;
            version
        }
    };
    Ok((version, true))
}

/// The schema, if it takes new versions.
fn open_schema(
    call: Call<'_>,
    store: &View<impl Rows>,
    wanted: &SchemaRef,
) -> Result<Schema, ApiError> {
    let schema = wanted.find(store, call.region)?;
    if schema.status == Status::Deleting {
        return Err(ApiError::Busy(schema.into()));
    }
    if !schema.mode.allows_new_versions() {
        return Err(ApiError::VersioningDisabled(JavaSchemaId(wanted.given())));
    }
    Ok(schema)
}

/// Whether a definition has to be judged, where the schema has this version of it.
fn is_news(known: Option<&Version>) -> bool {
    known.is_none_or(|version| matches!(version.status, Status::Failure | Status::Deleting))
}

/// Says once what became of a version.
pub(super) fn log(call: Call<'_>, what: &str, version: &Version) {
    let (registry, schema) = (&version.registry, &version.schema);
    let (id, number, status) = (version.id, version.number, version.status.as_str());
    tracing::info!(region = call.region, %registry, %schema, number, %id, status, "{what}");
}

/// Reads a definition, which has to be valid.
pub(super) fn read(format: Format, text: String) -> Result<Draft, ApiError> {
    Draft::read(format, text).map_err(|detail| ApiError::Definition {
        format: format.as_str(),
        detail,
    })
}

/// Adds a version and moves the schema's numbers; it may fail the check, which is no error.
pub(super) fn add(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &mut Schema,
    draft: &mut Draft,
) -> Result<Version, ApiError> {
    if store.version_count(call.region)? >= call.service.quotas.schema_versions {
        return Err(ApiError::LimitReached("schema versions"));
    }
    let verdict = judged_at_once(call, store, schema, draft)?;
    let mut version = Version {
        // Drawn last: what is refused must not use one up.
        id: call.service.ids.fresh(store, call.region)?,
        registry: schema.registry.clone(),
        schema: schema.name.clone(),
        number: schema.next,
        status: Status::Pending,
        created: now(),
        metadata: Vec::new(),
        compared: Vec::new(),
        due: None,
    };
    let fingerprint = draft.canonical().fingerprint();
    store.add_version(call.region, &version, draft.text(), fingerprint)?;
    submit(call, store, schema, &mut version, verdict.as_ref())?;
    Ok(version)
}

/// What becomes of a definition, if that is decided at once.
fn judged_at_once(
    call: Call<'_>,
    store: &Change<'_>,
    schema: &Schema,
    draft: &mut Draft,
) -> Result<Option<Verdict>, ApiError> {
    if !call.service.behaviour.pending.is_zero() {
        return Ok(None);
    }
    let verdict = judged(call, store, schema, draft)?;
    if !verdict.reasons.is_empty() && is_refused(call) {
        return Err(ApiError::Incompatible(verdict.why()));
    }
    Ok(Some(verdict))
}

/// Writes down what became of a version, or that it is judged when its time has come.
fn submit(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &mut Schema,
    version: &mut Version,
    verdict: Option<&Verdict>,
) -> Result<(), StoreError> {
    version.number = next_number(call, store, schema, version.id)?;
    if let Some(verdict) = verdict {
        return conclude(call, store, schema, version, verdict);
    }
    let delay = call.service.behaviour.pending;
    version.status = Status::Pending;
    version.compared.clear();
    version.due = Some(life::schedule(call, store, delay, Deed::Judge(version.id))?);
    store.put_reasons(call.region, version, &[])?;
    store.put_version(call.region, version)?;
    store.put_schema(call.region, schema)?;
    Ok(())
}

/// Whether a version that is not compatible is no version at all.
fn is_refused(call: Call<'_>) -> bool {
    call.service.behaviour.rules.incompatible == Incompatible::Error
}

/// The number after the last available one, and after those that may still become available.
fn next_number(
    call: Call<'_>,
    store: &Change<'_>,
    schema: &Schema,
    own: Uuid,
) -> Result<u64, StoreError> {
    for version in store.every_version(call.region, schema)? {
        let version = version?;
        if version.number < schema.next {
            break;
        }
        if version.status == Status::Pending && version.id != own {
            return Ok(version.number + 1);
        }
    }
    Ok(schema.next)
}

/// Writes down what became of a version; only an available one moves the schema's numbers.
pub(super) fn conclude(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &mut Schema,
    version: &mut Version,
    verdict: &Verdict,
) -> Result<(), StoreError> {
    version.status = verdict.status;
    version.due = None;
    version.compared.clone_from(&verdict.compared);
    if !verdict.reasons.is_empty() {
        let (registry, schema, id) = (&version.registry, &version.schema, version.id);
        let why = verdict.why();
        tracing::warn!(region = call.region, %registry, %schema, %id, why, "a version is not compatible");
    }
    if version.status == Status::Available {
        schema.latest = schema.latest.max(Some(version.number));
        schema.next = schema.next.max(version.number + 1);
    }
    store.put_version(call.region, version)?;
    store.put_schema(call.region, schema)?;
    let kept = verdict.reasons.len().min(definition::MAX_REASONS);
    store.put_reasons(call.region, version, &verdict.reasons[..kept])
}
