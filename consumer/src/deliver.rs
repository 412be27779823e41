//! The delivery thread: owns the sink and the dead letters, hands each stretch on, and only then lets offsets move.
//!
//! Where the sink keeps records in open files, a batch is written when all of it is there and ends when the files are
//! closed (`kept`): in time, or when its partition goes, or when nothing more comes.

use crate::batch::{Decoded, End, Slot};
use crate::clock;
use crate::closing::Closing;
use crate::dead_letter::{DeadLetters, Letter};
use crate::flow::Flow;
use crate::kept::Kept;
use crate::metrics::Metrics;
use crate::shape::Content;
use crate::sink::{Sinks, verdict};
use anyhow::Context as _;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use runtime::lifecycle::{Exit, Failure, Tasks};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often the end of dead letters is looked for when there is nothing else to do.
const SHORT: Duration = Duration::from_millis(5);
/// How often a pause looks whether the daemon is aborted.
const SLICE: Duration = Duration::from_millis(100);

/// See the module's words.
pub(crate) struct Delivery {
    sinks: Sinks,
    flow: Arc<Flow>,
    metrics: Metrics,
    tasks: Tasks,
    letters: Option<DeadLetters>,
    /// Batches that have letters and have not come to their end.
    closings: HashMap<Slot, Arc<Closing>>,
    /// Beginnings of batches whose end has not come, for a sink that takes whole ones.
    begun: HashMap<Slot, Vec<Decoded>>,
    /// Batches in open files.
    kept: Kept,
}

/// What came of asking the sink again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Done,
    /// The partition went meanwhile.
    Lost,
    /// The daemon is aborted.
    Aborted,
}

impl Delivery {
    pub(crate) fn new(
        sinks: Sinks,
        flow: Arc<Flow>,
        metrics: Metrics,
        tasks: Tasks,
        letters: Option<DeadLetters>,
    ) -> Self {
        Self {
            sinks,
            flow,
            metrics,
            tasks,
            letters,
            closings: HashMap::new(),
            begun: HashMap::new(),
            kept: Kept::default(),
        }
    }

    /// Delivers until every worker has ended, and every dead letter is taken.
    ///
    /// # Errors
    /// When the sink cannot take anything any more.
    pub(crate) fn run(mut self, decoded: &Receiver<Decoded>) -> Result<(), Failure> {
        let result = self.deliver_all(decoded);
        self.flow.give_up();
        result
    }

