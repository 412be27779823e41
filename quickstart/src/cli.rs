//! The command line.

use crate::config::QuickstartConfig;
use crate::parts::Parts;
use crate::supervise;
use clap::Parser;
use client::codec::Format;
use runtime::config::{Rate, Value};
use runtime::daemon::{self, ConfigArgs, option};
use runtime::lifecycle::{Failure, Tasks};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// Makes orders, streams them through an embedded Kafka and a local schema registry, and prints them.
#[derive(Clone, Debug, Parser)]
#[command(name = "quickstart", version = daemon::long_version())]
pub struct Cli {
    /// Orders a second; 0/s is as fast as it goes [default: 100/s]
    #[arg(long, value_name = "R", value_parser = rate, global = true)]
    pub rate: Option<String>,
    /// Ends after so many orders; evolution: orders a step [default there: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), global = true)]
    pub max_records: Option<u64>,
    /// Ends after this time, such as 10s
    #[arg(long, value_name = "T", value_parser = duration)]
    pub max_run: Option<String>,
    /// Data format of the orders: avro, json or protobuf [default: avro]
    #[arg(long, value_name = "FORMAT", value_parser = option::<Format>)]
    pub format: Option<Format>,
    /// Address of the producer's admin port [default: 127.0.0.1:9464, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub producer_admin: Option<SocketAddr>,
    /// Address of the consumer's admin port [default: 127.0.0.1:9465, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub consumer_admin: Option<SocketAddr>,
    /// Address of the registry stub [default: 127.0.0.1:8181, or a free port]
    #[arg(
        long,
        value_name = "ADDR",
        conflicts_with = "registry_endpoint",
        global = true
    )]
    pub stub_listen: Option<SocketAddr>,
    /// Another registry in place of the stub; AWS credentials are then found as the AWS SDK does
    #[arg(long, value_name = "URL", global = true)]
    pub registry_endpoint: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum Command {
    /// Changes the schema of orders step by step, and tells what the rules and the registry say
    Evolution,
}

impl Cli {
    /// The user's own configuration options.
    pub(crate) const fn config(&self) -> &ConfigArgs {
        &self.config
    }
}

fn rate(text: &str) -> Result<String, String> {
    Rate::parse(text).map(|_| text.to_owned())
}

fn duration(text: &str) -> Result<String, String> {
    Duration::parse(text).map(|_| text.to_owned())
}

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    let cli = match daemon::command_line::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if let Some(Command::Evolution) = cli.command {
        return evolution(cli);
    }
    let args = with_log_level(&cli.config);
    daemon::run(
        &args,
        async |config: QuickstartConfig, tasks: Tasks, _telemetry| {
            let parts = Box::pin(Parts::start(&cli)).await?;
            tasks.spawn(
                "quickstart",
                supervise::run(parts, tasks.clone(), config.base.shutdown_grace),
            );
            Ok::<(), Failure>(())
        },
    )
}

fn evolution(cli: Cli) -> ExitCode {
    let args = with_warnings(&cli.config);
    daemon::once(&args, async move |config: QuickstartConfig, _| {
        Box::pin(crate::evolution::run(&cli, config.base.shutdown_grace)).await
    })
}

/// Where a live line is drawn, only warnings may interrupt it.
fn with_log_level(given: &ConfigArgs) -> ConfigArgs {
    if crate::screen::is_live() {
        with_warnings(given)
    } else {
        given.clone()
    }
}

/// Only warnings are logged, unless the user says otherwise.
fn with_warnings(given: &ConfigArgs) -> ConfigArgs {
    let mut args = given.clone();
    args.set
        .insert(0, ("log.level".to_owned(), "warn".to_owned()));
    args
}
