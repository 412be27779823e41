//! The layers of a configuration, flattened to `section.key` entries that know their origin.

use super::legacy;
use super::reader::Problem;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The prefix of every environment variable that is ours.
const PREFIX: &str = "GLUESTREAM_";
/// Names the configuration file when `--config` does not.
const CONFIG_VARIABLE: &str = "GLUESTREAM_CONFIG";
/// Here `_` in a variable's name stands for `.` in Kafka's own names.
const DOTTED: [&str; 4] = [
    "kafka.properties.",
    "target.kafka.properties.",
    "topic.config.",
    "dead_letter.config.",
];

/// Tables by values of fields, which are told apart by case.
const VALUES: [&str; 1] = ["route__to__"];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of a configuration file.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// An environment variable of the Python demo.
    Legacy(String),
    /// `--set` on the command line.
    CommandLine,
}

impl Origin {
    /// A layer's values stand over those of lower ranks.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Legacy(_) => 1,
            Self::File(..) => 2,
            Self::Environment(_) => 3,
            Self::CommandLine => 4,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) | Self::Legacy(name) => {
                write!(f, "environment variable {name}")
            }
            Self::CommandLine => f.write_str("--set"),
        }
    }
}

/// A value before it is read as what its key wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// One value, as text.
    Scalar(String),
    /// A list of values, as texts.
    List(Vec<String>),
}

/// A value of one layer.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// The layers that a configuration is made of.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The configuration file, if any.
    pub file: Option<PathBuf>,
    /// The environment: every variable of the process, or what a test wants it to be.
    pub environment: BTreeMap<String, String>,
    /// `--set section.key=value`, in order.
    pub set: Vec<(String, String)>,
}

/// The layers merged: the entries by path, what is wrong with the layers, what to say about them.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<String>,
}

impl Sources {
    /// The process's environment, with `file` and `set` from the command line.
    ///
    /// This is the one place that reads the environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "configuration is the one reader of the environment"
    )]
    pub fn of_process(file: Option<PathBuf>, set: Vec<(String, String)>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, readable(value))))
            .collect();
        Self {
            file,
            environment,
            set,
        }
    }

    /// Only `--set` pairs: what quickstart and tests use.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let set = pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Self {
            set,
            ..Self::default()
        }
    }

    pub(super) fn merge(&self) -> Merged {
        let mut merged = Merged::default();
        self.merge_legacy(&mut merged);
        if let Some(file) = self
            .file
            .clone()
            .or_else(|| self.environment.get(CONFIG_VARIABLE).map(PathBuf::from))
        {
            merge_file(&file, &mut merged);
        }
        self.merge_environment(&mut merged);
        for (key, value) in &self.set {
            merged.insert(key.clone(), Raw::Scalar(value.clone()), Origin::CommandLine);
        }
        merged.note_legacy();
        merged
    }

    fn merge_legacy(&self, merged: &mut Merged) {
        for legacy in &legacy::VARIABLES {
            if let Some(text) = self.environment.get(legacy.variable) {
                let origin = Origin::Legacy(legacy.variable.to_owned());
                merged.insert(
                    legacy.key.to_owned(),
                    Raw::Scalar(legacy.value(text)),
                    origin,
                );
            }
        }
        if self.environment.contains_key("AWS_REGION") {
            merged.entries.remove("registry.region");
        }
    }

    fn merge_environment(&self, merged: &mut Merged) {
        for (name, value) in &self.environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if name == CONFIG_VARIABLE {
                continue;
            }
            let path = path_of(rest);
            let origin = Origin::Environment(name.clone());
            if value == UNREADABLE {
                let problem = Problem::new(&path, "the value is not UTF-8", Some(origin));
                merged.problems.push(problem);
                continue;
            }
            if !path.contains('.') {
                merged.problems.push(Problem::new(&path, "no such key: a variable is named GLUESTREAM_<SECTION>__<KEY>, with two underscores", Some(origin)));
                continue;
            }
            merged.insert(dotted(path), Raw::Scalar(value.clone()), origin);
        }
    }
}

