//! Decimals: big-endian two's complement bytes and their text with a fixed count of decimals.

/// Most digits a decimal may have here; with more, its type is plain bytes or fixed.
pub(in crate::avro) const MAX_PRECISION: u32 = 1000;

/// Longest value in bytes, without needless sign bytes, that is printed.
///
/// Printing takes time that grows with the square of the length; 1000 digits need 416 bytes.
pub(in crate::avro) const MAX_BYTES: usize = 512;

/// Count of digits that every number of so many bytes can have.
pub(in crate::avro) fn digits_in(bytes: usize) -> u32 {
    // log10(2) as a fraction that is exact enough for the bytes of MAX_PRECISION digits.
    let bits = bytes.min(MAX_BYTES).saturating_mul(8).saturating_sub(1);
    u32::try_from(bits * 30_103 / 100_000).unwrap_or(MAX_PRECISION)
}

/// Appends the text of the number that `bytes` are, `scale` digits behind the point; no bytes are 0.
///
/// Gives false, and appends nothing, if the number has more than [`MAX_BYTES`] bytes.
pub(in crate::avro) fn write(bytes: &[u8], scale: u32, out: &mut Vec<u8>) -> bool {
    let bytes = without_sign_bytes(bytes);
    if bytes.len() > MAX_BYTES {
        return false;
    }
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    if negative {
        out.push(b'-');
    }
    if bytes.len() <= 16 {
        let fill = if negative { 0xff } else { 0 };
        let mut wide = [fill; 16];
        wide[16 - bytes.len()..].copy_from_slice(bytes);
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(i128::from_be_bytes(wide).unsigned_abs());
        put(digits.as_bytes(), scale, out);
    } else {
        put(&big_digits(bytes, negative), scale, out);
    }
    true
}

/// Drops leading bytes that only repeat the sign.
fn without_sign_bytes(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && let Some(next) = rest.first()
        && matches!((first, next & 0x80), (0, 0) | (0xff, 0x80))
    {
        bytes = rest;
    }
    bytes
}

fn put(digits: &[u8], scale: u32, out: &mut Vec<u8>) {
    let scale = scale as usize;
    if scale == 0 {
        out.extend_from_slice(digits);
        return;
    }
    match digits.split_at_checked(digits.len().saturating_sub(scale)) {
        Some((whole, decimals)) if !whole.is_empty() => {
            out.extend_from_slice(whole);
            out.push(b'.');
            out.extend_from_slice(decimals);
        }
        _ => {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + scale - digits.len(), b'0');
            out.extend_from_slice(digits);
        }
    }
}

/// The decimal digits of a number's magnitude.
fn big_digits(bytes: &[u8], negative: bool) -> Vec<u8> {
    let mut magnitude = bytes.to_vec();
    if negative {
        negate(&mut magnitude);
    }
    // Limbs of 32 bits, most significant first, divided by 10^9 until nothing is left.
    let mut limbs: Vec<u32> = magnitude
        .rchunks(4)
        .rev()
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |limb, byte| limb << 8 | u32::from(*byte))
        })
        .collect();
    let mut groups = Vec::new();
    while limbs.iter().any(|limb| *limb != 0) {
        let mut rest = 0_u64;
        for limb in &mut limbs {
            let value = rest << 32 | u64::from(*limb);
            *limb = u32::try_from(value / 1_000_000_000).unwrap_or_default();
            rest = value % 1_000_000_000;
        }
        groups.push(rest);
    }
    let mut digits = groups.pop().unwrap_or_default().to_string().into_bytes();
    for group in groups.iter().rev() {
        digits.extend_from_slice(format!("{group:09}").as_bytes());
    }
    digits
}

/// Negates a two's complement number in place; the lowest number keeps its bytes, which are its magnitude.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        let (value, overflow) = (!*byte).overflowing_add(u8::from(carry));
        *byte = value;
        carry = overflow;
    }
}

/// The shortest bytes of the number that `text` spells, times ten to the power of `scale`.
///
/// `None` if the text is no decimal number, has more than `precision` digits at that scale, or has decimals beyond
/// the scale that are not zero.
pub(in crate::avro) fn parse(text: &str, precision: u32, scale: u32) -> Option<Vec<u8>> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (text, 0),
    };
    let (whole, decimals) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(decimals.bytes())
            .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let mut digits = [whole.as_bytes(), decimals.as_bytes()].concat();
    let shift = exponent + i64::from(scale) - i64::try_from(decimals.len()).ok()?;
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..leading);
    if digits.is_empty() {
        return Some(vec![0]);
    }
    match usize::try_from(shift) {
        Ok(zeros) if zeros.saturating_add(digits.len()) <= precision as usize => {
            digits.resize(digits.len() + zeros, b'0');
        }
        Ok(_) => return None,
        Err(_) => {
            let kept = digits
                .len()
                .checked_sub(usize::try_from(shift.unsigned_abs()).ok()?)?;
            if digits.split_off(kept).iter().any(|digit| *digit != b'0') {
                return None;
            }
        }
    }
    (digits.len() <= precision as usize).then(|| bytes_of(&digits, negative))
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Beyond any precision, so its exact value does not matter.
    let magnitude = digits.parse().unwrap_or(u32::MAX);
    Some(if text.starts_with('-') {
        -i64::from(magnitude)
    } else {
        i64::from(magnitude)
    })
}

