//! What is generated of schemas of all three formats: it fits, it repeats, it obeys its rules.

mod fields;
mod formats;
#[path = "../../../../common/tests/integration/random/schema.rs"]
mod schema;

use common::deserializer::{Deserializer, DeserializerOptions};
use common::limits::Limits;
use common::metrics::CodecMetrics;
use common::registry::SchemaVersion;
use proptest::prelude::*;
use runtime::config::{Reader, Sources};
use runtime::lifecycle::Failure;

use super::*;
use crate::config::Config;
use crate::definition::Definition;
use schema::{any_schema, name_types};

/// 2026-01-31T12:00:00Z.
const NOW: i64 = 1_769_860_800_000_000_000;

/// A source of one worker, and what its records are written with.
struct Bed {
    source: Generate,
    serializer: Serializer,
    version: SchemaVersion,
}

impl Bed {
    fn new(format: &str, schema: &str, more: &[(&str, &str)]) -> Self {
        Self::of_worker(format, schema, more, 0)
    }

    fn of_worker(format: &str, schema: &str, more: &[(&str, &str)], worker: u64) -> Self {
        Self::open(format, schema, more, worker).unwrap_or_else(|error| panic!("{error:#}"))
    }

    fn open(
        format: &str,
        schema: &str,
        more: &[(&str, &str)],
        worker: u64,
    ) -> anyhow::Result<Self> {
        let base = [
            ("source.kind", "generate"),
            ("source.seed", "7"),
            ("codec.format", format),
            ("registry.schema_file", "given"),
        ];
        let pairs = base.iter().chain(more).copied();
        let config = Reader::load::<Config>(&Sources::from_pairs(pairs))?.config;
        let data_format = config.codec.data_format();
        let version = SchemaVersion::unregistered(data_format, schema.to_owned());
        let said = |failure: Failure| anyhow::Error::msg(failure.to_string());
        let definition = Definition::of(&version, &config.codec).map_err(said)?;
        let envelope = definition.envelope(&config.source).map_err(said)?;
        let recipe = Recipe::new(&config, &definition, &envelope.names(), 7)?;
        let mut serializer = crate::schema::compiled(&config, &version)?;
        recipe.sample(&mut serializer)?;
        let source = Generate::new(recipe, envelope, &config, (7, worker));
        Ok(Self {
            source,
            serializer,
            version,
        })
    }

    /// The next record, which has to be a good one.
    fn next(&mut self) -> Record {
        let mut record = Record::default();
        let made = self.source.advance(NOW, &mut self.serializer, &mut record);
        assert_eq!(
            made,
            Ok(()),
            "{}",
            String::from_utf8_lossy(&self.source.json)
        );
        record
    }

    /// The JSON of the next record.
    fn json(&mut self) -> serde_json::Value {
        self.next();
        serde_json::from_slice(&self.source.json).unwrap()
    }

    /// The JSON of one field in the next records.
    fn field(&mut self, name: &str, count: usize) -> Vec<serde_json::Value> {
        (0..count).map(|_| self.json()[name].take()).collect()
    }

    /// Tells whether a frame can be decoded.
    fn reader(&self) -> impl FnMut(&[u8]) -> bool + use<> {
        let (options, metrics) = (DeserializerOptions::default(), CodecMetrics::unregistered());
        let (version, limits) = (self.version.clone(), Limits::default());
        let mut reader = Deserializer::with_schema(version, limits, options, &metrics).unwrap();
        move |frame| reader.decode_json(frame, &mut Vec::new()).is_ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn records_of_any_schema_are_encoded_and_repeat_with_their_seed(mut json in any_schema()) {
        name_types(&mut json, &mut 0);
        let schema = json.to_string();
        let (mut one, mut other) = (Bed::new("avro", &schema, &[]), Bed::new("avro", &schema, &[]));
        for _ in 0..20 {
            prop_assert_eq!(one.next().value, other.next().value);
        }
    }

    #[test]
    fn records_of_any_schema_that_are_to_be_invalid_are(mut json in any_schema()) {
        name_types(&mut json, &mut 0);
        let mut bed = Bed::new("avro", &json.to_string(), &[("generate.invalid", "100%")]);
        let mut reads = bed.reader();
        for _ in 0..20 {
            let frame = bed.next().value;
            prop_assert!(!reads(&frame), "{:?}", frame);
        }
    }
}

const USER: &str = r#"{"type":"record","name":"User","fields":[
    {"name":"user_id","type":"string"},{"name":"name","type":"string"}]}"#;

