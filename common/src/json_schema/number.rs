//! Numbers by their text: compared and divided without rounding.

use std::cmp::Ordering;

/// A decimal number of any size and precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal<'t> {
    negative: bool,
    /// The digits from the first that is not 0 on, before and behind the point; empty for zero.
    before: &'t [u8],
    behind: &'t [u8],
    /// How many digits the number has before its point, which is negative if zeros follow the point.
    magnitude: i64,
}

/// Exponents beyond this are treated as this: far from any number that a record means.
const MOST_EXPONENT: i64 = 1 << 60;

impl<'t> Decimal<'t> {
    /// Reads the text of a JSON number.
    pub(super) fn new(text: &'t [u8]) -> Self {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let (mantissa, exponent) = split(text, |byte| matches!(byte, b'e' | b'E'));
        let (before, behind) = split(mantissa, |byte| byte == b'.');
        let exponent = exponent_of(exponent);
        let zeros = |digits: &[u8]| digits.iter().take_while(|digit| **digit == b'0').count();
        let leading = zeros(before);
        if leading < before.len() {
            let before = &before[leading..];
            let magnitude = length(before) + exponent;
            return Self {
                negative,
                before,
                behind,
                magnitude,
            };
        }
        let leading = zeros(behind);
        let behind = &behind[leading..];
        let magnitude = exponent - i64::try_from(leading).unwrap_or(MOST_EXPONENT);
        Self {
            negative,
            before: &[],
            behind,
            magnitude,
        }
    }

    fn is_zero(&self) -> bool {
        self.before.is_empty() && self.behind.is_empty()
    }

    fn digits(&self) -> impl Iterator<Item = u8> + use<'t> {
        self.before
            .iter()
            .chain(self.behind)
            .map(|digit| digit - b'0')
    }

    /// The count of digits without the zeros at the end.
    fn significant(&self) -> usize {
        let zeros = |digits: &[u8]| {
            digits
                .iter()
                .rev()
                .take_while(|digit| **digit == b'0')
                .count()
        };
        let behind = zeros(self.behind);
        if behind < self.behind.len() {
            return self.before.len() + self.behind.len() - behind;
        }
        self.before.len() - zeros(self.before)
    }

    pub(super) fn compare(&self, other: &Decimal<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => {
                return if other.negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                };
            }
            (false, true) => {
                return if self.negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
            }
            (false, false) => {}
        }
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_sizes(other),
            (true, true) => other.compare_sizes(self),
        }
    }

    fn compare_sizes(&self, other: &Decimal<'_>) -> Ordering {
        self.magnitude.cmp(&other.magnitude).then_with(|| {
            let (left, right) = (self.significant(), other.significant());
            self.digits().take(left).cmp(other.digits().take(right))
        })
    }

    /// Appends a text that equal numbers share.
    pub(super) fn write_normal(&self, out: &mut String) {
        if self.is_zero() {
            out.push('0');
            return;
        }
        if self.negative {
            out.push('-');
        }
        let digits = self.digits().take(self.significant());
        out.extend(digits.map(|digit| char::from(b'0' + digit)));
        out.push('e');
        out.push_str(&self.magnitude.to_string());
    }

    /// A hash that equal numbers share.
    pub(super) fn hash(&self) -> u64 {
        if self.is_zero() {
            return 0;
        }
        let start = self.magnitude.unsigned_abs() << 1 | u64::from(self.negative);
        self.digits()
            .take(self.significant())
            .fold(start, |hash, digit| {
                super::equality::mix(hash, digit.into())
            })
    }
}

/// What is before and behind the first byte that `is_separator`.
fn split(text: &[u8], is_separator: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| is_separator(*byte)) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[]),
    }
}

fn length(digits: &[u8]) -> i64 {
    i64::try_from(digits.len()).unwrap_or(MOST_EXPONENT)
}

fn exponent_of(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    let size = digits.iter().fold(0_i64, |size, digit| {
        (size
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0')))
        .min(MOST_EXPONENT)
    });
    if negative { -size } else { size }
}

/// What numbers must be a multiple of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Divisor {
    /// The digits without zeros at the end.
    mantissa: u128,
    exponent: i64,
}

