//! The columns that each row has whatever its value: where the record stood, when, and its key and headers.

use super::table::Table;
use crate::batch::{Batch, Record};
use crate::line;
use arrow_array::builder::{
    BinaryBuilder, Int64Builder, ListBuilder, StringBuilder, StructBuilder,
    TimestampMillisecondBuilder,
};
use arrow_array::{Array as _, ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use std::sync::{Arc, LazyLock};

/// Names of these columns.
pub(crate) const PARTITION: &str = "kafka_partition";
/// See [`PARTITION`].
pub(crate) const OFFSET: &str = "kafka_offset";
/// See [`PARTITION`].
pub(crate) const TIMESTAMP: &str = "kafka_timestamp";
pub(super) const KEY: &str = "kafka_key";
pub(super) const HEADERS: &str = "kafka_headers";
/// How many there are.
const COUNT: usize = 5;

static HEADER: LazyLock<Fields> = LazyLock::new(|| {
    let text = |name| Field::new(name, DataType::Utf8, true);
    Fields::from(vec![text("name"), text("value")])
});

/// The columns of rows that no value has been met for.
static BARE: LazyLock<SchemaRef> = LazyLock::new(|| Arc::new(Schema::new(own())));

fn own() -> Vec<Field> {
    let header = Field::new_list_field(DataType::Struct(HEADER.clone()), true);
    let utc = Some(Arc::from("UTC"));
    vec![
        Field::new(PARTITION, DataType::Int32, false),
        Field::new(OFFSET, DataType::Int64, false),
        Field::new(
            TIMESTAMP,
            DataType::Timestamp(TimeUnit::Millisecond, utc),
            true,
        ),
        Field::new(KEY, DataType::Utf8, true),
        Field::new(HEADERS, DataType::List(Arc::new(header)), false),
    ]
}

/// These columns and, behind them, a value's fields. A record without a value has null in all of those.
///
/// # Errors
/// A field has the name of one of these columns.
pub(super) fn schema(value: &Schema) -> Result<SchemaRef, String> {
    let mut fields = own();
    for field in value.fields() {
        if fields.iter().any(|known| known.name() == field.name()) {
            return Err(format!(
                "its field {} has the name of another column",
                field.name()
            ));
        }
        fields.push(Field::clone(field).with_nullable(true));
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// What is known of records, row by row.
pub(super) struct Columns {
    /// Rows that are made together are of one.
    partition: i32,
    offsets: Int64Builder,
    timestamps: TimestampMillisecondBuilder,
    /// Each of them is text; Arrow sees that of all at once.
    keys: BinaryBuilder,
    headers: ListBuilder<StructBuilder>,
    /// For each row the place of its value among the values.
    values: Vec<Option<u32>>,
    /// Rows that have a value.
    valued: u32,
}

impl Default for Columns {
    fn default() -> Self {
        let header = StructBuilder::new(
            HEADER.clone(),
            vec![
                Box::new(StringBuilder::new()),
                Box::new(StringBuilder::new()),
            ],
        );
        Self {
            partition: 0,
            offsets: Int64Builder::new(),
            timestamps: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            keys: BinaryBuilder::new(),
            headers: ListBuilder::new(header),
            values: Vec::new(),
            valued: 0,
        }
    }
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds a record; if it has a value, that is the next one of the table.
    pub(super) fn push(&mut self, batch: &Batch, record: &Record) {
        self.partition = batch.slot.partition;
        self.offsets.append_value(record.offset);
        self.timestamps.append_option(record.timestamp.to_millis());
        match record.key.as_ref().map(|range| batch.slice(range)) {
            // Most keys are ASCII, which is seen faster.
            Some(key) if key.is_ascii() => self.keys.append_value(key),
            key => self.keys.append_option(key.map(line::text).as_deref()),
        }
        let header = self.headers.values();
        for (name, value) in batch.headers(record) {
            for (at, part) in [Some(name), value].into_iter().enumerate() {
                if let Some(builder) = header.field_builder(at) {
                    append_text(builder, part);
                }
            }
            header.append(true);
        }
        self.headers.append(true);
        let has_value = record.value.is_some();
        self.values.push(has_value.then_some(self.valued));
        self.valued += u32::from(has_value);
    }

    /// Takes the rows, with the table's values behind them.
    ///
    /// # Errors
    /// The table gives no array, or not so many values as were added.
    pub(super) fn take(&mut self, table: Option<&mut Table>) -> Result<RecordBatch, ArrowError> {
        let partitions = Int32Array::from_value(self.partition, self.len());
        let keys = StringArray::try_from_binary(self.keys.finish());
        let headers = Arc::new(self.headers.finish());
        let (places, valued) = (
            std::mem::take(&mut self.values),
            std::mem::take(&mut self.valued),
        );
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(partitions),
            Arc::new(self.offsets.finish()),
            Arc::new(self.timestamps.finish()),
            Arc::new(keys?),
            headers,
        ];
        let Some(table) = table else {
            return RecordBatch::try_new(Arc::clone(&BARE), columns);
        };
        let schema = Arc::clone(table.schema());
        match table.take()? {
            Some(arrays) if places.len() == valued as usize => columns.extend(arrays),
            Some(arrays) => {
                let rows = UInt32Array::from(places);
                for array in arrays {
                    columns.push(arrow_select::take::take(&array, &rows, None)?);
                }
            }
            None => {
                let nulls = schema.fields().iter().skip(COUNT);
                columns.extend(
                    nulls.map(|field| arrow_array::new_null_array(field.data_type(), places.len())),
                );
            }
        }
        debug_assert!(
            columns
                .iter()
                .all(|column| column.len() == columns[0].len())
        );
        RecordBatch::try_new(schema, columns)
    }
}

/// Appends what the line would show: the text, or base64 of what is no UTF-8.
fn append_text(builder: &mut StringBuilder, bytes: Option<&[u8]>) {
    builder.append_option(bytes.map(line::text));
}
