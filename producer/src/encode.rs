//! `producer encode`: JSON lines on stdin, one frame in hex a line on stdout.
//!
//! With a schema file and a version id it reads no configuration and asks nobody. Otherwise its options become
//! configuration keys, and the version is found exactly as the daemon finds it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use client::codec::{Form, Format, PayloadCompression};
use client::connect;
use common::avro::{JsonIn, UnknownFields};
use common::limits::Limits;
use common::metrics::RegistryMetrics;
use common::registry::SchemaVersion;
use common::registry::resolution::{Pin, pinned};
use common::registry::retry::Retry;
use common::serializer::{Serializer, SerializerOptions};
use runtime::daemon::{self, ConfigArgs, option, say};
use runtime::filter::{self, Input};
use runtime::lifecycle::{Exit, Failure};
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;
use crate::definition::Definition;
use crate::evolution;
use crate::schema;

runtime::choice! {
    /// How the version is found that frames carry.
    enum Search {
        Lookup = "lookup",
        Register = "register",
        Latest = "latest",
    }
}

/// The options of the command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// File with the schema text; not needed where the registry supplies it
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Data format of the schema: avro, json or protobuf [default: avro; with a registry `codec.format`]
    #[arg(long, value_name = "FORMAT", value_parser = option::<Format>)]
    format: Option<Format>,
    /// Full name of the Protobuf message, if the schema has more than one at its top
    #[arg(long, value_name = "NAME")]
    message: Option<String>,
    /// Registry that has the schema; `registry.name` unless given
    #[arg(long, value_name = "NAME", conflicts_with = "schema_version_id")]
    registry: Option<String>,
    /// Name of the schema; `registry.schema_name` unless given
    #[arg(long, value_name = "NAME", conflicts_with = "schema_version_id")]
    schema_name: Option<String>,
    /// Version id that frames carry; with --schema no registry is asked
    #[arg(long, value_name = "UUID", conflicts_with = "resolution")]
    schema_version_id: Option<Uuid>,
    /// How the version is found: lookup, register or latest
    #[arg(long, value_name = "WAY", default_value = "lookup", value_parser = option::<Search>)]
    resolution: Search,
    /// Compression of payloads: none or zlib
    #[arg(long, value_name = "WAY", default_value = "none", value_parser = option::<PayloadCompression>)]
    compression: PayloadCompression,
    /// How values stand in the lines: plain, or avro for Avro's own JSON encoding
    #[arg(long, value_name = "FORM", default_value = "plain", value_parser = option::<Form>)]
    json: Form,
}

/// Runs the command.
pub(crate) fn main(mut args: Args, config: &ConfigArgs) -> ExitCode {
    if let (Some(path), Some(id)) = (&args.schema, args.schema_version_id) {
        let place = format!("use the schema {}", path.display());
        let ended = args
            .version_of_file(path, id)
            .and_then(|version| args.run(&version, &place, &SerializerOptions::default()));
        return filter::ended("producer", ended);
    }
    let config = args.settings(config);
    daemon::once::<Config, _, _>(&config, async move |mut config, _| {
        let version = args.version(&mut config).await?;
        let options = config.codec.serializer_options(UnknownFields::Refuse);
        args.message = config.codec.message;
        let place = format!("use schema version {}", version.id);
        tokio::task::spawn_blocking(move || args.run(&version, &place, &options))
            .await
            .context("encode")?
    })
}

impl Args {
    /// The options as configuration keys, over all others.
    fn settings(&self, config: &ConfigArgs) -> ConfigArgs {
        let mut config = config.clone();
        let mut set = |key: &str, value: &str| config.set.push((key.to_owned(), value.to_owned()));
        for (key, value) in [
            ("registry.name", &self.registry),
            ("registry.schema_name", &self.schema_name),
        ] {
            if let Some(value) = value {
                set(key, value);
            }
        }
        if let Some(path) = &self.schema {
            set("registry.schema_file", &path.to_string_lossy());
        }
        if let Some(format) = self.format {
            set("codec.format", format.as_str());
        }
        if let Some(message) = &self.message {
            set("codec.message", message);
        }
        match (self.schema_version_id, self.resolution) {
            (Some(id), _) => {
                set("registry.resolution", "id");
                set("registry.schema_version_id", &id.to_string());
            }
            // The newest version is fetched without the daemon's own search.
            (None, Search::Latest) => set("registry.resolution", "lookup"),
            (None, way) => set("registry.resolution", way.as_str()),
        }
        config
    }

    async fn version(&self, config: &mut Config) -> Result<SchemaVersion, Failure> {
        // Where the registry has the text, a file that is none is refused all the same.
        let latest = self.resolution == Search::Latest;
        let definition = if latest && self.schema.is_none() {
            let named = config.registry.name_after(None);
            named.map_err(|error| Failure::new(Exit::Configuration, error))?;
            None
        } else {
            Definition::find(config)?
        };
        let metrics = RegistryMetrics::unregistered();
        let deadline = Instant::now() + config.base.startup_timeout;
        let registry =
            connect::registry(&config.registry, &metrics, config.base.startup_timeout).await?;
        let retry = Retry::until(deadline, &metrics);
        let found = if latest {
            let (name, format) = (config.registry.schema(), config.codec.data_format());
            pinned(registry.as_ref(), &name, Pin::Latest, format, &retry).await
        } else {
            let found =
                schema::search(config, definition.as_ref(), registry.as_ref(), &retry).await;
            found.map(|found| found.version)
        };
        found.map_err(evolution::failure)
    }

    fn version_of_file(&self, path: &std::path::Path, id: Uuid) -> Result<SchemaVersion, Failure> {
        let format = self.format.unwrap_or(Format::Avro);
        if self.message.is_some() && format != Format::Protobuf {
            let said = "--message is used with --format protobuf only";
            return Err(Failure::said(Exit::Usage, said));
        }
        let definition = std::fs::read_to_string(path)
            .with_context(|| format!("read the schema {}", path.display()))
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        Ok(SchemaVersion {
            id,
            ..SchemaVersion::unregistered(format.data_format(), definition)
        })
    }

    /// Encodes stdin's lines by the options of the configuration, where the command has none of its own; `place` says
    /// where the schema comes from.
    fn run(
        &self,
        version: &SchemaVersion,
        place: &str,
        configured: &SerializerOptions,
    ) -> Result<(), Failure> {
        let limits = configured.limits;
        let options = SerializerOptions {
            compression: self.compression.codec(),
            deflate: configured.deflate,
            limits,
            json: JsonIn {
                form: self.json.codec(),
                unknown_fields: UnknownFields::Refuse,
            },
            message: self.message.clone(),
        };
        let mut serializer = schema::serializer(version, options)
            .with_context(|| place.to_owned())
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        let mut frame = Vec::new();
        let count = filter::filter(limits.json_bytes, |line, out| {
            match encode(&mut serializer, line, limits, &mut frame) {
                Ok(()) => hex(&frame, out),
                Err(refusal) => {
                    say(&format!("line {}: {refusal}", line.number));
                    return false;
                }
            }
            true
        })?;
        count.end()
    }
}

/// Encodes a line, or says kind and reason of its refusal.
fn encode(
    serializer: &mut Serializer,
    line: Input<'_>,
    limits: Limits,
    frame: &mut Vec<u8>,
) -> Result<(), String> {
    let Some(text) = line.text else {
        let most = limits.json_bytes;
        return Err(format!("too_large: the line is longer than {most} bytes"));
    };
    serializer
        .encode_json(text, frame)
        .map_err(|error| format!("{}: {error}", error.kind().as_str()))
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(2 * bytes.len());
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}
