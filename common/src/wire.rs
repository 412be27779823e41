//! The frame's header: version, compression, schema version id.
//!
//! | offset | length | content |
//! |---|---|---|
//! | 0 | 1 | `03` |
//! | 1 | 1 | `00` not compressed, `05` zlib |
//! | 2 | 16 | the schema version's UUID, bytes in the order of its text |
//! | 18 | rest | the payload |

use uuid::Uuid;

use crate::compression::Compression;

/// Length of the header in bytes.
pub const HEADER_LEN: usize = 18;

const VERSION: u8 = 3;
const NOT_COMPRESSED: u8 = 0;
const ZLIB: u8 = 5;

/// What the 18 bytes in front of the payload say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// How the payload is compressed.
    pub compression: Compression,
    /// The schema version that the payload was written with.
    pub schema_version_id: Uuid,
}

/// Why the first bytes are not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The frame has no bytes at all.
    #[error("the frame is empty")]
    Empty,
    /// The frame is shorter than a header.
    #[error("the frame has {length} bytes, a header alone has {HEADER_LEN}")]
    Short {
        /// The frame's length in bytes.
        length: usize,
    },
    /// The first byte is not `03`.
    #[error("byte 0: header version {found:#04x}, not 0x03")]
    Version {
        /// The byte found.
        found: u8,
    },
    /// The second byte is neither `00` nor `05`.
    #[error("byte 1: compression {found:#04x}, neither 0x00 nor 0x05")]
    Compression {
        /// The byte found.
        found: u8,
    },
}

/// Appends the header's 18 bytes to `out`.
///
/// ```
/// use common::{compression::Compression, wire};
///
/// let schema_version_id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse()?;
/// let mut frame = Vec::new();
/// wire::write_header(&mut frame, &wire::Header { compression: Compression::Zlib, schema_version_id });
/// assert_eq!(frame, b"\x03\x05\xb7\xb4\xa7\xf0\x9c\x96\x4e\x4a\xa6\x87\xfb\x5d\xe9\xef\x0c\x63");
/// # Ok::<(), uuid::Error>(())
/// ```
#[inline]
pub fn write_header(out: &mut Vec<u8>, header: &Header) {
    let mut bytes = [0; HEADER_LEN];
    bytes[0] = VERSION;
    bytes[1] = match header.compression {
        Compression::None => NOT_COMPRESSED,
        Compression::Zlib => ZLIB,
    };
    bytes[2..].copy_from_slice(header.schema_version_id.as_bytes());
    out.extend_from_slice(&bytes);
}

/// Splits a frame into its header and its payload, which may be empty.
///
/// # Errors
///
/// The frame is empty, shorter than 18 bytes, or its version or compression byte is unknown. A short frame that
/// begins with a foreign byte is named by that byte.
#[inline]
pub fn split(frame: &[u8]) -> Result<(Header, &[u8]), HeaderError> {
    let &version = frame.first().ok_or(HeaderError::Empty)?;
    if version != VERSION {
        return Err(HeaderError::Version { found: version });
    }
    let Some((header, payload)) = frame.split_first_chunk::<HEADER_LEN>() else {
        return Err(HeaderError::Short {
            length: frame.len(),
        });
    };
    let compression = match header[1] {
        NOT_COMPRESSED => Compression::None,
        ZLIB => Compression::Zlib,
        found => return Err(HeaderError::Compression { found }),
    };
    let mut id = [0; 16];
    id.copy_from_slice(&header[2..]);
    let header = Header {
        compression,
        schema_version_id: Uuid::from_bytes(id),
    };
    Ok((header, payload))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wrong_headers_are_refused_with_their_reason() {
        let frame = |start: &[u8]| [start, &[7; 16]].concat();
        for (bytes, error) in [
            (vec![], HeaderError::Empty),
            (vec![3], HeaderError::Short { length: 1 }),
            (frame(&[3]), HeaderError::Short { length: 17 }),
            (vec![0], HeaderError::Version { found: 0 }),
            (frame(&[2, 7]), HeaderError::Version { found: 2 }),
            (frame(&[255, 0]), HeaderError::Version { found: 255 }),
            (frame(&[3, 1]), HeaderError::Compression { found: 1 }),
            (frame(&[3, 255]), HeaderError::Compression { found: 255 }),
        ] {
            assert_eq!(split(&bytes), Err(error), "{bytes:02x?}");
        }
    }

    #[test]
    fn eighteen_bytes_are_a_frame_with_an_empty_payload() {
        let frame = [&[3, 0][..], &[9; 16]].concat();
        let (header, payload) = split(&frame).unwrap();
        assert_eq!(header.schema_version_id, Uuid::from_bytes([9; 16]));
        assert!(payload.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_is_split_again(id: u128, zlib: bool, payload: Vec<u8>) {
            let compression = if zlib { Compression::Zlib } else { Compression::None };
            let header = Header { compression, schema_version_id: Uuid::from_u128(id) };
            let mut frame = Vec::new();
            write_header(&mut frame, &header);
            frame.extend_from_slice(&payload);
            prop_assert_eq!(split(&frame), Ok((header, &payload[..])));
        }

        #[test]
        fn any_bytes_are_split_or_refused(frame: Vec<u8>) {
            prop_assert_eq!(split(&frame).is_ok(), frame.len() >= 18 && frame[0] == 3 && matches!(frame[1], 0 | 5));
        }
    }
}
