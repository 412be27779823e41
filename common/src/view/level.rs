//! What happens to the fields of one record, and of the records in them.

use std::collections::BTreeMap;

use super::{Change, ViewError};

/// The fields of a record that something happens to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    fields: BTreeMap<Box<str>, Entry>,
    /// Only what is kept stays.
    keeps: bool,
}

/// What happens to one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// It stays whole.
    is_kept: bool,
    is_dropped: bool,
    pub(crate) is_masked: bool,
    /// The name that it has from here on.
    pub(crate) name: Option<Box<str>>,
    pub(crate) inside: Level,
}

impl Level {
    /// Adds a change at a path.
    pub(super) fn change(&mut self, path: &str, change: Change) -> Result<(), ViewError> {
        if path.split('.').any(str::is_empty) {
            return Err(ViewError::Path(path.to_owned()));
        }
        let (mut level, mut rest) = (self, path);
        while let Some((step, below)) = rest.split_once('.') {
            level.keeps |= change == Change::Keep;
            level = &mut level.entry(step).inside;
            rest = below;
        }
        level.keeps |= change == Change::Keep;
        let entry = level.entry(rest);
        match change {
            Change::Keep => entry.is_kept = true,
            Change::Drop => entry.is_dropped = true,
            Change::Mask => entry.is_masked = true,
            Change::Rename(name) => {
                if !is_name(&name) {
                    let path = path.to_owned();
                    return Err(ViewError::Name { path, name });
                }
                entry.name = Some(name.into());
            }
        }
        Ok(())
    }

    fn entry(&mut self, name: &str) -> &mut Entry {
        self.fields.entry(name.into()).or_default()
    }

    /// Refuses changes that exclude each other.
    pub(super) fn check(&self, path: &str) -> Result<(), ViewError> {
        for (name, entry) in &self.fields {
            let path = if path.is_empty() {
                name.to_string()
            } else {
                format!("{path}.{name}")
            };
            if let Some((one, other)) = entry.conflict(self.keeps) {
                return Err(ViewError::Conflict { path, one, other });
            }
            entry.inside.check(&path)?;
        }
        Ok(())
    }

    /// What happens to a field, if anything does.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.fields.get(name)
    }

    /// Whether a field stays, however changed.
    pub(crate) fn lets(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(entry) => !entry.is_dropped && (!self.keeps || entry.stays()),
            None => !self.keeps,
        }
    }

    /// Refuses changes of one field by both of its names, of which one would be lost.
    pub(crate) fn check_names(&self, name: &str, other: &str) -> Result<(), ViewError> {
        if name != other && self.fields.contains_key(name) && self.fields.contains_key(other) {
            return Err(ViewError::Conflict {
                path: other.to_owned(),
                one: "named by its name in the schema",
                other: "by its name in JSON: use one of them",
            });
        }
        Ok(())
    }

    /// Whether a field of another name has been given this one.
    pub(crate) fn is_new_name(&self, name: &str) -> bool {
        let mut entries = self.fields.values();
        entries.any(|entry| entry.name.as_deref() == Some(name))
    }

    /// Whether of what is here only named fields stay.
    pub(crate) const fn keeps(&self) -> bool {
        self.keeps
    }

    /// Of a field's two names the one that changes are told by.
    pub(crate) fn own_name<'n>(&self, name: &'n str, other: &'n str) -> &'n str {
        if self.fields.contains_key(name) {
            name
        } else {
            other
        }
    }

    /// Whether nothing happens here or below.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl Entry {
    /// Whether it, or something in it, is kept.
    fn stays(&self) -> bool {
        self.is_kept || self.inside.keeps
    }

    /// What happens inside of it; a field that is kept whole has no list of its own.
    pub(crate) fn inside(&self) -> Option<&Level> {
        let is_whole = self.is_kept && self.inside.keeps;
        (!self.inside.is_empty() && !is_whole).then_some(&self.inside)
    }

    fn conflict(&self, keeps: bool) -> Option<(&'static str, &'static str)> {
        let is_renamed = self.name.is_some();
        Some(match () {
            () if self.is_dropped && self.is_kept => ("kept", "dropped"),
            () if self.is_dropped && self.is_masked => ("dropped", "masked"),
            () if self.is_dropped && is_renamed => ("dropped", "renamed"),
            () if self.is_dropped && !self.inside.is_empty() => ("dropped", "changed inside"),
            () if self.is_masked && !self.inside.is_empty() => ("masked", "changed inside"),
            () if self.is_kept && self.inside.keeps => ("kept whole", "kept in part"),
            () if keeps && !self.stays() && self.is_masked => ("masked", "not kept"),
            () if keeps && !self.stays() && is_renamed => ("renamed", "not kept"),
            () if keeps && !self.stays() && !self.is_dropped => ("changed inside", "not kept"),
            () => return None,
        })
    }
}

/// Whether all formats could have a field of this name.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte == b'_' || byte.is_ascii_alphabetic();
    name.bytes().next().is_some_and(is_letter)
        && name
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