impl Merged {
    fn insert(&mut self, path: String, raw: Raw, origin: Origin) {
        self.entries.insert(path, Entry { raw, origin });
    }

    /// Says once which of the demo's variables are in force.
    fn note_legacy(&mut self) {
        for legacy in &legacy::VARIABLES {
            let in_force = self
                .entries
                .get(legacy.key)
                .is_some_and(|entry| matches!(&entry.origin, Origin::Legacy(_)));
            if in_force && legacy.variable != "AWS_DEFAULT_REGION" {
                let new = legacy.key.to_ascii_uppercase().replace('.', "__");
                self.notices.push(format!(
                    "{} still works; its new name is {PREFIX}{new}",
                    legacy.variable
                ));
            }
        }
    }
}

/// The path that the rest of a variable's name stands for. What stands behind a table of values is one of them, as it is.
fn path_of(rest: &str) -> String {
    let lower = rest.to_ascii_lowercase();
    match VALUES.iter().find(|table| lower.starts_with(**table)) {
        Some(table) => {
            let (name, value) = rest.split_at(table.len());
            format!("{}{value}", name.to_ascii_lowercase().replace("__", "."))
        }
        None => lower.replace("__", "."),
    }
}

/// Gives a variable's path the dots of Kafka's own name at its end.
fn dotted(path: String) -> String {
    let table = DOTTED.into_iter().find(|table| path.starts_with(table));
    match table {
        Some(table) => format!("{table}{}", path[table.len()..].replace('_', ".")),
        None => path,
    }
}

/// Stands for a value that is not UTF-8; it is reported where it is read.
const UNREADABLE: &str = "\u{fffd}";

fn readable(value: std::ffi::OsString) -> String {
    value
        .into_string()
        .unwrap_or_else(|_| UNREADABLE.to_owned())
}

fn merge_file(path: &Path, merged: &mut Merged) {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            merged.problems.push(Problem::new(
                "",
                format!("the configuration file {shown} cannot be read: {error}"),
                None,
            ));
            return;
        }
    };
    match DeTable::parse(&text) {
        Ok(table) => flatten("", table.get_ref(), &text, path, merged),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(&text, span.start));
            let message = format!("{shown}:{line}: this is not TOML: {}", error.message());
            merged.problems.push(Problem::new("", message, None));
        }
    }
}

fn flatten(prefix: &str, table: &DeTable<'_>, text: &str, file: &Path, merged: &mut Merged) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{prefix}.{}", key.get_ref())
        };
        let origin = Origin::File(file.to_owned(), line_of(text, key.span().start));
        match value.get_ref() {
            DeValue::Table(inner)
                if inner.is_empty()
                    && prefix.is_empty()
                    && !super::SECTIONS.contains(&path.as_str()) =>
            {
                merged
                    .problems
                    .push(Problem::new(&path, "no such section", Some(origin)));
            }
            DeValue::Table(inner) => flatten(&path, inner, text, file, merged),
            other => match raw(other) {
                Ok(raw) => merged.insert(path, raw, origin),
                Err(message) => merged
                    .problems
                    .push(Problem::new(&path, message, Some(origin))),
            },
        }
    }
}

fn raw(value: &DeValue<'_>) -> Result<Raw, String> {
    match value {
        DeValue::Array(items) => items
            .iter()
            .map(|item| scalar(item.get_ref()))
            .collect::<Result<_, _>>()
            .map(Raw::List),
        other => scalar(other).map(Raw::Scalar),
    }
}

fn scalar(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Float(number) => Ok(number.to_string()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        DeValue::Datetime(instant) => Ok(instant.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => {
            Err("a list may hold single values only".to_owned())
        }
    }
}

/// Reads a TOML list of single values, as `--set` and the environment may hold one.
pub(super) fn parse_list(text: &str) -> Result<Vec<String>, String> {
    let wanted = || format!("{text} is not a list such as [\"a\", \"b\"]");
    let value = DeValue::parse(text).map_err(|_| wanted())?;
    match raw(value.get_ref()) {
        Ok(Raw::List(items)) => Ok(items),
        _ => Err(wanted()),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.split('\n').count()
}
