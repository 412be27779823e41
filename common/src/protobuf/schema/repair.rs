//! Makes texts that the Java serde prints, but that are no Protobuf, readable as they were meant.
//!
//! The serde prints option values without escapes, defaults of bytes without quotes, and its two extension options
//! without parentheses. All else of a text passes as it is.

use super::ProtobufSchemaFault;

/// Deepest nesting of brackets of any kind in a text, and most parts of a name: the compiler recurses into both.
const MAX_NESTING: usize = 64;

/// The text with what Java prints wrongly put right.
pub(super) fn repair(text: &str) -> Result<String, ProtobufSchemaFault> {
    let mut scanner = Scanner {
        text,
        at: 0,
        copied: 0,
        out: String::new(),
        brackets: Vec::new(),
        statement: Statement::default(),
        hopeless: [false; 3],
        points: 0,
    };
    while scanner.at < text.len() {
        scanner.step()?;
    }
    if scanner.copied == 0 {
        return Ok(text.to_owned());
    }
    scanner.copy();
    Ok(scanner.out)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// How much of the text is in `out` already.
    copied: usize,
    out: String,
    /// The open brackets.
    brackets: Vec<u8>,
    statement: Statement<'t>,
    /// The ends that were looked for in vain: they are not looked for again, or a long text would take for ever.
    hopeless: [bool; 3],
    /// Points since the last sign that cannot be in a name.
    points: usize,
}

/// What is known of the statement so far.
#[derive(Default)]
struct Statement<'t> {
    /// It begins with `option`.
    is_option: bool,
    /// The type, of a field.
    kind: Option<&'t str>,
    /// The name in front of the `=` that was passed last.
    name: &'t str,
    /// A `=` was passed and its value is next.
    assigns: bool,
    /// Its options stand each on a line of its own.
    tall: bool,
}

