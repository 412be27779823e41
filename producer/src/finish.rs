//! The end of production: workers stop, what is in flight is settled, the totals are said.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use runtime::lifecycle::{Cause, Exit, Failure, Tasks};

use crate::config::SourceKind;
use crate::metrics::{Metrics, Reason};
use crate::pipeline::End;
use crate::publish::Publisher;

/// How long one look at workers and records in flight takes.
const SLICE: Duration = Duration::from_millis(50);
/// What is kept of the grace, as a fraction, to close the client and say how it ended.
const KEPT: u32 = 10;

/// The time that the drain leaves for what is in flight.
struct Budget {
    tasks: Tasks,
    time: Duration,
    began: Option<Instant>,
}

impl Budget {
    fn new(tasks: Tasks, grace: Duration) -> Self {
        Self {
            tasks,
            time: grace.saturating_sub(grace / KEPT),
            began: None,
        }
    }

    /// Whether nothing may be waited for any more. There is no end while the daemon does not drain.
    fn is_over(&mut self) -> bool {
        if self.tasks.draining().is_cancelled() {
            let began = *self.began.get_or_insert_with(Instant::now);
            return began.elapsed() >= self.time || self.tasks.aborting().is_cancelled();
        }
        false
    }
}

/// Sees production to its end, on a thread of its own.
pub(crate) struct Finisher {
    publisher: Arc<Publisher>,
    metrics: Metrics,
    tasks: Tasks,
    source: SourceKind,
    budget: Budget,
    start: Instant,
}

impl Finisher {
    /// The finisher of a production that begins now.
    pub(crate) fn new(
        publisher: Arc<Publisher>,
        metrics: Metrics,
        tasks: &Tasks,
        source: SourceKind,
        grace: Duration,
    ) -> Self {
        Self {
            publisher,
            metrics,
            tasks: tasks.clone(),
            source,
            budget: Budget::new(tasks.clone(), grace),
            start: Instant::now(),
        }
    }

    /// Waits for all workers, each of which holds a sender of `ends`, then for what is in flight.
    ///
    /// # Errors
    /// When records could not be settled in time, or input was refused.
    pub(crate) fn run(mut self, ends: &Receiver<End>) -> Result<(), Failure> {
        let ends = self.wait_for_workers(ends);
        while self.metrics.in_flight() > 0 && !self.budget.is_over() {
            self.publisher.flush(SLICE);
            self.publisher.look_after();
        }
        // What a client that cannot go on has thrown away must not pass for a drain that took too long.
        self.publisher.look_after();
        let unsettled = self.metrics.in_flight();
        let Self {
            publisher,
            metrics,
            tasks,
            source,
            start,
            ..
        } = self;
        if unsettled > 0 {
            tracing::error!(
                records = unsettled,
                "not acknowledged within the drain's time; given up"
            );
        }
        // Dropping the client purges what is left; those records are then counted as failed.
        drop(publisher);
        say_totals(&metrics, start.elapsed());
        verdict(&ends, &metrics, &tasks, source)
    }

    fn wait_for_workers(&mut self, ends: &Receiver<End>) -> Vec<End> {
        let mut ended = Vec::new();
        loop {
            match ends.recv_timeout(SLICE) {
                Ok(end) => ended.push(end),
                Err(RecvTimeoutError::Disconnected) => return ended,
                Err(RecvTimeoutError::Timeout) if self.budget.is_over() => self.publisher.give_up(),
                Err(RecvTimeoutError::Timeout) => self.publisher.look_after(),
            }
        }
    }
}

fn say_totals(metrics: &Metrics, time: Duration) {
    let delivered = metrics.delivered.get();
    tracing::info!(
        read = metrics.read.get(),
        rejected = metrics.rejected_in_all(),
        delivered,
        failed = metrics.failed_in_all(),
        bytes = metrics.bytes_delivered.get(),
        "{delivered} records are sent in {:.1} seconds",
        time.as_secs_f64()
    );
}

/// What the end means for the exit code.
fn verdict(
    ends: &[End],
    metrics: &Metrics,
    tasks: &Tasks,
    source: SourceKind,
) -> Result<(), Failure> {
    let lost = metrics.failed(Reason::PurgedOnShutdown).get() + metrics.in_flight();
    if lost > 0 {
        return Err(Failure::said(
            Exit::DrainIncomplete,
            format!("{lost} records were not acknowledged in time"),
        ));
    }
    let rejected = metrics.rejected_in_all();
    let refused = metrics.refused_in_all();
    if ends.contains(&End::Rejected) {
        return Err(Failure::said(
            Exit::Refused,
            "a record was rejected and source.on_reject is \"stop\"",
        ));
    }
    let is_whole = source == SourceKind::Ndjson && ends.contains(&End::Source);
    if is_whole && rejected + refused > 0 {
        let read = metrics.read.get();
        return Err(Failure::said(
            Exit::Refused,
            format!("{} of {read} lines were rejected", rejected + refused),
        ));
    }
    let cause = if ends.contains(&End::Limit) {
        Cause::Limit
    } else {
        Cause::Finished
    };
    tasks.drain(cause);
    Ok(())
}
