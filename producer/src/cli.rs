//! The producer's command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use runtime::daemon::{self, ConfigArgs};
use runtime::inspection::Validate;
use runtime::manual::Manual;
use runtime::output::OutputArgs;

use crate::config::Config;
use crate::encode;
use crate::inspect;
use crate::permissions;
use crate::schemas;
use crate::send;
use crate::topics;

/// Takes records from a source, checks and frames them against a schema of the AWS Glue Schema
/// Registry, and delivers them to a Kafka topic without losing one
#[derive(Debug, Parser)]
#[command(name = "producer", version, long_version = daemon::long_version(), args_conflicts_with_subcommands = false)]
pub struct Cli {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Produces until told to end (the default)
    Run,
    /// Turns JSON lines on stdin into frames, one in hex a line on stdout; exits 1 if a line failed
    Encode(Box<encode::Args>),
    /// Sends JSON lines on stdin to a topic, with keys and headers by template; exits 65 if a line was
    /// refused
    Send(Box<send::Args>),
    /// Prints the effective configuration, secrets masked; exits 78 if it has problems
    Validate(Validate),
    /// Prints what AWS has to allow a command with this configuration, an action and its resource a
    /// line: topics, groups and schemas by name, and behind `as` the role that is assumed for it
    Permissions {
        /// The command
        #[arg(value_enum, default_value = "run")]
        about: permissions::About,
        #[command(flatten)]
        form: OutputArgs,
    },
    /// Asks the running producer's admin port whether it is alive; exits 1 if not
    Healthcheck {
        /// Ask whether it is ready instead
        #[arg(long)]
        ready: bool,
    },
    /// Asks the registry about schemas; exits 0 (fits), 1 (refused) or 2 (could not tell)
    Schema(Box<schemas::Args>),
    /// Looks after the topic
    Topics {
        #[command(subcommand)]
        command: Topics,
    },
    #[command(flatten)]
    Manual(Manual),
}

#[derive(Debug, Subcommand)]
enum Topics {
    /// Creates kafka.topic and the topic of its dead letters if they are missing, as topic.* says, and
    /// waits until they can be written; warns where one that exists differs from the configuration
    Ensure(EnsureArgs),
}

#[derive(Debug, clap::Args)]
struct EnsureArgs {
    /// Change nothing: print a line for each difference; exits 0 (none) or 1
    #[arg(long)]
    check: bool,
    /// Add the partitions that an existing topic lacks; this changes the partition of most keys
    #[arg(long, conflicts_with = "check")]
    add_partitions: bool,
    #[command(flatten)]
    form: OutputArgs,
}

/// Reads the command line, does what it says, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match daemon::command_line::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => daemon::run::<Config, _, _>(&cli.config, crate::start),
        Command::Encode(args) => encode::main(*args, &cli.config),
        Command::Send(args) => send::main(&args, &cli.config),
        Command::Validate(validate) => validate.run(&cli.config, inspect::look),
        Command::Permissions { about, form } => daemon::tell::<Config>(&cli.config, |config| {
            permissions::print(config, about, form.output)
        }),
        Command::Healthcheck { ready } => daemon::healthcheck::<Config>(&cli.config, ready),
        Command::Schema(args) => schemas::main(*args, &cli.config),
        Command::Topics {
            command: Topics::Ensure(args),
        } => daemon::once::<Config, _, _>(&cli.config, move |config, tasks| async move {
            if args.check {
                topics::check(config, tasks, args.form.output).await
            } else {
                let output = args.form.output;
                topics::ensure(config, tasks, args.add_partitions, output).await
            }
        }),
        Command::Manual(manual) => manual.run::<Cli>(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_is_what_users_were_promised() {
        let mut help = String::new();
        let mut command = Cli::command().term_width(100);
        command.build();
        let mut show = |command: &mut clap::Command| {
            help.push_str(&command.render_help().to_string());
            help.push('\n');
        };
        show(&mut command);
        for name in [
            "run",
            "encode",
            "send",
            "validate",
            "healthcheck",
            "schema",
            "topics",
        ] {
            let command = command
                .find_subcommand_mut(name)
                .expect("the command exists");
            show(command);
            command
                .get_subcommands_mut()
                .filter(|own| own.get_name() != "help")
                .for_each(&mut show);
        }
        insta::assert_snapshot!(help);
    }
}
