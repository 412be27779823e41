//! How far a replay has come: a bar for who watches a terminal, a line now and then for a log.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

use runtime::lifecycle::Tasks;

use crate::metrics::Metrics;

/// How often the bar is drawn.
const DRAWN: Duration = Duration::from_millis(200);
/// How often the log hears of it.
const SAID: Duration = Duration::from_secs(5);
/// Characters of the bar.
const WIDTH: u64 = 30;

/// Shows progress until the replay ends; `letters` is how many there are, about.
pub(super) fn spawn(metrics: &Metrics, letters: u64, tasks: &Tasks) {
    let (metrics, draining) = (metrics.clone(), tasks.draining().clone());
    tasks.spawn("progress", async move {
        let is_watched = stderr().is_terminal();
        let rest = if is_watched { DRAWN } else { SAID };
        while tokio::time::timeout(rest, draining.cancelled())
            .await
            .is_err()
        {
            if is_watched {
                // The cursor goes back, so that a line of the log begins where the bar does.
                draw(&format!("{}\x1b[K\r", bar(&metrics, letters)));
            } else {
                let (read, replayed, skipped) = counts(&metrics);
                tracing::info!(read, letters, replayed, skipped, "replaying");
            }
        }
        if is_watched {
            // However short it was, its end is seen, and stays.
            draw(&format!("{}\x1b[K\n", bar(&metrics, letters)));
        }
        Ok(())
    });
}

/// Says what became of all.
pub(super) fn say_totals(metrics: &Metrics, time: Duration) {
    let (read, replayed, skipped) = counts(metrics);
    tracing::info!(
        read,
        replayed,
        skipped,
        "{replayed} letters are replayed and {skipped} skipped in {:.1} seconds",
        time.as_secs_f64()
    );
}

fn counts(metrics: &Metrics) -> (u64, u64, u64) {
    (
        metrics.received.get(),
        metrics.delivered.get(),
        metrics.skipped.get(),
    )
}

fn bar(metrics: &Metrics, letters: u64) -> String {
    let (read, replayed, skipped) = counts(metrics);
    let full = read.min(letters) * WIDTH / letters.max(1);
    let bar: String = (0..WIDTH)
        .map(|at| if at < full { '#' } else { '.' })
        .collect();
    format!("[{bar}] {read} of {letters} letters, {replayed} replayed, {skipped} skipped")
}

fn draw(text: &str) {
    let mut stderr = stderr().lock();
    // Nothing is lost when the terminal is gone.
    stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush())
        .ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_full_as_the_letters_are_read() {
        let metrics = Metrics::register(&prometheus::Registry::new(), "t", "kafka").unwrap();
        metrics.received.inc_by(50);
        metrics.delivered.inc_by(20);
        metrics.skipped.inc_by(28);
        let half = format!("[{}{}]", "#".repeat(15), ".".repeat(15));
        let expected = format!("{half} 50 of 100 letters, 20 replayed, 28 skipped");
        assert_eq!(bar(&metrics, 100), expected);
        assert!(bar(&metrics, 10).starts_with(&format!("[{}]", "#".repeat(30))));
    }
}
