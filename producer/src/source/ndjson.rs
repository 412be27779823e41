//! The `ndjson` source: a file or stdin with one JSON object a line.

use std::path::Path;

use common::error::Kind;
use common::serializer::Serializer;
use runtime::lines::{Line, Lines};

use super::input::{Input, Origin, Ready};
use super::{Next, Place, Record, Rejection, Source, SourceError, Span};
use crate::key::Key;

/// The `ndjson` source.
pub(crate) struct Ndjson {
    path: String,
    max_line: usize,
    input: Input,
    lines: Lines,
    key: Option<Key>,
    /// The end of the last line.
    at: Place,
    /// Bytes used, those of a line that has begun among them.
    offset: u64,
}

impl Ndjson {
    /// Opens the input and starts to read it; `rules` are the longest line and the key.
    ///
    /// # Errors
    /// When the input does not exist or cannot be read.
    pub(crate) fn open(path: &Path, rules: (usize, Option<Key>)) -> std::io::Result<Self> {
        let origin = Origin::find(path)?;
        Self::behind(Place::default(), origin, path, rules)
    }

    /// Starts to read an input that is open at a place.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(crate) fn behind(
        place: Place,
        origin: Origin,
        path: &Path,
        (max_line, key): (usize, Option<Key>),
    ) -> std::io::Result<Self> {
        Ok(Self {
            path: if path == Path::new("-") {
                "stdin".to_owned()
            } else {
                path.display().to_string()
            },
            max_line,
            input: Input::start(origin)?,
            lines: Lines::new(max_line),
            key,
            at: place,
            offset: place.offset,
        })
    }

    /// The next line, or what there is instead.
    fn line(&mut self) -> Result<Result<Line, Next>, SourceError> {
        let (path, line) = (&self.path, self.at.line);
        let failed = |error| SourceError::Read {
            path: path.clone(),
            line,
            error,
        };
        loop {
            match self.input.ready().map_err(failed)? {
                Ready::Waiting => return Ok(Err(Next::Waiting)),
                Ready::End => return Ok(self.lines.finish().ok_or(Next::End)),
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

    /// The line that has just ended.
    fn span(&mut self) -> Span {
        let (line, offset) = (self.at.line + 1, self.offset);
        let to = Place { line, offset };
        let from = std::mem::replace(&mut self.at, to);
        Span { from, to }
    }

    /// Encodes the line and takes its key.
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
        record.keyed = self.key.is_some();
        if let Some(key) = &mut self.key {
            key.write_from_json(text, &mut record.key)
                .map_err(|error| (Kind::Validation, error.to_string()))?;
        }
        Ok(())
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
