//! A token bucket: how many requests a second pass, and how many at once.

use std::time::Instant;

/// Passes `burst` requests at once and `rate` more each second.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(rate: f64, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Self {
            rate,
            burst,
            tokens: burst,
            filled: now,
        }
    }

    /// Whether one more request may pass.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.filled = now;
        let passes = self.tokens >= 1.0;
        if passes {
            self.tokens -= 1.0;
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Bucket;

    fn passed(bucket: &mut Bucket, now: Instant) -> usize {
        (0..100).filter(|_| bucket.take(now)).count()
    }

    #[test]
    fn the_burst_passes_at_once_and_the_rate_each_second_after_it() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut bucket = Bucket::new(4.0, 10, start);
        assert_eq!(passed(&mut bucket, start), 10);
        assert_eq!(passed(&mut bucket, after(200)), 0);
        assert_eq!(passed(&mut bucket, after(250)), 1);
        assert_eq!(passed(&mut bucket, after(1250)), 4);
        assert_eq!(passed(&mut bucket, after(100_000)), 10, "no more than full");
    }

    #[test]
    fn a_rate_of_nothing_lets_the_burst_pass_and_no_more() {
        let start = Instant::now();
        let mut bucket = Bucket::new(0.0, 2, start);
        assert_eq!(passed(&mut bucket, start), 2);
        assert_eq!(passed(&mut bucket, start + Duration::from_hours(24)), 0);
    }
}
