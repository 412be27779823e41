//! A hand that fills a topic with every kind of record and runs the command on it.

use crate::bed::Bed;
use crate::process::{consumer, ended};
use common::registry::SchemaName;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::io::Read as _;
use std::process::Child;
use std::time::Duration;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);
/// 2023-04-12T04:02:38.640Z
const TIME: i64 = 1_681_272_158_640;
const NEWER: &str = r#"{"type":"record","name":"T","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"},{"name":"more","type":["null","string"],"default":null}]}"#;

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) out: String,
    pub(crate) said: String,
}

/// What is put into the topic, a second behind what was put before.
type Put<'a> = (i32, Option<&'a [u8]>, Option<&'a [u8]>);

/// A bed whose topic has good records of two schema versions, a tombstone, and two records that cannot be decoded.
pub(crate) async fn filled() -> Bed {
    let bed = Bed::new().await;
    let name = SchemaName::new("customer", "t-value");
    let registry = bed.registry().await;
    let newer = registry.register_version(&name, NEWER).await.unwrap().id;
    let (a, b) = (bed.frame("a"), bed.frame("b"));
    let c = zlib(newer, b"\x02c\x02\x02\x02x");
    let records: [Put<'_>; 6] = [
        (0, Some(b"a"), Some(&a)),
        (1, Some(b"b"), Some(&b)),
        (0, Some(b"a"), None),
        (0, Some(b"a"), Some(&c)),
        (1, Some(b"\xff\x00"), Some(b"hello")),
        (1, None, Some(&b[..20])),
    ];
    put(&bed, &records);
    bed
}

fn put(bed: &Bed, records: &[Put<'_>]) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bed.cluster.bootstrap_servers())
        .create()
        .unwrap();
    for (time, (partition, key, value)) in (TIME..).step_by(1000).zip(records) {
        let headers = OwnedHeaders::new()
            .insert(Header {
                key: "h",
                value: Some(&b"v"[..]),
            })
            .insert(Header {
                key: "none",
                value: None::<&[u8]>,
            });
        let mut record = BaseRecord::<[u8], [u8]>::to("t")
            .partition(*partition)
            .timestamp(time)
            .headers(headers);
        (record.key, record.payload) = (*key, *value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        // One by one, so that offsets are in the order of time.
        producer.flush(PATIENCE).unwrap();
    }
}

/// A frame with a payload in a zlib stream that stores it as it is.
fn zlib(id: Uuid, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in payload {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let mut frame = vec![3, 5];
    frame.extend_from_slice(id.as_bytes());
    frame.extend_from_slice(&[0x78, 0x01, 0x01]);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&(!length).to_le_bytes());
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&(high << 16 | low).to_be_bytes());
    frame
}

/// A run of the command.
pub(crate) struct Tail<'a> {
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Settings that win over the bed's.
    pub(crate) told: &'a [(String, String)],
    pub(crate) arguments: &'a [&'a str],
}

impl Tail<'_> {
    pub(crate) fn spawn(&self, bed: &Bed) -> Child {
        let endpoint = ("registry.endpoint".to_owned(), bed.endpoint.clone());
        let servers = bed.cluster.bootstrap_servers();
        let own = [
            ("kafka.bootstrap_servers".to_owned(), servers),
            ("kafka.topic".to_owned(), "t".to_owned()),
            ("registry.credentials".to_owned(), "anonymous".to_owned()),
            endpoint,
        ];
        let mut all = vec!["tail".to_owned()];
        for (key, value) in own.iter().chain(self.told) {
            all.extend(["--set".to_owned(), format!("{key}={value}")]);
        }
        let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
        all.extend(self.arguments);
        let mut command = consumer(&all);
        command.envs(self.environment.iter().copied());
        command.spawn().unwrap()
    }

    pub(crate) fn run(&self, bed: &Bed) -> Ran {
        let mut child = self.spawn(bed);
        let mut stdout = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let (code, said) = ended(child, PATIENCE);
        let bytes = reader.join().unwrap();
        Ran {
            code,
            out: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
            said,
        }
    }
}

pub(crate) fn spawn(bed: &Bed, arguments: &[&str]) -> Child {
    let tail = Tail {
        environment: &[],
        told: &[],
        arguments,
    };
    tail.spawn(bed)
}

pub(crate) fn tail(bed: &Bed, arguments: &[&str]) -> Ran {
    let tail = Tail {
        environment: &[],
        told: &[],
        arguments,
    };
    tail.run(bed)
}

/// The text with names in place of the ids that the registry has drawn, in text and in hex.
pub(crate) fn hide(bed: &Bed, text: &str) -> String {
    let first = bed.schema.to_string();
    let mut shown = text.replace(&first, "<first>");
    shown = shown.replace(&first.replace('-', ""), "<first>");
    let ids = shown.clone();
    let mut words = ids.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-');
    if let Some(second) = words.find(|word| word.len() == 36 && word.parse::<Uuid>().is_ok()) {
        shown = shown.replace(second, "<second>");
    }
    let hex = shown.lines().find_map(|line| line.strip_prefix("0305"));
    match hex.map(|rest| rest[..32].to_owned()) {
        Some(second) => shown.replace(&second, "<second>"),
        None => shown,
    }
}
