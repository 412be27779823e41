//! Records from JSON objects: fields in the schema's order as they come, others through their spans.

use super::super::UnknownFields;
use super::super::fields::{Arrived, Missing, write_default};
use super::super::plan::{FieldDefault, Record, Token};
use super::{Encoded, Encoder, Refused, Step};
use crate::error::ValueFault;

impl<'p> Encoder<'p, '_, '_> {
    pub(super) fn record<const PLAIN: bool>(&mut self, index: u32) -> Encoded {
        self.expect(Token::Object, "an object")?;
        let plan = self.plan;
        let record = plan.record(index);
        let opening = self.cursor.offset();
        self.enter()?;
        let out_start = self.out.len();
        let mut first = true;
        for (at, field) in record.fields.iter().enumerate() {
            let is_first = first;
            let before = self.cursor.offset();
            if !self.more(b'}', &mut first)? {
                return self.finish_early(index, record, at, opening);
            }
            if !self.cursor.try_key(&field.quoted) {
                self.cursor.rewind(before);
                return self.out_of_order::<PLAIN>(index, at, (opening, out_start), is_first);
            }
            if self.value::<PLAIN>(field.node).is_err() {
                return self.step(Step::Field {
                    record: index,
                    field: at,
                });
            }
        }
        let is_first = first;
        let before = self.cursor.offset();
        if self.more(b'}', &mut first)? {
            self.cursor.rewind(before);
            return self.out_of_order::<PLAIN>(
                index,
                record.fields.len(),
                (opening, out_start),
                is_first,
            );
        }
        self.leave();
        self.check_size()
    }

    /// The object has ended before all fields: defaults for the rest.
    fn finish_early(
        &mut self,
        index: u32,
        record: &'p Record,
        from: usize,
        opening: usize,
    ) -> Encoded {
        if self.exact {
            return self.missing(index, from, opening);
        }
        for (at, field) in record.fields.iter().enumerate().skip(from) {
            if write_default(&field.default, self.out).is_err() {
                return self.missing(index, at, opening);
            }
        }
        self.leave();
        self.check_size()
    }

    /// A key is not the next field's. `start` is where the object and its output begin.
    #[inline(never)]
    fn out_of_order<const PLAIN: bool>(
        &mut self,
        index: u32,
        in_order: usize,
        start: (usize, usize),
        first: bool,
    ) -> Encoded {
        let plan = self.plan;
        let record = plan.record(index);
        let arrived = Arrived::new(record, in_order, self.out, &mut self.spans);
        match self.remaining_fields::<PLAIN>(index, &arrived, first) {
            Ok(Rest::Read) => {}
            // A key for the second time, whose first value is among those in order: read the object again.
            Ok(Rest::Twice) => {
                arrived.forget(&mut self.spans);
                self.out.truncate(start.1);
                self.cursor.rewind(start.0 + 1);
                return self.out_of_order::<PLAIN>(index, 0, start, true);
            }
            Err(Refused) => {
                arrived.forget(&mut self.spans);
                return Err(Refused);
            }
        }
        match arrived.put_in_order(record, self.out, &mut self.spans) {
            Ok(all) if all || !self.exact => {}
            Ok(_) => return self.missing(index, in_order, start.0),
            Err(Missing(field)) => return self.missing(index, field, start.0),
        }
        self.leave();
        self.check_size()
    }

    fn remaining_fields<const PLAIN: bool>(
        &mut self,
        index: u32,
        arrived: &Arrived,
        mut first: bool,
    ) -> Result<Rest, Refused> {
        let plan = self.plan;
        let record = plan.record(index);
        let mut likely = 0;
        while self.more(b'}', &mut first)? {
            self.cursor.peek();
            let key_offset = self.cursor.offset();
            let key = self.key()?;
            let field = match key.plain() {
                Some(key) => record.field(key, likely),
                None => record.field(&key.text(), likely),
            };
            let Some(at) = field else {
                self.unknown(key_offset)?;
                continue;
            };
            if arrived.came_before(at) {
                return Ok(Rest::Twice);
            }
            let start = self.out.len();
            if self.value::<PLAIN>(record.fields[at].node).is_err() {
                self.step(Step::Field {
                    record: index,
                    field: at,
                })?;
            }
            arrived.note(at, start, self.out, &mut self.spans);
            self.check_size()?;
            likely = at + 1;
        }
        Ok(Rest::Read)
    }

    /// The cursor is behind an unknown key.
    fn unknown(&mut self, key_offset: usize) -> Encoded {
        if self.unknown_fields == UnknownFields::Refuse || self.exact {
            return self.refuse_at(key_offset, ValueFault::Unknown);
        }
        let start = self.cursor.offset();
        if let Err(error) = self.cursor.skip(self.depth_left) {
            return self.malformed(error);
        }
        // A value that many branches skip again and again counts as work each time.
        self.work_left = self
            .work_left
            .saturating_sub((self.cursor.offset() - start) / 16);
        Ok(())
    }

    #[cold]
    fn missing(&mut self, index: u32, field: usize, opening: usize) -> Encoded {
        let default = self
            .plan
            .record(index)
            .fields
            .get(field)
            .map(|field| &field.default);
        let fault = if default == Some(&FieldDefault::Broken) {
            ValueFault::Default
        } else {
            ValueFault::Missing
        };
        let Err(Refused) = self.refuse_at(opening, fault) else {
            return Ok(());
        };
        self.step(Step::Field {
            record: index,
            field,
        })
    }
}

enum Rest {
    /// The object was read to its end.
    Read,
    /// A field that came in order before came again.
    Twice,
}
