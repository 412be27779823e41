//! The consumer's line: one JSON object a record, its eight fields in the original's order.

use crate::batch::{Batch, Record};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::json::write_string;
use rdkafka::Timestamp;

const MILLIS_A_DAY: i64 = 86_400_000;

/// Writes everything before the value: `{"topic":…,"key":…,"value":`.
pub(crate) fn open(topic: &str, batch: &Batch, record: &Record, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"topic\":");
    write_string(topic, out);
    out.extend_from_slice(b",\"partition\":");
    number(batch.slot.partition.into(), out);
    out.extend_from_slice(b",\"offset\":");
    number(record.offset, out);
    let (millis, kind): (_, &[u8]) = match record.timestamp {
        Timestamp::CreateTime(millis) => (Some(millis), b"\"CREATE_TIME\""),
        Timestamp::LogAppendTime(millis) => (Some(millis), b"\"LOG_APPEND_TIME\""),
        Timestamp::NotAvailable => (None, b"null"),
    };
    out.extend_from_slice(b",\"timestamp\":");
    instant(millis, out);
    out.extend_from_slice(b",\"timestamp_type\":");
    out.extend_from_slice(kind);
    out.extend_from_slice(b",\"key\":");
    text_or_base64(record.key.as_ref().map(|range| batch.slice(range)), out);
    out.extend_from_slice(b",\"value\":");
}

/// Writes everything behind the value: `,"headers":[…]}` and the end of the line.
pub(crate) fn close(batch: &Batch, record: &Record, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"headers\":[");
    for (at, (name, value)) in batch.headers(record).enumerate() {
        out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        text_or_base64(Some(name), out);
        out.push(b':');
        text_or_base64(value, out);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}\n");
}

fn number(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn text_or_base64(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => out.extend_from_slice(b"null"),
        Some((_, Ok(text))) => write_string(text, out),
        Some((bytes, Err(_))) => write_string(&STANDARD.encode(bytes), out),
    }
}

/// ISO 8601 in UTC with milliseconds; `null` without a timestamp, the bare number beyond year 9999.
fn instant(millis: Option<i64>, out: &mut Vec<u8>) {
    let Some(millis) = millis else {
        return out.extend_from_slice(b"null");
    };
    let (year, month, day) = civil(millis.div_euclid(MILLIS_A_DAY));
    if !(0..=9999).contains(&year) {
        return number(millis, out);
    }
    let of_day = millis.rem_euclid(MILLIS_A_DAY);
    out.push(b'"');
    digits(year, 4, out);
    for (mark, value, width) in [
        (b'-', month, 2),
        (b'-', day, 2),
        (b'T', of_day / 3_600_000, 2),
        (b':', of_day / 60_000 % 60, 2),
        (b':', of_day / 1000 % 60, 2),
        (b'.', of_day % 1000, 3),
    ] {
        out.push(mark);
        digits(value, width, out);
    }
    out.extend_from_slice(b"Z\"");
}

fn digits(value: i64, width: u32, out: &mut Vec<u8>) {
    for place in (0..width).rev() {
        let digit = value / 10_i64.pow(place) % 10;
        out.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}

/// Year, month and day of a day counted from 1970, in the proleptic Gregorian calendar.
///
/// Days are counted from 1 March of year 0, so that the leap day is the last of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(millis: i64) -> String {
        let mut out = Vec::new();
        instant(Some(millis), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn instants_are_iso_8601_with_milliseconds() {
        assert_eq!(shown(0), "\"1970-01-01T00:00:00.000Z\"");
        assert_eq!(shown(1_681_272_158_640), "\"2023-04-12T04:02:38.640Z\"");
        assert_eq!(shown(951_782_400_000), "\"2000-02-29T00:00:00.000Z\"");
        assert_eq!(shown(-1), "\"1969-12-31T23:59:59.999Z\"");
        assert_eq!(shown(253_402_300_799_999), "\"9999-12-31T23:59:59.999Z\"");
        assert_eq!(shown(253_402_300_800_000), "253402300800000");
        assert_eq!(shown(i64::MIN), i64::MIN.to_string());
    }

    proptest! {
        #[test]
        fn instants_agree_with_a_calendar_library(millis in -62_135_596_800_000_i64..253_402_207_200_000) {
            let wanted = jiff::Timestamp::from_millisecond(millis).unwrap();
            prop_assert_eq!(shown(millis), format!("\"{wanted:.3}\""));
        }
    }
}
