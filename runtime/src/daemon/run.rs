//! Runs a daemon from its configuration to its exit code.

use super::{ConfigArgs, configure, say, serve_admin, version_parts};
use crate::config::{Config, LogConfig, Origin, Settings};
use crate::lifecycle::{Cause, Exit, Failure, Outcome, Tasks};
use crate::telemetry::{Telemetry, logging};
use anyhow::Context;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Tokio serves the control plane only; two workers even where one processor is visible.
const WORKERS: usize = 2;
/// How long the admin port may take to answer what it has begun to answer.
const ADMIN_GRACE: Duration = Duration::from_millis(500);

/// A wrapper may signal the process and then its whole group: that is one wish, not two.
const SAME_SIGNAL: Duration = Duration::from_millis(50);

/// Runs a daemon until it ends by itself or is told to: `start` builds it, spawns its tasks, returns.
pub fn run<C, F, Fut>(args: &ConfigArgs, start: F) -> ExitCode
where
    C: Config,
    F: FnOnce(C, Tasks, Telemetry) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    lead(args, Manner::Daemon, start)
}

/// Runs a command that has an end of its own: as [`run`], with the same drain, but without an admin port.
pub fn job<C, F, Fut>(args: &ConfigArgs, start: F) -> ExitCode
where
    C: Config,
    F: FnOnce(C, Tasks, Telemetry) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    lead(args, Manner::Job, start)
}

/// Runs a command whose stderr is for people: as [`job`], but without a `log.level` nothing below a warning is logged.
pub fn quiet_job<C, F, Fut>(args: &ConfigArgs, start: F) -> ExitCode
where
    C: Config,
    F: FnOnce(C, Tasks, Telemetry) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    lead(args, Manner::QuietJob, start)
}

/// What differs between what is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// It has an admin port.
    Daemon,
    Job,
    /// Its log begins with warnings.
    QuietJob,
}

fn lead<C, F, Fut>(args: &ConfigArgs, manner: Manner, start: F) -> ExitCode
where
    C: Config,
    F: FnOnce(C, Tasks, Telemetry) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    with_runtime::<C>(args, manner, |runtime, settings| {
        let (version, revision, _) = version_parts();
        tracing::info!(binary = C::BINARY, version, revision, "starting");
        for notice in &settings.notices {
            tracing::warn!("{notice}");
        }
        runtime.block_on(live(settings, manner, start))
    })
}

/// Runs a command that does one thing and ends; it shares the daemon's configuration and exit codes.
pub fn once<C, F, Fut>(args: &ConfigArgs, command: F) -> ExitCode
where
    C: Config,
    F: FnOnce(C, Tasks) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    with_runtime::<C>(args, Manner::Job, |runtime, settings| {
        runtime.block_on(async {
            let tasks = Tasks::new();
            watch_signals(&tasks)?;
            tokio::select! {
                result = command(settings.config, tasks.clone()) => result.map(|()| Exit::Done),
                () = tasks.draining().cancelled() => Ok(Exit::DrainIncomplete),
            }
        })
    })
}

fn with_runtime<C: Config>(
    args: &ConfigArgs,
    manner: Manner,
    body: impl FnOnce(&Runtime, Settings<C>) -> Result<Exit, Failure>,
) -> ExitCode {
    let settings = match configure::<C>(&args.sources()) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    if let Err(error) = logging::install(&log_of(&settings, manner)) {
        say(&format!("{}: log.level: {error}", C::BINARY));
        return Exit::Configuration.into();
    }
    let runtime = match Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return Exit::Internal.into();
        }
    };
    let ended = catch_unwind(AssertUnwindSafe(|| body(&runtime, settings)));
    let ended = ended.unwrap_or_else(|_| Err(Failure::said(Exit::Internal, "the start panicked")));
    let exit = ended.unwrap_or_else(|failure| {
        tracing::error!(
            exit_code = failure.exit as u8,
            error = format!("{failure}"),
            "failed"
        );
        failure.exit
    });
    runtime.shutdown_background();
    exit.into()
}

/// What is logged.
fn log_of<C: Config>(settings: &Settings<C>, manner: Manner) -> LogConfig {
    let mut log = settings.config.base().log.clone();
    let mut keys = settings.effective.iter();
    let level = keys.find(|key| key.path == "log.level");
    if manner == Manner::QuietJob && level.is_some_and(|key| key.origin == Origin::Default) {
        "warn".clone_into(&mut log.level);
    }
    log
}

