//! How a daemon lives and ends: named tasks, one drain, one exit code.
//!
//! ```text
//! running --drain(cause)--> draining --every task ended--> Outcome
//!                               |--second signal, or grace over--> aborting --> Outcome (75)
//! ```
//!
//! The first drain wins and says why. A task that fails or panics drains the process by itself, so
//! a dead worker never leaves a daemon that looks alive. Failures decide the exit code.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The exit codes that users can rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was to be done is done.
    Done = 0,
    /// A command did its work, and some of its input failed or was refused.
    SomeFailed = 1,
    /// A command that was to judge something could not tell.
    CouldNotTell = 2,
    /// The command line is wrong.
    Usage = 64,
    /// Input was refused.
    Refused = 65,
    /// Kafka or the registry could not be reached at start.
    Unreachable = 69,
    /// An internal error or a panic.
    Internal = 70,
    /// The drain could not finish: start again.
    DrainIncomplete = 75,
    /// A fatal Kafka error.
    Fatal = 76,
    /// Credentials were refused.
    Authentication = 77,
    /// The configuration is wrong.
    Configuration = 78,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why something ended, and the exit code it asks for.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, with its causes.
    pub error: anyhow::Error,
}

impl Failure {
    /// A failure with an exit code of its own.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    /// A failure said in words.
    pub fn said(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            error: anyhow::Error::msg(message.into()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Internal,
            error,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// Why a drain began.
#[derive(Debug)]
pub enum Cause {
    /// SIGTERM or SIGINT.
    Signal,
    /// There is nothing more to do.
    Finished,
    /// The configured time or number of records is reached.
    Limit,
    /// A task failed.
    Failed(Failure),
}

impl Cause {
    /// Every label.
    pub const LABELS: [&'static str; 4] = ["signal", "finished", "limit", "failed"];

    /// The cause as a metric label.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Finished => "finished",
            Self::Limit => "limit",
            Self::Failed(_) => "failed",
        }
    }
}

/// How a daemon ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub exit: Exit,
    /// Why the drain began.
    pub cause: &'static str,
    /// How long the drain took.
    pub drained_in: Duration,
}

/// The tasks of one daemon and its drain.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    draining: CancellationToken,
    aborting: CancellationToken,
    tracker: TaskTracker,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: Vec<&'static str>,
    cause: Option<&'static str>,
    drain_began: Option<Instant>,
    exit: Option<Exit>,
}

impl Tasks {
    /// A daemon without tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled at the first signal, at the end of the work, or when a task failed.
    pub fn draining(&self) -> &CancellationToken {
        &self.inner.draining
    }

