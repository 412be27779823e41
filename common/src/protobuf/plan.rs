//! Messages as flat tables, from which bytes and JSON are written without a look at a descriptor.

use std::collections::HashMap;

use super::wire::WireType;
use crate::bytes::Piece;
use crate::json::write_string;
use crate::view::MaskKey;

mod compile;

/// Place of a message in the plan.
pub(super) type MessageId = u32;

/// All messages that a schema knows.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    messages: Vec<Message>,
    enums: Vec<Enum>,
    by_name: HashMap<Box<str>, MessageId, foldhash::fast::RandomState>,
    /// The messages of the schema's own file, in the order of their indexes.
    by_index: Vec<MessageId>,
    has_required: bool,
    /// What masks fields that are masked.
    key: Option<MaskKey>,
}

impl Plan {
    #[inline]
    pub(super) fn message(&self, id: MessageId) -> &Message {
        &self.messages[id as usize]
    }

    #[inline]
    pub(super) fn enumeration(&self, id: u32) -> &Enum {
        &self.enums[id as usize]
    }

    /// The message with this full name, of whichever file.
    pub(super) fn by_name(&self, name: &str) -> Option<MessageId> {
        self.by_name.get(name).copied()
    }

    /// Whether any message has a field that must be there.
    pub(super) fn has_required(&self) -> bool {
        self.has_required
    }

    /// The messages that payloads can be.
    pub(super) fn roots(&self) -> impl Iterator<Item = MessageId> {
        self.by_index.iter().copied()
    }

    /// Has payloads that are one message read as another.
    pub(super) fn replace_root(&mut self, old: MessageId, new: MessageId) {
        for root in &mut self.by_index {
            if *root == old {
                *root = new;
            }
        }
    }

    /// Adds a message.
    pub(super) fn push(&mut self, message: Message) -> MessageId {
        self.messages.push(message);
        let last = self.messages.len() - 1;
        MessageId::try_from(last).expect("a schema has fewer than 2^32 messages")
    }

    pub(super) fn set_key(&mut self, key: Option<MaskKey>) {
        self.key = key;
    }

    pub(super) fn key(&self) -> Option<&MaskKey> {
        self.key.as_ref()
    }

    /// The message that a payload's index means.
    pub(super) fn by_index(&self, index: u32) -> Option<MessageId> {
        self.by_index.get(usize::try_from(index).ok()?).copied()
    }
}

/// A message and its fields.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) form: Form,
    /// In the order of their numbers.
    pub(super) fields: Vec<Field>,
    /// How many of them are required.
    pub(super) required: usize,
    /// By the name in JSON and by the name in the schema.
    pub(super) by_name: HashMap<Box<str>, usize, foldhash::fast::RandomState>,
}

impl Message {
    /// The place of the field with this number, which is `expected` most of the time.
    #[inline]
    pub(super) fn find(&self, number: u32, expected: usize) -> Option<usize> {
        if self
            .fields
            .get(expected)
            .is_some_and(|field| field.number == number)
        {
            return Some(expected);
        }
        self.fields
            .binary_search_by_key(&number, |field| field.number)
            .ok()
    }
}

/// How a message is written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An object with its fields.
    Fields,
    Any,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    Value,
    ListValue,
    /// The value of its only field.
    Wrapper(Node),
}

/// A field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) name: Box<str>,
    pub(super) json_name: Box<str>,
    /// The key in JSON, with its quotes.
    pub(super) quoted: Box<[u8]>,
    /// The key in JSON, with its colon.
    pub(super) opening: Piece,
    pub(super) node: Node,
    pub(super) shape: Shape,
    /// From 1, or 0 for none.
    pub(super) oneof: u32,
    pub(super) required: bool,
    /// An enum's numbers that have no name are no values.
    pub(super) closed: bool,
    pub(super) shown: Shown,
}

/// What is seen of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Whole,
    /// In place of its value what masks it.
    Masked,
    /// It is read, and not written.
    Hidden,
}

/// How often a field can be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Once; if `implicit`, zero is as good as not there.
    One {
        implicit: bool,
    },
    Many {
        packed: bool,
    },
    /// Messages of two fields, the key and the field's node.
    Map {
        key: Node,
    },
}

/// The type of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
    Enum(u32),
    Message(MessageId),
}

impl Node {
    #[inline]
    pub(super) const fn wire(self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::Fixed64,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::Fixed32,
            Self::String | Self::Bytes | Self::Message(_) => WireType::Length,
            _ => WireType::Varint,
        }
    }

    /// Whether a value can come in these bytes. A message can also be a group: Java prints groups as messages.
    #[inline]
    pub(super) fn accepts(self, wire: WireType) -> bool {
        wire == self.wire() || wire == WireType::Group && matches!(self, Self::Message(_))
    }
}

impl Field {
    /// Gives the field another name in JSON.
    pub(super) fn rename(&mut self, name: &str) {
        let mut quoted = Vec::new();
        write_string(name, &mut quoted);
        self.json_name = name.into();
        self.opening = Piece::new([&quoted[..], b":"].concat());
        self.quoted = quoted.into();
    }

    /// Whether the field's values can come in these bytes; otherwise they are some other field's.
    #[inline]
    pub(super) fn accepts(&self, wire: WireType) -> bool {
        match self.shape {
            Shape::One { .. } => self.node.accepts(wire),
            Shape::Many { .. } => self.node.accepts(wire) || wire == WireType::Length,
            Shape::Map { .. } => wire == WireType::Length,
        }
    }
}

/// An enum's values.
#[derive(Debug, Clone)]
pub(super) struct Enum {
    /// In the order of their numbers, each name with its quotes; of several names the first.
    symbols: Vec<(i32, Piece)>,
    pub(super) by_name: HashMap<Box<str>, i32, foldhash::fast::RandomState>,
    /// The value that is meant where none is given.
    pub(super) default: i32,
    /// It is the `google.protobuf.NullValue` whose value is JSON's null.
    pub(super) is_null: bool,
}

impl Enum {
    /// The name of a number.
    #[inline]
    pub(super) fn symbol(&self, number: i32) -> Option<&Piece> {
        // The values of most enums are 0, 1, 2 and so on.
        let guess = usize::try_from(number)
            .ok()
            .and_then(|at| self.symbols.get(at));
        if let Some((_, symbol)) = guess.filter(|(found, _)| *found == number) {
            return Some(symbol);
        }
        let at = self
            .symbols
            .binary_search_by_key(&number, |(number, _)| *number)
            .ok()?;
        self.symbols.get(at).map(|(_, symbol)| symbol)
    }
}

/// A step from a value to one inside it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Field { message: MessageId, field: usize },
    Item,
    Value,
}

impl Plan {
    /// The path of field names for steps from the inside out.
    pub(super) fn path(&self, steps: &[Step]) -> String {
        let mut path = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Field { message, field } => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    let field = self.message(*message).fields.get(*field);
                    path.push_str(field.map_or("", |field| &field.name));
                }
                Step::Item => path.push_str("[]"),
                Step::Value => path.push_str("{}"),
            }
        }
        path
    }
}
