//! What a writer does to the tables.

use redb::{TableError, WriteTransaction};

use super::keys::{Written, digits, hex, keys, put};
use super::view::{
    DEFINITIONS, DUE, FINGERPRINTS, HISTORY, REASONS, REGISTRIES, SCHEMAS, VERSIONS, View,
};
use super::{Reason, Registry, Schema, StoreError, Version};

/// What a writer sees and changes; kept only when its transaction commits.
pub(crate) type Change<'t> = View<Written<'t>>;

impl<'t> Change<'t> {
    pub(super) fn open(
        transaction: &'t WriteTransaction,
        account: &str,
    ) -> Result<Self, TableError> {
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

    /// Writes a registry, new or changed.
    pub(crate) fn put_registry(
        &mut self,
        region: &str,
        registry: &Registry,
    ) -> Result<(), StoreError> {
        let key = self.key([region, &registry.name]);
        put(&mut self.registries, &key, registry)
    }

    /// Writes a schema, new or changed.
    pub(crate) fn put_schema(&mut self, region: &str, schema: &Schema) -> Result<(), StoreError> {
        let key = self.key([region, &schema.registry, &schema.name]);
        put(&mut self.schemas, &key, schema)
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
        let by_id = self.key([region, &id]);
        self.definitions
            .insert(by_id.as_str(), definition.as_bytes())?;
        let by_fingerprint = self.key([
            region,
            &version.registry,
            &version.schema,
            &hex(fingerprint),
            &id,
        ]);
        self.fingerprints
            .insert(by_fingerprint.as_str(), [].as_slice())?;
        self.put_version(region, version)
    }

    /// Writes a version again, under a new number perhaps.
    pub(crate) fn put_version(
        &mut self,
        region: &str,
        version: &Version,
    ) -> Result<(), StoreError> {
        if let Some(old) = self.version(region, version.id)? {
            let by_number = self.by_number(region, &old);
            self.history.remove(by_number.as_str())?;
        }
        let by_id = self.key([region, &version.id.to_string()]);
        put(&mut self.versions, &by_id, version)?;
        let by_number = self.by_number(region, version);
        self.history.insert(by_number.as_str(), [].as_slice())?;
        Ok(())
    }

    /// Writes why a version failed, in place of what was known before.
    pub(crate) fn put_reasons(
        &mut self,
        region: &str,
        version: &Version,
        reasons: &[Reason],
    ) -> Result<(), StoreError> {
        let by_id = self.key([region, &version.id.to_string()]);
        if reasons.is_empty() {
            self.reasons.remove(by_id.as_str())?;
            return Ok(());
        }
        put(&mut self.reasons, &by_id, &reasons)
    }

    /// Takes a version out, with all that belongs to it.
    pub(crate) fn remove_version(
        &mut self,
        region: &str,
        version: &Version,
        fingerprint: u64,
    ) -> Result<(), StoreError> {
        let id = version.id.to_string();
        let by_number = self.by_number(region, version);
        self.history.remove(by_number.as_str())?;
        let by_fingerprint = self.key([
            region,
            &version.registry,
            &version.schema,
            &hex(fingerprint),
            &id,
        ]);
        self.fingerprints.remove(by_fingerprint.as_str())?;
        self.remove_contents(region, &id)
    }

    /// Takes a schema out, with its versions.
    pub(crate) fn remove_schema(
        &mut self,
        region: &str,
        registry: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let by_name = self.key([region, registry, name]);
        self.schemas.remove(by_name.as_str())?;
        let of_schema = self.prefix([region, registry, name]);
        for key in taken(&mut self.history, &of_schema)? {
            self.remove_contents(region, key.rsplit('\0').next().unwrap_or_default())?;
        }
        taken(&mut self.fingerprints, &of_schema)?;
        Ok(())
    }

    /// Takes a registry out, with its schemas.
    pub(crate) fn remove_registry(&mut self, region: &str, name: &str) -> Result<(), StoreError> {
        let by_name = self.key([region, name]);
        self.registries.remove(by_name.as_str())?;
        let of_registry = self.prefix([region, name]);
        for key in taken(&mut self.schemas, &of_registry)? {
            let schema = key.rsplit('\0').next().unwrap_or_default();
            self.remove_schema(region, name, schema)?;
        }
        Ok(())
    }

    fn remove_contents(&mut self, region: &str, id: &str) -> Result<(), StoreError> {
        let by_id = self.key([region, id]);
        self.versions.remove(by_id.as_str())?;
        self.definitions.remove(by_id.as_str())?;
        self.reasons.remove(by_id.as_str())?;
        Ok(())
    }

    fn by_number(&self, region: &str, version: &Version) -> String {
        self.key([
            region,
            &version.registry,
            &version.schema,
            &digits(version.number),
            &version.id.to_string(),
        ])
    }
}

/// Takes all rows of a prefix out; their keys.
fn taken(table: &mut Written<'_>, prefix: &str) -> Result<Vec<String>, StoreError> {
    let found: Vec<String> = keys(table, prefix)?.collect::<Result<_, _>>()?;
    for key in &found {
        table.remove(key.as_str())?;
    }
    Ok(found)
}
