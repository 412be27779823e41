//! Files in a folder that appear whole and stay: written under a name that nobody reads, synced, moved, and the move synced.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// What names of unfinished files begin with; query engines pass over such files.
pub(super) const UNFINISHED: char = '.';

/// Writes a file below a folder, with the folders between.
pub(super) fn put(root: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let whole = root.join(path);
    let (Some(folder), Some(name)) = (whole.parent(), whole.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!("{UNFINISHED}{}", name.display()));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, &whole)?;
    for folder in folder
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
    {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_and_alone() {
        let root = tempfile::tempdir().unwrap();
        for content in [&b"one"[..], b"two"] {
            put(root.path(), "t/date=2026-01-31/name", content).unwrap();
            let folder = root.path().join("t/date=2026-01-31");
            assert_eq!(fs::read(folder.join("name")).unwrap(), content);
            assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
        }
    }
}
