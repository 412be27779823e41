//! The keys of the store's tables, and what can be done with rows by their keys.
//!
//! Keys are texts: account, region and names joined by NUL, which no name may
//! hold, so that keys sort like the tuples they stand for. Numbers are padded
//! to sort.

use std::ops::Bound;

use redb::{ReadableTable, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// A table that can be read: of a snapshot or of a change.
pub(crate) trait Rows: ReadableTable<&'static str, &'static [u8]> {}

impl<T: ReadableTable<&'static str, &'static [u8]>> Rows for T {}

/// A table that can be changed.
pub(super) type Written<'t> = Table<'t, &'static str, &'static [u8]>;

/// Some items of a list and, when more follow, where to go on: the last key without the list's own part.
#[derive(Debug)]
pub(crate) struct Page<I> {
    pub(crate) items: Vec<I>,
    pub(crate) next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Where the page before ended: its [`Page::next`].
    pub(crate) after: Option<String>,
    /// How many items at most, 1 or more.
    pub(crate) limit: usize,
}

pub(super) fn key<'k>(parts: impl IntoIterator<Item = &'k str>) -> String {
    parts.into_iter().collect::<Vec<_>>().join("\0")
}

/// The common start of all keys below these parts.
pub(super) fn prefix<'k>(parts: impl IntoIterator<Item = &'k str>) -> String {
    key(parts) + "\0"
}

/// The first text behind all keys that start with `prefix`.
pub(super) fn after(prefix: &str) -> String {
    let mut end = prefix.trim_end_matches('\0').to_owned();
    end.push('\u{1}');
    end
}

pub(super) fn digits(number: u64) -> String {
    format!("{number:020}")
}

pub(super) fn hex(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

pub(super) fn record<R: DeserializeOwned>(
    table: &impl Rows,
    key: &str,
) -> Result<Option<R>, StoreError> {
    let row = table.get(key)?;
    row.map(|row| parsed(row.value())).transpose()
}

pub(super) fn parsed<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| StoreError::Damaged)
}

pub(super) fn put(
    table: &mut Written<'_>,
    key: &str,
    record: &impl Serialize,
) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(record).map_err(|_| StoreError::Damaged)?;
    table.insert(key, bytes.as_slice())?;
    Ok(())
}

pub(super) fn keys<'t, T: Rows>(
    table: &'t T,
    prefix: &str,
) -> Result<impl DoubleEndedIterator<Item = Result<String, StoreError>> + use<'t, T>, StoreError> {
    let rows = table.range::<&str>(prefix..after(prefix).as_str())?;
    Ok(rows.map(|row| Ok(row?.0.value().to_owned())))
}

pub(super) fn count(table: &impl Rows, prefix: &str) -> Result<usize, StoreError> {
    let mut count = 0;
    for row in table.range::<&str>(prefix..after(prefix).as_str())? {
        row?;
        count += 1;
    }
    Ok(count)
}

/// A page of the records that are to be listed.
pub(super) fn page<R: DeserializeOwned>(
    table: &impl Rows,
    prefix: &str,
    wanted: &Wanted,
    listed: impl Fn(&R) -> bool,
) -> Result<Page<R>, StoreError> {
    let end = after(prefix);
    let start = prefix.to_owned() + wanted.after.as_deref().unwrap_or_default();
    let mut items = Vec::new();
    let mut last = None;
    for row in table.range::<&str>((
        Bound::Excluded(start.as_str()),
        Bound::Excluded(end.as_str()),
    ))? {
        let (key, value) = row?;
        let item = parsed(value.value())?;
        if !listed(&item) {
            continue;
        }
        if items.len() == wanted.limit {
            return Ok(Page { items, next: last });
        }
        items.push(item);
        last = key.value().strip_prefix(prefix).map(str::to_owned);
    }
    Ok(Page { items, next: None })
}
