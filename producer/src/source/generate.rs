//! The `generate` source: made-up records of any schema, with chosen fields made by rules.
//!
//! A schema becomes a [`Plan`](plan::Plan), which writes JSON text by chance; the serializer reads that text as it
//! reads a line of a file, so all formats share what makes values. Workers share the plan, each with a random stream
//! of its own, and number their records in turn.

mod avro;
mod build;
mod json_schema;
mod leaf;
mod pattern;
mod plan;
mod protobuf;
mod random;
mod recipe;
pub(crate) mod rule;
mod syntax;
mod value;
mod whole;

use std::time::{SystemTime, UNIX_EPOCH};

use common::error::Kind;
use common::registry::DataFormat;
use common::serializer::Serializer;
use common::wire;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{Next, Record, Rejection, Source, SourceError};
use crate::config;
use crate::envelope::Envelope;
pub(crate) use recipe::Recipe;
use whole::Moment;

/// How many of its last records a worker remembers.
const REMEMBERED: usize = 64;

/// The `generate` source of one worker.
pub(crate) struct Generate {
    recipe: Recipe,
    envelope: Envelope,
    shares: Shares,
    random: StdRng,
    /// The number of the next record, and how far it is to the one after it.
    number: u64,
    workers: u64,
    recent: Recent,
    json: Vec<u8>,
}

/// How often a record is not simply a new one.
#[derive(Clone, Copy, Debug)]
struct Shares {
    duplicates: f64,
    tombstones: f64,
    invalid: f64,
}

/// What the next record is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    New,
    Duplicate,
    Tombstone,
    Invalid,
}

impl Shares {
    /// One number decides, so that the shares do not depend on each other.
    fn draw(self, random: &mut StdRng) -> Fate {
        let point = random.random::<f64>();
        let below = |share: f64| point < share;
        if below(self.duplicates) {
            Fate::Duplicate
        } else if below(self.duplicates + self.tombstones) {
            Fate::Tombstone
        } else if below(self.duplicates + self.tombstones + self.invalid) {
            Fate::Invalid
        } else {
            Fate::New
        }
    }

    fn needs_memory(self) -> bool {
        self.duplicates + self.tombstones > 0.0
    }
}

/// The last records, as JSON.
#[derive(Debug, Default)]
struct Recent {
    records: Vec<Vec<u8>>,
    next: usize,
}

impl Recent {
    fn add(&mut self, json: &[u8]) {
        if self.records.len() < REMEMBERED {
            self.records.push(json.to_vec());
        } else {
            let oldest = &mut self.records[self.next];
            oldest.clear();
            oldest.extend_from_slice(json);
        }
        self.next = (self.next + 1) % REMEMBERED;
    }

    fn draw(&self, random: &mut StdRng) -> Option<&[u8]> {
        let count = self.records.len();
        (count > 0).then(|| self.records[random.random_range(0..count)].as_slice())
    }
}

impl Generate {
    /// The source of the worker of this number; the same seed and number of workers give the same records.
    pub(crate) fn new(
        recipe: Recipe,
        envelope: Envelope,
        config: &config::Config,
        (seed, worker): (u64, u64),
    ) -> Self {
        let generate = &config.generate;
        let mut stream = [0; 32];
        stream[..8].copy_from_slice(&seed.to_le_bytes());
        stream[8..16].copy_from_slice(&worker.to_le_bytes());
        // Streams of one seed have nothing in common but the keys that they are told to share.
        let topic = random::named(seed, &config.kafka.topic);
        stream[16..24].copy_from_slice(&topic.to_le_bytes());
        Self {
            recipe,
            envelope,
            shares: Shares {
                duplicates: generate.duplicates.part(),
                tombstones: generate.tombstones.part(),
                invalid: generate.invalid.part(),
            },
            random: StdRng::from_seed(stream),
            number: worker,
            workers: config.source.workers as u64,
            recent: Recent::default(),
            json: Vec::new(),
        }
    }

    /// Writes the next record at a moment of the clock.
    fn advance(
        &mut self,
        nanos: i64,
        serializer: &mut Serializer,
        record: &mut Record,
    ) -> Result<(), (Kind, String)> {
        let mut fate = self.shares.draw(&mut self.random);
        if matches!(fate, Fate::Duplicate | Fate::Tombstone) {
            match self.recent.draw(&mut self.random) {
                Some(json) => {
                    self.json.clear();
                    self.json.extend_from_slice(json);
                }
                None => fate = Fate::New,
            }
        }
        if matches!(fate, Fate::New | Fate::Invalid) {
            let number = self.number;
            self.number = self.number.wrapping_add(self.workers);
            let moment = Moment { nanos, number };
            let made = self.recipe.write(moment, &mut self.random, &mut self.json);
            made.map_err(|why| (Kind::Validation, why))?;
        }
        record.is_tombstone = fate == Fate::Tombstone;
        if record.is_tombstone {
            record.value.clear();
        } else {
            let encoded = serializer.encode_json(&self.json, &mut record.value);
            encoded.map_err(|error| (error.kind(), error.to_string()))?;
        }
        let written = self.envelope.write(&self.json, record);
        written.map_err(|error| (Kind::Validation, error.to_string()))?;
        match fate {
            Fate::Invalid => spoil(serializer.data_format(), &mut record.value),
            Fate::New if self.shares.needs_memory() => self.recent.add(&self.json),
            _ => {}
        }
        Ok(())
    }
}

impl Source for Generate {
    fn next(
        &mut self,
        serializer: &mut Serializer,
        record: &mut Record,
    ) -> Result<Next, SourceError> {
        Ok(match self.advance(now_nanos(), serializer, record) {
            Ok(()) => Next::Record,
            Err((kind, why)) => Next::Rejected(Rejection {
                line: None,
                kind,
                why,
            }),
        })
    }
}

/// Makes of a frame one that nobody can decode: its last byte is cut off, as if a write had ended early.
fn spoil(format: DataFormat, frame: &mut Vec<u8>) {
    let is_plain = frame.get(1) == Some(&0);
    let first = frame.get(wire::HEADER_LEN);
    if format == DataFormat::Json
        && is_plain
        && first.is_some_and(|first| !b"{[\"tfn".contains(first))
    {
        // A number without its last digit may be a number still; its sign alone is none.
        frame.truncate(wire::HEADER_LEN);
        frame.push(b'-');
    } else {
        frame.pop();
    }
}

fn now_nanos() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
