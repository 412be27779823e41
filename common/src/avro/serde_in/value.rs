//! The serializer of one value: picks the union's branch, hands over to the node.

use serde::ser::{Serialize, Serializer};

use super::super::binary::{write_bytes, write_length, write_long};
use super::super::plan::{Node, NodeId, Union};
use super::compound::{FieldsSerializer, ItemsSerializer, MapSerializer};
use super::{Encoded, Refused, State};
use crate::error::ValueFault;

/// Serializes a value as one node of the plan.
pub(super) struct ValueSerializer<'s, 'p> {
    pub(super) state: &'s mut State<'p>,
    pub(super) node: NodeId,
}

impl<'s, 'p> ValueSerializer<'s, 'p> {
    #[inline]
    pub(super) const fn new(state: &'s mut State<'p>, node: NodeId) -> Self {
        Self { state, node }
    }

    #[inline]
    fn node(&self) -> Node {
        self.state.plan.node(self.node)
    }

    /// Goes into the first branch that `takes` the value, if the node is a union.
    #[inline]
    fn branch(
        mut self,
        found: &'static str,
        takes: impl Fn(Node) -> bool,
    ) -> Result<Self, Refused> {
        if let Node::Union(index) = self.node() {
            let plan = self.state.plan;
            let union = plan.union(index);
            let branch = union
                .branches
                .iter()
                .position(|branch| takes(plan.node(branch.node)));
            let Some(branch) = branch else {
                return self.state.refuse(ValueFault::Union);
            };
            self.enter_branch(union, branch);
        } else if !takes(self.node()) {
            return self.mismatch(found);
        }
        Ok(self)
    }

    fn enter_branch(&mut self, union: &Union, branch: usize) {
        write_length(branch, &mut self.state.out);
        self.node = union.branches[branch].node;
    }

    #[cold]
    pub(super) fn mismatch<T>(self, found: &'static str) -> Result<T, Refused> {
        let expected = self.node().name();
        self.state.refuse(ValueFault::Type { expected, found })
    }

    /// Picks the branch that a Rust enum's variant names, by the type's full or simple name.
    fn named_branch(&mut self, variant: &str) -> Result<bool, Refused> {
        let Node::Union(index) = self.node() else {
            return Ok(false);
        };
        let union = self.state.plan.union(index);
        match union.called(variant) {
            Some(branch) => {
                self.enter_branch(union, branch);
                Ok(true)
            }
            None => self.state.refuse(ValueFault::Branch),
        }
    }

    /// Picks the branch that a variant without values names, if it is one that can do without: null or a record.
    fn named_empty_branch(&mut self, variant: &str) -> bool {
        let Node::Union(index) = self.node() else {
            return false;
        };
        let plan = self.state.plan;
        let union = plan.union(index);
        let is_empty = |branch: &usize| {
            matches!(
                plan.node(union.branches[*branch].node),
                Node::Null | Node::Record(_)
            )
        };
        match union.called(variant).filter(is_empty) {
            Some(branch) => {
                self.enter_branch(union, branch);
                true
            }
            None => false,
        }
    }

    /// The branch for a struct: the record of its name, else the first record or map.
    fn struct_branch(mut self, name: &'static str) -> Result<Self, Refused> {
        if let Node::Union(index) = self.node() {
            let plan = self.state.plan;
            let union = plan.union(index);
            let is_named = |node: Node| matches!(node, Node::Record(record) if *plan.record(record).simple_name == *name);
            if let Some(branch) = union
                .branches
                .iter()
                .position(|branch| is_named(plan.node(branch.node)))
            {
                self.enter_branch(union, branch);
                return Ok(self);
            }
        }
        self.branch("a struct", |node| {
            matches!(node, Node::Record(_) | Node::Map(_))
        })
    }

    fn symbol(self, variant: &str) -> Encoded {
        let plan = self.state.plan;
        let symbol = |node: Node| match node {
            Node::Enum(index) => plan.enumeration(index).by_name.get(variant).copied(),
            _ => None,
        };
        if let Node::Enum(_) = self.node()
            && symbol(self.node()).is_none()
        {
            return self.state.refuse(ValueFault::Symbol);
        }
        let picked = self.branch("a unit variant", |node| {
            matches!(node, Node::String) || symbol(node).is_some()
        })?;
        match symbol(picked.node()) {
            Some(symbol) => write_length(symbol, &mut picked.state.out),
            None => write_bytes(variant.as_bytes(), &mut picked.state.out),
        }
        Ok(())
    }
}

macro_rules! as_long {
    ($($method:ident: $type:ty),+) => {
        $(#[inline]
        fn $method(self, number: $type) -> Encoded {
            self.serialize_i64(i64::from(number))
        })+
    };
}

