//! A record's fields when their values arrive in another order than the schema's.

use super::plan::{FieldDefault, Record};
use super::stack::Stack;

/// Where a field's bytes lie in the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

/// The values of one record that arrived so far, behind those that came in order.
///
/// Values are written to the output as they arrive; [`Arrived::put_in_order`] then moves them to their places.
/// The spans of all records being read lie in one stack that is reused.
#[derive(Debug)]
pub(super) struct Arrived {
    /// Count of the fields that came in order, before.
    in_order: usize,
    /// End of those fields' bytes.
    start: usize,
    /// Where this record's spans begin in the stack.
    base: usize,
}

/// A missing field, by its index, whose default cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing(pub(super) usize);

impl Arrived {
    /// Begins after `in_order` fields, whose bytes end where the output ends now.
    pub(super) fn new(
        record: &Record,
        in_order: usize,
        out: &[u8],
        stack: &mut Stack<Option<Span>>,
    ) -> Self {
        let base = stack.len();
        for _ in in_order..record.fields.len() {
            stack.push(None);
        }
        Self {
            in_order,
            start: out.len(),
            base,
        }
    }

    /// Notes that the bytes from `start` on are the field's; a value given twice counts by its last.
    pub(super) fn note(
        &self,
        field: usize,
        start: usize,
        out: &[u8],
        stack: &mut Stack<Option<Span>>,
    ) {
        if let Some(slot) = stack.get_mut(self.base + field - self.in_order) {
            *slot = Some(Span {
                start,
                end: out.len(),
            });
        }
    }

    /// Whether the field's value came in order, before these.
    pub(super) const fn came_before(&self, field: usize) -> bool {
        field < self.in_order
    }

    /// Puts the values in the schema's order and writes defaults for those missing.
    ///
    /// Gives whether all fields had arrived.
    pub(super) fn put_in_order(
        self,
        record: &Record,
        out: &mut Vec<u8>,
        stack: &mut Stack<Option<Span>>,
    ) -> Result<bool, Missing> {
        let behind = out.len();
        let mut all = true;
        for (index, field) in record.fields.iter().enumerate().skip(self.in_order) {
            let span = stack.get(self.base + index - self.in_order).flatten();
            if let Some(span) = span {
                out.extend_from_within(span.start..span.end);
            } else {
                write_default(&field.default, out).map_err(|()| Missing(index))?;
                all = false;
            }
        }
        out.copy_within(behind.., self.start);
        out.truncate(self.start + out.len() - behind);
        stack.truncate(self.base);
        Ok(all)
    }

    /// Forgets the record, after an error.
    pub(super) fn forget(self, stack: &mut Stack<Option<Span>>) {
        stack.truncate(self.base);
    }
}

/// Writes a default, if there is one.
pub(super) fn write_default(default: &FieldDefault, out: &mut Vec<u8>) -> Result<(), ()> {
    match default {
        FieldDefault::Bytes(bytes) => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        FieldDefault::None | FieldDefault::Broken => Err(()),
    }
}