async fn live<C, F, Fut>(settings: Settings<C>, manner: Manner, start: F) -> Result<Exit, Failure>
where
    C: Config,
    F: FnOnce(C, Tasks, Telemetry) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let telemetry = Telemetry::new(C::BINARY);
    telemetry.configured(settings.effective);
    let tasks = Tasks::new();
    watch_signals(&tasks)?;
    watch_drain(&tasks, &telemetry);
    let grace = settings.config.base().shutdown_grace;
    let admin = settings.config.admin();
    let admin = admin.filter(|_| manner == Manner::Daemon);
    let admin = Admin::open(admin, &telemetry).await?;
    tokio::select! {
        result = start(settings.config, tasks.clone(), telemetry.clone()) => match result {
            Ok(()) => telemetry.health().started(),
            Err(failure) => tasks.drain(Cause::Failed(failure)),
        },
        () = tasks.draining().cancelled() => {}
    }
    let outcome = tasks.finished(grace).await;
    admin.close().await;
    report(&outcome);
    Ok(outcome.exit)
}

fn report(outcome: &Outcome) {
    tracing::info!(
        cause = outcome.cause,
        exit_code = outcome.exit as u8,
        drain_seconds = outcome.drained_in.as_secs_f64(),
        "ended"
    );
}

/// The first signal drains, the second aborts.
fn watch_signals(tasks: &Tasks) -> Result<(), Failure> {
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let tasks = tasks.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "the watcher outlives the drain it begins, so it is no task of it"
    )]
    tokio::spawn(async move {
        let mut first: Option<Instant> = None;
        loop {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            match Wish::read(&mut first, Instant::now()) {
                Wish::Drain => tasks.drain(Cause::Signal),
                Wish::Same => {}
                Wish::Abort => {
                    tracing::warn!("second signal: giving up what is unfinished");
                    tasks.aborting().cancel();
                }
            }
        }
    });
    Ok(())
}

/// What a signal asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Drain,
    /// What the one before it asked for.
    Same,
    Abort,
}

impl Wish {
    /// Reads a signal that came `now`; the first one is remembered.
    fn read(first: &mut Option<Instant>, now: Instant) -> Self {
        match *first {
            None => {
                *first = Some(now);
                Self::Drain
            }
            Some(at) if now - at < SAME_SIGNAL => Self::Same,
            Some(_) => Self::Abort,
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    Ok(signal(kind).context("install the signal handlers")?)
}

/// Readiness ends at the first moment of a drain.
fn watch_drain(tasks: &Tasks, telemetry: &Telemetry) {
    let (tasks, health) = (tasks.clone(), telemetry.health().clone());
    #[expect(
        clippy::disallowed_methods,
        reason = "one line that must run even when every task is gone"
    )]
    tokio::spawn(async move {
        tasks.draining().cancelled().await;
        health.draining(tasks.cause().unwrap_or("signal"));
    });
}

/// The admin port of the process; it closes last.
struct Admin {
    until: CancellationToken,
    serving: Option<tokio::task::JoinHandle<Result<(), std::io::Error>>>,
}

impl Admin {
    async fn open(
        config: Option<&crate::config::Admin>,
        telemetry: &Telemetry,
    ) -> Result<Self, Failure> {
        let until = CancellationToken::new();
        let Some(config) = config else {
            return Ok(Self {
                until,
                serving: None,
            });
        };
        let port = serve_admin(config, telemetry, until.clone())
            .await
            .with_context(|| format!("listen on {} (admin.listen)", config.listen))
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        tracing::info!(address = %port.address, "admin port open");
        #[expect(
            clippy::disallowed_methods,
            reason = "the admin port outlives the drain, so it is no task of it"
        )]
        let serving = tokio::spawn(port.serving);
        Ok(Self {
            until,
            serving: Some(serving),
        })
    }

    async fn close(self) {
        self.until.cancel();
        if let Some(serving) = self.serving
            && tokio::time::timeout(ADMIN_GRACE, serving).await.is_err()
        {
            tracing::debug!("admin requests were cut off");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_sent_to_a_process_and_to_its_group_is_one_wish() {
        let (mut first, began) = (None, Instant::now());
        let mut wish = |after: Duration| Wish::read(&mut first, began + after);
        assert_eq!(wish(Duration::ZERO), Wish::Drain);
        assert_eq!(wish(Duration::from_millis(1)), Wish::Same);
        assert_eq!(wish(Duration::from_millis(49)), Wish::Same);
        assert_eq!(wish(Duration::from_millis(50)), Wish::Abort);
        assert_eq!(wish(Duration::from_secs(9)), Wish::Abort);
    }
}
