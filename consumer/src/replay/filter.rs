//! Which letters are replayed.

use common::error::Kind;
use jiff::Timestamp;
use runtime::config::units::parse_duration;
use uuid::Uuid;

use super::provenance::Provenance;
use crate::clock::now_ms;

/// Filters; a letter has to pass each that is given, and of a repeated one any.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Filter {
    /// Only letters of this kind of error; repeatable
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    kinds: Vec<Kind>,
    /// Only letters written at this time or later: ISO 8601, or a duration before now such as 2h
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Only letters written before this time: ISO 8601, or a duration before now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// Only letters whose record came from this partition; repeatable
    #[arg(long = "partition", value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partitions: Vec<i32>,
    /// Only letters whose record names this schema version; repeatable
    #[arg(long = "schema-version", value_name = "ID")]
    schema_versions: Vec<Uuid>,
    /// Only letters whose record came from this topic; repeatable
    #[arg(long = "topic", value_name = "TOPIC", value_parser = super::plan::topic_name)]
    topics: Vec<String>,
}

impl Filter {
    /// Whether no letter can pass.
    pub(super) fn is_never(&self) -> bool {
        let bounds = self.since.zip(self.until);
        bounds.is_some_and(|(since, until)| until <= since)
    }

    /// Whether a letter passes that was written at this time, in milliseconds since 1970.
    ///
    /// What is not known passes no filter that asks for it.
    pub(super) fn passes(&self, written: Option<i64>, past: &Provenance) -> bool {
        let from = past.source.as_ref();
        is_any(&self.kinds, past.kind.as_ref())
            && is_any(&self.schema_versions, past.schema_version.as_ref())
            && is_any(&self.partitions, from.map(|place| &place.partition))
            && is_any(&self.topics, from.map(|place| &place.topic))
            && self.since.is_none_or(|since| written >= Some(since))
            && self
                .until
                .is_none_or(|until| written.is_some_and(|written| written < until))
    }
}

fn is_any<T: PartialEq>(wanted: &[T], found: Option<&T>) -> bool {
    wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
}

fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| {
        let all = Kind::ALL.map(Kind::as_str).join(", ");
        format!("it is none of {all}")
    })
}

/// Milliseconds since 1970.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(before) = parse_duration(text) {
        let before = i64::try_from(before.as_millis()).unwrap_or(i64::MAX);
        return Ok(now_ms().saturating_sub(before));
    }
    let found = text.parse::<Timestamp>();
    found.map(Timestamp::as_millisecond).map_err(|_| {
        "it is neither a time such as 2026-01-31T10:00:00Z nor a duration such as 30m".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::provenance::Place;
    use super::*;

    fn past() -> Provenance {
        let place = Place {
            topic: "t".to_owned(),
            partition: 3,
            offset: 9,
        };
        Provenance {
            source: Some(place),
            kind: Some(Kind::Header),
            schema_version: Some(Uuid::from_u128(7)),
            timestamp: None,
        }
    }

    #[test]
    fn a_letter_passes_each_filter_that_is_given_and_of_a_repeated_one_any() {
        let filter = Filter {
            kinds: vec![Kind::Json, Kind::Header],
            since: Some(100),
            until: Some(200),
            partitions: vec![1, 3],
            schema_versions: vec![Uuid::from_u128(7)],
            topics: vec!["t".to_owned()],
        };
        assert!(filter.passes(Some(100), &past()) && filter.passes(Some(199), &past()));
        for written in [None, Some(99), Some(200)] {
            assert!(!filter.passes(written, &past()), "{written:?}");
        }
        let other = |change: fn(&mut Filter)| {
            let mut filter = filter.clone();
            change(&mut filter);
            filter.passes(Some(100), &past())
        };
        assert!(!other(|filter| filter.kinds = vec![Kind::Json]));
        assert!(!other(|filter| filter.partitions = vec![1]));
        assert!(!other(|filter| filter.schema_versions = vec![Uuid::nil()]));
        assert!(!other(|filter| filter.topics = vec!["u".to_owned()]));
        assert!(other(|filter| *filter = Filter::default()));
    }

    #[test]
    fn what_is_not_known_passes_no_filter_that_asks_for_it() {
        let unknown = Provenance {
            source: None,
            kind: None,
            schema_version: None,
            timestamp: None,
        };
        assert!(Filter::default().passes(None, &unknown));
        let filter = Filter {
            partitions: vec![3],
            ..Filter::default()
        };
        assert!(!filter.passes(None, &unknown));
        let filter = Filter {
            until: Some(i64::MAX),
            ..Filter::default()
        };
        assert!(!filter.passes(None, &unknown));
    }

    #[test]
    fn times_are_iso_8601_or_durations_before_now() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(1000));
        assert_eq!(moment("1970-01-01T01:00:01.5+01:00"), Ok(1500));
        let hour = now_ms() - moment("1h").unwrap();
        assert!((3_599_000..=3_601_000).contains(&hour), "{hour}");
        for text in [
            "",
            "yesterday",
            "2026-01-31",
            "2026-01-31T10:00:00",
            "5",
            "-1h",
        ] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
