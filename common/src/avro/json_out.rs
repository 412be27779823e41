//! Avro bytes to JSON text, written as it is read.

use super::JsonForm;
use super::input::{Input, Refused};
use super::json_in::{Step, path};
use super::logical::time::Unit;
use super::logical::{decimal, duration, time, uuid};
use super::plan::{Node, NodeId, Plan};
use super::stack::Stack;
use crate::bytes::append_number;
use crate::error::{DecodeError, PayloadFault, Place};
use crate::json::{write_ascii_string, write_latin1, write_string};

mod adjust;
mod number;

pub(super) use adjust::masked_token;

pub(crate) use number::{write_double, write_float};

pub(super) fn decode(
    plan: &Plan,
    payload: &[u8],
    form: JsonForm,
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let start = out.len();
    let mut state = Decoder::new(plan, payload, out);
    let decoded = match (state.input.check_size(), form) {
        (Err(fault), _) => Err(fault.into()),
        (Ok(()), JsonForm::Plain) => state.value::<true>(plan.entry),
        (Ok(()), JsonForm::Avro) => state.value::<false>(plan.entry),
    };
    match decoded.and_then(|()| state.check_size()) {
        Ok(()) => Ok(state.input.reader.offset()),
        Err(refused) => {
            let place = Place {
                offset: Some(state.input.reader.offset()),
                path: path(plan, &state.path),
            };
            out.truncate(start);
            Err(refused.error(plan, place))
        }
    }
}

/// Appends the JSON text of a default's Avro bytes; gives false if that is not possible within `room` bytes.
pub(super) fn decode_default(
    plan: &Plan,
    (node, bytes): (NodeId, &[u8]),
    form: JsonForm,
    room: usize,
    out: &mut Vec<u8>,
) -> bool {
    let mut state = Decoder::new(plan, bytes, out);
    state.out_limit = state.out_limit.min(room);
    let decoded = match form {
        JsonForm::Plain => state.value::<true>(node),
        JsonForm::Avro => state.value::<false>(node),
    };
    decoded.and_then(|()| state.check_size()).is_ok()
}

/// Appends the JSON text of one value in plain form to `out`, and gives the input back behind it.
pub(super) fn decode_one<'p, 'b>(
    input: Input<'p, 'b>,
    node: NodeId,
    out: &mut Vec<u8>,
) -> (Input<'p, 'b>, Result<(), Refused>) {
    let plan = input.plan;
    let mut state = Decoder {
        input,
        ..Decoder::new(plan, &[], out)
    };
    let decoded = state.value::<true>(node).and_then(|()| state.check_size());
    (state.input, decoded)
}

struct Decoder<'p, 'b, 'o> {
    plan: &'p Plan,
    input: Input<'p, 'b>,
    out: &'o mut Vec<u8>,
    /// Longest that `out` may become.
    out_limit: usize,
    /// Where the held values of the records being read begin and end in `out`.
    held: Stack<(usize, usize)>,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

type Decoded = Result<(), Refused>;

impl<'p, 'b, 'o> Decoder<'p, 'b, 'o> {
    fn new(plan: &'p Plan, payload: &'b [u8], out: &'o mut Vec<u8>) -> Self {
        Self {
            plan,
            input: Input::new(plan, payload),
            out_limit: out.len().saturating_add(plan.limits.json_bytes),
            out,
            held: Stack::new(),
            path: Vec::new(),
        }
    }
}

