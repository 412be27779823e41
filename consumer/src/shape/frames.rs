//! Records as frames: each value encoded anew with a schema of the target; key, headers and time as they were.
//!
//! From Avro to Avro the bytes of one schema become those of the other, by Avro's rules of schema resolution; all else
//! goes through JSON text.

use super::Unfit;
use crate::batch::{Batch, Record};
use common::avro::{Plan, ResolutionError, Schema};
use common::deserializer::{Decoded, Deserializer, Reading};
use common::error::DecodeError;
use common::limits::Limits;
use common::registry::DataFormat;
use common::serializer::Serializer;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// So many bytes are enough for once.
const CHUNK: usize = 1 << 20;
/// Schemas of values that plans are kept for.
const MOST_PLANS: usize = 64;
/// What stands around a record in a request, at most, beside its parts: its own head, and that of its batch.
const OVERHEAD: usize = 36 + 61;
/// What stands around a header, at most.
const HEADER_OVERHEAD: usize = 10;

/// What values are encoded with.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    pub(crate) serializer: Serializer,
    /// The target's schema, where it is Avro.
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) limits: Limits,
    /// The largest record that the client takes.
    pub(crate) max_bytes: usize,
}

/// Records one after the other in one arena.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    arena: Vec<u8>,
    headers: Vec<Header>,
    pub(crate) records: Vec<Frame>,
}

/// A record as it is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Where it was read.
    pub(crate) offset: i64,
    /// Its time in milliseconds since 1970, if it has one.
    pub(crate) millis: Option<i64>,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Range<usize>,
}

#[derive(Clone, Debug)]
struct Header {
    name: Range<usize>,
    value: Option<Range<usize>>,
}

impl Frames {
    /// A record's key.
    pub(crate) fn key(&self, frame: &Frame) -> Option<&[u8]> {
        frame.key.clone().map(|range| &self.arena[range])
    }

    /// Its frame; a tombstone has none.
    pub(crate) fn value(&self, frame: &Frame) -> Option<&[u8]> {
        frame.value.clone().map(|range| &self.arena[range])
    }

    /// Its headers, in order.
    pub(crate) fn headers(&self, frame: &Frame) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.headers[frame.headers.clone()].iter().map(|header| {
            let value = header.value.clone().map(|range| &self.arena[range]);
            (&self.arena[header.name.clone()], value)
        })
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.arena.len();
        self.arena.extend_from_slice(bytes);
        start..self.arena.len()
    }

    fn push(&mut self, batch: &Batch, record: &Record, value: Option<&[u8]>) {
        let key = record
            .key
            .as_ref()
            .map(|range| self.keep(batch.slice(range)));
        let value = value.map(|bytes| self.keep(bytes));
        let first = self.headers.len();
        for (name, value) in batch.headers(record) {
            let header = Header {
                name: self.keep(name),
                value: value.map(|bytes| self.keep(bytes)),
            };
            self.headers.push(header);
        }
        self.records.push(Frame {
            offset: record.offset,
            millis: record.timestamp.to_millis(),
            key,
            value,
            headers: first..self.headers.len(),
        });
    }
}

/// What brings Avro values of a schema into the target's.
type Resolved = Result<Plan, Arc<ResolutionError>>;

/// Such plans by the schema version that values were written with; under none for those in a reader's shape.
struct Plans {
    /// How values are given out.
    reading: Reading,
    made: HashMap<Option<Uuid>, Resolved>,
}

impl Plans {
    fn find(
        &mut self,
        target: &Schema,
        decoded: &Decoded<'_>,
        limits: Limits,
    ) -> Result<&Plan, Unfit> {
        let version = decoded.schema.ok_or(Unfit::Value)?;
        let key = self.reading.key(decoded);
        if !self.made.contains_key(&key) {
            if self.made.len() >= MOST_PLANS {
                self.made.clear();
            }
            let text = self.reading.definition(decoded);
            let text = text.map_err(|error| unfit(version.id, &error))?;
            let own = Schema::parse(&text).map_err(|error| unfit(version.id, &error))?;
            let made = Plan::resolve(&own, target, limits);
            self.made.insert(key, made.map_err(Arc::new));
        }
        match &self.made[&key] {
            Ok(plan) => Ok(plan),
            Err(error) => Err(DecodeError::Resolution(Arc::clone(error)).into()),
        }
    }
}

