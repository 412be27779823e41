//! The ways in which a record is shown.

use clap::ValueEnum;
use runtime::terminal;

use super::colour::Colours;
use super::decoder::{Content, Reading};
use super::pretty;
use super::record::Record;
use super::template::Template;
use crate::{hex, line};
use common::json::write_string;
use common::wire::HEADER_LEN;

/// A way by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Name {
    /// The consumer's line, one JSON object a record; one that cannot be decoded also has its kind and error
    Json,
    /// For people: where the record stands, its headers, its value with a field a line; in colour on a terminal
    Pretty,
    /// The value's bytes as they are in Kafka, and a line end
    Raw,
    /// The value's bytes in hex, as `consumer decode` reads them
    Hex,
    /// What the frame's header says: kind of frame, schema version, compression, sizes
    Header,
}

/// A way to show records.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Json,
    Pretty(Colours),
    Raw,
    Hex,
    Header,
    Template(Template),
}

impl From<Name> for Format {
    fn from(name: Name) -> Self {
        match name {
            Name::Json => Self::Json,
            Name::Pretty => Self::Pretty(Colours(terminal::has_colours(&std::io::stdout()))),
            Name::Raw => Self::Raw,
            Name::Hex => Self::Hex,
            Name::Header => Self::Header,
        }
    }
}

impl Format {
    /// Whether the bytes alone are not enough to show a record.
    pub(super) fn needs_values(&self) -> bool {
        match self {
            Self::Json | Self::Pretty(_) | Self::Header => true,
            Self::Raw | Self::Hex => false,
            Self::Template(template) => template.needs_values(),
        }
    }

    /// Appends a record.
    pub(super) fn write(&self, topic: &str, record: &Record, reading: &Reading, out: &mut Vec<u8>) {
        match self {
            Self::Json => json(topic, record, reading, out),
            Self::Pretty(colours) => pretty::write(*colours, topic, record, reading, out),
            Self::Raw => {
                out.extend_from_slice(record.value.as_deref().unwrap_or(b"null"));
                out.push(b'\n');
            }
            Self::Hex => {
                match &record.value {
                    Some(value) => hex::write(value, out),
                    None => out.extend_from_slice(b"null"),
                }
                out.push(b'\n');
            }
            Self::Header => header(topic, record, reading, out),
            Self::Template(template) => template.write(topic, record, reading, out),
        }
    }
}

/// The consumer's line.
fn json(topic: &str, record: &Record, reading: &Reading, out: &mut Vec<u8>) {
    line::open(&record.head(topic), out);
    out.extend_from_slice(reading.json().unwrap_or(b"null"));
    line::headers(record.headers(), out);
    if let Some(refusal) = reading.refusal() {
        out.extend_from_slice(b",\"kind\":");
        write_string(refusal.kind.as_str(), out);
        out.extend_from_slice(b",\"error\":");
        write_string(&refusal.error, out);
    }
    line::close(out);
}

/// Words and their values on one line; `-` is what is not known or not there.
fn header(topic: &str, record: &Record, reading: &Reading, out: &mut Vec<u8>) {
    let version = reading.version();
    let payload = match (&reading.header, &record.value) {
        (Some(_), Some(value)) => Some(value.len() - HEADER_LEN),
        _ => None,
    };
    let inflated = match reading.content {
        Content::Json { payload, .. } => payload,
        _ => None,
    };
    let number = |bytes: Option<usize>| bytes.map(|bytes| bytes.to_string());
    let words = [
        ("topic", Some(topic.to_owned())),
        ("partition", Some(record.partition.to_string())),
        ("offset", Some(record.offset.to_string())),
        ("timestamp", record.millis().map(line::moment)),
        ("frame", Some(reading.frame.as_str().to_owned())),
        ("version_id", reading.version_id().map(|id| id.to_string())),
        (
            "schema",
            version.and_then(|version| version.schema_name.clone()),
        ),
        (
            "version",
            version.and_then(|version| version.number.map(|one| one.to_string())),
        ),
        (
            "format",
            version.map(|version| version.data_format.to_string()),
        ),
        ("compression", reading.compression().map(str::to_owned)),
        ("key_bytes", number(record.key.as_ref().map(Vec::len))),
        ("value_bytes", number(record.value.as_ref().map(Vec::len))),
        ("payload_bytes", number(payload)),
        ("inflated_bytes", number(inflated)),
        ("headers", Some(record.headers.len().to_string())),
        (
            "error",
            reading.refusal().map(|refusal| refusal.kind.to_string()),
        ),
    ];
    let pair = |(word, value): (&str, Option<String>)| {
        format!("{word}={}", value.as_deref().unwrap_or("-"))
    };
    let line = words.map(pair).join(" ");
    out.extend_from_slice(line.as_bytes());
    out.push(b'\n');
}
