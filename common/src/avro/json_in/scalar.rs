//! Values without parts from JSON.

use super::super::binary::{write_length, write_long};
use super::super::json_out::{write_double, write_float};
use super::super::logical::decimal;
use super::super::plan::{Node, Token};
use super::{Encoded, Encoder, Refused};
use crate::error::ValueFault;
use crate::json::JsonStr;

impl<'j> Encoder<'_, 'j, '_> {
    /// The scalars in the Avro form, and those that have one form only.
    pub(super) fn raw_scalar(&mut self, node: Node) -> Encoded {
        match node {
            Node::Null => {
                self.expect(Token::Null, "null")?;
                self.literal("null")
            }
            Node::Boolean => self.boolean(),
            Node::Int | Node::Date | Node::TimeMillis => self.int(),
            Node::Long | Node::TimeMicros | Node::Timestamp { .. } => self.long(),
            Node::Float => self.float(),
            Node::Double => self.double(),
            Node::Bytes | Node::DecimalBytes { .. } => self.bytes(),
            Node::String => self.string(),
            Node::Fixed { size } | Node::DecimalFixed { size, .. } => self.fixed(size as usize),
            Node::UuidFixed => self.fixed(16),
            Node::Duration => self.fixed(12),
            Node::Array(_)
            | Node::Map(_)
            | Node::Record(_)
            | Node::Enum(_)
            | Node::Union(_)
            | Node::Adjust(_) => {
                unreachable!("composite nodes are written before, those that adjust never")
            }
        }
    }

    fn literal(&mut self, word: &'static str) -> Encoded {
        self.cursor
            .literal(word)
            .or_else(|error| self.malformed(error))
    }

    fn boolean(&mut self) -> Encoded {
        self.expect(Token::Boolean, "a boolean")?;
        let value = self.cursor.peek() == Some(b't');
        self.literal(if value { "true" } else { "false" })?;
        self.out.push(u8::from(value));
        Ok(())
    }

