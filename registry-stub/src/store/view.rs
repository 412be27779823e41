//! The store's tables as one transaction sees them: what can be looked up.

use redb::{ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableDefinition, TableError};
use uuid::Uuid;

use super::keys::{Page, Rows, Wanted, after, count, digits, hex, key, keys, page, prefix, record};
use super::{Reason, Registry, Schema, Status, StoreError, Version};

pub(super) type Definition = TableDefinition<'static, &'static str, &'static [u8]>;

pub(super) const REGISTRIES: Definition = TableDefinition::new("registries");
pub(super) const SCHEMAS: Definition = TableDefinition::new("schemas");
pub(super) const VERSIONS: Definition = TableDefinition::new("versions");
pub(super) const DEFINITIONS: Definition = TableDefinition::new("definitions");
pub(super) const HISTORY: Definition = TableDefinition::new("history");
pub(super) const FINGERPRINTS: Definition = TableDefinition::new("fingerprints");
pub(super) const REASONS: Definition = TableDefinition::new("reasons");
pub(super) const DUE: Definition = TableDefinition::new("due");

/// All tables, open in one transaction, as one account sees them: every key starts with the account.
pub(crate) struct View<T> {
    pub(super) account: String,
    /// region, registry -> [`Registry`].
    pub(super) registries: T,
    /// region, registry, schema -> [`Schema`].
    pub(super) schemas: T,
    /// region, version id -> [`Version`].
    pub(super) versions: T,
    /// region, version id -> the definition's text, byte for byte.
    pub(super) definitions: T,
    /// region, registry, schema, number, version id -> nothing.
    pub(super) history: T,
    /// region, registry, schema, fingerprint of the definition, version id -> nothing.
    pub(super) fingerprints: T,
    /// region, version id -> list of [`Reason`]; only of failures.
    pub(super) reasons: T,
    /// milliseconds since 1970, what is due then -> nothing.
    pub(super) due: T,
}

/// What a reader sees: the last commit before it began.
pub(crate) type Snapshot = View<ReadOnlyTable<&'static str, &'static [u8]>>;

