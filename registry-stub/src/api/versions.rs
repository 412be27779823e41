//! `RegisterSchemaVersion`: how a definition becomes a version, and what becomes of it.

use compatibility::Reach;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{ApiError, JavaSchemaId};
use super::identity::{SchemaId, SchemaRef};
use super::input::{self, required};
use super::{Call, life, now};
use crate::config::{DefinitionMatch, Incompatible};
use crate::definition::{self, Candidate, Canonical, Format, Verdict};
use crate::store::{Change, Deed, Rows, Schema, Status, StoreError, Version, View};

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
    let (version, changed) = call
        .service
        .store
        .write(|store| register_in(call, store, &wanted, &text))?;
    if changed {
        log(call, "version added", &version);
    }
    Ok(Registered {
        schema_version_id: version.id.to_string(),
        version_number: version.number,
        status: version.status.as_str(),
    })
}

/// The version of the definition, and whether it is new or was judged anew.
fn register_in(
    call: Call<'_>,
    store: &mut Change<'_>,
    wanted: &SchemaRef,
    text: &str,
) -> Result<(Version, bool), ApiError> {
    let mut schema = wanted.find(store, call.region)?;
    if schema.status == Status::Deleting {
        return Err(ApiError::Busy(schema.into()));
    }
    if !schema.mode.allows_new_versions() {
        return Err(ApiError::VersioningDisabled(JavaSchemaId(wanted.given())));
    }
    valid(schema.format, text)?;
    let known = same(call, store, &schema, text)?;
    let known = known.filter(|version| version.status != Status::Deleting);
    if let Some(version) = &known
        && version.status != Status::Failure
    {
        return Ok((version.clone(), false));
    }
    if call.service.behaviour.pending.is_zero() {
        // Some may wait since an earlier run.
        life::judge_before(call, store, &schema, u64::MAX)?;
        schema = wanted.find(store, call.region)?;
    }
    let version = match known {
        None => add(call, store, &mut schema, text)?,
        // The mode or what is available may have changed since.
        Some(mut version) => {
            let verdict = judged_at_once(call, store, &schema, text)?;
            submit(call, store, &mut schema, &mut version, verdict.as_ref())?;
            version
        }
    };
    Ok((version, true))
}

/// Says once what became of a version.
pub(super) fn log(call: Call<'_>, what: &str, version: &Version) {
    let (registry, schema) = (&version.registry, &version.schema);
    let (id, number, status) = (version.id, version.number, version.status.as_str());
    tracing::info!(region = call.region, %registry, %schema, number, %id, status, "{what}");
}

/// Refuses a definition that is not valid.
pub(super) fn valid(format: Format, text: &str) -> Result<(), ApiError> {
    definition::check(format, text).map_err(|detail| ApiError::Definition {
        format: format.as_str(),
        detail,
    })
}

/// Adds a version and moves the schema's numbers; it may fail the check, which is no error.
pub(super) fn add(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &mut Schema,
    text: &str,
) -> Result<Version, ApiError> {
    if store.version_count(call.region)? >= call.service.quotas.schema_versions {
        return Err(ApiError::LimitReached("schema versions"));
    }
    let verdict = judged_at_once(call, store, schema, text)?;
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
    let fingerprint = Canonical::of(schema.format, text).fingerprint();
    store.add_version(call.region, &version, text, fingerprint)?;
    submit(call, store, schema, &mut version, verdict.as_ref())?;
    Ok(version)
}

/// What becomes of a definition, if that is decided at once.
fn judged_at_once(
    call: Call<'_>,
    store: &Change<'_>,
    schema: &Schema,
    text: &str,
) -> Result<Option<Verdict>, ApiError> {
    if !call.service.behaviour.pending.is_zero() {
        return Ok(None);
    }
    let verdict = judged(call, store, schema, text)?;
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

/// What becomes of a definition beside the versions that are available now.
pub(crate) fn judged(
    call: Call<'_>,
    store: &View<impl Rows>,
    schema: &Schema,
    text: &str,
) -> Result<Verdict, StoreError> {
    let candidate = Candidate {
        mode: schema.mode,
        format: schema.format,
        definition: text,
        checkpoint: schema.checkpoint,
        available: &comparable(call, store, schema)?,
    };
    definition::verdict(&candidate, call.service.behaviour.rules, |number| {
        let version = store.numbered(call.region, schema, number)?;
        store.definition(call.region, version.ok_or(StoreError::Damaged)?.id)
    })
}

/// The numbers of the available versions that the schema's mode can mean, in rising order.
pub(super) fn comparable(
    call: Call<'_>,
    store: &View<impl Rows>,
    schema: &Schema,
) -> Result<Vec<u64>, StoreError> {
    let is_available = |version: &Version| version.status == Status::Available;
    let mut numbers = Vec::new();
    match schema.mode.reach() {
        None => {}
        Some(Reach::Last) => {
            for number in [Some(schema.checkpoint), schema.latest]
                .into_iter()
                .flatten()
            {
                let version = store.numbered(call.region, schema, number)?;
                numbers.extend(version.filter(is_available).map(|version| version.number));
            }
        }
        Some(Reach::All) => {
            for version in store.every_version(call.region, schema)? {
                numbers.extend(
                    Some(version?)
                        .filter(is_available)
                        .map(|version| version.number),
                );
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
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

/// The version of this schema whose definition counts as the same; an available one if there are several.
pub(super) fn same(
    call: Call<'_>,
    view: &View<impl Rows>,
    schema: &Schema,
    text: &str,
) -> Result<Option<Version>, StoreError> {
    let wanted = Canonical::of(schema.format, text);
    let exact = call.service.behaviour.definition_match == DefinitionMatch::Exact;
    let rank = |version: &Version| match version.status {
        Status::Available => 0,
        Status::Pending => 1,
        Status::Failure => 2,
        Status::Deleting => 3,
    };
    let mut found: Option<Version> = None;
    for version in view.alike(call.region, schema, wanted.fingerprint())? {
        let known = view.definition(call.region, version.id)?;
        let is_same = known == text || !exact && Canonical::of(schema.format, &known) == wanted;
        let is_better = found
            .as_ref()
            .is_none_or(|found| (rank(&version), version.number) < (rank(found), found.number));
        if is_same && is_better {
            found = Some(version);
        }
    }
    Ok(found)
}
