//! The store's tables as one transaction sees them.
//!
//! Keys are texts: region and names joined by NUL, which no name may hold, so
//! that keys sort like the tuples they stand for. Numbers are padded to sort.

use std::ops::Bound;

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
    TableError, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Registry, Schema, StoreError, Version};

type Definition = TableDefinition<'static, &'static str, &'static [u8]>;

const REGISTRIES: Definition = TableDefinition::new("registries");
const SCHEMAS: Definition = TableDefinition::new("schemas");
const VERSIONS: Definition = TableDefinition::new("versions");
const DEFINITIONS: Definition = TableDefinition::new("definitions");
const HISTORY: Definition = TableDefinition::new("history");
const FINGERPRINTS: Definition = TableDefinition::new("fingerprints");

/// A table that can be read: of a snapshot or of a change.
pub(crate) trait Rows: ReadableTable<&'static str, &'static [u8]> {}

impl<T: ReadableTable<&'static str, &'static [u8]>> Rows for T {}

/// All tables, open in one transaction.
pub(crate) struct View<T> {
    /// region, registry -> [`Registry`].
    registries: T,
    /// region, registry, schema -> [`Schema`].
    schemas: T,
    /// region, version id -> [`Version`].
    versions: T,
    /// region, version id -> the definition's text, byte for byte.
    definitions: T,
    /// region, registry, schema, number, version id -> nothing.
    history: T,
    /// region, registry, schema, fingerprint of the definition, version id -> nothing.
    fingerprints: T,
}

/// What a reader sees: the last commit before it began.
pub(crate) type Snapshot = View<ReadOnlyTable<&'static str, &'static [u8]>>;

/// What a writer sees and changes; kept only when its transaction commits.
pub(crate) type Change<'t> = View<Table<'t, &'static str, &'static [u8]>>;

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

impl Snapshot {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, TableError> {
        Ok(Self {
            registries: transaction.open_table(REGISTRIES)?,
            schemas: transaction.open_table(SCHEMAS)?,
            versions: transaction.open_table(VERSIONS)?,
            definitions: transaction.open_table(DEFINITIONS)?,
            history: transaction.open_table(HISTORY)?,
            fingerprints: transaction.open_table(FINGERPRINTS)?,
        })
    }
}

impl<T: Rows> View<T> {
    /// The registry of that name.
    pub(crate) fn registry(
        &self,
        region: &str,
        name: &str,
    ) -> Result<Option<Registry>, StoreError> {
        record(&self.registries, &key([region, name]))
    }

    /// The schema of that name.
    pub(crate) fn schema(
        &self,
        region: &str,
        registry: &str,
        name: &str,
    ) -> Result<Option<Schema>, StoreError> {
        record(&self.schemas, &key([region, registry, name]))
    }

    /// The version of that id.
    pub(crate) fn version(&self, region: &str, id: Uuid) -> Result<Option<Version>, StoreError> {
        record(&self.versions, &key([region, &id.to_string()]))
    }

    /// The definition of a version that the store holds.
    pub(crate) fn definition(&self, region: &str, id: Uuid) -> Result<String, StoreError> {
        let row = self
            .definitions
            .get(key([region, &id.to_string()]).as_str())?;
        let bytes = row.ok_or(StoreError::Damaged)?.value().to_vec();
        String::from_utf8(bytes).map_err(|_| StoreError::Damaged)
    }

    /// The version of that number.
    pub(crate) fn numbered(
        &self,
        region: &str,
        schema: &Schema,
        number: u64,
    ) -> Result<Option<Version>, StoreError> {
        let prefix = prefix([region, &schema.registry, &schema.name, &digits(number)]);
        let first = keys(&self.history, &prefix)?.next().transpose()?;
        first.map_or(Ok(None), |key| self.version_at_end_of(region, &key))
    }

    /// The versions of a schema whose definitions share a fingerprint.
    pub(crate) fn alike(
        &self,
        region: &str,
        schema: &Schema,
        fingerprint: u64,
    ) -> Result<Vec<Version>, StoreError> {
        let prefix = prefix([region, &schema.registry, &schema.name, &hex(fingerprint)]);
        let mut versions = Vec::new();
        for key in keys(&self.fingerprints, &prefix)? {
            versions.extend(self.version_at_end_of(region, &key?)?);
        }
        Ok(versions)
    }

    /// The registries of a region by name.
    pub(crate) fn registries(
        &self,
        region: &str,
        wanted: &Wanted,
    ) -> Result<Page<Registry>, StoreError> {
        page(&self.registries, &prefix([region]), wanted)
    }

    /// The schemas of a region, or of one registry in it, by registry and name.
    pub(crate) fn schemas(
        &self,
        region: &str,
        registry: Option<&str>,
        wanted: &Wanted,
    ) -> Result<Page<Schema>, StoreError> {
        let prefix =
            registry.map_or_else(|| prefix([region]), |registry| prefix([region, registry]));
        page(&self.schemas, &prefix, wanted)
    }

    /// The versions of a schema, newest first.
    pub(crate) fn history(
        &self,
        region: &str,
        schema: &Schema,
        wanted: &Wanted,
    ) -> Result<Page<Version>, StoreError> {
        let prefix = prefix([region, &schema.registry, &schema.name]);
        let end = wanted
            .after
            .as_ref()
            .map_or_else(|| after(&prefix), |key| prefix.clone() + key);
        let mut items = Vec::new();
        let mut last = None;
        for row in self
            .history
            .range::<&str>(prefix.as_str()..end.as_str())?
            .rev()
        {
            if items.len() == wanted.limit {
                return Ok(Page { items, next: last });
            }
            let key = row?.0.value().to_owned();
            items.extend(self.version_at_end_of(region, &key)?);
            last = key.strip_prefix(&prefix).map(str::to_owned);
        }
        Ok(Page { items, next: None })
    }

