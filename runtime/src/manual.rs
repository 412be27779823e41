//! Completions for shells and manual pages, written from a binary's own command line.

use crate::filter;
use crate::lifecycle::{Exit, Failure};
use anyhow::Context as _;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The commands that every binary has about itself.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Manual {
    /// Print what lets a shell complete this command line
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print a manual page, or write all of them into a folder
    Man {
        /// The command that the page is about, such as `man run`; the whole binary unless given
        #[arg(value_name = "COMMAND", conflicts_with = "folder")]
        path: Vec<String>,
        /// Folder that gets a page for the binary and one for each command
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

impl Manual {
    /// Does what was asked for, about the command line of `P`: exit code 0, 64 for a command that is not there, 70 when
    /// nothing can be written.
    pub fn run<P: CommandFactory>(&self) -> ExitCode {
        let mut command = P::command();
        command.build();
        let written = match self {
            Self::Completions { shell } => print(&completions(*shell, &command)),
            Self::Man {
                folder: Some(folder),
                ..
            } => pages(P::command(), folder),
            Self::Man { path, folder: None } => page(&command, path).and_then(|page| print(&page)),
        };
        filter::ended(command.get_name(), written)
    }
}

fn completions(shell: Shell, command: &clap::Command) -> Vec<u8> {
    let (mut command, mut text) = (command.clone(), Vec::new());
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut text);
    text
}

/// The page about the command that these names lead to.
fn page(command: &clap::Command, path: &[String]) -> Result<Vec<u8>, Failure> {
    let mut names = path.iter();
    let found = names.try_fold(command, |at, name| at.find_subcommand(name));
    let refused = || {
        Failure::said(
            Exit::Usage,
            format!("there is no command {}", path.join(" ")),
        )
    };
    let mut text = Vec::new();
    Man::new(found.ok_or_else(refused)?.clone())
        .render(&mut text)
        .context("write the manual page")?;
    Ok(text)
}

fn pages(command: clap::Command, folder: &Path) -> Result<(), Failure> {
    let written = clap_mangen::generate_to(command, folder);
    Ok(written.with_context(|| format!("write manual pages into {}", folder.display()))?)
}

/// A reader that has seen enough is no failure.
fn print(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("write stdout").into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Parser, ValueEnum as _};

    /// A binary.
    #[derive(Debug, Parser)]
    #[command(name = "binary", version = "1")]
    struct Cli {
        #[command(subcommand)]
        command: Command,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Command {
        /// Look after something
        Outer {
            #[command(subcommand)]
            command: Inner,
        },
        #[command(flatten)]
        Manual(Manual),
    }

    #[derive(Debug, clap::Subcommand)]
    enum Inner {
        /// Do it at last
        Deed {
            /// How often
            #[arg(long)]
            times: Option<u8>,
        },
    }

    fn built() -> clap::Command {
        let mut command = Cli::command();
        command.build();
        command
    }

    #[test]
    fn every_shell_is_told_every_command_and_option() {
        for shell in Shell::value_variants() {
            let text = String::from_utf8(completions(*shell, &built())).unwrap();
            for word in ["outer", "deed", "times", "completions"] {
                assert!(text.contains(word), "{shell} has no {word}");
            }
        }
    }

    #[test]
    fn a_page_is_about_the_command_that_the_names_lead_to() {
        let command = built();
        let path = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let show = |names: &str| {
            let page = page(&command, &path(names)).ok()?;
            Some(String::from_utf8(page).unwrap())
        };
        assert!(show("").unwrap().contains("A binary"));
        let deed = show("outer deed").unwrap();
        assert!(deed.contains("Do it at last"), "{deed}");
        assert!(deed.contains("How often"), "{deed}");
        assert_eq!(show("deed"), None);
    }

    #[test]
    fn a_folder_gets_a_page_for_every_command() {
        let folder = tempfile::tempdir().unwrap();
        let manual = Manual::Man {
            path: Vec::new(),
            folder: Some(folder.path().to_owned()),
        };
        assert_eq!(manual.run::<Cli>(), ExitCode::SUCCESS);
        for name in ["binary", "binary-outer", "binary-outer-deed", "binary-man"] {
            let page = folder.path().join(format!("{name}.1"));
            assert!(page.exists(), "{name}");
        }
    }
}
