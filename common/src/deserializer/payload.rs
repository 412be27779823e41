//! Payloads from frames: inflated, and in the bytes of the schema that they are read with.

use super::{DeserializerOptions, Trailing};
use crate::codec::{Codec, ToJson};
use crate::compression::{Compression, Inflater};
use crate::error::DecodeError;
use crate::foreign::Unframed;
use crate::limits::Limits;

/// What payloads are decoded with.
pub(super) struct Payloads {
    options: DeserializerOptions,
    /// Plans hold payloads that need no inflating to the same bounds.
    pub(super) limits: Limits,
    inflater: Inflater,
    /// A payload that does not stand in its value as it is.
    inflated: Vec<u8>,
    /// A payload in the bytes of the reader's schema.
    resolved: Vec<u8>,
}

/// Which bytes of a payload are read.
#[derive(Clone, Copy)]
pub(super) enum Bytes {
    /// Those of the schema that it was written with, and nobody else's schema matters.
    Alone,
    /// Those of the schema that it was written with.
    Written,
    /// Those that the reader's schema would have, if there is one.
    Own,
}

impl Payloads {
    pub(super) fn new(options: DeserializerOptions, limits: Limits) -> Self {
        Self {
            options,
            limits,
            inflater: Inflater::new(),
            inflated: Vec::new(),
            resolved: Vec::new(),
        }
    }

    pub(super) const fn to_json(&self) -> ToJson {
        ToJson {
            form: self.options.form,
            validate: self.options.validate,
        }
    }

    /// Inflates a payload if need be.
    pub(super) fn open<'a>(
        &'a mut self,
        compression: Compression,
        payload: &'a [u8],
    ) -> Result<Payload<'a>, DecodeError> {
        let Self {
            options,
            limits,
            inflater,
            inflated,
            resolved,
        } = self;
        let (bytes, behind) = match compression {
            Compression::None => (payload, 0),
            Compression::Zlib => {
                inflated.clear();
                let behind = inflater.append(payload, inflated, limits.payload_bytes)?;
                (inflated.as_slice(), behind)
            }
        };
        Ok(Payload {
            bytes,
            behind,
            trailing: options.trailing,
            room: Some(resolved),
        })
    }

    /// Brings what another serializer wrote into the form of a payload.
    pub(super) fn open_foreign<'a>(
        &'a mut self,
        codec: &Codec,
        value: Unframed<'a>,
    ) -> Result<Payload<'a>, DecodeError> {
        Ok(Payload {
            bytes: codec.payload_of_foreign(value, &mut self.inflated)?,
            behind: 0,
            trailing: self.options.trailing,
            room: None,
        })
    }
}

/// A payload as its schema describes it.
pub(super) struct Payload<'a> {
    bytes: &'a [u8],
    /// Bytes left behind its zlib stream.
    behind: usize,
    trailing: Trailing,
    /// Room for the same value in the bytes of another schema.
    room: Option<&'a mut Vec<u8>>,
}

impl<'a> Payload<'a> {
    /// The payload as the codec's own schema would have it.
    pub(super) fn own(self, codec: &Codec) -> Result<Self, DecodeError> {
        let (Codec::Avro(plan), Some(room)) = (codec, self.room) else {
            return Ok(Self { room: None, ..self });
        };
        if !plan.is_resolved() {
            return Ok(Self { room: None, ..self });
        }
        room.clear();
        let taken = plan.transcode(self.bytes, room)?;
        Ok(Self {
            bytes: room,
            behind: self.behind + self.bytes.len().saturating_sub(taken),
            trailing: self.trailing,
            room: None,
        })
    }

    /// Has the payload read and gives the count of bytes left over.
    pub(super) fn read<T>(
        self,
        read: impl FnOnce(&'a [u8]) -> Result<(T, usize), DecodeError>,
    ) -> Result<(T, usize), DecodeError> {
        let (read, taken) = read(self.bytes)?;
        let left = self.behind + self.bytes.len().saturating_sub(taken);
        if left > 0 && self.trailing == Trailing::Refuse {
            return Err(DecodeError::Trailing { bytes: left });
        }
        Ok((read, left))
    }
}
