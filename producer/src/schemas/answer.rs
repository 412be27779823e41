//! What a command says: one outcome, for people and for programs.

use std::io::{ErrorKind, Write as _};

use compatibility::{Conflict, Direction, Verdict};
use runtime::lifecycle::{Exit, Failure};
use serde_json::{Value, json};

/// How a command about schemas ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The definition fits, or what was to be done is done.
    Fits,
    /// The registry refuses the definition, or would.
    Refused,
    /// Something kept the command from telling.
    CouldNotTell,
}

impl Outcome {
    /// The word in JSON.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Refused => "refused",
            Self::CouldNotTell => "could_not_tell",
        }
    }

    /// What people read.
    const fn words(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Refused => "refused",
            Self::CouldNotTell => "could not tell",
        }
    }
}

/// What a command about schemas says.
#[derive(Debug)]
pub struct Answer {
    pub(super) outcome: Outcome,
    /// The outcome's reason in one line; empty where the answer is what the registry holds, and that alone.
    pub(super) why: String,
    /// What people read besides, in lines.
    pub(super) text: String,
    /// What programs read besides: an object.
    pub(super) facts: Value,
}

impl Answer {
    /// What the registry holds.
    pub(super) const fn told(text: String, facts: Value) -> Self {
        Self {
            outcome: Outcome::Fits,
            why: String::new(),
            text,
            facts,
        }
    }

    /// How it ended.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What people read, in lines: the outcome with its reason, and each path that is at fault. Nothing in it moves a
    /// terminal's cursor.
    pub fn text(&self) -> String {
        if self.why.is_empty() {
            return printable(&self.text);
        }
        let said = format!("{}: {}\n{}", self.outcome.words(), self.why, self.text);
        printable(said.trim_end())
    }

    /// Prints the answer and ends as it says.
    ///
    /// # Errors
    /// 1 or 2, by the outcome; 70 when stdout does not take it.
    pub(super) fn say(self, json: bool) -> Result<(), Failure> {
        print(&if json { self.json() } else { self.text() })?;
        let exit = match self.outcome {
            Outcome::Fits => return Ok(()),
            Outcome::Refused => Exit::SomeFailed,
            Outcome::CouldNotTell => Exit::CouldNotTell,
        };
        let message = format!("{}: {}", self.outcome.words(), printable(&self.why));
        Err(Failure::said(exit, message))
    }

    fn json(&self) -> String {
        let mut document = json!({ "result": self.outcome.as_str(), "message": self.why });
        if let (Value::Object(document), Value::Object(facts)) = (&mut document, &self.facts) {
            document.extend(facts.clone());
        }
        document.to_string()
    }
}

/// Ends a command that could not tell: its exit code is 2, whatever kept it from it.
///
/// # Errors
/// Always.
pub(super) fn untold(failure: Failure, json: bool) -> Result<(), Failure> {
    if json {
        let document = json!({
            "result": Outcome::CouldNotTell.as_str(),
            "message": format!("{failure}"),
        });
        print(&document.to_string())?;
    }
    Err(Failure {
        exit: Exit::CouldNotTell,
        ..failure
    })
}

/// Whoever reads stdout may stop when they have seen enough.
fn print(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::from(
            anyhow::Error::new(error).context("write to stdout"),
        )),
        _ => Ok(()),
    }
}

/// The text with characters that a terminal obeys, or that turn its direction, written as `\u{…}`.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let is_kept = matches!(character, '\n' | '\t');
        let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if !is_kept && (character.is_control() || turns) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// The reasons of a verdict, one object a difference.
pub(super) fn reasons(verdict: &Verdict) -> Value {
    let all = verdict.conflicts.iter().flat_map(|conflict| {
        let Conflict { version, .. } = *conflict;
        let direction = match conflict.direction {
            Direction::Backward => "backward",
            Direction::Forward => "forward",
        };
        conflict.differences.iter().map(move |found| {
            json!({
                "version": version,
                "direction": direction,
                "path": found.path,
                "rule": found.rule.as_str(),
                "reader": found.reader,
                "writer": found.writer,
            })
        })
    });
    Value::Array(all.collect())
}

/// Numbers in words: `version 3`, `versions 1, 2 and 3`.
pub(super) fn versions(numbers: &[u64]) -> String {
    match numbers {
        [] => "no version".to_owned(),
        [one] => format!("version {one}"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(u64::to_string).collect();
            format!("versions {} and {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let text = "a\u{1b}]0;x\u{7}\n\tb\u{9b}\u{202e}ü\r";
        let shown = "a\\u{1b}]0;x\\u{7}\n\tb\\u{9b}\\u{202e}ü\\u{d}";
        assert_eq!(printable(text), shown);
    }
}
