//! From a schema's name and text to the version that records are written with.

mod counting;
mod error;
mod pinned;
mod refusal;

use std::collections::BTreeMap;
use std::time::Duration;

pub use counting::{Counting, counting};
use error::Number;
pub use error::ResolveError;
pub use pinned::{Pin, pinned};
pub use refusal::{Refusal, newest_fitting};

use super::retry::Retry;
use super::{
    Compatibility, DataFormat, NewSchema, Operation, RegistryError, SchemaName, SchemaRegistry,
    SchemaVersion, VersionState, VersionStatus,
};
use crate::metrics::Registration;

/// What may be done to get the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// Find it; nothing is created.
    Lookup,
    /// Find it, or create what is missing: the version, the schema, the registry.
    Register,
}

/// The schema version wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Registry and schema.
    pub name: SchemaName,
    /// The schema text; it is sent exactly as it is here.
    pub definition: String,
    /// The language of the text.
    pub data_format: DataFormat,
    /// The rule for a schema that has to be created; an existing one keeps its own.
    pub compatibility: Compatibility,
    /// Whether a missing registry may be created.
    pub create_registry: bool,
    /// What a schema that has to be created is for.
    pub description: Option<String>,
    /// The tags of a schema that has to be created.
    pub tags: BTreeMap<String, String>,
    /// What is noted about a version that has to be registered.
    pub metadata: BTreeMap<String, String>,
    /// Whether a version that was registered here and refused is removed.
    pub clean_failed: bool,
}

impl Wanted {
    /// A version under the rule BACKWARD, in a registry that may be created, with nothing noted about it.
    pub const fn new(name: SchemaName, definition: String, data_format: DataFormat) -> Self {
        Self {
            name,
            definition,
            data_format,
            compatibility: Compatibility::Backward,
            create_registry: true,
            description: None,
            tags: BTreeMap::new(),
            metadata: BTreeMap::new(),
            clean_failed: false,
        }
    }
}

/// Finds the version that has the wanted definition, and under [`Resolution::Register`] creates what is missing.
///
/// The version given back has status AVAILABLE; a PENDING one is waited for. Its number is `None` where the registry
/// would not tell it. Any number of processes may do this at once: all get the same version.
///
/// # Errors
///
/// See [`ResolveError`]. Calls are made again, and PENDING is waited for, until `retry.deadline`.
pub async fn resolve(
    registry: &dyn SchemaRegistry,
    wanted: &Wanted,
    resolution: Resolution,
    retry: &Retry,
) -> Result<SchemaVersion, ResolveError> {
    retry.metrics.expect_registrations(&wanted.name);
    let search = Search {
        registry,
        wanted,
        retry,
    };
    match resolution {
        Resolution::Lookup => search.look_up().await,
        Resolution::Register => search.register().await,
    }
}

/// The longest time that is spent on what is only said, and not needed to write.
const PATIENCE: Duration = Duration::from_secs(10);

struct Search<'a> {
    registry: &'a dyn SchemaRegistry,
    wanted: &'a Wanted,
    retry: &'a Retry,
}

/// What a look-up by definition found.
enum Found {
    Version(VersionState),
    NoVersion,
    NoSchema,
}

