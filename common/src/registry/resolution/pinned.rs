//! A version that is named outright, by its number or its id, and brings its own text.

use std::fmt;

use uuid::Uuid;

use super::ResolveError;
use crate::registry::retry::Retry;
use crate::registry::{
    Answer, DataFormat, Operation, SchemaName, SchemaRegistry, SchemaVersion, VersionStatus, Which,
};

/// Which version is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The one with this number, 1 and up, of the schema named.
    Number(u64),
    /// The newest of the schema named.
    Latest,
    /// The one with this id, whatever its schema is called.
    Id(Uuid),
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "version {number}"),
            Self::Latest => f.write_str("version at all"),
            Self::Id(id) => write!(f, "version with id {id}"),
        }
    }
}

/// Fetches the pinned version; nothing is created.
///
/// The version given back has status AVAILABLE; a PENDING one is waited for. Under [`Pin::Id`] its names are those
/// that the registry tells.
///
/// # Errors
///
/// [`ResolveError::PinNotFound`] when there is no such version, and as [`resolve`](super::resolve). Calls are made
/// again, and PENDING is waited for, until `retry.deadline`.
pub async fn pinned(
    registry: &dyn SchemaRegistry,
    name: &SchemaName,
    pin: Pin,
    wanted: DataFormat,
    retry: &Retry,
) -> Result<SchemaVersion, ResolveError> {
    let mut version = fetch(registry, name, pin, retry).await?;
    let mut looks = 0;
    while version.status == VersionStatus::Pending {
        looks += 1;
        if !retry.pause(looks).await {
            return Err(still_pending(&version, name));
        }
        version = match fetch(registry, name, pin, retry).await {
            // The deadline has passed.
            Err(error) if error.is_unreachable() => return Err(still_pending(&version, name)),
            answer => answer?,
        };
    }
    usable(version, name, wanted)
}

async fn fetch(
    registry: &dyn SchemaRegistry,
    name: &SchemaName,
    pin: Pin,
    retry: &Retry,
) -> Result<SchemaVersion, ResolveError> {
    let ask = || -> Answer<'_, SchemaVersion> {
        match pin {
            Pin::Number(number) => registry.version_of(name, Which::Number(number)),
            Pin::Latest => registry.version_of(name, Which::Latest),
            Pin::Id(id) => registry.schema_version(id),
        }
    };
    retry
        .call(Operation::GetSchemaVersion, ask)
        .await
        .map_err(|source| {
            let name = name.clone();
            if source.is_not_found() {
                ResolveError::PinNotFound { name, pin }
            } else {
                ResolveError::Registry { name, source }
            }
        })
}

fn still_pending(version: &SchemaVersion, asked: &SchemaName) -> ResolveError {
    ResolveError::StillPending {
        name: name_of(version, asked),
        number: version.number,
        id: version.id,
    }
}

fn usable(
    version: SchemaVersion,
    asked: &SchemaName,
    wanted: DataFormat,
) -> Result<SchemaVersion, ResolveError> {
    let name = name_of(&version, asked);
    let SchemaVersion { number, id, .. } = version;
    if version.status != VersionStatus::Available {
        let status = version.status;
        return Err(ResolveError::NotUsable {
            name,
            number,
            id,
            status,
        });
    }
    if version.data_format != wanted {
        let found = version.data_format;
        return Err(ResolveError::DataFormat {
            name,
            wanted,
            found,
        });
    }
    Ok(version)
}

/// An id belongs to the schema that the registry says, not to the one that is configured.
fn name_of(version: &SchemaVersion, asked: &SchemaName) -> SchemaName {
    match (&version.registry, &version.schema_name) {
        (Some(registry), Some(schema)) => SchemaName::new(registry, schema),
        _ => asked.clone(),
    }
}

#[cfg(test)]
mod tests;
