//! Trees of values to Avro bytes.

use std::sync::Arc;

use super::super::binary::{write_bytes, write_length, write_long};
use super::super::fields::write_default;
use super::super::json_in::{Step, path};
use super::super::plan::{FieldDefault, Node, NodeId, Plan};
use super::Value;
use crate::error::{EncodeError, Place, ValueFault};

pub(in crate::avro) fn encode(
    plan: &Plan,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let mut encoder = Encoder {
        plan,
        out_limit: start.saturating_add(plan.limits.payload_bytes),
        out,
        depth_left: plan.limits.depth,
        items_left: plan.limits.items,
        path: Vec::new(),
    };
    let result = encoder.value(plan.root, value);
    match result.and_then(|()| encoder.check_size()) {
        Ok(()) => Ok(()),
        Err(fault) => {
            let place = Place {
                offset: None,
                path: path(plan, &encoder.path),
            };
            out.truncate(start);
            Err(EncodeError::Value { place, fault })
        }
    }
}

struct Encoder<'p, 'o> {
    plan: &'p Plan,
    out: &'o mut Vec<u8>,
    /// Longest that `out` may become.
    out_limit: usize,
    depth_left: usize,
    items_left: usize,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

type Encoded = Result<(), ValueFault>;

impl Encoder<'_, '_> {
    fn value(&mut self, node: NodeId, value: &Value) -> Encoded {
        match (self.plan.node(node), value) {
            (Node::Union(index), value) => return self.union(index, value),
            (Node::Record(index), Value::Record(fields)) => return self.record(index, fields),
            (Node::Array(node), Value::Array(items)) => return self.array(node, items),
            (Node::Map(values), Value::Map(entries)) => return self.map(values, entries),
            (node, value) => self.scalar(node, value)?,
        }
        self.check_size()
    }

    fn scalar(&mut self, node: Node, value: &Value) -> Encoded {
        let out = &mut *self.out;
        match (node, value) {
            (Node::Null, Value::Null) => {}
            (Node::Boolean, Value::Boolean(boolean)) => out.push(u8::from(*boolean)),
            (Node::Int | Node::Date | Node::TimeMillis, Value::Int(number)) => {
                write_long((*number).into(), out);
            }
            (Node::Long | Node::TimeMicros | Node::Timestamp { .. }, Value::Long(number)) => {
                write_long(*number, out);
            }
            (Node::Float, Value::Float(number)) => out.extend_from_slice(&number.to_le_bytes()),
            (Node::Double, Value::Double(number)) => out.extend_from_slice(&number.to_le_bytes()),
            (Node::String, Value::String(text)) => write_bytes(text.as_bytes(), out),
            (Node::Bytes | Node::DecimalBytes { .. }, Value::Bytes(bytes)) => {
                write_bytes(bytes, out);
            }
            (Node::Enum(index), Value::Enum(symbol)) => {
                let symbol = self.plan.enumeration(index).by_name.get(&**symbol);
                write_length(*symbol.ok_or(ValueFault::Symbol)?, out);
            }
            (node, Value::Fixed(bytes)) => match node.fixed_size() {
                Some(size) if size == bytes.len() => out.extend_from_slice(bytes),
                Some(expected) => {
                    return Err(ValueFault::FixedSize {
                        expected,
                        found: bytes.len(),
                    });
                }
                None => return Err(mismatch(node, value)),
            },
            (node, value) => return Err(mismatch(node, value)),
        }
        Ok(())
    }

    /// A value that does not name its branch goes to the only branch that takes its like.
    fn union(&mut self, index: u32, value: &Value) -> Encoded {
        let union = self.plan.union(index);
        let (at, value) = match value {
            Value::Union(at, value) => (usize::try_from(*at).ok(), &**value),
            value => {
                let mut takers = (0..union.branches.len())
                    .filter(|at| self.takes(union.branches[*at].node, value));
                match (takers.next(), takers.next()) {
                    (Some(at), None) => (Some(at), value),
                    _ => return Err(ValueFault::Union),
                }
            }
        };
        let branch = at.and_then(|at| Some((at, union.branches.get(at)?)));
        let (at, branch) = branch.ok_or(ValueFault::Branch)?;
        write_length(at, self.out);
        self.value(branch.node, value)
    }

