//! Dates, times and instants as ISO 8601 texts of the proleptic Gregorian calendar.

use crate::bytes::append;

/// How finely a number counts a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::avro) enum Unit {
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    const fn per_second(self) -> i64 {
        match self {
            Self::Millis => 1_000,
            Self::Micros => 1_000_000,
            Self::Nanos => 1_000_000_000,
        }
    }

    const fn decimals(self) -> usize {
        match self {
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }
}

const DAY: i64 = 86_400;
/// 0000-01-01 and 9999-12-31 as days since 1970-01-01.
const FIRST_DAY: i64 = -719_528;
const LAST_DAY: i64 = 2_932_896;

/// Appends `2023-04-12`; gives false, and appends nothing, for days outside the years 0 to 9999.
pub(in crate::avro) fn write_date(days: i32, out: &mut Vec<u8>) -> bool {
    let days = i64::from(days);
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        return false;
    }
    let mut text = *b"0000-00-00";
    put_date(&mut text, days);
    out.extend_from_slice(&text);
    true
}

/// Appends `13:45:33.000`; gives false, and appends nothing, for a number outside the day.
pub(in crate::avro) fn write_time(since_midnight: i64, unit: Unit, out: &mut Vec<u8>) -> bool {
    if !(0..DAY * unit.per_second()).contains(&since_midnight) {
        return false;
    }
    let mut text = *b"00:00:00.000000000";
    put_time(
        &mut text,
        since_midnight / unit.per_second(),
        since_midnight % unit.per_second(),
        unit,
    );
    append(text, 9 + unit.decimals(), out);
    true
}

/// Appends the instant of so many milliseconds since 1970 as `2023-04-12T13:45:33.000Z`, the text that `plain` JSON
/// has for a `timestamp-millis`; gives false, and appends nothing, for an instant outside the years 0 to 9999.
pub fn write_instant(millis: i64, out: &mut Vec<u8>) -> bool {
    write_timestamp(millis, Unit::Millis, true, out)
}

/// Appends the instant of so many seconds since 1970 as `2023-04-12T13:45:33`; gives false, and appends nothing, for
/// an instant outside the years 0 to 9999.
pub(crate) fn write_seconds(seconds: i64, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let written = seconds
        .checked_mul(1_000)
        .is_some_and(|millis| write_timestamp(millis, Unit::Millis, false, out));
    if written {
        out.truncate(start + 19);
    }
    written
}

/// Appends `2023-04-12T13:45:33.000`, and `Z` if `utc`; gives false, and appends nothing, for an instant outside
/// the years 0 to 9999.
pub(in crate::avro) fn write_timestamp(
    instant: i64,
    unit: Unit,
    utc: bool,
    out: &mut Vec<u8>,
) -> bool {
    let (seconds, fraction) = (
        instant.div_euclid(unit.per_second()),
        instant.rem_euclid(unit.per_second()),
    );
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        return false;
    }
    let mut text = *b"0000-00-00T00:00:00.000000000Z";
    put_date(&mut text, days);
    if let Some(time) = text.get_mut(11..) {
        put_time(time, second, fraction, unit);
    }
    let length = 20 + unit.decimals();
    text[length] = b'Z';
    append(text, length + usize::from(utc), out);
    true
}

/// Writes a number below 100 as two digits.
#[inline]
fn put_two(text: &mut [u8], number: u32) {
    text[0] = b'0' + u8::try_from(number / 10).unwrap_or_default();
    text[1] = b'0' + u8::try_from(number % 10).unwrap_or_default();
}

#[inline]
fn put_date(text: &mut [u8], days: i64) {
    let (year, month, day) = civil(days);
    put_two(&mut text[0..2], year / 100);
    put_two(&mut text[2..4], year % 100);
    put_two(&mut text[5..7], month);
    put_two(&mut text[8..10], day);
}

#[inline]
fn put_time(text: &mut [u8], second: i64, fraction: i64, unit: Unit) {
    let second = u32::try_from(second).unwrap_or_default();
    put_two(&mut text[0..2], second / 3600);
    put_two(&mut text[3..5], second / 60 % 60);
    put_two(&mut text[6..8], second % 60);
    let mut rest = u32::try_from(fraction).unwrap_or_default();
    for digit in text[9..9 + unit.decimals()].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
}

