//! The last few of something, each with its time, for people who look.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many are kept.
const MOST: usize = 20;
/// The longest text of a trouble, in characters.
const LONGEST: usize = 300;

/// The last few of something; what is new pushes out what is old.
#[derive(Debug)]
pub struct Recent<T> {
    entries: Arc<Mutex<VecDeque<Entry<T>>>>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// What it is.
    pub what: T,
    /// How often it came while it was kept.
    pub times: u64,
    /// When it came last.
    pub at: SystemTime,
}

impl<T> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self {
            entries: Arc::clone(&self.entries),
        }
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
        }
    }
}

impl<T: Clone + PartialEq> Recent<T> {
    /// Takes one in; one that is kept already counts once more and comes to the front.
    pub fn push(&self, what: T) {
        let mut entries = self.lock();
        let known = entries.iter().position(|entry| entry.what == what);
        let times = known.and_then(|at| entries.remove(at));
        entries.push_front(Entry {
            what,
            times: times.map_or(0, |entry| entry.times) + 1,
            at: SystemTime::now(),
        });
        entries.truncate(MOST);
    }

    /// All of them, the newest first.
    pub fn list(&self) -> Vec<Entry<T>> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry<T>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that went wrong. It holds nothing of any record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    kind: &'static str,
    said: String,
}

impl Recent<Trouble> {
    /// Takes in what went wrong: its kind, of a closed set, and what was said about it, which must not tell of a
    /// record more than its place.
    pub fn note(&self, kind: &'static str, said: impl Display) {
        let said = said.to_string();
        let readable = |c: char| if c.is_control() { ' ' } else { c };
        let mut text: String = said.chars().take(LONGEST).map(readable).collect();
        if text.len() < said.len() {
            text.push('…');
        }
        self.push(Trouble { kind, said: text });
    }

    /// The part of `GET /state`.
    pub(super) fn state(&self) -> Value {
        let show = |entry: Entry<Trouble>| {
            json!({
                "at": moment(entry.at),
                "kind": entry.what.kind,
                "said": entry.what.said,
                "times": entry.times,
            })
        };
        self.list().into_iter().map(show).collect()
    }
}

/// A time as `2026-01-31T10:00:00Z`.
pub fn moment(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The date of a day since 1970. Years are counted from March, so that leap days come last, in eras of 400 years.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leaps = day_of_era / 1460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_comes_again_counts_and_what_is_old_goes() {
        let recent = Recent::default();
        for number in 0..30 {
            recent.push(number);
            recent.push(15);
        }
        let list = recent.list();
        assert_eq!(list.len(), MOST);
        assert_eq!((list[0].what, list[0].times), (15, 31));
        assert_eq!((list[1].what, list[1].times), (29, 1));
        assert!(list.iter().all(|entry| entry.what >= 10));
    }

    #[test]
    fn what_is_said_is_bounded_and_has_no_control_characters() {
        let troubles = Recent::default();
        troubles.note("transport", "a\nb\u{1b}[31m");
        troubles.note("transport", "ü".repeat(1000));
        let state = troubles.state();
        assert_eq!(state[1]["said"], "a b [31m");
        let long = state[0]["said"].as_str().unwrap();
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert_eq!(state[0]["times"], 1);
    }

    #[test]
    fn moments_are_dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(moment(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
