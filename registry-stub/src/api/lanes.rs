//! Registrations for one schema go one after the other, also while nothing is written yet: of many clients that come
//! with one definition, one has it judged and the others find it.

use std::array;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::Schema;

const LANES: usize = 64;

/// Some locks, of which every schema has one; a few share one.
pub(crate) struct Lanes([Mutex<()>; LANES]);

impl Lanes {
    pub(super) fn new() -> Self {
        Self(array::from_fn(|_| Mutex::default()))
    }

    /// Waits until no other registration for the schema is on its way.
    pub(super) fn enter(&self, region: &str, schema: &Schema) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        (region, &schema.registry, &schema.name).hash(&mut hasher);
        let [lane, ..] = hasher.finish().to_le_bytes();
        self.0[usize::from(lane) % LANES]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
