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
use common::deserializer::{Deserializer, Reading};
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
    /// By the reading's keys.
    tables: HashMap<Option<Uuid>, Result<Table, String>>,
    /// The table of the rows in the making. Records without a value have none, and go with others.
    current: Option<Option<Uuid>>,
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
            tables: HashMap::new(),
            current: None,
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
        if self.current != Some(key) {
            let made = || {
                let definition = self.reading.definition(&decoded);
                Table::new(&definition.map_err(|error| error.to_string())?)
            };
            let made = (!self.tables.contains_key(&key)).then(made);
            self.turn_to(key, made);
        }
        match self.tables.get_mut(&key) {
            Some(Ok(table)) => {
                if table.decode(datum) {
                    return Ok(());
                }
            }
            Some(Err(why)) => {
                let why = why.clone();
                return Err(Unfit::Schema { id, why });
            }
            None => return Err(Unfit::Value),
        }
        // What is half decoded cannot be taken back, so the rows before it are made once more.
        self.restore(deserializer, batch);
        Err(Unfit::Value)
    }

    /// Makes a version's table, which may just have been `made`, the one that rows are added to.
    fn turn_to(&mut self, key: Option<Uuid>, made: Option<Result<Table, String>>) {
        if made.is_some() && self.tables.len() >= MOST_TABLES {
            self.end_rows();
            self.tables.clear();
        }
        if let Some(made) = made {
            self.tables.insert(key, made);
        }
        if matches!(self.tables.get(&key), Some(Ok(_))) {
            if !self.values.is_empty() {
                self.end_rows();
            }
            self.current = Some(key);
        }
    }

    fn restore(&mut self, deserializer: &mut Deserializer, batch: &Batch) {
        let Some(Ok(table)) = self.current.and_then(|id| self.tables.get_mut(&id)) else {
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
        let table = self.current.and_then(|id| self.tables.get_mut(&id));
        match self
            .columns
            .take(table.and_then(|table| table.as_mut().ok()))
        {
            Ok(columns) => self.done.push(Rows {
                columns,
                labels: std::mem::take(&mut self.labels),
            }),
            Err(error) => self.failed = Some(error),
        }
    }
}