    /// Whether a branch takes values like this one, as far as can be seen without going into it.
    fn takes(&self, node: NodeId, value: &Value) -> bool {
        match (self.plan.node(node), value) {
            (Node::Record(_), Value::Record(_))
            | (Node::Array(_), Value::Array(_))
            | (Node::Map(_), Value::Map(_))
            | (Node::Null, Value::Null)
            | (Node::Boolean, Value::Boolean(_))
            | (Node::Int | Node::Date | Node::TimeMillis, Value::Int(_))
            | (Node::Long | Node::TimeMicros | Node::Timestamp { .. }, Value::Long(_))
            | (Node::Float, Value::Float(_))
            | (Node::Double, Value::Double(_))
            | (Node::String, Value::String(_))
            | (Node::Bytes | Node::DecimalBytes { .. }, Value::Bytes(_)) => true,
            (Node::Enum(index), Value::Enum(symbol)) => {
                let symbols = &self.plan.enumeration(index).by_name;
                symbols.contains_key(&**symbol)
            }
            (node, Value::Fixed(bytes)) => node.fixed_size() == Some(bytes.len()),
            _ => false,
        }
    }

    fn record(&mut self, index: u32, given: &[(Arc<str>, Value)]) -> Encoded {
        self.enter()?;
        let plan = self.plan;
        let record = plan.record(index);
        let in_order = record.fields.len() == given.len()
            && record
                .fields
                .iter()
                .zip(given)
                .all(|(field, (name, _))| field.name == *name);
        if in_order {
            for (at, (_, value)) in given.iter().enumerate() {
                self.field(index, at, Some(value))?;
            }
        } else {
            let values = self.by_field(index, given)?;
            for (at, value) in values.into_iter().enumerate() {
                self.field(index, at, value)?;
            }
        }
        self.depth_left += 1;
        self.check_size()
    }

    /// The values in the order of the record's fields.
    fn by_field<'v>(
        &mut self,
        index: u32,
        given: &'v [(Arc<str>, Value)],
    ) -> Result<Vec<Option<&'v Value>>, ValueFault> {
        let record = self.plan.record(index);
        let mut values = vec![None; record.fields.len()];
        for (likely, (name, value)) in given.iter().enumerate() {
            let field = record.field(name, likely).ok_or(ValueFault::Unknown)?;
            if values[field].replace(value).is_some() {
                self.path.push(Step::Field {
                    record: index,
                    field,
                });
                return Err(ValueFault::Twice);
            }
        }
        Ok(values)
    }

    fn field(&mut self, record: u32, field: usize, value: Option<&Value>) -> Encoded {
        let plan = self.plan;
        let target = &plan.record(record).fields[field];
        let written = match value {
            Some(value) => self.value(target.node, value),
            None => write_default(&target.default, self.out).map_err(|()| {
                if target.default == FieldDefault::Broken {
                    ValueFault::Default
                } else {
                    ValueFault::Missing
                }
            }),
        };
        written.inspect_err(|_| self.path.push(Step::Field { record, field }))
    }

    fn array(&mut self, node: NodeId, items: &[Value]) -> Encoded {
        self.begin(items.len())?;
        for item in items {
            self.value(node, item)
                .inspect_err(|_| self.path.push(Step::Item))?;
        }
        self.end()
    }

    fn map(&mut self, values: NodeId, entries: &[(String, Value)]) -> Encoded {
        self.begin(entries.len())?;
        for (key, value) in entries {
            write_bytes(key.as_bytes(), self.out);
            self.value(values, value)
                .inspect_err(|_| self.path.push(Step::Value))?;
        }
        self.end()
    }

    /// Begins the one block of an array or map.
    fn begin(&mut self, count: usize) -> Encoded {
        self.enter()?;
        let left = self.items_left.checked_sub(count);
        self.items_left = left.ok_or(ValueFault::Items {
            limit: self.plan.limits.items,
        })?;
        if count > 0 {
            write_length(count, self.out);
        }
        Ok(())
    }

    fn end(&mut self) -> Encoded {
        self.out.push(0);
        self.depth_left += 1;
        self.check_size()
    }

    fn enter(&mut self) -> Encoded {
        let left = self.depth_left.checked_sub(1);
        self.depth_left = left.ok_or(ValueFault::Depth {
            limit: self.plan.limits.depth,
        })?;
        Ok(())
    }

    fn check_size(&self) -> Encoded {
        if self.out.len() > self.out_limit {
            return Err(ValueFault::TooLarge {
                limit: self.plan.limits.payload_bytes,
            });
        }
        Ok(())
    }
}

fn mismatch(node: Node, value: &Value) -> ValueFault {
    ValueFault::Type {
        expected: node.name(),
        found: value.name(),
    }
}
