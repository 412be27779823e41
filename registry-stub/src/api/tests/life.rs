//! What waits and what goes, at times made up here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{avro, call, create, fail, input, numbers, register, shown, with_delays};
use crate::api::error::ApiError;
use crate::api::life::{in_any_case, schedule};
use crate::api::{Call, Service, deletion, lookups, metadata, registries, schemas, tags, updates};
use crate::store::{Change, Deed, Due, Status, StoreError};

const HOUR: Duration = Duration::from_hours(1);
const LATER: u64 = u64::MAX - 1;

fn pending(directory: &TempDir) -> Service {
    with_delays(&directory.path().join("stub.redb"), HOUR, Duration::ZERO)
}

fn deleting(directory: &TempDir) -> Service {
    with_delays(&directory.path().join("stub.redb"), Duration::ZERO, HOUR)
}

fn schema_id() -> Value {
    json!({"SchemaId": {"SchemaName": "s"}})
}

fn status(call: Call<'_>) -> Value {
    let schema = schemas::get(call, input(schema_id())).unwrap();
    serde_json::to_value(schema).unwrap()["SchemaStatus"].clone()
}

fn kind<T>(refused: Result<T, ApiError>) -> (&'static str, String) {
    let error = refused.err().unwrap();
    (error.kind().0, error.to_string())
}

fn delete_versions(call: Call<'_>, versions: &str) -> Result<Value, ApiError> {
    let range = json!({"SchemaId": {"SchemaName": "s"}, "Versions": versions});
    deletion::versions(call, input(range)).map(|done| serde_json::to_value(done).unwrap())
}

