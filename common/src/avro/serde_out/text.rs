//! Logical types as their texts in plain form.

use serde::de::Visitor;

use super::super::logical::time::{self, Unit};
use super::super::logical::{decimal, duration, uuid};
use super::super::plan::Node;
use super::{Refused, State};
use crate::error::PayloadFault;

impl<'de> State<'_, 'de> {
    /// Reads a logical type as its text, or as the raw number where there is no text.
    pub(super) fn logical_text<V: Visitor<'de>>(
        &mut self,
        node: Node,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.scratch.clear();
        if let Some(number) = self.write_text(node)? {
            return visitor.visit_i64(number);
        }
        self.text(self.scratch.len())?;
        visitor.visit_str(ascii(&self.scratch)?)
    }

    /// Reads a decimal as an integer if it is one, as its text if not.
    pub(super) fn whole_decimal<V: Visitor<'de>>(
        &mut self,
        node: Node,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.scratch.clear();
        self.write_text(node)?;
        let text = ascii(&self.scratch)?;
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if decimals.bytes().any(|digit| digit != b'0') {
            return visitor.visit_str(text);
        }
        match (whole.parse::<i64>(), whole.parse::<i128>()) {
            (Ok(number), _) => visitor.visit_i64(number),
            (_, Ok(number)) => visitor.visit_i128(number),
            _ => visitor.visit_str(text),
        }
    }

    /// Writes a text to the scratch buffer, or gives the number that has none.
    fn write_text(&mut self, node: Node) -> Result<Option<i64>, PayloadFault> {
        let (input, out) = (&mut self.input, &mut self.scratch);
        let (number, written) = match node {
            Node::Date => {
                let days = input.reader.int()?;
                (days.into(), time::write_date(days, out))
            }
            Node::TimeMillis => {
                let time = input.reader.int()?.into();
                (time, time::write_time(time, Unit::Millis, out))
            }
            Node::TimeMicros => {
                let time = input.reader.long()?;
                (time, time::write_time(time, Unit::Micros, out))
            }
            Node::Timestamp { unit, utc } => {
                let instant = input.reader.long()?;
                (instant, time::write_timestamp(instant, unit, utc, out))
            }
            Node::UuidFixed => {
                uuid::write(input.reader.array("a UUID")?, out);
                return Ok(None);
            }
            Node::Duration => {
                duration::write(input.reader.array("a duration")?, out);
                return Ok(None);
            }
            node => {
                let scale = match node {
                    Node::DecimalBytes { scale, .. } => scale,
                    Node::DecimalFixed { scale, .. } => scale.into(),
                    _ => 0,
                };
                let bytes = input.blob(node)?.unwrap_or_default();
                if !decimal::write(bytes, scale, out) {
                    return Err(PayloadFault::Decimal {
                        limit: decimal::MAX_BYTES,
                    });
                }
                return Ok(None);
            }
        };
        Ok((!written).then_some(number))
    }
}

fn ascii(text: &[u8]) -> Result<&str, PayloadFault> {
    std::str::from_utf8(text).map_err(|_| PayloadFault::Utf8)
}