impl<'s, 'p> Serializer for ValueSerializer<'s, 'p> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = ItemsSerializer<'s, 'p>;
    type SerializeTuple = ItemsSerializer<'s, 'p>;
    type SerializeTupleStruct = ItemsSerializer<'s, 'p>;
    type SerializeTupleVariant = ItemsSerializer<'s, 'p>;
    type SerializeMap = MapSerializer<'s, 'p>;
    type SerializeStruct = FieldsSerializer<'s, 'p>;
    type SerializeStructVariant = FieldsSerializer<'s, 'p>;

    as_long!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32);

    #[inline]
    fn serialize_bool(self, value: bool) -> Encoded {
        let picked = self.branch("a boolean", |node| matches!(node, Node::Boolean))?;
        picked.state.out.push(u8::from(value));
        Ok(())
    }

    #[inline]
    fn serialize_i64(self, number: i64) -> Encoded {
        if matches!(self.node(), Node::Long) {
            write_long(number, &mut self.state.out);
            return Ok(());
        }
        self.branch("an integer", |node| {
            super::scalar::takes_integer(node, number)
        })?
        .write_integer(number)
    }

    fn serialize_u64(self, number: u64) -> Encoded {
        match i64::try_from(number) {
            Ok(number) => self.serialize_i64(number),
            Err(_) => self.state.refuse(ValueFault::Number("a long")),
        }
    }

    fn serialize_i128(self, number: i128) -> Encoded {
        match i64::try_from(number) {
            Ok(number) => self.serialize_i64(number),
            Err(_) => self.state.refuse(ValueFault::Number("a long")),
        }
    }

    fn serialize_u128(self, number: u128) -> Encoded {
        match i64::try_from(number) {
            Ok(number) => self.serialize_i64(number),
            Err(_) => self.state.refuse(ValueFault::Number("a long")),
        }
    }

    fn serialize_f32(self, number: f32) -> Encoded {
        let picked = self.branch("a float", |node| matches!(node, Node::Float | Node::Double))?;
        match picked.node() {
            Node::Float => picked.state.out.extend_from_slice(&number.to_le_bytes()),
            _ => picked
                .state
                .out
                .extend_from_slice(&f64::from(number).to_le_bytes()),
        }
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Encoded {
        let prefers_double = match self.node() {
            Node::Union(index) => {
                let plan = self.state.plan;
                plan.union(index)
                    .branches
                    .iter()
                    .any(|branch| matches!(plan.node(branch.node), Node::Double))
            }
            _ => false,
        };
        let picked = self.branch("a double", |node| {
            matches!(node, Node::Double) || (matches!(node, Node::Float) && !prefers_double)
        })?;
        picked.write_double(number)
    }

    fn serialize_char(self, character: char) -> Encoded {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Encoded {
        if matches!(self.node(), Node::String) {
            write_bytes(text.as_bytes(), &mut self.state.out);
            return Ok(());
        }
        self.write_text(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Encoded {
        let picked = self.branch("bytes", |node| {
            super::scalar::takes_bytes(node, Some(bytes.len()))
        })?;
        picked.write_blob(bytes)
    }

    fn serialize_none(self) -> Encoded {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Encoded {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Encoded {
        self.branch("null", |node| matches!(node, Node::Null))
            .map(drop)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Encoded {
        match self.node() {
            Node::Record(_) => self
                .serialize_struct(name, 0)
                .and_then(serde::ser::SerializeStruct::end),
            _ => self.serialize_unit(),
        }
    }

    fn serialize_unit_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Encoded {
        if self.named_empty_branch(variant) {
            return self.serialize_unit_struct(variant);
        }
        self.symbol(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Encoded {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Encoded {
        if self.named_branch(variant)? {
            return value.serialize(self);
        }
        self.mismatch("an enum variant with a value")
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Refused> {
        if let Node::Array(_) = self.node() {
            return ItemsSerializer::new(self);
        }
        let takes =
            |node| matches!(node, Node::Array(_)) || super::scalar::takes_bytes(node, length);
        ItemsSerializer::new(self.branch("a sequence", takes)?)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, Refused> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTuple, Refused> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTuple, Refused> {
        if self.named_branch(variant)? {
            return self.serialize_seq(Some(length));
        }
        self.mismatch("an enum variant with values")
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, Refused> {
        let takes = |node| matches!(node, Node::Map(_) | Node::Record(_));
        MapSerializer::new(self.branch("a map", takes)?)
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStruct, Refused> {
        if let Node::Record(_) = self.node() {
            return FieldsSerializer::new(self);
        }
        FieldsSerializer::new(self.struct_branch(name)?)
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, Refused> {
        if self.named_branch(variant)? {
            return self.serialize_struct(variant, length);
        }
        self.mismatch("an enum variant with fields")
    }
}
