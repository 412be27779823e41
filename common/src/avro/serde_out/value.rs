//! The deserializer of one value: goes into the union's branch, hands over to the node.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{Deserializer, Visitor};

use super::super::plan::{Branch, Node, NodeId};
use super::compound::{Bytes, Entries, Fields, Items};
use super::variant::{Tagged, tag};
use super::{Refused, State};
use crate::error::TypeFault;

/// Deserializes one node of the plan.
pub(super) struct ValueDeserializer<'s, 'p, 'de> {
    pub(super) state: &'s mut State<'p, 'de>,
    pub(super) node: NodeId,
    /// The branch of a union that the node is, once its index has been read.
    branch: Option<&'p Branch>,
}

impl<'s, 'p, 'de> ValueDeserializer<'s, 'p, 'de> {
    #[inline]
    pub(super) const fn new(state: &'s mut State<'p, 'de>, node: NodeId) -> Self {
        Self {
            state,
            node,
            branch: None,
        }
    }

    /// Goes into the branch that the value is in, if the node is a union.
    #[inline]
    pub(super) fn pick(&mut self) -> Result<Node, Refused> {
        let input = &mut self.state.input;
        let node = input.plan.node(self.node);
        let Node::Union(union) = node else {
            return Ok(node);
        };
        let (_, branch) = input.branch(union)?;
        self.node = branch.node;
        self.branch = Some(branch);
        Ok(input.plan.node(branch.node))
    }

    /// Reads a node as what it is: logical types as their text, bytes as a sequence.
    fn natural<V: Visitor<'de>>(self, node: Node, visitor: V) -> Result<V::Value, Refused> {
        let reader = &mut self.state.input.reader;
        match node {
            Node::Null => visitor.visit_unit(),
            Node::Boolean => visitor.visit_bool(reader.boolean()?),
            Node::Int => visitor.visit_i32(reader.int()?),
            Node::Long => visitor.visit_i64(reader.long()?),
            Node::Float => visitor.visit_f32(f32::from_le_bytes(reader.array("a float")?)),
            Node::Double => visitor.visit_f64(f64::from_le_bytes(reader.array("a double")?)),
            Node::String => visitor.visit_borrowed_str(self.state.input.string()?),
            Node::Enum(index) => {
                let symbol = self.state.input.symbol(index)?;
                self.state.text(symbol.len())?;
                visitor.visit_str(symbol)
            }
            Node::Array(items) => Items::visit(self.state, items, visitor),
            Node::Map(values) => Entries::visit(self.state, values, visitor),
            Node::Record(index) => Fields::named(self.state, index).visit_map(visitor),
            Node::Bytes | Node::Fixed { .. } => {
                let bytes = self.state.input.blob(node)?.unwrap_or_default();
                // Read as bytes they take their own size, one by one they may take far more.
                self.state.input.items(bytes.len())?;
                Bytes::visit(bytes, visitor)
            }
            Node::Union(_) => Err(TypeFault::Kind("a union in a union").into()),
            node => self.state.logical_text(node, visitor),
        }
    }

    /// Reads a node for a type that asks for an integer.
    fn integer<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.pick()?;
        let reader = &mut self.state.input.reader;
        match node {
            Node::Date | Node::TimeMillis => visitor.visit_i32(reader.int()?),
            Node::TimeMicros | Node::Timestamp { .. } => visitor.visit_i64(reader.long()?),
            Node::Float => {
                let number = f32::from_le_bytes(reader.array("a float")?);
                match whole(number.into()) {
                    Some(number) => visitor.visit_i64(number),
                    None => visitor.visit_f32(number),
                }
            }
            Node::Double => {
                let number = f64::from_le_bytes(reader.array("a double")?);
                match whole(number) {
                    Some(number) => visitor.visit_i64(number),
                    None => visitor.visit_f64(number),
                }
            }
            Node::DecimalBytes { .. } | Node::DecimalFixed { .. } => {
                self.state.whole_decimal(node, visitor)
            }
            node => self.natural(node, visitor),
        }
    }

    /// Reads a node for a type that asks for a floating-point number.
    fn floating<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.pick()?;
        let reader = &mut self.state.input.reader;
        match node {
            Node::Date | Node::TimeMillis => visitor.visit_i32(reader.int()?),
            Node::TimeMicros | Node::Timestamp { .. } => visitor.visit_i64(reader.long()?),
            node => self.natural(node, visitor),
        }
    }

    /// Reads a node for a type that asks for a text.
    fn text<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.pick()? {
            node @ (Node::Bytes | Node::Fixed { .. }) => self.blob(node, visitor),
            node => self.natural(node, visitor),
        }
    }

    /// Reads a node as bytes, if its bytes are a value.
    fn blob<V: Visitor<'de>>(self, node: Node, visitor: V) -> Result<V::Value, Refused> {
        match self.state.input.blob(node)? {
            Some(bytes) => visitor.visit_borrowed_bytes(bytes),
            None => self.natural(node, visitor),
        }
    }

    /// Reads a node for a type that asks for a sequence.
    fn sequence<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.pick()?;
        if let Node::Record(index) = node {
            return Fields::named(self.state, index).visit_seq(visitor);
        }
        match self.state.input.blob(node)? {
            Some(bytes) => Bytes::visit(bytes, visitor),
            None => self.natural(node, visitor),
        }
    }
}

