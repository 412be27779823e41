//! What a letter says of the record that it was, and that record's headers.
//!
//! Everything here comes from whoever wrote the letter: what cannot be read counts as not said. Where a name stands
//! twice the last one counts, because headers of dead letters are added behind a record's own.

use std::fmt;
use std::str::{self, FromStr};

use client::config::is_topic_name;
use common::error::Kind;
use common::wire;
use jiff::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};
use uuid::Uuid;

use crate::batch::{Batch, Record};
use crate::dead_letter::{CONNECT, OWN};

/// The header that says where a replayed record first came from.
pub(super) const ORIGIN: &str = "gluestream.replayed_from";

/// A place in Kafka, written `topic/partition/offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
}

/// See the module's words.
#[derive(Debug)]
pub(super) struct Provenance {
    /// Where the record first came from.
    pub(super) source: Option<Place>,
    pub(super) kind: Option<Kind>,
    pub(super) schema_version: Option<Uuid>,
    /// The record's own timestamp in milliseconds since 1970.
    pub(super) timestamp: Option<i64>,
}

impl Provenance {
    /// Reads a letter's headers; the schema version of a letter that names none is its value's own.
    pub(super) fn read(letter: &Batch, record: &Record) -> Self {
        let (mut topic, mut partition, mut offset) = (None, None, None);
        let (mut origin, mut kind, mut id, mut timestamp) = (None, None, None, None);
        for (name, value) in letter.headers(record) {
            let text = value.and_then(|value| str::from_utf8(value).ok());
            match name {
                b"__connect.errors.topic" => topic = text,
                b"__connect.errors.partition" => partition = text,
                b"__connect.errors.offset" => offset = text,
                b"gluestream.kind" => kind = text,
                b"gluestream.schema_version_id" => id = text,
                b"gluestream.timestamp" => timestamp = text,
                name if name == ORIGIN.as_bytes() => origin = text,
                _ => {}
            }
        }
        let first = origin.and_then(|origin| origin.parse().ok());
        let framed = || {
            let value = letter.slice(record.value.as_ref()?);
            let (header, _) = wire::split(value).ok()?;
            Some(header.schema_version_id)
        };
        Self {
            source: first.or_else(|| Place::of(topic?, partition?, offset?)),
            kind: kind.and_then(|kind| Kind::ALL.into_iter().find(|known| known.as_str() == kind)),
            schema_version: id.and_then(|id| id.parse().ok()).or_else(framed),
            timestamp: timestamp.and_then(millis),
        }
    }
}

/// The headers of the record that a letter was, and one that says where it first came from.
pub(super) fn headers(letter: &Batch, record: &Record, origin: &Place) -> OwnedHeaders {
    let mut headers = OwnedHeaders::new();
    for (name, value) in letter.headers(record).filter(|(name, _)| !is_added(name)) {
        let key = &*String::from_utf8_lossy(name);
        headers = headers.insert(Header { key, value });
    }
    headers.insert(Header {
        key: ORIGIN,
        value: Some(&origin.to_string()),
    })
}

/// Whether dead letters, or an earlier replay, have added a header.
fn is_added(name: &[u8]) -> bool {
    name.starts_with(CONNECT.as_bytes()) || name.starts_with(OWN.as_bytes())
}

/// Reads a moment as a letter writes it: ISO 8601, or milliseconds since 1970.
fn millis(text: &str) -> Option<i64> {
    let moment = text.parse::<Timestamp>().map(Timestamp::as_millisecond);
    moment.ok().or_else(|| text.parse().ok())
}

impl Place {
    fn of(topic: &str, partition: &str, offset: &str) -> Option<Self> {
        let place = Self {
            topic: topic.to_owned(),
            partition: partition.parse().ok()?,
            offset: offset.parse().ok()?,
        };
        (is_topic_name(topic) && place.partition >= 0 && place.offset >= 0).then_some(place)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let place = parts
            .next()
            .zip(parts.next())
            .zip(parts.next())
            .and_then(|((topic, partition), offset)| Self::of(topic, partition, offset));
        place.filter(|_| parts.next().is_none()).ok_or(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_nothing_else_is_one() {
        for text in ["t/0/0", "a.b_c-d/12/9223372036854775807"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "t",
            "t/0",
            "t/0/",
            "t/0/1/2",
            "t/-1/0",
            "t/0/-1",
            "a b/0/0",
            "/0/0",
            "t/0/x",
            "t/2147483648/0",
        ] {
            assert_eq!(text.parse::<Place>(), Err(()), "{text}");
        }
    }

    #[test]
    fn moments_are_read_as_letters_write_them() {
        for millis_of in [0, 1_681_272_158_640, 253_402_300_800_000, i64::MAX] {
            assert_eq!(millis(&crate::line::moment(millis_of)), Some(millis_of));
        }
        assert_eq!(millis("soon"), None);
    }
}
