//! `source.resume`: a file of lines is gone on with behind its last finished line, after any end.
//!
//! How far it is finished is kept in a small file of its own ([`mark`]): replaced as a whole, each second and at the
//! end, by a thread that may block. Delivery reports only move a place in memory ([`unfinished`]).

mod mark;
mod unfinished;

use std::fs::File;
use std::io::Seek as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use runtime::lifecycle::{Exit, Failure};
use serde_json::{Value, json};

use crate::config::{Config, SourceKind};
use crate::source::{Place, Span};
use mark::{Mark, MarkError};
use unfinished::Unfinished;

/// Time between two writes: what was delivered since the last one comes again after a crash.
pub(crate) const SAVE_EVERY: Duration = Duration::from_secs(1);

/// How far the file of an `ndjson` source is finished.
#[derive(Debug)]
pub(crate) struct Resume {
    shown: String,
    /// Where the mark is kept.
    file: PathBuf,
    topic: String,
    start: Place,
    lines: Mutex<Lines>,
}

/// The input that is being sent, and its lines.
#[derive(Debug)]
struct Lines {
    /// Held so that no other producer sends it too.
    input: Arc<File>,
    unfinished: Unfinished,
    /// Whether it is another input than the one that the mark was last written for.
    is_new: bool,
    /// Whether the input was cut while lines of it were on their way: their places lead elsewhere by now.
    is_cut: bool,
}

impl Resume {
    /// Opens the input of a configuration that asks for it, and finds the place to go on from.
    ///
    /// The mark is written at once, so that a place that cannot be written is known before anything is sent.
    ///
    /// # Errors
    /// 78 when the input is no regular file, is not the one that the mark was made for, is held by another producer,
    /// or when the mark cannot be read or written.
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, Failure> {
        let (source, topic) = (&config.source, &config.kafka.topic);
        let is_wanted = source.resume && source.kind == SourceKind::Ndjson;
        let Some(path) = source.path.as_deref().filter(|_| is_wanted) else {
            return Ok(None);
        };
        let file = source.resume_file.clone().unwrap_or_else(|| beside(path));
        Self::find(path, file, topic)
            .with_context(|| format!("go on with {} (source.resume)", path.display()))
            .map(Some)
            .map_err(|error| Failure::new(Exit::Configuration, error))
    }

    fn find(path: &Path, file: PathBuf, topic: &str) -> Result<Self, MarkError> {
        // Where it is a link, the file that it leads to is replaced.
        let file = file.canonicalize().unwrap_or(file);
        let input = mark::open(path)?;
        let start = match Mark::read(&file)? {
            Some(mark) => mark.place_in(&input, topic)?,
            None => Place::default(),
        };
        let resume = Self {
            shown: path.display().to_string(),
            file,
            topic: topic.to_owned(),
            start,
            lines: Mutex::new(Lines {
                input: Arc::new(input),
                unfinished: Unfinished::behind(start),
                is_new: true,
                is_cut: false,
            }),
        };
        resume.save_if_moved(&mut Place::default())?;
        Ok(resume)
    }

    /// Where to go on from.
    pub(crate) const fn start(&self) -> Place {
        self.start
    }

    /// The input, to be read from the place to go on from.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(crate) fn input(&self) -> std::io::Result<File> {
        let mut input = self.lines().input.try_clone()?;
        input.seek(std::io::SeekFrom::Start(self.start.offset))?;
        Ok(input)
    }

    /// Goes on with another input, from its beginning, once all lines of the one before are finished; it may be the
    /// same one, cut.
    ///
    /// # Errors
    /// When another producer sends it.
    pub(crate) fn renew(&self, input: &File, is_cut: bool) -> std::io::Result<bool> {
        let mut lines = self.lines();
        if !lines.unfinished.is_empty() {
            lines.is_cut = is_cut;
            return Ok(false);
        }
        let input = input.try_clone()?;
        mark::hold(&input).map_err(std::io::Error::other)?;
        *lines = Lines {
            input: Arc::new(input),
            unfinished: Unfinished::behind(Place::default()),
            is_new: true,
            is_cut: false,
        };
        Ok(true)
    }

    /// A line is about to be handed to Kafka; `stamp` is kept with it.
    pub(crate) fn take(&self, span: Span, stamp: usize) {
        self.lines().unfinished.take(span, stamp);
    }

    /// A line that was taken is finished, by its number; gives its stamp back.
    pub(crate) fn finish(&self, line: u64) -> usize {
        self.lines().unfinished.finish(line)
    }

    /// A line is finished without having been sent.
    pub(crate) fn pass(&self, span: Span) {
        self.lines().unfinished.pass(span);
    }

    /// Saves how far the file is finished, now and then and, once nothing more will be, at `end`; then lets go of the
    /// input.
    ///
    /// # Errors
    /// 75 when the last write fails; earlier failures are said, and the write is tried again.
    pub(crate) fn keep(&self, end: &Receiver<()>, every: Duration) -> Result<(), Failure> {
        let (mut saved, mut fails) = (self.start, false);
        while end.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            match self.save_if_moved(&mut saved) {
                Ok(()) if fails => {
                    tracing::info!(file = %self.file.display(), "how far the input is sent is saved again");
                    fails = false;
                }
                Err(error) if !fails => {
                    let (error, file) = (anyhow::Error::new(error), self.file.display());
                    tracing::error!(%file, error = format!("{error:#}"), "how far the input is sent is not saved; it is tried again");
                    fails = true;
                }
                Ok(()) | Err(_) => {}
            }
        }
        let last = self.save_if_moved(&mut saved);
        // Where the file system has no locks, there is none to give back.
        self.lines().input.unlock().ok();
        last.map_err(|error| self.unsaved(error, saved))
    }

    fn save_if_moved(&self, saved: &mut Place) -> Result<(), MarkError> {
        let (input, reached, is_new) = {
            let mut lines = self.lines();
            if lines.is_cut && !lines.unfinished.is_empty() {
                return Ok(());
            }
            let is_new = std::mem::take(&mut lines.is_new);
            let reached = if lines.is_cut {
                Place::default()
            } else {
                lines.unfinished.finished()
            };
            (Arc::clone(&lines.input), reached, is_new)
        };
        if reached != *saved || is_new {
            let written =
                Mark::of(&input, &self.topic, reached).and_then(|mark| mark.write(&self.file));
            if written.is_err() {
                self.lines().is_new |= is_new;
            }
            written?;
            *saved = reached;
        }
        Ok(())
    }

    fn unsaved(&self, error: MarkError, saved: Place) -> Failure {
        let said = format!(
            "how far {} is sent could not be saved in {}: what was sent behind line {} comes again",
            self.shown,
            self.file.display(),
            saved.line
        );
        Failure::new(
            Exit::DrainIncomplete,
            anyhow::Error::new(error).context(said),
        )
    }

    /// The part of `GET /state`.
    pub(crate) fn state(&self) -> Value {
        let finished = self.lines().unfinished.finished();
        json!({
            "file": self.file.display().to_string(),
            "began_behind_line": self.start.line,
            "finished_lines": finished.line,
            "finished_bytes": finished.offset,
        })
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The mark's file where none is configured.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".progress");
    name.into()
}

#[cfg(test)]
mod tests;
