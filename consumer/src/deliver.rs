//! The delivery thread: owns the sink, writes each stretch of lines, and only then lets offsets move.

use crate::batch::Decoded;
use crate::flow::Flow;
use crate::metrics::Metrics;
use crate::sink::Sink;
use crossbeam_channel::Receiver;
use runtime::lifecycle::{Exit, Failure, Tasks};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often a pause looks whether the daemon is aborted.
const SLICE: Duration = Duration::from_millis(100);

/// See the module's words.
pub(crate) struct Delivery {
    sink: Box<dyn Sink>,
    flow: Arc<Flow>,
    metrics: Metrics,
    tasks: Tasks,
}

impl Delivery {
    pub(crate) fn new(
        sink: Box<dyn Sink>,
        flow: Arc<Flow>,
        metrics: Metrics,
        tasks: Tasks,
    ) -> Self {
        Self {
            sink,
            flow,
            metrics,
            tasks,
        }
    }

    /// Delivers until every worker has ended.
    ///
    /// # Errors
    /// When the sink cannot take anything any more.
    pub(crate) fn run(mut self, decoded: &Receiver<Decoded>) -> Result<(), Failure> {
        let result = self.deliver_all(decoded);
        self.flow.give_up();
        result
    }

    fn deliver_all(&mut self, decoded: &Receiver<Decoded>) -> Result<(), Failure> {
        while let Ok(stretch) = decoded.recv() {
            if self.flow.is_current(stretch.slot) {
                if !self.write(&stretch.lines)? {
                    return Ok(());
                }
                self.count(&stretch);
            } else {
                let dropped = stretch.delivered + stretch.skipped;
                self.metrics.revoked.inc_by(dropped as u64);
            }
            if let Some(end) = stretch.end {
                self.metrics.revoked.inc_by(end.unfinished as u64);
                self.flow.finish(stretch.slot, end);
            }
        }
        Ok(())
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
            if self.tasks.aborting().is_cancelled() {
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
            let age = now().saturating_sub(millis).max(0);
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of latency are far below 2^53"
            )]
            self.metrics.latency.observe(age as f64 / 1000.0);
        }
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
