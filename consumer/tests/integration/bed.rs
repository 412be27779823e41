//! A test bed: embedded Kafka, registry stub, a hand that writes raw records, a file that is read.

use client::kafka::mock::MockCluster;
use common::metrics::RegistryMetrics;
use common::registry::{Compatibility, DataFormat, NewSchema, SchemaName, SchemaRegistry};
use consumer::Consumer;
use consumer::config::ConsumerConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use runtime::config::{Reader, Sources};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

pub(crate) const SCHEMA: &str = r#"{"type":"record","name":"T","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#;
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything around a consumer.
pub(crate) struct Bed {
    pub(crate) cluster: MockCluster,
    pub(crate) endpoint: String,
    pub(crate) schema: Uuid,
    stub: Tasks,
    stub_telemetry: Telemetry,
    folder: tempfile::TempDir,
    producer: BaseProducer,
}

/// A consumer in this process.
pub(crate) struct Running {
    pub(crate) consumer: Consumer,
    pub(crate) tasks: Tasks,
    pub(crate) telemetry: Telemetry,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let cluster = MockCluster::start(1).unwrap();
        cluster.create_topic("t", 2).unwrap();
        let (stub, stub_telemetry) = (Tasks::new(), Telemetry::new("registry-stub"));
        let config = registry_stub::in_memory(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let endpoint = registry_stub::start(config, stub.clone(), stub_telemetry.clone())
            .await
            .unwrap()
            .url();
        let producer = ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .create()
            .unwrap();
        let mut bed = Self {
            cluster,
            endpoint,
            schema: Uuid::nil(),
            stub,
            stub_telemetry,
            folder: tempfile::tempdir().unwrap(),
            producer,
        };
        bed.schema = bed.register("t-value", SCHEMA).await;
        bed
    }

    /// The registry, as a client sees it.
    pub(crate) async fn registry(&self) -> Arc<dyn SchemaRegistry> {
        let config = self.config(&[]).registry;
        client::connect::registry(&config, &RegistryMetrics::unregistered(), PATIENCE)
            .await
            .unwrap()
    }

    /// Registers a schema; gives its version id.
    pub(crate) async fn register(&self, name: &str, definition: &str) -> Uuid {
        let registry = self.registry().await;
        registry.create_registry("customer").await.ok();
        let name = SchemaName::new("customer", name);
        let schema = NewSchema {
            name: &name,
            data_format: DataFormat::Avro,
            compatibility: Compatibility::None,
            definition,
            description: None,
            tags: &BTreeMap::new(),
        };
        registry.create_schema(&schema).await.unwrap().id
    }

