//! A producer and consumers around the embedded Kafka, all through a proxy, with a ledger of what they did.

use crate::faults::ledger::{self, Sample, Verdict};
use crate::faults::proxy::Proxy;
use client::kafka::mock::MockCluster;
use consumer::config::ConsumerConfig;
use producer::Progress;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, TopicPartitionList};
use runtime::config::{Reader, Sources};
use runtime::lifecycle::{Cause, Exit, Tasks};
use runtime::telemetry::Telemetry;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/order.avsc");
pub(crate) const PARTITIONS: i32 = 6;

/// Everything around the daemons.
pub(crate) struct Bed {
    pub(crate) cluster: MockCluster,
    pub(crate) proxy: Proxy,
    pub(crate) stub: Tasks,
    endpoint: String,
    folder: tempfile::TempDir,
    /// Records of the input.
    count: usize,
    files: Vec<PathBuf>,
    samples: Vec<Sample>,
    /// Asks for commits.
    group: BaseConsumer,
}

/// A daemon in this process.
pub(crate) struct Running {
    tasks: Tasks,
}

impl Running {
    /// Waits until it has ended.
    pub(crate) async fn ended(&self) -> Exit {
        self.tasks.finished(PATIENCE).await.exit
    }

    /// Drains it.
    pub(crate) async fn stop(&self) -> Exit {
        self.tasks.drain(Cause::Signal);
        self.ended().await
    }
}

impl Bed {
    /// A cluster with the topic, a registry, and an input of so many records.
    pub(crate) async fn new(count: usize) -> Self {
        let cluster = MockCluster::start(1).unwrap();
        cluster.create_topic("orders", PARTITIONS).unwrap();
        let proxy = Proxy::open(&cluster).await;
        let stub = Tasks::new();
        let config = registry_stub::in_memory(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let endpoint = registry_stub::start(config, stub.clone(), Telemetry::new("registry-stub"))
            .await
            .unwrap()
            .url();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("in.ndjson"), ledger::input(count)).unwrap();
        let group = ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("group.id", "g")
            .create()
            .unwrap();
        Self {
            cluster,
            proxy,
            stub,
            endpoint,
            folder,
            count,
            files: Vec::new(),
            samples: Vec::new(),
            group,
        }
    }

    /// The settings of every daemon; `more` comes last and wins.
    pub(crate) fn pairs(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let input = self.folder.path().join("in.ndjson").display().to_string();
        let base = [
            ("kafka.bootstrap_servers", self.proxy.servers.as_str()),
            ("kafka.group_id", "g"),
            ("kafka.properties.reconnect.backoff.max.ms", "500"),
            ("registry.endpoint", &self.endpoint),
            ("registry.credentials", "anonymous"),
            ("registry.resolution", "register"),
            ("registry.schema_file", SCHEMA),
            ("source.kind", "ndjson"),
            ("source.path", &input),
            ("source.rate", "0/s"),
            ("sink.kind", "file"),
            ("dead_letter.policy", "stop"),
            ("admin.listen", "127.0.0.1:0"),
            ("shutdown.grace", "20s"),
        ];
        base.iter()
            .chain(more)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// Starts the producer on the input.
    pub(crate) async fn producer(&self, more: &[(&str, &str)]) -> (Running, Progress) {
        let config = Reader::load::<producer::Config>(&Sources::from_pairs(self.pairs(more)))
            .unwrap()
            .config;
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("producer"));
        let progress = producer::start_gated(config, tasks.clone(), telemetry, None)
            .await
            .unwrap();
        (Running { tasks }, progress)
    }

    /// The path of another consumer's file.
    pub(crate) fn file(&mut self) -> String {
        let path = self.folder.path().join(format!("out-{}", self.files.len()));
        self.files.push(path.clone());
        path.display().to_string()
    }

    /// Starts one more consumer, with a file of its own.
    pub(crate) async fn consumer(&mut self, more: &[(&str, &str)]) -> Running {
        let path = self.file();
        let pairs = self.pairs(&[&[("sink.path", path.as_str())][..], more].concat());
        let config = Reader::load::<ConsumerConfig>(&Sources::from_pairs(pairs))
            .unwrap()
            .config;
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("consumer"));
        consumer::start(config, tasks.clone(), telemetry)
            .await
            .unwrap();
        Running { tasks }
    }

    /// Lines that all consumers have written so far.
    pub(crate) fn written(&self) -> usize {
        let lines = |path| {
            std::fs::read_to_string(path)
                .unwrap_or_default()
                .lines()
                .count()
        };
        self.files.iter().map(lines).sum()
    }

    /// What the group has committed, where it can be asked.
    fn committed(&self) -> Option<BTreeMap<i32, i64>> {
        let mut list = TopicPartitionList::new();
        list.add_partition_range("orders", 0, PARTITIONS - 1);
        let answer = self
            .group
            .committed_offsets(list, Duration::from_secs(2))
            .ok()?;
        let known = answer.elements().into_iter().filter_map(|element| {
            let offset = element.offset().to_raw().filter(|offset| *offset >= 0)?;
            Some((element.partition(), offset))
        });
        Some(known.collect())
    }

    /// Looks at the group's commits and how far the files were just after. Blocks.
    pub(crate) fn sample(&mut self) {
        if let Some(committed) = self.committed() {
            let length = |path| std::fs::read(path).map_or(0, |bytes| bytes.len());
            let lengths = self.files.iter().map(length).collect();
            self.samples.push(Sample { committed, lengths });
        }
    }

    /// Samples until the consumers have written so many lines.
    pub(crate) async fn written_when(&mut self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.written() < count {
            assert!(Instant::now() < deadline, "{} of {count}", self.written());
            self.sample();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Samples until all of the topic is committed.
    pub(crate) async fn committed_all(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.sample();
            let committed = self
                .samples
                .last()
                .map(|sample| sample.committed.values().sum());
            // Records may be twice in the log of the embedded Kafka.
            if committed.unwrap_or(0) >= i64::try_from(self.count).unwrap() {
                return;
            }
            assert!(Instant::now() < deadline, "{committed:?} of {}", self.count);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets so much time pass, with a look at the commits now and then.
    pub(crate) async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.sample();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Holds what was written against the whole input.
    pub(crate) fn judge(&self) -> Verdict {
        assert!(!self.samples.is_empty(), "nobody looked at the commits");
        ledger::judge(&self.files, self.count, &self.samples)
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.stub.drain(Cause::Finished);
    }
}
