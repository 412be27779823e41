//! Reads a file that grows, and those that take its place, in the order in which they do.
//!
//! Every file that has the name at a look is opened then and kept until its turn comes: what is put aside later, while the
//! ones before it are still being sent, is read all the same.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::{CHUNK_BYTES, Chunk, Renewal, unpack};

/// Time between two looks at the end of the file, and at who has its name.
const POLL: Duration = Duration::from_millis(200);
/// Time between two tries to hand over what nobody takes yet.
const FULL: Duration = Duration::from_millis(1);
/// How long a file is read on that was moved away: who writes to it may not have noticed.
const LINGER: Duration = Duration::from_secs(1);

/// A file that is followed.
#[derive(Debug)]
pub(crate) struct Followed {
    path: PathBuf,
    file: File,
    /// Those that have taken its place since, and when each was first seen.
    next: VecDeque<(Instant, File)>,
    looked: Instant,
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
            next: VecDeque::new(),
            looked: Instant::now(),
        })
    }

    /// Hands over what comes, until nobody takes it any more.
    pub(super) fn read_all(
        mut self,
        chunks: &SyncSender<Chunk>,
        spent: &Receiver<Vec<u8>>,
    ) -> Chunk {
        loop {
            let mut buffer = spent.try_recv().unwrap_or_default();
            buffer.resize(CHUNK_BYTES, 0);
            let (next, pause) = match self.next(buffer) {
                Ok(next) => next,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Chunk::Failed(error),
            };
            match self.hand_over(next, chunks) {
                Ok(true) => std::thread::sleep(pause),
                Ok(false) => return Chunk::End,
                Err(error) => return Chunk::Failed(error),
            }
        }
    }

    /// What is to be handed over now, and how long to rest behind it.
    fn next(&mut self, mut buffer: Vec<u8>) -> io::Result<(Chunk, Duration)> {
        let read = self.file.read(&mut buffer)?;
        if read > 0 {
            buffer.truncate(read);
            return Ok((Chunk::Bytes(buffer), Duration::ZERO));
        }
        self.look()?;
        Ok(match self.renewed()? {
            Some(renewal) => (Chunk::Renewed(renewal), Duration::ZERO),
            None => (Chunk::Idle, POLL),
        })
    }

    /// Waits until the chunk is taken, and looks meanwhile who has the name; `false` when nobody is there any more.
    fn hand_over(&mut self, mut chunk: Chunk, chunks: &SyncSender<Chunk>) -> io::Result<bool> {
        loop {
            if self.looked.elapsed() >= POLL {
                self.look()?;
            }
            match chunks.try_send(chunk) {
                // That nothing is there need not be heard by who has enough to do.
                Ok(()) | Err(TrySendError::Full(Chunk::Idle)) => return Ok(true),
                Err(TrySendError::Disconnected(_)) => return Ok(false),
                Err(TrySendError::Full(back)) => chunk = back,
            }
            std::thread::sleep(FULL);
        }
    }

    /// Opens the file that has the name, if it is another one than the last.
    fn look(&mut self) -> io::Result<()> {
        self.looked = Instant::now();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            // It has gone, and another one will come.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let newest = self.next.back().map_or(&self.file, |(_, file)| file);
        let (there, known) = (file.metadata()?, newest.metadata()?);
        if (there.dev(), there.ino()) != (known.dev(), known.ino()) {
            self.next.push_back((Instant::now(), file));
        }
        Ok(())
    }

    /// Goes on with the file's new beginning, or with the one that took its place, if there is one.
    fn renewed(&mut self) -> io::Result<Option<Renewal>> {
        if self.file.metadata()?.len() < self.file.stream_position()? {
            self.file.rewind()?;
            let file = self.file.try_clone()?;
            return Ok(Some(Renewal {
                file,
                is_truncated: true,
            }));
        }
        let is_over = |(seen, _): &mut (Instant, File)| seen.elapsed() >= LINGER;
        let Some((_, file)) = self.next.pop_front_if(is_over) else {
            return Ok(None);
        };
        self.file = file.try_clone()?;
        Ok(Some(Renewal {
            file,
            is_truncated: false,
        }))
    }
}
