//! A bound on how many calls start a second.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Lets through at most so many a second, the first second's worth at once; all others wait their turn in order.
#[derive(Debug)]
pub(super) struct RateLimit {
    interval: Duration,
    /// The moment from which on the full burst is available again. The lock is held while waiting: a queue.
    full_at: Mutex<Option<Instant>>,
}

impl RateLimit {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second.max(1),
            full_at: Mutex::new(None),
        }
    }

    /// Waits for a turn. Dropping the future before it is done takes none.
    pub(super) async fn wait(&self) {
        let mut full_at = self.full_at.lock().await;
        let now = Instant::now();
        let next = full_at.map_or(now, |at| at.max(now)) + self.interval;
        tokio::time::sleep_until(next - Duration::from_secs(1)).await;
        *full_at = Some(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lets_a_seconds_worth_through_at_once_and_then_one_an_interval() {
        let limit = RateLimit::new(50);
        let start = Instant::now();
        for _ in 0..50 {
            limit.wait().await;
        }
        let burst = start.elapsed();
        for _ in 0..10 {
            limit.wait().await;
        }
        assert!(burst < Duration::from_millis(500), "{burst:?}");
        assert!(
            start.elapsed() >= Duration::from_millis(200),
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test]
    async fn a_turn_that_nobody_waited_for_is_not_taken() {
        let limit = RateLimit::new(1);
        limit.wait().await;
        let before = *limit.full_at.lock().await;
        assert!(
            tokio::time::timeout(Duration::from_millis(5), limit.wait())
                .await
                .is_err()
        );
        assert_eq!(*limit.full_at.lock().await, before);
    }
}
