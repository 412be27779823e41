//! What a refused version was held against, gathered for whoever wants to say why.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::PATIENCE;
use super::counting::{Bounds, counting_within};
use crate::registry::retry::Retry;
use crate::registry::{
    Compatibility, Operation, RegistryError, SchemaName, SchemaRegistry, SchemaVersion,
    VersionStatus,
};

/// A version with status FAILURE, and what the registry held it against.
///
/// Whoever knows the rules of schema evolution can tell from it which paths are at fault: the registry does not say.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The schema.
    pub name: SchemaName,
    /// The version that was refused, with the text that was wanted.
    pub candidate: SchemaVersion,
    /// The rule that it was held to, unless the registry would not tell.
    pub mode: Option<Compatibility>,
    /// The AVAILABLE versions before it that count under the rule, newest first; at most [`Refusal::MOST`].
    pub against: Vec<SchemaVersion>,
    /// Whether more versions count than are here: there are too many, or the registry would not tell.
    pub more: bool,
}

impl Refusal {
    /// The most versions that are gathered.
    pub const MOST: usize = 20;
    /// The most versions of a schema that are looked through for them.
    pub const SEEN: usize = super::counting::SEEN;

    /// Asks for rule and versions. What cannot be had is left out: the refusal itself is what has to be said.
    pub(super) async fn gather(
        registry: &dyn SchemaRegistry,
        name: &SchemaName,
        candidate: SchemaVersion,
        retry: &Retry,
    ) -> Self {
        let mut refusal = Self {
            name: name.clone(),
            candidate,
            mode: None,
            against: Vec::new(),
            more: true,
        };
        let asked = refusal
            .ask(registry, &retry.within_patience(PATIENCE))
            .await;
        if let Err(error) = asked {
            tracing::warn!(schema = %name, %error, "what the version was held against is not known");
        }
        refusal
    }

    async fn ask(
        &mut self,
        registry: &dyn SchemaRegistry,
        retry: &Retry,
    ) -> Result<(), RegistryError> {
        let name = self.name.clone();
        let ask = || registry.schema(&name);
        let schema = retry.call(Operation::GetSchema, ask).await?;
        self.mode = schema.compatibility;
        let bounds = Bounds {
            most: Self::MOST,
            before: self.candidate.number,
        };
        let counting = counting_within(registry, &name, &schema, bounds, retry).await?;
        self.against = counting.versions;
        self.more = counting.more;
        Ok(())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, candidate, ..
        } = self;
        write!(
            f,
            "{name}: version {}{} has status FAILURE: it is not compatible with an earlier version",
            super::Number(candidate.number),
            candidate.id
        )?;
        let Some(mode) = self.mode else {
            return Ok(());
        };
        write!(f, " ({mode}")?;
        for (index, version) in self.against.iter().enumerate() {
            let lead = if index == 0 {
                ", held against version"
            } else {
                ","
            };
            let number = version
                .number
                .map_or_else(|| version.id.to_string(), |n| n.to_string());
            write!(f, "{lead} {number}")?;
        }
        f.write_str(if self.more { " and others)" } else { ")" })
    }
}

/// Finds the newest AVAILABLE version that `fits`, among the newest [`Refusal::SEEN`] versions.
///
/// # Errors
///
/// A call failed for good, or until the deadline of `retry`.
pub async fn newest_fitting(
    registry: &dyn SchemaRegistry,
    name: &SchemaName,
    retry: &Retry,
    fits: impl Fn(&SchemaVersion) -> bool,
) -> Result<Option<SchemaVersion>, RegistryError> {
    let list = retry
        .call(Operation::ListSchemaVersions, || {
            registry.versions(name, Refusal::SEEN)
        })
        .await?;
    for state in list.versions {
        if state.status != VersionStatus::Available {
            continue;
        }
        let look = || registry.schema_version(state.id);
        let version = retry.call(Operation::GetSchemaVersion, look).await?;
        if version.status == VersionStatus::Available && fits(&version) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// Removes a refused version, if it still is one.
///
/// Versions are removed by number, and a registry may give the number of a refused version to an accepted one: so the
/// number is looked up first, and nothing is removed unless it leads to this very version.
///
/// # Errors
///
/// A call failed for good, or for too long.
pub(super) async fn remove(
    registry: &dyn SchemaRegistry,
    refusal: &Refusal,
    retry: &Retry,
) -> Result<bool, RegistryError> {
    let (name, id) = (&refusal.name, refusal.candidate.id);
    let retry = &retry.within_patience(PATIENCE);
    let look = || registry.schema_version(id);
    let known = match retry.call(Operation::GetSchemaVersion, look).await {
        // Somebody else was faster.
        Err(error) if error.is_not_found() => return Ok(true),
        Ok(known) if known.status == VersionStatus::Deleting => return Ok(true),
        known => known?,
    };
    let Some(number) = known.number else {
        return Ok(false);
    };
    let look = || registry.version_of(name, crate::registry::Which::Number(number));
    let found = retry.call(Operation::GetSchemaVersion, look).await?;
    if found.id != id || found.status != VersionStatus::Failure {
        return Ok(false);
    }
    let remove = || registry.delete_version(name, number);
    match retry.call(Operation::DeleteSchemaVersions, remove).await {
        // Gone already: an earlier attempt got through, or somebody else was faster.
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(true),
    }
}

impl Retry {
    /// The same with a deadline that is no further away than this.
    pub(super) fn within_patience(&self, patience: Duration) -> Self {
        let soon = Instant::now() + patience;
        Self {
            deadline: Some(self.deadline.map_or(soon, |deadline| deadline.min(soon))),
            ..self.clone()
        }
    }
}