#[test]
fn a_new_schema_waits_with_its_first_version() {
    let directory = TempDir::new().unwrap();
    let service = pending(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    assert_eq!(status(call), "PENDING");
    assert_eq!(numbers(call), [Some(1), Some(1), Some(2)]);
    assert_eq!(
        shown(call, &json!({"LatestVersion": true}))["Status"],
        "PENDING"
    );
    let update = json!({"SchemaId": {"SchemaName": "s"}, "Compatibility": "NONE"});
    assert_eq!(
        kind(updates::schema(call, input(update.clone()))),
        (
            "ConcurrentModificationException",
            "Schema is not available. SchemaName: s, Status: PENDING".to_owned()
        )
    );
    assert!(!service.settle().unwrap(), "an hour is not over");
    assert!(service.settle_at(LATER).unwrap());
    assert!(!service.settle_at(LATER).unwrap(), "nothing is left");
    assert_eq!(status(call), "AVAILABLE");
    assert_eq!(
        shown(call, &json!({"VersionNumber": 1}))["Status"],
        "AVAILABLE"
    );
    updates::schema(call, input(update)).unwrap();
}

#[test]
fn pending_versions_have_numbers_of_their_own_and_do_not_count_before_their_time() {
    let directory = TempDir::new().unwrap();
    let service = pending(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    service.settle_at(LATER).unwrap();
    let second = register(call, &avro("V2"));
    let third = register(call, &avro("V3"));
    assert_eq!(second["Status"], "PENDING");
    assert_eq!(
        (&second["VersionNumber"], &third["VersionNumber"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        register(call, &avro("V2")),
        second,
        "the same definition waits once"
    );
    assert_eq!(numbers(call), [Some(1), Some(1), Some(2)]);
    let found = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": avro("V3")});
    let found = lookups::by_definition(call, input(found)).unwrap();
    assert_eq!(serde_json::to_value(found).unwrap()["Status"], "PENDING");
    let checkpoint =
        json!({"SchemaId": {"SchemaName": "s"}, "SchemaVersionNumber": {"VersionNumber": 2}});
    let refused = kind(updates::schema(call, input(checkpoint)));
    assert_eq!(refused.0, "EntityNotFoundException");
    let refused = kind(delete_versions(call, "2"));
    assert_eq!(
        refused.1,
        "Versions cannot be deleted while the latest one is PENDING."
    );
    service.settle_at(LATER).unwrap();
    assert_eq!(numbers(call), [Some(1), Some(3), Some(4)]);
}

#[test]
fn what_waits_survives_a_restart() {
    let directory = TempDir::new().unwrap();
    let before = pending(&directory);
    create(call(&before), "BACKWARD");
    let waiting = register(call(&before), &avro("V2"));
    drop(before);
    let after = super::service(&directory.path().join("stub.redb"));
    let call = call(&after);
    assert_eq!(register(call, &avro("V2")), waiting);
    assert!(after.settle_at(LATER).unwrap());
    assert_eq!(numbers(call), [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_schema_on_its_way_out_is_seen_and_not_changed() {
    let directory = TempDir::new().unwrap();
    let service = deleting(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    let id = shown(call, &json!({"VersionNumber": 1}))["SchemaVersionId"].clone();
    for _ in 0..2 {
        deletion::schema(call, input(schema_id())).unwrap();
        assert_eq!(status(call), "DELETING");
    }
    let listed = schemas::list(call, input(json!({}))).unwrap();
    assert_eq!(
        serde_json::to_value(listed).unwrap(),
        json!({"Schemas": []})
    );
    shown(call, &json!({"VersionNumber": 1}));

    let busy = "ConcurrentModificationException";
    let definition = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": avro("V2")});
    let registered = super::versions::register(call, input(definition));
    assert_eq!(kind(registered).0, busy);
    let update = json!({"SchemaId": {"SchemaName": "s"}, "Compatibility": "NONE"});
    assert_eq!(kind(updates::schema(call, input(update))).0, busy);
    assert_eq!(kind(delete_versions(call, "2")).0, busy);
    let again = json!({"SchemaName": "s", "DataFormat": "JSON", "Compatibility": "NONE", "SchemaDefinition": "{}"});
    assert_eq!(
        kind(schemas::create(call, input(again.clone()))).0,
        "AlreadyExistsException"
    );
    let pair = json!({"SchemaVersionId": id, "MetadataKeyValue": {"MetadataKey": "k", "MetadataValue": "v"}});
    assert_eq!(
        kind(metadata::put(call, input(pair))).0,
        "InvalidInputException"
    );
    let arn = call.schema_arn("default-registry", "s");
    let tagged = tags::add(call, input(json!({"ResourceArn": arn, "TagsToAdd": {}})));
    assert_eq!(kind(tagged).0, "InvalidInputException");

    service.settle_at(LATER).unwrap();
    let gone = kind(schemas::get(call, input(schema_id())));
    assert_eq!(gone.0, "EntityNotFoundException");
    schemas::create(call, input(again)).unwrap();
}

#[test]
fn a_registry_on_its_way_out_takes_its_schemas_along() {
    let directory = TempDir::new().unwrap();
    let service = deleting(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    let id = json!({"RegistryId": {"RegistryName": "default-registry"}});
    deletion::registry(call, input(id.clone())).unwrap();
    let shown = registries::get(call, input(id.clone())).unwrap();
    assert_eq!(serde_json::to_value(shown).unwrap()["Status"], "DELETING");
    let listed = registries::list(call, input(json!({}))).unwrap();
    assert_eq!(
        serde_json::to_value(listed).unwrap(),
        json!({"Registries": []})
    );
    assert_eq!(status(call), "DELETING");
    let schema = json!({"SchemaName": "t", "DataFormat": "JSON", "Compatibility": "NONE", "SchemaDefinition": "{}"});
    let busy = "ConcurrentModificationException";
    assert_eq!(kind(schemas::create(call, input(schema.clone()))).0, busy);
    let update = json!({"RegistryId": {}, "Description": "d"});
    assert_eq!(kind(updates::registry(call, input(update))).0, busy);
    service.settle_at(LATER).unwrap();
    assert_eq!(
        kind(registries::get(call, input(id))).0,
        "EntityNotFoundException"
    );
    schemas::create(call, input(schema)).unwrap();
}

#[test]
fn versions_on_their_way_out_are_neither_latest_nor_found_by_registration() {
    let directory = TempDir::new().unwrap();
    let service = deleting(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    let second = register(call, &avro("V2"));
    assert_eq!(
        delete_versions(call, "2").unwrap(),
        json!({"SchemaVersionErrors": []})
    );
    assert_eq!(numbers(call), [Some(1), Some(1), Some(3)]);
    assert_eq!(
        shown(call, &json!({"VersionNumber": 2}))["Status"],
        "DELETING"
    );
    let again = register(call, &avro("V2"));
    assert_ne!(again["SchemaVersionId"], second["SchemaVersionId"]);
    assert_eq!(again["VersionNumber"], 3);
    service.settle_at(LATER).unwrap();
    let gone =
        json!({"SchemaId": {"SchemaName": "s"}, "SchemaVersionNumber": {"VersionNumber": 2}});
    assert_eq!(
        kind(lookups::get(call, input(gone))).0,
        "EntityNotFoundException"
    );
    assert_eq!(numbers(call), [Some(1), Some(3), Some(4)]);
}

#[test]
fn what_is_due_later_is_not_forgotten_over_what_is_due_now() {
    let directory = TempDir::new().unwrap();
    let service = pending(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    let id = json!({"RegistryId": {"RegistryName": "default-registry"}});
    let deed = Deed::RemoveRegistry("default-registry".to_owned());
    let later = |store: &mut Change<'_>| schedule(call, store, 3 * HOUR, deed);
    service.store.write(later).unwrap();
    let now = jiff::Timestamp::now().as_millisecond();
    let two_hours = u64::try_from(now).unwrap() + 2 * 3_600_000;
    assert!(service.settle_at(two_hours).unwrap());
    assert_eq!(status(call), "AVAILABLE");
    assert!(!service.settle_at(two_hours).unwrap());
    assert!(service.settle_at(LATER).unwrap());
    registries::get(call, input(id)).unwrap();
}

/// A version that has one field more than the first one, with a default unless that is null.
fn with_field(kind: &str, default: &Value) -> String {
    let mut field = json!({"name": "f", "type": kind, "default": default});
    if default.is_null() {
        field = json!({"name": "f", "type": kind});
    }
    json!({"type": "record", "name": "V1", "fields": [field]}).to_string()
}

/// Moves what is due with a version to another time.
fn put_off(service: &Service, version: &Value, to: u64) {
    let id = version["SchemaVersionId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let moved = service.store.write(|store| {
        let mut version = store.version("us-east-1", id)?.unwrap();
        let due = |at| Due {
            at,
            region: "us-east-1".to_owned(),
            deed: Deed::Judge(id),
        };
        store.remove_due(&due(version.due.unwrap()))?;
        store.add_due(&due(to))?;
        version.due = Some(to);
        store.put_version("us-east-1", &version)
    });
    moved.unwrap();
}

fn status_of(call: Call<'_>, number: u64) -> Value {
    shown(call, &json!({ "VersionNumber": number }))["Status"].clone()
}

#[test]
fn pending_versions_are_judged_by_their_numbers_whatever_their_times_are() {
    // As the clock or the configuration may have it: one after the other, all at once, the other way round.
    for times in [[10, 20, 30], [10, 10, 10], [30, 20, 10], [20, 30, 10]] {
        for _ in 0..4 {
            let directory = TempDir::new().unwrap();
            let service = pending(&directory);
            let call = call(&service);
            create(call, "BACKWARD");
            let first = shown(call, &json!({"VersionNumber": 1}));
            let second = register(call, &with_field("int", &json!(0)));
            let third = register(call, &with_field("string", &json!("")));
            for (version, at) in [first, second, third].iter().zip(times) {
                put_off(&service, version, at);
            }
            service.first_due.store(0, Ordering::Release);
            assert!(service.settle_at(30).unwrap());
            assert!(!service.settle_at(LATER).unwrap(), "nothing is left");
            assert_eq!(status(call), "AVAILABLE");
            let found = [1, 2, 3].map(|number| status_of(call, number));
            assert_eq!(found, ["AVAILABLE", "AVAILABLE", "FAILURE"], "{times:?}");
        }
    }
}

#[test]
fn where_nothing_waits_any_more_those_that_waited_are_judged_first() {
    let directory = TempDir::new().unwrap();
    let before = pending(&directory);
    create(call(&before), "BACKWARD");
    register(call(&before), &with_field("int", &json!(0)));
    drop(before);
    let after = super::service(&directory.path().join("stub.redb"));
    let call = call(&after);
    let third = register(call, &with_field("string", &json!("")));
    assert_eq!(
        (&third["Status"], &third["VersionNumber"]),
        (&json!("FAILURE"), &json!(3))
    );
    assert_eq!(
        [1, 2].map(|number| status_of(call, number)),
        ["AVAILABLE"; 2]
    );
    assert_eq!(status(call), "AVAILABLE");
}

#[test]
fn a_version_that_waits_again_is_not_judged_at_its_first_time() {
    let directory = TempDir::new().unwrap();
    let service = pending(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    service.settle_at(LATER).unwrap();
    let bad = with_field("int", &Value::Null);
    put_off(&service, &register(call, &bad), 20);
    put_off(&service, &register(call, &avro("V3")), 10);
    service.first_due.store(0, Ordering::Release);
    assert!(service.settle_at(10).unwrap());
    assert_eq!(
        [2, 3].map(|number| status_of(call, number)),
        ["FAILURE", "AVAILABLE"]
    );
    let again = register(call, &bad);
    assert_eq!(
        (&again["Status"], &again["VersionNumber"]),
        (&json!("PENDING"), &json!(4))
    );
    service.first_due.store(0, Ordering::Release);
    assert!(service.settle_at(20).unwrap());
    assert_eq!(status_of(call, 4), "PENDING", "it waits its own time");
    assert!(service.settle_at(LATER).unwrap());
    assert_eq!(status_of(call, 4), "FAILURE");
}

#[test]
fn a_breakdown_on_the_way_keeps_nothing_from_happening_later() {
    let directory = TempDir::new().unwrap();
    let service = pending(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    let broken = catch_unwind(AssertUnwindSafe(|| {
        service.settle_by(LATER, |_, _, _| panic!("on purpose"))
    }));
    assert!(broken.is_err());
    assert_eq!(status(call), "PENDING");
    assert!(service.settle_at(LATER).unwrap());
    assert_eq!(status(call), "AVAILABLE");
}

#[test]
fn a_version_that_cannot_be_judged_fails_and_says_so() {
    let panics = in_any_case(7, || panic!("on purpose")).unwrap();
    let damaged = in_any_case(7, || Err(StoreError::Damaged)).unwrap();
    for (verdict, why) in [
        (
            panics,
            "version 7: not-judged: the comparison broke down; the log says where",
        ),
        (
            damaged,
            "version 7: not-judged: a record in the data file cannot be read",
        ),
    ] {
        assert_eq!(
            (verdict.status, verdict.why().as_str()),
            (Status::Failure, why)
        );
    }
    assert!(in_any_case(7, || Err(StoreError::Closed)).is_err());
}

#[test]
fn what_cannot_be_done_keeps_nothing_else_from_happening() {
    let directory = TempDir::new().unwrap();
    let service = pending(&directory);
    let call = call(&service);
    create(call, "BACKWARD");
    service.settle_at(LATER).unwrap();
    let mut unreadable = fail(call, "{", 0);
    unreadable.status = Status::Pending;
    let waiting = call.service.store.write(|store| {
        store.put_version(call.region, &unreadable)?;
        schedule(call, store, Duration::ZERO, Deed::Judge(unreadable.id))
    });
    waiting.unwrap();
    register(call, &avro("V2"));
    assert!(service.settle_at(LATER).unwrap());
    assert!(!service.settle_at(LATER).unwrap(), "nothing is left");
    let latest = shown(call, &json!({"LatestVersion": true}));
    assert_eq!(latest["SchemaDefinition"], avro("V2"));
    assert_eq!(latest["Status"], "AVAILABLE");
    let (version, reasons) = service
        .store
        .read(|store| {
            let version = store.version(call.region, unreadable.id)?.unwrap();
            Ok::<_, StoreError>((version, store.reasons(call.region, unreadable.id)?))
        })
        .unwrap();
    assert_eq!(version.status, Status::Failure);
    assert_eq!(reasons[0].rule, "not-judged");
}
