//! A definition beside the versions of its schema: which one is the same, which ones count, and what they say to it.

use compatibility::Reach;
use uuid::Uuid;

use super::Call;
use crate::config::DefinitionMatch;
use crate::definition::{Canonical, Draft, Terms, Verdict};
use crate::store::{Rows, Schema, Status, StoreError, Version, View};

/// What becomes of a definition beside the versions that are available now.
pub(crate) fn judged(
    call: Call<'_>,
    store: &View<impl Rows>,
    schema: &Schema,
    draft: &mut Draft,
) -> Result<Verdict, StoreError> {
    let terms = Terms {
        mode: schema.mode,
        checkpoint: schema.checkpoint,
        available: &comparable(call, store, schema)?,
    };
    draft.verdict(&terms, call.service.behaviour.rules, |id| {
        store.definition(call.region, id)
    })
}

/// The available versions that the schema's mode can mean, in the rising order of their numbers.
pub(super) fn comparable(
    call: Call<'_>,
    store: &View<impl Rows>,
    schema: &Schema,
) -> Result<Vec<(u64, Uuid)>, StoreError> {
    let is_available = |version: &Version| version.status == Status::Available;
    let mut versions = Vec::new();
    match schema.mode.reach() {
        None => {}
        Some(Reach::Last) => {
            for number in [Some(schema.checkpoint), schema.latest]
                .into_iter()
                .flatten()
            {
                versions.extend(store.numbered(call.region, schema, number)?);
            }
        }
        Some(Reach::All) => {
            for version in store.every_version(call.region, schema)? {
                versions.push(version?);
            }
        }
    }
    let available = versions.into_iter().filter(is_available);
    let mut available: Vec<_> = available
        .map(|version| (version.number, version.id))
        .collect();
    available.sort_unstable();
    available.dedup();
    Ok(available)
}

/// The version of this schema whose definition counts as the same; an available one if there are several.
pub(super) fn same(
    call: Call<'_>,
    view: &View<impl Rows>,
    schema: &Schema,
    text: &str,
    wanted: &Canonical,
) -> Result<Option<Version>, StoreError> {
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
        let is_same = known == text || !exact && Canonical::of(schema.format, &known) == *wanted;
        let is_better = found
            .as_ref()
            .is_none_or(|found| (rank(&version), version.number) < (rank(found), found.number));
        if is_same && is_better {
            found = Some(version);
        }
    }
    Ok(found)
}
