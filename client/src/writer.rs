//! The schema version that records are written with: found as `registry.resolution` says.

use common::registry::resolution::{ResolveError, pinned, resolve};
use common::registry::retry::Retry;
use common::registry::{SchemaRegistry, SchemaVersion};

use crate::codec::CodecConfig;
use crate::connect::Connected;
use crate::registry::{RegistryConfig, Way};

/// Finds the version, or registers it; `text` is the schema text that is had, where the registry does not supply it.
///
/// # Errors
/// See [`ResolveError`]; [`exit_of`](crate::reader::exit_of) gives the exit code.
///
/// # Panics
/// Without a text where the registry does not supply it.
pub async fn find(
    (config, codec): (&RegistryConfig, &CodecConfig),
    text: Option<&str>,
    registry: &dyn SchemaRegistry,
    retry: &Retry,
) -> Result<SchemaVersion, ResolveError> {
    match config.way() {
        Way::Definition(resolution) => {
            let text = text.expect("only a version that brings its text comes without ours");
            let wanted = config.wanted(text.to_owned(), codec);
            resolve(registry, &wanted, resolution, retry).await
        }
        Way::Pin(pin) => {
            let format = codec.data_format();
            pinned(registry, &config.schema(), pin, format, retry).await
        }
    }
}

/// The version that the snapshot has, while the registry is away.
pub fn offline(
    config: &RegistryConfig,
    codec: &CodecConfig,
    text: Option<&str>,
    connected: &Connected,
) -> Option<SchemaVersion> {
    let snapshot = connected
        .snapshot
        .as_ref()
        .filter(|_| connected.is_degraded())?;
    let (way, name) = (config.way(), config.schema());
    let version = snapshot.find(way, &name, text, codec.data_format())?;
    tracing::warn!(schema = %name, version_id = %version.id, version = version.number, "writing with the version of the snapshot");
    Some(version.clone())
}
