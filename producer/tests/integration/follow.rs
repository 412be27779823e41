//! The `ndjson` source on files that grow, are rotated, or are compressed.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use runtime::lifecycle::Exit;

use crate::app::{App, World, until};
use crate::ndjson::{file, ids, order, settings};

const FOLLOW: (&str, &str) = ("source.follow", "true");
const RESUME: (&str, &str) = ("source.resume", "true");
/// One partition, so that the order can be seen.
const KEY: (&str, &str) = ("source.key", "user_id");

fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| order(number) + "\n").collect()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the file opens");
    file.write_all(text.as_bytes())
        .expect("the file is written");
}

/// Whether this process has the file open that has the name now.
fn is_open(path: &Path) -> bool {
    let opened = fs::read_dir("/proc/self/fd").expect("a process has files");
    let mut links = opened.flatten().map(|file| fs::read_link(file.path()));
    links.any(|link| link.is_ok_and(|link| link == path))
}

async fn delivered(app: &App, count: u64) {
    until("the lines are delivered", || {
        app.progress.delivered() == count
    })
    .await;
}

fn expect(world: &World, numbers: std::ops::Range<usize>) {
    let expected: Vec<String> = numbers.map(|number| format!("id-{number}")).collect();
    assert_eq!(ids(world), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_is_followed_and_a_line_waits_for_its_end() {
    let (world, directory) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let path = directory.path().join("orders.ndjson");
    append(&path, &lines(0..2));
    let app = world.start(&settings(&path, &[FOLLOW, KEY])).await;
    delivered(&app, 2).await;
    let (begun, rest) = (order(2), order(3));
    let (head, tail) = begun.split_at(20);
    append(&path, head);
    append(&path, &format!("{tail}\n{rest}"));
    delivered(&app, 3).await;
    append(&path, "\n");
    delivered(&app, 4).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(app.progress.rejected(), 0);
    expect(&world, 0..4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_moved_away_is_read_to_its_end_and_then_the_one_in_its_place() {
    let (world, directory) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let (path, moved) = (
        directory.path().join("orders.ndjson"),
        directory.path().join("orders.ndjson.1"),
    );
    append(&path, &lines(0..3));
    let app = world.start(&settings(&path, &[FOLLOW, KEY])).await;
    delivered(&app, 3).await;
    fs::rename(&path, &moved).expect("the file is moved");
    append(&path, &lines(5..7));
    // Who writes has not noticed yet; its last line never gets its end.
    append(&moved, &(lines(3..4) + &order(4)));
    delivered(&app, 7).await;
    append(&path, &lines(7..9));
    delivered(&app, 9).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    expect(&world, 0..9);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_came_and_went_while_the_first_was_being_sent_are_read_in_their_order() {
    let (world, directory) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let path = directory.path().join("orders.ndjson");
    append(&path, &lines(0..2));
    // Few may be on their way, so that the rest of the file is still to be read.
    let few = ("source.in_flight_records", "10");
    let app = world.start(&settings(&path, &[FOLLOW, KEY, few])).await;
    delivered(&app, 2).await;
    world.take_broker_away();
    append(&path, &lines(2..40_000));
    for (number, range) in [(1, 40_000..40_003), (2, 40_003..40_006)] {
        fs::rename(&path, directory.path().join(format!("old.{number}"))).expect("it is moved");
        append(&path, &lines(range));
        until("it is seen", || is_open(&path)).await;
    }
    world.bring_broker_back();
    delivered(&app, 40_006).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    expect(&world, 0..40_006);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_cut_is_read_from_its_new_beginning() {
    let (world, directory) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let path = directory.path().join("orders.ndjson");
    append(&path, &lines(0..50));
    let app = world.start(&settings(&path, &[FOLLOW, KEY])).await;
    delivered(&app, 50).await;
    fs::write(&path, "").expect("the file is cut");
    append(&path, &lines(50..52));
    delivered(&app, 52).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    expect(&world, 0..52);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_rotated_is_gone_on_with_and_nothing_comes_twice() {
    let (world, directory) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let (path, moved) = (
        directory.path().join("orders.ndjson"),
        directory.path().join("orders.ndjson.1"),
    );
    let settings = settings(&path, &[FOLLOW, RESUME, KEY]);
    append(&path, &lines(100..103));
    let app = world.start(&settings).await;
    delivered(&app, 3).await;
    fs::rename(&path, &moved).expect("the file is moved");
    append(&path, &lines(103..106));
    delivered(&app, 6).await;
    assert_eq!(app.drained().await.exit, Exit::Done);

    append(&path, &lines(106..108));
    let app = world.start(&settings).await;
    delivered(&app, 2).await;
    // As many lines and bytes as before: only that it is another file tells the places apart.
    fs::rename(&path, &moved).expect("the file is moved");
    append(&path, &lines(108..113));
    delivered(&app, 7).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    let app = world.start(&settings).await;
    append(&path, &lines(113..114));
    delivered(&app, 1).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    expect(&world, 100..114);

    // Rotated while nobody read: what was sent of the old file is known, and the new one is not it.
    fs::rename(&path, &moved).expect("the file is moved");
    append(&path, &lines(114..130));
    let failure = world
        .try_start(&settings, None)
        .await
        .err()
        .expect("the start fails");
    assert_eq!(failure.exit, Exit::Configuration);
    assert!(
        failure.to_string().contains("it was replaced or changed"),
        "{failure}"
    );
}

fn gzip(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer
        .write_all(text.as_bytes())
        .expect("memory is written");
    writer.finish().expect("memory is written")
}

fn zst(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).expect("memory is written")
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_files_are_read_whatever_they_are_called() {
    for pack in [gzip, zst] {
        let (world, packed) = (World::new().await, file(&pack(&lines(0..3_000))));
        let app = world.start(&settings(packed.path(), &[KEY])).await;
        assert_eq!(app.ended().await.exit, Exit::Done);
        expect(&world, 0..3_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_file_that_was_cut_ends_with_65_after_its_good_lines() {
    let packed = gzip(&lines(0..20_000));
    let (world, cut) = (World::new().await, file(&packed[..packed.len() / 2]));
    let app = world.start(&settings(cut.path(), &[KEY])).await;
    assert_eq!(app.ended().await.exit, Exit::Refused);
    assert!(app.progress.delivered() > 1_000);
    let count = usize::try_from(app.progress.delivered()).expect("few");
    expect(&world, 0..count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_file_is_neither_followed_nor_gone_on_with() {
    let world = World::new().await;
    for pack in [gzip, zst] {
        for (more, said) in [
            (
                FOLLOW,
                "a compressed file cannot be followed (source.follow)",
            ),
            (
                RESUME,
                "a compressed input cannot be gone on with: unpack it, or send it whole without source.resume",
            ),
        ] {
            let packed = file(&pack(&lines(0..3)));
            let failure = world
                .try_start(&settings(packed.path(), &[more]), None)
                .await;
            let failure = failure.err().expect("the start fails");
            assert_eq!(failure.exit, Exit::Configuration);
            assert!(failure.to_string().contains(said), "{failure}");
            assert!(!packed.path().with_extension("progress").exists());
        }
    }
}
