//! Values without parts, between bytes and JSON.

use super::base64;
use super::error::ProtobufPayloadFault as Fault;
use super::plan::{Node, Plan};
use super::wire::{Reader, unzigzag};
use crate::avro::{write_double, write_float};
use crate::bytes::append_number;
use crate::json::{write_ascii_string, write_string};

/// A value of a scalar type; texts are known to be UTF-8.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scalar<'b> {
    /// 32 bits, a number in JSON.
    Int(i64),
    /// 64 bits, a text in JSON.
    Long(i64),
    Unsigned(u64),
    Float(f32),
    Double(f64),
    Bool(bool),
    Text(&'b str),
    Bytes(&'b [u8]),
    Enum(u32, i32),
}

impl<'b> Scalar<'b> {
    /// Reads a value; messages are read elsewhere.
    #[inline]
    pub(super) fn read(node: Node, reader: &mut Reader<'b>) -> Result<Self, Fault> {
        Ok(match node {
            Node::String => {
                let start = *reader;
                let bytes = reader.bytes()?;
                Self::Text(std::str::from_utf8(bytes).map_err(|_| {
                    *reader = start;
                    Fault::Utf8
                })?)
            }
            Node::Int64 => Self::Long(reader.varint()?.cast_signed()),
            Node::Int32 => Self::Int(signed(reader.varint()?).into()),
            Node::Double => Self::Double(f64::from_le_bytes(reader.array()?)),
            Node::Float => Self::Float(f32::from_le_bytes(reader.array()?)),
            Node::Uint32 => Self::Int(low(reader.varint()?).into()),
            Node::Uint64 => Self::Unsigned(reader.varint()?),
            Node::Sint32 => Self::Int(unzigzag(low(reader.varint()?).into())),
            Node::Sint64 => Self::Long(unzigzag(reader.varint()?)),
            Node::Fixed32 => Self::Int(u32::from_le_bytes(reader.array()?).into()),
            Node::Fixed64 => Self::Unsigned(u64::from_le_bytes(reader.array()?)),
            Node::Sfixed32 => Self::Int(i32::from_le_bytes(reader.array()?).into()),
            Node::Sfixed64 => Self::Long(i64::from_le_bytes(reader.array()?)),
            Node::Bool => Self::Bool(reader.varint()? != 0),
            Node::Bytes => Self::Bytes(reader.bytes()?),
            Node::Enum(id) => Self::Enum(id, signed(reader.varint()?)),
            Node::Message(_) => unreachable!("messages are no scalars"),
        })
    }

    /// The value that is meant where none is given.
    pub(super) fn zero(node: Node, plan: &Plan) -> Self {
        match node {
            Node::Int32 | Node::Uint32 | Node::Sint32 | Node::Fixed32 | Node::Sfixed32 => {
                Self::Int(0)
            }
            Node::Int64 | Node::Sint64 | Node::Sfixed64 => Self::Long(0),
            Node::Uint64 | Node::Fixed64 => Self::Unsigned(0),
            Node::Double => Self::Double(0.0),
            Node::Float => Self::Float(0.0),
            Node::Bool => Self::Bool(false),
            Node::String => Self::Text(""),
            Node::Bytes => Self::Bytes(b""),
            Node::Enum(id) => Self::Enum(id, plan.enumeration(id).default),
            Node::Message(_) => unreachable!("messages are no scalars"),
        }
    }

    /// Whether it is what a field without presence is not written for.
    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Int(number) | Self::Long(number) => *number == 0,
            Self::Unsigned(number) => *number == 0,
            Self::Float(number) => number.to_bits() == 0,
            Self::Double(number) => number.to_bits() == 0,
            Self::Bool(value) => !value,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Enum(_, number) => *number == 0,
        }
    }

    #[inline]
    pub(super) fn write(&self, plan: &Plan, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => write_text(text, out),
            Self::Long(number) => {
                out.push(b'"');
                append_number(*number, out);
                out.push(b'"');
            }
            Self::Int(number) => append_number(*number, out),
            Self::Enum(id, number) => write_symbol(plan, *id, *number, out),
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Double(number) => write_double(*number, out),
            Self::Float(number) => write_float(*number, out),
            Self::Unsigned(number) => {
                out.push(b'"');
                write_unsigned(*number, out);
                out.push(b'"');
            }
            Self::Bytes(bytes) => {
                out.push(b'"');
                base64::write(bytes, out);
                out.push(b'"');
            }
        }
    }

    /// Writes the value as the key of an object.
    pub(super) fn write_key(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => write_text(text, out),
            scalar => {
                out.push(b'"');
                match scalar {
                    Self::Int(number) | Self::Long(number) => append_number(*number, out),
                    Self::Unsigned(number) => write_unsigned(*number, out),
                    Self::Bool(value) => {
                        out.extend_from_slice(if *value { b"true" } else { b"false" });
                    }
                    _ => unreachable!("no other type can be a map's key"),
                }
                out.push(b'"');
            }
        }
    }
}

#[inline]
fn write_text(text: &str, out: &mut Vec<u8>) {
    if !write_ascii_string(text.as_bytes(), out) {
        write_string(text, out);
    }
}

fn write_symbol(plan: &Plan, id: u32, number: i32, out: &mut Vec<u8>) {
    let enumeration = plan.enumeration(id);
    match enumeration.symbol(number) {
        _ if enumeration.is_null => out.extend_from_slice(b"null"),
        Some(symbol) => symbol.append_to(out),
        None => append_number(number.into(), out),
    }
}

fn write_unsigned(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The lower 32 bits.
#[inline]
fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}

#[inline]
fn signed(number: u64) -> i32 {
    low(number).cast_signed()
}
