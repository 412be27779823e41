//! Which inputs are taken for the ones that a mark was made for.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A folder with an input of these bytes.
fn input(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.ndjson");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn place(line: u64, offset: u64) -> Place {
    Place { line, offset }
}

fn mark(path: &Path, at: Place) -> Mark {
    Mark::of(&File::open(path).unwrap(), "orders", at).unwrap()
}

/// Where a mark is in an input that has become these bytes.
fn found(mark: &Mark, path: &Path, bytes: &[u8]) -> Result<Place, MarkError> {
    fs::write(path, bytes).unwrap();
    mark.place_in(&File::open(path).unwrap(), "orders")
}

#[test]
fn a_mark_reads_back_and_is_replaced_as_a_whole() {
    let (folder, path) = input(b"a\nb\n");
    let file = folder.path().join("mark");
    assert_eq!(Mark::read(&file).unwrap(), None);
    for at in [place(0, 0), place(1, 2), place(2, 4)] {
        mark(&path, at).write(&file).unwrap();
        assert_eq!(Mark::read(&file).unwrap(), Some(mark(&path, at)));
    }
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 2, "nothing else is left");
}

#[test]
fn what_a_killed_process_left_is_no_obstacle_and_is_not_written_through() {
    let (folder, path) = input(b"a\n");
    let (file, other) = (folder.path().join("mark"), folder.path().join("other"));
    fs::write(&other, "mine").unwrap();
    symlink(&other, folder.path().join("mark.new")).unwrap();
    mark(&path, place(1, 2)).write(&file).unwrap();
    assert!(Mark::read(&file).unwrap().is_some());
    assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
}

#[test]
fn what_is_no_mark_is_refused() {
    let (folder, path) = input(b"a\n");
    let file = folder.path().join("mark");
    mark(&path, place(1, 2)).write(&file).unwrap();
    let good = fs::read_to_string(&file).unwrap();
    for bad in [
        String::new(),
        good[..good.len() / 2].to_owned(),
        good.replace("\"line\":1", "\"line\":-1"),
        good.replace("\"gluestream_progress\":1", "\"gluestream_progress\":2"),
        good.replace("\"line\"", "\"more\":1,\"line\""),
        format!("{}{good}", " ".repeat(5_000)),
    ] {
        fs::write(&file, &bad).unwrap();
        let error = Mark::read(&file).unwrap_err();
        assert!(matches!(error, MarkError::Form { .. }), "{bad}: {error}");
    }
    let error = Mark::read(folder.path()).unwrap_err();
    assert!(matches!(error, MarkError::Form { .. }), "{error}");
}

#[test]
fn an_input_that_has_grown_is_the_same_and_every_other_is_not() {
    let (_folder, path) = input(b"one\ntwo\nthree\n");
    let at = place(2, 8);
    let mark = mark(&path, at);
    for same in ["one\ntwo\n", "one\ntwo\nthree\n", "one\ntwo\nanother\nfour"] {
        assert_eq!(found(&mark, &path, same.as_bytes()).unwrap(), at, "{same}");
    }
    for shorter in ["", "one\ntwo"] {
        let error = found(&mark, &path, shorter.as_bytes()).unwrap_err();
        assert!(matches!(error, MarkError::Shorter { offset: 8, .. }));
    }
    for other in ["two\ntwo\nthree\n", "one\ntwx\nthree\n", "onetwo\n\nthree"] {
        let error = found(&mark, &path, other.as_bytes()).unwrap_err();
        assert!(matches!(error, MarkError::Replaced { line: 2 }), "{other}");
    }
}

#[test]
fn beginning_and_end_of_a_long_input_are_looked_at() {
    let whole = vec![b'\n'; 100_000];
    let (_folder, path) = input(&whole);
    let at = place(50_000, 50_000);
    let mark = mark(&path, at);
    for (changed, is_same) in [(0, false), (4_095, false), (49_999, false), (50_000, true)] {
        let mut bytes = whole.clone();
        bytes[changed] = b'x';
        assert_eq!(found(&mark, &path, &bytes).is_ok(), is_same, "{changed}");
    }
}

#[test]
fn a_last_line_without_an_end_may_get_one_and_nothing_else() {
    let (_folder, path) = input(b"a\nbc");
    let mark = mark(&path, place(2, 4));
    for (bytes, offset) in [
        ("a\nbc", Some(4)),
        ("a\nbc\n", Some(5)),
        ("a\nbc\nd", Some(5)),
        ("a\nbc\r\nd", Some(6)),
        ("a\nbcd\n", None),
        ("a\nbc\rd\n", None),
        ("a\nbc\r", None),
    ] {
        let found = found(&mark, &path, bytes.as_bytes());
        assert_eq!(found.map(|at| at.offset).ok(), offset, "{bytes:?}");
    }
}

#[test]
fn a_mark_of_another_topic_is_refused() {
    let (_folder, path) = input(b"a\n");
    let error = mark(&path, place(1, 2))
        .place_in(&File::open(&path).unwrap(), "others")
        .unwrap_err();
    assert!(matches!(error, MarkError::Topic { topic } if topic == "orders"));
}

#[test]
fn only_a_file_that_nobody_holds_is_opened() {
    let (folder, path) = input(b"a\n");
    assert!(matches!(open(folder.path()), Err(MarkError::NoFile)));
    assert!(matches!(
        open(Path::new("/dev/null")),
        Err(MarkError::NoFile)
    ));
    let missing = open(&folder.path().join("missing"));
    assert!(matches!(missing, Err(MarkError::Input(_))));
    let held = open(&path).unwrap();
    assert!(matches!(open(&path), Err(MarkError::Held)));
    drop(held);
    assert!(open(&path).is_ok());
}
