//! Reads the merged layers key by key and collects every problem.

use super::load::{Entry, Origin, Sources};
use super::value::{Value, quoted};
use super::{Config, SECTIONS, redact};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    path: String,
    message: String,
    origin: Option<Origin>,
}

impl Problem {
    pub(super) fn new(path: &str, message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
            origin,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.origin {
            Some(origin) => write!(f, " ({origin})"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(
            f,
            "the configuration has {count} problem{}:",
            if count == 1 { "" } else { "s" }
        )?;
        self.0
            .iter()
            .try_for_each(|problem| writeln!(f, "  {problem}"))
    }
}

impl std::error::Error for Problems {}

/// A key as it was read: its documentation and the value in force.
#[derive(Clone, Debug)]
pub struct Effective {
    /// `section.key`.
    pub path: String,
    /// The word for its type.
    pub kind: &'static str,
    /// Its default, as shown in the documentation.
    pub default: String,
    /// What it is for, in one sentence.
    pub help: &'static str,
    /// The value in force as TOML, redacted; `None` where an optional key is not set.
    pub shown: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
}

/// A configuration that was read without a problem.
#[derive(Debug)]
pub struct Settings<C> {
    /// What the binary works with.
    pub config: C,
    /// Every key with its value, in the order it was read.
    pub effective: Vec<Effective>,
    /// What to say once at start.
    pub notices: Vec<String>,
}

/// Reads a configuration and remembers what was read and what was wrong.
#[derive(Debug)]
pub struct Reader {
    entries: BTreeMap<String, Entry>,
    taken: BTreeSet<String>,
    sections: BTreeSet<&'static str>,
    problems: Vec<Problem>,
    notices: Vec<String>,
    effective: Vec<Effective>,
}

impl Reader {
    /// Reads `C` from its layers.
    ///
    /// # Errors
    /// Every problem of every layer and key at once.
    pub fn load<C: Config>(sources: &Sources) -> Result<Settings<C>, Problems> {
        let merged = sources.merge();
        let mut reader = Self {
            entries: merged.entries,
            taken: BTreeSet::new(),
            sections: BTreeSet::new(),
            problems: merged.problems,
            notices: merged.notices,
            effective: Vec::new(),
        };
        let config = C::read(&mut reader);
        reader.refuse_unknown();
        if reader.problems.is_empty() {
            Ok(Settings {
                config,
                effective: reader.effective,
                notices: reader.notices,
            })
        } else {
            Err(Problems(reader.problems))
        }
    }

    /// Opens a section of this binary.
    pub fn section(&mut self, name: &'static str) -> Section<'_> {
        debug_assert!(SECTIONS.contains(&name), "{name} is missing from SECTIONS");
        self.sections.insert(name);
        Section {
            reader: self,
            name: name.into(),
            beneath: None,
        }
    }

    /// The names that sections below one have: the `NAME` of every `section.NAME.key`, in their order.
    pub fn names_below(&mut self, section: &'static str) -> Vec<String> {
        self.section(section);
        let names = self.entries.keys().filter_map(|path| {
            let rest = path.strip_prefix(section)?.strip_prefix('.')?;
            let (name, _) = rest.split_once('.')?;
            Some(name.to_owned())
        });
        let names: BTreeSet<String> = names.collect();
        names.into_iter().collect()
    }

    /// Opens a section below one of this binary's.
    pub fn section_below(&mut self, section: &'static str, name: &str) -> Section<'_> {
        self.section(section);
        Section {
            reader: self,
            name: format!("{section}.{name}").into(),
            beneath: None,
        }
    }

    /// Opens a part of a section, such as `target.kafka`, whose keys have the values of another section where they are
    /// not set: all but those in `own`. What it takes from there is documented and checked there.
    pub fn section_over(
        &mut self,
        name: &'static str,
        section: &'static str,
        own: &'static [&'static str],
    ) -> Section<'_> {
        Section {
            reader: self,
            name: name.into(),
            beneath: Some(Beneath { section, own }),
        }
    }

    /// Leaves everything below a section unread, as if another binary owned it.
    pub fn leave(&mut self, section: &str) {
        let prefix = format!("{section}.");
        let below = self.entries.keys();
        let below = below.filter(|path| path.starts_with(&prefix)).cloned();
        self.taken.extend(below);
    }

    /// Says something once at start, beside the configuration.
    pub fn notice(&mut self, text: impl Into<String>) {
        self.notices.push(text.into());
    }

    /// Unknown sections, and unknown keys in the sections that this binary read.
    fn refuse_unknown(&mut self) {
        let known: Vec<&str> = self.effective.iter().map(|key| key.path.as_str()).collect();
        let unknown: Vec<Problem> = self
            .entries
            .iter()
            .filter(|(path, entry)| {
                !self.taken.contains(*path) && !matches!(entry.origin, Origin::Legacy(_))
            })
            .filter_map(|(path, entry)| {
                let section = path.split('.').next().unwrap_or_default();
                if !SECTIONS.contains(&section) {
                    let message = format!("no such section{}", suggestion(section, &SECTIONS));
                    return Some(Problem::new(path, message, Some(entry.origin.clone())));
                }
                let message = || format!("no such key{}", suggestion(path, &known));
                self.sections
                    .contains(section)
                    .then(|| Problem::new(path, message(), Some(entry.origin.clone())))
            })
            .collect();
        self.problems.extend(unknown);
    }
}

/// One section of the configuration, open for reading.
#[derive(Debug)]
pub struct Section<'a> {
    reader: &'a mut Reader,
    name: Cow<'static, str>,
    beneath: Option<Beneath>,
}

/// What a part of a section lies over.
#[derive(Clone, Copy, Debug)]
struct Beneath {
    section: &'static str,
    /// Keys that are not taken from there.
    own: &'static [&'static str],
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

/// `; did you mean X?` when a known name is at most two edits away.
fn suggestion(name: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|other| (distance(name, other), other))
        .min();
    match nearest {
        Some((1..=2, other)) => format!("; did you mean {other}?"),
        _ => String::new(),
    }
}

/// Edits (insert, delete, replace) between two short names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
