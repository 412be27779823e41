//! After a refusal: the newest available version that the source's records still fit.

use std::collections::HashMap;

use client::codec::Format;
use common::avro::{Field, Plan, RecordType, Schema, TypeKind};
use common::limits::Limits;
use common::metrics::Registration;
use common::registry::resolution::{Refusal, ResolveError, newest_fitting};
use common::registry::retry::Retry;
use common::registry::{SchemaRegistry, SchemaVersion};

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

/// Whether records of the refused definition can be written with a version.
///
/// Of JSON values nobody knows beforehand: those that do not fit are rejected one by one.
fn fits(config: &Config, refused: &Definition, version: &SchemaVersion) -> bool {
    let is_ours = version.data_format == config.codec.data_format();
    if !is_ours || fitting(config, version).is_err() {
        return false;
    }
    let drops = config.source.unknown_fields == UnknownFields::Ignore;
    match config.codec.format {
        Format::Avro => takes_avro(
            refused.text(),
            &version.definition,
            config.codec.limits(),
            drops,
        ),
        Format::Protobuf => Definition::of(version, &config.codec)
            .is_ok_and(|older| drops || refused.fields().iter().all(|name| older.has(name))),
        Format::Json => true,
    }
}

/// Whether values of one Avro schema can be values of another, without their additional fields if those may go.
///
/// Avro's own resolution leaves what is wrong in an item or a branch to the values that have it; fields are looked at
/// there too.
fn takes_avro(from: &str, to: &str, limits: Limits, drops: bool) -> bool {
    let (Ok(from), Ok(to)) = (Schema::parse(from), Schema::parse(to)) else {
        return false;
    };
    let fits = |(from, to): (&RecordType, &RecordType)| {
        let given = |field: &Field| field.default.is_some() || has(from, field);
        to.fields.iter().all(given) && (drops || from.fields.iter().all(|field| has(to, field)))
    };
    Plan::resolve(&from, &to, limits).is_ok() && pairs(&from, &to).into_iter().all(fits)
}

/// The records of two schemas that have the same name; those at the top may have any.
fn pairs<'a>(from: &'a Schema, to: &'a Schema) -> Vec<(&'a RecordType, &'a RecordType)> {
    let by_name: HashMap<_, _> = records(to)
        .map(|record| (record.name.simple(), record))
        .collect();
    let same = records(from).filter_map(|record| {
        let other = by_name.get(record.name.simple())?;
        Some((record, *other))
    });
    let top = match (&from.root().kind, &to.root().kind) {
        (TypeKind::Record(from), TypeKind::Record(to)) => Some((from, to)),
        _ => None,
    };
    same.chain(top).collect()
}

fn has(record: &RecordType, field: &Field) -> bool {
    let mut fields = record.fields.iter();
    fields.any(|known| known.name == field.name)
}

fn records(schema: &Schema) -> impl Iterator<Item = &RecordType> {
    schema.types().filter_map(|known| match &known.kind {
        TypeKind::Record(record) => Some(record),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
