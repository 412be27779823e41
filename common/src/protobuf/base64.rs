//! Bytes as base 64 text.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends `bytes` in base 64 with padding.
pub(super) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len().div_ceil(3) * 4);
    let digit = |bits: u32| DIGITS[(bits & 63) as usize];
    let (groups, rest) = bytes.as_chunks::<3>();
    for &[first, second, third] in groups {
        let bits = u32::from_be_bytes([0, first, second, third]);
        out.extend_from_slice(&[
            digit(bits >> 18),
            digit(bits >> 12),
            digit(bits >> 6),
            digit(bits),
        ]);
    }
    match *rest {
        [first] => {
            let bits = u32::from(first) << 4;
            out.extend_from_slice(&[digit(bits >> 6), digit(bits), b'=', b'=']);
        }
        [first, second] => {
            let bits = u32::from_be_bytes([0, 0, first, second]) << 2;
            out.extend_from_slice(&[digit(bits >> 12), digit(bits >> 6), digit(bits), b'=']);
        }
        _ => {}
    }
}

/// Appends the bytes of a text in base 64, of either alphabet, with or without padding; gives false if it is none.
pub(super) fn read(text: &[u8], out: &mut Vec<u8>) -> bool {
    let unpadded = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    if unpadded.len() < text.len() && !text.len().is_multiple_of(4) {
        return false;
    }
    for group in unpadded.chunks(4) {
        let mut bits = 0;
        for &byte in group {
            let Some(value) = value(byte) else {
                return false;
            };
            bits = bits << 6 | value;
        }
        let [_, bytes @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        match group.len() {
            1 => return false,
            count => out.extend_from_slice(&bytes[..count - 1]),
        }
    }
    true
}

const fn value(digit: u8) -> Option<u32> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_alphabets_are_read() {
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("AP8=", Some(b"\x00\xff")),
            ("AP8", Some(b"\x00\xff")),
            ("-_-_", Some(b"\xfb\xff\xbf")),
            ("+/+/", Some(b"\xfb\xff\xbf")),
            ("Zg==", Some(b"f")),
            ("Zg", Some(b"f")),
            ("Z", None),
            ("Zg=", None),
            ("Z===", None),
            ("Zm 9", None),
        ] {
            let mut out = Vec::new();
            assert_eq!(
                read(text.as_bytes(), &mut out).then_some(&out[..]),
                bytes,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let (mut text, mut again) = (Vec::new(), Vec::new());
            write(&bytes, &mut text);
            prop_assert!(read(&text, &mut again));
            prop_assert_eq!(again, bytes);
        }
    }
}
