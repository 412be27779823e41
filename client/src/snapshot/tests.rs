//! Tests of what a snapshot finds, and of files that are none.

use uuid::Uuid;

use super::*;

fn snapshot(numbers: &[Option<u64>]) -> Snapshot {
    let version = |number: &Option<u64>| SchemaVersion {
        id: Uuid::new_v4(),
        registry: Some("customer".to_owned()),
        schema_name: Some("orders-value".to_owned()),
        number: *number,
        ..SchemaVersion::unregistered(DataFormat::Avro, "\"int\"".to_owned())
    };
    Snapshot {
        file: SnapshotFile {
            path: "nowhere".into(),
            from: "aws us-east-1".to_owned(),
            most: 10,
        },
        versions: numbers.iter().map(version).collect(),
    }
}

#[test]
fn the_newest_is_the_one_with_the_highest_number_and_none_counts_as_new() {
    let name = SchemaName::new("customer", "orders-value");
    for (numbers, newest) in [
        (&[Some(1), Some(3), Some(2)][..], 1),
        (&[Some(3), None, Some(2)], 1),
        (&[None, None, Some(2)], 0),
    ] {
        let snapshot = snapshot(numbers);
        let found = snapshot.find(Way::Pin(Pin::Latest), &name, None, DataFormat::Avro);
        assert_eq!(found, Some(&snapshot.versions[newest]), "{numbers:?}");
    }
}

#[test]
fn what_is_no_file_is_no_snapshot() {
    let mut config = crate::registry::tests::defaults();
    config.cache.snapshot = Some("/dev/null".into());
    assert!(Snapshot::open(&config, "aws us-east-1").is_none());
    config.cache.snapshot = Some("/no/such/file".into());
    assert!(Snapshot::open(&config, "aws us-east-1").is_some());
}
