//! Ids of schema versions: random, or the same on each run for golden tests.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::store::{Rows, StoreError, View};

/// Where ids come from.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    seed: Option<u64>,
    count: AtomicU64,
}

impl Ids {
    /// Ids that follow from `seed` and from how many there were, or random ones without it.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            seed,
            count: AtomicU64::new(0),
        }
    }

    /// An id that no version of the region has. To be called by the one writer of the store only.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn fresh(&self, store: &View<impl Rows>, region: &str) -> Result<Uuid, StoreError> {
        loop {
            let id = self.next(region);
            // A data file remembers the ids of earlier runs; the count does not.
            if store.version(region, id)?.is_none() {
                return Ok(id);
            }
        }
    }

    /// Begins anew with the first id.
    pub(crate) fn restart(&self) {
        self.count.store(0, Ordering::Relaxed);
    }

    fn next(&self, region: &str) -> Uuid {
        let Some(seed) = self.seed else {
            return Uuid::new_v4();
        };
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::digest(format!("{seed} {count} {region}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn a_seed_gives_the_same_ids_of_version_4_again_and_again() {
        let first = |seed: u64, region: &str| {
            let ids = Ids::new(Some(seed));
            [ids.next(region), ids.next(region), ids.next(region)]
        };
        let ids = first(42, "us-east-1");
        assert_eq!(ids, first(42, "us-east-1"));
        assert_ne!(ids, first(43, "us-east-1"));
        assert_ne!(ids, first(42, "eu-west-1"));
        assert!(ids[0] != ids[1] && ids[1] != ids[2]);
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
        // Golden files of users hold these.
        assert_eq!(ids[0].to_string(), "b46c95e7-35c3-4e28-b8bd-eb1aed0fc79e");
        let ids = Ids::new(Some(42));
        let one = ids.next("us-east-1");
        ids.restart();
        assert_eq!(one, ids.next("us-east-1"));
    }

    #[test]
    fn without_a_seed_ids_are_random() {
        assert_ne!(Ids::new(None).next("r"), Ids::new(None).next("r"));
    }
}
