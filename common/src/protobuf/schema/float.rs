//! Floating-point numbers as `protoc` prints them in descriptors.

/// The number's text: 15 significant digits if they mean it, else 17, with an exponent where that is shorter.
pub(super) fn text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let short = general(number, 15);
    if short.parse() == Ok(number) {
        short
    } else {
        general(number, 17)
    }
}

/// What C's `%.{digits}g` prints.
fn general(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..i32::try_from(digits).unwrap_or(i32::MAX)).contains(&exponent) {
        let decimals = i32::try_from(digits).unwrap_or(i32::MAX) - 1 - exponent;
        let fixed = format!("{number:.*}", usize::try_from(decimals).unwrap_or_default());
        return trimmed(&fixed).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

/// The number without zeros at its end.
fn trimmed(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_printed_as_protoc_prints_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (-1.5e10, "-15000000000"),
            (1e300, "1e+300"),
            (1e-5, "1e-05"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(super::text(number), text);
        }
    }
}
