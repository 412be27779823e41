//! Avro bytes read within the limits, value by value, or passed over.

use std::sync::Arc;

use super::binary::Reader;
use super::plan::{Branch, Node, NodeId, Plan};
use crate::error::PayloadFault;

mod written;

pub(super) use written::{Refused, loose_text};

type Read<T> = Result<T, PayloadFault>;

/// A payload, and what it may still ask for.
pub(super) struct Input<'p, 'b> {
    pub(super) plan: &'p Plan,
    pub(super) reader: Reader<'b>,
    depth_left: usize,
    items_left: usize,
    /// Count of values without bytes that may still come: records in records could otherwise be more than there is
    /// time for, in a payload of no bytes.
    empty_left: usize,
}

impl<'p, 'b> Input<'p, 'b> {
    pub(super) const fn new(plan: &'p Plan, payload: &'b [u8]) -> Self {
        Self {
            plan,
            reader: Reader::new(payload),
            depth_left: plan.limits.depth,
            items_left: plan.limits.items,
            empty_left: plan.limits.items,
        }
    }

    /// Refuses a payload that is larger than the limit.
    #[inline]
    pub(super) const fn check_size(&self) -> Read<()> {
        let limit = self.plan.limits.payload_bytes;
        if self.reader.left() > limit {
            return Err(PayloadFault::PayloadTooLarge { limit });
        }
        Ok(())
    }

    /// Goes one level deeper.
    #[inline]
    pub(super) fn enter(&mut self) -> Read<()> {
        match self.depth_left.checked_sub(1) {
            Some(left) => self.depth_left = left,
            None => {
                return Err(PayloadFault::Depth {
                    limit: self.plan.limits.depth,
                });
            }
        }
        Ok(())
    }

    #[inline]
    pub(super) const fn leave(&mut self) {
        self.depth_left += 1;
    }

    /// Takes so many from the items that are allowed.
    #[inline]
    pub(super) fn items(&mut self, count: usize) -> Read<()> {
        match self.items_left.checked_sub(count) {
            Some(left) => self.items_left = left,
            None => return Err(self.too_many()),
        }
        Ok(())
    }

    /// The count of items in the next block, once all items so far are within the limit; 0 at the end.
    #[inline]
    pub(super) fn block(&mut self) -> Read<usize> {
        let count = self.reader.block()?;
        self.items(count)?;
        Ok(count)
    }

    /// Called for each value that has turned out to have no bytes.
    #[cold]
    pub(super) fn empty(&mut self) -> Read<()> {
        match self.empty_left.checked_sub(1) {
            Some(left) => self.empty_left = left,
            None => return Err(self.too_many()),
        }
        Ok(())
    }

    #[cold]
    const fn too_many(&self) -> PayloadFault {
        PayloadFault::Items {
            limit: self.plan.limits.items,
        }
    }

    /// The branch that a union's value is in.
    #[inline]
    pub(super) fn branch(&mut self, union: u32) -> Read<(usize, &'p Branch)> {
        let index = usize::try_from(self.reader.long()?).map_err(|_| PayloadFault::UnionIndex)?;
        let branch = self.plan.union(union).branches.get(index);
        branch
            .map(|branch| (index, branch))
            .ok_or(PayloadFault::UnionIndex)
    }

    #[inline]
    pub(super) fn symbol(&mut self, enumeration: u32) -> Read<&'p Arc<str>> {
        let index = usize::try_from(self.reader.long()?).map_err(|_| PayloadFault::EnumIndex)?;
        let symbols = &self.plan.enumeration(enumeration).symbols;
        symbols.get(index).ok_or(PayloadFault::EnumIndex)
    }

    #[inline]
    pub(super) fn string(&mut self) -> Read<&'b str> {
        std::str::from_utf8(self.reader.bytes("a string")?).map_err(|_| PayloadFault::Utf8)
    }

    /// The bytes of a node that is read as bytes, and `None` for others.
    pub(super) fn blob(&mut self, node: Node) -> Read<Option<&'b [u8]>> {
        Ok(Some(match (node, node.fixed_size()) {
            (Node::Bytes | Node::DecimalBytes { .. }, _) => self.reader.bytes("bytes")?,

            (_, Some(size)) => self.reader.take(size, "a fixed")?,
            _ => return Ok(None),
        }))
    }

    /// Passes over a value. Texts are not looked at, so that what is wrong in them stays unseen.
    pub(super) fn skip(&mut self, node: NodeId) -> Read<()> {
        self.walk::<false>(node)
    }

    /// Passes over a value that has to be sound, texts included.
    pub(super) fn check(&mut self, node: NodeId) -> Read<()> {
        self.walk::<true>(node)
    }

    #[inline]
    fn walk<const TEXTS: bool>(&mut self, node: NodeId) -> Read<()> {
        self.walk_node::<TEXTS>(self.plan.node(node))
    }

    /// Passes over values of the commonest types without a call.
    #[inline]
    fn walk_node<const TEXTS: bool>(&mut self, node: Node) -> Read<()> {
        match node {
            Node::Long | Node::TimeMicros | Node::Timestamp { .. } => self.reader.skip_long(),
            Node::String => self.walk_text::<TEXTS>(),
            Node::Record(index) => self.walk_record::<TEXTS>(index),
            node => self.walk_other::<TEXTS>(node),
        }
    }

    /// Passes over values of all other types.
    #[inline(never)]
    fn walk_other<const TEXTS: bool>(&mut self, node: Node) -> Read<()> {
        match node {
            Node::Null => {}
            Node::Boolean => {
                self.reader.boolean()?;
            }
            Node::Int | Node::Date | Node::TimeMillis => {
                self.reader.int()?;
            }
            Node::Float => {
                self.reader.take(4, "a float")?;
            }
            Node::Double => {
                self.reader.take(8, "a double")?;
            }
            Node::Enum(index) => {
                self.symbol(index)?;
            }
            Node::Union(index) => {
                let (_, branch) = self.branch(index)?;
                self.walk::<TEXTS>(branch.node)?;
            }
            Node::Array(items) => self.walk_blocks::<TEXTS>(items, false)?,
            Node::Map(values) => self.walk_blocks::<TEXTS>(values, true)?,
            node => {
                self.blob(node)?;
            }
        }
        Ok(())
    }

    fn walk_record<const TEXTS: bool>(&mut self, record: u32) -> Read<()> {
        self.enter()?;
        let plan = self.plan;
        for field in &plan.record(record).fields {
            let left = self.reader.left();
            self.walk::<TEXTS>(field.node)?;
            if self.reader.left() == left {
                self.empty()?;
            }
        }
        self.leave();
        Ok(())
    }

    #[inline]
    fn walk_text<const TEXTS: bool>(&mut self) -> Read<()> {
        let text = self.reader.bytes("a string")?;
        // Most texts are ASCII, which is seen faster.
        if TEXTS && !text.is_ascii() && std::str::from_utf8(text).is_err() {
            return Err(PayloadFault::Utf8);
        }
        Ok(())
    }

    fn walk_blocks<const TEXTS: bool>(&mut self, values: NodeId, keys: bool) -> Read<()> {
        self.enter()?;
        let values = self.plan.node(values);
        loop {
            let count = self.block()?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                if keys {
                    self.walk_text::<TEXTS>()?;
                }
                self.walk_node::<TEXTS>(values)?;
            }
        }
        self.leave();
        Ok(())
    }
}
