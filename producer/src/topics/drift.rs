//! What a topic should be, what it is, and each difference between the two. Pure: no I/O.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::Config;

/// Room that a dead letter needs beside its record: headers.
const LETTER_ROOM: u64 = 64 << 10;
/// The largest number that the setting takes.
const MOST_BYTES: u64 = 2_147_483_647;
/// Kafka's own bound of a batch of records, unless a topic has another.
const KAFKA_MAX_BYTES: u64 = (1 << 20) + 12;
/// The setting that bounds a batch of records.
const MAX_BYTES: &str = "max.message.bytes";
/// The setting that says what becomes of old records.
const CLEANUP: &str = "cleanup.policy";

/// A topic as it is configured.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) partitions: usize,
    /// Copies of each partition; nothing where that is left to the broker.
    pub(super) replication: Option<usize>,
    /// What it is created with.
    pub(super) settings: BTreeMap<String, String>,
    /// The setting of which more than wanted is no difference.
    at_least: Option<&'static str>,
}

/// A topic as it is.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Copies of each partition.
    pub(super) replicas: Vec<usize>,
    /// All settings, with those that nobody has set.
    pub(super) settings: BTreeMap<String, Option<String>>,
}

/// A difference between a topic and its configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    topic: String,
    what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "topic {}: {}", self.topic, self.what)
    }
}

impl Difference {
    /// What differs, without the topic's name.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// The same for programs.
    pub(super) fn facts(&self) -> serde_json::Value {
        serde_json::json!({ "topic": self.topic, "difference": self.what })
    }
}

impl Wanted {
    /// The topic that records are written to.
    pub(super) fn source(config: &Config) -> Self {
        Self {
            name: config.kafka.topic.clone(),
            partitions: usize::try_from(config.topic.partitions).unwrap_or_default(),
            replication: usize::try_from(config.topic.replication).ok(),
            settings: config.topic.config.clone(),
            at_least: None,
        }
    }

    /// The topic of dead letters, which takes every record of the `source` that was found or is to be.
    pub(super) fn dead_letters(config: &Config, source: Option<&Found>) -> Self {
        let mut wanted = Self::source(config);
        let found = source.and_then(|found| found.settings.get(MAX_BYTES)?.as_ref());
        let largest = found.or_else(|| wanted.settings.get(MAX_BYTES));
        let largest = largest.and_then(|bytes| bytes.trim().parse().ok());
        let largest = largest.unwrap_or(KAFKA_MAX_BYTES);
        let room = largest.saturating_add(LETTER_ROOM).min(MOST_BYTES);
        wanted.name.clone_from(&config.dead_letter.topic);
        let own = &config.dead_letter.config;
        wanted.at_least = (!own.contains_key(MAX_BYTES)).then_some(MAX_BYTES);
        // A tombstone among them must not delete what another letter of its key holds.
        wanted.settings = BTreeMap::from([
            (CLEANUP.to_owned(), "delete".to_owned()),
            (MAX_BYTES.to_owned(), room.to_string()),
        ]);
        wanted.settings.extend(own.clone());
        wanted
    }

    /// Every difference; a topic that is missing is one.
    pub(super) fn differences(&self, found: Option<&Found>) -> Vec<Difference> {
        let Some(found) = found else {
            return vec![self.difference("missing".to_owned())];
        };
        let mut all = Vec::new();
        let partitions = found.replicas.len();
        if partitions != self.partitions {
            let wanted = self.partitions;
            all.push(self.difference(format!("partitions {partitions}, wanted {wanted}")));
        }
        if let Some(wanted) = self.replication
            && let Some(found) = found.replicas.iter().find(|copies| **copies != wanted)
        {
            all.push(self.difference(format!("replication {found}, wanted {wanted}")));
        }
        let settings = self.settings.iter();
        all.extend(settings.filter_map(|(name, wanted)| self.setting(name, wanted, found)));
        all
    }

    fn setting(&self, name: &str, wanted: &str, found: &Found) -> Option<Difference> {
        let is_enough = self.at_least == Some(name);
        let word = if is_enough { "at least " } else { "" };
        let Some(is) = found.settings.get(name) else {
            let what = format!("{name} is no setting of this cluster, wanted {wanted}");
            return Some(self.difference(what));
        };
        let is = is.as_deref().unwrap_or_default();
        let fits = if is_enough {
            is.parse::<u64>().ok() >= wanted.parse().ok()
        } else {
            is_same(is, wanted)
        };
        (!fits).then(|| self.difference(format!("{name} {is}, wanted {word}{wanted}")))
    }

    fn difference(&self, what: String) -> Difference {
        let topic = self.name.clone();
        Difference { topic, what }
    }
}

/// Whether two texts mean the same to Kafka: numbers, lists and words may be written in several ways.
fn is_same(one: &str, other: &str) -> bool {
    if let (Ok(one), Ok(other)) = (one.trim().parse::<i64>(), other.trim().parse::<i64>()) {
        return one == other;
    }
    if let (Ok(one), Ok(other)) = (one.trim().parse::<f64>(), other.trim().parse::<f64>()) {
        return one.total_cmp(&other).is_eq();
    }
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split(',').map(|part| part.trim().to_lowercase());
        let mut parts: Vec<String> = parts.collect();
        parts.sort();
        parts
    };
    parts(one) == parts(other)
}

