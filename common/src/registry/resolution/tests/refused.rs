//! What is learnt about a refused version, what becomes of it, and what is noted about an accepted one.

use super::*;
use crate::registry::SchemaVersions;
use crate::registry::resolution::{Refusal, newest_fitting};

/// A registry that has versions `"int"`, a refused one, `"long"` and `"float"`, and will refuse the next.
fn refusing() -> FakeRegistry {
    let registry = FakeRegistry::new();
    let name = wanted().name;
    registry.add(&name, DataFormat::Avro, "\"int\"");
    registry.decide(0, VersionStatus::Failure);
    registry.add(&name, DataFormat::Avro, "\"boolean\"");
    registry.decide(0, VersionStatus::Available);
    registry.add(&name, DataFormat::Avro, "\"long\"");
    registry.add(&name, DataFormat::Avro, "\"float\"");
    registry.decide(0, VersionStatus::Failure);
    registry
}

async fn refusal(registry: &FakeRegistry, wanted: &Wanted) -> Refusal {
    let retry = within(Duration::from_secs(30));
    match resolve(registry, wanted, Resolution::Register, &retry).await {
        Err(ResolveError::Refused(refusal)) => *refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_carries_the_candidate_and_the_versions_that_count_under_the_rule() {
    for (mode, against, words) in [
        (
            Compatibility::Backward,
            &["\"float\""][..],
            "(BACKWARD, held against version 4)",
        ),
        (
            Compatibility::FullAll,
            &["\"float\"", "\"long\"", "\"int\""],
            "(FULL_ALL, held against version 4, 3, 1)",
        ),
        (Compatibility::None, &[], "(NONE)"),
    ] {
        let registry = refusing();
        registry.rule(mode);
        let refusal = refusal(&registry, &wanted()).await;
        assert_eq!((refusal.mode, refusal.more), (Some(mode), false));
        assert_eq!(refusal.candidate.definition, TEXT);
        assert_eq!(refusal.candidate.status, VersionStatus::Failure);
        let texts: Vec<_> = refusal
            .against
            .iter()
            .map(|version| version.definition.as_str())
            .collect();
        assert_eq!(texts, against);
        assert!(refusal.to_string().ends_with(words), "{refusal}");
    }
}

#[tokio::test]
async fn the_versions_of_a_refusal_are_bounded() {
    let registry = FakeRegistry::new();
    registry.rule(Compatibility::BackwardAll);
    for number in 0..Refusal::MOST + 5 {
        registry.add(&wanted().name, DataFormat::Avro, &format!("text {number}"));
    }
    registry.decide(0, VersionStatus::Failure);
    let refusal = refusal(&registry, &wanted()).await;
    assert_eq!((refusal.against.len(), refusal.more), (Refusal::MOST, true));
    assert_eq!(refusal.against[0].definition, "text 24");
}

#[tokio::test]
async fn a_registry_that_does_not_tell_is_no_reason_to_hide_the_refusal() {
    let registry = refusing();
    registry.fail(Operation::ListSchemaVersions, &[Problem::Denied]);
    registry.rule(Compatibility::Backward);
    let known = refusal(&registry, &wanted()).await;
    assert_eq!((known.against.len(), known.more), (0, true));

    let lookup = run(&registry, Resolution::Lookup).await;
    assert!(matches!(lookup, Err(ResolveError::Refused(_))));
}

#[tokio::test]
async fn a_refused_version_is_removed_if_that_is_wanted_and_no_other_ever() {
    let cleaning = Wanted {
        clean_failed: true,
        ..wanted()
    };
    let registry = refusing();
    let refused = refusal(&registry, &cleaning).await;
    assert_eq!(registry.count(Operation::DeleteSchemaVersions), 1);
    assert!(registry.schema_version(refused.candidate.id).await.is_err());
    assert_eq!(
        registry
            .versions(&cleaning.name, 10)
            .await
            .unwrap()
            .versions
            .len(),
        4
    );

    // The number of the refused version now leads to another.
    let registry = refusing();
    registry.take_number(5);
    refusal(&registry, &cleaning).await;
    assert_eq!(registry.count(Operation::DeleteSchemaVersions), 0);

    let registry = refusing();
    refusal(&registry, &wanted()).await;
    assert_eq!(registry.count(Operation::DeleteSchemaVersions), 0);
}

#[tokio::test]
async fn a_refusal_of_long_ago_is_explained_by_the_versions_before_it() {
    let registry = FakeRegistry::new();
    let name = wanted().name;
    registry.add(&name, DataFormat::Avro, "\"int\"");
    registry.decide(0, VersionStatus::Failure);
    registry.add(&name, DataFormat::Avro, TEXT);
    registry.decide(0, VersionStatus::Available);
    registry.add(&name, DataFormat::Avro, "\"long\"");
    for mode in [Compatibility::Backward, Compatibility::BackwardAll] {
        registry.rule(mode);
        for resolution in [Resolution::Lookup, Resolution::Register] {
            let Err(ResolveError::Refused(refusal)) = run(&registry, resolution).await else {
                panic!("it is refused");
            };
            assert_eq!(refusal.candidate.number, Some(2));
            let numbers: Vec<_> = refusal.against.iter().map(|old| old.number).collect();
            assert_eq!((numbers, refusal.more), (vec![Some(1)], false), "{mode}");
        }
    }
}

#[tokio::test]
async fn a_version_that_goes_while_it_is_waited_for_was_refused() {
    let cleaning = Wanted {
        clean_failed: true,
        ..wanted()
    };
    for gone in [None, Some(VersionStatus::Deleting)] {
        let registry = FakeRegistry::new();
        registry.add(&wanted().name, DataFormat::Avro, "\"int\"");
        // Somebody else has registered it and removes it.
        registry.decide(3, gone.unwrap_or(VersionStatus::Failure));
        registry.add(&wanted().name, DataFormat::Avro, TEXT);
        if gone.is_none() {
            registry.fail(Operation::GetSchemaVersion, &[Problem::VersionNotFound; 9]);
        }
        let refusal = refusal(&registry, &cleaning).await;
        assert_eq!(refusal.candidate.definition, TEXT);
        assert_eq!(registry.count(Operation::DeleteSchemaVersions), 0);
    }
    // Somebody else is removing it when we come.
    let registry = FakeRegistry::new();
    registry.decide(0, VersionStatus::Deleting);
    registry.add(&wanted().name, DataFormat::Avro, TEXT);
    registry.decide(2, VersionStatus::Failure);
    assert_eq!(
        refusal(&registry, &cleaning).await.candidate.number,
        Some(2)
    );
    // One "not found" alone does not count.
    let registry = FakeRegistry::new();
    registry.decide(3, VersionStatus::Available);
    registry.add(&wanted().name, DataFormat::Avro, TEXT);
    registry.fail(Operation::GetSchemaVersion, &[Problem::VersionNotFound]);
    run(&registry, Resolution::Register).await.unwrap();
}

#[tokio::test]
async fn the_newest_version_that_fits_is_found_among_the_available() {
    let registry = refusing();
    let retry = within(Duration::from_secs(30));
    let fitting = async |wanted: &str| {
        let fits = |version: &SchemaVersion| version.definition == wanted;
        newest_fitting(&registry, &super::wanted().name, &retry, fits)
            .await
            .unwrap()
    };
    assert_eq!(fitting("\"int\"").await.unwrap().number, Some(1));
    assert!(fitting("\"boolean\"").await.is_none(), "it was refused");
}

#[tokio::test]
async fn metadata_is_noted_about_new_versions_and_never_in_the_way() {
    let noting = Wanted {
        metadata: [("team", "shop"), ("commit", "1")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..wanted()
    };
    let registry = FakeRegistry::new();
    let run = async || {
        let retry = within(Duration::from_secs(30));
        resolve(&registry, &noting, Resolution::Register, &retry)
            .await
            .unwrap()
    };
    registry.fail(Operation::PutSchemaVersionMetadata, &[Problem::Denied]);
    let version = run().await;
    let entry = (version.id, "team".to_owned(), "shop".to_owned());
    assert_eq!(registry.metadata(), [entry]);
    run().await;
    assert_eq!(
        registry.count(Operation::PutSchemaVersionMetadata),
        2,
        "nothing is noted about a version that was there"
    );

    // The answer to `CreateSchema` was lost on its way.
    let registry = FakeRegistry::new();
    let id = registry.add(&noting.name, DataFormat::Avro, TEXT);
    registry.fail(Operation::GetSchemaByDefinition, &[Problem::SchemaNotFound]);
    let retry = within(Duration::from_secs(30));
    let version = resolve(&registry, &noting, Resolution::Register, &retry).await;
    assert_eq!(version.unwrap().id, id);
    assert_eq!(registry.metadata().len(), 2);
}
