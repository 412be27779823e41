//! The thread that reads, decodes, filters and writes.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use runtime::daemon::say;
use runtime::lifecycle::{Cause, Failure, Tasks};

use super::changes::Changes;
use super::decoder::{Decoder, Reading};
use super::filter::Verdict;
use super::format::Format;
use super::last;
use super::output::Output;
use super::place::Span;
use super::plan::Plan;
use super::reader::{Event, Reader};
use super::record::Record;
use crate::batch::Slot;
use crate::bounds::Ends;

/// How long a poll waits when there is nothing.
const IDLE: Duration = Duration::from_millis(100);

/// See the module's words.
pub(super) struct Show {
    pub(super) plan: Plan,
    pub(super) reader: Reader,
    pub(super) span: Span,
    /// Nothing where bytes alone are enough.
    pub(super) decoder: Option<Decoder>,
    pub(super) format: Format,
    pub(super) changes: Changes,
    pub(super) output: Output,
    pub(super) tasks: Tasks,
    pub(super) shown: usize,
    /// Records that are left out because filters need what could not be decoded.
    pub(super) unjudged: u64,
}

impl Show {
    /// Shows records until it is enough, there are no more, nobody reads them, or the command is told to end.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        let flow = self.show_last()?;
        if flow.is_continue() {
            self.follow()?;
        }
        // Whoever has gone hears of it once.
        let _gone = self.output.flush()?;
        if self.unjudged > 0 {
            say(&format!(
                "consumer: {} records could not be decoded, so filters left them out",
                self.unjudged
            ));
        }
        self.tasks.drain(Cause::Finished);
        Ok(())
    }

    /// Shows the last records, if these are asked for; reading goes on behind them.
    fn show_last(&mut self) -> Result<ControlFlow<()>, Failure> {
        let Some(wanted) = self.plan.last else {
            return Ok(ControlFlow::Continue(()));
        };
        let draining = self.tasks.draining().clone();
        let goes_on = || !draining.is_cancelled();
        for record in last::gather(&self.reader, &self.span, wanted, goes_on)? {
            if self.show(&record)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.span.begins.clone_from(&self.span.ends);
        Ok(ControlFlow::Continue(()))
    }

    fn follow(&mut self) -> Result<(), Failure> {
        self.reader.take(&self.span.begins)?;
        let (topic, begins) = (&self.plan.topic, &self.span.begins);
        tracing::info!(topic, ?begins, "tailing");
        let slots: Vec<Slot> = self
            .span
            .begins
            .keys()
            .map(|one| Slot::fixed(*one))
            .collect();
        let until = self.plan.until;
        let mut ends = until.map(|_| Ends::new(self.span.ends.clone()));
        let mut left = BTreeSet::new();
        while !self.tasks.draining().is_cancelled() {
            if ends.as_ref().is_some_and(|ends| ends.are_reached(&slots)) {
                return Ok(());
            }
            let patience = if self.output.is_empty() {
                IDLE
            } else {
                Duration::ZERO
            };
            match (self.reader.poll(patience)?, &mut ends) {
                (Event::Nothing, _) => {
                    if self.output.flush()?.is_break() {
                        return Ok(());
                    }
                }
                (Event::End { partition, known }, Some(ends)) => {
                    ends.nothing_left(Slot::fixed(partition), known);
                }
                (Event::End { .. }, None) => {}
                (Event::Record(record), ends) => {
                    let slot = Slot::fixed(record.partition);
                    let is_behind = |ends: &mut Ends| ends.is_behind(slot, record.offset);
                    if ends.as_mut().is_some_and(is_behind) {
                        if left.insert(record.partition) {
                            self.reader.leave(record.partition)?;
                        }
                    } else if self.show(&record)?.is_break() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Shows a record if it passes; breaks when that is enough.
    fn show(&mut self, record: &Record) -> Result<ControlFlow<()>, Failure> {
        let value = record.value.as_deref();
        let reading = match &mut self.decoder {
            Some(decoder) => decoder.read(value),
            None => Reading::of_bytes(value),
        };
        // A schema may have been waited for in vain because the command ends.
        if self.tasks.draining().is_cancelled() {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(line) = self.changes.pass(&self.plan.topic, record, &reading) {
            // What came before it stands before it on a terminal too.
            if self.output.flush()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            say(&line);
        }
        match self.plan.filter.judge(record, &reading) {
            Verdict::Fails => return Ok(ControlFlow::Continue(())),
            Verdict::Unknown => {
                self.unjudged += 1;
                return Ok(ControlFlow::Continue(()));
            }
            Verdict::Passes => {}
        }
        let out = self.output.buffer();
        self.format.write(&self.plan.topic, record, &reading, out);
        self.shown += 1;
        if self.plan.count == Some(self.shown) {
            return Ok(ControlFlow::Break(()));
        }
        if self.output.is_full() {
            return self.output.flush();
        }
        Ok(ControlFlow::Continue(()))
    }
}