#[cfg(test)]
mod tests {
    use runtime::config::{Reader, Sources};

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Config {
        let sources = Sources::from_pairs(pairs.iter().copied());
        Reader::load(&sources).unwrap().config
    }

    fn found(replicas: &[usize], settings: &[(&str, &str)]) -> Found {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), Some((*value).to_owned()));
        Found {
            replicas: replicas.to_vec(),
            settings: settings.iter().map(pair).collect(),
        }
    }

    fn said(wanted: &Wanted, found: Option<&Found>) -> Vec<String> {
        let differences = wanted.differences(found);
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_difference_of_a_topic_is_a_line() {
        let wanted = Wanted::source(&config(&[
            ("topic.replication", "3"),
            ("topic.config.retention.ms", "1000"),
            ("topic.config.retention.mss", "1000"),
        ]));
        let settings = [("retention.ms", "604800000"), ("segment.ms", "1")];
        let found = found(&[3, 3, 1], &settings);
        let lines = [
            "topic orders: partitions 3, wanted 6",
            "topic orders: replication 1, wanted 3",
            "topic orders: retention.ms 604800000, wanted 1000",
            "topic orders: retention.mss is no setting of this cluster, wanted 1000",
        ];
        assert_eq!(said(&wanted, Some(&found)), lines);
        assert_eq!(said(&wanted, None), ["topic orders: missing"]);
        let missing = serde_json::json!({"topic": "orders", "difference": "missing"});
        assert_eq!(wanted.differences(None)[0].facts(), missing);
    }

    #[test]
    fn settings_in_the_environment_have_kafkas_dots() {
        let variable = |name: &str| (format!("GLUESTREAM_{name}"), "7".to_owned());
        let names = [
            "TOPIC__CONFIG__RETENTION_MS",
            "DEAD_LETTER__CONFIG__SEGMENT_MS",
        ];
        let sources = Sources {
            environment: names.map(variable).into(),
            ..Sources::default()
        };
        let config: Config = Reader::load(&sources).unwrap().config;
        assert_eq!(config.topic.config["retention.ms"], "7");
        assert_eq!(config.dead_letter.config["segment.ms"], "7");
    }

    #[test]
    fn what_is_not_configured_is_no_difference() {
        let wanted = Wanted::source(&config(&[]));
        let found = found(&[1, 2, 3, 1, 1, 1], &[("retention.ms", "1")]);
        assert!(said(&wanted, Some(&found)).is_empty());
    }

    #[test]
    fn a_value_may_be_written_in_several_ways() {
        for (one, other) in [
            ("1000", " 1000"),
            ("0.5", "0.50"),
            ("compact,delete", "delete, compact"),
            ("true", "TRUE"),
            ("", ""),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            assert!(is_same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1000", "1001"),
            ("0.5", "0.6"),
            ("compact,delete", "delete"),
            ("9223372036854775807", "9223372036854775806"),
            ("", "delete"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn dead_letters_need_room_and_no_compaction() {
        let source = found(&[1], &[("max.message.bytes", "2000000")]);
        let wanted = Wanted::dead_letters(&config(&[("topic.partitions", "1")]), Some(&source));
        let letters = |cleanup, bytes| {
            let settings = [("cleanup.policy", cleanup), ("max.message.bytes", bytes)];
            said(&wanted, Some(&found(&[1], &settings)))
        };
        assert!(letters("delete", "2065536").is_empty());
        assert!(letters("delete", "9000000").is_empty());
        let lines = [
            "topic orders-dead-letters: cleanup.policy compact, wanted delete",
            "topic orders-dead-letters: max.message.bytes 2065535, wanted at least 2065536",
        ];
        assert_eq!(letters("compact", "2065535"), lines);
    }

    #[test]
    fn settings_of_dead_letters_win_over_what_they_need() {
        let wanted = Wanted::dead_letters(
            &config(&[
                ("topic.config.max.message.bytes", "3000000"),
                ("topic.config.retention.ms", "1"),
                ("dead_letter.config.max.message.bytes", "5000000"),
                ("dead_letter.config.retention.ms", "-1"),
            ]),
            None,
        );
        let expected = [
            ("cleanup.policy", "delete"),
            ("max.message.bytes", "5000000"),
            ("retention.ms", "-1"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(wanted.settings, BTreeMap::from(expected));
        assert_eq!(wanted.at_least, None);
    }

    #[test]
    fn room_for_dead_letters_follows_the_topic_that_is_to_be_created() {
        let wanted = |pairs| Wanted::dead_letters(&config(pairs), None).settings[MAX_BYTES].clone();
        assert_eq!(wanted(&[]), "1114124");
        let larger = [("topic.config.max.message.bytes", "3000000")];
        assert_eq!(wanted(&larger), "3065536");
    }
}
