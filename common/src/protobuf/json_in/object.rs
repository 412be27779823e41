//! Messages as objects with their fields.

use super::{Encoded, Encoder, Fault, MessageId, Span, Step, Stop};
use crate::avro::UnknownFields;
use crate::protobuf::plan::Message;

/// What is known of an object's fields so far.
struct Seen {
    /// The first of their spans.
    base: usize,
    /// The place behind the last field.
    next: usize,
    unordered: bool,
    required: usize,
}

impl<'p> Encoder<'p, '_, '_> {
    /// Writes an object's fields; the one of an `Any` has its type among them.
    pub(super) fn object(&mut self, id: MessageId, is_any: bool) -> Encoded {
        self.expect(b'{', "an object")?;
        self.cursor.open(b'{')?;
        let message = self.plan.message(id);
        let (start, base) = (self.cursor.offset(), self.spans.len());
        let mut first = true;
        let mut seen = Seen {
            base,
            next: 0,
            unordered: false,
            required: 0,
        };
        while self.cursor.more(b'}', &mut first)? {
            let key = self.cursor.peek().map_or(start, |_| self.cursor.offset());
            let Some(at) = self.key(message, seen.next, is_any)? else {
                continue;
            };
            if let Err(stop) = self.entry(message, at, key, &mut seen) {
                return self.fail(
                    stop,
                    Step::Field {
                        message: id,
                        field: at,
                    },
                );
            }
        }
        if seen.unordered {
            self.reorder(id, base, start)?;
        }
        self.spans.truncate(base);
        if seen.required < message.required {
            return self.miss(id, start);
        }
        Ok(())
    }

    /// Passes the next key and gives its field, or `None` where key and value are passed over.
    #[inline]
    fn key(
        &mut self,
        message: &Message,
        expected: usize,
        is_any: bool,
    ) -> Result<Option<usize>, Stop> {
        let field = message.fields.get(expected);
        if field.is_some_and(|field| self.cursor.try_key(&field.quoted)) {
            return Ok(Some(expected));
        }
        self.cursor.peek();
        let offset = self.cursor.offset();
        let key = self.cursor.key()?;
        let found = match key.plain() {
            Some(plain) => message.by_name.get(plain),
            None => message.by_name.get(&*key.text()),
        };
        if let Some(at) = found {
            return Ok(Some(*at));
        }
        // Some write an empty type's value as that of a type with a form of its own.
        let is_own = |name: &str| name == "@type" || name == "value" && message.fields.is_empty();
        if self.unknown_fields == UnknownFields::Ignore || is_any && is_own(&key.text()) {
            self.cursor.skip(self.depth_left)?;
            return Ok(None);
        }
        let fault = Fault::Unknown;
        Err(Stop::Value { offset, fault })
    }

    /// Writes the field whose key was just passed.
    #[inline]
    fn entry(&mut self, message: &'p Message, at: usize, key: usize, seen: &mut Seen) -> Encoded {
        let (field, start) = (&message.fields[at], self.out.len());
        if !self.field(field)? {
            return Ok(());
        }
        if field.oneof > 0 {
            let mut earlier = self.spans[seen.base..].iter();
            if earlier
                .any(|span| span.field != at && message.fields[span.field].oneof == field.oneof)
            {
                let fault = Fault::Oneof;
                return Err(Stop::Value { offset: key, fault });
            }
        }
        seen.unordered |= at < seen.next;
        seen.next = at + 1;
        seen.required += usize::from(field.required);
        self.spans.push(Span { field: at, start });
        Ok(())
    }

    /// Brings the message's fields into the order of their numbers.
    #[cold]
    fn reorder(&mut self, id: MessageId, base: usize, offset: usize) -> Encoded {
        let spans = self.spans.split_off(base);
        let Some(first) = spans.first().map(|span| span.start) else {
            return Ok(());
        };
        let ends = spans
            .iter()
            .skip(1)
            .map(|span| span.start)
            .chain([self.out.len()]);
        let mut parts: Vec<_> = spans.iter().zip(ends).collect();
        parts.sort_by_key(|(span, _)| span.field);
        let mut pairs = parts.windows(2);
        let twice =
            pairs.find(|pair| matches!(pair, [(left, _), (right, _)] if left.field == right.field));
        if let Some([(span, _), ..]) = twice {
            let step = Step::Field {
                message: id,
                field: span.field,
            };
            let fault = Fault::Twice;
            return self.fail(Stop::Value { offset, fault }, step);
        }
        self.scratch.clear();
        for (span, end) in parts {
            self.scratch
                .extend_from_slice(self.out.get(span.start..end).unwrap_or_default());
        }
        self.out.truncate(first);
        self.out.extend_from_slice(&self.scratch);
        Ok(())
    }

    /// Fails for want of a required field.
    #[cold]
    fn miss(&mut self, id: MessageId, offset: usize) -> Encoded {
        let fields = &self.plan.message(id).fields;
        let field = fields
            .iter()
            .position(|field| field.required)
            .unwrap_or_default();
        let fault = Fault::Required;
        self.fail(
            Stop::Value { offset, fault },
            Step::Field { message: id, field },
        )
    }
}
