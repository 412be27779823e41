//! Tests of the file: what is read back, what is refused, and many who share it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use super::*;

fn version(number: u128) -> SchemaVersion {
    SchemaVersion {
        id: Uuid::from_u128(number),
        registry: Some("customer".to_owned()),
        schema_name: Some("orders-value".to_owned()),
        number: u64::try_from(number).ok(),
        ..SchemaVersion::unregistered(DataFormat::Avro, format!("{{\"x\":\n{number}}}\u{2028}"))
    }
}

/// A folder of its own, which goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("snapshot-{}", Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// A file that is not there yet.
    fn file(&self, most: usize) -> SnapshotFile {
        SnapshotFile {
            path: self.0.join("schemas"),
            from: "us-east-1".to_owned(),
            most,
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn what_is_written_is_read_and_the_newest_come_first() {
    let folder = Folder::new();
    let file = folder.file(10);
    assert!(file.read().unwrap().is_none());
    file.write(&[version(1), version(2)]).unwrap();
    assert_eq!(file.read().unwrap().unwrap(), [version(1), version(2)]);
    // Another process writes what it knows.
    folder.file(3).write(&[version(3), version(2)]).unwrap();
    let all = [version(3), version(2), version(1)];
    assert_eq!(file.read().unwrap().unwrap(), all);
    folder.file(2).write(&[version(4)]).unwrap();
    assert_eq!(file.read().unwrap().unwrap(), [version(4), version(3)]);
}

#[test]
fn a_file_that_is_not_whole_is_refused_at_every_byte() {
    let folder = Folder::new();
    let file = folder.file(10);
    file.write(&[version(1)]).unwrap();
    let whole = fs::read(&file.path).unwrap();
    for cut in 0..whole.len() {
        fs::write(&file.path, &whole[..cut]).unwrap();
        assert!(file.read().is_err(), "cut at {cut}");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&file.path, &bytes).unwrap();
        assert!(file.read().is_err(), "changed at {at}");
    }
    let newer = String::from_utf8(whole)
        .unwrap()
        .replace("schemas 1", "schemas 2");
    assert!(matches!(parse(&newer), Err(SnapshotError::Kind)));
    // It is replaced all the same.
    file.write(&[version(2)]).unwrap();
    assert_eq!(file.read().unwrap().unwrap(), [version(2)]);
}

#[test]
fn versions_that_may_not_be_written_with_are_left_out_and_nothing_but_the_lock_stays_behind() {
    let refused = SchemaVersion {
        status: VersionStatus::Failure,
        ..version(1)
    };
    let folder = Folder::new();
    let file = folder.file(10);
    // A process was killed while it wrote.
    fs::write(folder.0.join("schemas.new"), "half").unwrap();
    file.write(&[refused]).unwrap();
    assert_eq!(file.read().unwrap().unwrap(), []);
    assert_eq!(folder.names(), ["schemas", "schemas.lock"]);
    let nowhere = SnapshotFile {
        path: folder.0.join("no/such"),
        ..file
    };
    assert!(nowhere.write(&[version(1)]).is_err());
}

#[test]
fn many_who_write_at_once_lose_nothing() {
    let folder = Folder::new();
    let file = folder.file(100);
    for round in 0..5 {
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|threads| {
            for number in 0..8 {
                let (file, start) = (&file, &start);
                threads.spawn(move || {
                    start.wait();
                    file.write(&[version(round * 8 + number)]).unwrap();
                });
            }
        });
        let known = file.read().unwrap().unwrap().len();
        assert_eq!(u128::try_from(known).unwrap(), (round + 1) * 8);
    }
}

#[test]
fn a_lock_that_is_held_for_ever_is_given_up() {
    let folder = Folder::new();
    let file = folder.file(10);
    file.write(&[version(1)]).unwrap();
    let lock = File::open(folder.0.join("schemas.lock")).unwrap();
    lock.lock().unwrap();
    let error = file.write_within(Duration::ZERO, &[version(2)]);
    assert!(matches!(error, Err(SnapshotError::Locked)), "{error:?}");
    assert_eq!(file.read().unwrap().unwrap(), [version(1)]);
    drop(lock);
    file.write_within(Duration::ZERO, &[version(2)]).unwrap();
}

#[test]
fn a_number_that_is_known_stays_known() {
    let folder = Folder::new();
    let file = folder.file(10);
    file.write(&[version(1)]).unwrap();
    let nameless = SchemaVersion {
        number: None,
        ..version(1)
    };
    file.write(std::slice::from_ref(&nameless)).unwrap();
    assert_eq!(file.read().unwrap().unwrap(), [version(1)]);
    // One service's number is no other's.
    let other = SnapshotFile {
        from: "eu-central-1".to_owned(),
        ..file
    };
    other.write(std::slice::from_ref(&nameless)).unwrap();
    assert_eq!(other.read().unwrap().unwrap(), [nameless]);
}

#[test]
fn each_registry_service_has_its_own_versions_and_all_stay_in_the_file() {
    let folder = Folder::new();
    let here = folder.file(10);
    let there = SnapshotFile {
        from: "http://127.0.0.1:8181 us-east-1".to_owned(),
        ..here.clone()
    };
    here.write(&[version(1)]).unwrap();
    assert_eq!(there.read().unwrap().unwrap(), []);
    there.write(&[version(2)]).unwrap();
    assert_eq!(here.read().unwrap().unwrap(), [version(1)]);
    assert_eq!(there.read().unwrap().unwrap(), [version(2)]);

    // An earlier release did not say where a version is from.
    let line = r#"{"id":"00000000-0000-0000-0000-000000000003","registry":null,"schema":null,"number":3,"format":"AVRO","definition":"\"int\""}"#;
    let body = format!("{line}\n");
    fs::write(&here.path, format!("{}\n{body}", head_of(&body))).unwrap();
    for file in [&here, &there] {
        assert_eq!(file.read().unwrap().unwrap()[0].number, Some(3));
    }
    here.write(&[version(1)]).unwrap();
    assert_eq!(there.read().unwrap().unwrap()[0].number, Some(3));
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_replaced() {
    let folder = Folder::new();
    let pipe = folder.0.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [pipe, PathBuf::from("/dev/null"), folder.0.clone()] {
        let link = folder.0.join("link");
        symlink(&path, &link).unwrap();
        let file = SnapshotFile {
            path: link.clone(),
            ..folder.file(10)
        };
        let error = file.read();
        assert!(matches!(error, Err(SnapshotError::NoFile)), "{error:?}");
        assert!(file.write(&[version(1)]).is_err(), "{path:?}");
        assert!(!fs::metadata(&path).unwrap().is_file(), "{path:?}");
        fs::remove_file(&link).unwrap();
    }
}

#[test]
fn the_file_behind_a_link_is_replaced_and_the_link_stays() {
    let folder = Folder::new();
    let file = folder.file(10);
    let behind = folder.0.join("behind");
    fs::create_dir(&behind).unwrap();
    symlink("behind/second", &file.path).unwrap();
    symlink("third", behind.join("second")).unwrap();
    for number in 1..3 {
        file.write(&[version(number)]).unwrap();
    }
    assert!(fs::symlink_metadata(&file.path).unwrap().is_symlink());
    assert!(behind.join("third").is_file());
    assert_eq!(file.read().unwrap().unwrap(), [version(2), version(1)]);

    fs::remove_file(&file.path).unwrap();
    symlink("schemas", &file.path).unwrap();
    assert!(file.write(&[version(1)]).is_err(), "a ring of links");
}
