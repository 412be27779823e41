//! What an answer means: its status, and for how long the receiver wants to be left alone.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// Nobody is left alone for longer: what waits behind the sink grows meanwhile.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What a status means for the records that were posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// They are taken.
    Taken,
    /// They would be, in smaller bodies.
    TooLarge,
    /// They may be later.
    Later,
    /// They go elsewhere.
    Elsewhere,
    /// They are refused.
    Refused,
}

impl Meaning {
    pub(super) fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Taken,
            300..=399 => Self::Elsewhere,
            413 => Self::TooLarge,
            408 | 425 | 429 | 500.. => Self::Later,
            _ => Self::Refused,
        }
    }
}

/// How long `Retry-After` asks to wait: seconds, or a time.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let until = DateTimeParser::new().parse_timestamp(text).ok()?;
        // A time that has passed asks for nothing.
        Duration::try_from(until.duration_since(now)).unwrap_or_default()
    };
    Some(asked.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_becomes_of_records() {
        for (statuses, meaning) in [
            (&[200, 201, 202, 204][..], Meaning::Taken),
            (&[301, 302, 303, 304, 307, 308], Meaning::Elsewhere),
            (&[413], Meaning::TooLarge),
            (
                &[408, 425, 429, 500, 501, 502, 503, 504, 599],
                Meaning::Later,
            ),
            (
                &[101, 400, 401, 403, 404, 405, 409, 410, 415, 422, 451],
                Meaning::Refused,
            ),
        ] {
            for status in statuses {
                let status = StatusCode::from_u16(*status).unwrap();
                assert_eq!(Meaning::of(status), meaning, "{status}");
            }
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_time_and_a_minute_at_most() {
        let now = "2026-01-31T09:30:00Z".parse().unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("3600", Some(60)),
            ("Sat, 31 Jan 2026 09:30:20 GMT", Some(20)),
            ("Sat, 31 Jan 2026 10:30:00 GMT", Some(60)),
            ("Sat, 31 Jan 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