    /// How often each operation of the registry was called; those that never were are left out.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        let families = self.stub_telemetry.registry().gather();
        let requests = families
            .iter()
            .find(|family| family.name() == "gluestream_stub_requests_total")
            .unwrap();
        let mut calls = BTreeMap::new();
        for metric in requests.get_metric() {
            let mut labels = metric.get_label().iter();
            let operation = labels.find(|label| label.name() == "operation").unwrap();
            let count = whole(metric.get_counter().get_value());
            if count > 0 {
                *calls.entry(operation.value().to_owned()).or_default() += count;
            }
        }
        calls
    }

    /// Takes the registry away.
    pub(crate) fn stop_registry(&self) {
        self.stub.drain(Cause::Finished);
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out.ndjson")
    }

    /// Writes a file beside the consumer's; gives its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    pub(crate) fn pairs(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let (bootstrap, out) = (
            self.cluster.bootstrap_servers(),
            self.out().display().to_string(),
        );
        let base = [
            ("kafka.bootstrap_servers", bootstrap.as_str()),
            ("kafka.topic", "t"),
            ("kafka.group_id", "g"),
            ("registry.endpoint", &self.endpoint),
            ("registry.credentials", "anonymous"),
            ("sink.kind", "file"),
            ("sink.path", &out),
            ("admin.listen", "127.0.0.1:0"),
            ("dead_letter.policy", "log"),
            ("codec.workers", "2"),
        ];
        base.iter()
            .chain(more)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn config(&self, more: &[(&str, &str)]) -> ConsumerConfig {
        Reader::load(&Sources::from_pairs(self.pairs(more)))
            .unwrap()
            .config
    }

    pub(crate) async fn start(&self, more: &[(&str, &str)]) -> Result<Running, Failure> {
        Self::started(self.config(more)).await
    }

    /// Runs a consumer to the end of the topic, and waits until it has ended well.
    pub(crate) async fn run(&self, more: &[(&str, &str)]) -> Running {
        let until = [("consumer.until", "end")];
        let running = self.start(&[&until, more].concat()).await.unwrap();
        let ended = running.tasks.finished(PATIENCE).await;
        assert_eq!(ended.exit, Exit::Done);
        running
    }

    /// Who reads a partition of any topic from its beginning.
    pub(crate) fn reader(&self, topic: &str, partition: i32) -> BaseConsumer {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.cluster.bootstrap_servers())
            .set("group.id", "reader")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Beginning)
            .unwrap();
        consumer.assign(&list).unwrap();
        consumer
    }

    /// Starts a consumer without some of the bed's own settings.
    pub(crate) async fn start_without(&self, keys: &[&str]) -> Result<Running, Failure> {
        let mut pairs = self.pairs(&[]);
        pairs.retain(|(key, _)| !keys.contains(&key.as_str()));
        let settings = Reader::load(&Sources::from_pairs(pairs)).unwrap();
        Self::started(settings.config).await
    }

    async fn started(config: ConsumerConfig) -> Result<Running, Failure> {
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("consumer"));
        let consumer = consumer::start(config, tasks.clone(), telemetry.clone()).await?;
        Ok(Running {
            consumer,
            tasks,
            telemetry,
        })
    }

    /// Writes a record and waits until the cluster has it.
    pub(crate) fn write(&self, partition: i32, key: Option<&[u8]>, value: Option<&[u8]>) {
        self.send(partition, key, value);
        self.flush();
    }

    /// Waits until the cluster has all that was sent.
    pub(crate) fn flush(&self) {
        self.producer.flush(PATIENCE).unwrap();
    }

    /// Writes a record.
    pub(crate) fn send(&self, partition: i32, key: Option<&[u8]>, value: Option<&[u8]>) {
        let headers = OwnedHeaders::new().insert(Header {
            key: "h",
            value: Some("v"),
        });
        let mut record = BaseRecord::to("t")
            .partition(partition)
            .timestamp(1_681_272_158_640)
            .headers(headers);
        record.key = key;
        record.payload = value;
        self.producer
            .send::<[u8], [u8]>(record)
            .map_err(|(error, _)| error)
            .unwrap();
    }

    /// Writes a record whose only header has a name that is no text; the safe interface cannot.
    pub(crate) fn write_with_header_name(&self, name: &[u8], value: &[u8]) {
        client::kafka::mock::produce_with_header(self.producer.client(), "t", (name, b"v"), value);
        self.producer.flush(PATIENCE).unwrap();
    }

    /// Writes a good record `{"s": text, "n": 5}`.
    pub(crate) fn write_good(&self, partition: i32, text: &str) {
        self.write(partition, Some(text.as_bytes()), Some(&self.frame(text)));
    }

    pub(crate) fn frame(&self, text: &str) -> Vec<u8> {
        let mut frame = vec![3, 0];
        frame.extend_from_slice(self.schema.as_bytes());
        frame.push(u8::try_from(text.len() * 2).unwrap());
        frame.extend_from_slice(text.as_bytes());
        frame.push(10);
        frame
    }

    /// The consumer's whole lines so far; it may be writing the next one.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let bytes = std::fs::read(self.out()).unwrap_or_default();
        bytes
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n"))
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    /// Waits until the consumer has printed so many lines, and gives them.
    pub(crate) async fn lines_when(&self, count: usize) -> Vec<Value> {
        wait(|| self.lines().len() >= count).await;
        self.lines()
    }

    /// The committed offset of a partition, -1 without one.
    pub(crate) fn committed(&self, partition: i32) -> i64 {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.cluster.bootstrap_servers())
            .set("group.id", "g")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition("t", partition);
        let committed = consumer.committed_offsets(list, PATIENCE).unwrap();
        committed.elements()[0]
            .offset()
            .to_raw()
            .filter(|offset| *offset >= 0)
            .unwrap_or(-1)
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.stub.drain(Cause::Finished);
    }
}

impl Running {
    /// Drains and gives the exit code.
    pub(crate) async fn stop(self) -> Exit {
        self.tasks.drain(Cause::Signal);
        self.tasks.finished(PATIENCE).await.exit
    }

    /// How often a histogram was fed, and the sum of it.
    pub(crate) fn histogram(&self, name: &str) -> (u64, f64) {
        let families = self.telemetry.registry().gather();
        let family = families.iter().find(|family| family.name() == name);
        let histogram = family.unwrap().get_metric()[0].get_histogram();
        (histogram.get_sample_count(), histogram.get_sample_sum())
    }

    /// The sum of a metric's values, of whole records.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "counts in a test are small whole numbers"
    )]
    pub(crate) fn metric(&self, name: &str, label: Option<&str>) -> i64 {
        let families = self.telemetry.registry().gather();
        let metrics = families
            .iter()
            .filter(|family| family.name() == name)
            .flat_map(prometheus::proto::MetricFamily::get_metric);
        let wanted = |metric: &&prometheus::proto::Metric| {
            label.is_none_or(|label| metric.get_label().iter().any(|pair| pair.value() == label))
        };
        let value = |metric: &prometheus::proto::Metric| {
            metric.get_counter().get_value() + metric.get_gauge().get_value()
        };
        metrics.filter(wanted).map(value).sum::<f64>() as i64
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts in a test are small whole numbers"
)]
fn whole(count: f64) -> u64 {
    count as u64
}

/// Polls until a condition holds.
pub(crate) async fn wait(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