    /// Why the drain began; nothing before it has.
    pub fn cause(&self) -> Option<&'static str> {
        self.state().cause
    }

    /// Cancelled at the second signal, or when the grace is over.
    pub fn aborting(&self) -> &CancellationToken {
        &self.inner.aborting
    }

    /// Begins the drain; later calls add their failure to the exit code only.
    pub fn drain(&self, cause: Cause) {
        let mut state = self.state();
        let label = cause.as_str();
        if let Cause::Failed(failure) = cause {
            tracing::error!(
                exit_code = failure.exit as u8,
                error = format!("{failure}"),
                "failed"
            );
            state.exit.get_or_insert(failure.exit);
        }
        if state.cause.is_none() {
            state.cause = Some(label);
            state.drain_began = Some(Instant::now());
            if label == Cause::Finished.as_str() {
                tracing::debug!(cause = label, "draining");
            } else {
                tracing::info!(cause = label, "draining");
            }
        }
        drop(state);
        self.inner.draining.cancel();
    }

    /// Runs a future as a named task; its failure or panic drains the daemon.
    pub fn spawn(
        &self,
        name: &'static str,
        future: impl Future<Output = Result<(), Failure>> + Send + 'static,
    ) {
        let guard = self.guard(name);
        self.inner
            .tracker
            .spawn(async move { guard.settle(future.await) });
    }

    /// Runs a closure on a named OS thread; its failure or panic drains the daemon.
    ///
    /// # Errors
    /// When the operating system refuses another thread.
    pub fn spawn_thread(
        &self,
        name: &'static str,
        body: impl FnOnce() -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let guard = self.guard(name);
        let token = self.inner.tracker.token();
        let run = move || {
            let _token = token;
            match catch_unwind(AssertUnwindSafe(body)) {
                Ok(result) => guard.settle(result),
                Err(_) => drop(guard),
            }
        };
        match std::thread::Builder::new().name(name.to_owned()).spawn(run) {
            Ok(_detached) => Ok(()),
            Err(error) => Err(Failure::new(
                Exit::Internal,
                anyhow::Error::new(error).context(format!("start the thread {name}")),
            )),
        }
    }

    /// Waits for a drain and then for every task, at most `grace`.
    pub async fn finished(&self, grace: Duration) -> Outcome {
        self.inner.draining.cancelled().await;
        self.inner.tracker.close();
        let incomplete = tokio::select! {
            () = self.inner.tracker.wait() => false,
            () = self.inner.aborting.cancelled() => true,
            () = tokio::time::sleep(grace) => true,
        };
        if incomplete {
            tracing::error!(
                running = self.state().running.join(", "),
                "the drain did not finish; giving up the rest"
            );
            self.inner.aborting.cancel();
        }
        let state = self.state();
        let exit = match (state.exit, incomplete) {
            (Some(exit), _) => exit,
            (None, true) => Exit::DrainIncomplete,
            (None, false) => Exit::Done,
        };
        Outcome {
            exit,
            cause: state.cause.unwrap_or("finished"),
            drained_in: state
                .drain_began
                .map(|began| began.elapsed())
                .unwrap_or_default(),
        }
    }

    fn guard(&self, name: &'static str) -> Armed {
        self.state().running.push(name);
        Armed {
            tasks: self.clone(),
            name,
            settled: false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drains the daemon when its task ends without having settled: a panic.
struct Armed {
    tasks: Tasks,
    name: &'static str,
    settled: bool,
}

impl Armed {
    fn settle(mut self, result: Result<(), Failure>) {
        self.settled = true;
        if let Err(failure) = result {
            let error = failure.error.context(format!("task {}", self.name));
            self.tasks.drain(Cause::Failed(Failure {
                exit: failure.exit,
                error,
            }));
        }
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        let mut state = self.tasks.state();
        if let Some(at) = state.running.iter().position(|name| *name == self.name) {
            state.running.swap_remove(at);
        }
        drop(state);
        // A runtime that shuts down drops tasks unsettled too; then nobody is left to drain.
        if !self.settled && !self.tasks.aborting().is_cancelled() {
            self.tasks.drain(Cause::Failed(Failure::said(
                Exit::Internal,
                format!("task {} panicked", self.name),
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn the_end_of_the_work_is_a_clean_end() {
        let tasks = Tasks::new();
        let drained = tasks.clone();
        tasks.spawn("work", async move {
            drained.drain(Cause::Finished);
            Ok(())
        });
        assert_eq!(tasks.finished(GRACE).await.exit, Exit::Done);
    }

    #[tokio::test]
    async fn a_failing_task_drains_the_daemon_with_its_exit_code() {
        let tasks = Tasks::new();
        tasks.spawn("work", async { Err(Failure::said(Exit::Fatal, "fenced")) });
        let outcome = tasks.finished(GRACE).await;
        assert_eq!((outcome.exit, outcome.cause), (Exit::Fatal, "failed"));
    }

    #[tokio::test]
    async fn a_panicking_task_or_thread_drains_the_daemon() {
        for thread in [false, true] {
            let tasks = Tasks::new();
            if thread {
                tasks.spawn_thread("work", || panic!("broken")).unwrap();
            } else {
                tasks.spawn("work", async { panic!("broken") });
            }
            assert_eq!(tasks.finished(GRACE).await.exit, Exit::Internal);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_outlives_the_grace_makes_the_drain_incomplete() {
        let tasks = Tasks::new();
        tasks.spawn("stuck", std::future::pending());
        tasks.drain(Cause::Signal);
        let outcome = tasks.finished(GRACE).await;
        assert_eq!(outcome.exit, Exit::DrainIncomplete);
        assert!(tasks.aborting().is_cancelled());
    }

    #[tokio::test]
    async fn a_second_signal_ends_the_wait_at_once() {
        let tasks = Tasks::new();
        tasks.spawn("stuck", std::future::pending());
        tasks.drain(Cause::Signal);
        tasks.aborting().cancel();
        assert_eq!(
            tasks.finished(Duration::from_hours(1)).await.exit,
            Exit::DrainIncomplete
        );
    }

    #[tokio::test]
    async fn the_first_failure_decides_the_exit_code() {
        let tasks = Tasks::new();
        tasks.drain(Cause::Signal);
        tasks.drain(Cause::Failed(Failure::said(
            Exit::Refused,
            "a record was refused",
        )));
        tasks.drain(Cause::Failed(Failure::said(
            Exit::Internal,
            "and then more broke",
        )));
        assert_eq!(tasks.finished(GRACE).await.exit, Exit::Refused);
    }
}
