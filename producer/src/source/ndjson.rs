//! The `ndjson` source: a file or stdin with one JSON object a line.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::error::Kind;
use common::serializer::Serializer;
use runtime::lines::{Line, Lines};

use super::input::{Input, Origin, Ready};
use super::{Next, Place, Record, Rejection, Source, SourceError, Span};
use crate::envelope::Envelope;
use crate::resume::Resume;

/// How long the lines of a file that has gone are waited for before they are looked at again.
const SETTLE: Duration = Duration::from_millis(20);

/// The `ndjson` source.
pub(crate) struct Ndjson {
    path: String,
    max_line: usize,
    input: Input,
    /// Keeps the place, where it is kept.
    resume: Option<Arc<Resume>>,
    lines: Lines,
    envelope: Envelope,
    /// The end of the last line.
    at: Place,
    /// Bytes used, those of a line that has begun among them.
    offset: u64,
}

impl Ndjson {
    /// Starts to read an input, at the place that an earlier run has reached if places are kept; `rules` are the
    /// longest line, and what goes around values.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(crate) fn open(
        origin: Origin,
        path: &Path,
        resume: Option<Arc<Resume>>,
        (max_line, envelope): (usize, Envelope),
    ) -> std::io::Result<Self> {
        let place = resume
            .as_ref()
            .map_or_else(Place::default, |resume| resume.start());
        Ok(Self {
            resume,
            path: if path == Path::new("-") {
                "stdin".to_owned()
            } else {
                path.display().to_string()
            },
            max_line,
            input: Input::start(origin)?,
            lines: Lines::new(max_line),
            envelope,
            at: place,
            offset: place.offset,
        })
    }

    /// The next line, or what there is instead.
    fn line(&mut self) -> Result<Result<Line, Next>, SourceError> {
        loop {
            let ready = self.input.ready();
            match ready.map_err(|error| self.failed(error))? {
                Ready::Waiting => return Ok(Err(Next::Waiting)),
                Ready::End => return Ok(self.lines.finish().ok_or(Next::End)),
                Ready::Renewed => {
                    // A line without an end was the old file's last one.
                    if let Some(line) = self.lines.finish() {
                        return Ok(Ok(line));
                    }
                    let begun = self.begin_anew();
                    if !begun.map_err(|error| self.failed(error))? {
                        std::thread::sleep(SETTLE);
                        return Ok(Err(Next::Waiting));
                    }
                }
                Ready::Bytes => {
                    let mut bytes = self.input.bytes();
                    let line = self.lines.take(&mut bytes);
                    let left = bytes.len();
                    let used = self.input.bytes().len() - left;
                    self.offset = self.offset.saturating_add(used as u64);
                    self.input.leave(left);
                    if let Some(line) = line {
                        return Ok(Ok(line));
                    }
                }
            }
        }
    }

    fn failed(&self, error: std::io::Error) -> SourceError {
        SourceError::Read {
            path: self.path.clone(),
            line: self.at.line,
            error,
        }
    }

    /// Counts lines and bytes from the beginning of what is read now; not before the old lines are settled, where
    /// places are kept.
    fn begin_anew(&mut self) -> std::io::Result<bool> {
        let Some(renewal) = self.input.renewal() else {
            return Ok(true);
        };
        if let Some(resume) = &self.resume
            && !resume.renew(&renewal.file, renewal.is_truncated)?
        {
            return Ok(false);
        }
        let (lines, path) = (self.at.line, &self.path);
        if renewal.is_truncated {
            tracing::warn!(
                lines,
                path,
                "the file was cut: it is read from its beginning"
            );
        } else {
            tracing::info!(
                lines,
                path,
                "another file stands in the place of the one before: it is read from its beginning"
            );
        }
        *self.input.renewal() = None;
        self.at = Place::default();
        self.offset = 0;
        Ok(true)
    }

    /// The line that has just ended.
    fn span(&mut self) -> Span {
        let (line, offset) = (self.at.line + 1, self.offset);
        let to = Place { line, offset };
        let from = std::mem::replace(&mut self.at, to);
        Span { from, to }
    }

    /// Encodes the line, and takes its key and headers.
    fn record(
        &mut self,
        serializer: &mut Serializer,
        record: &mut Record,
    ) -> Result<(), (Kind, String)> {
        let text = self.lines.text();
        if text.is_empty() {
            return Err((Kind::Json, "the line is empty".to_owned()));
        }
        serializer
            .encode_json(text, &mut record.value)
            .map_err(|error| (error.kind(), error.to_string()))?;
        self.envelope
            .write(text, record)
            .map_err(|error| (Kind::Validation, error.to_string()))
    }
}

impl Source for Ndjson {
    fn next(
        &mut self,
        serializer: &mut Serializer,
        record: &mut Record,
    ) -> Result<Next, SourceError> {
        let outcome = match self.line()? {
            Ok(Line::Whole) => self.record(serializer, record),
            Ok(Line::TooLong) => Err((
                Kind::TooLarge,
                format!(
                    "the line is longer than source.max_line ({} bytes)",
                    self.max_line
                ),
            )),
            Err(instead) => return Ok(instead),
        };
        let span = self.span();
        let line = Some(span.to.line);
        record.span = Some(span);
        Ok(match outcome {
            Ok(()) => Next::Record,
            Err((kind, why)) => Next::Rejected(Rejection { line, kind, why }),
        })
    }
}
