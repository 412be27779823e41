//! The consumer's line: one JSON object a record, its eight fields in the original's order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::avro::write_instant;
use common::json::write_string;
use rdkafka::Timestamp;
use std::borrow::Cow;

/// What stands before the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: Timestamp,
    pub(crate) key: Option<&'a [u8]>,
}

/// Writes everything before the value: `{"topic":…,"key":…,"value":`.
pub(crate) fn open(head: &Head<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"topic\":");
    write_string(head.topic, out);
    out.extend_from_slice(b",\"partition\":");
    number(head.partition.into(), out);
    out.extend_from_slice(b",\"offset\":");
    number(head.offset, out);
    let (millis, kind): (_, &[u8]) = match head.timestamp {
        Timestamp::CreateTime(millis) => (Some(millis), b"\"CREATE_TIME\""),
        Timestamp::LogAppendTime(millis) => (Some(millis), b"\"LOG_APPEND_TIME\""),
        Timestamp::NotAvailable => (None, b"null"),
    };
    out.extend_from_slice(b",\"timestamp\":");
    instant(millis, out);
    out.extend_from_slice(b",\"timestamp_type\":");
    out.extend_from_slice(kind);
    out.extend_from_slice(b",\"key\":");
    text_or_base64(head.key, out);
    out.extend_from_slice(b",\"value\":");
}

/// Writes the headers behind the value: `,"headers":[…]`.
pub(crate) fn headers<'a>(
    headers: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b",\"headers\":[");
    for (at, (name, value)) in headers.enumerate() {
        out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        text_or_base64(Some(name), out);
        out.push(b':');
        text_or_base64(value, out);
        out.push(b'}');
    }
    out.push(b']');
}

/// Ends the object and the line.
pub(crate) fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(b"}\n");
}

fn number(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Writes bytes as a JSON string, base64 unless they are UTF-8, and `null` for none.
pub(crate) fn text_or_base64(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        None => out.extend_from_slice(b"null"),
        Some(bytes) => write_string(&text(bytes), out),
    }
}

/// What is shown of a key, a header's name or its value: the text, or base64 of what is no UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| STANDARD.encode(bytes).into(), Cow::Borrowed)
}

/// A moment as the line writes it, without quotes.
pub(crate) fn moment(millis: i64) -> String {
    let mut out = Vec::new();
    instant(Some(millis), &mut out);
    let text = String::from_utf8_lossy(&out);
    text.trim_matches('"').to_owned()
}

/// ISO 8601 in UTC with milliseconds; `null` without a timestamp, the bare number beyond year 9999.
fn instant(millis: Option<i64>, out: &mut Vec<u8>) {
    let Some(millis) = millis else {
        return out.extend_from_slice(b"null");
    };
    out.push(b'"');
    if write_instant(millis, out) {
        out.push(b'"');
    } else {
        out.pop();
        number(millis, out);
    }
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
