//! Repeated fields and maps, whose values follow each other.

use std::collections::HashSet;

use super::{Decoded, Decoder, Field, Node, Scalar, Step, Stop};
use crate::protobuf::wire::{Tag, WireType};

impl<'p> Decoder<'p, '_, '_> {
    /// Writes what is written by `write`, unless it has no items.
    pub(super) fn unless_empty(
        &mut self,
        field: &Field,
        first: &mut bool,
        brackets: [u8; 2],
        write: impl FnOnce(&mut Self, &mut bool) -> Decoded,
    ) -> Decoded {
        let (start, was_first, mut empty) = (self.out.len(), *first, true);
        self.key(field, first);
        self.out.push(brackets[0]);
        write(self, &mut empty)?;
        if empty {
            self.out.truncate(start);
            *first = was_first;
        } else {
            self.out.push(brackets[1]);
        }
        Ok(())
    }

    /// Writes a repeated field and goes on as long as the field does.
    pub(super) fn many(&mut self, field: &'p Field, wire: WireType, first: &mut bool) -> Decoded {
        self.unless_empty(field, first, *b"[]", |decoder, empty| {
            let mut wire = wire;
            loop {
                decoder.items(field, wire, empty)?;
                match decoder.next_of(field) {
                    Some(next) => wire = next,
                    None => return Ok(()),
                }
            }
        })
    }

    /// Passes the next tag if it is the field's.
    #[inline]
    fn next_of(&mut self, field: &Field) -> Option<WireType> {
        let before = self.reader;
        if let Ok(Tag::Field { number, wire }) = self.reader.tag()
            && number == field.number
            && field.accepts(wire)
        {
            return Some(wire);
        }
        self.reader = before;
        None
    }

    /// Writes the one item, or the many packed ones, whose tag was just read.
    pub(super) fn items(&mut self, field: &'p Field, wire: WireType, empty: &mut bool) -> Decoded {
        if let Node::Message(id) = field.node {
            self.item()?;
            self.separate(empty);
            return match self.message(id, field.number, wire) {
                Ok(()) => Ok(()),
                Err(stop) => self.fail(stop, Step::Item),
            };
        }
        if wire == field.node.wire() {
            return self.scalar_item(field, empty);
        }
        let part = self.reader.part()?;
        let outer = std::mem::replace(&mut self.reader, part);
        while !self.reader.is_empty() {
            self.scalar_item(field, empty)?;
        }
        self.reader = outer;
        Ok(())
    }

    #[inline]
    fn scalar_item(&mut self, field: &Field, empty: &mut bool) -> Decoded {
        self.item()?;
        let scalar = match Scalar::read(field.node, &mut self.reader) {
            Ok(scalar) => scalar,
            Err(fault) => return self.fail(fault.into(), Step::Item),
        };
        if !(field.closed && self.is_nameless(&scalar)) {
            self.separate(empty);
            scalar.write(self.plan, self.out);
        }
        Ok(())
    }

    /// Writes a map and goes on as long as the field does.
    pub(super) fn map(&mut self, field: &'p Field, key: Node, first: &mut bool) -> Decoded {
        self.unless_empty(field, first, *b"{}", |decoder, empty| {
            let mut keys = Vec::new();
            loop {
                let start = decoder.out.len() + usize::from(!*empty);
                if let Some(end) = decoder.entry(field, key, empty)? {
                    keys.push((start, end));
                }
                if decoder.next_of(field).is_none() {
                    break;
                }
            }
            decoder.check_distinct(&keys)
        })
    }

    /// Writes a map's entry and gives the end of its key's text, unless the value is one that cannot be.
    pub(super) fn entry(
        &mut self,
        field: &'p Field,
        key: Node,
        empty: &mut bool,
    ) -> Result<Option<usize>, Stop> {
        self.item()?;
        let part = self.reader.part()?;
        let outer = std::mem::replace(&mut self.reader, part);
        let (start, was_empty) = (self.out.len(), *empty);
        self.separate(empty);
        let mut key_end = None;
        let mut has_value = false;
        while !self.reader.is_empty() {
            let (number, wire) = self.tag()?;
            match number {
                1 if wire == key.wire() => {
                    if key_end.is_some() || has_value {
                        return Err(Stop::Unordered);
                    }
                    key_end = Some(self.map_key(key)?);
                }
                2 if field.node.accepts(wire) => {
                    if std::mem::replace(&mut has_value, true) {
                        return Err(Stop::Unordered);
                    }
                    key_end = Some(self.end_key(key, key_end));
                    if !self.map_value(field, wire)? {
                        self.out.truncate(start);
                        *empty = was_empty;
                        key_end = None;
                        self.reader = outer;
                        return Ok(key_end);
                    }
                }
                _ => self.reader.skip(number, wire, self.depth_left)?,
            }
        }
        if !has_value {
            key_end = Some(self.end_key(key, key_end));
            self.default_value(field.node)?;
        }
        self.reader = outer;
        Ok(key_end)
    }

    /// Writes the key just tagged and gives where it ends.
    fn map_key(&mut self, key: Node) -> Result<usize, Stop> {
        let scalar = Scalar::read(key, &mut self.reader)?;
        scalar.write_key(self.out);
        Ok(self.out.len())
    }

    /// Writes what stands between key and value, and the key if the entry has none.
    fn end_key(&mut self, key: Node, written: Option<usize>) -> usize {
        if written.is_none() {
            Scalar::zero(key, self.plan).write_key(self.out);
        }
        self.out.push(b':');
        self.out.len() - 1
    }

    /// Writes the value just tagged, or gives false for a number that its closed enum does not have.
    fn map_value(&mut self, field: &'p Field, wire: WireType) -> Result<bool, Stop> {
        let written = match field.node {
            Node::Message(id) => self.message(id, 2, wire),
            node => match Scalar::read(node, &mut self.reader) {
                Ok(scalar) if field.closed && self.is_nameless(&scalar) => return Ok(false),
                Ok(scalar) => {
                    scalar.write(self.plan, self.out);
                    Ok(())
                }
                Err(fault) => Err(fault.into()),
            },
        };
        match written {
            Ok(()) => Ok(true),
            Err(stop) => self.fail(stop, Step::Value).map(|()| true),
        }
    }

    /// Writes what an entry without a value has.
    pub(super) fn default_value(&mut self, node: Node) -> Decoded {
        match node {
            Node::Message(id) => {
                self.enter()?;
                self.merged(id, &[])?;
                self.depth_left += 1;
            }
            node => Scalar::zero(node, self.plan).write(self.plan, self.out),
        }
        Ok(())
    }

    /// Of several entries with one key the last counts, which only a careful reading finds.
    pub(super) fn check_distinct(&self, keys: &[(usize, usize)]) -> Decoded {
        let text = |(start, end): &(usize, usize)| self.out.get(*start..*end);
        let distinct = if keys.len() <= 8 {
            let mut pairs = keys.iter().enumerate();
            pairs.all(|(at, key)| keys[..at].iter().all(|other| text(other) != text(key)))
        } else {
            let texts: HashSet<_, foldhash::fast::RandomState> = keys.iter().map(text).collect();
            texts.len() == keys.len()
        };
        if distinct {
            Ok(())
        } else {
            Err(Stop::Unordered)
        }
    }
}
