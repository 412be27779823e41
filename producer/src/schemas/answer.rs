//! What a command says: one outcome, for people and for programs.

use std::io::Write as _;

use anyhow::Context as _;
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
    /// How it ended.
    pub outcome: Outcome,
    /// The outcome's reason in one line; empty where the answer is what the registry holds, and that alone.
    pub why: String,
    /// What people read besides, in lines: each path that is at fault.
    pub text: String,
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

    /// Prints the answer and ends as it says.
    ///
    /// # Errors
    /// 1 or 2, by the outcome; 70 when stdout does not take it.
    pub(super) fn say(self, json: bool) -> Result<(), Failure> {
        let printed = if json { self.json() } else { self.text() };
        writeln!(std::io::stdout(), "{}", printed.trim_end()).context("write to stdout")?;
        let exit = match self.outcome {
            Outcome::Fits => return Ok(()),
            Outcome::Refused => Exit::SomeFailed,
            Outcome::CouldNotTell => Exit::CouldNotTell,
        };
        let message = format!("{}: {}", self.outcome.words(), self.why);
        Err(Failure::said(exit, message))
    }

    fn text(&self) -> String {
        if self.why.is_empty() {
            return self.text.clone();
        }
        format!("{}: {}\n{}", self.outcome.words(), self.why, self.text)
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
        writeln!(std::io::stdout(), "{document}").context("write to stdout")?;
    }
    Err(Failure {
        exit: Exit::CouldNotTell,
        ..failure
    })
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
