//! Where reading begins and where it ends.
//!
//! Reading begins where the group has committed. Another beginning (`consumer.start`) is committed for the group
//! before it is joined (`begin`), and only while it has no members: so no rebalance begins anew, and members that come
//! later go on where the group is. A consumer reads for ever, unless `consumer.until` says where it ends; then the end
//! of each partition is looked up once, before the group is joined (`ends`), and the process ends when the partitions
//! that it has are read and finished up to there.

mod begin;
mod ends;
mod look;

pub(crate) use begin::begin;
pub(crate) use ends::Ends;
pub(crate) use look::{Look, Patience};

use crate::clock::now_ms;
use crate::line::moment;
use jiff::Timestamp;
use rdkafka::error::KafkaError;
use runtime::config::Value;
use runtime::lifecycle::{Exit, Failure};
use std::collections::BTreeMap;
use std::time::Duration;

/// `consumer.start`: where a group without members begins to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where the group has committed.
    Committed,
    /// At the first record that is there.
    Earliest,
    /// Behind the last record that is there.
    Latest,
    /// At the first record with this timestamp or a later one.
    Time(Moment),
    /// At these offsets, by partition; where the group has committed in all others.
    Offsets(BTreeMap<i32, i64>),
}

/// `consumer.until`: where reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Behind the last record that is there at the start.
    End,
    /// Before the first record with this timestamp or a later one; where there is none, as [`Until::End`].
    Time(Moment),
}

/// Milliseconds since 1970, not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whether it is still to come.
    pub(crate) fn lies_ahead(self) -> bool {
        self.0 > now_ms()
    }

    /// So long ago.
    pub(crate) fn before_now(before: Duration) -> Self {
        let before = i64::try_from(before.as_millis()).unwrap_or(i64::MAX);
        Self(now_ms().saturating_sub(before).max(0))
    }

    fn parse(text: &str) -> Option<Self> {
        let millis = text.parse::<Timestamp>().ok()?.as_millisecond();
        (millis >= 0).then_some(Self(millis))
    }
}

impl Value for Start {
    const KIND: &'static str = "`committed`, `earliest`, `latest`, a time such as `2026-01-31T10:00:00Z`, or offsets such as `0=120,1=95`";

    fn parse(text: &str) -> Result<Self, String> {
        let given = match text {
            "committed" => Some(Self::Committed),
            "earliest" => Some(Self::Earliest),
            "latest" => Some(Self::Latest),
            text => Moment::parse(text)
                .map(Self::Time)
                .or_else(|| offsets(text).map(Self::Offsets)),
        };
        given.ok_or_else(|| format!("\"{text}\" is none of: {}", Self::KIND.replace('`', "\"")))
    }

    fn show(&self) -> String {
        let text = match self {
            Self::Committed => "committed".to_owned(),
            Self::Earliest => "earliest".to_owned(),
            Self::Latest => "latest".to_owned(),
            Self::Time(time) => moment(time.0),
            Self::Offsets(offsets) => {
                let pair = |(partition, offset)| format!("{partition}={offset}");
                offsets.iter().map(pair).collect::<Vec<_>>().join(",")
            }
        };
        text.show()
    }
}

impl Value for Until {
    const KIND: &'static str = "`end`, or a time such as `2026-01-31T10:00:00Z`";

    fn parse(text: &str) -> Result<Self, String> {
        let given = match text {
            "end" => Some(Self::End),
            text => Moment::parse(text).map(Self::Time),
        };
        given.ok_or_else(|| format!("\"{text}\" is neither {}", Self::KIND.replace('`', "\"")))
    }

    fn show(&self) -> String {
        match self {
            Self::End => "end".to_owned(),
            Self::Time(time) => moment(time.0),
        }
        .show()
    }
}

/// What a start that cannot ask for the offsets that it needs for `key` ends with.
pub(crate) fn failed(topic: &str, key: &str, error: KafkaError) -> Failure {
    let exit = if look::is_denied(&error) {
        Exit::Authentication
    } else {
        Exit::Unreachable
    };
    let said = format!("find the offsets of topic {topic} for {key}");
    Failure::new(exit, anyhow::Error::new(error).context(said))
}

/// Reads `0=120,1=95`; every partition once.
fn offsets(text: &str) -> Option<BTreeMap<i32, i64>> {
    let mut offsets = BTreeMap::new();
    for pair in text.split(',') {
        let (partition, offset) = pair.split_once('=')?;
        let partition: u16 = partition.trim().parse().ok()?;
        let offset: i64 = offset.trim().parse().ok()?;
        let known = offsets.insert(i32::from(partition), offset);
        if offset < 0 || known.is_some() {
            return None;
        }
    }
    Some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_a_word_a_time_or_offsets_and_reads_back() {
        for text in [
            "committed",
            "earliest",
            "latest",
            "2026-01-31T10:00:00.000Z",
            "0=120,7=0",
        ] {
            let start = Start::parse(text).unwrap();
            assert_eq!(start.show(), format!("\"{text}\""));
        }
        let zoned = Start::parse("2026-01-31T11:00:00+01:00").unwrap();
        assert_eq!(zoned.show(), "\"2026-01-31T10:00:00.000Z\"");
    }

    #[test]
    fn what_is_no_beginning_is_refused() {
        for text in [
            "",
            "end",
            "0",
            "0=",
            "0=-1",
            "-1=0",
            "0=1,0=2",
            "0=1,",
            "2026-01-31",
            "1969-12-31T00:00:00Z",
        ] {
            let refused = Start::parse(text).unwrap_err();
            assert!(refused.contains("is none of: \"committed\""), "{refused}");
        }
    }

    #[test]
    fn an_end_is_a_word_or_a_time() {
        for text in ["end", "2026-01-31T10:00:00.000Z"] {
            assert_eq!(Until::parse(text).unwrap().show(), format!("\"{text}\""));
        }
        assert!(Until::parse("latest").is_err());
    }
}
