//! Rust enums in unions: the branch's name is the variant.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};

use super::super::plan::{Branch, Node};
use super::Refused;
use super::value::ValueDeserializer;
use crate::error::TypeFault;

/// The variant that a union's branch is, unless the value itself says the variant: a symbol or a text.
///
/// A symbol does if the Rust enum has the Avro enum's name or no variant has it; what the value is does not count,
/// so that a type fits either all values of a schema or none.
pub(super) fn tag<'b>(
    branch: &'b Branch,
    node: Node,
    name: &str,
    variants: &[&str],
) -> Option<&'b str> {
    let (full, simple) = (&*branch.tag.name, branch.simple_name());
    match node {
        Node::Enum(_) if simple == name => None,
        _ if variants.contains(&full) => Some(full),
        _ if variants.contains(&simple) => Some(simple),
        Node::Enum(_) | Node::String => None,
        _ => Some(full),
    }
}

/// A variant and what it holds.
pub(super) struct Tagged<'s, 'p, 'de> {
    pub(super) tag: &'p str,
    pub(super) value: ValueDeserializer<'s, 'p, 'de>,
}

impl<'de> EnumAccess<'de> for Tagged<'_, '_, 'de> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Refused> {
        let variant = seed.deserialize(IntoDeserializer::<Refused>::into_deserializer(self.tag))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'_, '_, 'de> {
    type Error = Refused;

    /// A symbol or text must be the variant itself; what other branches hold is passed over.
    fn unit_variant(self) -> Result<(), Refused> {
        let ValueDeserializer { state, node, .. } = self.value;
        let text = match state.input.plan.node(node) {
            Node::Enum(index) => state.input.symbol(index)?,
            Node::String => state.input.string()?,
            _ => return Ok(state.input.skip(node)?),
        };
        if text == self.tag {
            Ok(())
        } else {
            Err(TypeFault::Variant.into())
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refused> {
        seed.deserialize(self.value)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.value.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.value.deserialize_struct("", fields, visitor)
    }
}
