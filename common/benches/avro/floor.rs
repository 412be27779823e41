//! Hand-written code for the record `order` alone: the least that each step can cost.

use serde::{Deserialize, Serialize};

/// An order with texts of its own, or with the payload's.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "Order")]
pub(crate) struct Record<T = String> {
    pub(crate) order_id: T,
    pub(crate) ordered_at: i64,
    pub(crate) user_id: T,
    pub(crate) order_items: Vec<Item>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "OrderItem")]
pub(crate) struct Item {
    pub(crate) product_id: i64,
    pub(crate) quantity: i64,
}

#[inline]
fn put_long(number: i64, out: &mut Vec<u8>) {
    let mut zigzag = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while zigzag >= 0x80 {
        out.push(zigzag.to_le_bytes()[0] | 0x80);
        zigzag >>= 7;
    }
    out.push(zigzag.to_le_bytes()[0]);
}

#[inline]
fn put_text(text: &[u8], out: &mut Vec<u8>) {
    put_long(i64::try_from(text.len()).unwrap_or(i64::MAX), out);
    out.extend_from_slice(text);
}

/// Appends the Avro bytes of an order.
pub(crate) fn struct_to_avro(order: &Record, out: &mut Vec<u8>) {
    put_text(order.order_id.as_bytes(), out);
    put_long(order.ordered_at, out);
    put_text(order.user_id.as_bytes(), out);
    if !order.order_items.is_empty() {
        put_long(
            i64::try_from(order.order_items.len()).unwrap_or(i64::MAX),
            out,
        );
        for item in &order.order_items {
            put_long(item.product_id, out);
            put_long(item.quantity, out);
        }
    }
    out.push(0);
}

/// The rest of a JSON text.
struct Text<'t>(&'t [u8]);

impl<'t> Text<'t> {
    fn space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        self.space();
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        (byte == wanted).then_some(())
    }

    fn key(&mut self, quoted: &[u8]) -> Option<()> {
        self.space();
        self.0 = self.0.strip_prefix(quoted)?;
        self.byte(b':')
    }

    /// A string without escapes.
    fn text(&mut self) -> Option<&'t [u8]> {
        self.byte(b'"')?;
        let length = self
            .0
            .iter()
            .position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'))?;
        let (text, rest) = self.0.split_at(length);
        self.0 = rest.strip_prefix(b"\"")?;
        Some(text)
    }

    fn long(&mut self) -> Option<i64> {
        self.space();
        let negative = self.0.first() == Some(&b'-');
        let digits = if negative { self.0.get(1..)? } else { self.0 };
        let (mut number, mut length) = (0_i64, 0);
        for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
            number = number
                .checked_mul(10)?
                .checked_add(i64::from(digit - b'0'))?;
            length += 1;
        }
        self.0 = digits.get(length..)?;
        if length == 0 || matches!(self.0.first(), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        Some(if negative { -number } else { number })
    }
}

/// Appends the Avro bytes of an order's JSON text: keys in order, no escapes, the instant as a number.
pub(crate) fn json_to_avro(json: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut text = Text(std::str::from_utf8(json).ok()?.as_bytes());
    text.byte(b'{')?;
    text.key(b"\"order_id\"")?;
    put_text(text.text()?, out);
    text.byte(b',')?;
    text.key(b"\"ordered_at\"")?;
    put_long(text.long()?, out);
    text.byte(b',')?;
    text.key(b"\"user_id\"")?;
    put_text(text.text()?, out);
    text.byte(b',')?;
    text.key(b"\"order_items\"")?;
    text.byte(b'[')?;
    let at = out.len();
    out.push(0);
    let mut count = 0_u8;
    text.space();
    if text.0.first() != Some(&b']') {
        loop {
            text.byte(b'{')?;
            text.key(b"\"product_id\"")?;
            put_long(text.long()?, out);
            text.byte(b',')?;
            text.key(b"\"quantity\"")?;
            put_long(text.long()?, out);
            text.byte(b'}')?;
            count = count.checked_add(1).filter(|count| *count < 64)?;
            text.space();
            if text.0.first() != Some(&b',') {
                break;
            }
            text.byte(b',')?;
        }
        out[at] = count << 1;
        out.push(0);
    }
    text.byte(b']')?;
    text.byte(b'}')?;
    text.space();
    text.0.is_empty().then_some(())
}

/// The rest of an Avro payload.
pub(crate) struct Payload<'p>(pub(crate) &'p [u8]);

impl<'p> Payload<'p> {
    #[inline]
    pub(crate) fn long(&mut self) -> Option<i64> {
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
    pub(crate) fn text(&mut self) -> Option<&'p str> {
        let length = usize::try_from(self.long()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

/// Reads an order's payload.
pub(crate) fn avro_to_struct<'p, T: From<&'p str>>(payload: &'p [u8]) -> Option<Record<T>> {
    let mut payload = Payload(payload);
    let (order_id, ordered_at, user_id) = (
        payload.text()?.into(),
        payload.long()?,
        payload.text()?.into(),
    );
    let mut order_items = Vec::new();
    loop {
        let count = payload.long()?;
        if count == 0 {
            break;
        }
        order_items.reserve(usize::try_from(count).ok()?);
        for _ in 0..count {
            order_items.push(Item {
                product_id: payload.long()?,
                quantity: payload.long()?,
            });
        }
    }
    Some(Record {
        order_id,
        ordered_at,
        user_id,
        order_items,
    })
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

/// Appends the JSON text of an order's frame.
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
    out.extend_from_slice(b",\"user_id\":");
    put_json_text(payload.text()?, out)?;
    out.extend_from_slice(b",\"order_items\":[");
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
            put_number(payload.long()?, out);
            out.push(b'}');
        }
    }
    out.extend_from_slice(b"]}");
    Some(())
}
