//! What the consumer reads from the configuration.

use client::codec::CodecConfig;
use client::config::KafkaConfig;
use client::dead_letter::DeadLetterConfig;
use client::reader::Reader::Latest;
use client::registry::{RegistryConfig, Warm};
use runtime::config::{Admin, Base, Config, Reader, Size};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

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

/// `sink.*`
#[derive(Clone, Debug)]
pub struct SinkConfig {
    /// Where values go.
    pub kind: SinkKind,
    /// The file of the file sink.
    pub path: Option<PathBuf>,
}

/// `consumer.*`: the bounds of what is between Kafka and the sink.
#[derive(Clone, Copy, Debug)]
pub struct FlowConfig {
    /// Records read and not yet acknowledged by the sink.
    pub in_flight_records: usize,
    /// Their bytes, as they came from Kafka.
    pub in_flight_bytes: Size,
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
            kafka,
            flow: FlowConfig::read(reader),
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
        };
        if config.kind == SinkKind::File && config.path.is_none() {
            sink.problem("path", "sink.kind is \"file\", so a file is needed");
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