#[test]
fn invalid_records_of_every_format_cannot_be_decoded() {
    let message = r#"syntax = "proto3"; message M { optional int32 a = 1; optional string b = 2; optional double c = 3; }"#;
    for (format, schema) in [
        ("avro", USER),
        ("avro", "\"null\""),
        ("json", r#"{"properties":{"a":{"type":"string"}}}"#),
        (
            "json",
            r#"{"type":["integer","number","string","boolean","null"],"minimum":0}"#,
        ),
        ("json", r#"{"type":"array","items":{"type":"integer"}}"#),
        ("protobuf", message),
    ] {
        for compression in ["none", "zlib"] {
            let more = [
                ("generate.invalid", "100%"),
                ("generate.nulls", "50%"),
                ("codec.compression", compression),
                ("codec.compression_min_bytes", "1B"),
            ];
            let more = if compression == "none" {
                &more[..3]
            } else {
                &more[..]
            };
            let mut bed = Bed::new(format, schema, more);
            let mut reads = bed.reader();
            for _ in 0..200 {
                let frame = bed.next().value;
                assert!(!reads(&frame), "{format} {frame:?}");
            }
        }
    }
}

#[test]
fn shares_are_kept() {
    let more = [
        ("source.key", "user_id"),
        ("generate.duplicates", "10%"),
        ("generate.tombstones", "5%"),
        ("generate.invalid", "1%"),
    ];
    let mut bed = Bed::new("avro", USER, &more);
    let mut reads = bed.reader();
    let (mut seen, mut keys) = (std::collections::HashSet::new(), Vec::new());
    let (mut duplicates, mut tombstones, mut invalid) = (0, 0, 0);
    for _ in 0..20_000 {
        let record = bed.next();
        let key = record.key().expect("every record has a key").to_vec();
        let Some(value) = record.value() else {
            let last = &keys[keys.len().saturating_sub(REMEMBERED)..];
            assert!(last.contains(&key), "a tombstone of no record before");
            tombstones += 1;
            continue;
        };
        if !reads(value) {
            invalid += 1;
        } else if seen.insert(value.to_vec()) {
            keys.push(key);
        } else {
            duplicates += 1;
        }
    }
    assert!(
        (1_800..2_200).contains(&duplicates),
        "{duplicates} duplicates"
    );
    assert!(
        (850..1_150).contains(&tombstones),
        "{tombstones} tombstones"
    );
    assert!((140..260).contains(&invalid), "{invalid} invalid records");
}

#[test]
fn workers_number_their_records_in_turn() {
    let rules = [
        ("generate.fields.name", "format(\"n-{}\", sequence)"),
        ("source.workers", "3"),
    ];
    let mut numbers = Vec::new();
    for worker in 0..3 {
        let mut bed = Bed::of_worker("avro", USER, &rules, worker);
        numbers.extend(
            bed.field("name", 4)
                .iter()
                .map(|name| name.as_str().unwrap().to_owned()),
        );
    }
    numbers.sort_by_key(|name| name[2..].parse::<u32>().unwrap());
    let expected: Vec<String> = (1..=12).map(|number| format!("n-{number}")).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn streams_of_one_seed_join_by_the_keys_they_are_told_to_share_and_by_nothing_else() {
    let users = [
        ("generate.fields.user_id", "identity(\"users\", 50)"),
        ("kafka.topic", "users"),
    ];
    let orders = [
        (
            "generate.fields.user_id",
            "reference(\"users\", 50, skew = 1.0)",
        ),
        ("kafka.topic", "clicks"),
    ];
    let (mut users, mut orders) = (
        Bed::new("avro", USER, &users),
        Bed::new("avro", USER, &orders),
    );
    let names = |bed: &mut Bed| bed.field("name", 20);
    assert_ne!(names(&mut users), names(&mut orders));
    let known = users.field("user_id", 100);
    assert_eq!(
        known[..50],
        known[50..],
        "behind the last key comes the first again"
    );
    let mut counts = std::collections::HashMap::new();
    for id in orders.field("user_id", 5_000) {
        assert!(known.contains(&id), "{id} is nobody");
        *counts.entry(id).or_insert(0) += 1;
    }
    assert!(
        counts.len() > 45 && counts.values().max() > Some(&800),
        "{counts:?}"
    );
}
