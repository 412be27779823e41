//! The folder of a record: its day or hour in UTC, or the value of a field.

use crate::config::PartitionBy;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// The longest text of a value in a folder's name; longer ones are told apart by a hash.
const MOST_BYTES: usize = 128;
/// The value of records that have none, by the name that query engines know.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// See the module's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// None.
    Whole,
    /// Days since 1970. Records without a timestamp, or with one that no calendar has, have none.
    Day(Option<i64>),
    /// Hours since 1970.
    Hour(Option<i64>),
    /// By its name.
    Named(Arc<str>),
}

impl Folder {
    /// The folder of a record with a time in milliseconds since 1970, and a name by its field.
    pub(super) fn of(by: &PartitionBy, millis: Option<i64>, name: Option<&Arc<str>>) -> Self {
        let named = || millis.filter(|millis| moment(*millis).is_some());
        match by {
            PartitionBy::None => Self::Whole,
            PartitionBy::Date => Self::Day(named().map(|millis| millis.div_euclid(DAY_MS))),
            PartitionBy::Hour => Self::Hour(named().map(|millis| millis.div_euclid(HOUR_MS))),
            PartitionBy::Field(path) => {
                Self::Named(name.map_or_else(|| folder_name(path, None).into(), Arc::clone))
            }
        }
    }
}

/// The name of the folder of records whose field has this text: percent-encoded, and bounded.
pub(crate) fn folder_name(path: &str, value: Option<&str>) -> String {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return format!("{}={NO_VALUE}", encoded(path));
    };
    let text = encoded(value);
    if text.len() <= MOST_BYTES {
        return format!("{}={text}", encoded(path));
    }
    let hash: String = Sha256::digest(value)
        .iter()
        .take(16)
        .fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    format!("{}=sha256-{hash}", encoded(path))
}

/// Letters, digits, `-`, `.` and `_` as they are, every other byte as `%` and two digits.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            write!(out, "%{byte:02X}").ok();
        }
    }
    out
}

/// A time with a year of four digits.
fn moment(millis: i64) -> Option<jiff::civil::DateTime> {
    let time = Timestamp::from_millisecond(millis).ok()?;
    let time = TimeZone::UTC.to_datetime(time);
    (0..=9999).contains(&time.year()).then_some(time)
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, unit) = match self {
            Self::Whole => return Ok(()),
            Self::Named(name) => return f.write_str(name),
            Self::Day(at) => (at, DAY_MS),
            Self::Hour(at) => (at, HOUR_MS),
        };
        let begin = at.and_then(|at| at.checked_mul(unit)).and_then(moment);
        let Some(begin) = begin else {
            return f.write_str("date=unknown");
        };
        write!(f, "date={}", begin.date())?;
        if matches!(self, Self::Hour(_)) {
            write!(f, "/hour={:02}", begin.hour())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_days_and_hours_in_utc() {
        let named = |by, millis| Folder::of(&by, millis, None).to_string();
        let time = Some(1_681_272_158_640);
        assert_eq!(named(PartitionBy::None, time), "");
        assert_eq!(named(PartitionBy::Date, time), "date=2023-04-12");
        assert_eq!(named(PartitionBy::Hour, time), "date=2023-04-12/hour=04");
        assert_eq!(
            named(PartitionBy::Hour, Some(-1)),
            "date=1969-12-31/hour=23"
        );
        for none in [
            None,
            Some(i64::MIN),
            Some(i64::MAX),
            Some(253_402_300_800_000),
        ] {
            assert_eq!(named(PartitionBy::Hour, none), "date=unknown");
        }
    }

    #[test]
    fn a_folder_holds_the_times_of_its_unit_alone() {
        let day = |millis| Folder::of(&PartitionBy::Date, Some(millis), None);
        assert_eq!(day(0), day(DAY_MS - 1));
        assert_ne!(day(0), day(DAY_MS));
        assert_ne!(day(0), day(-1));
    }

    #[test]
    fn values_lead_to_no_other_folder_and_to_no_long_name() {
        let long = "x".repeat(129);
        for (value, name) in [
            (Some("AU"), "a.b=AU"),
            (Some(".."), "a.b=.."),
            (Some("a/../b"), "a.b=a%2F..%2Fb"),
            (Some("K\u{f6}ln =%"), "a.b=K%C3%B6ln%20%3D%25"),
            (Some(""), "a.b=__HIVE_DEFAULT_PARTITION__"),
            (None, "a.b=__HIVE_DEFAULT_PARTITION__"),
            (Some(&long), "a.b=sha256-"),
        ] {
            let found = folder_name("a.b", value);
            assert!(found.starts_with(name) && found.len() < 140, "{found}");
        }
        assert_eq!(folder_name("a", Some(&long[1..])).len(), 130);
        assert_ne!(
            folder_name("a", Some(&long)),
            folder_name("a", Some(&long.replace('x', "y")))
        );
        let by = PartitionBy::Field("a".to_owned());
        assert_eq!(
            Folder::of(&by, Some(0), None).to_string(),
            "a=__HIVE_DEFAULT_PARTITION__"
        );
    }
}
