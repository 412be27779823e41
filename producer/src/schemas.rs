//! `producer schema …`: what the registry holds, and whether it would take a definition.
//!
//! Each command has the daemon's configuration, calls the registry, prints one answer on stdout, for people or as one
//! JSON document, and ends with 0 (it fits, or is done), 1 (refused) or 2 (could not tell). `register` alone writes.

mod answer;
mod check;
mod diff;
mod list;
mod register;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use client::connect;
use common::metrics::RegistryMetrics;
use common::registry::retry::Retry;
use common::registry::{Operation, RegistryError, SchemaName, SchemaRegistry, SchemaState};
use compatibility::Options;
use compatibility::avro::Strictness;
use runtime::daemon::{self, ConfigArgs, option};
use runtime::lifecycle::{Exit, Failure};
use runtime::output::Output;
use tokio::time::Instant;

use crate::config::Config;
use crate::definition::Definition;
use diff::Side;
use show::Version;

pub use answer::{Answer, Outcome};

/// The options that all commands have.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Registry to ask; `registry.name` unless given
    #[arg(long, value_name = "NAME", global = true)]
    registry: Option<String>,
    /// Name of the schema; `registry.schema_name` unless given
    #[arg(long, value_name = "NAME", global = true)]
    schema_name: Option<String>,
    /// How the answer is printed: text or json
    #[arg(long, value_name = "FORM", default_value = "text", global = true, value_parser = option::<Output>)]
    output: Output,
    /// The same as `--output json`
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Lists the schemas of the registry
    List,
    /// Shows a schema, its newest versions, and the text of one
    Show {
        /// Number of the version, or latest
        #[arg(default_value = "latest")]
        version: Version,
    },
    /// Compares two versions, or a version and a file: the text, and who can read whose data; exits
    /// 1 if TO may not follow FROM under the schema's mode
    Diff {
        /// Number of a version, latest, or a file
        from: Side,
        /// Number of a version, latest, or a file
        to: Side,
        #[command(flatten)]
        rules: Rules,
    },
    /// Says whether the registry would take a file as a new version, and why not; changes nothing
    Check {
        /// File with the schema text; `registry.schema_file` unless given
        file: Option<PathBuf>,
        #[command(flatten)]
        rules: Rules,
    },
    /// Registers a file as a new version, and creates what is missing as registry.* says
    Register {
        /// File with the schema text; `registry.schema_file` unless given
        file: Option<PathBuf>,
    },
}

runtime::choice! {
    /// What the name of an Avro record counts for.
    pub enum RecordNames {
        /// Nothing, for the record at the top.
        Lenient = "lenient",
        /// A record is followed by one of the same name.
        Strict = "strict",
    }
}

runtime::choice! {
    /// What a symbol counts for that an Avro enum lacks.
    enum EnumSymbols {
        Lenient = "lenient",
        Strict = "strict",
    }
}

/// The rules where registries differ.
#[derive(Clone, Debug, clap::Args)]
struct Rules {
    /// Whether an Avro record may have another name than the one it follows: lenient (it may, at the
    /// top) or strict
    #[arg(long, value_name = "WAY", default_value = "lenient", value_parser = option::<RecordNames>)]
    record_names: RecordNames,
    /// Whether an Avro enum may lack symbols that data has: lenient (it may) or strict (only with a
    /// default)
    #[arg(long, value_name = "WAY", default_value = "lenient", value_parser = option::<EnumSymbols>)]
    enum_symbols: EnumSymbols,
}

impl Rules {
    fn options(&self) -> Options {
        let mut options = self.record_names.options();
        options.avro.enum_symbols = match self.enum_symbols {
            EnumSymbols::Lenient => Strictness::Lenient,
            EnumSymbols::Strict => Strictness::Strict,
        };
        options
    }
}

impl RecordNames {
    fn options(self) -> Options {
        let mut options = Options::default();
        options.avro.record_names = match self {
            Self::Lenient => Strictness::Lenient,
            Self::Strict => Strictness::Strict,
        };
        options
    }
}