impl Search<'_> {
    async fn look_up(&self) -> Result<SchemaVersion, ResolveError> {
        let name = self.wanted.name.clone();
        match self.find().await? {
            Found::Version(state) => self.settle(state, Registration::Existing).await,
            Found::NoVersion => Err(ResolveError::VersionNotFound { name }),
            Found::NoSchema => Err(ResolveError::SchemaNotFound { name }),
        }
    }

    async fn register(&self) -> Result<SchemaVersion, ResolveError> {
        match self.find().await? {
            Found::Version(state) if is_over(&state) => self.add_version().await,
            Found::Version(state) => self.settle(state, Registration::Existing).await,
            Found::NoVersion => self.add_version().await,
            Found::NoSchema => self.create().await,
        }
    }

    async fn find(&self) -> Result<Found, ResolveError> {
        let look = || {
            self.registry
                .version_by_definition(&self.wanted.name, &self.wanted.definition)
        };
        match self
            .retry
            .call(Operation::GetSchemaByDefinition, look)
            .await
        {
            Ok(state) => Ok(Found::Version(state)),
            Err(error) if error.is_version_not_found() => Ok(Found::NoVersion),
            Err(error) if error.is_not_found() => Ok(Found::NoSchema),
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn add_version(&self) -> Result<SchemaVersion, ResolveError> {
        // The registry would take the text of one format as a version of another, where both are JSON.
        let ask = || self.registry.schema(&self.wanted.name);
        let schema = self
            .retry
            .call(Operation::GetSchema, ask)
            .await
            .map_err(|error| self.failed(error))?;
        self.same_format(schema.data_format)?;
        let register = || {
            self.registry
                .register_version(&self.wanted.name, &self.wanted.definition)
        };
        let answer = self
            .retry
            .call(Operation::RegisterSchemaVersion, register)
            .await;
        self.settle(
            answer.map_err(|error| self.failed(error))?,
            Registration::Registered,
        )
        .await
    }

    async fn create(&self) -> Result<SchemaVersion, ResolveError> {
        let answer = match self.create_schema().await {
            Err(error) if error.is_not_found() => {
                self.create_registry().await?;
                self.create_schema().await
            }
            answer => answer,
        };
        match answer {
            Ok(state) => self.settle(state, Registration::Created).await,
            Err(error) if error.is_already_exists() => self.join_the_creator().await,
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Somebody else created the schema meanwhile, perhaps with this very definition.
    async fn join_the_creator(&self) -> Result<SchemaVersion, ResolveError> {
        match self.find().await? {
            Found::Version(state) if !is_over(&state) => {
                let version = self.settle(state, Registration::Existing).await?;
                // It may be our own, whose answer was lost.
                self.note(&version).await;
                Ok(version)
            }
            // A registry that says "no schema" here does not tell it from "no version".
            Found::Version(_) | Found::NoVersion | Found::NoSchema => self.add_version().await,
        }
    }

    async fn create_schema(&self) -> Result<VersionState, RegistryError> {
        let schema = NewSchema {
            name: &self.wanted.name,
            data_format: self.wanted.data_format,
            compatibility: self.wanted.compatibility,
            definition: &self.wanted.definition,
            description: self.wanted.description.as_deref(),
            tags: &self.wanted.tags,
        };
        self.retry
            .call(Operation::CreateSchema, || {
                self.registry.create_schema(&schema)
            })
            .await
    }

    async fn create_registry(&self) -> Result<(), ResolveError> {
        let name = &self.wanted.name;
        if !self.wanted.create_registry {
            return Err(ResolveError::RegistryNotFound { name: name.clone() });
        }
        let create = || self.registry.create_registry(&name.registry);
        match self.retry.call(Operation::CreateRegistry, create).await {
            Err(error) if !error.is_already_exists() => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    /// Waits until the registry has decided about a version, and counts how it ended.
    async fn settle(
        &self,
        state: VersionState,
        way: Registration,
    ) -> Result<SchemaVersion, ResolveError> {
        let decided = match self.until_decided(state).await {
            Ok(state) => Ok(self.numbered(state).await),
            Err(error) => Err(error),
        };
        let result = match decided {
            Ok(state) if state.status == VersionStatus::Failure => {
                Err(self.refused(&state, way).await)
            }
            Ok(state) => self.usable(&state),
            Err(error) => Err(error),
        };
        let end = match &result {
            Ok(_) => Some(way),
            Err(ResolveError::Refused(_)) => Some(Registration::Failure),
            Err(ResolveError::StillPending { .. }) => Some(Registration::PendingTimeout),
            Err(_) => None,
        };
        if let Some(end) = end {
            self.retry.metrics.registration(&self.wanted.name, end);
        }
        if let (Ok(version), Registration::Registered | Registration::Created) = (&result, way) {
            self.note(version).await;
        }
        result
    }

    /// The refusal with all that can be learnt about it; the version is removed if that is wanted.
    async fn refused(&self, state: &VersionState, way: Registration) -> ResolveError {
        let candidate = self.version(state, self.wanted.data_format);
        let name = &self.wanted.name;
        let refusal = Refusal::gather(self.registry, name, candidate, self.retry).await;
        if self.wanted.clean_failed && way != Registration::Existing {
            match refusal::remove(self.registry, &refusal, self.retry).await {
                Ok(true) => {
                    tracing::info!(schema = %name, version_id = %state.id, "the refused version was removed");
                }
                Ok(false) => {
                    tracing::warn!(schema = %name, version_id = %state.id, "the refused version is left: its number leads to another one");
                }
                Err(error) => {
                    tracing::warn!(schema = %name, version_id = %state.id, %error, "the refused version is left");
                }
            }
        }
        ResolveError::Refused(Box::new(refusal))
    }

    /// Notes the metadata of a new version. It is written with all the same where that fails.
    async fn note(&self, version: &SchemaVersion) {
        for (key, value) in &self.wanted.metadata {
            let put = || self.registry.put_metadata(version.id, key, value);
            let noted = self.retry.call(Operation::PutSchemaVersionMetadata, put);
            match noted.await {
                // Somebody who registered the same version at the same time was first.
                Err(error) if !error.is_already_exists() => {
                    tracing::warn!(version_id = %version.id, key, %error, "the version's metadata is not noted");
                }
                _ => {}
            }
        }
    }

    async fn until_decided(&self, mut state: VersionState) -> Result<VersionState, ResolveError> {
        let (mut looks, mut doubts) = (0, 0);
        while state.status == VersionStatus::Pending {
            looks += 1;
            if !self.retry.pause(looks).await {
                return Err(self.still_pending(&state));
            }
            let look = || self.registry.schema_version(state.id);
            match self.retry.call(Operation::GetSchemaVersion, look).await {
                Ok(version) => {
                    state.number = version.number.or(state.number);
                    state.status = match version.status {
                        // Whoever registered it at the same time removes it, as it was refused.
                        VersionStatus::Deleting => VersionStatus::Failure,
                        status => status,
                    };
                }
                // Gone already, unless it has only not come everywhere yet.
                Err(error) if error.is_not_found() => {
                    doubts += 1;
                    if doubts > 1 {
                        state.status = VersionStatus::Failure;
                    }
                }
                // The deadline has passed.
                Err(error) if error.is_retryable() => return Err(self.still_pending(&state)),
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(state)
    }

    /// The same with its number, which a look-up by definition does not tell. It is written with all the same where
    /// that fails.
    async fn numbered(&self, mut state: VersionState) -> VersionState {
        if state.number.is_none() {
            let look = || self.registry.schema_version(state.id);
            let retry = self.retry.within_patience(PATIENCE);
            match retry.call(Operation::GetSchemaVersion, look).await {
                Ok(version) => state.number = version.number,
                Err(error) => {
                    tracing::warn!(version_id = %state.id, %error, "the version's number is not known");
                }
            }
        }
        state
    }

    fn still_pending(&self, state: &VersionState) -> ResolveError {
        let VersionState { id, number, .. } = *state;
        ResolveError::StillPending {
            name: self.wanted.name.clone(),
            number,
            id,
        }
    }

    /// The version, if it may be written with.
    fn usable(&self, state: &VersionState) -> Result<SchemaVersion, ResolveError> {
        let &VersionState {
            id, number, status, ..
        } = state;
        if status != VersionStatus::Available {
            return Err(ResolveError::NotUsable {
                name: self.wanted.name.clone(),
                number,
                id,
                status,
            });
        }
        let data_format = state.data_format.unwrap_or(self.wanted.data_format);
        self.same_format(data_format)?;
        Ok(self.version(state, data_format))
    }

    /// The version with the text that was wanted.
    fn version(&self, state: &VersionState, data_format: DataFormat) -> SchemaVersion {
        let Wanted {
            name, definition, ..
        } = self.wanted;
        SchemaVersion {
            id: state.id,
            registry: Some(name.registry.clone()),
            schema_name: Some(name.schema.clone()),
            number: state.number,
            data_format,
            definition: definition.clone(),
            status: state.status,
        }
    }

    fn same_format(&self, found: DataFormat) -> Result<(), ResolveError> {
        let Wanted {
            name,
            data_format: wanted,
            ..
        } = self.wanted;
        if found == *wanted {
            return Ok(());
        }
        Err(ResolveError::DataFormat {
            name: name.clone(),
            wanted: *wanted,
            found,
        })
    }

    fn failed(&self, source: RegistryError) -> ResolveError {
        ResolveError::Registry {
            name: self.wanted.name.clone(),
            source,
        }
    }
}

/// Whether the definition is worth another try: refused once, it may pass now that the rule or the versions before it
/// have changed, and a version that is being removed will be none.
const fn is_over(state: &VersionState) -> bool {
    matches!(
        state.status,
        VersionStatus::Failure | VersionStatus::Deleting
    )
}

#[cfg(test)]
mod tests;
