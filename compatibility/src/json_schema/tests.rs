//! The rules, line by line.

use super::{JsonDefinition, Rules, differences};

mod confluent;
mod hostile;
mod lists;
mod objects;
mod random;
mod values;

fn definition(text: &str) -> JsonDefinition {
    JsonDefinition::parse(text).unwrap_or_else(|error| panic!("{text:.200}: {error}"))
}

/// The schema as one of draft 7, unless it says which draft.
fn of_draft_7(text: &str) -> String {
    match text.strip_prefix('{') {
        Some(rest) if !text.contains("$schema") => {
            let comma = if rest == "}" { "" } else { "," };
            format!(r#"{{"$schema":"http://json-schema.org/draft-07/schema#"{comma}{rest}"#)
        }
        _ => text.to_owned(),
    }
}

/// The paths and rules of what keeps `reader` from reading `writer`.
fn found(reader: &str, writer: &str, rules: Rules) -> Vec<String> {
    let [reader, writer] = [reader, writer].map(|text| definition(&of_draft_7(text)));
    let found = differences(&reader, &writer, rules);
    let found = found.iter().map(|one| format!("{} {}", one.path, one.rule));
    found.collect()
}

/// Checks a step from `old` to `new`: what is wrong backward, and what is wrong forward.
#[track_caller]
fn holds(rules: Rules, (old, new): (&str, &str), backward: &[&str], forward: &[&str]) {
    assert_eq!(found(new, old, rules), backward, "backward, {old} to {new}");
    assert_eq!(found(old, new, rules), forward, "forward, {old} to {new}");
}

/// Checks steps of which `new` is allowed after `old`, and of which the way back breaks the rule at the root.
#[track_caller]
fn widen(steps: &[(&str, &str, &str)]) {
    for (old, new, rule) in steps {
        holds(Rules::Glue, (old, new), &[], &[&format!("# {rule}")]);
    }
}

/// Checks pairs that read each other.
#[track_caller]
fn same(pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        holds(Rules::Glue, (one, other), &[], &[]);
    }
}
