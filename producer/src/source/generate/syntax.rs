//! The text of a rule: calls with arguments, such as `null(5%), choice("a": 3, "b")`.

use std::time::Duration;

use runtime::config::units;

/// How deep calls may stand in each other.
const DEPTH: usize = 8;

/// A rule that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub(crate) struct SyntaxError {
    /// Characters from the text's beginning, counted from 1.
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// A call or a value, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) column: usize,
    pub(crate) kind: TermKind,
}

/// What a term is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TermKind {
    /// A name with what stands in its parentheses.
    Call(String, Vec<Argument>),
    /// A value.
    Literal(Literal),
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    /// A text in quotes.
    Text(String),
    /// A number's text.
    Number(String),
    /// A number with a unit of time.
    Duration(Duration),
    /// A share, from 0 to 1.
    Share(f64),
    /// `true` or `false`.
    Boolean(bool),
}

/// What stands between two commas.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    /// Before an equals sign.
    pub(crate) name: Option<String>,
    pub(crate) value: Term,
    /// Behind a colon.
    pub(crate) weight: Option<Term>,
}

/// Reads the terms of a text; commas stand between them.
///
/// # Errors
/// The text is no list of terms.
pub(crate) fn parse(text: &str) -> Result<Vec<Term>, SyntaxError> {
    let mut parser = Parser {
        characters: text.chars().collect(),
        at: 0,
    };
    let mut terms = vec![parser.term(DEPTH)?];
    while parser.takes(',') {
        terms.push(parser.term(DEPTH)?);
    }
    match parser.peek() {
        None => Ok(terms),
        Some(found) => Err(parser.error(format!("a comma or the end is expected, not `{found}`"))),
    }
}

struct Parser {
    characters: Vec<char>,
    at: usize,
}

impl Parser {
    fn term(&mut self, depth: usize) -> Result<Term, SyntaxError> {
        let found = self.peek();
        let column = self.at + 1;
        let kind = match found {
            Some('"') => TermKind::Literal(Literal::Text(self.text()?)),
            Some('0'..='9' | '-' | '+' | '.') => TermKind::Literal(self.number()?),
            Some(first) if first.is_alphabetic() => match self.word().as_str() {
                "true" => TermKind::Literal(Literal::Boolean(true)),
                "false" => TermKind::Literal(Literal::Boolean(false)),
                name => TermKind::Call(name.to_owned(), self.arguments(depth)?),
            },
            Some(other) => {
                return Err(self.error(format!("a rule is expected, not `{other}`")));
            }
            None => return Err(self.error("a rule is expected here")),
        };
        Ok(Term { column, kind })
    }

