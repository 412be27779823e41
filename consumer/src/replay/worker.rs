//! The replay thread: takes letters in order, leaves out what the filters leave out, and hands the records on in time.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::pace::Pace;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use super::Parts;
use super::plan::Plan;
use super::provenance::{self, Place, Provenance};
use super::survey::Survey;
use super::writer::{Replayed, Writer};
use crate::batch::{Batch, End, Record};
use crate::closing::Closing;
use crate::flow::Flow;
use crate::metrics::Metrics;

/// How long one look at what is awaited takes.
const SLICE: Duration = Duration::from_millis(50);
/// How often the end of what is in flight is looked for.
const SHORT: Duration = Duration::from_millis(5);

/// Where letters go.
pub(super) enum Target {
    Topic(Writer),
    Survey(Survey),
}

/// See the module's words.
pub(super) struct Replayer {
    plan: Arc<Plan>,
    flow: Arc<Flow>,
    metrics: Metrics,
    tasks: Tasks,
    target: Target,
    /// Partitions of the topic that is written.
    partitions: i32,
    pace: Pace,
}

impl Replayer {
    pub(super) fn new(parts: &Parts, target: Target, partitions: usize) -> Self {
        Self {
            plan: Arc::clone(&parts.plan),
            flow: Arc::clone(&parts.flow),
            metrics: parts.metrics.clone(),
            tasks: parts.tasks.clone(),
            target,
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
            pace: Pace::new(parts.plan.rate.limit().unwrap_or_default()),
        }
    }

    /// Replays until the poll thread has handed on its last letter, and all in flight is settled.
    ///
    /// # Errors
    /// When a dry run was cut short.
    pub(super) fn run(mut self, letters: &Receiver<Batch>) -> Result<(), Failure> {
        loop {
            match letters.recv_timeout(SLICE) {
                Ok(batch) => self.take(&batch),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Target::Topic(writer) = &self.target {
                writer.look_after();
            }
        }
        self.settle();
        // What is open now stays so.
        self.flow.give_up();
        self.report()
    }

    /// Takes a batch of letters as far as the replay may go.
    fn take(&mut self, batch: &Batch) {
        let closing = Closing::new(&self.flow, batch.slot);
        let records = &batch.records;
        let refused = records
            .iter()
            .position(|record| !self.take_one(batch, record, &closing));
        // A dry run looks at all, and finishes nothing.
        let at = match self.target {
            Target::Topic(_) => refused.unwrap_or(records.len()),
            Target::Survey(_) => 0,
        };
        let next = records.get(at).map(|record| record.offset);
        closing.end(End {
            ticket: batch.ticket,
            next_offset: next.unwrap_or_else(|| batch.next_offset()),
            records: records.len(),
            bytes: batch.bytes(),
            unfinished: records.len() - at,
            is_kept: false,
        });
    }

    /// Takes a letter; `false` when the replay ends before it.
    fn take_one(&mut self, batch: &Batch, record: &Record, closing: &Arc<Closing>) -> bool {
        if self.tasks.draining().is_cancelled() || !self.flow.is_open(batch.slot) {
            return false;
        }
        let past = Provenance::read(batch, record);
        let passes = self.plan.filter.passes(record.timestamp.to_millis(), &past);
        if let Target::Survey(survey) = &mut self.target {
            if passes {
                survey.count(&past);
            } else {
                survey.skip();
            }
            return true;
        }
        if !passes {
            self.metrics.skipped.inc();
            return true;
        }
        self.wait_for_pace()
            && self.flow.is_open(batch.slot)
            && self.send(batch, record, past, closing)
    }

    fn send(
        &self,
        batch: &Batch,
        record: &Record,
        past: Provenance,
        closing: &Arc<Closing>,
    ) -> bool {
        let Target::Topic(writer) = &self.target else {
            return true;
        };
        let own = past.timestamp.or_else(|| record.timestamp.to_millis());
        let partition = past.source.as_ref().and_then(|from| self.home(from));
        let origin = past.source.unwrap_or_else(|| Place {
            topic: self.plan.from.clone(),
            partition: batch.slot.partition,
            offset: record.offset,
        });
        let replayed = Replayed {
            key: record.key.as_ref().map(|range| batch.slice(range)),
            value: record.value.as_ref().map(|range| batch.slice(range)),
            headers: provenance::headers(batch, record, &origin),
            timestamp: own.filter(|millis| *millis > 0),
            partition,
            offset: record.offset,
        };
        writer.send(replayed, closing, || !self.is_over())
    }

    /// The partition that a record came from, if it goes back to its topic and that still has it.
    fn home(&self, from: &Place) -> Option<i32> {
        let is_home = from.topic == self.plan.to && from.partition < self.partitions;
        is_home.then_some(from.partition)
    }

    /// Waits until the next record is due; `false` when the replay ends first.
    fn wait_for_pace(&mut self) -> bool {
        let Some(due) = self.pace.due() else {
            return true;
        };
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            if self.tasks.draining().is_cancelled() {
                return false;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// Waits for what is in flight, for as long as the drain lets it.
    fn settle(&self) {
        let Target::Topic(writer) = &self.target else {
            return;
        };
        while writer.is_busy() && !self.is_over() {
            std::thread::sleep(SHORT);
            writer.look_after();
        }
    }

    /// Whether nothing may be waited for any more; once the last commit is made an acknowledgement comes too late.
    fn is_over(&self) -> bool {
        self.tasks.aborting().is_cancelled() || self.flow.is_stuck()
    }

    /// Prints what a dry run has found.
    fn report(self) -> Result<(), Failure> {
        let Target::Survey(survey) = &self.target else {
            return Ok(());
        };
        if self.tasks.cause() != Some(Cause::Finished.as_str()) {
            let said = "the dry run was cut short, so it prints nothing";
            return Err(Failure::said(Exit::DrainIncomplete, said));
        }
        let text = survey.show(&self.plan);
        let written = std::io::stdout().write_all(text.as_bytes());
        Ok(written.context("write to stdout")?)
    }
}
