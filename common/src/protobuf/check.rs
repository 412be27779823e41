//! Bytes held against a plan, before a library reads them that knows no limits and stops at what Java passes over.

use super::error::{ProtobufPayloadError, ProtobufPayloadFault as Fault};
use super::plan::{Field, MessageId, Node, Plan, Shape, Step};
use super::scalar::Scalar;
use super::wire::{Reader, Tag, WireType, fill_length, reserve_length, write_tag};
use crate::error::Place;
use crate::limits::Limits;

/// Checks the message whose bytes are all that is left of the reader.
///
/// Where a field's bytes are not laid out as the field's are, the message is given anew: groups become messages, and
/// fields that are laid out as another type's are left out.
pub(super) fn check(
    plan: &Plan,
    limits: Limits,
    reader: Reader<'_>,
    id: MessageId,
) -> Result<Option<Vec<u8>>, ProtobufPayloadError> {
    let mut checker = Checker {
        plan,
        limits,
        reader,
        depth_left: limits.depth,
        items_left: limits.items,
        irregular: false,
        clean: None,
        path: Vec::new(),
    };
    let mut result = checker.message(id);
    if result.is_ok() && checker.irregular {
        checker.reader = reader;
        checker.items_left = limits.items;
        checker.clean = Some(Vec::new());
        result = checker.message(id);
    }
    match result {
        Ok(()) => Ok(checker.clean),
        Err(fault) => {
            let place = Place {
                offset: Some(checker.reader.offset()),
                path: plan.path(&checker.path),
            };
            Err(ProtobufPayloadError { place, fault })
        }
    }
}

struct Checker<'p, 'b> {
    plan: &'p Plan,
    limits: Limits,
    reader: Reader<'b>,
    depth_left: usize,
    items_left: usize,
    irregular: bool,
    clean: Option<Vec<u8>>,
    path: Vec<Step>,
}

type Checked = Result<(), Fault>;

impl<'b> Checker<'_, 'b> {
    fn message(&mut self, id: MessageId) -> Checked {
        if self.depth_left == 0 {
            let limit = self.limits.depth;
            return Err(Fault::Depth { limit });
        }
        self.depth_left -= 1;
        let plan = self.plan;
        let message = plan.message(id);
        let mut expected = 0;
        while !self.reader.is_empty() {
            let start = self.reader;
            let (number, wire) = self.tag()?;
            let Some(at) = message.find(number, expected) else {
                self.reader.skip(number, wire, self.depth_left + 1)?;
                self.keep(start);
                continue;
            };
            expected = at + 1;
            if let Err(fault) = self.field(&message.fields[at], wire, start) {
                self.path.push(Step::Field {
                    message: id,
                    field: at,
                });
                return Err(fault);
            }
        }
        self.depth_left += 1;
        Ok(())
    }

    fn tag(&mut self) -> Result<(u32, WireType), Fault> {
        match self.reader.tag()? {
            Tag::Field { number, wire } => Ok((number, wire)),
            Tag::EndGroup { .. } => Err(Fault::Group),
        }
    }

    /// Copies what was read since `start`.
    fn keep(&mut self, start: Reader<'b>) {
        let length = self.reader.offset() - start.offset();
        if let (Some(clean), Some(bytes)) = (&mut self.clean, start.rest().get(..length)) {
            clean.extend_from_slice(bytes);
        }
    }

    fn item(&mut self) -> Checked {
        let limit = self.limits.items;
        self.items_left = self
            .items_left
            .checked_sub(1)
            .ok_or(Fault::Items { limit })?;
        Ok(())
    }

    fn field(&mut self, field: &Field, wire: WireType, start: Reader<'b>) -> Checked {
        if !field.accepts(wire) {
            self.irregular = true;
            return self.reader.skip(field.number, wire, self.depth_left + 1);
        }
        match (field.shape, field.node) {
            (Shape::Map { key }, value) => {
                self.item()?;
                return self.within(field.number, wire, |checker| checker.entry(key, value));
            }
            (Shape::Many { .. }, Node::Message(_)) => self.item()?,
            (Shape::Many { .. }, node) => self.items(node, wire)?,
            (Shape::One { .. }, _) => {}
        }
        match (field.shape, field.node) {
            (_, Node::Message(id)) => {
                return self.within(field.number, wire, |checker| checker.message(id));
            }
            (Shape::One { .. }, node) => drop(Scalar::read(node, &mut self.reader)?),
            _ => {}
        }
        self.keep(start);
        Ok(())
    }

    fn items(&mut self, node: Node, wire: WireType) -> Checked {
        if wire == node.wire() {
            self.item()?;
            return Scalar::read(node, &mut self.reader).map(drop);
        }
        let part = self.reader.part()?;
        let outer = std::mem::replace(&mut self.reader, part);
        while !self.reader.is_empty() {
            self.item()?;
            Scalar::read(node, &mut self.reader)?;
        }
        self.reader = outer;
        Ok(())
    }

    /// Checks the bytes of a message or an entry whose tag was just read.
    fn within(
        &mut self,
        number: u32,
        wire: WireType,
        check: impl FnOnce(&mut Self) -> Checked,
    ) -> Checked {
        let part = if wire == WireType::Group {
            self.irregular = true;
            self.reader.group(number, self.depth_left + 1)?
        } else {
            self.reader.part()?
        };
        let length = self.clean.as_mut().map(|clean| {
            write_tag(number, WireType::Length, clean);
            reserve_length(clean)
        });
        let outer = std::mem::replace(&mut self.reader, part);
        check(self)?;
        self.reader = outer;
        if let (Some(clean), Some(start)) = (&mut self.clean, length) {
            fill_length(start, clean);
        }
        Ok(())
    }

    fn entry(&mut self, key: Node, value: Node) -> Checked {
        while !self.reader.is_empty() {
            let start = self.reader;
            let (number, wire) = self.tag()?;
            let node = match number {
                1 => key,
                2 => value,
                _ => {
                    // What else is in an entry is lost anyway.
                    self.reader.skip(number, wire, self.depth_left + 1)?;
                    continue;
                }
            };
            match node {
                _ if !node.accepts(wire) => {
                    self.irregular = true;
                    self.reader.skip(number, wire, self.depth_left + 1)?;
                }
                Node::Message(id) => self.within(number, wire, |checker| checker.message(id))?,
                node => {
                    Scalar::read(node, &mut self.reader)?;
                    self.keep(start);
                }
            }
        }
        Ok(())
    }
}