impl Decoder<'_, '_, '_> {
    fn value<const PLAIN: bool>(&mut self, node: NodeId) -> Decoded {
        match self.plan.node(node) {
            Node::Record(index) => self.record::<PLAIN>(index),
            Node::String => self.string(),
            Node::Long => self.long(),
            Node::Int => self.int(),
            Node::Union(index) => self.union::<PLAIN>(index),
            Node::Array(items) => self.array::<PLAIN>(items),
            Node::Map(values) => self.map::<PLAIN>(values),
            Node::Adjust(adjust) => self.adjust::<PLAIN>(adjust),
            Node::Timestamp { unit, utc } if PLAIN => self.timestamp(unit, utc),
            node if PLAIN => self.plain_scalar(node),
            node => self.raw_scalar(node),
        }
    }

    fn record<const PLAIN: bool>(&mut self, index: u32) -> Decoded {
        self.input.enter()?;
        let plan = self.plan;
        let record = plan.record(index);
        if record.fields.is_empty() {
            self.out.push(b'{');
        }
        for (at, field) in record.fields.iter().enumerate() {
            field.opening.append_to(self.out);
            if let Err(fault) = self.value::<PLAIN>(field.node) {
                return self.fail(
                    fault,
                    Step::Field {
                        record: index,
                        field: at,
                    },
                );
            }
        }
        self.out.push(b'}');
        self.input.leave();
        self.check_size()
    }

    fn array<const PLAIN: bool>(&mut self, items: NodeId) -> Decoded {
        self.input.enter()?;
        self.out.push(b'[');
        let mut first = true;
        loop {
            let count = self.input.block()?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                self.separate(&mut first);
                if let Err(fault) = self.value::<PLAIN>(items).and_then(|()| self.check_size()) {
                    return self.fail(fault, Step::Item);
                }
            }
        }
        self.out.push(b']');
        self.input.leave();
        Ok(())
    }

    fn map<const PLAIN: bool>(&mut self, values: NodeId) -> Decoded {
        self.input.enter()?;
        self.out.push(b'{');
        let mut first = true;
        loop {
            let count = self.input.block()?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                self.separate(&mut first);
                self.string()?;
                self.out.push(b':');
                if let Err(fault) = self.value::<PLAIN>(values).and_then(|()| self.check_size()) {
                    return self.fail(fault, Step::Value);
                }
            }
        }
        self.out.push(b'}');
        self.input.leave();
        Ok(())
    }

    fn union<const PLAIN: bool>(&mut self, index: u32) -> Decoded {
        let plan = self.plan;
        let union = plan.union(index);
        let branch = self.input.reader.long()?;
        let branch = usize::try_from(branch)
            .ok()
            .and_then(|branch| union.branches.get(branch));
        let branch = branch.ok_or(PayloadFault::UnionIndex)?;
        if PLAIN || plan.node(branch.node) == Node::Null {
            return self.value::<PLAIN>(branch.node);
        }
        branch.tag.opening.append_to(self.out);
        self.value::<PLAIN>(branch.node)?;
        self.out.push(b'}');
        Ok(())
    }

    #[inline]
    fn separate(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
    }

    /// Called after each record and item: between two calls the output grows by what the payload holds and by the
    /// schema's names.
    #[inline]
    fn check_size(&self) -> Decoded {
        if self.out.len() > self.out_limit {
            return Err(Refused::Payload(PayloadFault::TooLarge {
                limit: self.plan.limits.json_bytes,
            }));
        }
        Ok(())
    }

    /// Notes on the way out of a refused value where it stood.
    #[cold]
    fn fail(&mut self, refused: Refused, step: Step) -> Decoded {
        self.path.push(step);
        Err(refused)
    }

    fn plain_scalar(&mut self, node: Node) -> Decoded {
        match node {
            Node::Date => {
                let days = self.input.reader.int()?;
                self.text_or_number(days.into(), |out| time::write_date(days, out));
            }
            Node::TimeMillis => {
                let time = self.input.reader.int()?.into();
                self.text_or_number(time, |out| time::write_time(time, Unit::Millis, out));
            }
            Node::TimeMicros => {
                let time = self.input.reader.long()?;
                self.text_or_number(time, |out| time::write_time(time, Unit::Micros, out));
            }
            Node::DecimalBytes { scale, .. } => {
                let bytes = self.input.reader.bytes("a decimal")?;
                return self.decimal(bytes, scale);
            }
            Node::DecimalFixed { size, scale, .. } => {
                let bytes = self.input.reader.take(size as usize, "a decimal")?;
                return self.decimal(bytes, scale.into());
            }
            Node::UuidFixed => {
                let bytes = self.input.reader.array("a UUID")?;
                self.quoted(|out| uuid::write(bytes, out));
            }
            Node::Duration => {
                let bytes = self.input.reader.array("a duration")?;
                self.quoted(|out| duration::write(bytes, out));
            }
            node => return self.raw_scalar(node),
        }
        Ok(())
    }

    fn raw_scalar(&mut self, node: Node) -> Decoded {
        match node {
            Node::Null => self.out.extend_from_slice(b"null"),
            Node::Boolean => {
                let text: &[u8] = if self.input.reader.boolean()? {
                    b"true"
                } else {
                    b"false"
                };
                self.out.extend_from_slice(text);
            }
            Node::Int | Node::Date | Node::TimeMillis => return self.int(),
            Node::Long | Node::TimeMicros | Node::Timestamp { .. } => return self.long(),
            Node::Float => write_float(
                f32::from_le_bytes(self.input.reader.array("a float")?),
                self.out,
            ),
            Node::Double => {
                write_double(
                    f64::from_le_bytes(self.input.reader.array("a double")?),
                    self.out,
                );
            }
            Node::Bytes | Node::DecimalBytes { .. } => {
                write_latin1(self.input.reader.bytes("bytes")?, self.out);
            }
            Node::String => return self.string(),
            Node::Fixed { size } | Node::DecimalFixed { size, .. } => {
                write_latin1(self.input.reader.take(size as usize, "a fixed")?, self.out);
            }
            Node::UuidFixed => write_latin1(self.input.reader.take(16, "a fixed")?, self.out),
            Node::Duration => write_latin1(self.input.reader.take(12, "a fixed")?, self.out),
            Node::Enum(index) => {
                let symbol = self.input.reader.long()?;
                let symbols = &self.plan.enumeration(index).quoted;
                let symbol = usize::try_from(symbol)
                    .ok()
                    .and_then(|symbol| symbols.get(symbol));
                symbol.ok_or(PayloadFault::EnumIndex)?.append_to(self.out);
            }
            Node::Array(_) | Node::Map(_) | Node::Record(_) | Node::Union(_) | Node::Adjust(_) => {
                unreachable!("composite nodes are read before scalars are looked at")
            }
        }
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Decoded {
        let bytes = self.input.reader.bytes("a string")?;
        if !write_ascii_string(bytes, self.out) {
            write_string(
                std::str::from_utf8(bytes).map_err(|_| PayloadFault::Utf8)?,
                self.out,
            );
        }
        Ok(())
    }

    #[inline]
    fn long(&mut self) -> Decoded {
        let number = self.input.reader.long()?;
        append_number(number, self.out);
        Ok(())
    }

    #[inline]
    fn int(&mut self) -> Decoded {
        let number = self.input.reader.int()?;
        append_number(number.into(), self.out);
        Ok(())
    }

    #[inline]
    fn timestamp(&mut self, unit: Unit, utc: bool) -> Decoded {
        let instant = self.input.reader.long()?;
        self.text_or_number(instant, |out| {
            time::write_timestamp(instant, unit, utc, out)
        });
        Ok(())
    }

    /// Writes a text between quotes, or the number where there is none.
    #[inline]
    fn text_or_number(&mut self, number: i64, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        self.out.push(b'"');
        if write(self.out) {
            self.out.push(b'"');
        } else {
            self.out.pop();
            append_number(number, self.out);
        }
    }

    fn quoted(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }

    fn decimal(&mut self, bytes: &[u8], scale: u32) -> Decoded {
        self.out.push(b'"');
        if !decimal::write(bytes, scale, self.out) {
            return Err(Refused::Payload(PayloadFault::Decimal {
                limit: decimal::MAX_BYTES,
            }));
        }
        self.out.push(b'"');
        Ok(())
    }
}

#[cfg(test)]
mod tests;
