//! What became of every record.

use runtime::daemon;
use runtime::lifecycle::{Exit, Failure};
use std::time::Duration;

/// The totals at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) made: u64,
    pub(crate) delivered: u64,
    pub(crate) consumed: u64,
    pub(crate) skipped: u64,
    pub(crate) dead_lettered: u64,
    pub(crate) time: Duration,
}

impl Summary {
    fn ended(&self) -> u64 {
        self.consumed + self.skipped + self.dead_lettered
    }

    /// Records that were made and neither consumed nor put aside by a policy.
    pub(crate) fn lost(&self) -> u64 {
        self.made.saturating_sub(self.ended())
    }

    /// Says the totals on stderr.
    pub(crate) fn say(&self) {
        let Self {
            made,
            delivered,
            consumed,
            skipped,
            dead_lettered,
            time,
        } = self;
        daemon::say(&format!(
            "made {made}, delivered {delivered}, consumed {consumed}, dead-lettered {dead_lettered}, skipped {skipped}, lost {}, {:.1} seconds",
            self.lost(),
            time.as_secs_f64()
        ));
    }

    /// Success only if every record that was made ended once.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        let ended = self.ended();
        if ended == self.made {
            return Ok(());
        }
        let said = if ended < self.made {
            format!("{} records were lost", self.lost())
        } else {
            format!(
                "{} records came twice, which could hide others that were lost",
                ended - self.made
            )
        };
        Err(Failure::said(Exit::DrainIncomplete, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_was_made_and_not_consumed_is_lost() {
        let summary = Summary {
            made: 10,
            delivered: 10,
            consumed: 9,
            skipped: 1,
            dead_lettered: 0,
            time: Duration::ZERO,
        };
        assert_eq!(summary.lost(), 0);
        assert!(summary.verdict().is_ok());
        let summary = Summary {
            consumed: 8,
            ..summary
        };
        assert_eq!(summary.lost(), 1);
        assert!(summary.verdict().is_err());
        let summary = Summary {
            consumed: 10,
            ..summary
        };
        assert!(
            summary.verdict().is_err(),
            "a record that came twice hides a loss"
        );
    }
}
