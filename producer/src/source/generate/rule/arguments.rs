//! The arguments of a call: each goes by its place or by its name.

use std::time::Duration;

use super::super::pattern::Pattern;
use super::super::random::{Delay, Weights, Zipf};
use super::super::syntax::{Argument, Literal, SyntaxError, Term, TermKind};
use super::{Late, Rule, wrong};

/// The largest exponent of a skew: beyond it all but the first number are gone anyway.
const STEEPEST: f64 = 100.0;

/// What is left of a call's arguments.
pub(super) struct Arguments {
    call: String,
    column: usize,
    left: Vec<Argument>,
}

impl Arguments {
    /// The arguments of the call that begins at this column.
    pub(super) fn new(call: &str, column: usize, left: Vec<Argument>) -> Self {
        Self {
            call: call.to_owned(),
            column,
            left,
        }
    }

    /// Where the call begins.
    pub(super) const fn column(&self) -> usize {
        self.column
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), SyntaxError> {
        match self.left.first() {
            None => Ok(()),
            Some(argument) => {
                let message = format!("`{}` takes no such argument", self.call);
                Err(wrong(argument.begin(), message))
            }
        }
    }

    /// The argument of this name, or else the next that has none.
    fn take(&mut self, name: &str) -> Option<Term> {
        let named = |argument: &Argument| argument.name.as_deref() == Some(name);
        let free = |argument: &Argument| argument.name.is_none();
        let at = self.left.iter().position(named);
        let at = at.or_else(|| self.left.iter().position(free))?;
        // A weight has no meaning here: it stays, for the end to find it.
        if self.left[at].weight.is_some() {
            return None;
        }
        Some(self.left.remove(at).value)
    }

    pub(super) fn term(&mut self, name: &str) -> Result<Term, SyntaxError> {
        if let Some(term) = self.take(name) {
            return Ok(term);
        }
        // What is there instead is more of a help than what is not.
        self.end()?;
        Err(wrong(
            self.column,
            format!("`{}` needs `{name}`", self.call),
        ))
    }

