//! One worker's loop: next record, encode, send. No step goes back, and nothing here is async.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use client::pace::Pace;
use common::error::Kind;
use common::serializer::Serializer;
use runtime::telemetry::Heartbeat;
use tokio_util::sync::CancellationToken;

use crate::config::OnReject;
use crate::gate::Gate;
use crate::latest::Newest;
use crate::metrics::Metrics;
use crate::publish::{Sender, Sent};
use crate::resume::Resume;
use crate::source::{Next, Record, Rejection, Source, SourceError, Span};

/// Records between two looks at the drain; each wait looks too.
const LOOK_EVERY: u32 = 64;
/// Longest sleep between two looks at the drain.
const SLICE: Duration = Duration::from_millis(50);
/// Sleep between two looks at a closed gate.
const GATE_SLICE: Duration = Duration::from_millis(1);

/// Why a worker ended in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The source has no more.
    Source,
    /// `source.max_records` is reached.
    Limit,
    /// A record was rejected, and the configuration says to stop then.
    Rejected,
    /// The daemon drains.
    Drain,
}

/// `source.max_records`, shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Quota(Option<Arc<AtomicU64>>);

impl Quota {
    /// So many records, or without limit.
    pub(crate) fn new(records: Option<u64>) -> Self {
        Self(records.map(|records| Arc::new(AtomicU64::new(records))))
    }

    /// Takes one, if there is one left.
    fn take(&self) -> bool {
        let Some(left) = &self.0 else { return true };
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        })
        .is_ok()
    }
}

/// What all workers have alike; each takes a clone.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) pace: Pace,
    pub(crate) quota: Quota,
    pub(crate) gate: Option<Gate>,
    pub(crate) on_reject: OnReject,
    pub(crate) resume: Option<Arc<Resume>>,
    pub(crate) batch: u64,
    pub(crate) draining: CancellationToken,
    pub(crate) metrics: Metrics,
}

/// A worker.
pub(crate) struct Pipeline {
    source: Box<dyn Source>,
    serializer: Serializer,
    newest: Newest,
    sender: Sender,
    heart: Heartbeat,
    rules: Rules,
    until_look: u32,
    sent_in_batch: u64,
    /// A record's permission that a source without a record did not use up.
    permitted: bool,
}

impl Pipeline {
    /// A worker that has not begun.
    pub(crate) fn new(
        source: Box<dyn Source>,
        mut newest: Newest,
        sender: Sender,
        heart: Heartbeat,
        rules: Rules,
    ) -> Self {
        let serializer = newest.borrow_and_update().clone();
        Self {
            source,
            serializer,
            newest,
            sender,
            heart,
            rules,
            until_look: 0,
            sent_in_batch: 0,
            permitted: false,
        }
    }

    /// Works until there is a reason to end.
    ///
    /// # Errors
    /// When the source cannot go on.
    pub(crate) fn run(mut self) -> Result<End, SourceError> {
        let mut record = Record::default();
        let end = loop {
            if let Some(end) = self.turn(&mut record)? {
                break end;
            }
        };
        self.end_batch();
        self.heart.rest();
        Ok(end)
    }

    /// One record, or the reason to end.
    fn turn(&mut self, record: &mut Record) -> Result<Option<End>, SourceError> {
        if let Some(end) = self.permit() {
            return Ok(Some(end));
        }
        let end = match self.source.next(&mut self.serializer, record)? {
            Next::Waiting => {
                self.until_look = 0;
                self.take_over();
                return Ok(None);
            }
            Next::End => return Ok(Some(End::Source)),
            Next::Rejected(rejection) => {
                self.rules.metrics.read.inc();
                self.reject(&rejection, record.span)
            }
            Next::Record => {
                self.rules.metrics.read.inc();
                self.send(record)
            }
        };
        self.permitted = false;
        Ok(end)
    }

    fn send(&mut self, record: &Record) -> Option<End> {
        match self.sender.send(record) {
            Sent::Enqueued => {
                self.sent_in_batch += 1;
                if self.sent_in_batch == self.rules.batch {
                    self.end_batch();
                    self.take_over();
                }
                None
            }
            Sent::TooLarge => {
                let why = "the record is larger than the Kafka client may send (message.max.bytes)"
                    .to_owned();
                let rejection = Rejection {
                    line: record.span.map(|span| span.to.line),
                    kind: Kind::TooLarge,
                    why,
                };
                self.reject(&rejection, record.span)
            }
            Sent::GivenUp => Some(End::Drain),
        }
    }

    /// Says what is wrong with a record, once, and counts it; where that is no reason to stop, it is finished.
    fn reject(&self, rejection: &Rejection, span: Option<Span>) -> Option<End> {
        let Rejection { line, kind, why } = rejection;
        self.rules.metrics.rejected(*kind).inc();
        let kind = kind.as_str();
        let place = line.map_or("a record".to_owned(), |line| format!("line {line}"));
        let troubles = &self.rules.metrics.troubles;
        troubles.note_last(kind, format_args!("{place} was rejected"));
        if let Some(line) = line {
            tracing::warn!(line, kind, "line {line} rejected: {kind}: {why}");
        } else {
            tracing::warn!(kind, "record rejected: {kind}: {why}");
        }
        if self.rules.on_reject == OnReject::Stop {
            return Some(End::Rejected);
        }
        if let (Some(resume), Some(span)) = (&self.rules.resume, span) {
            resume.pass(span);
        }
        None
    }

    fn end_batch(&mut self) {
        if self.sent_in_batch > 0 {
            tracing::debug!("sent {} messages", self.sent_in_batch);
            self.sent_in_batch = 0;
        }
    }

    /// Writes with a newer schema version from here on, if there is one.
    fn take_over(&mut self) {
        // Where nothing is followed the other end is gone, and nothing will change.
        if self.newest.has_changed().unwrap_or(false) {
            self.serializer = self.newest.borrow_and_update().clone();
        }
    }

    /// Waits until the next record may go; the reason to end if it may not.
    fn permit(&mut self) -> Option<End> {
        if self.until_look == 0 {
            self.until_look = LOOK_EVERY;
            if self.must_end() {
                return Some(End::Drain);
            }
        }
        self.until_look -= 1;
        if self.permitted {
            return None;
        }
        if !self.wait_for_gate() || !self.wait_for_pace() {
            return Some(End::Drain);
        }
        if !self.rules.quota.take() {
            return Some(End::Limit);
        }
        self.permitted = true;
        None
    }

    fn must_end(&self) -> bool {
        self.heart.beat();
        self.rules.draining.is_cancelled()
    }

    fn wait_for_gate(&self) -> bool {
        let Some(gate) = &self.rules.gate else {
            return true;
        };
        while !gate.is_open(self.rules.metrics.enqueued.get()) {
            if self.must_end() {
                return false;
            }
            std::thread::sleep(GATE_SLICE);
        }
        true
    }

    fn wait_for_pace(&mut self) -> bool {
        let Some(due) = self.rules.pace.due() else {
            return true;
        };
        let began = Instant::now();
        let mut now = began;
        while now < due {
            if self.must_end() {
                return false;
            }
            std::thread::sleep((due - now).min(SLICE));
            now = Instant::now();
        }
        self.rules
            .metrics
            .rate_limit_wait
            .inc_by((now - began).as_secs_f64());
        true
    }
}
