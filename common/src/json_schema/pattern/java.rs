//! Java's regular expressions in the syntax of Rust's engines.
//!
//! What is written alike but means something else is rewritten: classes are of ASCII characters, a dot and `$` know
//! all of Java's line ends, and `\h` is a space and not a digit.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// A pattern as Rust's engines read it.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) text: String,
    /// Whether it has what cannot be matched in linear time: look-around, back references, possessive repetitions.
    pub(super) backtracks: bool,
}

/// Rewrites a pattern, or gives `None` for what has no counterpart.
pub(super) fn translate(pattern: &str) -> Option<Translated> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        classes: 0,
        dot_all: false,
        multi_line: false,
        backtracks: false,
    };
    while let Some(character) = translator.rest.next() {
        translator.character(character)?;
    }
    let (text, backtracks) = (translator.out, translator.backtracks);
    (translator.classes == 0).then_some(Translated { text, backtracks })
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    /// How many brackets are open.
    classes: usize,
    dot_all: bool,
    multi_line: bool,
    backtracks: bool,
}

impl Translator<'_> {
    fn character(&mut self, character: char) -> Option<()> {
        if self.classes > 0 {
            return self.in_class(character);
        }
        match character {
            '\\' => return self.escape(),
            '[' => self.open_class(),
            '.' if self.dot_all => self.out.push_str("(?s:.)"),
            '.' => write!(self.out, "[^{LINE_ENDS}]").ok()?,
            '$' => self.end_of_text(),
            '(' => return self.group(),
            '*' | '+' | '?' => self.repetition(character),
            '{' => {
                self.counts()?;
                self.repetition('}');
            }
            // A closing bracket or brace of its own is a character in Java.
            ']' | '}' => self.literal(character)?,
            _ => self.out.push(character),
        }
        Some(())
    }

    fn open_class(&mut self) {
        self.classes += 1;
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
    }

    fn in_class(&mut self, character: char) -> Option<()> {
        match character {
            '\\' => return self.escape(),
            '[' => self.open_class(),
            ']' => {
                self.classes -= 1;
                self.out.push(']');
            }
            // What stands twice in a class is an operation in Rust; in Java only `&&` is.
            '~' => self.literal(character)?,
            '-' if self.out.ends_with(['[', '^']) => self.literal(character)?,
            '-' => {
                self.out.push('-');
                if self.rest.next_if_eq(&'-').is_some() {
                    self.literal('-')?;
                }
            }
            _ => self.out.push(character),
        }
        Some(())
    }

    /// The end of a repetition, which may be lazy or possessive.
    fn repetition(&mut self, last: char) {
        self.out.push(last);
        if let Some(manner) = self.rest.next_if(|next| matches!(next, '?' | '+')) {
            self.out.push(manner);
            self.backtracks |= manner == '+';
        }
    }

    /// The counts of a repetition such as `{2,3}`, without the closing brace.
    fn counts(&mut self) -> Option<()> {
        let least = self.digits(10, 4)?;
        write!(self.out, "{{{least}").ok()?;
        if self.rest.next_if_eq(&',').is_some() {
            self.out.push(',');
            if let Some(most) = self.digits(10, 4) {
                if most < least {
                    return None;
                }
                write!(self.out, "{most}").ok()?;
            }
        }
        self.rest.next_if_eq(&'}').map(|_| ())
    }

    /// Before a line end at the text's end, or at the end. The line end is passed too: nothing can follow it.
    fn end_of_text(&mut self) {
        if self.multi_line {
            self.out.push_str("(?m:$)");
        } else {
            let _infallible = write!(self.out, r"(?:(?:\r\n|[{LINE_ENDS}])?\z)");
        }
    }

    /// A group's opening, without the flags that have no counterpart.
    fn group(&mut self) -> Option<()> {
        self.out.push('(');
        if self.rest.peek() != Some(&'?') {
            return Some(());
        }
        self.out.push('?');
        self.rest.next();
        if !self
            .rest
            .peek()
            .is_some_and(|flag| flag.is_ascii_alphabetic() || *flag == '-')
        {
            return self.special_group();
        }
        let (mut on, mut flags) = (true, String::new());
        loop {
            match self.rest.next()? {
                '-' => {
                    on = false;
                    flags.push('-');
                }
                flag @ ('i' | 'm' | 's') => {
                    if flag == 's' {
                        self.dot_all = on;
                    }
                    self.multi_line |= flag == 'm' && on;
                    flags.push(flag);
                }
                'd' | 'u' | 'U' => {}
                end @ (')' | ':') => {
                    let flags = flags.strip_suffix('-').unwrap_or(&flags);
                    match (flags.is_empty(), end) {
                        (true, ')') => self.out.push(':'),
                        _ => self.out.push_str(flags),
                    }
                    self.out.push(end);
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// What follows `(?` where it is no flag: `:`, a name, look-around, or `>`.
    fn special_group(&mut self) -> Option<()> {
        let kind = self.rest.next()?;
        self.out.push(kind);
        let is_name = kind == '<' && !matches!(self.rest.peek(), Some('=' | '!'));
        self.backtracks |= kind != ':' && !is_name;
        matches!(kind, ':' | '<' | '=' | '!' | '>').then_some(())
    }

    fn escape(&mut self) -> Option<()> {
        let escaped = self.rest.next()?;
        let text = match escaped {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            'w' => "[a-zA-Z_0-9]",
            'W' => "[^a-zA-Z_0-9]",
            's' => r"[ \t\n\x0B\f\r]",
            'S' => r"[^ \t\n\x0B\f\r]",
            'h' => r"[ \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]",
            'H' => r"[^ \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]",
            'v' => r"[\n\x0B\f\r\x{85}\x{2028}\x{2029}]",
            'V' => r"[^\n\x0B\f\r\x{85}\x{2028}\x{2029}]",
            'R' if self.classes == 0 => r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])",
            't' | 'n' | 'r' | 'f' => return self.literal(control(escaped)),
            'a' => return self.literal('\u{7}'),
            'e' => return self.literal('\u{1b}'),
            'b' | 'B' | 'A' | 'z' if self.classes == 0 => {
                self.out.push('\\');
                self.out.push(escaped);
                return Some(());
            }
            'Z' if self.classes == 0 => {
                self.end_of_text();
                return Some(());
            }
            'k' | '1'..='9' if self.classes == 0 => {
                self.backtracks = true;
                self.out.push('\\');
                self.out.push(escaped);
                return Some(());
            }
            'Q' => return self.quotation(),
            'E' => return Some(()),
            'u' | 'x' | '0' | 'c' => return self.numbered(escaped),
            'p' | 'P' => return self.property(escaped == 'P'),
            letter if letter.is_ascii_alphanumeric() => return None,
            other => return self.literal(other),
        };
        self.out.push_str(text);
        Some(())
    }

    fn literal(&mut self, character: char) -> Option<()> {
        write!(self.out, r"\x{{{:X}}}", u32::from(character)).ok()
    }

    /// `\Q...\E`: all inside stands for itself.
    fn quotation(&mut self) -> Option<()> {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return Some(());
            }
            self.literal(character)?;
        }
        Some(())
    }

    fn numbered(&mut self, escaped: char) -> Option<()> {
        let code = match escaped {
            'c' => u32::from(self.rest.next().filter(char::is_ascii)?) ^ 64,
            '0' => self.digits(8, 3)?,
            'x' if self.rest.peek() == Some(&'{') => {
                self.rest.next();
                let code = self.digits(16, 6)?;
                self.rest.next_if_eq(&'}')?;
                code
            }
            'x' => self.exactly(2)?,
            _ => {
                let unit = self.exactly(4)?;
                if (0xd800..0xdc00).contains(&unit) {
                    self.rest.next_if_eq(&'\\')?;
                    self.rest.next_if_eq(&'u')?;
                    0x1_0000 + ((unit & 0x3ff) << 10) + (self.exactly(4)? & 0x3ff)
                } else {
                    unit
                }
            }
        };
        self.literal(char::from_u32(code)?)
    }

    fn exactly(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |code, _| {
            Some(code * 16 + self.rest.next()?.to_digit(16)?)
        })
    }

    fn digits(&mut self, base: u32, most: usize) -> Option<u32> {
        let mut code = None;
        for _ in 0..most {
            let Some(digit) = self.rest.peek().and_then(|digit| digit.to_digit(base)) else {
                break;
            };
            self.rest.next();
            code = Some(code.unwrap_or(0) * base + digit);
        }
        code
    }

    /// `\p{Name}`.
    fn property(&mut self, negated: bool) -> Option<()> {
        let mut name = String::new();
        if self.rest.next_if_eq(&'{').is_some() {
            loop {
                match self.rest.next()? {
                    '}' => break,
                    character => name.push(character),
                }
            }
        } else {
            name.push(self.rest.next()?);
        }
        let not = if negated { "^" } else { "" };
        if let Some((_, class)) = ASCII_CLASSES.iter().find(|(java, _)| *java == name) {
            write!(self.out, "[{not}[:{class}:]]").ok()?;
            return Some(());
        }
        if name.is_empty() || name.starts_with("In") || name.starts_with("java") {
            return None;
        }
        let name = name.strip_prefix("Is").unwrap_or(&name);
        let letter = if negated { 'P' } else { 'p' };
        write!(self.out, r"\{letter}{{{name}}}").ok()
    }
}

const fn control(escaped: char) -> char {
    match escaped {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        _ => '\u{c}',
    }
}

const ASCII_CLASSES: [(&str, &str); 13] = [
    ("Lower", "lower"),
    ("Upper", "upper"),
    ("ASCII", "ascii"),
    ("Alpha", "alpha"),
    ("Digit", "digit"),
    ("Alnum", "alnum"),
    ("Punct", "punct"),
    ("Graph", "graph"),
    ("Print", "print"),
    ("Blank", "blank"),
    ("Cntrl", "cntrl"),
    ("XDigit", "xdigit"),
    ("Space", "space"),
];
