//! A schema compiled for reading and writing: flat nodes that point to each other by index.

use serde::{Deserialize, Serialize};

use super::schema::Schema;
use super::{JsonForm, JsonIn, ResolutionError, SchemaError, Value};
use super::{json_in, json_out, resolve, serde_in, serde_out, value};
use crate::error::{DecodeError, EncodeError, PayloadFault, Place, ValueFault};
use crate::limits::Limits;

pub(super) mod compile;
mod defaults;
mod nodes;
mod resolved;

pub(super) use nodes::{Branch, Enum, Field, FieldDefault, Node, NodeId, Record, Token, Union};
pub(super) use resolved::{
    Adjust, Adjusted, DefaultText, Move, Number, Resolved, Rest, Skip, Symbols,
};

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
    /// [`DecodeError::Resolution`], and no others. JSON text and Rust values are encoded with the schema `reader`.
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
        resolve::resolve(writer, reader, limits)
    }

    /// Appends the Avro bytes of a JSON text to `out`.
    ///
    /// # Errors
    ///
    /// The text is not JSON, its value does not fit the schema, or a limit is passed; `out` is then as it was. The
    /// error names the text's byte and the schema's field, never the data.
    pub fn encode_json(
        &self,
        json: &[u8],
        options: &JsonIn,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        json_in::encode(self, json, *options, out)
    }

    /// Appends the Avro bytes of a Rust value to `out`.
    ///
    /// Structs are matched with records by field name, enums with enums by variant name, `Option` with unions that
    /// have a null branch, other values with the first branch that takes their type. Logical types take their text
    /// in plain form or the raw number. Bytes take `serialize_bytes` and sequences of `u8`.
    ///
    /// ```
    /// # use common::avro::{Plan, Schema};
    /// #[derive(serde::Serialize)]
    /// struct Item { quantity: u8, name: Option<&'static str> }
    ///
    /// let schema = Schema::parse(r#"{"type": "record", "name": "Item", "fields": [
    ///     {"name": "quantity", "type": "long"},
    ///     {"name": "name", "type": ["null", "string"]}
    /// ]}"#)?;
    /// let plan = Plan::compile(&schema, Default::default())?;
    /// let mut payload = Vec::new();
    /// plan.encode_struct(&Item { quantity: 3, name: Some("x") }, &mut payload)?;
    /// assert_eq!(payload, b"\x06\x02\x02x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The value does not fit the schema or passes a limit; `out` is then as it was. If the value's own `Serialize`
    /// panics, `out` is left empty.
    pub fn encode_struct<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        serde_in::encode(self, value, out)
    }

    /// Appends the JSON text of an Avro payload to `out` and gives the count of bytes that the value took; more
    /// bytes may follow it.
    ///
    /// # Errors
    ///
    /// The payload is truncated, no value of the schema, or passes a limit, or the plan's reader cannot take the
    /// value; `out` is then as it was. The error names the payload's byte and the schema's field, never the data.
    pub fn decode_json(
        &self,
        payload: &[u8],
        form: JsonForm,
        out: &mut Vec<u8>,
    ) -> Result<usize, DecodeError> {
        json_out::decode(self, payload, form, out)
    }

    /// Appends a payload in the Avro bytes of the plan's own schema, and gives the count of bytes that the value took.
    ///
    /// Only a [resolved](Self::resolve) plan changes anything: what `writer` has written becomes what `reader` would
    /// have written. [`decode_struct`](Self::decode_struct) and [`decode_value`](Self::decode_value) read that.
    ///
    /// ```
    /// use common::avro::{Plan, Schema, Value};
    ///
    /// let (writer, reader) = (Schema::parse(r#""int""#)?, Schema::parse(r#"["null", "double"]"#)?);
    /// let plan = Plan::resolve(&writer, &reader, Default::default())?;
    /// let mut payload = Vec::new();
    /// plan.transcode(b"\x06", &mut payload)?;
    /// assert_eq!(payload, b"\x02\x00\x00\x00\x00\x00\x00\x08\x40");
    /// assert_eq!(plan.decode_value(&payload)?.0, Value::Union(1, Box::new(Value::Double(3.0))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`decode_json`](Self::decode_json); `out` is then as it was.
    pub fn transcode(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<usize, DecodeError> {
        let mut json = Vec::new();
        let taken = self.decode_json(payload, JsonForm::Avro, &mut json)?;
        let form = JsonIn {
            form: JsonForm::Avro,
            ..JsonIn::default()
        };
        self.encode_json(&json, &form, out)
            .map_err(|error| self.not_transcoded(error))?;
        Ok(taken)
    }

    /// Avro's own JSON has every value exactly; only a limit can stand in the way.
    #[cold]
    fn not_transcoded(&self, error: EncodeError) -> DecodeError {
        let too_large = PayloadFault::PayloadTooLarge {
            limit: self.limits.payload_bytes,
        };
        let (path, fault) = match error {
            EncodeError::Value { place, fault } => match fault {
                ValueFault::Depth { limit } => (place.path, PayloadFault::Depth { limit }),
                ValueFault::Items { limit } => (place.path, PayloadFault::Items { limit }),
                _ => (place.path, too_large),
            },
            _ => (String::new(), too_large),
        };
        // The offset is one of the text in between.
        let place = Place { offset: None, path };
        DecodeError::Payload { place, fault }
    }

    /// Whether payloads are those of another schema.
    pub(crate) fn is_resolved(&self) -> bool {
        self.entry != self.root
    }

    /// Reads an Avro payload as a Rust value, and gives with it the count of bytes that the value took; more bytes
    /// may follow it.
    ///
    /// What [`encode_struct`](Self::encode_struct) has written from a value is read as that value again. `&str` and
    /// `&[u8]` are the payload's own bytes. Of a record's fields the type takes those that it knows; the others are
    /// passed over. The avro module's page has the table of [what is read as what](super#rust-types).
    ///
    /// ```
    /// # use common::avro::{Plan, Schema};
    /// #[derive(serde::Deserialize, Debug, PartialEq)]
    /// struct Item<'a> { quantity: u8, name: Option<&'a str> }
    ///
    /// let schema = Schema::parse(r#"{"type": "record", "name": "Item", "fields": [
    ///     {"name": "quantity", "type": "long"},
    ///     {"name": "note", "type": "string"},
    ///     {"name": "name", "type": ["null", "string"]}
    /// ]}"#)?;
    /// let plan = Plan::compile(&schema, Default::default())?;
    /// let (item, length): (Item, usize) = plan.decode_struct(b"\x06\x04no\x02\x02x")?;
    /// assert_eq!((item, length), (Item { quantity: 3, name: Some("x") }, 7));
    ///
    /// let error = plan.decode_struct::<Item>(b"\x80\x04\x00\x00").unwrap_err();
    /// assert_eq!(error.to_string(), "byte 0: quantity: the Rust type does not take this value: an integer");
    /// assert_eq!(error.kind().as_str(), "validation");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The payload is truncated, no value of the schema, or passes a limit, as in
    /// [`decode_json`](Self::decode_json); or `T` does not take the value, which is of the kind `validation`. The
    /// error names the payload's byte and the schema's field, never the data.
    pub fn decode_struct<'de, T: Deserialize<'de>>(
        &self,
        payload: &'de [u8],
    ) -> Result<(T, usize), DecodeError> {
        serde_out::decode(self, payload)
    }

    /// Appends the Avro bytes of a dynamic value to `out`.
    ///
    /// The value has exactly the schema's types. A record's fields come in any order, and those left out take their
    /// defaults. In a union a value that is no [`Value::Union`] goes to the one branch that takes its like: the
    /// only record for a record, the only enum with the symbol for a symbol.
    ///
    /// # Errors
    ///
    /// The value does not fit the schema or passes a limit; `out` is then as it was.
    pub fn encode_value(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        value::encode(self, value, out)
    }

    /// Reads an Avro payload as a dynamic value, and gives with it the count of bytes that the value took; more
    /// bytes may follow it.
    ///
    /// A tree takes some 60 bytes for each of its values; their count is bounded by the limits on payload and items.
    ///
    /// # Errors
    ///
    /// The payload is truncated, no value of the schema, or passes a limit, as in
    /// [`decode_json`](Self::decode_json).
    pub fn decode_value(&self, payload: &[u8]) -> Result<(Value, usize), DecodeError> {
        value::decode(self, payload)
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
