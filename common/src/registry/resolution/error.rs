//! Why there is no version to write with.

use std::fmt;

use uuid::Uuid;

use super::{Pin, Refusal};
use crate::registry::{DataFormat, RegistryError, SchemaName, VersionStatus};

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
    /// The registry refused the definition, now or before.
    #[error("{_0}")]
    Refused(Box<Refusal>),
    /// The version exists and may not be written with.
    #[error("{name}: version {}{id} has status {status}", Number(*number))]
    NotUsable {
        /// What was asked for.
        name: SchemaName,
        /// The version's number, where the registry told it.
        number: Option<u64>,
        /// The version's id.
        id: Uuid,
        /// FAILURE under a pin, or DELETING.
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

/// A version's number as a word in front of its id.
pub(super) struct Number(pub(super) Option<u64>);

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
