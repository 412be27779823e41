//! The command line of `registry-stub`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use runtime::daemon::{self, ConfigArgs};
use runtime::manual::Manual;
use runtime::output::OutputArgs;

use crate::{StubConfig, chaos};

/// A local AWS Glue Schema Registry.
#[derive(Debug, Parser)]
#[command(name = "registry-stub", version = daemon::long_version())]
pub struct Cli {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the registry (also without a command)
    Run(RunArgs),
    /// Prints the effective configuration and says what is wrong with it
    Validate(OutputArgs),
    /// Troubles a running stub now and then: it throttles, is slow, goes away, and is well again
    Chaos(chaos::Args),
    /// Asks a running stub whether it is alive
    Healthcheck {
        /// Asks whether it is ready
        #[arg(long)]
        ready: bool,
    },
    #[command(flatten)]
    Manual(Manual),
}

#[derive(Debug, Default, clap::Args)]
struct RunArgs {
    /// Address of the API and the page [default: 127.0.0.1:8181]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Data file [default: none, everything stays in memory]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// AWS account in every ARN [default: 000000000000]
    #[arg(long, value_name = "DIGITS")]
    account_id: Option<String>,
    /// Region of requests that are not signed [default: us-east-1]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl RunArgs {
    /// Each flag is short for a key; `--set` of the same key wins.
    fn apply_to(self, config: &mut ConfigArgs) {
        let flags = [
            (
                "stub.listen",
                self.listen.map(|address| address.to_string()),
            ),
            (
                "stub.data",
                self.data.map(|path| path.to_string_lossy().into_owned()),
            ),
            ("stub.account_id", self.account_id),
            ("stub.region", self.region),
        ];
        let given = flags
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        config.set.splice(0..0, given);
    }
}

/// Runs the command and returns the exit code.
pub fn run(cli: Cli) -> ExitCode {
    let mut config = cli.config;
    match cli.command {
        Some(Command::Validate(form)) => daemon::validate::<StubConfig>(&config, form.output),
        Some(Command::Chaos(args)) => chaos::main(args, &config),
        Some(Command::Healthcheck { ready }) => daemon::healthcheck::<StubConfig>(&config, ready),
        Some(Command::Manual(manual)) => manual.run::<Cli>(),
        Some(Command::Run(flags)) => {
            flags.apply_to(&mut config);
            serve(&config)
        }
        None => serve(&config),
    }
}

fn serve(config: &ConfigArgs) -> ExitCode {
    daemon::run(config, async |config, tasks, telemetry| {
        crate::start(config, tasks, telemetry).await.map(drop)
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn each_flag_of_run_sets_its_key_and_set_comes_after_it() {
        let line = "registry-stub run --listen 127.0.0.1:1 --data d --account-id 123456789012 --region eu-west-1 --set stub.region=x";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let (mut config, Some(Command::Run(flags))) = (cli.config, cli.command) else {
            panic!("not run");
        };
        flags.apply_to(&mut config);
        let set: Vec<String> = config
            .set
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let wanted = [
            "stub.listen=127.0.0.1:1",
            "stub.data=d",
            "stub.account_id=123456789012",
            "stub.region=eu-west-1",
            "stub.region=x",
        ];
        assert_eq!(set, wanted);
    }

    #[test]
    fn no_command_is_run() {
        assert!(
            Cli::try_parse_from(["registry-stub"])
                .unwrap()
                .command
                .is_none()
        );
    }
}
