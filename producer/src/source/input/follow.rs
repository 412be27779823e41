//! Reads a file that grows, and the one that takes its place.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::{CHUNK_BYTES, Chunk, Renewal, unpack};

/// Time between two looks at the end of the file.
const POLL: Duration = Duration::from_millis(200);
/// How long a file is read on that was moved away: who writes to it may not have noticed.
const LINGER: Duration = Duration::from_secs(1);

/// A file that is followed.
#[derive(Debug)]
pub(crate) struct Followed {
    path: PathBuf,
    file: File,
    /// When another file was first seen in its place.
    replaced: Option<Instant>,
}

/// What is the matter with a file at whose end nothing comes.
enum State {
    Same,
    Truncated,
    Replaced,
}

impl Followed {
    /// A regular file that is open at the place to read from.
    ///
    /// # Errors
    /// When it is compressed.
    pub(super) fn new(path: &Path, file: File) -> io::Result<Self> {
        if unpack::is_packed(&file)? {
            let why = "a compressed file cannot be followed (source.follow)";
            return Err(io::Error::new(ErrorKind::Unsupported, why));
        }
        Ok(Self {
            path: path.to_path_buf(),
            file,
            replaced: None,
        })
    }

    /// Hands over what comes, until nobody takes it any more.
    pub(super) fn read_all(
        mut self,
        chunks: &SyncSender<Chunk>,
        spent: &Receiver<Vec<u8>>,
    ) -> Chunk {
        loop {
            let mut chunk = spent.try_recv().unwrap_or_default();
            chunk.resize(CHUNK_BYTES, 0);
            let next = match self.file.read(&mut chunk) {
                Ok(0) => match self.renewed() {
                    Ok(Some(renewal)) => Chunk::Renewed(renewal),
                    Ok(None) => {
                        if matches!(
                            chunks.try_send(Chunk::Idle),
                            Err(TrySendError::Disconnected(_))
                        ) {
                            return Chunk::End;
                        }
                        std::thread::sleep(POLL);
                        continue;
                    }
                    Err(error) => return Chunk::Failed(error),
                },
                Ok(read) => {
                    chunk.truncate(read);
                    Chunk::Bytes(chunk)
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Chunk::Failed(error),
            };
            if chunks.send(next).is_err() {
                return Chunk::End;
            }
        }
    }

    /// Goes on with the file's new beginning, or with the one in its place, if there is one.
    fn renewed(&mut self) -> io::Result<Option<Renewal>> {
        match self.state()? {
            State::Same => {
                self.replaced = None;
                Ok(None)
            }
            State::Truncated => {
                self.file.rewind()?;
                let file = self.file.try_clone()?;
                Ok(Some(Renewal {
                    file,
                    is_truncated: true,
                }))
            }
            State::Replaced
                if self.replaced.get_or_insert_with(Instant::now).elapsed() < LINGER =>
            {
                Ok(None)
            }
            State::Replaced => {
                let file = match File::open(&self.path) {
                    Ok(file) => file,
                    // It has gone again, and another one will come.
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(error),
                };
                self.file = file.try_clone()?;
                self.replaced = None;
                Ok(Some(Renewal {
                    file,
                    is_truncated: false,
                }))
            }
        }
    }

    fn state(&mut self) -> io::Result<State> {
        let own = self.file.metadata()?;
        if own.len() < self.file.stream_position()? {
            return Ok(State::Truncated);
        }
        Ok(match self.path.metadata() {
            Ok(there) if (there.dev(), there.ino()) != (own.dev(), own.ino()) => State::Replaced,
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => State::Same,
        })
    }
}
