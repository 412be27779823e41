//! Checks and encodes requests and hands them over, each as a whole: a thread of its own, where nothing is async.

use std::io::Read as _;
use std::time::Duration;

use common::error::Kind as ErrorKind;
use common::serializer::Serializer;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use runtime::telemetry::Heartbeat;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::answer::Slot;
use super::problem::{Fault, Kind, Problem};
use super::records::{self, Records};
use crate::key::Key;
use crate::latest::Newest;
use crate::pipeline::{End, Rules};
use crate::publish::{Fate, NoRoom, Sender};
use crate::source::batch::Batch;

/// How long a worker waits for a request before it looks around.
const SLICE: Duration = Duration::from_millis(50);
/// Faults of a request that its client is told of; those beyond are only counted.
const MOST_FAULTS: usize = 100;
/// Memory that a buffer keeps from one request to the next, in bytes.
const KEPT: usize = 1 << 20;

/// How a body says its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON: one record, an array, or one a line.
    Json,
    /// One bare Avro datum.
    Avro,
}

/// A body that came whole.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) body: Vec<u8>,
    pub(super) form: Form,
    pub(super) is_gzip: bool,
    /// Stays taken while the body takes memory, also when its client has gone away.
    pub(super) _slot: Slot,
    /// Hears whether the records are on their way.
    pub(super) told: oneshot::Sender<Result<Sent, Problem>>,
}

/// Records that are on their way.
#[derive(Debug)]
pub(super) struct Sent {
    /// The version that they are written with.
    pub(super) version: Uuid,
    /// Gives what became of each, once all are settled.
    pub(super) fates: oneshot::Receiver<Vec<Fate>>,
}

/// What one request may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Bytes of its body, inflated.
    pub(super) body: usize,
    /// Its records.
    pub(super) records: usize,
    /// Bytes of its keys and values.
    pub(super) encoded: usize,
}

/// A worker.
pub(super) struct Worker {
    jobs: Receiver<Job>,
    newest: Newest,
    sender: Sender,
    heart: Heartbeat,
    rules: Rules,
    most: Most,
    serializer: Serializer,
    key: Option<Key>,
    batch: Batch,
    inflated: Vec<u8>,
    record: Buffers,
    faults: Vec<Fault>,
    /// Records that are no good, those beyond the kept faults too.
    rejected: usize,
}

/// One record on its way into the batch.
#[derive(Debug, Default)]
struct Buffers {
    key: Vec<u8>,
    value: Vec<u8>,
    /// The JSON text of an Avro datum.
    json: Vec<u8>,
}

impl Worker {
    /// A worker that has not begun; it has a way to the publisher and a heart of its own.
    pub(super) fn new(
        jobs: Receiver<Job>,
        mut newest: Newest,
        (sender, heart): (Sender, Heartbeat),
        rules: Rules,
        (key, most): (Option<Key>, Most),
    ) -> Self {
        let serializer = newest.borrow_and_update().clone();
        Self {
            jobs,
            newest,
            sender,
            heart,
            rules,
            most,
            serializer,
            key,
            batch: Batch::default(),
            inflated: Vec::new(),
            record: Buffers::default(),
            faults: Vec::new(),
            rejected: 0,
        }
    }

