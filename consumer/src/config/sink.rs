//! `sink.*`: where values go, and in which pieces.

use super::http::HttpConfig;
use client::config::{TOPIC_NAME, is_topic_name};
use common::view::View;
use runtime::config::{Reader, Section, Size, Value};
use std::path::PathBuf;
use std::time::Duration;

/// Longer, and a batch would look like a consumer that stands still.
const LONGEST_BATCH: Duration = Duration::from_mins(5);
/// The shortest time that a file may stay open: each one costs a request, and readers like few large ones.
const SHORTEST_FILE: Duration = Duration::from_secs(1);

runtime::choice! {
    /// Where values go.
    pub enum SinkKind {
        /// One JSON object a line on stdout.
        Stdout = "stdout",
        /// One JSON object a line, appended to a file.
        File = "file",
        /// Files in a bucket of S3 or in a folder, each record in one of them once.
        ObjectStore = "object_store",
        /// Records of another topic, encoded anew.
        Kafka = "kafka",
        /// Requests to a webhook.
        Http = "http",
    }
}

runtime::choice! {
    /// What happens to fields that the target's schema does not have.
    pub enum UnknownFields {
        /// Records with such fields do not fit.
        Refuse = "refuse",
        /// Such fields are left out.
        Ignore = "ignore",
    }
}

impl UnknownFields {
    /// The codec's own value.
    pub const fn codec(self) -> common::avro::UnknownFields {
        match self {
            Self::Refuse => common::avro::UnknownFields::Refuse,
            Self::Ignore => common::avro::UnknownFields::Ignore,
        }
    }
}

/// `sink.*` of the sink of another topic.
#[derive(Clone, Debug)]
pub struct KafkaSinkConfig {
    /// The topic, in place of `target.kafka.topic`.
    pub topic: Option<String>,
    /// What happens to fields that its schema does not have.
    pub unknown_fields: UnknownFields,
}

impl KafkaSinkConfig {
    fn read(sink: &mut Section<'_>) -> Self {
        let config = Self {
            topic: sink.get_optional(
                "topic",
                "The topic that the kafka sink writes to, in place of `target.kafka.topic`.",
            ),
            unknown_fields: sink.get(
                "unknown_fields",
                UnknownFields::Refuse,
                "What the kafka sink does with a value that has fields which the target's schema does not have: `refuse` makes it undecodable, `ignore` leaves them out. From Avro to Avro they are left out, by Avro's rules.",
            ),
        };
        if config
            .topic
            .as_deref()
            .is_some_and(|topic| !is_topic_name(topic))
        {
            sink.problem("topic", TOPIC_NAME);
        }
        config
    }
}

runtime::choice! {
    /// What is in the files of the object store.
    pub enum Format {
        /// Apache Parquet, of Avro records.
        Parquet = "parquet",
        /// Apache Avro's container files, of Avro records.
        Avro = "avro",
        /// One JSON object a line.
        Ndjson = "ndjson",
    }
}

runtime::choice! {
    /// How those files are compressed.
    pub enum Compression {
        /// Not at all.
        None = "none",
        /// gzip.
        Gzip = "gzip",
        /// Zstandard.
        Zstd = "zstd",
    }
}

/// Into which folders records are parted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionBy {
    /// None.
    None,
    /// One a day of their timestamps, in UTC.
    Date,
    /// One an hour, in that of its day.
    Hour,
    /// One a value of the field at this path.
    Field(String),
}

impl PartitionBy {
    /// The field that decides, if one does.
    pub(crate) fn field(&self) -> Option<&str> {
        match self {
            Self::Field(path) => Some(path),
            Self::None | Self::Date | Self::Hour => None,
        }
    }
}

impl Value for PartitionBy {
    const KIND: &'static str = "`none`, `date`, `hour` or `field:PATH`";

    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("field", path)) => {
                View::of([path.to_owned()]).map_err(|error| error.to_string())?;
                Ok(Self::Field(path.to_owned()))
            }
            None if text == "none" => Ok(Self::None),
            None if text == "date" => Ok(Self::Date),
            None if text == "hour" => Ok(Self::Hour),
            _ => Err(format!("expected {}", Self::KIND)),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::None => "none".to_owned().show(),
            Self::Date => "date".to_owned().show(),
            Self::Hour => "hour".to_owned().show(),
            Self::Field(path) => format!("field:{path}").show(),
        }
    }
}

