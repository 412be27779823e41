//! The configured source, opened, and the threads that work on it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use anyhow::Context as _;
use common::registry::SchemaVersion;
use rand::TryRng as _;
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::{Heartbeat, Telemetry};
use tokio_util::sync::CancellationToken;

use super::Source;
use super::generate::{Generate, Recipe};
use super::http::Http;
use super::input::Origin;
use super::ndjson::Ndjson;
use super::orders::Orders;
use crate::config::{self, Config, SourceKind};
use crate::definition::Definition;
use crate::envelope::Envelope;
use crate::key::Key;
use crate::latest::Newest;
use crate::pipeline::{End, Pipeline, Rules};
use crate::publish::{Publisher, Sender};
use crate::resume::Resume;
use crate::schema;

/// A worker that has not looked around for so long is stuck.
const STALL: Duration = Duration::from_mins(1);

/// Where records come from.
pub(crate) enum Supply {
    /// A source for each worker, which asks it for record after record.
    Sources(Vec<Box<dyn Source>>),
    /// Requests, which come by themselves.
    Http(Box<Http>),
}

impl Supply {
    /// Opens the source: files are opened here, unless one is gone on with, and addresses taken.
    ///
    /// # Errors
    /// 78 when that fails, or the configured key is none of the schema's.
    pub(crate) fn open(
        config: &Config,
        definition: &Definition,
        resume: Option<&Arc<Resume>>,
    ) -> Result<Self, Failure> {
        let source = &config.source;
        Ok(match source.kind {
            SourceKind::Http => Self::Http(Box::new(Http::open(config, definition.key(source)?)?)),
            SourceKind::Ndjson => {
                let envelope = definition.envelope(source)?;
                Self::Sources(vec![ndjson(source, envelope, resume)?])
            }
            SourceKind::Generate => Self::Sources(generators(config, definition)?),
            SourceKind::Orders => {
                let key = definition.key(source)?;
                Self::Sources(orders(config, key.as_ref())?)
            }
        })
    }

    /// How many threads work on it.
    pub(crate) fn workers(&self) -> usize {
        match self {
            Self::Sources(sources) => sources.len(),
            Self::Http(http) => http.workers(),
        }
    }

    /// Starts the workers, each of which says how it ended; gives the address where there is one.
    ///
    /// # Errors
    /// The operating system refuses a thread or the address.
    pub(crate) fn start(
        self,
        crew: &Crew<'_>,
        settled: &CancellationToken,
    ) -> Result<Option<SocketAddr>, Failure> {
        let sources = match self {
            Self::Http(http) => return http.start(crew, settled).map(Some),
            Self::Sources(sources) => sources,
        };
        for source in sources {
            let (sender, heart) = crew.hand();
            let (newest, rules) = (crew.newest.clone(), crew.rules.clone());
            let pipeline = Pipeline::new(source, newest, sender, heart, rules);
            crew.spawn(move || {
                pipeline
                    .run()
                    .map_err(|error| Failure::new(error.exit(), error))
            })?;
        }
        Ok(None)
    }
}

/// What all workers are given, whatever they work on.
pub(crate) struct Crew<'a> {
    pub(crate) publisher: &'a Arc<Publisher>,
    pub(crate) newest: &'a Newest,
    pub(crate) rules: Rules,
    /// Hears how each worker ended; it has room for each one's word.
    pub(crate) ended: SyncSender<End>,
    pub(crate) tasks: &'a Tasks,
    pub(crate) telemetry: &'a Telemetry,
}

impl Crew<'_> {
    /// A worker's own way to Kafka, and its heart.
    pub(super) fn hand(&self) -> (Sender, Heartbeat) {
        let heart = self.telemetry.health().heartbeat("pipeline", STALL);
        (Sender::new(self.publisher, heart.clone()), heart)
    }

    /// Runs a worker on a thread of its own.
    pub(super) fn spawn(
        &self,
        work: impl FnOnce() -> Result<End, Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let ended = self.ended.clone();
        self.tasks.spawn_thread("pipeline", move || {
            // The channel has room for each worker's word, and its reader outlives them.
            ended.send(work()?).ok();
            Ok(())
        })
    }
}

fn ndjson(
    source: &config::Source,
    envelope: Envelope,
    resume: Option<&Arc<Resume>>,
) -> Result<Box<dyn Source>, Failure> {
    let path = source.path.as_deref().unwrap_or(Path::new("-"));
    let rules = (source.max_line.bytes(), envelope);
    let ndjson = origin(source, path, resume)
        .and_then(|origin| Ndjson::open(origin, path, resume.cloned(), rules))
        .with_context(|| format!("open {} (source.path)", path.display()))
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    Ok(Box::new(ndjson))
}

/// The file to read, open where an earlier run has left off.
fn origin(
    source: &config::Source,
    path: &Path,
    resume: Option<&Arc<Resume>>,
) -> std::io::Result<Origin> {
    let found = match resume {
        Some(resume) => Origin::File(resume.input()?),
        None => Origin::find(path)?,
    };
    if source.follow {
        return found.followed(path);
    }
    Ok(found)
}

/// One for each worker.
fn orders(config: &Config, key: Option<&Key>) -> Result<Vec<Box<dyn Source>>, Failure> {
    let source = &config.source;
    let seed = seed(config)?;
    let worker = |number| match Orders::new(seed, number, source.variant, key.cloned()) {
        Ok(orders) => Ok(Box::new(orders) as Box<dyn Source>),
        Err(name) => {
            let message = format!("source.key: orders have no field `{name}`");
            Err(Failure::said(Exit::Configuration, message))
        }
    };
    (0..).take(source.workers).map(worker).collect()
}

/// What makes records of the schema, for each worker, once tried out.
fn generators(config: &Config, definition: &Definition) -> Result<Vec<Box<dyn Source>>, Failure> {
    let envelope = definition.envelope(&config.source)?;
    if config.generate.tombstones.part() > 0.0 && !envelope.has_key() {
        let message = "generate.tombstones: a record without a value needs a key: set source.key";
        return Err(Failure::said(Exit::Configuration, message));
    }
    let seed = seed(config)?;
    let misconfigured = |error| Failure::new(Exit::Configuration, error);
    let recipe = Recipe::new(config, definition, &envelope.names(), seed).map_err(misconfigured)?;
    let version =
        SchemaVersion::unregistered(config.codec.data_format(), definition.text().to_owned());
    schema::compiled(config, &version)
        .and_then(|mut serializer| recipe.sample(&mut serializer))
        .context("make records of the schema (source.kind = \"generate\")")
        .map_err(misconfigured)?;
    let worker = |number| -> Box<dyn Source> {
        let place = (seed, number);
        Box::new(Generate::new(
            recipe.clone(),
            envelope.clone(),
            config,
            place,
        ))
    };
    Ok((0..).take(config.source.workers).map(worker).collect())
}

/// The configured seed, or one of its own for each run.
fn seed(config: &Config) -> Result<u64, Failure> {
    match config.source.seed {
        Some(seed) => Ok(seed),
        None => Ok(rand::rngs::SysRng
            .try_next_u64()
            .context("draw a seed from the operating system")?),
    }
}
