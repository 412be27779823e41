//! `kafka.*`: how both daemons reach the cluster.

use crate::kafka::auth::AuthConfig;
use crate::kafka::settings;
use runtime::config::{Reader, Section};
use std::collections::BTreeMap;
use std::time::Duration;

/// librdkafka counts milliseconds in 31 bits.
const LONGEST_DELIVERY: Duration = Duration::from_hours(24 * 24);

/// The `kafka` section.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// Addresses to find the cluster by.
    pub bootstrap_servers: String,
    /// The topic that records are written to or read from.
    pub topic: String,
    /// The consumer's group.
    pub group_id: String,
    /// The name that brokers log and count the client by.
    pub client_id: String,
    /// How the clients prove who they are.
    pub auth: AuthConfig,
    /// How long librdkafka tries to deliver a record before it gives up.
    pub delivery_timeout: Duration,
    /// librdkafka's own settings, as given.
    pub properties: BTreeMap<String, String>,
}

impl KafkaConfig {
    /// Reads the section for `binary`.
    pub fn read(reader: &mut Reader, binary: &'static str) -> Self {
        Self::read_from(&mut reader.section("kafka"), binary)
    }

    /// Reads the keys from a section that has them.
    pub fn read_from(kafka: &mut Section<'_>, binary: &'static str) -> Self {
        let config = Self {
            bootstrap_servers: kafka.get(
                "bootstrap_servers",
                "localhost:9092".to_owned(),
                "Brokers to find the cluster by, `host:port`, comma-separated.",
            ),
            topic: kafka.get(
                "topic",
                "orders".to_owned(),
                "The topic that the producer writes and the consumer reads.",
            ),
            group_id: kafka.get(
                "group_id",
                "orders-group-01".to_owned(),
                "The consumer's group.",
            ),
            client_id: kafka.get_derived(
                "client_id",
                format!("gluestream-{binary}"),
                "`gluestream-producer`, `gluestream-consumer`",
                "The name that brokers log and count this client by.",
            ),
            auth: AuthConfig::read(kafka),
            delivery_timeout: kafka.get(
                "delivery_timeout",
                Duration::from_mins(30),
                "How long a record may wait for its acknowledgement before delivery has failed.",
            ),
            properties: kafka.map(
                "properties",
                "librdkafka's own settings by their own names; those that carry a guarantee are refused. In the environment `_` stands for `.`.",
            ),
        };
        config.check(kafka);
        config
    }

    fn check(&self, kafka: &mut Section<'_>) {
        if self.bootstrap_servers.trim().is_empty() {
            kafka.problem("bootstrap_servers", "at least one broker is needed");
        }
        if !is_topic_name(&self.topic) {
            kafka.problem("topic", TOPIC_NAME);
        }
        if self.group_id.is_empty() {
            kafka.problem("group_id", "a group needs a name");
        }
        if self.delivery_timeout < Duration::from_secs(1) {
            kafka.problem(
                "delivery_timeout",
                "less than 1s would give up records that are well under way",
            );
        }
        if self.delivery_timeout > LONGEST_DELIVERY {
            kafka.problem(
                "delivery_timeout",
                "librdkafka can wait at most 24 days (`576h`)",
            );
        }
        for (name, value) in &self.properties {
            if let Err(message) = settings::check_property(name, value) {
                kafka.problem(&format!("properties.{name}"), message);
            }
        }
    }
}

/// Reports names of a topic's settings under `config` that Kafka cannot have.
pub fn check_topic_settings(section: &mut Section<'_>, settings: &BTreeMap<String, String>) {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.';
    for name in settings.keys() {
        if name.is_empty() || !name.bytes().all(legal) {
            let message = "a topic's setting is named like `retention.ms`: lower-case letters, digits and `.`";
            section.problem(&format!("config.{name}"), message);
        }
    }
}

/// What [`is_topic_name`] wants, for a message.
pub const TOPIC_NAME: &str = "a topic name has 1 to 249 letters, digits, `.`, `_` or `-`";

/// Whether Kafka accepts the name of a topic.
pub fn is_topic_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=249).contains(&name.len()) && name != "." && name != ".." && name.bytes().all(legal)
}