/// `sink.url`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A bucket of S3 and what all its keys begin with, which may be nothing.
    Bucket {
        /// Its name.
        bucket: String,
        /// Without slashes at its ends.
        prefix: String,
    },
    /// A folder.
    Folder(PathBuf),
}

impl Value for Place {
    const KIND: &'static str = "`s3://BUCKET/PREFIX` or a folder";

    fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("s3://") else {
            if text.contains("://") {
                return Err("there are buckets of S3 (`s3://…`) and folders".to_owned());
            }
            return PathBuf::parse(text).map(Self::Folder);
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        if bucket.is_empty() {
            return Err("a bucket has a name".to_owned());
        }
        if prefix.split('/').any(|part| matches!(part, "." | "..")) || prefix.contains("//") {
            return Err("parts of a prefix are not empty, `.` or `..`".to_owned());
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    fn show(&self) -> String {
        match self {
            Self::Bucket { bucket, prefix } if prefix.is_empty() => format!("s3://{bucket}").show(),
            Self::Bucket { bucket, prefix } => format!("s3://{bucket}/{prefix}").show(),
            Self::Folder(path) => path.show(),
        }
    }
}

/// `sink.batch_*`: what goes to the sink at once, of one partition.
#[derive(Clone, Copy, Debug)]
pub struct BatchConfig {
    /// Records, at most.
    pub records: usize,
    /// Their bytes as they came from Kafka, at most (one record may be larger).
    pub bytes: Size,
    /// How long a batch may wait for more records.
    pub time: Duration,
}

/// `sink.*` of the object store.
#[derive(Clone, Debug)]
pub struct ObjectConfig {
    /// The bucket or the folder.
    pub place: Option<Place>,
    /// The region of the bucket, where the SDK's own settings do not say it.
    pub region: Option<String>,
    /// Another service than AWS's own.
    pub endpoint: Option<String>,
    /// What is in its files.
    pub format: Format,
    /// How they are compressed.
    pub compression: Compression,
    /// Their folders.
    pub partition_by: PartitionBy,
    /// Records of a file, about.
    pub file_records: usize,
    /// Bytes of a file, about.
    pub file_bytes: Size,
    /// How long a file stays open.
    pub file_time: Duration,
    /// Memory of all files that are open.
    pub open_bytes: Size,
}

/// `sink.*` of the file sink.
#[derive(Clone, Copy, Debug)]
pub struct FileConfig {
    /// The size from which on the file is put aside.
    pub bytes: Option<Size>,
    /// The time after which it is.
    pub time: Option<Duration>,
    /// How files that were put aside are compressed.
    pub compression: Compression,
    /// Whether each write is on the disk before offsets move.
    pub fsync: bool,
}

impl Default for FileConfig {
    fn default() -> Self {
        Self {
            bytes: None,
            time: None,
            compression: Compression::Zstd,
            fsync: false,
        }
    }
}

impl FileConfig {
    /// Whether there is a size or a time.
    pub const fn is_rotated(&self) -> bool {
        self.bytes.is_some() || self.time.is_some()
    }

    fn read(sink: &mut Section<'_>, compression: Compression) -> Self {
        let config = Self {
            bytes: sink.get_optional(
                "rotate_bytes",
                "The file of the file sink is put aside, as `<path>.20260131T093000Z`, before it has more bytes, and another one begun.",
            ),
            time: sink.get_optional(
                "rotate_time",
                "It is put aside by the first record that comes so long after its beginning.",
            ),
            compression,
            fsync: sink.get(
                "fsync",
                false,
                "Whether each write of the file sink is on the disk before offsets move: then the machine may fail too, not only the process.",
            ),
        };
        if config.bytes.is_some_and(|bytes| bytes.0 == 0) {
            sink.problem("rotate_bytes", "a file has at least 1B");
        }
        if config.time.is_some_and(|time| time < SHORTEST_FILE) {
            sink.problem("rotate_time", "a file is written to for at least 1s");
        }
        config
    }
}

/// `sink.*`
#[derive(Clone, Debug)]
pub struct SinkConfig {
    /// Where values go.
    pub kind: SinkKind,
    /// The file of the file sink.
    pub path: Option<PathBuf>,
    /// How it is kept.
    pub file: FileConfig,
    /// The object store's.
    pub object: ObjectConfig,
    /// The kafka sink's.
    pub kafka: KafkaSinkConfig,
    /// The webhook's.
    pub http: Option<HttpConfig>,
    /// `sink.batch_*`
    pub batch: BatchConfig,
}

impl SinkConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut sink = reader.section("sink");
        let batch = BatchConfig::read(&mut sink);
        Self::read_named(&mut sink, batch)
    }

