//! What another schema has written: values that are passed over, refused, or become texts.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Input, Read};
use crate::avro::ResolutionError;
use crate::avro::plan::{Plan, Skip};
use crate::error::{DecodeError, PayloadFault, Place};

/// Why a value is refused.
#[derive(Clone, Copy)]
pub(in crate::avro) enum Refused {
    Payload(PayloadFault),
    /// The reader's schema cannot take the value, for the plan's fault of this index.
    Resolution(u32),
}

impl From<PayloadFault> for Refused {
    #[inline]
    fn from(fault: PayloadFault) -> Self {
        Self::Payload(fault)
    }
}

impl Refused {
    #[cold]
    pub(in crate::avro) fn error(self, plan: &Plan, place: Place) -> DecodeError {
        match self {
            Self::Payload(fault) => DecodeError::Payload { place, fault },
            Self::Resolution(fault) => {
                let fault = plan.resolved.faults[fault as usize].clone();
                DecodeError::Resolution(Arc::new(ResolutionError { place, fault }))
            }
        }
    }
}

impl Input<'_, '_> {
    /// Passes over a value of the writer's.
    pub(in crate::avro) fn pass_over(&mut self, index: u32) -> Read<()> {
        let plan = self.plan;
        match &plan.resolved.skips[index as usize] {
            Skip::Nothing => {}
            Skip::Int => {
                self.reader.int()?;
            }
            Skip::Long => {
                self.reader.long()?;
            }
            Skip::Bytes => {
                self.reader.bytes("bytes")?;
            }
            Skip::Fixed(size) => {
                self.reader.take(*size, "a fixed")?;
            }
            Skip::Array(items) => return self.pass_over_items(*items, false),
            Skip::Map(values) => return self.pass_over_items(*values, true),
            Skip::Record(fields) => {
                self.enter()?;
                for field in fields {
                    self.pass_over(*field)?;
                }
                self.leave();
            }
            Skip::Union(branches) => {
                let branch = usize::try_from(self.reader.long()?).ok();
                let branch = branch.and_then(|branch| branches.get(branch));
                return self.pass_over(*branch.ok_or(PayloadFault::UnionIndex)?);
            }
        }
        Ok(())
    }

    /// Passes over blocks: by their size where it is given, else item by item.
    fn pass_over_items(&mut self, items: u32, keyed: bool) -> Read<()> {
        self.enter()?;
        let costs_nothing = !keyed && self.plan.resolved.skips[items as usize] == Skip::Nothing;
        loop {
            let (count, size) = self.reader.sized_block()?;
            if count == 0 {
                break;
            }
            self.items(count)?;
            if let Some(size) = size {
                self.reader.take(size, "a block")?;
                continue;
            }
            if costs_nothing {
                continue;
            }
            for _ in 0..count {
                if keyed {
                    self.reader.bytes("a string")?;
                }
                self.pass_over(items)?;
            }
        }
        self.leave();
        Ok(())
    }
}

/// The text that bytes are; what is no UTF-8 becomes U+FFFD, as often as in Java: once for half of a surrogate pair.
pub(in crate::avro) fn loose_text(mut bytes: &[u8]) -> Cow<'_, str> {
    let mut text = String::new();
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(valid) if text.is_empty() => return valid.into(),
            Ok(valid) => return (text + valid).into(),
            Err(error) => error,
        };
        let (valid, wrong) = bytes.split_at(error.valid_up_to());
        text += &String::from_utf8_lossy(valid);
        text.push(char::REPLACEMENT_CHARACTER);
        let length = match wrong {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            _ => error.error_len().unwrap_or(wrong.len()),
        };
        bytes = wrong.get(length..).unwrap_or_default();
    }
}
