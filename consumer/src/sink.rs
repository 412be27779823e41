//! Where values go: one trait, one file a sink.

mod file;
mod stdout;

use crate::config::{SinkConfig, SinkKind};
use std::io;
use std::path::PathBuf;

/// Takes lines and says when they are safe.
pub(crate) trait Sink: Send {
    /// The sink's name, as a label.
    fn name(&self) -> &'static str;

    /// Writes whole lines; when this returns `Ok`, a crash of this process does not lose them.
    ///
    /// # Errors
    /// The lines are not safe. They are given again until they are, nothing else before; after
    /// [`io::ErrorKind::BrokenPipe`] the sink takes nothing any more.
    fn write(&mut self, lines: &[u8]) -> io::Result<()>;
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
}

/// Opens the configured sink.
pub(crate) fn open(config: &SinkConfig) -> Result<Box<dyn Sink>, SinkError> {
    match (config.kind, &config.path) {
        (SinkKind::File, Some(path)) => Ok(Box::new(file::FileSink::open(path)?)),
        // Without a path the configuration was refused before.
        (SinkKind::Stdout | SinkKind::File, _) => Ok(Box::new(stdout::StdoutSink::open()?)),
    }
}