/// The integer that a floating-point number is.
fn whole(number: f64) -> Option<i64> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (number.fract() == 0.0 && (-BOUND..BOUND).contains(&number)).then_some(number as i64)
}

macro_rules! forward {
    ($($method:ident)+ => $target:ident) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            self.$target(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for ValueDeserializer<'_, '_, 'de> {
    type Error = Refused;

    forward!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i128 deserialize_u128 => integer);
    forward!(deserialize_f32 deserialize_f64 => floating);
    forward!(deserialize_char deserialize_string deserialize_identifier => deserialize_str);
    forward!(deserialize_byte_buf => deserialize_bytes);
    forward!(deserialize_bool deserialize_unit => deserialize_any);

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.pick()?;
        self.natural(node, visitor)
    }

    #[inline]
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let input = &mut self.state.input;
        match input.plan.node(self.node) {
            Node::Long | Node::Timestamp { .. } => visitor.visit_i64(input.reader.long()?),
            _ => self.integer(visitor),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let input = &mut self.state.input;
        match input.plan.node(self.node) {
            Node::String => visitor.visit_borrowed_str(input.string()?),
            _ => self.text(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.pick()?;
        self.blob(node, visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.pick()? {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self.pick()? {
            Node::Record(_) => self.deserialize_ignored_any(visitor),
            node => self.natural(node, visitor),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.state.input.plan.node(self.node) {
            Node::Array(items) => Items::visit(self.state, items, visitor),
            _ => self.sequence(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_any(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if let Node::Record(index) = self.state.input.plan.node(self.node) {
            return Fields::of_struct(self.state, index).visit_map(visitor);
        }
        match self.pick()? {
            Node::Record(index) => Fields::of_struct(self.state, index).visit_map(visitor),
            node => self.natural(node, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let node = self.pick()?;
        let branch = self.branch.take();
        if let Some(tag) = branch.and_then(|branch| tag(branch, node, name, variants)) {
            return visitor.visit_enum(Tagged { tag, value: self });
        }
        match node {
            Node::Enum(index) => {
                visitor.visit_enum(StrDeserializer::new(self.state.input.symbol(index)?))
            }
            Node::String => {
                visitor.visit_enum(BorrowedStrDeserializer::new(self.state.input.string()?))
            }
            node => self.natural(node, visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.state.input.skip(self.node)?;
        visitor.visit_unit()
    }
}
