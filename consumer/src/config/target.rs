//! `target.*`: where the kafka sink writes to, and with which schema.
//!
//! What is not set has the value of the same key of `kafka.*`, `registry.*` and `codec.*`.

use super::{SinkConfig, SinkKind, UnknownFields};
use client::codec::CodecConfig;
use client::config::KafkaConfig;
use client::registry::RegistryConfig;
use runtime::config::{Reader, Section};

/// Keys that only a reader of the topic has a use for, or that the sink has none for, by their parts.
const OF_OTHERS: [(&str, &[&str]); 3] = [
    ("kafka", &["group_id", "delivery_timeout"]),
    (
        "registry",
        &[
            "on_failure",
            "latest_ttl",
            "cache_entries",
            "negative_ttl",
            "lookups_per_second",
            "cache_ttl",
            "max_calls",
            "prewarm",
            "snapshot",
        ],
    ),
    (
        "codec",
        &[
            "validate",
            "workers",
            "trailing",
            "reader_schema",
            "allowed_schemas",
            "foreign",
            "foreign_schema_file",
            "foreign_format",
            "foreign_framing",
        ],
    ),
];

/// `target.*`
#[derive(Clone, Debug)]
pub struct TargetConfig {
    /// `target.kafka.*`; its topic is the first of those that are written to.
    pub kafka: KafkaConfig,
    /// All topics that are written to, one a sink.
    pub topics: Vec<String>,
    /// What happens to fields that the schema does not have.
    pub unknown_fields: UnknownFields,
    /// `target.registry.*`
    pub registry: RegistryConfig,
    /// `target.codec.*`
    pub codec: CodecConfig,
}

impl TargetConfig {
    /// Reads the section for a sink that needs it; for others it is left unread.
    pub(super) fn read(
        reader: &mut Reader,
        binary: &'static str,
        source: &KafkaConfig,
        sinks: &[&SinkConfig],
    ) -> Option<Self> {
        let mut target = reader.section("target");
        let topic: Option<String> = target.get_optional(
            "kafka.topic",
            "The topic that the kafka sink writes to. All other keys of `target.kafka` are those of `kafka`, and have their values where they are not set.",
        );
        target.get_derived(
            "registry.schema_name",
            "topic-value".to_owned(),
            "by `target.registry.schema_naming`",
            "Name of the schema that the kafka sink writes with. All other keys of `target.registry` are those of `registry`, and have their values where they are not set; the same goes for `target.codec`.",
        );
        let writing = sinks.iter().filter(|sink| sink.kind == SinkKind::Kafka);
        let writing: Vec<_> = writing.map(|sink| &sink.kafka).collect();
        let Some(first) = writing.first() else {
            reader.leave("target");
            return None;
        };
        let named = writing
            .iter()
            .map(|sink| sink.topic.clone().or_else(|| topic.clone()));
        let topics: Option<Vec<String>> = named.collect();
        let shown = topics.as_ref().map(|topics| topics[0].clone());
        let shown = shown.unwrap_or_default();
        if writing
            .iter()
            .any(|sink| sink.unknown_fields != first.unknown_fields)
        {
            let message = "all kafka sinks write with one schema, and treat fields that it has not alike: set the same sink.unknown_fields and sinks.*.unknown_fields";
            reader.section("sink").problem("unknown_fields", message);
        }
        let mut part = reader.section_over("target.kafka", "kafka", &["topic"]);
        let mut kafka = KafkaConfig::read_from(&mut part, binary);
        check_topics(topics.as_deref(), &kafka, source, &mut part);
        kafka.topic.clone_from(&shown);
        let mut part = reader.section_over("target.registry", "registry", &["schema_name"]);
        let registry = RegistryConfig::read_from(&mut part, &shown);
        check_schema(&registry, &mut part);
        let codec = CodecConfig::read_from(&mut reader.section_over("target.codec", "codec", &[]));
        refuse_others(reader);
        Some(Self {
            kafka,
            topics: topics.unwrap_or_default(),
            unknown_fields: first.unknown_fields,
            registry,
            codec,
        })
    }

    /// Whether both topics are known to be of one cluster: an address of one is one of the other's.
    pub fn is_of_same_cluster(&self, source: &KafkaConfig) -> bool {
        is_same_cluster(&self.kafka, source)
    }
}

fn is_same_cluster(one: &KafkaConfig, other: &KafkaConfig) -> bool {
    let servers = |config: &KafkaConfig| -> Vec<String> {
        let all = config.bootstrap_servers.split(',');
        all.map(|server| server.trim().to_ascii_lowercase())
            .collect()
    };
    let others = servers(other);
    servers(one).iter().any(|server| others.contains(server))
}

/// Each sink has a topic, and none is the one that is read.
fn check_topics(
    topics: Option<&[String]>,
    kafka: &KafkaConfig,
    source: &KafkaConfig,
    part: &mut Section<'_>,
) {
    match topics {
        None => part.problem("topic", "sink.kind is \"kafka\", so a topic is needed"),
        Some(topics) if topics.contains(&source.topic) && is_same_cluster(kafka, source) => {
            let message =
                "records would come back to the topic that is read (kafka.topic), without end";
            part.problem("topic", message);
        }
        Some(_) => {}
    }
}

/// There is a text to write with, and a name to find it by.
fn check_schema(registry: &RegistryConfig, part: &mut Section<'_>) {
    if !registry.supplies_text() && registry.schema_file.is_none() {
        let message = "a file with the schema is needed, or a target.registry.resolution that takes it from the registry";
        part.problem("schema_file", message);
    }
    if registry.names_record() {
        let message =
            "schemas of the target are not named after records: set target.registry.schema_name";
        part.problem("schema_naming", message);
    }
}

fn refuse_others(reader: &mut Reader) {
    let mut section = reader.section("target");
    for (part, keys) in OF_OTHERS {
        for key in keys {
            let path = format!("{part}.{key}");
            if section.is_set_here(&path) {
                section.problem(&path, "the kafka sink has no use for it");
            }
        }
    }
}
