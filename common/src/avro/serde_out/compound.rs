//! Records, arrays, maps and bytes as the sequences and maps of Rust types.

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::super::json_in::Step;
use super::super::plan::{NodeId, Record};
use super::leaf::{Byte, Key};
use super::{Refused, State};
use crate::error::TypeFault;

/// A record's fields.
pub(super) struct Fields<'s, 'p, 'de> {
    state: &'s mut State<'p, 'de>,
    index: u32,
    record: &'p Record,
    /// Index of the field whose value comes next.
    next: usize,
    /// Whether the names may be kept: a struct only compares them with its own.
    named: bool,
}

impl<'s, 'p, 'de> Fields<'s, 'p, 'de> {
    /// For types that may keep the names.
    pub(super) fn named(state: &'s mut State<'p, 'de>, index: u32) -> Self {
        let mut fields = Self::of_struct(state, index);
        fields.named = true;
        fields
    }

    #[inline]
    pub(super) fn of_struct(state: &'s mut State<'p, 'de>, index: u32) -> Self {
        let record = state.input.plan.record(index);
        Self {
            state,
            index,
            record,
            next: 0,
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
        if self.next < self.record.fields.len() {
            return Err(TypeFault::Count.into());
        }
        self.state.input.leave();
        Ok(value)
    }

    #[inline]
    fn value<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let Some(field) = self.record.fields.get(self.next) else {
            return Err(TypeFault::Count.into());
        };
        let step = Step::Field {
            record: self.index,
            field: self.next,
        };
        self.next += 1;
        let start = self.state.input.reader.offset();
        let value = self.state.inner(field.node, seed, step)?;
        self.state.input.field_ended(start)?;
        Ok(value)
    }
}

impl<'de> MapAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Refused;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some(field) = self.record.fields.get(self.next) else {
            return Ok(None);
        };
        if self.named {
            // What surrounds a name in JSON counts as well.
            self.state.text(field.name.len() + 8)?;
        }
        seed.deserialize(IntoDeserializer::<Refused>::into_deserializer(&*field.name))
            .map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        self.value(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.record.fields.len() - self.next)
    }
}

impl<'de> SeqAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        if self.next < self.record.fields.len() {
            self.value(seed).map(Some)
        } else {
            Ok(None)
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.record.fields.len() - self.next)
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
        if self.left == 0 {
            if self.ended {
                return Ok(false);
            }
            self.left = state.input.block()?;
            if self.left == 0 {
                self.ended = true;
                return Ok(false);
            }
        }
        self.left -= 1;
        Ok(true)
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
        blocks.left = state.input.block()?;
        blocks.ended = blocks.left == 0;
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
        self.state.inner(self.node, seed, Step::Item).map(Some)
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
        self.state.inner(self.values, seed, Step::Value)
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
