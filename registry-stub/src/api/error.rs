//! Everything the API can answer instead of a result, with the texts that clients know.

use std::fmt;

use crate::auth::Refusal;
use crate::store::{Registry, Schema, Status, StoreError};

/// A refused request. The text is part of the protocol: clients branch on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ApiError {
    #[error("Registry is not found. RegistryName: {0}")]
    RegistryNotFound(String),
    #[error("Registry is not found. RegistryArn: {0}")]
    RegistryArnNotFound(String),
    #[error("Schema is not found. {0}")]
    SchemaNotFound(SchemaNames),
    #[error("Schema is not found.")]
    SchemaNotFoundByDefinition,
    #[error("Schema version is not found.")]
    VersionNotFoundByDefinition,
    #[error("Schema version is not found. {schema}, VersionNumber: {}, isLatestVersion: {}", OrNull(number), number.is_none())]
    VersionNotFoundByNumber {
        schema: SchemaNames,
        number: Option<u64>,
    },
    #[error("Schema version is not found. SchemaVersionId: {0}")]
    VersionNotFoundById(String),
    #[error(
        "Metadata is not found. SchemaVersionId: {id}, MetadataKey: {key}, MetadataValue: {value}"
    )]
    MetadataNotFound {
        id: String,
        key: String,
        value: String,
    },
    #[error("Resource is not found. ResourceArn: {0}")]
    ResourceNotFound(String),

    #[error("Registry already exists. RegistryName: {0}")]
    RegistryExists(String),
    #[error("Schema already exists. SchemaName: {0}")]
    SchemaExists(String),
    #[error(
        "Resource already exist for schema version id: {id}, metadata key: {key}, metadata value: {value}"
    )]
    MetadataExists {
        id: String,
        key: String,
        value: String,
    },

    #[error("More {0} cannot be created. The maximum limit has been reached.")]
    LimitReached(&'static str),
    #[error("Your resource limits for Schema Version Metadata have been exceeded.")]
    MetadataLimitReached,

    #[error("{0}")]
    Busy(Unavailable),
    // The same from operations that declare no conflict.
    #[error("{0}")]
    OnItsWayOut(Unavailable),

    #[error("One of registryName or registryArn has to be provided, both cannot be provided.")]
    RegistryNamedTwice,
    #[error(
        "One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided."
    )]
    SchemaNamedTwice,
    #[error("At least one of (registryName and schemaName) or schemaArn has to be provided.")]
    SchemaNotNamed,
    #[error("Only one of VersionNumber or LatestVersion is required.")]
    VersionNumberedTwice,
    #[error("One of version number (or) latest version is required.")]
    VersionNotNumbered,
    #[error("No other input parameters can be specified when fetching by SchemaVersionId.")]
    VersionIdNotAlone,
    #[error("The resource name contains too many or too few characters. Parameter Name: {0}")]
    Length(&'static str),
    #[error(
        "The parameter value contains one or more characters that are not valid. Parameter Name: {0}"
    )]
    Characters(&'static str),
    #[error("New Tags cannot be empty or more than 50")]
    TooManyTags,
    #[error("Data format is not valid.")]
    DataFormat,
    #[error("Compatibility is not valid.")]
    Compatibility,
    #[error("Schema definition of {format} data format is invalid: {detail}")]
    Definition {
        format: &'static str,
        detail: String,
    },
    /// Only where the stub was told to refuse what AWS registers as failed.
    #[error("Schema definition is not compatible: {0}")]
    Incompatible(String),
    #[error("Compatibility DISABLED does not allow versioning. SchemaId: {0}")]
    VersioningDisabled(JavaSchemaId),
    #[error("NextToken is not valid.")]
    Token,
    #[error("One of VersionNumber or Compatibility has to be provided.")]
    NothingToUpdate,
    #[error("The first version of a range must not be higher than the last.")]
    RangeOrder,
    #[error("No more than 25 versions can be deleted at once.")]
    RangeLength,
    #[error("The checkpoint version cannot be deleted. VersionNumber: {0}")]
    DeletesCheckpoint(u64),
    #[error("The first version cannot be deleted. Delete the schema instead.")]
    DeletesFirst,
    #[error("Versions cannot be deleted while the latest one is PENDING.")]
    DeletesWhilePending,

    #[error(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    )]
    Validation {
        value: String,
        member: &'static str,
        constraint: &'static str,
    },
    #[error("{0}")]
    Serialization(String),
    #[error("")]
    UnknownOperation,
    #[error("The request is larger than this registry accepts.")]
    TooLarge,
    #[error(transparent)]
    Unauthenticated(#[from] Refusal),
    #[error("Rate exceeded")]
    Throttled,
    #[error("This failure was asked for: a fault is in force.")]
    Injected,
    #[error("The registry cannot answer at present; its log says why.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// The exception's name and the HTTP status that goes with it.
    pub(crate) fn kind(&self) -> (&'static str, u16) {
        match self {
            Self::RegistryNotFound(_)
            | Self::RegistryArnNotFound(_)
            | Self::SchemaNotFound(_)
            | Self::SchemaNotFoundByDefinition
            | Self::VersionNotFoundByDefinition
            | Self::VersionNotFoundByNumber { .. }
            | Self::VersionNotFoundById(_)
            | Self::MetadataNotFound { .. }
            | Self::ResourceNotFound(_) => ("EntityNotFoundException", 400),
            Self::RegistryExists(_) | Self::SchemaExists(_) | Self::MetadataExists { .. } => {
                ("AlreadyExistsException", 400)
            }
            Self::LimitReached(_) | Self::MetadataLimitReached => {
                ("ResourceNumberLimitExceededException", 400)
            }
            Self::Busy(_) => ("ConcurrentModificationException", 400),
            Self::Validation { .. } => ("ValidationException", 400),
            Self::Serialization(_) => ("SerializationException", 400),
            Self::UnknownOperation => ("UnknownOperationException", 400),
            Self::TooLarge => ("RequestEntityTooLargeException", 413),
            Self::Unauthenticated(refusal) => (refusal.kind(), 400),
            Self::Throttled => ("ThrottlingException", 400),
            Self::Injected | Self::Internal(_) => ("InternalServiceException", 500),
            _ => ("InvalidInputException", 400),
        }
    }

    /// A member that must be there is not.
    pub(crate) fn missing(member: &'static str) -> Self {
        Self::Validation {
            value: "null".to_owned(),
            member,
            constraint: "Member must not be null",
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// A registry or schema that is there and cannot be changed now.
#[derive(Debug)]
pub(crate) struct Unavailable {
    what: &'static str,
    name: String,
    status: Status,
}

impl From<Registry> for Unavailable {
    fn from(registry: Registry) -> Self {
        Self {
            what: "Registry",
            name: registry.name,
            status: registry.status,
        }
    }
}

impl From<Schema> for Unavailable {
    fn from(schema: Schema) -> Self {
        Self {
            what: "Schema",
            name: schema.name,
            status: schema.status,
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, name, status) = (self.what, &self.name, self.status.as_str());
        write!(
            formatter,
            "{what} is not available. {what}Name: {name}, Status: {status}"
        )
    }
}

/// A schema as the request named it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SchemaNames {
    pub(crate) registry: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) arn: Option<String>,
}

impl fmt::Display for SchemaNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (registry, schema, arn) = (
            OrNull(&self.registry),
            OrNull(&self.schema),
            OrNull(&self.arn),
        );
        write!(
            formatter,
            "RegistryName: {registry}, SchemaName: {schema}, SchemaArn: {arn}"
        )
    }
}

/// A schema as the request named it, in the other form that the service prints.
#[derive(Debug)]
pub(crate) struct JavaSchemaId(pub(crate) SchemaNames);

impl fmt::Display for JavaSchemaId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (registry, schema, arn) = (
            OrNull(&self.0.registry),
            OrNull(&self.0.schema),
            OrNull(&self.0.arn),
        );
        write!(
            formatter,
            "SchemaId(schemaArn={arn}, schemaName={schema}, registryName={registry})"
        )
    }
}

/// A value, or `null` where there is none.
struct OrNull<'a, T>(&'a Option<T>);

impl<T: fmt::Display> fmt::Display for OrNull<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => value.fmt(formatter),
            None => formatter.write_str("null"),
        }
    }
}
