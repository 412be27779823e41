//! Avro's binary encoding: integers of variable length, lengths, blocks.

use crate::bytes::append;
use crate::error::PayloadFault;

/// Appends a long in zigzag and base 128.
#[inline]
pub(super) fn write_long(number: i64, out: &mut Vec<u8>) {
    let zigzag = (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned();
    if zigzag < 0x80 {
        out.push(low_byte(zigzag));
    } else if zigzag < 0x4000 {
        out.extend_from_slice(&[low_byte(zigzag) | 0x80, low_byte(zigzag >> 7)]);
    } else {
        write_long_varint(zigzag, out);
    }
}

fn write_long_varint(mut zigzag: u64, out: &mut Vec<u8>) {
    let mut bytes = [0; 10];
    let mut length = 0;
    for byte in &mut bytes {
        length += 1;
        if zigzag < 0x80 {
            *byte = low_byte(zigzag);
            break;
        }
        *byte = low_byte(zigzag) | 0x80;
        zigzag >>= 7;
    }
    append(bytes, length, out);
}

#[inline]
const fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

/// Appends a length or an index.
#[inline]
pub(super) fn write_length(length: usize, out: &mut Vec<u8>) {
    write_long(i64::try_from(length).unwrap_or(i64::MAX), out);
}

/// Appends a string or bytes with their length.
#[inline]
pub(super) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Leaves a byte's room for a count or length that is known only after what it counts is written.
#[inline]
pub(super) fn reserve_length(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len() - 1
}

/// Writes `length` where [`reserve_length`] has left room; a longer number than a byte moves what follows.
#[inline]
pub(super) fn fill_length(length: usize, at: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(small) if small < 64 => out[at] = small << 1,
        _ => fill_long_length(length, at, out),
    }
}

fn fill_long_length(length: usize, at: usize, out: &mut Vec<u8>) {
    let end = out.len();
    write_length(length, out);
    let mut bytes = [0; 10];
    let bytes = &mut bytes[..out.len() - end];
    bytes.copy_from_slice(&out[end..]);
    out.truncate(end);
    out.splice(at..=at, bytes.iter().copied());
}

/// Reads a payload from its start to its end.
#[derive(Debug, Clone)]
pub(super) struct Reader<'p> {
    rest: &'p [u8],
    length: usize,
}

impl<'p> Reader<'p> {
    pub(super) const fn new(payload: &'p [u8]) -> Self {
        Self {
            rest: payload,
            length: payload.len(),
        }
    }

