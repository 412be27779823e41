//! Bytes from hexadecimal text, and back.

/// Why a text is no hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HexError {
    /// Two digits make a byte.
    #[error("an odd number of hex digits")]
    Odd,
    /// No digit.
    #[error("character {} is no hex digit", at + 1)]
    Digit {
        /// Where it stands, from 0.
        at: usize,
    },
}

/// Appends the bytes that a text stands for.
///
/// # Errors
/// See [`HexError`]; some bytes may have been appended.
pub(crate) fn append(text: &[u8], out: &mut Vec<u8>) -> Result<(), HexError> {
    let (pairs, rest) = text.as_chunks::<2>();
    out.reserve(pairs.len());
    for (at, &[high, low]) in pairs.iter().enumerate() {
        let high = digit(high).ok_or(HexError::Digit { at: 2 * at })?;
        let low = digit(low).ok_or(HexError::Digit { at: 2 * at + 1 })?;
        out.push(high << 4 | low);
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(HexError::Odd)
    }
}

/// Appends bytes as digits.
pub(crate) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [*byte >> 4, *byte & 15].map(|half| DIGITS[usize::from(half)]);
    out.extend(bytes.iter().flat_map(digits));
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_digits_of_both_cases_and_names_the_place_of_others() {
        let read = |text: &str| {
            let mut out = Vec::new();
            append(text.as_bytes(), &mut out).map(|()| out)
        };
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("00fFA9"), Ok(vec![0, 255, 0xa9]));
        let mut written = Vec::new();
        write(&[0, 255, 0xa9], &mut written);
        assert_eq!(written, b"00ffa9");
        assert_eq!(read("00f"), Err(HexError::Odd));
        assert_eq!(read("00x0"), Err(HexError::Digit { at: 2 }));
        assert_eq!(
            read("0 ").unwrap_err().to_string(),
            "character 2 is no hex digit"
        );
    }
}
