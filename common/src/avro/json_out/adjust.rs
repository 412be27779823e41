//! Another schema's values as the reader's: adjusted, put in order, passed over.

use super::number::{write_double, write_whole_float};
use super::{Decoded, Decoder};
use crate::avro::input::{Refused, loose_text};
use crate::avro::json_in::Step;
use crate::avro::logical::time::{self, Unit};
use crate::avro::plan::{Adjust, DefaultText, Masked, Move, Node, NodeId, Number, Plan, Rest};
use crate::bytes::append_number;
use crate::error::PayloadFault;
use crate::json::{Cursor, write_string};

/// What stands for a single value, given its JSON text; nothing for null.
pub(in crate::avro) fn masked_token(plan: &Plan, text: &[u8]) -> Option<[u8; 64]> {
    let key = plan.resolved.key.as_ref()?;
    let text = std::str::from_utf8(text).unwrap_or_default();
    if text == "null" {
        return None;
    }
    let content = Cursor::new(text).string();
    Some(match content {
        Ok(content) => key.token(content.text().as_bytes()),
        Err(_) => key.token(text.as_bytes()),
    })
}

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
                let branch = usize::try_from(self.input.reader.long()?).ok();
                let node = branch.and_then(|branch| nodes.get(branch));
                self.value::<PLAIN>(*node.ok_or(PayloadFault::UnionIndex)?)
            }
            Adjust::Enum(index) => {
                let symbols = &resolved.enums[index as usize];
                let symbol = usize::try_from(self.input.reader.long()?).ok();
                match symbol.and_then(|symbol| symbols.numbers.get(symbol)) {
                    Some(Some(number)) => {
                        self.plan.enumeration(symbols.reader).quoted[*number].append_to(self.out);
                    }
                    Some(None) => return Err(Refused::Resolution(symbols.fault)),
                    None => return Err(PayloadFault::EnumIndex.into()),
                }
                Ok(())
            }
            Adjust::Text => {
                write_string(&loose_text(self.input.reader.bytes("bytes")?), self.out);
                Ok(())
            }
            Adjust::Mask(index) => self.mask::<PLAIN>(&resolved.masked[index as usize]),
            Adjust::Refuse(fault) => Err(Refused::Resolution(fault)),
        }
    }

    /// Writes what stands for a value, whose text is that of the plain form.
    fn mask<const PLAIN: bool>(&mut self, masked: &Masked) -> Decoded {
        let start = self.out.len();
        self.value::<true>(masked.value)?;
        let Some(token) = masked_token(self.plan, &self.out[start..]) else {
            return Ok(());
        };
        self.out.truncate(start);
        let is_tagged = !PLAIN && masked.branches.is_some();
        let opening: &[u8] = if is_tagged { b"{\"string\":\"" } else { b"\"" };
        self.out.extend_from_slice(opening);
        self.out.extend_from_slice(&token);
        let closing: &[u8] = if is_tagged { b"\"}" } else { b"\"" };
        self.out.extend_from_slice(closing);
        Ok(())
    }

    fn adjusted<const PLAIN: bool>(&mut self, index: u32) -> Decoded {
        self.input.enter()?;
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
                Move::Hold { field, node } => (*field, *node),
                Move::Default(default) => {
                    self.default::<PLAIN>(*default);
                    continue;
                }
                Move::Skip { skip, .. } => {
                    if let Err(fault) = self.input.pass_over(*skip) {
                        return self.fail(fault.into(), Step::Skipped { record: index, at });
                    }
                    continue;
                }
            };
            let start = self.out.len();
            if let Err(refused) = self.value::<PLAIN>(node) {
                let record = record.reader;
                return self.fail(refused, Step::Field { record, field });
            }
            if matches!(step, Move::Hold { .. }) {
                self.held.push((start, self.out.len()));
            }
        }
        if !record.rest.is_empty() {
            self.check_size()?;
            self.put_in_order::<PLAIN>(&record.rest, base);
        }
        self.out.push(b'}');
        self.input.leave();
        self.check_size()
    }

    /// Writes the held values behind themselves in the order of their fields, then moves them to where they began.
    fn put_in_order<const PLAIN: bool>(&mut self, rest: &[Rest], base: usize) {
        let behind = self.out.len();
        let start = self.held.get(base).map_or(behind, |held| held.0);
        for field in rest {
            match field {
                Rest::Held { slot, opening } => {
                    opening.append_to(self.out);
                    let (start, end) = self.held.get(base + slot).unwrap_or_default();
                    self.out.extend_from_within(start..end);
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
        let DefaultText { plain, avro, .. } = &self.plan.resolved.defaults[index as usize];
        let text = if PLAIN { plain } else { avro };
        text.append_to(self.out);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "integers become the nearest floating-point number, as in Java"
    )]
    fn number<const PLAIN: bool>(&mut self, from: Number, to: NodeId) -> Decoded {
        let integer = match from {
            Number::Int => self.input.reader.int()?.into(),
            Number::Long => self.input.reader.long()?,
            Number::Float => {
                let float = f32::from_le_bytes(self.input.reader.array("a float")?);
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
}