    /// Count of the bytes read.
    pub(super) const fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    /// Count of the bytes that are left.
    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) fn long(&mut self) -> Result<i64, PayloadFault> {
        let zigzag = match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                u64::from(*byte)
            }
            _ => self.long_varint()?,
        };
        Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    /// Passes over a long.
    #[inline]
    pub(super) fn skip_long(&mut self) -> Result<(), PayloadFault> {
        if let Some(word) = self.rest.first_chunk() {
            let ends = !u64::from_le_bytes(*word) & 0x8080_8080_8080_8080;
            if ends != 0 {
                // At most 8 bytes, which are there.
                self.rest = &self.rest[ends.trailing_zeros() as usize / 8 + 1..];
                return Ok(());
            }
        }
        self.long().map(drop)
    }

    fn long_varint(&mut self) -> Result<u64, PayloadFault> {
        let mut number = 0;
        for (at, &byte) in self.rest.iter().enumerate().take(10) {
            // The tenth byte has room for one bit.
            if at == 9 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(number);
            }
        }
        Err(if self.rest.len() < 10 {
            PayloadFault::Truncated("a number")
        } else {
            PayloadFault::Varint("long")
        })
    }

    #[inline]
    pub(super) fn int(&mut self) -> Result<i32, PayloadFault> {
        let start = self.rest;
        i32::try_from(self.long()?).map_err(|_| {
            self.rest = start;
            PayloadFault::Varint("int")
        })
    }

    /// A boolean; as in Java, only a 1 is true, and any other byte is false.
    #[inline]
    pub(super) fn boolean(&mut self) -> Result<bool, PayloadFault> {
        self.array("a boolean").map(|byte: [u8; 1]| byte == [1])
    }

    #[inline]
    pub(super) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<[u8; N], PayloadFault> {
        let (bytes, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(PayloadFault::Truncated(what))?;
        self.rest = rest;
        Ok(*bytes)
    }

    #[inline]
    pub(super) fn take(
        &mut self,
        count: usize,
        what: &'static str,
    ) -> Result<&'p [u8], PayloadFault> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(PayloadFault::Truncated(what))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Bytes with their length before them.
    #[inline]
    pub(super) fn bytes(&mut self, what: &'static str) -> Result<&'p [u8], PayloadFault> {
        let start = self.rest;
        let Ok(length) = usize::try_from(self.long()?) else {
            self.rest = start;
            return Err(PayloadFault::Length);
        };
        self.take(length, what)
    }

    /// The count of items in an array's or map's next block; 0 at its end.
    #[inline]
    pub(super) fn block(&mut self) -> Result<usize, PayloadFault> {
        // Most counts are small and have no size with them.
        if let [byte, rest @ ..] = self.rest
            && byte & 0x81 == 0
        {
            self.rest = rest;
            return Ok(usize::from(byte >> 1));
        }
        self.sized_block().map(|(count, _)| count)
    }

    /// The count of items in the next block, and its size in bytes if that is given.
    #[inline]
    pub(super) fn sized_block(&mut self) -> Result<(usize, Option<usize>), PayloadFault> {
        let start = self.rest;
        let count = self.long()?;
        if let Ok(count) = usize::try_from(count) {
            return Ok((count, None));
        }
        let size = self.long()?;
        if size < 0 {
            self.rest = start;
            return Err(PayloadFault::Length);
        }
        match usize::try_from(size)
            .ok()
            .filter(|size| *size <= self.rest.len())
        {
            Some(size) => usize::try_from(count.unsigned_abs())
                .map(|count| (count, Some(size)))
                .map_err(|_| PayloadFault::Length),
            None => Err(PayloadFault::Truncated("a block")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn long(bytes: &[u8]) -> Result<i64, PayloadFault> {
        Reader::new(bytes).long()
    }

    #[test]
    fn integers_beyond_their_width_are_refused() {
        assert_eq!(
            long(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            Ok(i64::MAX)
        );
        assert_eq!(
            long(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            Ok(i64::MIN)
        );
        assert_eq!(
            long(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
            Err(PayloadFault::Varint("long"))
        );
        assert_eq!(
            long(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
            Err(PayloadFault::Varint("long"))
        );
        assert_eq!(long(b"\x80\x80"), Err(PayloadFault::Truncated("a number")));
        assert_eq!(long(b"\x82\x00"), Ok(1));
        assert_eq!(
            Reader::new(b"\x80\x80\x80\x80\x10").int(),
            Err(PayloadFault::Varint("int"))
        );
        assert_eq!(Reader::new(b"\xff\xff\xff\xff\x0f").int(), Ok(i32::MIN));
    }

    #[test]
    fn blocks_of_impossible_size_are_refused() {
        assert_eq!(Reader::new(b"\x03\x02\x00").block(), Ok(2));
        assert_eq!(
            Reader::new(b"\x03\x04\x00").block(),
            Err(PayloadFault::Truncated("a block"))
        );
        assert_eq!(
            Reader::new(b"\x03\x03\x00").block(),
            Err(PayloadFault::Length)
        );
        let lowest = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00";
        assert_eq!(Reader::new(lowest).block(), Ok(1 << 63));
    }

    /// Bytes that are longs of any length, whole or not.
    fn longs() -> impl Strategy<Value = Vec<u8>> {
        let part = (prop::collection::vec(0x80..=0xff_u8, 0..12), 0..0x80_u8);
        let long = part.prop_map(|(mut bytes, last)| {
            bytes.push(last);
            bytes
        });
        let several = prop::collection::vec(long, 0..3).prop_map(|all| all.concat());
        (several, prop::collection::vec(0x80..=0xff_u8, 0..4))
            .prop_map(|(whole, rest)| [whole, rest].concat())
    }

    proptest! {
        #[test]
        fn a_long_that_is_passed_over_ends_where_it_is_read(bytes in longs()) {
            let (mut passed, mut read) = (Reader::new(&bytes), Reader::new(&bytes));
            prop_assert_eq!(passed.skip_long(), read.long().map(drop));
            prop_assert_eq!(passed.rest, read.rest);
        }

        #[test]
        fn a_count_is_the_same_with_and_without_its_size(bytes in longs()) {
            let (mut block, mut sized) = (Reader::new(&bytes), Reader::new(&bytes));
            prop_assert_eq!(block.block(), sized.sized_block().map(|(count, _)| count));
            prop_assert_eq!(block.rest, sized.rest);
        }

        #[test]
        fn longs_are_read_back(number: i64) {
            let mut out = Vec::new();
            write_long(number, &mut out);
            prop_assert_eq!(long(&out), Ok(number));
        }

        #[test]
        fn a_length_filled_in_later_is_the_length_written_first(length in 0_usize..70_000, content: Vec<u8>) {
            let (mut first, mut later) = (Vec::new(), vec![]);
            write_length(length, &mut first);
            first.extend_from_slice(&content);
            let at = reserve_length(&mut later);
            later.extend_from_slice(&content);
            fill_length(length, at, &mut later);
            prop_assert_eq!(first, later);
        }
    }
}
