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

    proptest! {
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
