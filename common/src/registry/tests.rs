//! Tests of retries and of the probe, against the registry in memory.

use std::time::Duration;

use tokio::time::Instant;

use super::fake::FakeRegistry;
use super::retry::{Backoff, Retry};
use super::*;
use crate::metrics::RegistryMetrics;

fn retry(time: Duration) -> Retry {
    Retry {
        deadline: Some(Instant::now() + time),
        backoff: Backoff {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(4),
        },
        metrics: RegistryMetrics::unregistered(),
    }
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(50);

#[test]
fn words_lead_back_to_their_values() {
    for status in VersionStatus::ALL {
        assert_eq!(VersionStatus::from_word(status.as_str()), Some(*status));
    }
    assert_eq!(DataFormat::from_word("THRIFT"), None);
}

#[test]
fn pauses_stay_within_doubling_bounds_and_differ() {
    let backoff = Backoff {
        first: Duration::from_millis(100),
        longest: Duration::from_secs(1),
    };
    for (failures, bound) in [
        (1, 100),
        (2, 200),
        (3, 400),
        (4, 800),
        (5, 1000),
        (60, 1000),
    ] {
        let pauses: Vec<_> = (0..100).map(|_| backoff.pause(failures)).collect();
        assert!(
            pauses
                .iter()
                .all(|pause| *pause <= Duration::from_millis(bound)),
            "{failures}"
        );
        let (shortest, longest) = (*pauses.iter().min().unwrap(), *pauses.iter().max().unwrap());
        assert!(
            longest.saturating_sub(shortest) > Duration::from_millis(bound / 2),
            "{failures}"
        );
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    for problem in [
        Problem::Throttled,
        Problem::Conflict,
        Problem::Timeout,
        Problem::Unavailable,
        Problem::Unexpected,
    ] {
        let registry = FakeRegistry::new();
        registry.fail(Operation::CreateRegistry, &[problem, problem]);
        retry(LONG)
            .call(Operation::CreateRegistry, || registry.create_registry("r"))
            .await
            .unwrap();
        assert_eq!(registry.count(Operation::CreateRegistry), 3, "{problem}");
    }
    for problem in [
        Problem::Denied,
        Problem::InvalidInput,
        Problem::Quota,
        Problem::Refused,
        Problem::NotFound,
    ] {
        let registry = FakeRegistry::new();
        registry.fail(Operation::CreateRegistry, &[problem]);
        let error = retry(LONG)
            .call(Operation::CreateRegistry, || registry.create_registry("r"))
            .await
            .unwrap_err();
        assert_eq!(error.problem, problem);
        assert_eq!(registry.count(Operation::CreateRegistry), 1, "{problem}");
    }
}

#[tokio::test]
async fn the_deadline_ends_retries_with_the_last_error() {
    let registry = FakeRegistry::new();
    registry.fail(
        Operation::CreateRegistry,
        &vec![Problem::Throttled; 100_000],
    );
    let error = retry(SHORT)
        .call(Operation::CreateRegistry, || registry.create_registry("r"))
        .await
        .unwrap_err();
    assert_eq!(error.problem, Problem::Throttled);
}

#[tokio::test]
async fn the_deadline_ends_a_call_that_hangs() {
    let registry = FakeRegistry::new();
    registry.hold();
    let error = retry(SHORT)
        .call(Operation::CreateRegistry, || registry.create_registry("r"))
        .await
        .unwrap_err();
    assert_eq!(error.problem, Problem::Timeout);
}

#[tokio::test]
async fn a_registry_that_does_not_know_the_nil_id_is_reachable() {
    let registry = FakeRegistry::new();
    registry.fail(
        Operation::GetSchemaVersion,
        &[Problem::Unavailable, Problem::InvalidInput],
    );
    retry(LONG).reach(&registry).await.unwrap();
    assert_eq!(registry.count(Operation::GetSchemaVersion), 3);
}

#[tokio::test]
async fn credentials_that_do_not_come_are_waited_for_and_end_as_a_denial() {
    let registry = FakeRegistry::new();
    registry.fail(
        Operation::GetSchemaVersion,
        &[Problem::Credentials, Problem::Credentials],
    );
    retry(LONG).reach(&registry).await.unwrap();

    registry.fail(
        Operation::GetSchemaVersion,
        &vec![Problem::Credentials; 100_000],
    );
    assert!(retry(SHORT).reach(&registry).await.unwrap_err().is_denied());
}

#[tokio::test]
async fn a_probe_that_is_denied_is_not_tried_again() {
    let registry = FakeRegistry::new();
    registry.fail(Operation::GetSchemaVersion, &[Problem::Denied]);
    assert!(retry(LONG).reach(&registry).await.unwrap_err().is_denied());
    assert_eq!(registry.count(Operation::GetSchemaVersion), 1);
}
