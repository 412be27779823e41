//! Sequences, maps and structs from Rust values.

use serde::ser::{self, Serialize};

use super::super::binary::{fill_length, reserve_length, write_bytes};
use super::super::fields::{Arrived, Missing, write_default};
use super::super::json_in::Step;
use super::super::plan::{FieldDefault, Node, NodeId, Record};
use super::value::ValueSerializer;
use super::{Encoded, Refused, State};
use crate::bytes::same;
use crate::error::ValueFault;

/// A sequence: an array's items, or bytes one by one.
pub(super) struct ItemsSerializer<'s, 'p> {
    state: &'s mut State<'p>,
    kind: Items,
    /// Where the count was left room for.
    at: usize,
    count: usize,
}

#[derive(Clone, Copy)]
enum Items {
    Array(NodeId),
    Bytes,
    Fixed(usize),
}

impl<'s, 'p> ItemsSerializer<'s, 'p> {
    #[inline]
    pub(super) fn new(value: ValueSerializer<'s, 'p>) -> Result<Self, Refused> {
        let ValueSerializer { state, node } = value;
        state.enter()?;
        let node = state.plan.node(node);
        let kind = match (node, node.fixed_size()) {
            (Node::Array(items), _) => Items::Array(items),
            (_, Some(size)) => Items::Fixed(size),
            (_, None) => Items::Bytes,
        };
        let at = if let Items::Fixed(_) = kind {
            state.out.len()
        } else {
            reserve_length(&mut state.out)
        };
        Ok(Self {
            state,
            kind,
            at,
            count: 0,
        })
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Encoded {
        self.count += 1;
        match self.kind {
            Items::Array(items) => {
                self.state.item()?;
                self.state.inner(items, value, Step::Item)
            }
            Items::Bytes | Items::Fixed(_) => {
                let byte = value.serialize(ByteSerializer);
                match byte {
                    Ok(byte) => self.state.out.push(byte),
                    Err(Refused) => {
                        return self.state.refuse(ValueFault::Type {
                            expected: "bytes",
                            found: "a sequence",
                        });
                    }
                }
                self.state.check_size()
            }
        }
    }

    #[inline]
    fn finish(self) -> Encoded {
        match self.kind {
            Items::Array(_) if self.count > 0 => {
                fill_length(self.count, self.at, &mut self.state.out);
                self.state.out.push(0);
            }
            Items::Array(_) => {}
            Items::Bytes => fill_length(self.count, self.at, &mut self.state.out),
            Items::Fixed(expected) if expected == self.count => {}
            Items::Fixed(expected) => {
                return self.state.refuse(ValueFault::FixedSize {
                    expected,
                    found: self.count,
                });
            }
        }
        self.state.depth_left += 1;
        Ok(())
    }
}

impl ser::SerializeSeq for ItemsSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Encoded {
        self.item(value)
    }

    #[inline]
    fn end(self) -> Encoded {
        self.finish()
    }
}

impl ser::SerializeTuple for ItemsSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Encoded {
        self.item(value)
    }

    fn end(self) -> Encoded {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for ItemsSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Encoded {
        self.item(value)
    }

    fn end(self) -> Encoded {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for ItemsSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Encoded {
        self.item(value)
    }

    fn end(self) -> Encoded {
        self.finish()
    }
}

/// A struct: a record's fields, or a map's entries.
pub(super) struct FieldsSerializer<'s, 'p> {
    state: &'s mut State<'p>,
    target: Target<'p>,
    /// Index of the field that should come next, or count of the entries so far.
    next: usize,
}

enum Target<'p> {
    Record {
        index: u32,
        record: &'p Record,
        /// There once a field has come out of order.
        arrived: Option<Arrived>,
    },
    Map {
        values: NodeId,
        at: usize,
    },
}

