//! Why a version may not follow: the rules of schema evolution, asked about what a registry holds.

use client::reader::exit_of;
use common::registry::resolution::{Refusal, ResolveError};
use common::registry::{Compatibility, DataFormat, SchemaVersion};
use compatibility::{
    Conflict, Definition, Direction, Earlier, Format, InvalidDefinition, Mode, Options, Verdict,
};
use runtime::lifecycle::Failure;

/// The mode of a schema, in the words of the rules.
pub(crate) const fn mode(compatibility: Compatibility) -> Mode {
    match compatibility {
        Compatibility::None => Mode::None,
        Compatibility::Disabled => Mode::Disabled,
        Compatibility::Backward => Mode::Backward,
        Compatibility::BackwardAll => Mode::BackwardAll,
        Compatibility::Forward => Mode::Forward,
        Compatibility::ForwardAll => Mode::ForwardAll,
        Compatibility::Full => Mode::Full,
        Compatibility::FullAll => Mode::FullAll,
    }
}

/// Reads a text as a definition of its format.
///
/// # Errors
/// It is none.
pub(crate) fn definition(format: DataFormat, text: &str) -> Result<Definition, InvalidDefinition> {
    let format = match format {
        DataFormat::Avro => Format::Avro,
        DataFormat::Json => Format::Json,
        DataFormat::Protobuf => Format::Protobuf,
    };
    Definition::parse(format, text)
}

/// Holds a definition against versions under a mode.
///
/// # Errors
/// A version of the registry is no definition that is understood here; its number is in the message.
pub(crate) fn judge(
    mode: Mode,
    new: &Definition,
    versions: &[SchemaVersion],
    options: Options,
) -> Result<Verdict, InvalidDefinition> {
    let parsed = versions.iter().map(|version| {
        let number = version.number.unwrap_or_default();
        let definition = definition(version.data_format, &version.definition)
            .map_err(|error| InvalidDefinition::new(format!("version {number}: {error}")))?;
        Ok(Earlier { number, definition })
    });
    let earlier = parsed.collect::<Result<Vec<_>, _>>()?;
    Ok(compatibility::check(mode, new, &earlier, &options))
}

/// The rules' own verdict about a refusal.
///
/// # Errors
/// A text is no definition that is understood here.
pub(crate) fn verdict(refusal: &Refusal) -> Result<Verdict, InvalidDefinition> {
    let Some(rule) = refusal.mode else {
        return Err(InvalidDefinition::new(
            "the registry does not tell which versions count",
        ));
    };
    let candidate = &refusal.candidate;
    let new = definition(candidate.data_format, &candidate.definition)?;
    judge(mode(rule), &new, &refusal.against, Options::default())
}

/// What the rules say about a refusal, in one line.
pub(crate) fn reasons(refusal: &Refusal) -> String {
    match verdict(refusal) {
        Ok(verdict) if verdict.is_compatible() => {
            "no rule that is known here forbids it".to_owned()
        }
        Ok(verdict) => in_one_line(&verdict),
        Err(error) => format!("it cannot be compared here: {error}"),
    }
}

/// Every reason of a verdict, one after the other.
fn in_one_line(verdict: &Verdict) -> String {
    let conflicts: Vec<_> = verdict.conflicts.iter().map(conflict).collect();
    conflicts.join("; ")
}

fn conflict(conflict: &Conflict) -> String {
    let number = conflict.version;
    let differences: Vec<_> = conflict
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    let found = differences.join(", ");
    match conflict.direction {
        Direction::Backward => format!("the new version cannot read version {number}: {found}"),
        Direction::Forward => format!("version {number} cannot read the new version: {found}"),
    }
}

/// The end of a search that found no version, with the reasons of a refusal.
pub(crate) fn failure(error: ResolveError) -> Failure {
    let exit = exit_of(&error);
    match &error {
        ResolveError::Refused(refusal) => {
            let said = format!("{refusal}: {}", reasons(refusal));
            Failure::said(exit, said)
        }
        _ => Failure::new(exit, error),
    }
}
