//! Avro bytes to the Avro bytes of another schema, written as they are read.

use super::binary::{fill_length, reserve_length, write_bytes, write_length, write_long};
use super::input::{Input, Refused, loose_text};
use super::json_in::{Step, path};
use super::json_out::{decode_one, masked_token};
use super::plan::{Adjust, FieldDefault, Masked, Move, Node, NodeId, Number, Plan, Rest};
use super::stack::Stack;
use crate::error::{DecodeError, PayloadFault, Place};

pub(super) fn transcode(
    plan: &Plan,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<usize, DecodeError> {
    let start = out.len();
    let mut state = Transcoder {
        plan,
        input: Input::new(plan, payload),
        out_limit: start.saturating_add(plan.limits.payload_bytes),
        out,
        held: Stack::new(),
        path: Vec::new(),
    };
    let result = match state.input.check_size() {
        Ok(()) => state.value(plan.entry).and_then(|()| state.check_size()),
        Err(fault) => Err(fault.into()),
    };
    let offset = state.input.reader.offset();
    match result {
        Ok(()) => Ok(offset),
        Err(refused) => {
            let place = Place {
                offset: Some(offset),
                path: path(plan, &state.path),
            };
            out.truncate(start);
            Err(refused.error(plan, place))
        }
    }
}

struct Transcoder<'p, 'b, 'o> {
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

type Transcoded = Result<(), Refused>;

impl Transcoder<'_, '_, '_> {
    fn value(&mut self, node: NodeId) -> Transcoded {
        match self.plan.node(node) {
            Node::Record(index) => self.record(index),
            Node::Union(index) => {
                let (_, branch) = self.input.branch(index)?;
                write_length(branch.at, self.out);
                self.value(branch.node)
            }
            Node::Array(items) => self.blocks(items, Step::Item),
            Node::Map(values) => self.blocks(values, Step::Value),
            Node::Adjust(adjust) => self.adjust(adjust),
            node => Ok(self.scalar(node)?),
        }
    }

    fn record(&mut self, index: u32) -> Transcoded {
        self.input.enter()?;
        let plan = self.plan;
        for (field, entry) in plan.record(index).fields.iter().enumerate() {
            let step = Step::Field {
                record: index,
                field,
            };
            self.counted(step, |state| state.value(entry.node))?;
        }
        self.input.leave();
        Ok(())
    }

    /// Writes all of a reader's array or map as one block.
    fn blocks(&mut self, values: NodeId, step: Step) -> Transcoded {
        self.input.enter()?;
        let at = reserve_length(self.out);
        let mut total = 0;
        loop {
            let count = self.input.block()?;
            if count == 0 {
                break;
            }
            total += count;
            for _ in 0..count {
                if matches!(step, Step::Value) {
                    write_bytes(self.input.string()?.as_bytes(), self.out);
                }
                self.inside(step, |state| state.value(values))?;
            }
        }
        if total > 0 {
            self.out.push(0);
            fill_length(total, at, self.out);
        }
        self.input.leave();
        Ok(())
    }

    /// Does what a step into a value asks for, and notes the step if that is refused.
    #[inline]
    fn inside(&mut self, step: Step, read: impl FnOnce(&mut Self) -> Transcoded) -> Transcoded {
        read(self)
            .and_then(|()| self.check_size())
            .inspect_err(|_| self.path.push(step))
    }

    /// The same for a record's field, which takes its count if it has no bytes on either side: nothing else bounds
    /// the work that records in records are.
    #[inline]
    fn counted(&mut self, step: Step, read: impl FnOnce(&mut Self) -> Transcoded) -> Transcoded {
        let before = (self.input.reader.left(), self.out.len());
        self.inside(step, read)?;
        if before == (self.input.reader.left(), self.out.len()) {
            self.input.empty()?;
        }
        Ok(())
    }

    fn check_size(&self) -> Transcoded {
        if self.out.len() > self.out_limit {
            let limit = self.plan.limits.payload_bytes;
            return Err(PayloadFault::PayloadTooLarge { limit }.into());
        }
        Ok(())
    }

    fn scalar(&mut self, node: Node) -> Result<(), PayloadFault> {
        let reader = &mut self.input.reader;
        match node {
            Node::Null => {}
            Node::Boolean => self.out.push(reader.boolean()?.into()),
            Node::Int | Node::Date | Node::TimeMillis => {
                write_long(reader.int()?.into(), self.out);
            }
            Node::Long | Node::TimeMicros | Node::Timestamp { .. } => {
                write_long(reader.long()?, self.out);
            }
            Node::Float => self.out.extend_from_slice(reader.take(4, "a float")?),
            Node::Double => self.out.extend_from_slice(reader.take(8, "a double")?),
            Node::String => write_bytes(self.input.string()?.as_bytes(), self.out),
            Node::Enum(index) => {
                let symbol = reader.long()?;
                let count = self.plan.enumeration(index).symbols.len();
                let symbol = usize::try_from(symbol).ok().filter(|at| *at < count);
                write_length(symbol.ok_or(PayloadFault::EnumIndex)?, self.out);
            }
            node => {
                let bytes = self.input.blob(node)?.unwrap_or_default();
                if node.fixed_size().is_some() {
                    self.out.extend_from_slice(bytes);
                } else {
                    write_bytes(bytes, self.out);
                }
            }
        }
        Ok(())
    }

    fn adjust(&mut self, adjust: Adjust) -> Transcoded {
        let resolved = &self.plan.resolved;
        match adjust {
            Adjust::Record(index) => self.adjusted(index),
            Adjust::Number { from, to } => Ok(self.number(from, to)?),
            Adjust::ToUnion(index) => {
                let branch = &resolved.to_unions[index as usize];
                write_length(branch.at, self.out);
                self.value(branch.node)
            }
            Adjust::FromUnion(index) => {
                let nodes = &resolved.from_unions[index as usize];
                let branch = usize::try_from(self.input.reader.long()?).ok();
                let node = branch.and_then(|branch| nodes.get(branch));
                self.value(*node.ok_or(PayloadFault::UnionIndex)?)
            }
            Adjust::Enum(index) => {
                let symbols = &resolved.enums[index as usize];
                let symbol = usize::try_from(self.input.reader.long()?).ok();
                match symbol.and_then(|symbol| symbols.numbers.get(symbol)) {
                    Some(Some(number)) => write_length(*number, self.out),
                    Some(None) => return Err(Refused::Resolution(symbols.fault)),
                    None => return Err(PayloadFault::EnumIndex.into()),
                }
                Ok(())
            }
            Adjust::Text => {
                let text = loose_text(self.input.reader.bytes("bytes")?);
                write_bytes(text.as_bytes(), self.out);
                Ok(())
            }
            Adjust::Mask(index) => self.mask(&resolved.masked[index as usize]),
            Adjust::Refuse(fault) => Err(Refused::Resolution(fault)),
        }
    }

    fn mask(&mut self, masked: &Masked) -> Transcoded {
        let mut text = Vec::new();
        let input = std::mem::replace(&mut self.input, Input::new(self.plan, &[]));
        let (input, decoded) = decode_one(input, masked.value, &mut text);
        self.input = input;
        decoded?;
        let token = masked_token(self.plan, &text);
        if let Some(branches) = masked.branches {
            let at = if token.is_some() {
                branches.text
            } else {
                branches.null
            };
            write_length(at, self.out);
        }
        if let Some(token) = token {
            write_bytes(&token, self.out);
        }
        Ok(())
    }

    fn adjusted(&mut self, index: u32) -> Transcoded {
        self.input.enter()?;
        let plan = self.plan;
        let record = plan.adjusted(index);
        let base = self.held.len();
        for (at, step) in record.moves.iter().enumerate() {
            match step {
                Move::Read { field, node, .. } | Move::Hold { field, node } => {
                    let start = self.out.len();
                    let inner = Step::Field {
                        record: record.reader,
                        field: *field,
                    };
                    self.counted(inner, |state| state.value(*node))?;
                    if matches!(step, Move::Hold { .. }) {
                        self.held.push((start, self.out.len()));
                    }
                }
                Move::Default(default) => self.default(*default)?,
                Move::Skip { skip, .. } => {
                    let step = Step::Skipped { record: index, at };
                    self.inside(step, |state| Ok(state.input.pass_over(*skip)?))?;
                }
            }
        }
        if !record.rest.is_empty() {
            self.put_in_order(&record.rest, base)?;
        }
        self.input.leave();
        Ok(())
    }

    /// Writes the held values behind themselves in the order of their fields, then moves them to where they began.
    fn put_in_order(&mut self, rest: &[Rest], base: usize) -> Transcoded {
        let behind = self.out.len();
        let start = self.held.get(base).map_or(behind, |held| held.0);
        for field in rest {
            match field {
                Rest::Held { slot, .. } => {
                    let (start, end) = self.held.get(base + slot).unwrap_or_default();
                    self.out.extend_from_within(start..end);
                }
                Rest::Default(default) => self.default(*default)?,
            }
        }
        self.out.copy_within(behind.., start);
        self.out.truncate(start + self.out.len() - behind);
        self.held.truncate(base);
        Ok(())
    }

    fn default(&mut self, index: u32) -> Transcoded {
        let plan = self.plan;
        let (record, field) = plan.resolved.defaults[index as usize].of;
        let step = Step::Field { record, field };
        self.counted(step, |state| {
            if let FieldDefault::Bytes(bytes) = &plan.record(record).fields[field].default {
                state.out.extend_from_slice(bytes);
            }
            Ok(())
        })
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "integers become the nearest floating-point number, as in Java"
    )]
    fn number(&mut self, from: Number, to: NodeId) -> Result<(), PayloadFault> {
        let reader = &mut self.input.reader;
        let integer = match from {
            Number::Int => reader.int()?.into(),
            Number::Long => reader.long()?,
            Number::Float => {
                let float = f32::from_le_bytes(reader.array("a float")?);
                self.out.extend_from_slice(&f64::from(float).to_le_bytes());
                return Ok(());
            }
        };
        match self.plan.node(to) {
            Node::Double => self.out.extend_from_slice(&(integer as f64).to_le_bytes()),
            Node::Float => self.out.extend_from_slice(&(integer as f32).to_le_bytes()),
            _ => write_long(integer, self.out),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::avro::{Plan, Schema};
    use crate::error::Kind;
    use crate::limits::Limits;

    const LIMITS: Limits = Limits {
        depth: 4,
        items: 100,
        payload_bytes: 64,
        json_bytes: 8,
    };

    fn record(fields: &str) -> String {
        format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
    }

    fn refusal(writer: &str, reader: &str, payload: &[u8]) -> (Kind, String) {
        let [writer, reader] = [writer, reader].map(|text| Schema::parse(text).unwrap());
        let plan = Plan::resolve(&writer, &reader, LIMITS).unwrap();
        let mut out = b"before".to_vec();
        let error = plan.transcode(payload, &mut out).unwrap_err();
        assert_eq!(out, b"before");
        (error.kind(), error.to_string())
    }

    #[test]
    fn faults_keep_their_kind_and_place() {
        let items = |kind: &str| {
            let items = format!(r#"{{"name":"items","type":{{"type":"array","items":{kind}}}}}"#);
            record(&items)
        };
        let int = items(r#""int""#);
        let long = items(r#""long""#);
        let mixed = items(r#"["int","string"]"#);
        let symbols = |last: &str| {
            let symbols = format!(r#"{{"type":"enum","name":"E","symbols":["A","{last}"]}}"#);
            items(&symbols)
        };
        for (writer, reader, payload, kind, text) in [
            (
                &int,
                &long,
                &b"\x04\x02"[..],
                Kind::Truncated,
                "byte 2: items[]: the payload ends inside a number",
            ),
            (
                &int,
                &long,
                b"\x02\xff\xff\xff\xff\xff\x00\x00",
                Kind::Payload,
                "byte 1: items[]: the bytes are no int",
            ),
            (
                &int,
                &long,
                b"\xfe\x03",
                Kind::Limit,
                "byte 2: items: more than 100 items",
            ),
            (
                &mixed,
                &long,
                b"\x04\x00\x02\x02\x02x\x00",
                Kind::Resolution,
                "byte 4: items[]: ",
            ),
            (
                &symbols("B"),
                &symbols("C"),
                b"\x04\x00\x02\x00",
                Kind::Resolution,
                "byte 3: items[]: ",
            ),
        ] {
            let (found, message) = refusal(writer, reader, payload);
            assert_eq!(found, kind, "{message}");
            assert!(message.starts_with(text), "{message}");
        }
    }

    #[test]
    fn only_the_payload_written_may_be_too_large() {
        // Four bytes become eight; their text would pass the limit on texts.
        let [writer, reader] = ["float", "double"].map(|items| {
            record(&format!(
                r#"{{"name":"a","type":{{"type":"array","items":"{items}"}}}}"#
            ))
        });
        let payload = |count: u8| {
            let items = vec![0; 4 * usize::from(count)];
            [&[2 * count][..], &items, &[0]].concat()
        };
        let [written, read] = [&writer, &reader].map(|text| Schema::parse(text).unwrap());
        let plan = Plan::resolve(&written, &read, LIMITS).unwrap();
        let mut out = Vec::new();
        plan.transcode(&payload(7), &mut out).unwrap();
        assert_eq!(out.len(), 58);
        let (kind, message) = refusal(&writer, &reader, &payload(15));
        assert_eq!(kind, Kind::TooLarge);
        assert_eq!(message, "byte 33: a[]: the payload is larger than 64 bytes");
    }

    #[test]
    fn values_without_bytes_are_counted() {
        let fields = |count: usize, kind: &str| {
            let field = |at| format!(r#"{{"name":"f{at}","type":{kind},"default":null}}"#);
            (0..count).map(field).collect::<Vec<_>>().join(",")
        };
        let list = |fields: &str| format!(r#"{{"type":"array","items":{}}}"#, record(fields));
        let (none, many) = (
            list(&fields(1, r#""null""#)),
            list(&fields(30, r#""null""#)),
        );
        let (kind, message) = refusal(&none, &many, b"\x14\x00");
        assert_eq!(
            (kind, &*message),
            (Kind::Limit, "byte 1: []: more than 100 items")
        );
    }
}
