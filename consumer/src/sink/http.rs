//! Requests to a webhook: some lines each, signed, made again by status.
//!
//! What the receiver has answered with 2xx is safe. A request whose answer is lost, and records of a batch that was sent
//! in part when the process died, come again: in the first case under the same `webhook-id`, in the second perhaps in
//! other pieces, so a receiver that wants each record once tells it by partition and offset.

mod body;
mod client;
mod sign;
mod status;

use super::verdict::{Later, Refused};
use super::{Sink, SinkError};
use crate::batch::Slot;
use crate::config::{HttpBody, HttpCompression, HttpConfig, OnRefusal, Receiver};
use crate::shape::{Content, Lines};
use body::Part;
pub(crate) use client::HttpMetrics;
use client::{Answer, Client};
use runtime::lifecycle::{Exit, Tasks};
use status::Meaning;
use std::io;

/// Posts to a URL.
pub(crate) struct HttpSink {
    client: Client,
    topic: String,
    receiver: Receiver,
    body: HttpBody,
    compression: HttpCompression,
    on_refusal: OnRefusal,
    /// Bytes of a body, at most; fewer once the receiver has said that bodies are too large.
    max_body: usize,
    progress: Option<Progress>,
}

/// How much of the lines that are being written the receiver has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Progress {
    slot: Slot,
    /// The offset of the first of all lines.
    first: i64,
    taken: usize,
}

impl HttpSink {
    /// Makes the client; nothing is sent yet.
    pub(super) fn open(
        config: &HttpConfig,
        topic: &str,
        (metrics, tasks): (HttpMetrics, &Tasks),
    ) -> Result<Self, SinkError> {
        Ok(Self {
            client: Client::new(config, metrics, tasks.aborting().clone())?,
            topic: topic.to_owned(),
            receiver: config.receiver.clone(),
            body: config.body,
            compression: config.compression,
            on_refusal: config.on_refusal,
            max_body: config.max_body.bytes(),
            progress: None,
        })
    }

    fn send(&mut self, slot: Slot, lines: &Lines, progress: &mut Progress) -> io::Result<()> {
        while let Some(part) = Part::cut(lines, progress.taken, self.room()) {
            let place = Place {
                topic: &self.topic,
                partition: slot.partition,
                part,
            };
            let body = part.body(self.body, self.compression)?;
            let answer = self.client.post(&place.id(), body)?;
            match answer.meaning {
                Meaning::Taken => progress.taken = part.end,
                Meaning::TooLarge if part.lines > 1 => self.shrink(part.bytes() / 2),
                _ => return Err(self.error(&answer, &place)),
            }
        }
        Ok(())
    }

    /// Bytes of lines that a body has room for.
    const fn room(&self) -> usize {
        match self.body {
            HttpBody::Lines => self.max_body,
            // Its brackets take one byte more than a line end.
            HttpBody::Array => self.max_body.saturating_sub(1),
        }
    }

    fn shrink(&mut self, max_body: usize) {
        self.max_body = max_body;
        tracing::warn!(
            max_body,
            "the webhook takes no body of this size; it gets smaller ones from now on"
        );
    }

    /// What a status other than 2xx is to the delivery.
    fn error(&self, answer: &Answer, place: &Place<'_>) -> io::Error {
        let (receiver, status) = (&self.receiver, answer.status);
        let (exit, words) = match (answer.meaning, &answer.location) {
            (Meaning::Later | Meaning::Taken, _) => {
                let words = format!("{receiver} answered {status} to {}", place.words());
                return match answer.pause {
                    Some(after) => io::Error::other(Later { after, words }),
                    None => io::Error::other(words),
                };
            }
            (Meaning::Elsewhere, Some(to)) => {
                let words = format!(
                    "{receiver} answered {status} and points to {to}, where records are not sent by themselves: set sink.http_url"
                );
                (Exit::Configuration, words)
            }
            (Meaning::Elsewhere | Meaning::TooLarge | Meaning::Refused, _) => {
                let words = format!("{receiver} refused {} with {status}", place.words());
                (Exit::Refused, words)
            }
        };
        match self.on_refusal {
            OnRefusal::Stop => io::Error::other(Refused { exit, words }),
            OnRefusal::Retry => io::Error::other(words),
        }
    }
}

impl Sink for HttpSink {
    fn name(&self) -> &'static str {
        "http"
    }

    fn write(&mut self, slot: Slot, content: &Content) -> io::Result<()> {
        let Content::Lines(lines) = content else {
            return Ok(());
        };
        let Some(first) = lines.ends.first().map(|line| line.offset) else {
            return Ok(());
        };
        let is_same = |progress: &Progress| (progress.slot, progress.first) == (slot, first);
        let begun = self.progress.take().filter(is_same);
        let mut progress = begun.unwrap_or(Progress {
            slot,
            first,
            taken: 0,
        });
        let sent = self.send(slot, lines, &mut progress);
        if sent.is_err() {
            self.progress = Some(progress);
        }
        sent
    }
}

/// Whether the receiver can be reached, in words.
pub(super) async fn probe(config: &HttpConfig) -> Result<String, SinkError> {
    client::probe(config).await
}

/// Which records a request has.
struct Place<'a> {
    topic: &'a str,
    partition: i32,
    part: Part<'a>,
}

impl Place<'_> {
    /// The same for the same records, however often they are sent.
    fn id(&self) -> String {
        let Part { first, last, .. } = self.part;
        format!("{}-{}-{first}-{last}", self.topic, self.partition)
    }

    /// For people.
    fn words(&self) -> String {
        let Part { first, last, .. } = self.part;
        format!("{}[{}]@{first}..{last}", self.topic, self.partition)
    }
}
