//! What is done before the store is written, and what others write in between.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::{avro, call, create, deletion, input, register, schemas, service, versions};
use crate::api::beside::judged;
use crate::api::error::ApiError;
use crate::api::identity::{SchemaId, SchemaRef};
use crate::api::{Call, Service};
use crate::definition::{Draft, Format};
use crate::store::{Status, StoreError};

/// Registers nothing, and holds the definition against the versions of now.
fn looked_ahead(service: &Service, text: String) -> (Draft, Status) {
    let mut draft = Draft::read(Format::Avro, text).unwrap();
    let call = call(service);
    let verdict = service.store.read(|store| {
        let schema = store.schema(call.region, "default-registry", "s")?.unwrap();
        judged(call, store, &schema, &mut draft)
    });
    (draft, verdict.unwrap().status)
}

fn wanted(call: Call<'_>) -> SchemaRef {
    let id: SchemaId = input(json!({"SchemaName": "s"}));
    id.resolve(call).unwrap()
}

fn with_field(kind: &str, default: &str) -> String {
    let field = format!(r#"{{"name":"f","type":"{kind}","default":{default}}}"#);
    format!(r#"{{"type":"record","name":"V1","fields":[{field}]}}"#)
}

#[test]
fn a_verdict_is_against_the_versions_that_are_there_when_it_is_written() {
    for mode in ["BACKWARD", "BACKWARD_ALL"] {
        let directory = TempDir::new().unwrap();
        let service = service(&directory.path().join("stub.redb"));
        let call = call(&service);
        create(call, mode);
        let (mut draft, ahead) = looked_ahead(&service, with_field("string", "\"\""));
        assert_eq!(ahead, Status::Available);
        register(call, &with_field("int", "0"));
        let (version, _) = service
            .store
            .write(|store| versions::register_in(call, store, &wanted(call), &mut draft))
            .unwrap();
        assert_eq!(version.status, Status::Failure);
        assert_eq!(version.compared.last(), Some(&2));
    }
}

#[test]
fn a_schema_that_was_made_anew_in_between_reads_the_definition_as_its_own() {
    let directory = TempDir::new().unwrap();
    let service = service(&directory.path().join("stub.redb"));
    let call = call(&service);
    create(call, "BACKWARD");
    let (mut draft, _) = looked_ahead(&service, avro("V2"));
    deletion::schema(call, input(json!({"SchemaId": {"SchemaName": "s"}}))).unwrap();
    let schema = json!({"SchemaName": "s", "DataFormat": "JSON", "Compatibility": "NONE"});
    schemas::create(call, input(schema)).unwrap();
    let refused = service
        .store
        .write(|store| versions::register_in(call, store, &wanted(call), &mut draft));
    assert!(matches!(
        refused,
        Err(ApiError::Definition { format: "JSON", .. })
    ));
}

#[test]
fn a_definition_is_read_while_another_request_writes() {
    let directory = TempDir::new().unwrap();
    let service = service(&directory.path().join("stub.redb"));
    let call = call(&service);
    create(call, "BACKWARD");
    let (done, refused) = mpsc::sync_channel(1);
    thread::scope(|scope| {
        let answered = service.store.write(|_| {
            scope.spawn(move || {
                let bad = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": "{"});
                let registered = versions::register(call, input(bad)).is_err();
                done.send(registered).ok();
            });
            Ok::<_, StoreError>(refused.recv_timeout(Duration::from_secs(20)))
        });
        assert_eq!(answered.unwrap(), Ok(true));
    });
}