    /// What `read` reads, where there is such an argument.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Result<T, SyntaxError>,
    ) -> Result<Option<T>, SyntaxError> {
        let fits = |argument: &Argument| argument.name.as_deref().is_none_or(|own| own == name);
        if self.left.iter().any(fits) {
            read(self, name).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn literal(&mut self, name: &str) -> Result<Literal, SyntaxError> {
        let Term { column, kind } = self.term(name)?;
        match kind {
            TermKind::Literal(literal) => Ok(literal),
            TermKind::Call(..) => Err(wrong(column, format!("`{name}` has to be a value"))),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, SyntaxError> {
        match self.term(name)? {
            Term {
                kind: TermKind::Literal(Literal::Text(text)),
                ..
            } if !text.is_empty() => Ok(text),
            Term { column, .. } => Err(wrong(
                column,
                format!("`{name}` has to be a text in quotes"),
            )),
        }
    }

    pub(super) fn share(&mut self, name: &str) -> Result<f64, SyntaxError> {
        match self.term(name)? {
            Term {
                kind: TermKind::Literal(Literal::Share(share)),
                ..
            } => Ok(share),
            Term { column, .. } => Err(wrong(
                column,
                format!("`{name}` has to be a share such as `5%`"),
            )),
        }
    }

    /// A whole number from 0 on.
    pub(super) fn count(&mut self, name: &str) -> Result<u32, SyntaxError> {
        let term = self.term(name)?;
        let number = number(&term).and_then(|text| text.parse().ok());
        number.ok_or_else(|| wrong(term.column, format!("`{name}` has to be a whole number")))
    }

    /// A whole number above 0.
    pub(super) fn positive(&mut self, name: &str) -> Result<u64, SyntaxError> {
        let term = self.term(name)?;
        let number = number(&term).and_then(|text| text.parse().ok());
        number.filter(|number| *number > 0).ok_or_else(|| {
            wrong(
                term.column,
                format!("`{name}` has to be a whole number above 0"),
            )
        })
    }

    pub(super) fn exponent(&mut self, name: &str) -> Result<f64, SyntaxError> {
        let term = self.term(name)?;
        let number = number(&term).and_then(|text| text.parse().ok());
        let sound = number.filter(|number| (0.0..=STEEPEST).contains(number));
        sound.ok_or_else(|| {
            let message = format!("`{name}` has to be a number from 0 to {STEEPEST}");
            wrong(term.column, message)
        })
    }

    pub(super) fn zipf(&mut self) -> Result<Zipf, SyntaxError> {
        Ok(Zipf::new(
            self.positive("count")?,
            self.exponent("exponent")?,
        ))
    }

    pub(super) fn pattern(&mut self) -> Result<Rule, SyntaxError> {
        let column = self.left.first().map_or(self.column, Argument::begin);
        let text = self.text("text")?;
        let pattern = Pattern::parse(&text);
        let pattern =
            pattern.map_err(|why| wrong(column, format!("the pattern cannot be used: {why}")))?;
        Ok(Rule::Pattern(pattern))
    }

    /// `late = …, share = …`, if times are late at all.
    pub(super) fn late(&mut self) -> Result<Option<Late>, SyntaxError> {
        let is_share = |argument: &Argument| argument.name.as_deref() == Some("share");
        if self.left.iter().all(is_share) && !self.left.is_empty() {
            let message = "`share` says how often times are `late`, which is missing";
            return Err(wrong(self.column, message));
        }
        let Some(late) = self.optional("late", Self::term)? else {
            return Ok(None);
        };
        let share = self.optional("share", Self::share)?.unwrap_or(1.0);
        let delay = delay(late)?;
        Ok(Some(Late { delay, share }))
    }

    pub(super) fn choice(self) -> Result<Rule, SyntaxError> {
        let (mut literals, mut weights) = (Vec::new(), Vec::new());
        for argument in self.left {
            let Argument {
                name: None,
                value:
                    Term {
                        kind: TermKind::Literal(literal),
                        ..
                    },
                weight,
            } = argument
            else {
                return Err(wrong(argument.begin(), "`choice` takes values only"));
            };
            let weight = weight.map_or(Ok(1.0), |term| {
                let number = number(&term).and_then(|text| text.parse::<f64>().ok());
                number
                    .filter(|number| *number > 0.0)
                    .ok_or_else(|| wrong(term.column, "a weight has to be a number above 0"))
            });
            literals.push(literal);
            weights.push(weight?);
        }
        if literals.is_empty() {
            return Err(wrong(self.column, "`choice` needs a value"));
        }
        Ok(Rule::Choice(literals, Weights::new(weights)))
    }

    fn duration(&mut self, name: &str) -> Result<Duration, SyntaxError> {
        match self.term(name)? {
            Term {
                kind: TermKind::Literal(Literal::Duration(duration)),
                ..
            } => Ok(duration),
            Term { column, .. } => Err(wrong(
                column,
                format!("`{name}` has to be a duration such as `5s`"),
            )),
        }
    }
}

fn delay(Term { column, kind }: Term) -> Result<Delay, SyntaxError> {
    let (name, arguments) = match kind {
        TermKind::Literal(Literal::Duration(delay)) => return Ok(Delay::Fixed(delay)),
        TermKind::Literal(_) => {
            return Err(wrong(column, "a delay has to be a duration such as `5s`"));
        }
        TermKind::Call(name, arguments) => (name, arguments),
    };
    let mut arguments = Arguments::new(&name, column, arguments);
    let delay = match name.as_str() {
        "exponential" => Delay::Exponential(arguments.duration("mean")?),
        "normal" => Delay::Normal(
            arguments.duration("mean")?,
            arguments.duration("deviation")?,
        ),
        "uniform" => {
            let (low, high) = (arguments.duration("low")?, arguments.duration("high")?);
            if low > high {
                return Err(wrong(column, "`low` is more than `high`"));
            }
            Delay::Uniform(low, high)
        }
        _ => {
            let message = format!(
                "there is no delay `{name}`; there are exponential, normal, uniform, or a duration"
            );
            return Err(wrong(column, message));
        }
    };
    arguments.end()?;
    Ok(delay)
}

fn number(term: &Term) -> Option<&str> {
    match &term.kind {
        TermKind::Literal(Literal::Number(text)) => Some(text),
        _ => None,
    }
}

impl Argument {
    /// Where its value begins.
    fn begin(&self) -> usize {
        self.value.column
    }
}
