//! The `ndjson` source: a file or stdin with one JSON object a line.

use std::path::Path;

use common::error::Kind;
use common::serializer::Serializer;
use runtime::lines::{Line, Lines};

use super::input::{Input, Origin, Ready};
use super::{Next, Record, Rejection, Source, SourceError};
use crate::key::Key;

/// The `ndjson` source.
pub(crate) struct Ndjson {
    path: String,
    max_line: usize,
    input: Input,
    lines: Lines,
    key: Option<Key>,
}

impl Ndjson {
    /// Opens the input and starts to read it.
    ///
    /// # Errors
    /// When the input does not exist or cannot be read.
    pub(crate) fn open(path: &Path, max_line: usize, key: Option<Key>) -> std::io::Result<Self> {
        Ok(Self {
            path: if path == Path::new("-") {
                "stdin".to_owned()
            } else {
                path.display().to_string()
            },
            max_line,
            input: Input::start(Origin::find(path)?)?,
            lines: Lines::new(max_line),
            key,
        })
    }

    /// The next line, or what there is instead.
    fn line(&mut self) -> Result<Result<Line, Next>, SourceError> {
        let read = |lines: &Lines, path: &str, error| SourceError::Read {
            path: path.to_owned(),
            line: lines.number(),
            error,
        };
        loop {
            match self
                .input
                .ready()
                .map_err(|error| read(&self.lines, &self.path, error))?
            {
                Ready::Waiting => return Ok(Err(Next::Waiting)),
                Ready::End => return Ok(self.lines.finish().ok_or(Next::End)),
                Ready::Bytes => {
                    let mut bytes = self.input.bytes();
                    let line = self.lines.take(&mut bytes);
                    let left = bytes.len();
                    self.input.leave(left);
                    if let Some(line) = line {
                        return Ok(Ok(line));
                    }
                }
            }
        }
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
        let line = Some(self.lines.number());
        record.line = line;
        Ok(match outcome {
            Ok(()) => Next::Record,
            Err((kind, why)) => Next::Rejected(Rejection { line, kind, why }),
        })
    }
}
