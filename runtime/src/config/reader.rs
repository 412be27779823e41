//! Reads the merged layers key by key and collects every problem.

use super::load::{Entry, Origin, Sources};
use super::section::{Beneath, Section};
use super::{Config, SECTIONS};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) path: String,
    pub(super) message: String,
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
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) taken: BTreeSet<String>,
    sections: BTreeSet<&'static str>,
    pub(super) problems: Vec<Problem>,
    notices: Vec<String>,
    pub(super) effective: Vec<Effective>,
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
