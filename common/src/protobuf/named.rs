//! Which message of a schema JSON text stands for: found once, and used for every record.

use std::fmt;

use super::plan::MessageId;
use super::{ProtobufSchema, ProtobufValueFault, index, json_in, misfit};
use crate::avro::UnknownFields;
use crate::error::EncodeError;
use crate::error::text::short;

/// Most names that an error lists.
const NAMES: usize = 10;
/// Most bytes of names that an error lists.
const NAME_BYTES: usize = 500;

/// A message of the schema that gave it, ready to be written from JSON text: nothing is looked up for a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedMessage {
    index: usize,
    id: MessageId,
}

impl NamedMessage {
    /// Its place among the schema's messages.
    pub(super) const fn index(self) -> usize {
        self.index
    }
}

/// Why a schema does not say which message JSON text stands for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The schema has no message of the name that was asked for.
    #[error("the schema has no message `{}`: {names}", short(.name))]
    Missing {
        /// The full name that was asked for.
        name: String,
        /// What there is.
        names: MessageNames,
    },
    /// None was named, and the schema has several messages at its top, or none.
    #[error("the schema does not have exactly one message at its top, and none is named: {names}")]
    Unnamed {
        /// What there is.
        names: MessageNames,
    },
}

impl From<MessageError> for EncodeError {
    fn from(error: MessageError) -> Self {
        misfit(ProtobufValueFault::Message(Box::new(error)))
    }
}

/// The full names of a schema's messages, the first few of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageNames {
    first: Vec<String>,
    more: usize,
}

impl MessageNames {
    fn of(schema: &ProtobufSchema) -> Self {
        let mut names = Self::default();
        let mut left = NAME_BYTES;
        for message in schema.index.messages() {
            // A map's entries are messages that nobody writes by themselves.
            if message.is_map_entry() {
                continue;
            }
            let name = message.full_name();
            match left.checked_sub(name.len()) {
                Some(rest) if names.more == 0 && names.first.len() < NAMES => {
                    left = rest;
                    names.first.push(name.to_owned());
                }
                _ => names.more += 1,
            }
        }
        names
    }
}

impl fmt::Display for MessageNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first.is_empty() && self.more == 0 {
            return f.write_str("it has none");
        }
        f.write_str("it has ")?;
        for (number, name) in self.first.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}`{name}`")?;
        }
        match (self.first.is_empty(), self.more) {
            (_, 0) => Ok(()),
            (true, 1) => f.write_str("1 with a long name"),
            (true, more) => write!(f, "{more} with long names"),
            (false, more) => write!(f, " and {more} more"),
        }
    }
}

impl ProtobufSchema {
    /// The message with this full name, or, without one, the schema's only message at its top, to be written from JSON
    /// text.
    pub(crate) fn named(&self, name: Option<&str>) -> Result<NamedMessage, MessageError> {
        let found = self.index_of(name).and_then(|index| {
            let id = self.plan.by_index(u32::try_from(index).ok()?)?;
            Some(NamedMessage { index, id })
        });
        found.ok_or_else(|| {
            let names = MessageNames::of(self);
            match name {
                Some(name) => MessageError::Missing {
                    name: name.to_owned(),
                    names,
                },
                None => MessageError::Unnamed { names },
            }
        })
    }

    /// Appends a payload, index and message, given as JSON; `message` is one that this schema gave.
    pub(crate) fn encode_named(
        &self,
        message: NamedMessage,
        json: &[u8],
        unknown_fields: UnknownFields,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let start = out.len();
        index::write(message.index, out);
        let settings = json_in::Settings {
            plan: &self.plan,
            limits: self.limits,
            unknown_fields,
            start,
        };
        json_in::encode(&settings, message.id, json, out).inspect_err(|_| out.truncate(start))
    }
}
