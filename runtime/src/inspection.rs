//! What `validate --connect` finds: one finding for each thing that a daemon reaches, for people and for programs.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use crate::config::Config;
use crate::daemon::{self, ConfigArgs};
use crate::lifecycle::{Exit, Failure, Tasks};
use crate::output::{Output, OutputArgs};

/// The options of `validate`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Validate {
    /// Look at what the configuration leads to instead, changing nothing: a line for each thing that is right, wrong or
    /// unknown; exit 1 if anything is wrong
    #[arg(long)]
    pub connect: bool,
    /// How findings, or the configuration, are printed
    #[command(flatten)]
    pub form: OutputArgs,
}

impl Validate {
    /// Prints the configuration, or what `look` finds where it leads to.
    pub fn run<C, F>(self, config: &ConfigArgs, look: impl FnOnce(C, Tasks) -> F) -> ExitCode
    where
        C: Config,
        F: Future<Output = Inspection>,
    {
        let output = self.form.output;
        if self.connect {
            daemon::once::<C, _, _>(config, async move |config, tasks| {
                look(config, tasks).await.print(output)
            })
        } else {
            daemon::validate::<C>(config, output)
        }
    }
}

/// How one thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Right,
    Wrong,
    /// It could not be told, and the daemon may run all the same.
    Unknown,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

/// The findings, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Inspection {
    findings: Vec<(State, &'static str, String)>,
}

impl Inspection {
    /// Notes how a question was answered; gives the answer's value where it is right.
    pub fn note<T>(
        &mut self,
        what: &'static str,
        answer: Result<(T, String), Failure>,
    ) -> Option<T> {
        match answer {
            Ok((value, said)) => {
                self.findings.push((State::Right, what, said));
                Some(value)
            }
            Err(failure) => {
                self.findings
                    .push((State::Wrong, what, failure.to_string()));
                None
            }
        }
    }

    /// Notes what could not be told, and why.
    pub fn unknown(&mut self, what: &'static str, why: impl Into<String>) {
        self.findings.push((State::Unknown, what, why.into()));
    }

    /// Prints all findings.
    ///
    /// # Errors
    /// 1 when anything is wrong, 70 when stdout does not take them.
    fn print(&self, output: Output) -> Result<(), Failure> {
        let text = match output {
            Output::Text => self.text(),
            Output::Json => self.json(),
        };
        let mut stdout = std::io::stdout();
        stdout
            .write_all(text.as_bytes())
            .context("write to stdout")?;
        match self.wrong() {
            0 => Ok(()),
            wrong => {
                let message = format!("{wrong} of {} are wrong", self.findings.len());
                Err(Failure::said(Exit::SomeFailed, message))
            }
        }
    }

    fn wrong(&self) -> usize {
        let wrong = |(state, ..): &&(State, _, _)| *state == State::Wrong;
        self.findings.iter().filter(wrong).count()
    }

    fn text(&self) -> String {
        let line = |(state, what, said): &(State, &str, String)| {
            let said = said.replace(char::is_control, " ");
            format!("{:<8} {what:<13} {said}\n", state.as_str())
        };
        self.findings.iter().map(line).collect()
    }

    fn json(&self) -> String {
        let finding = |(state, what, said): &(State, &str, String)| json!({ "what": what, "state": state.as_str(), "said": said });
        let findings: Vec<_> = self.findings.iter().map(finding).collect();
        format!(
            "{}\n",
            json!({ "findings": findings, "wrong": self.wrong() })
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspection() -> Inspection {
        let mut inspection = Inspection::default();
        let value = inspection.note("broker", Ok((3, "3 brokers answer".to_owned())));
        assert_eq!(value, Some(3));
        let failure = Failure::said(Exit::Unreachable, "the topic orders\ndid not exist");
        assert_eq!(inspection.note::<()>("topic", Err(failure)), None);
        inspection.unknown("rights", "no topic");
        inspection
    }

    #[test]
    fn each_finding_is_a_line_and_nothing_moves_a_cursor() {
        let expected = "right    broker        3 brokers answer\nwrong    topic         the topic orders did not exist\nunknown  rights        no topic\n";
        assert_eq!(inspection().text(), expected);
    }

    #[test]
    fn programs_read_one_document() {
        let document: serde_json::Value = serde_json::from_str(&inspection().json()).unwrap();
        assert_eq!(document["wrong"], 1);
        assert_eq!(document["findings"][1]["state"], "wrong");
        assert_eq!(
            document["findings"][1]["said"],
            "the topic orders\ndid not exist"
        );
        assert_eq!(document["findings"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn what_is_wrong_makes_the_exit_code() {
        let failure = inspection().print(Output::Json).unwrap_err();
        assert_eq!(failure.exit, Exit::SomeFailed);
        assert_eq!(failure.to_string(), "1 of 3 are wrong");
        let mut right = Inspection::default();
        right.unknown("rights", "no topic");
        assert!(right.print(Output::Text).is_ok());
    }
}
