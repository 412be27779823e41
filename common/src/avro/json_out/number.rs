//! Floating-point numbers as JSON.

/// Appends a float: the shortest text that means it, or its name as a string.
///
/// Of the smallest numbers Java prints two digits, the ones nearest to the true value, where one would do: the text
/// of `f32::from_bits(1)` is `1.4E-45` there and `1.4e-45` here.
pub(crate) fn write_float(number: f32, out: &mut Vec<u8>) {
    if number.is_subnormal() {
        let shortest = format!("{number:e}");
        let text = if shortest.contains('.') {
            shortest
        } else {
            format!("{number:.1e}")
        };
        out.extend_from_slice(text.as_bytes());
    } else if number.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
    } else {
        write_special(number.into(), out);
    }
}

/// Appends a float that was an integer, with the digits that Java prints.
///
/// Where not all integers are floats these are more than the shortest text has: `9007199300000000.0` for 2^53, which
/// is nearer to the integer than `9007199000000000.0`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the number is whole and at most 2^63, and the digits kept are fewer than a double's"
)]
pub(super) fn write_whole_float(number: f32, out: &mut Vec<u8>) {
    let magnitude = number.abs() as u64;
    let bits = magnitude
        .checked_ilog2()
        .and_then(|bits| bits.checked_sub(25));
    match bits {
        Some(bits @ ..38) => {
            let unit = 10_u64.pow((1_u64 << bits).ilog10());
            let rounded = (magnitude + unit / 2) / unit * unit;
            write_double((rounded as f64).copysign(number.into()), out);
        }
        _ => write_float(number, out),
    }
}

/// Appends a double: the shortest text that means it, or its name as a string.
pub(crate) fn write_double(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
    } else {
        write_special(number, out);
    }
}

fn write_special(number: f64, out: &mut Vec<u8>) {
    let name: &[u8] = if number.is_nan() {
        b"\"NaN\""
    } else if number > 0.0 {
        b"\"Infinity\""
    } else {
        b"\"-Infinity\""
    };
    out.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn float(number: f32) -> String {
        let mut out = Vec::new();
        write_float(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_have_the_digits_that_java_prints() {
        for (number, text) in [
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e10, "10000000000.0"),
            (f32::from_bits(1), "1.4e-45"),
            (-f32::from_bits(2), "-2.8e-45"),
            (f32::MAX, "3.4028235e38"),
            (f32::NAN, "\"NaN\""),
            (f32::NEG_INFINITY, "\"-Infinity\""),
        ] {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn integers_that_became_floats_have_the_digits_that_java_prints() {
        for (number, text) in [
            (0.0, "0.0"),
            (-16_777_216.0, "-16777216.0"),
            (123_456_790.0, "123456792.0"),
            (3.4e10, "33999999000.0"),
            (9_007_199_254_740_992.0, "9007199300000000.0"),
            (9.223_371e18, "9.2233709e18"),
            (-9_223_372_036_854_775_808.0, "-9.223372e18"),
        ] {
            let mut out = Vec::new();
            write_whole_float(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    proptest! {
        #[test]
        fn integers_that_became_floats_are_read_back(number: i64) {
            #[expect(clippy::cast_precision_loss, reason = "that is what becomes of it")]
            let number = number as f32;
            let mut out = Vec::new();
            write_whole_float(number, &mut out);
            let read: f32 = std::str::from_utf8(&out).unwrap().parse().unwrap();
            prop_assert_eq!(read.to_bits(), number.to_bits());
        }

        #[test]
        fn numbers_are_read_back(bits: u32, wide: u64) {
            let (number, mut out) = (f32::from_bits(bits), Vec::new());
            prop_assume!(number.is_finite());
            prop_assert_eq!(float(number).parse::<f32>().unwrap().to_bits(), bits);
            let number = f64::from_bits(wide);
            prop_assume!(number.is_finite());
            write_double(number, &mut out);
            prop_assert_eq!(std::str::from_utf8(&out).unwrap().parse::<f64>().unwrap().to_bits(), wide);
        }
    }
}
