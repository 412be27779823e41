//! The AWS Glue Schema Registry API: one function an operation, over the store.
//!
//! [`dispatch`] turns an HTTP request into a [`Call`] and its outcome into an
//! answer. Metadata, tags and fault injection get modules of their own here.

mod dispatch;
mod error;
mod identity;
mod input;
mod registries;
mod schemas;
mod token;
mod versions;

use crate::config::Quotas;
use crate::ids::Ids;
use crate::store::Store;

pub(crate) use dispatch::{Operation, answer};
pub(crate) use input::definition as check_definition_length;

/// What all requests share.
pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) account_id: String,
    pub(crate) quotas: Quotas,
    pub(crate) ids: Ids,
}

/// One request: the service it is made to and the region it means.
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
