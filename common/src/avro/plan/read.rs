//! Avro bytes to values: the plan's way out for JSON texts, Rust values and trees.

use serde::Deserialize;

use super::Plan;
use crate::avro::input::Input;
use crate::avro::{JsonForm, Value, json_out, serde_out, transcode, value};
use crate::error::{DecodeError, Place};

impl Plan {
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
    /// As [`decode_json`](Self::decode_json), but it is the payload written that may be too large; `out` is then as it
    /// was.
    pub fn transcode(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<usize, DecodeError> {
        transcode::transcode(self, payload, out)
    }

    /// The count of bytes that a payload's value takes in the Avro bytes of the plan's own schema; nothing is made of it.
    ///
    /// What this accepts is a value of the schema within the limits, as sound as if it were decoded.
    ///
    /// ```
    /// use common::avro::{Plan, Schema};
    ///
    /// let plan = Plan::compile(&Schema::parse(r#""string""#)?, Default::default())?;
    /// assert_eq!(plan.measure(b"\x06yes, and more")?, 4);
    /// assert_eq!(plan.measure(b"\x06no").unwrap_err().kind().as_str(), "truncated");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`decode_json`](Self::decode_json); the error names the payload's byte alone.
    pub fn measure(&self, payload: &[u8]) -> Result<usize, DecodeError> {
        let mut input = Input::new(self, payload);
        let passed = input.check_size().and_then(|()| input.check(self.root));
        let offset = input.reader.offset();
        passed.map(|()| offset).map_err(|fault| {
            let place = Place {
                offset: Some(offset),
                ..Place::default()
            };
            DecodeError::Payload { place, fault }
        })
    }

    /// Reads an Avro payload as a Rust value, and gives with it the count of bytes that the value took; more bytes
    /// may follow it.
    ///
    /// What [`encode_struct`](Self::encode_struct) has written from a value is read as that value again. `&str` and
    /// `&[u8]` are the payload's own bytes. Of a record's fields the type takes those that it knows; the others are
    /// passed over. The avro module's page has the table of [what is read as what](crate::avro#rust-types).
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
}
