//! Reads back what was produced.

use std::time::{Duration, Instant};

use common::avro::{JsonForm, Plan, Schema};
use common::limits::Limits;
use common::wire;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use uuid::Uuid;

use crate::app::{PATIENCE, World};

/// A record as it stands in the topic.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) partition: i32,
    pub(crate) key: Option<String>,
    /// Empty for a tombstone.
    pub(crate) frame: Vec<u8>,
    pub(crate) is_tombstone: bool,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) created_at: i64,
}

impl Stored {
    /// The id in the frame.
    pub(crate) fn version_id(&self) -> Uuid {
        wire::split(&self.frame)
            .expect("the frame has a header")
            .0
            .schema_version_id
    }

    /// The value, read with the schema that wrote it.
    pub(crate) fn value(&self, plan: &Plan) -> Value {
        let (_, payload) = wire::split(&self.frame).expect("the frame has a header");
        let mut json = Vec::new();
        let used = plan
            .decode_json(payload, JsonForm::Avro, &mut json)
            .expect("the payload decodes");
        assert_eq!(used, payload.len());
        serde_json::from_slice(&json).expect("decoded values are JSON")
    }
}

/// Compiles a schema text.
pub(crate) fn plan(schema: &str) -> Plan {
    let schema = Schema::parse(schema).expect("the schema parses");
    Plan::compile(&schema, Limits::default()).expect("the schema compiles")
}

fn headers(message: &BorrowedMessage<'_>) -> Vec<(String, String)> {
    let headers = message.headers();
    let headers = headers.into_iter().flat_map(BorrowedHeaders::iter);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers
        .map(|header| {
            (
                header.key.to_owned(),
                text(header.value.unwrap_or_default()),
            )
        })
        .collect()
}

impl World {
    /// Reads the topic from its beginning to its present end, partition by partition.
    pub(crate) fn stored(&self) -> Vec<Stored> {
        self.stored_in("orders")
    }

    /// The same for another topic of two partitions.
    pub(crate) fn stored_in(&self, topic: &str) -> Vec<Stored> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.kafka.bootstrap_servers())
            .set("group.id", "tests")
            .set("enable.partition.eof", "true")
            .create()
            .expect("the settings are sound");
        let mut assignment = TopicPartitionList::new();
        for partition in 0..2 {
            assignment
                .add_partition_offset(topic, partition, Offset::Beginning)
                .expect("offsets can be set");
        }
        consumer.assign(&assignment).expect("assigned");
        let (mut stored, mut ends, deadline) = (Vec::new(), 0, Instant::now() + PATIENCE);
        while ends < 2 {
            assert!(
                Instant::now() < deadline,
                "the topic could not be read to its end"
            );
            match consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => stored.push(Stored {
                    partition: message.partition(),
                    key: message
                        .key()
                        .map(|key| String::from_utf8(key.to_vec()).expect("keys are text")),
                    frame: message.payload().unwrap_or_default().to_vec(),
                    headers: headers(&message),
                    is_tombstone: message.payload().is_none(),
                    created_at: message
                        .timestamp()
                        .to_millis()
                        .expect("records have timestamps"),
                }),
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => ends += 1,
                Some(Err(error)) => panic!("{error}"),
                None => {}
            }
        }
        stored.sort_by_key(|record: &Stored| record.partition);
        stored
    }
}
