//! What happens by itself: pending versions are judged, and what was deleted goes, when its time has come.
//!
//! Nothing runs in the background. Each request first lets happen what is
//! due, so that nobody can see the difference.

use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;

use super::{Call, Service, versions};
use crate::definition::Canonical;
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
        if now < self.first_due.load(Ordering::Acquire) {
            return Ok(false);
        }
        // Whoever adds something from here on lowers it again.
        self.first_due.store(u64::MAX, Ordering::Release);
        let next = self.store.write(|store| self.settle_in(store, now));
        let next_at = next.as_ref().map_or(now, |&next| next);
        self.first_due.fetch_min(next_at, Ordering::AcqRel);
        next.map(|_| true)
    }

    fn settle_in(&self, store: &mut Change<'_>, now: u64) -> Result<u64, StoreError> {
        while let Some(due) = store.first_due()? {
            if due.at > now {
                return Ok(due.at);
            }
            let call = Call {
                service: self,
                region: &due.region,
            };
            match perform(call, store, &due.deed) {
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

fn perform(call: Call<'_>, store: &mut Change<'_>, deed: &Deed) -> Result<(), StoreError> {
    match deed {
        Deed::Judge(id) => judge(call, store, *id),
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

fn judge(call: Call<'_>, store: &mut Change<'_>, id: Uuid) -> Result<(), StoreError> {
    let Some((mut schema, mut version)) = owned(call, store, id)? else {
        return Ok(());
    };
    if version.status != Status::Pending {
        return Ok(());
    }
    if schema.status == Status::Pending {
        schema.status = Status::Available;
        store.put_schema(call.region, &schema)?;
    }
    let text = store.definition(call.region, id)?;
    let verdict = versions::judged(call, store, &schema, &text)?;
    versions::conclude(call, store, &mut schema, &mut version, &verdict)?;
    versions::log(call, "version judged", &version);
    Ok(())
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

/// Remembers what has to happen after some time.
pub(super) fn schedule(
    call: Call<'_>,
    store: &mut Change<'_>,
    delay: Duration,
    deed: Deed,
) -> Result<(), StoreError> {
    let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    let at = milliseconds().saturating_add(delay);
    store.add_due(&Due {
        at,
        region: call.region.to_owned(),
        deed,
    })?;
    // Before the commit is early enough: whoever looks now waits for this writer.
    call.service.first_due.fetch_min(at, Ordering::AcqRel);
    Ok(())
}

fn milliseconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}
