//! Appending and comparing few bytes without a call.
//!
//! A copy or comparison whose length is known only at run time is a call into libc, which costs more than the few
//! bytes of a key or a number. Here a fixed count of bytes is copied and what is too much is cut off again.

/// Appends the first `length` bytes of an array.
#[inline]
pub(crate) fn append<const N: usize>(bytes: [u8; N], length: usize, out: &mut Vec<u8>) {
    let end = out.len() + length.min(N);
    out.extend_from_slice(&bytes);
    out.truncate(end);
}

/// Whether two texts of the length of a name are equal.
#[inline]
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    match left.len() {
        // Two overlapping parts cover all bytes.
        4..8 => {
            left.first_chunk::<4>() == right.first_chunk()
                && left.last_chunk::<4>() == right.last_chunk()
        }
        8..16 => {
            left.first_chunk::<8>() == right.first_chunk()
                && left.last_chunk::<8>() == right.last_chunk()
        }
        16..=32 => {
            left.first_chunk::<16>() == right.first_chunk()
                && left.last_chunk::<16>() == right.last_chunk()
        }
        _ => left == right,
    }
}

/// A text that is appended often and is short most of the time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Piece {
    short: [u8; Piece::SHORT],
    text: Box<[u8]>,
}

impl Piece {
    const SHORT: usize = 32;

    pub(crate) fn new(text: Vec<u8>) -> Self {
        let mut short = [0; Self::SHORT];
        if let Some(start) = short.get_mut(..text.len()) {
            start.copy_from_slice(&text);
        }
        Self {
            short,
            text: text.into(),
        }
    }

    #[inline]
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        if self.text.len() <= Self::SHORT {
            append(self.short, self.text.len(), out);
        } else {
            out.extend_from_slice(&self.text);
        }
    }
}

/// Appends a number's decimal digits.
#[inline]
pub(crate) fn append_number(number: i64, out: &mut Vec<u8>) {
    match u32::try_from(number) {
        Ok(small) if small < 10_000 => append_small(small, out),
        _ => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
    }
}

/// Appends a number below 10,000.
#[inline]
fn append_small(number: u32, out: &mut Vec<u8>) {
    let digit = |divisor: u32| number / divisor % 10;
    // The highest digit in the lowest byte, where it comes first.
    let digits = digit(1000) | digit(100) << 8 | digit(10) << 16 | digit(1) << 24 | 0x3030_3030;
    let zeros = usize::from(number < 1000) + usize::from(number < 100) + usize::from(number < 10);
    append((digits >> (8 * zeros)).to_le_bytes(), 4 - zeros, out);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_numbers_have_their_digits() {
        for number in (0..20_000).chain([-1, i64::MAX, i64::MIN]) {
            let mut out = b"x".to_vec();
            append_number(number, &mut out);
            assert_eq!(out, format!("x{number}").as_bytes());
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_length_are_appended(text in prop::collection::vec(any::<u8>(), 0..70)) {
            let mut out = b"x".to_vec();
            Piece::new(text.clone()).append_to(&mut out);
            prop_assert_eq!(out, [b"x", &text[..]].concat());
        }

        #[test]
        fn texts_are_the_same_if_all_bytes_are(text in prop::collection::vec(0_u8..2, 1..40), at: prop::sample::Index) {
            let mut other = text.clone();
            prop_assert!(same(&text, &other));
            let at = at.index(text.len());
            other[at] ^= 1;
            prop_assert!(!same(&text, &other));
            prop_assert!(!same(&text, &text[1..]));
        }
    }
}
