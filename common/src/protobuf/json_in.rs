//! JSON text to Protobuf bytes, in one pass over the text and without a tree.
//!
//! Fields are written in the order of their numbers, as encoders do, whatever their order in the text.

use super::error::{ProtobufValueError, ProtobufValueFault as Fault};
use super::plan::{Field, Form, MessageId, Node, Plan, Shape, Step};
use super::wire::{WireType, fill_length, reserve_length, write_tag};
use crate::avro::UnknownFields;
use crate::error::{EncodeError, Kind, Place};
use crate::json::{Cursor, JsonError, JsonFault, malformed};
use crate::limits::Limits;

mod object;
mod scalar;
mod well_known;

/// What the bytes are written by, and the bounds on them.
pub(super) struct Settings<'p> {
    pub(super) plan: &'p Plan,
    pub(super) limits: Limits,
    pub(super) unknown_fields: UnknownFields,
    /// Where the payload begins in the output: its index is there already.
    pub(super) start: usize,
}

/// Appends a message given as JSON; what an error leaves behind `start` is nothing.
pub(super) fn encode(
    settings: &Settings<'_>,
    message: MessageId,
    json: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let (start, limits) = (settings.start, settings.limits);
    let cursor = Cursor::from_bytes(json).map_err(EncodeError::Json)?;
    let mut encoder = Encoder {
        plan: settings.plan,
        limits,
        unknown_fields: settings.unknown_fields,
        cursor,
        out_limit: start.saturating_add(limits.payload_bytes),
        out,
        depth_left: limits.depth,
        items_left: limits.items,
        spans: Vec::new(),
        scratch: Vec::new(),
        path: Vec::new(),
    };
    let Err(stop) = encoder.whole(message) else {
        return Ok(());
    };
    let error = encoder.error(stop);
    out.truncate(start);
    match (error.kind(), malformed(json, limits.depth)) {
        (Kind::Validation, Some(error)) => Err(EncodeError::Json(error)),
        _ => Err(error),
    }
}

struct Encoder<'p, 'j, 'o> {
    plan: &'p Plan,
    limits: Limits,
    unknown_fields: UnknownFields,
    cursor: Cursor<'j>,
    out: &'o mut Vec<u8>,
    /// Longest that `out` may become.
    out_limit: usize,
    depth_left: usize,
    items_left: usize,
    /// Where the fields of all open messages begin in `out`.
    spans: Vec<Span>,
    scratch: Vec<u8>,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

/// Where a field's bytes begin; they end where the next field's begin.
#[derive(Debug, Clone, Copy)]
struct Span {
    field: usize,
    start: usize,
}

/// Why a value is refused.
enum Stop {
    Json(JsonError),
    Value { offset: usize, fault: Fault },
}

impl From<JsonError> for Stop {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

type Encoded = Result<(), Stop>;

impl<'p> Encoder<'p, '_, '_> {
    fn whole(&mut self, message: MessageId) -> Encoded {
        self.message(message)?;
        self.cursor.end()?;
        self.check_size()
    }

    fn error(&self, stop: Stop) -> EncodeError {
        match stop {
            Stop::Json(error) => EncodeError::Json(error),
            Stop::Value { offset, fault } => {
                let place = Place {
                    offset: Some(offset),
                    path: self.plan.path(&self.path),
                };
                ProtobufValueError { place, fault }.into()
            }
        }
    }

    /// Writes a message without its length.
    fn message(&mut self, id: MessageId) -> Encoded {
        self.enter()?;
        match self.plan.message(id).form {
            Form::Fields => self.object(id, false)?,
            form => self.well_known(id, form)?,
        }
        self.depth_left += 1;
        self.check_size()
    }

    /// Writes a message with tag and length.
    fn tagged_message(&mut self, number: u32, id: MessageId) -> Encoded {
        write_tag(number, WireType::Length, self.out);
        let start = reserve_length(self.out);
        self.message(id)?;
        fill_length(start, self.out);
        Ok(())
    }

    fn enter(&mut self) -> Encoded {
        if self.depth_left == 0 {
            let limit = self.limits.depth;
            return self.refuse(Fault::Depth { limit });
        }
        self.depth_left -= 1;
        Ok(())
    }

    fn item(&mut self) -> Encoded {
        if self.items_left == 0 {
            let limit = self.limits.items;
            return self.refuse(Fault::Items { limit });
        }
        self.items_left -= 1;
        self.check_size()
    }

    fn check_size(&mut self) -> Encoded {
        if self.out.len() > self.out_limit {
            let limit = self.limits.payload_bytes;
            return self.refuse(Fault::TooLarge { limit });
        }
        Ok(())
    }

