//! Messages as values of `prost-reflect` and of Rust types that `prost` has made.

use prost::Message;
use prost_reflect::{Cardinality, DynamicMessage, ReflectMessage, Value};

use super::error::{ProtobufPayloadFault, ProtobufValueError, ProtobufValueFault};
use super::plan::MessageId;
use super::wire::Reader;
use super::{ProtobufSchema, index};
use crate::error::{DecodeError, EncodeError, Place};

/// Deepest nesting that `prost` reads.
const PROST_DEPTH: usize = 100;

impl ProtobufSchema {
    /// The full name of the message that a payload holds.
    ///
    /// # Errors
    ///
    /// The payload has no index, or one that the schema does not have.
    pub fn message_name(&self, payload: &[u8]) -> Result<&str, DecodeError> {
        let mut reader = Reader::new(payload);
        let (index, _) = self.open(&mut reader)?;
        Ok(self.index.messages()[index].full_name())
    }

    /// Reads a payload as a dynamic message, which keeps the fields that the schema does not know.
    ///
    /// A known field whose bytes are laid out as another type's is left out.
    ///
    /// # Errors
    ///
    /// The payload is no message of the schema, a required field is missing, or a limit is passed.
    pub fn decode_dynamic(&self, payload: &[u8]) -> Result<DynamicMessage, DecodeError> {
        let mut reader = Reader::new(payload);
        let (index, id) = self.open(&mut reader)?;
        let clean = super::check::check(&self.plan, self.limits, reader, id)?;
        let bytes = clean.as_deref().unwrap_or(reader.rest());
        let descriptor = self.index.messages()[index].clone();
        let deep = |_| refused(&reader, ProtobufPayloadFault::Depth { limit: PROST_DEPTH });
        let message = DynamicMessage::decode(descriptor, bytes).map_err(deep)?;
        if let Some(path) = self
            .plan
            .has_required()
            .then(|| missing(&message))
            .flatten()
        {
            let place = Place {
                offset: Some(reader.offset()),
                path,
            };
            let fault = ProtobufPayloadFault::Required;
            return Err(super::ProtobufPayloadError { place, fault }.into());
        }
        Ok(message)
    }

    /// Reads a payload as a Rust type; `name` is the full name of the message that the type stands for.
    ///
    /// # Errors
    ///
    /// The payload is no message of the schema or another one than `name`, or a limit is passed.
    pub fn decode_message<M: Message + Default>(
        &self,
        name: &str,
        payload: &[u8],
    ) -> Result<M, DecodeError> {
        let mut reader = Reader::new(payload);
        let (index, id) = self.open(&mut reader)?;
        if self.index.messages()[index].full_name() != name {
            return Err(refused(&reader, ProtobufPayloadFault::Message));
        }
        if self.plan.has_required() {
            self.decode_dynamic(payload)?;
        }
        let clean = super::check::check(&self.plan, self.limits, reader, id)?;
        let bytes = clean.as_deref().unwrap_or(reader.rest());
        M::decode(bytes).map_err(|error| {
            // The library's only words for it.
            let is_deep = error.to_string().contains("recursion limit");
            let deep = ProtobufPayloadFault::Depth { limit: PROST_DEPTH };
            refused(
                &reader,
                if is_deep {
                    deep
                } else {
                    ProtobufPayloadFault::Typed
                },
            )
        })
    }

    /// Appends the payload of a dynamic message: its index and its bytes.
    ///
    /// # Errors
    ///
    /// The message is none of the schema's, a required field is missing, or a limit is passed; `out` is as before.
    pub fn encode_dynamic(
        &self,
        message: &DynamicMessage,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if let Some(path) = self.plan.has_required().then(|| missing(message)).flatten() {
            let place = Place { offset: None, path };
            let fault = ProtobufValueFault::Required;
            return Err(ProtobufValueError { place, fault }.into());
        }
        let start = out.len();
        self.encode_message(message.descriptor().full_name(), message, out)?;
        let mut reader = Reader::new(&out[start..]);
        let checked = self.open(&mut reader).and_then(|(_, id)| {
            super::check::check(&self.plan, self.limits, reader, id).map_err(DecodeError::from)
        });
        let Err(DecodeError::Protobuf(error)) = checked else {
            return Ok(());
        };
        out.truncate(start);
        let fault = match error.fault {
            ProtobufPayloadFault::Depth { limit } => ProtobufValueFault::Depth { limit },
            ProtobufPayloadFault::Items { limit } => ProtobufValueFault::Items { limit },
            fault => ProtobufValueFault::Foreign(fault),
        };
        let place = Place {
            offset: None,
            path: error.place.path,
        };
        Err(ProtobufValueError { place, fault }.into())
    }

    /// Appends the payload of a Rust value: the index of the message `name`, of which it must be a value, and its bytes.
    ///
    /// # Errors
    ///
    /// The schema has no such message, or the payload is larger than the limit; `out` is as before.
    pub fn encode_message<M: Message>(
        &self,
        name: &str,
        message: &M,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let index = self.named(Some(name))?.index();
        let (limit, start) = (self.limits.payload_bytes, out.len());
        index::write(index, out);
        if (out.len() - start).saturating_add(message.encoded_len()) > limit {
            out.truncate(start);
            return Err(super::misfit(ProtobufValueFault::TooLarge { limit }));
        }
        // A Vec grows as needed, so that there is always room.
        message.encode_raw(out);
        Ok(())
    }

    /// Reads the index and gives it with the message it means.
    fn open(&self, reader: &mut Reader<'_>) -> Result<(usize, MessageId), DecodeError> {
        let limit = self.limits.payload_bytes;
        if reader.rest().len() > limit {
            return Err(refused(
                reader,
                ProtobufPayloadFault::PayloadTooLarge { limit },
            ));
        }
        let index = index::read(reader).map_err(|fault| refused(reader, fault))?;
        let message = self.plan.by_index(index);
        match (usize::try_from(index), message) {
            (Ok(index), Some(message)) => Ok((index, message)),
            (_, _) => Err(refused(reader, ProtobufPayloadFault::Index { index })),
        }
    }
}

fn refused(reader: &Reader<'_>, fault: ProtobufPayloadFault) -> DecodeError {
    let place = Place {
        offset: Some(reader.offset()),
        path: String::new(),
    };
    super::ProtobufPayloadError { place, fault }.into()
}

/// The path of a required field that is missing.
fn missing(message: &DynamicMessage) -> Option<String> {
    let descriptor = message.descriptor();
    let mut required = descriptor
        .fields()
        .filter(|field| field.cardinality() == Cardinality::Required);
    if let Some(field) = required.find(|field| !message.has_field(field)) {
        return Some(field.name().to_owned());
    }
    message.fields().find_map(|(field, value)| {
        let (brackets, path) = match value {
            Value::Message(message) => ("", missing(message)),
            Value::List(items) => (
                "[]",
                items.iter().filter_map(Value::as_message).find_map(missing),
            ),
            Value::Map(entries) => (
                "{}",
                entries
                    .values()
                    .filter_map(Value::as_message)
                    .find_map(missing),
            ),
            _ => ("", None),
        };
        path.map(|path| format!("{}{brackets}.{path}", field.name()))
    })
}
