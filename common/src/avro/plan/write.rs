//! Values to Avro bytes: the plan's way in for JSON texts, Rust values and trees.

use serde::Serialize;

use super::Plan;
use crate::avro::{JsonIn, Value, json_in, serde_in, value};
use crate::error::EncodeError;

impl Plan {
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
}
