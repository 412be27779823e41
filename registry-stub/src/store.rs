//! The stub's memory: registries, schemas and versions in one redb file, or in RAM.
//!
//! A change is on disk before [`Store::write`] returns, whole or not at all.

mod change;
mod due;
mod keys;
mod records;
mod upgrade;
mod view;
mod watched;

use std::fs::{File, OpenOptions};
use std::io;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError, ReadableDatabase, TableDefinition, TableHandle};

pub(crate) use change::Change;
pub(crate) use due::{Deed, Due};
pub(crate) use keys::{Page, Rows, Wanted};
pub(crate) use records::{Metadata, Reason, Registry, Schema, Status, Tags, Version};
pub(crate) use view::{Snapshot, View};
use watched::Watched;

/// The layout of tables, keys and records that this version reads and writes.
const FORMAT: u64 = 2;
/// What redb may keep of the file in memory.
const CACHE_BYTES: usize = 64 << 20;
const META: TableDefinition<'static, &str, u64> = TableDefinition::new("gluestream-registry-stub");

/// Why a data file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be opened or read.
    #[error("data file {} cannot be opened", path.display())]
    File {
        /// The file named by `stub.data`.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Box<redb::Error>,
    },
    /// Another process holds the file.
    #[error("data file {} is in use by another process", path.display())]
    InUse {
        /// The file named by `stub.data`.
        path: PathBuf,
    },
    /// The file was not written by a registry stub, or something damaged it.
    #[error("{} is not a data file of registry-stub, or it is damaged", path.display())]
    Foreign {
        /// The file named by `stub.data`.
        path: PathBuf,
    },
    /// The file was written by a later version.
    #[error("data file {} has format {found}, this version reads up to {FORMAT}", path.display())]
    Newer {
        /// The file named by `stub.data`.
        path: PathBuf,
        /// The format that the file names.
        found: u64,
    },
}

/// Why a read or a change failed; it left nothing half-written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    #[error("the data file cannot be read or written")]
    Storage(#[source] Box<redb::Error>),
    #[error("the data file cannot be opened again after an earlier error")]
    Reopen(#[source] Box<OpenError>),
    #[error("the data file is closed after an earlier error")]
    Closed,
    #[error("a record in the data file cannot be read")]
    Damaged,
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Storage(Box::new(error.into()))
    }
}

/// The store; shared by all requests.
pub(crate) struct Store {
    /// `None` only while the file could not be opened again.
    database: RwLock<Option<Database>>,
    /// Raised by the first failed access to the file.
    failed: Arc<AtomicBool>,
    /// `None` in memory, where nothing fails.
    path: Option<PathBuf>,
    /// Whose registries, schemas and versions these are; other accounts' are not seen.
    account: String,
}

impl Store {
    /// Opens or creates a data file and holds it alone.
    ///
    /// # Errors
    /// When the file cannot be opened, is in use, or is not ours to read.
    pub(crate) fn open(path: &Path, account: &str) -> Result<Self, OpenError> {
        let failed = Arc::new(AtomicBool::new(false));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let database = open_file(path, file, &failed, account)?;
        Ok(Self {
            database: RwLock::new(Some(database)),
            failed,
            path: Some(path.to_owned()),
            account: account.to_owned(),
        })
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// None that a working allocator could cause.
    pub(crate) fn in_memory(account: &str) -> Result<Self, StoreError> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new())?;
        initialise(&database)?;
        Ok(Self {
            database: RwLock::new(Some(database)),
            failed: Arc::default(),
            path: None,
            account: account.to_owned(),
        })
    }

    /// Runs `body` on the last committed state.
    ///
    /// # Errors
    /// Those of `body`, and [`StoreError`] when the file cannot be read.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&Snapshot) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with(|database| {
            let transaction = database.begin_read().map_err(StoreError::from)?;
            body(&Snapshot::open(&transaction, &self.account).map_err(StoreError::from)?)
        })
    }

    /// Runs `body` as the only writer and commits when it succeeds.
    ///
    /// # Errors
    /// Those of `body`, and [`StoreError`] when the commit fails; nothing is kept then.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.with(|database| {
            let transaction = database.begin_write().map_err(StoreError::from)?;
            let outcome =
                body(&mut Change::open(&transaction, &self.account).map_err(StoreError::from)?)?;
            transaction.commit().map_err(StoreError::from)?;
            Ok(outcome)
        })
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// When the file cannot be written; nothing is deleted then.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            for table in transaction.list_tables()?.collect::<Vec<_>>() {
                if table.name() != META.name() {
                    transaction.delete_table(table)?;
                }
            }
            Change::open(&transaction, &self.account)?;
            Ok(transaction.commit()?)
        })
    }

    fn with<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&Database) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.failed.load(Ordering::Acquire) {
            self.reopen()
                .map_err(|error| StoreError::Reopen(Box::new(error)))?;
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        body(database.as_ref().ok_or(StoreError::Closed)?)
    }

    /// Opens the file anew after a failed access, for example when the disk was full.
    fn reopen(&self) -> Result<(), OpenError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if !self.failed.load(Ordering::Acquire) {
            return Ok(());
        }
        // The old handle holds the file's lock.
        *database = None;
        self.failed.store(false, Ordering::Release);
        // A file that is gone is not made anew: what it held is lost, and that must show.
        let file = OpenOptions::new().read(true).write(true).open(path);
        match open_file(path, file, &self.failed, &self.account) {
            Ok(opened) => {
                *database = Some(opened);
                Ok(())
            }
            Err(error) => {
                self.failed.store(true, Ordering::Release);
                Err(error)
            }
        }
    }
}

