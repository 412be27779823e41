//! Tests of calendar texts, against the `jiff` crate as the judge of the calendar.

use proptest::prelude::*;

use super::*;

fn text(write: impl FnOnce(&mut Vec<u8>) -> bool) -> Option<String> {
    let mut out = Vec::new();
    write(&mut out).then(|| String::from_utf8(out).unwrap())
}

/// The days at which a calendar can go wrong, and every seventeenth of the others.
fn days() -> impl Iterator<Item = i32> {
    let around = |day: i32| day - 800..day + 800;
    let (first, last) = (
        i32::try_from(FIRST_DAY).unwrap(),
        i32::try_from(LAST_DAY).unwrap(),
    );
    (first..=last)
        .step_by(17)
        .chain(first..first + 1600)
        .chain(around(0))
        .chain(around(11_017))
        .chain(last - 1600..=last)
}

#[test]
fn days_are_jiffs_days() {
    let epoch = jiff::civil::date(1970, 1, 1);
    for days in days() {
        let (year, month, day) = civil(i64::from(days));
        let date = epoch.saturating_add(jiff::Span::new().days(days));
        let ours = (i64::from(year), i64::from(month), i64::from(day));
        assert_eq!(
            ours,
            (
                i64::from(date.year()),
                i64::from(date.month()),
                i64::from(date.day())
            )
        );
        assert_eq!(days_of(year, month, day), Some(i64::from(days)));
    }
    assert_eq!(text(|out| write_date(2_932_897, out)), None);
    assert_eq!(text(|out| write_date(-719_529, out)), None);
    assert_eq!(
        text(|out| write_date(2_932_896, out)).unwrap(),
        "9999-12-31"
    );
    assert_eq!(text(|out| write_date(-719_528, out)).unwrap(), "0000-01-01");
}

const TEXTS: &[(&str, Unit, bool, Option<i64>)] = &[
    ("1970-01-01T00:00:00.000Z", Unit::Millis, true, Some(0)),
    (
        "2023-04-12T13:45:33Z",
        Unit::Millis,
        true,
        Some(1_681_307_133_000),
    ),
    (
        "2023-04-12 15:45:33.5+02:00",
        Unit::Millis,
        true,
        Some(1_681_307_133_500),
    ),
    (
        "2023-04-12t08:15:33.5-0530",
        Unit::Millis,
        true,
        Some(1_681_307_133_500),
    ),
    (
        "2023-04-12T15:45:33.5+02",
        Unit::Millis,
        true,
        Some(1_681_307_133_500),
    ),
    (
        "2023-04-12T13:45:33.123000Z",
        Unit::Millis,
        true,
        Some(1_681_307_133_123),
    ),
    (
        "2023-04-12T13:45:33.123456+00:00",
        Unit::Micros,
        true,
        Some(1_681_307_133_123_456),
    ),
    (
        "2023-04-12T13:45:33.123456789",
        Unit::Nanos,
        false,
        Some(1_681_307_133_123_456_789),
    ),
    (
        "1677-09-21T00:12:43.145224192Z",
        Unit::Nanos,
        true,
        Some(i64::MIN),
    ),
    (
        "2262-04-11T23:47:16.854775807Z",
        Unit::Nanos,
        true,
        Some(i64::MAX),
    ),
    ("2262-04-11T23:47:16.854775808Z", Unit::Nanos, true, None),
    ("1677-09-21T00:12:43.145224191Z", Unit::Nanos, true, None),
    ("2023-04-12T13:45:33.1234Z", Unit::Millis, true, None),
    ("2023-04-12T13:45:33", Unit::Millis, true, None),
    ("2023-04-12T13:45:33Z", Unit::Millis, false, None),
    ("2023-04-12T13:45:33.Z", Unit::Millis, true, None),
    ("2023-04-12T13:45Z", Unit::Millis, true, None),
    ("2023-04-12T24:00:00Z", Unit::Millis, true, None),
    ("2023-04-12T13:45:60Z", Unit::Millis, true, None),
    ("2023-02-29T00:00:00Z", Unit::Millis, true, None),
    ("2023-13-01T00:00:00Z", Unit::Millis, true, None),
    ("2023-00-01T00:00:00Z", Unit::Millis, true, None),
    ("2023-01-00T00:00:00Z", Unit::Millis, true, None),
    ("23-04-12T13:45:33Z", Unit::Millis, true, None),
    ("2023-04-12T13:45:33+24:00", Unit::Millis, true, None),
    ("2023-04-12T13:45:33Zx", Unit::Millis, true, None),
    ("", Unit::Millis, true, None),
    ("2023-04-1é", Unit::Millis, true, None),
];

