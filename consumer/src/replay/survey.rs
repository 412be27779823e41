//! What a dry run prints: how many letters would be replayed, and of which kinds, places and schema versions.
//!
//! One sum a line, its words separated by spaces; `-` is what letters do not say. Nothing of the data is shown.

use std::collections::BTreeMap;
use std::fmt;

use runtime::output::Output;
use serde_json::{Map, Value, json};

use super::plan::Plan;
use super::provenance::Provenance;

/// Different values of a property that are counted one by one; letters with others are counted together.
const MOST_VALUES: usize = 1000;

/// The sums.
#[derive(Debug, Default)]
pub(super) struct Survey {
    replayed: u64,
    skipped: u64,
    sums: BTreeMap<Property, BTreeMap<String, u64>>,
    others: BTreeMap<Property, u64>,
}

/// What letters are counted by, in the order of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Property {
    Kind,
    Topic,
    Partition,
    SchemaVersion,
}

impl Property {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::SchemaVersion => "schema_version",
        }
    }
}

impl Survey {
    /// A letter would be skipped.
    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// A letter would be replayed.
    pub(super) fn count(&mut self, past: &Provenance) {
        self.replayed += 1;
        let from = past.source.as_ref();
        let rows = [
            (Property::Kind, past.kind.map(|kind| kind.to_string())),
            (Property::Topic, from.map(|place| place.topic.clone())),
            (
                Property::Partition,
                from.map(|place| place.partition.to_string()),
            ),
            (
                Property::SchemaVersion,
                past.schema_version.map(|id| id.to_string()),
            ),
        ];
        for (property, value) in rows {
            let sums = self.sums.entry(property).or_default();
            let value = value.unwrap_or_else(|| "-".to_owned());
            if sums.len() < MOST_VALUES || sums.contains_key(&value) {
                *sums.entry(value).or_default() += 1;
            } else {
                *self.others.entry(property).or_default() += 1;
            }
        }
    }

    /// What is printed.
    pub(super) fn show(&self, plan: &Plan) -> String {
        match plan.output {
            Output::Text => self.lines(plan).unwrap_or_default(),
            Output::Json => format!("{}\n", self.facts(plan)),
        }
    }

    /// The same sums for programs; `others` is what is counted beyond the bound.
    fn facts(&self, plan: &Plan) -> Value {
        let by = self.sums.iter().map(|(property, sums)| {
            let others = self.others.get(property).copied().unwrap_or(0);
            let said = sums.iter().filter(|(value, _)| *value != "-");
            let said: Map<_, _> = said
                .map(|(value, sum)| (value.clone(), json!(sum)))
                .collect();
            let unsaid = sums.get("-").copied().unwrap_or(0);
            let facts = json!({ "values": said, "unknown": unsaid, "others": others });
            (property.as_str().to_owned(), facts)
        });
        json!({
            "from": plan.from,
            "to": plan.to,
            "group": plan.group,
            "letters": self.replayed + self.skipped,
            "skip": self.skipped,
            "replay": self.replayed,
            "by": by.collect::<Map<_, _>>(),
        })
    }

    fn lines(&self, plan: &Plan) -> Result<String, fmt::Error> {
        use fmt::Write as _;
        let mut out = String::new();
        writeln!(
            out,
            "from {}\nto {}\ngroup {}",
            plan.from, plan.to, plan.group
        )?;
        writeln!(out, "letters {}", self.replayed + self.skipped)?;
        writeln!(out, "skip {}\nreplay {}", self.skipped, self.replayed)?;
        for (property, sums) in &self.sums {
            let name = property.as_str();
            for (value, sum) in sums {
                writeln!(out, "replay {name} {value} {sum}")?;
            }
            if let Some(sum) = self.others.get(property) {
                writeln!(out, "replay {name} others {sum}")?;
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn hostile_letters_do_not_grow_it_beyond_its_bound() {
        let mut survey = Survey::default();
        for id in 0..2500 {
            survey.count(&Provenance {
                source: None,
                kind: None,
                schema_version: Some(Uuid::from_u128(id)),
                timestamp: None,
            });
        }
        assert_eq!(survey.sums[&Property::SchemaVersion].len(), MOST_VALUES);
        assert_eq!(survey.others[&Property::SchemaVersion], 1500);
        assert_eq!(survey.sums[&Property::Kind]["-"], 2500);
    }
}
