//! Hand-written code for the two records alone: the least that each can cost.

/// The rest of a payload.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    #[inline]
    fn varint(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }

    #[inline]
    fn part(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }
}

fn text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

fn long(number: u64, out: &mut Vec<u8>) {
    text(itoa::Buffer::new().format(number).as_bytes(), out);
}

/// Appends the JSON of an order.
pub(crate) fn order_to_json(payload: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = Bytes(payload.get(1..)?);
    let mut items = 0;
    while let Some(tag) = bytes.varint() {
        match tag >> 3 {
            1 => {
                out.extend_from_slice(b"{\"orderId\":");
                text(bytes.part()?, out);
            }
            2 => {
                out.extend_from_slice(b",\"orderedAt\":");
                instant(&mut Bytes(bytes.part()?), out)?;
            }
            3 => {
                out.extend_from_slice(b",\"userId\":");
                text(bytes.part()?, out);
            }
            _ => {
                out.extend_from_slice(if items == 0 {
                    b",\"orderItems\":["
                } else {
                    b","
                });
                items += 1;
                item(&mut Bytes(bytes.part()?), out)?;
            }
        }
    }
    out.extend_from_slice(b"]}");
    Some(())
}

fn item(bytes: &mut Bytes<'_>, out: &mut Vec<u8>) -> Option<()> {
    while let Some(tag) = bytes.varint() {
        out.extend_from_slice(if tag >> 3 == 1 {
            b"{\"productId\":"
        } else {
            b",\"quantity\":"
        });
        long(bytes.varint()?, out);
    }
    out.push(b'}');
    Some(())
}

fn instant(bytes: &mut Bytes<'_>, out: &mut Vec<u8>) -> Option<()> {
    let (mut seconds, mut nanos) = (0, 0);
    while let Some(tag) = bytes.varint() {
        if tag >> 3 == 1 {
            seconds = bytes.varint()?;
        } else {
            nanos = bytes.varint()?;
        }
    }
    let millis = i64::try_from(seconds * 1000 + nanos / 1_000_000).ok()?;
    out.push(b'"');
    common::avro::write_instant(millis, out);
    if nanos == 0 {
        out.truncate(out.len() - 5);
        out.push(b'Z');
    }
    out.push(b'"');
    Some(())
}

/// Appends the JSON of the record of forty fields.
pub(crate) fn wide_to_json(payload: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = Bytes(payload.get(1..)?);
    let mut opening = b'{';
    while let Some(tag) = bytes.varint() {
        let number = tag >> 3;
        out.extend_from_slice(&[opening, b'"', b'f']);
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        out.extend_from_slice(b"\":");
        opening = b',';
        match number % 4 {
            0 => long(bytes.varint()?, out),
            1 => text(bytes.part()?, out),
            2 => {
                let (number, rest) = bytes.0.split_first_chunk()?;
                bytes.0 = rest;
                out.extend_from_slice(
                    ryu::Buffer::new()
                        .format(f64::from_le_bytes(*number))
                        .as_bytes(),
                );
            }
            _ => {
                bytes.varint()?;
                out.extend_from_slice(b"true");
            }
        }
    }
    out.push(b'}');
    Some(())
}
