//! Protobuf's binary encoding: tags, integers of variable length, lengths.

use super::error::ProtobufPayloadFault as Fault;
use crate::bytes::append;

/// How a field's value is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WireType {
    Varint,
    Fixed64,
    Length,
    Group,
    Fixed32,
}

impl WireType {
    pub(super) const fn bits(self) -> u32 {
        match self {
            Self::Varint => 0,
            Self::Fixed64 => 1,
            Self::Length => 2,
            Self::Group => 3,
            Self::Fixed32 => 5,
        }
    }
}

/// What begins at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Field { number: u32, wire: WireType },
    EndGroup { number: u32 },
}

/// Appends a number in base 128, lowest part first.
#[inline]
pub(super) fn write_varint(number: u64, out: &mut Vec<u8>) {
    if number < 0x80 {
        out.push(low_byte(number));
    } else if number < 0x4000 {
        out.extend_from_slice(&[low_byte(number) | 0x80, low_byte(number >> 7)]);
    } else {
        write_long_varint(number, out);
    }
}

fn write_long_varint(mut number: u64, out: &mut Vec<u8>) {
    let mut bytes = [0; 10];
    let mut length = 0;
    for byte in &mut bytes {
        length += 1;
        if number < 0x80 {
            *byte = low_byte(number);
            break;
        }
        *byte = low_byte(number) | 0x80;
        number >>= 7;
    }
    append(bytes, length, out);
}

#[inline]
const fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

/// Appends the tag of a field.
#[inline]
pub(super) fn write_tag(number: u32, wire: WireType, out: &mut Vec<u8>) {
    write_varint((number << 3 | wire.bits()).into(), out);
}

/// Leaves a byte's room for a length that is known only after what it counts is written.
#[inline]
pub(super) fn reserve_length(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len()
}

/// Writes the length of all behind `start`, which [`reserve_length`] gave; a long one moves what it counts.
#[inline]
pub(super) fn fill_length(start: usize, out: &mut Vec<u8>) {
    let length = out.len() - start;
    match u8::try_from(length) {
        Ok(small) if small < 0x80 => out[start - 1] = small,
        _ => {
            let mut bytes = Vec::with_capacity(10);
            write_varint(length as u64, &mut bytes);
            out.splice(start - 1..start, bytes);
        }
    }
}

pub(super) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// Reads a payload, or a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'p> {
    payload: &'p [u8],
    at: usize,
    end: usize,
}

impl<'p> Reader<'p> {
    pub(super) const fn new(payload: &'p [u8]) -> Self {
        Self {
            payload,
            at: 0,
            end: payload.len(),
        }
    }

    /// A reader of the same payload at another offset.
    pub(super) const fn at(&self, offset: usize) -> Self {
        Self {
            payload: self.payload,
            at: offset,
            end: self.end,
        }
    }

    /// Offset of the next byte in the payload.
    #[inline]
    pub(super) const fn offset(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Fault> {
        match self.rest().first() {
            Some(&byte) if byte < 0x80 => {
                self.at += 1;
                Ok(byte.into())
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Fault> {
        let mut number = 0;
        for (place, &byte) in self.rest().iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                if place == 9 && byte > 1 {
                    return Err(Fault::Varint);
                }
                self.at += place + 1;
                return Ok(number);
            }
        }
        if self.rest().len() < 10 {
            return Err(Fault::Truncated);
        }
        Err(Fault::Varint)
    }

    #[inline]
    pub(super) fn tag(&mut self) -> Result<Tag, Fault> {
        let start = self.at;
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            5 => WireType::Fixed32,
            3 => WireType::Group,
            4 => return self.end_group(start, tag),
            _ => return Err(self.bad_tag(start)),
        };
        match u32::try_from(tag >> 3) {
            Ok(number @ 1..0x2000_0000) => Ok(Tag::Field { number, wire }),
            _ => Err(self.bad_tag(start)),
        }
    }

    #[cold]
    fn end_group(&mut self, start: usize, tag: u64) -> Result<Tag, Fault> {
        match u32::try_from(tag >> 3) {
            Ok(number @ 1..0x2000_0000) => Ok(Tag::EndGroup { number }),
            _ => Err(self.bad_tag(start)),
        }
    }

    #[cold]
    fn bad_tag(&mut self, start: usize) -> Fault {
        self.at = start;
        Fault::Tag
    }

    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'p [u8], Fault> {
        let part = self.part()?;
        Ok(part.rest())
    }

