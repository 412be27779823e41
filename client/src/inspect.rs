//! The questions of `validate --connect` that both daemons ask: brokers, topics, groups, the registry.
//!
//! Each is put once and answered in words; nothing is written, created or joined anywhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::metrics::RegistryMetrics;
use common::registry::SchemaRegistry;
use rdkafka::client::Client;
use runtime::inspection::Inspection;
use runtime::lifecycle::{Exit, Failure, Tasks};

use crate::config::KafkaConfig;
use crate::connect;
use crate::kafka::asking::{Asking, Cluster};
use crate::kafka::native::rights::{self, Right, Unanswered};
use crate::kafka::settings;
use crate::registry::RegistryConfig;

/// How long brokers and registry may take to answer at all, if `startup.timeout` is not shorter.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer takes once they have.
const ONE_ANSWER: Duration = Duration::from_secs(5);
/// Time between two questions to a group's coordinator.
const PAUSE: Duration = Duration::from_millis(200);

/// How long is waited where `startup.timeout` allows more.
pub fn patience(startup_timeout: Duration) -> Duration {
    startup_timeout.min(PATIENCE)
}

/// What is asked of a cluster whose brokers answer. Its calls block.
#[derive(Clone, Debug)]
pub struct Kafka {
    cluster: Arc<Cluster>,
}

impl Kafka {
    /// Connects, and notes as `what` whether the brokers answer; nothing where they do not.
    pub async fn open(
        what: &'static str,
        config: &KafkaConfig,
        patience: Duration,
        tasks: &Tasks,
        inspection: &mut Inspection,
    ) -> Option<Self> {
        let answer = Self::reach(config, patience, tasks).await;
        inspection.note(what, answer)
    }

    async fn reach(
        config: &KafkaConfig,
        patience: Duration,
        tasks: &Tasks,
    ) -> Result<(Self, String), Failure> {
        let cluster = Cluster::open(config, &settings::admin(config), patience, tasks).await?;
        let cluster = Arc::new(cluster);
        let asked = Arc::clone(&cluster);
        let brokers = blocking(move || asked.brokers(patience)).await??;
        let said = format!("{brokers} answer at {}", config.bootstrap_servers);
        Ok((Self { cluster }, said))
    }

    /// Notes whether a topic is there and led, and whether we have these rights on it.
    pub async fn topic(
        &self,
        (what, topic): (&'static str, &str),
        needed: &'static [Right],
        inspection: &mut Inspection,
    ) {
        let (cluster, name) = (Arc::clone(&self.cluster), topic.to_owned());
        let found = blocking(move || cluster.partitions(&name, ONE_ANSWER)).await;
        let found = found.and_then(|found| found);
        let said = |partitions: usize| ((), format!("{topic} has {partitions} partitions"));
        if inspection.note(what, found.map(said)).is_none() {
            return;
        }
        let name = topic.to_owned();
        self.rights((what, topic), needed, inspection, move |client| {
            rights::of_topic(client, &name, ONE_ANSWER)
        })
        .await;
    }

    /// Notes whether a topic is there, if it need not be.
    pub async fn optional_topic(
        &self,
        (what, topic): (&'static str, &str),
        without: &str,
        inspection: &mut Inspection,
    ) -> bool {
        let (cluster, name) = (Arc::clone(&self.cluster), topic.to_owned());
        let found = blocking(move || cluster.partitions(&name, ONE_ANSWER)).await;
        let is_there = matches!(found, Ok(Ok(_)));
        if !is_there {
            inspection.unknown(what, format!("there is no {topic}: {without}"));
        }
        is_there
    }

    /// Notes whether we may be a member of a group.
    pub async fn group(&self, group: &str, inspection: &mut Inspection) {
        let name = group.to_owned();
        self.rights(
            ("group", group),
            &[Right::Read],
            inspection,
            move |client| rights::of_group(client, &name, ONE_ANSWER),
        )
        .await;
    }

    async fn rights(
        &self,
        (what, name): (&'static str, &str),
        needed: &'static [Right],
        inspection: &mut Inspection,
        ask: impl Fn(&Client<Asking>) -> Result<Option<Vec<u32>>, Unanswered> + Send + 'static,
    ) {
        let cluster = Arc::clone(&self.cluster);
        let told = blocking(move || settled(|| cluster.ask(&ask))).await;
        let told = match told {
            Ok(Ok(Some(told))) => told,
            Ok(Ok(None)) => return inspection.unknown(what, untold(name, "they do not say")),
            Ok(Err(Unanswered::Denied(why))) => {
                let message = format!("we may not see {name}: {why}");
                inspection.note::<()>(what, Err(Failure::said(Exit::Authentication, message)));
                return;
            }
            Ok(Err(why)) => return inspection.unknown(what, untold(name, &why.to_string())),
            Err(failure) => return inspection.unknown(what, untold(name, &failure.to_string())),
        };
        let words = |all: Vec<Right>| {
            let words: Vec<String> = all.iter().map(|right| format!("{right:?}")).collect();
            words.join(", ")
        };
        let is_missing = |right: &Right| !told.contains(&(*right as u32));
        let missing: Vec<Right> = needed.iter().copied().filter(is_missing).collect();
        let answer = if missing.is_empty() {
            Ok(((), format!("we may {} {name}", words(needed.to_vec()))))
        } else {
            let message = format!("we lack {} on {name}", words(missing));
            Err(Failure::said(Exit::Authentication, message))
        };
        inspection.note(what, answer);
    }
}

fn untold(name: &str, why: &str) -> String {
    format!("what the brokers let us do with {name} is not known: {why}")
}

/// Connects to the registry, and notes as `what` whether it answers and lets us in.
pub async fn registry(
    what: &'static str,
    config: &RegistryConfig,
    metrics: &RegistryMetrics,
    patience: Duration,
    inspection: &mut Inspection,
) -> Option<Arc<dyn SchemaRegistry>> {
    let place = runtime::config::mask_user_info(config.endpoint.as_deref().unwrap_or("AWS"));
    let answer = connect::registry(config, metrics, patience).await;
    let said = |registry| (registry, format!("it answers at {place}"));
    inspection.note(what, answer.map(said))
}

/// Asks until the group's coordinator is there, for the time of one answer.
fn settled<T>(ask: impl Fn() -> Result<T, Unanswered>) -> Result<T, Unanswered> {
    let began = Instant::now();
    loop {
        match ask() {
            Err(Unanswered::Moving) if began.elapsed() < ONE_ANSWER => std::thread::sleep(PAUSE),
            answer => return answer,
        }
    }
}

async fn blocking<T: Send + 'static>(
    question: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let answered = tokio::task::spawn_blocking(question).await;
    answered.map_err(|error| Failure::new(Exit::Internal, error))
}
