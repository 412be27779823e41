//! What workers make of records for the sink: lines of JSON, or rows of Arrow.

mod columns;
mod lines;
mod rows;
mod table;

use crate::batch::{Batch, Record};
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
pub(crate) use columns::{OFFSET, TIMESTAMP};
use common::deserializer::Deserializer;
use common::error::{DecodeError, Kind};
#[cfg(test)]
pub(crate) use lines::Line;
pub(crate) use lines::Lines;
use rows::RowMaker;
use uuid::Uuid;

/// Which of the two a sink takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The consumer's line, one a record.
    Lines,
    /// One row a record, its value's fields as columns; of Avro values only.
    Rows,
}

/// Records in the shape that the sink takes, in order.
#[derive(Debug)]
pub(crate) enum Content {
    Lines(Lines),
    /// Rows of one schema each.
    Rows(Vec<RecordBatch>),
}

impl Content {
    /// The text of lines.
    pub(crate) fn text(&self) -> &[u8] {
        match self {
            Self::Lines(lines) => &lines.text,
            Self::Rows(_) => &[],
        }
    }

    /// Whether there is no record in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.ends.is_empty(),
            Self::Rows(rows) => rows.is_empty(),
        }
    }
}

/// Why a record has no line or row. The text names the place and never the data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Unfit {
    /// The record cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No value of this schema can be a row.
    #[error("schema version {id} has no form in Parquet: {why}")]
    Schema { id: Uuid, why: String },
    /// The value is one that rows cannot hold.
    #[error("the value has no form in Parquet")]
    Value,
}

impl Unfit {
    /// The kind for logs and labels.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Decode(error) => error.kind(),
            Self::Schema { .. } => Kind::SchemaInvalid,
            Self::Value => Kind::Payload,
        }
    }

    /// The schema version to load before trying again.
    pub(crate) const fn missing(&self) -> Option<Uuid> {
        match self {
            Self::Decode(error) => error.missing(),
            Self::Schema { .. } | Self::Value => None,
        }
    }
}

/// Makes content, record by record; each worker has its own.
pub(crate) enum Shaper {
    Lines(Lines),
    Rows(Box<RowMaker>),
}

impl Shaper {
    /// Begins with nothing; `reader` is the schema that values are read as, if it is not the writer's.
    pub(crate) fn new(shape: Shape, reader: Option<String>) -> Self {
        match shape {
            Shape::Lines => Self::Lines(Lines::default()),
            Shape::Rows => Self::Rows(Box::new(RowMaker::new(reader))),
        }
    }

    /// Adds a record of a batch; what was added before and not taken is of the same batch.
    ///
    /// # Errors
    /// The record was not added, and what was added before is as it was.
    pub(crate) fn add(
        &mut self,
        deserializer: &mut Deserializer,
        topic: &str,
        (batch, record): (&Batch, &Record),
    ) -> Result<(), Unfit> {
        match self {
            Self::Lines(lines) => lines.add(deserializer, topic, batch, record),
            Self::Rows(rows) => rows.add(deserializer, batch, record),
        }
    }

    /// Whether there is so much that it is better taken.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.is_full(),
            Self::Rows(rows) => rows.is_full(),
        }
    }

    /// Takes what was added.
    ///
    /// # Errors
    /// It could not be brought into its shape, though each record could; all of it is lost here.
    pub(crate) fn take(&mut self) -> Result<Content, ArrowError> {
        Ok(match self {
            Self::Lines(lines) => Content::Lines(lines.take()),
            Self::Rows(rows) => Content::Rows(rows.take()?),
        })
    }
}