    /// Refuses the value that is next.
    #[cold]
    fn refuse<T>(&mut self, fault: Fault) -> Result<T, Stop> {
        self.cursor.peek();
        let offset = self.cursor.offset();
        Err(Stop::Value { offset, fault })
    }

    /// Notes on the way out of a refused value where it stood.
    #[cold]
    fn fail<T>(&mut self, why: Stop, step: Step) -> Result<T, Stop> {
        self.path.push(step);
        Err(why)
    }

    /// Checks that the next value begins with this byte.
    #[inline]
    fn expect(&mut self, first: u8, expected: &'static str) -> Encoded {
        if self.cursor.peek() == Some(first) {
            return Ok(());
        }
        self.mistyped(expected)
    }

    /// Refuses the next value for its type.
    #[cold]
    fn mistyped<T>(&mut self, expected: &'static str) -> Result<T, Stop> {
        let found = match self.cursor.peek() {
            Some(b'"') => "a string",
            Some(b'-' | b'0'..=b'9') => "a number",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            _ => return Err(self.cursor.error(JsonFault::Value).into()),
        };
        self.refuse(Fault::Type { expected, found })
    }

    /// Whether null is a value of this type and not its absence.
    fn takes_null(&self, node: Node) -> bool {
        match node {
            Node::Message(id) => self.plan.message(id).form == Form::Value,
            Node::Enum(id) => self.plan.enumeration(id).is_null,
            _ => false,
        }
    }

    /// Writes a field; gives false for null, which says that it is not there.
    fn field(&mut self, field: &'p Field) -> Result<bool, Stop> {
        if self.cursor.peek() == Some(b'n') {
            let is_one = matches!(field.shape, Shape::One { .. });
            if !is_one || !self.takes_null(field.node) {
                self.cursor.literal("null")?;
                return Ok(false);
            }
        }
        match (field.shape, field.node) {
            (Shape::One { .. }, Node::Message(id)) => self.tagged_message(field.number, id)?,
            (Shape::One { implicit }, node) => {
                let start = self.out.len();
                write_tag(field.number, node.wire(), self.out);
                let is_zero = self.scalar(node, field.closed)?;
                if implicit && is_zero {
                    self.out.truncate(start);
                }
            }
            (Shape::Many { packed }, _) => self.array(field, packed)?,
            (Shape::Map { key }, _) => self.map(field, key)?,
        }
        Ok(true)
    }

    fn array(&mut self, field: &'p Field, packed: bool) -> Encoded {
        self.expect(b'[', "an array")?;
        self.cursor.open(b'[')?;
        let start = self.out.len();
        let packed = packed && !matches!(field.node, Node::Message(_));
        let length = packed.then(|| {
            write_tag(field.number, WireType::Length, self.out);
            reserve_length(self.out)
        });
        let mut first = true;
        while self.cursor.more(b']', &mut first)? {
            self.item()?;
            if let Err(stop) = self.array_item(field, packed) {
                return self.fail(stop, Step::Item);
            }
        }
        match length {
            Some(length) if length == self.out.len() => self.out.truncate(start),
            Some(length) => fill_length(length, self.out),
            None => {}
        }
        Ok(())
    }

    fn array_item(&mut self, field: &'p Field, packed: bool) -> Encoded {
        if self.cursor.peek() == Some(b'n') && !self.takes_null(field.node) {
            return self.refuse(Fault::Null);
        }
        match field.node {
            Node::Message(id) => self.tagged_message(field.number, id),
            node => {
                if !packed {
                    write_tag(field.number, node.wire(), self.out);
                }
                self.scalar(node, field.closed).map(drop)
            }
        }
    }

    fn map(&mut self, field: &'p Field, key: Node) -> Encoded {
        self.expect(b'{', "an object")?;
        self.cursor.open(b'{')?;
        let mut first = true;
        while self.cursor.more(b'}', &mut first)? {
            self.item()?;
            self.cursor.peek();
            let offset = self.cursor.offset();
            let text = self.cursor.key()?;
            write_tag(field.number, WireType::Length, self.out);
            let start = reserve_length(self.out);
            write_tag(1, key.wire(), self.out);
            self.map_key(key, text, offset)?;
            if let Err(stop) = self.map_value(field) {
                return self.fail(stop, Step::Value);
            }
            fill_length(start, self.out);
        }
        Ok(())
    }

    fn map_value(&mut self, field: &'p Field) -> Encoded {
        if self.cursor.peek() == Some(b'n') && !self.takes_null(field.node) {
            return self.refuse(Fault::Null);
        }
        match field.node {
            Node::Message(id) => self.tagged_message(2, id),
            node => {
                write_tag(2, node.wire(), self.out);
                self.scalar(node, field.closed).map(drop)
            }
        }
    }
}