fn unfit(id: Uuid, error: &dyn std::error::Error) -> Unfit {
    Unfit::Schema {
        id,
        why: error.to_string(),
    }
}

/// See the module's words.
pub(crate) struct FrameMaker {
    encoder: Encoder,
    plans: Plans,
    /// A value between two schemas.
    between: Vec<u8>,
    frame: Vec<u8>,
    frames: Frames,
}

impl FrameMaker {
    pub(super) fn new(encoder: Encoder, reading: Reading) -> Self {
        Self {
            encoder,
            plans: Plans {
                reading,
                made: HashMap::new(),
            },
            between: Vec::new(),
            frame: Vec::new(),
            frames: Frames::default(),
        }
    }

    pub(super) fn add(
        &mut self,
        deserializer: &mut Deserializer,
        batch: &Batch,
        record: &Record,
    ) -> Result<(), Unfit> {
        let value = record.value.as_ref().map(|range| batch.slice(range));
        if let Some(value) = value {
            self.encode(deserializer, value)?;
        } else {
            deserializer.tombstone();
            self.frame.clear();
        }
        self.check_size(batch, record, self.frame.len())?;
        let frame = value.map(|_| self.frame.as_slice());
        self.frames.push(batch, record, frame);
        Ok(())
    }

    pub(super) const fn is_full(&self) -> bool {
        self.frames.arena.len() >= CHUNK
    }

    pub(super) fn take(&mut self) -> Frames {
        let empty = Frames {
            arena: Vec::with_capacity(self.frames.arena.len().min(CHUNK)),
            headers: Vec::with_capacity(self.frames.headers.len()),
            records: Vec::with_capacity(self.frames.records.len()),
        };
        std::mem::replace(&mut self.frames, empty)
    }

    /// Makes the frame of a value.
    fn encode(&mut self, deserializer: &mut Deserializer, value: &[u8]) -> Result<(), Unfit> {
        let Self {
            encoder,
            plans,
            between,
            frame,
            ..
        } = self;
        let Encoder {
            serializer,
            schema,
            limits,
            ..
        } = encoder;
        between.clear();
        // Before its format is asked for: otherwise a schema that comes meanwhile would change the way.
        if let Some(id) = deserializer.missing(value) {
            return Err(DecodeError::SchemaUnavailable { id }.into());
        }
        match schema {
            Some(target) if deserializer.data_format(value) == Some(DataFormat::Avro) => {
                let (datum, decoded) = deserializer.decode_datum(value)?;
                let plan = plans.find(target, &decoded, *limits)?;
                plan.transcode(datum, between)?;
                serializer.encode_payload(between, frame)?;
            }
            _ => {
                deserializer.decode_json(value, between)?;
                serializer.encode_json(between, frame)?;
            }
        }
        Ok(())
    }

    /// Whether a record without a value is taken.
    pub(super) fn check_bare(&self, batch: &Batch, record: &Record) -> Result<(), Unfit> {
        self.check_size(batch, record, 0)
    }

    /// Whether the client takes the record at all.
    fn check_size(&self, batch: &Batch, record: &Record, frame: usize) -> Result<(), Unfit> {
        let key = record.key.as_ref().map_or(0, ExactSizeIterator::len);
        let headers = batch
            .headers(record)
            .map(|(name, value)| HEADER_OVERHEAD + name.len() + value.map_or(0, <[u8]>::len));
        let bytes = OVERHEAD + key + frame + headers.sum::<usize>();
        if bytes > self.encoder.max_bytes {
            let limit = self.encoder.max_bytes;
            return Err(Unfit::TooLarge { bytes, limit });
        }
        Ok(())
    }
}
