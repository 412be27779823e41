//! Tests of both resolutions against the registry in memory.

use tokio::time::Instant;

use super::*;
use crate::metrics::RegistryMetrics;
use crate::registry::Problem;
use crate::registry::fake::FakeRegistry;
use crate::registry::retry::Backoff;

const TEXT: &str = "{\"type\" : \"string\"}\n";

fn wanted() -> Wanted {
    let name = SchemaName::new("customer", "orders-value");
    Wanted::new(name, TEXT.to_owned(), DataFormat::Avro)
}

fn within(time: Duration) -> Retry {
    Retry {
        deadline: Some(Instant::now() + time),
        backoff: Backoff {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(4),
        },
        metrics: RegistryMetrics::unregistered(),
    }
}

async fn run(
    registry: &FakeRegistry,
    resolution: Resolution,
) -> Result<SchemaVersion, ResolveError> {
    resolve(
        registry,
        &wanted(),
        resolution,
        &within(Duration::from_secs(30)),
    )
    .await
}

#[tokio::test]
async fn lookup_finds_the_version_with_the_definition() {
    let registry = FakeRegistry::new();
    registry.add(&wanted().name, DataFormat::Avro, "\"int\"");
    let id = registry.add(&wanted().name, DataFormat::Avro, TEXT);
    let version = run(&registry, Resolution::Lookup).await.unwrap();
    assert_eq!(
        (version.id, version.definition.as_str(), version.number),
        (id, TEXT, Some(2))
    );
    let calls = [
        Operation::GetSchemaByDefinition,
        Operation::GetSchemaVersion,
    ];
    assert_eq!(registry.calls(), calls);
}

#[tokio::test]
async fn a_number_that_is_not_told_is_no_reason_not_to_write() {
    let registry = FakeRegistry::new();
    registry.add(&wanted().name, DataFormat::Avro, TEXT);
    registry.fail(Operation::GetSchemaVersion, &[Problem::Denied]);
    let version = run(&registry, Resolution::Lookup).await.unwrap();
    assert_eq!(version.number, None);
}

#[tokio::test]
async fn lookup_creates_nothing_and_says_what_to_do() {
    let registry = FakeRegistry::new();
    let error = run(&registry, Resolution::Lookup).await.unwrap_err();
    assert!(
        matches!(error, ResolveError::SchemaNotFound { .. }),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "schema `orders-value` in registry `customer` does not exist; create it, or set resolution to `register` to have it created"
    );

    registry.add(&wanted().name, DataFormat::Avro, "\"int\"");
    let error = run(&registry, Resolution::Lookup).await.unwrap_err();
    assert!(
        matches!(error, ResolveError::VersionNotFound { .. }),
        "{error:?}"
    );
    assert!(!error.is_denied() && !error.is_unreachable());
    assert_eq!(registry.calls(), [Operation::GetSchemaByDefinition; 2]);
}

#[tokio::test]
async fn a_pending_version_is_waited_for() {
    let registry = FakeRegistry::new();
    registry.decide(3, VersionStatus::Available);
    let id = registry.add(&wanted().name, DataFormat::Avro, TEXT);
    let version = run(&registry, Resolution::Lookup).await.unwrap();
    assert_eq!(
        (version.id, version.number, version.status),
        (id, Some(1), VersionStatus::Available)
    );
    assert_eq!(registry.count(Operation::GetSchemaVersion), 3);
}

#[tokio::test]
async fn a_version_that_stays_pending_ends_at_the_deadline() {
    let registry = FakeRegistry::new();
    registry.decide(u32::MAX, VersionStatus::Available);
    registry.add(&wanted().name, DataFormat::Avro, TEXT);
    let retry = within(Duration::from_millis(60));
    let error = resolve(&registry, &wanted(), Resolution::Lookup, &retry)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ResolveError::StillPending {
                number: Some(1),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_unreachable());
}

#[tokio::test]
async fn lookup_refuses_versions_that_may_not_be_written_with() {
    for status in [VersionStatus::Failure, VersionStatus::Deleting] {
        let registry = FakeRegistry::new();
        registry.decide(0, status);
        let id = registry.add(&wanted().name, DataFormat::Avro, TEXT);
        let error = run(&registry, Resolution::Lookup)
            .await
            .unwrap_err()
            .to_string();
        for part in ["customer", "orders-value", &id.to_string(), status.as_str()] {
            assert!(error.contains(part), "{part} is missing in: {error}");
        }
    }
}

#[tokio::test]
async fn register_creates_registry_schema_and_version_as_needed() {
    use Operation::{
        CreateRegistry, CreateSchema, GetSchema, GetSchemaByDefinition, GetSchemaVersion,
        RegisterSchemaVersion,
    };

    let registry = FakeRegistry::new();
    let first = run(&registry, Resolution::Register).await.unwrap();
    assert_eq!((first.number, first.definition.as_str()), (Some(1), TEXT));
    assert_eq!(
        registry.calls(),
        [
            GetSchemaByDefinition,
            CreateSchema,
            CreateRegistry,
            CreateSchema
        ]
    );

    let again = run(&registry, Resolution::Register).await.unwrap();
    assert_eq!(again.id, first.id);
    let calls = [GetSchemaByDefinition, GetSchemaVersion];
    assert_eq!(registry.calls()[4..], calls);

    let next = Wanted {
        definition: "\"int\"".to_owned(),
        ..wanted()
    };
    let next = resolve(
        &registry,
        &next,
        Resolution::Register,
        &within(Duration::from_secs(30)),
    )
    .await
    .unwrap();
    assert_eq!(next.number, Some(2));
    assert_eq!(
        registry.calls()[6..],
        [GetSchemaByDefinition, GetSchema, RegisterSchemaVersion]
    );
}

