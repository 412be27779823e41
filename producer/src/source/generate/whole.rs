//! Values that are whole numbers in some unit: integers, decimals, dates and times.

use std::io::Write as _;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::random::{Zipf, happens};
use super::rule::Late;
use super::syntax::Literal;

const NANOS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;

/// What a record is made beside: the time, and how many were made before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Nanoseconds since 1970.
    pub(crate) nanos: i64,
    /// Counted from 0, over all workers.
    pub(crate) number: u64,
}

/// How a whole number stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Number,
    /// A text with so many decimals.
    Decimal(u32),
    /// A time in UTC with so many decimals of its seconds.
    Instant(u32),
    /// The same without a time zone.
    Local(u32),
    /// Days since 1970, as a date.
    Date,
    /// A time of day with so many decimals of its seconds.
    Time(u32),
}

impl Form {
    /// What the form is, for messages.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Number => "a whole number",
            Self::Decimal(_) => "a decimal",
            Self::Instant(_) | Self::Local(_) => "a time such as \"2026-01-31T12:00:00Z\"",
            Self::Date => "a date such as \"2026-01-31\"",
            Self::Time(_) => "a time of day such as \"12:00:00\"",
        }
    }

    /// Units of a second, where it has them.
    const fn resolution(self) -> Option<i64> {
        match self {
            Self::Instant(digits) | Self::Local(digits) | Self::Time(digits) => {
                Some(10_i64.pow(digits))
            }
            Self::Number | Self::Decimal(_) | Self::Date => None,
        }
    }

    /// The lowest and highest value that has a text.
    pub(crate) fn bounds(self) -> (i64, i64) {
        // A day and more away from the ends, so that neither rounding nor a time zone matters.
        let (first, last) = (-62_135_510_400, 253_402_128_000);
        match (self, self.resolution()) {
            (Self::Time(_), Some(units)) => (0, DAY_SECONDS * units - 1),
            (Self::Date, _) => (first / DAY_SECONDS, last / DAY_SECONDS),
            (_, Some(units)) => (
                i64::saturating_mul(first, units),
                i64::saturating_mul(last, units),
            ),
            (_, None) => (i64::MIN, i64::MAX),
        }
    }

    /// The value that a literal stands for.
    pub(crate) fn read(self, literal: &Literal) -> Option<i64> {
        match (self, literal) {
            (Self::Number, Literal::Number(text)) => text.parse().ok(),
            (Self::Decimal(scale), Literal::Number(text)) => unscaled(text, scale),
            (Self::Date, Literal::Text(text)) => {
                let date: Date = text.parse().ok()?;
                Some(days(date))
            }
            (Self::Time(digits), Literal::Text(text)) => {
                let time: Time = text.parse().ok()?;
                let nanos = time.duration_since(Time::midnight()).as_nanos();
                i64::try_from(nanos)
                    .ok()
                    .map(|nanos| nanos / (NANOS / 10_i64.pow(digits)))
            }
            (Self::Instant(digits) | Self::Local(digits), Literal::Text(text)) => {
                let zoned = text.parse::<Timestamp>().ok();
                let instant = zoned.or_else(|| {
                    let local: DateTime = text.parse().ok()?;
                    TimeZone::UTC.to_timestamp(local).ok()
                })?;
                let units = instant.as_nanosecond() / i128::from(NANOS / 10_i64.pow(digits));
                i64::try_from(units).ok()
            }
            _ => None,
        }
    }

    /// The distance that a literal stands for.
    pub(crate) fn step(self, literal: &Literal) -> Option<i64> {
        match (self.resolution(), literal) {
            (Some(units), Literal::Duration(step)) => {
                let nanos = i64::try_from(step.as_nanos()).ok()?;
                Some(nanos / (NANOS / units))
            }
            (None, Literal::Duration(step)) if self == Self::Date => {
                let seconds = i64::try_from(step.as_secs()).ok()?;
                (seconds % DAY_SECONDS == 0).then_some(seconds / DAY_SECONDS)
            }
            (None, Literal::Number(_)) if self != Self::Date => self.read(literal),
            _ => None,
        }
    }

    /// The value that is the plain number `count`, where the form is of numbers.
    fn counted(self, count: u64) -> Option<i64> {
        let count = i64::try_from(count).ok()?;
        match self {
            Self::Number => Some(count),
            Self::Decimal(scale) => count.checked_mul(10_i64.checked_pow(scale)?),
            _ => None,
        }
    }

    /// The value that stands for a moment; a number is its milliseconds.
    fn at(self, nanos: i64) -> i64 {
        match (self, self.resolution()) {
            (Self::Time(_), Some(units)) => nanos.rem_euclid(DAY_SECONDS * NANOS) / (NANOS / units),
            (_, Some(units)) => nanos.div_euclid(NANOS / units),
            (Self::Date, None) => nanos.div_euclid(DAY_SECONDS * NANOS),
            (_, None) => nanos.div_euclid(1_000_000),
        }
    }

    /// Appends the value as JSON; it is within the [bounds](Self::bounds).
    pub(crate) fn write(self, value: i64, out: &mut Vec<u8>) {
        let written = match self {
            Self::Number => write!(out, "{value}"),
            Self::Decimal(scale) => write_decimal(value, scale, out),
            Self::Date => write_date(value, out),
            Self::Time(digits) => write_time(value, digits, out),
            Self::Instant(digits) => write_instant(value, digits, "Z", out),
            Self::Local(digits) => write_instant(value, digits, "", out),
        };
        written.expect("writing into a vector cannot fail");
    }
}

