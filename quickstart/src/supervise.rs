//! Watches the stream and ends it in order: the producer first, the consumer when it has caught up,
//! then the registry and the admin ports.

use crate::parts::Parts;
use crate::screen::{Moment, Screen};
use crate::summary::Summary;
use runtime::daemon;
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(250);
/// How long the consumer may make no progress before what it has not read counts as lost.
const CATCH_UP: Duration = Duration::from_secs(10);
/// How long the registry and the admin ports may take over requests that have begun.
const REST_GRACE: Duration = Duration::from_millis(500);
const LAST_LOOK: Duration = Duration::from_millis(5);

/// Runs until the producer ends, something fails, or `tasks` drain.
pub(crate) async fn run(parts: Parts, tasks: Tasks, grace: Duration) -> Result<(), Failure> {
    let began = Instant::now();
    for (name, address) in &parts.addresses {
        daemon::say(&format!("{name:16} {address}"));
    }
    let mut screen = Screen::new();
    loop {
        tokio::select! {
            () = tasks.draining().cancelled() => break,
            () = parts.producer.draining().cancelled() => break,
            () = parts.consumer.draining().cancelled() => break,
            () = parts.stub.draining().cancelled() => break,
            () = tokio::time::sleep(TICK) => screen.show(moment(&parts)),
        }
    }
    parts.producer.drain(Cause::Signal);
    let produced = parts.producer.finished(grace).await;
    catch_up(&parts, &mut screen).await;
    parts.consumer.drain(Cause::Finished);
    let consumed = parts.consumer.finished(grace).await;
    for rest in [&parts.stub, &parts.admin] {
        rest.drain(Cause::Finished);
        rest.finished(REST_GRACE).await;
    }
    screen.clear();
    let summary = summary(&parts, began.elapsed());
    summary.say();
    tasks.drain(Cause::Finished);
    for exit in [produced.exit, consumed.exit] {
        if exit != Exit::Done {
            return Err(Failure::said(
                exit,
                "a part of the stream failed, see above",
            ));
        }
    }
    summary.verdict()
}

/// Waits until the consumer has everything that was delivered.
async fn catch_up(parts: &Parts, screen: &mut Screen) {
    let mut last = (0, Instant::now());
    while parts.progress.delivered() > ended(parts) && !parts.consumer.draining().is_cancelled() {
        if ended(parts) != last.0 {
            last = (ended(parts), Instant::now());
        } else if last.1.elapsed() > CATCH_UP {
            return;
        }
        tokio::time::sleep(LAST_LOOK).await;
        if last.1.elapsed() > TICK {
            screen.show(moment(parts));
        }
    }
}

fn ended(parts: &Parts) -> u64 {
    parts.sink.ended()
}

fn moment(parts: &Parts) -> Moment {
    Moment {
        delivered: parts.progress.delivered(),
        consumed: parts.sink.delivered(),
        schema_version: parts.sink.schema_version(),
    }
}

fn summary(parts: &Parts, time: Duration) -> Summary {
    Summary {
        made: parts.progress.read() - parts.progress.rejected(),
        delivered: parts.progress.delivered(),
        consumed: parts.sink.delivered(),
        skipped: parts.sink.skipped(),
        dead_lettered: parts.sink.dead_lettered(),
        time,
    }
}
