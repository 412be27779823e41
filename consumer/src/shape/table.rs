//! The table that a schema version's values become: its decoder, and the columns behind those of Kafka.

use super::columns;
use super::rows::MOST_ROWS;
use arrow_array::ArrayRef;
use arrow_avro::reader::{Decoder, DecoderMode, ReaderBuilder};
use arrow_avro::schema::{AvroSchema, Fingerprint, FingerprintAlgorithm, SchemaStore};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};

/// The one schema in a decoder's store.
const ONLY: Fingerprint = Fingerprint::Id(0);

/// See the module's words.
pub(super) struct Table {
    definition: String,
    decoder: Decoder,
    schema: SchemaRef,
}

impl Table {
    /// Makes the table of an Avro schema.
    ///
    /// # Errors
    /// Its values have no form in Parquet; the text says why.
    pub(super) fn new(definition: &str) -> Result<Self, String> {
        let decoder = decoder(definition).map_err(|error| error.to_string())?;
        let schema = columns::schema(&decoder.schema())?;
        schema.fields().iter().try_for_each(|field| check(field))?;
        Ok(Self {
            definition: definition.to_owned(),
            decoder,
            schema,
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether the datum became the next row. If not, the table has to [begin anew](Self::begin_anew).
    pub(super) fn decode(&mut self, datum: &[u8]) -> bool {
        self.decoder
            .decode(datum)
            .is_ok_and(|taken| taken == datum.len())
    }

    /// Forgets all rows.
    pub(super) fn begin_anew(&mut self) {
        if let Ok(decoder) = decoder(&self.definition) {
            self.decoder = decoder;
        }
    }

    /// Takes the rows' columns, if there are rows.
    pub(super) fn take(&mut self) -> Result<Option<Vec<ArrayRef>>, ArrowError> {
        let rows = self.decoder.flush().map_err(ArrowError::from)?;
        Ok(rows.map(|rows| rows.columns().to_vec()))
    }
}

fn decoder(definition: &str) -> Result<Decoder, ArrowError> {
    let mut store = SchemaStore::new_with_type(FingerprintAlgorithm::Id);
    store.set(ONLY, AvroSchema::new(definition.to_owned()))?;
    ReaderBuilder::new()
        .with_writer_schema_store(store)
        .with_active_fingerprint(ONLY)
        .with_decoder_mode(DecoderMode::UnframedDatum)
        .with_batch_size(MOST_ROWS)
        .build_decoder()
}

/// Refuses what has no form in Parquet, whose writer panics at it.
fn check(field: &Field) -> Result<(), String> {
    match field.data_type() {
        DataType::Null
        | DataType::Boolean
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8
        | DataType::Binary
        | DataType::FixedSizeBinary(_)
        | DataType::Date32
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..)
        | DataType::Dictionary(..) => Ok(()),
        DataType::List(items) | DataType::Map(items, _) => check(items),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check(field)),
        DataType::Union(..) => Err(format!("{} is a union of several types", field.name())),
        DataType::Interval(_) => Err(format!("{} is a duration", field.name())),
        _ => Err(format!("{} has a type of its own", field.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::RecordBatch;
    use parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    fn record(kind: &str) -> String {
        format!(
            r#"{{"type":"record","name":"R","namespace":"Order V1","fields":[{{"name":"f","type":{kind}}}]}}"#
        )
    }

    /// Decodes one datum and writes its row.
    fn written(kind: &str, datum: &[u8]) -> usize {
        let mut table = Table::new(&record(kind)).unwrap_or_else(|why| panic!("{kind}: {why}"));
        assert!(table.decode(datum), "{kind}");
        let columns = table.take().unwrap().unwrap();
        let fields: Vec<_> = table
            .schema
            .fields()
            .iter()
            .rev()
            .take(1)
            .cloned()
            .collect();
        let schema = Arc::new(arrow_schema::Schema::new(fields));
        let rows = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
        writer.write(&rows).unwrap();
        writer.into_inner().unwrap().len()
    }

    #[test]
    fn what_is_taken_can_be_written() {
        for (kind, datum) in [
            (r#""null""#, &b""[..]),
            (r#""boolean""#, b"\x01"),
            (r#""int""#, b"\x02"),
            (r#""long""#, b"\x02"),
            (r#""float""#, b"\0\0\0\0"),
            (r#""double""#, b"\0\0\0\0\0\0\0\0"),
            (r#""string""#, b"\x02a"),
            (r#""bytes""#, b"\x02\xff"),
            (r#"["null","string"]"#, b"\x02\x02a"),
            (r#"["int","null"]"#, b"\x02"),
            (r#"{"type":"fixed","name":"F","size":2}"#, b"ab"),
            (r#"{"type":"enum","name":"E","symbols":["A","B"]}"#, b"\x02"),
            (r#"{"type":"array","items":"long"}"#, b"\x02\x02\0"),
            (r#"{"type":"map","values":"long"}"#, b"\x02\x02a\x02\0"),
            (
                r#"{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"n","type":"int"}]}}"#,
                b"\x02\x02\0",
            ),
            (
                r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#,
                b"\x02\x05",
            ),
            (
                r#"{"type":"fixed","name":"D","size":16,"logicalType":"decimal","precision":38,"scale":9}"#,
                &[0; 16],
            ),
            (
                r#"{"type":"string","logicalType":"uuid"}"#,
                b"\x4875db6fea-2b3f-4283-8abc-805f5381fee9",
            ),
            (r#"{"type":"int","logicalType":"date"}"#, b"\x02"),
            (r#"{"type":"int","logicalType":"time-millis"}"#, b"\x02"),
            (r#"{"type":"long","logicalType":"time-micros"}"#, b"\x02"),
            (
                r#"{"type":"long","logicalType":"timestamp-millis"}"#,
                b"\x02",
            ),
            (
                r#"{"type":"long","logicalType":"timestamp-micros"}"#,
                b"\x02",
            ),
            (
                r#"{"type":"long","logicalType":"timestamp-nanos"}"#,
                b"\x02",
            ),
            (
                r#"{"type":"long","logicalType":"local-timestamp-micros"}"#,
                b"\x02",
            ),
        ] {
            assert!(written(kind, datum) > 0);
        }
    }

    #[test]
    fn what_has_no_form_in_parquet_is_named() {
        for (kind, why) in [
            (r#"["int","string"]"#, "f is a union of several types"),
            (
                r#"{"type":"array","items":["null","int","string"]}"#,
                "is a union of several types",
            ),
            (
                r#"{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"#,
                "f is a duration",
            ),
        ] {
            let said = Table::new(&record(kind)).err().unwrap();
            assert!(said.contains(why), "{kind}: {said}");
        }
        for definition in [
            r#"{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]}]}"#,
            r#"{"type":"record","name":"R","fields":[{"name":"kafka_offset","type":"int"}]}"#,
            r#""string""#,
        ] {
            assert!(Table::new(definition).is_err(), "{definition}");
        }
    }

    #[test]
    fn a_table_that_begins_anew_has_no_rows() {
        let mut table = Table::new(&record(r#""string""#)).unwrap();
        assert!(table.decode(b"\x02a"));
        assert!(!table.decode(b"\x04a"), "half a text");
        table.begin_anew();
        assert!(table.take().unwrap().is_none());
        assert!(table.decode(b"\x02b"));
        assert_eq!(table.take().unwrap().unwrap()[0].len(), 1);
    }
}