impl Snapshot {
    pub(super) fn open(transaction: &ReadTransaction, account: &str) -> Result<Self, TableError> {
        Ok(Self {
            account: account.to_owned(),
            registries: transaction.open_table(REGISTRIES)?,
            schemas: transaction.open_table(SCHEMAS)?,
            versions: transaction.open_table(VERSIONS)?,
            definitions: transaction.open_table(DEFINITIONS)?,
            history: transaction.open_table(HISTORY)?,
            fingerprints: transaction.open_table(FINGERPRINTS)?,
            reasons: transaction.open_table(REASONS)?,
            due: transaction.open_table(DUE)?,
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
        record(&self.registries, &self.key([region, name]))
    }

    /// The schema of that name.
    pub(crate) fn schema(
        &self,
        region: &str,
        registry: &str,
        name: &str,
    ) -> Result<Option<Schema>, StoreError> {
        record(&self.schemas, &self.key([region, registry, name]))
    }

    /// The version of that id.
    pub(crate) fn version(&self, region: &str, id: Uuid) -> Result<Option<Version>, StoreError> {
        record(&self.versions, &self.key([region, &id.to_string()]))
    }

    /// The definition of a version that the store holds.
    pub(crate) fn definition(&self, region: &str, id: Uuid) -> Result<String, StoreError> {
        let key = self.key([region, &id.to_string()]);
        let row = self.definitions.get(key.as_str())?;
        let bytes = row.ok_or(StoreError::Damaged)?.value().to_vec();
        String::from_utf8(bytes).map_err(|_| StoreError::Damaged)
    }

    /// Why a version failed; nothing for other versions.
    pub(crate) fn reasons(&self, region: &str, id: Uuid) -> Result<Vec<Reason>, StoreError> {
        let found = record(&self.reasons, &self.key([region, &id.to_string()]))?;
        Ok(found.unwrap_or_default())
    }

    /// The version of that number: the available one, else what comes next to it, of several failures the newest.
    pub(crate) fn numbered(
        &self,
        region: &str,
        schema: &Schema,
        number: u64,
    ) -> Result<Option<Version>, StoreError> {
        let versions = self.all_numbered(region, schema, number)?.into_iter();
        let rank = |version: &Version| match version.status {
            Status::Available => 3,
            Status::Pending => 2,
            Status::Failure => 1,
            Status::Deleting => 0,
        };
        Ok(versions
            .max_by(|one, other| (rank(one), &one.created).cmp(&(rank(other), &other.created))))
    }

    /// Every version that answers to that number: at most one is available, and failures may share its number.
    pub(crate) fn all_numbered(
        &self,
        region: &str,
        schema: &Schema,
        number: u64,
    ) -> Result<Vec<Version>, StoreError> {
        let number = digits(number);
        let prefix = self.prefix([region, &schema.registry, &schema.name, &number]);
        let keys = keys(&self.history, &prefix)?;
        keys.map(|key| self.version_at_end_of(region, &key?))
            .collect()
    }

    /// The versions of a schema whose definitions share a fingerprint.
    pub(crate) fn alike(
        &self,
        region: &str,
        schema: &Schema,
        fingerprint: u64,
    ) -> Result<Vec<Version>, StoreError> {
        let fingerprint = hex(fingerprint);
        let prefix = self.prefix([region, &schema.registry, &schema.name, &fingerprint]);
        let keys = keys(&self.fingerprints, &prefix)?;
        keys.map(|key| self.version_at_end_of(region, &key?))
            .collect()
    }

    /// All versions of a schema, newest first.
    pub(crate) fn every_version(
        &self,
        region: &str,
        schema: &Schema,
    ) -> Result<impl Iterator<Item = Result<Version, StoreError>>, StoreError> {
        let prefix = self.prefix([region, &schema.registry, &schema.name]);
        let keys = keys(&self.history, &prefix)?.rev();
        Ok(keys.map(move |key| self.version_at_end_of(region, &key?)))
    }

    /// The registries of a region by name, without those on their way out.
    pub(crate) fn registries(
        &self,
        region: &str,
        wanted: &Wanted,
    ) -> Result<Page<Registry>, StoreError> {
        let listed = |registry: &Registry| registry.status != Status::Deleting;
        page(&self.registries, &self.prefix([region]), wanted, listed)
    }

    /// The schemas of a region, or of one registry in it, by registry and name, without those on their way out.
    pub(crate) fn schemas(
        &self,
        region: &str,
        registry: Option<&str>,
        wanted: &Wanted,
    ) -> Result<Page<Schema>, StoreError> {
        let prefix = self.prefix([region].into_iter().chain(registry));
        let listed = |schema: &Schema| schema.status != Status::Deleting;
        page(&self.schemas, &prefix, wanted, listed)
    }

    /// The versions of a schema, newest first.
    pub(crate) fn history(
        &self,
        region: &str,
        schema: &Schema,
        wanted: &Wanted,
    ) -> Result<Page<Version>, StoreError> {
        let prefix = self.prefix([region, &schema.registry, &schema.name]);
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
            items.push(self.version_at_end_of(region, &key)?);
            last = key.strip_prefix(&prefix).map(str::to_owned);
        }
        Ok(Page { items, next: None })
    }

    /// Every region that holds a registry.
    pub(crate) fn regions(&self) -> Result<Vec<String>, StoreError> {
        let ours = self.prefix([]);
        let mut regions: Vec<String> = Vec::new();
        loop {
            let start = regions.last().map_or_else(
                || ours.clone(),
                |region| after(&self.prefix([region.as_str()])),
            );
            let end = after(&ours);
            let mut rows = self
                .registries
                .range::<&str>(start.as_str()..end.as_str())?;
            let Some(row) = rows.next() else {
                return Ok(regions);
            };
            let key = row?.0.value().to_owned();
            regions.push(key.split('\0').nth(1).unwrap_or_default().to_owned());
        }
    }

    /// How many registries a region has.
    pub(crate) fn registry_count(&self, region: &str) -> Result<usize, StoreError> {
        count(&self.registries, &self.prefix([region]))
    }

    /// How many schemas a region has.
    pub(crate) fn schema_count(&self, region: &str) -> Result<usize, StoreError> {
        count(&self.schemas, &self.prefix([region]))
    }

    /// How many versions a region has.
    pub(crate) fn version_count(&self, region: &str) -> Result<usize, StoreError> {
        count(&self.history, &self.prefix([region]))
    }

    /// How many schemas all regions and accounts have together.
    pub(crate) fn all_schemas(&self) -> Result<u64, StoreError>
    where
        T: ReadableTableMetadata,
    {
        Ok(self.schemas.len()?)
    }

    pub(super) fn key<'k>(&'k self, parts: impl IntoIterator<Item = &'k str>) -> String {
        key([self.account.as_str()].into_iter().chain(parts))
    }

    pub(super) fn prefix<'k>(&'k self, parts: impl IntoIterator<Item = &'k str>) -> String {
        prefix([self.account.as_str()].into_iter().chain(parts))
    }

    fn version_at_end_of(&self, region: &str, key: &str) -> Result<Version, StoreError> {
        let id = key.rsplit('\0').next().unwrap_or_default();
        let version = self.version(region, id.parse().map_err(|_| StoreError::Damaged)?)?;
        version.ok_or(StoreError::Damaged)
    }
}
