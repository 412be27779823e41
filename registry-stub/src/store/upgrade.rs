//! Older data files, brought to the layout of this version.

use redb::{Database, ReadableTable, TableDefinition, TableHandle, WriteTransaction};

use super::change::Change;
use super::keys::{hex, key, record};
use super::view::{DEFINITIONS, Definition, FINGERPRINTS, HISTORY, REGISTRIES, SCHEMAS, VERSIONS};
use super::{FORMAT, META, Schema, StoreError, Version};
use crate::definition::Canonical;

/// Brings a file of format 1 up to date, whole or not at all.
///
/// Its keys named no account: what it holds belongs to the account that opens
/// it first. Its Protobuf definitions were the same only byte for byte.
///
/// # Errors
/// When the file cannot be read or written, or holds what this program never wrote.
pub(super) fn from_first_format(database: &Database, account: &str) -> Result<(), StoreError> {
    let transaction = database.begin_write()?;
    for table in [REGISTRIES, SCHEMAS, VERSIONS, DEFINITIONS, HISTORY] {
        move_to_account(&transaction, table, account)?;
    }
    transaction.delete_table(FINGERPRINTS)?;
    let mut change = Change::open(&transaction, account)?;
    for (region, version) in all_versions(&change)? {
        let id = version.id.to_string();
        let owner = [region.as_str(), &version.registry, &version.schema];
        let schema: Option<Schema> = record(&change.schemas, &change.key(owner))?;
        let schema = schema.ok_or(StoreError::Damaged)?;
        let text = change.definition(&region, version.id)?;
        let fingerprint = hex(Canonical::of(schema.format, &text).fingerprint());
        let key = change.key(owner.into_iter().chain([fingerprint.as_str(), &id]));
        change.fingerprints.insert(key.as_str(), [].as_slice())?;
    }
    drop(change);
    transaction.open_table(META)?.insert("format", FORMAT)?;
    transaction.commit()?;
    Ok(())
}

/// Every version with its region.
fn all_versions(change: &Change<'_>) -> Result<Vec<(String, Version)>, StoreError> {
    let mut versions = Vec::new();
    for row in change.versions.iter()? {
        let (key, value) = row?;
        let region = key.value().split('\0').nth(1).ok_or(StoreError::Damaged)?;
        versions.push((region.to_owned(), super::keys::parsed(value.value())?));
    }
    Ok(versions)
}

/// Puts the account before every key of a table.
fn move_to_account(
    transaction: &WriteTransaction,
    table: Definition,
    account: &str,
) -> Result<(), StoreError> {
    let old_name = format!("{}-1", table.name());
    let old: TableDefinition<'_, &'static str, &'static [u8]> = TableDefinition::new(&old_name);
    transaction.rename_table(table, old)?;
    {
        let (from, mut to) = (transaction.open_table(old)?, transaction.open_table(table)?);
        for row in from.iter()? {
            let (old_key, value) = row?;
            to.insert(key([account, old_key.value()]).as_str(), value.value())?;
        }
    }
    transaction.delete_table(old)?;
    Ok(())
}