    fn arguments(&mut self, depth: usize) -> Result<Vec<Argument>, SyntaxError> {
        let mut arguments = Vec::new();
        if !self.takes('(') || self.takes(')') {
            return Ok(arguments);
        }
        if depth == 0 {
            return Err(self.error("calls stand too deep in each other"));
        }
        loop {
            arguments.push(self.argument(depth - 1)?);
            if self.takes(')') {
                return Ok(arguments);
            }
            if !self.takes(',') {
                return Err(self.error("a comma or `)` is expected"));
            }
        }
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, SyntaxError> {
        let mut value = self.term(depth)?;
        let mut name = None;
        if let TermKind::Call(word, arguments) = &value.kind
            && arguments.is_empty()
            && self.takes('=')
        {
            name = Some(word.clone());
            value = self.term(depth)?;
        }
        let weight = self.takes(':').then(|| self.term(depth)).transpose()?;
        Ok(Argument {
            name,
            value,
            weight,
        })
    }

    /// A text in quotes, in which a backslash keeps the next character as it is.
    fn text(&mut self) -> Result<String, SyntaxError> {
        let begin = self.at + 1;
        let mut text = String::new();
        self.at += 1;
        loop {
            let next = self.characters.get(self.at).copied();
            self.at += 1;
            match next {
                Some('"') => return Ok(text),
                Some('\\') if matches!(self.characters.get(self.at), Some('"' | '\\')) => {
                    text.push(self.characters[self.at]);
                    self.at += 1;
                }
                Some(other) => text.push(other),
                None => {
                    return Err(SyntaxError {
                        column: begin,
                        message: "this text has no end: a `\"` is missing".to_owned(),
                    });
                }
            }
        }
    }

    /// A number, a duration or a share.
    fn number(&mut self) -> Result<Literal, SyntaxError> {
        let column = self.at + 1;
        let is_part = |at: usize, c: char| {
            let follows_exponent = matches!(self.characters.get(at.wrapping_sub(1)), Some('e'));
            c.is_ascii_alphanumeric()
                || matches!(c, '.' | '_' | '%')
                || (matches!(c, '-' | '+') && (at + 1 == column || follows_exponent))
        };
        let end = (self.at..self.characters.len())
            .find(|at| !is_part(*at, self.characters[*at]))
            .unwrap_or(self.characters.len());
        let text: String = self.characters[self.at..end].iter().collect();
        self.at = end;
        let text = text.replace('_', "");
        let wrong = |message: String| SyntaxError { column, message };
        if text.ends_with('%') {
            return units::parse_share(&text)
                .map(|share| Literal::Share(share.part()))
                .map_err(wrong);
        }
        if text.parse::<f64>().is_ok_and(f64::is_finite) {
            return Ok(Literal::Number(text));
        }
        units::parse_duration(&text)
            .map(Literal::Duration)
            .map_err(|_| {
                wrong(format!(
                    "`{text}` is no number, no duration such as `5s`, and no share such as `1%`"
                ))
            })
    }

    fn word(&mut self) -> String {
        let begin = self.at;
        let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
        while self.characters.get(self.at).is_some_and(is_part) {
            self.at += 1;
        }
        self.characters[begin..self.at].iter().collect()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        while self
            .characters
            .get(self.at)
            .is_some_and(|c| c.is_whitespace())
        {
            self.at += 1;
        }
        self.characters.get(self.at).copied()
    }

    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError {
            column: self.at + 1,
            message: message.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let terms = parse(text).unwrap();
        terms.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn show(term: &Term) -> String {
        match &term.kind {
            TermKind::Literal(Literal::Number(text)) => text.clone(),
            TermKind::Literal(literal) => format!("{literal:?}"),
            TermKind::Call(name, arguments) => {
                let arguments = arguments.iter().map(|argument| {
                    let name = argument.name.as_ref().map(|name| format!("{name}="));
                    let weight = argument
                        .weight
                        .as_ref()
                        .map(|weight| format!(":{}", show(weight)));
                    let value = show(&argument.value);
                    format!(
                        "{}{value}{}",
                        name.unwrap_or_default(),
                        weight.unwrap_or_default()
                    )
                });
                format!("{name}({})", arguments.collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn terms_are_read() {
        for (text, expected) in [
            ("uuid", "uuid()"),
            ("  uuid ( ) ", "uuid()"),
            ("range(-1.5, 1_000)", "range(-1.5,1000)"),
            ("range(1e3,1e-3)", "range(1e3,1e-3)"),
            (r#"choice("a": 5, "b")"#, r#"choice(Text("a"):5,Text("b"))"#),
            (r#""a \"b\" \d""#, r#"Text("a \"b\" \\d")"#),
            ("null(5%), true", "null(Share(0.05)) Boolean(true)"),
            (
                "now(late = exponential(5s))",
                "now(late=exponential(Duration(5s)))",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_column() {
        for (text, expected) in [
            ("", "column 1: a rule is expected here"),
            ("uuid,", "column 6: a rule is expected here"),
            (
                "uuid uuid",
                "column 6: a comma or the end is expected, not `u`",
            ),
            ("range(1 2)", "column 9: a comma or `)` is expected"),
            ("range(1,", "column 9: a rule is expected here"),
            (
                r#"choice("a"#,
                "column 8: this text has no end: a `\"` is missing",
            ),
            (
                "range(1, 5x)",
                "column 10: `5x` is no number, no duration such as `5s`, and no share such as `1%`",
            ),
            (
                "null(500%)",
                "column 6: \"500%\" is not a share such as \"1%\", from \"0%\" to \"100%\"",
            ),
            ("=", "column 1: a rule is expected, not `=`"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        assert!(parse(&"a(".repeat(100)).is_err());
    }
}
