//! `registry.cache_*`: bounds of the cache of schemas by id.

use std::time::Duration;

use common::registry::cache::CacheOptions;
use runtime::config::Section;

/// `registry.cache_*` and the limits on look-ups.
#[derive(Clone, Copy, Debug)]
pub struct CacheConfig {
    /// Schema versions kept.
    pub entries: usize,
    /// How long an unknown id is not asked for again.
    pub negative_ttl: Duration,
    /// Calls a second for ids that are not cached.
    pub lookups_per_second: u32,
}

impl CacheConfig {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let standard = CacheOptions::default();
        let config = Self {
            entries: section.get(
                "cache_entries",
                standard.entries,
                "Schema versions that the consumer keeps compiled, and as many ids known not to exist.",
            ),
            negative_ttl: section.get(
                "negative_ttl",
                standard.negative_ttl,
                "How long a schema version that does not exist is not asked for again.",
            ),
            lookups_per_second: section.get(
                "lookups_per_second",
                standard.lookups_per_second,
                "Calls a second for schema versions that are not cached; frames with random ids wait rather than use up the account's quota.",
            ),
        };
        if config.entries == 0 {
            section.problem("cache_entries", "at least 1 schema version has to be kept");
        }
        if config.lookups_per_second == 0 {
            section.problem(
                "lookups_per_second",
                "with no look-up at all nothing can be decoded",
            );
        }
        config
    }
}
