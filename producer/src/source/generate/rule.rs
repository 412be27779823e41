//! The rules of a field, as the configuration has them.

mod arguments;

use super::pattern::Pattern;
use super::random::{Delay, Weights, Zipf};
use super::syntax::{self, Literal, SyntaxError, Term, TermKind};
use arguments::Arguments;

/// The names of all rules, for who mistook one.
const NAMES: &str = "choice, format, identity, length, now, null, pattern, range, reference, sequence, uuid, zipf, or a value: a number, true, false, or a text in quotes";

/// All rules of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    /// How often there is no value.
    pub(crate) null: Option<f64>,
    /// How many items, entries, characters or bytes there are.
    pub(crate) length: Option<(u32, u32)>,
    /// What the value is.
    pub(crate) value: Option<Rule>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Always the same.
    Constant(Literal),
    /// One of these.
    Choice(Vec<Literal>, Weights),
    /// From one to the other.
    Range(Literal, Literal),
    /// Small numbers more often than large ones.
    Zipf(Zipf),
    /// One more with each record.
    Sequence(Sequence),
    /// The time now.
    Now(Option<Late>),
    /// The record's own key in the stream of this name: the first so many, again and again.
    Identity(String, Option<u64>),
    /// The key of a record in another stream.
    Reference(String, Zipf),
    /// A random UUID.
    Uuid,
    /// A text that matches.
    Pattern(Pattern),
    /// A text around another rule's value.
    Format(String, Box<Rule>, String),
}

/// Numbers or times that go up with each record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sequence {
    /// The first.
    pub(crate) from: Literal,
    /// How far it is to the next.
    pub(crate) step: Literal,
    /// How late times are.
    pub(crate) late: Option<Late>,
}

/// How late a time is, and how often it is late at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Late {
    pub(crate) delay: Delay,
    pub(crate) share: f64,
}

impl Rules {
    /// Reads the rules of a field.
    ///
    /// # Errors
    /// One of them is none, or two of them say the same.
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut rules = Self::default();
        for term in syntax::parse(text)? {
            let column = term.column;
            let is_second = match term.kind {
                TermKind::Call(name, arguments) if name == "null" => {
                    let mut arguments = Arguments::new("null", column, arguments);
                    let share = arguments.share("share")?;
                    arguments.end()?;
                    rules.null.replace(share).is_some()
                }
                TermKind::Call(name, arguments) if name == "length" => {
                    let mut arguments = Arguments::new("length", column, arguments);
                    let length = (arguments.count("low")?, arguments.count("high")?);
                    arguments.end()?;
                    if length.0 > length.1 {
                        return Err(wrong(column, "`low` is more than `high`"));
                    }
                    rules.length.replace(length).is_some()
                }
                _ => rules.value.replace(Rule::of(term)?).is_some(),
            };
            if is_second {
                return Err(wrong(
                    column,
                    "a rule before says already what this one says",
                ));
            }
        }
        Ok(rules)
    }

    /// Whether the rules draw keys that streams have in common.
    pub(crate) fn needs_seed(&self) -> bool {
        self.value.as_ref().is_some_and(Rule::needs_seed)
    }
}

impl Rule {
    fn of(Term { column, kind }: Term) -> Result<Self, SyntaxError> {
        let (name, arguments) = match kind {
            TermKind::Literal(Literal::Share(_) | Literal::Duration(_)) => {
                return Err(wrong(column, "a share or a duration alone is no rule"));
            }
            TermKind::Literal(literal) => return Ok(Self::Constant(literal)),
            TermKind::Call(name, arguments) => (name, arguments),
        };
        let mut arguments = Arguments::new(&name, column, arguments);
        let rule = match name.as_str() {
            "uuid" => Self::Uuid,
            "choice" => return arguments.choice(),
            "range" => Self::Range(arguments.literal("low")?, arguments.literal("high")?),
            "zipf" => Self::Zipf(arguments.zipf()?),
            "sequence" => Self::sequence(&mut arguments)?,
            "now" => Self::Now(arguments.late()?),
            "identity" => {
                let stream = arguments.text("stream")?;
                Self::Identity(stream, arguments.optional("count", Arguments::positive)?)
            }
            "reference" => {
                let (stream, count) = (arguments.text("stream")?, arguments.positive("count")?);
                let skew = arguments.optional("skew", Arguments::exponent)?;
                // Without skew each key comes as often as any other.
                Self::Reference(stream, Zipf::new(count, skew.unwrap_or(0.0)))
            }
            "pattern" => arguments.pattern()?,
            "format" => Self::format(&mut arguments)?,
            "null" | "length" => {
                let message = format!("`{name}` stands beside other rules and not in them");
                return Err(wrong(column, message));
            }
            _ => {
                let message = format!("there is no rule `{name}`; there are {NAMES}");
                return Err(wrong(column, message));
            }
        };
        arguments.end()?;
        Ok(rule)
    }

