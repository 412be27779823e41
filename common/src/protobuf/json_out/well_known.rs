//! Messages with a JSON form of their own.

use super::{Decoded, Decoder, Fault, Form, MessageId, Node, Reader, Scalar, Shape, Stop};
use crate::protobuf::check::check;
use crate::protobuf::wire::WireType;
use crate::protobuf::{base64, time};

impl<'b> Decoder<'_, 'b, '_> {
    pub(super) fn well_known(&mut self, id: MessageId, parts: &[Reader<'b>]) -> Decoded {
        match self.plan.message(id).form {
            Form::Timestamp => self.instant(parts, time::write_timestamp, Fault::Timestamp),
            Form::Duration => self.instant(parts, time::write_duration, Fault::Duration),
            Form::Wrapper(node) => self.wrapper(node, parts),
            Form::Struct => self.object(id, parts),
            Form::ListValue => self.list(id, parts),
            Form::Value => self.value(id, parts),
            Form::FieldMask => self.field_mask(parts),
            Form::Any => self.any(parts),
            Form::Fields => self.merged(id, parts),
        }
    }

    /// Gives each field with its number; unknown ones are passed by what `read` returns false for.
    fn each(
        &mut self,
        parts: &[Reader<'b>],
        mut read: impl FnMut(&mut Self, u32, WireType) -> Result<bool, Stop>,
    ) -> Decoded {
        for part in parts {
            self.reader = *part;
            while !self.reader.is_empty() {
                let (number, wire) = self.tag()?;
                if !read(self, number, wire)? {
                    self.reader.skip(number, wire, self.depth_left + 1)?;
                }
            }
        }
        Ok(())
    }

    /// Writes seconds and nanoseconds.
    fn instant(
        &mut self,
        parts: &[Reader<'b>],
        write: impl FnOnce(i64, i32, &mut Vec<u8>) -> bool,
        fault: Fault,
    ) -> Decoded {
        let (mut seconds, mut nanos) = (0, 0);
        self.each(parts, |decoder, number, wire| {
            match (number, wire) {
                (1, WireType::Varint) => seconds = decoder.reader.varint()?.cast_signed(),
                (2, WireType::Varint) => nanos = low(decoder.reader.varint()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        self.out.push(b'"');
        if !write(seconds, nanos, self.out) {
            return Err(fault.into());
        }
        self.out.push(b'"');
        Ok(())
    }

    fn wrapper(&mut self, node: Node, parts: &[Reader<'b>]) -> Decoded {
        let mut value = Scalar::zero(node, self.plan);
        self.each(parts, |decoder, number, wire| {
            let own = number == 1 && wire == node.wire();
            if own {
                value = Scalar::read(node, &mut decoder.reader)?;
            }
            Ok(own)
        })?;
        value.write(self.plan, self.out);
        Ok(())
    }

    fn object(&mut self, id: MessageId, parts: &[Reader<'b>]) -> Decoded {
        let plan = self.plan;
        let field = &plan.message(id).fields[0];
        let mut empty = true;
        self.out.push(b'{');
        if self.careful {
            let places = self.places(id, parts)?;
            self.places += places.len();
            self.gathered_entries(field, Node::String, &places, &mut empty)?;
            self.places -= places.len();
        } else {
            let mut keys = Vec::new();
            self.each(parts, |decoder, number, wire| {
                let own = number == 1 && field.accepts(wire);
                if own {
                    let start = decoder.out.len() + usize::from(!empty);
                    let key = decoder.entry(field, Node::String, &mut empty)?;
                    keys.extend(key.map(|end| (start, end)));
                }
                Ok(own)
            })?;
            self.check_distinct(&keys)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn list(&mut self, id: MessageId, parts: &[Reader<'b>]) -> Decoded {
        let plan = self.plan;
        let field = &plan.message(id).fields[0];
        let mut empty = true;
        self.out.push(b'[');
        self.each(parts, |decoder, number, wire| {
            let own = number == 1 && field.accepts(wire);
            if own {
                decoder.items(field, wire, &mut empty)?;
            }
            Ok(own)
        })?;
        self.out.push(b']');
        Ok(())
    }

    fn value(&mut self, id: MessageId, parts: &[Reader<'b>]) -> Decoded {
        let mut places = self.places(id, parts)?;
        let held = places.len();
        self.places += held;
        self.settle_oneofs(id, &mut places)?;
        let Some(last) = places.last() else {
            self.out.extend_from_slice(b"null");
            return Ok(());
        };
        let field = &self.plan.message(id).fields[last.field as usize];
        debug_assert!(
            matches!(field.shape, Shape::One { .. }),
            "a value has no repeated fields"
        );
        match field.node {
            Node::Message(part) => {
                let parts = self.parts(field.number, &places)?;
                self.enter()?;
                self.merged(part, &parts)?;
                self.depth_left += 1;
            }
            node => {
                self.go_to(last);
                let scalar = Scalar::read(node, &mut self.reader)?;
                if matches!(scalar, Scalar::Double(number) if !number.is_finite()) {
                    return Err(Fault::Value.into());
                }
                scalar.write(self.plan, self.out);
            }
        }
        self.places -= held;
        self.check_size()
    }

    fn field_mask(&mut self, parts: &[Reader<'b>]) -> Decoded {
        let mut text = String::new();
        self.each(parts, |decoder, number, wire| {
            let own = number == 1 && wire == WireType::Length;
            if own {
                decoder.item()?;
                if let Scalar::Text(path) = Scalar::read(Node::String, &mut decoder.reader)?
                    && !path.is_empty()
                {
                    if !text.is_empty() {
                        text.push(',');
                    }
                    if !camel_case(path, &mut text) {
                        return Err(Fault::FieldMask.into());
                    }
                }
            }
            Ok(own)
        })?;
        Scalar::Text(&text).write(self.plan, self.out);
        Ok(())
    }

    /// Writes what an `Any` holds with its type; of a type that the schema does not know, the bytes.
    fn any(&mut self, parts: &[Reader<'b>]) -> Decoded {
        let (mut url, mut value) = ("", None);
        self.each(parts, |decoder, number, wire| {
            match (number, wire) {
                (1, WireType::Length) => match Scalar::read(Node::String, &mut decoder.reader)? {
                    Scalar::Text(text) => url = text,
                    _ => unreachable!("a string's node gives a text"),
                },
                (2, WireType::Length) => value = Some(decoder.reader.part()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        self.out.push(b'{');
        if url.is_empty() && value.is_none_or(|value| value.is_empty()) {
            self.out.push(b'}');
            return Ok(());
        }
        self.out.extend_from_slice(b"\"@type\":");
        Scalar::Text(url).write(self.plan, self.out);
        let parts = value.as_slice();
        let known = url
            .rsplit_once('/')
            .and_then(|(_, name)| self.plan.by_name(name));
        if let Some(id) = known {
            self.any_value(id, parts)?;
        } else {
            self.out.extend_from_slice(b",\"value\":\"");
            base64::write(value.map_or(&[][..], |value| value.rest()), self.out);
            self.out.push(b'"');
        }
        self.out.push(b'}');
        self.check_size()
    }

    fn any_value(&mut self, id: MessageId, parts: &[Reader<'b>]) -> Decoded {
        let form = self.plan.message(id).form;
        self.enter()?;
        if self.careful {
            // To the check of the whole they were only bytes.
            for part in parts {
                check(self.plan, self.limits, *part, id).map_err(|error| error.fault)?;
            }
        }
        // A type with a form of its own has no fields that could stand beside the type's name.
        if form == Form::Fields {
            self.fields(id, parts, false)?;
        } else {
            self.out.extend_from_slice(b",\"value\":");
            self.merged(id, parts)?;
        }
        self.depth_left += 1;
        Ok(())
    }
}

/// The lower 32 bits.
fn low(number: u64) -> i32 {
    u32::try_from(number & u64::from(u32::MAX))
        .unwrap_or_default()
        .cast_signed()
}

/// Appends a path in lower camel case; gives false if that does not lead back to the path.
fn camel_case(path: &str, out: &mut String) -> bool {
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        match character {
            'A'..='Z' | ',' => return false,
            '_' => match characters.next() {
                Some(next @ 'a'..='z') => out.push(next.to_ascii_uppercase()),
                _ => return false,
            },
            _ => out.push(character),
        }
    }
    true
}
