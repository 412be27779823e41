//! `--template`: a text with places that a record fills.

use super::decoder::Reading;
use super::record::Record;
use crate::condition;
use crate::line::moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What `--help` says behind the options.
pub(super) const HELP: &str = "Templates: {topic} {partition} {offset} {timestamp} {key} {value} {value.FIELD} {header.NAME} {schema} {version} {version_id} {frame} {compression} {bytes} {kind} {error}; \\n and \\t; {{ and }} for braces. FIELD may be a path such as customer.city or items.0.sku. A field or header that is not there, and what is not known, is empty; {kind} and {error} say why a value could not be decoded.";

/// See the module's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Key,
    Value,
    ValueAt(String),
    Header(String),
    Schema,
    Version,
    VersionId,
    Frame,
    Compression,
    Bytes,
    Kind,
    Error,
}

/// The fields that are a word alone.
const WORDS: [(&str, Field); 14] = [
    ("topic", Field::Topic),
    ("partition", Field::Partition),
    ("offset", Field::Offset),
    ("timestamp", Field::Timestamp),
    ("key", Field::Key),
    ("value", Field::Value),
    ("schema", Field::Schema),
    ("version", Field::Version),
    ("version_id", Field::VersionId),
    ("frame", Field::Frame),
    ("compression", Field::Compression),
    ("bytes", Field::Bytes),
    ("kind", Field::Kind),
    ("error", Field::Error),
];

impl Field {
    fn parse(name: &str) -> Result<Self, String> {
        if let Some((_, field)) = WORDS.iter().find(|(word, _)| *word == name) {
            return Ok(field.clone());
        }
        match name.split_once('.') {
            Some(("value", path)) if !path.is_empty() => Ok(Self::ValueAt(path.to_owned())),
            Some(("header", header)) if !header.is_empty() => Ok(Self::Header(header.to_owned())),
            _ => {
                let words = WORDS.map(|(word, _)| format!("{{{word}}}")).join(" ");
                Err(format!(
                    "--template has no {{{name}}}; there are: {words} {{value.FIELD}} {{header.NAME}}"
                ))
            }
        }
    }

    /// Whether the bytes alone do not tell it.
    const fn needs_values(&self) -> bool {
        matches!(
            self,
            Self::Value
                | Self::ValueAt(_)
                | Self::Schema
                | Self::Version
                | Self::Kind
                | Self::Error
        )
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, with everything that may stand in braces.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let behind = &rest[first.len_utf8()..];
            let next = behind.chars().next();
            rest = behind;
            match (first, next) {
                ('{', Some('{')) | ('}', Some('}')) | ('\\', Some('\\')) => {
                    plain.push(first);
                    rest = &behind[1..];
                }
                ('\\', Some('n')) => {
                    plain.push('\n');
                    rest = &behind[1..];
                }
                ('\\', Some('t')) => {
                    plain.push('\t');
                    rest = &behind[1..];
                }
                ('\\', _) => {
                    return Err("--template: behind \\ comes n, t or another \\".to_owned());
                }
                ('{', _) => {
                    let Some((name, behind)) = behind.split_once('}') else {
                        return Err("--template: { without its }; a brace is {{".to_owned());
                    };
                    let field = Field::parse(name)?;
                    parts.extend(taken(&mut plain).map(Part::Text));
                    parts.push(Part::Field(field));
                    rest = behind;
                }
                _ => plain.push(first),
            }
        }
        // A record has a line, unless the template says otherwise.
        if !plain.ends_with('\n') {
            plain.push('\n');
        }
        parts.extend(taken(&mut plain).map(Part::Text));
        Ok(Self { parts })
    }

    /// Whether the bytes alone do not fill it.
    pub(super) fn needs_values(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| matches!(part, Part::Field(field) if field.needs_values()))
    }

    /// Appends the text for a record.
    pub(super) fn write(&self, topic: &str, record: &Record, reading: &Reading, out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Field(field) => fill(field, topic, (record, reading), out),
            }
        }
    }
}

fn taken(plain: &mut String) -> Option<String> {
    (!plain.is_empty()).then(|| std::mem::take(plain))
}