impl<'s, 'p> FieldsSerializer<'s, 'p> {
    #[inline]
    pub(super) fn new(value: ValueSerializer<'s, 'p>) -> Result<Self, Refused> {
        let ValueSerializer { state, node } = value;
        state.enter()?;
        let target = match state.plan.node(node) {
            Node::Record(index) => Target::Record {
                index,
                record: state.plan.record(index),
                arrived: None,
            },
            Node::Map(values) => Target::Map {
                values,
                at: reserve_length(&mut state.out),
            },
            _ => {
                return state.refuse(ValueFault::Type {
                    expected: "a value without fields",
                    found: "a struct",
                });
            }
        };
        Ok(Self {
            state,
            target,
            next: 0,
        })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Encoded {
        match &mut self.target {
            Target::Record {
                index,
                record,
                arrived: arrived @ None,
            } => match record.fields.get(self.next) {
                Some(field) if same(field.name.as_bytes(), name.as_bytes()) => {
                    let step = Step::Field {
                        record: *index,
                        field: self.next,
                    };
                    self.next += 1;
                    self.state.inner(field.node, value, step)
                }
                _ => {
                    *arrived = Some(Arrived::new(
                        record,
                        self.next,
                        &self.state.out,
                        &mut self.state.spans,
                    ));
                    self.late_field(name, value)
                }
            },
            Target::Record { .. } => self.late_field(name, value),
            Target::Map { values, .. } => {
                self.state.item()?;
                write_bytes(name.as_bytes(), &mut self.state.out);
                self.next += 1;
                self.state.inner(*values, value, Step::Value)
            }
        }
    }

    #[inline(never)]
    fn late_field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Encoded {
        let Target::Record {
            index,
            record,
            arrived: Some(arrived),
        } = &self.target
        else {
            return Err(Refused);
        };
        let Some(at) = record.field(name, self.next + 1) else {
            return self.state.refuse(ValueFault::Unknown);
        };
        if arrived.came_before(at) {
            return self.state.refuse(ValueFault::Unknown);
        }
        self.next = at;
        let start = self.state.out.len();
        self.state.inner(
            record.fields[at].node,
            value,
            Step::Field {
                record: *index,
                field: at,
            },
        )?;
        arrived.note(at, start, &self.state.out, &mut self.state.spans);
        self.state.check_size()
    }

    #[inline]
    fn finish(self) -> Encoded {
        if let Target::Record {
            record,
            arrived: None,
            ..
        } = &self.target
            && self.next == record.fields.len()
        {
            self.state.depth_left += 1;
            return self.state.check_size();
        }
        self.finish_slowly()
    }

    /// Ends what is not a record whose fields all came in order.
    fn finish_slowly(self) -> Encoded {
        match self.target {
            Target::Record {
                index,
                record,
                arrived: None,
            } => {
                for (at, field) in record.fields.iter().enumerate().skip(self.next) {
                    if write_default(&field.default, &mut self.state.out).is_err() {
                        return missing(self.state, (index, record), at);
                    }
                }
            }
            Target::Record {
                index,
                record,
                arrived: Some(arrived),
            } => {
                if let Err(Missing(at)) =
                    arrived.put_in_order(record, &mut self.state.out, &mut self.state.spans)
                {
                    return missing(self.state, (index, record), at);
                }
            }
            Target::Map { at, .. } if self.next > 0 => {
                fill_length(self.next, at, &mut self.state.out);
                self.state.out.push(0);
            }
            Target::Map { .. } => {}
        }
        self.state.depth_left += 1;
        self.state.check_size()
    }
}

#[cold]
fn missing(state: &mut State<'_>, record: (u32, &Record), field: usize) -> Encoded {
    let default = record.1.fields.get(field).map(|field| &field.default);
    let fault = if default == Some(&FieldDefault::Broken) {
        ValueFault::Default
    } else {
        ValueFault::Missing
    };
    state.fault = Some(fault);
    Err(state.step(Step::Field {
        record: record.0,
        field,
    }))
}

impl ser::SerializeStruct for FieldsSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Encoded {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Encoded {
        self.finish()
    }
}

impl ser::SerializeStructVariant for FieldsSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Encoded {
        self.field(name, value)
    }

    fn end(self) -> Encoded {
        self.finish()
    }
}

/// A map, or a flattened struct: keys arrive as values of their own.
pub(super) struct MapSerializer<'s, 'p> {
    fields: FieldsSerializer<'s, 'p>,
    key: String,
}

impl<'s, 'p> MapSerializer<'s, 'p> {
    pub(super) fn new(value: ValueSerializer<'s, 'p>) -> Result<Self, Refused> {
        Ok(Self {
            fields: FieldsSerializer::new(value)?,
            key: String::new(),
        })
    }
}

impl ser::SerializeMap for MapSerializer<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Encoded {
        self.key.clear();
        match key.serialize(KeySerializer(&mut self.key)) {
            Ok(()) => Ok(()),
            Err(Refused) => self.fields.state.refuse(ValueFault::Type {
                expected: "a text as key",
                found: "another value",
            }),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Encoded {
        self.fields.field(&self.key, value)
    }

    fn end(self) -> Encoded {
        self.fields.finish()
    }
}

/// Takes one byte of a sequence of bytes.
struct ByteSerializer;

/// Takes a map's key.
struct KeySerializer<'k>(&'k mut String);

mod narrow;