#[tokio::test]
async fn register_keeps_off_the_registry_where_it_is_told_to() {
    let registry = FakeRegistry::new();
    let wanted = Wanted {
        create_registry: false,
        ..wanted()
    };
    let error = resolve(
        &registry,
        &wanted,
        Resolution::Register,
        &within(Duration::from_secs(30)),
    )
    .await
    .unwrap_err();
    assert!(
        matches!(error, ResolveError::RegistryNotFound { .. }),
        "{error:?}"
    );
    assert_eq!(registry.count(Operation::CreateRegistry), 0);

    registry.add_registry("customer");
    resolve(
        &registry,
        &wanted,
        Resolution::Register,
        &within(Duration::from_secs(30)),
    )
    .await
    .unwrap();
    assert_eq!(registry.count(Operation::CreateRegistry), 0);
}

#[tokio::test]
async fn a_refused_definition_is_an_error_with_all_names() {
    let registry = FakeRegistry::new();
    registry.add(&wanted().name, DataFormat::Avro, "\"int\"");
    registry.decide(2, VersionStatus::Failure);
    let error = run(&registry, Resolution::Register).await.unwrap_err();
    let ResolveError::Refused(refusal) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(
        error.to_string(),
        format!(
            "schema `orders-value` in registry `customer`: version 2, id {} has status FAILURE: it is not compatible with an earlier version",
            refusal.candidate.id
        )
    );
    assert!(!error.is_unreachable());
}

#[tokio::test]
async fn a_definition_refused_before_is_offered_again() {
    let registry = FakeRegistry::new();
    registry.decide(0, VersionStatus::Failure);
    registry.add(&wanted().name, DataFormat::Avro, TEXT);
    let error = run(&registry, Resolution::Register).await.unwrap_err();
    assert!(
        matches!(&error, ResolveError::Refused(refusal) if refusal.candidate.number == Some(1)),
        "{error:?}"
    );
    assert_eq!(registry.count(Operation::RegisterSchemaVersion), 1);
}

#[tokio::test]
async fn many_starting_at_once_end_with_the_same_available_version() {
    let registry = FakeRegistry::new();
    registry.decide(2, VersionStatus::Available);
    let starts = (0..4).map(|_| run(&registry, Resolution::Register));
    let mut starts = starts.collect::<Vec<_>>().into_iter();
    let mut next = || starts.next().unwrap();
    let (a, b, c, d) = tokio::join!(next(), next(), next(), next());
    let ids: Vec<_> = [a, b, c, d]
        .into_iter()
        .map(|version| version.unwrap().id)
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(
        registry.count(Operation::CreateSchema) > 2,
        "they did not race: {:?}",
        registry.calls()
    );
}

#[tokio::test]
async fn a_lost_race_is_settled_by_looking_again() {
    let registry = FakeRegistry::new();
    let id = registry.add(&wanted().name, DataFormat::Avro, TEXT);
    registry.fail(Operation::GetSchemaByDefinition, &[Problem::SchemaNotFound]);
    assert_eq!(run(&registry, Resolution::Register).await.unwrap().id, id);
    assert_eq!(registry.count(Operation::CreateSchema), 1);
    assert_eq!(registry.count(Operation::RegisterSchemaVersion), 0);
}

#[tokio::test]
async fn a_registry_that_says_no_schema_for_no_version_is_understood() {
    let registry = FakeRegistry::new();
    registry.add(&wanted().name, DataFormat::Avro, "\"int\"");
    for problem in [Problem::SchemaNotFound, Problem::NotFound] {
        registry.fail(Operation::GetSchemaByDefinition, &[problem, problem]);
        assert_eq!(
            run(&registry, Resolution::Register).await.unwrap().number,
            Some(2),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_schema_of_another_format_is_left_alone() {
    let registry = FakeRegistry::new();
    registry.add(&wanted().name, DataFormat::Json, "{}");
    let error = run(&registry, Resolution::Register).await.unwrap_err();
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
    assert_eq!(registry.count(Operation::RegisterSchemaVersion), 0);

    registry.add(&wanted().name, DataFormat::Json, TEXT);
    let error = run(&registry, Resolution::Lookup).await.unwrap_err();
    assert!(
        matches!(error, ResolveError::DataFormat { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn trouble_on_the_way_is_ridden_out_and_denial_is_not() {
    let registry = FakeRegistry::new();
    registry.fail(
        Operation::GetSchemaByDefinition,
        &[Problem::Throttled, Problem::Unavailable],
    );
    registry.fail(Operation::CreateSchema, &[Problem::Timeout]);
    registry.fail(Operation::CreateRegistry, &[Problem::Conflict]);
    run(&registry, Resolution::Register).await.unwrap();

    registry.fail(Operation::GetSchemaByDefinition, &[Problem::Denied]);
    let error = run(&registry, Resolution::Lookup).await.unwrap_err();
    assert!(error.is_denied() && !error.is_unreachable(), "{error:?}");

    registry.fail(
        Operation::GetSchemaByDefinition,
        &vec![Problem::Unavailable; 100_000],
    );
    let retry = within(Duration::from_millis(40));
    let error = resolve(&registry, &wanted(), Resolution::Lookup, &retry)
        .await
        .unwrap_err();
    assert!(error.is_unreachable(), "{error:?}");
}

mod refused;
