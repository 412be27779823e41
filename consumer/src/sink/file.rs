//! Lines appended to a file. What is whole is never cut off; what is torn is.
//!
//! When the file has its size or its time, it is put aside under a name with the moment in it, and another one begins:
//! between two writes, so that no batch is in two files. Readers find whole lines in every file that was put aside.

mod aside;

use super::folder::UNFINISHED;
use super::{Sink, SinkError};
use crate::batch::Slot;
use crate::config::FileConfig;
use crate::shape::Content;
use aside::Packer;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much of a file's end is read at a time in search of its last line end.
const WINDOW: u64 = 64 << 10;

/// Appends to one file.
#[derive(Debug)]
pub(crate) struct FileSink {
    path: PathBuf,
    config: FileConfig,
    current: Current,
    packer: Option<Packer>,
}

/// The file that is written to.
#[derive(Debug)]
struct Current {
    file: File,
    /// The file's length after its last whole line; `None` for what is no regular file.
    whole: Option<u64>,
    /// When its first line was written.
    since: Option<SystemTime>,
    /// Whether the folder knows of it for good.
    is_entered: bool,
}

impl FileSink {
    /// Opens or creates the file and cuts off a last line that has no end, as a crash may leave one.
    pub(crate) fn open(path: &Path, config: FileConfig) -> Result<Self, SinkError> {
        let current = Current::open(path)?;
        let mut path = path.to_owned();
        let mut packer = None;
        if current.whole.is_some() {
            let opened = |source| unopened(&path, source);
            // Where it is a link, the file that it leads to is put aside.
            let real = path.canonicalize().map_err(opened)?;
            if config.is_rotated() {
                packer = Packer::start(&real, config.compression).map_err(opened)?;
            }
            path = real;
        }
        Ok(Self {
            path,
            config,
            current,
            packer,
        })
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_full(lines) {
            self.rotate()?;
        }
        self.current.append(lines)?;
        if self.config.fsync
            && let Err(error) = self.current.sync(&self.path)
        {
            self.current.take_back(lines.len())?;
            return Err(error);
        }
        Ok(())
    }

    /// Whether these lines go to another file. One that is empty takes any.
    fn is_full(&self, lines: &[u8]) -> bool {
        let Some(whole) = self.current.whole.filter(|whole| *whole > 0) else {
            return false;
        };
        let size = whole.saturating_add(lines.len() as u64);
        let FileConfig { bytes, time, .. } = self.config;
        let age = self.current.since.and_then(|since| since.elapsed().ok());
        bytes.is_some_and(|most| size > most.0)
            || time.is_some_and(|most| age.is_some_and(|age| age >= most))
    }

    /// Puts the file aside and begins another one; what fails on the way is gone on with the next time.
    fn rotate(&mut self) -> io::Result<()> {
        self.current.file.sync_all()?;
        // Who moved or took away the file has put it aside; what has its name is not ours to move.
        if self.current.is_at(&self.path)? {
            let stamp = jiff::Timestamp::now()
                .strftime("%Y%m%dT%H%M%SZ")
                .to_string();
            std::fs::rename(&self.path, aside::name(&self.path, &stamp))?;
        }
        self.current = Current::open(&self.path).map_err(io::Error::other)?;
        if let Some(packer) = &self.packer {
            packer.wake();
        }
        Ok(())
    }
}

fn unopened(path: &Path, source: io::Error) -> SinkError {
    SinkError::Open {
        target: path.display().to_string(),
        source,
    }
}

impl Current {
    fn open(path: &Path) -> Result<Self, SinkError> {
        loop {
            let opened = Self::take(path)?;
            // Between the opening and the lock another process may have put it aside.
            let is_there = opened.whole.is_none() || opened.is_at(path).unwrap_or(false);
            if is_there {
                return Ok(opened);
            }
        }
    }

