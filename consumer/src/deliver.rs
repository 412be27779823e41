//! The delivery thread: owns the sink and the dead letters, hands each stretch on, and only then lets offsets move.

use crate::batch::{Decoded, Slot};
use crate::clock;
use crate::closing::Closing;
use crate::dead_letter::{DeadLetters, Letter};
use crate::flow::Flow;
use crate::metrics::Metrics;
use crate::sink::Sink;
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
    sink: Box<dyn Sink>,
    flow: Arc<Flow>,
    metrics: Metrics,
    tasks: Tasks,
    letters: Option<DeadLetters>,
    /// Batches that have letters and have not come to their end.
    closings: HashMap<Slot, Arc<Closing>>,
}

impl Delivery {
    pub(crate) fn new(
        sink: Box<dyn Sink>,
        flow: Arc<Flow>,
        metrics: Metrics,
        tasks: Tasks,
        letters: Option<DeadLetters>,
    ) -> Self {
        Self {
            sink,
            flow,
            metrics,
            tasks,
            letters,
            closings: HashMap::new(),
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
        }
        // Once the last commit is made a letter would only be a letter too many.
        let is_over = |delivery: &Self| delivery.is_aborted() || delivery.flow.is_stuck();
        while self.letters.as_ref().is_some_and(DeadLetters::is_busy) && !is_over(self) {
            std::thread::sleep(SHORT);
            self.send_again();
        }
        Ok(())
    }

    /// Hands one stretch on; `false` when the daemon is aborted first.
    fn deliver(&mut self, mut stretch: Decoded) -> Result<bool, Failure> {
        let letters = std::mem::take(&mut stretch.letters);
        if self.flow.is_current(stretch.slot) {
            if !self.write(&stretch.lines)? {
                return Ok(false);
            }
            self.count(&stretch);
            self.dead_letter(stretch.slot, letters)?;
        } else {
            let dropped = stretch.delivered + stretch.skipped + letters.len();
            self.metrics.revoked.inc_by(dropped as u64);
        }
        if let Some(end) = stretch.end {
            self.metrics.revoked.inc_by(end.unfinished as u64);
            match self.closings.remove(&stretch.slot) {
                Some(closing) => closing.end(end),
                None => self.flow.finish(stretch.slot, end),
            }
        }
        Ok(true)
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

    /// How long the thread may wait for work: letters that were not taken have to be looked after.
    fn idle(&self) -> Duration {
        let is_busy = self.letters.as_ref().is_some_and(DeadLetters::is_busy);
        if is_busy { SLICE } else { LONGEST_PAUSE }
    }

    fn is_aborted(&self) -> bool {
        self.tasks.aborting().is_cancelled()
    }

    /// Writes until the sink has taken it; `false` when the daemon is aborted first.
    fn write(&mut self, lines: &[u8]) -> Result<bool, Failure> {
        if lines.is_empty() {
            return Ok(true);
        }
        let mut pause = FIRST_PAUSE;
        let mut failures = 0_u32;
        loop {
            let began = Instant::now();
            let result = self.sink.write(lines);
            self.metrics
                .sink
                .duration
                .observe(began.elapsed().as_secs_f64());
            let Err(error) = result else {
                self.metrics.sink.written.inc();
                return Ok(true);
            };
            self.metrics.sink.failed.inc();
            self.metrics.troubles.note("sink", &error);
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Err(self.closed(error));
            }
            failures += 1;
            if failures.is_power_of_two() {
                tracing::error!(sink = self.sink.name(), failures, %error, "the sink does not take records, trying again; offsets stay where they are");
            }
            self.metrics.sink.retried.inc();
            if !self.pause(pause) {
                return Ok(false);
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn closed(&self, error: io::Error) -> Failure {
        let said = format!("{} was closed by its reader", self.sink.name());
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

    fn count(&self, stretch: &Decoded) {
        self.metrics.delivered.inc_by(stretch.delivered as u64);
        self.metrics.skipped.inc_by(stretch.skipped as u64);
        if stretch.delivered == 0 {
            return;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "records a batch are far below 2^53"
        )]
        self.metrics.batch.observe(stretch.delivered as f64);
        if let Some(millis) = stretch.last_timestamp {
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
