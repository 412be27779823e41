//! Protobuf bytes to JSON text, written as it is read.
//!
//! JSON has each field once and in the order of its number; so have the bytes that encoders write, but a reader must
//! take fields in any order and several times. The bytes are first taken for what encoders write. Where they are not,
//! all is checked, what counts for nothing too, and read again with every field's places looked up before it is written
//! (see [`scattered`]).

use super::check::check;
use super::error::{ProtobufPayloadError, ProtobufPayloadFault as Fault};
use super::index;
use super::plan::{Field, Form, MessageId, Node, Plan, Shape, Shown, Step};
use super::scalar::Scalar;
use super::wire::{Reader, Tag, WireType};
use crate::error::Place;
use crate::limits::Limits;
use crate::view::{Uncut, mask_text};

mod repeated;
mod scattered;
mod well_known;

/// Appends the JSON of a payload, index included.
pub(super) fn decode(
    plan: &Plan,
    limits: Limits,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<usize, ProtobufPayloadError> {
    let start = out.len();
    let mut decoder = Decoder {
        plan,
        limits,
        reader: Reader::new(payload),
        whole: Reader::new(payload),
        out_limit: start.saturating_add(limits.json_bytes),
        out,
        depth_left: limits.depth,
        items_left: limits.items,
        careful: false,
        places: 0,
        path: Vec::new(),
    };
    let mut result = decoder.payload();
    if matches!(result, Err(Stop::Unordered)) {
        decoder.restart(start);
        decoder.check()?;
        result = decoder.payload();
    }
    match result {
        Ok(()) => Ok(payload.len()),
        Err(stop) => {
            let place = Place {
                offset: Some(decoder.reader.offset()),
                path: plan.path(&decoder.path),
            };
            out.truncate(start);
            let fault = match stop {
                Stop::Fault(fault) => fault,
                Stop::Unordered => {
                    unreachable!("nothing is out of order where places are looked up")
                }
            };
            Err(ProtobufPayloadError { place, fault })
        }
    }
}

struct Decoder<'p, 'b, 'o> {
    plan: &'p Plan,
    limits: Limits,
    reader: Reader<'b>,
    /// The payload from its start.
    whole: Reader<'b>,
    out: &'o mut Vec<u8>,
    /// Longest that `out` may become.
    out_limit: usize,
    depth_left: usize,
    items_left: usize,
    /// Fields are out of order: every message's fields are looked up first.
    careful: bool,
    /// How many places of fields are being held.
    places: usize,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

/// Why reading ends.
enum Stop {
    Fault(Fault),
    /// The bytes are no encoder's, and must be read carefully.
    Unordered,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

type Decoded = Result<(), Stop>;

impl<'p, 'b> Decoder<'p, 'b, '_> {
    fn restart(&mut self, start: usize) {
        self.reader = self.whole;
        self.out.truncate(start);
        self.depth_left = self.limits.depth;
        self.items_left = self.limits.items;
        self.careful = true;
        self.path.clear();
    }

    /// Checks all bytes of a payload whose index was read once.
    fn check(&self) -> Result<(), ProtobufPayloadError> {
        let mut reader = self.whole;
        let index = index::read(&mut reader).ok();
        let message = index.and_then(|index| self.plan.by_index(index));
        message.map_or(Ok(()), |message| {
            check(self.plan, self.limits, reader, message).map(drop)
        })
    }

    fn payload(&mut self) -> Decoded {
        if self.reader.rest().len() > self.limits.payload_bytes {
            let limit = self.limits.payload_bytes;
            return Err(Fault::PayloadTooLarge { limit }.into());
        }
        let index = index::read(&mut self.reader)?;
        let message = self.plan.by_index(index).ok_or(Fault::Index { index })?;
        self.enter()?;
        self.body(message)?;
        self.check_size()
    }

    #[inline]
    fn enter(&mut self) -> Decoded {
        if self.depth_left == 0 {
            let limit = self.limits.depth;
            return Err(Fault::Depth { limit }.into());
        }
        self.depth_left -= 1;
        Ok(())
    }

    #[inline]
    fn item(&mut self) -> Decoded {
        if self.items_left == 0 {
            let limit = self.limits.items;
            return Err(Fault::Items { limit }.into());
        }
        self.items_left -= 1;
        self.check_size()
    }

    #[inline]
    fn check_size(&self) -> Decoded {
        if self.out.len() > self.out_limit {
            let limit = self.limits.json_bytes;
            return Err(Fault::TooLarge { limit }.into());
        }
        Ok(())
    }

    /// Notes on the way out of a refused value where it stood.
    #[cold]
    fn fail(&mut self, why: Stop, step: Step) -> Decoded {
        self.path.push(step);
        Err(why)
    }

    /// The bytes of the message whose tag was just read.
    #[inline]
    fn part(&mut self, number: u32, wire: WireType) -> Result<Reader<'b>, Fault> {
        if wire == WireType::Group {
            return self.reader.group(number, self.depth_left + 1);
        }
        self.reader.part()
    }

    #[inline]
    fn tag(&mut self) -> Result<(u32, WireType), Fault> {
        match self.reader.tag()? {
            Tag::Field { number, wire } => Ok((number, wire)),
            Tag::EndGroup { .. } => Err(Fault::Group),
        }
    }

    /// Writes a message inside of another.
    #[inline]
    fn message(&mut self, id: MessageId, number: u32, wire: WireType) -> Decoded {
        self.enter()?;
        let part = self.part(number, wire)?;
        let outer = std::mem::replace(&mut self.reader, part);
        self.body(id)?;
        self.reader = outer;
        self.depth_left += 1;
        Ok(())
    }

    /// Writes the message whose bytes are all that is left of the reader.
    #[inline]
    fn body(&mut self, id: MessageId) -> Decoded {
        let form = self.plan.message(id).form;
        if form != Form::Fields || self.careful {
            let part = [self.reader];
            return self.merged(id, &part);
        }
        self.out.push(b'{');
        self.ordered(id, true)?;
        self.out.push(b'}');
        Ok(())
    }

    /// Writes a message that consists of several parts.
    fn merged(&mut self, id: MessageId, parts: &[Reader<'b>]) -> Decoded {
        let form = self.plan.message(id).form;
        if form != Form::Fields {
            return self.well_known(id, parts);
        }
        self.out.push(b'{');
        self.fields(id, parts, true)?;
        self.out.push(b'}');
        Ok(())
    }

    /// Writes a message's fields into an object that is open; `first` says whether it is still empty.
    fn fields(&mut self, id: MessageId, parts: &[Reader<'b>], first: bool) -> Decoded {
        if let (false, [part]) = (self.careful, parts) {
            let outer = std::mem::replace(&mut self.reader, *part);
            self.ordered(id, first)?;
            self.reader = outer;
            return Ok(());
        }
        self.scattered(id, parts, first)
    }

    fn ordered(&mut self, id: MessageId, mut first: bool) -> Decoded {
        let plan = self.plan;
        let message = plan.message(id);
        let (mut at, mut oneofs, mut required) = (0, 0_u64, 0);
        while !self.reader.is_empty() {
            let (number, wire) = self.tag()?;
            let index = message.find(number, at);
            let field = index.and_then(|index| message.fields.get(index));
            let (Some(index), Some(field)) = (index, field.filter(|field| field.accepts(wire)))
            else {
                self.reader.skip(number, wire, self.depth_left)?;
                continue;
            };
            let seen = 1_u64.checked_shl(field.oneof).unwrap_or(1) & !u64::from(field.oneof == 0);
            if index < at || oneofs & seen != 0 || (field.oneof > 0 && seen == 1) {
                return Err(Stop::Unordered);
            }
            oneofs |= seen;
            required += usize::from(field.required);
            at = index + 1;
            let written = self.masked(field, &mut first, |decoder, first| {
                decoder.field(field, wire, first)
            });
            if let Err(stop) = written {
                return self.fail(
                    stop,
                    Step::Field {
                        message: id,
                        field: index,
                    },
                );
            }
        }
        if required < message.required {
            return self.miss(id);
        }
        Ok(())
    }

    /// Fails for want of a required field.
    #[cold]
    fn miss(&mut self, id: MessageId) -> Decoded {
        let fields = &self.plan.message(id).fields;
        let field = fields
            .iter()
            .position(|field| field.required)
            .unwrap_or_default();
        self.fail(Fault::Required.into(), Step::Field { message: id, field })
    }

    #[inline]
    fn field(&mut self, field: &'p Field, wire: WireType, first: &mut bool) -> Decoded {
        match (field.shape, field.node) {
            (Shape::One { .. }, Node::Message(id)) => {
                self.key(field, first);
                self.message(id, field.number, wire)?;
                self.check_size()
            }
            (Shape::One { implicit }, node) => {
                let scalar = Scalar::read(node, &mut self.reader)?;
                self.one(field, &scalar, implicit, first);
                Ok(())
            }
            (Shape::Many { .. }, _) => self.many(field, wire, first),
            (Shape::Map { key }, _) => self.map(field, key, first),
        }
    }

    /// Writes a field, and masks its values if they are not to be seen.
    #[inline]
    fn masked(
        &mut self,
        field: &Field,
        first: &mut bool,
        write: impl FnOnce(&mut Self, &mut bool) -> Decoded,
    ) -> Decoded {
        let (start, was_first) = (self.out.len(), *first);
        write(self, first)?;
        match field.shown {
            Shown::Hidden => {
                self.out.truncate(start);
                *first = was_first;
            }
            Shown::Masked if self.out.len() > start => {
                let key = field.quoted.len() + usize::from(!was_first) + 1;
                self.mask(start + key)?;
            }
            Shown::Masked | Shown::Whole => {}
        }
        Ok(())
    }

    /// Masks the values of the text behind `start`, which was just written.
    #[cold]
    fn mask(&mut self, start: usize) -> Decoded {
        let Some(key) = self.plan.key() else {
            return Ok(());
        };
        let room = self.out_limit.saturating_sub(start);
        match mask_text(key, room, self.out, start) {
            Ok(()) => Ok(()),
            Err(Uncut::TooLarge) => {
                let limit = self.limits.json_bytes;
                Err(Fault::TooLarge { limit }.into())
            }
            Err(Uncut::Json(_)) => unreachable!("what was written is JSON"),
        }
    }

    /// Writes a scalar field, unless it is as good as not there.
    #[inline]
    fn one(&mut self, field: &Field, scalar: &Scalar<'b>, implicit: bool, first: &mut bool) {
        if implicit && scalar.is_zero() || field.closed && self.is_nameless(scalar) {
            return;
        }
        self.key(field, first);
        scalar.write(self.plan, self.out);
    }

    /// Whether it is a number that its closed enum does not have.
    fn is_nameless(&self, scalar: &Scalar<'b>) -> bool {
        match scalar {
            Scalar::Enum(id, number) => self.plan.enumeration(*id).symbol(*number).is_none(),
            _ => false,
        }
    }

    #[inline]
    fn key(&mut self, field: &Field, first: &mut bool) {
        self.separate(first);
        field.opening.append_to(self.out);
    }

    #[inline]
    fn separate(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
    }
}
