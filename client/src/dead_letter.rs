//! The section `dead_letter.*`: what becomes of a record that cannot be decoded.
//!
//! The consumer follows it; the producer's `topics ensure` creates the topic.

use std::collections::BTreeMap;

use runtime::choice;
use runtime::config::Reader;

use crate::config::{TOPIC_NAME, check_topic_settings, is_topic_name};

choice! {
    /// What happens to a record that cannot be decoded.
    pub enum DeadLetterPolicy {
        /// It goes to the topic of dead letters, and only then its offset moves.
        Topic = "topic",
        /// It is logged and skipped.
        Log = "log",
        /// The daemon ends with 65, and the record's offset is not committed.
        Stop = "stop",
    }
}

/// `dead_letter.*`
#[derive(Clone, Debug)]
pub struct DeadLetterConfig {
    /// What happens to a record that cannot be decoded; unless it is said, that depends on whether the topic exists.
    pub policy: Option<DeadLetterPolicy>,
    /// The topic of dead letters.
    pub topic: String,
    /// Settings that the topic is created with, by Kafka's own names.
    pub config: BTreeMap<String, String>,
    /// The breaker's bound in percent, 1 to 100; 100 never breaks.
    pub max_percent: u32,
    /// The number of records that the bound is of.
    pub window: u32,
}

impl DeadLetterConfig {
    /// Reads the section for a source topic.
    pub fn read(reader: &mut Reader, source: &str) -> Self {
        let mut section = reader.section("dead_letter");
        let policy = section.get_optional(
            "policy",
            "What happens to a record that cannot be decoded for sure: `topic` sends it to `dead_letter.topic` and moves its offset only then, `log` skips it, `stop` ends the consumer with 65 before its offset is committed. When not set: `topic` if that topic exists when the consumer starts, otherwise `stop`.",
        );
        let topic = section.get_derived(
            "topic",
            format!("{source}-dead-letters"),
            "`<topic>-dead-letters`",
            "Topic of dead letters; `producer topics ensure` creates it beside `kafka.topic`.",
        );
        let config = Self {
            policy,
            topic,
            config: section.map(
                "config",
                "Settings of that topic by Kafka's own names, over those that it needs: `cleanup.policy` = `delete`, and room for the largest record of `kafka.topic` in `max.message.bytes`. In the environment `_` stands for `.`.",
            ),
            max_percent: section.get(
                "max_percent",
                50,
                "The consumer ends with 65 when more than so many percent of the last `window` records cannot be decoded and `policy` is `topic` or `log`: then a roll-out has gone wrong, and not a record; 100 never ends it.",
            ),
            window: section.get(
                "window",
                1000,
                "The number of records that `max_percent` is of.",
            ),
        };
        if !is_topic_name(&config.topic) {
            section.problem("topic", TOPIC_NAME);
        } else if config.topic == source {
            let message = "dead letters cannot go to the topic they come from";
            section.problem("topic", message);
        }
        check_topic_settings(&mut section, &config.config);
        let cleanup = config.config.get("cleanup.policy");
        if cleanup.is_some_and(|policy| policy.contains("compact")) {
            let message = "compaction would remove dead letters for later ones of their key";
            section.problem("config.cleanup.policy", message);
        }
        if !(1..=100).contains(&config.max_percent) {
            section.problem("max_percent", "it must be from 1 to 100");
        }
        if config.window == 0 {
            section.problem("window", "at least 1 record has to be looked at");
        }
        config
    }
}
