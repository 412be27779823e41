//! What the producer reads from the configuration.

mod generate;
pub mod http;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use client::codec::{CodecConfig, Format};
use client::config::{KafkaConfig, check_topic_settings};
use client::dead_letter::DeadLetterConfig;
use client::registry::RegistryConfig;
use runtime::choice;
use runtime::config::{self, Admin, Base, Rate, Reader, Section, Size};

pub(crate) use generate::Generate;

use crate::template::Template;

/// Where `/live` and `/ready` answer unless told otherwise.
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
/// More threads than this only wait for each other.
const MOST_WORKERS: usize = 64;

choice! {
    /// Where records come from.
    pub enum SourceKind {
        /// Made-up online orders.
        Orders = "orders",
        /// A file or stdin, one JSON object a line.
        Ndjson = "ndjson",
        /// Made-up records of any schema.
        Generate = "generate",
        /// Requests over HTTP.
        Http = "http",
    }
}

choice! {
    /// Which record the `orders` source makes.
    pub enum Variant {
        /// `schemas/order.avsc`.
        Order = "order",
        /// `schemas/order_more.avsc`: with the mandatory field that the evolution demo adds.
        OrderMore = "order_more",
    }
}

choice! {
    /// What to do with a field that the schema does not have.
    pub enum UnknownFields {
        /// Reject the record.
        Refuse = "refuse",
        /// Leave the field out.
        Ignore = "ignore",
    }
}

choice! {
    /// What to do with a record that is no good.
    pub enum OnReject {
        /// Say so, count it, go on.
        Skip = "skip",
        /// Deliver what came before it, then end with 65.
        Stop = "stop",
    }
}

/// `source.*`.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where records come from.
    pub kind: SourceKind,
    /// The file of the `ndjson` source; `-` is stdin.
    pub path: Option<PathBuf>,
    /// The fields of the key; nothing where the schema is to decide.
    pub key: Option<Vec<String>>,
    /// The text of the key, in place of fields.
    pub(crate) key_template: Option<Template>,
    /// The texts of the headers by their names.
    pub(crate) headers: BTreeMap<String, Template>,
    /// Records a second of the whole process.
    pub rate: Rate,
    /// Records between two log lines and looks at the drain.
    pub batch: u64,
    /// Threads of the `orders` and `generate` sources.
    pub workers: usize,
    /// Makes the `orders` and `generate` sources repeat themselves.
    pub seed: Option<u64>,
    /// Which orders to make.
    pub variant: Variant,
    /// Ends the producer after so many records.
    pub max_records: Option<u64>,
    /// Ends the producer after this time.
    pub max_run: Option<Duration>,
    /// What to do with a field that the schema does not have.
    pub unknown_fields: UnknownFields,
    /// What to do with a record that is no good.
    pub on_reject: OnReject,
    /// Longest line of the `ndjson` source.
    pub max_line: Size,
    /// Whether the `ndjson` source waits for more at the end of its file.
    pub follow: bool,
    /// Whether the `ndjson` source goes on behind the last line that an earlier run finished.
    pub resume: bool,
    /// The file that says how far the input is finished, unless it is the one beside it.
    pub resume_file: Option<PathBuf>,
    /// Most records handed to Kafka and not acknowledged yet.
    pub in_flight_records: u64,
    /// Most bytes handed to Kafka and not acknowledged yet.
    pub in_flight_bytes: Size,
    /// What the `http` source needs beside.
    pub http: http::Http,
}

choice! {
    /// What to do with the next record while as much is in flight as may be.
    pub enum QueueFull {
        /// Wait, and so make the source wait.
        Block = "block",
    }
}

/// `topic.*`: how `topics ensure` creates the topic.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Number of partitions.
    pub partitions: i32,
    /// Copies of each partition; -1 leaves it to the broker.
    pub replication: i32,
    /// Whether the number of partitions is said and not the default.
    pub is_sized: bool,
    /// Settings that it is created with, by Kafka's own names.
    pub config: BTreeMap<String, String>,
}

/// The producer's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Logs, start and end.
    pub base: Base,
    /// The admin port.
    pub admin: Admin,
    /// The broker.
    pub kafka: KafkaConfig,
    /// The schema registry.
    pub registry: RegistryConfig,
    /// How records are framed.
    pub codec: CodecConfig,
    /// Where records come from.
    pub source: Source,
    /// What the `generate` source makes.
    pub(crate) generate: Generate,
    /// What happens while nothing more can be handed to Kafka.
    pub queue_full: QueueFull,
    /// The topic to create.
    pub topic: Topic,
    /// What becomes of records that cannot be decoded, and so whether there is a topic for them.
    pub dead_letter: DeadLetterConfig,
}

impl config::Config for Config {
    const BINARY: &'static str = "producer";

