//! The rate of a whole process: a schedule that all its workers share, without bursts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a stall may make up for: records that were due longer ago than this are not caught up on.
const CATCH_UP_NANOS: u64 = 100_000_000;
/// Above this rate one claim covers several records, so that the clock is asked at most this often a second.
const CLAIMS_A_SECOND: f64 = 1_000.0;

/// When the next claim of records is due, in nanoseconds since the start.
#[derive(Debug)]
struct Schedule {
    next: AtomicU64,
    records_a_claim: u64,
    nanos_a_claim: u64,
}

impl Schedule {
    fn new(records_a_second: f64) -> Self {
        let records_a_claim = (records_a_second / CLAIMS_A_SECOND).floor().max(1.0);
        Self {
            next: AtomicU64::new(0),
            records_a_claim: whole(records_a_claim),
            nanos_a_claim: whole(records_a_claim * 1e9 / records_a_second),
        }
    }

    /// Takes the next claim; its records may go from the time given back.
    fn claim(&self, now: u64) -> u64 {
        let oldest = now.saturating_sub(CATCH_UP_NANOS);
        let previous = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
                Some(next.max(oldest).saturating_add(self.nanos_a_claim))
            })
            .unwrap_or_else(|unchanged| unchanged);
        previous.max(oldest)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive and the cast saturates"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// One worker's view of the shared schedule.
#[derive(Clone, Debug)]
pub struct Pace {
    schedule: Option<Arc<Schedule>>,
    start: Instant,
    claimed: u64,
}

impl Pace {
    /// A schedule of so many records a second; zero means as fast as it goes.
    pub fn new(records_a_second: f64) -> Self {
        let schedule = (records_a_second > 0.0).then(|| Arc::new(Schedule::new(records_a_second)));
        Self {
            schedule,
            start: Instant::now(),
            claimed: 0,
        }
    }

    /// The time at which the next record may go, or nothing if it may go now.
    pub fn due(&mut self) -> Option<Instant> {
        let schedule = self.schedule.as_ref()?;
        if self.claimed > 0 {
            self.claimed -= 1;
            return None;
        }
        self.claimed = schedule.records_a_claim - 1;
        let now = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let due = schedule.claim(now);
        (due > now).then(|| self.start + Duration::from_nanos(due))
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const MICRO: u64 = 1_000;

    /// Records sent within `until` by workers whose sleep is up to 4 ms too long, and who need 2 µs a record.
    fn sent_by(workers: u64, schedule: &Schedule, until: u64) -> u64 {
        let mut free: BinaryHeap<_> = (0..workers).map(|_| Reverse(0)).collect();
        let (mut records, mut random) = (0, 1_u64);
        while let Some(Reverse(now)) = free.pop().filter(|Reverse(now)| *now < until) {
            let due = schedule.claim(now);
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let too_long = if due > now {
                (random >> 33) % (4_000 * MICRO)
            } else {
                0
            };
            let awake = now.max(due) + too_long;
            if awake < until {
                records += schedule.records_a_claim;
            }
            free.push(Reverse(awake + schedule.records_a_claim * 2 * MICRO));
        }
        records
    }

    #[test]
    fn the_rate_is_held_within_a_hundredth_whatever_sleep_is_worth() {
        for rate in [10.0, 100.0, 1_000.0, 1_999.0, 10_000.0, 12_345.0, 100_000.0] {
            for workers in [1, 3, 8, 64] {
                let records = sent_by(workers, &Schedule::new(rate), 20 * SECOND);
                let expected = whole(rate * 20.0);
                let off = records.abs_diff(expected);
                assert!(
                    off * 100 <= expected,
                    "{workers} workers at {rate}/s sent {records} in 20 s"
                );
            }
        }
    }

    /// Records sent within `until`, by one worker that always waits for its claim.
    fn sent(schedule: &Schedule, from: u64, until: u64) -> u64 {
        let (mut now, mut records) = (from, 0);
        loop {
            now = now.max(schedule.claim(now));
            if now >= until {
                return records;
            }
            records += schedule.records_a_claim;
        }
    }

    #[test]
    fn holds_the_rate_over_ten_seconds() {
        for rate in [
            0.5,
            1.0,
            7.0,
            100.0,
            999.0,
            1_500.0,
            5_000.0,
            200_000.0,
            1_234_567.0,
        ] {
            let records = sent(&Schedule::new(rate), 0, 10 * SECOND);
            let expected = whole(rate * 10.0);
            let tolerance = (expected / 1_000).max(Schedule::new(rate).records_a_claim);
            assert!(
                records.abs_diff(expected) <= tolerance,
                "{rate}/s gave {records} in 10 s"
            );
        }
    }

    #[test]
    fn a_stall_is_made_up_for_by_a_tenth_of_a_second_only() {
        for rate in [100.0, 5_000.0, 200_000.0] {
            let schedule = Schedule::new(rate);
            sent(&schedule, 0, SECOND);
            let after_stall = 61 * SECOND;
            let (mut burst, mut due) = (0, schedule.claim(after_stall));
            while due <= after_stall {
                burst += schedule.records_a_claim;
                due = schedule.claim(after_stall);
            }
            assert!(
                burst <= whole(rate / 10.0) + schedule.records_a_claim,
                "{rate}/s let {burst} go at once"
            );
        }
    }

    #[test]
    fn workers_share_one_schedule() {
        let schedule = Schedule::new(10.0);
        let claims: Vec<u64> = (0..4).map(|_| schedule.claim(CATCH_UP_NANOS)).collect();
        assert_eq!(claims, [0, SECOND / 10, SECOND / 5, SECOND * 3 / 10]);
    }

    #[test]
    fn rate_zero_never_waits() {
        let mut pace = Pace::new(0.0);
        assert!((0..1_000).all(|_| pace.due().is_none()));
    }
}
