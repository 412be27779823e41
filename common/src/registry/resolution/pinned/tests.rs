//! Tests of pinned versions against the registry in memory.

use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::metrics::RegistryMetrics;
use crate::registry::Problem;
use crate::registry::fake::FakeRegistry;
use crate::registry::retry::Backoff;

fn orders() -> SchemaName {
    SchemaName::new("customer", "orders-value")
}

async fn fetch_within(
    registry: &FakeRegistry,
    pin: Pin,
    time: Duration,
) -> Result<SchemaVersion, ResolveError> {
    let retry = Retry {
        deadline: Some(Instant::now() + time),
        backoff: Backoff {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(4),
        },
        metrics: RegistryMetrics::unregistered(),
    };
    pinned(registry, &orders(), pin, DataFormat::Avro, &retry).await
}

async fn run(registry: &FakeRegistry, pin: Pin) -> Result<SchemaVersion, ResolveError> {
    fetch_within(registry, pin, Duration::from_secs(30)).await
}

#[tokio::test]
async fn a_number_and_an_id_bring_the_text_with_one_call() {
    let registry = FakeRegistry::new();
    registry.add(&orders(), DataFormat::Avro, "\"int\"");
    let id = registry.add(&orders(), DataFormat::Avro, "\"long\"");
    registry.add(&orders(), DataFormat::Avro, "\"string\"");
    for pin in [Pin::Number(2), Pin::Id(id)] {
        let version = run(&registry, pin).await.unwrap();
        assert_eq!(
            (version.id, version.definition.as_str(), version.number),
            (id, "\"long\"", Some(2)),
            "{pin}"
        );
    }
    let newest = run(&registry, Pin::Latest).await.unwrap();
    assert_eq!(newest.number, Some(3));
    assert_eq!(registry.calls(), [Operation::GetSchemaVersion; 3]);
}

#[tokio::test]
async fn a_version_that_is_not_there_is_named() {
    let registry = FakeRegistry::new();
    let error = run(&registry, Pin::Number(7)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "schema `orders-value` in registry `customer` has no version 7"
    );
    let error = run(&registry, Pin::Latest).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "schema `orders-value` in registry `customer` has no version at all"
    );
    registry.add(&orders(), DataFormat::Avro, "\"int\"");
    assert!(run(&registry, Pin::Number(7)).await.is_err());
    let error = run(&registry, Pin::Id(Uuid::nil())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the registry has no version with id 00000000-0000-0000-0000-000000000000"
    );
    assert!(!error.is_denied() && !error.is_unreachable());
}

#[tokio::test]
async fn a_pending_version_is_waited_for_until_the_deadline() {
    let registry = FakeRegistry::new();
    registry.decide(3, VersionStatus::Available);
    registry.add(&orders(), DataFormat::Avro, "\"int\"");
    let version = run(&registry, Pin::Number(1)).await.unwrap();
    assert_eq!(version.status, VersionStatus::Available);

    registry.decide(u32::MAX, VersionStatus::Available);
    let id = registry.add(&orders(), DataFormat::Avro, "\"long\"");
    let error = fetch_within(&registry, Pin::Id(id), Duration::from_millis(60))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ResolveError::StillPending {
                number: Some(2),
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_may_not_be_written_with_is_refused_under_its_own_name() {
    let registry = FakeRegistry::new();
    registry.decide(0, VersionStatus::Failure);
    let other = SchemaName::new("sales", "returns");
    let id = registry.add(&other, DataFormat::Avro, "\"int\"");
    let error = run(&registry, Pin::Id(id)).await.unwrap_err().to_string();
    for part in ["sales", "returns", "FAILURE", &id.to_string()] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }

    registry.decide(0, VersionStatus::Available);
    registry.add(&orders(), DataFormat::Json, "{}");
    let error = run(&registry, Pin::Number(1)).await.unwrap_err();
    assert!(
        matches!(
            error,
            ResolveError::DataFormat {
                found: DataFormat::Json,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn trouble_on_the_way_is_tried_again() {
    let registry = FakeRegistry::new();
    registry.add(&orders(), DataFormat::Avro, "\"int\"");
    registry.fail(Operation::GetSchemaVersion, &[Problem::Throttled]);
    assert!(run(&registry, Pin::Number(1)).await.is_ok());
    registry.fail(Operation::GetSchemaVersion, &[Problem::Denied]);
    assert!(
        run(&registry, Pin::Number(1))
            .await
            .unwrap_err()
            .is_denied()
    );
}