fn fill(field: &Field, topic: &str, (record, reading): (&Record, &Reading), out: &mut Vec<u8>) {
    let version = reading.version();
    let text = match field {
        Field::Topic => Some(topic.to_owned()),
        Field::Partition => Some(record.partition.to_string()),
        Field::Offset => Some(record.offset.to_string()),
        Field::Timestamp => record.millis().map(moment),
        Field::Key => return bytes(record.key.as_deref(), out),
        Field::Value => return out.extend_from_slice(reading.json().unwrap_or_default()),
        Field::ValueAt(path) => {
            let json = String::from_utf8_lossy(reading.json().unwrap_or_default());
            condition::find(&json, path).map(|found| condition::text(found).into_owned())
        }
        Field::Header(name) => {
            let mut headers = record.headers();
            let found = headers.find(|(own, _)| *own == name.as_bytes());
            return found.map_or((), |(_, value)| bytes(value, out));
        }
        Field::Schema => version.and_then(|version| version.schema_name.clone()),
        Field::Version => version.and_then(|version| version.number.map(|one| one.to_string())),
        Field::VersionId => reading.version_id().map(|id| id.to_string()),
        Field::Frame => Some(reading.frame.as_str().to_owned()),
        Field::Compression => reading.compression().map(str::to_owned),
        Field::Bytes => Some(record.value.as_ref().map_or(0, Vec::len).to_string()),
        Field::Kind => reading.refusal().map(|refusal| refusal.kind.to_string()),
        Field::Error => reading.refusal().map(|refusal| refusal.error.clone()),
    };
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
}

/// Text as it is, other bytes as base64, and `null` for none.
fn bytes(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => out.extend_from_slice(b"null"),
        Some((_, Ok(text))) => out.extend_from_slice(text.as_bytes()),
        Some((bytes, Err(_))) => out.extend_from_slice(STANDARD.encode(bytes).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::decoder::{Content, Refusal};
    use super::*;
    use common::error::Kind;
    use rdkafka::Timestamp;

    fn record() -> Record {
        Record {
            partition: 3,
            offset: 17,
            timestamp: Timestamp::CreateTime(0),
            key: Some(b"k\xff".to_vec()),
            value: Some(vec![0; 5]),
            headers: vec![(b"h".to_vec(), Some(b"v".to_vec())), (b"n".to_vec(), None)],
        }
    }

    fn shown(template: &str, content: Content) -> String {
        let record = record();
        let reading = Reading {
            content,
            ..Reading::of_bytes(record.value.as_deref())
        };
        let mut out = Vec::new();
        let template = Template::parse(template).unwrap();
        template.write("t", &record, &reading, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn json(text: &str) -> Content {
        Content::Json {
            text: text.as_bytes().to_owned(),
            payload: None,
        }
    }

    #[test]
    fn places_are_filled_and_a_record_has_a_line() {
        let value = r#"{"s":"a b","o":{"n":1.50}}"#;
        for (template, expected) in [
            ("{topic}[{partition}]@{offset}", "t[3]@17\n"),
            ("{timestamp}\\t{key}\\n", "1970-01-01T00:00:00.000Z\ta/8=\n"),
            (
                "{value.s}|{value.o.n}|{value.o}|{value.x}",
                "a b|1.50|{\"n\":1.50}|\n",
            ),
            ("{{{header.h}}} {header.n} {header.x}\\\\", "{v} null \\\n"),
            (
                "{bytes} {frame} {version_id}{schema}{version}{kind}",
                "5 confluent \n",
            ),
            ("\\n", "\n"),
            ("", "\n"),
        ] {
            assert_eq!(shown(template, json(value)), expected, "{template}");
        }
        assert_eq!(shown("{value}", json(value)), format!("{value}\n"));
        assert_eq!(shown("{value}", Content::Tombstone), "null\n");
        let refusal = Refusal {
            kind: Kind::Payload,
            error: "byte 3".to_owned(),
        };
        let refused = shown("{value}{kind}: {error}", Content::Undecodable(refusal));
        assert_eq!(refused, "payload: byte 3\n");
    }

    #[test]
    fn an_unknown_place_is_refused_with_all_that_there_are() {
        for template in ["{nonsense}", "{}", "{value.}", "{key.a}", "{ key }"] {
            let refused = Template::parse(template).unwrap_err();
            for known in ["{topic}", "{version_id}", "{value.FIELD}", "{header.NAME}"] {
                assert!(refused.contains(known), "{refused}");
            }
        }
        assert!(
            Template::parse("{key")
                .unwrap_err()
                .contains("without its }")
        );
        assert!(Template::parse("\\x").is_err());
        for (word, _) in WORDS {
            assert!(HELP.contains(&format!("{{{word}}}")), "{word}");
        }
    }

    #[test]
    fn only_what_the_value_tells_needs_a_registry() {
        for (template, needs) in [
            ("{offset} {key} {header.h} {version_id} {frame}", false),
            ("{value.a}", true),
            ("{version}", true),
        ] {
            assert_eq!(
                Template::parse(template).unwrap().needs_values(),
                needs,
                "{template}"
            );
        }
    }
}
