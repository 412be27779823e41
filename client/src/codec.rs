//! The section `codec.*`: how records are written and read.

use common::avro::{JsonForm, JsonIn, UnknownFields};
use common::compression::Compression;
use common::deserializer::{DeserializerOptions, Trailing};
use common::limits::Limits;
use common::registry::DataFormat;
use common::serializer::SerializerOptions;
use runtime::choice;
use runtime::config::{Reader, Size};

choice! {
    /// The format of payloads.
    pub enum Format {
        /// Apache Avro.
        Avro = "avro",
    }
}

impl Format {
    /// The registry's own value.
    pub const fn data_format(self) -> DataFormat {
        match self {
            Self::Avro => DataFormat::Avro,
        }
    }
}

choice! {
    /// How payloads are compressed.
    pub enum PayloadCompression {
        /// Not at all.
        None = "none",
        /// As zlib streams.
        Zlib = "zlib",
    }
}

impl PayloadCompression {
    /// The codec's own value.
    pub const fn codec(self) -> Compression {
        match self {
            Self::None => Compression::None,
            Self::Zlib => Compression::Zlib,
        }
    }
}

choice! {
    /// How values stand in JSON text.
    pub enum Form {
        /// As applications write JSON: unions without tags, logical types as text.
        Plain = "plain",
        /// Avro's own JSON encoding.
        Avro = "avro",
    }
}

impl Form {
    /// The codec's own value.
    pub const fn codec(self) -> JsonForm {
        match self {
            Self::Plain => JsonForm::Plain,
            Self::Avro => JsonForm::Avro,
        }
    }
}

choice! {
    /// What happens to bytes behind a value.
    pub enum TrailingBytes {
        /// They are ignored and counted.
        Ignore = "ignore",
        /// They make the record undecodable.
        Refuse = "refuse",
    }
}

choice! {
    /// The schema that records are read as.
    pub enum ReaderSchema {
        /// The one each record was written with.
        Writer = "writer",
    }
}

/// `codec.*`.
#[derive(Clone, Copy, Debug)]
pub struct CodecConfig {
    /// The format of payloads that are written.
    pub format: Format,
    /// How payloads are compressed.
    pub compression: PayloadCompression,
    /// Decode workers of the consumer.
    pub workers: usize,
    /// The largest payload, inflated.
    pub max_payload: Size,
    /// What happens to bytes behind a value.
    pub trailing: TrailingBytes,
    /// The schema that records are read as.
    pub reader_schema: ReaderSchema,
}

impl CodecConfig {
    /// The most decode workers.
    pub const MAX_WORKERS: usize = 256;

    /// Reads the section.
    pub fn read(reader: &mut Reader) -> Self {
        let mut section = reader.section("codec");
        let config = Self {
            format: section.get("format", Format::Avro, "Data format that the producer writes."),
            compression: section.get(
                "compression",
                PayloadCompression::None,
                "Compression of the payloads that the producer writes; the consumer reads all.",
            ),
            workers: section.get_derived(
                "workers",
                std::thread::available_parallelism().map_or(1, usize::from).min(Self::MAX_WORKERS),
                "the number of CPUs",
                "Threads of the consumer that decode.",
            ),
            max_payload: section.get(
                "max_payload",
                Size::mib(16),
                "Largest payload written or read, before compression and after decompression.",
            ),
            trailing: section.get(
                "trailing",
                TrailingBytes::Ignore,
                "What the consumer does with bytes behind a value: `ignore` counts them, `refuse` makes the record undecodable.",
            ),
            reader_schema: section.get(
                "reader_schema",
                ReaderSchema::Writer,
                "Schema that the consumer reads records as: `writer` is the one each was written with.",
            ),
        };
        if !(1..=Self::MAX_WORKERS).contains(&config.workers) {
            section.problem(
                "workers",
                format!("there may be 1 to {} workers", Self::MAX_WORKERS),
            );
        }
        if config.max_payload.bytes() == 0 {
            section.problem(
                "max_payload",
                "a payload needs some bytes: `16MiB` is the default",
            );
        }
        config
    }

    /// The format that records are written in.
    pub const fn data_format(&self) -> DataFormat {
        self.format.data_format()
    }

    /// The bounds on one record.
    pub fn limits(&self) -> Limits {
        Limits {
            payload_bytes: self.max_payload.bytes(),
            ..Limits::default()
        }
    }

    /// How records are written.
    pub fn serializer_options(&self, unknown_fields: UnknownFields) -> SerializerOptions {
        SerializerOptions {
            compression: self.compression.codec(),
            limits: self.limits(),
            json: JsonIn {
                unknown_fields,
                ..JsonIn::default()
            },
        }
    }

    /// How records are read.
    pub fn deserializer_options(&self) -> DeserializerOptions {
        // `writer` is the only reader schema there is, and is what a deserializer does.
        let ReaderSchema::Writer = self.reader_schema;
        DeserializerOptions {
            trailing: match self.trailing {
                TrailingBytes::Ignore => Trailing::Ignore,
                TrailingBytes::Refuse => Trailing::Refuse,
            },
            ..DeserializerOptions::default()
        }
    }
}
