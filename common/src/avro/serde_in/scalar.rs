//! Numbers, texts and bytes from Rust values.

use super::super::binary::{write_bytes, write_length, write_long};
use super::super::logical::time::{self, Unit, timestamp_name};
use super::super::logical::{decimal, duration, uuid};
use super::super::plan::{Node, Plan};
use super::value::ValueSerializer;
use super::{Encoded, Refused};
use crate::error::ValueFault;

/// Whether a node takes this integer.
#[inline]
pub(super) fn takes_integer(node: Node, number: i64) -> bool {
    match node {
        Node::Long
        | Node::TimeMicros
        | Node::Timestamp { .. }
        | Node::Float
        | Node::Double
        | Node::DecimalBytes { .. }
        | Node::DecimalFixed { .. } => true,
        Node::Int | Node::Date | Node::TimeMillis => i32::try_from(number).is_ok(),
        _ => false,
    }
}

/// Whether a node takes bytes; a length that is not known yet is checked later.
pub(super) fn takes_bytes(node: Node, length: Option<usize>) -> bool {
    match node {
        Node::Bytes | Node::DecimalBytes { .. } => true,
        node => node
            .fixed_size()
            .is_some_and(|size| length.is_none_or(|length| length == size)),
    }
}

/// A text as a node's bytes.
enum Text {
    Same,
    Symbol(usize),
    Long(i64),
    Bytes(Vec<u8>),
}

/// What a text is to a node, or the reason why it is nothing.
fn read_text(plan: &Plan, node: Node, text: &str) -> Result<Text, ValueFault> {
    let (read, name) = match node {
        Node::String => (Some(Text::Same), ""),
        Node::Enum(index) => {
            let symbol = plan.enumeration(index).by_name.get(text).copied();
            return symbol.map(Text::Symbol).ok_or(ValueFault::Symbol);
        }
        Node::Date => (
            time::parse_date(text).map(|days| Text::Long(days.into())),
            "a date",
        ),
        Node::TimeMillis => (
            time::parse_time(text, Unit::Millis).map(Text::Long),
            "a time of day in milliseconds",
        ),
        Node::TimeMicros => (
            time::parse_time(text, Unit::Micros).map(Text::Long),
            "a time of day in microseconds",
        ),
        Node::Timestamp { unit, utc } => (
            time::parse_timestamp(text, unit, utc).map(Text::Long),
            timestamp_name(unit, utc),
        ),
        Node::DecimalBytes { precision, scale } => (
            decimal::parse(text, precision, scale).map(Text::Bytes),
            "a decimal of the schema's precision and scale",
        ),
        Node::DecimalFixed {
            precision, scale, ..
        } => (
            decimal::parse(text, precision.into(), scale.into()).map(Text::Bytes),
            "a decimal of the schema's precision and scale",
        ),
        Node::UuidFixed => (
            uuid::parse(text).map(|bytes| Text::Bytes(bytes.to_vec())),
            "a UUID",
        ),
        Node::Duration => (
            duration::parse(text).map(|bytes| Text::Bytes(bytes.to_vec())),
            "an ISO 8601 duration",
        ),
        _ => return Err(ValueFault::Union),
    };
    read.ok_or(ValueFault::Text(name))
}

impl ValueSerializer<'_, '_> {
    #[inline]
    pub(super) fn write_integer(self, number: i64) -> Encoded {
        match self.state.plan.node(self.node) {
            #[expect(
                clippy::cast_precision_loss,
                reason = "an integer given for a float is rounded, as in JSON"
            )]
            Node::Float => self
                .state
                .out
                .extend_from_slice(&(number as f32).to_le_bytes()),
            #[expect(
                clippy::cast_precision_loss,
                reason = "an integer given for a double is rounded, as in JSON"
            )]
            Node::Double => self
                .state
                .out
                .extend_from_slice(&(number as f64).to_le_bytes()),
            Node::DecimalBytes { .. } | Node::DecimalFixed { .. } => {
                return self.write_text(itoa::Buffer::new().format(number));
            }
            _ => write_long(number, &mut self.state.out),
        }
        Ok(())
    }

    pub(super) fn write_double(self, number: f64) -> Encoded {
        if matches!(self.state.plan.node(self.node), Node::Double) {
            self.state.out.extend_from_slice(&number.to_le_bytes());
            return Ok(());
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a double given for a float is rounded, as in JSON"
        )]
        let float = number as f32;
        if float.is_infinite() && number.is_finite() {
            return self.state.refuse(ValueFault::Number("a float"));
        }
        self.state.out.extend_from_slice(&float.to_le_bytes());
        Ok(())
    }

    /// Writes a text to the first branch that can read it.
    pub(super) fn write_text(mut self, text: &str) -> Encoded {
        let plan = self.state.plan;
        if let Node::Union(index) = plan.node(self.node) {
            let union = plan.union(index);
            let read = union.branches.iter().enumerate().find_map(|(at, branch)| {
                let read = read_text(plan, plan.node(branch.node), text).ok()?;
                Some((at, branch.node, read))
            });
            let Some((at, node, read)) = read else {
                return self.state.refuse(ValueFault::Union);
            };
            write_length(at, &mut self.state.out);
            self.node = node;
            self.write_read_text(read, text);
            return Ok(());
        }
        match read_text(plan, plan.node(self.node), text) {
            Ok(read) => self.write_read_text(read, text),
            Err(ValueFault::Union) => return self.mismatch("a text"),
            Err(fault) => return self.state.refuse(fault),
        }
        Ok(())
    }

    fn write_read_text(self, read: Text, text: &str) {
        let out = &mut self.state.out;
        match read {
            Text::Same => write_bytes(text.as_bytes(), out),
            Text::Symbol(symbol) => write_length(symbol, out),
            Text::Long(number) => write_long(number, out),
            Text::Bytes(bytes) => match self.state.plan.node(self.node).fixed_size() {
                Some(size) => {
                    // Only a decimal can be shorter than its fixed: it is filled up with its sign.
                    let fill = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
                        0xff
                    } else {
                        0
                    };
                    out.resize(out.len() + size.saturating_sub(bytes.len()), fill);
                    out.extend_from_slice(&bytes);
                }
                None => write_bytes(&bytes, out),
            },
        }
    }

    /// Writes bytes as they are.
    pub(super) fn write_blob(self, bytes: &[u8]) -> Encoded {
        match self.state.plan.node(self.node).fixed_size() {
            Some(size) if size == bytes.len() => self.state.out.extend_from_slice(bytes),
            Some(expected) => {
                return self
                    .state
                    .refuse::<()>(ValueFault::FixedSize {
                        expected,
                        found: bytes.len(),
                    })
                    .or(Err(Refused));
            }
            None => write_bytes(bytes, &mut self.state.out),
        }
        Ok(())
    }
}
