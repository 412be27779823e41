//! Older files, accounts, and what is due.

use std::path::Path;

use redb::{Database, TableDefinition};
use serde_json::json;
use uuid::Uuid;

use super::{Deed, Due, FORMAT, Snapshot, Status, Store, StoreError, Wanted};
use crate::definition::{Canonical, Format};

const REGION: &str = "us-east-1";
const PROTO: &str = "syntax = \"proto3\"; // one\nmessage M {}";

/// A file as the first format had it: no account in the keys, Protobuf known by its bytes, four tables fewer members.
fn first_format(path: &Path, id: Uuid) {
    let fingerprint = 0x1234_5678_9abc_def0_u64;
    let registry = json!({"name": "r", "description": null, "tags": {"a": "b"}, "created": "c", "updated": "u"});
    let schema = json!({"registry": "r", "name": "s", "format": "PROTOBUF", "mode": "BACKWARD", "description": "d", "tags": {},
        "checkpoint": 1, "latest": 1, "next": 2, "created": "c", "updated": "u"});
    let version = json!({"id": id.to_string(), "registry": "r", "schema": "s", "number": 1, "status": "AVAILABLE", "created": "c"});
    let rows = [
        ("registries", format!("{REGION}\0r"), registry.to_string()),
        ("schemas", format!("{REGION}\0r\0s"), schema.to_string()),
        ("versions", format!("{REGION}\0{id}"), version.to_string()),
        ("definitions", format!("{REGION}\0{id}"), PROTO.to_owned()),
        (
            "history",
            format!("{REGION}\0r\0s\0{:020}\0{id}", 1),
            String::new(),
        ),
        (
            "fingerprints",
            format!("{REGION}\0r\0s\0{fingerprint:016x}\0{id}"),
            String::new(),
        ),
    ];
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    let meta: TableDefinition<'_, &str, u64> = TableDefinition::new("gluestream-registry-stub");
    transaction
        .open_table(meta)
        .unwrap()
        .insert("format", 1)
        .unwrap();
    for (name, key, value) in &rows {
        let table: TableDefinition<'_, &str, &[u8]> = TableDefinition::new(name);
        let mut table = transaction.open_table(table).unwrap();
        table.insert(key.as_str(), value.as_bytes()).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn a_file_of_the_first_format_is_read_and_belongs_to_its_first_account() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("stub.redb");
    let id = Uuid::new_v4();
    first_format(&path, id);
    for _ in 0..2 {
        let store = Store::open(&path, "123456789012").unwrap();
        store
            .read(|view| {
                let schema = view.schema(REGION, "r", "s")?.unwrap();
                assert_eq!((schema.status, schema.next), (Status::Available, 2));
                assert_eq!(view.registry(REGION, "r")?.unwrap().tags["a"], "b");
                let version = view.numbered(REGION, &schema, 1)?.unwrap();
                assert_eq!(
                    (version.id, view.definition(REGION, id)?.as_str()),
                    (id, PROTO)
                );
                let other = Canonical::of(Format::Protobuf, "syntax=\"proto3\";message M{}");
                assert_eq!(view.alike(REGION, &schema, other.fingerprint())?, [version]);
                assert_eq!(view.regions()?, [REGION]);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
    let store = Store::open(&path, "000000000000").unwrap();
    let seen =
        store.read(|view| Ok::<_, StoreError>((view.regions()?, view.schema_count(REGION)?)));
    assert_eq!(seen.unwrap(), (Vec::new(), 0));
    assert_eq!(FORMAT, 2);
}

#[test]
fn accounts_in_one_file_do_not_see_each_other() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("stub.redb");
    let all = Wanted {
        after: None,
        limit: 9,
    };
    for account in ["000000000001", "000000000002", "000000000010"] {
        let store = Store::open(&path, account).unwrap();
        let registry = super::Registry {
            name: format!("of-{account}"),
            description: None,
            tags: super::Tags::new(),
            created: String::new(),
            updated: String::new(),
            status: Status::Available,
        };
        store
            .write(|change| change.put_registry(REGION, &registry))
            .unwrap();
        let listed = store.read(|view| view.registries(REGION, &all)).unwrap();
        assert_eq!(listed.items, [registry]);
        let regions = store.read(Snapshot::regions).unwrap();
        assert_eq!(regions, [REGION]);
    }
}

#[test]
fn what_is_due_comes_back_in_its_order() {
    let store = Store::in_memory("000000000000").unwrap();
    let id = Uuid::new_v4();
    let due = |at: u64, deed: Deed| Due {
        at,
        region: REGION.to_owned(),
        deed,
    };
    let schema = Deed::RemoveSchema {
        registry: "r".to_owned(),
        schema: "s".to_owned(),
    };
    let all = [
        due(20, Deed::RemoveRegistry("r".to_owned())),
        due(3, schema),
        due(100, Deed::Judge(id)),
        due(u64::MAX, Deed::RemoveVersion(id)),
    ];
    store
        .write(|change| all.iter().try_for_each(|due| change.add_due(due)))
        .unwrap();
    // As a later program may leave it.
    let unknown = |change: &mut super::Change<'_>| {
        let key = change.key(["1", REGION, "paint", "green"]);
        change.due.insert(key.as_str(), [].as_slice())?;
        Ok::<_, StoreError>(())
    };
    store.write(unknown).unwrap();
    let mut taken = Vec::new();
    while let Some(due) = store.read(Snapshot::first_due).unwrap() {
        store.write(|change| change.remove_due(&due)).unwrap();
        taken.push(due);
    }
    let [twenty, three, hundred, last] = all;
    assert_eq!(taken, [three, twenty, hundred, last]);
}
