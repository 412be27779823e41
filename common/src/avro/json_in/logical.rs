//! Logical types in plain form: their text, or the raw number.

use super::{Encoded, Encoder, Refused};
use crate::avro::binary::{write_bytes, write_long};
use crate::avro::logical::time::{self, Unit, timestamp_name};
use crate::avro::logical::{decimal, duration, uuid};
use crate::avro::plan::{Node, Token};
use crate::error::ValueFault;

impl Encoder<'_, '_, '_> {
    /// The scalars that have two forms, in plain form.
    pub(super) fn plain_scalar(&mut self, node: Node) -> Encoded {
        match node {
            Node::Date => self.int_or_text("a date", time::parse_date, time::write_date),
            Node::TimeMillis => self.int_or_text(
                "a time of day in milliseconds",
                |text| {
                    time::parse_time(text, Unit::Millis).and_then(|time| i32::try_from(time).ok())
                },
                |time, out| time::write_time(time.into(), Unit::Millis, out),
            ),
            Node::TimeMicros => self.long_or_text(
                "a time of day in microseconds",
                |text| time::parse_time(text, Unit::Micros),
                |time, out| time::write_time(time, Unit::Micros, out),
            ),
            Node::Timestamp { unit, utc } => self.long_or_text(
                timestamp_name(unit, utc),
                |text| time::parse_timestamp(text, unit, utc),
                |instant, out| time::write_timestamp(instant, unit, utc, out),
            ),
            Node::DecimalBytes { precision, scale } => {
                let bytes = self.decimal(precision, scale)?;
                write_bytes(&bytes, self.out);
                Ok(())
            }
            Node::DecimalFixed {
                size,
                precision,
                scale,
            } => {
                let bytes = self.decimal(precision.into(), scale.into())?;
                // The precision is within what the size can hold.
                let fill = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
                    0xff
                } else {
                    0
                };
                self.out.resize(
                    self.out.len() + (size as usize).saturating_sub(bytes.len()),
                    fill,
                );
                self.out.extend_from_slice(&bytes);
                Ok(())
            }
            Node::UuidFixed => self.fixed_text("a UUID", uuid::parse, uuid::write),
            Node::Duration => {
                self.fixed_text("an ISO 8601 duration", duration::parse, duration::write)
            }
            node => self.raw_scalar(node),
        }
    }

    fn int_or_text(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<i32>,
        write: impl Fn(i32, &mut Vec<u8>) -> bool,
    ) -> Encoded {
        let number = if self.token()? == Token::String {
            self.logical_text(name, parse, |number, out| write(*number, out))?
        } else {
            self.cursor.peek();
            let start = self.cursor.offset();
            let number = self.int_value()?;
            self.check_raw(start, |out| write(number, out))?;
            number
        };
        write_long(number.into(), self.out);
        Ok(())
    }

    fn long_or_text(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<i64>,
        write: impl Fn(i64, &mut Vec<u8>) -> bool,
    ) -> Encoded {
        let number = if self.token()? == Token::String {
            self.logical_text(name, parse, |number, out| write(*number, out))?
        } else {
            self.cursor.peek();
            let start = self.cursor.offset();
            let number = self.integer("a long")?;
            self.check_raw(start, |out| write(number, out))?;
            number
        };
        write_long(number, self.out);
        Ok(())
    }

    /// In exact mode, refuses a raw number that is printed as text.
    fn check_raw(&mut self, start: usize, write: impl FnOnce(&mut Vec<u8>) -> bool) -> Encoded {
        if !self.exact {
            return Ok(());
        }
        let length = self.out.len();
        let printed = write(self.out);
        self.out.truncate(length);
        self.check_exact(start, !printed)
    }

    /// The value of a logical type's text.
    fn logical_text<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        write: impl Fn(&T, &mut Vec<u8>) -> bool,
    ) -> Result<T, Refused> {
        self.cursor.peek();
        let start = self.cursor.offset();
        let text = self.text(name)?;
        let value = match text.plain() {
            Some(plain) => parse(plain),
            None => parse(&text.text()),
        };
        let Some(value) = value else {
            return Err(self.misfit(start, ValueFault::Text(name)));
        };
        self.check_quoted(start, |out| {
            write(&value, out);
        })?;
        Ok(value)
    }

    fn fixed_text<const N: usize>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<[u8; N]>,
        write: impl Fn([u8; N], &mut Vec<u8>),
    ) -> Encoded {
        let bytes = self.logical_text(name, parse, |bytes, out| {
            write(*bytes, out);
            true
        })?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    /// The bytes of a decimal given as text or number.
    fn decimal(&mut self, precision: u32, scale: u32) -> Result<Vec<u8>, Refused> {
        const NAME: &str = "a decimal of the schema's precision and scale";
        if self.token()? == Token::String {
            let parse = |text: &str| decimal::parse(text, precision, scale);
            return self.logical_text(NAME, parse, |bytes, out| decimal::write(bytes, scale, out));
        }
        let text = self.number("a decimal")?;
        let start = self.cursor.offset() - text.len();
        self.check_exact(start, false)?;
        decimal::parse(text, precision, scale)
            .ok_or_else(|| self.misfit(start, ValueFault::Number(NAME)))
    }
}