#[test]
fn texts_are_read() {
    for &(text, unit, utc, instant) in TEXTS {
        assert_eq!(parse_timestamp(text, unit, utc), instant, "{text}");
    }
    assert_eq!(parse_time("23:59:59.999", Unit::Millis), Some(86_399_999));
    assert_eq!(parse_time("23:59:59.9999", Unit::Millis), None);
    assert_eq!(parse_time("24:00:00", Unit::Millis), None);
    assert_eq!(parse_date("2000-02-29"), Some(11_016));
    assert_eq!(parse_date("1900-02-29"), None);
    assert_eq!(parse_date("2000-02-29T"), None);
}

#[test]
fn texts_are_written() {
    assert_eq!(
        text(|out| write_timestamp(1_681_307_133_000, Unit::Millis, true, out)).unwrap(),
        "2023-04-12T13:45:33.000Z"
    );
    assert_eq!(
        text(|out| write_timestamp(-1, Unit::Micros, false, out)).unwrap(),
        "1969-12-31T23:59:59.999999"
    );
    assert_eq!(
        text(|out| write_timestamp(i64::MIN, Unit::Nanos, true, out)).unwrap(),
        "1677-09-21T00:12:43.145224192Z"
    );
    assert_eq!(
        text(|out| write_timestamp(i64::MAX, Unit::Micros, true, out)),
        None
    );
    assert_eq!(
        text(|out| write_timestamp(i64::MIN, Unit::Millis, true, out)),
        None
    );
    assert_eq!(
        text(|out| write_timestamp(253_402_300_800_000, Unit::Millis, true, out)),
        None
    );
    assert_eq!(
        text(|out| write_time(86_399_999, Unit::Millis, out)).unwrap(),
        "23:59:59.999"
    );
    assert_eq!(
        text(|out| write_time(1, Unit::Micros, out)).unwrap(),
        "00:00:00.000001"
    );
    assert_eq!(text(|out| write_time(-1, Unit::Micros, out)), None);
    assert_eq!(text(|out| write_time(86_400_000, Unit::Millis, out)), None);
}

proptest! {
    #[test]
    fn instants_are_read_back_and_are_jiffs(instant in -62_167_219_200_000_i64..253_402_207_200_000) {
        let written = text(|out| write_timestamp(instant, Unit::Millis, true, out)).unwrap();
        prop_assert_eq!(parse_timestamp(&written, Unit::Millis, true), Some(instant));
        let judge: jiff::Timestamp = written.parse().unwrap();
        prop_assert_eq!(judge.as_millisecond(), instant);
    }

    #[test]
    fn nanoseconds_are_read_back(instant: i64, utc: bool) {
        let written = text(|out| write_timestamp(instant, Unit::Nanos, utc, out)).unwrap();
        prop_assert_eq!(parse_timestamp(&written, Unit::Nanos, utc), Some(instant));
    }

    #[test]
    fn no_text_panics(text in "[0-9TZ:.+ -]{0,32}", other: String) {
        for text in [text, other] {
            for unit in [Unit::Millis, Unit::Micros, Unit::Nanos] {
                let _any = (parse_timestamp(&text, unit, true), parse_timestamp(&text, unit, false), parse_time(&text, unit));
            }
            let _any = parse_date(&text);
        }
    }
}
