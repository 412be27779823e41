//! Lines appended to a file. What is whole is never cut off; what is torn is.
//!
//! When the file has its size or its time, it is put aside under a name with the moment in it, and another one begins:
//! between two writes, so that no batch is in two files. Readers find whole lines in every file that was put aside.

mod aside;

use super::{Sink, SinkError};
use crate::batch::Slot;
use crate::config::FileConfig;
use crate::shape::Content;
use aside::Packer;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How much of a file's end is read at a time in search of its last line end.
const WINDOW: u64 = 64 << 10;

/// Appends to one file.
#[derive(Debug)]
pub(crate) struct FileSink {
    path: PathBuf,
    config: FileConfig,
    current: Current,
    /// Where the file is that was put aside, until another one has its name.
    aside: Option<PathBuf>,
    packer: Option<Packer>,
}

/// The file that is written to.
#[derive(Debug)]
struct Current {
    file: File,
    /// The file's length after its last whole line; `None` for what is no regular file.
    whole: Option<u64>,
    since: Instant,
}

impl FileSink {
    /// Opens or creates the file and cuts off a last line that has no end, as a crash may leave one.
    pub(crate) fn open(path: &Path, config: FileConfig) -> Result<Self, SinkError> {
        let current = Current::open(path)?;
        let packer = if config.is_rotated() && current.whole.is_some() {
            Packer::start(path, config.compression).map_err(|source| unopened(path, source))?
        } else {
            None
        };
        Ok(Self {
            path: path.to_owned(),
            config,
            current,
            aside: None,
            packer,
        })
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_full(lines) {
            self.rotate()?;
        }
        self.current.append(lines)?;
        if self.config.fsync {
            self.current.file.sync_data()?;
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
        bytes.is_some_and(|most| size > most.0)
            || time.is_some_and(|most| self.current.since.elapsed() >= most)
    }

    /// Puts the file aside and begins another one; what fails on the way is gone on with the next time.
    fn rotate(&mut self) -> io::Result<()> {
        let aside = match self.aside.take() {
            Some(aside) => aside,
            None => self.put_aside()?,
        };
        match Current::open(&self.path) {
            Ok(current) => self.current = current,
            Err(error) => {
                self.aside = Some(aside);
                return Err(io::Error::other(error));
            }
        }
        if let Some(packer) = &self.packer {
            packer.take(aside);
        }
        match aside::folder_of(&self.path) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn put_aside(&self) -> io::Result<PathBuf> {
        self.current.file.sync_all()?;
        let stamp = jiff::Timestamp::now()
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let aside = aside::name(&self.path, &stamp);
        std::fs::rename(&self.path, &aside)?;
        Ok(aside)
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
        let opened = |source| unopened(path, source);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(opened)?;
        let since = Instant::now();
        if !file.metadata().map_err(opened)?.is_file() {
            let whole = None;
            return Ok(Self { file, whole, since });
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
        let whole = Some(whole);
        Ok(Self { file, whole, since })
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
        written
    }
}

/// Whether lines can be appended to the file, which stays as it is; one that is not there is made and taken away.
pub(super) fn probe(path: &Path) -> Result<String, SinkError> {
    let shown = path.display().to_string();
    let probed = if path.exists() {
        OpenOptions::new()
            .append(true)
            .open(path)
            .map(|_| "can be appended to")
    } else {
        let made = OpenOptions::new().create_new(true).append(true).open(path);
        made.and_then(|_| std::fs::remove_file(path))
            .map(|()| "can be made")
    };
    match probed {
        Ok(said) => Ok(format!("{shown} {said}")),
        Err(source) => Err(SinkError::Open {
            target: shown,
            source,
        }),
    }
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
        // Between the two steps somebody takes the name.
        fs::rename(&path, folder.path().join("other")).unwrap();
        sink.aside = Some(folder.path().join("other"));
        fs::create_dir(&path).unwrap();
        sink.append(b"two\n").unwrap_err();
        fs::remove_dir(&path).unwrap();
        sink.append(b"two\n").unwrap();
        assert_eq!(put_aside(folder.path()), ["one\n"]);
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
    }
}
