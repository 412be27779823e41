//! Schemas in files that a configuration or a command line names.

use std::error::Error;
use std::path::Path;

use anyhow::Context as _;
use runtime::lifecycle::{Exit, Failure};

/// Reads a schema; an error says its file and the key or option that names it.
///
/// # Errors
/// The file cannot be read, or `parse` refuses its text.
pub fn read<T, E: Error + Send + Sync + 'static>(
    path: &Path,
    key: &str,
    parse: impl FnOnce(String) -> Result<T, E>,
) -> anyhow::Result<T> {
    let place = || format!("use the schema {} ({key})", path.display());
    let text = std::fs::read_to_string(path).with_context(place)?;
    parse(text).with_context(place)
}

/// What two files hold, or everything that is wrong with them at once.
///
/// # Errors
/// 78 when one of them cannot be used.
pub fn both<A, B>(first: anyhow::Result<A>, second: anyhow::Result<B>) -> Result<(A, B), Failure> {
    let error = match (first, second) {
        (Ok(first), Ok(second)) => return Ok((first, second)),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => error,
        (Err(first), Err(second)) => anyhow::anyhow!("{first:#}; {second:#}"),
    };
    Err(Failure::new(Exit::Configuration, error))
}
