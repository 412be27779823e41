//! `consumer decode`: one frame a line on stdin, one JSON answer a line on stdout.
//!
//! With a schema file it reads no configuration and asks nobody. Otherwise schemas come from the registry that the
//! configuration names, each fetched once.

use crate::config::ConsumerConfig;
use crate::hex;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::codec::{Form, Format};
use client::connect;
use client::files;
use client::reader::Reader;
use common::compression::Compression;
use common::deserializer::{Deserializer, DeserializerOptions, ReaderSchema};
use common::error::DecodeError;
use common::json::write_string;
use common::limits::Limits;
use common::metrics::{CacheMetrics, CodecMetrics, RegistryMetrics};
use common::registry::SchemaVersion;
use common::registry::cache::{LoadError, SchemaCache};
use runtime::daemon::{self, ConfigArgs, option};
use runtime::filter::{self, Input};
use runtime::lifecycle::{Exit, Failure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::Instant;
use uuid::Uuid;

runtime::choice! {
    /// How bytes stand in a line.
    enum Encoding {
        Hex = "hex",
        Base64 = "base64",
    }
}

/// The option that names the reader's schema.
const READER_SCHEMA: &str = "--reader-schema";

/// The options of the command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// How frames stand in the lines: hex or base64
    #[arg(long, value_name = "WAY", default_value = "hex", value_parser = option::<Encoding>)]
    input: Encoding,
    /// How values are written: plain, or avro for Avro's own JSON encoding
    #[arg(long, value_name = "FORM", default_value = "plain", value_parser = option::<Form>)]
    json: Form,
    /// File with the schema of all frames, whatever version id they carry; no registry is asked
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Data format of that schema: avro, json or protobuf
    #[arg(long, value_name = "FORMAT", default_value = "avro", requires = "schema", value_parser = option::<Format>)]
    format: Format,
    /// Avro schema that values are read as: writer for each frame's own, latest for the newest of
    /// `registry.schema_name`, or a file
    #[arg(long, value_name = "SCHEMA", default_value = "writer", value_parser = option::<Reader>)]
    reader_schema: Reader,
}

/// Runs the command.
pub(crate) fn main(args: Args, config: &ConfigArgs) -> ExitCode {
    if let Some(path) = &args.schema {
        return filter::ended("consumer", args.with_file(path));
    }
    daemon::once::<ConsumerConfig, _, _>(config, async move |config, _| {
        let (reader, foreign) = files::both(
            args.reader_schema.from_file(READER_SCHEMA),
            config.codec.foreign.values(config.codec.limits()),
        )?;
        let (schemas, newest) = Schemas::open(&config, &args.reader_schema).await?;
        let reader = reader.or(newest);
        let options = DeserializerOptions {
            form: args.json.codec(),
            ..config.codec.deserializer_options()
        };
        let work = move || {
            let metrics = CodecMetrics::unregistered();
            let deserializer = Deserializer::new(&schemas.cache, options, &metrics);
            let deserializer = read_as(deserializer, reader).with_foreign(foreign);
            let limits = config.codec.limits();
            Decoder::new(deserializer, Some(schemas), args.input, limits).run()
        };
        tokio::task::spawn_blocking(work).await.context("decode")?
    })
}

impl Args {
    fn options(&self) -> DeserializerOptions {
        DeserializerOptions {
            form: self.json.codec(),
            ..DeserializerOptions::default()
        }
    }

    fn with_file(&self, path: &Path) -> Result<(), Failure> {
        if self.reader_schema == Reader::Latest {
            let said = "--reader-schema latest asks the registry, and --schema leaves it out";
            return Err(Failure::said(Exit::Usage, said));
        }
        let (limits, metrics) = (Limits::default(), CodecMetrics::unregistered());
        let (deserializer, reader) = files::both(
            files::read(path, "--schema", |definition| {
                let version = SchemaVersion::unregistered(self.format.data_format(), definition);
                Deserializer::with_schema(version, limits, self.options(), &metrics)
            }),
            self.reader_schema.from_file(READER_SCHEMA),
        )?;
        let deserializer = read_as(deserializer, reader);
        Decoder::new(deserializer, None, self.input, limits).run()
    }
}

fn read_as(deserializer: Deserializer, reader: Option<ReaderSchema>) -> Deserializer {
    match reader {
        Some(reader) => deserializer.with_reader(reader),
        None => deserializer,
    }
}

/// Schemas from the registry.
struct Schemas {
    cache: Arc<SchemaCache>,
    runtime: Handle,
}