    /// Passes a string and gives it.
    #[inline]
    pub(super) fn text(&mut self, expected: &'static str) -> Result<JsonStr<'j>, Refused> {
        self.expect(Token::String, expected)?;
        match self.cursor.string() {
            Ok(text) => Ok(text),
            Err(error) => self
                .malformed(error)
                .map(|()| unreachable!("malformed always refuses")),
        }
    }

    /// Passes a number and gives its text.
    #[inline]
    pub(super) fn number(&mut self, expected: &'static str) -> Result<&'j str, Refused> {
        self.expect(Token::Number, expected)?;
        match self.cursor.number() {
            Ok(number) => Ok(number),
            Err(error) => self
                .malformed(error)
                .map(|()| unreachable!("malformed always refuses")),
        }
    }

    #[inline]
    pub(super) fn string(&mut self) -> Encoded {
        let text = self.text("a text")?;
        self.write_text(text);
        Ok(())
    }

    #[inline]
    pub(super) fn integer(&mut self, name: &'static str) -> Result<i64, Refused> {
        if let Some(number) = self.cursor.short_integer() {
            return Ok(number);
        }
        self.long_integer(name)
    }

    fn long_integer(&mut self, name: &'static str) -> Result<i64, Refused> {
        let text = self.number(name)?;
        let start = self.cursor.offset() - text.len();
        let number = match text.parse() {
            Ok(number) if text != "-0" => number,
            _ => {
                self.check_exact(start, false)?;
                match integral(text) {
                    Some(number) => number,
                    None => return Err(self.misfit(start, ValueFault::Number(name))),
                }
            }
        };
        Ok(number)
    }

    #[cold]
    pub(super) fn misfit(&mut self, offset: usize, fault: ValueFault) -> Refused {
        match self.refuse_at(offset, fault) {
            Ok(()) | Err(Refused) => Refused,
        }
    }

    #[inline]
    pub(super) fn long(&mut self) -> Encoded {
        let number = self.integer("a long")?;
        write_long(number, self.out);
        Ok(())
    }

    pub(super) fn int(&mut self) -> Encoded {
        let number = self.int_value()?;
        write_long(number.into(), self.out);
        Ok(())
    }

    pub(super) fn int_value(&mut self) -> Result<i32, Refused> {
        self.cursor.peek();
        let start = self.cursor.offset();
        let number = self.integer("an int")?;
        i32::try_from(number).map_err(|_| self.misfit(start, ValueFault::Number("an int")))
    }

    fn float(&mut self) -> Encoded {
        let (number, start) = self.floating("a float", |text| {
            text.parse::<f32>().ok().filter(|number| number.is_finite())
        })?;
        let number = number.unwrap_or_else(|special| match special {
            Special::NaN => f32::NAN,
            Special::Infinity => f32::INFINITY,
            Special::NegativeInfinity => f32::NEG_INFINITY,
        });
        self.check_text(start, |out| write_float(number, out))?;
        self.out.extend_from_slice(&number.to_le_bytes());
        Ok(())
    }

    fn double(&mut self) -> Encoded {
        let (number, start) = self.floating("a double", |text| {
            text.parse::<f64>().ok().filter(|number| number.is_finite())
        })?;
        let number = number.unwrap_or_else(|special| match special {
            Special::NaN => f64::NAN,
            Special::Infinity => f64::INFINITY,
            Special::NegativeInfinity => f64::NEG_INFINITY,
        });
        self.check_text(start, |out| write_double(number, out))?;
        self.out.extend_from_slice(&number.to_le_bytes());
        Ok(())
    }

    /// A number, or one of those that JSON has no number for, and where it began.
    fn floating<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<(Result<T, Special>, usize), Refused> {
        let token = self.token()?;
        let start = self.cursor.offset();
        if token == Token::String {
            let text = self.text(name)?;
            return match Special::of(&text.text()) {
                Some(special) => Ok((Err(special), start)),
                None => Err(self.misfit(start, ValueFault::Text(name))),
            };
        }
        let text = self.number(name)?;
        match parse(text) {
            Some(number) => Ok((Ok(number), start)),
            None => Err(self.misfit(start, ValueFault::Number(name))),
        }
    }

    /// In exact mode, refuses the value just read if it is not written as the text that it had.
    #[inline]
    fn check_text(&mut self, start: usize, write: impl FnOnce(&mut Vec<u8>)) -> Encoded {
        if !self.exact {
            return Ok(());
        }
        let length = self.out.len();
        write(self.out);
        let text = self.cursor.between(start, self.cursor.offset()).as_bytes();
        let same = self.out.get(length..) == Some(text);
        self.out.truncate(length);
        self.check_exact(start, same)
    }

    /// The same for a text that is written between quotes.
    #[inline]
    pub(super) fn check_quoted(
        &mut self,
        start: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Encoded {
        self.check_text(start, |out| {
            out.push(b'"');
            write(out);
            out.push(b'"');
        })
    }

    fn bytes(&mut self) -> Encoded {
        let text = self.text("a text of bytes")?;
        let at = super::reserve_length(self.out);
        let length = self.latin1(text)?;
        super::fill_length(length, at, self.out);
        Ok(())
    }

    fn fixed(&mut self, size: usize) -> Encoded {
        self.cursor.peek();
        let start = self.cursor.offset();
        let text = self.text("a text of bytes")?;
        let length = self.latin1(text)?;
        if length != size {
            return self.refuse_at(
                start,
                ValueFault::FixedSize {
                    expected: size,
                    found: length,
                },
            );
        }
        Ok(())
    }

    /// Writes the code points of the text just read as bytes and gives their count.
    fn latin1(&mut self, text: JsonStr<'j>) -> Result<usize, Refused> {
        let length = self.out.len();
        for character in text.text().chars() {
            match u8::try_from(u32::from(character)) {
                Ok(byte) => self.out.push(byte),
                Err(_) => return Err(self.misfit(self.cursor.offset(), ValueFault::Latin1)),
            }
        }
        Ok(self.out.len() - length)
    }

    pub(super) fn enumeration(&mut self, index: u32) -> Encoded {
        self.cursor.peek();
        let start = self.cursor.offset();
        let text = self.text("a symbol")?;
        let symbols = &self.plan.enumeration(index).by_name;
        let symbol = match text.plain() {
            Some(plain) => symbols.get(plain),
            None => symbols.get(&*text.text()),
        };
        match symbol {
            Some(symbol) => {
                write_length(*symbol, self.out);
                Ok(())
            }
            None => self.refuse_at(start, ValueFault::Symbol),
        }
    }
}

/// The floating-point values that JSON has no number for.
#[derive(Debug, Clone, Copy)]
enum Special {
    NaN,
    Infinity,
    NegativeInfinity,
}

impl Special {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "NaN" => Self::NaN,
            "Infinity" => Self::Infinity,
            "-Infinity" => Self::NegativeInfinity,
            _ => return None,
        })
    }
}

/// The integer that a JSON number is equal to, however it is written.
fn integral(text: &str) -> Option<i64> {
    let bytes = decimal::parse(text, 19, 0)?;
    let fill = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        0xff
    } else {
        0
    };
    let mut wide = [fill; 8];
    wide[8_usize.checked_sub(bytes.len())?..].copy_from_slice(&bytes);
    Some(i64::from_be_bytes(wide))
}
