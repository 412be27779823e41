//! One dead letter: the record as it was, and headers that say where it came from and what was wrong.

use std::fmt;
use std::sync::Arc;

use common::error::Kind;
use common::wire;
use rdkafka::message::{Header, OwnedHeaders};

use crate::batch::{Batch, Record, Slot};
use crate::clock;
use crate::flow::{Flow, LetterRoom};
use crate::line;
use crate::shape::Unfit;

/// What the names of Kafka Connect's headers begin with, which tools know.
pub(crate) const CONNECT: &str = "__connect.errors.";
/// What the names of our own headers begin with.
pub(crate) const OWN: &str = "gluestream.";

/// The longest text of an error, in bytes.
const MAX_MESSAGE: usize = 1024;

/// What all letters of a consumer have alike.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) topic: String,
    pub(crate) group: String,
    pub(crate) client: String,
}

/// See the module's words.
pub(crate) struct Letter {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    /// The record's own headers; names that are not UTF-8, which the client cannot send, have replacement characters.
    own: Vec<(String, Option<Vec<u8>>)>,
    /// What we know, in order.
    context: Vec<(&'static str, String)>,
    place: String,
    kind: Kind,
    room: Option<LetterRoom>,
}

impl Letter {
    /// The letter of a record that cannot be decoded.
    pub(crate) fn of(origin: &Origin, batch: &Batch, record: &Record, error: &Unfit) -> Self {
        let own = batch.headers(record).map(|(name, value)| {
            let name = String::from_utf8_lossy(name).into_owned();
            (name, value.map(<[u8]>::to_vec))
        });
        let (partition, offset) = (batch.slot.partition, record.offset);
        Self {
            key: record.key.as_ref().map(|range| batch.slice(range).to_vec()),
            value: record
                .value
                .as_ref()
                .map(|range| batch.slice(range).to_vec()),
            own: own.collect(),
            context: context(origin, batch, record, error),
            place: format!("{}[{partition}]@{offset}", origin.topic),
            kind: error.kind(),
            room: None,
        }
    }

    /// Counts as bytes in flight from now on, for as long as it lives.
    #[must_use]
    pub(crate) fn counted(mut self, flow: &Arc<Flow>, slot: Slot) -> Self {
        self.room = Some(LetterRoom::take(flow, slot, self.bytes()));
        self
    }

    /// Bytes of everything that it owns.
    fn bytes(&self) -> usize {
        let own = self.own.iter().map(|(name, value)| {
            size_of::<(String, Option<Vec<u8>>)>() + name.len() + value.as_ref().map_or(0, Vec::len)
        });
        let context = self
            .context
            .iter()
            .map(|(name, value)| size_of::<(&str, String)>() + name.len() + value.len());
        let payload = [&self.key, &self.value].into_iter().flatten().map(Vec::len);
        size_of::<Self>() + payload.sum::<usize>() + own.sum::<usize>() + context.sum::<usize>()
    }

    /// All headers: the record's own, then ours.
    pub(crate) fn headers(&self) -> OwnedHeaders {
        let mut headers = OwnedHeaders::new_with_capacity(self.own.len() + self.context.len());
        for (key, value) in &self.own {
            let value = value.as_deref();
            headers = headers.insert(Header { key, value });
        }
        for (key, value) in &self.context {
            let value = Some(value.as_str());
            headers = headers.insert(Header { key, value });
        }
        headers
    }

    /// The record's place, for people.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The kind of error.
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Debug for Letter {
    /// Nothing of the record itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("place", &self.place)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Kafka Connect's headers, which tools know, and our own.
fn context(
    origin: &Origin,
    batch: &Batch,
    record: &Record,
    error: &Unfit,
) -> Vec<(&'static str, String)> {
    let kind = error.kind().as_str();
    let message = shortened(&error.to_string());
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let mut headers = vec![
        ("__connect.errors.topic", origin.topic.clone()),
        (
            "__connect.errors.partition",
            batch.slot.partition.to_string(),
        ),
        ("__connect.errors.offset", record.offset.to_string()),
        ("__connect.errors.connector.name", origin.group.clone()),
        ("__connect.errors.task.id", origin.client.clone()),
        ("__connect.errors.stage", "VALUE_CONVERTER".to_owned()),
        (
            "__connect.errors.class.name",
            "gluestream.consumer".to_owned(),
        ),
        (
            "__connect.errors.exception.class.name",
            format!("gluestream.{kind}"),
        ),
        ("__connect.errors.exception.message", message.clone()),
        ("__connect.errors.exception.stacktrace", message),
        ("gluestream.kind", kind.to_owned()),
        ("gluestream.attempts", "1".to_owned()),
        ("gluestream.first_failure", line::moment(clock::now_ms())),
        ("gluestream.service_version", version),
    ];
    if let Some(millis) = record.timestamp.to_millis() {
        headers.push(("gluestream.timestamp", line::moment(millis)));
    }
    let value = record.value.as_ref().map(|range| batch.slice(range));
    if let Some(Ok((header, _))) = value.map(wire::split) {
        let id = header.schema_version_id.to_string();
        headers.push(("gluestream.schema_version_id", id));
    }
    headers
}

/// At most [`MAX_MESSAGE`] bytes of a text.
fn shortened(text: &str) -> String {
    let mut end = text.len().min(MAX_MESSAGE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
