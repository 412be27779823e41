//! `schema diff`: how two definitions differ, and who can read whose data.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;
use common::registry::{Compatibility, SchemaVersion, Which};
use compatibility::{Difference, Direction, Mode, Options};
use runtime::lifecycle::{Exit, Failure};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::Desk;
use super::answer::{Answer, Outcome};
use super::show::{Version, fetch};
use crate::evolution;

/// How long the shortest difference is looked for; after that any will do.
const PATIENCE: Duration = Duration::from_secs(2);

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// A version of the schema.
    Version(Which),
    /// A file.
    File(PathBuf),
}

impl FromStr for Side {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.parse() {
            Ok(Version(which)) => Self::Version(which),
            Err(_) => Self::File(PathBuf::from(text)),
        })
    }
}

/// What is compared, and where it comes from.
struct Text {
    place: String,
    version: Option<SchemaVersion>,
    definition: String,
}

pub(super) async fn answer(
    desk: &Desk,
    (from, to): (&Side, &Side),
    options: Options,
) -> Result<Answer, Failure> {
    let Some(schema) = desk.schema().await? else {
        return Err(desk.missing());
    };
    let (from, to) = (read(desk, from).await?, read(desk, to).await?);
    let parse = |side: &Text| {
        let parsed = evolution::definition(schema.data_format, &side.definition);
        parsed
            .with_context(|| format!("read {}", side.place))
            .map_err(|error| Failure::new(Exit::CouldNotTell, error))
    };
    let (old, new) = (parse(&from)?, parse(&to)?);
    let pair = Pair {
        from: &from,
        to: &to,
        backward: new.cannot_read(&old, &options),
        forward: old.cannot_read(&new, &options),
        lines: lines(&from.definition, &to.definition),
    };
    Ok(pair.answer(desk, schema.compatibility))
}

async fn read(desk: &Desk, side: &Side) -> Result<Text, Failure> {
    match side {
        Side::Version(which) => {
            let version = fetch(desk, *which).await?;
            let number = version.number.unwrap_or_default();
            Ok(Text {
                place: format!("version {number} ({})", version.status),
                definition: version.definition.clone(),
                version: Some(version),
            })
        }
        Side::File(path) => Ok(Text {
            place: path.display().to_string(),
            version: None,
            definition: file(path)?,
        }),
    }
}

fn file(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .with_context(|| format!("read {}", path.display()))
        .map_err(|error| Failure::new(Exit::CouldNotTell, error))
}

/// Two definitions and all that was found about them.
struct Pair<'a> {
    from: &'a Text,
    to: &'a Text,
    /// Why `to` cannot read what `from` wrote.
    backward: Vec<Difference>,
    /// Why `from` cannot read what `to` wrote.
    forward: Vec<Difference>,
    lines: Vec<String>,
}

impl Pair<'_> {
    fn answer(&self, desk: &Desk, mode: Option<Compatibility>) -> Answer {
        let (outcome, why) = self.outcome(mode.map(evolution::mode));
        let facts = json!({
            "registry": desk.name.registry,
            "schema": desk.name.schema,
            "compatibility": mode.map(Compatibility::as_str),
            "from": side_facts(self.from),
            "to": side_facts(self.to),
            "lines": self.lines,
            "backward": differences(&self.backward),
            "forward": differences(&self.forward),
        });
        Answer {
            outcome,
            why,
            text: self.text(),
            facts,
        }
    }

    fn outcome(&self, mode: Option<Mode>) -> (Outcome, String) {
        let (from, to) = (&self.from.place, &self.to.place);
        let Some(mode) = mode else {
            let why = "the schema's compatibility mode is not known here".to_owned();
            return (Outcome::CouldNotTell, why);
        };
        let holds = |direction: &Direction| match direction {
            Direction::Backward => self.backward.is_empty(),
            Direction::Forward => self.forward.is_empty(),
        };
        if mode.allows_new_versions() && mode.directions().iter().all(holds) {
            (
                Outcome::Fits,
                format!("{to} may follow {from} under {mode}"),
            )
        } else {
            let why = format!("{to} may not follow {from} under {mode}");
            (Outcome::Refused, why)
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let (from, to) = (&self.from.place, &self.to.place);
        for (reader, writer, found) in [(to, from, &self.backward), (from, to, &self.forward)] {
            let can = if found.is_empty() {
                "reads"
            } else {
                "cannot read"
            };
            // A `String` takes everything.
            writeln!(text, "{reader} {can} {writer}").ok();
            for difference in found {
                writeln!(text, "  {difference}").ok();
            }
        }
        writeln!(text, "\n--- {from}\n+++ {to}").ok();
        for line in &self.lines {
            writeln!(text, "{line}").ok();
        }
        text
    }
}

fn side_facts(side: &Text) -> Value {
    let version = side.version.as_ref();
    json!({
        "file": version.is_none().then_some(&side.place),
        "version": version.and_then(|version| version.number),
        "schema_version_id": version.map(|version| version.id.to_string()),
        "status": version.map(|version| version.status.as_str()),
    })
}

fn differences(found: &[Difference]) -> Value {
    let all = found.iter().map(|found| {
        json!({
            "path": found.path,
            "rule": found.rule.as_str(),
            "reader": found.reader,
            "writer": found.writer,
        })
    });
    Value::Array(all.collect())
}

/// The lines of both, each behind a blank, a minus or a plus. JSON is laid out anew, so that only what it says counts.
fn lines(from: &str, to: &str) -> Vec<String> {
    let (from, to) = (laid_out(from), laid_out(to));
    let mut diff = TextDiff::configure();
    diff.timeout(PATIENCE)
        .diff_lines(&from, &to)
        .iter_all_changes()
        .map(|change| {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            format!("{sign}{}", change.value().trim_end_matches(['\r', '\n']))
        })
        .collect()
}

/// JSON with a line for each value, every value as it was written; other text as it is.
fn laid_out(text: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let (mut out, mut depth) = (String::new(), 0_usize);
    let mut rest = text.trim().chars().peekable();
    let (mut in_string, mut escaped) = (false, false);
    while let Some(next) = rest.next() {
        if in_string {
            out.push(next);
            in_string = escaped || next != '"';
            escaped = !escaped && next == '\\';
            continue;
        }
        match next {
            '{' | '[' => {
                while rest.next_if(char::is_ascii_whitespace).is_some() {}
                out.push(next);
                depth += 1;
                if !matches!(rest.peek(), Some('}' | ']')) {
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !out.ends_with(['{', '[']) {
                    new_line(&mut out, depth);
                }
                out.push(next);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            blank if blank.is_ascii_whitespace() => {}
            other => {
                in_string = other == '"';
                out.push(other);
            }
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_with_every_value_as_it_was_written() {
        let text = r#" {"a":[1.0,1e400, {}, [ ]],"b{,}":"x\"}: [","c":{"d":null}} "#;
        let expected = r#"{
  "a": [
    1.0,
    1e400,
    {},
    []
  ],
  "b{,}": "x\"}: [",
  "c": {
    "d": null
  }
}"#;
        assert_eq!(laid_out(text), expected);
        assert_eq!(laid_out(expected), expected);
        assert_eq!(laid_out("syntax = \"proto3\";"), "syntax = \"proto3\";");
    }

    #[test]
    fn only_what_changes_is_marked() {
        let (from, to) = (r#"{"a":1,"b":2}"#, r#"{ "a": 1, "b": 3 }"#);
        assert_eq!(
            lines(from, to),
            [" {", "   \"a\": 1,", "-  \"b\": 2", "+  \"b\": 3", " }"]
        );
    }
}