    fn deliver_all(&mut self, decoded: &Receiver<Decoded>) -> Result<(), Failure> {
        loop {
            match decoded.recv_timeout(self.idle()) {
                Ok(stretch) => {
                    if !self.deliver(stretch)? {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.send_again();
            self.close_due()?;
        }
        self.close_settled()?;
        // Once the last commit is made a letter would only be a letter too many.
        let is_over = |delivery: &Self| delivery.is_aborted() || delivery.flow.is_stuck();
        while self.letters.as_ref().is_some_and(DeadLetters::is_busy) && !is_over(self) {
            std::thread::sleep(SHORT);
            self.send_again();
            self.close_settled()?;
        }
        // Their letters are given up, so their records are read again.
        for slot in self.kept.slots() {
            self.give_back(slot);
        }
        Ok(())
    }

    /// Closes the files of all partitions that have no letter open.
    fn close_settled(&mut self) -> Result<(), Failure> {
        for slot in self.kept.slots() {
            if self.kept.is_settled(slot) {
                self.close(slot)?;
            }
        }
        Ok(())
    }

    /// Throws a partition's files away; its offsets stay where they are.
    fn give_back(&mut self, slot: Slot) {
        self.sinks.forget(slot);
        self.kept.forget(slot);
    }

    /// Hands one stretch on; `false` when the daemon is aborted first.
    fn deliver(&mut self, mut stretch: Decoded) -> Result<bool, Failure> {
        let (slot, end) = (stretch.slot, stretch.end.take());
        let letters = std::mem::take(&mut stretch.letters);
        if self.flow.is_current(slot) {
            let (skipped, filtered) = (stretch.skipped as u64, stretch.filtered as u64);
            if self.sinks.are_safe_at_once() {
                if !self.write(slot, &stretch.content)? {
                    return Ok(false);
                }
                self.count(stretch.delivered, stretch.last_timestamp);
            } else {
                self.begun.entry(slot).or_default().push(stretch);
            }
            self.metrics.skipped.inc_by(skipped);
            self.metrics.filtered.inc_by(filtered);
            self.dead_letter(slot, letters)?;
        } else {
            let begun = self.begun.remove(&slot).unwrap_or_default();
            let begun = begun.iter().map(|stretch| stretch.delivered).sum::<usize>();
            let dropped = begun + stretch.delivered + stretch.passed_over() + letters.len();
            self.metrics.revoked.inc_by(dropped as u64);
        }
        match end {
            Some(end) => self.end(slot, end),
            None => Ok(true),
        }
    }

    /// A batch has come to its end; `false` when the daemon is aborted before it is written.
    fn end(&mut self, slot: Slot, end: End) -> Result<bool, Failure> {
        self.metrics.revoked.inc_by(end.unfinished as u64);
        let begun = self.begun.remove(&slot).unwrap_or_default();
        for stretch in &begun {
            if !self.write(slot, &stretch.content)? {
                return Ok(false);
            }
        }
        let closing = self.closings.remove(&slot);
        let delivered = begun.iter().map(|stretch| stretch.delivered).sum::<usize>();
        let last = begun
            .iter()
            .filter_map(|stretch| stretch.last_timestamp)
            .max();
        let is_open = begun
            .iter()
            .any(|stretch| self.sinks.keep(&stretch.content));
        if is_open || self.kept.has(slot) {
            let batches = self.kept.keep(&self.flow, slot, (end, closing));
            batches.records += delivered;
            batches.last_timestamp = batches.last_timestamp.max(last);
            return Ok(true);
        }
        self.count(delivered, last);
        match closing {
            Some(closing) => closing.end(end),
            None => self.flow.finish(slot, end),
        }
        Ok(true)
    }

    /// Closes the files of partitions that are due, that go, or of which nothing more comes.
    fn close_due(&mut self) -> Result<(), Failure> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let due = self.sinks.due();
        for slot in self.kept.slots() {
            let ends = !self.flow.is_open(slot) || self.flow.hurries();
            let is_due = due.contains(&slot) || (ends && self.flow.is_quiet(slot));
            // With a letter open, offsets would move only up to it, into a file.
            if is_due && self.kept.is_settled(slot) {
                self.close(slot)?;
            }
        }
        Ok(())
    }

    /// Closes a partition's files, and lets its offsets move; if it is somebody else's by now, throws them away.
    fn close(&mut self, slot: Slot) -> Result<(), Failure> {
        let flow = Arc::clone(&self.flow);
        let is_ours = move || flow.is_current(slot) && !flow.is_stuck();
        match self.ask_while(&is_ours, |sinks| sinks.close(slot, &is_ours))? {
            Asked::Done => {
                let batches = self.kept.end(&self.flow, slot);
                self.count(batches.records, batches.last_timestamp);
            }
            // The last commit is made: what is safe from now on would be there twice.
            Asked::Lost if self.flow.is_current(slot) => self.give_back(slot),
            Asked::Lost => {
                self.sinks.forget(slot);
                let batches = self.kept.end(&self.flow, slot);
                self.metrics.revoked.inc_by(batches.records as u64);
            }
            Asked::Aborted => {}
        }
        Ok(())
    }

    fn dead_letter(&mut self, slot: Slot, letters: Vec<Letter>) -> Result<(), Failure> {
        if letters.is_empty() {
            return Ok(());
        }
        let topic = self.letters.as_mut();
        let topic = topic.context("a dead letter, and no topic for it")?;
        let flow = &self.flow;
        let closing = self.closings.entry(slot);
        let closing = closing.or_insert_with(|| Closing::new(flow, slot));
        for letter in letters {
            topic.send(letter, closing);
        }
        Ok(())
    }

    fn send_again(&mut self) {
        if let Some(topic) = &mut self.letters {
            topic.send_again();
        }
    }

    /// How long the thread may wait for work: letters that were not taken and open files have to be looked after.
    fn idle(&self) -> Duration {
        let is_busy = self.letters.as_ref().is_some_and(DeadLetters::is_busy);
        if is_busy || !self.kept.is_empty() {
            SLICE
        } else {
            LONGEST_PAUSE
        }
    }

    fn is_aborted(&self) -> bool {
        self.tasks.aborting().is_cancelled()
    }

    /// Writes until the sink has taken it; `false` when the daemon is aborted first.
    fn write(&mut self, slot: Slot, content: &[Content]) -> Result<bool, Failure> {
        if content.iter().all(Content::is_empty) {
            return Ok(true);
        }
        let written = self.ask_while(|| true, |sinks| sinks.write(slot, content))?;
        Ok(written == Asked::Done)
    }

    /// Asks the sink until it has done what it is asked, or that is not wanted any more.
    fn ask_while(
        &mut self,
        is_wanted: impl Fn() -> bool,
        mut what: impl FnMut(&mut Sinks) -> io::Result<()>,
    ) -> Result<Asked, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0_u32;
        while is_wanted() {
            let began = Instant::now();
            let result = what(&mut self.sinks);
            let duration = &self.metrics.sink.duration;
            duration.observe(began.elapsed().as_secs_f64());
            let Err(error) = result else {
                self.metrics.sink.written.inc();
                return Ok(Asked::Done);
            };
            self.metrics.sink.failed.inc();
            self.metrics.troubles.note("sink", &error);
            let asked = verdict::pause(&error);
            match (error.kind(), verdict::exit(&error)) {
                (_, Some(exit)) => return Err(Failure::new(exit, error)),
                (io::ErrorKind::BrokenPipe, None) => return Err(self.closed(error)),
                (io::ErrorKind::InvalidData, None) => {
                    return Err(Failure::new(Exit::Internal, error));
                }
                _ if self.is_aborted() => return Ok(Asked::Aborted),
                _ => failures += 1,
            }
            if failures.is_power_of_two() {
                tracing::error!(sink = self.sinks.name(), failures, %error, "the sink does not take records, trying again; offsets stay where they are");
            }
            self.metrics.sink.retried.inc();
            if !self.pause(pause.max(asked)) {
                return Ok(Asked::Aborted);
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        Ok(Asked::Lost)
    }

    fn closed(&self, error: io::Error) -> Failure {
        let said = format!("{} was closed by its reader", self.sinks.name());
        Failure::new(
            Exit::DrainIncomplete,
            anyhow::Error::new(error).context(said),
        )
    }

    fn pause(&self, pause: Duration) -> bool {
        let began = Instant::now();
        while began.elapsed() < pause {
            if self.is_aborted() {
                return false;
            }
            std::thread::sleep(SLICE.min(pause));
        }
        true
    }

    /// Counts records that are safe; `last` is the timestamp of the last.
    fn count(&self, delivered: usize, last: Option<i64>) {
        self.metrics.delivered.inc_by(delivered as u64);
        if delivered == 0 {
            return;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "records a batch are far below 2^53"
        )]
        self.metrics.batch.observe(delivered as f64);
        if let Some(millis) = last {
            self.metrics.last_timestamp.set(millis / 1000);
            let age = clock::now_ms().saturating_sub(millis).max(0);
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of latency are far below 2^53"
            )]
            self.metrics.latency.observe(age as f64 / 1000.0);
        }
    }
}