    /// Every region that holds a registry.
    pub(crate) fn regions(&self) -> Result<Vec<String>, StoreError> {
        let mut regions: Vec<String> = Vec::new();
        loop {
            let start = regions
                .last()
                .map_or_else(String::new, |region| after(&prefix([region.as_str()])));
            let Some(row) = self.registries.range::<&str>(start.as_str()..)?.next() else {
                return Ok(regions);
            };
            let key = row?.0.value().to_owned();
            regions.push(key.split('\0').next().unwrap_or_default().to_owned());
        }
    }

    /// How many registries a region has.
    pub(crate) fn registry_count(&self, region: &str) -> Result<usize, StoreError> {
        count(&self.registries, &prefix([region]))
    }

    /// How many schemas a region has.
    pub(crate) fn schema_count(&self, region: &str) -> Result<usize, StoreError> {
        count(&self.schemas, &prefix([region]))
    }

    /// How many versions a region has.
    pub(crate) fn version_count(&self, region: &str) -> Result<usize, StoreError> {
        count(&self.history, &prefix([region]))
    }

    /// How many schemas all regions have together.
    pub(crate) fn all_schemas(&self) -> Result<u64, StoreError>
    where
        T: ReadableTableMetadata,
    {
        Ok(self.schemas.len()?)
    }

    fn version_at_end_of(&self, region: &str, key: &str) -> Result<Option<Version>, StoreError> {
        let id = key.rsplit('\0').next().unwrap_or_default();
        let version = self.version(region, id.parse().map_err(|_| StoreError::Damaged)?)?;
        version.map_or(Err(StoreError::Damaged), |version| Ok(Some(version)))
    }
}

impl<'t> Change<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            registries: transaction.open_table(REGISTRIES)?,
            schemas: transaction.open_table(SCHEMAS)?,
            versions: transaction.open_table(VERSIONS)?,
            definitions: transaction.open_table(DEFINITIONS)?,
            history: transaction.open_table(HISTORY)?,
            fingerprints: transaction.open_table(FINGERPRINTS)?,
        })
    }

    /// Writes a registry, new or changed.
    pub(crate) fn put_registry(
        &mut self,
        region: &str,
        registry: &Registry,
    ) -> Result<(), StoreError> {
        put(
            &mut self.registries,
            &key([region, &registry.name]),
            registry,
        )
    }

    /// Writes a schema, new or changed.
    pub(crate) fn put_schema(&mut self, region: &str, schema: &Schema) -> Result<(), StoreError> {
        put(
            &mut self.schemas,
            &key([region, &schema.registry, &schema.name]),
            schema,
        )
    }

    /// Writes a new version with its definition.
    pub(crate) fn add_version(
        &mut self,
        region: &str,
        version: &Version,
        definition: &str,
        fingerprint: u64,
    ) -> Result<(), StoreError> {
        let id = version.id.to_string();
        let by_id = key([region, &id]);
        put(&mut self.versions, &by_id, version)?;
        self.definitions
            .insert(by_id.as_str(), definition.as_bytes())?;
        let owner = [region, &version.registry, &version.schema];
        let by_number = key(owner
            .into_iter()
            .chain([digits(version.number).as_str(), &id]));
        self.history.insert(by_number.as_str(), [].as_slice())?;
        let by_fingerprint = key(owner.into_iter().chain([hex(fingerprint).as_str(), &id]));
        self.fingerprints
            .insert(by_fingerprint.as_str(), [].as_slice())?;
        Ok(())
    }
}

fn key<'k>(parts: impl IntoIterator<Item = &'k str>) -> String {
    parts.into_iter().collect::<Vec<_>>().join("\0")
}

/// The common start of all keys below these parts.
fn prefix<'k>(parts: impl IntoIterator<Item = &'k str>) -> String {
    key(parts) + "\0"
}

/// The first text behind all keys that start with `prefix`.
fn after(prefix: &str) -> String {
    let mut end = prefix.trim_end_matches('\0').to_owned();
    end.push('\u{1}');
    end
}

fn digits(number: u64) -> String {
    format!("{number:020}")
}

fn hex(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

fn record<R: DeserializeOwned>(table: &impl Rows, key: &str) -> Result<Option<R>, StoreError> {
    let row = table.get(key)?;
    row.map(|row| parsed(row.value())).transpose()
}

fn parsed<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| StoreError::Damaged)
}

fn put(
    table: &mut Table<'_, &'static str, &'static [u8]>,
    key: &str,
    record: &impl Serialize,
) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(record).map_err(|_| StoreError::Damaged)?;
    table.insert(key, bytes.as_slice())?;
    Ok(())
}

fn keys(
    table: &impl Rows,
    prefix: &str,
) -> Result<impl Iterator<Item = Result<String, StoreError>>, StoreError> {
    let rows = table.range::<&str>(prefix..after(prefix).as_str())?;
    Ok(rows.map(|row| Ok(row?.0.value().to_owned())))
}

fn count(table: &impl Rows, prefix: &str) -> Result<usize, StoreError> {
    let mut count = 0;
    for row in table.range::<&str>(prefix..after(prefix).as_str())? {
        row?;
        count += 1;
    }
    Ok(count)
}

fn page<R: DeserializeOwned>(
    table: &impl Rows,
    prefix: &str,
    wanted: &Wanted,
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
        if items.len() == wanted.limit {
            return Ok(Page { items, next: last });
        }
        items.push(parsed(value.value())?);
        last = key.value().strip_prefix(prefix).map(str::to_owned);
    }
    Ok(Page { items, next: None })
}
