//! Records as rows: Avro payloads decoded into Arrow, with no step between.
//!
//! A payload is held against its plan first, so that what is refused here is what would be refused as a line. Rows of one
//! schema are made together; a record of another version begins rows of its own. All rows in the making are of the batch
//! at hand.

use super::columns::Columns;
use super::table::Table;
use super::{Label, Unfit};
use crate::batch::{Batch, Record};
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use common::deserializer::{Decoded, Deserializer, Reading};
use std::collections::HashMap;
use std::ops::Range;
use uuid::Uuid;

/// So many rows are enough for once.
pub(super) const MOST_ROWS: usize = 8192;
/// Schema versions that tables are kept for.
const MOST_TABLES: usize = 64;

/// Rows of one schema.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) columns: RecordBatch,
    /// What each row is parted by.
    pub(crate) labels: Vec<Label>,
}

/// See the module's words.
pub(crate) struct RowMaker {
    /// How values are given out.
    reading: Reading,
    /// The table of the rows in the making, and its key of the reading's. Records without a value have none, and go
    /// with others.
    current: Option<(Option<Uuid>, Table)>,
    /// The others, by their keys.
    tables: HashMap<Option<Uuid>, Result<Table, String>>,
    columns: Columns,
    labels: Vec<Label>,
    /// Where their values stand in the batch, for records that have one.
    values: Vec<Range<usize>>,
    done: Vec<Rows>,
    /// Rows that could not be ended: whoever takes them is told.
    failed: Option<ArrowError>,
}

impl RowMaker {
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            reading,
            current: None,
            tables: HashMap::new(),
            columns: Columns::default(),
            labels: Vec::new(),
            values: Vec::new(),
            done: Vec::new(),
            failed: None,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.columns.len() >= MOST_ROWS
    }

    pub(super) fn add(
        &mut self,
        deserializer: &mut Deserializer,
        (batch, record): (&Batch, &Record),
        label: Label,
    ) -> Result<(), Unfit> {
        if let Some(range) = &record.value {
            self.add_value(deserializer, batch, range)?;
            self.values.push(range.clone());
        } else {
            deserializer.tombstone();
        }
        self.columns.push(batch, record);
        self.labels.push(label);
        Ok(())
    }

    /// Takes the rows.
    ///
    /// # Errors
    /// Arrow could not make them of values that it had taken; they are lost here.
    pub(super) fn take(&mut self) -> Result<Vec<Rows>, ArrowError> {
        self.end_rows();
        let done = std::mem::take(&mut self.done);
        self.failed.take().map_or(Ok(done), Err)
    }

    /// Decodes a value as the next row of its version's table.
    fn add_value(
        &mut self,
        deserializer: &mut Deserializer,
        batch: &Batch,
        range: &Range<usize>,
    ) -> Result<(), Unfit> {
        let (datum, decoded) = deserializer.decode_datum(batch.slice(range))?;
        let Some(version) = decoded.schema else {
            return Err(Unfit::Value);
        };
        let (key, id) = (self.reading.key(&decoded), version.id);
        if self
            .current
            .as_ref()
            .is_none_or(|(current, _)| *current != key)
        {
            self.turn_to(key, &decoded)
                .map_err(|why| Unfit::Schema { id, why })?;
        }
        if let Some((_, table)) = &mut self.current
            && table.decode(datum)
        {
            return Ok(());
        }
        // What is half decoded cannot be taken back, so the rows before it are made once more.
        self.restore(deserializer, batch);
        Err(Unfit::Value)
    }

    /// Makes the table of a value that was decoded the one that rows are added to, or says why it has none.
    fn turn_to(&mut self, key: Option<Uuid>, decoded: &Decoded<'_>) -> Result<(), String> {
        if !self.tables.contains_key(&key) {
            let definition = self.reading.definition(decoded);
            let made = definition.map_err(|error| error.to_string());
            let made = made.and_then(|definition| Table::new(&definition));
            if self.tables.len() >= MOST_TABLES {
                self.tables.clear();
            }
            self.tables.insert(key, made);
        }
        if let Some(Err(why)) = self.tables.get(&key) {
            return Err(why.clone());
        }
        if !self.values.is_empty() {
            self.end_rows();
        }
        if let Some(Ok(table)) = self.tables.remove(&key)
            && let Some((key, table)) = self.current.replace((key, table))
        {
            self.tables.insert(key, Ok(table));
        }
        Ok(())
    }

    fn restore(&mut self, deserializer: &mut Deserializer, batch: &Batch) {
        let Some((_, table)) = &mut self.current else {
            return;
        };
        table.begin_anew();
        for range in &self.values {
            if let Ok((datum, _)) = deserializer.decode_datum(batch.slice(range)) {
                table.decode(datum);
            }
        }
    }

    /// Ends the rows in the making, so that others may begin.
    fn end_rows(&mut self) {
        self.values.clear();
        if self.columns.is_empty() {
            return;
        }
        let table = self.current.as_mut().map(|(_, table)| table);
        match self.columns.take(table) {
            Ok(columns) => self.done.push(Rows {
                columns,
                labels: std::mem::take(&mut self.labels),
            }),
            Err(error) => self.failed = Some(error),
        }
    }
}
