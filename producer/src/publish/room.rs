//! The bound on records and bytes in flight: who meets it waits until a quarter is free again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a waiting worker sleeps before it looks around.
const SLICE: Duration = Duration::from_millis(50);

/// The bound. The counts themselves are the metrics of records and bytes in flight.
#[derive(Debug)]
pub(crate) struct Room {
    records: i64,
    bytes: i64,
    waiting: AtomicUsize,
    sleep: Mutex<()>,
    freed: Condvar,
}

impl Room {
    /// Room for so many records and bytes.
    pub(crate) fn new(records: u64, bytes: u64) -> Self {
        Self {
            records: i64::try_from(records).unwrap_or(i64::MAX),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            waiting: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    /// Waits until a record of `more` bytes has room. `in_flight` gives records and bytes; `go_on` is
    /// asked every 50 ms, and its no ends the wait.
    ///
    /// Several workers may pass together, so the bound can be exceeded by one record a worker.
    pub(super) fn wait(
        &self,
        in_flight: impl Fn() -> (i64, i64),
        more: i64,
        go_on: impl Fn() -> bool,
    ) -> bool {
        let (records, bytes) = in_flight();
        if self.has_room(records, bytes, more) {
            return true;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock();
        let found = loop {
            let (records, bytes) = in_flight();
            if self.has_eased(records, bytes) && self.has_room(records, bytes, more) {
                break true;
            }
            if !go_on() {
                break false;
            }
            guard = self.sleep(guard, SLICE);
        };
        drop(guard);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        found
    }

    /// Has `take` count so many records and bytes as in flight if all of them have room now; nobody waits.
    ///
    /// One call looks and takes before the next looks, so the bound is never exceeded.
    pub(super) fn try_take(
        &self,
        in_flight: impl Fn() -> (i64, i64),
        (records, bytes): (i64, i64),
        take: impl FnOnce(),
    ) -> bool {
        let _guard = self.lock();
        let (taken, taken_bytes) = in_flight();
        let has_room = taken.saturating_add(records) <= self.records
            && taken_bytes.saturating_add(bytes) <= self.bytes;
        if has_room {
            take();
        }
        has_room
    }

    /// Sleeps until something was freed, at most `time`.
    pub(super) fn rest(&self, time: Duration) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        drop(self.sleep(self.lock(), time));
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// Says how much is in flight after something was settled.
    pub(super) fn settled(&self, records: i64, bytes: i64) {
        if self.waiting.load(Ordering::SeqCst) > 0 && self.has_eased(records, bytes) {
            drop(self.lock());
            self.freed.notify_all();
        }
    }

    /// A record larger than the whole bound passes alone.
    fn has_room(&self, records: i64, bytes: i64, more: i64) -> bool {
        records < self.records && (bytes <= 0 || bytes.saturating_add(more) <= self.bytes)
    }

    /// Workers are woken for a quarter of the bound, not for every record.
    fn has_eased(&self, records: i64, bytes: i64) -> bool {
        records < self.records - self.records.div_euclid(4)
            && (bytes <= self.bytes - self.bytes.div_euclid(4))
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.sleep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep<'a>(&self, guard: MutexGuard<'a, ()>, time: Duration) -> MutexGuard<'a, ()> {
        self.freed
            .wait_timeout(guard, time)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI64};
    use std::thread;
    use std::time::Instant;

    use super::*;

    #[test]
    fn passes_below_the_bound_without_asking() {
        let room = Room::new(2, 100);
        for (records, bytes, more) in [(0, 0, 100), (1, 50, 50), (1, 0, 500), (0, 0, 101)] {
            assert!(
                room.wait(|| (records, bytes), more, || panic!("it waited")),
                "{records} {bytes} {more}"
            );
        }
    }

    #[test]
    fn waits_at_the_bound_until_it_is_told_to_stop() {
        let room = Room::new(2, 100);
        for (records, bytes, more) in [(2, 0, 1), (1, 100, 1), (1, 50, 51), (1, 1, 500)] {
            assert!(
                !room.wait(|| (records, bytes), more, || false),
                "{records} {bytes} {more}"
            );
        }
        assert_eq!(room.waiting.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn what_is_taken_together_has_room_together_or_is_not_taken() {
        let room = Room::new(4, 100);
        for (in_flight, more, fits) in [
            ((0, 0), (4, 100), true),
            ((0, 0), (5, 1), false),
            ((0, 0), (1, 101), false),
            ((2, 50), (2, 50), true),
            ((3, 50), (2, 1), false),
            ((1, 50), (1, 51), false),
        ] {
            let mut is_taken = false;
            assert_eq!(room.try_take(|| in_flight, more, || is_taken = true), fits);
            assert_eq!(is_taken, fits, "{in_flight:?} {more:?}");
        }
    }

    #[test]
    fn one_record_is_a_bound_too() {
        let room = Room::new(1, 1);
        assert!(room.wait(|| (0, 0), 10, || false));
        assert!(!room.wait(|| (1, 10), 10, || false));
    }

    #[test]
    fn a_worker_is_woken_when_a_quarter_is_free_and_not_before() {
        let room = Arc::new(Room::new(100, 1 << 40));
        let (in_flight, woken) = (
            Arc::new(AtomicI64::new(100)),
            Arc::new(AtomicBool::new(false)),
        );
        let worker = thread::spawn({
            let (room, in_flight, woken) = (
                Arc::clone(&room),
                Arc::clone(&in_flight),
                Arc::clone(&woken),
            );
            move || {
                assert!(room.wait(|| (in_flight.load(Ordering::SeqCst), 0), 1, || true));
                assert!(in_flight.load(Ordering::SeqCst) < 75);
                woken.store(true, Ordering::SeqCst);
            }
        });
        let deadline = Instant::now() + Duration::from_secs(10);
        while !woken.load(Ordering::SeqCst) && Instant::now() < deadline {
            if room.waiting.load(Ordering::SeqCst) > 0 {
                let left = in_flight.fetch_sub(1, Ordering::SeqCst) - 1;
                room.settled(left, 0);
            }
            thread::yield_now();
        }
        worker.join().unwrap();
    }
}