    /// What a length in front counts.
    #[inline]
    pub(super) fn part(&mut self) -> Result<Self, Fault> {
        let length = self.varint()?;
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.at.checked_add(length))
            .filter(|end| *end <= self.end)
            .ok_or(Fault::Truncated)?;
        let part = Self {
            payload: self.payload,
            at: self.at,
            end,
        };
        self.at = end;
        Ok(part)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = *self.rest().first_chunk().ok_or(Fault::Truncated)?;
        self.at += N;
        Ok(bytes)
    }

    /// All that is left.
    #[inline]
    pub(super) fn rest(&self) -> &'p [u8] {
        self.payload.get(self.at..self.end).unwrap_or_default()
    }

    /// The group whose tag was just read, without its end; passes it.
    pub(super) fn group(&mut self, number: u32, depth: usize) -> Result<Self, Fault> {
        let start = self.at;
        let end = self.pass_group(number, depth)?;
        Ok(Self {
            payload: self.payload,
            at: start,
            end,
        })
    }

    /// Passes a value, its groups nested at most `depth` deep.
    #[inline]
    pub(super) fn skip(&mut self, number: u32, wire: WireType, depth: usize) -> Result<(), Fault> {
        match wire {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.array::<8>().map(drop),
            WireType::Length => self.part().map(drop),
            WireType::Fixed32 => self.array::<4>().map(drop),
            WireType::Group => self.pass_group(number, depth).map(drop),
        }
    }

    /// Passes a group and gives the offset of its end's tag.
    fn pass_group(&mut self, number: u32, depth: usize) -> Result<usize, Fault> {
        let mut open = vec![number];
        loop {
            let before = self.at;
            if self.is_empty() {
                return Err(Fault::Truncated);
            }
            match self.tag()? {
                Tag::Field {
                    number,
                    wire: WireType::Group,
                } => {
                    if open.len() >= depth {
                        return Err(Fault::Depth { limit: depth });
                    }
                    open.push(number);
                }
                Tag::Field { number, wire } => self.skip(number, wire, 0)?,
                Tag::EndGroup { number } => {
                    if open.pop() != Some(number) {
                        return Err(Fault::Group);
                    }
                    if open.is_empty() {
                        return Ok(before);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: u64, signed: i64) {
            let mut out = Vec::new();
            write_varint(number, &mut out);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.varint(), Ok(number));
            prop_assert!(reader.is_empty());
            prop_assert_eq!(unzigzag(zigzag(signed)), signed);
        }

        #[test]
        fn lengths_count_what_follows_them(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut out = vec![7];
            let start = reserve_length(&mut out);
            out.extend_from_slice(&bytes);
            fill_length(start, &mut out);
            let mut reader = Reader::new(&out[1..]);
            prop_assert_eq!(reader.bytes(), Ok(&bytes[..]));
            prop_assert!(reader.is_empty());
        }
    }

    #[test]
    fn groups_end_where_their_own_end_is() {
        // Group 2 with group 2 and a number inside, then a byte.
        let bytes = [0x13, 0x13, 0x08, 0x05, 0x14, 0x14, 0x63];
        let mut reader = Reader::new(&bytes);
        assert_eq!(
            reader.tag(),
            Ok(Tag::Field {
                number: 2,
                wire: WireType::Group
            })
        );
        assert_eq!(reader.group(2, 2).unwrap().rest(), &bytes[1..5]);
        assert_eq!(reader.rest(), &bytes[6..]);
        let mut reader = Reader::new(&bytes[1..]);
        assert_eq!(
            reader.skip(2, WireType::Group, 1),
            Err(Fault::Depth { limit: 1 })
        );
        let mut reader = Reader::new(&[0x1c]);
        assert_eq!(reader.skip(2, WireType::Group, 9), Err(Fault::Group));
        let mut reader = Reader::new(&[0x08, 0x05]);
        assert_eq!(reader.skip(2, WireType::Group, 9), Err(Fault::Truncated));
    }
}
