//! What a plan has besides, if it reads what another schema has written.

use super::{Branch, NodeId};
use crate::avro::resolve::ResolutionFault;
use crate::bytes::Piece;
use crate::view::MaskKey;

/// What to do with one value of the writer's that is not of the reader's type.
///
/// The numbers are indexes into the tables of [`Resolved`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::avro) enum Adjust {
    /// A record with other fields or fields in another order.
    Record(u32),
    /// An enum with other symbols.
    Enum(u32),
    /// A number of a wider type.
    Number { from: Number, to: NodeId },
    /// Bytes that become a string.
    Text,
    /// A union that becomes one type.
    FromUnion(u32),
    /// A type that becomes a branch of a union.
    ToUnion(u32),
    /// A value in whose place stands what its text is masked to.
    Mask(u32),
    /// A value that the reader cannot take.
    Refuse(u32),
}

/// The type of a number as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::avro) enum Number {
    Int,
    Long,
    Float,
}

/// The tables of the adjusting nodes.
#[derive(Debug, Default)]
pub(in crate::avro) struct Resolved {
    pub(in crate::avro) records: Vec<Adjusted>,
    pub(in crate::avro) enums: Vec<Symbols>,
    pub(in crate::avro) from_unions: Vec<Box<[NodeId]>>,
    pub(in crate::avro) to_unions: Vec<Branch>,
    pub(in crate::avro) masked: Vec<Masked>,
    pub(in crate::avro) key: Option<MaskKey>,
    pub(in crate::avro) defaults: Vec<DefaultText>,
    /// One a type of the writer's schema, at the same index.
    pub(in crate::avro) skips: Vec<Skip>,
    pub(in crate::avro) faults: Vec<ResolutionFault>,
}

/// A single value that is masked.
#[derive(Debug)]
pub(in crate::avro) struct Masked {
    /// Reads the value as the reader would without a mask.
    pub(in crate::avro) value: NodeId,
    /// Where in the reader's union null and the text are, if it is one.
    pub(in crate::avro) branches: Option<MaskedBranches>,
}

/// The branches of a union of null and a masked text.
#[derive(Debug, Clone, Copy)]
pub(in crate::avro) struct MaskedBranches {
    pub(in crate::avro) null: usize,
    pub(in crate::avro) text: usize,
}

/// The symbols that a writer's enum becomes.
#[derive(Debug)]
pub(in crate::avro) struct Symbols {
    /// The reader's enum.
    pub(in crate::avro) reader: u32,
    /// By the writer's number, the reader's.
    pub(in crate::avro) numbers: Vec<Option<usize>>,
    /// The fault where there is none.
    pub(in crate::avro) fault: u32,
}

/// How a record of the writer's becomes one of the reader's.
#[derive(Debug, Default)]
pub(in crate::avro) struct Adjusted {
    /// The reader's record.
    pub(in crate::avro) reader: u32,
    /// What to do, in the order of the writer's fields.
    pub(in crate::avro) moves: Vec<Move>,
    /// The reader's fields from the first on whose value does not come in its turn.
    pub(in crate::avro) rest: Vec<Rest>,
    /// The reader's record has no fields.
    pub(in crate::avro) is_empty: bool,
}

/// A step in reading a record.
#[derive(Debug)]
pub(in crate::avro) enum Move {
    /// Reads the value of the reader's field whose turn it is.
    Read {
        field: usize,
        node: NodeId,
        opening: Piece,
    },
    /// Reads the value of a field whose turn comes later.
    Hold { field: usize, node: NodeId },
    /// Writes the default of the field whose turn it is.
    Default(u32),
    /// Passes over the value of a field that the reader has not.
    Skip { skip: u32, name: Box<str> },
}

/// A field whose value is put in its place when the record is read.
#[derive(Debug)]
pub(in crate::avro) enum Rest {
    /// The value that was held as the so-manieth.
    Held { slot: usize, opening: Piece },
    /// The default.
    Default(u32),
}

/// A default with its name before it, in both JSON forms.
#[derive(Debug)]
pub(in crate::avro) struct DefaultText {
    /// The reader's record and the index of its field, where the bytes are.
    pub(in crate::avro) of: (u32, usize),
    pub(in crate::avro) plain: Piece,
    pub(in crate::avro) avro: Piece,
}

/// How a value is passed over. The numbers are indexes into [`Resolved::skips`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::avro) enum Skip {
    /// It takes no bytes.
    Nothing,
    Int,
    Long,
    /// Bytes with their length before them.
    Bytes,
    Fixed(usize),
    Array(u32),
    Map(u32),
    /// The fields that take bytes.
    Record(Box<[u32]>),
    Union(Box<[u32]>),
}
