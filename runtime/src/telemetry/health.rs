//! Live, started, ready: hearts that must beat and latches that must be set.
//!
//! Liveness asks only whether the daemon's own loops still turn, never Kafka or the registry: an
//! outage out there must not restart every task. Readiness needs every latch, and ends at the first
//! moment of a drain.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Where a daemon is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Starting = 0,
    Ready = 1,
    Draining = 2,
}

impl Stage {
    /// The stage as a word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
        }
    }
}

/// A check as it is now, for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) holds: bool,
    pub(crate) watch: Watch,
}

/// What a check watches.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Watch {
    /// A loop that turned so long ago, and how long that may be.
    Loop(Duration, Duration),
    /// A loop that ended in good order.
    Ended,
    /// A condition that has been as it is for so long.
    Condition(Duration),
}

/// The health of one daemon.
#[derive(Clone, Debug)]
pub struct Health {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    origin: Instant,
    latches: Mutex<Vec<Latch>>,
    hearts: Mutex<Vec<Heartbeat>>,
    started: AtomicBool,
    /// When the drain began, and why.
    draining: OnceLock<(Instant, &'static str)>,
}

/// One condition of readiness.
#[derive(Clone, Debug)]
pub struct Latch {
    name: &'static str,
    set: Arc<AtomicBool>,
    origin: Instant,
    /// When the condition last became what it is.
    since_millis: Arc<AtomicU64>,
}

impl Latch {
    /// Whether the condition holds.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::Relaxed)
    }

    /// Says whether the condition holds now.
    pub fn set(&self, holds: bool) {
        if self.set.swap(holds, Ordering::Relaxed) != holds {
            let now = millis_since(self.origin);
            self.since_millis.store(now, Ordering::Relaxed);
        }
    }

    fn check(&self) -> Check {
        let since = Duration::from_millis(self.since_millis.load(Ordering::Relaxed));
        Check {
            name: self.name,
            holds: self.is_set(),
            watch: Watch::Condition(self.origin.elapsed().saturating_sub(since)),
        }
    }
}

fn millis_since(origin: Instant) -> u64 {
    u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A loop that must turn.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    name: &'static str,
    stall: Duration,
    origin: Instant,
    last_millis: Arc<AtomicU64>,
    resting: Arc<AtomicBool>,
}

impl Heartbeat {
    /// The loop turned.
    pub fn beat(&self) {
        let now = millis_since(self.origin);
        self.last_millis.store(now, Ordering::Relaxed);
    }

    /// The loop ended in good order and will not beat again.
    pub fn rest(&self) {
        self.resting.store(true, Ordering::Relaxed);
    }

    /// Time since the last beat.
    pub fn age(&self) -> Duration {
        self.origin.elapsed().saturating_sub(Duration::from_millis(
            self.last_millis.load(Ordering::Relaxed),
        ))
    }

    fn alive(&self) -> bool {
        self.resting.load(Ordering::Relaxed) || self.age() <= self.stall
    }

    fn check(&self) -> Check {
        let watch = if self.resting.load(Ordering::Relaxed) {
            Watch::Ended
        } else {
            Watch::Loop(self.age(), self.stall)
        };
        Check {
            name: self.name,
            holds: self.alive(),
            watch,
        }
    }
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                origin: Instant::now(),
                latches: Mutex::default(),
                hearts: Mutex::default(),
                started: AtomicBool::new(false),
                draining: OnceLock::new(),
            }),
        }
    }

    /// A new condition of readiness, not met yet.
    pub fn latch(&self, name: &'static str) -> Latch {
        let latch = Latch {
            name,
            set: Arc::default(),
            origin: self.inner.origin,
            since_millis: Arc::new(AtomicU64::new(millis_since(self.inner.origin))),
        };
        self.inner
            .latches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(latch.clone());
        latch
    }

    /// A new loop to watch; `/live` fails when it has not turned for `stall`.
    pub fn heartbeat(&self, name: &'static str, stall: Duration) -> Heartbeat {
        let heart = Heartbeat {
            name,
            stall,
            origin: Instant::now(),
            last_millis: Arc::default(),
            resting: Arc::default(),
        };
        self.inner
            .hearts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(heart.clone());
        heart
    }

    /// The start is over: what is to be watched is there.
    pub fn started(&self) {
        self.inner.started.store(true, Ordering::Relaxed);
    }

    /// The drain has begun, for this reason: not ready any more.
    pub fn draining(&self, reason: &'static str) {
        self.inner.draining.get_or_init(|| (Instant::now(), reason));
    }

    /// How long the drain has gone on, and why it began; nothing before it has.
    pub(crate) fn drain(&self) -> Option<(Duration, &'static str)> {
        let (began, reason) = self.inner.draining.get()?;
        Some((began.elapsed(), reason))
    }

    /// Whether every heart has beaten in time.
    pub fn is_live(&self) -> bool {
        self.hearts().iter().all(|(_, alive)| *alive)
    }

    /// Whether the start is over.
    pub fn is_started(&self) -> bool {
        self.inner.started.load(Ordering::Relaxed)
    }

    /// Whether every latch is set and no drain has begun.
    pub fn is_ready(&self) -> bool {
        self.stage() == Stage::Ready
    }

    /// The loops that are watched, and whether each beats.
    pub fn hearts(&self) -> Vec<(&'static str, bool)> {
        let hearts = self
            .inner
            .hearts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        hearts
            .iter()
            .map(|heart| (heart.name, heart.alive()))
            .collect()
    }

    /// The conditions of readiness, and whether each holds.
    pub fn latches(&self) -> Vec<(&'static str, bool)> {
        let latches = self
            .inner
            .latches
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        latches
            .iter()
            .map(|latch| (latch.name, latch.set.load(Ordering::Relaxed)))
            .collect()
    }

    pub(crate) fn checks(&self) -> Vec<(&'static str, bool)> {
        self.hearts().into_iter().chain(self.latches()).collect()
    }

    /// All checks as people see them.
    pub(crate) fn look(&self) -> Vec<Check> {
        let hearts = self
            .inner
            .hearts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let latches = self
            .inner
            .latches
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let latches = latches.iter().map(Latch::check);
        hearts.iter().map(Heartbeat::check).chain(latches).collect()
    }

    /// How long the daemon has been there.
    pub(crate) fn age(&self) -> Duration {
        self.inner.origin.elapsed()
    }

    pub(crate) fn stage(&self) -> Stage {
        if self.inner.draining.get().is_some() {
            Stage::Draining
        } else if self.is_started() && self.latches().iter().all(|(_, set)| *set) {
            Stage::Ready
        } else {
            Stage::Starting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_needs_the_start_and_every_latch() {
        let health = Health::new();
        let (broker, group) = (health.latch("broker"), health.latch("group"));
        broker.set(true);
        group.set(true);
        assert!(!health.is_ready(), "not started");
        health.started();
        assert!(health.is_ready());
        group.set(false);
        assert!(!health.is_ready(), "a latch is open");
    }

    #[test]
    fn a_drain_ends_readiness_and_not_liveness() {
        let health = Health::new();
        health.started();
        assert!(health.is_ready());
        health.draining("signal");
        assert!(!health.is_ready());
        assert!(health.is_live());
    }

    #[test]
    fn a_heart_that_stops_ends_liveness() {
        let health = Health::new();
        let heart = health.heartbeat("poll", Duration::ZERO);
        while heart.age().is_zero() {
            std::hint::spin_loop();
        }
        assert!(!health.is_live());
        heart.rest();
        assert!(health.is_live(), "ended in good order");
    }
}