    fn take(path: &Path) -> Result<Self, SinkError> {
        let opened = |source| unopened(path, source);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(opened)?;
        let metadata = file.metadata().map_err(opened)?;
        let mut current = Self {
            file: file.try_clone().map_err(opened)?,
            whole: None,
            since: None,
            is_entered: false,
        };
        if !metadata.is_file() {
            return Ok(current);
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(SinkError::Taken {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(opened(source)),
        }
        let whole = end_of_last_line(&mut file).map_err(opened)?;
        file.set_len(whole).map_err(opened)?;
        current.whole = Some(whole);
        if whole > 0 {
            // Where the file system keeps no time of birth, the last change is the best that is known.
            let born = metadata.created().or_else(|_| metadata.modified());
            current.since = born.ok();
        }
        Ok(current)
    }

    /// Whether the path leads to this file.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let own = self.file.metadata()?;
        match path.metadata() {
            Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(lines);
        if let Some(whole) = &mut self.whole {
            match &written {
                Ok(()) => *whole += lines.len() as u64,
                // A full disk leaves a part of the lines behind.
                Err(_) => self.file.set_len(*whole)?,
            }
        }
        self.since.get_or_insert_with(SystemTime::now);
        written
    }

    /// Sees what was written, and the file's name, onto the disk.
    fn sync(&mut self, path: &Path) -> io::Result<()> {
        self.file.sync_data()?;
        if !self.is_entered
            && let Some(folder) = aside::folder_of(path)
        {
            File::open(folder)?.sync_all()?;
            self.is_entered = true;
        }
        Ok(())
    }

    /// Cuts off the last bytes: they will be given again.
    fn take_back(&mut self, bytes: usize) -> io::Result<()> {
        if let Some(whole) = &mut self.whole {
            *whole = whole.saturating_sub(bytes as u64);
            self.file.set_len(*whole)?;
        }
        Ok(())
    }
}

/// Whether lines can be appended to the file, which stays as it is; where there is none, whether its folder takes one.
pub(super) fn probe(path: &Path) -> Result<String, SinkError> {
    let shown = path.display().to_string();
    let probed = match path.metadata() {
        Ok(metadata) if metadata.is_file() => {
            let opened = OpenOptions::new().read(true).append(true).open(path);
            opened.map(|_| "can be appended to")
        }
        // To open a pipe is to be somebody at its end.
        Ok(_) => Ok("is there, and no regular file"),
        Err(_) => match aside::folder_of(path) {
            Some(folder) => probe_folder(folder).map(|()| "can be made"),
            None => Err(io::ErrorKind::InvalidInput.into()),
        },
    };
    match probed {
        Ok(said) => Ok(format!("{shown} {said}")),
        Err(source) => Err(SinkError::Open {
            target: shown,
            source,
        }),
    }
}

/// Whether a folder takes files: one is made and taken away.
pub(super) fn probe_folder(folder: &Path) -> io::Result<()> {
    let name = format!("{UNFINISHED}probe-{}", uuid::Uuid::new_v4());
    let path = folder.join(name);
    File::create_new(&path)?;
    std::fs::remove_file(&path)
}

impl Sink for FileSink {
    fn name(&self) -> &'static str {
        "file"
    }

    fn write(&mut self, _: Slot, content: &Content) -> io::Result<()> {
        self.append(content.text())
    }
}

/// The length of the file up to its last line end.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut window = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(WINDOW);
        file.seek(SeekFrom::Start(start))?;
        window.clear();
        Read::by_ref(file)
            .take(end - start)
            .read_to_end(&mut window)?;
        if let Some(at) = window.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Compression;
    use runtime::config::Size;
    use std::fs;
    use std::time::Duration;

    fn opened(path: &Path) -> Result<FileSink, SinkError> {
        FileSink::open(path, FileConfig::default())
    }

