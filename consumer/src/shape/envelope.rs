//! The Avro schema of a record in a container file: what Kafka knows of it, and around the value's own schema.
//!
//! The value keeps its bytes and its types, so nothing of them is lost: unions, recursive types, names and documentation
//! are those of whoever wrote it.

use super::columns::{HEADERS, KEY, OFFSET, PARTITION, TIMESTAMP};
use crate::batch::{Batch, Record};
use crate::line;
use common::avro::{Schema, TypeKind};
use std::sync::Arc;

/// Names of the types that are ours.
const RECORD: &str = "KafkaRecord";
/// See [`RECORD`].
const HEADER: &str = "KafkaHeader";
/// The first branch of a union.
const FIRST: u8 = 0;
/// The second.
const SECOND: u8 = 2;

/// See the module's words.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) schema: Arc<str>,
    /// What stands before the bytes of a value.
    before_value: &'static [u8],
    /// What stands for a record without a value.
    tombstone: Vec<u8>,
}

impl Default for Envelope {
    /// Of records without values, before any schema is known.
    fn default() -> Self {
        Self {
            schema: schema("\"null\"", ""),
            before_value: &[],
            tombstone: Vec::new(),
        }
    }
}

impl Envelope {
    /// Makes the one of values of an Avro schema.
    ///
    /// # Errors
    /// The text is none; the error's text says why.
    pub(super) fn new(definition: &str) -> Result<Self, String> {
        let value = Schema::parse(definition).map_err(|error| error.to_string())?;
        let text = value.to_string();
        let (of_value, before_value, tombstone) = match &value.root().kind {
            TypeKind::Null => (text, &[][..], Vec::new()),
            // A union is not the branch of another one.
            TypeKind::Union(branches) => {
                let null = branches
                    .iter()
                    .position(|branch| value.get(*branch).kind == TypeKind::Null);
                let mut tombstone = Vec::new();
                write_length(null.unwrap_or(branches.len()), &mut tombstone);
                (with_null(text, null.is_some()), &[][..], tombstone)
            }
            _ => (format!("[\"null\",{text}]"), &[SECOND][..], vec![FIRST]),
        };
        Ok(Self {
            schema: schema(&of_value, &free_suffix(&value)),
            before_value,
            tombstone,
        })
    }

    /// Appends a record's envelope; `datum` are the Avro bytes of its value, if it has one.
    pub(super) fn write(
        &self,
        batch: &Batch,
        record: &Record,
        datum: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) {
        write_long(batch.slot.partition.into(), out);
        write_long(record.offset, out);
        match record.timestamp.to_millis() {
            Some(millis) => {
                out.push(SECOND);
                write_long(millis, out);
            }
            None => out.push(FIRST),
        }
        write_optional(record.key.as_ref().map(|range| batch.slice(range)), out);
        let count = batch.headers(record).count();
        if count > 0 {
            write_length(count, out);
            for (name, value) in batch.headers(record) {
                write_text(name, out);
                write_optional(value, out);
            }
        }
        write_long(0, out); // no more headers
        match datum {
            Some(datum) => {
                out.extend_from_slice(self.before_value);
                out.extend_from_slice(datum);
            }
            None => out.extend_from_slice(&self.tombstone),
        }
    }
}

/// The text of a union that has null among its branches, behind the others if it had none.
fn with_null(mut text: String, has_null: bool) -> String {
    if !has_null {
        text.truncate(text.trim_end().len() - 1);
        text.push_str(if text.trim_end().ends_with('[') {
            "\"null\"]"
        } else {
            ",\"null\"]"
        });
    }
    text
}

/// What our names end with, so that the value's schema has none of them.
fn free_suffix(value: &Schema) -> String {
    let names = value.types().filter_map(|entry| entry.kind.name());
    let names: Vec<String> = names.map(ToString::to_string).collect();
    let mut suffix = String::new();
    while [RECORD, HEADER]
        .iter()
        .any(|ours| names.contains(&format!("{ours}{suffix}")))
    {
        suffix.push('_');
    }
    suffix
}

