//! Records `order` on the embedded Kafka, their schema in the registry stub, and a consumer that takes them.

use crate::cpu;
use anyhow::{anyhow, ensure};
use client::kafka::mock::MockCluster;
use common::metrics::RegistryMetrics;
use common::registry::{Compatibility, DataFormat, NewSchema, SchemaName, SchemaVersion};
use common::serializer::{Serializer, SerializerOptions};
use consumer::config::ConsumerConfig;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use runtime::config::{Reader, Sources};
use runtime::lifecycle::{Cause, Exit, Tasks};
use runtime::telemetry::Telemetry;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use uuid::Uuid;

pub(crate) const ORDER: &str = include_str!("../../../schemas/order.avsc");
/// The mock cluster keeps 5 MiB of each.
pub(crate) const PARTITIONS: i32 = 16;
/// The same records stand in each partition.
const IN_EACH: u32 = 16_384;
/// Of all partitions.
pub(crate) const ALL: u32 = PARTITIONS.unsigned_abs() * IN_EACH;
const PATIENCE: Duration = Duration::from_mins(2);

/// See the module's words.
pub(crate) struct Bed {
    pub(crate) frames: Vec<Vec<u8>>,
    cluster: MockCluster,
    endpoint: String,
    stub: Tasks,
    folder: tempfile::TempDir,
}

/// What a run has taken, in nanoseconds of CPU a record.
pub(crate) struct Cost {
    pub(crate) decode: f64,
    pub(crate) deliver: f64,
}

impl Bed {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let cluster = MockCluster::start(1)?;
        cluster.create_topic("orders", PARTITIONS)?;
        let stub = Tasks::new();
        let config = registry_stub::in_memory(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let telemetry = Telemetry::new("registry-stub");
        let started = registry_stub::start(config, stub.clone(), telemetry).await;
        let endpoint = started.map_err(|failure| failure.error)?.url();
        let mut bed = Self {
            frames: Vec::new(),
            cluster,
            endpoint,
            stub,
            folder: tempfile::tempdir()?,
        };
        let version = SchemaVersion {
            id: bed.register().await?,
            ..SchemaVersion::unregistered(DataFormat::Avro, ORDER.to_owned())
        };
        let orders = orders();
        let mut serializer = Serializer::new(&version, SerializerOptions::default())?;
        for (_, order) in &orders {
            let mut frame = Vec::new();
            serializer.encode_json(order.as_bytes(), &mut frame)?;
            bed.frames.push(frame);
        }
        bed.fill(&orders)?;
        Ok(bed)
    }

    async fn register(&self) -> anyhow::Result<Uuid> {
        let config = self.config(&[])?.registry;
        let metrics = RegistryMetrics::unregistered();
        let registry = client::connect::registry(&config, &metrics, PATIENCE).await;
        let registry = registry.map_err(|failure| failure.error)?;
        registry.create_registry("customer").await?;
        let name = SchemaName::new("customer", "orders-value");
        let schema = NewSchema {
            name: &name,
            data_format: DataFormat::Avro,
            compatibility: Compatibility::None,
            definition: ORDER,
            description: None,
            tags: &BTreeMap::new(),
        };
        Ok(registry.create_schema(&schema).await?.id)
    }

    /// Writes every record to each partition.
    fn fill(&self, orders: &[(String, String)]) -> anyhow::Result<()> {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", self.cluster.bootstrap_servers())
            .set("queue.buffering.max.messages", "1000000")
            .create()?;
        for partition in 0..PARTITIONS {
            for ((id, _), frame) in orders.iter().zip(&self.frames) {
                let key = format!("{{\"order_id\": \"{id}\"}}");
                let record = BaseRecord::to("orders").partition(partition);
                let record = record.timestamp(1_681_272_158_640).key(&key).payload(frame);
                producer.send(record).map_err(|(error, _)| error)?;
            }
            producer.flush(PATIENCE)?;
        }
        Ok(())
    }

    fn config(&self, more: &[(&str, &str)]) -> anyhow::Result<ConsumerConfig> {
        let servers = self.cluster.bootstrap_servers();
        let base = [
            ("kafka.bootstrap_servers", servers.as_str()),
            ("registry.endpoint", &self.endpoint),
            ("registry.credentials", "anonymous"),
            ("admin.listen", "127.0.0.1:0"),
            ("dead_letter.policy", "stop"),
            ("codec.workers", "1"),
        ];
        let all = base.iter().chain(more);
        let pairs = all.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let settings = Reader::load(&Sources::from_pairs(pairs));
        Ok(settings.map_err(|problems| anyhow!("{problems}"))?.config)
    }

    /// Has a consumer write Parquet files into a folder of this name.
    pub(crate) async fn write_rows(&self, name: &str) -> anyhow::Result<Cost> {
        let (folder, each) = (self.path(name).display().to_string(), IN_EACH.to_string());
        self.run(&[
            ("kafka.group_id", name),
            ("sink.kind", "object_store"),
            ("sink.url", &folder),
            ("sink.format", "parquet"),
            // All of a partition: the file is closed with its last record.
            ("sink.file_records", &each),
        ])
        .await
    }

    /// Has a consumer write a file of lines of this name.
    pub(crate) async fn write_lines(&self, name: &str) -> anyhow::Result<Cost> {
        let path = self.path(name).display().to_string();
        let file = [("sink.kind", "file"), ("sink.path", &path)];
        self.run(&[&[("kafka.group_id", name)], &file[..]].concat())
            .await
    }

    /// Has a consumer take all records; gives what its decoding and delivering threads have taken.
    async fn run(&self, more: &[(&str, &str)]) -> anyhow::Result<Cost> {
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("consumer"));
        let started = consumer::start(self.config(more)?, tasks.clone(), telemetry).await;
        let consumer = started.map_err(|failure| failure.error)?;
        let deadline = Instant::now() + PATIENCE;
        while consumer.delivered() < ALL.into() {
            ensure!(Instant::now() < deadline, "not all records were delivered");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let cost = Cost {
            decode: cpu::of_threads("decode")? / f64::from(ALL),
            deliver: cpu::of_threads("delivery")? / f64::from(ALL),
        };
        tasks.drain(Cause::Finished);
        let outcome = tasks.finished(PATIENCE).await;
        ensure!(outcome.exit == Exit::Done, "the consumer did not end well");
        Ok(cost)
    }

    /// The folder of the files that [`Bed::write_rows`] has written.
    pub(crate) fn files(&self, name: &str) -> PathBuf {
        self.path(name).join("orders").join("date=2023-04-12")
    }

    /// Where a run has written to.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.stub.drain(Cause::Finished);
    }
}

/// Ids, and orders with them as JSON text, the same each time.
fn orders() -> Vec<(String, String)> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let mut order = || {
        let id = Uuid::from_u64_pair(random(u64::MAX), random(u64::MAX)).to_string();
        let (at, user) = (1_681_307_133_000 + random(100_000_000_000), random(100));
        let mut item = |()| {
            let (product, quantity) = (random(10_000), 1 + random(10));
            format!(r#"{{"product_id":{product},"quantity":{quantity}}}"#)
        };
        let items: Vec<_> = [(); 3].map(&mut item).into();
        let order = format!(
            r#"{{"order_id":"{id}","ordered_at":{at},"user_id":"u{user:02}","order_items":[{}]}}"#,
            items.join(",")
        );
        (id, order)
    };
    (0..IN_EACH).map(|_| order()).collect()
}
