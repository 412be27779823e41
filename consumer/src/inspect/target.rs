//! What `validate --connect` says of the target that the kafka sink writes to; nothing is written or registered.

use std::time::Instant;

use client::inspect::{self, Kafka};
use client::kafka::native::rights::Right;
use client::registry::Resolution;
use common::metrics::RegistryMetrics;
use common::registry::SchemaRegistry;
use runtime::inspection::Inspection;
use runtime::lifecycle::{Exit, Failure, Tasks};

use crate::config::{ConsumerConfig, TargetConfig};
use crate::target::{encoder, look_up, text};

/// Looks at brokers, topic, registry and schema of the target.
pub(super) async fn look(
    config: &ConsumerConfig,
    target: &TargetConfig,
    tasks: &Tasks,
    inspection: &mut Inspection,
) {
    let patience = inspect::patience(config.base.startup_timeout);
    match Kafka::open("target brokers", &target.kafka, patience, tasks, inspection).await {
        Some(kafka) => {
            for topic in &target.topics {
                let topic = ("target topic", topic.as_str());
                kafka
                    .topic(topic, &[Right::Describe, Right::Write], inspection)
                    .await;
            }
        }
        None => inspection.unknown("target topic", "the brokers do not answer"),
    }
    let metrics = RegistryMetrics::unregistered();
    let registry = &target.registry;
    let connected =
        inspect::registry("target registry", registry, &metrics, patience, inspection).await;
    match connected {
        Some(registry) => schema(config, target, registry.as_ref(), inspection).await,
        None => inspection.unknown("target schema", "the registry does not answer"),
    }
}

async fn schema(
    config: &ConsumerConfig,
    target: &TargetConfig,
    registry: &dyn SchemaRegistry,
    inspection: &mut Inspection,
) {
    let registers = target.registry.resolution == Resolution::Register;
    let mut looking = target.clone();
    if registers {
        looking.registry.resolution = Resolution::Lookup;
    }
    match written(config, &looking, registry).await {
        Err(failure) if registers && failure.exit == Exit::Configuration => {
            let name = target.registry.schema();
            let said = format!("{name} cannot be written with yet: {failure}");
            inspection.unknown("target schema", said);
        }
        found => {
            inspection.note("target schema", found);
        }
    }
}

async fn written(
    config: &ConsumerConfig,
    target: &TargetConfig,
    registry: &dyn SchemaRegistry,
) -> Result<((), String), Failure> {
    let metrics = RegistryMetrics::unregistered();
    let deadline = Instant::now() + inspect::patience(config.base.startup_timeout);
    let text = text(target)?;
    let version = look_up(target, text.as_deref(), registry, (&metrics, deadline)).await?;
    encoder(target, &version)?;
    let said = format!("values are written with version {}", version.id);
    Ok(((), said))
}
