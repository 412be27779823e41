//! `producer send`: JSON lines on stdin become records of a topic; a dry run shows them instead.
//!
//! The options become configuration keys, and what sends is the daemon itself with the `ndjson` source on stdin.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use client::connect;
use client::registry::Resolution;
use common::json::write_string;
use common::metrics::RegistryMetrics;
use common::registry::SchemaVersion;
use common::registry::retry::Retry;
use common::serializer::Serializer;
use runtime::daemon::{self, ConfigArgs, say};
use runtime::filter::{self, Input};
use runtime::lifecycle::{Exit, Failure};
use tokio::time::Instant;

use crate::config::Config;
use crate::definition::Definition;
use crate::envelope::Envelope;
use crate::evolution;
use crate::schema;
use crate::source::Record;
use crate::source::input::unpack;
use crate::template::Template;

/// The options of the command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Topic to write to; `kafka.topic` unless given
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// File with the schema text; `registry.schema_file` unless given
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Key of each record, its fields in braces: `{order_id}`; `source.key` unless given
    #[arg(long, value_name = "TEMPLATE", value_parser = template)]
    key: Option<Template>,
    /// Header of each record, likewise: `source=import-{region}`; repeatable
    #[arg(long = "header", value_name = "NAME=TEMPLATE", value_parser = header)]
    headers: Vec<(String, Template)>,
    /// Send nothing and register nothing: print a JSON line for each record, with its key, its headers
    /// and its frame in hex
    #[arg(long)]
    dry_run: bool,
}

fn template(text: &str) -> Result<Template, String> {
    text.parse()
}

fn header(text: &str) -> Result<(String, Template), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.parse()?)),
        _ => Err("expected NAME=TEMPLATE".to_owned()),
    }
}

/// Runs the command.
pub(crate) fn main(args: &Args, config: &ConfigArgs) -> ExitCode {
    let config = args.settings(config);
    if args.dry_run {
        return daemon::once::<Config, _, _>(&config, async |config, _| show(config).await);
    }
    daemon::job::<Config, _, _>(&config, crate::start)
}

impl Args {
    /// The options as configuration keys, over all others.
    fn settings(&self, config: &ConfigArgs) -> ConfigArgs {
        let mut config = config.clone();
        // Whoever wants another rate says so behind it.
        config
            .set
            .insert(0, ("source.rate".to_owned(), "0/s".to_owned()));
        let mut set = |key: &str, value: &str| config.set.push((key.to_owned(), value.to_owned()));
        set("source.kind", "ndjson");
        set("source.path", "-");
        set("source.resume", "false");
        set("source.follow", "false");
        if let Some(topic) = &self.topic {
            set("kafka.topic", topic);
        }
        if let Some(path) = &self.schema {
            set("registry.schema_file", &path.to_string_lossy());
        }
        if let Some(key) = &self.key {
            set("source.key_template", key.text());
        }
        for (name, value) in &self.headers {
            set(&format!("source.headers.{name}"), value.text());
        }
        config
    }
}

/// The dry run: what would be sent goes to stdout.
async fn show(mut config: Config) -> Result<(), Failure> {
    if config.registry.resolution == Resolution::Register {
        config.registry.resolution = Resolution::Lookup;
    }
    let definition = Definition::find(&mut config)?;
    // What is wrong with a template is said before anybody is asked, unless the registry has the schema.
    let early = definition
        .as_ref()
        .map(|known| known.envelope(&config.source));
    let early = early.transpose()?;
    let version = version(&config, definition.as_ref()).await?;
    let envelope = match early {
        Some(envelope) => envelope,
        None => Definition::of(&version, &config.codec)?.envelope(&config.source)?,
    };
    let serializer = schema::compiled(&config, &version)
        .with_context(|| format!("use schema version {}", version.id))
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let max_line = config.source.max_line.bytes();
    let lines = move || Shown::new(serializer, envelope).all(max_line);
    tokio::task::spawn_blocking(lines)
        .await
        .context("show records")?
}

async fn version(config: &Config, known: Option<&Definition>) -> Result<SchemaVersion, Failure> {
    let (metrics, patience) = (RegistryMetrics::unregistered(), config.base.startup_timeout);
    let deadline = Instant::now() + patience;
    let registry = connect::registry(&config.registry, &metrics, patience).await?;
    let retry = Retry::until(deadline, &metrics);
    let found = schema::search(config, known, registry.as_ref(), &retry).await;
    Ok(found.map_err(evolution::failure)?.version)
}

/// Writes what would be sent.
struct Shown {
    serializer: Serializer,
    envelope: Envelope,
    record: Record,
}

impl Shown {
    fn new(serializer: Serializer, envelope: Envelope) -> Self {
        Self {
            serializer,
            envelope,
            record: Record::default(),
        }
    }

    fn all(mut self, max_line: usize) -> Result<(), Failure> {
        let input = unpack::unpacked(Box::new(std::io::stdin())).context("read stdin")?;
        let each = |line: Input<'_>, out: &mut Vec<u8>| match self.one(line, max_line, out) {
            Ok(()) => true,
            Err(refusal) => {
                say(&format!("line {}: {refusal}", line.number));
                false
            }
        };
        let count = filter::filter_from(input, max_line, each)?;
        if count.failed == 0 {
            return Ok(());
        }
        let message = format!(
            "{} of {} lines would be rejected",
            count.failed, count.lines
        );
        Err(Failure::said(Exit::Refused, message))
    }

    /// Appends the line of a record, or says kind and reason of its refusal.
    fn one(&mut self, line: Input<'_>, max_line: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let Self {
            serializer,
            envelope,
            record,
        } = self;
        let Some(text) = line.text else {
            return Err(format!(
                "too_large: the line is longer than source.max_line ({max_line} bytes)"
            ));
        };
        serializer
            .encode_json(text, &mut record.value)
            .map_err(|error| format!("{}: {error}", error.kind().as_str()))?;
        let written = envelope.write(text, record);
        written.map_err(|error| format!("validation: {error}"))?;
        write_record(record, out);
        Ok(())
    }
}

/// `{"key":…,"headers":[{"name":"value"},…],"frame":"…"}`, keys and headers as the consumer shows them.
fn write_record(record: &Record, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"key\":");
    match record.key() {
        Some(key) => write_string(&String::from_utf8_lossy(key), out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"headers\":[");
    for (index, (name, value)) in record.headers.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
        write_string(name, out);
        out.push(b':');
        write_string(&String::from_utf8_lossy(value), out);
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"frame\":\"");
    out.extend_from_slice(hex::encode(&record.value).as_bytes());
    out.extend_from_slice(b"\"}");
}
