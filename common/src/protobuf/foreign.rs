//! Messages that other serializers wrote, as payloads of the Glue serde: they get the index it reads.
//!
//! Behind the header of a Confluent frame stands the message's place in the file, from the outside in: how many
//! numbers, then the numbers, all zigzag; no numbers at all mean the first message. Programs without a registry write
//! the message alone.

use prost_reflect::MessageDescriptor;

use super::error::{ProtobufPayloadError, ProtobufPayloadFault as Fault};
use super::wire::Reader;
use super::{ProtobufSchema, index};
use crate::error::{DecodeError, Place};

impl ProtobufSchema {
    /// The payload of a message that comes without an index: the schema's first message.
    pub(crate) fn payload_of_message(&self, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let reader = Reader::new(bytes);
        let first = self.file().messages().next();
        self.with_index(first, reader).map_err(DecodeError::from)
    }

    /// The payload of what stands behind the header of a Confluent frame.
    pub(crate) fn payload_of_confluent(&self, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let mut reader = Reader::new(bytes);
        let message = self
            .at_place(&mut reader)
            .map_err(|fault| refused(&reader, fault))?;
        self.with_index(message, reader).map_err(DecodeError::from)
    }

    /// Reads a place in the file; `None` if there is no message.
    fn at_place(&self, reader: &mut Reader<'_>) -> Result<Option<MessageDescriptor>, Fault> {
        let Some(count) = unsigned(reader.varint()?) else {
            return Ok(None);
        };
        if count == 0 {
            return Ok(self.file().messages().next());
        }
        let mut found: Option<MessageDescriptor> = None;
        for _ in 0..count {
            let number = unsigned(reader.varint()?).and_then(|number| usize::try_from(number).ok());
            let inner = number.and_then(|number| match &found {
                None => self.file().messages().nth(number),
                Some(outer) => outer.child_messages().nth(number),
            });
            match inner {
                Some(message) => found = Some(message),
                None => return Ok(None),
            }
        }
        Ok(found)
    }

    fn with_index(
        &self,
        message: Option<MessageDescriptor>,
        reader: Reader<'_>,
    ) -> Result<Vec<u8>, ProtobufPayloadError> {
        let place = || Place {
            offset: Some(reader.offset()),
            path: String::new(),
        };
        let index = message.and_then(|message| self.index.of_name(message.full_name()));
        let Some(index) = index else {
            let fault = Fault::Message;
            return Err(ProtobufPayloadError {
                place: place(),
                fault,
            });
        };
        let limit = self.limits().payload_bytes;
        if reader.rest().len() > limit {
            let fault = Fault::PayloadTooLarge { limit };
            return Err(ProtobufPayloadError {
                place: place(),
                fault,
            });
        }
        let mut payload = Vec::new();
        index::write(index, &mut payload);
        payload.extend_from_slice(reader.rest());
        Ok(payload)
    }
}

fn refused(reader: &Reader<'_>, fault: Fault) -> ProtobufPayloadError {
    let place = Place {
        offset: Some(reader.offset()),
        path: String::new(),
    };
    ProtobufPayloadError { place, fault }
}

/// A zigzag number that is not negative.
const fn unsigned(zigzag: u64) -> Option<u64> {
    if zigzag & 1 == 0 {
        Some(zigzag >> 1)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    const DEFINITION: &str = r#"syntax = "proto3";
        message B { string s = 1; message Inner { int32 n = 1; } }
        message A { string s = 1; }"#;

    fn schema() -> ProtobufSchema {
        ProtobufSchema::compile(DEFINITION, Limits::default()).unwrap()
    }

    fn json(payload: &[u8]) -> String {
        let mut out = Vec::new();
        schema().decode_json(payload, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn confluents_places_become_indexes() {
        for (bytes, expected, name) in [
            (&b"\x00\x0a\x02hi"[..], r#"{"s":"hi"}"#, "B"),
            (b"\x02\x00\x0a\x02hi", r#"{"s":"hi"}"#, "B"),
            (b"\x02\x02\x0a\x02hi", r#"{"s":"hi"}"#, "A"),
            (b"\x04\x00\x00\x08\x05", r#"{"n":5}"#, "B.Inner"),
        ] {
            let payload = schema().payload_of_confluent(bytes).unwrap();
            assert_eq!(json(&payload), expected);
            assert_eq!(schema().message_name(&payload).unwrap(), name);
        }
    }

    #[test]
    fn a_message_alone_is_the_first_of_the_schema() {
        let payload = schema().payload_of_message(b"\x0a\x02hi").unwrap();
        assert_eq!(schema().message_name(&payload).unwrap(), "B");
        assert_eq!(json(&payload), r#"{"s":"hi"}"#);
    }

    #[test]
    fn places_that_are_none_are_refused() {
        for (bytes, kind) in [
            (&b""[..], "truncated"),
            (b"\x02", "truncated"),
            (b"\x02\x04", "payload"),
            (b"\x02\x01", "payload"),
            (b"\x01\x00", "payload"),
            (
                b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00",
                "payload",
            ),
        ] {
            let error = schema().payload_of_confluent(bytes).unwrap_err();
            assert_eq!(error.kind().as_str(), kind, "{bytes:02x?}: {error}");
        }
    }
}