fn days(date: Date) -> i64 {
    let since = date.since((Unit::Day, Date::constant(1970, 1, 1)));
    since.map_or(0, |span| span.get_days().into())
}

fn date(days: i64) -> Date {
    let seconds = days.saturating_mul(DAY_SECONDS);
    let instant = Timestamp::from_second(seconds).unwrap_or_default();
    TimeZone::UTC.to_datetime(instant).date()
}

/// `12.3` with three decimals is 12300.
fn unscaled(text: &str, scale: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    format!("{whole}{fraction}{}", "0".repeat(missing))
        .parse()
        .ok()
}

fn write_decimal(value: i64, scale: u32, out: &mut Vec<u8>) -> std::io::Result<()> {
    let width = usize::try_from(scale)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    let digits = format!("{:0>width$}", value.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - (width - 1));
    let sign = if value < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    write!(out, "\"{sign}{whole}{point}{fraction}\"")
}

fn write_date(days: i64, out: &mut Vec<u8>) -> std::io::Result<()> {
    let date = date(days);
    write!(
        out,
        "\"{:04}-{:02}-{:02}\"",
        date.year(),
        date.month(),
        date.day()
    )
}

fn write_clock(units: i64, digits: u32, out: &mut Vec<u8>) -> std::io::Result<()> {
    let second = 10_i64.pow(digits);
    let (seconds, fraction) = (units / second, units % second);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let width = usize::try_from(digits).unwrap_or(0);
    write!(
        out,
        "{hours:02}:{minutes:02}:{:02}.{fraction:0width$}",
        seconds % 60
    )
}

fn write_time(units: i64, digits: u32, out: &mut Vec<u8>) -> std::io::Result<()> {
    out.push(b'"');
    write_clock(units, digits, out)?;
    out.push(b'"');
    Ok(())
}

fn write_instant(units: i64, digits: u32, zone: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    let day = DAY_SECONDS * 10_i64.pow(digits);
    let date = date(units.div_euclid(day));
    write!(
        out,
        "\"{:04}-{:02}-{:02}T",
        date.year(),
        date.month(),
        date.day()
    )?;
    write_clock(units.rem_euclid(day), digits, out)?;
    write!(out, "{zone}\"")
}

