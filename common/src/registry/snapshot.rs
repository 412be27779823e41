//! Schema versions in a file, so that a process can start while the registry is away.
//!
//! The first line says what the file is, how many bytes follow and their CRC-32; then comes one version a line, as
//! JSON, with the registry service that it is from. A file that is cut short, changed or of another kind is refused as
//! a whole.

mod file;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Crc;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DataFormat, SchemaVersion, VersionStatus};

/// The first words of the file; the number changes with its form.
const KIND: &str = "gluestream-schemas 1";
/// The largest file that is read or written.
pub const MAX_BYTES: usize = 64 << 20;
/// The longest wait for another process that writes the same file.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a snapshot is not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file cannot be read or written.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
    /// It is a pipe, a device, a folder: nothing of this sort is read or replaced.
    #[error("it is no regular file")]
    NoFile,
    /// Somebody else has been writing it for too long.
    #[error("another process has held its lock for {PATIENCE:?}")]
    Locked,
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

/// A snapshot's file, as the users of one registry service see it.
///
/// Processes may share it, whatever registry service they use: each reads what is from its own.
#[derive(Clone, Debug)]
pub struct SnapshotFile {
    /// Where it is.
    pub path: PathBuf,
    /// The registry service: any text that no other one has.
    pub from: String,
    /// Versions in the file at most.
    pub most: usize,
}

/// A version as a line.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    /// The registry service; files of earlier releases do not say.
    #[serde(default, borrow)]
    from: Option<Cow<'a, str>>,
    id: String,
    registry: Option<String>,
    schema: Option<String>,
    number: Option<u64>,
    format: String,
    definition: Cow<'a, str>,
}

/// A version, and the registry service that it is from; one that is from nowhere is everybody's.
struct Known {
    from: Option<String>,
    version: SchemaVersion,
}

impl SnapshotFile {
    /// Reads the versions that are from this registry service; `None` where there is no file.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is no whole snapshot.
    pub fn read(&self) -> Result<Option<Vec<SchemaVersion>>, SnapshotError> {
        let Some(text) = text(&self.path)? else {
            return Ok(None);
        };
        let own = parse(&text)?.into_iter().filter(|known| self.owns(known));
        Ok(Some(own.map(|known| known.version).collect()))
    }

    /// Writes versions in place of the file that is there: all of it, or nothing of it.
    ///
    /// What the old one has beyond `versions` is kept while there is room, so that processes can share it; they write
    /// one after the other, by the lock of a file beside it. A number that is known stays known. Where the path is a
    /// link, the file that it leads to is replaced.
    ///
    /// # Errors
    ///
    /// The file or another one beside it cannot be written, or somebody else has been writing it for too long.
    pub fn write(&self, versions: &[SchemaVersion]) -> Result<(), SnapshotError> {
        self.write_within(PATIENCE, versions)
    }

    fn write_within(
        &self,
        patience: Duration,
        versions: &[SchemaVersion],
    ) -> Result<(), SnapshotError> {
        let path = file::target(&self.path)?;
        let _lock = file::lock(&path, patience)?;
        let old = match text(&path) {
            Err(SnapshotError::NoFile) => return Err(SnapshotError::NoFile),
            // One that cannot be read is not worth keeping.
            old => old.ok().flatten().unwrap_or_default(),
        };
        let body = self.merged(versions, &parse(&old).unwrap_or_default())?;
        Ok(file::replace(&path, &head_of(&body), &body)?)
    }

    /// The lines of versions, and then of those that were there, as far as there is room.
    fn merged(&self, versions: &[SchemaVersion], old: &[Known]) -> io::Result<String> {
        let own = old.iter().filter(|known| self.owns(known));
        let numbers: HashMap<_, _> = own
            .filter_map(|known| Some((known.version.id, known.version.number?)))
            .collect();
        let new = versions.iter().map(|version| {
            let number = numbers.get(&version.id).copied();
            (Some(self.from.as_str()), version, number)
        });
        let kept = old
            .iter()
            .map(|known| (known.from.as_deref(), &known.version, None));
        let (mut body, mut seen) = (String::new(), HashSet::new());
        for (from, version, number) in new.chain(kept) {
            let is_usable = version.status == VersionStatus::Available;
            let key = (from.unwrap_or(&self.from), version.id);
            if seen.len() >= self.most || !is_usable || !seen.insert(key) {
                continue;
            }
            let line = serde_json::to_string(&Entry {
                from: from.map(Cow::from),
                number: version.number.or(number),
                ..Entry::of(version)
            })?;
            if body.len() + line.len() >= MAX_BYTES - 1024 {
                break;
            }
            body.push_str(&line);
            body.push('\n');
        }
        Ok(body)
    }

    fn owns(&self, known: &Known) -> bool {
        known.from.as_ref().is_none_or(|from| *from == self.from)
    }
}

/// The whole file as text; `None` where there is none.
fn text(path: &Path) -> Result<Option<String>, SnapshotError> {
    let Some(file) = file::open(path)? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.take(MAX_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => SnapshotError::Damaged,
            _ => error.into(),
        })?;
    Ok(Some(text))
}

fn parse(text: &str) -> Result<Vec<Known>, SnapshotError> {
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
            .and_then(Entry::known)
            .ok_or(SnapshotError::Line { line: index + 2 })
    });
    versions.collect()
}

fn head_of(body: &str) -> String {
    let mut crc = Crc::new();
    crc.update(body.as_bytes());
    format!("{KIND} {} {:08x}", body.len(), crc.sum())
}

impl<'a> Entry<'a> {
    fn of(version: &'a SchemaVersion) -> Self {
        Self {
            from: None,
            id: version.id.to_string(),
            registry: version.registry.clone(),
            schema: version.schema_name.clone(),
            number: version.number,
            format: version.data_format.to_string(),
            definition: version.definition.as_str().into(),
        }
    }

    fn known(self) -> Option<Known> {
        let version = SchemaVersion {
            id: Uuid::try_parse(&self.id).ok()?,
            registry: self.registry,
            schema_name: self.schema,
            number: self.number,
            data_format: DataFormat::from_word(&self.format)?,
            definition: self.definition.into_owned(),
            status: VersionStatus::Available,
        };
        let from = self.from.map(Cow::into_owned);
        Some(Known { from, version })
    }
}

#[cfg(test)]
mod tests;