    /// Reads one of several sinks, whose batches are those of all.
    pub(super) fn read_named(sink: &mut Section<'_>, batch: BatchConfig) -> Self {
        let kind = sink.get("kind", SinkKind::Stdout, "Where the consumer's values go.");
        let path = sink.get_optional("path", "The file that the file sink appends to.");
        let object = ObjectConfig::read(sink);
        let config = Self {
            kind,
            path,
            file: FileConfig::read(sink, object.compression),
            object,
            kafka: KafkaSinkConfig::read(sink),
            http: HttpConfig::read(sink, kind == SinkKind::Http),
            batch,
        };
        match config.kind {
            SinkKind::File if config.path.is_none() => {
                sink.problem("path", "sink.kind is \"file\", so a file is needed");
            }
            SinkKind::ObjectStore if config.object.place.is_none() => {
                let message = "sink.kind is \"object_store\", so a bucket or a folder is needed";
                sink.problem("url", message);
            }
            _ => {}
        }
        config
    }
}

impl ObjectConfig {
    fn read(sink: &mut Section<'_>) -> Self {
        let config = Self {
            place: sink.get_optional(
                "url",
                "Where the object store's files go: a bucket of S3 and a prefix, or a folder. One consumer group writes there, and nobody else.",
            ),
            region: sink.get_optional(
                "region",
                "The region of the bucket; without it the AWS SDK's own settings.",
            ),
            endpoint: sink.get_optional(
                "endpoint",
                "Another service that speaks S3, such as `http://localhost:9000`; without it `AWS_ENDPOINT_URL_S3`, and AWS.",
            ),
            format: sink.get(
                "format",
                Format::Parquet,
                "What is in the object store's files; Parquet and Avro take Avro records only.",
            ),
            compression: sink.get(
                "compression",
                Compression::Zstd,
                "How the object store's files are compressed, and those that the file sink has put aside.",
            ),
            partition_by: sink.get(
                "partition_by",
                PartitionBy::Date,
                "The folders that records are parted into: by their timestamps in UTC (`date=2026-01-31`, and in it `hour=09`), or by the value of a field, such as `field:customer.country` (`customer.country=AU`).",
            ),
            file_records: sink.get(
                "file_records",
                1_000_000,
                "A file is closed, and with it all of its Kafka partition's, when it has so many records.",
            ),
            file_bytes: sink.get(
                "file_bytes",
                Size::mib(64),
                "A file is closed when it has so many bytes, about.",
            ),
            file_time: sink.get(
                "file_time",
                Duration::from_mins(1),
                "A file is closed when it has been open for so long; offsets move only then.",
            ),
            open_bytes: sink.get(
                "open_bytes",
                Size::mib(64),
                "Memory that all open files take, about: beyond it those of the partition with the most are closed.",
            ),
        };
        config.check(sink);
        config
    }

    fn check(&self, sink: &mut Section<'_>) {
        if self.file_records == 0 {
            sink.problem("file_records", "a file has at least 1 record");
        }
        if self.file_bytes.0 == 0 {
            sink.problem("file_bytes", "a file has at least 1B");
        }
        if self.file_time < SHORTEST_FILE {
            sink.problem("file_time", "a file stays open for at least 1s");
        }
        if self.open_bytes.0 == 0 {
            sink.problem("open_bytes", "open files take at least 1B");
        }
    }
}

impl BatchConfig {
    fn read(sink: &mut Section<'_>) -> Self {
        let config = Self {
            records: sink.get(
                "batch_records",
                1000,
                "Records of a partition that go to the sink at once, at most.",
            ),
            bytes: sink.get(
                "batch_bytes",
                Size::kib(256),
                "Bytes of those records as they came from Kafka, at most (one record may be larger).",
            ),
            time: sink.get(
                "batch_time",
                Duration::ZERO,
                "How long records may wait for a batch to fill; `0s` hands on what is there as soon as nothing more is.",
            ),
        };
        if config.records == 0 {
            sink.problem("batch_records", "a batch has at least 1 record");
        }
        if config.bytes.0 == 0 {
            sink.problem("batch_bytes", "a batch has at least 1B");
        }
        if config.time > LONGEST_BATCH {
            sink.problem("batch_time", "a batch cannot wait longer than 5min");
        }
        config
    }
}
