//! Cuts a stream of bytes into lines of bounded length.

use std::io::BufRead as _;

/// A line that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It is in [`Lines::text`].
    Whole,
    /// It was longer than allowed and is gone.
    TooLong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The last line was handed out; its bytes are still in the buffer.
    Ended,
    /// A line has begun.
    Reading,
    /// The line is over its limit: what follows, up to its end, is dropped.
    Dropping,
}

/// The line that is being read.
#[derive(Debug)]
pub struct Lines {
    max: usize,
    line: Vec<u8>,
    state: State,
    number: u64,
}

impl Lines {
    /// Lines of at most `max` bytes, not counting the line end.
    pub fn new(max: usize) -> Self {
        Self {
            max,
            line: Vec::new(),
            state: State::Ended,
            number: 0,
        }
    }

    /// The last line that ended, without its line end.
    pub fn text(&self) -> &[u8] {
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// The number of the last line that ended; the first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Takes bytes off the front of `input` until a line ends; nothing if the input ran out before.
    #[expect(clippy::missing_panics_doc, reason = "reading a slice cannot fail")]
    pub fn take(&mut self, input: &mut &[u8]) -> Option<Line> {
        if self.state == State::Ended {
            self.line.clear();
            self.state = State::Reading;
        }
        if self.state == State::Reading {
            // Two bytes more than a line may have: its line end.
            let room = self.max.saturating_add(2) - self.line.len();
            let mut window = &input[..room.min(input.len())];
            let taken = window
                .read_until(b'\n', &mut self.line)
                .expect("a slice can be read");
            *input = &input[taken..];
            if self.line.ends_with(b"\n") {
                return Some(self.end());
            }
            if taken < room {
                return None;
            }
            self.state = State::Dropping;
        }
        let before = *input;
        let dropped = input.skip_until(b'\n').expect("a slice can be read");
        before[..dropped].ends_with(b"\n").then(|| self.end())
    }

    /// What the end of the input ends: a last line without a line end.
    pub fn finish(&mut self) -> Option<Line> {
        let begun = match self.state {
            State::Ended => false,
            State::Reading => !self.line.is_empty(),
            State::Dropping => true,
        };
        begun.then(|| self.end())
    }

    fn end(&mut self) -> Line {
        let too_long = self.state == State::Dropping || self.text().len() > self.max;
        self.state = State::Ended;
        self.number += 1;
        if too_long { Line::TooLong } else { Line::Whole }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of `input`, given in pieces of so many bytes; `None` stands for one that was too long.
    fn lines(input: &[u8], max: usize, piece: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(max);
        let mut found = Vec::new();
        let keep = |lines: &Lines, line| match line {
            Line::Whole => Some(lines.text().to_vec()),
            Line::TooLong => None,
        };
        for mut chunk in input.chunks(piece) {
            while !chunk.is_empty() {
                if let Some(line) = lines.take(&mut chunk) {
                    found.push(keep(&lines, line));
                }
                assert!(lines.line.len() <= max + 2, "a line over the limit is held");
            }
        }
        if let Some(line) = lines.finish() {
            found.push(keep(&lines, line));
        }
        assert_eq!(lines.finish(), None);
        assert_eq!(lines.number(), found.len() as u64);
        found
    }

    #[test]
    fn cuts_at_line_ends_whatever_the_pieces() {
        let cases: &[(&[u8], &[Option<&str>])] = &[
            (b"", &[]),
            (b"\n", &[Some("")]),
            (b"a", &[Some("a")]),
            (b"a\n", &[Some("a")]),
            (b"a\r\n", &[Some("a")]),
            (b"a\r", &[Some("a")]),
            (b"a\n\nb", &[Some("a"), Some(""), Some("b")]),
            (b"a\rb\n", &[Some("a\rb")]),
            (
                b"abcd\nabcd\r\nabcd",
                &[Some("abcd"), Some("abcd"), Some("abcd")],
            ),
            (b"abcde\nx\n", &[None, Some("x")]),
            (b"abcde\r\nx\n", &[None, Some("x")]),
            (b"abcd\r\r\nx\n", &[None, Some("x")]),
            (b"abcdefghijklmnopq\r\nx", &[None, Some("x")]),
            (b"x\nabcde", &[Some("x"), None]),
            (b"x\nabcdefghijkl", &[Some("x"), None]),
        ];
        for (input, expected) in cases {
            for piece in 1..=input.len().max(1) {
                let expected: Vec<_> = expected
                    .iter()
                    .map(|line| line.map(|text| text.as_bytes().to_vec()))
                    .collect();
                assert_eq!(
                    lines(input, 4, piece),
                    expected,
                    "{} in pieces of {piece}",
                    input.escape_ascii()
                );
            }
        }
    }

    #[test]
    fn a_limit_of_the_whole_address_space_is_no_limit() {
        let mut input: &[u8] = b"abc\n";
        assert_eq!(Lines::new(usize::MAX).take(&mut input), Some(Line::Whole));
    }

    proptest! {
        #[test]
        fn agrees_with_splitting_in_memory(
            input in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), Just(0xff)], 0..200),
            max in 0_usize..12,
            piece in 1_usize..40,
        ) {
            let mut expected: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
            if expected.last().is_some_and(|last| last.is_empty()) {
                expected.pop();
            }
            let expected: Vec<Option<Vec<u8>>> = expected
                .into_iter()
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
                .map(|line| (line.len() <= max).then(|| line.to_vec()))
                .collect();
            prop_assert_eq!(lines(&input, max, piece), expected);
        }
    }
}
