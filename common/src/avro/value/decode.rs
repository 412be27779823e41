//! Avro bytes to trees of values.

use std::sync::Arc;

use super::super::input::Input;
use super::super::json_in::{Step, path};
use super::super::plan::{Node, NodeId, Plan};
use super::Value;
use crate::error::{DecodeError, PayloadFault, Place};

pub(in crate::avro) fn decode(plan: &Plan, payload: &[u8]) -> Result<(Value, usize), DecodeError> {
    let mut decoder = Decoder {
        input: Input::new(plan, payload),
        path: Vec::new(),
    };
    let result = decoder
        .input
        .check_size()
        .and_then(|()| decoder.value(plan.root));
    let offset = decoder.input.reader.offset();
    match result {
        Ok(value) => Ok((value, offset)),
        Err(fault) => {
            let place = Place {
                offset: Some(offset),
                path: path(plan, &decoder.path),
            };
            Err(DecodeError::Payload { place, fault })
        }
    }
}

struct Decoder<'p, 'b> {
    input: Input<'p, 'b>,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

type Decoded<T> = Result<T, PayloadFault>;

impl Decoder<'_, '_> {
    fn value(&mut self, node: NodeId) -> Decoded<Value> {
        let reader = &mut self.input.reader;
        Ok(match self.input.plan.node(node) {
            Node::Null => Value::Null,
            Node::Boolean => Value::Boolean(reader.boolean()?),
            Node::Int | Node::Date | Node::TimeMillis => Value::Int(reader.int()?),
            Node::Long | Node::TimeMicros | Node::Timestamp { .. } => Value::Long(reader.long()?),
            Node::Float => Value::Float(f32::from_le_bytes(reader.array("a float")?)),
            Node::Double => Value::Double(f64::from_le_bytes(reader.array("a double")?)),
            Node::String => Value::String(self.input.string()?.to_owned()),
            Node::Enum(index) => Value::Enum(Arc::clone(self.input.symbol(index)?)),
            Node::Array(items) => Value::Array(self.items(items)?),
            Node::Map(values) => Value::Map(self.entries(values)?),
            Node::Record(index) => Value::Record(self.fields(index)?),
            Node::Union(index) => {
                let (at, branch) = self.input.branch(index)?;
                let at = u32::try_from(at).map_err(|_| PayloadFault::UnionIndex)?;
                Value::Union(at, Box::new(self.value(branch.node)?))
            }
            node => {
                let bytes = self.input.blob(node)?.unwrap_or_default().to_vec();
                match node.fixed_size() {
                    Some(_) => Value::Fixed(bytes),
                    None => Value::Bytes(bytes),
                }
            }
        })
    }

    fn inner(&mut self, node: NodeId, step: Step) -> Decoded<Value> {
        self.value(node).inspect_err(|_| self.path.push(step))
    }

    fn fields(&mut self, index: u32) -> Decoded<Vec<(Arc<str>, Value)>> {
        self.input.enter()?;
        let record = self.input.plan.record(index);
        // Of values without bytes there may be fewer than the schema says.
        let likely = record.fields.len().min(self.input.reader.left());
        let mut fields = Vec::with_capacity(likely);
        for (at, field) in record.fields.iter().enumerate() {
            let left = self.input.reader.left();
            let step = Step::Field {
                record: index,
                field: at,
            };
            let value = self.inner(field.node, step)?;
            if self.input.reader.left() == left {
                self.input.empty()?;
            }
            fields.push((Arc::clone(&field.name), value));
        }
        self.input.leave();
        Ok(fields)
    }

    fn items(&mut self, node: NodeId) -> Decoded<Vec<Value>> {
        self.input.enter()?;
        let mut items = Vec::new();
        loop {
            let count = self.input.block()?;
            if count == 0 {
                break;
            }
            items.reserve(count.min(self.input.reader.left()));
            for _ in 0..count {
                items.push(self.inner(node, Step::Item)?);
            }
        }
        self.input.leave();
        Ok(items)
    }

    fn entries(&mut self, values: NodeId) -> Decoded<Vec<(String, Value)>> {
        self.input.enter()?;
        let mut entries = Vec::new();
        loop {
            let count = self.input.block()?;
            if count == 0 {
                break;
            }
            entries.reserve(count.min(self.input.reader.left()));
            for _ in 0..count {
                let key = self.input.string()?.to_owned();
                entries.push((key, self.inner(values, Step::Value)?));
            }
        }
        self.input.leave();
        Ok(entries)
    }
}