/// Where whole numbers come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Numbers {
    /// Each of these as often as any other: the lowest, the distance, and how many there are.
    Range { low: i64, step: i64, count: u64 },
    /// From 1 on, small ones more often, times a unit.
    Zipf(Zipf, i64),
    /// One further with each record; behind the last comes the first again.
    Sequence {
        from: i64,
        step: i64,
        count: u64,
        late: Option<Late>,
    },
    /// The time.
    Now(Option<Late>),
    /// The number of the record's key, from 1 on.
    Identity(Option<u64>),
}

impl Numbers {
    /// All from `low` to `high` that are a multiple of `step` away from the lowest.
    pub(crate) fn range(low: i64, high: i64, step: i64) -> Self {
        let count = (i128::from(high) - i128::from(low)) / i128::from(step.max(1)) + 1;
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Self::Range { low, step, count }
    }

    /// From `from` to `bound` and from there again.
    pub(crate) fn sequence(
        from: i64,
        step: i64,
        (low, high): (i64, i64),
        late: Option<Late>,
    ) -> Self {
        let bound = if step < 0 { low } else { high };
        let distance = (i128::from(bound) - i128::from(from)).unsigned_abs();
        let count = distance / u128::from(step.unsigned_abs()).max(1) + 1;
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Self::Sequence {
            from,
            step,
            count,
            late,
        }
    }

    /// Small numbers more often, in a form that has numbers.
    pub(crate) fn zipf(zipf: &Zipf, form: Form) -> Option<Self> {
        form.counted(1).map(|unit| Self::Zipf(zipf.clone(), unit))
    }

    /// The next number.
    pub(crate) fn draw(&self, form: Form, moment: Moment, random: &mut StdRng) -> i64 {
        match self {
            Self::Range { low, step, count } => {
                let k = random.random_range(0..*count);
                advanced(*low, *step, k)
            }
            Self::Zipf(zipf, unit) => advanced(0, *unit, zipf.draw(random)),
            Self::Sequence {
                from,
                step,
                count,
                late,
            } => {
                let value = advanced(*from, *step, moment.number % count);
                let (low, _) = form.bounds();
                let late = late.map_or(0, |late| late.nanos(random));
                let units = form.resolution().unwrap_or(NANOS);
                value.saturating_sub(late / (NANOS / units)).max(low)
            }
            Self::Now(late) => {
                let late = late.map_or(0, |late| late.nanos(random));
                form.at(moment.nanos.saturating_sub(late))
            }
            Self::Identity(count) => {
                let k = count.map_or(moment.number, |count| moment.number % count);
                i64::try_from(k).unwrap_or(i64::MAX).saturating_add(1)
            }
        }
    }
}

