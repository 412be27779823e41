//! What becomes of a version that fails, by verdicts made up here.

mod between;
mod earlier;
mod life;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Call, Service, beside, deletion, lookups, schemas, updates, versions};
use crate::config::{Behaviour, DefinitionMatch, Quotas, Rules, Validation};
use crate::definition::{Canonical, Format, Verdict};
use crate::ids::Ids;
use crate::store::{Reason, Status, Store, Version};

fn service(path: &std::path::Path) -> Service {
    with_delays(path, Duration::ZERO, Duration::ZERO)
}

fn with_delays(path: &std::path::Path, pending: Duration, deletion: Duration) -> Service {
    let quotas = Quotas {
        registries: 10,
        schemas: 10,
        schema_versions: 100,
        metadata: 10,
    };
    let behaviour = Behaviour {
        pending,
        deletion,
        definition_match: DefinitionMatch::Json,
        validation: Validation::Moto,
        rules: Rules::default(),
    };
    let account = "123456789012";
    let store = Store::open(path, account).unwrap();
    Service::new(store, account.to_owned(), quotas, behaviour, Ids::new(None)).unwrap()
}

fn call(service: &Service) -> Call<'_> {
    Call {
        service,
        region: "us-east-1",
    }
}

fn input<I: serde::de::DeserializeOwned>(value: Value) -> I {
    serde_json::from_value(value).unwrap()
}

fn avro(name: &str) -> String {
    json!({"type": "record", "name": name, "fields": []}).to_string()
}

fn create(call: Call<'_>, mode: &str) {
    let schema = json!({"SchemaName": "s", "DataFormat": "AVRO", "Compatibility": mode, "SchemaDefinition": avro("V1")});
    schemas::create(call, input(schema)).unwrap();
}

fn register(call: Call<'_>, text: &str) -> Value {
    let version = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": text});
    serde_json::to_value(versions::register(call, input(version)).unwrap()).unwrap()
}

fn reason() -> Reason {
    Reason {
        version: 1,
        direction: "backward".to_owned(),
        path: "/fields/b".to_owned(),
        rule: "missing-default".to_owned(),
        reader: "int".to_owned(),
        writer: String::new(),
    }
}

/// Adds a version that was refused for so many reasons.
fn fail(call: Call<'_>, text: &str, reasons: usize) -> Version {
    let verdict = Verdict {
        status: Status::Failure,
        compared: Vec::new(),
        reasons: vec![reason(); reasons],
    };
    let added = call.service.store.write(|store| {
        let mut schema = store.schema(call.region, "default-registry", "s")?.unwrap();
        let mut version = Version {
            id: uuid::Uuid::new_v4(),
            registry: schema.registry.clone(),
            schema: schema.name.clone(),
            number: schema.next,
            status: Status::Pending,
            created: super::now(),
            metadata: Vec::new(),
            compared: Vec::new(),
            due: None,
        };
        let fingerprint = Canonical::of(Format::Avro, text).fingerprint();
        store.add_version(call.region, &version, text, fingerprint)?;
        versions::conclude(call, store, &mut schema, &mut version, &verdict)?;
        Ok::<_, crate::store::StoreError>(version)
    });
    added.unwrap()
}

fn shown(call: Call<'_>, which: &Value) -> Value {
    let wanted = json!({"SchemaId": {"SchemaName": "s"}, "SchemaVersionNumber": which});
    serde_json::to_value(lookups::get(call, input(wanted)).unwrap()).unwrap()
}

fn numbers(call: Call<'_>) -> [Option<u64>; 3] {
    let wanted = json!({"SchemaId": {"SchemaName": "s"}});
    let schema = serde_json::to_value(schemas::get(call, input(wanted)).unwrap()).unwrap();
    [
        "SchemaCheckpoint",
        "LatestSchemaVersion",
        "NextSchemaVersion",
    ]
    .map(|name| schema[name].as_u64())
}

