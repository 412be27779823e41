//! One record, copied out of librdkafka.

use client::kafka::native::for_each_header;
use rdkafka::Timestamp;
use rdkafka::message::{BorrowedMessage, Message as _};

use crate::line::Head;

/// A header's name and value.
type Header = (Vec<u8>, Option<Vec<u8>>);

/// See the module's words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp: Timestamp,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<Header>,
}

impl Record {
    pub(super) fn copy(message: &BorrowedMessage<'_>) -> Self {
        let mut headers = Vec::new();
        for_each_header(message, |name, value| {
            headers.push((name.to_owned(), value.map(<[u8]>::to_owned)));
        });
        Self {
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp(),
            key: message.key().map(<[u8]>::to_owned),
            value: message.payload().map(<[u8]>::to_owned),
            headers,
        }
    }

    /// Milliseconds since 1970, where there is a time.
    pub(super) fn millis(&self) -> Option<i64> {
        self.timestamp.to_millis()
    }

    /// What the consumer's line begins with.
    pub(super) fn head<'a>(&'a self, topic: &'a str) -> Head<'a> {
        Head {
            topic,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            key: self.key.as_deref(),
        }
    }

    /// The headers in order.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_slice(), value.as_deref()))
    }
}
