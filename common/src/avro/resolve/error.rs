//! Why a reader's schema cannot take what a writer's has written.

use crate::avro::SchemaError;
use crate::error::Place;
use crate::error::text::{part, short};

/// What a reader's schema cannot take, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{place}{}", part(.fault))]
#[non_exhaustive]
pub struct ResolutionError {
    /// Where in the reader's schema; with an offset if it was a value that could not be taken.
    pub place: Place,
    /// What does not fit.
    pub fault: ResolutionFault,
}

/// How a writer's and a reader's schema do not fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolutionFault {
    /// One type cannot become the other.
    #[error("the writer's {writer} cannot become {reader}")]
    Types {
        /// The writer's type.
        writer: Box<str>,
        /// The reader's type.
        reader: Box<str>,
    },
    /// Two fixed types have different sizes.
    #[error(
        "the writer's {writer} has {writer_bytes} bytes and the reader's {reader} has {reader_bytes}"
    )]
    Size {
        /// The writer's type.
        writer: Box<str>,
        /// Its size in bytes.
        writer_bytes: usize,
        /// The reader's type.
        reader: Box<str>,
        /// Its size in bytes.
        reader_bytes: usize,
    },
    /// A field of the reader's has no value.
    #[error(
        "the writer's {writer} has no field {}, and in the reader's {reader} it has no default",
        short(.field)
    )]
    Missing {
        /// The writer's record.
        writer: Box<str>,
        /// The reader's record.
        reader: Box<str>,
        /// The reader's field.
        field: Box<str>,
    },
    /// The enum's symbol is none of the reader's.
    #[error(
        "the writer's {writer} has a symbol that the reader's {reader} has not, without a default"
    )]
    Symbol {
        /// The writer's enum.
        writer: Box<str>,
        /// The reader's enum.
        reader: Box<str>,
    },
    /// The reader's aliases give two fields of a record one name.
    #[error("by the reader's aliases two fields of the writer's record {} are {}", short(.record), short(.field))]
    DuplicateField {
        /// The writer's record.
        record: Box<str>,
        /// The name of both.
        field: Box<str>,
    },
    /// The reader's aliases give two branches of a union one name.
    #[error("by the reader's aliases two branches of a writer's union are {}", short(.name))]
    DuplicateBranch {
        /// The name of both.
        name: Box<str>,
    },
    /// A default that is needed is no value of its type, or passes a limit.
    #[error("the default of the reader's field {} cannot be used", short(.field))]
    Default {
        /// The reader's field.
        field: Box<str>,
    },
    /// The reader's schema cannot be compiled.
    #[error("the reader's schema: {0}")]
    Reader(Box<SchemaError>),
    /// The two schemas have too many combinations of types.
    #[error("reading one schema as the other takes a plan of more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}