    fn reopened(content: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        fs::write(&path, content).unwrap();
        drop(opened(&path).unwrap());
        fs::read(&path).unwrap()
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_whole_lines_stay() {
        assert_eq!(reopened(b"one\ntwo\nthr"), b"one\ntwo\n");
        assert_eq!(reopened(b"one\ntwo\n"), b"one\ntwo\n");
        assert_eq!(reopened(b"torn"), b"");
        assert_eq!(reopened(b""), b"");
        let mut long = b"one\n".to_vec();
        long.extend(vec![b'x'; 200_000]);
        assert_eq!(reopened(&long), b"one\n");
    }

    #[test]
    fn lines_are_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        for line in [b"one\n", b"two\n"] {
            opened(&path).unwrap().append(line).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_second_writer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let _first = opened(&path).unwrap();
        assert!(matches!(opened(&path), Err(SinkError::Taken { .. })));
    }

    #[test]
    fn a_full_device_is_an_error_and_not_a_crash() {
        let mut sink = opened(Path::new("/dev/full")).unwrap();
        assert_eq!(
            sink.append(b"line\n").unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
    }

    fn put_aside(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut texts: Vec<_> = names
            .filter(|path| path.file_name().unwrap() != "out.ndjson")
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        texts.sort();
        texts
    }

    fn rotating(path: &Path, bytes: Option<u64>, time: Option<Duration>) -> FileSink {
        let config = FileConfig {
            bytes: bytes.map(Size),
            time,
            compression: Compression::None,
            fsync: true,
        };
        FileSink::open(path, config).unwrap()
    }

    #[test]
    fn a_file_that_has_its_size_is_put_aside_and_no_write_is_in_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let mut sink = rotating(&path, Some(12), None);
        for line in [
            &b"one\n"[..],
            b"two\n",
            b"three\n",
            b"a line that is long\n",
            b"x\n",
        ] {
            sink.append(line).unwrap();
        }
        assert_eq!(
            put_aside(folder.path()),
            ["a line that is long\n", "one\ntwo\n", "three\n"]
        );
        assert_eq!(fs::read(&path).unwrap(), b"x\n");
    }

    #[test]
    fn a_file_that_has_its_time_is_put_aside_by_the_next_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let mut sink = rotating(&path, None, Some(Duration::ZERO));
        sink.append(b"one\n").unwrap();
        sink.append(b"two\n").unwrap();
        assert_eq!(put_aside(folder.path()), ["one\n"]);
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
    }

    #[test]
    fn a_rotation_that_failed_is_gone_on_with_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let mut sink = rotating(&path, Some(4), None);
        sink.append(b"one\n").unwrap();
        // Somebody moves the file, and something else takes its name.
        fs::rename(&path, folder.path().join("other")).unwrap();
        fs::create_dir(&path).unwrap();
        sink.append(b"two\n").unwrap_err();
        fs::remove_dir(&path).unwrap();
        sink.append(b"two\n").unwrap();
        assert_eq!(put_aside(folder.path()), ["one\n"]);
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
    }

    #[test]
    fn a_file_that_is_another_ones_by_now_is_not_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let mut first = rotating(&path, Some(4), None);
        first.append(b"one\n").unwrap();
        fs::rename(&path, folder.path().join("other")).unwrap();
        let mut second = rotating(&path, Some(100), None);
        second.append(b"of another\n").unwrap();
        first.append(b"two\n").unwrap_err();
        second.append(b"more\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"of another\nmore\n");
        assert_eq!(put_aside(folder.path()), ["one\n"]);
    }

    #[test]
    fn the_age_of_a_file_is_its_own_and_not_the_processes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        rotating(&path, None, None).append(b"one\n").unwrap();
        let sink = rotating(&path, None, Some(Duration::from_hours(1)));
        assert!(sink.current.since.unwrap() <= SystemTime::now());
        assert!(!sink.is_full(b"x\n"));
        fs::remove_file(&path).unwrap();
        drop(sink);
        assert!(rotating(&path, None, None).current.since.is_none());
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, path) = (folder.path().join("real"), folder.path().join("out.ndjson"));
        fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(real.join("orders"), &path).unwrap();
        let mut sink = rotating(&path, Some(4), None);
        for line in [b"one\n", b"two\n"] {
            sink.append(line).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
        assert!(path.is_symlink());
        assert_eq!(fs::read_dir(&real).unwrap().count(), 2);
    }

    #[test]
    fn a_probe_leaves_nothing_and_touches_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        assert!(probe(&path).unwrap().ends_with("can be made"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "torn").unwrap();
        let _used = OpenOptions::new().append(true).open(&path).unwrap().lock();
        assert!(probe(&path).unwrap().ends_with("can be appended to"));
        assert_eq!(fs::read(&path).unwrap(), b"torn");
        probe(Path::new("/nowhere/out.ndjson")).unwrap_err();
    }
}
