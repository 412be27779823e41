//! Definitions: their formats, whether one is valid, and which ones count as the same.

mod canonical;
mod diff;
mod tree;

use compatibility::{Conflict, Definition, Direction, Earlier, Mode, counting};

pub(crate) use canonical::Canonical;
pub(crate) use compatibility::Format;
pub(crate) use diff::patch;

use crate::config::Rules;
use crate::store::{Reason, Status, StoreError};

/// The most reasons that are kept for one version.
pub(crate) const MAX_REASONS: usize = 100;
/// The most reasons that one line says.
const SAID: usize = 5;

/// Says what is wrong with a definition, if anything is.
///
/// # Errors
/// The reason, as a detail for the client.
pub(crate) fn check(format: Format, text: &str) -> Result<(), String> {
    Definition::parse(format, text)
        .map(drop)
        .map_err(|error| error.detail)
}

/// A valid definition that wants to become a version, and the rules it comes under.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    pub(crate) definition: &'a str,
    /// The number of the version that the schema's checkpoint names.
    pub(crate) checkpoint: u64,
    /// The numbers of the available versions that a mode of this reach can mean, in rising order.
    pub(crate) available: &'a [u64],
}

/// What becomes of a candidate, and why.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    /// The numbers of the versions that counted, in rising order; not all if there are very many.
    pub(crate) compared: Vec<u64>,
    /// None for a version that is available.
    pub(crate) reasons: Vec<Reason>,
}

impl Verdict {
    /// Nothing speaks against it.
    pub(crate) const AVAILABLE: Self = Self {
        status: Status::Available,
        compared: Vec::new(),
        reasons: Vec::new(),
    };

    /// The reasons in one line.
    pub(crate) fn why(&self) -> String {
        let mut lines: Vec<String> = self
            .reasons
            .iter()
            .take(SAID)
            .map(Reason::to_string)
            .collect();
        if self.reasons.len() > SAID {
            lines.push(format!("and {} more", self.reasons.len() - SAID));
        }
        lines.join("; ")
    }
}

/// What becomes of a valid new version beside the earlier ones; `earlier` gives the definition of an available version.
///
/// # Errors
/// Those of `earlier`, and when a definition is no longer valid.
pub(crate) fn verdict(
    candidate: &Candidate<'_>,
    rules: Rules,
    mut earlier: impl FnMut(u64) -> Result<String, StoreError>,
) -> Result<Verdict, StoreError> {
    let parse =
        |text: &str| Definition::parse(candidate.format, text).map_err(|_| StoreError::Damaged);
    let counting = counting(
        candidate.mode,
        rules.checkpoint,
        candidate.checkpoint,
        candidate.available,
    );
    if counting.is_empty() {
        return Ok(Verdict::AVAILABLE);
    }
    let new = parse(candidate.definition)?;
    let (mut compared, mut reasons) = (Vec::new(), Vec::new());
    // One earlier version at a time: together they may be large. The last one is what people expect to read of first.
    for number in counting.into_iter().rev() {
        let version = Earlier {
            number,
            definition: parse(&earlier(number)?)?,
        };
        compared.push(number);
        let found = compatibility::check(candidate.mode, &new, &[version], &rules.options);
        reasons.extend(found.conflicts.iter().flat_map(reasons_of));
        if reasons.len() >= MAX_REASONS {
            break;
        }
    }
    let status = if reasons.is_empty() {
        Status::Available
    } else {
        Status::Failure
    };
    compared.truncate(MAX_REASONS);
    compared.reverse();
    Ok(Verdict {
        status,
        compared,
        reasons,
    })
}

fn reasons_of(conflict: &Conflict) -> impl Iterator<Item = Reason> {
    let direction = match conflict.direction {
        Direction::Backward => "backward",
        Direction::Forward => "forward",
    };
    conflict.differences.iter().map(move |difference| Reason {
        version: conflict.version,
        direction: direction.to_owned(),
        path: difference.path.clone(),
        rule: difference.rule.to_string(),
        reader: difference.reader.clone(),
        writer: difference.writer.clone(),
    })
}

#[cfg(test)]
mod tests;
