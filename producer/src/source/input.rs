//! Reads a file or stdin on a thread of its own, so that a read that never returns holds up nobody.

mod follow;
pub(crate) mod unpack;

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use follow::Followed;

/// Bytes read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks read ahead.
const AHEAD: usize = 4;
/// How long one call waits for bytes.
const WAIT: Duration = Duration::from_millis(50);

/// Where the bytes come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// Standard input.
    Stdin,
    /// A file that is open.
    File(File),
    /// A file that is read on as it grows.
    Followed(Followed),
    /// A pipe or device, which the reading thread opens: that may take until somebody writes to it.
    Pipe(PathBuf),
}

impl Origin {
    /// Finds what `path` names; `-` is stdin.
    ///
    /// # Errors
    /// When there is no such file, it is a directory, or it may not be read.
    pub(crate) fn find(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdin);
        }
        let metadata = path.metadata()?;
        if metadata.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        if metadata.is_file() {
            return File::open(path).map(Self::File);
        }
        Ok(Self::Pipe(path.to_path_buf()))
    }

    /// The same file, read on as it grows.
    ///
    /// # Errors
    /// When it is no regular file, or is compressed.
    pub(crate) fn followed(self, path: &Path) -> io::Result<Self> {
        let Self::File(file) = self else {
            let why = "only a regular file can be followed (source.follow)";
            return Err(io::Error::new(ErrorKind::Unsupported, why));
        };
        Followed::new(path, file).map(Self::Followed)
    }

    /// Hands over all that there is, and says how it ended.
    fn read(self, chunks: &SyncSender<Chunk>, spent: &Receiver<Vec<u8>>) -> Chunk {
        let opened: io::Result<Box<dyn Read>> = match self {
            Self::Followed(followed) => return followed.read_all(chunks, spent),
            Self::Stdin => Ok(Box::new(io::stdin())),
            Self::File(file) => Ok(Box::new(file)),
            Self::Pipe(path) => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
        };
        match opened.and_then(unpack::unpacked) {
            Ok(file) => read_all(file, chunks, spent),
            Err(error) => Chunk::Failed(error),
        }
    }
}

enum Chunk {
    Bytes(Vec<u8>),
    /// Nothing, and more may come.
    Idle,
    /// What follows is another file's, or the file's new beginning.
    Renewed(Renewal),
    End,
    Failed(io::Error),
}

/// A file that is read from its beginning in place of what was read before.
#[derive(Debug)]
pub(crate) struct Renewal {
    /// The file.
    pub(crate) file: File,
    /// Whether it is the same one, cut.
    pub(crate) is_truncated: bool,
}

/// What there is to read now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    /// [`Input::bytes`] has some.
    Bytes,
    /// Nothing came yet.
    Waiting,
    /// What comes next is of [`Input::renewal`].
    Renewed,
    /// Nothing will come any more.
    End,
}

/// The reading end of the thread.
#[derive(Debug)]
pub(crate) struct Input {
    chunks: Receiver<Chunk>,
    spent: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    used: usize,
    ended: bool,
    renewal: Option<Renewal>,
}

impl Input {
    /// Starts to read. The thread is not among the daemon's tasks: it may sit in a read for ever,
    /// and a drain must not wait for it. It ends with its reader or with the process.
    ///
    /// # Errors
    /// When the operating system refuses another thread.
    pub(crate) fn start(origin: Origin) -> io::Result<Self> {
        let (to_reader, chunks) = sync_channel(AHEAD);
        let (spent, to_fill) = sync_channel(AHEAD + 1);
        std::thread::Builder::new()
            .name("source input".to_owned())
            .spawn(move || {
                let last = origin.read(&to_reader, &to_fill);
                // Nobody is there any more to hear how it ended.
                to_reader.send(last).ok();
            })?;
        Ok(Self {
            chunks,
            spent,
            chunk: Vec::new(),
            used: 0,
            ended: false,
            renewal: None,
        })
    }

