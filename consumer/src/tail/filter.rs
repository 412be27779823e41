//! Which records are shown.

use uuid::Uuid;

use super::decoder::Reading;
use super::record::Record;
use crate::condition::Condition;

/// Filters; a record has to pass each that is given, and of a repeated one any, but all of `--where`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Filter {
    /// Only records with this key; repeatable
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
    /// Only records whose key has this text in it; repeatable
    #[arg(long = "key-contains", value_name = "TEXT")]
    parts: Vec<String>,
    /// Only records of this schema version, by its id or its number; repeatable
    #[arg(long = "schema-version", value_name = "VERSION", value_parser = version)]
    versions: Vec<Version>,
    /// Only records whose field is so: status=failed, amount!=0, customer.name~smith, items.0.sku=A1; repeatable, and
    /// then all have to hold
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = Condition::parse)]
    conditions: Vec<Condition>,
}

/// A schema version as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Id(Uuid),
    Number(u64),
}

fn version(text: &str) -> Result<Version, String> {
    let id = text.parse().map(Version::Id);
    let number = text.parse().map(Version::Number);
    id.or(number)
        .map_err(|_| "it is neither the id of a schema version (a UUID) nor a number".to_owned())
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passes,
    Fails,
    /// It could not be decoded, so it cannot be told; it is not shown.
    Unknown,
}

impl Filter {
    /// Whether the bytes alone do not decide.
    pub(super) fn needs_values(&self) -> bool {
        let is_number = |version: &Version| matches!(version, Version::Number(_));
        !self.conditions.is_empty() || self.versions.iter().any(is_number)
    }

    /// Judges a record.
    pub(super) fn judge(&self, record: &Record, reading: &Reading) -> Verdict {
        if !self.has_key(record) {
            return Verdict::Fails;
        }
        let version = self.of_version(reading);
        if version != Verdict::Passes || self.conditions.is_empty() {
            return version;
        }
        match (record.value.as_ref(), reading.json()) {
            (None, _) => Verdict::Fails,
            (Some(_), None) => Verdict::Unknown,
            (Some(_), Some(json)) => {
                let json = String::from_utf8_lossy(json);
                passes_if(self.conditions.iter().all(|one| one.holds(&json)))
            }
        }
    }

    fn has_key(&self, record: &Record) -> bool {
        if self.keys.is_empty() && self.parts.is_empty() {
            return true;
        }
        let Some(key) = &record.key else {
            return false;
        };
        let is_whole = self.keys.iter().any(|wanted| wanted.as_bytes() == key);
        let has_part = |wanted: &String| String::from_utf8_lossy(key).contains(wanted);
        (self.keys.is_empty() || is_whole)
            && (self.parts.is_empty() || self.parts.iter().any(has_part))
    }

    fn of_version(&self, reading: &Reading) -> Verdict {
        if self.versions.is_empty() {
            return Verdict::Passes;
        }
        let (id, number) = (
            reading.version_id(),
            reading.version().and_then(|version| version.number),
        );
        let is_it = |wanted: &Version| match wanted {
            Version::Id(wanted) => id == Some(*wanted),
            Version::Number(wanted) => number == Some(*wanted),
        };
        let asks_for_number = || {
            self.versions
                .iter()
                .any(|one| matches!(one, Version::Number(_)))
        };
        if !self.versions.iter().any(is_it) && id.is_some() && number.is_none() && asks_for_number()
        {
            return Verdict::Unknown;
        }
        passes_if(self.versions.iter().any(is_it))
    }
}

const fn passes_if(holds: bool) -> Verdict {
    if holds {
        Verdict::Passes
    } else {
        Verdict::Fails
    }
}

#[cfg(test)]
mod tests {
    use super::super::decoder::{Content, Refusal};
    use super::*;
    use clap::Parser;
    use common::error::Kind;
    use rdkafka::Timestamp;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        filter: Filter,
    }

    const ID: &str = "75db6fea-2b3f-4283-8abc-805f5381fee9";

    fn judged(options: &str, key: Option<&[u8]>, content: Content) -> Verdict {
        let line = std::iter::once("tail").chain(options.split_whitespace());
        let filter = Line::try_parse_from(line).unwrap().filter;
        let mut frame = vec![3, 0];
        frame.extend_from_slice(ID.parse::<Uuid>().unwrap().as_bytes());
        let value = (!matches!(content, Content::Tombstone)).then_some(frame);
        let reading = Reading {
            content,
            ..Reading::of_bytes(value.as_deref())
        };
        let record = Record {
            partition: 0,
            offset: 0,
            timestamp: Timestamp::NotAvailable,
            key: key.map(<[u8]>::to_owned),
            value,
            headers: Vec::new(),
        };
        filter.judge(&record, &reading)
    }

    fn json(text: &str) -> Content {
        Content::Json {
            text: text.as_bytes().to_owned(),
            payload: None,
        }
    }

    #[test]
    fn a_record_passes_all_filters_and_of_a_repeated_one_any() {
        let key: Option<&[u8]> = Some(b"abc");
        for (options, expected) in [
            ("", Verdict::Passes),
            ("--key x --key abc", Verdict::Passes),
            ("--key ab", Verdict::Fails),
            ("--key-contains b", Verdict::Passes),
            ("--key abc --key-contains z", Verdict::Fails),
            (&format!("--schema-version {ID}"), Verdict::Passes),
            (
                &format!("--schema-version 7 --schema-version {ID}"),
                Verdict::Passes,
            ),
            ("--schema-version 7", Verdict::Unknown),
            ("--where a=1 --where b=x", Verdict::Passes),
            ("--where a=1 --where b=y", Verdict::Fails),
        ] {
            let content = json(r#"{"a":1,"b":"x"}"#);
            assert_eq!(judged(options, key, content), expected, "{options}");
        }
        assert_eq!(judged("--key abc", None, json("{}")), Verdict::Fails);
        assert_eq!(
            judged("--key-contains a", Some(b"\xffa"), json("{}")),
            Verdict::Passes
        );
    }

    #[test]
    fn what_has_no_fields_passes_no_condition() {
        let refused = || {
            Content::Undecodable(Refusal {
                kind: Kind::Payload,
                error: "no".to_owned(),
            })
        };
        assert_eq!(
            judged("--where a!=1", None, Content::Tombstone),
            Verdict::Fails
        );
        assert_eq!(judged("--where a!=1", None, refused()), Verdict::Unknown);
        assert_eq!(judged("", None, refused()), Verdict::Passes);
    }
}
