//! Values without parts from JSON.

use super::{Encoded, Encoder, Fault, Node, Stop};
use crate::json::{Cursor, JsonStr};
use crate::protobuf::base64;
use crate::protobuf::wire::{fill_length, reserve_length, write_varint, zigzag};

impl<'j> Encoder<'_, 'j, '_> {
    /// Writes a value without its tag; gives whether it is the one that is as good as not there.
    #[inline]
    pub(super) fn scalar(&mut self, node: Node, closed: bool) -> Result<bool, Stop> {
        match node {
            Node::String => self.string(),
            Node::Bytes => self.bytes(),
            Node::Bool => self.boolean(),
            Node::Enum(id) => self.enumeration(id, closed),
            Node::Double => {
                let number: f64 = self.floating("a double")?;
                self.out.extend_from_slice(&number.to_le_bytes());
                Ok(number.to_bits() == 0)
            }
            Node::Float => {
                let number: f32 = self.floating("a float")?;
                self.out.extend_from_slice(&number.to_le_bytes());
                Ok(number.to_bits() == 0)
            }
            Node::Message(_) => unreachable!("messages are no scalars"),
            node => {
                self.cursor.peek();
                let offset = self.cursor.offset();
                let number = self.integer(node)?;
                self.put_integer(node, number, offset)?;
                Ok(number == 0)
            }
        }
    }

    /// Passes a string.
    #[inline]
    pub(super) fn text(&mut self, expected: &'static str) -> Result<JsonStr<'j>, Stop> {
        self.expect(b'"', expected)?;
        Ok(self.cursor.string()?)
    }

    fn string(&mut self) -> Result<bool, Stop> {
        let text = self.text("a string")?;
        Ok(self.put_text(text))
    }

    /// Writes a string and its length; gives whether it is empty.
    #[inline]
    pub(super) fn put_text(&mut self, text: JsonStr<'j>) -> bool {
        if let Some(plain) = text.plain() {
            write_varint(plain.len() as u64, self.out);
            self.out.extend_from_slice(plain.as_bytes());
            return plain.is_empty();
        }
        let start = reserve_length(self.out);
        text.append_to(self.out);
        fill_length(start, self.out);
        false
    }

    pub(super) fn bytes(&mut self) -> Result<bool, Stop> {
        const NAME: &str = "bytes in base 64";
        self.cursor.peek();
        let offset = self.cursor.offset();
        let text = self.text(NAME)?;
        let start = reserve_length(self.out);
        if !base64::read(text.text().as_bytes(), self.out) {
            return misfit(offset, Fault::Text(NAME));
        }
        let is_empty = start == self.out.len();
        fill_length(start, self.out);
        Ok(is_empty)
    }

    fn boolean(&mut self) -> Result<bool, Stop> {
        let value = match self.cursor.peek() {
            Some(b't') => true,
            Some(b'f') => false,
            _ => return self.mistyped("a boolean"),
        };
        self.cursor.literal(if value { "true" } else { "false" })?;
        self.out.push(value.into());
        Ok(!value)
    }

    fn enumeration(&mut self, id: u32, closed: bool) -> Result<bool, Stop> {
        let enumeration = self.plan.enumeration(id);
        let next = self.cursor.peek();
        let offset = self.cursor.offset();
        let number = match next {
            Some(b'n') if enumeration.is_null => {
                self.cursor.literal("null")?;
                Some(0)
            }
            Some(b'"') => {
                let text = self.cursor.string()?.text();
                let named = enumeration.by_name.get(&*text).copied();
                named.or_else(|| integral(&text).and_then(|number| i32::try_from(number).ok()))
            }
            Some(b'-' | b'0'..=b'9') => {
                integral(self.cursor.number()?).and_then(|number| i32::try_from(number).ok())
            }
            _ => return self.mistyped("an enum's value"),
        };
        match number {
            Some(number) if !closed || enumeration.symbol(number).is_some() => {
                write_varint(i64::from(number).cast_unsigned(), self.out);
                Ok(number == 0)
            }
            _ => misfit(offset, Fault::Symbol),
        }
    }

    /// Passes an integer, given as a number or as a text.
    #[inline]
    fn integer(&mut self, node: Node) -> Result<i128, Stop> {
        if let Some(number) = self.cursor.short_integer() {
            return Ok(number.into());
        }
        let offset = self.cursor.offset();
        let number = match self.cursor.peek() {
            Some(b'"') => {
                let text = self.cursor.string()?;
                match text.plain() {
                    // No sign and no zero in front, so that it is a JSON number too.
                    Some(plain) if matches!(plain.as_bytes(), [b'1'..=b'9', ..]) => plain
                        .parse::<i64>()
                        .ok()
                        .map(i128::from)
                        .or_else(|| integral(plain)),
                    _ => integral(&text.text()),
                }
            }
            Some(b'-' | b'0'..=b'9') => integral(self.cursor.number()?),
            _ => return self.mistyped(integer_name(node)),
        };
        number.map_or_else(|| misfit(offset, Fault::Number(integer_name(node))), Ok)
    }

    /// Writes an integer as its type is laid out.
    fn put_integer(&mut self, node: Node, number: i128, offset: usize) -> Encoded {
        let range = match node {
            Node::Int32 | Node::Sint32 | Node::Sfixed32 => {
                i128::from(i32::MIN)..=i128::from(i32::MAX)
            }
            Node::Uint32 | Node::Fixed32 => 0..=i128::from(u32::MAX),
            Node::Uint64 | Node::Fixed64 => 0..=i128::from(u64::MAX),
            _ => i128::from(i64::MIN)..=i128::from(i64::MAX),
        };
        if !range.contains(&number) {
            return misfit(offset, Fault::Number(integer_name(node)));
        }
        let bytes = number.to_le_bytes();
        let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = bytes;
        let wide = u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]);
        match node {
            Node::Fixed32 | Node::Sfixed32 => self.out.extend_from_slice(&[b0, b1, b2, b3]),
            Node::Fixed64 | Node::Sfixed64 => self.out.extend_from_slice(&wide.to_le_bytes()),
            Node::Sint32 | Node::Sint64 => write_varint(zigzag(wide.cast_signed()), self.out),
            _ => write_varint(wide, self.out),
        }
        Ok(())
    }

    /// Passes a number, or one of those that JSON has no number for; texts of numbers are numbers too.
    pub(super) fn floating<T: Floating>(&mut self, name: &'static str) -> Result<T, Stop> {
        let next = self.cursor.peek();
        let offset = self.cursor.offset();
        let number = match next {
            Some(b'"') => {
                let text = self.cursor.string()?.text();
                match &*text {
                    "NaN" => Some(T::NAN),
                    "Infinity" => Some(T::INFINITY),
                    "-Infinity" => Some(T::NEG_INFINITY),
                    text if is_number(text) => T::finite(text),
                    _ => return misfit(offset, Fault::Text(name)),
                }
            }
            Some(b'-' | b'0'..=b'9') => T::finite(self.cursor.number()?),
            _ => return self.mistyped(name),
        };
        number.map_or_else(|| misfit(offset, Fault::Number(name)), Ok)
    }

    /// Writes a map's key without its tag.
    pub(super) fn map_key(&mut self, key: Node, text: JsonStr<'j>, offset: usize) -> Encoded {
        match key {
            Node::String => drop(self.put_text(text)),
            Node::Bool => match &*text.text() {
                "true" => self.out.push(1),
                "false" => self.out.push(0),
                _ => return misfit(offset, Fault::Text("a boolean")),
            },
            node => match integral(&text.text()) {
                Some(number) => self.put_integer(node, number, offset)?,
                None => return misfit(offset, Fault::Text(integer_name(node))),
            },
        }
        Ok(())
    }
}

