//! From a schema's name and text to the version that records are written with.

mod pinned;

use std::fmt;

use uuid::Uuid;

pub use pinned::{Pin, pinned};

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
}

/// Why there is no version to write with.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The schema or its registry does not exist, and nothing may be created.
    #[error("{name} does not exist; create it, or set resolution to `register` to have it created")]
    SchemaNotFound {
        /// What was asked for.
        name: SchemaName,
    },
    /// The schema exists without this definition, and nothing may be created.
    #[error(
        "{name} has no version with this definition; register it, or set resolution to `register` to have it registered"
    )]
    VersionNotFound {
        /// What was asked for.
        name: SchemaName,
    },
    /// The version that was named outright does not exist.
    #[error("{}", NoSuchPin(name, *pin))]
    PinNotFound {
        /// The schema that was configured.
        name: SchemaName,
        /// The number or id.
        pin: Pin,
    },
    /// The registry does not exist, and may not be created.
    #[error("registry `{}` does not exist and may not be created; create it for {name}", name.registry)]
    RegistryNotFound {
        /// What was asked for.
        name: SchemaName,
    },
    /// The version exists and may not be written with.
    #[error("{name}: version {}{id} has status {status}{}", Number(*number), hint(*status))]
    NotUsable {
        /// What was asked for.
        name: SchemaName,
        /// The version's number, where the registry told it.
        number: Option<u64>,
        /// The version's id.
        id: Uuid,
        /// FAILURE or DELETING.
        status: VersionStatus,
    },
    /// The registry had not decided about the version when the deadline passed.
    #[error("{name}: version {}{id} still has status PENDING", Number(*number))]
    StillPending {
        /// What was asked for.
        name: SchemaName,
        /// The version's number, where the registry told it.
        number: Option<u64>,
        /// The version's id.
        id: Uuid,
    },
    /// The schema exists in another language.
    #[error("{name} has data format {found}, not {wanted}")]
    DataFormat {
        /// What was asked for.
        name: SchemaName,
        /// The format asked for.
        wanted: DataFormat,
        /// The format the schema has.
        found: DataFormat,
    },
    /// A call failed, for good or until the deadline.
    #[error("{name} cannot be resolved")]
    Registry {
        /// What was asked for.
        name: SchemaName,
        /// The registry's answer.
        source: RegistryError,
    },
}

impl ResolveError {
    /// Tells whether credentials or permissions are at fault.
    pub const fn is_denied(&self) -> bool {
        matches!(self, Self::Registry { source, .. } if source.is_denied())
    }

    /// Tells whether the registry gave no final answer before the deadline.
    pub const fn is_unreachable(&self) -> bool {
        match self {
            Self::Registry { source, .. } => source.is_retryable(),
            Self::StillPending { .. } => true,
            _ => false,
        }
    }
}

/// Finds the version that has the wanted definition, and under [`Resolution::Register`] creates what is missing.
///
/// The version given back has status AVAILABLE; a PENDING one is waited for. Its number is `None` where the registry
/// had no reason to tell it. Any number of processes may do this at once: all get the same version.
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
            // Refused once, the definition may pass now: the rule or the versions before it may have changed.
            Found::Version(state) if state.status == VersionStatus::Failure => {
                self.add_version().await
            }
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
        let ask = || self.registry.data_format(&self.wanted.name);
        let found = self
            .retry
            .call(Operation::GetSchema, ask)
            .await
            .map_err(|error| self.failed(error))?;
        self.same_format(found)?;
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
            Found::Version(state) if state.status != VersionStatus::Failure => {
                self.settle(state, Registration::Existing).await
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
        let result = match self.until_decided(state).await {
            Ok(state) => self.usable(&state),
            Err(error) => Err(error),
        };
        let end = match &result {
            Ok(_) => Some(way),
            Err(ResolveError::NotUsable { .. }) => Some(Registration::Failure),
            Err(ResolveError::StillPending { .. }) => Some(Registration::PendingTimeout),
            Err(_) => None,
        };
        if let Some(end) = end {
            self.retry.metrics.registration(&self.wanted.name, end);
        }
        result
    }

    async fn until_decided(&self, mut state: VersionState) -> Result<VersionState, ResolveError> {
        let mut looks = 0;
        while state.status == VersionStatus::Pending {
            looks += 1;
            if !self.retry.pause(looks).await {
                return Err(self.still_pending(&state));
            }
            let look = || self.registry.schema_version(state.id);
            match self.retry.call(Operation::GetSchemaVersion, look).await {
                Ok(version) => {
                    state.status = version.status;
                    state.number = version.number.or(state.number);
                }
                // The deadline has passed.
                Err(error) if error.is_retryable() => return Err(self.still_pending(&state)),
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(state)
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
            id,
            number,
            data_format,
            status,
        } = state;
        let Wanted {
            name, definition, ..
        } = self.wanted;
        if status != VersionStatus::Available {
            return Err(ResolveError::NotUsable {
                name: name.clone(),
                number,
                id,
                status,
            });
        }
        let data_format = data_format.unwrap_or(self.wanted.data_format);
        self.same_format(data_format)?;
        Ok(SchemaVersion {
            id,
            registry: Some(name.registry.clone()),
            schema_name: Some(name.schema.clone()),
            number,
            data_format,
            definition: definition.clone(),
            status,
        })
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

/// A version's number as a word in front of its id.
struct Number(Option<u64>);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |number| write!(f, "{number}, id "))
    }
}

/// A number is missing in a schema, an id in the whole registry service.
struct NoSuchPin<'a>(&'a SchemaName, Pin);

impl fmt::Display for NoSuchPin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(name, pin @ (Pin::Number(_) | Pin::Latest)) => write!(f, "{name} has no {pin}"),
            Self(_, pin @ Pin::Id(_)) => write!(f, "the registry has no {pin}"),
        }
    }
}

const fn hint(status: VersionStatus) -> &'static str {
    match status {
        VersionStatus::Failure => ": it is not compatible with an earlier version",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
