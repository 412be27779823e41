//! The finished beginning of a file whose lines are settled in any order. Pure: no I/O, no clock.

use std::collections::BTreeMap;

use crate::source::{Place, Span};

/// The lines that are not finished yet; it grows with what is in flight and with nothing else.
#[derive(Debug)]
pub(super) struct Unfinished {
    /// The end of the last line that was taken or passed.
    reached: Place,
    /// By the line's number.
    open: BTreeMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    from: Place,
    stamp: usize,
}

impl Unfinished {
    /// Nothing taken yet behind a place.
    pub(super) const fn behind(place: Place) -> Self {
        Self {
            reached: place,
            open: BTreeMap::new(),
        }
    }

    /// Whether every line that was taken is finished.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The next line is to be sent.
    pub(super) fn take(&mut self, Span { from, to }: Span, stamp: usize) {
        self.open.insert(to.line, Open { from, stamp });
        self.reached = to;
    }

    /// A line is finished; gives what was kept with it.
    pub(super) fn finish(&mut self, line: u64) -> usize {
        self.open.remove(&line).map_or(0, |open| open.stamp)
    }

    /// The last line is finished, whether it was taken or not.
    pub(super) fn pass(&mut self, Span { to, .. }: Span) {
        self.open.remove(&to.line);
        self.reached = to;
    }

    /// The place before which every line is finished.
    pub(super) fn finished(&self) -> Place {
        let first = self.open.first_key_value();
        first.map_or(self.reached, |(_, open)| open.from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(line: u64) -> Span {
        let place = |line| Place {
            line,
            offset: line * 10,
        };
        Span {
            from: place(line - 1),
            to: place(line),
        }
    }

    #[test]
    fn only_the_finished_beginning_counts() {
        let mut lines = Unfinished::behind(Place::default());
        (1..=3).for_each(|line| lines.take(span(line), 7));
        lines.pass(span(4));
        assert_eq!(lines.finished().line, 0);
        lines.finish(2);
        assert_eq!(lines.finished().line, 0);
        assert_eq!(lines.finish(1), 7);
        assert_eq!(lines.finished(), span(2).to);
        lines.finish(3);
        assert_eq!(lines.finished(), span(4).to, "a rejected line is finished");
    }

    #[test]
    fn a_taken_line_that_is_passed_is_finished() {
        let mut lines = Unfinished::behind(Place::default());
        lines.take(span(1), 0);
        lines.pass(span(1));
        assert_eq!(lines.finished(), span(1).to);
    }

    #[test]
    fn a_line_that_stays_open_holds_back_all_behind_it_and_no_memory() {
        let mut lines = Unfinished::behind(Place::default());
        lines.take(span(1), 0);
        for line in 2..10_000 {
            lines.take(span(line), 0);
            lines.finish(line);
            lines.pass(span(line + 1));
        }
        assert_eq!((lines.finished().line, lines.open.len()), (0, 1));
    }

    proptest! {
        #[test]
        fn never_passes_an_unfinished_line_and_ends_at_the_end(
            is_sent in prop::collection::vec(any::<bool>(), 1..60),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
        ) {
            let mut lines = Unfinished::behind(Place::default());
            let (mut open, mut last) = (Vec::new(), Place::default());
            for (line, is_sent) in (1..).zip(&is_sent) {
                if *is_sent {
                    lines.take(span(line), 0);
                    open.push(line);
                } else {
                    lines.pass(span(line));
                }
            }
            for pick in picks {
                let lowest = open.iter().min().copied().unwrap_or(is_sent.len() as u64 + 1);
                prop_assert_eq!(lines.finished().line, lowest - 1);
                prop_assert!(lines.finished().offset >= last.offset, "moves forward only");
                last = lines.finished();
                if !open.is_empty() {
                    lines.finish(open.swap_remove(pick.index(open.len())));
                }
            }
            for line in open {
                lines.finish(line);
            }
            prop_assert_eq!(lines.finished().line, is_sent.len() as u64);
        }
    }
}
