//! The folder of a record: its day or hour, in UTC.

use crate::config::PartitionBy;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// See the module's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    by: PartitionBy,
    /// Days or hours since 1970. Records without a timestamp, or with one that no calendar has, have none.
    at: Option<i64>,
}

impl Folder {
    /// The folder of a time, in milliseconds since 1970.
    pub(super) fn of(by: PartitionBy, millis: Option<i64>) -> Self {
        let unit = match by {
            PartitionBy::None => return Self { by, at: None },
            PartitionBy::Date => DAY_MS,
            PartitionBy::Hour => HOUR_MS,
        };
        let named = millis.filter(|millis| moment(*millis).is_some());
        let at = named.map(|millis| millis.div_euclid(unit));
        Self { by, at }
    }
}

/// A time with a year of four digits.
fn moment(millis: i64) -> Option<jiff::civil::DateTime> {
    let time = Timestamp::from_millisecond(millis).ok()?;
    let time = TimeZone::UTC.to_datetime(time);
    (0..=9999).contains(&time.year()).then_some(time)
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.by {
            PartitionBy::None => return Ok(()),
            PartitionBy::Date => DAY_MS,
            PartitionBy::Hour => HOUR_MS,
        };
        let begin = self.at.and_then(|at| at.checked_mul(unit)).and_then(moment);
        let Some(begin) = begin else {
            return f.write_str("date=unknown");
        };
        write!(f, "date={}", begin.date())?;
        if self.by == PartitionBy::Hour {
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
        let named = |by, millis| Folder::of(by, millis).to_string();
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
        let day = |millis| Folder::of(PartitionBy::Date, Some(millis));
        assert_eq!(day(0), day(DAY_MS - 1));
        assert_ne!(day(0), day(DAY_MS));
        assert_ne!(day(0), day(-1));
    }
}