    fn read(reader: &mut Reader) -> Self {
        let kafka = KafkaConfig::read(reader, Self::BINARY);
        let registry = RegistryConfig::read(reader, &kafka.topic);
        let source = Source::read(reader);
        let is_needed = source.kind != SourceKind::Orders && !registry.supplies_text();
        if is_needed && registry.schema_file.is_none() {
            let message = format!(
                "the `{}` source needs a schema; only `orders` has one built in",
                source.kind.as_str()
            );
            reader.section("registry").problem("schema_file", message);
        }
        let codec = CodecConfig::read(reader);
        reader.section("source").used_only(
            "unknown_fields",
            "codec.format",
            codec.format != Format::Json,
            "codec.format = \"avro\" and \"protobuf\"",
        );
        let queue_full = reader.section("producer").get("queue_full", QueueFull::Block, "What happens when as much is in flight as `source.in_flight_records` and `source.in_flight_bytes` allow, or Kafka's client can hold no more: `block` makes the source wait (clients of `http` are told to come again), and nothing is dropped.");
        Self {
            generate: Generate::read(reader, source.kind, source.seed.is_some()),
            queue_full,
            registry,
            codec,
            source,
            topic: Topic::read(reader),
            dead_letter: DeadLetterConfig::read(reader, &kafka.topic),
            admin: Admin::read(reader, ADMIN),
            base: Base::read(reader),
            kafka,
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&Admin> {
        Some(&self.admin)
    }

    fn listen(&self) -> SocketAddr {
        self.admin.listen
    }
}

impl Source {
    fn read(reader: &mut Reader) -> Self {
        let section = &mut reader.section("source");
        let kind = section.get("kind", SourceKind::Orders, "Where records come from.");
        let mut source = Self {
            kind,
            path: section.get_optional("path", "File of the `ndjson` source, one JSON object a line, plain or compressed with gzip or Zstandard; `-` is stdin."),
            key: section.get_optional("key", "Fields of the record key, written as a JSON object; an empty list makes null keys. Not set: `[\"order_id\"]` if the schema has that field, else a null key."),
            key_template: key_template(section),
            headers: headers(section),
            rate: section.get("rate", Rate::per_second(100.0), "Records a second of the whole process; `0/s` is as fast as it goes."),
            batch: section.get("batch", 100, "Records of a worker between two `sent N messages` lines (level debug); it changes no rate."),
            workers: section.get("workers", 1, "Threads of the `orders` and `generate` sources, or that check and encode requests to the `http` source; `ndjson` has one and keeps the file's order."),
            seed: section.get_optional("seed", "Makes the `orders` and `generate` sources repeat themselves, but for the times that come from the clock: each worker makes the same records, in an order among workers that is not fixed."),
            variant: section.get("variant", Variant::Order, "Which record the `orders` source makes."),
            max_records: section.get_optional("max_records", "Ends the producer with 0 after so many records were taken from the source and delivered."),
            max_run: section.get_optional("max_run", "Ends the producer with 0 after this time."),
            unknown_fields: section.get("unknown_fields", UnknownFields::Refuse, "What to do with a field that the schema does not have, under the formats `avro` and `protobuf`; a JSON schema says itself what it takes."),
            on_reject: section.get("on_reject", OnReject::Skip, "What to do after a record that is no good: go on, or deliver what came before and end with 65."),
            max_line: section.get("max_line", Size::mib(1), "Longest line of the `ndjson` source; a longer one is rejected as `too_large`."),
            follow: section.get("follow", false, "Waits for more lines at the end of the file of the `ndjson` source, and goes on with the file that takes its place."),
            resume: section.get("resume", false, "Goes on with the file of the `ndjson` source behind the last line that an earlier run finished, whatever ended it; each run that sends it needs this."),
            resume_file: section.get_optional("resume_file", "File that keeps how far the input is sent, for `resume`; `<path>.progress` when not set. A file `<name>.new` comes and goes beside it."),
            in_flight_records: section.get("in_flight_records", 100_000, "Most records handed to Kafka and not acknowledged yet; at the limit the source waits, and `http` answers 429."),
            in_flight_bytes: section.get("in_flight_bytes", Size::mib(64), "Most bytes of keys and values handed to Kafka and not acknowledged yet; at the limit the source waits, and `http` answers 429."),
            http: http::Http::read(section, kind == SourceKind::Http),
        };
        source.check(section);
        if kind == SourceKind::Http {
            source.leave_to_clients();
            source.http.warn(reader);
        }
        source
    }

    /// Lets nothing hold for requests that a lower layer says of another source: their clients decide how much comes.
    fn leave_to_clients(&mut self) {
        self.rate = Rate::per_second(0.0);
        self.max_records = None;
        self.on_reject = OnReject::Skip;
    }

    fn check(&self, section: &mut Section<'_>) {
        if self.kind == SourceKind::Ndjson && self.path.is_none() {
            section.problem("path", "the `ndjson` source needs a file, or `-` for stdin");
        }
        self.check_templates(section);
        self.check_resume(section);
        if self.kind == SourceKind::Http {
            self.http
                .check_room(section, self.in_flight_records, self.in_flight_bytes);
        }
        if self.workers == 0 || self.workers > MOST_WORKERS {
            section.problem("workers", format!("it must be from 1 to {MOST_WORKERS}"));
        }
        let zeros = [
            ("batch", self.batch == 0),
            ("max_records", self.max_records == Some(0)),
            ("max_run", self.max_run.is_some_and(|time| time.is_zero())),
            ("max_line", self.max_line.0 == 0),
            ("in_flight_records", self.in_flight_records == 0),
            ("in_flight_bytes", self.in_flight_bytes.0 == 0),
        ];
        for (key, _) in zeros.into_iter().filter(|(_, is_zero)| *is_zero) {
            section.problem(key, "it must be more than zero");
        }
        let key = self.key.as_deref().unwrap_or_default();
        if key.iter().any(String::is_empty) {
            section.problem("key", "a field name is empty");
        }
        if (1..key.len()).any(|index| key[..index].contains(&key[index])) {
            section.problem("key", "a field is named twice");
        }
    }
}

/// The key as a text.
fn key_template(section: &mut Section<'_>) -> Option<Template> {
    let text: Option<String> = section.get_optional("key_template", "Key of the records of the sources `ndjson` and `generate` as a text with fields in braces, such as `{order_id}` or `{user.id}`, in place of `key`. A record without one of the fields is rejected.");
    read_template(section, "key_template", &text?)
}

fn headers(section: &mut Section<'_>) -> BTreeMap<String, Template> {
    let texts = section.map("headers", "Headers of the records of the sources `ndjson` and `generate` by their names, as texts with fields in braces such as `import-{region}`; in the order of their names.");
    let read = |(name, text): (String, String)| {
        let template = read_template(section, &format!("headers.{name}"), &text)?;
        Some((name, template))
    };
    texts.into_iter().filter_map(read).collect()
}

fn read_template(section: &mut Section<'_>, key: &str, text: &str) -> Option<Template> {
    match text.parse() {
        Ok(template) => Some(template),
        Err(why) => {
            section.problem(key, why);
            None
        }
    }
}

impl Source {
    fn check_templates(&self, section: &mut Section<'_>) {
        let is_made_of_json = matches!(self.kind, SourceKind::Ndjson | SourceKind::Generate);
        let condition = "source.kind = \"ndjson\" or \"generate\"";
        let headers = self.headers.keys().map(|name| format!("headers.{name}"));
        for key in headers.chain(["key_template".to_owned()]) {
            section.used_only(&key, "source.kind", is_made_of_json, condition);
        }
        let has_fields = self.key_template.is_none();
        section.used_only(
            "key",
            "source.key_template",
            has_fields,
            "no source.key_template",
        );
    }

    fn check_resume(&self, section: &mut Section<'_>) {
        let is_ndjson = self.kind == SourceKind::Ndjson;
        let condition = "source.kind = \"ndjson\"";
        section.used_only("resume", "source.kind", is_ndjson, condition);
        section.used_only("follow", "source.kind", is_ndjson, condition);
        if self.follow && is_ndjson && self.path.as_deref() == Some(Path::new("-")) {
            section.problem(
                "follow",
                "stdin is read to its end, only a file can be followed",
            );
        }
        if self.resume && is_ndjson && self.path.as_deref() == Some(Path::new("-")) {
            section.problem("resume", "stdin cannot be gone on with, only a file");
        }
        let is_used = self.resume;
        section.used_only(
            "resume_file",
            "source.resume",
            is_used,
            "source.resume = true",
        );
    }
}

impl Topic {
    fn read(reader: &mut Reader) -> Self {
        let mut section = reader.section("topic");
        let topic = Self {
            is_sized: section.is_set("partitions"),
            partitions: section.get("partitions", 6, "Partitions of a topic that `producer topics ensure` creates."),
            replication: section.get("replication", -1, "Copies of each partition of a topic that `producer topics ensure` creates; `-1` leaves it to the broker."),
            config: section.map("config", "Settings of the topic by Kafka's own names, such as `retention.ms`, that `producer topics ensure` creates it with. In the environment `_` stands for `.`."),
        };
        check_topic_settings(&mut section, &topic.config);
        if topic.partitions < 1 {
            section.problem("partitions", "a topic has at least 1 partition");
        }
        if topic.replication < 1 && topic.replication != -1 {
            section.problem(
                "replication",
                "it must be at least 1, or -1 to leave it to the broker",
            );
        }
        topic
    }
}
