//! The table of log events in `docs/LOGS.md` has what the sources log, no more and no less.

use crate::documents::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENT: &str = "docs/LOGS.md";
const LEVELS: [&str; 3] = ["info", "warn", "error"];
/// Crates that log, and the daemons whose logs have their events.
const CRATES: [(&str, &str); 7] = [
    ("runtime", "all"),
    ("common", "producer, consumer"),
    ("client", "producer, consumer"),
    ("producer", "producer"),
    ("consumer", "consumer"),
    ("registry-stub", "registry-stub"),
    ("quickstart", "quickstart"),
];

/// A row of the table but for its last cell, which is for people to write: level, message, who, fields.
#[test]
fn the_table_of_log_events_is_what_the_sources_log() {
    let logged: BTreeSet<String> = CRATES
        .iter()
        .flat_map(|(name, who)| {
            sources(&root().join(name).join("src"))
                .into_iter()
                .flat_map(move |path| {
                    events(&fs::read_to_string(path).unwrap())
                        .into_iter()
                        .map(move |event| event.row(who))
                        .collect::<Vec<_>>()
                })
        })
        .collect();
    assert!(logged.len() > 80, "only {} events found", logged.len());
    let told = told();
    let missing: Vec<_> = logged.difference(&told).cloned().collect();
    let left: Vec<_> = told.difference(&logged).cloned().collect();
    assert!(
        missing.is_empty() && left.is_empty(),
        "{DOCUMENT} is not what the sources log.\n\
         Add these rows, each with a last cell that says what it means and what to do:\n{}\n\
         Take these away, or bring them up to date; nothing logs them any more:\n{}\n",
        missing.join("\n"),
        left.join("\n")
    );
}

/// The rows of the document without their last cells, which must not be empty.
fn told() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let rows = text.lines().filter(|line| {
        LEVELS
            .iter()
            .any(|level| line.starts_with(&format!("| {level} |")))
    });
    let mut found = BTreeSet::new();
    for row in rows {
        let inner = row.strip_suffix(" |").expect("a row that ends with ` |`");
        let (head, meaning) = inner.rsplit_once(" | ").unwrap();
        assert!(
            meaning.len() > 10,
            "{DOCUMENT} does not say what this means: {row}"
        );
        assert!(
            found.insert(format!("{head} |")),
            "{DOCUMENT} has two rows for {row}"
        );
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}

#[derive(Debug, PartialEq)]
struct Event {
    level: &'static str,
    message: String,
    fields: Vec<String>,
}

impl Event {
    fn row(&self, who: &str) -> String {
        let fields: Vec<String> = self.fields.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "| {} | `{}` | {who} | {} |",
            self.level,
            self.message,
            fields.join(", ")
        )
    }
}

/// The events of one source file, which have to be written out: `tracing::warn!(…)`.
fn events(source: &str) -> Vec<Event> {
    for hidden in ["use tracing::", "tracing::event!"] {
        assert!(
            !source.contains(hidden),
            "`{hidden}` hides events from this test"
        );
    }
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut found = Vec::new();
    for level in LEVELS {
        for rest in source.split(&format!("tracing::{level}!(")).skip(1) {
            found.push(event(level, rest));
        }
    }
    found
}

/// An event by what stands behind the macro's bracket.
fn event(level: &'static str, call: &str) -> Event {
    let mut fields = Vec::new();
    for argument in arguments(call) {
        if let Some(text) = argument.strip_prefix('"') {
            let message = text.strip_suffix('"').unwrap().to_owned();
            // What comes behind it is for its braces.
            return Event {
                level,
                message,
                fields,
            };
        }
        let name = argument.split([':', '=']).next().unwrap().trim();
        if name != "target" {
            fields.push(name.trim_start_matches(['%', '?']).to_owned());
        }
    }
    panic!("an event without a message: tracing::{level}!({call:.60}");
}

/// The arguments of a call, up to its closing bracket.
fn arguments(call: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let (mut depth, mut is_text) = (0, false);
    let mut letters = call.chars();
    while let Some(letter) = letters.next() {
        let last = found.last_mut().unwrap();
        match letter {
            '"' => is_text = !is_text,
            '\\' if is_text => {
                last.push(letter);
                last.extend(letters.next());
                continue;
            }
            '(' | '[' | '{' if !is_text => depth += 1,
            ')' if !is_text && depth == 0 => break,
            ')' | ']' | '}' if !is_text => depth -= 1,
            ',' if !is_text && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        last.push(letter);
    }
    found
        .into_iter()
        .map(|argument| argument.trim().to_owned())
        .filter(|argument| !argument.is_empty())
        .collect()
}

#[test]
fn an_event_is_read_to_its_fields_and_message() {
    let source = r#"
        tracing::warn!(%error, path = %a.b(1, "x, y"), ?list, count, "it (is, \"so\") {why}", why = 1);
        tracing::debug!("not this");
        tracing::info!(target: "other", "plain");
    "#;
    let rows: Vec<String> = events(source)
        .iter()
        .map(|event| event.row("all"))
        .collect();
    assert_eq!(
        rows,
        [
            "| info | `plain` | all |  |",
            r#"| warn | `it (is, \"so\") {why}` | all | `error`, `path`, `list`, `count` |"#
        ]
    );
}
