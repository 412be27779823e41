//! Records, arrays, maps and bytes as the sequences and maps of Rust types.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::super::json_in::Step;
use super::super::plan::{Field, NodeId};
use super::leaf::{Byte, Key};
use super::{Refused, State};
use crate::error::TypeFault;

/// A record's fields.
pub(super) struct Fields<'s, 'p, 'de> {
    state: &'s mut State<'p, 'de>,
    record: u32,
    /// The fields whose values have not been read.
    rest: std::slice::Iter<'p, Field>,
    /// Whether the names may be kept: a struct only compares them with its own.
    named: bool,
}

impl<'s, 'p, 'de> Fields<'s, 'p, 'de> {
    /// For types that may keep the names.
    pub(super) fn named(state: &'s mut State<'p, 'de>, record: u32) -> Self {
        let mut fields = Self::of_struct(state, record);
        fields.named = true;
        fields
    }

    #[inline]
    pub(super) fn of_struct(state: &'s mut State<'p, 'de>, record: u32) -> Self {
        let rest = state.input.plan.record(record).fields.iter();
        Self {
            state,
            record,
            rest,
            named: false,
        }
    }

    #[inline]
    pub(super) fn visit_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.state.input.enter()?;
        let value = visitor.visit_map(&mut self)?;
        self.end(value)
    }

    pub(super) fn visit_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.state.input.enter()?;
        let value = visitor.visit_seq(&mut self)?;
        self.end(value)
    }

    #[inline]
    fn end<T>(self, value: T) -> Result<T, Refused> {
        if self.rest.len() > 0 {
            return Err(TypeFault::Count.into());
        }
        self.state.input.leave();
        Ok(value)
    }

    #[inline]
    fn value<S: DeserializeSeed<'de>>(
        &mut self,
        field: &Field,
        seed: S,
    ) -> Result<S::Value, Refused> {
        let (record, plan, left) = (self.record, self.state.input.plan, self.rest.len());
        let step = || {
            let field = plan.record(record).fields.len() - left - 1;
            Some(Step::Field { record, field })
        };
        self.state.value(field.node, seed, step)
    }
}

impl<'de> MapAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Refused;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let [field, ..] = self.rest.as_slice() else {
            return Ok(None);
        };
        if self.named {
            // What surrounds a name in JSON counts as well.
            self.state.text(field.name.len() + 8)?;
        }
        seed.deserialize(StrDeserializer::new(&field.name))
            .map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        match self.rest.next() {
            Some(field) => self.value(field, seed),
            None => Err(TypeFault::Count.into()),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

impl<'de> SeqAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        let field = self.rest.next();
        field.map(|field| self.value(field, seed)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The blocks of an array or a map.
struct Blocks {
    /// Count of the items left in the block.
    left: usize,
    /// Whether the last block has been read.
    ended: bool,
}

impl Blocks {
    const fn new() -> Self {
        Self {
            left: 0,
            ended: false,
        }
    }

    /// Whether there is another item.
    #[inline]
    fn next(&mut self, state: &mut State<'_, '_>) -> Result<bool, Refused> {
        if self.left == 0 && !self.next_block(state)? {
            return Ok(false);
        }
        self.left -= 1;
        Ok(true)
    }

    /// Whether there is another block with items.
    fn next_block(&mut self, state: &mut State<'_, '_>) -> Result<bool, Refused> {
        if !self.ended {
            self.left = state.input.block()?;
            self.ended = self.left == 0;
        }
        Ok(!self.ended)
    }

    /// Items that are sure to come, as far as the payload has bytes for them.
    fn known(&self, state: &State<'_, '_>) -> usize {
        self.left.min(state.input.reader.left())
    }

    /// Ends what a type has read to its end, and refuses a type that has left items.
    #[inline]
    fn end<T>(mut self, state: &mut State<'_, '_>, value: T) -> Result<T, Refused> {
        if self.next(state)? {
            return Err(TypeFault::Count.into());
        }
        state.input.leave();
        Ok(value)
    }
}

/// An array's items.
pub(super) struct Items<'s, 'p, 'de> {
    state: &'s mut State<'p, 'de>,
    node: NodeId,
    blocks: Blocks,
}

impl<'s, 'p, 'de> Items<'s, 'p, 'de> {
    #[inline]
    pub(super) fn visit<V: Visitor<'de>>(
        state: &'s mut State<'p, 'de>,
        node: NodeId,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        state.input.enter()?;
        // The first block before all else: its count is the hint.
        let mut blocks = Blocks::new();
        blocks.next_block(state)?;
        let mut access = Self {
            state,
            node,
            blocks,
        };
        let value = visitor.visit_seq(&mut access)?;
        access.blocks.end(access.state, value)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_, 'de> {
    type Error = Refused;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        if !self.blocks.next(self.state)? {
            return Ok(None);
        }
        let step = || Some(Step::Item);
        self.state.value(self.node, seed, step).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.blocks.known(self.state))
    }
}

/// A map's entries.
pub(super) struct Entries<'s, 'p, 'de> {
    state: &'s mut State<'p, 'de>,
    values: NodeId,
    blocks: Blocks,
}

impl<'s, 'p, 'de> Entries<'s, 'p, 'de> {
    pub(super) fn visit<V: Visitor<'de>>(
        state: &'s mut State<'p, 'de>,
        values: NodeId,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        state.input.enter()?;
        let mut access = Self {
            state,
            values,
            blocks: Blocks::new(),
        };
        let value = visitor.visit_map(&mut access)?;
        access.blocks.end(access.state, value)
    }
}

impl<'de> MapAccess<'de> for Entries<'_, '_, 'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        if !self.blocks.next(self.state)? {
            return Ok(None);
        }
        let key = self.state.input.string()?;
        seed.deserialize(Key(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        self.state.value(self.values, seed, || Some(Step::Value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.blocks.known(self.state))
    }
}

/// Bytes one by one.
pub(super) struct Bytes<'de>(std::slice::Iter<'de, u8>);

impl<'de> Bytes<'de> {
    pub(super) fn visit<V: Visitor<'de>>(
        bytes: &'de [u8],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let mut access = Self(bytes.iter());
        let value = visitor.visit_seq(&mut access)?;
        if access.0.len() > 0 {
            return Err(TypeFault::Count.into());
        }
        Ok(value)
    }
}

impl<'de> SeqAccess<'de> for Bytes<'de> {
    type Error = Refused;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        let byte = self.0.next();
        byte.map(|byte| seed.deserialize(Byte(*byte))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
