//! Tests of the loader and of what the cache keeps, against the registry in memory.

use std::fmt::Write as _;

use tokio::task::JoinSet;

use super::*;
use crate::error::Kind;
use crate::registry::fake::FakeRegistry;
use crate::registry::{DataFormat, Problem, SchemaName};

fn options() -> CacheOptions {
    let quick = Backoff {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
    };
    CacheOptions {
        confirm_after: Duration::from_millis(1),
        lookups_per_second: 1000,
        backoff: quick,
        background: quick,
        ..CacheOptions::default()
    }
}

fn cache(registry: &Arc<FakeRegistry>, options: CacheOptions) -> Arc<SchemaCache> {
    let registry: Arc<dyn SchemaVersions> = Arc::<FakeRegistry>::clone(registry);
    Arc::new(SchemaCache::new(
        registry,
        options,
        &RegistryMetrics::unregistered(),
        &CacheMetrics::unregistered(),
    ))
}

fn name() -> SchemaName {
    SchemaName::new("customer", "orders-value")
}

/// Adds so many versions, each with a text of its own.
fn versions(registry: &FakeRegistry, count: usize) -> Vec<Uuid> {
    let text = |number| format!(r#"{{"type":"fixed","name":"F","size":{number}}}"#);
    (1..=count)
        .map(|number| registry.add(&name(), DataFormat::Avro, &text(number)))
        .collect()
}

/// Starts so many loads of one id, which all wait for the answer that the registry holds back.
async fn held_back(
    registry: &Arc<FakeRegistry>,
    cache: &Arc<SchemaCache>,
    id: Uuid,
    count: usize,
) -> JoinSet<bool> {
    registry.hold();
    let mut loads = JoinSet::new();
    for _ in 0..count {
        let cache = Arc::clone(cache);
        loads.spawn(async move { cache.load(id).await.is_ok() });
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while cache.metrics.coalesced.get() + cache.metrics.misses.get() < count as u64 {
        assert!(Instant::now() < deadline, "not all loads have started");
        tokio::task::yield_now().await;
    }
    loads
}

#[tokio::test]
async fn sixty_four_first_loads_are_one_call() {
    let registry = Arc::new(FakeRegistry::new());
    let id = versions(&registry, 1)[0];
    let cache = cache(&registry, options());
    let loads = held_back(&registry, &cache, id, 64).await;
    registry.release();
    assert_eq!(loads.join_all().await, [true; 64]);
    assert_eq!(registry.calls(), [Operation::GetSchemaVersion]);
    assert_eq!(
        (cache.metrics.misses.get(), cache.metrics.coalesced.get()),
        (1, 63)
    );
    assert!(cache.flights.lock().unwrap().is_empty());
}

#[tokio::test]
async fn waiters_share_one_loop_of_retries() {
    let registry = Arc::new(FakeRegistry::new());
    let id = versions(&registry, 1)[0];
    registry.fail(
        Operation::GetSchemaVersion,
        &[Problem::Unavailable, Problem::Throttled, Problem::Timeout],
    );
    let cache = cache(&registry, options());
    let loads = held_back(&registry, &cache, id, 64).await;
    registry.release();
    assert_eq!(loads.join_all().await, [true; 64]);
    assert_eq!(registry.count(Operation::GetSchemaVersion), 4);
}

#[tokio::test]
async fn an_error_for_good_is_one_call_for_all_and_is_not_kept() {
    let registry = Arc::new(FakeRegistry::new());
    let id = versions(&registry, 1)[0];
    registry.fail(Operation::GetSchemaVersion, &[Problem::Denied]);
    let cache = cache(&registry, options());
    let loads = held_back(&registry, &cache, id, 16).await;
    registry.release();
    assert_eq!(loads.join_all().await, [false; 16]);
    assert_eq!(registry.count(Operation::GetSchemaVersion), 1);
    cache.load(id).await.unwrap();
}

#[tokio::test]
async fn when_the_one_who_asks_gives_up_another_takes_over() {
    let registry = Arc::new(FakeRegistry::new());
    let id = versions(&registry, 1)[0];
    let cache = cache(&registry, options());
    registry.hold();
    let mut first = Box::pin(cache.load(id));
    assert!(
        tokio::time::timeout(Duration::from_millis(5), &mut first)
            .await
            .is_err()
    );
    let second = held_back(&registry, &cache, id, 2).await;
    drop(first);
    registry.release();
    assert_eq!(second.join_all().await, [true; 2]);
    assert_eq!(registry.count(Operation::GetSchemaVersion), 2);
}

#[tokio::test]
async fn those_who_all_give_up_leave_nothing_behind() {
    let registry = Arc::new(FakeRegistry::new());
    let cache = cache(&registry, options());
    registry.hold();
    for _ in 0..10 {
        let load = tokio::time::timeout(Duration::from_millis(1), cache.load(Uuid::new_v4()));
        assert!(load.await.is_err());
    }
    assert!(cache.flights.lock().unwrap().is_empty());
    assert_eq!(cache.metrics.entries.get(), 0);
}

#[tokio::test]
async fn not_found_is_asked_twice_and_then_remembered() {
    let registry = Arc::new(FakeRegistry::new());
    let cache = cache(&registry, options());
    let id = Uuid::new_v4();
    for _ in 0..5 {
        assert!(
            matches!(cache.load(id).await, Err(LoadError::NotFound { id: missing }) if missing == id)
        );
    }
    assert_eq!(registry.count(Operation::GetSchemaVersion), 2);
}

#[tokio::test]
async fn one_not_found_alone_does_not_count() {
    let registry = Arc::new(FakeRegistry::new());
    let id = versions(&registry, 1)[0];
    registry.fail(
        Operation::GetSchemaVersion,
        &[Problem::VersionNotFound, Problem::Unavailable],
    );
    cache(&registry, options()).load(id).await.unwrap();
    assert_eq!(registry.count(Operation::GetSchemaVersion), 3);
}

#[tokio::test]
async fn an_id_that_was_not_found_is_asked_for_again_after_a_while() {
    let registry = Arc::new(FakeRegistry::new());
    let cache = cache(
        &registry,
        CacheOptions {
            negative_ttl: Duration::ZERO,
            ..options()
        },
    );
    let id = Uuid::new_v4();
    for _ in 0..3 {
        assert!(cache.load(id).await.is_err());
    }
    assert_eq!(registry.count(Operation::GetSchemaVersion), 6);
    assert_eq!(cache.metrics.entries.get(), 1);
}

#[tokio::test]
async fn a_schema_that_is_none_is_remembered_as_such() {
    let registry = Arc::new(FakeRegistry::new());
    let broken = registry.add(&name(), DataFormat::Avro, r#"{"type":"recor"}"#);
    let other = SchemaName::new("customer", "protobuf");
    let foreign = registry.add(&other, DataFormat::Protobuf, "message");
    let cache = cache(&registry, options());
    for _ in 0..2 {
        let error = cache.load(broken).await.unwrap_err();
        assert!(
            matches!(error, LoadError::Unusable(Unusable::Definition { .. })),
            "{error:?}"
        );
        let error = cache.load(foreign).await.unwrap_err();
        assert!(
            error.to_string().contains("no valid PROTOBUF schema"),
            "{error}"
        );
    }
    assert_eq!(registry.count(Operation::GetSchemaVersion), 2);
    assert!(cache.schemas().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_asked_for_twice_and_then_remembered_for_a_while() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 3);
    let strange = [Problem::NotUnderstood; 2];
    registry.fail(Operation::GetSchemaVersion, &strange);
    let known = cache(&registry, options());
    for _ in 0..3 {
        let error = known.load(ids[0]).await.unwrap_err();
        let LoadError::NotUnderstood { id, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(id, ids[0]);
    }
    assert_eq!(registry.count(Operation::GetSchemaVersion), 2);
    let Some(Entry::Absent { why, .. }) = known.store.get(ids[0]) else {
        panic!("it is remembered");
    };
    assert_eq!(why.decode_error(ids[0]).kind(), Kind::SchemaUnavailable);
    // Once alone it does not count.
    registry.fail(Operation::GetSchemaVersion, &strange[..1]);
    known.load(ids[1]).await.unwrap();

    registry.fail(Operation::GetSchemaVersion, &strange);
    let forgetful = CacheOptions {
        negative_ttl: Duration::ZERO,
        ..options()
    };
    let forgetful = cache(&registry, forgetful);
    assert!(forgetful.load(ids[2]).await.is_err());
    forgetful.load(ids[2]).await.unwrap();
}

#[tokio::test]
async fn a_definition_that_no_registry_would_take_is_not_compiled() {
    let registry = Arc::new(FakeRegistry::new());
    let text = |length| format!("\"int\"{}", " ".repeat(length - 5));
    let longest = registry.add(&name(), DataFormat::Avro, &text(crate::codec::MOST_BYTES));
    let longer = registry.add(
        &name(),
        DataFormat::Avro,
        &text(crate::codec::MOST_BYTES + 1),
    );
    let cache = cache(&registry, options());
    cache.load(longest).await.unwrap();
    let error = cache.load(longer).await.unwrap_err();
    assert!(
        matches!(error, LoadError::Unusable(Unusable::Definition { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_cached_outlives_an_outage_and_the_rest_waits() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 2);
    let cache = cache(&registry, options());
    cache.load(ids[0]).await.unwrap();
    registry.fail(Operation::GetSchemaVersion, &[Problem::Unavailable; 20]);
    let waiting = cache.load(ids[1]);
    cache.load(ids[0]).await.unwrap();
    waiting.await.unwrap();
    assert_eq!(registry.count(Operation::GetSchemaVersion), 22);
}

#[tokio::test]
async fn the_schema_loaded_first_makes_room() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 4);
    let cache = cache(
        &registry,
        CacheOptions {
            entries: 3,
            negative_entries: 2,
            ..options()
        },
    );
    for id in &ids {
        cache.load(*id).await.unwrap();
    }
    assert_eq!(cache.schemas().len(), 3);
    assert!(cache.store.get(ids[0]).is_none());
    // Unknown ids push out each other, not schemas.
    for _ in 0..10 {
        assert!(cache.load(Uuid::new_v4()).await.is_err());
    }
    assert_eq!(cache.schemas().len(), 3);
    assert_eq!(cache.metrics.entries.get(), 5);
}

#[tokio::test]
async fn hostile_ids_wait_for_their_turn_and_never_become_a_call_each() {
    let registry = Arc::new(FakeRegistry::new());
    let cache = cache(
        &registry,
        CacheOptions {
            lookups_per_second: 5,
            ..options()
        },
    );
    let mut loads = JoinSet::new();
    for _ in 0..200 {
        let cache = Arc::clone(&cache);
        loads.spawn(async move { cache.load(Uuid::new_v4()).await.is_ok() });
    }
    let start = Instant::now();
    let all = async { while loads.join_next().await.is_some() {} };
    assert!(
        tokio::time::timeout(Duration::from_millis(1100), all)
            .await
            .is_err()
    );
    let calls = registry.count(Operation::GetSchemaVersion);
    let allowed = 6 + start.elapsed().as_millis() / 200;
    assert!(calls >= 5, "{calls} calls");
    assert!(calls as u128 <= allowed, "{calls} calls");
}

#[tokio::test]
async fn only_so_many_calls_run_at_the_same_time() {
    let registry = Arc::new(FakeRegistry::new());
    let ids = versions(&registry, 20);
    let cache = cache(
        &registry,
        CacheOptions {
            concurrency: 3,
            ..options()
        },
    );
    registry.hold();
    let mut loads = JoinSet::new();
    for id in ids {
        let cache = Arc::clone(&cache);
        loads.spawn(async move { cache.load(id).await.is_ok() });
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while cache.metrics.misses.get() < 20 || registry.calls().len() < 3 {
        assert!(Instant::now() < deadline, "not all loads have started");
        tokio::task::yield_now().await;
    }
    assert_eq!(registry.calls().len(), 3);
    registry.release();
    assert_eq!(loads.join_all().await, [true; 20]);
}

#[tokio::test]
async fn schemas_that_are_not_allowed_are_unusable_for_good() {
    let registry = Arc::new(FakeRegistry::new());
    let other = SchemaName::new("customer", "payments-value");
    let refused = registry.add(&other, DataFormat::Avro, r#""string""#);
    let id = versions(&registry, 1)[0];
    let options = CacheOptions {
        allowed: AllowedSchemas::new(["customer/orders-*"]).unwrap(),
        ..options()
    };
    let cache = cache(&registry, options);
    cache.load(id).await.unwrap();
    for _ in 0..2 {
        let error = cache.load(refused).await.unwrap_err();
        assert!(
            matches!(error, LoadError::Unusable(Unusable::NotAllowed { .. })),
            "{error}"
        );
    }
    assert_eq!(registry.count(Operation::GetSchemaVersion), 2);
}

/// Keeps what is logged on this thread, a line an event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = String::new();
        event.record(
            &mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                write!(line, "{field}={value:?} ").unwrap();
            },
        );
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn the_log_says_why_a_schema_cannot_be_used() {
    let registry = Arc::new(FakeRegistry::new());
    let text = format!(r#"{{"type":"{}"}}"#, "x".repeat(100_000));
    let broken = registry.add(&name(), DataFormat::Avro, &text);
    let cache = cache(&registry, options());
    let log = Log::default();
    {
        let _here = tracing::subscriber::set_default(log.clone());
        assert!(cache.load(broken).await.is_err());
    }
    let lines = log.0.lock().unwrap();
    let line = lines.iter().find(|line| line.contains("cannot be used"));
    let line = line.expect("it is logged");
    assert!(line.contains("is no valid AVRO schema: "), "{line}");
    assert!(line.contains("is not a defined name"), "{line}");
    assert!(line.len() < 2000, "{} bytes", line.len());
}

mod refresh;
