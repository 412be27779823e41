//! Defaults of fields as Avro bytes, written once when the plan is compiled.

use serde_json::Value;

use super::super::binary::{write_bytes, write_length, write_long};
use super::super::defaults::WORK;
use super::super::schema::{Schema, TypeKind};
use super::{FieldDefault, Node, NodeId, Plan};
use crate::avro::{SchemaError, SchemaFault};

/// Writes the default of every field that has one.
///
/// Records come in the order in which their text ends: a default that leaves out fields of an inner record then
/// finds those fields' bytes written already.
pub(super) fn compile(schema: &Schema, plan: &mut Plan) -> Result<(), SchemaError> {
    let (mut total, mut work_left) = (0, WORK);
    for id in &schema.complete {
        let (TypeKind::Record(record), Node::Record(index)) =
            (&schema.get(*id).kind, plan.node(NodeId(id.0)))
        else {
            continue;
        };
        for (at, field) in record.fields.iter().enumerate() {
            let Some(default) = &field.default else {
                continue;
            };
            let mut writer = Writer {
                plan,
                room: plan.limits.payload_bytes - total,
                work_left,
                out: Vec::new(),
            };
            let written = writer.value(NodeId(field.type_id.0), default);
            work_left = writer.work_left;
            let bytes = writer.out;
            let compiled = match written {
                Ok(()) => FieldDefault::Bytes(bytes.into()),
                Err(Refused::Misfit) => FieldDefault::Broken,
                Err(Refused::TooLarge) => {
                    return Err(SchemaError {
                        path: format!("{}.{}", record.name, field.name),
                        fault: SchemaFault::DefaultsTooLarge {
                            limit: plan.limits.payload_bytes,
                        },
                    });
                }
            };
            if let FieldDefault::Bytes(bytes) = &compiled {
                total += bytes.len();
            }
            plan.records[index as usize].fields[at].default = compiled;
        }
    }
    Ok(())
}

enum Refused {
    /// The default is no value of its type, or finding out takes too many tries.
    Misfit,
    /// The defaults of the schema take too much room.
    TooLarge,
}

struct Writer<'p> {
    plan: &'p Plan,
    room: usize,
    work_left: usize,
    out: Vec<u8>,
}

type Written = Result<(), Refused>;

impl Writer<'_> {
    /// Writes a default. The recursion follows the JSON value, whose nesting the parser has bounded.
    fn value(&mut self, node: NodeId, json: &Value) -> Written {
        self.work_left = self.work_left.checked_sub(1).ok_or(Refused::Misfit)?;
        match (self.plan.node(node), json) {
            (Node::Union(index), json) => self.union(index, json)?,
            (Node::Record(index), Value::Object(object)) => {
                for field in &self.plan.record(index).fields {
                    match (object.get(&*field.name), &field.default) {
                        (Some(value), _) => self.value(field.node, value)?,
                        (None, FieldDefault::Bytes(bytes)) => self.out.extend_from_slice(bytes),
                        (None, _) => return Err(Refused::Misfit),
                    }
                    self.check_room()?;
                }
            }
            (Node::Array(items), Value::Array(array)) => {
                if !array.is_empty() {
                    write_length(array.len(), &mut self.out);
                }
                for item in array {
                    self.value(items, item)?;
                }
                self.out.push(0);
            }
            (Node::Map(values), Value::Object(object)) => {
                if !object.is_empty() {
                    write_length(object.len(), &mut self.out);
                }
                for (key, value) in object {
                    write_bytes(key.as_bytes(), &mut self.out);
                    self.value(values, value)?;
                }
                self.out.push(0);
            }
            (node, json) => self.scalar(node, json)?,
        }
        self.check_room()
    }

    fn check_room(&self) -> Written {
        if self.out.len() > self.room {
            Err(Refused::TooLarge)
        } else {
            Ok(())
        }
    }

    /// The default of a union is one of its first branch, or else of the first other that it is a value of; only
    /// [`DefaultBranch::Any`](crate::avro::DefaultBranch::Any) lets those in.
    fn union(&mut self, index: u32, json: &Value) -> Written {
        let start = self.out.len();
        for (at, branch) in self.plan.union(index).branches.iter().enumerate() {
            write_length(at, &mut self.out);
            match self.value(branch.node, json) {
                Err(Refused::Misfit) => self.out.truncate(start),
                written => return written,
            }
        }
        Err(Refused::Misfit)
    }

    fn scalar(&mut self, node: Node, json: &Value) -> Written {
        let out = &mut self.out;
        match (node, json) {
            (Node::Null, Value::Null) => {}
            (Node::Boolean, Value::Bool(boolean)) => out.push(u8::from(*boolean)),
            (Node::Int | Node::Date | Node::TimeMillis, json) => {
                let number = json
                    .as_i64()
                    .and_then(|number| i32::try_from(number).ok())
                    .ok_or(Refused::Misfit)?;
                write_long(number.into(), out);
            }
            (Node::Long | Node::TimeMicros | Node::Timestamp { .. }, json) => {
                write_long(json.as_i64().ok_or(Refused::Misfit)?, out);
            }
            (Node::Float, json) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a float's default is rounded, as in Java"
                )]
                let float = double(json).ok_or(Refused::Misfit)? as f32;
                out.extend_from_slice(&float.to_le_bytes());
            }
            (Node::Double, json) => {
                out.extend_from_slice(&double(json).ok_or(Refused::Misfit)?.to_le_bytes());
            }
            (Node::String, Value::String(text)) => write_bytes(text.as_bytes(), out),
            (Node::Bytes | Node::DecimalBytes { .. }, Value::String(text)) => {
                write_bytes(&latin1(text).ok_or(Refused::Misfit)?, out);
            }
            (Node::Enum(index), Value::String(symbol)) => {
                let symbol = self
                    .plan
                    .enumeration(index)
                    .by_name
                    .get(symbol.as_str())
                    .ok_or(Refused::Misfit)?;
                write_length(*symbol, out);
            }
            (node, Value::String(text)) => {
                let size = node.fixed_size().ok_or(Refused::Misfit)?;
                let mut bytes = latin1(text).ok_or(Refused::Misfit)?;
                if size > self.room {
                    return Err(Refused::TooLarge);
                }
                // As Java does with a default that is too short or too long.
                bytes.resize(size, 0);
                out.extend_from_slice(&bytes);
            }
            _ => return Err(Refused::Misfit),
        }
        Ok(())
    }
}

fn double(json: &Value) -> Option<f64> {
    match json.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => json.as_f64(),
    }
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}
