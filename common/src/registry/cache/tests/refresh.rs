//! Schemas that are confirmed in the background, come from a file, or are fetched beforehand.

use super::*;
use crate::compression::Compression;
use crate::deserializer::{Deserializer, DeserializerOptions};
use crate::metrics::CodecMetrics;
use crate::registry::SchemaRegistry;
use crate::wire::{self, Header};

/// Waits until something holds, while the cache is kept fresh.
async fn kept_fresh(cache: &SchemaCache, what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let until = async {
        while !holds() {
            assert!(Instant::now() < deadline, "waited too long until {what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = until => {}
        () = cache.keep_fresh() => {}
    }
}

fn short() -> CacheOptions {
    CacheOptions {
        ttl: Duration::from_millis(5),
        ..options()
    }
}

fn stale(cache: &SchemaCache) -> usize {
    let schemas = cache.schemas().into_iter();
    schemas
        .filter(|schema| schema.is_stale.load(std::sync::atomic::Ordering::Relaxed))
        .count()
}

#[tokio::test]
async fn schemas_are_confirmed_after_a_while_and_not_before() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 2);
    let cache = cache(&registry, short());
    cache.prewarm(ids).await;
    kept_fresh(&cache, "both were confirmed twice", || {
        registry.calls().len() >= 6
    })
    .await;
    assert_eq!(stale(&cache), 0);

    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 1);
    let patient = super::cache(&registry, options());
    patient.load(ids[0]).await.unwrap();
    let wait = tokio::time::timeout(Duration::from_millis(50), patient.keep_fresh());
    assert!(wait.await.is_err());
    assert_eq!(registry.calls().len(), 1);
}

#[tokio::test]
async fn an_outage_makes_all_stale_by_one_loop_and_its_end_makes_them_fresh() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 20);
    let cache = cache(&registry, short());
    cache.prewarm(ids.clone()).await;
    registry.fail(Operation::GetSchemaVersion, &[Problem::Unavailable; 10]);
    kept_fresh(&cache, "all are stale", || stale(&cache) == 20).await;

    let counts = CodecMetrics::unregistered();
    let mut deserializer = Deserializer::new(&cache, DeserializerOptions::default(), &counts);
    let mut frame = Vec::new();
    let header = Header {
        compression: Compression::None,
        schema_version_id: ids[4],
    };
    wire::write_header(&mut frame, &header);
    frame.extend([0; 5]);
    deserializer.decode_json(&frame, &mut Vec::new()).unwrap();
    drop(deserializer);
    assert_eq!(
        (cache.metrics.stale.get(), cache.metrics.hits.get()),
        (1, 0)
    );

    kept_fresh(&cache, "all are fresh", || stale(&cache) == 0).await;
    let asked = registry.calls().len();
    registry.hold();
    kept_fresh(&cache, "it asks", || registry.calls().len() > asked).await;
    assert_eq!(registry.calls().len(), asked + 1, "one call at a time");
}

#[tokio::test]
async fn a_schema_that_the_registry_lost_is_kept_and_counts_as_stale() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 1);
    let cache = cache(&registry, short());
    cache.load(ids[0]).await.unwrap();
    registry.delete_version(&name(), 1).await.unwrap();
    kept_fresh(&cache, "it is missed", || stale(&cache) == 1).await;
    assert!(cache.load(ids[0]).await.is_ok());
}

#[tokio::test]
async fn what_comes_from_a_file_needs_no_registry_and_is_confirmed_first() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 2);
    let cache = cache(&registry, options());
    cache.load(ids[0]).await.unwrap();
    let known = registry.schema_version(ids[1]).await.unwrap();
    cache.seed([known]);
    cache.load(ids[1]).await.unwrap();
    assert_eq!(registry.calls().len(), 2);
    tokio::time::timeout(Duration::from_secs(30), cache.changed())
        .await
        .unwrap();
    kept_fresh(&cache, "it is confirmed", || registry.calls().len() == 3).await;
}
