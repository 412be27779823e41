//! UUIDs as text.

use uuid::Uuid;

/// Appends the text of 16 bytes.
pub(in crate::avro) fn write(bytes: [u8; 16], out: &mut Vec<u8>) {
    let mut buffer = Uuid::encode_buffer();
    out.extend_from_slice(
        Uuid::from_bytes(bytes)
            .hyphenated()
            .encode_lower(&mut buffer)
            .as_bytes(),
    );
}

/// The 16 bytes of a text of 36 characters, in any case.
pub(in crate::avro) fn parse(text: &str) -> Option<[u8; 16]> {
    (text.len() == 36)
        .then(|| Uuid::try_parse(text).ok().map(Uuid::into_bytes))
        .flatten()
}