impl Divisor {
    /// Most digits, so that ten times a remainder is below 2^128.
    pub(super) const DIGITS: usize = 37;

    /// A divisor, or `None` if it is zero or too long.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        let decimal = Decimal::new(text);
        let digits = decimal.significant();
        if decimal.is_zero() || digits > Self::DIGITS {
            return None;
        }
        let mantissa = decimal
            .digits()
            .take(digits)
            .fold(0_u128, |mantissa, digit| mantissa * 10 + u128::from(digit));
        let exponent = decimal.magnitude - i64::try_from(digits).ok()?;
        Some(Self { mantissa, exponent })
    }

    /// Whether a number is a multiple, by long division.
    pub(super) fn divides(&self, number: &Decimal<'_>) -> bool {
        if number.is_zero() {
            return true;
        }
        let digits = number.significant();
        let exponent = number.magnitude - i64::try_from(digits).unwrap_or(MOST_EXPONENT);
        // The number's digits do not end in 0, so no power of ten divides them.
        let Ok(zeros) = u32::try_from((exponent - self.exponent).min(128)) else {
            return false;
        };
        let step =
            |remainder: u128, digit: u8| (remainder * 10 + u128::from(digit)) % self.mantissa;
        let remainder = number.digits().take(digits).fold(0, step);
        // More than 128 zeros add no factor that the mantissa, below 2^128, may lack.
        (0..zeros).fold(remainder, |remainder, _| step(remainder, 0)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_without_rounding() {
        let sorted = [
            "-1e400",
            "-18446744073709551616",
            "-10",
            "-9.5",
            "-1e-400",
            "0",
            "1e-400",
            "0.07",
            "0.0700001",
            "1",
            "9007199254740992",
            "9007199254740992.5",
            "9007199254740993",
            "1e400",
            "1.0001e400",
            "1e999999999999999999",
        ];
        for (left_at, left) in sorted.iter().enumerate() {
            for (right_at, right) in sorted.iter().enumerate() {
                let order = Decimal::new(left.as_bytes()).compare(&Decimal::new(right.as_bytes()));
                assert_eq!(order, left_at.cmp(&right_at), "{left} and {right}");
            }
        }
    }

    #[test]
    fn the_same_number_written_otherwise_is_equal() {
        for (left, right) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("0", "-0.0"),
            ("0", "0e99"),
            ("0.001", "1E-3"),
            ("12.50", "0.125e+2"),
            ("1000000000000000000000", "1e21"),
            ("0e1", "0.000"),
        ] {
            let (left, right) = (
                Decimal::new(left.as_bytes()),
                Decimal::new(right.as_bytes()),
            );
            assert_eq!(
                left.compare(&right),
                Ordering::Equal,
                "{left:?} and {right:?}"
            );
            assert_eq!(left.hash(), right.hash());
            let (mut one, mut other) = (String::new(), String::new());
            left.write_normal(&mut one);
            right.write_normal(&mut other);
            assert_eq!(one, other);
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (number, divisor, is_multiple) in [
            ("0.07", "0.01", true),
            ("0.075", "0.01", false),
            ("19.99", "0.01", true),
            ("1", "0.01", true),
            ("9", "3", true),
            ("10", "3", false),
            ("-9", "3", true),
            ("0", "7", true),
            ("1e400", "7", false),
            ("7e400", "7", true),
            ("1e400", "1e-400", true),
            ("123456789012345678.05", "0.1", false),
            ("1e2", "25", true),
            ("5", "10", false),
            ("1e300", "1267650600228229401496703205376", true),
            ("340282366920938463463374607431768211456", "2", true),
            ("4.5", "1.5", true),
            ("1e-7", "1e-7", true),
        ] {
            let divisor = Divisor::new(divisor.as_bytes()).unwrap();
            assert_eq!(
                divisor.divides(&Decimal::new(number.as_bytes())),
                is_multiple,
                "{number} by {divisor:?}"
            );
        }
        assert!(Divisor::new(b"0.0").is_none());
        assert!(Divisor::new("1".repeat(38).as_bytes()).is_none());
    }
}
