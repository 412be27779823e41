//! Messages whose fields are out of order or there several times.

use std::collections::HashMap;
use std::ops::Range;

use super::{Decoded, Decoder, Fault, Field, MessageId, Node, Reader, Scalar, Shape, Step, Stop};
use crate::protobuf::wire::WireType;

/// Where a field's value is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) field: u32,
    wire: WireType,
    /// Offset in the payload.
    at: usize,
}

/// The run of one oneof's fields that counts: all that come behind the last of another field.
struct Run {
    field: u32,
    start: usize,
}

impl<'p, 'b> Decoder<'p, 'b, '_> {
    /// Writes the fields of a message in the order of their numbers, wherever in its parts they are.
    pub(super) fn scattered(
        &mut self,
        id: MessageId,
        parts: &[Reader<'b>],
        mut first: bool,
    ) -> Decoded {
        let plan = self.plan;
        let message = plan.message(id);
        let mut places = self.places(id, parts)?;
        let held = places.len();
        self.places += held;
        self.settle_oneofs(id, &mut places)?;
        places.sort_by_key(|place| place.field);
        let mut required = 0;
        for group in places.chunk_by(|left, right| left.field == right.field) {
            let at = group.first().map_or(0, |place| place.field as usize);
            let field = &message.fields[at];
            required += usize::from(field.required);
            let written = self.masked(field, &mut first, |decoder, first| {
                decoder.gathered(field, group, first)
            });
            if let Err(stop) = written {
                return self.fail(
                    stop,
                    Step::Field {
                        message: id,
                        field: at,
                    },
                );
            }
        }
        self.places -= held;
        if required < message.required {
            return self.miss(id);
        }
        Ok(())
    }

    /// Looks up where each field is.
    pub(super) fn places(
        &mut self,
        id: MessageId,
        parts: &[Reader<'b>],
    ) -> Result<Vec<Place>, Stop> {
        let message = self.plan.message(id);
        let (mut places, mut expected) = (Vec::new(), 0);
        for part in parts {
            self.reader = *part;
            while !self.reader.is_empty() {
                let (number, wire) = self.tag()?;
                let at = self.reader.offset();
                self.reader.skip(number, wire, self.depth_left + 1)?;
                let Some(index) = message.find(number, expected) else {
                    continue;
                };
                expected = index + 1;
                if message.fields[index].accepts(wire) {
                    self.hold(places.len())?;
                    let field = u32::try_from(index).unwrap_or(u32::MAX);
                    places.push(Place { field, wire, at });
                }
            }
        }
        Ok(places)
    }

    /// Makes the value at a place, which was passed once, the next.
    pub(super) fn go_to(&mut self, place: &Place) {
        self.reader = self.whole.at(place.at);
    }

    /// Memory for places is bounded like items.
    fn hold(&self, more: usize) -> Decoded {
        let limit = self.limits.items;
        if self.places + more >= limit {
            return Err(Fault::Items { limit }.into());
        }
        Ok(())
    }

    /// Of each oneof only the field that comes last counts; that the others are sound is known where reading is careful.
    pub(super) fn settle_oneofs(&self, id: MessageId, places: &mut Vec<Place>) -> Decoded {
        let message = self.plan.message(id);
        let mut runs: HashMap<u32, Run, foldhash::fast::RandomState> = HashMap::default();
        let oneof = |place: &Place| message.fields[place.field as usize].oneof;
        for (start, place) in places
            .iter()
            .enumerate()
            .filter(|(_, place)| oneof(place) > 0)
        {
            let run = runs.entry(oneof(place)).or_insert(Run {
                field: place.field,
                start,
            });
            if run.field != place.field {
                *run = Run {
                    field: place.field,
                    start,
                };
            }
        }
        let (held, mut at) = (places.len(), 0);
        places.retain(|place| {
            at += 1;
            let run = runs.get(&oneof(place));
            run.is_none_or(|run| run.field == place.field && run.start < at)
        });
        if places.len() < held && !self.careful {
            return Err(Stop::Unordered);
        }
        Ok(())
    }

    /// Writes a field from all its places.
    fn gathered(&mut self, field: &'p Field, places: &[Place], first: &mut bool) -> Decoded {
        match (field.shape, field.node) {
            (Shape::One { .. }, Node::Message(id)) => {
                let parts = self.parts(field.number, places)?;
                self.key(field, first);
                self.enter()?;
                self.merged(id, &parts)?;
                self.depth_left += 1;
                self.check_size()
            }
            (Shape::One { implicit }, node) => {
                let mut last = None;
                for place in places {
                    self.go_to(place);
                    let scalar = Scalar::read(node, &mut self.reader)?;
                    if !(field.closed && self.is_nameless(&scalar)) {
                        last = Some(scalar);
                    }
                }
                if let Some(scalar) = last {
                    self.one(field, &scalar, implicit, first);
                }
                Ok(())
            }
            (Shape::Many { .. }, _) => self.unless_empty(field, first, *b"[]", |decoder, empty| {
                places.iter().try_for_each(|place| {
                    decoder.go_to(place);
                    decoder.items(field, place.wire, empty)
                })
            }),
            (Shape::Map { key }, _) => self.gathered_map(field, key, places, first),
        }
    }

    /// The parts of a message that is there several times.
    pub(super) fn parts(&mut self, number: u32, places: &[Place]) -> Result<Vec<Reader<'b>>, Stop> {
        let mut parts = Vec::with_capacity(places.len());
        for place in places {
            self.go_to(place);
            parts.push(self.part(number, place.wire)?);
        }
        Ok(parts)
    }

    fn gathered_map(
        &mut self,
        field: &'p Field,
        key: Node,
        places: &[Place],
        first: &mut bool,
    ) -> Decoded {
        self.unless_empty(field, first, *b"{}", |decoder, empty| {
            decoder.gathered_entries(field, key, places, empty)
        })
    }

    /// Writes a map's entries: of several with one key the last counts.
    pub(super) fn gathered_entries(
        &mut self,
        field: &'p Field,
        key: Node,
        places: &[Place],
        empty: &mut bool,
    ) -> Decoded {
        let (mut texts, mut spans) = (Vec::new(), Vec::with_capacity(places.len()));
        for place in places {
            self.item()?;
            let start = texts.len();
            let values = self.entry_places(field, key, place, &mut texts)?;
            if field.closed && self.is_nameless_entry(field, &values)? {
                texts.truncate(start);
            }
            spans.push(start..texts.len());
        }
        let text = |span: &Range<usize>| texts.get(span.clone()).unwrap_or_default();
        let mut last: HashMap<_, usize, foldhash::fast::RandomState> = HashMap::default();
        last.extend(spans.iter().enumerate().map(|(at, span)| (text(span), at)));
        for (at, (span, place)) in spans.iter().zip(places).enumerate() {
            if span.is_empty() || last.get(text(span)) != Some(&at) {
                continue;
            }
            let values = self.entry_places(field, key, place, &mut Vec::new())?;
            self.separate(empty);
            self.out.extend_from_slice(text(span));
            self.out.push(b':');
            if let Err(stop) = self.gathered_value(field.node, &values) {
                return self.fail(stop, Step::Value);
            }
            self.check_size()?;
        }
        Ok(())
    }

    /// Appends an entry's key to `text` and gives the places of its value.
    fn entry_places(
        &mut self,
        field: &Field,
        key: Node,
        entry: &Place,
        text: &mut Vec<u8>,
    ) -> Result<Vec<Place>, Stop> {
        let (start, mut values) = (text.len(), Vec::new());
        self.go_to(entry);
        self.reader = self.reader.part()?;
        Scalar::zero(key, self.plan).write_key(text);
        while !self.reader.is_empty() {
            let (number, wire) = self.tag()?;
            let at = self.reader.offset();
            if number == 1 && wire == key.wire() {
                text.truncate(start);
                Scalar::read(key, &mut self.reader)?.write_key(text);
                continue;
            }
            self.reader.skip(number, wire, self.depth_left + 1)?;
            if number == 2 && field.node.accepts(wire) {
                self.hold(values.len())?;
                values.push(Place { field: 0, wire, at });
            }
        }
        Ok(values)
    }

    fn is_nameless_entry(&mut self, field: &Field, values: &[Place]) -> Result<bool, Stop> {
        match (field.node, values.last()) {
            (Node::Enum(_), Some(place)) => {
                self.go_to(place);
                let scalar = Scalar::read(field.node, &mut self.reader)?;
                Ok(self.is_nameless(&scalar))
            }
            _ => Ok(false),
        }
    }

    fn gathered_value(&mut self, node: Node, values: &[Place]) -> Decoded {
        match (node, values.last()) {
            (Node::Message(id), _) => {
                let parts = self.parts(2, values)?;
                self.enter()?;
                self.merged(id, &parts)?;
                self.depth_left += 1;
                Ok(())
            }
            (node, Some(place)) => {
                self.go_to(place);
                let scalar = Scalar::read(node, &mut self.reader)?;
                scalar.write(self.plan, self.out);
                Ok(())
            }
            (node, None) => self.default_value(node),
        }
    }
}
