//! Fields without fields of their own: what they hold, by themselves or by their rules.

use common::json::write_string;

use super::pattern::Pattern;
use super::random::{Keys, Weights};
use super::rule::{Rule, Rules, Sequence};
use super::syntax::Literal;
use super::value::{BytesForm, SpanForm, Value, escaped};
use super::whole::{Form, Numbers};

/// How many characters or bytes there are, where nothing says otherwise.
const LENGTH: (u32, u32) = (5, 12);
/// The most that a length may be.
const LONGEST: u32 = 1_000_000;
/// What whole numbers are, where nothing says otherwise.
const WHOLE: (i64, i64) = (0, 9_999);
/// What other numbers are, where nothing says otherwise.
const FLOAT: (f64, f64) = (0.0, 1_000.0);
/// Milliseconds since 1970 do not fit below it.
const MILLIS: i64 = 1 << 42;

/// What a field may hold.
#[derive(Clone, Debug)]
pub(crate) enum Leaf {
    /// One of these JSON texts.
    Constants(Vec<Box<[u8]>>),
    /// A whole number in some form, within bounds, and so many apart.
    Whole {
        form: Form,
        low: i64,
        high: i64,
        step: i64,
    },
    /// A number within bounds.
    Float { low: f64, high: f64 },
    /// A text of so many characters.
    Text { low: u32, high: u32 },
    /// So many bytes.
    Bytes {
        low: u32,
        high: u32,
        form: BytesForm,
    },
    /// A UUID.
    Uuid,
    /// A text that matches.
    Pattern(Pattern),
    /// A span of time.
    Span(SpanForm),
}

impl Leaf {
    /// Whole numbers within bounds.
    pub(crate) const fn whole(low: i64, high: i64) -> Self {
        Self::Whole {
            form: Form::Number,
            low,
            high,
            step: 1,
        }
    }

    /// All values of a form.
    pub(crate) fn of(form: Form) -> Self {
        let (low, high) = form.bounds();
        Self::Whole {
            form,
            low,
            high,
            step: 1,
        }
    }

    /// Any text.
    pub(crate) const fn text() -> Self {
        Self::Text {
            low: 0,
            high: u32::MAX,
        }
    }

