//! Values without parts: what each makes of chance, as JSON.

use std::io::Write as _;

use common::json::write_string;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _};
use uuid::Uuid;

use super::pattern::Pattern;
use super::random::{Keys, Weights};
use super::whole::{Form, Moment, Numbers};

/// What a value is made of.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// One of these JSON texts.
    Choice(Vec<Box<[u8]>>, Weights),
    /// A whole number in some form.
    Whole(Numbers, Form),
    /// A number from one to the other.
    Float(f64, f64),
    /// Letters, so many.
    Text(u32, u32),
    /// Bytes, so many.
    Bytes(u32, u32, BytesForm),
    /// A random UUID.
    Uuid,
    /// A key of a stream, by its number.
    Key(Keys, Numbers),
    /// A text that matches.
    Pattern(Pattern),
    /// A span of time.
    Span(SpanForm),
    /// A value between two texts, which are escaped already.
    Format(Box<str>, Box<Value>, Box<str>),
}

/// How bytes stand in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BytesForm {
    /// A code point for each, as Avro has it.
    Points,
    /// Base64, as Protobuf has it.
    Base64,
}

/// How a span of time stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpanForm {
    /// `P1M2DT0.003S`, as Avro has it.
    Calendar,
    /// `1.500s`, as Protobuf has it.
    Seconds,
}

impl Value {
    /// Always the same JSON text.
    pub(crate) fn constant(json: Vec<u8>) -> Self {
        Self::Choice(vec![json.into()], Weights::new([1.0]))
    }

    /// Appends a value as JSON.
    pub(crate) fn write(&self, moment: Moment, random: &mut StdRng, out: &mut Vec<u8>) {
        match self {
            Self::Choice(texts, weights) => {
                let index = if texts.len() == 1 {
                    0
                } else {
                    weights.draw(random)
                };
                out.extend_from_slice(&texts[index]);
            }
            Self::Whole(numbers, form) => form.write(numbers.draw(*form, moment, random), out),
            Self::Float(low, high) => write_float(*low, *high, random, out),
            Self::Text(low, high) => {
                out.push(b'"');
                for _ in 0..random.random_range(*low..=*high) {
                    out.push(random.random_range(b'a'..=b'z'));
                }
                out.push(b'"');
            }
            Self::Bytes(low, high, form) => {
                let mut bytes = vec![0; random.random_range(*low..=*high) as usize];
                random.fill_bytes(&mut bytes);
                form.write(&bytes, out);
            }
            Self::Uuid => {
                let mut bytes = [0; 16];
                random.fill_bytes(&mut bytes);
                write_uuid(uuid::Builder::from_random_bytes(bytes).into_uuid(), out);
            }
            Self::Key(keys, numbers) => {
                let k = numbers.draw(Form::Number, moment, random);
                write_uuid(keys.uuid(k.unsigned_abs()), out);
            }
            Self::Pattern(pattern) => {
                let mut text = String::new();
                pattern.draw(random, &mut text);
                write_string(&text, out);
            }
            Self::Span(form) => form.write(random, out),
            Self::Format(before, inner, after) => {
                out.push(b'"');
                out.extend_from_slice(before.as_bytes());
                let begin = out.len();
                inner.write(moment, random, out);
                if out[begin] == b'"' {
                    out.remove(begin);
                    out.pop();
                }
                out.extend_from_slice(after.as_bytes());
                out.push(b'"');
            }
        }
    }
}

/// The inside of a JSON string that holds the text.
pub(crate) fn escaped(text: &str) -> Box<str> {
    let mut json = Vec::new();
    write_string(text, &mut json);
    String::from_utf8_lossy(&json[1..json.len() - 1]).into()
}

impl BytesForm {
    /// Appends bytes as JSON.
    pub(crate) fn write(self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Points => {
                let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
                write_string(&text, out);
            }
            Self::Base64 => {
                use base64::Engine as _;
                let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                write_string(&text, out);
            }
        }
    }
}

impl SpanForm {
    fn write(self, random: &mut StdRng, out: &mut Vec<u8>) {
        let (seconds, millis) = (random.random_range(0..3_600), random.random_range(0..1_000));
        let written = match self {
            Self::Calendar => {
                let (months, days) = (random.random_range(0..12), random.random_range(0..28));
                write!(out, "\"P{months}M{days}DT{seconds}.{millis:03}S\"")
            }
            Self::Seconds => write!(out, "\"{seconds}.{millis:03}s\""),
        };
        written.expect("writing into a vector cannot fail");
    }
}

fn write_uuid(uuid: Uuid, out: &mut Vec<u8>) {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    out.push(b'"');
    out.extend_from_slice(uuid.hyphenated().encode_lower(&mut text).as_bytes());
    out.push(b'"');
}

/// Two decimals are enough for people, where they lie within the bounds.
fn write_float(low: f64, high: f64, random: &mut StdRng, out: &mut Vec<u8>) {
    let drawn = low + random.random::<f64>() * (high - low);
    let short = (drawn * 100.0).round() / 100.0;
    let number = if short.is_finite() && (low..=high).contains(&short) && high - low >= 1.0 {
        short
    } else {
        drawn.clamp(low, high)
    };
    write!(out, "{number:?}").expect("writing into a vector cannot fail");
}
