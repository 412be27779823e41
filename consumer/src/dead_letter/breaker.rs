//! Tells one bad record from a roll-out gone wrong.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Parts that the window moves by.
const PARTS: u64 = 10;

/// Breaks when too many of the last records could not be decoded.
#[derive(Debug)]
pub(crate) struct Breaker {
    max_percent: u64,
    window: u64,
    seen: Mutex<VecDeque<Part>>,
}

/// Some of the last records.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    records: u64,
    failed: u64,
}

impl Breaker {
    /// More than `max_percent` of the last `window` records are too many; 100 percent never are.
    pub(crate) fn new(max_percent: u32, window: u32) -> Self {
        Self {
            max_percent: u64::from(max_percent),
            window: u64::from(window),
            seen: Mutex::default(),
        }
    }

    /// Counts records that were decoded.
    pub(crate) fn decoded(&self, records: usize) {
        if records > 0 {
            self.count(records as u64, 0);
        }
    }

    /// Counts a record that was not; `true` when it is one too many.
    pub(crate) fn breaks(&self) -> bool {
        let (records, failed) = self.count(1, 1);
        self.max_percent < 100 && failed * 100 > self.max_percent * records.max(self.window)
    }

    /// Gives the number of the last records, at least the window's once there are so many, and the failures among them.
    fn count(&self, records: u64, failed: u64) -> (u64, u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let size = (self.window / PARTS).max(1);
        if seen.back().is_none_or(|last| last.records >= size) {
            seen.push_back(Part::default());
        }
        if let Some(last) = seen.back_mut() {
            last.records += records;
            last.failed += failed;
        }
        let mut all: u64 = seen.iter().map(|part| part.records).sum();
        while let Some(first) = seen.front()
            && all - first.records >= self.window
        {
            all -= first.records;
            seen.pop_front();
        }
        (all, seen.iter().map(|part| part.failed).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_the_first_record_too_many_and_forgets_what_is_long_ago() {
        let breaker = Breaker::new(50, 100);
        assert!((0..50).all(|_| !breaker.breaks()));
        assert!(breaker.breaks());

        let breaker = Breaker::new(50, 100);
        for _ in 0..1000 {
            breaker.decoded(2);
            assert!(!breaker.breaks(), "a third fails");
        }
        let breaker = Breaker::new(50, 100);
        assert!((0..50).all(|_| !breaker.breaks()));
        breaker.decoded(10_000);
        assert!((0..50).all(|_| !breaker.breaks()));
    }

    #[test]
    fn a_hundred_percent_never_break() {
        for window in [1, 7, 1000] {
            let breaker = Breaker::new(100, window);
            assert!((0..5000).all(|_| !breaker.breaks()), "{window}");
        }
    }

    #[test]
    fn a_steady_share_below_the_bound_never_breaks() {
        let breaker = Breaker::new(50, 1000);
        for _ in 0..10_000 {
            breaker.decoded(1);
            assert!(!breaker.breaks());
        }
    }
}