    /// Works until the daemon drains and no request waits.
    pub(super) fn run(mut self) -> End {
        loop {
            self.heart.beat();
            match self.jobs.recv_timeout(SLICE) {
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) if self.rules.draining.is_cancelled() => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.heart.rest();
        End::Drain
    }

    fn take(&mut self, job: Job) {
        // Whose client has gone away is not sent: it would come again.
        if job.told.is_closed() {
            return;
        }
        // Where nothing is followed the other end is gone, and nothing will change.
        if self.newest.has_changed().unwrap_or(false) {
            self.serializer = self.newest.borrow_and_update().clone();
        }
        let inflated = std::mem::take(&mut self.inflated);
        let (sent, inflated) = self.answer(&job, inflated);
        self.inflated = inflated;
        self.inflated.clear();
        self.inflated.shrink_to(KEPT);
        // Who went away meanwhile does not hear it; the records are on their way all the same.
        job.told.send(sent).ok();
    }

    /// Sends all records of a request, or says why none is sent; gives the buffer back.
    fn answer(&mut self, job: &Job, mut inflated: Vec<u8>) -> (Result<Sent, Problem>, Vec<u8>) {
        let body = if job.is_gzip {
            inflate(&job.body, self.most.body, &mut inflated).map(|()| inflated.as_slice())
        } else {
            Ok(job.body.as_slice())
        };
        let sent = body.and_then(|body| {
            self.encode(body, job.form)?;
            self.send()
        });
        (sent, inflated)
    }

    /// Writes all records of a body into the batch; those that are no good are noted and counted.
    fn encode(&mut self, body: &[u8], form: Form) -> Result<(), Problem> {
        self.batch.clear(KEPT);
        self.faults.clear();
        self.rejected = 0;
        match form {
            Form::Json => self.encode_json(body)?,
            Form::Avro => self.encode_avro(body)?,
        }
        if self.rejected == 0 {
            return Ok(());
        }
        let (kind, rejected) = (self.faults[0].kind.as_str(), self.rejected);
        let troubles = &self.rules.metrics.troubles;
        troubles.note_last(
            kind,
            format_args!("{rejected} records of a request were rejected"),
        );
        tracing::debug!(kind, rejected, "request rejected");
        let detail = format!(
            "none of the request's records was sent, because {rejected} of them cannot be written with the schema"
        );
        Err(Problem::new(Kind::Rejected, detail).with_faults(&self.faults, rejected))
    }

    fn encode_json(&mut self, body: &[u8]) -> Result<(), Problem> {
        let mut found = Records::open(body).map_err(|fault| self.malformed(fault))?;
        let mut count = 0;
        while let Some(record) = found.next().map_err(|fault| self.malformed(fault))? {
            count = record.record;
            if count > self.most.records {
                return Err(Problem::new(
                    Kind::TooLarge,
                    format!(
                        "the request has more than {} records (source.max_body_records)",
                        self.most.records
                    ),
                ));
            }
            let written = self.write_json(record.text.as_bytes());
            self.settle((record.record, Some(record.line)), written)?;
            self.heart.beat();
        }
        if count == 0 {
            return Err(self.malformed(records::nothing()));
        }
        Ok(())
    }

    fn write_json(&mut self, text: &[u8]) -> Result<(), Wrong> {
        let Buffers { key, value, .. } = &mut self.record;
        self.serializer
            .encode_json(text, value)
            .map_err(|error| (error.kind(), error.field(), error.to_string()))?;
        write_key(self.key.as_mut(), text, key)
    }

    fn encode_avro(&mut self, datum: &[u8]) -> Result<(), Problem> {
        let written = self.write_avro(datum);
        self.settle((1, None), written)
    }

    /// Frames bytes that are one value of the schema and nothing behind it.
    fn write_avro(&mut self, datum: &[u8]) -> Result<(), Wrong> {
        let Buffers { key, value, json } = &mut self.record;
        json.clear();
        json.shrink_to(KEPT);
        let taken = self
            .serializer
            .read_payload(datum, json)
            .map_err(|error| (error.kind(), error.field(), error.to_string()))?;
        if taken < datum.len() {
            let why = format!("{} bytes left behind the datum", datum.len() - taken);
            return Err((ErrorKind::Trailing, None, why));
        }
        self.serializer
            .encode_payload(datum, value)
            .map_err(|error| (error.kind(), error.field(), error.to_string()))?;
        write_key(self.key.as_mut(), json, key)
    }

    /// Puts a record into the batch, or notes what is wrong with it.
    fn settle(
        &mut self,
        (record, line): (usize, Option<u64>),
        written: Result<(), Wrong>,
    ) -> Result<(), Problem> {
        let Buffers { key, value, .. } = &self.record;
        let key = self.key.is_some().then_some(key.as_slice());
        let bytes = key.map_or(0, <[u8]>::len) + value.len();
        let written = written.and_then(|()| {
            if self.sender.takes(bytes) {
                return Ok(());
            }
            let why = "the record is larger than the Kafka client may send (message.max.bytes)";
            Err((ErrorKind::TooLarge, None, why.to_owned()))
        });
        match written {
            // What is not sent anyway needs no memory.
            Ok(()) if self.rejected > 0 => {}
            Ok(()) if self.batch.bytes() + bytes > self.most.encoded => {
                let why = "its records take more than source.in_flight_bytes";
                return Err(Problem::new(Kind::TooLarge, why));
            }
            Ok(()) => self.batch.push(key, value),
            Err((kind, field, reason)) => self.reject(Fault {
                record,
                line,
                field,
                kind,
                reason,
            }),
        }
        Ok(())
    }

    /// Counts a record that is no good. Those beside it count as not read: their client keeps them.
    fn reject(&mut self, fault: Fault) {
        self.rules.metrics.read.inc();
        self.rules.metrics.rejected(fault.kind).inc();
        self.rejected += 1;
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    /// A body that could not be cut into records: nothing behind the place is known.
    fn malformed(&mut self, fault: Fault) -> Problem {
        self.reject(fault.clone());
        let detail = "no record of the request was sent, because its body is not JSON as it is taken here: an object, an array of objects, or objects with line ends between them";
        Problem::new(Kind::Malformed, detail).with_faults(&[fault], 1)
    }

    /// Hands the batch over if there is room for all of it.
    fn send(&mut self) -> Result<Sent, Problem> {
        let is_open = |gate: &crate::Gate| gate.is_open(self.rules.metrics.enqueued.get());
        let (told, fates) = oneshot::channel();
        let sent = match &self.rules.gate {
            Some(gate) if !is_open(gate) => Err(NoRoom),
            _ => self.sender.send_together(&self.batch, told),
        };
        let version = self.serializer.schema_version_id();
        sent.map(|()| Sent { version, fates }).map_err(|NoRoom| {
            let detail = "as much is on its way to Kafka as may be (source.in_flight_records, source.in_flight_bytes); nothing of this request was sent";
            Problem::new(Kind::QueueFull, detail)
        })
    }
}

/// What is wrong with a record: the kind of error, the field at fault, and words.
type Wrong = (ErrorKind, Option<String>, String);

/// Writes the key of a record given as JSON text, where records have one.
fn write_key(key: Option<&mut Key>, json: &[u8], out: &mut Vec<u8>) -> Result<(), Wrong> {
    let Some(key) = key else { return Ok(()) };
    key.write_from_json(json, out)
        .map_err(|error| (ErrorKind::Validation, error.field(), error.to_string()))
}

/// Inflates a body of one or more gzip members, up to `most` bytes.
#[expect(
    clippy::disallowed_types,
    reason = "`take` is the limit: no byte more is inflated than is read"
)]
fn inflate(body: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
    let limit = (most as u64).saturating_add(1);
    match flate2::read::MultiGzDecoder::new(body)
        .take(limit)
        .read_to_end(out)
    {
        Ok(bytes) if bytes > most => Err(too_large(most)),
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::new(
            Kind::Malformed,
            "no record of the request was sent, because its body is damaged: it is not gzip, as Content-Encoding says",
        )),
    }
}

