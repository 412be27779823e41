//! What happens by itself: pending versions are judged, and what was deleted goes, when its time has come.
//!
//! Nothing runs in the background. Each request first lets happen what is
//! due, so that nobody can see the difference.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use super::{Call, Service, beside, versions};
use crate::definition::{Canonical, Draft, Verdict};
use crate::store::{Change, Deed, Due, Schema, Status, StoreError, Version};

impl Service {
    /// Lets happen what is due; whether anything was.
    ///
    /// # Errors
    /// When the store fails; it is due again then.
    pub(crate) fn settle(&self) -> Result<bool, StoreError> {
        self.settle_at(milliseconds())
    }

    /// The same, at a time.
    pub(super) fn settle_at(&self, now: u64) -> Result<bool, StoreError> {
        self.settle_by(now, perform)
    }

    /// The same, by a function that does one thing that is due.
    pub(super) fn settle_by(
        &self,
        now: u64,
        act: impl Fn(Call<'_>, &mut Change<'_>, &Due) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        if now < self.first_due.load(Ordering::Acquire) {
            return Ok(false);
        }
        // Whoever adds something from here on lowers it again.
        self.first_due.store(u64::MAX, Ordering::Release);
        let mut next = Next {
            at: now,
            first_due: &self.first_due,
        };
        next.at = self.store.write(|store| self.settle_in(store, now, act))?;
        Ok(true)
    }

    fn settle_in(
        &self,
        store: &mut Change<'_>,
        now: u64,
        act: impl Fn(Call<'_>, &mut Change<'_>, &Due) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        while let Some(due) = store.first_due()? {
            if due.at > now {
                return Ok(due.at);
            }
            let call = Call {
                service: self,
                region: &due.region,
            };
            match act(call, store, &due) {
                // It must not keep everything else from happening.
                Err(StoreError::Damaged) => {
                    tracing::error!(region = due.region, deed = ?due.deed, "it cannot be done, as a record is damaged; it is left");
                }
                done => done?,
            }
            store.remove_due(&due)?;
        }
        Ok(u64::MAX)
    }
}

/// When to look again, told to everybody at the end: however that comes, an error or a panic included.
struct Next<'a> {
    at: u64,
    first_due: &'a AtomicU64,
}

impl Drop for Next<'_> {
    fn drop(&mut self) {
        self.first_due.fetch_min(self.at, Ordering::AcqRel);
    }
}

fn perform(call: Call<'_>, store: &mut Change<'_>, due: &Due) -> Result<(), StoreError> {
    match &due.deed {
        Deed::Judge(id) => judge_due(call, store, *id, due.at),
        Deed::RemoveVersion(id) => {
            let Some((schema, version)) = owned(call, store, *id)? else {
                return Ok(());
            };
            if version.status == Status::Deleting {
                remove_version(call, store, &schema, &version)?;
            }
            Ok(())
        }
        Deed::RemoveSchema { registry, schema } => {
            let found = store.schema(call.region, registry, schema)?;
            if found.is_some_and(|found| found.status == Status::Deleting) {
                store.remove_schema(call.region, registry, schema)?;
            }
            Ok(())
        }
        Deed::RemoveRegistry(registry) => {
            let found = store.registry(call.region, registry)?;
            if found.is_some_and(|found| found.status == Status::Deleting) {
                store.remove_registry(call.region, registry)?;
            }
            Ok(())
        }
    }
}

/// Judges a version whose time has come, unless it waits for another time by now.
fn judge_due(call: Call<'_>, store: &mut Change<'_>, id: Uuid, at: u64) -> Result<(), StoreError> {
    let Some((schema, version)) = owned(call, store, id)? else {
        return Ok(());
    };
    if version.status != Status::Pending || version.due.is_some_and(|due| due != at) {
        return Ok(());
    }
    judge_before(call, store, &schema, version.number)?;
    judge(call, store, id)
}

/// Judges the pending versions below a number, in the order of their numbers, whatever time they wait for: what
/// becomes of a version follows from what became of those before it.
pub(super) fn judge_before(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &Schema,
    number: u64,
) -> Result<(), StoreError> {
    // Only a new schema counts with a version that is not available yet.
    let floor = match schema.status {
        Status::Pending => 0,
        _ => schema.next,
    };
    let mut waiting = Vec::new();
    for version in store.every_version(call.region, schema)? {
        let version = version?;
        if version.number < floor {
            break;
        }
        if version.status == Status::Pending && version.number < number {
            waiting.push(version.id);
        }
    }
    waiting
        .into_iter()
        .rev()
        .try_for_each(|id| judge(call, store, id))
}

fn judge(call: Call<'_>, store: &mut Change<'_>, id: Uuid) -> Result<(), StoreError> {
    let Some((mut schema, mut version)) = owned(call, store, id)? else {
        return Ok(());
    };
    if schema.status == Status::Pending {
        schema.status = Status::Available;
        store.put_schema(call.region, &schema)?;
    }
    let verdict = in_any_case(version.number, || {
        let text = store.definition(call.region, id)?;
        match Draft::read(schema.format, text) {
            Ok(mut draft) => beside::judged(call, store, &schema, &mut draft),
            Err(detail) => Ok(Verdict::not_judged(version.number, &detail)),
        }
    })?;
    versions::conclude(call, store, &mut schema, &mut version, &verdict)?;
    versions::log(call, "version judged", &version);
    Ok(())
}

/// A verdict in any case: a version that cannot be judged fails, as nobody would come back to it.
///
/// # Errors
/// When the store fails; the version is judged later then.
pub(super) fn in_any_case(
    number: u64,
    judged: impl FnOnce() -> Result<Verdict, StoreError>,
) -> Result<Verdict, StoreError> {
    // What is inside only reads.
    let why = match catch_unwind(AssertUnwindSafe(judged)) {
        Ok(Err(StoreError::Damaged)) => "a record in the data file cannot be read",
        Ok(verdict) => return verdict,
        Err(_) => "the comparison broke down; the log says where",
    };
    Ok(Verdict::not_judged(number, why))
}

fn owned(
    call: Call<'_>,
    store: &Change<'_>,
    id: Uuid,
) -> Result<Option<(Schema, Version)>, StoreError> {
    let Some(version) = store.version(call.region, id)? else {
        return Ok(None);
    };
    let schema = store.schema(call.region, &version.registry, &version.schema)?;
    Ok(schema.map(|schema| (schema, version)))
}

/// Takes a version out for good.
pub(super) fn remove_version(
    call: Call<'_>,
    store: &mut Change<'_>,
    schema: &Schema,
    version: &Version,
) -> Result<(), StoreError> {
    let text = store.definition(call.region, version.id)?;
    let fingerprint = Canonical::of(schema.format, &text).fingerprint();
    store.remove_version(call.region, version, fingerprint)
}

/// Remembers what has to happen after some time; when that is, in milliseconds since 1970.
pub(super) fn schedule(
    call: Call<'_>,
    store: &mut Change<'_>,
    delay: Duration,
    deed: Deed,
) -> Result<u64, StoreError> {
    let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let at = milliseconds().saturating_add(delay);
    store.add_due(&Due {
        at,
        region: call.region.to_owned(),
        deed,
    })?;
    // Before the commit is early enough: whoever looks now waits for this writer.
    call.service.first_due.fetch_min(at, Ordering::AcqRel);
    Ok(at)
}

fn milliseconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}
