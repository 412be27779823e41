//! The last few of something, each with its time, for people who look.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

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
        let same = what.clone();
        self.replace(what, |kept| *kept == same);
    }

    /// Takes one in for the kept one that is meant, whose count it goes on with.
    fn replace(&self, what: T, is_meant: impl Fn(&T) -> bool) {
        let mut entries = self.lock();
        let known = entries.iter().position(|entry| is_meant(&entry.what));
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

impl Trouble {
    fn new(kind: &'static str, said: impl Display) -> Self {
        let said = said.to_string();
        let readable = |c: char| if c.is_control() { ' ' } else { c };
        let mut text: String = said.chars().take(LONGEST).map(readable).collect();
        if text.len() < said.len() {
            text.push('…');
        }
        Self { kind, said: text }
    }
}

impl Recent<Trouble> {
    /// Takes in what went wrong: its kind, of a closed set, and what was said about it, which must not tell of a
    /// record more than its place.
    pub fn note(&self, kind: &'static str, said: impl Display) {
        self.push(Trouble::new(kind, said));
    }

    /// The same of what is said differently each time: the last of a kind stands for all of it, so that a flood of them
    /// leaves room for others.
    pub fn note_last(&self, kind: &'static str, said: impl Display) {
        self.replace(Trouble::new(kind, said), |kept| kept.kind == kind);
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
    let known = Timestamp::try_from(at);
    known.map_or_else(|_| String::new(), |known| format!("{known:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

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
    fn a_flood_of_one_kind_leaves_the_others() {
        let troubles = Recent::default();
        troubles.note("transport", "down");
        for line in 0..1000 {
            troubles.note_last("json", format_args!("line {line}"));
        }
        let state = troubles.state();
        assert_eq!(
            (&state[0]["said"], &state[0]["times"]),
            (&"line 999".into(), &1000.into())
        );
        assert_eq!(state[1]["said"], "down");
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
            let time = Duration::from_secs(seconds) + Duration::from_millis(999);
            assert_eq!(moment(UNIX_EPOCH + time), text);
        }
    }
}
