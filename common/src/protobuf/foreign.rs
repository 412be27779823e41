//! Messages that other serializers wrote, as payloads of the Glue serde: they get the index it reads.
//!
//! Behind the header of a Confluent frame stands the message's place in the file, from the outside in: how many
//! numbers, then the numbers, all zigzag; no numbers at all mean the first message. Programs without a registry write
//! the message alone.

use super::error::{ProtobufPayloadError, ProtobufPayloadFault as Fault};
use super::wire::Reader;
use super::{ProtobufSchema, index};
use crate::error::{DecodeError, Place};

impl ProtobufSchema {
    /// Appends the payload of a message that comes without an index: the schema's first message.
    pub(crate) fn payload_of_message(
        &self,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let reader = Reader::new(bytes);
        let first = self.index.inside(None).first().copied();
        Ok(self.with_index(first, &reader, out)?)
    }

    /// Appends the payload of what stands behind the header of a Confluent frame.
    pub(crate) fn payload_of_confluent(
        &self,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let mut reader = Reader::new(bytes);
        let message = self
            .at_place(&mut reader)
            .map_err(|fault| refused(&reader, fault))?;
        Ok(self.with_index(message, &reader, out)?)
    }

    /// Reads a place in the file and gives the index of the message there, if there is one.
    fn at_place(&self, reader: &mut Reader<'_>) -> Result<Option<usize>, Fault> {
        let Some(count) = unsigned(reader.varint()?) else {
            return Ok(None);
        };
        if count == 0 {
            return Ok(self.index.inside(None).first().copied());
        }
        let mut found = None;
        for _ in 0..count {
            let number = unsigned(reader.varint()?).and_then(|number| usize::try_from(number).ok());
            found = number.and_then(|number| self.index.inside(found).get(number).copied());
            if found.is_none() {
                return Ok(None);
            }
        }
        Ok(found)
    }

    fn with_index(
        &self,
        message: Option<usize>,
        reader: &Reader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtobufPayloadError> {
        let Some(index) = message else {
            return Err(refused(reader, Fault::Message));
        };
        let limit = self.limits().payload_bytes;
        if reader.rest().len() > limit {
            return Err(refused(reader, Fault::PayloadTooLarge { limit }));
        }
        index::write(index, out);
        out.extend_from_slice(reader.rest());
        Ok(())
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
            let mut payload = Vec::new();
            schema().payload_of_confluent(bytes, &mut payload).unwrap();
            assert_eq!(json(&payload), expected);
            assert_eq!(schema().message_name(&payload).unwrap(), name);
        }
    }

    #[test]
    fn a_message_alone_is_the_first_of_the_schema() {
        let mut payload = Vec::new();
        schema()
            .payload_of_message(b"\x0a\x02hi", &mut payload)
            .unwrap();
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
            let refused = schema().payload_of_confluent(bytes, &mut Vec::new());
            let error = refused.unwrap_err();
            assert_eq!(error.kind().as_str(), kind, "{bytes:02x?}: {error}");
        }
    }
}
