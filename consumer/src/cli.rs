//! The consumer's command line.

use crate::config::ConsumerConfig;
use crate::decode;
use crate::inspect;
use crate::permissions;
use crate::replay;
use crate::tail;
use clap::{Parser, Subcommand};
use runtime::daemon::{self, ConfigArgs};
use runtime::inspection::Validate;
use runtime::manual::Manual;
use runtime::output::OutputArgs;
use std::process::ExitCode;

/// Reads a Kafka topic, decodes each record through the AWS Glue Schema Registry, hands it to a sink.
#[derive(Debug, Parser)]
#[command(name = "consumer", version = daemon::long_version(), disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Run the daemon (also without a command)
    Run,
    /// Turn frames on stdin, one a line, into JSON answers on stdout; exit 1 if one failed
    Decode(decode::Args),
    /// Write dead letters back as the records that they were, up to the end that their topic has now; go on where the
    /// last replay of the group stopped
    Replay(Box<replay::Args>),
    /// Show the records of a topic as they come, or those that are there; joins no group and commits nothing
    Tail(Box<tail::Args>),
    /// Print the effective configuration, or every problem it has; with `--connect` look at what it leads to
    Validate(Validate),
    /// Print what AWS has to allow a command with this configuration, an action and its resource a line: topics,
    /// groups and schemas by name, and behind `as` the role that is assumed for it
    Permissions {
        /// The command
        #[arg(value_enum, default_value = "run")]
        about: permissions::About,
        #[command(flatten)]
        form: OutputArgs,
    },
    /// Ask the daemon beside this whether it is alive
    Healthcheck {
        /// Ask whether it is ready
        #[arg(long)]
        ready: bool,
    },
    #[command(flatten)]
    Manual(Manual),
}

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    let cli = match daemon::command_line::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => daemon::run(&cli.config, async |config, tasks, telemetry| {
            crate::start(config, tasks, telemetry).await.map(|_| ())
        }),
        Command::Decode(args) => decode::main(args, &cli.config),
        Command::Replay(args) => replay::main(*args, &cli.config),
        Command::Tail(args) => tail::main(*args, &cli.config),
        Command::Validate(validate) => validate.run(&cli.config, inspect::look),
        Command::Permissions { about, form } => {
            daemon::tell::<ConsumerConfig>(&cli.config, |config| {
                permissions::print(config, about, form.output)
            })
        }
        Command::Healthcheck { ready } => daemon::healthcheck::<ConsumerConfig>(&cli.config, ready),
        Command::Manual(manual) => manual.run::<Cli>(),
    }
}