    /// One of these texts.
    pub(crate) fn symbols<'a>(symbols: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Constants(
            symbols
                .into_iter()
                .map(|symbol| quoted(symbol).into())
                .collect(),
        )
    }

    /// True or false.
    pub(crate) fn boolean() -> Self {
        Self::Constants(vec![(*b"true").into(), (*b"false").into()])
    }

    /// What the field is, for messages.
    const fn what(&self) -> &'static str {
        match self {
            Self::Constants(_) => "one of a few values",
            Self::Whole { form, .. } => form.what(),
            Self::Float { .. } => "a number",
            Self::Text { .. } | Self::Pattern(_) => "a text",
            Self::Bytes { .. } => "bytes",
            Self::Uuid => "a UUID",
            Self::Span(_) => "a span of time",
        }
    }

    /// What makes the field's values; `seed` is that of shared keys.
    ///
    /// # Errors
    /// A rule does not go with the field.
    pub(crate) fn value(
        &self,
        rules: &Rules,
        has_length: bool,
        seed: u64,
    ) -> Result<Value, String> {
        let mut leaf = self.clone();
        if let Some(length) = rules.length.filter(|_| has_length) {
            leaf.take_length(length)?;
        }
        match &rules.value {
            None => Ok(leaf.by_itself()),
            Some(_) if rules.length.is_some() && has_length => {
                Err("`length` and a rule for the value do not go together here".to_owned())
            }
            Some(rule) => leaf.by_rule(rule, seed),
        }
    }

    fn take_length(&mut self, (least, most): (u32, u32)) -> Result<(), String> {
        let what = self.what();
        let (Self::Text { low, high } | Self::Bytes { low, high, .. }) = self else {
            return Err(format!(
                "`length` is for arrays, maps, texts and bytes, and the field is {what}"
            ));
        };
        if most > LONGEST {
            return Err(format!("`length` may be {LONGEST} at most"));
        }
        if least < *low || most > *high {
            return Err(format!("the schema wants a length from {low} to {high}"));
        }
        (*low, *high) = (least, most);
        Ok(())
    }

    fn by_itself(self) -> Value {
        match self {
            Self::Constants(texts) => {
                let weights = Weights::new(texts.iter().map(|_| 1.0));
                Value::Choice(texts, weights)
            }
            Self::Whole {
                form: form @ (Form::Instant(_) | Form::Local(_) | Form::Date | Form::Time(_)),
                ..
            } => Value::Whole(Numbers::Now(None), form),
            Self::Whole {
                form,
                low,
                high,
                step,
            } => {
                let first = common_part((low, high), WHOLE);
                // The lowest multiple of the step that is not below.
                let begin = low.saturating_add(first.0.saturating_sub(low).div_euclid(step) * step);
                Value::Whole(Numbers::range(begin, first.1.max(begin), step), form)
            }
            Self::Float { low, high } => {
                let (low, high) = if low <= FLOAT.1 && high >= FLOAT.0 {
                    (low.max(FLOAT.0), high.min(FLOAT.1))
                } else if low > FLOAT.1 {
                    (low, high.min(low + FLOAT.1))
                } else {
                    (low.max(high - FLOAT.1), high)
                };
                Value::Float(low, high)
            }
            Self::Text { low, high } => {
                let (low, high) = length((low, high));
                Value::Text(low, high)
            }
            Self::Bytes { low, high, form } => {
                let (low, high) = length((low, high));
                Value::Bytes(low, high, form)
            }
            Self::Uuid => Value::Uuid,
            Self::Pattern(pattern) => Value::Pattern(pattern),
            Self::Span(form) => Value::Span(form),
        }
    }

    fn by_rule(&self, rule: &Rule, seed: u64) -> Result<Value, String> {
        let unfit = || {
            format!(
                "{} does not go with this field, which is {}",
                rule.name(),
                self.what()
            )
        };
        match (rule, self) {
            (Rule::Constant(literal), _) => Ok(Value::constant(self.json(literal)?)),
            (Rule::Choice(literals, weights), _) => {
                let texts = literals
                    .iter()
                    .map(|literal| self.json(literal).map(Into::into));
                Ok(Value::Choice(
                    texts.collect::<Result<_, _>>()?,
                    weights.clone(),
                ))
            }
            (Rule::Uuid, Self::Uuid | Self::Text { .. }) => Ok(Value::Uuid),
            (Rule::Pattern(pattern), Self::Text { .. } | Self::Pattern(_)) => {
                Ok(Value::Pattern(pattern.clone()))
            }
            (Rule::Now(late), Self::Text { .. }) => {
                Ok(Value::Whole(Numbers::Now(*late), Form::Instant(3)))
            }
            (Rule::Identity(stream, count), Self::Uuid | Self::Text { .. }) => Ok(Value::Key(
                Keys::of(seed, stream),
                Numbers::Identity(*count),
            )),
            (Rule::Reference(stream, zipf), Self::Uuid | Self::Text { .. }) => {
                let numbers = Numbers::zipf(zipf, Form::Number).ok_or_else(unfit)?;
                Ok(Value::Key(Keys::of(seed, stream), numbers))
            }
            (Rule::Format(before, inner, after), Self::Text { .. } | Self::Pattern(_)) => {
                let inner = Self::inside(inner).by_rule(inner, seed)?;
                Ok(Value::Format(
                    escaped(before),
                    Box::new(inner),
                    escaped(after),
                ))
            }
            (Rule::Range(low, high), Self::Float { .. }) => {
                let (low, high) = (self.float(low)?, self.float(high)?);
                ordered(low <= high)?;
                Ok(Value::Float(low, high))
            }
            // In JSON a whole number is a number too.
            (Rule::Zipf(_) | Rule::Sequence(_), Self::Float { .. }) => {
                Self::whole(-(1 << 53), 1 << 53).by_rule(rule, seed)
            }
            (_, Self::Whole { form, .. }) => match self.numbers(rule)? {
                Some(numbers) => Ok(Value::Whole(numbers, *form)),
                None => Err(unfit()),
            },
            _ => Err(unfit()),
        }
    }

    /// What a rule inside of a text is for.
    fn inside(rule: &Rule) -> Self {
        match rule {
            Rule::Range(..)
            | Rule::Zipf(_)
            | Rule::Sequence(_)
            | Rule::Identity(..)
            | Rule::Reference(..) => Self::of(Form::Number),
            Rule::Constant(Literal::Number(_)) => Self::Float {
                low: f64::MIN,
                high: f64::MAX,
            },
            _ => Self::text(),
        }
    }

    /// The whole numbers that a rule gives; nothing where it does not go with their form.
    fn numbers(&self, rule: &Rule) -> Result<Option<Numbers>, String> {
        let Self::Whole {
            form, low, high, ..
        } = self
        else {
            return Ok(None);
        };
        let (form, bounds) = (*form, (*low, *high));
        let within = |numbers: Numbers, most: u128| {
            let bound = u128::try_from(bounds.1).unwrap_or(0);
            if most > bound {
                return Err(format!(
                    "the schema takes {} at most",
                    shown(form, bounds.1)
                ));
            }
            Ok(Some(numbers))
        };
        match rule {
            Rule::Range(low, high) => {
                let (low, high) = (self.number(low)?, self.number(high)?);
                ordered(low <= high)?;
                Ok(Some(Numbers::range(low, high, 1)))
            }
            Rule::Zipf(zipf) => {
                let Some(numbers) = Numbers::zipf(zipf, form) else {
                    return Ok(None);
                };
                let Numbers::Zipf(_, unit) = numbers else {
                    return Ok(None);
                };
                let most = u128::from(zipf.count()) * u128::from(unit.unsigned_abs());
                within(numbers, most)
            }
            Rule::Sequence(sequence) => self.sequence(sequence, bounds).map(Some),
            Rule::Now(late) => {
                let is_time = form != Form::Number && !matches!(form, Form::Decimal(_));
                Ok((is_time || form == Form::Number && bounds.1 >= MILLIS)
                    .then_some(Numbers::Now(*late)))
            }
            Rule::Identity(_, count) if form == Form::Number => {
                within(Numbers::Identity(*count), count.unwrap_or(0).into())
            }
            Rule::Reference(_, zipf) if form == Form::Number => {
                within(Numbers::Zipf(zipf.clone(), 1), zipf.count().into())
            }
            _ => Ok(None),
        }
    }

    fn sequence(&self, rule: &Sequence, bounds: (i64, i64)) -> Result<Numbers, String> {
        let Self::Whole { form, .. } = self else {
            return Err("a sequence is of whole numbers".to_owned());
        };
        let from = self.number(&rule.from)?;
        let step = form.step(&rule.step).ok_or_else(|| match form {
            Form::Number | Form::Decimal(_) => format!("`step` has to be {}", form.what()),
            Form::Date => "`step` has to be a duration of whole days such as `24h`".to_owned(),
            _ => "`step` has to be a duration such as `1s`".to_owned(),
        })?;
        if rule.late.is_some() && !matches!(form, Form::Instant(_) | Form::Local(_)) {
            return Err("only times are `late`".to_owned());
        }
        Ok(Numbers::sequence(from, step, bounds, rule.late))
    }

    fn number(&self, literal: &Literal) -> Result<i64, String> {
        let Self::Whole {
            form, low, high, ..
        } = self
        else {
            return Err("this is for whole numbers".to_owned());
        };
        let number = form
            .read(literal)
            .ok_or_else(|| format!("a value is not {}", form.what()))?;
        if (*low..=*high).contains(&number) {
            return Ok(number);
        }
        let (low, high) = (shown(*form, *low), shown(*form, *high));
        Err(format!("the schema takes values from {low} to {high}"))
    }

    fn float(&self, literal: &Literal) -> Result<f64, String> {
        let (Self::Float { low, high }, Literal::Number(text)) = (self, literal) else {
            return Err("a value is not a number".to_owned());
        };
        let number = text
            .parse()
            .ok()
            .filter(|number| (*low..=*high).contains(number));
        number.ok_or_else(|| format!("the schema takes values from {low} to {high}"))
    }

    /// A value of the configuration as the field's JSON.
    fn json(&self, literal: &Literal) -> Result<Vec<u8>, String> {
        let mut json = Vec::new();
        match (self, literal) {
            (Self::Constants(texts), _) => {
                json = match literal {
                    Literal::Text(text) => quoted(text),
                    Literal::Number(text) => text.clone().into_bytes(),
                    Literal::Boolean(value) => value.to_string().into_bytes(),
                    Literal::Duration(_) | Literal::Share(_) => Vec::new(),
                };
                if !texts.iter().any(|text| **text == *json) {
                    return Err("the schema does not have one of the values".to_owned());
                }
            }
            (Self::Whole { form, .. }, _) => form.write(self.number(literal)?, &mut json),
            (Self::Float { .. }, Literal::Number(text)) => {
                self.float(literal)?;
                json.extend_from_slice(text.trim_start_matches('+').as_bytes());
            }
            (Self::Text { low, high }, Literal::Text(text)) => {
                let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                if !(*low..=*high).contains(&count) {
                    return Err(format!(
                        "the schema wants texts of {low} to {high} characters"
                    ));
                }
                json = quoted(text);
            }
            (Self::Bytes { low, high, form }, Literal::Text(text)) => {
                let count = u32::try_from(text.len()).unwrap_or(u32::MAX);
                if !(*low..=*high).contains(&count) {
                    return Err(format!("the schema wants {low} to {high} bytes"));
                }
                form.write(text.as_bytes(), &mut json);
            }
            (Self::Uuid, Literal::Text(text)) if text.parse::<uuid::Uuid>().is_err() => {
                return Err("a value is not a UUID".to_owned());
            }
            (Self::Uuid | Self::Pattern(_) | Self::Span(_), Literal::Text(text)) => {
                json = quoted(text);
            }
            _ => return Err(format!("a value is not {}", self.what())),
        }
        Ok(json)
    }
}

fn ordered(is_ordered: bool) -> Result<(), String> {
    is_ordered
        .then_some(())
        .ok_or_else(|| "`low` is more than `high`".to_owned())
}

fn quoted(text: &str) -> Vec<u8> {
    let mut json = Vec::new();
    write_string(text, &mut json);
    json
}

fn shown(form: Form, value: i64) -> String {
    let mut text = Vec::new();
    form.write(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What two spans have in common, or the part of the first that is next to the second.
fn common_part((low, high): (i64, i64), (least, most): (i64, i64)) -> (i64, i64) {
    let width = most - least;
    if low > most {
        (low, high.min(low.saturating_add(width)))
    } else if high < least {
        (low.max(high.saturating_sub(width)), high)
    } else {
        (low.max(least), high.min(most))
    }
}

/// The usual length, as far as it is allowed.
fn length((low, high): (u32, u32)) -> (u32, u32) {
    let least = LENGTH.0.clamp(low, high.max(low));
    (least, LENGTH.1.clamp(least, high.max(least)))
}
