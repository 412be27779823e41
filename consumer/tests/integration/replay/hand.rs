//! A hand that writes letters by itself, runs the command, and reads what is in the topics.

use crate::bed::Bed;
use crate::process::{consumer, ended};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::process::Child;
use std::time::Duration;

pub(super) const LETTERS: &str = "t-dead-letters";
pub(super) const GROUP: &str = "g-replay";
const PATIENCE: Duration = Duration::from_secs(30);
pub(super) const TIME: i64 = 1_681_272_158_640;
pub(super) type Named = (&'static str, Option<&'static [u8]>);

/// A record as it stands in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) partition: i32,
    pub(super) timestamp: Option<i64>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Found {
    pub(super) fn origin(&self) -> &str {
        let (name, value) = self.headers.last().unwrap();
        assert_eq!(name, "gluestream.replayed_from");
        std::str::from_utf8(value.as_deref().unwrap()).unwrap()
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(self.value.as_deref().unwrap()).unwrap()
    }
}

/// How a replay ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) said: String,
}

pub(super) async fn bed() -> Bed {
    let bed = Bed::new().await;
    bed.cluster.create_topic(LETTERS, 2).unwrap();
    bed
}

pub(super) fn client(bed: &Bed, group: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", bed.cluster.bootstrap_servers())
        .set("group.id", group)
        .create()
        .unwrap()
}

pub(super) fn producer(bed: &Bed) -> BaseProducer {
    ClientConfig::new()
        .set("bootstrap.servers", bed.cluster.bootstrap_servers())
        .create()
        .unwrap()
}

/// What is put into the topic of dead letters.
#[derive(Clone, Copy)]
pub(super) struct Put<'a> {
    pub(super) partition: i32,
    pub(super) time: i64,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: &'a [(&'a str, Option<&'a [u8]>)],
}

impl Put<'_> {
    pub(super) const PLAIN: Self = Self {
        partition: 0,
        time: TIME,
        key: None,
        value: Some(b"v"),
        headers: &[],
    };

    pub(super) fn send(&self, producer: &BaseProducer) {
        let mut headers = OwnedHeaders::new();
        for (key, value) in self.headers {
            headers = headers.insert(Header { key, value: *value });
        }
        let mut record = BaseRecord::<[u8], [u8]>::to(LETTERS)
            .partition(self.partition)
            .timestamp(self.time)
            .headers(headers);
        (record.key, record.payload) = (self.key, self.value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }

    pub(super) fn put(&self, bed: &Bed) {
        let producer = producer(bed);
        self.send(&producer);
        producer.flush(PATIENCE).unwrap();
    }
}

/// Puts letters with the values `0`, `1`, … into a partition.
pub(super) fn put_many(bed: &Bed, partition: i32, numbers: std::ops::Range<usize>) {
    let producer = producer(bed);
    for number in numbers {
        let value = number.to_string();
        let put = Put {
            partition,
            key: Some(b"k"),
            value: Some(value.as_bytes()),
            ..Put::PLAIN
        };
        put.send(&producer);
    }
    producer.flush(PATIENCE).unwrap();
}

pub(super) fn spawn(bed: &Bed, arguments: &[&str]) -> Child {
    // What may hold for the daemon must not make a replay leave out letters.
    let pairs = bed.pairs(&[
        ("startup.timeout", "20s"),
        ("kafka.properties.auto.offset.reset", "latest"),
        // A group that soon sees that a member is gone.
        ("kafka.properties.session.timeout.ms", "3000"),
        ("kafka.properties.heartbeat.interval.ms", "300"),
    ]);
    let mut all = vec!["replay".to_owned()];
    for (key, value) in pairs {
        all.extend(["--set".to_owned(), format!("{key}={value}")]);
    }
    let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
    all.extend(arguments);
    consumer(&all).spawn().unwrap()
}

pub(super) fn finish(mut child: Child) -> Ran {
    use std::io::Read as _;
    let mut stdout = child.stdout.take().unwrap();
    let (code, said) = ended(child, PATIENCE);
    let mut out = String::new();
    stdout.read_to_string(&mut out).unwrap();
    Ran { code, out, said }
}

pub(super) fn replay(bed: &Bed, arguments: &[&str]) -> Ran {
    finish(spawn(bed, arguments))
}

pub(super) fn end(bed: &Bed, topic: &str, partition: i32) -> i64 {
    let marks = client(bed, "look").fetch_watermarks(topic, partition, PATIENCE);
    marks.unwrap().1
}

/// All records of the topic `t`.
pub(super) fn records(bed: &Bed) -> Vec<Found> {
    read(bed, "t")
}

pub(super) fn read(bed: &Bed, topic: &str) -> Vec<Found> {
    let consumer = client(bed, "reader");
    let mut list = TopicPartitionList::new();
    let mut count = 0;
    for partition in 0..2 {
        count += end(bed, topic, partition);
        list.add_partition_offset(topic, partition, Offset::Beginning)
            .unwrap();
    }
    consumer.assign(&list).unwrap();
    let mut found = Vec::new();
    for _ in 0..count {
        let message = consumer.poll(PATIENCE).expect("a record").unwrap();
        let headers = message.headers().map(|headers| {
            let own = |header: Header<'_, &[u8]>| {
                (header.key.to_owned(), header.value.map(<[u8]>::to_vec))
            };
            headers.iter().map(own).collect()
        });
        found.push(Found {
            partition: message.partition(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.unwrap_or_default(),
        });
    }
    found
}

/// The offset that a group has committed, -1 without one.
pub(super) fn committed(bed: &Bed, group: &str, partition: i32) -> i64 {
    let mut list = TopicPartitionList::new();
    list.add_partition(LETTERS, partition);
    let committed = client(bed, group).committed_offsets(list, PATIENCE);
    let raw = committed.unwrap().elements()[0].offset().to_raw();
    raw.filter(|offset| *offset >= 0).unwrap_or(-1)
}

pub(super) fn owned(headers: &[Named]) -> Vec<(String, Option<Vec<u8>>)> {
    let own = |(name, value): &Named| ((*name).to_owned(), value.map(<[u8]>::to_vec));
    headers.iter().map(own).collect()
}