    /// Sees to it that there are bytes, waiting a little where there are none.
    ///
    /// # Errors
    /// When reading failed.
    pub(crate) fn ready(&mut self) -> io::Result<Ready> {
        if self.used < self.chunk.len() {
            return Ok(Ready::Bytes);
        }
        if self.renewal.is_some() {
            return Ok(Ready::Renewed);
        }
        if self.ended {
            return Ok(Ready::End);
        }
        match self.chunks.recv_timeout(WAIT) {
            Ok(Chunk::Bytes(chunk)) => {
                let spent = std::mem::replace(&mut self.chunk, chunk);
                self.used = 0;
                // Where the thread has ended, or has buffers enough, this one is freed.
                self.spent.try_send(spent).ok();
                Ok(Ready::Bytes)
            }
            Ok(Chunk::Renewed(renewal)) => {
                self.renewal = Some(renewal);
                Ok(Ready::Renewed)
            }
            Ok(Chunk::End) => {
                self.ended = true;
                Ok(Ready::End)
            }
            Ok(Chunk::Failed(error)) => Err(error),
            Ok(Chunk::Idle) | Err(RecvTimeoutError::Timeout) => Ok(Ready::Waiting),
            Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::other("the reading thread is gone"))
            }
        }
    }

    /// What is read from its beginning from here on; it stays until it is taken.
    pub(crate) const fn renewal(&mut self) -> &mut Option<Renewal> {
        &mut self.renewal
    }

    /// The bytes read and not yet used.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.chunk[self.used..]
    }

    /// Leaves only the last `left` of the bytes.
    pub(crate) fn leave(&mut self, left: usize) {
        self.used = self.chunk.len() - left;
    }
}

fn read_all(
    mut file: Box<dyn Read>,
    chunks: &SyncSender<Chunk>,
    spent: &Receiver<Vec<u8>>,
) -> Chunk {
    loop {
        let mut chunk = spent.try_recv().unwrap_or_default();
        chunk.resize(CHUNK_BYTES, 0);
        match file.read(&mut chunk) {
            Ok(0) => return Chunk::End,
            Ok(read) => {
                chunk.truncate(read);
                if chunks.send(Chunk::Bytes(chunk)).is_err() {
                    return Chunk::End;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Chunk::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn all(input: &mut Input) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            match input.ready()? {
                Ready::Bytes => {
                    bytes.extend_from_slice(input.bytes());
                    input.leave(0);
                }
                Ready::Waiting | Ready::Renewed => {}
                Ready::End => return Ok(bytes),
            }
        }
    }

    #[test]
    fn a_file_is_read_to_its_end() {
        let expected: Vec<u8> = (0..1_000_000_u32)
            .map(|number| number.to_le_bytes()[0])
            .collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&expected).unwrap();
        let mut input = Input::start(Origin::find(file.path()).unwrap()).unwrap();
        assert!(all(&mut input).unwrap() == expected);
        assert_eq!(input.ready().unwrap(), Ready::End);
    }

    #[test]
    fn what_cannot_be_read_is_said_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let missing = Origin::find(&directory.path().join("missing")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert_eq!(
            Origin::find(directory.path()).unwrap_err().kind(),
            ErrorKind::IsADirectory
        );
    }

    #[test]
    fn a_read_error_comes_after_what_was_read() {
        struct Breaks(bool);
        impl Read for Breaks {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("disk gone"));
                }
                into[..2].copy_from_slice(b"ab");
                Ok(2)
            }
        }
        let (to_reader, chunks) = sync_channel(AHEAD);
        let (_spent, to_fill) = sync_channel(AHEAD);
        let last = read_all(Box::new(Breaks(false)), &to_reader, &to_fill);
        assert!(matches!(chunks.recv().unwrap(), Chunk::Bytes(bytes) if bytes == b"ab"));
        assert!(matches!(last, Chunk::Failed(error) if error.to_string() == "disk gone"));
    }
}
