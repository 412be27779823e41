//! `schema diff`: how two definitions differ, and who can read whose data.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
use common::registry::{Compatibility, SchemaVersion, Which};
use compatibility::text::{Row, compare, laid_out};
use compatibility::{Difference, Direction, Format, Mode, Options};
use runtime::lifecycle::{Exit, Failure};
use serde_json::{Value, json};

use super::Desk;
use super::answer::{Answer, Outcome};
use super::show::{Version, fetch};
use crate::evolution;

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
        lines: lines(old.format(), &from.definition, &to.definition),
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
fn lines(format: Format, from: &str, to: &str) -> Vec<String> {
    let (from, to) = (laid_out(format, from), laid_out(format, to));
    let (mut out, mut came) = (Vec::new(), Vec::new());
    for row in compare(&from, &to) {
        match row {
            Row::Same(line) => {
                out.append(&mut came);
                out.push(format!(" {line}"));
            }
            Row::Changed(old, new) => {
                out.extend(old.map(|line| format!("-{line}")));
                came.extend(new.map(|line| format!("+{line}")));
            }
        }
    }
    out.append(&mut came);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_stands_before_what_came() {
        let (from, to) = (r#"{"a":1,"b":2,"c":3}"#, r#"{ "a": 1, "b": 4, "c": 5 }"#);
        let expected = [
            " {",
            "   \"a\": 1,",
            "-  \"b\": 2,",
            "-  \"c\": 3",
            "+  \"b\": 4,",
            "+  \"c\": 5",
            " }",
        ];
        assert_eq!(lines(Format::Json, from, to), expected);
    }
}
