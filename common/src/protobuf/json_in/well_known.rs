//! Messages with a JSON form of their own.

use super::scalar::misfit;
use super::{Encoded, Encoder, Fault, Form, MessageId, Node, Shape, Stop};
use crate::protobuf::time;
use crate::protobuf::wire::{WireType, fill_length, reserve_length, write_tag, write_varint};

impl Encoder<'_, '_, '_> {
    pub(super) fn well_known(&mut self, id: MessageId, form: Form) -> Encoded {
        match form {
            Form::Timestamp => self.instant("an RFC 3339 timestamp", time::parse_timestamp),
            Form::Duration => self.instant("a duration in seconds", time::parse_duration),
            Form::Wrapper(node) => self.wrapper(node),
            Form::Struct | Form::ListValue => self.container(id),
            Form::Value => self.value(id),
            Form::FieldMask => self.field_mask(),
            Form::Any => self.any(),
            Form::Fields => self.object(id, false),
        }
    }

    /// Writes seconds and nanoseconds.
    fn instant(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<(i64, i32)>,
    ) -> Encoded {
        self.cursor.peek();
        let offset = self.cursor.offset();
        let Some((seconds, nanos)) = parse(&self.text(name)?.text()) else {
            return misfit(offset, Fault::Text(name));
        };
        for (number, value) in [(1, seconds), (2, nanos.into())] {
            if value != 0 {
                write_tag(number, WireType::Varint, self.out);
                write_varint(value.cast_unsigned(), self.out);
            }
        }
        Ok(())
    }

    fn wrapper(&mut self, node: Node) -> Encoded {
        let start = self.out.len();
        write_tag(1, node.wire(), self.out);
        if self.scalar(node, false)? {
            self.out.truncate(start);
        }
        Ok(())
    }

    /// Writes the only field of a message as the message.
    fn container(&mut self, id: MessageId) -> Encoded {
        let plan = self.plan;
        let field = &plan.message(id).fields[0];
        match field.shape {
            Shape::Map { key } => self.map(field, key),
            _ => self.array(field, false),
        }
    }

    fn value(&mut self, id: MessageId) -> Encoded {
        let node = |number: usize| {
            self.plan
                .message(id)
                .fields
                .get(number - 1)
                .map(|field| field.node)
        };
        let (structure, list) = (node(5), node(6));
        match self.cursor.peek() {
            Some(b'n') => {
                self.cursor.literal("null")?;
                write_tag(1, WireType::Varint, self.out);
                self.out.push(0);
            }
            Some(b't' | b'f') => {
                write_tag(4, WireType::Varint, self.out);
                self.scalar(Node::Bool, false)?;
            }
            Some(b'"') => {
                write_tag(3, WireType::Length, self.out);
                self.scalar(Node::String, false)?;
            }
            Some(b'{') => self.part(5, structure)?,
            Some(b'[') => self.part(6, list)?,
            _ => {
                write_tag(2, WireType::Fixed64, self.out);
                self.scalar(Node::Double, false)?;
            }
        }
        Ok(())
    }

    /// Writes a struct or a list in a value.
    fn part(&mut self, number: u32, node: Option<Node>) -> Encoded {
        match node {
            Some(Node::Message(id)) => self.tagged_message(number, id),
            _ => self.mistyped("a value"),
        }
    }

    fn field_mask(&mut self) -> Encoded {
        const NAME: &str = "field names";
        self.cursor.peek();
        let offset = self.cursor.offset();
        let text = self.text(NAME)?.text();
        for path in text.split(',').filter(|path| !path.is_empty()) {
            self.item()?;
            write_tag(1, WireType::Length, self.out);
            let start = reserve_length(self.out);
            for character in path.chars() {
                match character {
                    'A'..='Z' => {
                        self.out.push(b'_');
                        self.out
                            .push(u8::try_from(character.to_ascii_lowercase()).unwrap_or(b'_'));
                    }
                    '_' => return misfit(offset, Fault::Text(NAME)),
                    _ => self
                        .out
                        .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                }
            }
            fill_length(start, self.out);
        }
        Ok(())
    }

    /// Writes what an `Any` holds by its type, or as it is for a type that the schema does not know.
    fn any(&mut self) -> Encoded {
        self.expect(b'{', "an object")?;
        let start = self.cursor.offset();
        let Some(url) = self.type_url()? else {
            return self.no_type();
        };
        write_tag(1, WireType::Length, self.out);
        write_varint(url.len() as u64, self.out);
        self.out.extend_from_slice(url.as_bytes());
        let known = url
            .rsplit_once('/')
            .and_then(|(_, name)| self.plan.by_name(name));
        let before = self.out.len();
        write_tag(2, WireType::Length, self.out);
        let length = reserve_length(self.out);
        self.cursor.rewind(start);
        match known {
            Some(id) if self.plan.message(id).form == Form::Fields => {
                self.enter()?;
                self.object(id, true)?;
                self.depth_left += 1;
            }
            known => self.any_value(known, length)?,
        }
        if self.out.len() == length {
            self.out.truncate(before);
        } else {
            fill_length(length, self.out);
        }
        Ok(())
    }

    /// The text of the key `@type` of the object that is next; passes nothing.
    fn type_url(&mut self) -> Result<Option<String>, Stop> {
        let start = self.cursor.offset();
        self.cursor.open(b'{')?;
        let (mut first, mut url) = (true, None);
        while url.is_none() && self.cursor.more(b'}', &mut first)? {
            if self.cursor.key()?.text() == "@type" {
                url = Some(self.text("a type's URL")?.text().into_owned());
            } else {
                self.cursor.skip(self.limits.depth)?;
            }
        }
        self.cursor.rewind(start);
        Ok(url)
    }

    /// An object without a type can only be an empty one.
    fn no_type(&mut self) -> Encoded {
        let offset = self.cursor.offset();
        self.cursor.open(b'{')?;
        if self.cursor.more(b'}', &mut true)? {
            return misfit(offset, Fault::Any);
        }
        Ok(())
    }

    /// Writes the key `value` of the object that is next: a message of the type, or else bytes in base 64.
    fn any_value(&mut self, known: Option<MessageId>, length: usize) -> Encoded {
        let offset = self.cursor.offset();
        self.cursor.open(b'{')?;
        let mut first = true;
        while self.cursor.more(b'}', &mut first)? {
            self.cursor.peek();
            let key_offset = self.cursor.offset();
            match &*self.cursor.key()?.text() {
                "@type" => self.cursor.skip(1)?,
                "value" if self.out.len() > length => return misfit(key_offset, Fault::Twice),
                "value" => match known {
                    Some(id) => self.message(id)?,
                    None => self.raw_value(length)?,
                },
                _ if known.is_none() => return misfit(offset, Fault::Any),
                _ => return misfit(key_offset, Fault::Unknown),
            }
        }
        Ok(())
    }

    /// Writes bytes in base 64 without a length of their own.
    fn raw_value(&mut self, start: usize) -> Encoded {
        const NAME: &str = "bytes in base 64";
        self.cursor.peek();
        let offset = self.cursor.offset();
        let text = self.text(NAME)?;
        debug_assert_eq!(self.out.len(), start, "nothing is in front of the value");
        if !crate::protobuf::base64::read(text.text().as_bytes(), self.out) {
            return misfit(offset, Fault::Text(NAME));
        }
        Ok(())
    }
}
