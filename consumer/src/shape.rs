//! What workers make of records for the sink: lines of JSON, rows of Arrow, Avro as it was written, or frames of another
//! schema.

mod columns;
mod datums;
mod envelope;
mod frames;
mod lines;
mod rows;
mod table;

use crate::batch::{Batch, Record};
use arrow_schema::ArrowError;
pub(crate) use columns::{OFFSET, TIMESTAMP};
use common::deserializer::{Deserializer, Reading};
use common::error::{DecodeError, EncodeError, Kind};
use datums::DatumMaker;
pub(crate) use datums::Datums;
pub(crate) use envelope::{write_length, write_long};
use frames::FrameMaker;
pub(crate) use frames::{Encoder, Frame, Frames};
pub(crate) use lines::{Line, Lines};
use rows::RowMaker;
pub(crate) use rows::Rows;
use std::sync::Arc;
use uuid::Uuid;

/// What a record is parted by, if that is a field: the name of its folder.
pub(crate) type Label = Option<Arc<str>>;

/// Which of them a sink takes.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// The consumer's line, one a record.
    Lines,
    /// One row a record, its value's fields as columns; of Avro values only.
    Rows,
    /// One envelope a record, its value's bytes in it; of Avro values only.
    Datums,
    /// The record itself, its value encoded anew.
    Frames(Box<Encoder>),
}

/// Records in the shape that the sink takes, in order.
#[derive(Debug)]
pub(crate) enum Content {
    Lines(Lines),
    /// Rows of one schema each.
    Rows(Vec<Rows>),
    /// Records of one schema each.
    Datums(Vec<Datums>),
    Frames(Frames),
}

impl Content {
    /// The text of lines.
    pub(crate) fn text(&self) -> &[u8] {
        match self {
            Self::Lines(lines) => &lines.text,
            Self::Rows(_) | Self::Datums(_) | Self::Frames(_) => &[],
        }
    }

    /// Whether there is no record in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.ends.is_empty(),
            Self::Rows(rows) => rows.is_empty(),
            Self::Datums(all) => all.is_empty(),
            Self::Frames(frames) => frames.records.is_empty(),
        }
    }
}

/// Why a record has no line, row or frame. The text names the place and never the data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Unfit {
    /// The record cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No value of this schema can be a row.
    #[error("schema version {id} has no form in the files: {why}")]
    Schema { id: Uuid, why: String },
    /// The value is one that rows cannot hold.
    #[error("the value has no form in the files")]
    Value,
    /// The value does not fit the target's schema.
    #[error("the value does not fit the target's schema: {0}")]
    Encode(#[from] EncodeError),
    /// The record is larger than the target takes.
    #[error("the record has {bytes} bytes, and the target takes {limit} (message.max.bytes)")]
    TooLarge { bytes: usize, limit: usize },
}

impl Unfit {
    /// The kind for logs and labels.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Decode(error) => error.kind(),
            Self::Schema { .. } => Kind::SchemaInvalid,
            Self::Value => Kind::Payload,
            Self::Encode(error) => error.kind(),
            Self::TooLarge { .. } => Kind::TooLarge,
        }
    }

    /// The schema version to load before trying again.
    pub(crate) const fn missing(&self) -> Option<Uuid> {
        match self {
            Self::Decode(error) => error.missing(),
            _ => None,
        }
    }
}

/// Makes content, record by record; each worker has its own.
pub(crate) enum Shaper {
    Lines(Lines),
    Rows(Box<RowMaker>),
    Datums(Box<DatumMaker>),
    Frames(Box<FrameMaker>),
}

impl Shaper {
    /// Begins with nothing; `reading` is how the deserializer gives values out.
    pub(crate) fn new(shape: Shape, reading: &Reading) -> Self {
        match shape {
            Shape::Lines => Self::Lines(Lines::default()),
            Shape::Rows => Self::Rows(Box::new(RowMaker::new(reading.clone()))),
            Shape::Datums => Self::Datums(Box::new(DatumMaker::new(reading.clone()))),
            Shape::Frames(encoder) => {
                Self::Frames(Box::new(FrameMaker::new(*encoder, reading.clone())))
            }
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
        label: Label,
    ) -> Result<(), Unfit> {
        match self {
            Self::Lines(lines) => lines.add(deserializer, topic, (batch, record), label),
            Self::Rows(rows) => rows.add(deserializer, (batch, record), label),
            Self::Datums(datums) => datums.add(deserializer, (batch, record), label),
            Self::Frames(frames) => frames.add(deserializer, batch, record),
        }
    }

    /// Whether a record without a value can be added.
    ///
    /// # Errors
    /// It cannot.
    pub(crate) fn check_bare(&self, batch: &Batch, record: &Record) -> Result<(), Unfit> {
        match self {
            Self::Frames(frames) => frames.check_bare(batch, record),
            Self::Lines(_) | Self::Rows(_) | Self::Datums(_) => Ok(()),
        }
    }

    /// Whether there is so much that it is better taken.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.is_full(),
            Self::Rows(rows) => rows.is_full(),
            Self::Datums(datums) => datums.is_full(),
            Self::Frames(frames) => frames.is_full(),
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
            Self::Datums(datums) => Content::Datums(datums.take()),
            Self::Frames(frames) => Content::Frames(frames.take()),
        })
    }
}
