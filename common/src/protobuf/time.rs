//! Timestamps and durations as the texts that JSON has for them.

use crate::avro::{parse_instant, write_seconds};
use crate::bytes::append_number;

/// The first second of the year 1 and the last of the year 9999.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;
/// Most seconds of a duration, some 10,000 years.
const MAX_SECONDS: i64 = 315_576_000_000;
const NANOS: i32 = 1_000_000_000;

/// Appends `2023-04-12T13:45:33.500Z`, with 0, 3, 6 or 9 decimals; gives false for what has no such text.
pub(super) fn write_timestamp(seconds: i64, nanos: i32, out: &mut Vec<u8>) -> bool {
    let in_range = (FIRST_SECOND..=LAST_SECOND).contains(&seconds) && (0..NANOS).contains(&nanos);
    if !in_range || !write_seconds(seconds, out) {
        return false;
    }
    write_fraction(nanos, out);
    out.push(b'Z');
    true
}

/// Appends `-1.500s`, with 0, 3, 6 or 9 decimals; gives false for what has no such text.
pub(super) fn write_duration(seconds: i64, nanos: i32, out: &mut Vec<u8>) -> bool {
    let in_range = seconds.unsigned_abs() <= MAX_SECONDS.unsigned_abs()
        && nanos.abs_diff(0) < NANOS.unsigned_abs();
    let agree = seconds.signum() * i64::from(nanos.signum()) >= 0;
    if !in_range || !agree {
        return false;
    }
    if seconds < 0 || nanos < 0 {
        out.push(b'-');
    }
    append_number(seconds.abs(), out);
    write_fraction(nanos.abs(), out);
    out.push(b's');
    true
}

/// Appends a point and nanoseconds, in as many groups of three digits as they need, if in any.
fn write_fraction(nanos: i32, out: &mut Vec<u8>) {
    if nanos == 0 {
        return;
    }
    let (count, mut rest) = match nanos {
        nanos if nanos % 1_000_000 == 0 => (3, nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => (6, nanos / 1_000),
        nanos => (9, nanos),
    };
    let mut text = *b".000000000";
    for digit in text[1..=count].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    out.extend_from_slice(&text[..=count]);
}

/// The seconds and nanoseconds of a timestamp's text.
pub(super) fn parse_timestamp(text: &str) -> Option<(i64, i32)> {
    let (seconds, nanos) = parse_instant(text)?;
    let nanos = i32::try_from(nanos).ok()?;
    (FIRST_SECOND..=LAST_SECOND)
        .contains(&seconds)
        .then_some((seconds, nanos))
}

/// The seconds and nanoseconds of a duration's text.
pub(super) fn parse_duration(text: &str) -> Option<(i64, i32)> {
    let number = text.strip_suffix('s')?;
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (unsigned, ""),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = whole
        .parse()
        .ok()
        .filter(|seconds| *seconds <= MAX_SECONDS)?;
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    Some(if number.len() > unsigned.len() {
        (-seconds, -nanos)
    } else {
        (seconds, nanos)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_as_many_decimals_as_they_need() {
        for (seconds, nanos, text) in [
            (0, 0, Some("1970-01-01T00:00:00Z")),
            (-1, 999_000_000, Some("1969-12-31T23:59:59.999Z")),
            (1_681_307_133, 1_000, Some("2023-04-12T13:45:33.000001Z")),
            (1_681_307_133, 1, Some("2023-04-12T13:45:33.000000001Z")),
            (FIRST_SECOND, 0, Some("0001-01-01T00:00:00Z")),
            (
                LAST_SECOND,
                NANOS - 1,
                Some("9999-12-31T23:59:59.999999999Z"),
            ),
            (FIRST_SECOND - 1, 0, None),
            (LAST_SECOND + 1, 0, None),
            (i64::MIN, 0, None),
            (0, -1, None),
            (0, NANOS, None),
        ] {
            let mut out = Vec::new();
            let written = write_timestamp(seconds, nanos, &mut out);
            assert_eq!(written.then_some(&out[..]), text.map(str::as_bytes));
            if let Some(text) = text {
                assert_eq!(parse_timestamp(text), Some((seconds, nanos)));
            }
        }
        assert_eq!(
            parse_timestamp("2023-04-12T15:45:33+02:00"),
            Some((1_681_307_133, 0))
        );
        for text in [
            "2023-04-12",
            "2023-04-12 13:45:33Z",
            "2023-04-12T13:45:33",
            "0000-12-31T00:00:00Z",
            "",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn durations_have_one_sign() {
        for (seconds, nanos, text) in [
            (0, 0, Some("0s")),
            (-1, -500_000_000, Some("-1.500s")),
            (0, -1, Some("-0.000000001s")),
            (MAX_SECONDS, 0, Some("315576000000s")),
            (MAX_SECONDS + 1, 0, None),
            (i64::MIN, 0, None),
            (1, -1, None),
            (0, i32::MIN, None),
        ] {
            let mut out = Vec::new();
            let written = write_duration(seconds, nanos, &mut out);
            assert_eq!(written.then_some(&out[..]), text.map(str::as_bytes));
            if let Some(text) = text {
                assert_eq!(parse_duration(text), Some((seconds, nanos)));
            }
        }
        assert_eq!(parse_duration("1.5s"), Some((1, 500_000_000)));
        for text in [
            "1",
            "s",
            "-s",
            "1.s",
            ".5s",
            "+1s",
            "1.0000000001s",
            "1e3s",
            "315576000001s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
