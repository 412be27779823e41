//! `consumer validate --connect`: everything that the daemon reaches, looked at once. Nothing is read or committed, no
//! group is joined; of the sink nothing is left but what was there.

mod target;

use client::dead_letter::DeadLetterPolicy;
use client::inspect::{self, Kafka};
use client::kafka::native::rights::Right;
use common::metrics::RegistryMetrics;
use runtime::inspection::Inspection;
use runtime::lifecycle::{Exit, Failure, Tasks};
use tokio::time::Instant;

use crate::config::ConsumerConfig;
use crate::sink;
use crate::view::{self, Known, Newest};

/// Looks at sink, brokers, topics, group and registry.
pub(crate) async fn look(config: ConsumerConfig, tasks: Tasks) -> Inspection {
    let mut inspection = Inspection::default();
    for sink in config.all_sinks() {
        let probed = Box::pin(sink::probe(sink, &config.kafka.topic)).await;
        let probed = probed.map_err(|error| Failure::new(Exit::Configuration, error));
        inspection.note("sink", probed.map(|said| ((), said)));
    }
    kafka(&config, &tasks, &mut inspection).await;
    registry(&config, &mut inspection).await;
    if let Some(target) = &config.target {
        self::target::look(&config, target, &tasks, &mut inspection).await;
    }
    inspection
}

async fn kafka(config: &ConsumerConfig, tasks: &Tasks, inspection: &mut Inspection) {
    let patience = inspect::patience(config.base.startup_timeout);
    let Some(kafka) = Kafka::open("brokers", &config.kafka, patience, tasks, inspection).await
    else {
        inspection.unknown("topic", "the brokers do not answer");
        return;
    };
    let topic = ("topic", config.kafka.topic.as_str());
    kafka
        .topic(topic, &[Right::Describe, Right::Read], inspection)
        .await;
    kafka.group(&config.kafka.group_id, inspection).await;
    let letters = ("dead letters", config.dead_letter.topic.as_str());
    let goes_there = match config.dead_letter.policy {
        Some(DeadLetterPolicy::Topic) => true,
        Some(DeadLetterPolicy::Log | DeadLetterPolicy::Stop) => false,
        None => {
            let without = "the first record that cannot be decoded would stop the consumer";
            kafka.optional_topic(letters, without, inspection).await
        }
    };
    if goes_there {
        kafka
            .topic(letters, &[Right::Describe, Right::Write], inspection)
            .await;
    }
}

async fn registry(config: &ConsumerConfig, inspection: &mut Inspection) {
    let (metrics, patience) = (
        RegistryMetrics::unregistered(),
        inspect::patience(config.base.startup_timeout),
    );
    let files = config.codec.schema_files();
    let files = files.map(|found| (found, "schema files are sound".to_owned()));
    let files = inspection.note("definition", files);
    let connected =
        inspect::registry("registry", &config.registry, &metrics, patience, inspection).await;
    let Some(registry) = connected else {
        inspection.unknown("schema", "the registry does not answer");
        return;
    };
    let (name, deadline) = (config.registry.schema(), Instant::now() + patience);
    let choice = &config.codec.reader_schema;
    let read_as = choice.from_registry(registry.as_ref(), &name, &metrics, deadline);
    let newest = match read_as.await {
        // Each record names its own.
        Ok(None) => None,
        Ok(Some(newest)) => {
            let said = format!("records are read as the newest version of {name}");
            inspection.note("schema", Ok((newest, said)))
        }
        Err(failure) => inspection.note("schema", Err(failure)),
    };
    let Some((in_file, foreign)) = files else {
        return;
    };
    let known = Known {
        reader: in_file.as_ref().or(newest.as_ref()),
        foreign: &foreign,
        newest: Newest::Registry(registry.as_ref()),
    };
    let fields = view::check(config, known, deadline).await;
    if let Some(answer) = fields.transpose() {
        inspection.note("fields", answer.map(|said| ((), said)));
    }
}
