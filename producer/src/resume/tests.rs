//! A place that cannot be saved for a while, below what a whole producer can be brought to.

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

fn span(line: u64) -> Span {
    let place = |line| Place {
        line,
        offset: line * 2,
    };
    Span {
        from: place(line - 1),
        to: place(line),
    }
}

#[test]
fn what_cannot_be_saved_is_tried_again_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let (input, gone) = (folder.path().join("in"), folder.path().join("marks"));
    fs::write(&input, "a\nb\n").unwrap();
    fs::create_dir(&gone).unwrap();
    let resume = Arc::new(Resume::find(&input, gone.join("mark"), "orders").unwrap());
    fs::remove_dir_all(&gone).unwrap();
    resume.take(span(1), 0);
    resume.finish(1);
    let (settled, end) = sync_channel(0);
    let kept = std::thread::spawn({
        let resume = Arc::clone(&resume);
        move || resume.keep(&end, Duration::from_millis(1))
    });
    fs::create_dir(&gone).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !gone.join("mark").exists() {
        assert!(Instant::now() < deadline, "it is not tried again");
        std::thread::yield_now();
    }
    resume.take(span(2), 0);
    resume.finish(2);
    drop(settled);
    kept.join().unwrap().unwrap();
    let again = Resume::find(&input, gone.join("mark"), "orders").unwrap();
    assert_eq!(again.start(), span(2).to, "the end is saved, and let go of");
}

#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (input, mark) = (folder.path().join("in"), folder.path().join("mark"));
    fs::write(&input, "a\n").unwrap();
    let link = folder.path().join("link");
    Resume::find(&input, mark.clone(), "orders").unwrap();
    std::os::unix::fs::symlink(&mark, &link).unwrap();
    Resume::find(&input, link.clone(), "orders").unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
}

#[test]
fn no_mark_is_made_of_a_cut_input_while_lines_of_it_are_on_their_way() {
    let folder = tempfile::tempdir().unwrap();
    let (input, mark) = (folder.path().join("in"), folder.path().join("mark"));
    fs::write(&input, "a\nb\nc\n").unwrap();
    let resume = Resume::find(&input, mark.clone(), "orders").unwrap();
    let mut saved = Place::default();
    (1..=3).for_each(|line| resume.take(span(line), 0));
    resume.finish(1);
    resume.save_if_moved(&mut saved).unwrap();
    let before = fs::read(&mark).unwrap();
    // Cut, and grown past its old size.
    fs::write(&input, "x\ny\nz\nw\n").unwrap();
    let cut = resume.input().unwrap();
    assert!(!resume.renew(&cut, true).unwrap());
    resume.finish(2);
    resume.save_if_moved(&mut saved).unwrap();
    let now = fs::read(&mark).unwrap();
    assert_eq!(
        now, before,
        "the place of line 2 is one of other bytes by now"
    );
    resume.finish(3);
    resume.save_if_moved(&mut saved).unwrap();
    drop((resume, cut));
    let again = Resume::find(&input, mark, "orders").unwrap();
    assert_eq!(
        again.start(),
        Place::default(),
        "what is there now is begun"
    );
}
