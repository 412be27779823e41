//! What the consumer reads from the configuration.

mod http;
mod route;
mod sink;
mod target;
mod transform;

use crate::bounds::{Start, Until};
use client::codec::CodecConfig;
use client::config::KafkaConfig;
use client::dead_letter::DeadLetterConfig;
use client::foreign::Foreign;
use client::kafka::group::GroupConfig;
use client::reader::Reader::Latest;
use client::registry::{RegistryConfig, Warm};
pub use http::{HttpBody, HttpCompression, HttpConfig, OnRefusal, Receiver, SigningKey};
pub use route::{Destination, RouteConfig};
use runtime::config::{Admin, Base, Config, Reader, Size};
pub use sink::{
    BatchConfig, Compression, FileConfig, Format, KafkaSinkConfig, ObjectConfig, PartitionBy,
    Place, SinkConfig, SinkKind, UnknownFields,
};
use std::net::{Ipv4Addr, SocketAddr};
pub use target::TargetConfig;
pub use transform::TransformConfig;

/// The admin port's default.
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9465);

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
    /// `transform.*`
    pub transform: TransformConfig,
    /// `sink.*`
    pub sink: SinkConfig,
    /// `sinks.*`, in the order of their names.
    pub sinks: Vec<SinkConfig>,
    /// `route.*`
    pub route: Option<RouteConfig>,
    /// `target.*`, where the sink needs it.
    pub target: Option<TargetConfig>,
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

impl ConsumerConfig {
    /// The sink of `sink.*`, and behind it those of `sinks.*`.
    pub fn all_sinks(&self) -> impl Iterator<Item = &SinkConfig> {
        std::iter::once(&self.sink).chain(&self.sinks)
    }

    /// The field by whose value the object store's files are parted.
    pub(crate) fn partition_field(&self) -> Option<&str> {
        let mut stores = self.all_sinks();
        let store = stores.find(|sink| sink.kind == SinkKind::ObjectStore)?;
        store.object.partition_by.field()
    }
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
        let transform = TransformConfig::read(reader);
        let sink = SinkConfig::read(reader);
        let (sinks, route) = route::read(reader, &sink);
        let all: Vec<_> = std::iter::once(&sink).chain(&sinks).collect();
        let target = TargetConfig::read(reader, Self::BINARY, &kafka, &all);
        let parts = all
            .iter()
            .any(|sink| sink.object.partition_by.field().is_some());
        let looks = !transform.is_empty() || route.is_some() || parts;
        if looks && codec.foreign.policy == Foreign::Pass {
            let message = "values that pass as they are have no fields to go by, and would pass with all they have: set codec.foreign to \"decode\" or \"reject\" beside transform.*, route.* and a field in sink.partition_by";
            reader.section("codec").problem("foreign", message);
        }
        Self {
            registry,
            codec,
            transform,
            target,
            sink,
            sinks,
            route,
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
