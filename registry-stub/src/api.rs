//! The AWS Glue Schema Registry API: one function an operation, over the store.
//!
//! [`dispatch`] turns an HTTP request into a [`Call`] and its outcome into an
//! answer; [`life`] lets happen what is due.

mod beside;
mod deletion;
mod difference;
mod dispatch;
mod error;
mod identity;
mod input;
mod lanes;
mod life;
mod lookups;
mod metadata;
mod operation;
mod registries;
mod schemas;
mod tags;
mod token;
mod updates;
mod validity;
mod versions;
mod which;

use std::sync::atomic::AtomicU64;

use crate::config::{Behaviour, Quotas};
use crate::ids::Ids;
use crate::store::{Snapshot, Store, StoreError};
use lanes::Lanes;

pub(crate) use beside::judged;
pub(crate) use dispatch::answer;
pub(crate) use input::definition as check_definition_length;
pub(crate) use operation::Operation;

/// What all requests share.
pub(crate) struct Service {
    pub(crate) store: Store,
    account_id: String,
    quotas: Quotas,
    behaviour: Behaviour,
    pub(crate) ids: Ids,
    /// When something has to happen first, in milliseconds since 1970.
    first_due: AtomicU64,
    lanes: Lanes,
}

impl Service {
    /// The service over a store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(
        store: Store,
        account_id: String,
        quotas: Quotas,
        behaviour: Behaviour,
        ids: Ids,
    ) -> Result<Self, StoreError> {
        let first_due = store.read(Snapshot::first_due)?;
        Ok(Self {
            store,
            account_id,
            quotas,
            behaviour,
            ids,
            first_due: AtomicU64::new(first_due.map_or(u64::MAX, |due| due.at)),
            lanes: Lanes::new(),
        })
    }
}

/// One request: the service it is made to and the region it means.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a Service,
    pub(crate) region: &'a str,
}

impl Call<'_> {
    fn registry_arn(&self, registry: &str) -> String {
        format!("{}:registry/{registry}", self.arn_start())
    }

    fn schema_arn(&self, registry: &str, schema: &str) -> String {
        format!("{}:schema/{registry}/{schema}", self.arn_start())
    }

    fn arn_start(&self) -> String {
        let partition = match self.region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!(
            "arn:{partition}:glue:{}:{}",
            self.region, self.service.account_id
        )
    }
}

/// The present as the API writes it, for example `2026-11-22T05:19:21.123Z`.
fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

#[cfg(test)]
mod tests;