impl Schemas {
    /// Opens the registry, and fetches the schema that values are read as if the registry has it.
    async fn open(
        config: &ConsumerConfig,
        reader: &Reader,
    ) -> Result<(Self, Option<ReaderSchema>), Failure> {
        let metrics = RegistryMetrics::unregistered();
        let patience = config.base.startup_timeout;
        let deadline = Instant::now() + patience;
        let registry = connect::registry(&config.registry, &metrics, patience).await?;
        let name = config.registry.schema();
        let newest = reader
            .from_registry(registry.as_ref(), &name, &metrics, deadline)
            .await?;
        let options = config.registry.cache_options(&config.codec);
        let lookups = CacheMetrics::unregistered();
        let schemas = Self {
            cache: Arc::new(SchemaCache::new(registry, options, &metrics, &lookups)),
            runtime: Handle::current(),
        };
        Ok((schemas, newest))
    }

    /// Fetches a schema; waits while the registry is away.
    fn fetch(&self, id: Uuid) -> Result<(), LoadError> {
        self.runtime.block_on(self.cache.load(id)).map(drop)
    }
}

struct Decoder {
    deserializer: Deserializer,
    schemas: Option<Schemas>,
    input: Encoding,
    /// Bytes of the longest line.
    max_line: usize,
    frame: Vec<u8>,
    value: Vec<u8>,
}

/// Why a line has no value: a kind of the closed set, and the reason.
struct Refusal {
    kind: &'static str,
    error: String,
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self {
            kind: error.kind().as_str(),
            error: error.to_string(),
        }
    }
}

impl Decoder {
    fn new(
        deserializer: Deserializer,
        schemas: Option<Schemas>,
        input: Encoding,
        limits: Limits,
    ) -> Self {
        Self {
            deserializer,
            schemas,
            input,
            // Hex has two digits a byte; the header and zlib's own bytes come on top of a payload.
            max_line: 2 * limits.payload_bytes + (1 << 20),
            frame: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Decodes stdin's lines.
    fn run(mut self) -> Result<(), Failure> {
        let count = filter::filter(self.max_line, |line, out| {
            let answer = self.answer(line, out);
            if let Err(Refusal { kind, error }) = &answer {
                out.extend_from_slice(b"{\"ok\":false,\"kind\":");
                write_string(kind, out);
                out.extend_from_slice(b",\"error\":");
                write_string(error, out);
                out.push(b'}');
            }
            answer.is_ok()
        })?;
        count.end()
    }

    /// Appends the answer to a line that has a value, or nothing.
    fn answer(&mut self, line: Input<'_>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.read(line)?;
        self.fetch_schema()?;
        self.value.clear();
        let decoded = self
            .deserializer
            .decode_json(&self.frame, &mut self.value)?;
        let compression = match decoded.compression {
            Compression::None => "none",
            Compression::Zlib => "zlib",
        };
        out.extend_from_slice(b"{\"ok\":true,\"schema_version_id\":");
        let id = decoded.schema_version_id.map(|id| id.to_string());
        write_text(id.as_deref(), out);
        out.extend_from_slice(b",\"schema_name\":");
        let name = decoded
            .schema
            .and_then(|schema| schema.schema_name.as_deref());
        write_text(name, out);
        out.extend_from_slice(b",\"data_format\":");
        write_text(
            decoded.schema.map(|schema| schema.data_format.as_str()),
            out,
        );
        out.extend_from_slice(b",\"compression\":");
        write_string(compression, out);
        out.extend_from_slice(b",\"value\":");
        out.extend_from_slice(&self.value);
        out.push(b'}');
        Ok(())
    }

    /// Reads the frame that a line stands for.
    fn read(&mut self, line: Input<'_>) -> Result<(), Refusal> {
        self.frame.clear();
        let text = line.text.ok_or_else(|| Refusal {
            kind: "too_large",
            error: format!("the line is longer than {} bytes", self.max_line),
        })?;
        let text = text.trim_ascii();
        match self.input {
            Encoding::Hex => hex::append(text, &mut self.frame).map_err(|error| Refusal {
                kind: "hex",
                error: error.to_string(),
            }),
            Encoding::Base64 => {
                STANDARD
                    .decode_vec(text, &mut self.frame)
                    .map_err(|error| Refusal {
                        kind: "hex",
                        error: format!("this is no base64: {error}"),
                    })
            }
        }
    }

    /// Has the frame's schema fetched if it is not known yet.
    fn fetch_schema(&mut self) -> Result<(), Refusal> {
        let Some(schemas) = &self.schemas else {
            return Ok(());
        };
        let missing = self.deserializer.missing(&self.frame);
        match missing.map(|id| schemas.fetch(id)) {
            Some(Err(LoadError::Registry { id, source })) => Err(Refusal {
                kind: DecodeError::SchemaUnavailable { id }.kind().as_str(),
                error: format!("schema version {id} cannot be fetched: {source}"),
            }),
            // Of what the registry knows for sure the deserializer says the rest.
            _ => Ok(()),
        }
    }
}

/// Appends a text as JSON, or `null`.
fn write_text(text: Option<&str>, out: &mut Vec<u8>) {
    match text {
        Some(text) => write_string(text, out),
        None => out.extend_from_slice(b"null"),
    }
}
