//! Hand-written code for the record `order` read with another schema.
//!
//! It shares nothing with the other floors: what two of them share is not inlined in either, and slows both down.

/// The rest of an Avro payload.
struct Payload<'p>(&'p [u8]);

impl<'p> Payload<'p> {
    #[inline]
    fn long(&mut self) -> Option<i64> {
        let (mut zigzag, mut shift) = (0_u64, 0);
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            zigzag |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
            }
            shift += 7;
            if shift > 63 {
                return None;
            }
        }
    }

    #[inline]
    fn text(&mut self) -> Option<&'p str> {
        let length = usize::try_from(self.long()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

fn put_json_text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    // Escapes are beyond the floor.
    if text
        .bytes()
        .any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'))
    {
        return None;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Some(())
}

fn put_number(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn two(number: u32) -> [u8; 2] {
    [
        b'0' + u8::try_from(number / 10).unwrap_or(0),
        b'0' + u8::try_from(number % 10).unwrap_or(0),
    ]
}

/// An instant after 1970 and before 10000 as ISO 8601 text.
fn put_instant(millis: i64, out: &mut Vec<u8>) -> Option<()> {
    let millis = u64::try_from(millis).ok()?;
    let (days, rest) = (
        u32::try_from(millis / 86_400_000).ok()?,
        u32::try_from(millis % 86_400_000).ok()?,
    );
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = 400 * era + year_of_era + u32::from(month <= 2);
    let mut text = *b"\"0000-00-00T00:00:00.000Z\"";
    text[1..3].copy_from_slice(&two(year / 100));
    text[3..5].copy_from_slice(&two(year % 100));
    text[6..8].copy_from_slice(&two(month));
    text[9..11].copy_from_slice(&two(day));
    text[12..14].copy_from_slice(&two(rest / 3_600_000));
    text[15..17].copy_from_slice(&two(rest / 60_000 % 60));
    text[18..20].copy_from_slice(&two(rest / 1000 % 60));
    text[21] = b'0' + u8::try_from(rest / 100 % 10).unwrap_or(0);
    text[22..24].copy_from_slice(&two(rest % 100));
    out.extend_from_slice(&text);
    Some(())
}

#[expect(clippy::cast_precision_loss, reason = "quantities are small")]
fn put_double(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(ryu::Buffer::new().format(number as f64).as_bytes());
}

/// Appends the JSON text of an order's frame as a reader wants it: no user, a channel by default, quantities as
/// doubles.
pub(crate) fn frame_to_json(frame: &[u8], plain: bool, out: &mut Vec<u8>) -> Option<()> {
    let (header, payload) = frame.split_at_checked(18)?;
    if header[0] != 3 || header[1] != 0 {
        return None;
    }
    let mut payload = Payload(payload);
    out.extend_from_slice(b"{\"order_id\":");
    put_json_text(payload.text()?, out)?;
    out.extend_from_slice(b",\"ordered_at\":");
    let instant = payload.long()?;
    if plain {
        put_instant(instant, out)?;
    } else {
        put_number(instant, out);
    }
    payload.text()?;
    out.extend_from_slice(b",\"channel\":\"web\",\"order_items\":[");
    let mut first = true;
    loop {
        let count = payload.long()?;
        if count == 0 {
            break;
        }
        for _ in 0..count {
            out.extend_from_slice(if first {
                b"{\"product_id\":"
            } else {
                b",{\"product_id\":"
            });
            first = false;
            put_number(payload.long()?, out);
            out.extend_from_slice(b",\"quantity\":");
            put_double(payload.long()?, out);
            out.push(b'}');
        }
    }
    out.extend_from_slice(b"]}");
    Some(())
}
