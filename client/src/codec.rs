//! The section `codec.*`: how records are written and read.

use common::avro::{JsonForm, JsonIn, UnknownFields};
use common::compression::{Compression, DeflateOptions};
use common::deserializer::{DeserializerOptions, ForeignValues, ReaderSchema, Trailing};
use common::limits::Limits;
use common::registry::DataFormat;
use common::registry::allowed::AllowedSchemas;
use common::serializer::SerializerOptions;
use runtime::choice;
use runtime::config::{Reader, Section, Size};
use runtime::lifecycle::Failure;

use crate::files;
use crate::foreign::ForeignConfig;
use crate::reader;

choice! {
    /// The format of payloads.
    pub enum Format {
        /// Apache Avro.
        Avro = "avro",
        /// JSON Schema.
        Json = "json",
        /// Protocol Buffers.
        Protobuf = "protobuf",
    }
}

impl Format {
    /// The registry's own value.
    pub const fn data_format(self) -> DataFormat {
        match self {
            Self::Avro => DataFormat::Avro,
            Self::Json => DataFormat::Json,
            Self::Protobuf => DataFormat::Protobuf,
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

/// `codec.max_*`: what a record may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The largest payload, inflated.
    pub payload: Size,
    /// The deepest nesting of a value.
    pub depth: usize,
    /// The most items of a value.
    pub items: usize,
}

impl Bounds {
    fn read(section: &mut Section<'_>) -> Self {
        let bounds = Self {
            payload: section.get(
                "max_payload",
                Size::mib(16),
                "Largest payload written or read, before compression and after decompression; the JSON text of a value that is read may be eight times as large.",
            ),
            depth: section.get(
                "max_depth",
                Limits::default().depth,
                "Deepest nesting of records, arrays and maps in a value that is written or read.",
            ),
            items: section.get(
                "max_items",
                Limits::default().items,
                "Most array items and map entries of a value that is written or read, all together.",
            ),
        };
        bounds.check(section);
        bounds
    }

    fn check(&self, section: &mut Section<'_>) {
        if self.payload.bytes() == 0 {
            let message = "a payload needs some bytes: `16MiB` is the default";
            section.problem("max_payload", message);
        }
        if !(1..=Limits::MAX_DEPTH).contains(&self.depth) {
            let message = format!("there may be 1 to {} levels", Limits::MAX_DEPTH);
            section.problem("max_depth", message);
        }
        if self.items == 0 {
            let message = "a value needs some items: 4194304 is the default";
            section.problem("max_items", message);
        }
    }

    /// The bounds as the codec takes them.
    pub fn limits(&self) -> Limits {
        Limits {
            depth: self.depth,
            items: self.items,
            ..Limits::for_payload(self.payload.bytes())
        }
    }
}

/// `codec.*`.
#[derive(Clone, Debug)]
pub struct CodecConfig {
    /// The format of payloads that are written.
    pub format: Format,
    /// The Protobuf message that records are.
    pub message: Option<String>,
    /// Whether records of JSON schemas are checked when they are read.
    pub validate: bool,
    /// How payloads are compressed.
    pub compression: PayloadCompression,
    /// zlib's level.
    pub compression_level: u32,
    /// The smallest payload that is compressed.
    pub compression_min_bytes: Size,
    /// Decode workers of the consumer.
    pub workers: usize,
    /// What a record may take.
    pub bounds: Bounds,
    /// What happens to bytes behind a value.
    pub trailing: TrailingBytes,
    /// The schema that records are read as.
    pub reader_schema: reader::Reader,
    /// The schemas that records may be read with.
    pub allowed_schemas: AllowedSchemas,
    /// Values that are no Glue frames.
    pub foreign: ForeignConfig,
}

impl CodecConfig {
    /// The most decode workers.
    pub const MAX_WORKERS: usize = 256;

    /// Reads the section.
    pub fn read(reader: &mut Reader) -> Self {
        Self::read_from(&mut reader.section("codec"))
    }

    /// Reads the keys from a section that has them.
    pub fn read_from(section: &mut Section<'_>) -> Self {
        let config = Self {
            format: section.get("format", Format::Avro, "Data format that the producer writes."),
            message: section.get_optional(
                "message",
                "Full name of the message that the producer writes, under the format `protobuf`; not needed where the schema has one message at its top.",
            ),
            validate: section.get(
                "validate",
                false,
                "Whether the consumer checks records of JSON schemas against them; one that does not fit is undecodable.",
            ),
            compression: section.get(
                "compression",
                PayloadCompression::None,
                "Compression of the payloads that the producer writes; the consumer reads all.",
            ),
            compression_level: section.get(
                "compression_level",
                DeflateOptions::default().level,
                "zlib's level under the compression `zlib`, 0 (stored) to 9 (smallest).",
            ),
            compression_min_bytes: section.get(
                "compression_min_bytes",
                Size(0),
                "Smallest payload that the compression `zlib` compresses; smaller ones are sent as they are.",
            ),
            workers: section.get_derived(
                "workers",
                std::thread::available_parallelism().map_or(1, usize::from).min(Self::MAX_WORKERS),
                "the number of CPUs",
                "Threads of the consumer that decode.",
            ),
            bounds: Bounds::read(section),
            trailing: section.get(
                "trailing",
                TrailingBytes::Ignore,
                "What the consumer does with bytes behind a value: `ignore` counts them, `refuse` makes the record undecodable.",
            ),
            reader_schema: section.get(
                "reader_schema",
                reader::Reader::Writer,
                "Avro schema that the consumer reads records as: `writer` is the one each was written with, `latest` the newest version of `registry.schema_name` when the consumer starts, anything else a file. `consumer decode` has its own option, `--reader-schema`.",
            ),
            allowed_schemas: allowed_schemas(section),
            foreign: ForeignConfig::read(section),
        };
        config.check(section);
        config
    }

    fn check(&self, section: &mut Section<'_>) {
        if !(1..=Self::MAX_WORKERS).contains(&self.workers) {
            section.problem(
                "workers",
                format!("there may be 1 to {} workers", Self::MAX_WORKERS),
            );
        }
        if self.compression_level > 9 {
            section.problem("compression_level", "zlib has the levels 0 to 9");
        }
        if self.message.is_some() && self.format != Format::Protobuf {
            section.problem(
                "message",
                "it is used under codec.format = \"protobuf\" only",
            );
        }
    }

    /// The format that records are written in.
    pub const fn data_format(&self) -> DataFormat {
        self.format.data_format()
    }

    /// The bounds on one record.
    pub fn limits(&self) -> Limits {
        self.bounds.limits()
    }

    /// Reads the schemas in files that records are read with, before anything is opened and anything connects.
    ///
    /// # Errors
    /// 78, and what is wrong with every one of them.
    pub fn schema_files(&self) -> Result<(Option<ReaderSchema>, ForeignValues), Failure> {
        files::both(
            self.reader_schema.from_file("codec.reader_schema"),
            self.foreign.values(self.limits()),
        )
    }

    /// How records are written.
    pub fn serializer_options(&self, unknown_fields: UnknownFields) -> SerializerOptions {
        SerializerOptions {
            compression: self.compression.codec(),
            deflate: DeflateOptions {
                level: self.compression_level,
                min_bytes: self.compression_min_bytes.bytes(),
            },
            limits: self.limits(),
            json: JsonIn {
                unknown_fields,
                ..JsonIn::default()
            },
            message: self.message.clone(),
        }
    }

    /// How records are read.
    pub fn deserializer_options(&self) -> DeserializerOptions {
        DeserializerOptions {
            trailing: match self.trailing {
                TrailingBytes::Ignore => Trailing::Ignore,
                TrailingBytes::Refuse => Trailing::Refuse,
            },
            validate: self.validate,
            ..DeserializerOptions::default()
        }
    }
}

fn allowed_schemas(section: &mut Section<'_>) -> AllowedSchemas {
    let patterns: Vec<String> = section.get(
        "allowed_schemas",
        Vec::new(),
        "Patterns of `registry/schema` whose records the consumer decodes, `*` for any characters; records of other schemas count as undecodable, and so do those of versions that do not say whose they are, even under `*/*`. An empty list allows all.",
    );
    AllowedSchemas::new(patterns.iter().map(String::as_str)).unwrap_or_else(|error| {
        for error in error.0 {
            section.problem("allowed_schemas", error.to_string());
        }
        AllowedSchemas::default()
    })
}