#[test]
fn a_failure_is_kept_and_gives_its_number_to_the_next_version_that_fits() {
    let directory = tempfile::TempDir::new().unwrap();
    let service = service(&directory.path().join("stub.redb"));
    let call = call(&service);
    create(call, "BACKWARD");
    let failed = fail(call, &avro("Bad"), 1);
    assert_eq!(failed.number, 2);
    assert_eq!(numbers(call), [Some(1), Some(1), Some(2)]);
    let by_number = shown(call, &json!({"VersionNumber": 2}));
    assert_eq!(
        (&by_number["SchemaVersionId"], &by_number["Status"]),
        (&json!(failed.id.to_string()), &json!("FAILURE"))
    );
    let latest = shown(call, &json!({"LatestVersion": true}));
    assert_eq!(latest["VersionNumber"], 1);
    let found = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": avro("Bad")});
    let found = lookups::by_definition(call, input(found)).unwrap();
    assert_eq!(serde_json::to_value(found).unwrap()["Status"], "FAILURE");

    let good = register(call, &avro("Good"));
    assert_eq!(good["VersionNumber"], 2);
    assert_eq!(numbers(call), [Some(1), Some(2), Some(3)]);
    let by_number = shown(call, &json!({"VersionNumber": 2}));
    assert_eq!(by_number["SchemaVersionId"], good["SchemaVersionId"]);
    let listed = json!({"SchemaId": {"SchemaName": "s"}});
    let listed = lookups::list(call, input(listed)).unwrap();
    let listed = serde_json::to_value(listed).unwrap();
    assert_eq!(listed["Schemas"].as_array().unwrap().len(), 3);
}

#[test]
fn a_failure_that_is_registered_again_is_judged_again_under_its_id() {
    let directory = tempfile::TempDir::new().unwrap();
    let service = service(&directory.path().join("stub.redb"));
    let call = call(&service);
    create(call, "BACKWARD");
    let failed = fail(call, &avro("Bad"), 1);
    register(call, &avro("V2"));
    let again = register(call, &avro("Bad"));
    let wanted = json!({"SchemaVersionId": failed.id.to_string(), "VersionNumber": 3, "Status": "AVAILABLE"});
    assert_eq!(again, wanted);
    assert_eq!(numbers(call), [Some(1), Some(3), Some(4)]);
    let reasons = service
        .store
        .read(|store| store.reasons(call.region, failed.id));
    assert!(reasons.unwrap().is_empty());
}

#[test]
fn failures_are_never_compared_with() {
    let directory = tempfile::TempDir::new().unwrap();
    let service = service(&directory.path().join("stub.redb"));
    let call = call(&service);
    create(call, "FULL_ALL");
    fail(call, &avro("Bad"), 1);
    register(call, &avro("V2"));
    register(call, &avro("V3"));
    fail(call, &avro("Worse"), 1);
    let comparable = |mode: &str| {
        let update = json!({"SchemaId": {"SchemaName": "s"}, "Compatibility": mode});
        updates::schema(call, input(update)).unwrap();
        let numbers = service.store.read(|store| {
            let schema = store.schema(call.region, "default-registry", "s")?;
            beside::comparable(call, store, &schema.unwrap())
        });
        let numbers = numbers.unwrap().into_iter().map(|(number, _)| number);
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(comparable("FULL_ALL"), [1, 2, 3]);
    assert_eq!(comparable("BACKWARD"), [1, 3], "checkpoint and latest");
    assert!(comparable("NONE").is_empty());
}

#[test]
fn deleting_a_number_takes_its_failures_along() {
    let directory = tempfile::TempDir::new().unwrap();
    let service = service(&directory.path().join("stub.redb"));
    let call = call(&service);
    create(call, "BACKWARD");
    let failed = [fail(call, &avro("Bad"), 1), fail(call, &avro("Worse"), 1)];
    let delete = json!({"SchemaId": {"SchemaName": "s"}, "Versions": "2"});
    deletion::versions(call, input(delete)).unwrap();
    for version in failed {
        let (version, reasons) = service
            .store
            .read(|store| {
                let found = store.version(call.region, version.id)?;
                Ok::<_, crate::store::StoreError>((found, store.reasons(call.region, version.id)?))
            })
            .unwrap();
        assert!(version.is_none() && reasons.is_empty());
    }
    assert_eq!(numbers(call), [Some(1), Some(1), Some(2)]);
}

#[test]
fn reasons_survive_a_restart_and_are_not_kept_without_end() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("stub.redb");
    let before = service(&path);
    create(call(&before), "BACKWARD");
    let one = fail(call(&before), &avro("Bad"), 1);
    let many = fail(call(&before), &avro("Worse"), 5_000);
    drop(before);
    let after = service(&path);
    let reasons = |id| after.store.read(|store| store.reasons("us-east-1", id));
    assert_eq!(reasons(one.id).unwrap(), [reason()]);
    assert_eq!(reasons(many.id).unwrap().len(), 100);
    let shown = shown(call(&after), &json!({"VersionNumber": 2}));
    assert_eq!(shown["Status"], "FAILURE");
}
