//! Files that were put aside: their names, and their compression on a thread of its own.
//!
//! A file is compressed under a name that nobody reads, synced, and moved; only then the one it was made of goes. What
//! the end of the process interrupts is done by the next one, so nobody waits for the thread.

use crate::config::Compression;
use crate::sink::folder::UNFINISHED;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

/// Of gzip and Zstandard, where speed and size both count.
const GZIP: u32 = 6;
const ZSTD: i32 = 3;
/// The length of `20260131T093000Z`.
const STAMP: usize = 16;

/// The name of a file put aside at a moment: `orders.ndjson.20260131T093000Z`, or with `.2` and so on behind it.
pub(super) fn name(path: &Path, stamp: &str) -> PathBuf {
    let with = |suffix: String| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let is_free =
        |name: &PathBuf| !name.exists() && endings().all(|end| !ended(name, end).exists());
    let names = (2..).map(|number| with(format!(".{stamp}.{number}")));
    std::iter::once(with(format!(".{stamp}")))
        .chain(names)
        .find(is_free)
        .unwrap_or_default()
}

fn endings() -> impl Iterator<Item = &'static str> {
    ["gz", "zst"].into_iter()
}

fn ended(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Compresses what was put aside, one file after the other.
#[derive(Debug)]
pub(super) struct Packer {
    waker: SyncSender<()>,
}

impl Packer {
    /// Starts the thread, which first packs what an earlier process has left; nothing where there is nothing to do.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub(super) fn start(path: &Path, compression: Compression) -> io::Result<Option<Self>> {
        if compression == Compression::None {
            return Ok(None);
        }
        let (waker, woken) = sync_channel(1);
        let path = path.to_owned();
        std::thread::Builder::new()
            .name("sink files".to_owned())
            .spawn(move || {
                loop {
                    pack_all(&path, compression);
                    if woken.recv().is_err() {
                        break;
                    }
                }
            })?;
        Ok(Some(Self { waker }))
    }

    /// A file was put aside. Nobody waits: a thread that is at work looks again when it is done.
    pub(super) fn wake(&self) {
        self.waker.try_send(()).ok();
    }
}

/// What cannot be packed now is tried again when the next file is put aside.
fn pack_all(path: &Path, compression: Compression) {
    let said = |file: &Path, error: &io::Error| {
        let file = file.display();
        tracing::error!(%file, %error, "a file that was put aside is not compressed");
    };
    match left(path) {
        Ok(files) => {
            for file in files {
                if let Err(error) = pack(&file, compression) {
                    said(&file, &error);
                }
            }
        }
        Err(error) => said(path, &error),
    }
}

/// Files beside a path that were put aside and not compressed.
fn left(path: &Path) -> io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (folder_of(path), path.file_name()) else {
        return Ok(Vec::new());
    };
    let begin = format!("{}.", name.to_string_lossy());
    let mut left = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.strip_prefix(&begin).is_some_and(is_aside) {
            left.push(entry.path());
        }
    }
    left.sort();
    Ok(left)
}

/// `20260131T093000Z`, or with a number behind it.
fn is_aside(rest: &str) -> bool {
    let (stamp, number) = rest.split_once('.').unwrap_or((rest, "1"));
    let is_stamp = stamp.len() == STAMP
        && stamp.char_indices().all(|(at, letter)| match at {
            8 => letter == 'T',
            15 => letter == 'Z',
            _ => letter.is_ascii_digit(),
        });
    is_stamp && number.parse::<u32>().is_ok()
}

/// The folder of a file; an empty path is the working folder.
pub(super) fn folder_of(path: &Path) -> Option<&Path> {
    let folder = path.parent()?;
    Some(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    })
}

fn pack(file: &Path, compression: Compression) -> io::Result<()> {
    let ending = match compression {
        Compression::None => return Ok(()),
        Compression::Gzip => "gz",
        Compression::Zstd => "zst",
    };
    let packed = ended(file, ending);
    let (Some(folder), Some(name)) = (folder_of(&packed), packed.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let unfinished = folder.join(format!("{UNFINISHED}{}", name.to_string_lossy()));
    let input = File::open(file)?;
    // Who still writes to it, or packs it, holds it.
    if input.try_lock().is_err() {
        return Ok(());
    }
    let written = write_packed(&input, &unfinished, compression);
    let moved = written.and_then(|()| fs::rename(&unfinished, &packed));
    if moved.is_err() {
        // What is there of it takes room that somebody needs.
        fs::remove_file(&unfinished).ok();
    }
    moved?;
    File::open(folder)?.sync_all()?;
    fs::remove_file(file)
}

fn write_packed(mut input: &File, path: &Path, compression: Compression) -> io::Result<()> {
    let output = BufWriter::new(File::create(path)?);
    let output = if compression == Compression::Gzip {
        let mut encoder = flate2::write::GzEncoder::new(output, flate2::Compression::new(GZIP));
        io::copy(&mut input, &mut encoder)?;
        encoder.finish()?
    } else {
        let mut encoder = zstd::Encoder::new(output, ZSTD)?;
        encoder.include_checksum(true)?;
        io::copy(&mut input, &mut encoder)?;
        encoder.finish()?
    };
    let output = output
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    output.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn names_put_aside_are_told_from_others() {
        for (rest, expected) in [
            ("20260131T093000Z", true),
            ("20260131T093000Z.2", true),
            ("20260131T093000Z.gz", false),
            ("20260131T093000Z.2.zst", false),
            ("20260131-093000Z", false),
            ("progress", false),
            ("1", false),
        ] {
            assert_eq!(is_aside(rest), expected, "{rest}");
        }
    }

    #[test]
    fn a_name_is_given_once_even_when_what_had_it_was_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let names: Vec<PathBuf> = ["", ".gz", ""]
            .iter()
            .map(|ending| {
                let name = name(&path, "20260131T093000Z");
                fs::write(format!("{}{ending}", name.display()), "").unwrap();
                name
            })
            .collect();
        let begin = path.display();
        let expected = ["", ".2", ".3"].map(|number| format!("{begin}.20260131T093000Z{number}"));
        assert_eq!(names, expected.map(PathBuf::from));
    }

    #[test]
    fn what_is_packed_is_what_was_there_and_the_rest_is_gone() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("out.ndjson");
            let aside = name(&path, "20260131T093000Z");
            let text = b"{\"a\":1}\n".repeat(10_000);
            fs::write(&aside, &text).unwrap();
            // A part of it, of a process that has died.
            fs::write(folder.path().join(".out.ndjson.20260131T093000Z.gz"), "x").unwrap();
            assert_eq!(left(&path).unwrap(), std::slice::from_ref(&aside));
            pack(&aside, compression).unwrap();
            let packed = endings()
                .map(|end| ended(&aside, end))
                .find(|path| path.exists());
            let packed = fs::read(packed.unwrap()).unwrap();
            assert_eq!(content(&packed, compression), text);
            assert!(!aside.exists());
            assert!(left(&path).unwrap().is_empty());
        }
    }

    #[expect(
        clippy::disallowed_types,
        reason = "what is read was written by this test"
    )]
    fn content(packed: &[u8], compression: Compression) -> Vec<u8> {
        let mut text = Vec::new();
        if compression == Compression::Gzip {
            flate2::read::MultiGzDecoder::new(packed)
                .read_to_end(&mut text)
                .unwrap();
        } else {
            text = zstd::decode_all(packed).unwrap();
        }
        text
    }
}
