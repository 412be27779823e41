//! Texts that match a simple regular expression: literals, classes, groups, alternatives and repetitions.

use std::iter::Peekable;
use std::str::Chars;

use rand::RngExt as _;
use rand::rngs::StdRng;

/// How often more than it must a repetition without an end comes, at most.
const MORE: u32 = 4;
/// The longest text that a pattern may give.
const MOST: u64 = 10_000;
/// How deep groups may stand in each other.
const DEPTH: usize = 16;

const DIGITS: &[Span] = &[('0', '9')];
const WORD: &[Span] = &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
const SPACE: &[Span] = &[(' ', ' ')];
const LETTERS: &[Span] = &[('a', 'z')];
/// What a class that excludes something chooses from.
const PRINTABLE: Span = (' ', '~');

/// From one character to another, both included.
type Span = (char, char);

/// A pattern that texts can be made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern(Group);

/// Alternatives.
#[derive(Clone, Debug, PartialEq)]
struct Group(Vec<Vec<Piece>>);

#[derive(Clone, Debug, PartialEq)]
struct Piece {
    atom: Atom,
    low: u32,
    high: u32,
}

#[derive(Clone, Debug, PartialEq)]
enum Atom {
    Class(Vec<Span>),
    Group(Group),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is none, or not a simple one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            rest: text.chars().peekable(),
        };
        let group = parser.group(DEPTH)?;
        if parser.rest.next().is_some() {
            return Err("a `)` has no `(`".to_owned());
        }
        let longest = group.longest();
        if longest > MOST {
            return Err(format!("its texts could be longer than {MOST} characters"));
        }
        Ok(Self(group))
    }

    /// Appends a text that matches.
    pub(crate) fn draw(&self, random: &mut StdRng, out: &mut String) {
        self.0.draw(random, out);
    }
}

impl Group {
    fn longest(&self) -> u64 {
        let longest = |pieces: &Vec<Piece>| {
            let lengths = pieces.iter().map(|piece| {
                let one = match &piece.atom {
                    Atom::Class(_) => 1,
                    Atom::Group(group) => group.longest(),
                };
                one.saturating_mul(piece.high.into())
            });
            lengths.fold(0, u64::saturating_add)
        };
        self.0.iter().map(longest).max().unwrap_or(0)
    }

    fn draw(&self, random: &mut StdRng, out: &mut String) {
        let pieces = &self.0[random.random_range(0..self.0.len())];
        for Piece { atom, low, high } in pieces {
            for _ in 0..random.random_range(*low..=*high) {
                match atom {
                    Atom::Class(spans) => out.push(draw_of(spans, random)),
                    Atom::Group(group) => group.draw(random, out),
                }
            }
        }
    }
}

