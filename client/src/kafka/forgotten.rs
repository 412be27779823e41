//! A client that has forgotten every broker is given its first servers again.
//!
//! A cluster that comes back may say for a moment that it has no brokers. librdkafka then forgets them all, those that
//! were configured too, and would never connect again.

use super::native;
use rdkafka::Statistics;
use rdkafka::client::{Client, ClientContext};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a client knows no broker any more, as of its last statistics.
#[derive(Debug, Default)]
pub struct Forgotten(AtomicBool);

impl Forgotten {
    /// Looks at the client's statistics.
    pub fn look(&self, statistics: &Statistics) {
        let is_a_server = |source: &str| matches!(source, "configured" | "learned");
        let mut brokers = statistics.brokers.values();
        let is_lost = !brokers.any(|broker| is_a_server(&broker.source));
        self.0.store(is_lost, Ordering::Relaxed);
    }

    /// Gives the client its servers again if it knows none; to be called now and then by who owns it.
    pub fn reconnect<C: ClientContext>(&self, client: &Client<C>, servers: &str) {
        if self.0.swap(false, Ordering::Relaxed) {
            native::add_brokers(client, servers);
            tracing::warn!(
                servers,
                "kafka: the cluster said that it has no brokers; connecting anew"
            );
        }
    }
}
