//! A schema compiled for reading and writing: flat nodes that point to each other by index.

use super::schema::Schema;
use super::view::Projection;
use super::{ResolutionError, SchemaError, resolve};
use crate::limits::Limits;

mod compile;
mod defaults;
mod node;
mod read;
mod resolved;
mod tables;
mod write;

pub(super) use node::{Node, NodeId};
pub(super) use resolved::{
    Adjust, Adjusted, DefaultText, Masked, MaskedBranches, Move, Number, Resolved, Rest, Skip,
    Symbols,
};
pub(super) use tables::{Branch, Enum, Field, FieldDefault, Record, Tag, Token, Union};

/// A compiled schema, shared by all workers.
///
/// It writes JSON text and Rust values as Avro bytes and Avro bytes as JSON text. Records, arrays and maps have one
/// block with a positive count, as Java's encoder writes them.
///
/// ```
/// use common::avro::{JsonForm, JsonIn, Plan, Schema};
/// use common::limits::Limits;
///
/// let schema = Schema::parse(r#"{"type": "record", "name": "Order", "fields": [
///     {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
///     {"name": "items", "type": {"type": "array", "items": ["null", "string"]}, "default": []}
/// ]}"#)?;
/// let plan = Plan::compile(&schema, Limits::default())?;
///
/// let mut payload = Vec::new();
/// plan.encode_json(br#"{"items": [null, "a"], "at": "2023-04-12T13:45:33Z"}"#, &JsonIn::default(), &mut payload)?;
/// assert_eq!(payload, b"\x90\x91\xb7\xdb\xee\x61\x04\x00\x02\x02a\x00");
///
/// let (mut plain, mut avro) = (Vec::new(), Vec::new());
/// plan.decode_json(&payload, JsonForm::Plain, &mut plain)?;
/// plan.decode_json(&payload, JsonForm::Avro, &mut avro)?;
/// assert_eq!(plain, br#"{"at":"2023-04-12T13:45:33.000Z","items":[null,"a"]}"#);
/// assert_eq!(avro, br#"{"at":1681307133000,"items":[null,{"string":"a"}]}"#);
///
/// let error = plan.encode_json(br#"{"at": 0, "items": ["a", 1]}"#, &JsonIn::default(), &mut payload).unwrap_err();
/// assert_eq!(error.to_string(), "byte 25: items[]: no branch of the union takes the value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Plan {
    /// One node a type of the schema, at the same index; behind them those that adjust another schema's values.
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// Where decoding begins: at the root, unless another schema has written the payloads.
    pub(super) entry: NodeId,
    pub(super) records: Vec<Record>,
    pub(super) enums: Vec<Enum>,
    pub(super) unions: Vec<Union>,
    pub(super) resolved: Resolved,
    pub(super) limits: Limits,
}

impl Plan {
    /// Compiles a schema.
    ///
    /// # Errors
    ///
    /// The defaults of the schema's fields take more bytes than `limits.payload_bytes`.
    pub fn compile(schema: &Schema, limits: Limits) -> Result<Self, SchemaError> {
        compile::compile(schema, limits)
    }

    /// Compiles a plan that decodes what was written with the schema `writer` as values of the schema `reader`.
    ///
    /// It resolves as Avro's Java library 1.11.4 does: numbers are widened, strings and bytes become one another,
    /// records, fields, enums and fixed go by the reader's aliases, fields that the writer has not take the reader's
    /// defaults, symbols that the reader has not its enum's default, and unions and other types one another's place.
    /// Records are matched without regard to their names, except where unions have to choose; enums and fixed by
    /// their names without namespaces.
    ///
    /// As in Java, a branch, item or symbol that the reader cannot take refuses the values that have it, with
    /// [`DecodeError::Resolution`](crate::error::DecodeError::Resolution), and no others. JSON text and Rust values are encoded with the schema `reader`.
    ///
    /// ```
    /// use common::avro::{JsonForm, Plan, Schema};
    ///
    /// let writer = Schema::parse(r#"{"type": "record", "name": "Item", "fields": [
    ///     {"name": "note", "type": "string"},
    ///     {"name": "quantity", "type": "int"}
    /// ]}"#)?;
    /// let reader = Schema::parse(r#"{"type": "record", "name": "Item", "fields": [
    ///     {"name": "count", "type": "double", "aliases": ["quantity"]},
    ///     {"name": "unit", "type": "string", "default": "piece"}
    /// ]}"#)?;
    /// let plan = Plan::resolve(&writer, &reader, Default::default())?;
    /// let mut json = Vec::new();
    /// plan.decode_json(b"\x02x\x06", JsonForm::Plain, &mut json)?;
    /// assert_eq!(json, br#"{"count":3.0,"unit":"piece"}"#);
    ///
    /// let error = Plan::resolve(&reader, &writer, Default::default()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the writer's record Item has no field note, and in the reader's record Item it has no default",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No value of `writer` can be one of `reader`, the reader's aliases give two of the writer's fields or branches
    /// one name, a default that is needed is no value of its type, or the two schemas have too many combinations of
    /// types. The error names the path in `reader`.
    pub fn resolve(
        writer: &Schema,
        reader: &Schema,
        limits: Limits,
    ) -> Result<Self, ResolutionError> {
        resolve::resolve(writer, &Projection::none(reader), limits)
    }

    /// Compiles a plan that decodes what was written with the schema `writer` as a view shows it.
    ///
    /// # Errors
    ///
    /// As [`Plan::resolve`].
    pub(crate) fn view(
        writer: &Schema,
        shown: &Projection,
        limits: Limits,
    ) -> Result<Self, ResolutionError> {
        resolve::resolve(writer, shown, limits)
    }

    /// Whether payloads are those of another schema.
    pub(crate) fn is_resolved(&self) -> bool {
        self.entry != self.root
    }

    /// The bounds that the plan was compiled with.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    #[inline]
    pub(super) fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    #[inline]
    pub(super) fn record(&self, index: u32) -> &Record {
        &self.records[index as usize]
    }

    #[inline]
    pub(super) fn adjusted(&self, index: u32) -> &Adjusted {
        &self.resolved.records[index as usize]
    }

    #[inline]
    pub(super) fn enumeration(&self, index: u32) -> &Enum {
        &self.enums[index as usize]
    }

    #[inline]
    pub(super) fn union(&self, index: u32) -> &Union {
        &self.unions[index as usize]
    }
}