/// Tells whether the registry would take the configured schema text as a new version; changes nothing.
///
/// # Errors
/// When it cannot be told: the registry is away, or there is no text.
pub async fn check(config: Config, names: RecordNames) -> Result<Answer, Failure> {
    check::answer(config, names.options()).await
}

/// Runs the command.
pub(crate) fn main(args: Args, config: &ConfigArgs) -> ExitCode {
    let config = args.settings(config);
    daemon::once::<Config, _, _>(&config, async move |config, _| {
        let json = args.json || args.output == Output::Json;
        match Box::pin(args.answer(config)).await {
            Ok(answer) => answer.say(json),
            Err(failure) => answer::untold(failure, json),
        }
    })
}

impl Args {
    /// The options as configuration keys, over all others.
    fn settings(&self, config: &ConfigArgs) -> ConfigArgs {
        let mut config = config.clone();
        let file = match &self.command {
            Command::Check { file, .. } | Command::Register { file } => file.as_ref(),
            _ => None,
        };
        let file = file.map(|path| path.to_string_lossy().into_owned());
        for (key, value) in [
            ("registry.name", self.registry.as_ref()),
            ("registry.schema_name", self.schema_name.as_ref()),
            ("registry.schema_file", file.as_ref()),
        ] {
            if let Some(value) = value {
                config.set.push((key.to_owned(), value.clone()));
            }
        }
        // These two have a definition, however the daemon finds its own.
        let resolution = match self.command {
            Command::Check { .. } => Some("lookup"),
            Command::Register { .. } => Some("register"),
            _ => None,
        };
        if let Some(way) = resolution {
            let key = "registry.resolution";
            config.set.push((key.to_owned(), way.to_owned()));
        }
        config
    }

    async fn answer(self, mut config: Config) -> Result<Answer, Failure> {
        match self.command {
            Command::List => list::answer(&Desk::open(&config).await?).await,
            Command::Show { version } => {
                named(&mut config)?;
                show::answer(&Desk::open(&config).await?, version).await
            }
            Command::Diff { from, to, rules } => {
                named(&mut config)?;
                let desk = Desk::open(&config).await?;
                diff::answer(&desk, (&from, &to), rules.options()).await
            }
            Command::Check { rules, .. } => check::answer(config, rules.options()).await,
            Command::Register { .. } => register::answer(config).await,
        }
    }
}

/// Names the schema where its name comes from its record.
fn named(config: &mut Config) -> Result<(), Failure> {
    if config.registry.names_record() {
        Definition::find(config)?;
    }
    Ok(())
}

/// The registry that is asked.
#[derive(Clone)]
struct Desk {
    registry: Arc<dyn SchemaRegistry>,
    name: SchemaName,
    /// How long one call may be tried.
    patience: Duration,
}

impl Desk {
    async fn open(config: &Config) -> Result<Self, Failure> {
        let metrics = RegistryMetrics::unregistered();
        let patience = config.base.startup_timeout;
        Ok(Self {
            registry: connect::registry(&config.registry, &metrics, patience).await?,
            name: config.registry.schema(),
            patience,
        })
    }

    /// How a call, or a few that belong together, are tried.
    fn retry(&self) -> Retry {
        Retry::until(
            Instant::now() + self.patience,
            &RegistryMetrics::unregistered(),
        )
    }

    /// What holds for the schema; nothing where it does not exist.
    async fn schema(&self) -> Result<Option<SchemaState>, Failure> {
        let ask = || self.registry.schema(&self.name);
        match self.retry().call(Operation::GetSchema, ask).await {
            Ok(schema) => Ok(Some(schema)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: RegistryError) -> Failure {
        let error = anyhow::Error::new(error).context(format!("ask about {}", self.name));
        Failure::new(Exit::CouldNotTell, error)
    }

    fn missing(&self) -> Failure {
        Failure::said(Exit::CouldNotTell, format!("{} does not exist", self.name))
    }
}