#[cold]
pub(super) fn misfit<T>(offset: usize, fault: Fault) -> Result<T, Stop> {
    Err(Stop::Value { offset, fault })
}

/// `f32` and `f64`.
pub(super) trait Floating: Sized {
    const NAN: Self;
    const INFINITY: Self;
    const NEG_INFINITY: Self;

    /// The number of a JSON text, unless it is too large.
    fn finite(text: &str) -> Option<Self>;
}

impl Floating for f64 {
    const NAN: Self = Self::NAN;
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn finite(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &Self| number.is_finite())
    }
}

impl Floating for f32 {
    const NAN: Self = Self::NAN;
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn finite(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &Self| number.is_finite())
    }
}

/// Whether a text is a JSON number and nothing else.
fn is_number(text: &str) -> bool {
    let mut cursor = Cursor::new(text);
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && cursor
            .number()
            .is_ok_and(|number| number.len() == text.len())
}

/// The integer that a JSON number is equal to, however it is written, if it has at most 20 digits.
fn integral(text: &str) -> Option<i128> {
    if !is_number(text) {
        return None;
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()),
        None => (unsigned, Some(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let dropped = digits.len() - digits.trim_end_matches('0').len();
    let scale = exponent? - i64::try_from(fraction.len()).ok()? + i64::try_from(dropped).ok()?;
    let scale = usize::try_from(scale).ok()?;
    if significant.len() + scale > 20 {
        return None;
    }
    let number: i128 = format!("{significant}{}", "0".repeat(scale)).parse().ok()?;
    Some(if negative { -number } else { number })
}

const fn integer_name(node: Node) -> &'static str {
    match node {
        Node::Int32 => "an int32",
        Node::Uint32 => "a uint32",
        Node::Uint64 => "a uint64",
        Node::Sint32 => "a sint32",
        Node::Sint64 => "a sint64",
        Node::Fixed32 => "a fixed32",
        Node::Fixed64 => "a fixed64",
        Node::Sfixed32 => "an sfixed32",
        Node::Sfixed64 => "an sfixed64",
        _ => "an int64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_however_they_are_written() {
        for (text, number) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("1.0", Some(1)),
            ("1e3", Some(1_000)),
            ("-1.5e1", Some(-15)),
            ("100e-2", Some(1)),
            ("18446744073709551615", Some(18_446_744_073_709_551_615)),
            ("1.5", None),
            ("1e-1", None),
            ("1e20", None),
            ("1e99999999999999999999", None),
            ("01", None),
            ("+1", None),
            ("1 ", None),
            ("", None),
        ] {
            assert_eq!(integral(text), number, "{text}");
        }
    }
}
