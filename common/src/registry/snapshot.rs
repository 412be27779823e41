//! Schema versions in a file, so that a process can start while the registry is away.
//!
//! The first line says what the file is, how many bytes follow and their CRC-32; then comes one version a line, as
//! JSON. A file that is cut short, changed or of another kind is refused as a whole.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use flate2::Crc;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DataFormat, SchemaVersion, VersionStatus};

/// The first words of the file; the number changes with its form.
const KIND: &str = "gluestream-schemas 1";
/// The largest file that is read or written.
pub const MAX_BYTES: usize = 64 << 20;

/// Why a snapshot is not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file cannot be read or written.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
    /// It is no snapshot of this form.
    #[error("it is no snapshot of schemas that this version knows")]
    Kind,
    /// It is not what was written.
    #[error("it is damaged: length or checksum differ")]
    Damaged,
    /// A line is no schema version.
    #[error("line {line} is no schema version")]
    Line {
        /// The line's number, 1 and up.
        line: usize,
    },
}

/// A version as a line.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    id: String,
    registry: Option<String>,
    schema: Option<String>,
    number: Option<u64>,
    format: String,
    definition: std::borrow::Cow<'a, str>,
}

/// Reads a snapshot; `None` where there is no file.
///
/// # Errors
///
/// The file cannot be read or is no whole snapshot.
pub fn read(path: &Path) -> Result<Option<Vec<SchemaVersion>>, SnapshotError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut text = String::new();
    file.take(MAX_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => SnapshotError::Damaged,
            _ => error.into(),
        })?;
    parse(&text).map(Some)
}

fn parse(text: &str) -> Result<Vec<SchemaVersion>, SnapshotError> {
    let (head, body) = text.split_once('\n').ok_or(SnapshotError::Kind)?;
    if !head.starts_with(KIND) {
        return Err(SnapshotError::Kind);
    }
    if head != head_of(body) {
        return Err(SnapshotError::Damaged);
    }
    let versions = body.lines().enumerate().map(|(index, line)| {
        let entry = serde_json::from_str::<Entry<'_>>(line).ok();
        entry
            .and_then(Entry::version)
            .ok_or(SnapshotError::Line { line: index + 2 })
    });
    versions.collect()
}

/// Writes a snapshot in place of the one that is there: all of it, or nothing of it.
///
/// What the old one has beyond `versions` is kept while there is room, `most` versions in all, so that processes can
/// share a file.
///
/// # Errors
///
/// The file or another one beside it cannot be written.
pub fn write(path: &Path, versions: &[SchemaVersion], most: usize) -> Result<(), SnapshotError> {
    // One that cannot be read is not worth keeping.
    let old = read(path).ok().flatten().unwrap_or_default();
    let (mut body, mut seen) = (String::new(), HashSet::new());
    for version in versions.iter().chain(&old) {
        let is_usable = version.status == VersionStatus::Available;
        if seen.len() >= most || !is_usable || !seen.insert(version.id) {
            continue;
        }
        let line = serde_json::to_string(&Entry::of(version)).map_err(io::Error::from)?;
        if body.len() + line.len() >= MAX_BYTES - 1024 {
            break;
        }
        body.push_str(&line);
        body.push('\n');
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", Uuid::new_v4().simple()));
    let written = replace(Path::new(&beside), path, &body);
    if written.is_err() {
        // What is left of the attempt is of no use, and the error is what counts.
        fs::remove_file(&beside).ok();
    }
    Ok(written?)
}

fn replace(beside: &Path, path: &Path, body: &str) -> io::Result<()> {
    let mut file = File::create_new(beside)?;
    writeln!(file, "{}", head_of(body))?;
    file.write_all(body.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

fn head_of(body: &str) -> String {
    let mut crc = Crc::new();
    crc.update(body.as_bytes());
    format!("{KIND} {} {:08x}", body.len(), crc.sum())
}

impl<'a> Entry<'a> {
    fn of(version: &'a SchemaVersion) -> Self {
        Self {
            id: version.id.to_string(),
            registry: version.registry.clone(),
            schema: version.schema_name.clone(),
            number: version.number,
            format: version.data_format.to_string(),
            definition: version.definition.as_str().into(),
        }
    }

    fn version(self) -> Option<SchemaVersion> {
        Some(SchemaVersion {
            id: Uuid::try_parse(&self.id).ok()?,
            registry: self.registry,
            schema_name: self.schema,
            number: self.number,
            data_format: DataFormat::from_word(&self.format)?,
            definition: self.definition.into_owned(),
            status: VersionStatus::Available,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u128) -> SchemaVersion {
        SchemaVersion {
            id: Uuid::from_u128(number),
            registry: Some("customer".to_owned()),
            schema_name: Some("orders-value".to_owned()),
            number: u64::try_from(number).ok(),
            ..SchemaVersion::unregistered(DataFormat::Avro, format!("{{\"x\":\n{number}}}\u{2028}"))
        }
    }

    /// A place for a file that is not there yet.
    fn place() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("snapshot-{}", Uuid::new_v4().simple()))
    }

    #[test]
    fn what_is_written_is_read_and_the_newest_come_first() {
        let path = place();
        assert!(read(&path).unwrap().is_none());
        write(&path, &[version(1), version(2)], 10).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), [version(1), version(2)]);
        // Another process writes what it knows.
        write(&path, &[version(3), version(2)], 3).unwrap();
        let all = [version(3), version(2), version(1)];
        assert_eq!(read(&path).unwrap().unwrap(), all);
        write(&path, &[version(4)], 2).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), [version(4), version(3)]);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_not_whole_is_refused_at_every_byte() {
        let path = place();
        write(&path, &[version(1)], 10).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(read(&path).is_err(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path).is_err(), "changed at {at}");
        }
        let newer = String::from_utf8(whole)
            .unwrap()
            .replace("schemas 1", "schemas 2");
        assert!(matches!(parse(&newer), Err(SnapshotError::Kind)));
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn versions_that_may_not_be_written_with_are_left_out_and_nothing_stays_behind() {
        let refused = SchemaVersion {
            status: VersionStatus::Failure,
            ..version(1)
        };
        let folder = place();
        fs::create_dir(&folder).unwrap();
        let path = folder.join("schemas");
        write(&path, &[refused], 10).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), []);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(write(&folder.join("no/such"), &[version(1)], 1).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
