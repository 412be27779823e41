//! The mark: how far a file is finished, and by what the file is known again. One line of JSON in a file of its own.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::source::Place;
use crate::source::input::unpack;

/// The number of the file's form.
const FORM: u32 = 1;
/// The largest mark that is read; a topic's name is its only long part.
const MAX_BYTES: u64 = 4096;
/// Bytes of the input that are looked at, at its beginning and before the place.
const SAMPLE_BYTES: u64 = 4096;

/// Why a file cannot be gone on with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum MarkError {
    /// The input cannot be read.
    #[error("the input cannot be read")]
    Input(#[source] io::Error),
    /// A pipe, a device, a folder.
    #[error("the input is no regular file: only a file can be gone on with")]
    NoFile,
    /// Its places are not those of its lines.
    #[error(
        "a compressed input cannot be gone on with: unpack it, or send it whole without source.resume"
    )]
    Packed,
    /// Another process sends it.
    #[error("another producer is sending the input")]
    Held,
    /// The mark cannot be read.
    #[error("{file} cannot be read (source.resume_file)")]
    Read {
        /// The mark's file.
        file: String,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// The mark cannot be written.
    #[error("{file} cannot be written (source.resume_file)")]
    Write {
        /// The mark's file.
        file: String,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// There is a file, and it is no mark.
    #[error(
        "{file} says in no form that this version knows how far the input is sent (source.resume_file)"
    )]
    Form {
        /// The mark's file.
        file: String,
    },
    /// The mark was made for another topic.
    #[error(
        "the input was being sent to the topic {topic}; to send it to another one, name another source.resume_file"
    )]
    Topic {
        /// The topic it was made for.
        topic: String,
    },
    /// The input has become shorter than what was finished.
    #[error("the input has {bytes} bytes, and {offset} of it were sent: it was replaced or cut")]
    Shorter {
        /// Its size now.
        bytes: u64,
        /// Bytes that were finished.
        offset: u64,
    },
    /// The input's bytes are not those that were finished.
    #[error(
        "the input is not the one whose first {line} lines were sent: it was replaced or changed"
    )]
    Replaced {
        /// Lines that were finished.
        line: u64,
    },
    /// The last line had no end and was sent as it was.
    #[error("line {line} of the input had no line end when it was sent, and was continued since")]
    Continued {
        /// The line's number.
        line: u64,
    },
}

/// How far an input is finished.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    gluestream_progress: u32,
    topic: String,
    line: u64,
    offset: u64,
    /// SHA-256 of the input's first bytes.
    head: String,
    /// SHA-256 of the bytes before the place.
    tail: String,
}

/// Opens an input and takes hold of it.
pub(super) fn open(path: &Path) -> Result<File, MarkError> {
    // Looked at before it is opened: a pipe would keep us waiting.
    if !path.metadata().map_err(MarkError::Input)?.is_file() {
        return Err(MarkError::NoFile);
    }
    let input = File::open(path).map_err(MarkError::Input)?;
    if unpack::is_packed(&input).map_err(MarkError::Input)? {
        return Err(MarkError::Packed);
    }
    hold(&input)?;
    Ok(input)
}

/// Takes hold of an input that is open.
pub(super) fn hold(input: &File) -> Result<(), MarkError> {
    match input.try_lock() {
        Err(TryLockError::WouldBlock) => Err(MarkError::Held),
        // Where the file system has no locks, nobody can be kept away.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

impl Mark {
    /// The mark of an input that is finished up to a place.
    pub(super) fn of(input: &File, topic: &str, place: Place) -> Result<Self, MarkError> {
        let Place { line, offset } = place;
        let sample = offset.min(SAMPLE_BYTES);
        Ok(Self {
            gluestream_progress: FORM,
            topic: topic.to_owned(),
            line,
            offset,
            head: hash(input, 0, sample)?,
            tail: hash(input, offset - sample, sample)?,
        })
    }

    /// Reads a mark; `None` where there is no file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, MarkError> {
        let file = || path.display().to_string();
        let form = || MarkError::Form { file: file() };
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(MarkError::Read {
                    file: file(),
                    error,
                });
            }
        };
        if !metadata.is_file() {
            return Err(form());
        }
        let mut text = Vec::new();
        File::open(path)
            .and_then(|opened| opened.take(MAX_BYTES + 1).read_to_end(&mut text))
            .map_err(|error| MarkError::Read {
                file: file(),
                error,
            })?;
        let mark: Self = serde_json::from_slice(&text).map_err(|_| form())?;
        if mark.gluestream_progress != FORM || text.len() as u64 > MAX_BYTES {
            return Err(form());
        }
        Ok(Some(mark))
    }

    /// Puts the mark in place of the one that is there: all of it, or nothing of it.
    pub(super) fn write(&self, path: &Path) -> Result<(), MarkError> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = Path::new(&new);
        let write = || {
            let mut text = serde_json::to_vec(self)?;
            text.push(b'\n');
            // What a process left that was killed here.
            fs::remove_file(new).ok();
            let mut file = File::create_new(new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(new, path)
        };
        write().map_err(|error| {
            // What is left of the attempt is of no use, and the error is what counts.
            fs::remove_file(new).ok();
            let file = path.display().to_string();
            MarkError::Write { file, error }
        })
    }

    /// The place in an input to go on from.
    ///
    /// # Errors
    /// When the mark is of another topic, or the input is not the one that it was made for.
    pub(super) fn place_in(&self, input: &File, topic: &str) -> Result<Place, MarkError> {
        if self.topic != topic {
            let topic = self.topic.clone();
            return Err(MarkError::Topic { topic });
        }
        let &Self { line, offset, .. } = self;
        let bytes = input.metadata().map_err(MarkError::Input)?.len();
        if bytes < offset {
            return Err(MarkError::Shorter { bytes, offset });
        }
        let place = Place { line, offset };
        if Self::of(input, topic, place)? != *self {
            return Err(MarkError::Replaced { line });
        }
        let offset = offset + rest_of_line(input, place, bytes)?;
        Ok(Place { line, offset })
    }
}

/// The bytes that end the line before a place, where that line had no end before.
fn rest_of_line(input: &File, Place { line, offset }: Place, bytes: u64) -> Result<u64, MarkError> {
    if offset == 0 || bytes == offset {
        return Ok(0);
    }
    let seen = bytes_at(input, offset - 1, (bytes - offset + 1).min(3))?;
    match seen.as_slice() {
        [b'\n', ..] => Ok(0),
        [_, b'\n', ..] => Ok(1),
        [_, b'\r', b'\n'] => Ok(2),
        _ => Err(MarkError::Continued { line }),
    }
}

fn hash(input: &File, from: u64, bytes: u64) -> Result<String, MarkError> {
    let digest = Sha256::digest(bytes_at(input, from, bytes)?);
    Ok(hex::encode(digest))
}

/// At most [`SAMPLE_BYTES`] of an input; reading them moves no position.
fn bytes_at(input: &File, from: u64, bytes: u64) -> Result<Vec<u8>, MarkError> {
    let mut sample = vec![0; usize::try_from(bytes.min(SAMPLE_BYTES)).unwrap_or(0)];
    input
        .read_exact_at(&mut sample, from)
        .map_err(MarkError::Input)?;
    Ok(sample)
}

#[cfg(test)]
mod tests;