/// A character of a class that is not empty.
fn draw_of(spans: &[Span], random: &mut StdRng) -> char {
    let size = |(low, high): &Span| u32::from(*high) - u32::from(*low) + 1;
    let mut at = random.random_range(0..spans.iter().map(size).sum());
    for span in spans {
        if at < size(span) {
            // Surrogates lie between some characters; `span` gives one of its ends for them.
            return char::from_u32(u32::from(span.0) + at).unwrap_or(span.0);
        }
        at -= size(span);
    }
    spans[0].0
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn group(&mut self, depth: usize) -> Result<Group, String> {
        if depth == 0 {
            return Err("its groups stand too deep in each other".to_owned());
        }
        let mut alternatives = vec![Vec::new()];
        self.rest.next_if_eq(&'^');
        while let Some(next) = self.rest.next_if(|next| *next != ')') {
            let pieces = alternatives
                .last_mut()
                .expect("there is one from the start");
            match next {
                '|' => {
                    alternatives.push(Vec::new());
                    self.rest.next_if_eq(&'^');
                }
                '$' if matches!(self.rest.peek(), None | Some('|' | ')')) => {}
                other => {
                    let atom = self.atom(other, depth)?;
                    let (low, high) = self.repetition()?;
                    pieces.push(Piece { atom, low, high });
                }
            }
        }
        Ok(Group(alternatives))
    }

    fn atom(&mut self, first: char, depth: usize) -> Result<Atom, String> {
        let spans = match first {
            '(' => {
                if self.rest.next_if_eq(&'?').is_some() && self.rest.next_if_eq(&':').is_none() {
                    return Err("look-around and named groups are not supported".to_owned());
                }
                let group = self.group(depth - 1)?;
                return match self.rest.next() {
                    Some(')') => Ok(Atom::Group(group)),
                    _ => Err("a `)` is missing".to_owned()),
                };
            }
            '[' => self.class()?,
            '\\' => self.escape()?,
            '.' => LETTERS.to_vec(),
            '^' | '$' => return Err(format!("`{first}` in the middle is not supported")),
            '*' | '+' | '?' | '{' => return Err(format!("nothing stands before `{first}`")),
            literal => vec![(literal, literal)],
        };
        Ok(Atom::Class(spans))
    }

    fn escape(&mut self) -> Result<Vec<Span>, String> {
        let escaped = self.rest.next().ok_or("nothing stands behind `\\`")?;
        let one = |c| vec![(c, c)];
        Ok(match escaped {
            'd' => DIGITS.to_vec(),
            'w' => WORD.to_vec(),
            's' => SPACE.to_vec(),
            'D' => without(DIGITS),
            'W' => without(WORD),
            'S' => without(SPACE),
            't' => one('\t'),
            'n' => one('\n'),
            'r' => one('\r'),
            other if other.is_alphanumeric() => {
                return Err(format!("`\\{other}` is not supported"));
            }
            other => one(other),
        })
    }

    fn class(&mut self) -> Result<Vec<Span>, String> {
        let excludes = self.rest.next_if_eq(&'^').is_some();
        let mut spans: Vec<Span> = Vec::new();
        loop {
            match self.rest.next().ok_or("a `]` is missing")? {
                ']' if spans.is_empty() => return Err("a class is empty".to_owned()),
                ']' => break,
                '[' => return Err("a class in a class is not supported".to_owned()),
                '\\' => spans.extend(self.escape()?),
                low => spans.push((low, low)),
            }
            let begins = spans.last().copied();
            let mut ahead = self.rest.clone();
            if let (Some((low, same)), Some('-'), Some(high)) = (begins, ahead.next(), ahead.next())
                && high != ']'
                && low == same
            {
                self.rest = ahead;
                let high = if high == '\\' {
                    self.rest.next().ok_or("a `]` is missing")?
                } else {
                    high
                };
                if high < low {
                    return Err(format!("`{low}-{high}` is the wrong way round"));
                }
                spans.pop();
                spans.push((low, high));
            }
        }
        let spans = if excludes { without(&spans) } else { spans };
        if spans.is_empty() {
            return Err("a class excludes every printable character".to_owned());
        }
        Ok(spans)
    }

    /// How often the atom before comes.
    fn repetition(&mut self) -> Result<(u32, u32), String> {
        let times = match self.rest.peek() {
            Some('*') => (0, MORE),
            Some('+') => (1, MORE),
            Some('?') => (0, 1),
            Some('{') => return self.counted(),
            _ => return Ok((1, 1)),
        };
        self.rest.next();
        self.rest.next_if_eq(&'?');
        Ok(times)
    }

    fn counted(&mut self) -> Result<(u32, u32), String> {
        let text: String = self
            .rest
            .by_ref()
            .skip(1)
            .take_while(|c| *c != '}')
            .collect();
        self.rest.next_if_eq(&'?');
        let wrong = || format!("`{{{text}}}` is no repetition");
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let (low, high) = match text.split_once(',') {
            None => (number(&text)?, number(&text)?),
            Some((low, "")) => (number(low)?, number(low)?.saturating_add(MORE)),
            Some((low, high)) => (number(low)?, number(high)?),
        };
        (low <= high).then_some((low, high)).ok_or_else(wrong)
    }
}

/// The printable ASCII characters that a class does not have.
fn without(spans: &[Span]) -> Vec<Span> {
    let is_excluded = |c: &char| spans.iter().any(|(low, high)| (low..=high).contains(&c));
    let left = (PRINTABLE.0..=PRINTABLE.1).filter(|c| !is_excluded(c));
    left.map(|c| (c, c)).collect()
}

#[cfg(test)]
mod tests {
    use common::json_schema::JsonSchema;
    use common::limits::Limits;
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn texts_match_their_pattern() {
        let mut random = StdRng::seed_from_u64(1);
        for pattern in [
            "^[A-Z]{3}-[0-9]{4}$",
            "^(foo|ba[rz])+\\.(com|org)$",
            "^\\d{2,4}\\s\\w+[^a-z]?$",
            "^[\\w.%+-]{1,8}@[a-z\\d-]+$",
            "^(a|b$)$|^x{2,}$",
            "^.*[\\]\\-\\\\]\\D\\W\\S$",
            "^(?:é|[à-ü])*?$",
            "free",
            "",
        ] {
            let text = serde_json::json!({"type": "string", "pattern": pattern}).to_string();
            let schema = JsonSchema::compile(&text, Limits::default()).unwrap();
            let parsed = Pattern::parse(pattern).unwrap();
            for _ in 0..200 {
                let mut drawn = String::new();
                parsed.draw(&mut random, &mut drawn);
                let json = serde_json::to_vec(&drawn).unwrap();
                assert!(schema.check(&json).is_ok(), "{drawn:?} for {pattern}");
            }
        }
    }

    #[test]
    fn what_is_not_simple_is_refused() {
        for (pattern, why) in [
            ("^(?=a)b$", "look-around and named groups are not supported"),
            ("(?<n>a)", "look-around and named groups are not supported"),
            ("(a)\\1", "`\\1` is not supported"),
            ("\\p{L}", "`\\p` is not supported"),
            ("a\\", "nothing stands behind `\\`"),
            ("(a", "a `)` is missing"),
            ("a)", "a `)` has no `(`"),
            ("[a", "a `]` is missing"),
            ("[z-a]", "`z-a` is the wrong way round"),
            ("[^ -~]", "a class excludes every printable character"),
            ("a^b", "`^` in the middle is not supported"),
            ("+a", "nothing stands before `+`"),
            ("a{x}", "`{x}` is no repetition"),
            ("a{3,2}", "`{3,2}` is no repetition"),
            (
                "((a{200}){200}){200}",
                "its texts could be longer than 10000 characters",
            ),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap_err(), why, "{pattern}");
        }
        assert!(Pattern::parse(&"(".repeat(1_000)).is_err());
    }
}
