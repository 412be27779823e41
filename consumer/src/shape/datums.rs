//! Records as Avro: the value's own bytes in an envelope, of one schema as long as records have it.

use super::envelope::Envelope;
use super::lines::{Line, Lines};
use super::{Label, Unfit};
use crate::batch::{Batch, Record};
use common::deserializer::{Decoded, Deserializer, Reading};
use common::error::DecodeError;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Schema versions that envelopes are kept for.
const MOST_ENVELOPES: usize = 64;

/// Records one after the other, all of one schema.
#[derive(Debug)]
pub(crate) struct Datums {
    /// The schema of these records, not of their values alone.
    pub(crate) schema: Arc<str>,
    /// Their bytes, and where each record's end.
    pub(crate) records: Lines,
}

/// A key of the reading's.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(Option<Uuid>);

/// See the module's words.
pub(crate) struct DatumMaker {
    /// How values are given out.
    reading: Reading,
    /// By the reading's keys.
    envelopes: HashMap<Option<Uuid>, Result<Arc<Envelope>, String>>,
    /// The envelope of the records in the making, if any had a value.
    current: Option<Key>,
    envelope: Arc<Envelope>,
    records: Lines,
    done: Vec<Datums>,
}

impl DatumMaker {
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            reading,
            envelopes: HashMap::new(),
            current: None,
            envelope: Arc::default(),
            records: Lines::default(),
            done: Vec::new(),
        }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.records.is_full()
    }

    pub(super) fn add(
        &mut self,
        deserializer: &mut Deserializer,
        (batch, record): (&Batch, &Record),
        label: Label,
    ) -> Result<(), Unfit> {
        let datum = if let Some(range) = &record.value {
            let (datum, decoded) = deserializer.decode_datum(batch.slice(range))?;
            self.turn_to(&decoded)?;
            Some(datum)
        } else {
            deserializer.tombstone();
            None
        };
        let Lines { text, ends } = &mut self.records;
        self.envelope.write(batch, record, datum, text);
        ends.push(Line {
            offset: record.offset,
            millis: record.timestamp.to_millis(),
            label,
            end: text.len(),
        });
        Ok(())
    }

    /// Takes the records.
    pub(super) fn take(&mut self) -> Vec<Datums> {
        self.end_records();
        std::mem::take(&mut self.done)
    }

    /// Makes the envelope of a value's schema the one that records are put into.
    fn turn_to(&mut self, decoded: &Decoded<'_>) -> Result<(), Unfit> {
        let version = decoded.schema.ok_or(DecodeError::Format("Avro"))?;
        let key = self.reading.key(decoded);
        if self.current == Some(Key(key)) {
            return Ok(());
        }
        if !self.envelopes.contains_key(&key) && self.envelopes.len() >= MOST_ENVELOPES {
            self.envelopes.clear();
        }
        let made = || {
            let definition = self.reading.definition(decoded);
            Envelope::new(&definition.map_err(|error| error.to_string())?).map(Arc::new)
        };
        match self.envelopes.entry(key).or_insert_with(made) {
            Ok(envelope) => {
                let envelope = Arc::clone(envelope);
                self.end_records();
                (self.current, self.envelope) = (Some(Key(key)), envelope);
                Ok(())
            }
            Err(why) => Err(Unfit::Schema {
                id: version.id,
                why: why.clone(),
            }),
        }
    }

    /// Ends the records in the making, so that those of another schema may begin.
    fn end_records(&mut self) {
        if !self.records.ends.is_empty() {
            self.done.push(Datums {
                schema: Arc::clone(&self.envelope.schema),
                records: self.records.take(),
            });
        }
    }
}
