//! What a scrape of all daemons has, and what is wrong with a query for it.

use super::files::Asked;
use super::queries::{self, Selector};
use std::collections::{BTreeMap, BTreeSet};

/// Labels that the scraping gives to each series.
const OF_TARGETS: [&str; 3] = ["job", "service", "instance"];
/// What Prometheus says by itself, with labels that are not of targets.
const OF_PROMETHEUS: [(&str, &[&str]); 2] = [
    ("up", &[]),
    ("ALERTS", &["alertname", "alertstate", "severity", "topic"]),
];

/// The values of each label of one name.
type Labels = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Default)]
struct Series {
    labels: Labels,
    binaries: BTreeSet<&'static str>,
    /// Whether the values are closed sets: those that are there are all there are.
    is_scraped: bool,
}

/// All series by name.
pub(crate) struct Exposed {
    series: BTreeMap<String, Series>,
}

impl Exposed {
    /// The name of a recorded sum begins with the labels that are left of it.
    pub(crate) fn new<'n>(
        scrapes: impl Iterator<Item = (&'static str, String)>,
        recorded: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut series: BTreeMap<String, Series> = BTreeMap::new();
        for (binary, text) in scrapes {
            for line in text.lines().filter(|line| is_series(line)) {
                let (name, labels) = split(line);
                let one = series.entry(name.to_owned()).or_default();
                one.is_scraped = true;
                one.binaries.insert(binary);
                for (label, value) in labels {
                    let values = one.labels.entry(label.to_owned()).or_default();
                    values.insert(value.to_owned());
                }
            }
        }
        for (name, labels) in OF_PROMETHEUS {
            series.insert(name.to_owned(), without_values(labels.iter().copied()));
        }
        for name in recorded {
            if let Some((labels, _)) = name.split_once(':') {
                series.insert(name.to_owned(), without_values(labels.split('_')));
            }
        }
        Self { series }
    }

    /// All that is wrong with a query, a line each.
    pub(crate) fn wrong(&self, asked: &Asked) -> Vec<String> {
        let query = queries::read(&asked.query);
        let mut wrong: Vec<String> = query
            .selectors
            .iter()
            .flat_map(|selector| self.wrong_with(selector))
            .collect();
        if query.selectors.is_empty() {
            wrong.push("asks for nothing".to_owned());
        }
        let names = query.selectors.iter().flat_map(|selector| &selector.names);
        // What is left of a recorded sum's labels is all that it has.
        let of_targets = names
            .clone()
            .any(|name| !name.contains(':'))
            .then_some(OF_TARGETS);
        let known: BTreeSet<&str> = names
            .filter_map(|name| self.series.get(name))
            .flat_map(|series| series.labels.keys().map(String::as_str))
            .chain(of_targets.into_iter().flatten())
            .collect();
        for label in &query.grouped_by {
            if !known.contains(label.as_str()) {
                wrong.push(format!("groups by {label}, which nothing has"));
            }
        }
        for label in &asked.spoken {
            let is_left = query.grouped_by.is_empty() || query.grouped_by.contains(label);
            let joins = asked.query.contains("group_right") || asked.query.contains(" on (");
            if !known.contains(label.as_str()) || !(is_left || joins) {
                wrong.push(format!("speaks of {label}, which the answer has not"));
            }
        }
        let place = &asked.place;
        wrong
            .iter()
            .map(|what| format!("{place}: {what}: {}", asked.query))
            .collect()
    }

    fn wrong_with(&self, selector: &Selector) -> Vec<String> {
        let mut wrong = Vec::new();
        for name in &selector.names {
            let Some(series) = self.series.get(name) else {
                wrong.push(format!("there is no {name}"));
                continue;
            };
            for matcher in &selector.matchers {
                let label = matcher.label.as_str();
                for value in &matcher.values {
                    if !series.may_have(label, value) {
                        wrong.push(format!("no {name} has {label}={value}"));
                    }
                }
                if !OF_TARGETS.contains(&label) && !series.labels.contains_key(label) {
                    wrong.push(format!("{name} has no {label}"));
                }
            }
        }
        wrong
    }
}

impl Series {
    fn may_have(&self, label: &str, value: &str) -> bool {
        match label {
            "job" => value == "gluestream",
            "service" if self.is_scraped => self.binaries.contains(value),
            "service" => ["producer", "consumer", "registry-stub"].contains(&value),
            "instance" => true,
            _ => {
                !self.is_scraped
                    || self
                        .labels
                        .get(label)
                        .is_some_and(|values| values.contains(value))
            }
        }
    }
}

fn without_values<'l>(labels: impl Iterator<Item = &'l str>) -> Series {
    Series {
        labels: labels
            .map(|label| (label.to_owned(), BTreeSet::new()))
            .collect(),
        ..Series::default()
    }
}

fn is_series(line: &str) -> bool {
    line.starts_with("gluestream_") || line.starts_with("process_")
}

/// The name of a series and its labels.
fn split(line: &str) -> (&str, Vec<(&str, &str)>) {
    let Some((name, rest)) = line.split_once('{') else {
        return (line.split(' ').next().unwrap(), Vec::new());
    };
    let inside = rest.rsplit_once('}').unwrap().0;
    let pairs = inside.trim_end_matches('"').split("\",");
    (
        name,
        pairs.filter_map(|pair| pair.split_once("=\"")).collect(),
    )
}