fn open_file(
    path: &Path,
    file: io::Result<File>,
    failed: &Arc<AtomicBool>,
    account: &str,
) -> Result<Database, OpenError> {
    let refused = |error: DatabaseError| refusal(path, error.into());
    let file = file.map_err(|error| refused(error.into()))?;
    let backend = Watched::new(file, Arc::clone(failed)).map_err(refused)?;
    // redb panics on some files that were cut off or overwritten.
    let opened = catch_unwind(|| {
        let mut builder = Database::builder();
        let database = builder
            .set_cache_size(CACHE_BYTES)
            .create_with_backend(backend)?;
        let origin = recognise(&database)?;
        match origin {
            Origin::Empty => initialise(&database)?,
            Origin::Ours(1) => {
                upgrade::from_first_format(&database, account).map_err(upgrade_refusal)?;
            }
            Origin::Ours(_) | Origin::Foreign => {}
        }
        Ok((database, origin))
    });
    let path = path.to_owned();
    match opened {
        Ok(Ok((_, Origin::Ours(found)))) if found > FORMAT => Err(OpenError::Newer { path, found }),
        Ok(Ok((_, Origin::Foreign))) | Err(_) => Err(OpenError::Foreign { path }),
        Ok(Ok((database, _))) => Ok(database),
        Ok(Err(error)) => Err(refusal(&path, error)),
    }
}

fn upgrade_refusal(error: StoreError) -> redb::Error {
    match error {
        StoreError::Storage(error) => *error,
        error => redb::Error::Corrupted(error.to_string()),
    }
}

fn refusal(path: &Path, error: redb::Error) -> OpenError {
    let path = path.to_owned();
    match error {
        redb::Error::DatabaseAlreadyOpen => OpenError::InUse { path },
        redb::Error::Corrupted(_) | redb::Error::UpgradeRequired(_) => OpenError::Foreign { path },
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            OpenError::Foreign { path }
        }
        error => OpenError::File {
            path,
            source: Box::new(error),
        },
    }
}

/// Who wrote a database.
enum Origin {
    Empty,
    Ours(u64),
    Foreign,
}

fn recognise(database: &Database) -> Result<Origin, redb::Error> {
    let transaction = database.begin_read()?;
    let mut tables = 0;
    for table in transaction.list_tables()? {
        if table.name() == META.name() {
            let format = transaction
                .open_table(META)?
                .get("format")?
                .map(|row| row.value());
            return Ok(format.map_or(Origin::Foreign, Origin::Ours));
        }
        tables += 1;
    }
    Ok(if tables == 0 {
        Origin::Empty
    } else {
        Origin::Foreign
    })
}

fn initialise(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(META)?.insert("format", FORMAT)?;
    Change::open(&transaction, "")?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests;