/// A body that is larger than it may be, as it came or inflated.
pub(super) fn too_large(most: usize) -> Problem {
    Problem::new(
        Kind::TooLarge,
        format!("the body is larger than {most} bytes (source.max_body)"),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_inflated_is_bounded_and_whole() {
        let mut out = Vec::new();
        inflate(&gzip(b"hello"), 5, &mut out).unwrap();
        assert_eq!(out, b"hello");
        out.clear();
        inflate(&[gzip(b"hel"), gzip(b"lo")].concat(), 5, &mut out).unwrap();
        assert_eq!(out, b"hello");
        let bomb = gzip(&vec![0; 5 << 20]);
        for (body, kind) in [
            (gzip(b"hello!"), Kind::TooLarge),
            (bomb, Kind::TooLarge),
            (gzip(b"hello")[..15].to_vec(), Kind::Malformed),
            ([gzip(b"hello"), b"and".to_vec()].concat(), Kind::Malformed),
            (b"hello".to_vec(), Kind::Malformed),
            (Vec::new(), Kind::Malformed),
        ] {
            let mut out = Vec::new();
            assert_eq!(inflate(&body, 5, &mut out).unwrap_err().kind, kind);
            assert!(
                out.len() <= 6 && out.capacity() < 1024,
                "{} bytes",
                out.capacity()
            );
        }
    }
}
