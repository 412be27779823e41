//! One section of the configuration, read key by key.

use super::load::{Entry, Origin};
use super::reader::{Effective, Problem, Reader};
use super::redact;
use super::value::{Secret, Value, quoted};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One section of the configuration, open for reading.
#[derive(Debug)]
pub struct Section<'a> {
    pub(super) reader: &'a mut Reader,
    pub(super) name: Cow<'static, str>,
    pub(super) beneath: Option<Beneath>,
}

/// What a part of a section lies over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beneath {
    pub(super) section: &'static str,
    /// Keys that are not taken from there.
    pub(super) own: &'static [&'static str],
}

impl Section<'_> {
    /// Reads a key; a bad value is reported and the default stands in for it.
    pub fn get<T: Value>(&mut self, key: &'static str, default: T, help: &'static str) -> T {
        let documented = default.show();
        self.read(key, documented, help).unwrap_or(default)
    }

    /// Reads a key whose default depends on others, and is documented by a text of its own.
    pub fn get_derived<T: Value>(
        &mut self,
        key: &'static str,
        default: T,
        documented: &'static str,
        help: &'static str,
    ) -> T {
        if let Some(value) = self.read(key, documented.to_owned(), help) {
            return value;
        }
        if self.beneath.is_none()
            && let Some(effective) = self.reader.effective.last_mut()
        {
            effective.shown.get_or_insert_with(|| default.show());
        }
        default
    }

    /// Reads a key that need not be set.
    pub fn get_optional<T: Value>(&mut self, key: &'static str, help: &'static str) -> Option<T> {
        self.read(key, "not set".to_owned(), help)
    }

    /// Reads a secret that is said itself under one key, or stands in a file that another one names; gives the key that
    /// has it too. Where it is not used, no file is looked at.
    pub fn secret(
        &mut self,
        (key, help): (&'static str, &'static str),
        (file_key, file_help): (&'static str, &'static str),
        is_used: bool,
    ) -> Option<(&'static str, Secret)> {
        let said: Option<Secret> = self.get_optional(key, help);
        let path: Option<PathBuf> = self.get_optional(file_key, file_help);
        match (said, path) {
            (Some(_), Some(_)) => {
                let key = format!("{}.{key}", self.name);
                self.problem(file_key, format!("{key} is set too: leave one of them"));
                None
            }
            (Some(secret), None) => Some((key, secret)),
            (None, Some(path)) if is_used => match std::fs::read_to_string(&path) {
                Ok(text) => Some((file_key, Secret::new(text.trim_end_matches(['\r', '\n'])))),
                Err(error) => {
                    self.problem(file_key, format!("the file cannot be read: {error}"));
                    None
                }
            },
            (None, _) => None,
        }
    }

    /// Reads every `section.key.NAME = value`.
    pub fn map(&mut self, key: &'static str, help: &'static str) -> BTreeMap<String, String> {
        let prefix = format!("{}.{key}.", self.name);
        let found = self.below(&prefix);
        let mut map = self.map_beneath(key);
        if self.beneath.is_none() {
            self.document(
                format!("{}.{key}", self.name),
                "table",
                "empty".to_owned(),
                help,
                None,
                Origin::Default,
            );
        }
        for (name, entry) in found {
            let path = format!("{prefix}{name}");
            self.reader.taken.insert(path.clone());
            match String::read(&entry.raw) {
                Ok(value) => {
                    let shown = shown(&path, &quoted(&value));
                    self.document(path, "", String::new(), "", Some(shown), entry.origin);
                    map.insert(name, value);
                }
                Err(message) => {
                    let problem = Problem::new(&path, message, Some(entry.origin));
                    self.reader.problems.push(problem);
                }
            }
        }
        map
    }

    /// All entries below a path that ends with a dot, by the rests of their names.
    fn below(&self, prefix: &str) -> Vec<(String, Entry)> {
        let entries = self.reader.entries.iter();
        let below = entries.filter_map(|(path, entry)| {
            Some((path.strip_prefix(prefix)?.to_owned(), entry.clone()))
        });
        below.collect()
    }

    /// What a table has from the section beneath; what is wrong there is reported there.
    fn map_beneath(&self, key: &str) -> BTreeMap<String, String> {
        let Some(beneath) = self.beneath else {
            return BTreeMap::new();
        };
        let found = self.below(&format!("{}.{key}.", beneath.section));
        let found = found.into_iter();
        found
            .filter_map(|(name, entry)| Some((name, String::read(&entry.raw).ok()?)))
            .collect()
    }

    /// Reports a value that is wrong in itself or beside another.
    pub fn problem(&mut self, key: &str, message: impl Into<String>) {
        let (path, message) = (format!("{}.{key}", self.name), message.into());
        let entry = self.reader.entries.get(&path);
        if entry.is_none() && self.is_told_beneath(key, &message) {
            return;
        }
        let origin = entry.map(|entry| entry.origin.clone());
        self.reader
            .problems
            .push(Problem::new(&path, message, origin));
    }

    /// Whether the section beneath has this problem, too.
    fn is_told_beneath(&self, key: &str, message: &str) -> bool {
        self.beneath.is_some_and(|beneath| {
            let path = format!("{}.{key}", beneath.section);
            let mut told = self.reader.problems.iter();
            told.any(|problem| problem.path == path && problem.message == message)
        })
    }

    /// Reports a key that is set although nothing reads it: it is used only where `condition`, in words, `holds`.
    ///
    /// A condition that a higher layer decides by the key `decider`, by its full name, makes it no mistake: a command
    /// line may change what a file says without taking it apart.
    pub fn used_only(&mut self, key: &str, decider: &str, holds: bool, condition: &str) {
        let rank = |path: &str| {
            self.reader
                .entries
                .get(path)
                .map(|entry| entry.origin.rank())
        };
        // Below a section, or over another one, this part's own key decides where it is set.
        let (_, word) = decider.rsplit_once('.').unwrap_or(("", decider));
        let other = rank(&format!("{}.{word}", self.name)).or_else(|| rank(decider));
        let own = rank(&format!("{}.{key}", self.name));
        if !holds && own.is_some() && own >= other {
            self.problem(key, format!("it is used under {condition} only"));
        }
    }

    /// Whether any layer sets the key, here or in the section beneath.
    pub fn is_set(&self, key: &str) -> bool {
        self.is_set_here(key) || self.entry_beneath(key).is_some()
    }

    /// Whether any layer sets the key, or entries of the table that it is, in this very section.
    pub fn is_set_here(&self, key: &str) -> bool {
        let path = format!("{}.{key}", self.name);
        let entries = &self.reader.entries;
        entries.contains_key(&path) || !self.below(&format!("{path}.")).is_empty()
    }

    /// The entry of the section beneath that stands for a key.
    fn entry_beneath(&self, key: &str) -> Option<&Entry> {
        let Beneath { section, own } = self.beneath?;
        let path = format!("{section}.{key}");
        self.reader
            .entries
            .get(&path)
            .filter(|_| !own.contains(&key))
    }

    /// Reads a key whose value is the one of the section beneath unless it is set.
    fn read_over<T: Value>(
        &mut self,
        key: &'static str,
        own: &[&str],
        help: &'static str,
    ) -> Option<T> {
        // Keys of its own have a row of their own.
        if self.is_set_here(key) && !own.contains(&key) {
            return self.read_here(key, String::new(), help);
        }
        let path = format!("{}.{key}", self.name);
        let entry = self.reader.entries.get(&path);
        let entry = entry.or_else(|| self.entry_beneath(key))?;
        T::read(&entry.raw).ok()
    }

    fn read<T: Value>(
        &mut self,
        key: &'static str,
        default: String,
        help: &'static str,
    ) -> Option<T> {
        match self.beneath {
            Some(Beneath { own, .. }) => self.read_over(key, own, help),
            None => self.read_here(key, default, help),
        }
    }

    fn read_here<T: Value>(
        &mut self,
        key: &'static str,
        default: String,
        help: &'static str,
    ) -> Option<T> {
        let path = format!("{}.{key}", self.name);
        self.reader.taken.insert(path.clone());
        let entry = self.reader.entries.get(&path).cloned();
        let Some(entry) = entry else {
            let value =
                (default != "not set" && !default.starts_with('`')).then(|| default.clone());
            self.document(path, T::KIND, default, help, value, Origin::Default);
            return None;
        };
        match T::read(&entry.raw) {
            Ok(value) => {
                let shown = shown(&path, &value.show());
                self.document(path, T::KIND, default, help, Some(shown), entry.origin);
                Some(value)
            }
            Err(message) => {
                let message = if redact::is_secret_key(&path) {
                    format!("this is not a {}", T::KIND)
                } else {
                    message
                };
                self.reader
                    .problems
                    .push(Problem::new(&path, message, Some(entry.origin.clone())));
                self.document(path, T::KIND, default, help, None, entry.origin);
                None
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row of the table, spelled out once"
    )]
    fn document(
        &mut self,
        path: String,
        kind: &'static str,
        default: String,
        help: &'static str,
        shown: Option<String>,
        origin: Origin,
    ) {
        self.reader.effective.push(Effective {
            path,
            kind,
            default,
            help,
            shown,
            origin,
        });
    }
}

fn shown(path: &str, value: &str) -> String {
    if redact::is_secret_key(path) {
        quoted("***")
    } else {
        redact::mask_user_info(value)
    }
}
