//! Where records come from: what a source gives, and what it refuses.

pub(crate) mod batch;
pub(crate) mod generate;
pub(crate) mod http;
pub(crate) mod input;
pub(crate) mod ndjson;
pub(crate) mod orders;
pub(crate) mod supply;

use std::sync::Arc;

use common::error::{EncodeError, Kind};
use common::serializer::Serializer;
use runtime::lifecycle::Exit;

/// A record on its way to Kafka, in buffers that are used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The whole frame: header and payload.
    pub(crate) value: Vec<u8>,
    /// Whether it has no value, which deletes its key from a compacted topic.
    pub(crate) is_tombstone: bool,
    /// The key's bytes, if the record has a key.
    pub(crate) key: Vec<u8>,
    /// Whether the record has a key at all.
    pub(crate) keyed: bool,
    /// The headers, by their names.
    pub(crate) headers: Vec<(Arc<str>, Vec<u8>)>,
    /// The line it stood in, where the source has lines.
    pub(crate) span: Option<Span>,
}

/// A place between two lines of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Lines before it.
    pub(crate) line: u64,
    /// Bytes before it.
    pub(crate) offset: u64,
}

/// A line of a file, its end included; its number is that of the place behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it begins.
    pub(crate) from: Place,
    /// Where the next line begins.
    pub(crate) to: Place,
}

impl Record {
    /// The value as Kafka takes it.
    pub(crate) fn value(&self) -> Option<&[u8]> {
        (!self.is_tombstone).then_some(self.value.as_slice())
    }

    /// The key as Kafka takes it.
    pub(crate) fn key(&self) -> Option<&[u8]> {
        self.keyed.then_some(self.key.as_slice())
    }
}

/// What a source gives when it is asked for its next record.
#[derive(Debug)]
pub(crate) enum Next {
    /// A record was written into the buffers.
    Record,
    /// A record was read and is no good.
    Rejected(Rejection),
    /// There is nothing yet: ask again. The source has waited a little already.
    Waiting,
    /// There will be nothing more.
    End,
}

/// Why a record was refused. The text names the place and never the data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) line: Option<u64>,
    pub(crate) kind: Kind,
    pub(crate) why: String,
}

impl Rejection {
    /// A record that could not be encoded.
    fn encoding(line: Option<u64>, error: &EncodeError) -> Self {
        Self {
            line,
            kind: error.kind(),
            why: error.to_string(),
        }
    }
}

/// A source that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SourceError {
    /// The input could not be read.
    #[error("cannot read {path} after line {line}")]
    Read {
        /// The configured path.
        path: String,
        /// The last line that was whole.
        line: u64,
        /// What the operating system said.
        #[source]
        error: std::io::Error,
    },
}

impl SourceError {
    /// The exit code: what was packed and is damaged is the input's fault, all else is not.
    pub(crate) fn exit(&self) -> Exit {
        let Self::Read { error, .. } = self;
        if input::unpack::is_damage(error) {
            Exit::Refused
        } else {
            Exit::Internal
        }
    }
}

/// A source of records. Each pipeline thread has its own.
pub(crate) trait Source: Send {
    /// Writes the next record, framed, into `record`.
    ///
    /// # Errors
    /// When the source cannot go on at all. A single bad record is a [`Next::Rejected`].
    fn next(
        &mut self,
        serializer: &mut Serializer,
        record: &mut Record,
    ) -> Result<Next, SourceError>;
}
