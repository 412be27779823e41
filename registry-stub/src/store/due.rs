//! What has to happen at a later time: versions that are judged then, and what is deleted then.

use uuid::Uuid;

use super::StoreError;
use super::change::Change;
use super::keys::{Rows, digits, keys};
use super::view::View;

/// Something that happens to one entry of the store, in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A pending version is judged.
    Judge(Uuid),
    /// A version goes.
    RemoveVersion(Uuid),
    /// A schema goes, with its versions.
    RemoveSchema { registry: String, schema: String },
    /// A registry goes, with its schemas.
    RemoveRegistry(String),
}

/// A deed with its place and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Milliseconds since 1970.
    pub(crate) at: u64,
    pub(crate) region: String,
    pub(crate) deed: Deed,
}

impl<T: Rows> View<T> {
    /// What is due first. What cannot be read is left alone: it must not stand before everything else.
    pub(crate) fn first_due(&self) -> Result<Option<Due>, StoreError> {
        for key in keys(&self.due, &self.prefix([]))? {
            if let Some(due) = parse(&key?) {
                return Ok(Some(due));
            }
        }
        Ok(None)
    }
}

impl Change<'_> {
    /// Remembers what is due.
    pub(crate) fn add_due(&mut self, due: &Due) -> Result<(), StoreError> {
        let key = self.due_key(due);
        self.due.insert(key.as_str(), [].as_slice())?;
        Ok(())
    }

    /// Forgets what was due.
    pub(crate) fn remove_due(&mut self, due: &Due) -> Result<(), StoreError> {
        let key = self.due_key(due);
        self.due.remove(key.as_str())?;
        Ok(())
    }

    fn due_key(&self, due: &Due) -> String {
        let at = digits(due.at);
        let id;
        let deed: &[&str] = match &due.deed {
            Deed::Judge(version) => {
                id = version.to_string();
                &["judge", &id]
            }
            Deed::RemoveVersion(version) => {
                id = version.to_string();
                &["remove-version", &id]
            }
            Deed::RemoveSchema { registry, schema } => &["remove-schema", registry, schema],
            Deed::RemoveRegistry(registry) => &["remove-registry", registry],
        };
        let start = [at.as_str(), due.region.as_str()];
        self.key(start.into_iter().chain(deed.iter().copied()))
    }
}

fn parse(key: &str) -> Option<Due> {
    let parts: Vec<&str> = key.split('\0').collect();
    let (&[_, at, region], deed) = parts.split_first_chunk()?;
    let deed = match *deed {
        ["judge", id] => Deed::Judge(id.parse().ok()?),
        ["remove-version", id] => Deed::RemoveVersion(id.parse().ok()?),
        ["remove-schema", registry, schema] => Deed::RemoveSchema {
            registry: registry.to_owned(),
            schema: schema.to_owned(),
        },
        ["remove-registry", registry] => Deed::RemoveRegistry(registry.to_owned()),
        _ => return None,
    };
    Some(Due {
        at: at.parse().ok()?,
        region: region.to_owned(),
        deed,
    })
}