/// The envelope has no namespace: types of the value that have none would come into it.
fn schema(value: &str, suffix: &str) -> Arc<str> {
    let text = r#"["null","string"]"#;
    let fields = [
        (PARTITION, r#""int""#.to_owned()),
        (OFFSET, r#""long""#.to_owned()),
        (
            TIMESTAMP,
            r#"["null",{"type":"long","logicalType":"timestamp-millis"}]"#.to_owned(),
        ),
        (KEY, text.to_owned()),
        (
            HEADERS,
            format!(
                r#"{{"type":"array","items":{{"type":"record","name":"{HEADER}{suffix}","fields":[{{"name":"name","type":"string"}},{{"name":"value","type":{text}}}]}}}}"#
            ),
        ),
        ("value", value.to_owned()),
    ];
    let fields = fields.map(|(name, kind)| format!(r#"{{"name":"{name}","type":{kind}}}"#));
    format!(
        r#"{{"type":"record","name":"{RECORD}{suffix}","fields":[{}]}}"#,
        fields.join(",")
    )
    .into()
}

/// Appends a long as Avro has it: zigzag, seven bits a byte.
pub(crate) fn write_long(value: i64, out: &mut Vec<u8>) {
    let mut rest = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    loop {
        let low = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Appends a count or a length.
pub(crate) fn write_length(length: usize, out: &mut Vec<u8>) {
    write_long(i64::try_from(length).unwrap_or(i64::MAX), out);
}

/// Appends what the line would show: the text, or base64 of what is no UTF-8.
fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
    let text = line::text(bytes);
    write_length(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// The same in a union with null.
fn write_optional(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        Some(bytes) => {
            out.push(SECOND);
            write_text(bytes, out);
        }
        None => out.push(FIRST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Slot;
    use apache_avro::reader::datum::GenericDatumReader;
    use apache_avro::types::Value;

    const RECURSIVE: &str = r#"{"type":"record","name":"Node","fields":[{"name":"n","type":"int"},{"name":"next","type":["null","Node"]}]}"#;

    /// The fields of the envelope of a datum, or of none, as another library reads them.
    fn read(definition: Option<&str>, datum: Option<&[u8]>) -> Vec<(String, Value)> {
        let envelope = match definition {
            Some(definition) => Envelope::new(definition).unwrap(),
            None => Envelope::default(),
        };
        let batch = Batch::of_one(Slot::fixed(3), 1 << 40);
        let mut bytes = Vec::new();
        envelope.write(&batch, &batch.records[0], datum, &mut bytes);
        let schema = apache_avro::Schema::parse_str(&envelope.schema).unwrap();
        let mut rest = &bytes[..];
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        let value = reader.read_value(&mut rest).unwrap();
        assert!(rest.is_empty(), "{definition:?}: {rest:?}");
        match value {
            Value::Record(fields) => fields,
            other => panic!("{other:?}"),
        }
    }

    fn value(definition: &str, datum: Option<&[u8]>) -> Value {
        read(Some(definition), datum).pop().unwrap().1
    }

    fn branch(at: u32, value: Value) -> Value {
        Value::Union(at, Box::new(value))
    }

    #[test]
    fn kafkas_part_stands_before_the_value() {
        let fields = read(None, None);
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let wanted = [PARTITION, OFFSET, TIMESTAMP, KEY, HEADERS, "value"];
        assert_eq!(names, wanted);
        assert_eq!(fields[0].1, Value::Int(3));
        assert_eq!(fields[1].1, Value::Long(1 << 40));
        assert_eq!(fields[2].1, branch(0, Value::Null));
        assert_eq!(fields[5].1, Value::Null);
    }

    #[test]
    fn a_value_of_any_type_keeps_its_bytes_and_may_be_missing() {
        let (int, text) = (Value::Int(-2), Value::String("a".to_owned()));
        for (definition, datum, wanted, without) in [
            (
                r#""int""#,
                &b"\x03"[..],
                branch(1, int.clone()),
                branch(0, Value::Null),
            ),
            (r#""null""#, b"", Value::Null, Value::Null),
            (
                r#"["int","string"]"#,
                b"\x02\x02a",
                branch(1, text.clone()),
                branch(2, Value::Null),
            ),
            (
                r#"["int","null"]"#,
                b"\0\x03",
                branch(0, int),
                branch(1, Value::Null),
            ),
            (
                r#"["null","string"]"#,
                b"\x02\x02a",
                branch(1, text),
                branch(0, Value::Null),
            ),
            ("[]", b"", branch(0, Value::Null), branch(0, Value::Null)),
        ] {
            if definition != "[]" {
                assert_eq!(value(definition, Some(datum)), wanted, "{definition}");
            }
            assert_eq!(value(definition, None), without, "{definition}");
        }
        let Value::Union(1, node) = value(RECURSIVE, Some(b"\x02\x02\x04\0")) else {
            panic!("no record")
        };
        assert!(format!("{node:?}").contains("Int(2)"), "{node:?}");
    }

    #[test]
    fn names_of_the_value_are_its_own() {
        let clash = RECURSIVE.replace("Node", "KafkaHeader");
        let envelope = Envelope::new(&clash).unwrap();
        assert!(
            envelope
                .schema
                .starts_with(r#"{"type":"record","name":"KafkaRecord_""#)
        );
        assert!(envelope.schema.contains(r#""name":"KafkaHeader_""#));
        assert_eq!(value(&clash, None), branch(0, Value::Null));
        // What has a namespace and what has none stay apart.
        let named = r#"{"type":"record","name":"KafkaRecord","namespace":"a.b","fields":[{"name":"n","type":"int"}]}"#;
        let envelope = Envelope::new(named).unwrap();
        assert!(
            envelope
                .schema
                .starts_with(r#"{"type":"record","name":"KafkaRecord","#)
        );
        assert!(envelope.schema.contains(r#""namespace":"a.b""#));
    }

    #[test]
    fn numbers_are_as_avro_writes_them() {
        for (value, wanted) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (-64, &[0x7f]),
            (64, &[0x80, 1]),
            (
                i64::MAX,
                &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            ),
            (
                i64::MIN,
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            ),
        ] {
            let mut out = Vec::new();
            write_long(value, &mut out);
            assert_eq!(out, wanted, "{value}");
        }
    }
}
