//! The story about schema versions, from outside.

use crate::process::{ended, quickstart};

/// Plays the story; gives its four steps.
fn played(more: &[&str]) -> Vec<String> {
    let arguments = [more, &["evolution", "--max-records", "50"]].concat();
    let (code, out, said) = ended(quickstart(&arguments).spawn().unwrap());
    assert_eq!(code, 0, "{said}");
    let total = "made 200, delivered 200, consumed 200, dead-lettered 0, skipped 0, lost 0";
    assert!(said.contains(total), "{said}");
    let steps: Vec<_> = out.trim_end().split("\n\n").map(str::to_owned).collect();
    assert_eq!(steps.len(), 4, "{out}");
    steps
}

fn must_say(step: &str, texts: &[&str]) {
    for text in texts {
        assert!(step.contains(text), "{text}\n{step}");
    }
}

/// The value in a line of the story.
fn is_prime(step: &str, version: &str) -> serde_json::Value {
    let lead = format!("written with the {version}: ");
    let line = step
        .lines()
        .find_map(|line| line.trim().strip_prefix(&lead));
    let value: serde_json::Value = serde_json::from_str(line.expect("the line is there")).unwrap();
    value["is_prime"].clone()
}

#[test]
fn a_refused_version_is_explained_and_the_old_one_goes_on() {
    let [first, second, third, fourth] = &played(&[])[..] else {
        unreachable!("four steps")
    };
    must_say(
        first,
        &["does not exist: it would be version 1", "version 1, id "],
    );
    must_say(second, &["fits: ", "version 2, id ", " is AVAILABLE"]);
    assert_eq!(
        is_prime(second, "first"),
        false,
        "version 1 has no such field"
    );
    assert!(is_prime(second, "second").is_boolean());
    must_say(
        third,
        &[
            "refused: ",
            "is_prime: missing-default",
            "has status FAILURE",
            "the producer goes on with version 2, id ",
            "50 orders written with it, 150 of 150",
        ],
    );
    must_say(
        fourth,
        &["fits: ", "refused: ", "name-mismatch", "version 3, id "],
    );
}

#[test]
fn a_registry_that_goes_by_names_refuses_the_renamed_record() {
    let steps = played(&["--set", "stub.avro.record_names=strict"]);
    must_say(
        &steps[3],
        &[
            "has status FAILURE",
            "name-mismatch",
            "the producer goes on with version 2, id ",
        ],
    );
}
