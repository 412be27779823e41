//! After a refusal: the newest available version that the source's records still fit.

mod avro;
mod protobuf;

use client::codec::Format;
use common::avro::Schema;
use common::metrics::Registration;
use common::protobuf::ProtobufSchema;
use common::registry::resolution::{Refusal, ResolveError, newest_fitting};
use common::registry::retry::Retry;
use common::registry::{DataFormat, SchemaRegistry, SchemaVersion};
use compatibility::Options;

use super::{Found, fitting};
use crate::config::{Config, UnknownFields};
use crate::definition::Definition;
use crate::evolution;

/// Finds the version to go on with.
///
/// # Errors
/// There is none: the refusal. Or a call failed.
pub(super) async fn find(
    config: &Config,
    definition: &Definition,
    refusal: Box<Refusal>,
    registry: &dyn SchemaRegistry,
    retry: &Retry,
) -> Result<Found, ResolveError> {
    let name = config.registry.schema();
    let fits = |version: &SchemaVersion| fits(config, definition, version);
    let found = newest_fitting(registry, &name, retry, fits).await;
    match found {
        Ok(Some(version)) => {
            tracing::error!(version_id = %version.id, version = version.number, reasons = evolution::reasons(&refusal), "{refusal}: going on with an older version");
            let kept = Registration::KeptPrevious;
            retry.metrics.registration(&name, kept);
            Ok(Found {
                version,
                refusal: Some(refusal),
            })
        }
        Ok(None) => Err(ResolveError::Refused(refusal)),
        Err(source) => Err(ResolveError::Registry { name, source }),
    }
}

/// Whether JSON text that is a record of the refused definition is the same record of a version.
fn fits(config: &Config, refused: &Definition, version: &SchemaVersion) -> bool {
    let is_ours = version.data_format == config.codec.data_format();
    if !is_ours || fitting(config, version, refused).is_err() {
        return false;
    }
    let drops = config.source.unknown_fields == UnknownFields::Ignore;
    let (from, to) = (refused.text(), version.definition.as_str());
    match config.codec.format {
        Format::Avro => takes_avro(from, to, drops),
        Format::Protobuf => takes_protobuf(config, (from, to), drops).unwrap_or(false),
        Format::Json => takes_json(from, to),
    }
}

fn takes_avro(from: &str, to: &str, drops: bool) -> bool {
    match (Schema::parse(from), Schema::parse(to)) {
        (Ok(from), Ok(to)) => avro::takes(&from, &to, drops),
        _ => false,
    }
}

fn takes_protobuf(config: &Config, (from, to): (&str, &str), drops: bool) -> anyhow::Result<bool> {
    let message = |text: &str| {
        let schema = ProtobufSchema::compile(text, config.codec.limits())?;
        Ok::<_, anyhow::Error>(schema.message(config.codec.message.as_deref())?)
    };
    Ok(protobuf::takes(&message(from)?, &message(to)?, drops))
}

/// A JSON schema takes what another takes if, by the rules of evolution, it reads all that the other wrote.
fn takes_json(from: &str, to: &str) -> bool {
    let parse = |text: &str| evolution::definition(DataFormat::Json, text);
    match (parse(from), parse(to)) {
        (Ok(from), Ok(to)) => to.cannot_read(&from, &Options::default()).is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
