//! Faults on purpose: throttling, latency, failures, refused connections.
//!
//! Only requests to the API meet them; probes, metrics, pages and `/_stub`
//! answer as ever.

mod bucket;
mod rule;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::api::Operation;
use bucket::Bucket;
pub(crate) use rule::{Rules, from_json, from_pairs};

/// What was done to a request; a closed set, also in metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Throttle,
    Latency,
    Error,
    Refuse,
}

impl Kind {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Throttle, Self::Latency, Self::Error, Self::Refuse];

    /// The kind as a metric's label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Latency => "latency",
            Self::Error => "error",
            Self::Refuse => "refuse",
        }
    }
}

/// What is to happen to one request: first it waits, then it ends that way if it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meeting {
    pub(crate) wait: Duration,
    pub(crate) end: Option<Kind>,
}

/// The faults in force.
pub(crate) struct Faults {
    /// Whether there are any: nobody waits for the lock when there are none.
    any: AtomicBool,
    state: Mutex<State>,
}

struct State {
    faults: Vec<Fault>,
    random: StdRng,
}

struct Fault {
    name: String,
    rule: rule::Rule,
    bucket: Option<Bucket>,
    until: Option<Instant>,
}

impl Faults {
    /// The configured faults; with a seed jitter and shares are the same on each run.
    pub(crate) fn new(rules: Rules, seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0);
        let faults = Self {
            any: AtomicBool::new(false),
            state: Mutex::new(State {
                faults: Vec::new(),
                random: StdRng::seed_from_u64(seed),
            }),
        };
        faults.replace(rules);
        faults
    }

    /// Puts these faults in the place of all that are in force; whether it is an outage of everything.
    pub(crate) fn replace(&self, rules: Rules) -> bool {
        let now = Instant::now();
        let fault = |(name, rule): (String, rule::Rule)| Fault {
            name,
            bucket: rule
                .limit()
                .map(|(rate, burst)| Bucket::new(rate, burst, now)),
            until: rule.lasts.and_then(|lasts| now.checked_add(lasts)),
            rule,
        };
        let faults: Vec<Fault> = rules.into_iter().map(fault).collect();
        let is_outage = faults.iter().any(|fault| fault.rule.is_outage());
        let mut state = self.lock();
        self.any.store(!faults.is_empty(), Ordering::Release);
        state.faults = faults;
        is_outage
    }

    /// How many are in force.
    pub(crate) fn count(&self) -> usize {
        let mut state = self.lock();
        self.drop_old(&mut state, Instant::now());
        state.faults.len()
    }

    /// What is in force, in the form in which it can be given again.
    pub(crate) fn to_json(&self) -> Value {
        let now = Instant::now();
        let mut state = self.lock();
        self.drop_old(&mut state, now);
        let faults = state.faults.iter().map(|fault| {
            let left = fault.until.map(|until| until.duration_since(now));
            (fault.name.clone(), fault.rule.to_json(left))
        });
        Value::Object(faults.collect::<Map<_, _>>())
    }

    /// What is to happen to a request that came now.
    ///
    /// A refused or throttled one does not wait, as nothing works on it.
    pub(crate) fn meet(&self, operation: Operation, now: Instant) -> Meeting {
        if !self.any.load(Ordering::Acquire) {
            return Meeting::default();
        }
        let mut state = self.lock();
        self.drop_old(&mut state, now);
        let State { faults, random } = &mut *state;
        let (mut wait, mut fails, mut throttled, mut refused) =
            (Duration::ZERO, false, false, false);
        for fault in faults
            .iter_mut()
            .filter(|fault| fault.rule.means(operation))
        {
            let rule = &fault.rule;
            refused |= rule.refuse;
            throttled |= fault
                .bucket
                .as_mut()
                .is_some_and(|bucket| !bucket.take(now));
            wait += rule.latency + rule.jitter.mul_f64(random.random::<f64>());
            fails |= random.random_range(0..100) < rule.errors;
        }
        let at_once = |kind| Meeting {
            wait: Duration::ZERO,
            end: Some(kind),
        };
        match (refused, throttled) {
            (true, _) => at_once(Kind::Refuse),
            (false, true) => at_once(Kind::Throttle),
            (false, false) => Meeting {
                wait,
                end: fails.then_some(Kind::Error),
            },
        }
    }

    fn drop_old(&self, state: &mut State, now: Instant) {
        let before = state.faults.len();
        let lasts = |fault: &Fault| fault.until.is_none_or(|until| now < until);
        state.faults.retain(lasts);
        let left = state.faults.len();
        if left < before {
            self.any.store(left > 0, Ordering::Release);
            tracing::info!(ended = before - left, left, "faults came to their end");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use super::{Faults, Kind, Meeting, from_json};
    use crate::api::Operation;

    fn faults(rules: &Value, seed: u64) -> Faults {
        Faults::new(from_json(rules.to_string().as_bytes()).unwrap(), Some(seed))
    }

    fn ends(faults: &Faults, count: usize) -> Vec<Option<Kind>> {
        let meet = |_| faults.meet(Operation::GetSchema, Instant::now()).end;
        (0..count).map(meet).collect()
    }

    #[test]
    fn only_the_named_operations_meet_a_fault() {
        let faults = faults(
            &json!({"a": {"operations": ["GetSchema"], "refuse": true}}),
            1,
        );
        let now = Instant::now();
        assert_eq!(
            faults.meet(Operation::GetSchema, now).end,
            Some(Kind::Refuse)
        );
        assert_eq!(faults.meet(Operation::GetRegistry, now), Meeting::default());
    }

    #[test]
    fn the_burst_passes_and_the_rest_is_throttled_without_a_wait() {
        let faults = faults(
            &json!({"a": {"throttle": "0/s", "burst": 2, "latency": "1s"}}),
            1,
        );
        let meet = || faults.meet(Operation::GetSchema, Instant::now());
        let waits = Meeting {
            wait: Duration::from_secs(1),
            end: None,
        };
        let throttled = Meeting {
            wait: Duration::ZERO,
            end: Some(Kind::Throttle),
        };
        assert_eq!([meet(), meet(), meet()], [waits, waits, throttled]);
    }

    #[test]
    fn latencies_add_up_and_jitter_stays_below_its_bound() {
        let faults = faults(
            &json!({"a": {"latency": "1s"}, "b": {"latency": "2s", "jitter": "500ms"}}),
            1,
        );
        let waits: Vec<Duration> = (0..100)
            .map(|_| faults.meet(Operation::GetSchema, Instant::now()).wait)
            .collect();
        let range = Duration::from_secs(3)..Duration::from_millis(3500);
        assert!(waits.iter().all(|wait| range.contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "no jitter");
    }

    #[test]
    fn a_share_of_requests_fails_and_the_same_ones_for_the_same_seed() {
        let rule = json!({"a": {"errors": 20}});
        let first = ends(&faults(&rule, 7), 1_000);
        assert_eq!(first, ends(&faults(&rule, 7), 1_000));
        assert_ne!(first, ends(&faults(&rule, 8), 1_000));
        let failed = first
            .iter()
            .filter(|end| **end == Some(Kind::Error))
            .count();
        assert!((150..250).contains(&failed), "{failed}");
        let all = ends(&faults(&json!({"a": {"errors": 100}}), 1), 100);
        assert!(all.iter().all(|end| *end == Some(Kind::Error)));
    }

    #[test]
    fn a_fault_ends_when_its_time_is_over() {
        let faults = faults(
            &json!({"a": {"refuse": true, "for": "30s"}, "b": {"errors": 100}}),
            1,
        );
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let end = |at| faults.meet(Operation::GetSchema, at).end;
        assert_eq!(end(after(29)), Some(Kind::Refuse));
        assert_eq!(end(after(31)), Some(Kind::Error));
        assert_eq!(faults.to_json(), json!({"b": {"errors": 100}}));
        assert_eq!(faults.count(), 1);
    }
}