impl Scanner<'_> {
    fn step(&mut self) -> Result<(), ProtobufSchemaFault> {
        let bytes = self.text.as_bytes();
        let Some(&byte) = bytes.get(self.at) else {
            return Ok(());
        };
        if byte.is_ascii_whitespace() {
            self.at += 1;
            return Ok(());
        }
        if let Some(end) = comment(bytes, self.at) {
            self.at = end;
            return Ok(());
        }
        if std::mem::take(&mut self.statement.assigns) && self.value(byte) {
            return Ok(());
        }
        match byte {
            b'.' => self.points += 1,
            b'(' | b')' => {}
            _ if is_word(byte) => {}
            _ => self.points = 0,
        }
        match byte {
            b'"' | b'\'' => self.at = literal(bytes, self.at).map_or(bytes.len(), |end| end),
            b'{' | b'[' | b'(' | b'<' => self.open(byte)?,
            b'}' | b']' | b')' | b'>' => {
                self.brackets.pop();
                self.at += 1;
            }
            b'=' => {
                self.statement.assigns = self.in_options();
                self.at += 1;
            }
            _ if is_word(byte) => self.word(),
            _ => {
                let character = self.text[self.at..].chars().next();
                self.at += character.map_or(1, char::len_utf8);
            }
        }
        if self.points >= MAX_NESTING {
            return Err(ProtobufSchemaFault::Depth { limit: MAX_NESTING });
        }
        if matches!(byte, b';' | b'{' | b'}') {
            self.statement = Statement::default();
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Result<(), ProtobufSchemaFault> {
        if self.brackets.len() == MAX_NESTING {
            return Err(ProtobufSchemaFault::Depth { limit: MAX_NESTING });
        }
        self.brackets.push(bracket);
        self.at += 1;
        self.statement.tall = bracket == b'[' && self.text.as_bytes().get(self.at) == Some(&b'\n');
        Ok(())
    }

    /// Whether the place is one of an option: in a statement of its own, or in a field's brackets.
    fn in_options(&self) -> bool {
        match self.brackets.last() {
            Some(b'[') => true,
            Some(b'{') | None => self.statement.is_option,
            _ => false,
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let dotted = |byte: &&u8| is_word(**byte) || **byte == b'.';
        self.at += rest.iter().take_while(dotted).count();
        let word = &self.text[start..self.at];
        self.points += word
            .bytes()
            .filter(|byte| *byte == b'.')
            .take(MAX_NESTING)
            .count();
        if self.brackets.last() == Some(&b'[') {
            self.statement.name = word;
            if matches!(word, "metadata.metadata_key" | "metadata.metadata_value") {
                self.replace(start, self.at, &format!("({word})"));
            }
        } else if word == "option" && self.statement.kind.is_none() {
            self.statement.is_option = true;
        } else if self.statement.kind.is_none()
            && !matches!(word, "optional" | "required" | "repeated")
        {
            self.statement.kind = Some(word);
        }
    }

    /// Passes an option's value that Java has printed wrongly.
    fn value(&mut self, first: u8) -> bool {
        if first == b'"' || first == b'\'' {
            if self.is_sound() {
                return false;
            }
            let Some(end) = self.search(usize::from(self.statement.is_option), Self::raw_end)
            else {
                return false;
            };
            let value = self.unindent(&self.text[self.at + 1..end]);
            self.replace(self.at, end + 1, &quote(&value));
            return true;
        }
        if self.statement.name == "default" && self.statement.kind == Some("bytes") {
            let end = self.search(2, |scanner| {
                scanner.text[scanner.at..].find(if scanner.statement.tall { "\n" } else { "];" })
            });
            if let Some(length) = end {
                let (start, end) = (self.behind_one_space(), self.at + length);
                let value = &self.text[start..end];
                self.replace(start, end, &format!("\"{value}\""));
                return true;
            }
        }
        false
    }

    /// Where a printed value begins, spaces of its own included: Java prints one before it.
    fn behind_one_space(&self) -> usize {
        let before = &self.text[..self.at];
        let spaces = before.len() - before.trim_end_matches(' ').len();
        self.at - spaces.saturating_sub(1)
    }

    fn search<T>(&mut self, which: usize, find: impl FnOnce(&Self) -> Option<T>) -> Option<T> {
        let found = if self.hopeless[which] {
            None
        } else {
            find(self)
        };
        self.hopeless[which] = found.is_none();
        found
    }

    /// Whether strings as the language has them are next, and what may follow them.
    fn is_sound(&self) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        loop {
            match bytes.get(at) {
                Some(b'"' | b'\'') => match literal(bytes, at) {
                    Some(end) => at = end,
                    None => return false,
                },
                Some(byte) if byte.is_ascii_whitespace() => at += 1,
                Some(b',' | b']' | b';' | b'}') => return true,
                _ => match comment(bytes, at) {
                    Some(end) => at = end,
                    None => return false,
                },
            }
        }
    }

    /// Where the raw string that begins here has its last quote.
    fn raw_end(&self) -> Option<usize> {
        let start = self.at + 1;
        self.text[start..]
            .match_indices('"')
            .find_map(|(length, _)| {
                let end = start + length;
                let rest = self.text[end + 1..].trim_start_matches([' ', '\n']);
                let closes = if self.statement.is_option {
                    rest.starts_with(";\n") || rest == ";"
                } else {
                    rest.starts_with("];") || self.text[end + 1..].starts_with(",\n")
                };
                closes.then_some(end)
            })
    }

    /// Takes away the spaces with which the lines of a string were moved to the right.
    fn unindent(&self, value: &str) -> String {
        let mut indent = "
"
        .to_owned();
        for _ in self.brackets.iter().filter(|bracket| **bracket == b'{') {
            indent.push_str("  ");
        }
        if self.statement.tall {
            indent.push_str("  ");
        }
        value.replace(&indent, "\n")
    }

    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.at = start;
        self.copy();
        self.out.push_str(with);
        self.at = end;
        self.copied = end;
    }

    fn copy(&mut self) {
        self.out.push_str(&self.text[self.copied..self.at]);
        self.copied = self.at;
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of the comment that begins at `at`.
fn comment(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at + 2..)?;
    let length = match bytes.get(at..at + 2)? {
        b"//" => rest.iter().position(|byte| *byte == b'\n'),
        b"/*" => rest
            .windows(2)
            .position(|end| end == b"*/")
            .map(|length| length + 2),
        _ => return None,
    };
    Some(length.map_or(bytes.len(), |length| at + 2 + length))
}

/// The end of the string that begins at `at`, if it is one as the language has them.
fn literal(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = *bytes.get(at)?;
    let mut at = at + 1;
    loop {
        match *bytes.get(at)? {
            b'\n' | 0 => return None,
            b'\\' => {
                if !b"abfnrtv\\'\"?01234567xXuU".contains(bytes.get(at + 1)?) {
                    return None;
                }
                at += 2;
            }
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The string as the language has it.
fn quote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\000"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> String {
        repair(text).unwrap()
    }

    #[test]
    fn what_java_prints_wrongly_is_put_right() {
        for (printed, meant) in [
            (
                "message M {\n  optional string s = 5 [default = \"a\"b\\c\n  x\"];\n}",
                "message M {\n  optional string s = 5 [default = \"a\\\"b\\\\c\\nx\"];\n}",
            ),
            (
                "message M {\n  optional bytes y = 6 [default = \\001\\377x];\n}",
                "message M {\n  optional bytes y = 6 [default = \"\\001\\377x\"];\n}",
            ),
            (
                "message M {\n  optional bytes y = 6 [default =    x];\n}",
                "message M {\n  optional bytes y = 6 [default = \"   x\"];\n}",
            ),
            (
                "message M {\n  bytes y = 6 [\n    deprecated = true,\n    default = a],//b\n  ];\n}",
                "message M {\n  bytes y = 6 [\n    deprecated = true,\n    default = \"a],//b\"\n  ];\n}",
            ),
            (
                "message M {\n  string y = 6 [\n    json_name = \"a\"b\",\n    default = \"c\n    \"d\"\n  ];\n}",
                "message M {\n  string y = 6 [\n    json_name = \"a\\\"b\",\n    default = \"c\\n\\\"d\"\n  ];\n}",
            ),
            (
                "message M {\n  string y = 6 [metadata.metadata_key = \"k\"];\n}",
                "message M {\n  string y = 6 [(metadata.metadata_key) = \"k\"];\n}",
            ),
            (
                "option java_package = \"a\"b\";\nmessage M {}\n",
                "option java_package = \"a\\\"b\";\nmessage M {}\n",
            ),
        ] {
            assert_eq!(repaired(printed), meant);
        }
    }

    #[test]
    fn sound_texts_stay_as_they_are() {
        for text in [
            "message M { optional bytes y = 6 [default = \"\\001\" /* x */ 'b']; }",
            "message M { optional string bytes = 6 [default = \"a]\\\"; b\"]; } // \"",
            "option (x) = { a: \"b\" c { d: '\"' } };\nmessage M {}",
            "/* \" */ message M { string s = 1 [(o) = { a: \"x\" }, deprecated = true]; }",
            "\u{feff} \u{2028} \"unterminated",
        ] {
            assert_eq!(repaired(text), text);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        for text in ["{", "a.", " . a", "(a)."] {
            let text = text.repeat(MAX_NESTING + 1);
            let fault = ProtobufSchemaFault::Depth { limit: MAX_NESTING };
            assert_eq!(repair(&text), Err(fault));
        }
    }
}
