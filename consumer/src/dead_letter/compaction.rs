//! Whether the topic of dead letters is compacted: then a letter without a value deletes all others of its key.

use std::sync::Arc;
use std::time::Duration;

use client::config::KafkaConfig;
use client::kafka::auth::token::{Authenticated, Tokens};
use client::kafka::settings;
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfig as _;

/// How long the cluster may take to tell.
const PATIENCE: Duration = Duration::from_secs(5);

/// Warns if the topic is compacted; says nothing where the cluster does not tell.
pub(crate) async fn warn(kafka: KafkaConfig, topic: String, tokens: Option<Arc<Tokens>>) {
    let policy = policy(&kafka, &topic, tokens.as_ref()).await;
    if policy.is_some_and(|policy| is_compacted(&policy)) {
        tracing::warn!(
            topic,
            "the topic of dead letters is compacted (cleanup.policy): a newer letter of the same key deletes the older one; set it to delete"
        );
    }
}

/// The topic's `cleanup.policy`, if the cluster tells it.
async fn policy(kafka: &KafkaConfig, topic: &str, tokens: Option<&Arc<Tokens>>) -> Option<String> {
    let admin: AdminClient<DefaultClientContext> =
        AdminClient::from_config(&settings::admin(kafka)).ok()?;
    let admin = Authenticated::new(admin, tokens);
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let topic = [ResourceSpecifier::Topic(topic)];
    let answers = admin.describe_configs(&topic, &options).await.ok()?;
    let resource = answers.into_iter().next()?.ok()?;
    resource.get("cleanup.policy")?.value.clone()
}

fn is_compacted(policy: &str) -> bool {
    policy.split(',').any(|part| part.trim() == "compact")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_compacted_if_compaction_is_among_its_policies() {
        for policy in ["compact", "compact,delete", "delete, compact"] {
            assert!(is_compacted(policy), "{policy}");
        }
        for policy in ["delete", "", "compacted"] {
            assert!(!is_compacted(policy), "{policy}");
        }
    }
}
