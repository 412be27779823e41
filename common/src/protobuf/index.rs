//! The message index: the number in front of each message that says which one it is.
//!
//! All messages that a file declares, at every depth and those behind maps too, are numbered from 0 in the order of
//! their full names' bytes. The number is written in base 128, lowest part first, without a sign.

use prost_reflect::{FileDescriptor, MessageDescriptor};

use super::error::ProtobufPayloadFault;
use super::wire::{Reader, write_varint};

/// The messages of one file in the order of their indexes.
#[derive(Debug, Clone)]
pub(super) struct MessageIndex {
    messages: Vec<MessageDescriptor>,
    /// The indexes of the messages at the file's top, in the order of the text.
    top: Vec<usize>,
    /// By index: the indexes of the messages directly inside, in the order of the text.
    inside: Vec<Vec<usize>>,
}

impl MessageIndex {
    pub(super) fn of(file: &FileDescriptor) -> Self {
        let mut messages: Vec<_> = file.messages().collect();
        let mut at = 0;
        while let Some(message) = messages.get(at) {
            let children: Vec<_> = message.child_messages().collect();
            messages.extend(children);
            at += 1;
        }
        messages.sort_by(|left, right| left.full_name().cmp(right.full_name()));
        let mut index = Self {
            messages,
            top: Vec::new(),
            inside: Vec::new(),
        };
        index.top = index.of_all(file.messages());
        let inside = |message: &MessageDescriptor| index.of_all(message.child_messages());
        index.inside = index.messages.iter().map(inside).collect();
        index
    }

    fn of_all(&self, messages: impl Iterator<Item = MessageDescriptor>) -> Vec<usize> {
        messages
            .filter_map(|message| self.of_name(message.full_name()))
            .collect()
    }

    /// The indexes of the messages directly inside another, or at the file's top, in the order of the text.
    pub(super) fn inside(&self, outer: Option<usize>) -> &[usize] {
        match outer {
            None => &self.top,
            Some(outer) => self.inside.get(outer).map_or(&[], Vec::as_slice),
        }
    }

    pub(super) fn messages(&self) -> &[MessageDescriptor] {
        &self.messages
    }

    /// The index of the message with this full name.
    pub(super) fn of_name(&self, name: &str) -> Option<usize> {
        self.messages
            .binary_search_by(|message| message.full_name().cmp(name))
            .ok()
    }
}

/// Appends an index.
pub(super) fn write(index: usize, out: &mut Vec<u8>) {
    write_varint(index as u64, out);
}

/// Reads an index as the serde does: of more than 32 bits the lower ones count.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<u32, ProtobufPayloadFault> {
    let index = reader.varint()?;
    Ok(u32::try_from(index & u64::from(u32::MAX)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::protobuf::ProtobufSchema;

    #[test]
    fn messages_are_numbered_by_the_bytes_of_their_names() {
        let text = "syntax = \"proto3\"; package n; message B { message C {} } message a {} message A_ {} \
                    message A1 {} message A { message Z {} map<string, string> m = 1; } message AB {}";
        let schema = ProtobufSchema::compile(text, Limits::default()).unwrap();
        let names: Vec<_> = schema.messages().collect();
        assert_eq!(
            names,
            [
                "n.A",
                "n.A.MEntry",
                "n.A.Z",
                "n.A1",
                "n.AB",
                "n.A_",
                "n.B",
                "n.B.C",
                "n.a"
            ]
        );
    }

    #[test]
    fn indexes_are_read_as_java_reads_them() {
        for (bytes, index) in [
            (&[0x00][..], Ok(0)),
            (&[0x80, 0x00], Ok(0)),
            (&[0xac, 0x02], Ok(300)),
            (&[0xff, 0xff, 0xff, 0xff, 0x0f], Ok(u32::MAX)),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
                Ok(u32::MAX),
            ),
            (&[0x80], Err(ProtobufPayloadFault::Truncated)),
            (&[], Err(ProtobufPayloadFault::Truncated)),
            (&[0x80; 11], Err(ProtobufPayloadFault::Varint)),
        ] {
            assert_eq!(read(&mut Reader::new(bytes)), index);
        }
    }
}