/// `from` and `k` steps; who made the numbers has seen to it that they fit.
fn advanced(from: i64, step: i64, k: u64) -> i64 {
    let value = i128::from(from) + i128::from(step) * i128::from(k);
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl Late {
    fn nanos(self, random: &mut StdRng) -> i64 {
        if !happens(self.share, random) {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let nanos = (self.delay.draw(random) * 1e9) as i64;
        nanos
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::random::Delay;
    use super::*;
    use rand::SeedableRng as _;

    fn text(form: Form, value: i64) -> String {
        let mut out = Vec::new();
        form.write(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_reads_back() {
        for (form, value, expected) in [
            (Form::Number, -5, "-5"),
            (Form::Decimal(0), -12, "\"-12\""),
            (Form::Decimal(3), -5, "\"-0.005\""),
            (Form::Decimal(2), 123_456, "\"1234.56\""),
            (Form::Date, 19_459, "\"2023-04-12\""),
            (Form::Date, -1, "\"1969-12-31\""),
            (Form::Time(3), 49_533_007, "\"13:45:33.007\""),
            (Form::Time(6), 49_533_000_007, "\"13:45:33.000007\""),
            (
                Form::Instant(3),
                1_681_307_133_007,
                "\"2023-04-12T13:45:33.007Z\"",
            ),
            (Form::Instant(3), -1, "\"1969-12-31T23:59:59.999Z\""),
            (
                Form::Local(9),
                1_681_307_133_000_000_001,
                "\"2023-04-12T13:45:33.000000001\"",
            ),
        ] {
            assert_eq!(text(form, value), expected);
            let unquoted = expected.trim_matches('"').to_owned();
            let literal = match form {
                Form::Number | Form::Decimal(_) => Literal::Number(unquoted),
                _ => Literal::Text(unquoted),
            };
            assert_eq!(form.read(&literal), Some(value), "{expected}");
        }
        for form in [
            Form::Date,
            Form::Time(3),
            Form::Instant(3),
            Form::Instant(6),
            Form::Local(9),
        ] {
            let (low, high) = form.bounds();
            for value in [low, high] {
                let literal = Literal::Text(text(form, value).trim_matches('"').to_owned());
                assert_eq!(form.read(&literal), Some(value), "{literal:?}");
            }
        }
    }

    #[test]
    fn what_is_no_value_of_the_form_is_none() {
        let number = |text: &str| Literal::Number(text.to_owned());
        let text = |text: &str| Literal::Text(text.to_owned());
        for (form, literal) in [
            (Form::Number, number("1.5")),
            (Form::Number, text("1")),
            (Form::Decimal(2), number("1.234")),
            (Form::Decimal(2), number("1e2")),
            (Form::Date, text("2023-02-30")),
            (Form::Date, number("5")),
            (Form::Time(3), text("25:00:00")),
            (Form::Instant(3), text("yesterday")),
            (Form::Instant(9), text("9000-01-01T00:00:00Z")),
        ] {
            assert_eq!(form.read(&literal), None, "{form:?} {literal:?}");
        }
    }

    #[test]
    fn sequences_begin_again_behind_their_last() {
        let mut random = StdRng::seed_from_u64(1);
        let mut draw = |numbers: &Numbers, number| {
            numbers.draw(Form::Number, Moment { nanos: 0, number }, &mut random)
        };
        let up = Numbers::sequence(5, 3, (0, 11), None);
        let drawn: Vec<i64> = (0..5).map(|number| draw(&up, number)).collect();
        assert_eq!(drawn, [5, 8, 11, 5, 8]);
        let down = Numbers::sequence(1, -1, (0, 11), None);
        let drawn: Vec<i64> = (0..4).map(|number| draw(&down, number)).collect();
        assert_eq!(drawn, [1, 0, 1, 0]);
        let still = Numbers::sequence(4, 0, (0, 11), None);
        assert_eq!(draw(&still, 1_000_000), 4);
        let all = Numbers::range(i64::MIN, i64::MAX, 1);
        assert_ne!(draw(&all, 0), draw(&all, 0));
    }

    #[test]
    fn times_are_late_by_their_delay_and_only_in_their_share() {
        let late = |share| Late {
            delay: Delay::Fixed(Duration::from_secs(5)),
            share,
        };
        let moment = Moment {
            nanos: 100 * NANOS,
            number: 60,
        };
        let mut random = StdRng::seed_from_u64(1);
        let now = Numbers::Now(Some(late(0.25)));
        let drawn: Vec<i64> = (0..10_000)
            .map(|_| now.draw(Form::Instant(3), moment, &mut random))
            .collect();
        let count = drawn.iter().filter(|drawn| **drawn == 95_000).count();
        assert!(
            (2_300..2_700).contains(&count),
            "{count} of 10,000 are late"
        );
        assert!(drawn.iter().all(|drawn| [95_000, 100_000].contains(drawn)));
        let sequence = Numbers::sequence(0, 1_000, Form::Instant(3).bounds(), Some(late(1.0)));
        assert_eq!(sequence.draw(Form::Instant(3), moment, &mut random), 55_000);
    }
}
