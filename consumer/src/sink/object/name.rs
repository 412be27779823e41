//! Names of files in an object store: topic, partition, first offset, and who wrote them.
//!
//! `orders+3+00000000000000001234+9f86d081.parquet`. Kafka's topics have no `+`. Two processes never give a file the same
//! name, so one that has lost its partition and does not know it yet cannot write over another's file.

use crate::config::{Compression, Format};
use std::fmt;

/// Digits of an offset: names sort as offsets do.
const DIGITS: usize = 20;

/// A file's name in its parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) first: i64,
    /// The process that wrote it.
    pub(crate) writer: &'a str,
    pub(crate) format: Format,
    pub(crate) compression: Compression,
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            topic,
            partition,
            first,
            writer,
            ..
        } = self;
        let end = match (self.format, self.compression) {
            (Format::Parquet, _) => "parquet",
            (Format::Avro, _) => "avro",
            (Format::Ndjson, Compression::None) => "ndjson",
            (Format::Ndjson, Compression::Gzip) => "ndjson.gz",
            (Format::Ndjson, Compression::Zstd) => "ndjson.zst",
        };
        write!(f, "{topic}+{partition}+{first:0DIGITS$}+{writer}.{end}")
    }
}

/// What a name says of a file's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unnamed {
    pub(crate) partition: i32,
    pub(crate) first: i64,
}

impl Unnamed {
    /// Reads a name, if it is one of the topic's files and of nobody else.
    pub(crate) fn read(name: &str, topic: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(topic)?.strip_prefix('+')?.split('+');
        let (partition, first) = (parts.next()?, parts.next()?);
        let (writer, end) = parts.next()?.split_once('.')?;
        let is_ours = parts.next().is_none()
            && first.len() == DIGITS
            && first.bytes().all(|byte| byte.is_ascii_digit())
            && !writer.is_empty()
            && writer.bytes().all(|byte| byte.is_ascii_hexdigit())
            && matches!(
                end,
                "parquet" | "avro" | "ndjson" | "ndjson.gz" | "ndjson.zst"
            );
        if !is_ours {
            return None;
        }
        Some(Self {
            partition: partition.parse().ok()?,
            first: first.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_are_read_as_they_were_written(
            topic in "[a-zA-Z0-9._-]{1,30}",
            partition in 0..i32::MAX,
            first in 0..i64::MAX,
            writer in "[0-9a-f]{8}",
            content in 0..3_usize,
            kind in 0..3_usize,
        ) {
            let format = [Format::Parquet, Format::Avro, Format::Ndjson][content];
            let compression = [Compression::None, Compression::Gzip, Compression::Zstd][kind];
            let name = Name { topic: &topic, partition, first, writer: &writer, format, compression };
            prop_assert_eq!(Unnamed::read(&name.to_string(), &topic), Some(Unnamed { partition, first }));
        }
    }

    #[test]
    fn files_of_others_are_none_of_ours() {
        let name = "orders+3+00000000000000001234+9f86d081.parquet";
        assert!(Unnamed::read(name, "orders").is_some());
        for (name, topic) in [
            (name, "order"),
            (name, "orders2"),
            ("orders+3+1234+9f86d081.parquet", "orders"),
            ("orders+x+00000000000000001234+9f86d081.parquet", "orders"),
            ("orders+3+00000000000000001234+9f86d081.csv", "orders"),
            ("orders+3+00000000000000001234.parquet", "orders"),
            ("orders+3+00000000000000001234+my notes.parquet", "orders"),
            ("orders+3+00000000000000001234+9f86d081+1.parquet", "orders"),
            ("orders+3+-0000000000000001234+9f86d081.parquet", "orders"),
        ] {
            assert_eq!(Unnamed::read(name, topic), None, "{name} of {topic}");
        }
    }
}
