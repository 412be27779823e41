//! Avro durations: months, days and milliseconds, each 32 bits, little-endian.

/// Appends the text: `P1M2DT0.003S`.
pub(in crate::avro) fn write(bytes: [u8; 12], out: &mut Vec<u8>) {
    let [months, days, millis] = parts(bytes);
    let mut buffer = itoa::Buffer::new();
    out.push(b'P');
    out.extend_from_slice(buffer.format(months).as_bytes());
    out.push(b'M');
    out.extend_from_slice(buffer.format(days).as_bytes());
    out.extend_from_slice(b"DT");
    out.extend_from_slice(buffer.format(millis / 1000).as_bytes());
    // 1003 prints as `1003`: the thousand holds the leading zeros.
    let fraction = buffer.format(1000 + millis % 1000);
    out.push(b'.');
    out.extend_from_slice(fraction.get(1..).unwrap_or_default().as_bytes());
    out.push(b'S');
}

fn parts(bytes: [u8; 12]) -> [u32; 3] {
    let part =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    [part(0), part(4), part(8)]
}

/// The bytes of an ISO 8601 duration.
///
/// Years count twelve months, weeks seven days; hours, minutes and seconds become milliseconds. Units come in
/// their order, each once; only seconds may have a fraction, finer than milliseconds only in zeros.
pub(in crate::avro) fn parse(text: &str) -> Option<[u8; 12]> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let [years, months, weeks, days] = units(date, [b'Y', b'M', b'W', b'D'], false)?;
    let [hours, minutes, seconds] = units(time, [b'H', b'M', b'S'], true)?;
    let months = years.checked_mul(12)?.checked_add(months)? / 1000;
    let days = weeks.checked_mul(7)?.checked_add(days)? / 1000;
    let millis = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(seconds)?;
    let mut bytes = [0; 12];
    for (part, chunk) in [months, days, millis]
        .into_iter()
        .zip(bytes.chunks_exact_mut(4))
    {
        chunk.copy_from_slice(&u32::try_from(part).ok()?.to_le_bytes());
    }
    Some(bytes)
}

/// The amounts before each unit, in thousandths; those that are not there are 0.
fn units<const N: usize>(text: &str, units: [u8; N], fraction: bool) -> Option<[u64; N]> {
    let mut amounts = [0; N];
    let mut rest = text;
    let mut next = 0;
    while !rest.is_empty() {
        let at = rest.find(|character: char| character.is_ascii_alphabetic())?;
        let (amount, behind) = rest.split_at(at);
        let unit = behind.as_bytes().first()?;
        let index = next + units.get(next..)?.iter().position(|known| known == unit)?;
        amounts[index] = thousandths(amount, fraction && index + 1 == N)?;
        next = index + 1;
        rest = behind.get(1..)?;
    }
    Some(amounts)
}

fn thousandths(text: &str, fraction: bool) -> Option<u64> {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if fraction && !decimals.is_empty() => (whole, decimals),
        Some(_) => return None,
        None => (text, ""),
    };
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(decimals.bytes())
            .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let (kept, dropped) = decimals.split_at(decimals.len().min(3));
    if dropped.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let kept = format!("{kept:0<3}").parse::<u64>().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(months: u32, days: u32, millis: u32) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&months.to_le_bytes());
        bytes[4..8].copy_from_slice(&days.to_le_bytes());
        bytes[8..].copy_from_slice(&millis.to_le_bytes());
        bytes
    }

    #[test]
    fn texts_are_read() {
        for (text, parts) in [
            ("P1M2DT0.003S", Some((1, 2, 3))),
            ("P0M0DT0.000S", Some((0, 0, 0))),
            ("P1Y2M1W3DT1H1M1.5S", Some((14, 10, 3_661_500))),
            ("PT4294967.295S", Some((0, 0, u32::MAX))),
            ("PT1.1230S", Some((0, 0, 1123))),
            ("PT4294967.296S", None),
            ("P4294967296D", None),
            ("P99999999999999999999Y", None),
            ("PT1.1234S", None),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("P1", None),
            ("P1.5D", None),
            ("P2D1M", None),
            ("P1D1D", None),
            ("P-1D", None),
            ("1D", None),
            ("P1é", None),
            ("PT1.S", None),
        ] {
            assert_eq!(
                parse(text),
                parts.map(|(months, days, millis)| bytes(months, days, millis)),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn texts_are_read_back(value: [u8; 12]) {
            let mut out = Vec::new();
            write(value, &mut out);
            prop_assert_eq!(parse(std::str::from_utf8(&out).unwrap()), Some(value));
        }

        #[test]
        fn no_text_panics(text in "P?[0-9YMWDTHS.-]{0,20}") {
            let _any = parse(&text);
        }
    }
}
