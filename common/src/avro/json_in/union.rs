//! Unions from JSON: by tag in the Avro form, by trying in plain form.

use super::super::binary::write_length;
use super::super::plan::{Token, Union};
use super::{Cause, Encoded, Encoder, Failure, Refused};
use crate::error::ValueFault;

impl Encoder<'_, '_, '_> {
    /// `null`, or an object whose only key is the branch's name.
    pub(super) fn tagged_union(&mut self, index: u32) -> Encoded {
        let plan = self.plan;
        let union = plan.union(index);
        let token = self.token()?;
        if token == Token::Null
            && let Some(null) = union.null
        {
            write_length(null, self.out);
            return self.value::<false>(union.branches[null].node);
        }
        if token != Token::Object {
            return self.refuse(ValueFault::Tag);
        }
        let opening = self.cursor.offset();
        let mut first = true;
        self.cursor.rewind(opening + 1);
        if !self.more(b'}', &mut first)? {
            return self.refuse_at(opening, ValueFault::Tag);
        }
        self.cursor.peek();
        let key_offset = self.cursor.offset();
        let Some(branch) = self.tag(union)? else {
            return self.refuse_at(key_offset, ValueFault::Branch);
        };
        write_length(branch, self.out);
        self.value::<false>(union.branches[branch].node)?;
        if self.more(b'}', &mut first)? {
            return self.refuse_at(opening, ValueFault::Tag);
        }
        Ok(())
    }

    /// The branch that the next key names.
    fn tag(&mut self, union: &Union) -> Result<Option<usize>, Refused> {
        let key = self.key()?;
        let text;
        let name = if let Some(plain) = key.plain() {
            plain
        } else {
            text = key.text();
            &text
        };
        Ok(union
            .branches
            .iter()
            .position(|branch| *branch.tag.name == *name))
    }

    /// The first branch that the value reads back from unchanged, or else the first that can hold it.
    pub(super) fn untagged_union(&mut self, index: u32) -> Encoded {
        let plan = self.plan;
        let union = plan.union(index);
        let token = self.token()?;
        match union.by_token[token as usize].as_slice() {
            [] => self.refuse(ValueFault::Union),
            [only] => {
                write_length(*only, self.out);
                self.value::<true>(union.branches[*only].node)
            }
            candidates => self.try_branches(union, candidates),
        }
    }

    fn try_branches(&mut self, union: &Union, candidates: &[usize]) -> Encoded {
        let (exact, trying) = (self.exact, self.trying);
        self.trying = true;
        self.exact = true;
        let mut accepted = self.try_each(union, candidates);
        if !exact && matches!(accepted, Ok(false)) {
            self.exact = false;
            accepted = self.try_each(union, candidates);
        }
        (self.exact, self.trying) = (exact, trying);
        match accepted {
            Ok(true) => Ok(()),
            Ok(false) => self.refuse(ValueFault::Union),
            Err(Refused) => Err(Refused),
        }
    }

    /// Whether one of the branches takes the value; an error only if trying further makes no sense.
    fn try_each(&mut self, union: &Union, candidates: &[usize]) -> Result<bool, Refused> {
        let (offset, length) = (self.cursor.offset(), self.out.len());
        let (depth, items, spans) = (self.depth_left, self.items_left, self.spans.len());
        for &branch in candidates {
            write_length(branch, self.out);
            if self.value::<true>(union.branches[branch].node).is_ok() {
                return Ok(true);
            }
            if self.failure.as_ref().is_some_and(Failure::is_final) {
                return Err(Refused);
            }
            // A long text that many branches read again and again counts as work each time.
            self.work_left = self
                .work_left
                .saturating_sub(self.cursor.offset().saturating_sub(offset) / 8);
            self.cursor.rewind(offset);
            self.out.truncate(length);
            self.spans.truncate(spans);
            (self.depth_left, self.items_left) = (depth, items);
        }
        Ok(false)
    }

    /// In exact mode, refuses the value just read, which began at `start`, if its text is not `text`.
    #[inline]
    pub(super) fn check_exact(&mut self, start: usize, same: bool) -> Encoded {
        if self.exact && !same {
            return Err(self.fail(start, Cause::Value(ValueFault::Union)));
        }
        Ok(())
    }
}
