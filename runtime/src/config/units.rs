//! Values that carry a unit: durations, sizes and rates.

use std::fmt;
use std::time::Duration;

/// A number of bytes, written `512B`, `64KiB`, `16MiB` or `2GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl Size {
    /// A size of `count` KiB.
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// A size of `count` MiB.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// The size in bytes, as an index into memory.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A part of all, written `1%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    percent: f64,
}

impl Share {
    /// A share of so many percent, from 0 to 100.
    pub const fn percent(percent: f64) -> Self {
        Self { percent }
    }

    /// The share as a number from 0 to 1.
    pub fn part(self) -> f64 {
        self.percent / 100.0
    }
}

/// Records a second, written `100/s`, `6000/min` or `0/s` (no limit).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    per_second: f64,
}

impl Rate {
    /// A rate of `count` records a second; 0 means no limit.
    pub const fn per_second(count: f64) -> Self {
        Self { per_second: count }
    }

    /// Records a second, or `None` for no limit.
    pub fn limit(self) -> Option<f64> {
        (self.per_second > 0.0).then_some(self.per_second)
    }
}

const DURATIONS: [(&str, f64); 5] = [
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("m", 60.0),
    ("h", 3600.0),
];
const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];
const RATES: [(&str, f64); 4] = [("/s", 1.0), ("/min", 60.0), ("/m", 60.0), ("/h", 3600.0)];

/// Longer ones are slips of the pen, and do not fit beside today's date.
const LONGEST: Duration = Duration::from_hours(24 * 3653);

/// Splits `45s` into its number and its unit.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
        .unwrap_or(text.len());
    let number = text[..end].replace('_', "").parse::<f64>().ok()?;
    Some((number, text[end..].trim()))
}

/// Reads a duration such as `45s`; a bare number is refused.
///
/// # Errors
/// Says what a duration looks like.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wanted =
        || format!("\"{text}\" is not a duration such as \"250ms\", \"45s\", \"30m\" or \"1h\"");
    let (number, unit) = split(text).ok_or_else(wanted)?;
    let (_, seconds) = DURATIONS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(wanted)?;
    let duration = Duration::try_from_secs_f64(number * seconds).map_err(|_| wanted())?;
    (duration <= LONGEST)
        .then_some(duration)
        .ok_or_else(|| format!("\"{text}\" is longer than ten years"))
}

/// Writes a duration in the largest unit that keeps it whole.
pub fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => "0s".to_owned(),
        m if m % 3_600_000 == 0 => format!("{}h", m / 3_600_000),
        m if m % 60_000 == 0 && m > 60_000 => format!("{}m", m / 60_000),
        m if m % 1000 == 0 => format!("{}s", m / 1000),
        m => format!("{m}ms"),
    }
}

/// Reads a size such as `16MiB`; a bare number is refused.
///
/// # Errors
/// Says what a size looks like.
pub fn parse_size(text: &str) -> Result<Size, String> {
    let wanted = || format!("\"{text}\" is not a size such as \"512B\", \"64KiB\" or \"16MiB\"");
    let (number, unit) = split(text).ok_or_else(wanted)?;
    let (_, factor) = SIZES
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(wanted)?;
    #[expect(clippy::cast_precision_loss, reason = "factors are far below 2^53")]
    let bytes = number * *factor as f64;
    if bytes.fract() != 0.0 || !(0.0..9.0e15).contains(&bytes) {
        return Err(wanted());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within 0..9e15, as just checked"
    )]
    Ok(Size(bytes as u64))
}

/// Reads a rate such as `100/s`; a bare number is refused.
///
/// # Errors
/// Says what a rate looks like.
pub fn parse_rate(text: &str) -> Result<Rate, String> {
    let wanted =
        || format!("\"{text}\" is not a rate such as \"100/s\" (\"0/s\" = as fast as it goes)");
    let (number, unit) = split(text).ok_or_else(wanted)?;
    let (_, seconds) = RATES
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(wanted)?;
    let per_second = number / seconds;
    (per_second <= 1e9)
        .then_some(Rate { per_second })
        .ok_or_else(wanted)
}

/// Reads a share such as `1%`; a bare number is refused.
///
/// # Errors
/// Says what a share looks like.
pub fn parse_share(text: &str) -> Result<Share, String> {
    let wanted = || format!("\"{text}\" is not a share such as \"1%\", from \"0%\" to \"100%\"");
    let (percent, unit) = split(text).ok_or_else(wanted)?;
    let is_share = unit == "%" && (0.0..=100.0).contains(&percent);
    is_share.then_some(Share { percent }).ok_or_else(wanted)
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.percent)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = SIZES[..3]
            .iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&("B", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_carry_units() {
        for (text, millis) in [
            ("250ms", 250),
            ("45s", 45_000),
            ("1.5s", 1500),
            ("30m", 1_800_000),
            ("30min", 1_800_000),
            ("1h", 3_600_000),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in [
            "45",
            "",
            "s",
            "-1s",
            "1 day",
            "1e3s",
            "99999999999999999999h",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_carry_units() {
        for (text, bytes) in [
            ("512B", 512),
            ("64KiB", 65_536),
            ("16MiB", 16 << 20),
            ("1.5KiB", 1536),
            ("2GiB", 2 << 30),
            ("1MB", 1_000_000),
        ] {
            assert_eq!(parse_size(text), Ok(Size(bytes)), "{text}");
        }
        for text in ["16", "16mb", "1.0001KiB", "-1B", "99999999999GiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_carry_units() {
        assert_eq!(parse_rate("100/s").unwrap().limit(), Some(100.0));
        assert_eq!(parse_rate("6000/min").unwrap().limit(), Some(100.0));
        assert_eq!(parse_rate("0/s").unwrap().limit(), None);
        for text in ["100", "/s", "100/day", "-5/s"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_carry_a_percent_sign() {
        for (text, part) in [("1%", 0.01), ("0.1 %", 0.001), ("0%", 0.0), ("100%", 1.0)] {
            let share = parse_share(text).unwrap();
            assert!((share.part() - part).abs() < 1e-15, "{text}");
            assert_eq!(parse_share(&share.to_string()), Ok(share));
        }
        for text in ["1", "0.5", "%", "101%", "-1%", "1%%"] {
            assert!(parse_share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in ["250ms", "45s", "30m", "1h", "0s"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
        for text in ["512B", "64KiB", "16MiB", "2GiB", "1500B"] {
            assert_eq!(parse_size(text).unwrap().to_string(), text);
        }
        assert_eq!(parse_rate("6000/min").unwrap().to_string(), "100/s");
    }
}
