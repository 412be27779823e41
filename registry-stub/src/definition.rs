//! Definitions: their formats, whether one is valid, and which ones count as the same.

mod canonical;
mod diff;
mod draft;
mod tree;

use compatibility::Definition;

pub(crate) use canonical::Canonical;
pub(crate) use compatibility::Format;
pub(crate) use diff::patch;
pub(crate) use draft::{Draft, Terms};

use crate::store::{Reason, Status};

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

/// What becomes of a draft, and why.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    /// The numbers of the versions that counted, in rising order; not all if there are very many.
    pub(crate) compared: Vec<u64>,
    /// None for a version that is available.
    pub(crate) reasons: Vec<Reason>,
}

impl Verdict {
    /// The version of this number fails without a comparison.
    pub(crate) fn not_judged(number: u64, why: &str) -> Self {
        Self {
            status: Status::Failure,
            compared: Vec::new(),
            reasons: vec![Reason::not_judged(number, why)],
        }
    }

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

#[cfg(test)]
mod tests;
