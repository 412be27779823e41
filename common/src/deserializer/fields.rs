//! Single fields of a value, read by a plan that passes over everything else.

use super::{Deserializer, ForeignValues};
use crate::error::DecodeError;
use crate::registry::DataFormat;
use crate::wire::{self, HeaderError};

impl Deserializer {
    /// Appends the fields of a record's value that [`Deserializer::with_fields`] has named, as a JSON text of nothing
    /// else. Only what cannot be read is counted.
    ///
    /// # Errors
    ///
    /// As [`Deserializer::decode_json`]; a value that would pass as it is has no fields.
    pub fn decode_fields(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let start = out.len();
        match self.read_fields(value, out) {
            Ok(()) => Ok(()),
            Err((_, error)) if error.missing().is_some() => Err(error),
            Err((format, error)) => {
                out.truncate(start);
                Err(self.counts.failed(format, error))
            }
        }
    }

    fn read_fields(
        &mut self,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), (Option<DataFormat>, DecodeError)> {
        let Self {
            schemas,
            fields,
            foreign,
            payloads,
            ..
        } = self;
        let Some(fields) = fields else {
            return Ok(());
        };
        let options = payloads.to_json();
        let unframed = |error: HeaderError| (None, error.into());
        let (format, codec, payload) = match (wire::split(value), &*foreign) {
            (Ok((header, payload)), _) => {
                let schema = schemas.find(header.schema_version_id);
                let schema = schema.map_err(|refusal| (refusal.format, refusal.error))?;
                let format = Some(schema.version.data_format);
                let codec = fields.codec(schema).map_err(|error| (format, error))?;
                let payload = payloads.open(header.compression, payload);
                (format, codec, payload)
            }
            (
                Err(error @ HeaderError::Version { .. }),
                ForeignValues::Decode { schema, framing },
            ) => {
                let value = framing.unframed(value).ok_or_else(|| unframed(error))?;
                let format = Some(schema.version.data_format);
                let codec = fields.foreign(schema).map_err(|error| (format, error))?;
                (format, codec, payloads.open_foreign(&schema.codec, value))
            }
            (Err(error), _) => return Err(unframed(error)),
        };
        let read = payload.and_then(|payload| {
            payload.read(|bytes| Ok(((), codec.decode_json(bytes, options, out)?)))
        });
        read.map(drop).map_err(|error| (format, error))
    }
}