/// The shortest two's complement bytes of a number given by its digits.
fn bytes_of(digits: &[u8], negative: bool) -> Vec<u8> {
    // Limbs of 32 bits, least significant first.
    let mut limbs: Vec<u32> = Vec::new();
    for group in digits.chunks(9) {
        let base = 10_u64.pow(u32::try_from(group.len()).unwrap_or(9));
        let mut carry = group
            .iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        for limb in &mut limbs {
            let value = u64::from(*limb) * base + carry;
            *limb = u32::try_from(value & 0xffff_ffff).unwrap_or_default();
            carry = value >> 32;
        }
        if carry > 0 {
            limbs.push(u32::try_from(carry).unwrap_or_default());
        }
    }
    let mut bytes = vec![0];
    bytes.extend(limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()));
    if negative {
        negate(&mut bytes);
    }
    without_sign_bytes(&bytes).to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(bytes: &[u8], scale: u32) -> String {
        let mut out = Vec::new();
        assert!(write(bytes, scale, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bytes_and_texts_correspond() {
        for (bytes, scale, expected) in [
            (&[0x04, 0xd2][..], 2, "12.34"),
            (&[0xfb, 0x2e], 2, "-12.34"),
            (&[0], 2, "0.00"),
            (&[0xff], 2, "-0.01"),
            (&[0x80], 0, "-128"),
            (&[5], 3, "0.005"),
            (
                &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                0,
                "2361183241434822606847",
            ),
        ] {
            assert_eq!(text(bytes, scale), expected);
            assert_eq!(
                parse(expected, 30, scale).as_deref(),
                Some(bytes),
                "{expected}"
            );
        }
        assert_eq!(text(&[0, 0, 0, 0x30, 0x39], 4), "1.2345");
        assert_eq!(text(&[], 1), "0.0");
        let mut lowest = vec![0; 20];
        lowest[0] = 0x80;
        assert_eq!(
            text(&lowest, 0),
            "-730750818665451459101842416358141509827966271488"
        );
        assert_eq!(parse(&text(&lowest, 7), 60, 7), Some(lowest));
    }

    #[test]
    fn only_what_fits_precision_and_scale_is_read() {
        for (text, unscaled) in [
            ("12.34", Some(1234)),
            ("12.3", Some(1230)),
            ("12.3400", Some(1234)),
            ("012.34", Some(1234)),
            ("-0", Some(0)),
            ("1.2e1", Some(1200)),
            ("1200E-2", Some(1200)),
            ("99.99", Some(9999)),
            ("0e99999999999999999999", Some(0)),
            ("100", None),
            ("12.345", None),
            ("1e99999999999999999999", None),
            ("1e-99999999999999999999", None),
            ("", None),
            ("-", None),
            ("+1", None),
            (".5", None),
            ("5.", None),
            ("1e", None),
            ("1,5", None),
            (" 1", None),
            ("NaN", None),
            ("é", None),
        ] {
            let bytes =
                unscaled.map(|number: i16| without_sign_bytes(&number.to_be_bytes()).to_vec());
            assert_eq!(parse(text, 4, 2), bytes, "{text}");
        }
    }

    #[test]
    fn sizes_hold_the_digits_that_java_computes() {
        for (bytes, digits) in [
            (0, 0),
            (1, 2),
            (2, 4),
            (3, 6),
            (4, 9),
            (5, 11),
            (8, 18),
            (12, 28),
            (16, 38),
            (32, 76),
        ] {
            assert_eq!(digits_in(bytes), digits, "{bytes} bytes");
        }
    }

    #[test]
    fn a_decimal_of_many_bytes_is_refused() {
        assert!(!write(&[1; MAX_BYTES + 1], 2, &mut Vec::new()));
        assert!(write(&vec![0; 100_000], 2, &mut Vec::new()));
        assert!(write(&[0x80; MAX_BYTES], 2, &mut Vec::new()));
    }

    proptest! {
        #[test]
        fn texts_are_read_back(bytes in prop::collection::vec(any::<u8>(), 0..60), scale in 0_u32..40) {
            let written = text(&bytes, scale);
            let read = parse(&written, 200, scale).unwrap();
            prop_assert_eq!(text(&read, scale), written);
            let short = if bytes.is_empty() { &[0][..] } else { without_sign_bytes(&bytes) };
            prop_assert_eq!(&read[..], short);
        }

        #[test]
        fn numbers_print_as_integers(number: i128) {
            prop_assert_eq!(text(&number.to_be_bytes(), 0), number.to_string());
        }

        #[test]
        fn no_text_panics(text in "-?[0-9.eE+-]{0,20}") {
            let _any = parse(&text, 5, 2);
        }
    }
}