    fn sequence(arguments: &mut Arguments) -> Result<Self, SyntaxError> {
        let from = arguments.optional("from", Arguments::literal)?;
        let step = arguments.optional("step", Arguments::literal)?;
        let one = || Literal::Number("1".to_owned());
        Ok(Self::Sequence(Sequence {
            from: from.unwrap_or_else(one),
            step: step.unwrap_or_else(one),
            late: arguments.late()?,
        }))
    }

    fn format(arguments: &mut Arguments) -> Result<Self, SyntaxError> {
        let column = arguments.column();
        let text = arguments.text("text")?;
        let Some((before, after)) = text.split_once("{}") else {
            return Err(wrong(column, "the text of `format` needs a `{}`"));
        };
        let rule = Self::of(arguments.term("rule")?)?;
        if matches!(rule, Self::Format(..)) {
            return Err(wrong(column, "a `format` in a `format` is one too many"));
        }
        Ok(Self::Format(
            before.to_owned(),
            Box::new(rule),
            after.to_owned(),
        ))
    }

    /// The rule's name, for messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Constant(_) => "a value",
            Self::Choice(..) => "`choice`",
            Self::Range(..) => "`range`",
            Self::Zipf(_) => "`zipf`",
            Self::Sequence(_) => "`sequence`",
            Self::Now(_) => "`now`",
            Self::Identity(..) => "`identity`",
            Self::Reference(..) => "`reference`",
            Self::Uuid => "`uuid`",
            Self::Pattern(_) => "`pattern`",
            Self::Format(..) => "`format`",
        }
    }

    fn needs_seed(&self) -> bool {
        match self {
            Self::Identity(..) | Self::Reference(..) => true,
            Self::Format(_, inner, _) => inner.needs_seed(),
            _ => false,
        }
    }
}

fn wrong(column: usize, message: impl Into<String>) -> SyntaxError {
    SyntaxError {
        column,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_go_by_place_or_by_name() {
        for (one, other) in [
            ("range(1, 10)", "range(high = 10, low = 1)"),
            ("zipf(1000, 1.2)", "zipf(exponent = 1.2, count = 1000)"),
            ("sequence", "sequence(1, 1)"),
            ("sequence(5)", "sequence(from = 5, step = 1)"),
            ("now", "now()"),
            ("now(5s)", "now(late = 5s, share = 100%)"),
            (
                "reference(\"users\", 10)",
                "reference(count = 10, stream = \"users\")",
            ),
            ("choice(1, 2)", "choice(1: 1, 2: 1)"),
            (
                "null(10%), length(1, 2), uuid",
                "uuid, length(1, 2), null(share = 10%)",
            ),
        ] {
            assert_eq!(
                Rules::parse(one).unwrap(),
                Rules::parse(other).unwrap(),
                "{one}"
            );
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn what_is_wrong_is_said_with_its_column() {
        for (text, expected) in [
            (
                "paid",
                &format!("column 1: there is no rule `paid`; there are {NAMES}")[..],
            ),
            ("range(1)", "column 1: `range` needs `high`"),
            (
                "range(1, 2, 3)",
                "column 13: `range` takes no such argument",
            ),
            (
                "range(1, hi = 2)",
                "column 15: `range` takes no such argument",
            ),
            (
                "zipf(0, 1.2)",
                "column 6: `count` has to be a whole number above 0",
            ),
            (
                "zipf(5, -1)",
                "column 9: `exponent` has to be a number from 0 to 100",
            ),
            (
                "zipf(5, \"x\")",
                "column 9: `exponent` has to be a number from 0 to 100",
            ),
            (
                "null(5)",
                "column 6: `share` has to be a share such as `5%`",
            ),
            ("length(3, 2)", "column 1: `low` is more than `high`"),
            (
                "uuid, range(1, 2)",
                "column 7: a rule before says already what this one says",
            ),
            ("choice()", "column 1: `choice` needs a value"),
            ("choice(uuid)", "column 8: `choice` takes values only"),
            (
                "choice(1: 0)",
                "column 11: a weight has to be a number above 0",
            ),
            (
                "now(late = wild(5s))",
                "column 12: there is no delay `wild`; there are exponential, normal, uniform, or a duration",
            ),
            (
                "now(late = 5)",
                "column 12: a delay has to be a duration such as `5s`",
            ),
            (
                "now(late = uniform(5s, 1s))",
                "column 12: `low` is more than `high`",
            ),
            (
                "now(share = 5%)",
                "column 1: `share` says how often times are `late`, which is missing",
            ),
            (
                "format(\"user\", uuid)",
                "column 1: the text of `format` needs a `{}`",
            ),
            (
                "format(\"{}\", null(5%))",
                "column 14: `null` stands beside other rules and not in them",
            ),
            (
                "pattern(\"(\")",
                "column 9: the pattern cannot be used: a `)` is missing",
            ),
            ("5%", "column 1: a share or a duration alone is no rule"),
            ("uuid(1)", "column 6: `uuid` takes no such argument"),
        ] {
            assert_eq!(
                Rules::parse(text).unwrap_err().to_string(),
                expected,
                "{text}"
            );
        }
    }
}
