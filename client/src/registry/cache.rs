//! `registry.cache_*`: bounds of the cache of schemas by id.

use std::path::PathBuf;
use std::time::Duration;

use common::registry::cache::CacheOptions;
use runtime::config::Section;
use uuid::Uuid;

/// `registry.cache_*` and the limits on look-ups.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    /// Schema versions kept.
    pub entries: usize,
    /// How long an unknown id is not asked for again.
    pub negative_ttl: Duration,
    /// Calls a second for ids that are not cached.
    pub lookups_per_second: u32,
    /// How often a cached version is confirmed.
    pub ttl: Duration,
    /// Calls at the same time.
    pub max_calls: usize,
    /// What is fetched before the first record.
    pub prewarm: Vec<Warm>,
    /// The file that keeps what is known.
    pub snapshot: Option<PathBuf>,
}

/// Versions to fetch before there are records that need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warm {
    /// The one with this id.
    Id(Uuid),
    /// So many of the newest of the configured schema.
    Latest(usize),
}

impl Warm {
    /// The most versions of a schema that are fetched beforehand.
    pub const MOST: usize = 100;

    fn parse(text: &str) -> Option<Self> {
        if let Some(count) = text.strip_prefix("latest ") {
            let count = count.parse().ok();
            return count
                .filter(|count| (1..=Self::MOST).contains(count))
                .map(Self::Latest);
        }
        Uuid::try_parse(text).ok().map(Self::Id)
    }
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
            ttl: section.get(
                "cache_ttl",
                standard.ttl,
                "How often the consumer asks in the background whether the registry still has a cached version; it decodes with it whatever the answer is, and counts it as stale.",
            ),
            max_calls: section.get(
                "max_calls",
                standard.concurrency,
                "Calls for schema versions that the consumer makes at the same time.",
            ),
            prewarm: prewarm(section),
            snapshot: section.get_optional(
                "snapshot",
                "File that keeps the schema versions known, so that a daemon starts while the registry is away; processes may share it, those of different endpoints, regions and ARNs too. A file `<name>.lock` stays beside it.",
            ),
        };
        if config.ttl < Duration::from_secs(1) {
            section.problem(
                "cache_ttl",
                "at least `1s`, so that the registry is not flooded",
            );
        }
        if config.max_calls == 0 {
            section.problem("max_calls", "with no call at all nothing can be decoded");
        }
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

fn prewarm(section: &mut Section<'_>) -> Vec<Warm> {
    let texts: Vec<String> = section.get(
        "prewarm",
        Vec::new(),
        "Schema versions that the consumer fetches before it reads: ids, and `latest N` for the newest usable ones of the schema named.",
    );
    let mut all = Vec::new();
    for text in &texts {
        match Warm::parse(text) {
            Some(warm) => all.push(warm),
            None => section.problem(
                "prewarm",
                "a version's id is expected, or `latest 5`, with a number from 1 to 100",
            ),
        }
    }
    all
}
