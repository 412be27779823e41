//! Where values go: one trait, one file a sink.

mod file;
mod folder;
pub(crate) mod http;
mod kafka;
pub(crate) mod object;
mod several;
mod stdout;
pub(crate) mod store;
pub(crate) mod verdict;

pub(crate) use several::Sinks;

use crate::batch::Slot;
use crate::config::{ConsumerConfig, Place, SinkConfig, SinkKind};
use crate::metrics::Metrics;
use crate::shape::{Content, Shape};
use crate::target::Target;
use client::s3::S3Error;
use rdkafka::error::KafkaError;
use runtime::lifecycle::Tasks;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;

/// Takes records and says when they are safe.
///
/// Most sinks make each write safe at once. One that [keeps](Sink::is_safe_at_once) records in open files says which
/// partitions' files [are due](Sink::due), and makes all of a partition's safe together when it is told to close them.
pub(crate) trait Sink: Send {
    /// The sink's name, as a label.
    fn name(&self) -> &'static str;

    /// The shape that it takes records in.
    fn shape(&self) -> Shape {
        Shape::Lines
    }

    /// Whether a crash of this process loses nothing of what was written once a write returns `Ok`.
    fn is_safe_at_once(&self) -> bool {
        true
    }

    /// Writes records of one partition, whole batches of them where they are not safe at once.
    ///
    /// # Errors
    /// Nothing is written. The records are given again until they are, nothing else before, and not sooner than
    /// [`verdict::Later`] asks; after [`io::ErrorKind::BrokenPipe`], [`io::ErrorKind::InvalidData`] and
    /// [`verdict::Refused`] the sink takes nothing any more.
    fn write(&mut self, slot: Slot, content: &Content) -> io::Result<()>;

    /// The partitions whose open files are to be closed now.
    fn due(&self) -> Vec<Slot> {
        Vec::new()
    }

    /// Closes all open files of a partition; when this returns `Ok`, all that was written of it is safe. Before each step
    /// that others can see it asks whether the partition `is_ours` still.
    ///
    /// # Errors
    /// Not all are safe. It is called again until they are, or the partition is [forgotten](Sink::forget).
    fn close(&mut self, _: Slot, _is_ours: &dyn Fn() -> bool) -> io::Result<()> {
        Ok(())
    }

    /// The partition is somebody else's: what is open of it is thrown away.
    fn forget(&mut self, _: Slot) {}
}

/// Why a sink cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SinkError {
    /// The sink cannot be opened.
    #[error("the sink {target} cannot be opened")]
    Open {
        target: String,
        #[source]
        source: io::Error,
    },
    /// Somebody else writes there.
    #[error("the file {path} (sink.path) is being written by another process")]
    Taken { path: PathBuf },
    /// The object store cannot be used.
    #[error("the sink {target} (sink.url) cannot be used")]
    Store {
        target: String,
        #[source]
        source: object_store::Error,
    },
    /// No client for S3 can be made.
    #[error("the sink {target} (sink.url) cannot be used")]
    S3 {
        target: String,
        #[source]
        source: S3Error,
    },
    /// No client for the topic can be made.
    #[error("no Kafka client for the sink {topic} can be made")]
    Kafka {
        topic: String,
        #[source]
        source: KafkaError,
    },
    /// No client for the webhook can be made, or it cannot be reached.
    #[error("the sink {target} (sink.http_url) cannot be used")]
    Http {
        target: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Whether values can go to the configured sink, in words; what is there stays as it is.
pub(crate) async fn probe(config: &SinkConfig, topic: &str) -> Result<String, SinkError> {
    if let (SinkKind::Http, Some(http)) = (config.kind, &config.http) {
        return http::probe(http).await;
    }
    match (config.kind, &config.path, &config.object.place) {
        (SinkKind::ObjectStore, _, Some(place)) => {
            if let Place::Folder(folder) = place {
                return probe_below(folder);
            }
            let store = Store::open(&config.object, place, topic).await?;
            let probed = store.probe().await;
            probed.map_err(|source| SinkError::Store {
                target: store.to_string(),
                source,
            })?;
            Ok(format!(
                "a file was written to {store} and taken away again"
            ))
        }
        (SinkKind::File, Some(path), _) => file::probe(path),
        (SinkKind::Kafka, _, _) => Ok("values go to the topic of the target".to_owned()),
        (SinkKind::Stdout | SinkKind::File | SinkKind::ObjectStore | SinkKind::Http, _, _) => {
            Ok("values go to stdout".to_owned())
        }
    }
}

/// Whether files can be made in a folder, or the folder where there is something already.
fn probe_below(folder: &Path) -> Result<String, SinkError> {
    let target = folder.display().to_string();
    let mut there = folder.ancestors().filter(|folder| folder.is_dir());
    let nearest = there.next().unwrap_or(Path::new("."));
    match file::probe_folder(nearest) {
        Ok(()) => Ok(format!("files can be made in {target}")),
        Err(source) => Err(SinkError::Open { target, source }),
    }
}

/// Sinks that are open, and what has to be looked after beside them.
pub(crate) struct Opened {
    pub(crate) sinks: Sinks,
    /// The object store, if that is where values go: what an earlier reader left unfinished there is taken away.
    pub(crate) store: Option<Arc<Store>>,
}

/// What sinks work with beside their configuration.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) metrics: &'a Metrics,
    pub(crate) tasks: &'a Tasks,
    /// Where the kafka sink writes to.
    pub(crate) target: Option<&'a Target>,
}

/// Opens all configured sinks.
pub(crate) async fn open(config: &ConsumerConfig, around: Around<'_>) -> Result<Opened, SinkError> {
    let (mut all, mut kept) = (Vec::new(), None);
    let topic = &config.kafka.topic;
    for config in config.all_sinks() {
        let (sink, store) = Box::pin(open_one(config, topic, around)).await?;
        kept = kept.or(store);
        all.push(sink);
    }
    Ok(Opened {
        sinks: Sinks::new(all),
        store: kept,
    })
}

async fn open_one(
    config: &SinkConfig,
    topic: &str,
    around: Around<'_>,
) -> Result<(Box<dyn Sink>, Option<Arc<Store>>), SinkError> {
    if let (SinkKind::Http, Some(http)) = (config.kind, &config.http) {
        let sink = http::HttpSink::open(http, topic, (around.metrics.http.clone(), around.tasks))?;
        return Ok((Box::new(sink), None));
    }
    let sink: Box<dyn Sink> = match (config.kind, &config.path, &config.object.place) {
        (SinkKind::ObjectStore, _, Some(place)) => {
            let store = Arc::new(Store::open(&config.object, place, topic).await?);
            let metrics = around.metrics.objects.clone();
            let sink = object::ObjectSink::new(&config.object, &store, metrics);
            return Ok((Box::new(sink), Some(store)));
        }
        (SinkKind::File, Some(path), _) => Box::new(file::FileSink::open(path, config.file)?),
        (SinkKind::Kafka, _, _) if let Some(target) = around.target => {
            let topic = config.kafka.topic.as_deref();
            Box::new(kafka::KafkaSink::open(target, topic)?)
        }
        // Without a path or a URL the configuration was refused before.
        (
            SinkKind::Stdout
            | SinkKind::File
            | SinkKind::ObjectStore
            | SinkKind::Kafka
            | SinkKind::Http,
            _,
            _,
        ) => Box::new(stdout::StdoutSink::open()?),
    };
    Ok((sink, None))
}
