//! The file itself: what is opened, what is replaced, and who may do so.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::SnapshotError;

/// Links that are followed at most, as in the system's own walk.
const LINKS: usize = 40;
/// The pause between two looks at a lock that somebody else has.
const PAUSE: Duration = Duration::from_millis(20);

/// Opens a regular file to read it, and nothing else; `None` where there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, SnapshotError> {
    // A pipe that nobody writes to would keep us waiting.
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !file.metadata()?.is_file() {
        return Err(SnapshotError::NoFile);
    }
    Ok(Some(file))
}

/// The path behind links, whether or not there is a file.
pub(super) fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(to) = fs::read_link(&path) else {
            return Ok(path);
        };
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    Err(io::Error::other("it is a link to a link, and so on"))
}

/// Waits for the right to replace a file; it ends with the process, or when the lock is dropped.
pub(super) fn lock(path: &Path, patience: Duration) -> Result<File, SnapshotError> {
    let start = Instant::now();
    // It stays: a lock whose file is removed would be none for whoever waits for it.
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .custom_flags(libc::O_NONBLOCK)
        .open(beside(path, "lock"))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if start.elapsed() >= patience => {
                return Err(SnapshotError::Locked);
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

/// Replaces a file, all or nothing of it; only for who has its lock.
pub(super) fn replace(path: &Path, head: &str, body: &str) -> io::Result<()> {
    let new = beside(path, "new");
    // What a process left that was killed here.
    fs::remove_file(&new).ok();
    let written = write(&new, head, body).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // What is left of the attempt is of no use, and the error is what counts.
        fs::remove_file(&new).ok();
    }
    written
}

fn write(path: &Path, head: &str, body: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    writeln!(file, "{head}")?;
    file.write_all(body.as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{what}"));
    name.into()
}
