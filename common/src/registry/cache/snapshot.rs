//! What the cache holds, as a snapshot that is replaced as a whole.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use prometheus::IntGauge;
use tokio::time::Instant;
use uuid::Uuid;

use super::LoadError;
use crate::codec::{Codec, DefinitionError};
use crate::error::DecodeError;
use crate::registry::{DataFormat, Problem, RegistryError, SchemaVersion};

/// A schema version, compiled to decode with it.
#[derive(Debug)]
#[non_exhaustive]
pub struct CachedSchema {
    /// What the registry sent.
    pub version: SchemaVersion,
    pub(crate) codec: Codec,
    /// Whether it is overdue to be confirmed, or was not when it should have been.
    pub(crate) is_stale: AtomicBool,
    /// When the registry last sent it; never, if it comes from a file.
    confirmed: Mutex<Option<Instant>>,
}

impl CachedSchema {
    pub(super) const fn new(
        version: SchemaVersion,
        codec: Codec,
        confirmed: Option<Instant>,
    ) -> Self {
        Self {
            version,
            codec,
            is_stale: AtomicBool::new(false),
            confirmed: Mutex::new(confirmed),
        }
    }

    pub(super) fn confirmed(&self) -> Option<Instant> {
        *self
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The registry has it.
    pub(super) fn confirm(&self) {
        self.is_stale.store(false, Ordering::Relaxed);
        self.ask_later();
    }

    /// Whatever the answer was, the next question is due a while later.
    pub(super) fn ask_later(&self) {
        let mut confirmed = self
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *confirmed = Some(Instant::now());
    }
}

/// A schema version that exists, but cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// Its text is no valid schema.
    #[error("schema version {id} is no valid {data_format} schema")]
    Definition {
        /// The version.
        id: Uuid,
        /// The format it claims.
        data_format: DataFormat,
        /// What is wrong with the text.
        source: DefinitionError,
    },
    /// It is a version of a schema that records may not be read with.
    #[error("schema version {id} belongs to a schema that is not allowed here")]
    NotAllowed {
        /// The version.
        id: Uuid,
        /// Its format.
        data_format: DataFormat,
    },
}

impl Unusable {
    /// The format of the version.
    pub const fn data_format(&self) -> DataFormat {
        match self {
            Self::Definition { data_format, .. } | Self::NotAllowed { data_format, .. } => {
                *data_format
            }
        }
    }
}

impl From<&Unusable> for DecodeError {
    fn from(unusable: &Unusable) -> Self {
        match unusable {
            Unusable::Definition { id, source, .. } => Self::SchemaInvalid {
                id: *id,
                source: source.clone(),
            },
            Unusable::NotAllowed { id, .. } => Self::SchemaNotAllowed { id: *id },
        }
    }
}

/// What is known about an id.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Usable(Arc<CachedSchema>),
    Unusable(Unusable),
    /// Confirmed to be of no use for now.
    Absent {
        /// Asked for again from this moment on.
        until: Instant,
        why: Absence,
    },
}

/// Why there is no schema for an id at the moment.
#[derive(Clone, Debug)]
pub(crate) enum Absence {
    /// The registry has no such version.
    NotFound,
    /// The registry's answer is not understood here.
    NotUnderstood(RegistryError),
}

impl Absence {
    /// What an answer means, if it is given a second time.
    pub(super) fn of(error: &RegistryError) -> Option<Self> {
        if error.is_not_found() {
            return Some(Self::NotFound);
        }
        (error.problem == Problem::NotUnderstood).then(|| Self::NotUnderstood(error.clone()))
    }

    /// The same for a record.
    pub(crate) fn decode_error(&self, id: Uuid) -> DecodeError {
        match self {
            Self::NotFound => DecodeError::SchemaNotFound { id },
            Self::NotUnderstood(source) => DecodeError::SchemaNotUnderstood {
                id,
                source: source.clone(),
            },
        }
    }
}

impl Entry {
    pub(crate) fn is_current(&self) -> bool {
        match self {
            Self::Absent { until, .. } => Instant::now() < *until,
            Self::Usable(_) | Self::Unusable(_) => true,
        }
    }

    pub(super) fn answer(self, id: Uuid) -> Result<Arc<CachedSchema>, LoadError> {
        match self {
            Self::Usable(schema) => Ok(schema),
            Self::Unusable(unusable) => Err(LoadError::Unusable(unusable)),
            Self::Absent { why, .. } => Err(match why {
                Absence::NotFound => LoadError::NotFound { id },
                Absence::NotUnderstood(source) => LoadError::NotUnderstood { id, source },
            }),
        }
    }
}

type Snapshot = HashMap<Uuid, Entry, RandomState>;

/// A worker's own view of the cache: a look-up costs a hash and one check for a newer snapshot.
pub(crate) struct Reader(arc_swap::Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>);

impl Reader {
    pub(crate) fn get(&mut self, id: Uuid) -> Option<&Entry> {
        self.0.load().get(&id)
    }
}

/// The current snapshot and the order in which its entries go.
pub(super) struct Store {
    current: Arc<ArcSwap<Snapshot>>,
    order: Mutex<Order>,
    entries: usize,
    negative_entries: usize,
    gauge: IntGauge,
}

#[derive(Default)]
struct Order {
    known: VecDeque<Uuid>,
    missing: VecDeque<Uuid>,
}

impl Store {
    pub(super) fn new(entries: usize, negative_entries: usize, gauge: IntGauge) -> Self {
        Self {
            current: Arc::new(ArcSwap::from_pointee(Snapshot::default())),
            order: Mutex::default(),
            entries: entries.max(1),
            negative_entries: negative_entries.max(1),
            gauge,
        }
    }

    pub(super) fn reader(&self) -> Reader {
        Reader(arc_swap::Cache::new(Arc::clone(&self.current)))
    }

    /// What is known about an id and still holds.
    pub(super) fn get(&self, id: Uuid) -> Option<Entry> {
        self.current
            .load()
            .get(&id)
            .filter(|entry| entry.is_current())
            .cloned()
    }

    pub(super) fn schemas(&self) -> Vec<Arc<CachedSchema>> {
        let usable = |entry: &Entry| match entry {
            Entry::Usable(schema) => Some(Arc::clone(schema)),
            Entry::Unusable(_) | Entry::Absent { .. } => None,
        };
        self.current.load().values().filter_map(usable).collect()
    }

    /// Puts an entry in, makes room for it, and gives it back.
    pub(super) fn insert(&self, id: Uuid, entry: Entry) -> Entry {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        order.missing.retain(|missing| {
            let keep = *missing != id && next.get(missing).is_some_and(Entry::is_current);
            if !keep {
                next.remove(missing);
            }
            keep
        });
        let missing = matches!(entry, Entry::Absent { .. });
        if next.insert(id, entry.clone()).is_none() {
            let Order {
                known,
                missing: unknown,
            } = &mut *order;
            let (queue, bound) = if missing {
                (unknown, self.negative_entries)
            } else {
                (known, self.entries)
            };
            queue.push_back(id);
            while queue.len() > bound {
                if let Some(oldest) = queue.pop_front() {
                    next.remove(&oldest);
                }
            }
        }
        self.gauge
            .set(i64::try_from(next.len()).unwrap_or(i64::MAX));
        self.current.store(Arc::new(next));
        entry
    }
}
