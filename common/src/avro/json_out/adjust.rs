//! Another schema's values as the reader's: adjusted, put in order, passed over.

use std::borrow::Cow;

use super::number::{write_double, write_whole_float};
use super::{Decoded, Decoder, Refused};
use crate::avro::json_in::Step;
use crate::avro::logical::time::{self, Unit};
use crate::avro::plan::{Adjust, DefaultText, Move, Node, NodeId, Number, Rest, Skip};
use crate::bytes::append_number;
use crate::error::PayloadFault;
use crate::json::write_string;

impl Decoder<'_, '_, '_> {
    /// Not inlined: the plans without such nodes would pay for it.
    #[inline(never)]
    pub(super) fn adjust<const PLAIN: bool>(&mut self, adjust: Adjust) -> Decoded {
        let resolved = &self.plan.resolved;
        match adjust {
            Adjust::Record(index) => self.adjusted::<PLAIN>(index),
            Adjust::Number { from, to } => self.number::<PLAIN>(from, to),
            Adjust::ToUnion(index) => {
                let branch = &resolved.to_unions[index as usize];
                if PLAIN || self.plan.node(branch.node) == Node::Null {
                    return self.value::<PLAIN>(branch.node);
                }
                branch.tag.opening.append_to(self.out);
                self.value::<PLAIN>(branch.node)?;
                self.out.push(b'}');
                Ok(())
            }
            Adjust::FromUnion(index) => {
                let nodes = &resolved.from_unions[index as usize];
                let branch = usize::try_from(self.reader.long()?).ok();
                let node = branch.and_then(|branch| nodes.get(branch));
                self.value::<PLAIN>(*node.ok_or(PayloadFault::UnionIndex)?)
            }
            Adjust::Enum(index) => {
                let symbols = &resolved.enums[index as usize];
                let symbol = usize::try_from(self.reader.long()?).ok();
                match symbol.and_then(|symbol| symbols.quoted.get(symbol)) {
                    Some(Some(quoted)) => quoted.append_to(self.out),
                    Some(None) => return Err(Refused::Resolution(symbols.fault)),
                    None => return Err(PayloadFault::EnumIndex.into()),
                }
                Ok(())
            }
            Adjust::Text => {
                write_string(&text(self.reader.bytes("bytes")?), self.out);
                Ok(())
            }
            Adjust::Refuse(fault) => Err(Refused::Resolution(fault)),
        }
    }

    fn adjusted<const PLAIN: bool>(&mut self, index: u32) -> Decoded {
        self.enter()?;
        let plan = self.plan;
        let record = plan.adjusted(index);
        if record.is_empty {
            self.out.push(b'{');
        }
        let base = self.held.len();
        for (at, step) in record.moves.iter().enumerate() {
            let (field, node) = match step {
                Move::Read {
                    field,
                    node,
                    opening,
                } => {
                    opening.append_to(self.out);
                    (*field, *node)
                }
                Move::Hold { field, node } => {
                    let start = self.out.len();
                    self.held.push(start..start);
                    (*field, *node)
                }
                Move::Default(default) => {
                    self.default::<PLAIN>(*default);
                    continue;
                }
                Move::Skip { skip, .. } => {
                    if let Err(refused) = self.skip(*skip) {
                        return self.fail(refused, Step::Skipped { record: index, at });
                    }
                    continue;
                }
            };
            if let Err(refused) = self.value::<PLAIN>(node) {
                let record = record.reader;
                return self.fail(refused, Step::Field { record, field });
            }
            if let (Move::Hold { .. }, Some(held)) = (step, self.held.last_mut()) {
                held.end = self.out.len();
            }
        }
        if !record.rest.is_empty() {
            self.check_size()?;
            self.put_in_order::<PLAIN>(&record.rest, base);
        }
        self.out.push(b'}');
        self.depth_left += 1;
        self.check_size()
    }

    /// Writes the held values behind themselves in the order of their fields, then moves them to where they began.
    fn put_in_order<const PLAIN: bool>(&mut self, rest: &[Rest], base: usize) {
        let behind = self.out.len();
        let start = self.held.get(base).map_or(behind, |held| held.start);
        for field in rest {
            match field {
                Rest::Held { slot, opening } => {
                    opening.append_to(self.out);
                    self.out.extend_from_within(self.held[base + slot].clone());
                }
                Rest::Default(default) => self.default::<PLAIN>(*default),
            }
        }
        self.out.copy_within(behind.., start);
        self.out.truncate(start + self.out.len() - behind);
        self.held.truncate(base);
    }

    #[inline]
    fn default<const PLAIN: bool>(&mut self, index: u32) {
        let DefaultText { plain, avro } = &self.plan.resolved.defaults[index as usize];
        let text = if PLAIN { plain } else { avro };
        text.append_to(self.out);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "integers become the nearest floating-point number, as in Java"
    )]
    fn number<const PLAIN: bool>(&mut self, from: Number, to: NodeId) -> Decoded {
        let integer = match from {
            Number::Int => self.reader.int()?.into(),
            Number::Long => self.reader.long()?,
            Number::Float => {
                let float = f32::from_le_bytes(self.reader.array("a float")?);
                write_double(float.into(), self.out);
                return Ok(());
            }
        };
        match self.plan.node(to) {
            Node::Double => write_double(integer as f64, self.out),
            Node::Float => write_whole_float(integer as f32, self.out),
            Node::Timestamp { unit, utc } if PLAIN => self.text_or_number(integer, |out| {
                time::write_timestamp(integer, unit, utc, out)
            }),
            Node::TimeMicros if PLAIN => {
                self.text_or_number(integer, |out| time::write_time(integer, Unit::Micros, out));
            }
            _ => append_number(integer, self.out),
        }
        Ok(())
    }

    /// Passes over a value of the writer's.
    fn skip(&mut self, index: u32) -> Decoded {
        let plan = self.plan;
        match &plan.resolved.skips[index as usize] {
            Skip::Nothing => {}
            Skip::Int => {
                self.reader.int()?;
            }
            Skip::Long => {
                self.reader.long()?;
            }
            Skip::Bytes => {
                self.reader.bytes("bytes")?;
            }
            Skip::Fixed(size) => {
                self.reader.take(*size, "a fixed")?;
            }
            Skip::Array(items) => return self.skip_items(*items, false),
            Skip::Map(values) => return self.skip_items(*values, true),
            Skip::Record(fields) => {
                self.enter()?;
                for field in fields {
                    self.skip(*field)?;
                }
                self.depth_left += 1;
            }
            Skip::Union(branches) => {
                let branch = usize::try_from(self.reader.long()?).ok();
                let branch = branch.and_then(|branch| branches.get(branch));
                return self.skip(*branch.ok_or(PayloadFault::UnionIndex)?);
            }
        }
        Ok(())
    }

    /// Passes over blocks: by their size where it is given, else item by item.
    fn skip_items(&mut self, items: u32, keyed: bool) -> Decoded {
        self.enter()?;
        let costs_nothing = !keyed && self.plan.resolved.skips[items as usize] == Skip::Nothing;
        loop {
            let (count, size) = self.reader.sized_block()?;
            if count == 0 {
                break;
            }
            self.count(count)?;
            if let Some(size) = size {
                self.reader.take(size, "a block")?;
                continue;
            }
            if costs_nothing {
                continue;
            }
            for _ in 0..count {
                if keyed {
                    self.reader.bytes("a string")?;
                }
                self.skip(items)?;
            }
        }
        self.depth_left += 1;
        Ok(())
    }
}

/// The text that bytes are; what is no UTF-8 becomes U+FFFD, as often as in Java: once for half of a surrogate pair.
fn text(mut bytes: &[u8]) -> Cow<'_, str> {
    let mut text = String::new();
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(valid) if text.is_empty() => return valid.into(),
            Ok(valid) => return (text + valid).into(),
            Err(error) => error,
        };
        let (valid, wrong) = bytes.split_at(error.valid_up_to());
        text += &String::from_utf8_lossy(valid);
        text.push(char::REPLACEMENT_CHARACTER);
        let length = match wrong {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            _ => error.error_len().unwrap_or(wrong.len()),
        };
        bytes = wrong.get(length..).unwrap_or_default();
    }
}
