//! What is found once is not looked for again, and what is not valid any more counts against the new version.

use std::cell::RefCell;

use compatibility::{Checkpoint, Mode, protobuf};
use serde_json::json;
use uuid::Uuid;

use super::{Draft, Terms, Verdict};
use crate::config::Rules;
use crate::definition::Format;
use crate::store::Status;

/// Gives the verdict, and the versions that were read for it.
fn verdict(
    draft: &mut Draft,
    mode: Mode,
    earlier: &[(u64, Uuid)],
    (text, rules): (&str, Rules),
) -> (Verdict, Vec<Uuid>) {
    let terms = Terms {
        mode,
        checkpoint: 1,
        available: earlier,
    };
    let read = RefCell::new(Vec::new());
    let text_of = |id| {
        read.borrow_mut().push(id);
        Ok(text.to_owned())
    };
    let verdict = draft.verdict(&terms, rules, text_of).unwrap();
    (verdict, read.into_inner())
}

#[test]
fn only_versions_that_came_in_between_are_read_again() {
    let [one, two, three] = [1, 2, 3].map(|number| (number, Uuid::new_v4()));
    let text = json!({"type": "record", "name": "A", "fields": []}).to_string();
    let mut draft = Draft::read(Format::Avro, text).unwrap();
    let with = ("\"int\"", Rules::default());
    let (first, read) = verdict(&mut draft, Mode::BackwardAll, &[one, two], with);
    assert_eq!((first.compared, read), (vec![1, 2], vec![two.1, one.1]));
    let (second, read) = verdict(&mut draft, Mode::BackwardAll, &[one, two, three], with);
    assert_eq!((second.compared, read), (vec![1, 2, 3], vec![three.1]));
    let numbers: Vec<u64> = second.reasons.iter().map(|reason| reason.version).collect();
    assert_eq!(numbers, [3, 2, 1]);
    let (last, read) = verdict(&mut draft, Mode::Backward, &[one, three], with);
    assert_eq!((last.compared, read), (vec![3], vec![three.1]), "by modes");
    let (free, read) = verdict(&mut draft, Mode::None, &[one, two, three], with);
    assert_eq!((free.status, read), (Status::Available, Vec::new()));
}

#[test]
fn an_earlier_version_that_is_not_valid_counts_against_the_new_one() {
    let old = "syntax = \"proto2\"; message M { optional group G = 1 { } }";
    let new = "syntax = \"proto2\"; message M { }";
    let mut draft = Draft::read(Format::Protobuf, new.to_owned()).unwrap();
    let earlier = [(4, Uuid::new_v4())];
    let mut rules = Rules {
        checkpoint: Checkpoint::Ignore,
        ..Rules::default()
    };
    for (mode, why) in [
        (
            Mode::Full,
            "it cannot read version 4: invalid-definition (the writer has a definition that is not valid: ",
        ),
        (
            Mode::ForwardAll,
            "version 4 cannot read the new one: invalid-definition (the reader has a definition that is not valid: ",
        ),
    ] {
        let (refused, _) = verdict(&mut draft, mode, &earlier, (old, rules));
        assert_eq!(refused.status, Status::Failure);
        assert!(refused.why().starts_with(why), "{}", refused.why());
        assert!(refused.why().ends_with("groups are not supported)"));
    }
    rules.options.protobuf = protobuf::Rules::Off;
    let mut draft = Draft::read(Format::Protobuf, new.to_owned()).unwrap();
    let (free, _) = verdict(&mut draft, Mode::Full, &earlier, (old, rules));
    assert_eq!((free.status, free.reasons), (Status::Available, Vec::new()));
}
