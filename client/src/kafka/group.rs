//! How consumers share a topic's partitions: the group's protocol, the way of sharing, and who keeps a fixed place.

use super::settings::{default_to, millis};
use crate::config::KafkaConfig;
use rdkafka::ClientConfig;
use runtime::config::Section;
use std::collections::BTreeMap;
use std::time::Duration;

runtime::choice! {
    /// Who shares the partitions out.
    pub enum Protocol {
        /// One of the members.
        Classic = "classic",
        /// The brokers, from Kafka 4.0 on (KIP-848).
        Consumer = "consumer",
    }
}

runtime::choice! {
    /// How a member of a classic group shares the partitions out. All members need the same.
    pub enum Assignment {
        /// Evenly, and only the partitions that move stop being read.
        CooperativeSticky = "cooperative-sticky",
        /// In ranges of numbers; every partition stops being read while they are shared anew.
        Range = "range",
    }
}

/// How long a member may be silent before its partitions move; it also bounds how long a close may
/// wait for brokers that are gone, so it stays well below `shutdown.grace`.
const SESSION_TIMEOUT: Duration = Duration::from_secs(15);

/// Settings that the brokers decide under [`Protocol::Consumer`].
const BROKERS_OWN: [&str; 4] = [
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "partition.assignment.strategy",
    "group.protocol.type",
];

/// The group's part of `consumer.*`.
#[derive(Clone, Debug)]
pub struct GroupConfig {
    /// Who shares the partitions out.
    pub protocol: Protocol,
    /// How, in a classic group.
    pub assignment: Assignment,
    /// The member's name, if it keeps its partitions over a restart.
    pub instance_id: Option<String>,
}

impl GroupConfig {
    /// Reads the keys out of `consumer.*`.
    pub fn read(section: &mut Section<'_>, properties: &BTreeMap<String, String>) -> Self {
        let config = Self {
            protocol: section.get(
                "group_protocol",
                Protocol::Classic,
                "Who shares a group's partitions out: a member (`classic`), or the brokers from Kafka 4.0 on (`consumer`, KIP-848; the client's part of it is young).",
            ),
            assignment: section.get(
                "assignment",
                Assignment::CooperativeSticky,
                "How a classic group shares its partitions out. All members need the same; to change it, stop them all first.",
            ),
            instance_id: section.get_optional(
                "instance_id",
                "A name of its own for each member with a fixed place: it keeps its partitions over a restart. Not for services that scale; two members of one name push each other out.",
            ),
        };
        config.check(section, properties);
        config
    }

    fn check(&self, section: &mut Section<'_>, properties: &BTreeMap<String, String>) {
        if self.instance_id.as_ref().is_some_and(String::is_empty) {
            section.problem("instance_id", "a member needs a name, or no such key");
        }
        if self.protocol == Protocol::Classic {
            return;
        }
        section.used_only(
            "assignment",
            "consumer.group_protocol",
            false,
            "consumer.group_protocol = \"classic\"",
        );
        for name in BROKERS_OWN
            .iter()
            .filter(|name| properties.contains_key(**name))
        {
            let message = format!("the brokers decide {name}: take it out of kafka.properties");
            section.problem("group_protocol", message);
        }
    }

    /// Writes librdkafka's settings.
    pub(super) fn apply(&self, client: &mut ClientConfig, kafka: &KafkaConfig) {
        client.set("group.protocol", self.protocol.as_str());
        if self.protocol == Protocol::Classic {
            default_to(
                client,
                kafka,
                "partition.assignment.strategy",
                self.assignment.as_str(),
            );
            default_to(
                client,
                kafka,
                "session.timeout.ms",
                &millis(SESSION_TIMEOUT),
            );
        }
        if let Some(name) = &self.instance_id {
            client.set("group.instance.id", name);
        }
    }
}
