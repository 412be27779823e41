//! Lines appended to a file. What is whole is never cut off; what is torn is.

use super::{Sink, SinkError};
use crate::batch::Slot;
use crate::shape::Content;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// How much of a file's end is read at a time in search of its last line end.
const WINDOW: u64 = 64 << 10;

/// Appends to one file.
#[derive(Debug)]
pub(crate) struct FileSink {
    file: File,
    /// The file's length after its last whole line; `None` for what is no regular file.
    whole: Option<u64>,
}

impl FileSink {
    /// Opens or creates the file and cuts off a last line that has no end, as a crash may leave one.
    pub(crate) fn open(path: &Path) -> Result<Self, SinkError> {
        let opened = |source| SinkError::Open {
            target: path.display().to_string(),
            source,
        };
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(opened)?;
        if !file.metadata().map_err(opened)?.is_file() {
            return Ok(Self { file, whole: None });
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
        Ok(Self {
            file,
            whole: Some(whole),
        })
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

impl FileSink {
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
    use std::fs;

    fn reopened(content: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        fs::write(&path, content).unwrap();
        drop(FileSink::open(&path).unwrap());
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
            FileSink::open(&path).unwrap().append(line).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_second_writer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let _first = FileSink::open(&path).unwrap();
        assert!(matches!(
            FileSink::open(&path),
            Err(SinkError::Taken { .. })
        ));
    }

    #[test]
    fn a_full_device_is_an_error_and_not_a_crash() {
        let mut sink = FileSink::open(Path::new("/dev/full")).unwrap();
        assert_eq!(
            sink.append(b"line\n").unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
    }
}
