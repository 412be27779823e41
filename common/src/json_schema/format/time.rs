//! Dates and times as RFC 3339 has them, with Java's exceptions.

/// Passes exactly `count` digits and gives their number.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let is_number = head.bytes().all(|digit| digit.is_ascii_digit());
    Some((is_number.then(|| head.parse().ok())??, rest))
}

/// A number of two digits in `range`.
fn two(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<(u32, &str)> {
    digits(text, 2).filter(|(number, _)| range.contains(number))
}

/// `yyyy-MM-dd`, a day that exists; years beyond 9999 have a sign, as in Java.
fn date(text: &str) -> Option<(u32, &str)> {
    let (year, rest) = match text.strip_prefix('+') {
        Some(signed) => {
            let count = signed.find('-').filter(|count| (5..=9).contains(count))?;
            digits(signed, count)?
        }
        None => digits(text, 4)?,
    };
    let (month, rest) = two(rest.strip_prefix('-')?, 1..=12)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let (_, rest) = two(rest.strip_prefix('-')?, 1..=last)?;
    Some((year, rest))
}

/// `HH:mm:ss`, up to nine decimals, and `Z` or an offset of at most 18 hours. `24:00:00` ends a day.
fn time(text: &str) -> Option<()> {
    let (hour, rest) = two(text, 0..=24)?;
    let (minute, rest) = two(rest.strip_prefix(':')?, 0..=59)?;
    let (second, rest) = two(rest.strip_prefix(':')?, 0..=59)?;
    let (decimals, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let count = rest.find(|next: char| !next.is_ascii_digit())?;
            (1..=9).contains(&count).then(|| rest.split_at(count))?
        }
        None => ("", rest),
    };
    if hour == 24 && (minute, second, decimals.trim_end_matches('0')) != (0, 0, "") {
        return None;
    }
    if rest == "Z" {
        return Some(());
    }
    let (hours, rest) = two(rest.strip_prefix(['+', '-'])?, 0..=18)?;
    let (minutes, rest) = two(rest.strip_prefix(':')?, 0..=59)?;
    (rest.is_empty() && (hours < 18 || minutes == 0)).then_some(())
}

pub(super) fn is_date(text: &str) -> bool {
    let text = text
        .strip_prefix('-')
        .filter(|year| !year.starts_with('+'))
        .unwrap_or(text);
    date(text).is_some_and(|(_, rest)| rest.is_empty())
}

pub(super) fn is_time(text: &str) -> bool {
    time(text).is_some()
}

/// A date of year 1 or later, `T`, and a time.
pub(super) fn is_date_time(text: &str) -> bool {
    date(text)
        .filter(|(year, _)| *year > 0)
        .and_then(|(_, rest)| time(rest.strip_prefix('T')?))
        .is_some()
}
