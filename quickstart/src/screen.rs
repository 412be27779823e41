//! What people see on stderr while it runs: a live line on a terminal, plain log lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Time between two log lines where no live line can be drawn.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// Whether stderr is a terminal, and values go somewhere else or may share it.
pub(crate) fn is_live() -> bool {
    std::io::stderr().is_terminal()
}

/// The numbers of a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    pub(crate) delivered: u64,
    pub(crate) consumed: u64,
    pub(crate) schema_version: Option<u64>,
}

/// Draws moments.
#[derive(Debug)]
pub(crate) struct Screen {
    live: bool,
    last: Moment,
    drawn: Instant,
    logged: Instant,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self {
            live: is_live(),
            last: Moment::default(),
            drawn: now,
            logged: now,
        }
    }

    /// Shows where the stream stands.
    pub(crate) fn show(&mut self, moment: Moment) {
        if !self.live && self.logged.elapsed() < LOG_EVERY {
            return;
        }
        let seconds = self.drawn.elapsed().as_secs_f64().max(0.001);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a rate is shown in whole records"
        )]
        let rate = moment.delivered.saturating_sub(self.last.delivered) as f64 / seconds;
        let lag = moment.delivered.saturating_sub(moment.consumed);
        let Moment {
            delivered,
            consumed,
            schema_version,
        } = moment;
        if self.live {
            let version =
                schema_version.map_or_else(|| "-".to_owned(), |version| version.to_string());
            draw(&format!(
                "\r\x1b[K{rate:.0}/s  delivered {delivered}  consumed {consumed}  lag {lag}  schema version {version}"
            ));
        } else {
            tracing::info!(
                rate = format!("{rate:.0}/s"),
                delivered,
                consumed,
                lag,
                schema_version,
                "streaming"
            );
            self.logged = Instant::now();
        }
        self.last = moment;
        self.drawn = Instant::now();
    }

    /// Takes the live line away.
    pub(crate) fn clear(&self) {
        if self.live {
            draw("\r\x1b[K");
        }
    }
}

fn draw(text: &str) {
    let mut stderr = std::io::stderr();
    // Nobody watches a terminal that is gone.
    stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush())
        .ok();
}
