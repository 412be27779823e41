//! What the consumer reads from the configuration.

use crate::bounds::{Start, Until};
use client::codec::CodecConfig;
use client::config::KafkaConfig;
use client::dead_letter::DeadLetterConfig;
use client::kafka::group::GroupConfig;
use client::reader::Reader::Latest;
use client::registry::{RegistryConfig, Warm};
use runtime::config::{Admin, Base, Config, Reader, Section, Size};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Longer, and a batch would look like a consumer that stands still.
const LONGEST_BATCH: Duration = Duration::from_mins(5);
/// The admin port's default.
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9465);

runtime::choice! {
    /// Where values go.
    pub enum SinkKind {
        /// One JSON object a line on stdout.
        Stdout = "stdout",
        /// One JSON object a line, appended to a file.
        File = "file",
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

/// `sink.*`
#[derive(Clone, Debug)]
pub struct SinkConfig {
    /// Where values go.
    pub kind: SinkKind,
    /// The file of the file sink.
    pub path: Option<PathBuf>,
    /// `sink.batch_*`
    pub batch: BatchConfig,
}

/// `consumer.*`: the bounds of what is between Kafka and the sink.
#[derive(Clone, Copy, Debug)]
pub struct FlowConfig {
    /// Records read and not yet acknowledged by the sink.
    pub in_flight_records: usize,
    /// Their bytes, as they came from Kafka.
    pub in_flight_bytes: Size,
}

/// `consumer.*`: where reading begins and ends.
#[derive(Clone, Debug)]
pub struct BoundsConfig {
    /// Where a group without members begins.
    pub start: Start,
    /// Where reading ends, if it does.
    pub until: Option<Until>,
}

/// Everything the consumer is configured by.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// `kafka.*`
    pub kafka: KafkaConfig,
    /// `registry.*`
    pub registry: RegistryConfig,
    /// `codec.*`
    pub codec: CodecConfig,
    /// `sink.*`
    pub sink: SinkConfig,
    /// `dead_letter.*`
    pub dead_letter: DeadLetterConfig,
    /// `consumer.*`
    pub flow: FlowConfig,
    /// `consumer.*`
    pub bounds: BoundsConfig,
    /// `consumer.*`
    pub group: GroupConfig,
    /// `admin.*`
    pub admin: Admin,
    /// `log.*`, `startup.*`, `shutdown.*`
    pub base: Base,
}

impl Config for ConsumerConfig {
    const BINARY: &'static str = "consumer";

    fn read(reader: &mut Reader) -> Self {
        let kafka = KafkaConfig::read(reader, Self::BINARY);
        let registry = RegistryConfig::read(reader, &kafka.topic);
        let codec = CodecConfig::read(reader);
        let is_latest = |warm: &Warm| matches!(warm, Warm::Latest(_));
        let asks_for_latest =
            codec.reader_schema == Latest || registry.cache.prewarm.iter().any(is_latest);
        if asks_for_latest && registry.names_record() {
            let message = "records do not say which schema is the newest: set registry.schema_name";
            reader.section("registry").problem("schema_naming", message);
        }
        Self {
            registry,
            codec,
            sink: SinkConfig::read(reader),
            dead_letter: DeadLetterConfig::read(reader, &kafka.topic),
            flow: FlowConfig::read(reader),
            bounds: BoundsConfig::read(reader),
            group: GroupConfig::read(&mut reader.section("consumer"), &kafka.properties),
            kafka,
            admin: Admin::read(reader, ADMIN),
            base: Base::read(reader),
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&Admin> {
        Some(&self.admin)
    }

    fn listen(&self) -> SocketAddr {
        self.admin.listen
    }
}

impl SinkConfig {
    fn read(reader: &mut Reader) -> Self {
        let mut sink = reader.section("sink");
        let config = Self {
            kind: sink.get("kind", SinkKind::Stdout, "Where the consumer's values go."),
            path: sink.get_optional("path", "The file that the file sink appends to."),
            batch: BatchConfig::read(&mut sink),
        };
        if config.kind == SinkKind::File && config.path.is_none() {
            sink.problem("path", "sink.kind is \"file\", so a file is needed");
        }
        config
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

impl BoundsConfig {
    fn read(reader: &mut Reader) -> Self {
        let mut section = reader.section("consumer");
        let config = Self {
            start: section.get(
                "start",
                Start::Committed,
                "Where a group without members begins to read, each time its first member starts; where nothing is committed, `committed` is `earliest`.",
            ),
            until: section.get_optional(
                "until",
                "Where reading ends, as of the start: the consumer then ends with 0. A time is that of the first record that is not wanted.",
            ),
        };
        if let Some(Until::Time(time)) = config.until
            && time.lies_ahead()
        {
            section.problem(
                "until",
                "this time is still to come; only what is there can be read to an end",
            );
        }
        config
    }
}

impl FlowConfig {
    fn read(reader: &mut Reader) -> Self {
        let mut section = reader.section("consumer");
        let config = Self {
            in_flight_records: section.get(
                "in_flight_records",
                50_000,
                "Records read from Kafka and not yet acknowledged by the sink, at most.",
            ),
            in_flight_bytes: section.get(
                "in_flight_bytes",
                Size::mib(32),
                "Bytes of those records as they came from Kafka, at most (one record may be larger); the copies that dead letters on their way are may take as much again.",
            ),
        };
        if config.in_flight_records == 0 {
            section.problem("in_flight_records", "at least 1 record has to be in flight");
        }
        if config.in_flight_bytes.0 == 0 {
            section.problem("in_flight_bytes", "at least 1B has to be in flight");
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use runtime::config::Sources;

    use super::*;

    #[test]
    fn the_newest_versions_of_a_schema_without_a_name_cannot_be_asked_for() {
        let naming = ("registry.schema_naming", "record-name");
        let load = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().copied().chain([naming]);
            Reader::load::<ConsumerConfig>(&Sources::from_pairs(pairs)).map(drop)
        };
        let latest = ("registry.prewarm", "[\"latest 2\"]");
        for asking in [latest, ("codec.reader_schema", "latest")] {
            let problems = load(&[asking]).unwrap_err().to_string();
            assert!(problems.contains("set registry.schema_name"), "{problems}");
        }
        let id = "[\"75db6fea-2b3f-4283-8abc-805f5381fee9\"]";
        load(&[("registry.prewarm", id)]).unwrap();
        load(&[latest, ("registry.schema_name", "s")]).unwrap();
    }
}
