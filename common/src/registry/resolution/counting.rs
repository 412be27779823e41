//! Which versions of a schema a new one is held against.

use crate::registry::retry::Retry;
use crate::registry::{
    Compatibility, Operation, RegistryError, SchemaName, SchemaRegistry, SchemaState,
    SchemaVersion, VersionState, VersionStatus,
};

/// The most versions of a schema that are looked through.
pub(super) const SEEN: usize = 100;

/// The AVAILABLE versions that count under a schema's rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counting {
    /// The versions, newest first.
    pub versions: Vec<SchemaVersion>,
    /// Whether more versions count than are here.
    pub more: bool,
}

/// Fetches the versions that count, at most `most` of them and among the newest 100 of the schema.
///
/// Where the rule is not known, every version counts.
///
/// # Errors
///
/// A call failed for good, or until the deadline of `retry`.
pub async fn counting(
    registry: &dyn SchemaRegistry,
    name: &SchemaName,
    schema: &SchemaState,
    most: usize,
    retry: &Retry,
) -> Result<Counting, RegistryError> {
    let bounds = Bounds { most, before: None };
    counting_within(registry, name, schema, bounds, retry).await
}

/// Which of the versions that count are fetched.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// So many at most.
    pub(super) most: usize,
    /// Those with a lower number, if there is one.
    pub(super) before: Option<u64>,
}

/// As [`counting`], for a version that may have been there for long.
pub(super) async fn counting_within(
    registry: &dyn SchemaRegistry,
    name: &SchemaName,
    schema: &SchemaState,
    Bounds { most, before }: Bounds,
    retry: &Retry,
) -> Result<Counting, RegistryError> {
    let most = match schema.compatibility {
        Some(Compatibility::None | Compatibility::Disabled) => return Ok(Counting::default()),
        Some(mode) if !mode.is_of_all() => 1,
        _ => most,
    };
    let first = schema.checkpoint.filter(|_| most > 1).unwrap_or(0);
    let look = || registry.versions(name, SEEN);
    let list = retry.call(Operation::ListSchemaVersions, look).await?;
    let counts = |state: &&VersionState| {
        state.status == VersionStatus::Available
            && state
                .number
                .is_none_or(|number| number >= first && before.is_none_or(|before| number < before))
    };
    let counted: Vec<_> = list.versions.iter().filter(counts).collect();
    let mut versions = Vec::with_capacity(counted.len().min(most));
    for state in counted.iter().take(most) {
        let look = || registry.schema_version(state.id);
        versions.push(retry.call(Operation::GetSchemaVersion, look).await?);
    }
    let more = if most == 1 {
        list.more && versions.is_empty()
    } else {
        list.more || counted.len() > most
    };
    Ok(Counting { versions, more })
}