/// Year, month and day of a day in the years 0 to 9999.
///
/// The year is taken to begin in March, so that the leap day comes last; 400 years are 146,097 days.
#[inline]
fn civil(days: i64) -> (u32, u32, u32) {
    let since_march = u32::try_from(days - FIRST_DAY + 306 + 146_097 - 366).unwrap_or_default();
    let (era, day_of_era) = (since_march / 146_097, since_march % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = 400 * era + year_of_era + u32::from(month <= 2);
    (year - 400, month, day)
}

/// Days since 1970-01-01 of a date that there is.
fn days_of(year: u32, month: u32, day: u32) -> Option<i64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    // Years from March, 400 years up so that the year 0's January has a year before it.
    let (shifted_year, shifted_month) = if month > 2 {
        (year + 400, month - 3)
    } else {
        (year + 399, month + 9)
    };
    let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100 + shifted_year / 400;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    Some(i64::from(days + day_of_year) - 306 - 146_097 + 366 + FIRST_DAY)
}

/// What a timestamp's text must be, for an error.
pub(in crate::avro) const fn timestamp_name(unit: Unit, utc: bool) -> &'static str {
    match (unit, utc) {
        (Unit::Millis, true) => "an ISO 8601 instant in milliseconds",
        (Unit::Micros, true) => "an ISO 8601 instant in microseconds",
        (Unit::Nanos, true) => "an ISO 8601 instant in nanoseconds",
        (Unit::Millis, false) => "an ISO 8601 local time in milliseconds",
        (Unit::Micros, false) => "an ISO 8601 local time in microseconds",
        (Unit::Nanos, false) => "an ISO 8601 local time in nanoseconds",
    }
}

/// Reads the parts of a text from left to right.
struct Parts<'t>(&'t [u8]);

impl Parts<'_> {
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        wanted.contains(&byte).then_some(byte)
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        days_of(year, month, self.digits(2)?)
    }

    /// Seconds since midnight and the fraction in the unit.
    fn time(&mut self, unit: Unit) -> Option<(i64, i64)> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        self.one_of(b":")?;
        let second = self.digits(2)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let second = i64::from(hour * 3600 + minute * 60 + second);
        Some((
            second,
            if self.0.first() == Some(&b'.') {
                self.fraction(unit)?
            } else {
                0
            },
        ))
    }

    /// Decimals finer than the unit must be zero: nothing is rounded away.
    fn fraction(&mut self, unit: Unit) -> Option<i64> {
        let digits = self.0.get(1..)?;
        let length = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = digits.split_at(length);
        self.0 = rest;
        let (kept, dropped) = digits.split_at(length.min(unit.decimals()));
        if length == 0 || dropped.iter().any(|digit| *digit != b'0') {
            return None;
        }
        let padding = std::iter::repeat_n(&b'0', unit.decimals() - kept.len());
        Some(
            kept.iter()
                .chain(padding)
                .fold(0, |number, digit| number * 10 + i64::from(digit - b'0')),
        )
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2)?;
        if self.0.first() == Some(&b':') {
            self.one_of(b":")?;
        }
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.digits(2)?
        };
        (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 3600 + minutes * 60))
    }

    fn end<T>(&self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// Days since 1970-01-01 of `2023-04-12`.
pub(in crate::avro) fn parse_date(text: &str) -> Option<i32> {
    let mut parts = Parts(text.as_bytes());
    let days = parts.date()?;
    parts.end(i32::try_from(days).ok()?)
}

/// The count since midnight of `13:45:33`, decimals as needed.
pub(in crate::avro) fn parse_time(text: &str, unit: Unit) -> Option<i64> {
    let mut parts = Parts(text.as_bytes());
    let (second, fraction) = parts.time(unit)?;
    parts.end(second * unit.per_second() + fraction)
}

/// The count since 1970 of `2023-04-12T13:45:33`, decimals as needed; with an offset or `Z` if and only if `utc`.
pub(in crate::avro) fn parse_timestamp(text: &str, unit: Unit, utc: bool) -> Option<i64> {
    let mut parts = Parts(text.as_bytes());
    let days = parts.date()?;
    parts.one_of(b"Tt ")?;
    let (second, fraction) = parts.time(unit)?;
    let offset = if utc { parts.offset()? } else { 0 };
    let seconds = days * DAY + second - offset;
    // The earliest nanoseconds fit only together with their fraction.
    let instant = i128::from(seconds) * i128::from(unit.per_second()) + i128::from(fraction);
    parts.end(i64::try_from(instant).ok()?)
}

/// The seconds since 1970, and the nanoseconds, of `2023-04-12T13:45:33Z`, decimals as needed.
pub(crate) fn parse_instant(text: &str) -> Option<(i64, i64)> {
    let mut parts = Parts(text.as_bytes());
    let days = parts.date()?;
    parts.one_of(b"T")?;
    let (second, nanos) = parts.time(Unit::Nanos)?;
    let offset = parts.offset()?;
    parts.end((days * DAY + second - offset, nanos))
}

#[cfg(test)]
mod tests;
