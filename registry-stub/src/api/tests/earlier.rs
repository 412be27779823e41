//! Definitions that an earlier program took and this one would refuse.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::{call, deletion, input, lookups, schemas, service, shown, updates, versions};
use crate::api::error::ApiError;
use crate::api::{Call, difference, now};
use crate::definition::{Canonical, Format};
use crate::store::{Status, StoreError, Version};

/// By format: a definition that is valid, one that was taken once, and what is wrong with that one.
const CASES: [(Format, &str, &str, &str); 3] = [
    (
        Format::Avro,
        r#"{"type":"record","name":"R","fields":[]}"#,
        r#"{"type":"record","name":"R","fields":[{"name":"f","type":"strin"}]}"#,
        "strin",
    ),
    (
        Format::Json,
        r#"{"title":"t"}"#,
        "{\"type\": \"long\" }\n",
        "no such type",
    ),
    (
        Format::Protobuf,
        "syntax = \"proto2\"; message M { }",
        "syntax = \"proto2\"; message M { optional group G = 1 { } } // old",
        "groups are not supported",
    ),
];

/// A file with a schema of two versions, of which the second is as an earlier program wrote it.
fn written_before(path: &Path, (format, first, second): (Format, &str, &str)) -> Uuid {
    let service = service(path);
    let call = call(&service);
    let schema = json!({"SchemaName": "s", "DataFormat": format.as_str(), "Compatibility": "BACKWARD", "SchemaDefinition": first});
    schemas::create(call, input(schema)).unwrap();
    let id = Uuid::new_v4();
    let written = service.store.write(|store| {
        let mut schema = store.schema(call.region, "default-registry", "s")?.unwrap();
        let version = Version {
            id,
            registry: schema.registry.clone(),
            schema: schema.name.clone(),
            number: 2,
            status: Status::Available,
            created: now(),
            metadata: Vec::new(),
            compared: vec![1],
            due: None,
        };
        let fingerprint = Canonical::of(format, second).fingerprint();
        store.add_version(call.region, &version, second, fingerprint)?;
        (schema.latest, schema.next) = (Some(2), 3);
        store.put_schema(call.region, &schema)
    });
    written.unwrap();
    id
}

fn registered(call: Call<'_>, text: &str) -> Result<Value, ApiError> {
    let version = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": text});
    versions::register(call, input(version)).map(|done| serde_json::to_value(done).unwrap())
}

#[test]
fn they_are_served_byte_for_byte() {
    for (format, first, second, _) in CASES {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("stub.redb");
        let id = written_before(&path, (format, first, second));
        let service = service(&path);
        let call = call(&service);
        for which in [json!({"VersionNumber": 2}), json!({"LatestVersion": true})] {
            let version = shown(call, &which);
            assert_eq!(version["SchemaDefinition"], second);
            assert_eq!(version["SchemaVersionId"], id.to_string());
            assert_eq!(version["Status"], "AVAILABLE");
        }
        let schema = json!({"SchemaId": {"SchemaName": "s"}});
        let listed = lookups::list(call, input(schema)).unwrap();
        let listed = serde_json::to_value(listed).unwrap();
        assert_eq!(listed["Schemas"][0]["SchemaVersionId"], id.to_string());
        let by_text = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDefinition": second});
        let found = lookups::by_definition(call, input(by_text)).unwrap();
        assert_eq!(
            serde_json::to_value(found).unwrap()["SchemaVersionId"],
            id.to_string()
        );
        let two = json!({"SchemaId": {"SchemaName": "s"}, "SchemaDiffType": "SYNTAX_DIFF",
            "FirstSchemaVersionNumber": {"VersionNumber": 1}, "SecondSchemaVersionNumber": {"VersionNumber": 2}});
        assert!(difference::get(call, input(two)).is_ok(), "{format}");
    }
}

#[test]
fn they_stand_against_a_new_version_until_they_do_not_count() {
    for (format, first, second, wrong) in CASES {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("stub.redb");
        written_before(&path, (format, first, second));
        let service = service(&path);
        let call = call(&service);
        let third = format!(" {first}")
            .replace("\"t\"", "\"u\"")
            .replace('R', "S")
            .replace("M {", "M { reserved 9;");
        let refused = registered(call, &third).unwrap();
        assert_eq!(refused["Status"], "FAILURE", "{format}");
        let id = refused["SchemaVersionId"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let reasons = service
            .store
            .read(|store| store.reasons(call.region, id))
            .unwrap();
        let [reason] = reasons.as_slice() else {
            panic!("{reasons:?}");
        };
        assert_eq!(
            (reason.version, reason.rule.as_str()),
            (2, "invalid-definition")
        );
        assert!(reason.writer.contains(wrong), "{}", reason.writer);

        let delete = json!({"SchemaId": {"SchemaName": "s"}, "Versions": "2"});
        let update = json!({"SchemaId": {"SchemaName": "s"}, "Compatibility": "NONE"});
        updates::schema(call, input(update)).unwrap();
        assert_eq!(registered(call, &third).unwrap()["Status"], "AVAILABLE");
        deletion::versions(call, input(delete)).unwrap();
        let gone = service.store.read(|store| {
            let schema = store.schema(call.region, "default-registry", "s")?.unwrap();
            store.all_numbered(call.region, &schema, 2)
        });
        assert_eq!(
            gone.map_err(|error: StoreError| error.to_string()),
            Ok(Vec::new())
        );
    }
}

#[test]
fn they_are_not_taken_again() {
    for (format, first, second, wrong) in CASES {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("stub.redb");
        written_before(&path, (format, first, second));
        let service = service(&path);
        let refused = registered(call(&service), second).err().unwrap();
        assert!(refused.to_string().contains(wrong), "{refused}");
    }
}
